"""What Magento 1's API lets a caller do: states and documents of orders, stock, prices.

Apart from :mod:`.openmage`, which reads. A document's ``create`` gives its number; tracking numbers and the capture of
an online payment come after it; tier prices are replaced as a whole; an empty text deletes a special price.
"""

from __future__ import annotations

from decimal import Decimal

from . import documents, lifecycle, refunds, stock_writes
from .catalog import BY_SKU
from .companies import GROUP_CODES
from .errors import ApiError

DATA_INVALID = 102
CARRIERS = ("custom", "dhl", "fedex", "ups", "usps")


class Refusal(Exception):
    """What a method refuses: ``code`` is Magento's number."""

    def __init__(self, code, words):
        self.code, self.words = code, words
        super().__init__(words)


def refusing(function, code=DATA_INVALID):
    """Return a function that refuses by Magento 1's number what the shop refuses."""

    def call(*arguments):
        try:
            return function(*arguments)
        except ApiError as error:
            raise Refusal(code, error.message)

    return call


def hold(shop, order):
    return lifecycle.hold(shop, order)


def unhold(shop, order):
    return lifecycle.unhold(shop, order)


def cancel(shop, order):
    """Cancel an order; what cannot be canceled is refused."""
    if not lifecycle.cancel(shop, order):
        raise Refusal(103, "Order status not changed. Details in error message.")
    return True


def create_invoice(shop, order, quantities=None, comment=None, _email=None, _include=None):
    """``sales_order_invoice.create``: return the invoice's number."""
    invoice_id = documents.create_invoice(shop, order, _wanted(quantities), capture=False)
    return _numbered(shop, "invoices", invoice_id, comment)


def capture(shop, invoice):
    """``sales_order_invoice.capture``: take the money of an online payment."""
    order = shop.orders[invoice["order_id"]]
    if invoice["state"] != documents.OPEN:
        raise Refusal(104, "Invoice cannot be captured.")
    invoice["state"] = documents.PAID
    documents.count_payment(order, invoice)
    invoice["transaction_id"] = documents.transaction(shop, order, "capture")["txn_id"]
    return True


def create_shipment(shop, order, quantities=None, comment=None, _email=None, _include=None):
    """``sales_order_shipment.create``: return the shipment's number; there is one stock."""
    shipment_id = documents.create_shipment(shop, order, _wanted(quantities), source_code=stock_writes.ONLY_SOURCE)
    return _numbered(shop, "shipments", shipment_id, comment)


def add_track(shop, shipment, carrier, title, number, _weight=None):
    """``sales_order_shipment.addTrack``: return the track's id."""
    if carrier not in CARRIERS:
        raise Refusal(DATA_INVALID, "Invalid carrier specified.")
    track = {"carrier_code": carrier, "title": title, "track_number": number}
    record = documents.track_record(shop, shop.orders[shipment["order_id"]], shipment["entity_id"], track)
    shipment["tracks"].append(record)
    return record["entity_id"]


def remove_track(_shop, shipment, track_id):
    """``sales_order_shipment.removeTrack``: return True."""
    kept = [track for track in shipment["tracks"] if str(track["entity_id"]) != str(track_id)]
    if len(kept) == len(shipment["tracks"]):
        raise Refusal(104, "Track not exists.")
    shipment["tracks"] = kept
    return True


def create_credit_memo(shop, order, data=None, comment=None, _notify=None, _include=None, _store_credit=None):
    """``sales_order_creditmemo.create``: return the credit memo's number; offline only."""
    data = data if isinstance(data, dict) else {}
    shipping = data.get("shipping_amount")
    memo_id = refunds.create_creditmemo(
        shop,
        order,
        _wanted(data.get("qtys")),
        shipping=True if shipping is None else _decimal(shipping),
        positive=_decimal(data.get("adjustment_positive") or 0),
        negative=_decimal(data.get("adjustment_negative") or 0),
    )
    return _numbered(shop, "creditmemos", memo_id, comment)


