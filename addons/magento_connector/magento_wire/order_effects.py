"""What is told about an order over REST: comments, states, its number here, and its documents.

The bodies are those of Adobe's schema. Documents carry a mark in their comment, by which they are found again:
posting the same partial shipment twice makes two. A refund without lines takes every line at nothing, since a body
without any would refund them all.
"""

from __future__ import annotations

from .amounts import text, whole_number
from .effect_base import marked, marker, number, unsendable
from .refund_amounts import asks_for_order, refund_amounts
from .search import Search
from .streams import STREAMS

HELD, CANCELED = "holded", "canceled"
COMMENTS = {"invoices": "invoices", "shipments": "shipment", "credit_memos": "creditmemo"}
"""Stream of documents -> what a single one's comments are called by."""
MOST_DOCUMENTS = 200
ORDER_AMOUNTS = (
    "base_currency_code,order_currency_code,base_to_order_rate,base_shipping_amount,base_shipping_incl_tax,"
    "base_shipping_refunded"
)


def comment_request(shop, effect):
    """Return (method, path, body) of a comment on an order.

    It always names a status, the present one where none is wanted: without one, many versions of the shop leave the
    order with none (magento/magento2#34180), and it vanishes from their lists.
    """
    values = effect.values
    history = {
        "comment": values["comment"],
        "parent_id": _id(effect.target),
        "is_customer_notified": int(bool(values.get("notify"))),
        "is_visible_on_front": int(bool(values.get("visible"))),
    }
    status = text(values.get("status")) or text(_order(shop, effect, "status").get("status"))
    if status:
        history["status"] = status
    return "POST", f"orders/{_id(effect.target)}/comments", {"statusHistory": history}


def find_comment(shop, effect):
    """Look for the comment's words among the order's; the shop adds none of its own in front."""
    answer = shop.call("GET", f"orders/{_id(effect.target)}/comments")
    wanted = " ".join(effect.values["comment"].split())
    for row in _rows(answer):
        if " ".join(text(row.get("comment")).split()) == wanted:
            return text(row.get("entity_id")) or "comment"
    return ""


def state_request(word):
    """Return the function that gives (method, path, body) of a change of an order's state.

    :param str word: ``hold``, ``unhold`` or ``cancel``
    """
    return lambda _shop, effect: ("POST", f"orders/{_id(effect.target)}/{word}", None)


def find_state(holds):
    """Return the function that looks whether an order's state is what an effect wants.

    :param holds: (state) -> whether it is
    """

    def find(shop, effect):
        state = text(_order(shop, effect, "state,status").get("state"))
        return state if state and holds(state) else ""

    return find


def number_request(shop, effect):
    """Return (method, path, body) that stamps an order with its number here (``ext_order_id``).

    The order's own number goes along, for without it some versions give the order a new one (magento/magento2#8020).
    Its state does not: the shop would reckon it anew from what else the body leaves out.
    """
    own = text(_order(shop, effect, "increment_id").get("increment_id"))
    entity = {"entity_id": _id(effect.target), "ext_order_id": str(effect.values["number"])}
    return "POST", "orders", {"entity": {**entity, **({"increment_id": own} if own else {})}}


def find_number(shop, effect):
    found = text(_order(shop, effect, "ext_order_id").get("ext_order_id"))
    return found if found == str(effect.values["number"]) else ""


def invoice_request(_shop, effect):
    """Return (method, path, body) of an invoice."""
    body = _document_body(effect) | {"capture": bool(effect.values.get("capture"))}
    return "POST", f"order/{_id(effect.target)}/invoice", body


def shipment_request(_shop, effect):
    """Return (method, path, body) of a shipment; a shop with several sources must be told which."""
    body = _document_body(effect)
    body["tracks"] = [
        {"carrier_code": str(code or "custom"), "title": str(title or code or ""), "track_number": str(track)}
        for code, title, track in effect.values.get("tracks") or []
    ]
    if effect.values.get("source"):
        body["arguments"] = {"extension_attributes": {"source_code": str(effect.values["source"])}}
    return "POST", f"order/{_id(effect.target)}/ship", body


