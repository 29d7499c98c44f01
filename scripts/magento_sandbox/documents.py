"""Invoices, shipments and credit memos: they are made for parts of an order and move its sums along.

Kept apart from :mod:`.lifecycle`, which changes an order's state without a document. Repeating a call makes a second
document as long as quantities are open, as in the real shop: nothing here is idempotent.

A document's part of an amount is by quantity, rounded to the cent; the last part takes the rest. Unlike an order's,
an invoice's ``row_total`` is before discount.
"""

from __future__ import annotations

from .document_sums import invoice_sums, item_portion
from .errors import ApiError
from .order_record import PREFIXES
from .tax import ZERO

OPEN, PAID, REFUNDED = 1, 2, 2
ONLINE = ("paypal_express",)
"""Payment methods by which money is taken over the net."""


def _chosen(order, wanted, open_quantity, what, dummy=lambda item: item.dummy):
    """Return [(item, quantity)] of what is asked for (None: all that is open), children of a sold line included.

    :param dummy: (item) → whether another line stands for it in this kind of document
    """
    if wanted is None:
        chosen = [(item, open_quantity(item)) for item in order.items]
    else:
        chosen = _with_children(order, wanted)
        for item, quantity in chosen:
            if not dummy(item) and quantity > open_quantity(item):
                raise ApiError(
                    400,
                    f'The quantity to {what} must not be greater than the open quantity for product SKU "%1".',
                    [item.data["sku"]],
                )
        chosen = [(item, min(quantity, open_quantity(item))) for item, quantity in chosen]
    chosen = [(item, quantity) for item, quantity in chosen if quantity > 0]
    if all(dummy(item) for item, _quantity in chosen):
        raise ApiError(400, f"{what.capitalize()} Document Validation Error(s):\nThe order does not allow it.")
    return chosen


def _with_children(order, wanted):
    """Resolve item ids; a parent that is asked for alone takes its children along, in proportion."""
    asked = {}
    for item_id, quantity in wanted:
        item = order.item(item_id)
        if item is None:
            raise ApiError(400, "The document contains product item that is not part of the original order.")
        asked[item_id] = (item, quantity)
    for item, quantity in list(asked.values()):
        for child in item.children:
            share = quantity * child.data["qty_ordered"] / item.data["qty_ordered"]
            asked.setdefault(child.id, (child, share))
    return list(asked.values())


def create_invoice(shop, order, wanted=None, *, capture=True):
    """Invoice open quantities and return the invoice's id.

    :param wanted: [(order item id, quantity)], or None for all that is open
    :param capture: whether money is taken, where the payment is made online
    :raises ApiError: 400 where the order's state or quantities do not allow it
    """
    if order.data["state"] not in ("new", "processing", "complete"):
        raise ApiError(
            400,
            "Invoice Document Validation Error(s):\nAn invoice cannot be created when an order has a status of %1",
            [order.data["status"]],
        )
    chosen = _chosen(order, wanted, lambda item: item.open_to_invoice, "invoice")
    now = shop.clock.text()
    invoice_id = shop.next_id("invoice")
    lines = [_invoice_item(shop, order, invoice_id, item, quantity, now) for item, quantity in chosen]
    header = _document_header(shop, order, "invoice", invoice_id, now)
    for prefix in PREFIXES:
        header |= invoice_sums(order, lines, prefix)
    header |= {"can_void_flag": 0, "state": PAID, "total_qty": _total_quantity(chosen)}
    if "discount_description" in order.data:
        header["discount_description"] = order.data["discount_description"]
    _count_invoice(order, header)
    online = order.payment["method"] in ONLINE
    if online and not capture:
        header["state"] = OPEN
    else:
        count_payment(order, header)
    if online and capture:
        header["transaction_id"] = transaction(shop, order, "capture")["txn_id"]
    shop.invoices.append(header | {"items": lines, "comments": []})
    touch(order, now)
    settle_state(order)
    return invoice_id


def _document_header(shop, order, kind, document_id, now):
    copied = (
        "base_currency_code", "base_to_global_rate", "base_to_order_rate", "billing_address_id",
        "global_currency_code", "order_currency_code", "store_currency_code", "store_id",
        "store_to_base_rate", "store_to_order_rate",
    )  # fmt: skip
    header = {key: order.data[key] for key in copied}
    header |= {
        "created_at": now,
        "entity_id": document_id,
        "increment_id": shop.increment_id(kind, order.data["store_id"]),
        "order_id": order.id,
        "updated_at": now,
    }
    if order.shipping:
        header["shipping_address_id"] = order.shipping["entity_id"]
    return header


