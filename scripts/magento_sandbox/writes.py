"""What REST lets a caller change: documents of an order, prices, stock.

Apart from the reading routes, because each write has its own odd way to fail, and these are kept: a batch of tier
prices with one unknown SKU is refused whole (404), a batch of stock with one bad line is refused whole (400), an
unknown customer group is answered with status 200 and an error in the body. No write is idempotent.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from . import documents, lifecycle, refunds
from .catalog import BY_SKU
from .companies import GROUP_CODES
from .errors import ApiError, missing_field, no_such_entity, no_such_product

_PRICE_TYPES = ("fixed", "discount")


def ship(shop, order, body):
    """``POST order/{id}/ship``: return the new shipment's id."""
    arguments = body.get("arguments") or {}
    extension = arguments.get("extension_attributes") or arguments.get("extensionAttributes") or {}
    shipment_id = documents.create_shipment(
        shop,
        order,
        _wanted(body),
        tracks=body.get("tracks") or (),
        source_code=extension.get("source_code") or extension.get("sourceCode"),
    )
    _append_comment(shop, order, body)
    return shipment_id


def invoice(shop, order, body):
    """``POST order/{id}/invoice``: return the new invoice's id."""
    invoice_id = documents.create_invoice(shop, order, _wanted(body))
    _append_comment(shop, order, body)
    return invoice_id


def refund(shop, order, body):
    """``POST order/{id}/refund`` (offline): return the new credit memo's id."""
    arguments = body.get("arguments") or {}
    return refunds.create_creditmemo(
        shop,
        order,
        _wanted(body),
        shipping=arguments.get("shipping_amount") != 0,
        positive=_number(arguments.get("adjustment_positive", 0)),
        negative=_number(arguments.get("adjustment_negative", 0)),
    )


def save_order(shop, body):
    """``POST orders``: stamp an existing order with the ERP's number (``ext_order_id``); nothing else is taken."""
    entity = body.get("entity")
    if not isinstance(entity, dict):
        raise missing_field("entity")
    order = shop.orders.get(entity.get("entity_id"))
    if order is None:
        raise no_such_entity()
    if "ext_order_id" in entity:
        order.data["ext_order_id"] = str(entity["ext_order_id"])
        documents.touch(order, shop.clock.text())
    return order.view()


def add_comment(shop, order, body):
    """``POST orders/{id}/comments``: return True."""
    entry = body.get("statusHistory") or body.get("status_history")
    if not isinstance(entry, dict):
        raise missing_field("statusHistory")
    if not entry.get("comment"):
        raise missing_field("comment")
    lifecycle.comment(
        shop,
        order,
        str(entry["comment"]),
        notified=int(entry.get("is_customer_notified") or 0),
        visible=int(entry.get("is_visible_on_front") or 0),
        status=entry.get("status"),
    )
    return True


def _append_comment(shop, order, body):
    text = (body.get("comment") or {}).get("comment")
    if text:
        lifecycle.comment(shop, order, str(text))


def _wanted(body):
    items = body.get("items")
    if not items:
        return None
    wanted = []
    for item in items:
        number = item.get("order_item_id", item.get("orderItemId"))
        if number is None:
            raise missing_field("order_item_id")
        wanted.append((int(number), _number(item.get("qty", 0))))
    return wanted


def _number(value):
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise ApiError(
            400,
            'The "%value" value\'s type is invalid. The "%type" type was expected. Verify and try again.',
            {"value": str(value), "type": "float"},
        )


def _list(shop, body, name, kind):
    rows = body.get(name)
    if not isinstance(rows, list):
        raise missing_field(name)
    cap = shop.settings.input_cap
    if cap and len(rows) > cap:
        raise ApiError(400, 'Maximum items of type "%type" is %max', {"type": kind, "max": cap})
    return rows


