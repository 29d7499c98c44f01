"""Which rule prices a line, and what it then costs, for whole batches of lines.

The narrowest scope wins (variant, product, nearest category, all); within a scope the rule that reaches the
higher tier floor; then the lower sequence, the later start, the lower id. A rule whose tiers do not cover
the quantity steps aside for the next. A rule that should win but cannot give a price (no exchange rate, no
cost, broken tiers) leaves the line unpriced and says why; it is never replaced in silence by another.

Rules are looked up by scope in dictionaries, so a line costs the same under ten rules and under a thousand.
All work is done in reference units and divided once at the end, so that a price per dozen loses nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, localcontext
from typing import NamedTuple

from ..money import EXACT
from ..periods import Period
from .amounts import Amounts, Rate, UnpricedError, ratio
from .model import Explanation, LineToPrice, PricedLine, PriceRule
from .rule_checks import check_rule
from .tiers import ZERO, TierTable

CumulativeKey = tuple[Hashable, "date | None"]
"""Rule id and first day of the period; ``None`` as the day means the life of the contract."""

_BETTER_BY = ("higher_floor", "lower_sequence", "later_start", "lower_id")


class _Rule:
    """A rule made ready: its table in reference units, and how it ranks among its equals."""

    __slots__ = ("_periods", "broken", "pooled", "rule", "table", "valid_from", "valid_to")

    def __init__(self, rule: PriceRule):
        self.rule = rule
        self.valid_from = rule.valid_from or date.min
        self.valid_to = rule.valid_to or date.max
        self.pooled = rule.basis != "line"
        self._periods: dict[date, Period | None] = {}
        blocking = [problem for problem in check_rule(rule) if problem.blocking]
        self.broken = tuple(blocking)
        self.table = None if blocking else TierTable(rule.tiers, rule.unit_step, rule.uom_factor)

    def covers(self, line: LineToPrice) -> str | None:
        """Return why the rule does not look at the line, or ``None`` when it does."""
        if not self.valid_from <= line.date <= self.valid_to:
            return "not_valid_on_date"
        ours, theirs = self.rule.reference_unit, line.reference_unit
        return "other_unit" if ours is not None and theirs is not None and ours != theirs else None

    def period(self, day: date) -> Period | None:
        """Return the period that the day's cumulative quantity counts in; ``None`` for one without end."""
        if self.rule.basis != "cumulative" or self.rule.period is None:
            return None
        if day not in self._periods:
            self._periods[day] = self.rule.period.containing(day)
        return self._periods[day]


class _Hit(NamedTuple):
    rule: _Rule
    slices: list[tuple[int | None, Decimal]]
    floor: Decimal
    basis_quantity: Decimal
    start: Decimal
    period: Period | None

    def rank(self) -> tuple:
        rule = self.rule.rule
        return -self.floor, rule.sequence, -self.rule.valid_from.toordinal(), rule.id