def _total_quantity(chosen):
    return sum((quantity for item, quantity in chosen if item.parent is None), ZERO)


def _invoice_item(shop, order, invoice_id, item, quantity, now):
    data = item.data
    line = {
        "entity_id": shop.next_id("invoice_item"),
        "name": data["name"],
        "parent_id": invoice_id,
        "product_id": data["product_id"],
        "sku": data["sku"],
        "order_item_id": item.id,
        "qty": quantity,
    }
    done = data["qty_invoiced"]
    for prefix in PREFIXES:
        line[f"{prefix}price"] = data[f"{prefix}price"]
        if not item.dummy:
            part = item_portion(item, prefix, quantity, done)
            discount = part.pop(f"{prefix}discount_amount")
            line |= part | ({f"{prefix}discount_amount": discount} if discount else {})
            _count_item_invoice(data, prefix, part, discount)
    data["qty_invoiced"] += quantity
    data["updated_at"] = now
    return line


def _count_item_invoice(data, prefix, part, discount):
    counted = {
        "row_invoiced": part[f"{prefix}row_total"],
        "tax_invoiced": part[f"{prefix}tax_amount"],
        "discount_invoiced": discount,
        "discount_tax_compensation_invoiced": part[f"{prefix}discount_tax_compensation_amount"],
    }
    for name, amount in counted.items():
        data[f"{prefix}{name}"] = data.get(f"{prefix}{name}", ZERO) + amount


def _count_invoice(order, invoice):
    data, payment = order.data, order.payment
    for prefix in PREFIXES:
        counted = {
            "discount_invoiced": invoice[f"{prefix}discount_amount"],
            "discount_tax_compensation_invoiced": invoice[f"{prefix}discount_tax_compensation_amount"],
            "shipping_invoiced": invoice[f"{prefix}shipping_amount"],
            "subtotal_invoiced": invoice[f"{prefix}subtotal"],
            "tax_invoiced": invoice[f"{prefix}tax_amount"],
            "total_invoiced": invoice[f"{prefix}grand_total"],
        }
        for name, amount in counted.items():
            data[f"{prefix}{name}"] = data.get(f"{prefix}{name}", ZERO) + amount
        payment[f"{prefix}shipping_captured"] = data[f"{prefix}shipping_invoiced"]
    data["base_total_invoiced_cost"] = ZERO
    for item in order.items:
        item.data.setdefault("weee_tax_applied", "[]")


def count_payment(order, invoice):
    """Count an invoice as paid in its order's sums."""
    data = order.data
    for prefix in PREFIXES:
        data[f"{prefix}total_paid"] = data.get(f"{prefix}total_paid", ZERO) + invoice[f"{prefix}grand_total"]
        data[f"{prefix}total_due"] = data[f"{prefix}grand_total"] - data[f"{prefix}total_paid"]
        order.payment[f"{prefix}amount_paid"] = data[f"{prefix}total_paid"]


def create_shipment(shop, order, wanted=None, *, tracks=(), source_code=None):
    """Ship open quantities and return the shipment's id.

    :param tracks: dicts with ``track_number``, ``title``, ``carrier_code``
    :param source_code: the warehouse; a shop with several refuses a shipment without one
    :raises ApiError: 400 where state, quantities or stock do not allow it
    """
    if order.data["state"] not in ("new", "processing"):
        raise ApiError(
            400,
            "Shipment Document Validation Error(s):\nA shipment cannot be created when an order has a status of %1",
            [order.data["status"]],
        )
    if source_code is None:
        raise ApiError(400, "Not all of your products are available in the requested quantity.")
    if wanted is not None and all(
        order.item(item_id) and order.item(item_id).shipped_by_other for item_id, _q in wanted
    ):
        raise ApiError(400, "Shipment Document Validation Error(s):\nYou can't create a shipment without products.")
    chosen = _chosen(order, wanted, lambda item: item.open_to_ship, "ship", lambda item: item.shipped_by_other)
    _take_stock(shop, [part for item, quantity in chosen for part in item.goods(quantity)], source_code)
    now = shop.clock.text()
    shipment_id = shop.next_id("shipment")
    lines = [_shipment_item(shop, shipment_id, item, quantity, now) for item, quantity in chosen]
    shipment = {
        "billing_address_id": order.billing["entity_id"],
        "created_at": now,
        "entity_id": shipment_id,
        "increment_id": shop.increment_id("shipment", order.data["store_id"]),
        "order_id": order.id,
        "packages": [],
        "shipping_address_id": order.shipping["entity_id"],
        "store_id": order.data["store_id"],
        "total_qty": sum((quantity for _item, quantity in chosen), ZERO),
        "updated_at": now,
        "items": lines,
        "tracks": [track_record(shop, order, shipment_id, track) for track in tracks],
        "comments": [],
        "extension_attributes": {"source_code": source_code},
    }
    if "customer_id" in order.data:
        shipment["customer_id"] = order.data["customer_id"]
    shop.shipments.append(shipment)
    touch(order, now)
    settle_state(order)
    return shipment_id


