"""Stock as REST shows and sets it: by source, for the whole shop where it has no sources, and what is salable.

A placed order lowers what is salable and leaves the sources as they are; a shipment takes from its source.
"""

from __future__ import annotations

from .bodies import listed, number
from .catalog import BY_SKU
from .errors import ApiError, missing_field, no_such_product

ONLY_SOURCE = "wh_kiel"
"""The source that stands for the whole stock where the shop has no sources."""


def save_source_items(shop, body):
    """``POST inventory/source-items``: set quantities; one bad line refuses all (400)."""
    rows = listed(shop, body, "sourceItems", "InventoryApi\\SourceItemInterface")
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
            "quantity": number(row["quantity"]),
            "status": int(row.get("status", 1)),
        }
    return []


def stock_item(shop, _call, sku):
    """``GET stockItems/{sku}``: the stock of the whole shop."""
    row = _row(shop, sku)
    return {
        "item_id": BY_SKU[sku].id,
        "product_id": BY_SKU[sku].id,
        "stock_id": 1,
        "qty": row["quantity"],
        "is_in_stock": bool(row["status"]),
        "is_qty_decimal": BY_SKU[sku].decimal_quantity,
        "use_config_manage_stock": True,
        "manage_stock": True,
    }


def save_stock_item(shop, call, sku, _item_id):
    """``PUT products/{sku}/stockItems/{id}``: set what the body names; return the item's id."""
    given = (call.body or {}).get("stockItem")
    if not isinstance(given, dict):
        raise missing_field("stockItem")
    set_stock(shop, sku, given.get("qty"), given.get("is_in_stock"))
    return BY_SKU[sku].id


def set_stock(shop, sku, quantity=None, in_stock=None):
    """Set the stock of the whole shop; what is None stays."""
    row = _row(shop, sku)
    if quantity is not None:
        row["quantity"] = number(quantity)
    if in_stock is not None:
        row["status"] = int(in_stock)
    shop.products_touched[sku] = shop.clock.text()


def stock_of(shop, sku):
    """Return the record of a product's stock in the whole shop."""
    return _row(shop, sku)


def salable_quantity(shop, _call, sku, _stock_id):
    """``GET inventory/get-product-salable-quantity/{sku}/{stock}``."""
    _row(shop, sku)
    return shop.salable(sku)


def _row(shop, sku):
    if sku not in BY_SKU or (sku, ONLY_SOURCE) not in shop.source_items:
        raise no_such_product()
    return shop.source_items[sku, ONLY_SOURCE]
