"""The routes of the REST API: which path calls what, and with which right.

Apart from the HTTP server, so that every route can be tried without a socket: :func:`answer` takes a parsed request
and returns what JSON shall hold. Routes behind a setting (B2B, sources, bulks) are not there without it: 404.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, unquote

from . import bulk, commerce, lifecycle, master_data, price_writes, stock_writes, writes
from .catalog import BY_SKU
from .errors import ApiError, no_such_entity, no_such_product, no_such_route
from .order_record import Order
from .search import only_fields, page_of, parse_criteria, parse_fields, select
from .shop import STORE_CODES

_ORDER_COLUMNS = frozenset(
    (
        "coupon_code", "customer_id", "customer_taxvat", "discount_description", "ext_order_id", "hold_before_state",
        "original_increment_id", "relation_child_id", "relation_child_real_id", "relation_parent_id",
        "relation_parent_real_id", "shipping_description", "total_invoiced", "total_paid", "total_refunded",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the API: ``path`` is the raw path behind ``/rest``, ``body`` the parsed JSON or None."""

    method: str
    path: str
    query: str = ""
    body: object = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """One route: ``pattern`` has ``{}`` where one path segment is an argument; ``setting`` must be on for it."""

    method: str
    pattern: str
    resource: str
    function: object
    setting: str = ""

    def arguments(self, segments):
        """Return the arguments in a path's segments, or None where the path is another."""
        parts = self.pattern.split("/")
        if len(parts) != len(segments):
            return None
        if any(part not in ("{}", segment) for part, segment in zip(parts, segments, strict=True)):
            return None
        return [unquote(segment) for part, segment in zip(parts, segments, strict=True) if part == "{}"]


def find(call, settings):
    """Return (route, arguments) of a call.

    :param settings: the :class:`.shop.Settings`
    :raises ApiError: 404 where there is none
    """
    match = re.match(r"^/rest(?:/([\w-]+))?/(async/bulk/)?V1/(.+?)/?$", call.path)
    if not match or match.group(1) not in (None, "all", *STORE_CODES):
        raise no_such_route()
    segments = match.group(3).split("/")
    for route in ROUTES:
        if route.method != call.method or (route.setting and not getattr(settings, route.setting)):
            continue
        if match.group(2):
            if settings.async_bulk and bulk.fits(route.pattern, segments) and route.method != "GET":
                return replace(route, function=bulk.accept(route, segments)), []
            continue
        arguments = route.arguments(segments)
        if arguments is not None:
            return route, arguments
    raise no_such_route()


def answer(shop, call):
    """Return what a call's answer holds, ``fields`` applied. The caller holds the shop's lock."""
    route, arguments = find(call, shop.settings)
    result = route.function(shop, call, *arguments)
    wanted = dict(parse_qsl(call.query)).get("fields")
    return only_fields(result, parse_fields(wanted)) if wanted else result


def _search(rows_of, columns_of=None, view=None, known=()):
    """A list route: ``rows_of(shop)`` gives the rows, ``columns_of(shop, row)`` what filters see."""

    def call_list(shop, call):
        criteria = parse_criteria(call.query)
        see = (lambda row: columns_of(shop, row)) if columns_of else _plain_columns
        found = select(rows_of(shop), criteria, see, known)
        page = page_of(found, criteria, shop.settings)
        items = page if page is None or view is None else [view(shop, row) for row in page]
        return {"items": items, "search_criteria": criteria.echo(), "total_count": len(found)}

    return call_list


def _columns_with_id(column, key="id"):
    """Lists whose rows show ``id``, while the database's column (and so filters and sorting) has another name."""
    return lambda _shop, row: _plain_columns(row) | {column: row[key]}


def _plain_columns(row):
    return {key: value for key, value in row.items() if not isinstance(value, (list, dict))}


def _order(shop, order_id):
    order = shop.orders.get(int(order_id)) if order_id.isdigit() else None
    if order is None:
        raise no_such_entity()
    return order


def _one(rows_of, key="entity_id"):
    def call_one(shop, _call, identifier):
        for row in rows_of(shop):
            if str(row[key]) == identifier:
                return row
        raise no_such_entity()

    return call_one


