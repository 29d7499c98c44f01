"""Taxes with the rounding of Magento's total-based calculation (its default).

Kept apart from baskets because it is the one place where a cent is decided. Each row is rounded with what the rows
before it, under the same rate, left over ("delta rounding"), so a shipping fee of 7.90 at 19 % carries 1.50 in one
order and 1.51 in another. Two runs are kept: one before the discount, which gives the prices with tax, and one after
it, which gives the tax owed.

Source: the behaviour of Magento Open Source 2.4.7 as recorded on a running shop; the terms are Magento's own
(``discount_tax_compensation`` is the tax that a discount on prices with tax takes away).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
CENT = Decimal("0.01")
FOUR_PLACES = Decimal("0.0001")
_FIRST_DELTA = Decimal("0.000001")

STANDARD_GOODS = 2
RETAIL_CUSTOMER = 3
REDUCED_GOODS = 4
EXEMPT_CUSTOMER = 5


def to_cent(amount):
    """Return ``amount`` rounded half up to two decimals, as Magento 2.4.7 does whatever the currency."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def to_column(amount):
    """Return ``amount`` as the shop's database keeps it: four decimals."""
    return amount.quantize(FOUR_PLACES, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One rate as ``taxRates/search`` lists it; ``percent`` is 19 for 19 %."""

    id: int
    code: str
    country: str
    percent: Decimal
    region_id: int = 0
    region_code: str = ""


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """Rates of one priority: Magento reckons them as one tax and splits the amount afterwards."""

    rates: tuple[TaxRate, ...]

    @property
    def key(self):
        return "".join(rate.code for rate in self.rates)

    @property
    def percent(self):
        return sum((rate.percent for rate in self.rates), ZERO)

    def share(self, amount, rate):
        """Return the part of the group's ``amount`` that belongs to ``rate``, with four decimals ("real amount")."""
        if len(self.rates) == 1:
            return amount
        return to_column(amount * rate.percent / self.percent)


GERMANY_19 = TaxRate(3, "DE 19", "DE", Decimal(19))
GERMANY_7 = TaxRate(4, "DE 7", "DE", Decimal(7))
QUEBEC_GST = TaxRate(5, "CA-QC GST", "CA", Decimal(5), 76, "QC")
QUEBEC_QST = TaxRate(6, "CA-QC QST", "CA", Decimal("9.975"), 76, "QC")
RATES = (GERMANY_19, GERMANY_7, QUEBEC_GST, QUEBEC_QST)

TAX_CLASSES = (
    (STANDARD_GOODS, "Taxable Goods", "PRODUCT"),
    (RETAIL_CUSTOMER, "Retail Customer", "CUSTOMER"),
    (REDUCED_GOODS, "Reduced", "PRODUCT"),
    (EXEMPT_CUSTOMER, "Reverse charge and export", "CUSTOMER"),
)
# id, code, customer classes, product classes, rates
TAX_RULES = (
    (1, "DE VAT 19", (RETAIL_CUSTOMER,), (STANDARD_GOODS,), (GERMANY_19,)),
    (2, "DE VAT 7", (RETAIL_CUSTOMER,), (REDUCED_GOODS,), (GERMANY_7,)),
    (3, "Quebec", (RETAIL_CUSTOMER,), (STANDARD_GOODS, REDUCED_GOODS), (QUEBEC_GST, QUEBEC_QST)),
)


def groups_for(customer_class, product_class, country, region_code=""):
    """Return the tax groups of a product for a ship-to address: one group, or none where nothing is taxed."""
    for _id, _code, customers, products, rates in TAX_RULES:
        fitting = tuple(rate for rate in rates if rate.country == country and rate.region_code in ("", region_code))
        if customer_class in customers and product_class in products and fitting:
            return (TaxGroup(fitting),)
    return ()


@dataclass(frozen=True, slots=True)
class TaxedRow:
    """A row after tax; all amounts in one currency. ``tax`` is after discount, the incl-tax prices before it."""

    price: Decimal
    price_incl_tax: Decimal
    row_total: Decimal
    row_total_incl_tax: Decimal
    tax: Decimal
    compensation: Decimal
    applied: tuple[tuple[TaxGroup, Decimal], ...]
    percent: Decimal


class TaxRun:
    """One order's taxes in one currency: rows must be given in the order's sequence, shipping last.

    :param tax_included: whether the prices given contain tax
    """

    def __init__(self, tax_included):
        self.tax_included = tax_included
        self._deltas = {}

    def row(self, price, quantity, groups, discount=ZERO):
        """Return the :class:`TaxedRow` of ``quantity`` units at ``price`` (two decimals) less ``discount``."""
        if self.tax_included and groups:
            return self._row_with_tax_in_price(price, quantity, groups, discount)
        return self._row_with_tax_on_top(price, quantity, groups, discount)

    def weee(self, unit, quantity, groups):
        """Return the row of a fixed product tax: always without tax, never discounted, rounded by itself."""
        row_total = unit * quantity
        applied = tuple((group, to_cent(row_total * group.percent / 100)) for group in groups)
        tax = sum((amount for _group, amount in applied), ZERO)
        gross = row_total + tax
        return TaxedRow(unit, to_cent(gross / quantity), row_total, gross, tax, ZERO, applied, _percent(groups))

    def _row_with_tax_on_top(self, price, quantity, groups, discount):
        row_total = price * quantity
        taxable = max(row_total - discount, ZERO)
        before = ZERO
        applied = []
        for group in groups:
            before += self._round(row_total * group.percent / 100, "before", group.key)
            applied.append((group, self._round(taxable * group.percent / 100, "after", group.key)))
        gross = row_total + before
        tax = sum((amount for _group, amount in applied), ZERO)
        price_incl_tax = to_cent(gross / quantity)
        return TaxedRow(price, price_incl_tax, row_total, gross, tax, ZERO, tuple(applied), _percent(groups))

    def _row_with_tax_in_price(self, price_incl_tax, quantity, groups, discount):
        (group,) = groups
        gross = price_incl_tax * quantity
        before = self._round(_tax_within(gross, group.percent), "before", group.key)
        row_total = gross - before
        after = self._round(_tax_within(max(gross - discount, ZERO), group.percent), "after", group.key)
        price = to_cent(row_total / quantity)
        return TaxedRow(
            price, price_incl_tax, row_total, gross, after, before - after, ((group, after),), group.percent
        )

    def _round(self, amount, run, key):
        if not amount:
            return amount
        exact = amount + self._deltas.get((run, key), _FIRST_DELTA)
        rounded = to_cent(exact)
        self._deltas[run, key] = exact - rounded
        return rounded


def _percent(groups):
    return sum((group.percent for group in groups), ZERO)


def _tax_within(gross, percent):
    return gross * percent / (100 + percent)
