"""What REST lets a caller do to an order: its documents, its comments, its number.

Apart from the reading routes. No write is idempotent: the same partial shipment twice makes two.
"""

from __future__ import annotations

from . import documents, lifecycle, refunds
from .bodies import number
from .errors import ApiError, missing_field, no_such_entity


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
    _keep_comment(shop, "shipments", shipment_id, body)
    return shipment_id


def save_track(shop, body):
    """``POST shipment/track``: return the new tracking number; the same one twice is there twice."""
    entity = body.get("entity")
    if not isinstance(entity, dict):
        raise missing_field("entity")
    wanted = entity.get("parent_id"), entity.get("order_id")
    shipment = next((row for row in shop.shipments if (row["entity_id"], row["order_id"]) == wanted), None)
    if shipment is None:
        raise ApiError(400, "Could not save the shipment tracking.")
    track = documents.track_record(shop, shop.orders[shipment["order_id"]], shipment["entity_id"], entity)
    shipment["tracks"].append(track)
    shipment["updated_at"] = shop.clock.text()
    return track


def delete_track(shop, _call, track_id):
    """``DELETE shipment/track/{id}``: return True."""
    for shipment in shop.shipments:
        kept = [track for track in shipment["tracks"] if str(track["entity_id"]) != track_id]
        if len(kept) < len(shipment["tracks"]):
            shipment.update(tracks=kept, updated_at=shop.clock.text())
            return True
    raise no_such_entity()


def invoice(shop, order, body):
    """``POST order/{id}/invoice``: return the new invoice's id."""
    invoice_id = documents.create_invoice(shop, order, _wanted(body), capture=bool(body.get("capture")))
    _keep_comment(shop, "invoices", invoice_id, body)
    return invoice_id


def refund(shop, order, body, *, invoice=None):
    """``POST order/{id}/refund`` (offline): return the new credit memo's id.

    :param invoice: the invoice through which the money goes back, where it was taken online
    """
    arguments = body.get("arguments") or {}
    shipping = arguments.get("shipping_amount", arguments.get("shippingAmount"))
    memo_id = refunds.create_creditmemo(
        shop,
        order,
        _wanted(body),
        shipping=True if shipping is None else number(shipping),
        positive=number(arguments.get("adjustment_positive") or 0),
        negative=number(arguments.get("adjustment_negative") or 0),
        invoice=invoice,
    )
    _keep_comment(shop, "creditmemos", memo_id, body)
    return memo_id


def refund_invoice(shop, call, invoice_id):
    """``POST invoice/{id}/refund``: through the payment that took the money; others are refused (400)."""
    body = call.body if isinstance(call.body, dict) else {}
    invoice = next((row for row in shop.invoices if str(row["entity_id"]) == invoice_id), None)
    if invoice is None:
        raise no_such_entity()
    order = shop.orders[invoice["order_id"]]
    if body.get("isOnline") and not invoice.get("transaction_id"):
        raise ApiError(
            400, "Creditmemo Document Validation Error(s):\nThe order does not allow a creditmemo to be created."
        )
    return refund(shop, order, body, invoice=invoice if body.get("isOnline") else None)


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


def document_comments(rows_of):
    """Return the function of a list of a document's comments."""

    def call_comments(shop, _call, document_id):
        for row in rows_of(shop):
            if str(row["entity_id"]) == document_id:
                return {"items": row["comments"], "search_criteria": {}, "total_count": len(row["comments"])}
        raise no_such_entity()

    return call_comments


def _keep_comment(shop, kind, document_id, body):
    """Keep a document's comment with it, as the shop does."""
    text = (body.get("comment") or {}).get("comment")
    if text:
        documents.comment_on(shop, kind, document_id, str(text), notified=int(bool(body.get("appendComment"))))


def _wanted(body):
    items = body.get("items")
    if not items:
        return None
    wanted = []
    for item in items:
        item_id = item.get("order_item_id", item.get("orderItemId"))
        if item_id is None:
            raise missing_field("order_item_id")
        wanted.append((int(item_id), number(item.get("qty", 0))))
    return wanted
