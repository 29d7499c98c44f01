"""What the connector does in a Magento 1 shop, each kind as a row of a table: how it is done, how one sees it is done.

The same effects as :mod:`effects`', by the methods of Magento 1, which takes an order's number where REST takes its id.
A document is made in steps (its tracking numbers, its capture come after it), so whoever finds it finishes it. What is
stock and price is in :mod:`openmage_prices`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import openmage_prices as prices
from .amounts import text
from .effect_base import decimal, marked, marker, unknown_effect, unsendable
from .effects import EFFECTS
from .errors import CONFIGURATION, INDEFINITE, RECORD, ShopError, failure
from .order_effects import CANCELED, HELD
from .refund_amounts import asks_for_order, refund_amounts

OPEN_INVOICE = "1"
LACKS_EFFECTS = {
    "order_number": "Magento 1 has no field for an order's number here that its interface could set.",
    "shared_catalog_price": "Magento 1 has no shared catalogs; tier prices by customer group take their place.",
    "credit_limit": "Magento 1 keeps no credit of companies.",
    "credit_balance": "Magento 1 keeps no credit of companies.",
}
"""Kind of effect -> why a Magento 1 shop cannot be told this, in words for the screen."""


@dataclass(frozen=True, slots=True)
class OpenMageEffect:
    """How one kind of effect is done.

    :ivar do: (shop, Effect) -> reference of what was made, else ""
    :ivar find: (shop, Effect) -> reference of the effect if the shop has it, else ""
    """

    do: Callable
    find: Callable


def _number(shop, effect):
    return text(shop.order_head(effect.target)["increment_id"])


def _notify(effect):
    return int(bool(effect.values.get("notify")))


# -- comments and states ----------------------------------------------------------------------------------------------


def _comment(shop, effect):
    """Magento 1 asks for a status with every comment: the present one, where none is given."""
    head = shop.order_head(effect.target)
    status = text(effect.values.get("status")) or text(head.get("status"))
    shop.remote(
        "sales_order.addComment",
        [text(head["increment_id"]), status, effect.values["comment"], str(_notify(effect))],
        reading=False,
    )
    return ""


def _find_comment(shop, effect):
    info = shop.remote("sales_order.info", [_number(shop, effect)])
    wanted = " ".join(effect.values["comment"].split())
    for row in info.get("status_history") or []:
        if " ".join(text(row.get("comment")).split()) == wanted:
            return "comment"
    return ""


def _state(method, holds):
    def do(shop, effect):
        shop.remote(f"sales_order.{method}", [_number(shop, effect)], reading=False)
        return ""

    def find(shop, effect):
        state = text(shop.order_head(effect.target).get("state"))
        return state if holds(state) else ""

    return OpenMageEffect(do, find)


# -- documents --------------------------------------------------------------------------------------------------------


def _document(resource, identifier, arguments, finish=None):
    """Return how a document of an order is made and found.

    :param str identifier: what its id is called
    :param arguments: (shop, Effect, order number) -> arguments of its ``create``
    :param finish: (shop, Effect, document) -> None, adds what comes after it, where that is missing
    """

    def do(shop, effect):
        number = text(shop.remote(f"{resource}.create", arguments(shop, effect, _number(shop, effect)), reading=False))
        if not number:
            raise failure("unexpected", "POST", f"{resource}.create: no number")
        try:
            document = shop.remote(f"{resource}.info", [number])
            return _finished(shop, effect, document)
        except ShopError as error:
            raise _after_the_deed(error, number) from None

    def find(shop, effect):
        for head in shop.remote(f"{resource}.list", [{"order_id": {"eq": text(effect.target)}}]):
            document = shop.remote(f"{resource}.info", [text(head.get("increment_id"))])
            comments = document.get("comments") or []
            if any(marker(effect) in text(comment.get("comment")) for comment in comments):
                return _finished(shop, effect, document)
        return ""

    def _finished(shop, effect, document):
        if finish:
            finish(shop, effect, document)
        _require_whole(effect, document)
        return text(document.get(identifier)) or text(document.get("increment_id"))

    return OpenMageEffect(do, find)


def _require_whole(effect, document):
    """Magento 1 makes a document of what is left of a line where more is asked for, and says nothing."""
    made = {text(row.get("order_item_id")): row.get("qty") for row in document.get("items") or []}
    for item, quantity in _lines(effect, whole=False):
        if decimal(made.get(item) or 0) < quantity:
            words = f"of the order's line {item} it holds {made.get(item) or 0}, not {quantity}"
            raise ShopError(RECORD, "quantity_differs", f"{words}. Look at it in the shop.", detail=words)


def _after_the_deed(error, number):
    """The document is there, whatever failed after it: only one that looks for it may go on."""
    if error.kind == RECORD:
        return ShopError(RECORD, error.code, f"The shop made {number}, but not all that belongs to it: {error}")
    return ShopError(INDEFINITE, error.code, str(error), status=error.status, retry_after=error.retry_after)


def _lines(effect, *, whole=True):
    lines = effect.values.get("lines")
    if whole and lines is not None and not lines:
        raise unsendable("no line is named, which the shop would take for all of them")
    return [(text(item), decimal(quantity, "quantity")) for item, quantity in lines or ()]


def _invoice_arguments(shop, effect, number):
    return [number, shop.quantities(_lines(effect)), marked(effect), _notify(effect), _notify(effect)]


def _capture(shop, effect, invoice):
    """Magento 1 takes money apart from the invoice; an offline payment's invoice is paid at once."""
    if effect.values.get("capture") and text(invoice.get("state")) == OPEN_INVOICE:
        shop.remote("sales_order_invoice.capture", [text(invoice["increment_id"])], reading=False)


