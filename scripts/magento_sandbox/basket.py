"""What a customer puts in the cart, and what it costs: prices, discounts and taxes in one currency.

Kept apart from :mod:`.order_record`, which writes the result down in Magento's fields: here are amounts, there names.
A :class:`Basket` is reckoned twice, once in the base currency and once in the order's, each with its own roundings, as
Magento does; so the two totals differ by more than the rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .catalog import BY_SKU, Product
from .companies import Address, Company, Person
from .tax import STANDARD_GOODS, ZERO, TaxedRow, TaxRun, groups_for, to_cent, to_column

FLAT_RATE = Decimal("7.90")


@dataclass(frozen=True, slots=True)
class Coupon:
    """A cart rule: ``percent`` off each line, or ``fixed`` base currency off the cart; perhaps off shipping as well."""

    code: str
    rule_id: int
    percent: Decimal = ZERO
    fixed: Decimal = ZERO
    to_shipping: bool = False


COUPONS = {
    coupon.code: coupon
    for coupon in (
        Coupon("NORD10", 1, percent=Decimal(10)),
        Coupon("FRACHT5", 2, percent=Decimal(5), to_shipping=True),
        Coupon("DANKE25", 3, fixed=Decimal(25)),
        Coupon("MUSTER100", 4, percent=Decimal(100), to_shipping=True),
    )
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the cart.

    :ivar sku: of the product as chosen: the configurable or bundle where it is one
    :ivar variant: SKU of the chosen variant of a configurable product
    :ivar unit_price: agreed base price instead of the catalogue's
    :ivar agreed_net: what the line must cost in total without tax; a line discount makes it so
    :ivar discount: an amount off this line in base currency, even beyond its worth
    """

    sku: str
    quantity: Decimal
    variant: str = ""
    unit_price: Decimal | None = None
    agreed_net: Decimal | None = None
    discount: Decimal | None = None

    @property
    def product(self):
        return BY_SKU[self.sku]


@dataclass(frozen=True, slots=True)
class Basket:
    """Everything an order is made of, before it is placed.

    ``company`` is None for a guest; ``guest_company`` is what such a guest wrote in the address.
    """

    store_id: int
    person: Person
    address: Address
    lines: tuple[Line, ...]
    created_at: datetime
    company: Company | None = None
    group_id: int = 0
    coupon: Coupon | None = None
    payment: str = "purchaseorder"
    po_number: str = ""
    shipping: Decimal = FLAT_RATE
    ship_to: Address | None = None
    guest_company: Company | None = None

    @property
    def virtual(self):
        return all(line.product.virtual for line in self.lines)


@dataclass(slots=True)
class Leaf:
    """A product that is reckoned by itself: a line, a configurable's line, or a part of a bundle."""

    line: Line
    product: Product
    quantity: Decimal
    base_price: Decimal
    base_original_price: Decimal
    tax_class_id: int


@dataclass(frozen=True, slots=True)
class Row:
    """A leaf in one currency."""

    taxed: TaxedRow
    original_price: Decimal
    discount: Decimal
    weee: TaxedRow | None

    @property
    def net(self):
        return self.taxed.row_total - self.discount + self.taxed.compensation


@dataclass(frozen=True, slots=True)
class Sheet:
    """A basket in one currency: ``rows`` stand beside the leaves; ``shipping`` is None for virtual baskets."""

    rows: tuple[Row, ...]
    shipping: TaxedRow
    shipping_discount: Decimal

    def total(self, name):
        """Return the sum over the rows of a :class:`.tax.TaxedRow`'s field."""
        return sum((getattr(row.taxed, name) for row in self.rows), ZERO)

    @property
    def discount(self):
        return sum((row.discount for row in self.rows), self.shipping_discount)

    @property
    def weee(self):
        """Fixed product taxes without tax, with tax."""
        fixed = [row.weee for row in self.rows if row.weee]
        return sum((row.row_total for row in fixed), ZERO), sum((row.row_total_incl_tax for row in fixed), ZERO)

    @property
    def tax(self):
        """All tax owed: on lines, on fixed product taxes, on shipping."""
        on_weee = sum((row.weee.tax for row in self.rows if row.weee), ZERO)
        return self.total("tax") + on_weee + self.shipping.tax

    @property
    def grand_total(self):
        net = self.total("row_total") + self.weee[0] + self.shipping.row_total - self.discount
        return net + self.total("compensation") + self.shipping.compensation + self.tax


def leaves_of(lines, price_of):
    """Return the leaves of a cart's lines.

    :param price_of: function (product, quantity) → base unit price of this customer with at most four decimals
    """
    leaves = []
    for line in lines:
        product = line.product
        if product.parts:
            for _title, sku, per_set in product.parts:
                part = BY_SKU[sku]
                quantity = line.quantity * per_set
                leaves.append(_leaf(line, part, quantity, price_of(part, quantity)))
        else:
            sold = BY_SKU[line.variant] if line.variant else product
            price = price_of(sold, line.quantity) if line.unit_price is None else line.unit_price
            leaves.append(_leaf(line, sold, line.quantity, price))
    return leaves


def _leaf(line, product, quantity, price):
    return Leaf(line, product, quantity, price, product.price, product.tax_class_id)


def reckon(basket, leaves, *, rate, tax_included, customer_tax_class, with_weee):
    """Return the :class:`Sheet` of a basket in the currency that ``rate`` (order per base currency) leads to."""
    ship_to = basket.ship_to or basket.address

    def groups(product_class):
        return groups_for(customer_tax_class, product_class, ship_to.country, ship_to.region_code)

    prices = [to_cent(leaf.base_price * rate) for leaf in leaves]
    discounts = _discounts(basket, leaves, prices, rate)
    run = TaxRun(tax_included)
    rows = []
    for leaf, price, discount in zip(leaves, prices, discounts, strict=True):
        tax_groups = groups(leaf.tax_class_id)
        taxed = run.row(price, leaf.quantity, tax_groups, discount)
        weee = None
        if with_weee and leaf.product.weee:
            weee = run.weee(to_cent(leaf.product.weee * rate), leaf.quantity, tax_groups)
        rows.append(Row(taxed, to_column(leaf.base_original_price * rate), discount, weee))
    fee = ZERO if basket.virtual else to_cent(basket.shipping * rate)
    off = ZERO
    if basket.coupon and basket.coupon.to_shipping:
        off = to_cent(fee * basket.coupon.percent / 100)
    return Sheet(tuple(rows), run.row(fee, Decimal(1), groups(STANDARD_GOODS), off), off)


def _discounts(basket, leaves, prices, rate):
    amounts = [price * leaf.quantity for price, leaf in zip(prices, leaves, strict=True)]
    coupon = basket.coupon
    if coupon and coupon.fixed:
        return _spread(min(to_cent(coupon.fixed * rate), sum(amounts)), amounts)
    discounts = []
    left_over = ZERO
    for leaf, amount in zip(leaves, amounts, strict=True):
        if leaf.line.agreed_net is not None:
            discounts.append(amount - to_cent(leaf.line.agreed_net * rate))
        elif leaf.line.discount is not None:
            discounts.append(to_cent(leaf.line.discount * rate))
        elif coupon:
            exact = amount * coupon.percent / 100 + left_over
            discounts.append(to_cent(exact))
            left_over = exact - discounts[-1]
        else:
            discounts.append(ZERO)
    return discounts


def _spread(total, amounts):
    """Split a fixed discount over lines by their worth; the last line takes what roundings leave."""
    whole = sum(amounts)
    shares = [to_cent(total * amount / whole) for amount in amounts[:-1]]
    return [*shares, total - sum(shares, ZERO)]