def stock_list(shop, skus):
    """``cataloginventory_stock_item.list``: the stock of products, by SKU or id."""
    wanted = {str(sku) for sku in (skus if isinstance(skus, list) else [skus])}
    found = []
    for sku, product in BY_SKU.items():
        if wanted & {sku, str(product.id)} and (sku, stock_writes.ONLY_SOURCE) in shop.source_items:
            row = stock_writes.stock_of(shop, sku)
            found.append({"product_id": product.id, "sku": sku, "qty": row["quantity"], "is_in_stock": row["status"]})
    return found


def stock_update(shop, sku, data):
    """``cataloginventory_stock_item.update``: set what is named."""
    if sku not in BY_SKU:
        raise Refusal(101, "Product not exists.")
    in_stock = data.get("is_in_stock")
    stock_writes.set_stock(shop, sku, data.get("qty"), None if in_stock is None else int(in_stock))
    return True


def product_update(shop, sku, data, store=None):
    """``catalog_product.update``: set the price and the special price, as far as they are named."""
    store_id = int(store or 0)
    if data.get("price") is not None:
        if store_id:
            shop.store_prices[sku, store_id] = _decimal(data["price"])
        else:
            shop.base_prices[sku] = _decimal(data["price"])
    if any(data.get(name) is not None for name in ("special_price", "special_from_date", "special_to_date")):
        _set_special(shop, sku, data, store_id)
    shop.products_touched[sku] = shop.clock.text()
    return True


def _set_special(shop, sku, data, store_id):
    present = special_of(shop, sku, store_id) or {"price": None, "price_from": None, "price_to": None}
    names = {"special_price": "price", "special_from_date": "price_from", "special_to_date": "price_to"}
    changed = {own: data[name] or None for name, own in names.items() if data.get(name) is not None}
    row = {"store_id": store_id, "sku": sku} | present | changed
    shop.special_prices[:] = [
        other for other in shop.special_prices if (other["sku"], other["store_id"]) != (sku, store_id)
    ]
    if row["price"] is not None:
        row["price_from"] = row["price_from"] or shop.clock.text()
        shop.special_prices.append(row | {"price": _decimal(row["price"])})


def special_of(shop, sku, store_id=0):
    """Return the special price of a product, None where it has none."""
    for row in shop.special_prices:
        if (row["sku"], row["store_id"]) == (sku, store_id):
            return row
    return None


def tier_update(shop, sku, rows):
    """``product_tier_price.update``: replace all tier prices of a product."""
    tiers = []
    for row in rows or []:
        if row.get("qty") is None or row.get("price") is None:
            raise Refusal(DATA_INVALID, "Invalid Tier Prices")
        group = str(row.get("customer_group_id") or "all")
        tiers.append(
            {
                "price": _decimal(row["price"]),
                "price_type": "fixed",
                "website_id": 0,
                "sku": sku,
                "customer_group": "ALL GROUPS" if group == "all" else GROUP_CODES[int(group)],
                "quantity": _decimal(row["qty"]),
            }
        )
    shop.tier_prices[:] = [tier for tier in shop.tier_prices if tier["sku"] != sku] + tiers
    shop.products_touched[sku] = shop.clock.text()
    return True


def _numbered(shop, kind, document_id, comment):
    if comment:
        documents.comment_on(shop, kind, document_id, str(comment))
    return next(row for row in getattr(shop, kind) if row["entity_id"] == document_id)["increment_id"]


def _wanted(quantities):
    """Quantities by item: a struct of XML-RPC, or a list of SOAP v2; none for all that is open."""
    if not quantities:
        return None
    if isinstance(quantities, dict):
        return [(int(item), _decimal(quantity)) for item, quantity in quantities.items()]
    return [(int(row["order_item_id"]), _decimal(row["qty"])) for row in quantities]


def _decimal(value):
    return Decimal(str(value))
