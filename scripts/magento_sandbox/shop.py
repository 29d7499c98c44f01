"""The shop's state: its stores, products, customers, documents, clock and settings, all in memory.

Kept apart from what fills it (:mod:`.world`), what changes it (:mod:`.placing`, :mod:`.documents`) and what shows it
(:mod:`.routes`). Whoever touches it from another thread holds :attr:`Shop.lock`.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from .agreements import DISCOUNT, PRICE_AGREEMENTS, VOLUME
from .catalog import BY_SKU, PRODUCTS
from .companies import BY_KEY, COMPANIES, GROUP_CODES, GROUP_TAX_CLASSES
from .tax import to_column

TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
USD_RATE = Decimal("1.0837")
SOURCES = (("default", "Default Source"), ("wh_kiel", "Lager Kiel"), ("wh_ulm", "Lager Ulm"))


@dataclass(frozen=True, slots=True)
class Store:
    """A store view. ``currency`` is what its orders are in; the base currency is euro everywhere."""

    id: int
    code: str
    name: str
    website_id: int
    website_code: str
    website_name: str
    group_name: str
    currency: str
    tax_included: bool
    locale: str

    @property
    def full_name(self):
        return f"{self.website_name}\n{self.group_name}\n{self.name}"

    @property
    def rate(self):
        return USD_RATE if self.currency == "USD" else Decimal(1)


STORES = {
    store.id: store
    for store in (
        Store(1, "default", "Deutsch", 1, "base", "Nordwind Industriebedarf", "Fachhandel", "EUR", False, "de_DE"),
        Store(2, "us_en", "English (US)", 1, "base", "Nordwind Industriebedarf", "Fachhandel", "USD", False, "en_US"),
        Store(3, "direct_de", "Direkt", 2, "direct", "Nordwind Direkt", "Direktverkauf", "EUR", True, "de_DE"),
    )
}
STORE_CODES = {store.code: store for store in STORES.values()}


@dataclass(slots=True)
class Settings:
    """What an administrator, or a test, can switch.

    :ivar page_size_cap: larger ``pageSize`` is refused with 400; None for no cap
    :ivar input_cap: longer arrays in a synchronous write are refused with 400; None for no cap
    :ivar past_end: what a page beyond the last holds: ``empty``, ``null`` (``"items": null``) or ``repeat``
    :ivar allow_bearer: whether an integration's access token is taken as plain Bearer
    :ivar two_factor: whether two-factor authentication keeps programs from getting admin tokens
    :ivar latency_ms: a pause before each answer, in milliseconds
    :ivar ws_i: whether Magento 1's SOAP v2 follows the WS-I profile
    :ivar api_session_seconds: how long a session of Magento 1's API lives without use
    :ivar api_denied: resources of Magento 1's API that the user has no right to, such as ``sales_order``
    :ivar shipping_with_tax: whether orders show shipping with tax only, so that refunds of it are taken with tax
    :ivar multi_source: whether stock is kept by source; without it ``inventory/…`` answers 404
    :ivar commerce: whether it is Adobe Commerce with B2B: companies, their credit, shared catalogs
    :ivar async_bulk: whether requests may be handed over for later (``/async/bulk/…``)
    :ivar bulk_polls: how often a bulk is asked for while it is still open; a number below 0 for always
    """

    page_size_cap: int | None = None
    input_cap: int | None = None
    past_end: str = "empty"
    allow_bearer: bool = False
    two_factor: bool = False
    latency_ms: int = 0
    ws_i: bool = False
    api_session_seconds: int = 3600
    api_denied: tuple[str, ...] = ()
    shipping_with_tax: bool = False
    multi_source: bool = True
    commerce: bool = False
    async_bulk: bool = False
    bulk_polls: int = 1


@dataclass(frozen=True, slots=True)
class Note:
    """What the world knows about an order and the shop does not say: for tests only.

    :ivar traits: words such as ``guest``, ``usd``, ``coupon``
    :ivar refuse: why a correct importer must refuse it; empty where it must not
    :ivar deviates: the net its contract gives, where the shop sold at another price; else None
    """

    traits: tuple[str, ...] = ()
    refuse: str = ""
    deviates: Decimal | None = None
    company: str = ""


class Clock:
    """The shop's own time, naive UTC: starts at a given moment, runs, and can be pushed forward."""

    def __init__(self, start):
        self._start = start
        self._since = time.monotonic()
        self._fixed = None
        self.skew = timedelta()
        self.passed = timedelta()

    def fix(self, moment):
        """Stand still at ``moment``, or run on where it is None: how the past of a world is written."""
        self._fixed = moment

    def now(self):
        """Return the present moment, to the second."""
        if self._fixed:
            return self._fixed
        elapsed = timedelta(seconds=int(time.monotonic() - self._since))
        return self._start + elapsed + self.ahead

    @property
    def ahead(self):
        """How far the answers' Date header is from this machine's time: by a fault, or since time passed at once."""
        return self.skew + self.passed

    def advance(self, seconds):
        """Push the clock forward (or back, with a negative number) by ``seconds``."""
        self._start += timedelta(seconds=seconds)

    def text(self):
        return self.now().strftime(TIME_FORMAT)