def _order_view(shop, order: Order):
    shown = order.view()
    company = commerce.order_attributes(order) if shop.settings.commerce else None
    if company:
        shown["extension_attributes"]["company_order_attributes"] = company
    return shown


def _all_items(shop):
    return [item for order in shop.orders.values() for item in order.items]


def _item(shop, _call, item_id):
    for item in _all_items(shop):
        if str(item.id) == item_id:
            return item.view()
    raise no_such_entity()


def _comments(shop, _call, order_id):
    order = _order(shop, order_id)
    filters = [{"field": "parent_id", "value": order_id, "condition_type": "eq"}]
    return {
        "items": [dict(entry) for entry in order.histories],
        "search_criteria": {"filter_groups": [{"filters": filters}]},
        "total_count": len(order.histories),
    }


def _product(shop, _call, sku):
    if sku not in BY_SKU:
        raise no_such_product()
    return master_data.product(shop, sku)


def _customer(shop, _call, customer_id):
    for customer in shop.customers:
        if str(customer["id"]) == customer_id:
            return commerce.customer_view(shop, customer)
    raise ApiError(
        404,
        "No such entity with %fieldName = %fieldValue",
        {"fieldName": "customerId", "fieldValue": int(customer_id) if customer_id.isdigit() else 0},
    )


def _id_column(name):
    """What filters see of rows whose ``id`` is another column in the shop's database."""
    return lambda _shop, row: _plain_columns(row) | {name: row["id"]}


def _stock_columns(shop, row):
    places = {key: number for number, key in enumerate(shop.source_items, start=1)}
    return _plain_columns(row) | {"source_item_id": places[row["sku"], row["source_code"]]}


def _order_write(function):
    def call_write(shop, call, order_id):
        body = call.body if isinstance(call.body, dict) else {}
        return function(shop, _order(shop, order_id), body)

    return call_write


def _write(function, **options):
    return lambda shop, call: function(shop, call.body if isinstance(call.body, dict) else {}, **options)


def _plain(function):
    return lambda shop, _call: function(shop)


_SALES, _CATALOG, _STORE = "Magento_Sales::actions_view", "Magento_Catalog::products", "Magento_Backend::store"
_SHIP, _INVOICE = "Magento_Sales::ship", "Magento_Sales::invoice"
_TAX, _STOCK = "Magento_Tax::manage_tax", "Magento_InventoryApi::source"
_MEMO, _BULK = "Magento_Sales::creditmemo", "Magento_Logging::system_magento_logging_bulk_operations"
_COMPANY, _CREDIT = "Magento_Company::index", "Magento_CompanyCredit::credit"
_SHARED = "Magento_SharedCatalog::list"
_MSI, _B2B = "multi_source", "commerce"