def _take_stock(shop, chosen, source_code):
    taken = []
    for item, quantity in chosen:
        stock = shop.source_items.get((item.data["sku"], source_code))
        if stock is None or stock["quantity"] < quantity:
            raise ApiError(400, "Not all of your products are available in the requested quantity.")
        taken.append((stock, quantity))
    for stock, quantity in taken:
        stock["quantity"] -= quantity


def _shipment_item(shop, shipment_id, item, quantity, now):
    data = item.data
    data["qty_shipped"] += quantity
    data["updated_at"] = now
    return {
        "entity_id": shop.next_id("shipment_item"),
        "name": data["name"],
        "parent_id": shipment_id,
        "price": data["price"],
        "product_id": data["product_id"],
        "sku": data["sku"],
        "weight": data["weight"],
        "order_item_id": item.id,
        "qty": quantity,
    }


def track_record(shop, order, shipment_id, track):
    """Return a new tracking number of a shipment.

    :param track: dict with ``track_number``, ``title``, ``carrier_code``
    """
    now = shop.clock.text()
    return {
        "order_id": order.id,
        "created_at": now,
        "entity_id": shop.next_id("track"),
        "parent_id": shipment_id,
        "updated_at": now,
        "weight": None,
        "qty": None,
        "description": None,
        "track_number": str(track.get("track_number", "")),
        "title": str(track.get("title", "")),
        "carrier_code": str(track.get("carrier_code", "custom")),
    }


def transaction(shop, order, kind, parent=None):
    """Write down a movement of money at the payment provider's and return it.

    :param kind: ``authorization``, ``order``, ``capture``, ``refund`` or ``void``
    :param parent: the transaction that it belongs to
    """
    number = shop.next_id("transaction")
    record = {
        "transaction_id": number,
        "order_id": order.id,
        "payment_id": order.payment["entity_id"],
        "txn_id": f"PP{order.id:06d}{number:04d}" + ("" if kind == "capture" else f"-{kind}"),
        "parent_txn_id": parent["txn_id"] if parent else None,
        "txn_type": kind,
        "is_closed": int(kind in ("refund", "void")),
        "additional_information": ["{}"],
        "created_at": shop.clock.text(),
        "child_transactions": [],
    }
    if parent:
        record["parent_id"] = parent["transaction_id"]
    shop.transactions.append(record)
    return record


def comment_on(shop, kind, document_id, text, *, notified=0):
    """Keep a comment with a document.

    :param kind: ``invoices``, ``shipments`` or ``creditmemos``
    """
    document = next(row for row in getattr(shop, kind) if row["entity_id"] == document_id)
    document["comments"].append(
        {
            "is_customer_notified": notified,
            "parent_id": document_id,
            "comment": text,
            "is_visible_on_front": 0,
            "created_at": shop.clock.text(),
            "entity_id": shop.next_id(f"{kind}_comment"),
        }
    )


def touch(order, now):
    """Move an order's ``updated_at``, as every change does."""
    order.data["updated_at"] = now


def settle_state(order):
    """Set the state that quantities and sums lead to: processing, complete or closed."""
    data = order.data
    refunded, paid = data.get("total_refunded", ZERO), data.get("total_paid", ZERO)
    invoiced = all(item.open_to_invoice <= 0 for item in order.items if not item.dummy)
    shipped = all(item.open_to_ship <= 0 for item in order.items)
    if refunded and refunded >= paid and invoiced:
        state = "closed"
    elif invoiced and shipped:
        state = "complete"
    else:
        state = "processing"
    data["state"] = data["status"] = state