@dataclass
class Shop:
    """Everything the shop holds. Documents (invoices and so on) are kept as REST shows them."""

    clock: Clock
    seed: int = 1
    settings: Settings = field(default_factory=Settings)
    orders: dict = field(default_factory=dict)
    customers: list = field(default_factory=list)
    invoices: list = field(default_factory=list)
    shipments: list = field(default_factory=list)
    creditmemos: list = field(default_factory=list)
    transactions: list = field(default_factory=list)
    tier_prices: list = field(default_factory=list)
    base_prices: dict = field(default_factory=dict)
    store_prices: dict = field(default_factory=dict)
    special_prices: list = field(default_factory=list)
    bulks: dict = field(default_factory=dict)
    b2b: object = None
    products_touched: dict = field(default_factory=dict)
    source_items: dict = field(default_factory=dict)
    notes: dict = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _counters: dict = field(default_factory=lambda: defaultdict(int))

    def next_id(self, name):
        """Return the next number of a sequence, from 1."""
        self._counters[name] += 1
        return self._counters[name]

    def increment_id(self, name, store_id):
        """Return the next document number: nine digits, with the store's id before them except for store 1."""
        number = self.next_id(f"{name}/{store_id}")
        return f"{number:09d}" if store_id == 1 else f"{store_id}{number:09d}"

    def price(self, product):
        """Return a product's list price in base currency."""
        return self.base_prices.get(product.sku, product.price)

    def price_for(self, product, group_id, quantity):
        """Return the base unit price of ``quantity`` units for a customer group: its best tier, else the list price."""
        best = self.price(product)
        for tier in self.tier_prices:
            fits = tier["sku"] == product.sku and tier["quantity"] <= quantity
            if fits and tier["customer_group"] in ("ALL GROUPS", GROUP_CODES[group_id]):
                best = min(best, self.tier_value(tier))
        return best

    def tier_value(self, tier):
        """Return the unit price that a tier price record means, with at most four decimals."""
        if tier["price_type"] == "fixed":
            return tier["price"]
        return to_column(self.price(BY_SKU[tier["sku"]]) * (100 - tier["price"]) / 100)

    def reserved(self, sku):
        """Return how much of a product is ordered and neither shipped, canceled nor refunded."""
        items = (item for order in self.orders.values() for item in order.items)
        goods = (part for item in items for part in item.goods(max(item.open_to_ship, Decimal(0))))
        return sum((quantity for item, quantity in goods if item.data["sku"] == sku), Decimal(0))

    def salable(self, sku):
        """Return how much of a product can be sold: what all sources have, less what is reserved."""
        held = (row for (own, _code), row in self.source_items.items() if own == sku and row["status"])
        return sum((row["quantity"] for row in held), Decimal(0)) - self.reserved(sku)

    def customer(self, email, website_id=1):
        """Return the customer account with this e-mail on a website, or None."""
        for customer in self.customers:
            if customer["email"] == email and customer["website_id"] == website_id:
                return customer
        return None

    def tax_class_of(self, group_id):
        return GROUP_TAX_CLASSES[group_id]


