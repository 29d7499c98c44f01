"""The API of a Magento 1 shop over the same world: sessions, methods, filters and faults, whatever protocol speaks it.

Both :mod:`.openmage_xmlrpc` and :mod:`.openmage_soap` end here. A list has no pages: it gives all that its filters let
through. Faults have Magento's codes: below 100 they are the API's own, from 100 on a method's.
"""

from __future__ import annotations

import hmac
import secrets

from . import lifecycle, master_data, openmage_view, openmage_writes
from .catalog import PRODUCTS
from .search import Filter, matches

INTERNAL, DENIED, BAD_PATH, NOT_CALLABLE, EXPIRED, MISSING = 1, 2, 3, 4, 5, 6
WORDS = {
    INTERNAL: "Internal Error. Please see log for details.",
    DENIED: "Access denied.",
    BAD_PATH: "Invalid api path.",
    NOT_CALLABLE: "Resource path is not callable.",
    EXPIRED: "Session expired. Try to relogin.",
    MISSING: 'Required parameter is missing, for more details see "exception.log".',
}
ALIASES = {
    "order": "sales_order",
    "order_shipment": "sales_order_shipment",
    "order_invoice": "sales_order_invoice",
    "order_creditmemo": "sales_order_creditmemo",
    "product": "catalog_product",
    "category": "catalog_category",
    "product_tier_price": "catalog_product_attribute_tier_price",
    "product_attribute_tier_price": "catalog_product_attribute_tier_price",
    "product_stock": "cataloginventory_stock_item",
}


class ApiFault(Exception):
    """A fault: ``code`` is Magento's number, ``words`` what goes with it."""

    def __init__(self, code, words=""):
        self.code, self.words = code, words or WORDS[code]
        super().__init__(self.words)


class Sessions:
    """Who is logged in, by the shop's clock.

    :param access: the :class:`.access.Access`, which knows the API user
    """

    def __init__(self, access, settings, clock):
        self._access, self._settings, self._clock = access, settings, clock
        self._used = {}

    def login(self, username, key):
        """Return a new session's id.

        :raises ApiFault: for a wrong name or key
        """
        if not username or not key:
            raise ApiFault(MISSING)
        right = hmac.compare_digest(str(key).encode(), self._access.api_key.encode())
        if username != self._access.api_user or not right or self._access.revoked:
            raise ApiFault(DENIED)
        session = secrets.token_hex(16)
        self._used[session] = self._clock.now()
        return session

    def check(self, session):
        """Let a session pass, which prolongs it.

        :raises ApiFault: where it is none, or has expired
        """
        now = self._clock.now()
        used = self._used.get(session)
        if used is None or (now - used).total_seconds() > self._settings.api_session_seconds:
            raise ApiFault(EXPIRED)
        self._used[session] = now

    def end(self, session):
        """Forget a session; True, as Magento says."""
        self._used.pop(session, None)
        return True

    def expire(self):
        """Let all sessions expire."""
        self._used.clear()


def call(shop, path, arguments):
    """Return what a method of the API answers. The caller holds the shop's lock and has checked the session.

    :param path: such as ``sales_order.list``; the short names (``order.list``) are known as well
    :param arguments: list, in the order of the method's parameters
    :raises ApiFault: with Magento's code
    """
    resource, _dot, method = str(path).partition(".")
    resource = ALIASES.get(resource, resource)
    function = METHODS.get(f"{resource}.{method}")
    if function is None:
        raise ApiFault(BAD_PATH)
    if resource in shop.settings.api_denied:
        raise ApiFault(DENIED)
    try:
        return function(shop, *arguments)
    except openmage_writes.Refusal as refusal:
        raise ApiFault(refusal.code, refusal.words)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        raise ApiFault(INTERNAL)


def _listed(rows, filters, columns_of, view, names=()):
    """The rows that meet all filters; ``names`` maps what the API calls a column to the column."""
    filters = filters if isinstance(filters, dict) else {}
    conditions = []
    for name, condition in filters.items():
        column = dict(names).get(name, name)
        pairs = condition.items() if isinstance(condition, dict) else [("eq", condition)]
        for kind, value in pairs:
            value = ",".join(map(str, value)) if isinstance(value, list) else str(value)
            conditions.append((column, Filter(column, value, kind)))
    found = []
    for row in rows:
        cells = columns_of(row)
        if any(column not in cells for column, _condition in conditions):
            raise ApiFault(INTERNAL)  # as the database's error about an unknown column
        if all(matches(cells[column], condition) for column, condition in conditions):
            found.append(view(row))
    return found


def _one(rows, fits, code, words):
    for row in rows:
        if fits(row):
            return row
    raise ApiFault(code, words)


def _order(shop, number):
    return _one(
        shop.orders.values(),
        lambda order: order.data["increment_id"] == str(number),
        100,
        "Requested order not exists.",
    )


def _orders(shop, filters=None):
    return _listed(
        shop.orders.values(), filters, lambda order: order.data, openmage_view.order_head, [("order_id", "entity_id")]
    )