def track_request(shop, effect):
    """Return (method, path, body) that adds a tracking number to a shipment, or takes it off where it is ``gone``."""
    values = effect.values
    if values.get("gone"):
        return "DELETE", f"shipment/track/{_id(_tracks(shop, effect).get(str(values['number'])))}", None
    entity = {
        "order_id": _id(effect.target),
        "parent_id": _id(values["shipment"]),
        "carrier_code": str(values.get("carrier") or "custom"),
        "title": str(values.get("title") or values.get("carrier") or ""),
        "track_number": str(values["number"]),
        "description": "",
        "weight": 0,
        "qty": 1,
    }
    return "POST", "shipment/track", {"entity": entity}


def find_track(shop, effect):
    track = _tracks(shop, effect).get(str(effect.values["number"]), "")
    if effect.values.get("gone"):
        return "" if track else "gone"
    return track


def _tracks(shop, effect):
    """dict of tracking number -> the shop's id of it, of the shipment that an effect is about"""
    search = Search().where("entity_id", "eq", _id(effect.values["shipment"])).sort("entity_id").page(1)
    shipments = _rows(shop.call("GET", STREAMS["shipments"].path, search.pairs()))
    tracks = _rows({"items": shipments[0].get("tracks")}) if shipments else []
    return {text(track.get("track_number")): text(track.get("entity_id")) for track in tracks}


def credit_memo_request(shop, effect):
    """Return (method, path, body) of a refund: online through the invoice that took the money, else offline.

    Amounts are in the shop's base currency, as its web API has them; see :mod:`.refund_amounts`.
    """
    values = effect.values
    body = _document_body(effect, whole=False)
    if not body["items"]:
        body["items"] = [{"order_item_id": _any_line(shop, effect), "qty": 0}]
    order = _order(shop, effect, ORDER_AMOUNTS) if asks_for_order(values) else {}
    body["arguments"] = {name: number(value) for name, value in refund_amounts(values, order).items()}
    if not values.get("online"):
        return "POST", f"order/{_id(effect.target)}/refund", body
    if not values.get("invoice_id"):
        raise unsendable("an online refund goes through the shop's invoice, and none is named")
    return "POST", f"invoice/{_id(values['invoice_id'])}/refund", body | {"isOnline": True}


def find_document(stream):
    """Return the function that looks for the document an effect made of an order, by its mark.

    :param str stream: ``invoices``, ``shipments`` or ``credit_memos``
    """

    def find(shop, effect):
        search = Search().where("order_id", "eq", _id(effect.target)).sort("entity_id").page(MOST_DOCUMENTS)
        for row in _rows(shop.call("GET", STREAMS[stream].path, search.pairs())):
            if any(marker(effect) in comment for comment in shop.comments(stream, row)):
                return text(row.get("entity_id"))
        return ""

    return find


def document_comments(shop, stream, record):
    """Return the texts of a document's comments. Lists do not always tell them (magento/magento2#4318).

    :param RestShop shop: to ask where the record tells none
    """
    rows = record.get("comments") or _rows(
        shop.call("GET", f"{COMMENTS[stream]}/{_id(record.get('entity_id'))}/comments")
    )
    return [text(row.get("comment")) for row in rows if isinstance(row, dict)]


def _document_body(effect, *, whole=True):
    values = effect.values
    lines = values.get("lines")
    if whole and lines is not None and not lines:
        raise unsendable("no line is named, which the shop would take for all of them")
    notify = bool(values.get("notify"))
    return {
        "items": [{"order_item_id": _id(item), "qty": number(quantity, "quantity")} for item, quantity in lines or ()],
        "notify": notify,
        "appendComment": notify,
        "comment": {"comment": marked(effect), "is_visible_on_front": int(bool(values.get("visible")))},
    }


def _any_line(shop, effect):
    """Return a line that carries money: a bundle's own line does not."""
    items = _rows(_order(shop, effect, "items[item_id,parent_item_id,product_type]"))
    bundles = {text(item.get("item_id")) for item in items if item.get("product_type") == "bundle"}
    for item in items:
        parent = text(item.get("parent_item_id"))
        if parent in bundles or not (parent or item.get("product_type") == "bundle"):
            return whole_number(item.get("item_id"))
    raise unsendable(f"the shop's order {effect.target} has no line to refund")


def _order(shop, effect, fields):
    answer = shop.call("GET", f"orders/{_id(effect.target)}", [("fields", fields)])
    return answer if isinstance(answer, dict) else {}


def _rows(answer):
    rows = answer.get("items") if isinstance(answer, dict) else answer
    return [row for row in rows or [] if isinstance(row, dict)]


def _id(value):
    identifier = whole_number(value)
    if identifier is None:
        raise unsendable(f"{value!r} is no id of the shop's")
    return identifier