def new_shop(today, seed=1):
    """Return a shop with stores, products, customers, prices and stock, and no order yet.

    :param today: the date at which the shop's clock starts, at 08:00 UTC
    """
    start = datetime.combine(today, datetime.min.time()) + timedelta(hours=8)
    shop = Shop(Clock(start), seed)
    opened = (start - timedelta(days=400)).strftime(TIME_FORMAT)
    for company in COMPANIES:
        for buyer in company.buyers:
            shop.customers.append(_customer(shop, company, buyer, opened))
    _set_agreed_prices(shop)
    for product in PRODUCTS:
        if product.type_id in ("simple", "virtual"):
            for code, quantity in (("default", 0), ("wh_kiel", 20000), ("wh_ulm", 3000)):
                shop.source_items[product.sku, code] = {
                    "sku": product.sku,
                    "source_code": code,
                    "quantity": Decimal(quantity),
                    "status": 1,
                }
        shop.products_touched[product.sku] = opened
    return shop


def _set_agreed_prices(shop):
    for agreement in PRICE_AGREEMENTS:
        group = GROUP_CODES[BY_KEY[agreement.company].group_id]
        for rule in agreement.rules:
            if rule.mode == VOLUME:
                tiers = [("fixed", price, floor) for floor, price in rule.tiers]
            elif rule.computation == DISCOUNT:
                tiers = [("discount", rule.percent, 1)]
            else:
                continue  # Magento has no graduated prices: orders get a line discount instead
            for product in PRODUCTS:
                if product.type_id in ("simple", "virtual") and rule.covers(product):
                    shop.tier_prices += [_tier(product.sku, group, *tier) for tier in tiers]
    shop.tier_prices.append(_tier("SL-DR13", "Wholesale", "fixed", Decimal("18.50"), 10))
    shop.tier_prices.append(_tier("BF-OR", "ALL GROUPS", "fixed", Decimal("6.80"), 50))


def _tier(sku, group, price_type, price, quantity):
    return {
        "price": price,
        "price_type": price_type,
        "website_id": 0,
        "sku": sku,
        "customer_group": group,
        "quantity": Decimal(quantity),
    }


def _customer(shop, company, buyer, created_at):
    identifier = shop.next_id("customer")
    addresses = []
    for number, address in enumerate(filter(None, (company.address, company.ship_to))):
        record = {
            "id": shop.next_id("customer_address"),
            "customer_id": identifier,
            "region": {"region_code": address.region_code, "region": address.region, "region_id": address.region_id},
            "region_id": address.region_id,
            "country_id": address.country,
            "street": list(address.street),
            "company": company.name,
            "telephone": address.telephone,
            "postcode": address.postcode,
            "city": address.city,
            "firstname": buyer.firstname,
            "lastname": buyer.lastname,
        }
        if company.vat:
            record["vat_id"] = company.vat
        has_ship_to = company.ship_to is not None
        record |= {"default_billing": True} if number == 0 else {}
        record |= {"default_shipping": True} if (number == 1) == has_ship_to else {}
        addresses.append(record)
    customer = {
        "id": identifier,
        "group_id": company.group_id,
        "default_billing": str(addresses[0]["id"]),
        "default_shipping": str(addresses[-1]["id"]),
        "created_at": created_at,
        "updated_at": created_at,
        "created_in": STORES[company.store_id].name,
        "email": buyer.email,
        "firstname": buyer.firstname,
        "lastname": buyer.lastname,
        "store_id": company.store_id,
        "website_id": STORES[company.store_id].website_id,
        "addresses": addresses,
        "disable_auto_group_change": 0,
        "extension_attributes": {"is_subscribed": False},
    }
    if company.vat:
        customer["taxvat"] = company.vat
    return customer
