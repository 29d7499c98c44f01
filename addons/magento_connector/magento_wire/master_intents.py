"""Customers, products and settings of a shop, in plain terms. See :mod:`intents`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .intent_base import Intent
from .order_intents import AddressIntent


@dataclass(frozen=True, slots=True)
class CustomerIntent(Intent):
    """A customer account with its addresses."""

    external_id: int
    email: str
    first_name: str
    last_name: str
    website_id: int | None
    store_id: int | None
    group_id: int | None
    vat: str = ""
    company: str = ""
    company_id: int | None = None
    addresses: tuple[AddressIntent, ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def name(self):
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.email

    @property
    def billing(self):
        """The default billing address, else the first, else None."""
        preferred = [address for address in self.addresses if address.default_billing]
        return (preferred or list(self.addresses) or [None])[0]

    @property
    def shipping(self):
        preferred = [address for address in self.addresses if address.default_shipping]
        return (preferred or list(self.addresses) or [None])[0]


@dataclass(frozen=True, slots=True)
class TierPriceIntent(Intent):
    """A price from a quantity on for a customer group (None = all groups) on a website (0 = all)."""

    group_id: int | None
    website_id: int
    quantity: Decimal
    price: Decimal
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ChoiceIntent(Intent):
    """What a configurable product's variants differ in: the attribute, what the product calls it, its options' ids."""

    attribute_id: int
    label: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AttributeIntent(Intent):
    """An attribute that products may differ in; ``options`` are (option's id, label) as the shop keeps them."""

    external_id: int
    code: str
    label: str
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ProductIntent(Intent):
    """A product of the shop's catalogue.

    :ivar price: list price in the base currency; includes tax where the shop's catalogue prices do
    :ivar tax_class_id: 0 for the shop's "None", None where the shop does not say
    :ivar children: external ids of a configurable's variants
    :ivar choices: what these differ in
    :ivar options: (attribute's code, option's id) of every attribute of this product that holds one plain id
    :ivar components: skus with quantities of a bundle's options
    :ivar ships_together: whether a bundle is shipped as a whole, named by its own order item
    """

    external_id: int
    sku: str
    name: str
    product_type: str
    price: Decimal | None
    active: bool
    tax_class_id: int | None
    weight: Decimal
    website_ids: tuple[int, ...] = ()
    category_ids: tuple[int, ...] = ()
    tier_prices: tuple[TierPriceIntent, ...] = ()
    special_price: Decimal | None = None
    cost: Decimal | None = None
    barcode: str = ""
    description: str = ""
    image: str = ""
    children: tuple[int, ...] = ()
    choices: tuple[ChoiceIntent, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    components: tuple[tuple[str, Decimal], ...] = ()
    option_attributes: tuple[str, ...] = ()
    stockable: bool = True
    ships_together: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TaxRateIntent(Intent):
    external_id: int
    code: str
    percent: Decimal
    country: str
    region: str = ""
    postcode: str = ""


@dataclass(frozen=True, slots=True)
class TaxRuleIntent(Intent):
    """Which rates apply to which pair of customer and product tax classes."""

    external_id: int
    code: str
    priority: int
    rate_ids: tuple[int, ...]
    customer_class_ids: tuple[int, ...]
    product_class_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TaxClassIntent(Intent):
    external_id: int
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class CustomerGroupIntent(Intent):
    external_id: int
    name: str
    tax_class_id: int | None


@dataclass(frozen=True, slots=True)
class WebsiteIntent(Intent):
    external_id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class StoreIntent(Intent):
    """A store view with the settings that matter to the books."""

    external_id: int
    code: str
    website_id: int
    name: str = ""
    group_id: int | None = None
    active: bool = True
    locale: str = ""
    timezone: str = ""
    currency: str = ""
    base_currency: str = ""
    weight_unit: str = ""
    url: str = ""
    media_url: str = ""


@dataclass(frozen=True, slots=True)
class StockIntent(Intent):
    """Quantity of one product in one of the shop's sources (on hand, reservations not deducted)."""

    sku: str
    source: str
    quantity: Decimal
    in_stock: bool


@dataclass(frozen=True, slots=True)
class CategoryIntent(Intent):
    external_id: int
    parent_id: int | None
    name: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class CompanyIntent(Intent):
    """A company account of Adobe Commerce.

    :ivar status: pending, approved, rejected or blocked
    :ivar sales_rep_id: the shop's back office user who looks after it; ``sales_rep_email`` where a module tells it
    """

    external_id: int
    name: str
    legal_name: str
    email: str
    vat: str
    customer_group_id: int | None
    admin_customer_id: int | None
    address: AddressIntent | None
    active: bool = True
    status: str = ""
    reason: str = ""
    sales_rep_id: int | None = None
    sales_rep_email: str = ""


@dataclass(frozen=True, slots=True)
class CompanyRelationIntent(Intent):
    """One company account belongs under another."""

    external_id: int
    parent_id: int
