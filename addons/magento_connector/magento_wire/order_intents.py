"""Orders, invoices, credit memos and shipments of a shop, in plain terms. See :mod:`intents`.

Amounts come in two readings: rounded to the order's currency, such that the parts sum to what is owed (``net``,
``amount``, ``total``), and the shop's own exact figures beside them (``shop_…``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .intent_base import Intent

ZERO = Decimal(0)

PRODUCT = "product"
SHIPPING = "shipping"
FIXED_PRODUCT_TAX = "fixed_product_tax"
GIFT_WRAPPING = "gift_wrapping"
FEE = "fee"
GIFT_CARD = "gift_card"
STORE_CREDIT = "store_credit"
REWARD_POINTS = "reward_points"
ADJUSTMENT = "adjustment"


@dataclass(frozen=True, slots=True)
class AddressIntent(Intent):
    """A postal address with its person. ``external_id`` is the shop's, which differs for each order."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    street: tuple[str, ...] = ()
    city: str = ""
    postcode: str = ""
    region: str = ""
    region_code: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""
    vat: str = ""
    external_id: int | None = None
    customer_address_id: int | None = None
    default_billing: bool = False
    default_shipping: bool = False

    @property
    def name(self):
        """The person's name, else the company's."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.company

    @property
    def content_hash(self):
        """Fingerprint of who and where, whatever ids and capitals the shop gave it: equal addresses are
        one.
        """
        parts = (
            self.first_name, self.last_name, self.company, " ".join(self.street), self.city, self.postcode,
            self.region_code or self.region, self.country, self.phone, self.vat,
        )  # fmt: skip
        plain = "\n".join(" ".join(part.split()).casefold() for part in parts)
        return hashlib.sha256(plain.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class BuyerIntent(Intent):
    """Who ordered: a customer account (``customer_id``) or a guest (None). E-mail may be absent."""

    customer_id: int | None
    guest: bool
    email: str = ""
    name: str = ""
    group_id: int | None = None
    vat: str = ""
    company: str = ""
    company_id: int | None = None


@dataclass(frozen=True, slots=True)
class TaxIntent(Intent):
    """One tax on one line.

    :ivar code: the shop's code of the rate; empty where the shop does not say which rate it was
    :ivar percent: of the rate, None where unknown
    :ivar amount: rounded to the currency, as it must appear in the books
    :ivar shop_amount: the shop's exact figure
    :ivar kind: what is taxed: product, shipping, fixed_product_tax, gift_wrapping, fee
    """

    code: str
    percent: Decimal | None
    amount: Decimal
    shop_amount: Decimal
    kind: str = PRODUCT


@dataclass(frozen=True, slots=True)
class ComponentIntent(Intent):
    """A part of a bundle that is priced as a whole: it moves goods, and carries no money."""

    external_id: int
    sku: str
    name: str
    quantity: Decimal
    product_id: int | None = None


@dataclass(frozen=True, slots=True)
class LineIntent(Intent):
    """One line that carries money.

    :ivar kind: product, shipping, fixed_product_tax, gift_wrapping, fee, gift_card, store_credit,
        reward_points
    :ivar external_id: the shop's item id; for other kinds a stable name such as ``shipping``
    :ivar unit_price: net, before discount; to show, never to compute from
    :ivar discount: net discount inside ``net``; to show
    :ivar net: after discount, without tax, rounded to the currency
    :ivar shop_net: the shop's exact figure of ``net``
    :ivar parent: external id of the bundle this line is a part of; ``parent_quantity`` how many of it were ordered,
        ``parent_product_id`` which product it is
    :ivar components: parts of a bundle priced as a whole
    :ivar shop_base_net: the shop's figure of ``net`` in its base currency
    """

    kind: str
    external_id: str
    net: Decimal
    shop_net: Decimal
    taxes: tuple[TaxIntent, ...] = ()
    sku: str = ""
    name: str = ""
    product_type: str = ""
    product_id: int | None = None
    quantity: Decimal = Decimal(1)
    unit_price: Decimal = ZERO
    discount: Decimal = ZERO
    quantity_shipped: Decimal = ZERO
    quantity_invoiced: Decimal = ZERO
    quantity_refunded: Decimal = ZERO
    quantity_canceled: Decimal = ZERO
    is_virtual: bool = False
    options: tuple[tuple[str, str], ...] = ()
    parent: str = ""
    parent_name: str = ""
    parent_quantity: Decimal = ZERO
    parent_product_id: int | None = None
    components: tuple[ComponentIntent, ...] = ()
    shop_base_net: Decimal = ZERO
    shop_base_tax: Decimal = ZERO

    @property
    def tax(self):
        """Sum of the line's taxes, rounded to the currency."""
        return sum((tax.amount for tax in self.taxes), ZERO)

    @property
    def gross(self):
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class CommentIntent(Intent):
    external_id: str
    text: str
    created_at: datetime | None
    status: str = ""
    visible: bool = False


