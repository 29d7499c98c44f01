"""What happens to an order without a document: cancel, hold, review, edit, comments.

Apart from :mod:`.documents` so that the states and their transitions can be read in one place.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from .documents import settle_state, touch
from .errors import ApiError
from .order_record import PREFIXES
from .placing import place
from .refunds import history_entry
from .shop import TIME_FORMAT

HELD, REVIEW, CANCELED = "holded", "payment_review", "canceled"
_ITEM_CANCELED = ("tax", "discount_tax_compensation")


def cancel(shop, order):
    """Cancel what is open; return False (and change nothing) where nothing can be canceled, as Magento does."""
    data = order.data
    untouched = all(not item.data["qty_invoiced"] and not item.data["qty_shipped"] for item in order.items)
    if data["state"] not in ("new", "processing", REVIEW) or not untouched:
        return False
    now = shop.clock.text()
    for item in order.items:
        item.data["qty_canceled"] = item.data["qty_ordered"]
        item.data["updated_at"] = now
        if not item.dummy:
            for name in _ITEM_CANCELED:
                item.data[f"{name}_canceled"] = item.data[f"{name}_amount"]
    for prefix in PREFIXES:
        data[f"{prefix}discount_canceled"] = abs(data[f"{prefix}discount_amount"])
        data[f"{prefix}shipping_canceled"] = data[f"{prefix}shipping_amount"]
        data[f"{prefix}subtotal_canceled"] = data[f"{prefix}subtotal"]
        data[f"{prefix}tax_canceled"] = data[f"{prefix}tax_amount"]
        data[f"{prefix}total_canceled"] = data[f"{prefix}grand_total"]
    data["state"] = data["status"] = CANCELED
    touch(order, now)
    return True


def hold(shop, order):
    """Put an order on hold.

    :raises ApiError: 400 where it is finished or held already
    """
    data = order.data
    if data["state"] in (CANCELED, "complete", "closed", HELD, REVIEW):
        raise ApiError(400, "A hold action is not available.")
    data |= {"hold_before_state": data["state"], "hold_before_status": data["status"]}
    data["state"] = data["status"] = HELD
    touch(order, shop.clock.text())
    return True


def unhold(shop, order):
    """Release an order from hold.

    :raises ApiError: 400 where it is not held
    """
    data = order.data
    if data["state"] != HELD:
        raise ApiError(400, "You cannot remove the hold.")
    data["state"], data["status"] = data.pop("hold_before_state"), data.pop("hold_before_status")
    touch(order, shop.clock.text())
    return True


def review(shop, order):
    """Put an order under payment review, as a payment provider does."""
    order.data["state"] = order.data["status"] = REVIEW
    touch(order, shop.clock.text())


def start_processing(shop, order):
    """Let an order go from ``new`` to ``processing``, as a paid or approved order does."""
    settle_state(order)
    touch(order, shop.clock.text())


def edit(shop, order):
    """Edit an order as the administration does: cancel it, place ``…-1`` from its basket, return the new one."""
    if not cancel(shop, order):
        raise ApiError(400, "The order can't be edited.")
    now = shop.clock.text()
    basket = replace(order.basket, created_at=datetime.strptime(now, TIME_FORMAT))  # noqa: DTZ007
    new = place(shop, basket, edited=order)
    for key in ("remote_ip", "email_sent"):
        new.data.pop(key, None)
    for item in new.items:
        item.data.pop("row_weight", None)
    order.data["relation_child_id"] = str(new.id)
    order.data["relation_child_real_id"] = new.data["increment_id"]
    return new


def comment(shop, order, text, *, notified=0, visible=0, status=None):
    """Add a comment, newest first; ``status`` changes the order's status label as Magento does."""
    now = shop.clock.text()
    entry = history_entry(shop, order, text, "order", now, notified=notified, visible=visible, status=status)
    order.histories.insert(0, entry)
    if status:
        order.data["status"] = status
    touch(order, now)
    return entry
