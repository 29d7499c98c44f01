"""What the slices of a line cost once rule and tiers are known: base prices, units, exchange rates, rounding.

Apart from the choice of the rule, so that each can be read on its own. Everything is multiplied in
reference units and divided once at the end; a quotient that does not end is only cut where it is shown,
never where it is summed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import date
from decimal import Decimal

from ..money import round_half_up, to_decimal
from .model import LIST_PRICE, LineToPrice, PricedSlice, PriceRule
from .tiers import ONE, Problem, Tier

Rate = Callable[[Hashable, Hashable, date], "Decimal | float | None"]

_SHOWN_DIGITS = 12
_PERCENT = Decimal(100)


class UnpricedError(Exception):
    """A line has no price although a rule counts for it; ``problem`` says why and ``rule`` which one."""

    def __init__(self, rule: PriceRule | None, code: str, **parameters: object):
        super().__init__(code)
        self.rule = rule
        self.problem = Problem(code, parameters)


class Amounts:
    """Prices slices, asking for each exchange rate once.

    :param rate: ``rate(from_currency, to_currency, day)`` → units of the second for one of the first;
        ``None`` or nothing above zero where there is none
    :param price_digits: decimals of unit prices, or ``None`` for exact ones
    """

    def __init__(self, rate: Rate | None, price_digits: int | None):
        self._ask = rate
        self._digits = price_digits
        self._rates: dict[tuple, Decimal | None] = {}

    def slices(
        self,
        line: LineToPrice,
        rule: PriceRule | None,
        parts: Sequence[tuple[Tier | None, Decimal]],
    ) -> tuple[PricedSlice, ...]:
        """Return the priced slices of a line.

        :param parts: tier (``None`` for the list price) and signed quantity in reference units, summing to
            the line
        :raises UnpricedError: when a base price or a rate is missing
        """
        priced = []
        left = line.quantity
        for index, (tier, reference) in enumerate(parts):
            quantity = left if index + 1 == len(parts) else ratio(reference, line.uom_factor)
            left -= quantity
            priced.append(self._slice(line, rule, tier, reference, quantity))
        return tuple(priced)

    def rate(self, line: LineToPrice, rule: PriceRule | None, currency: Hashable) -> Decimal:
        """Return the line's currency for one unit of another: as the contract fixed it, else on the day.

        :raises UnpricedError: ``no_rate``
        """
        wanted = line.currency
        if currency is None or wanted is None or currency == wanted:
            return ONE
        if rule is not None and currency == rule.currency and wanted in rule.fixed_rates:
            return rule.fixed_rates[wanted]
        key = (currency, wanted, line.date)
        if key not in self._rates:
            found = self._ask(*key) if self._ask else None
            self._rates[key] = to_decimal(found) if found else None
        known = self._rates[key]
        if known is None or known <= 0:
            raise UnpricedError(rule, "no_rate", currency=currency, wanted=wanted, date=line.date)
        return known

    def list_price(self, line: LineToPrice) -> Decimal | None:
        """Return the list price per unit of the line, in its currency; ``None`` where price or rate is not known."""
        if line.list_price is None:
            return None
        try:
            price = line.list_price * self.rate(line, None, line.base_currency)
        except UnpricedError:
            return None
        return ratio(price * line.uom_factor, line.base_uom_factor)

    def _slice(
        self,
        line: LineToPrice,
        rule: PriceRule | None,
        tier: Tier | None,
        reference: Decimal,
        quantity: Decimal,
    ) -> PricedSlice:
        price, per, currency = _price(line, rule, tier)
        price *= self.rate(line, rule, currency)
        if self._digits is None:
            unit_price = ratio(price * line.uom_factor, per)
            exact = reference * price / per
        else:
            unit_price = round_half_up(price * line.uom_factor / per, self._digits)
            exact = reference * unit_price / line.uom_factor
        amount = round_half_up(exact, line.precision)
        if tier is None:
            return PricedSlice(quantity, unit_price, exact, amount)
        return PricedSlice(quantity, unit_price, exact, amount, tier.floor, tier.value)


def ratio(dividend: Decimal, divisor: Decimal) -> Decimal:
    """Return a quotient with at most 12 decimals; for showing, not for summing."""
    if divisor == ONE:
        return dividend
    quotient = dividend / divisor
    shown = round_half_up(quotient, _SHOWN_DIGITS)
    return quotient if quotient == shown else shown


def _price(
    line: LineToPrice,
    rule: PriceRule | None,
    tier: Tier | None,
) -> tuple[Decimal, Decimal, Hashable]:
    """Return a price, per how many reference units it is, and its currency."""
    if rule is None or tier is None:
        base, factor = LIST_PRICE, ONE
    elif rule.computation == "fixed":
        return tier.value, rule.uom_factor, rule.currency
    elif rule.computation == "discount":
        base, factor = rule.base, (_PERCENT - tier.value) / _PERCENT
    else:
        base, factor = "cost", (_PERCENT + tier.value) / _PERCENT
    if base == LIST_PRICE:
        price = line.list_price
    else:
        price = line.cost if base == "cost" else line.other_prices.get(base)
    if price is None:
        raise UnpricedError(rule, "no_base_price", base=base)
    return price * factor, line.base_uom_factor, line.base_currency