@dataclass(frozen=True, slots=True)
class RemarkIntent(Intent):
    """Something odd that does not stop the record: a code, and words for a person."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class TaxTotalIntent(Intent):
    """The tax of one rate over the whole order."""

    code: str
    percent: Decimal | None
    amount: Decimal
    shop_amount: Decimal


@dataclass(frozen=True, slots=True)
class OrderIntent(Intent):
    """An order whose parts sum to what is owed: ``sum(net) = untaxed``, ``untaxed + tax = total``.

    :ivar external_id: the shop's lasting id (never the number, which an edit changes)
    :ivar number: what people call it
    :ivar total: owed, the shop's total rounded half up to the order's currency
    :ivar shop_total: the shop's own figure, which may have fractions of a cent
    :ivar rate: order currency per base currency as the shop used it
    :ivar base_total: the shop's total in its base currency (rounded by the shop on its own)
    :ivar replaces: number of the order that was cancelled to make this one
    :ivar prices_include_tax: whether the catalogue's prices do, None where the order does not tell
    :ivar paid, refunded, due: in the order's currency, the shop's figures
    :ivar canceled: what the shop took off the total when a part was cancelled; ``canceled_tax`` and
        ``canceled_shipping`` (net) are inside it
    """

    external_id: int
    number: str
    store_id: int | None
    state: str
    status: str
    placed_at: datetime | None
    updated_at: datetime | None
    currency: str
    base_currency: str
    rate: Decimal
    buyer: BuyerIntent
    billing: AddressIntent | None
    shipping: AddressIntent | None
    lines: tuple[LineIntent, ...]
    total: Decimal
    untaxed: Decimal
    tax: Decimal
    taxes: tuple[TaxTotalIntent, ...]
    shop_total: Decimal
    shop_tax: Decimal
    base_total: Decimal
    base_tax: Decimal
    paid: Decimal = ZERO
    refunded: Decimal = ZERO
    due: Decimal = ZERO
    canceled: Decimal = ZERO
    canceled_tax: Decimal = ZERO
    canceled_shipping: Decimal = ZERO
    po_number: str = ""
    payment_method: str = ""
    payment_title: str = ""
    payment_reference: str = ""
    shipping_method: str = ""
    shipping_description: str = ""
    coupon_code: str = ""
    replaces: str = ""
    replaces_id: int | None = None
    replaced_by: str = ""
    quote_id: int | None = None
    is_virtual: bool = False
    prices_include_tax: bool | None = None
    comments: tuple[CommentIntent, ...] = ()
    remarks: tuple[RemarkIntent, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentIntent(Intent):
    """An invoice or credit memo made in the shop.

    :ivar kind: ``invoice`` or ``credit_memo``
    :ivar order_id: external id of the order
    :ivar total: rounded half up to the currency; ``shop_total`` beside it
    :ivar quantities: (order item id, quantity) of all its rows, those that carry no money as well
    :ivar comments: texts of its comments
    """

    kind: str
    external_id: int
    number: str
    order_id: int
    created_at: datetime | None
    updated_at: datetime | None
    currency: str
    lines: tuple[LineIntent, ...]
    total: Decimal
    untaxed: Decimal
    tax: Decimal
    shop_total: Decimal
    shop_tax: Decimal
    state: str = ""
    invoice_id: int | None = None
    transaction: str = ""
    quantities: tuple[tuple[str, Decimal], ...] = ()
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShipmentIntent(Intent):
    """Goods the shop sent: ``lines`` are (order item id, sku, quantity), ``tracks`` (carrier, title,
    number).
    """

    external_id: int
    number: str
    order_id: int
    created_at: datetime | None
    lines: tuple[tuple[str, str, Decimal], ...]
    tracks: tuple[tuple[str, str, str], ...] = ()
    source: str = ""
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TransactionIntent(Intent):
    """A movement of money at a payment provider.

    :ivar order_id: external id of the order, ``payment_id`` of its payment
    :ivar reference: the provider's own number of it
    :ivar kind: ``order``, ``authorization``, ``capture``, ``refund``, ``void`` or ``payment``
    :ivar parent: the provider's number of the transaction it belongs to, such as the capture a refund gives back
    :ivar closed: whether nothing more can follow from it
    """

    external_id: int
    order_id: int
    payment_id: int | None
    reference: str
    kind: str
    parent: str = ""
    closed: bool = False
    created_at: datetime | None = None