class PriceBook:
    """A set of rules, indexed once, that prices any number of batches.

    :param rules: rules of one or many contracts, in any order. A rule with blocking problems stays in the
        book: a line that it might have priced is left unpriced with ``invalid_rule``.
    """

    def __init__(self, rules: Iterable[PriceRule]):
        self._by_scope: dict[tuple, list[_Rule]] = defaultdict(list)
        self._levels: dict[tuple, tuple[tuple[_Rule, ...], ...]] = {}
        self.has_pools = False
        with localcontext(EXACT):
            for rule in rules:
                ready = _Rule(rule)
                self.has_pools |= ready.pooled
                scope_id = None if rule.scope == "all" else rule.scope_id
                self._by_scope[rule.contract, rule.scope, scope_id].append(ready)

    def cumulative_needs(self, lines: Iterable[LineToPrice]) -> dict[CumulativeKey, Period | None]:
        """Return which cumulative quantities the lines need, to be fetched with one query.

        :returns: (rule id, first day of the period, or ``None`` for the contract's life) → the period
        """
        needs: dict[CumulativeKey, Period | None] = {}
        for line in lines:
            for ready in self.matching(line):
                if ready.rule.basis == "cumulative" and not ready.covers(line):
                    period = ready.period(line.date)
                    needs[ready.rule.id, period and period.start] = period
        return needs

    def price(
        self,
        lines: Iterable[LineToPrice],
        *,
        cumulative: Mapping[CumulativeKey, Decimal] | None = None,
        rate: Rate | None = None,
        price_digits: int | None = None,
    ) -> dict[Hashable, PricedLine]:
        """Price a batch: orders by date, then as given, each counting for the cumulative tiers of the next.

        :param lines: whole orders, where rules pool over the order; each key once
        :param cumulative: what was taken in a period before these lines, in reference units, returns
            deducted; keys as :meth:`cumulative_needs` gives them; a missing key is nothing taken. Leave these
            very lines out of it.
        :param rate: ``rate(from_currency, to_currency, day)`` → units of the second for one of the first,
            or ``None`` when there is none; asked once per pair and day
        :param price_digits: decimals that unit prices are rounded to before they are multiplied (Odoo's
            "Product Price"); ``None`` keeps them exact
        :returns: line key → its price, in the order of the lines
        :raises ValueError: when two lines have one key
        """
        batch = list(lines)
        priced: dict[Hashable, PricedLine] = {}
        with localcontext(EXACT):
            pricing = _Batch(self, dict(cumulative or {}), Amounts(rate, price_digits))
            for order in self._orders(batch):
                priced.update(pricing.price_order(order))
        if shared := len(batch) - len(priced):
            raise ValueError(f"{shared} of {len(batch)} lines have the key of another; give each its own")
        return {line.key: priced[line.key] for line in batch}

    def levels(self, line: LineToPrice, contract: Hashable) -> tuple[tuple[_Rule, ...], ...]:
        """Return the rules whose scope has the line, the narrowest scope first."""
        key = (contract, line.variant, line.product, line.categories)
        if (known := self._levels.get(key)) is not None:
            return known
        scopes = [
            ("variant", line.variant),
            ("product", line.product),
            *(("category", category) for category in line.categories),
            ("all", None),
        ]
        found = tuple(tuple(rules) for scope in scopes if (rules := self._by_scope.get((contract, *scope))) is not None)
        self._levels[key] = found
        return found

    def matching(self, line: LineToPrice) -> Iterator[_Rule]:
        """Yield the rules whose scope has the line, the preferred contract and the narrowest scope first."""
        for contract in line.contracts:
            for level in self.levels(line, contract):
                yield from level

    def _orders(self, lines: list[LineToPrice]) -> Iterable[list[LineToPrice]]:
        if not self.has_pools:
            return [lines]
        orders: dict[tuple, list[LineToPrice]] = defaultdict(list)
        for line in lines:
            orders[("line", line.key) if line.order is None else ("order", line.order)].append(line)
        return sorted(orders.values(), key=lambda order: min(line.date for line in order))


