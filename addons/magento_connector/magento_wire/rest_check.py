"""Trying a connection, and finding out what a shop consists of.

Apart from :mod:`rest` because it is about people: each outcome is a sentence that says what to set where.
"""

from __future__ import annotations

from datetime import timedelta

from .amounts import naive_utc, text
from .errors import ShopError
from .search import Search
from .shop import CheckItem, CheckReport, Discovery
from .streams import ASYNC_BULK, B2B, COMPANY_RELATIONS, CORE, MULTI_SOURCE, STREAMS

CLOCK_LIMIT = 120
"""Seconds our clock and the shop's may differ."""

BEARER_HINT = (
    "With an integration's token as bearer this is also what the shop says when it allows no such tokens: use all four "
    "OAuth 1.0a values, or set Stores > Configuration > Services > OAuth > Allow OAuth Access Tokens to be used as "
    "standalone Bearer tokens."
)
OPEN = 4
"""Status of an operation that waits in the shop's queue."""
FEATURE_PATHS = (
    (MULTI_SOURCE, "inventory/sources"),
    (B2B, "company/"),
    (COMPANY_RELATIONS, "company/relations"),
    (ASYNC_BULK, "bulk"),
)
NEEDED = (
    "stores",
    "customer_groups",
    "tax_rates",
    "products",
    "customers",
    "orders",
    "invoices",
    "shipments",
)


def check_shop(shop):
    """Return what works and what is missing. See :meth:`~.shop.Shop.check`.

    :param RestShop shop: to try
    :rtype: CheckReport
    """
    connection = _connection(shop)
    if not connection.ok:
        return CheckReport((connection,))
    items = [connection, _clock(shop)]
    items += [_stream(shop, STREAMS[name]) for name in NEEDED]
    features = find_features(shop)
    shop.features = features
    return CheckReport(tuple(item for item in items if item), features, _version(shop))


def discover_shop(shop):
    """Return what the shop consists of. See :meth:`~.shop.Shop.discover`.

    :rtype: Discovery
    """
    configs = {row.get("id"): row for row in shop.call("GET", "store/storeConfigs")}
    stores = shop.call("GET", "store/storeViews")
    features = find_features(shop)
    shop.features = features
    sources = _all(shop, "inventory/sources") if MULTI_SOURCE in features else []

    def mapped(name):
        stream = STREAMS[name]
        return tuple(stream.map(row) for row in _all(shop, stream.path))

    map_store = STREAMS["stores"].map
    websites = shop.call("GET", "store/websites")
    return Discovery(
        websites=tuple(STREAMS["websites"].map(row) for row in websites if row.get("id")),
        stores=tuple(map_store(row, configs.get(row.get("id"))) for row in stores if row.get("id")),
        customer_groups=mapped("customer_groups"),
        tax_classes=mapped("tax_classes"),
        tax_rates=mapped("tax_rates"),
        tax_rules=mapped("tax_rules"),
        sources=tuple((text(row.get("source_code")), text(row.get("name"))) for row in sources),
        features=features,
    )


def find_features(shop):
    """Return what the shop has beyond the core: ``multi_source``, ``b2b``, ``company_relations``, ``async_bulk``.

    A shop without them answers 404; one that forbids them has them, but they are of no use. Neither is a queue of
    operations that stands still.
    """
    found = [CORE]
    for feature, path in FEATURE_PATHS:
        if feature == COMPANY_RELATIONS and B2B not in found:
            continue
        search = Search().page(1)
        if feature == ASYNC_BULK:
            search.where("status", "eq", OPEN).page(20)
        answer = _asked(shop, path, search)
        if answer is not None and not (feature == ASYNC_BULK and _stands_still(answer, shop.shop_now)):
            found.append(feature)
    return tuple(found)


def _asked(shop, path, search):
    """Return what a list answers, None where the shop has none or forbids it.

    Credentials that have just expired are refused in the same words as a right that is missing, so what every caller
    may read is asked for in between: a shop must not be taken for one without sources for a token's sake.
    """
    for attempt in (1, 2):
        try:
            return shop.call("GET", path, search.pairs())
        except ShopError as error:
            if error.status in (400, 404):
                return None
            if error.status not in (401, 403):
                raise
            if attempt == 1:
                shop.call("GET", "store/storeConfigs")
    return None


def _stands_still(answer, now):
    """Whether an operation has been waiting for more than an hour, as where nobody works off the shop's queue."""
    for row in answer.get("items") or []:
        started = naive_utc(text((row.get("extension_attributes") or {}).get("start_time")) or None)
        if started and now and naive_utc(now) - started > timedelta(hours=1):
            return True
    return False


def _connection(shop):
    try:
        shop.call("GET", "store/storeConfigs")
    except ShopError as error:
        hint = f" {BEARER_HINT}" if error.status == 401 and shop.auth.name == "bearer" else ""
        return CheckItem(error.code, False, f"{error}{hint}")
    return CheckItem("connection", True, "The shop answers and knows us.")


def _clock(shop):
    offset = shop.clock_offset
    if offset is None or abs(offset) <= CLOCK_LIMIT:
        return None
    return CheckItem(
        "clock",
        False,
        f"The shop's clock differs from ours by {offset:.0f} seconds. Have both set by a time server.",
    )


def _stream(shop, stream):
    try:
        shop.call("GET", stream.path, () if stream.plain else Search().page(1).pairs())
    except ShopError as error:
        needed = f" Needed for {stream.name.replace('_', ' ')}: {stream.right}." if stream.right else ""
        return CheckItem(stream.name, False, f"{error}{needed}")
    return CheckItem(stream.name, True, f"{stream.name.replace('_', ' ').capitalize()} can be read.")


def _version(shop):
    try:
        response = shop.raw("GET", f"{shop.base_url}/magento_version")
    except ShopError:
        return ""
    said = response.body[:100].decode("utf-8", "replace").strip()
    return said if response.status == 200 and said.startswith("Magento/") else ""


def _all(shop, path, size=100):
    """Return all rows of a list of settings."""
    rows, number = [], 1
    while True:
        answer = shop.call("GET", path, Search().page(size, number).pairs())
        items = answer.get("items") or []
        rows += [row for row in items if row not in rows]
        if not items or len(rows) >= int(answer.get("total_count") or 0) or number > 1000:
            return rows
        number += 1
