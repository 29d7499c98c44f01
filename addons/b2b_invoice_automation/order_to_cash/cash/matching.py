"""The cash application engine: bank lines and open items in, one explained decision per line out.

A batch is matched in passes, the strongest evidence first over all lines, so that a weaker claim never takes
an item from a stronger one; within a pass in the order of date and key. The result does not depend on the
order of the input, and an item is never used beyond its residual. What is not certain is proposed.

Pure: no clock, no database. Indexing the items costs once per call, and a line the same however many items are open;
so call it once for all lines at hand, and write the decisions in batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from .case import Case, build_case, named_items, names_documents
from .instalments import instalments
from .model import (
    APPLY,
    EXACT_SUM,
    NEAR,
    NUMBER,
    OLDEST,
    PROPOSE,
    STRUCTURED,
    BankLine,
    Candidate,
    ClosedReference,
    Decision,
    Evidence,
    Key,
    MatchingRule,
    OpenItem,
    PastPayment,
    Payer,
)
from .number_index import CERTAIN, HINT, SUPPORTED, NumberIndex, Target
from .number_steps import EXACT, PASSES, settle_named, settle_remittance
from .payer_steps import settle_by_sum, settle_near_one, settle_oldest
from .payers import PayerDirectory
from .pool import Pool
from .proposals import Proposer
from .references import compact, fold
from .returns import Returns
from .settlement import Counted, Settlement, Terms, count_in

_MOST_ROUNDS = 8


def match(
    lines: Iterable[BankLine],
    items: Iterable[OpenItem],
    payers: Iterable[Payer],
    rules: Iterable[MatchingRule],
    *,
    closed_references: Iterable[ClosedReference] = (),
    past_payments: Iterable[PastPayment] = (),
    rate_on: Callable[[str, str, date], Decimal | None] | None = None,
    today: date | None = None,
) -> list[Decision]:
    """Match a batch of bank lines with open items.

    :param lines: the lines, each with its own key.
    :param items: all open items that may be paid; the engine finds the payer's among them itself.
    :param payers: all commercial entities that may pay.
    :param rules: what may be done; without any rule nothing is applied.
    :param closed_references: numbers of paid documents. Without them second payments look like unknown
        numbers, and numbers with a typing error are never corrected.
    :param past_payments: payments applied earlier, which returns may take back.
    :param rate_on: from currency, to currency and day → exchange rate, or None; for payments in a currency
        that is neither the item's nor was ordered in it. Without a rate these are proposals.
    :param today: lines dated later are not matched by amount alone; None for no such limit.
    :returns: one decision per line, sorted by the line's date and key.
    :raises ValueError: when two lines or two items share a key.
    """
    return _Batch(lines, items, payers, rules, closed_references, past_payments, rate_on, today).decide()


class _Batch:
    """One run over a batch."""

    def __init__(self, lines, items, payers, rules, closed, past, rate_on, today):
        self.lines = sorted(lines, key=lambda line: (line.date, line.key))
        if len({line.key for line in self.lines}) != len(self.lines):
            raise ValueError("two bank lines share a key; give each line once")
        items, closed = list(items), sorted(closed, key=lambda reference: (reference.key, reference.number))
        self.rules = tuple(sorted(rules, key=lambda rule: (rule.sequence, rule.name)))
        self.rate_on, self.last_day = rate_on, today
        self.pool = Pool(items)
        self.directory = PayerDirectory(payers)
        self.index = NumberIndex(self.pool.items.values(), closed)
        self.returns = Returns(self.lines, past, self.directory)
        self.decisions: dict[Key, Decision] = {}
        self.counted: dict[tuple[Key, str], Counted | None] = {}
        closed_by_key = {reference.key: reference for reference in closed}
        self.proposer = Proposer(closed_by_key, dict(self.pool.left), self._count)
        self.cases = self._build_cases()

    def _build_cases(self):
        by_end_to_end: dict[str, list[Target]] = {}
        for item in self.pool.items.values():
            for reference in item.end_to_end_ids:
                target = Target(item.key, item.payer, CERTAIN, reference)
                by_end_to_end.setdefault(compact(reference), []).append(target)
        for line in self.lines:
            if line.is_reversal:
                for decision in self.returns.decide(line):
                    self.decisions[decision.line] = decision
        return [
            build_case(line, self.index, by_end_to_end, self.directory, self.rules)
            for line in self.lines
            if line.key not in self.decisions
        ]

    def decide(self) -> list[Decision]:
        for case in self.cases:
            if case.line.amount and case.remitted:
                self._settle(
                    case,
                    STRUCTURED,
                    lambda rule, case=case: settle_remittance(
                        case, rule, lambda currency: self._count(case, currency), self._terms_of(case)
                    ),
                )
        for mode, grade in PASSES:
            for source in (STRUCTURED, NUMBER):
                self._numbers_pass(source, mode, grade)
        self._instalments_pass()
        self._claims_pass(EXACT_SUM, settle_by_sum)
        self._claims_pass(NEAR, settle_near_one)
        for case in self._undecided_of_known_payers(OLDEST):
            self._settle(case, OLDEST, lambda rule, case=case: self._by_payer(case, rule, settle_oldest))
        for case in self.cases:
            if case.decision is None:
                self._propose(case)
        return [self.decisions[line.key] for line in self.lines]

    def _count(self, case, currency) -> Counted | None:
        known = (case.line.key, currency)
        if known not in self.counted:
            line = case.line
            rate = self.rate_on(line.currency, currency, line.date) if self.rate_on else None
            self.counted[known] = count_in(line, currency, rate, self.pool.unit(currency))
        return self.counted[known]

    def _terms_of(self, case):
        line = case.line
        same = line.original_amount and line.original_currency in ("", line.currency)
        ordered = abs(line.original_amount).copy_sign(line.amount) if same else None

        def terms_of(rule):
            def tolerance_of(payer):
                known = self.directory.payers.get(payer)
                return known.tolerance if known and known.tolerance else rule.tolerance

            text = fold(line.text)
            return Terms(self.pool, line.date, rule, tolerance_of, text, ordered, line.charges, self.rate_on)

        return terms_of

    def _numbers_pass(self, source, mode, grade):
        """One mode over all undecided lines that name something; lines of the right payer first."""
        if source == STRUCTURED and grade == HINT:
            return
        ranked = []
        for case in self.cases:
            if case.decision is None and case.line.amount and self._has_numbers(case, source, grade):
                named = named_items(case, source, grade, self.pool)
                if named.explicit or named.inferred:
                    ranked.append((named.agreement, case.line.date, case.line.key, case))
        ranked.sort(key=lambda entry: entry[:3])
        for *_rank, case in ranked:
            self._settle(case, source, lambda rule, case=case: self._by_number(case, rule, source, mode, grade))

    @staticmethod
    def _has_numbers(case, source, grade):
        if source == STRUCTURED:
            return bool(case.structured)
        if grade == HINT:
            return bool(case.hints or case.reading.numbers)
        return bool(case.reading.numbers)

    def _by_number(self, case, rule, source, mode, grade):
        named = named_items(case, source, grade, self.pool)
        if mode == EXACT and self._lesser_numbers_matter(case, source, grade, named):
            return None
        return settle_named(
            case, rule, source, mode, named, grade, lambda currency: self._count(case, currency), self._terms_of(case)
        )

    def _lesser_numbers_matter(self, case, source, grade, named):
        """Whether numbers of another grade name items as well, so that this grade must not decide alone."""
        if grade == HINT:
            return bool(named_items(case, source, SUPPORTED, self.pool).explicit)
        if grade != CERTAIN:
            return False
        every = named_items(case, source, SUPPORTED, self.pool)
        return len(every.explicit) > len(named.explicit)

    def _by_payer(self, case, rule, step):
        """Try a step in each currency the line can be counted in and the payer owes; exactly one must fit."""
        found = []
        for currency in sorted({case.line.currency, case.line.original_currency} - {""}):
            counted = self._count(case, currency)
            if counted is None or not len(self.pool.book(case.identity.payer, currency)):
                continue
            settlement = step(case, rule, counted, self._terms_of(case)(rule), self.index)
            if settlement:
                found.append(settlement)
        return found[0] if len(found) == 1 else None

    def _instalments_pass(self):
        """Apply lines that pay an item together; all of them, or none."""
        undecided = [case for case in self.cases if case.decision is None and case.line.amount and case.reading.numbers]
        for parts in instalments(undecided, self.pool, self._count):
            rules = [next(iter(case.allowed_rules(NUMBER)), None) for case, _settlement in parts]
            if all(rule and rule.automatic for rule in rules):
                for case, settlement in parts:
                    self._settle(case, NUMBER, lambda _rule, settlement=settlement: settlement)

    def _undecided_of_known_payers(self, step):
        return [
            case
            for case in self.cases
            if case.decision is None
            and case.line.amount
            and case.identity.payer is not None
            and not names_documents(case, self.pool)
            and (self.last_day is None or case.line.date <= self.last_day)
            and any(True for _rule in case.allowed_rules(step))
        ]

    def _claims_pass(self, step, function):
        """Apply what one line alone claims; lines that claim the same item are rivals, and both wait."""
        waiting = [case for case in self._undecided_of_known_payers(step) if not case.tied]
        versions: dict[Key, int] = {}
        for _round in range(_MOST_ROUNDS):
            claims = []
            for case in waiting:
                version = self._version(case)
                if versions.get(case.line.key) != version:
                    versions[case.line.key] = version
                    case.tied, case.note = (), ""
                    claims.extend(self._claim(case, step, function))
                elif case.note == "rival_lines":
                    claims.extend(self._claim(case, step, function))
            alone, rivals = _without_rivals(claims)
            for case, rule, settlement in alone:
                self._record(case, step, rule, settlement)
            for case, _rule, settlement in rivals:
                case.tied = (tuple(allocation.item for allocation in settlement.allocations),)
                case.note = "rival_lines"
            waiting = [case for case in waiting if case.decision is None]
            if not alone:
                return

    def _version(self, case):
        currencies = {case.line.currency, case.line.original_currency}
        return sum(self.pool.book(case.identity.payer, currency).version for currency in currencies)

    def _claim(self, case, step, function):
        for rule in case.allowed_rules(step):
            settlement = self._by_payer(case, rule, function)
            if settlement:
                return [(case, rule, settlement)]
        return []

    def _settle(self, case, step, attempt):
        """Record the first settlement that a rule of the line allows."""
        if case.decision is not None:
            return
        for rule in case.allowed_rules(step):
            settlement = attempt(rule)
            if settlement:
                self._record(case, step, rule, settlement)
                return

    def _record(self, case, step, rule, settlement: Settlement):
        """Decide a case and take the money off the items; a proposal too keeps them, by its stronger claim."""
        self.pool.take(settlement.allocations)
        payer = case.identity.payer
        if payer is None:
            payers = {self.pool.items[allocation.item].payer for allocation in settlement.allocations}
            payer = payers.pop() if len(payers) == 1 else None
        case.decision = self.decisions[case.line.key] = Decision(
            case.line.key,
            APPLY if rule.automatic and settlement.certain else PROPOSE,
            settlement.currency,
            settlement.remainder,
            settlement.reason,
            allocations=settlement.allocations,
            parameters=settlement.parameters,
            payer=payer,
            rule=rule.name,
            rule_version=rule.version,
            step=step,
            score=settlement.score,
            evidence=_evidence(case),
            discrepancy=settlement.discrepancy,
            candidates=(Candidate(settlement.allocations, settlement.score, settlement.reason),),
        )

    def _propose(self, case):
        rule = case.rules[0] if case.rules else MatchingRule("")
        decision = self.proposer.propose(case, self._terms_of(case)(rule), _evidence(case))
        case.decision = self.decisions[case.line.key] = decision


def _without_rivals(claims):
    """Part claims into those on items nobody else claims, and the others."""
    claimed: dict[Key, int] = {}
    for _case, _rule, settlement in claims:
        for allocation in settlement.allocations:
            claimed[allocation.item] = claimed.get(allocation.item, 0) + 1
    alone, rivals = [], []
    for claim in claims:
        shared = any(claimed[allocation.item] > 1 for allocation in claim[2].allocations)
        (rivals if shared else alone).append(claim)
    return alone, rivals


def _evidence(case: Case) -> tuple[Evidence, ...]:
    """What was recognised in a line, for the screen that highlights it."""
    found = [*case.structured_evidence]
    for number in (*case.reading.numbers, *case.hints):
        kind = number.kind if number.open else "closed_number"
        targets = number.open or number.closed
        keys = tuple(target.key for target in targets)
        found.append(Evidence(kind, number.value, targets[0].number, keys, *_place(number)))
    for unknown in case.reading.unknown:
        found.append(Evidence("unknown_number", unknown.value, "", (), *_place(unknown)))
    return (*found, *case.identity.evidence)


def _place(number):
    """Where a number stands in the text; nowhere, if it was read in another field."""
    return (number.start, number.end) if number.end else (None, None)
