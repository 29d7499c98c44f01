"""Credit memos: what goes back to the customer, and what that does to the order's sums.

Apart from :mod:`.documents`, because a refund goes by invoiced quantities and may adjust the sum without tax.
"""

from __future__ import annotations

from .document_sums import compensation_name, item_portion, weee_part
from .documents import (
    REFUNDED,
    _chosen,
    _document_header,
    settle_state,
    touch,
    transaction,
)
from .errors import ApiError
from .order_record import BASE, PREFIXES
from .tax import ZERO, to_cent


def create_creditmemo(shop, order, wanted=None, *, shipping=True, positive=ZERO, negative=ZERO, invoice=None):
    """Refund invoiced quantities and return the credit memo's id.

    :param wanted: [(order item id, quantity)], or None for all that is invoiced and not refunded
    :param shipping: whether all shipping that is left is refunded as well, or how much, in base currency
    :param positive: adjustment refund in base currency, without tax
    :param negative: adjustment fee in base currency, without tax
    :param invoice: the invoice through whose payment the money goes back; None offline
    :raises ApiError: 400 where nothing is refundable
    """
    if order.data.get("total_paid", ZERO) <= order.data.get("total_refunded", ZERO):
        raise ApiError(
            400, "Creditmemo Document Validation Error(s):\nThe order does not allow a creditmemo to be created."
        )
    chosen = _refunded(order, wanted, bool(positive or shipping))
    now = shop.clock.text()
    memo_id = shop.next_id("creditmemo")
    lines = [_memo_item(shop, memo_id, item, quantity, now) for item, quantity in chosen]
    header = _document_header(shop, order, "creditmemo", memo_id, now)
    rate = order.data["base_to_order_rate"]
    share = _shipping_share(order.data, shipping, with_tax=shop.settings.shipping_with_tax)
    for prefix in PREFIXES:
        plus = positive if prefix == BASE else to_cent(positive * rate)
        minus = negative if prefix == BASE else to_cent(negative * rate)
        header |= _memo_sums(order, lines, prefix, share, plus, minus)
    header["state"] = REFUNDED
    if "discount_description" in order.data:
        header["discount_description"] = order.data["discount_description"]
    left = order.data["base_shipping_amount"] - order.data.get("base_shipping_refunded", ZERO)
    if not chosen and not left:
        raise ApiError(400, "Creditmemo Document Validation Error(s):\nYou can't create a creditmemo without products.")
    if header["base_grand_total"] <= 0:
        raise ApiError(400, "Creditmemo Document Validation Error(s):\nThe credit memo's total must be positive.")
    if invoice:
        taken = next(row for row in shop.transactions if row["txn_id"] == invoice["transaction_id"])
        back = transaction(shop, order, "refund", taken)
        header |= {"invoice_id": invoice["entity_id"], "transaction_id": back["txn_id"]}
    _count_refund(order, header)
    shop.creditmemos.append(header | {"items": lines, "comments": []})
    note = f"We refunded €{float(header['grand_total']):,.2f} {'online' if invoice else 'offline'}."
    order.histories.insert(0, history_entry(shop, order, note, "creditmemo", now))
    touch(order, now)
    settle_state(order)
    return memo_id


def _refunded(order, wanted, more):
    """What is refunded; lines that are named at nothing leave the others out, and then something else must be."""
    if wanted and more and not any(quantity for _item, quantity in wanted):
        return []
    return _chosen(order, wanted, lambda item: item.data["qty_invoiced"] - item.data["qty_refunded"], "creditmemo")


def history_entry(shop, order, comment, entity, now, *, notified=0, visible=0, status=None):
    """Return a new entry of an order's status history."""
    return {
        "comment": comment,
        "created_at": now,
        "entity_id": shop.next_id("history"),
        "entity_name": entity,
        "is_customer_notified": notified,
        "is_visible_on_front": visible,
        "parent_id": order.id,
        "status": status or order.data["status"],
    }