def save_source_items(shop, body):
    """``POST inventory/source-items``: set quantities; one bad line refuses all (400)."""
    rows = _list(shop, body, "sourceItems", "InventoryApi\\SourceItemInterface")
    codes = {code for _sku, code in shop.source_items}
    for row in rows:
        if row.get("sku") not in BY_SKU or row.get("source_code") not in codes or "quantity" not in row:
            raise ApiError(
                400,
                'Could not save Source Item: "%field" with value "%value" is not valid.',
                {"field": "sku, source_code, quantity", "value": str(row.get("sku"))},
            )
    for row in rows:
        shop.source_items[row["sku"], row["source_code"]] = {
            "sku": row["sku"],
            "source_code": row["source_code"],
            "quantity": _number(row["quantity"]),
            "status": int(row.get("status", 1)),
        }
    return []


def save_tier_prices(shop, body, *, replace=False):
    """``POST`` (add or update) or ``PUT`` (replace) ``products/tier-prices``: return the list of errors."""
    rows = _list(shop, body, "prices", "Catalog\\TierPriceInterface")
    _all_known(rows)
    good, errors = _sorted_out(rows)
    if replace:
        replaced = {row["sku"] for row in good}
        shop.tier_prices[:] = [tier for tier in shop.tier_prices if tier["sku"] not in replaced]
    for row in good:
        _drop_tier(shop, row)
        shop.tier_prices.append(row)
        shop.products_touched[row["sku"]] = shop.clock.text()
    return errors


def delete_tier_prices(shop, body):
    """``POST products/tier-prices-delete``: return the list of errors."""
    rows = _list(shop, body, "prices", "Catalog\\TierPriceInterface")
    _all_known(rows)
    good, errors = _sorted_out(rows)
    for row in good:
        _drop_tier(shop, row)
        shop.products_touched[row["sku"]] = shop.clock.text()
    return errors


def tier_prices(shop, body):
    """``POST products/tier-prices-information``: the tier prices of the SKUs asked for."""
    skus = _list(shop, body, "skus", "string")
    _all_known([{"sku": sku} for sku in skus])
    return [tier for tier in shop.tier_prices if tier["sku"] in skus]


def save_base_prices(shop, body):
    """``POST products/base-prices``: set list prices; return the list of errors."""
    errors = []
    for row in _list(shop, body, "prices", "Catalog\\BasePriceInterface"):
        price = _number(row.get("price", -1))
        if row.get("sku") not in BY_SKU:
            errors.append(_error("The product that was requested doesn't exist: SKU = %SKU", row))
        elif price < 0:
            errors.append(_error("Invalid attribute Price = %price. Row ID: SKU = %SKU", row))
        else:
            shop.base_prices[row["sku"]] = price
            shop.products_touched[row["sku"]] = shop.clock.text()
    return errors


def base_prices(shop, body):
    """``POST products/base-prices-information``: the list prices of the SKUs asked for."""
    skus = _list(shop, body, "skus", "string")
    _all_known([{"sku": sku} for sku in skus])
    return [{"price": shop.price(BY_SKU[sku]), "store_id": 0, "sku": sku} for sku in skus]


def _all_known(rows):
    if any(row.get("sku") not in BY_SKU for row in rows):
        raise no_such_product()


def _sorted_out(rows):
    good, errors = [], []
    groups = {*GROUP_CODES.values(), "ALL GROUPS"}
    for row in rows:
        if row.get("customer_group") not in groups:
            errors.append(_error("No such entity with Customer Group = %customerGroup. Row ID: SKU = %SKU", row))
        elif row.get("price_type") not in _PRICE_TYPES:
            errors.append(_error("Invalid attribute Price Type = %priceType. Row ID: SKU = %SKU", row))
        else:
            good.append(
                {
                    "price": _number(row.get("price", 0)),
                    "price_type": row["price_type"],
                    "website_id": int(row.get("website_id", 0)),
                    "sku": row["sku"],
                    "customer_group": row["customer_group"],
                    "quantity": _number(row.get("quantity", 1)),
                }
            )
    return good, errors


def _error(message, row):
    named = {
        "SKU": row.get("sku"),
        "customerGroup": row.get("customer_group"),
        "priceType": row.get("price_type"),
        "price": row.get("price"),
    }
    parameters = [str(value) for key, value in named.items() if f"%{key}" in message]
    return {"message": message, "parameters": parameters}


def _drop_tier(shop, row):
    keys = ("website_id", "sku", "customer_group", "quantity")
    shop.tier_prices[:] = [tier for tier in shop.tier_prices if any(tier[key] != row[key] for key in keys)]