ROUTES = (
    Route("GET", "store/websites", _STORE, _plain(master_data.websites)),
    Route("GET", "store/storeGroups", _STORE, _plain(master_data.store_groups)),
    Route("GET", "store/storeViews", _STORE, _plain(master_data.store_views)),
    Route("GET", "store/storeConfigs", _STORE, lambda shop, call: master_data.store_configs(shop, call.address)),
    Route("GET", "directory/currency", "anonymous", _plain(master_data.currency)),
    Route("GET", "modules", _STORE, _plain(master_data.modules)),
    Route(
        "GET",
        "customerGroups/search",
        "Magento_Customer::group",
        _search(master_data.customer_groups, _id_column("customer_group_id")),
    ),
    Route("GET", "taxClasses/search", _TAX, _search(master_data.tax_classes)),
    Route("GET", "taxRates/search", _TAX, _search(master_data.tax_rates, _id_column("tax_calculation_rate_id"))),
    Route("GET", "taxRules/search", _TAX, _search(master_data.tax_rules, _id_column("tax_calculation_rule_id"))),
    Route(
        "GET",
        "customers/search",
        "Magento_Customer::customer",
        _search(lambda shop: shop.customers, _id_column("entity_id"), commerce.customer_view),
    ),
    Route("GET", "customers/{}", "Magento_Customer::customer", _customer),
    Route(
        "GET",
        "categories/list",
        "Magento_Catalog::categories",
        _search(master_data.categories, _columns_with_id("entity_id")),
    ),
    Route(
        "GET",
        "products",
        _CATALOG,
        _search(lambda _shop: master_data.product_skus(), master_data.product_columns, master_data.product),
    ),
    Route(
        "GET",
        "products/attributes",
        "Magento_Catalog::attributes_attributes",
        _search(master_data.product_attributes, master_data.attribute_columns),
    ),
    Route("GET", "products/{}", _CATALOG, _product),
    Route("GET", "products/attributes/hose_size/options", _CATALOG, _plain(master_data.size_options)),
    Route("POST", "products/tier-prices", _CATALOG, _write(price_writes.save_tier_prices)),
    Route("PUT", "products/tier-prices", _CATALOG, _write(price_writes.save_tier_prices, replace=True)),
    Route("POST", "products/tier-prices-delete", _CATALOG, _write(price_writes.delete_tier_prices)),
    Route("POST", "products/tier-prices-information", _CATALOG, _write(price_writes.tier_prices)),
    Route("POST", "products/base-prices", _CATALOG, _write(price_writes.save_base_prices)),
    Route("POST", "products/base-prices-information", _CATALOG, _write(price_writes.base_prices)),
    Route(
        "GET",
        "orders",
        _SALES,
        _search(lambda shop: shop.orders.values(), lambda _shop, order: order.data, _order_view, known=_ORDER_COLUMNS),
    ),
    Route(
        "GET",
        "orders/items",
        _SALES,
        _search(_all_items, lambda _shop, item: item.data, lambda _shop, item: item.view(), known={"parent_item_id"}),
    ),
    Route("GET", "orders/items/{}", _SALES, _item),
    Route("GET", "orders/{}", _SALES, lambda shop, _call, order_id: _order_view(shop, _order(shop, order_id))),
    Route("POST", "orders", "Magento_Sales::create", _write(writes.save_order)),
    Route("GET", "orders/{}/statuses", _SALES, lambda shop, _call, order_id: _order(shop, order_id).data["status"]),
    Route("GET", "orders/{}/comments", _SALES, _comments),
    Route("POST", "orders/{}/comments", "Magento_Sales::comment", _order_write(writes.add_comment)),
    Route(
        "POST",
        "orders/{}/cancel",
        "Magento_Sales::cancel",
        _order_write(lambda shop, order, _body: lifecycle.cancel(shop, order)),
    ),
    Route(
        "POST",
        "orders/{}/hold",
        "Magento_Sales::hold",
        _order_write(lambda shop, order, _body: lifecycle.hold(shop, order)),
    ),
    Route(
        "POST",
        "orders/{}/unhold",
        "Magento_Sales::unhold",
        _order_write(lambda shop, order, _body: lifecycle.unhold(shop, order)),
    ),
    Route("POST", "order/{}/ship", _SHIP, _order_write(writes.ship)),
    Route("POST", "shipment/track", _SHIP, _write(writes.save_track)),
    Route("DELETE", "shipment/track/{}", _SHIP, writes.delete_track),
    Route("POST", "order/{}/invoice", _INVOICE, _order_write(writes.invoice)),
    Route("POST", "order/{}/refund", "Magento_Sales::creditmemo", _order_write(writes.refund)),
    Route("GET", "invoices", _INVOICE, _search(lambda shop: shop.invoices)),
    Route("GET", "invoices/{}", _INVOICE, _one(lambda shop: shop.invoices)),
    Route("GET", "shipments", _SHIP, _search(lambda shop: shop.shipments)),
    Route("GET", "shipment/{}", _SHIP, _one(lambda shop: shop.shipments)),
    Route("GET", "creditmemos", "Magento_Sales::creditmemo", _search(lambda shop: shop.creditmemos)),
    Route("GET", "creditmemo/{}", "Magento_Sales::creditmemo", _one(lambda shop: shop.creditmemos)),
    Route("GET", "transactions", "Magento_Sales::transactions_fetch", _search(lambda shop: shop.transactions)),
    Route("GET", "invoices/{}/comments", _INVOICE, writes.document_comments(lambda shop: shop.invoices)),
    Route("GET", "shipment/{}/comments", _SHIP, writes.document_comments(lambda shop: shop.shipments)),
    Route("GET", "creditmemo/{}/comments", _MEMO, writes.document_comments(lambda shop: shop.creditmemos)),
    Route("POST", "invoice/{}/refund", _MEMO, writes.refund_invoice),
    Route("POST", "products/special-price", _CATALOG, _write(price_writes.save_special_prices)),
    Route("POST", "products/special-price-delete", _CATALOG, _write(price_writes.delete_special_prices)),
    Route("POST", "products/special-price-information", _CATALOG, _write(price_writes.special_prices)),
    Route("GET", "stockItems/{}", "Magento_CatalogInventory::cataloginventory", stock_writes.stock_item),
    Route("PUT", "products/{}/stockItems/{}", _CATALOG, stock_writes.save_stock_item),
    Route("GET", "inventory/sources", _STOCK, _search(master_data.sources), _MSI),
    Route("GET", "inventory/sources/{}", _STOCK, _one(master_data.sources, "source_code"), _MSI),
    Route("GET", "inventory/stocks", "Magento_InventoryApi::stock", _search(master_data.stocks), _MSI),
    Route(
        "GET", "inventory/source-items", _STOCK,
        _search(lambda shop: shop.source_items.values(), _stock_columns), _MSI,
    ),
    Route("POST", "inventory/source-items", _STOCK, _write(stock_writes.save_source_items), _MSI),
    Route("GET", "inventory/get-product-salable-quantity/{}/{}", _STOCK, stock_writes.salable_quantity, _MSI),
    Route("GET", "bulk", _BULK, _search(bulk.operations), "async_bulk"),
    Route("GET", "bulk/{}/detailed-status", _BULK, bulk.status, "async_bulk"),
    Route("GET", "company", _COMPANY, _search(commerce.companies, _columns_with_id("entity_id")), _B2B),
    Route("GET", "company/{}", _COMPANY, _one(commerce.companies, "id"), _B2B),
    Route("GET", "customers/{}/companies", _COMPANY, commerce.customer_company, _B2B),
    Route("GET", "customers/{}/companies/{}", _COMPANY, commerce.customer_company, _B2B),
    Route("GET", "companyCredits", _CREDIT, _search(commerce.credits, _columns_with_id("entity_id")), _B2B),
    Route("GET", "companyCredits/history", _CREDIT, _search(commerce.history, _columns_with_id("entity_id")), _B2B),
    Route("GET", "companyCredits/company/{}", _CREDIT, commerce.credit, _B2B),
    Route("GET", "companyCredits/{}", _CREDIT, commerce.credit, _B2B),
    Route("PUT", "companyCredits/{}", _CREDIT, commerce.save_credit, _B2B),
    Route("POST", "companyCredits/{}/increaseBalance", _CREDIT, commerce.balance((3,), 1), _B2B),
    Route("POST", "companyCredits/{}/decreaseBalance", _CREDIT, commerce.balance((1, 5, 6), -1), _B2B),
    Route("GET", "sharedCatalog", _SHARED, _search(commerce.catalogs, _columns_with_id("entity_id")), _B2B),
    Route("GET", "sharedCatalog/{}", _SHARED, _one(commerce.catalogs, "id"), _B2B),
    Route("GET", "sharedCatalog/{}/companies", _SHARED, commerce.catalog_companies, _B2B),
    Route("POST", "sharedCatalog/{}/assignCompanies", _SHARED, commerce.assign_companies, _B2B),
    Route("POST", "sharedCatalog/{}/assignTierPrices", _SHARED, commerce.assign_tier_prices, _B2B),
)  # fmt: skip


def parse_body(raw):
    """Return the JSON of a request's body, or None where it is empty.

    :raises ApiError: 400 where it is no JSON
    """
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        raise ApiError(400, "Decoding error: \nSyntax error")


def rows_in(result):
    """Return how many records an answer holds, for the request log."""
    if isinstance(result, dict) and isinstance(result.get("items"), list) and "total_count" in result:
        return len(result["items"])
    return len(result) if isinstance(result, list) else 1