class _Batch:
    """One call of :meth:`PriceBook.price`: the running quantities, and the order that is being priced."""

    def __init__(self, book: PriceBook, running: dict[CumulativeKey, Decimal], amounts: Amounts):
        self._book = book
        self._running = running
        self._amounts = amounts
        self._starts: dict[tuple[_Rule, Hashable], Decimal] = {}
        self._pools: dict[tuple[_Rule, date | None], tuple[Decimal, Decimal]] = {}

    def price_order(self, lines: list[LineToPrice]) -> dict[Hashable, PricedLine]:
        if self._book.has_pools:
            self._pool(lines)
        return {line.key: self._price(line) for line in lines}

    def _pool(self, lines: list[LineToPrice]) -> None:
        self._starts.clear()
        self._pools.clear()
        for line in lines:
            for ready in self._book.matching(line):
                if ready.pooled and (ready, line.key) not in self._starts and not ready.covers(line):
                    self._add(ready, line)

    def _add(self, ready: _Rule, line: LineToPrice) -> None:
        period = ready.period(line.date)
        day = period and period.start
        if ready.rule.basis == "cumulative":
            taken = self._running.get((ready.rule.id, day), ZERO)
            self._running[ready.rule.id, day] = taken + line.quantity * line.uom_factor
        else:
            taken = self._pools.get((ready, day), (ZERO, ZERO))[1]
        before = self._pools.get((ready, day), (taken, taken))[0]
        self._starts[ready, line.key] = taken
        self._pools[ready, day] = before, taken + line.quantity * line.uom_factor

    def _price(self, line: LineToPrice) -> PricedLine:
        rejected: list[tuple[Hashable, str]] = []
        try:
            if line.uom_factor <= 0 or line.base_uom_factor <= 0:
                factors = {"factor": line.uom_factor, "base_factor": line.base_uom_factor}
                raise UnpricedError(None, "unit_not_positive", **factors)
            hit = self._choose(line, rejected)
            return self._without_rule(line, rejected) if hit is None else self._with_rule(line, hit, rejected)
        except UnpricedError as error:
            rule, problem = error.rule, error.problem
            explanation = Explanation("unpriced", rule, None, None, None, (), tuple(rejected), problem)
            return PricedLine(line.key, rule and rule.id, (), None, explanation, problem)

    def _choose(self, line: LineToPrice, rejected: list[tuple[Hashable, str]]) -> _Hit | None:
        winner, lost_to = None, ""
        for contract in line.contracts:
            for level in self._book.levels(line, contract):
                if winner is None:
                    winner = self._best(line, level, rejected)
                    lost_to = "narrower_scope"
                else:
                    rejected.extend((ready.rule.id, ready.covers(line) or lost_to) for ready in level)
            lost_to = "earlier_contract"
        return winner

    def _best(
        self,
        line: LineToPrice,
        level: tuple[_Rule, ...],
        rejected: list[tuple[Hashable, str]],
    ) -> _Hit | None:
        hits = []
        for ready in level:
            found = self._look_at(ready, line)
            if isinstance(found, str):
                rejected.append((ready.rule.id, found))
            else:
                hits.append((found.rank(), found))
        if not hits:
            return None
        best_rank, best = min(hits, key=lambda ranked: ranked[0])
        for rank, hit in hits:
            if hit is not best:
                rejected.append((hit.rule.rule.id, _first_difference(best_rank, rank)))
        return best

    def _look_at(self, ready: _Rule, line: LineToPrice) -> _Hit | str:
        if code := ready.covers(line):
            return code
        rule, table = ready.rule, ready.table
        if table is None:
            raise UnpricedError(rule, "invalid_rule", problems=[problem.code for problem in ready.broken])
        quantity = line.quantity * line.uom_factor
        start, basis_quantity, period = ZERO, quantity, None
        if ready.pooled:
            period = ready.period(line.date)
            before, after = self._pools[ready, period and period.start]
            start = self._starts[ready, line.key]
            basis_quantity = after if abs(after) >= abs(before) else before
        if rule.mode == "volume":
            tier = table.reached(basis_quantity)
            parts = [(tier, quantity)]
            reached = [] if tier is None else [tier]
        else:
            parts = table.slices(start, start + quantity)
            reached = [tier for tier, _quantity in parts if tier is not None]
        if not reached:
            first = table.tiers[0].floor * rule.uom_factor
            return "below_first_floor" if abs(basis_quantity) < first else "in_gap"
        floor = table.tiers[max(reached)].floor * rule.uom_factor
        return _Hit(ready, parts, floor, basis_quantity, start, period)

    def _with_rule(self, line: LineToPrice, hit: _Hit, rejected: list[tuple[Hashable, str]]) -> PricedLine:
        rule, tiers = hit.rule.rule, hit.rule.table.tiers
        parts = [(None if tier is None else tiers[tier], quantity) for tier, quantity in hit.slices]
        slices = self._amounts.slices(line, rule, parts)
        currency = rule.currency if rule.computation == "fixed" else line.base_currency
        explanation = Explanation(
            "rule_volume" if rule.mode == "volume" else "rule_graduated",
            rule,
            ratio(hit.basis_quantity, rule.uom_factor),
            ratio(hit.start, rule.uom_factor),
            hit.period,
            slices,
            tuple(rejected),
            rate=self._amounts.rate(line, rule, currency),
            list_price=self._amounts.list_price(line),
        )
        return PricedLine(line.key, rule.id, slices, sum(cut.amount for cut in slices), explanation)

    def _without_rule(self, line: LineToPrice, rejected: list[tuple[Hashable, str]]) -> PricedLine:
        slices, total = (), None
        if line.list_price is not None:
            slices = self._amounts.slices(line, None, [(None, line.quantity * line.uom_factor)])
            total = slices[0].amount
        explanation = Explanation("no_rule", None, None, None, None, slices, tuple(rejected))
        return PricedLine(line.key, None, slices, total, explanation)


def price_lines(
    rules: Iterable[PriceRule],
    lines: Iterable[LineToPrice],
    *,
    cumulative: Mapping[CumulativeKey, Decimal] | None = None,
    rate: Rate | None = None,
    price_digits: int | None = None,
) -> dict[Hashable, PricedLine]:
    """Price a batch of lines under a set of rules; see :meth:`PriceBook.price` for the parameters."""
    return PriceBook(rules).price(lines, cumulative=cumulative, rate=rate, price_digits=price_digits)


def _first_difference(best: tuple, other: tuple) -> str:
    reasons = zip(_BETTER_BY, best, other, strict=True)
    return next((reason for reason, ours, theirs in reasons if ours != theirs), _BETTER_BY[-1])