def _memo_item(shop, memo_id, item, quantity, now):
    data = item.data
    line = {
        "base_cost": None,
        "entity_id": shop.next_id("creditmemo_item"),
        "name": data["name"],
        "order_item_id": item.id,
        "parent_id": memo_id,
        "product_id": data["product_id"],
        "qty": quantity,
        "sku": data["sku"],
        "weee_tax_applied": data.get("weee_tax_applied", "[]"),
        "weee_tax_applied_row_amount": ZERO,
        "weee_tax_row_disposition": ZERO,
        "base_weee_tax_row_disposition": ZERO,
    }
    done = data["qty_refunded"]
    for prefix in PREFIXES:
        line[f"{prefix}price"] = data[f"{prefix}price"]
        if item.dummy:
            continue
        part = item_portion(item, prefix, quantity, done)
        line |= part
        data[f"{prefix}amount_refunded"] += part[f"{prefix}row_total"]
        for name in ("discount", "tax", "discount_tax_compensation"):
            key = f"{prefix}{name}_refunded"
            data[key] = data.get(key, ZERO) + part[f"{prefix}{name}_amount"]
    data["qty_refunded"] += quantity
    data["updated_at"] = now
    return line


def _shipping_share(data, wanted, *, with_tax):
    """How much of an order's shipping goes back: all that is left, nothing, or a sum in base currency."""
    whole, done = data["base_shipping_amount"], data.get("base_shipping_refunded", ZERO)
    if with_tax:
        whole, done = data["base_shipping_incl_tax"], done + data.get("base_shipping_tax_refunded", ZERO)
    if wanted is True or wanted is False or not whole:
        return 1 if wanted is True and not done else ZERO
    if wanted > whole - done:
        raise ApiError(400, "Maximum shipping amount allowed to refund is: %1", [str(whole - done)])
    return wanted / whole


def _memo_sums(order, lines, prefix, share, plus, minus):
    data = order.data

    def over_lines(name):
        return sum((line.get(f"{prefix}{name}", ZERO) for line in lines), ZERO)

    def shipping(name):
        return to_cent(data[f"{prefix}{name}"] * share)

    compensation = to_cent(data[compensation_name(prefix)] * share)
    discount = over_lines("discount_amount") + shipping("shipping_discount_amount")
    weee = weee_part(order, lines, prefix)
    tax = over_lines("tax_amount") + shipping("shipping_tax_amount") + weee[1]
    subtotal = over_lines("row_total")
    line_compensation = over_lines("discount_tax_compensation_amount")
    total = subtotal + weee[0] + shipping("shipping_amount") - discount + line_compensation + compensation + tax
    sums = {
        f"{prefix}adjustment": plus - minus,
        f"{prefix}adjustment_negative": minus,
        f"{prefix}adjustment_positive": plus,
        f"{prefix}discount_amount": -discount,
        f"{prefix}grand_total": total + plus - minus,
        f"{prefix}discount_tax_compensation_amount": line_compensation,
        f"{prefix}shipping_amount": shipping("shipping_amount"),
        f"{prefix}shipping_incl_tax": shipping("shipping_incl_tax"),
        f"{prefix}shipping_tax_amount": shipping("shipping_tax_amount"),
        f"{prefix}subtotal": subtotal,
        f"{prefix}subtotal_incl_tax": over_lines("row_total_incl_tax") + sum(weee),
        f"{prefix}tax_amount": tax,
    }
    if compensation:
        sums[compensation_name(prefix)] = compensation
    return sums


def _count_refund(order, memo):
    data, payment = order.data, order.payment
    for prefix in PREFIXES:
        counted = {
            "adjustment_negative": memo[f"{prefix}adjustment_negative"],
            "adjustment_positive": memo[f"{prefix}adjustment_positive"],
            "discount_refunded": memo[f"{prefix}discount_amount"],
            "discount_tax_compensation_refunded": memo[f"{prefix}discount_tax_compensation_amount"],
            "shipping_refunded": memo[f"{prefix}shipping_amount"],
            "shipping_tax_refunded": memo[f"{prefix}shipping_tax_amount"],
            "subtotal_refunded": memo[f"{prefix}subtotal"],
            "tax_refunded": memo[f"{prefix}tax_amount"],
            "total_offline_refunded": memo[f"{prefix}grand_total"],
            "total_refunded": memo[f"{prefix}grand_total"],
        }
        for name, amount in counted.items():
            data[f"{prefix}{name}"] = data.get(f"{prefix}{name}", ZERO) + amount
        payment[f"{prefix}amount_refunded"] = data[f"{prefix}total_refunded"]
        payment[f"{prefix}shipping_refunded"] = data[f"{prefix}shipping_refunded"]
    data["customer_note_notify"] = 0