def _add_tracks(shop, effect, shipment):
    """Add the tracking numbers that are missing."""
    there = _track_ids(shipment)
    for carrier, title, track in effect.values.get("tracks") or []:
        if text(track) not in there:
            _add_track(shop, shipment, carrier, title, track)


def _add_track(shop, shipment, carrier, title, track):
    """Add a tracking number; a carrier the shop does not know is a custom one."""
    number, rest = text(shipment["increment_id"]), [text(title) or text(carrier), text(track)]
    method = "sales_order_shipment.addTrack"
    try:
        shop.remote(method, [number, text(carrier) or "custom", *rest], reading=False)
    except ShopError as error:
        if error.kind != RECORD or text(carrier) in ("", "custom"):
            raise
        shop.remote(method, [number, "custom", *rest], reading=False)


def _track_ids(shipment):
    """dict of tracking number -> the shop's id of it"""
    return {
        text(track.get("number")) or text(track.get("track_number")): text(track.get("track_id")) or "track"
        for track in shipment.get("tracks") or []
    }


def _track(shop, effect):
    values, shipment = effect.values, _shipment(shop, effect)
    if not shipment:
        raise ShopError(RECORD, "not_found", f"The shop's order {effect.target} has no such shipment (any more).")
    if values.get("gone"):
        track = _track_ids(shipment).get(text(values["number"]))
        shop.remote("sales_order_shipment.removeTrack", [text(shipment["increment_id"]), track], reading=False)
    else:
        _add_track(shop, shipment, values.get("carrier"), values.get("title"), values["number"])
    return ""


def _find_track(shop, effect):
    track = _track_ids(_shipment(shop, effect) or {}).get(text(effect.values["number"]), "")
    if effect.values.get("gone"):
        return "" if track else "gone"
    return track


def _shipment(shop, effect):
    """The shipment that an effect is about, None where its order has none of that id: lists do not tell the id."""
    for head in shop.remote("sales_order_shipment.list", [{"order_id": {"eq": text(effect.target)}}]):
        shipment = shop.remote("sales_order_shipment.info", [text(head.get("increment_id"))])
        if text(shipment.get("shipment_id")) == text(effect.values["shipment"]):
            return shipment
    return None


def _credit_memo_arguments(shop, effect, number):
    values = effect.values
    if values.get("online"):
        words = "Magento 1's interface refunds offline only: give the money back in the shop's administration."
        raise ShopError(RECORD, "not_offered", words)
    lines = _lines(effect, whole=False) or [(_any_line(shop, number), decimal("0"))]
    order = shop.order_head(effect.target) if asks_for_order(values) else {}
    data = {name: float(value) for name, value in refund_amounts(values, order).items()}
    return [number, {"qtys": shop.quantities(lines), **data}, marked(effect), _notify(effect), _notify(effect)]


def _any_line(shop, number):
    for item in shop.remote("sales_order.info", [number]).get("items") or []:
        if text(item.get("product_type")) != "bundle":
            return text(item.get("item_id"))
    raise unsendable(f"the shop's order {number} has no line to refund")


OPENMAGE_EFFECTS = {
    "order_comment": OpenMageEffect(_comment, _find_comment),
    "order_hold": _state("hold", lambda state: state == HELD),
    "order_unhold": _state("unhold", lambda state: state not in ("", HELD)),
    "order_cancel": _state("cancel", lambda state: state == CANCELED),
    "invoice": _document("sales_order_invoice", "invoice_id", _invoice_arguments, _capture),
    "shipment": _document("sales_order_shipment", "shipment_id", _invoice_arguments, _add_tracks),
    "tracking": OpenMageEffect(_track, _find_track),
    "credit_memo": _document("sales_order_creditmemo", "creditmemo_id", _credit_memo_arguments),
    "stock": OpenMageEffect(prices.set_stock, prices.find_stock),
    "base_price": OpenMageEffect(prices.set_price, prices.find_price),
    "special_price": OpenMageEffect(prices.set_special_price, prices.find_special_price),
    "tier_price": OpenMageEffect(prices.set_tier_price, prices.find_tier_price),
}


def openmage_effect(effect):
    """Return the row of an effect's kind.

    :raises ShopError: ``not_offered`` (configuration) where Magento 1 cannot do it, ``unknown_effect`` where nobody can
    """
    if effect.kind in OPENMAGE_EFFECTS:
        return OPENMAGE_EFFECTS[effect.kind]
    if effect.kind in EFFECTS:
        raise ShopError(CONFIGURATION, "not_offered", f"{LACKS_EFFECTS[effect.kind]} This is not sent.")
    raise unknown_effect(effect.kind)
