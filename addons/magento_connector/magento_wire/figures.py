"""The money of a document as the shop states it, and how it becomes money of the books.

Both readings of the shop (Magento 2 and Magento 1) end in :class:`Figure`; from there on there is one check
that the parts sum to the total, and one way to round amounts with fractions of a cent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from .amounts import ZERO, round_half_up, round_to_sum
from .refusals import OrderRefused


@dataclass(frozen=True, slots=True)
class RawTax:
    """One tax of the shop: ``amount`` exact, ``percent`` None where unknown."""

    code: str
    percent: Decimal | None
    amount: Decimal
    kind: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One amount of a document: exact net and taxes, in order currency; ``base_…`` in the shop's base
    currency.

    :ivar item: the shop's item it comes from, None for shipping and other segments
    :ivar children: items below it that carry no money of their own
    """

    kind: str
    external_id: str
    name: str
    net: Decimal
    taxes: tuple[RawTax, ...] = ()
    base_net: Decimal = ZERO
    base_tax: Decimal = ZERO
    item: dict | None = None
    children: tuple[dict, ...] = ()

    @property
    def tax(self):
        return sum((tax.amount for tax in self.taxes), ZERO)

    @property
    def gross(self):
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document's parts say, beside what its header says.

    :ivar optional_tax: taxes that some versions leave out of the header's tax (on fixed product taxes,
        wrapping)
    :ivar remark: words for a person where the reading is not the usual one
    """

    figures: tuple[Figure, ...]
    total: Decimal
    tax: Decimal
    base_total: Decimal
    base_tax: Decimal
    optional_tax: tuple[Decimal, ...] = ()
    remark: str = ""

    @property
    def parts_total(self):
        return sum((figure.gross for figure in self.figures), ZERO)

    @property
    def parts_tax(self):
        return sum((figure.tax for figure in self.figures), ZERO)

    @property
    def base_parts_total(self):
        return sum((figure.base_net + figure.base_tax for figure in self.figures), ZERO)


def closing_tolerance(decimals):
    """Return the difference (exclusive) that stored decimals can make: under half a cent or half a minor
    unit.
    """
    return min(Decimal("0.5").scaleb(-decimals), Decimal("0.005"))


def require_closing(reading, number, currency, decimals, hint="", entity="Order"):
    """Refuse a document whose parts do not sum to the shop's total, or whose taxes do not sum to its tax.

    :param str number: the document's number, for the words
    :param str hint: a sentence on what may be missing
    :param str entity: what it is, for the words
    :raises OrderRefused: ``total_differs`` or ``tax_differs``, both figures named
    """
    tolerance = closing_tolerance(decimals)
    facts = {"entity": entity, "number": number, "currency": currency}
    total = reading.parts_total
    if abs(total - reading.total) >= tolerance:
        raise OrderRefused(
            "total_differs",
            shop=reading.total,
            computed=total,
            difference=reading.total - total,
            hint=hint or "Look in the shop for an amount of it that is none of these.",
            **facts,
        )
    taxes = {reading.parts_tax}
    for optional in reading.optional_tax:
        taxes |= {tax - optional for tax in taxes}
    if all(abs(tax - reading.tax) >= tolerance for tax in taxes):
        raise OrderRefused(
            "tax_differs",
            shop=reading.tax,
            computed=reading.parts_tax,
            difference=reading.tax - reading.parts_tax,
            **facts,
        )


@dataclass(frozen=True, slots=True)
class SettledFigure:
    """A figure with amounts rounded to the currency; ``taxes`` in the order of ``figure.taxes``."""

    figure: Figure
    net: Decimal
    taxes: tuple[Decimal, ...]


def settle(figures, shop_total, decimals):
    """Round a document's amounts to its currency so that nets and taxes sum to what is owed.

    First the untaxed amount and each rate's tax are rounded together to the owed total, then each is divided
    among the lines, both by largest remainder. Amounts that have no fractions stay what they are.

    :param figures: exact figures whose gross amounts sum to ``shop_total`` (less than one minor unit apart)
    :param Decimal shop_total: the shop's total, exact
    :param int decimals: decimals of the currency
    :returns: ``(owed, [SettledFigure, …])``, in the order given
    """
    owed = round_half_up(shop_total, decimals)
    rates = sorted({_rate(tax) for figure in figures for tax in figure.taxes})
    by_rate = dict.fromkeys(rates, ZERO)
    for figure in figures:
        for tax in figure.taxes:
            by_rate[_rate(tax)] += tax.amount
    untaxed = sum((figure.net for figure in figures), ZERO)
    untaxed, *tax_totals = round_to_sum([untaxed, *by_rate.values()], owed, decimals)
    nets = round_to_sum([figure.net for figure in figures], untaxed, decimals)
    taxes = [[ZERO] * len(figure.taxes) for figure in figures]
    for rate, total in zip(rates, tax_totals, strict=True):
        places = [
            (row, column)
            for row, figure in enumerate(figures)
            for column, tax in enumerate(figure.taxes)
            if _rate(tax) == rate
        ]
        exact = [figures[row].taxes[column].amount for row, column in places]
        for (row, column), share in zip(places, round_to_sum(exact, total, decimals), strict=True):
            taxes[row][column] = share
    rows = zip(figures, nets, taxes, strict=True)
    return owed, [SettledFigure(figure, net, tuple(shares)) for figure, net, shares in rows]


def _rate(tax):
    return tax.code, tax.percent if tax.percent is not None else Decimal(-1)


def with_tax(taxes, total, unit, refuse):
    """Return taxes by rate that sum to the line's tax.

    The shop rounds each rate on its own, so they may be apart by one unit for each; the difference goes to
    the largest. More than that is not explained by rounding.

    :param taxes: RawTax of one line
    :param Decimal total: the line's tax
    :param Decimal unit: what the shop rounds to
    :param refuse: called with the sum found where it is too far away; must raise
    """
    found = sum((tax.amount for tax in taxes), ZERO)
    if found == total:
        return tuple(taxes)
    if abs(total - found) > unit * len(taxes):
        refuse(found)
    largest = max(range(len(taxes)), key=lambda i: (abs(taxes[i].amount), -i))
    return tuple(
        replace(tax, amount=tax.amount + total - found) if i == largest else tax for i, tax in enumerate(taxes)
    )