def _add_comment(shop, number, status, comment="", notify=False):
    lifecycle.comment(
        shop,
        _order(shop, number),
        str(comment or ""),
        notified=int(str(notify) in ("1", "True", "true")),
        status=status,
    )
    return True


def _documents(kind, head, identifier):
    def listed(shop, filters=None):
        return _listed(getattr(shop, kind), filters, lambda row: row, head, [(identifier, "entity_id")])

    return listed


def _document(kind, identifier, words):
    def one(shop, number):
        record = _one(getattr(shop, kind), lambda row: row["increment_id"] == str(number), 100, words)
        return openmage_view.document(record, identifier)

    return one


def _customers(shop, filters=None):
    def columns(row):
        return row | {"entity_id": row["id"]}

    return _listed(shop.customers, filters, columns, openmage_view.customer, [("customer_id", "entity_id")])


def _customer(shop, customer_id):
    return _one(shop.customers, lambda row: str(row["id"]) == str(customer_id), 102, "Customer not exists.")


def _product_sku(identifier, kind):
    for item in PRODUCTS:
        if (kind != "sku" and str(item.id) == str(identifier)) or (kind != "id" and item.sku == str(identifier)):
            return item.sku
    raise ApiFault(101, "Product not exists.")


def _products(shop, filters=None, _store=None):
    def columns(sku):
        return master_data.product_columns(shop, sku)

    names = [("product_id", "entity_id"), ("type", "type_id")]
    return _listed([item.sku for item in PRODUCTS], filters, columns, openmage_view.product_head, names)


def _product(shop, identifier, store=None, _attributes=None, kind=None):
    return openmage_view.product(shop, _product_sku(identifier, kind), int(store or 0))


def _order_write(function, code=103):
    write = openmage_writes.refusing(function, code)
    return lambda shop, number, *arguments: write(shop, _order(shop, number), *arguments)


def _document_write(kind, function, words):
    def call_write(shop, number, *arguments):
        record = _one(getattr(shop, kind), lambda row: row["increment_id"] == str(number), 100, words)
        return function(shop, record, *arguments)

    return call_write


def _update_product(shop, identifier, data, store=None, kind=None):
    return openmage_writes.product_update(shop, _product_sku(identifier, kind), data, store)


def _update_tiers(shop, identifier, rows=None, kind=None):
    return openmage_writes.tier_update(shop, _product_sku(identifier, kind), rows)


METHODS = {
    "magento.info": lambda _shop: dict(openmage_view.VERSION),
    "store.list": lambda _shop: openmage_view.stores(),
    "customer_group.list": lambda _shop: openmage_view.customer_groups(),
    "customer.list": _customers,
    "customer.info": lambda shop, customer_id, _attributes=None: openmage_view.customer(_customer(shop, customer_id)),
    "customer_address.list": lambda shop, customer_id: openmage_view.customer_addresses(_customer(shop, customer_id)),
    "catalog_category.tree": lambda _shop, parent=None, _store=None: openmage_view.category_tree(
        int(parent) if parent else None
    ),
    "catalog_product.list": _products,
    "catalog_product.info": _product,
    "catalog_product_attribute_tier_price.info": lambda shop, identifier, kind=None: openmage_view.tier_prices(
        shop, _product_sku(identifier, kind)
    ),
    "sales_order.list": _orders,
    "sales_order.info": lambda shop, number: openmage_view.order(_order(shop, number)),
    "sales_order.addComment": _add_comment,
    "sales_order.hold": _order_write(openmage_writes.hold),
    "sales_order.unhold": _order_write(openmage_writes.unhold),
    "sales_order.cancel": _order_write(openmage_writes.cancel),
    "sales_order_invoice.create": _order_write(openmage_writes.create_invoice, 102),
    "sales_order_invoice.capture": _document_write(
        "invoices", openmage_writes.capture, "Requested invoice not exists."
    ),
    "sales_order_shipment.create": _order_write(openmage_writes.create_shipment, 102),
    "sales_order_shipment.addTrack": _document_write(
        "shipments", openmage_writes.add_track, "Requested shipment not exists."
    ),
    "sales_order_shipment.removeTrack": _document_write(
        "shipments", openmage_writes.remove_track, "Requested shipment not exists."
    ),
    "sales_order_creditmemo.create": _order_write(openmage_writes.create_credit_memo, 102),
    "cataloginventory_stock_item.list": openmage_writes.stock_list,
    "cataloginventory_stock_item.update": openmage_writes.stock_update,
    "catalog_product.update": _update_product,
    "catalog_product_attribute_tier_price.update": _update_tiers,
    "sales_order_invoice.list": _documents("invoices", openmage_view.invoice_head, "invoice_id"),
    "sales_order_invoice.info": _document("invoices", "invoice_id", "Requested invoice not exists."),
    "sales_order_shipment.list": _documents("shipments", openmage_view.shipment_head, "shipment_id"),
    "sales_order_shipment.info": _document("shipments", "shipment_id", "Requested shipment not exists."),
    "sales_order_creditmemo.list": _documents("creditmemos", openmage_view.credit_memo_head, "creditmemo_id"),
    "sales_order_creditmemo.info": _document("creditmemos", "creditmemo_id", "Requested credit memo not exists."),
}
