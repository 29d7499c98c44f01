"""The money of a Magento 2 order, from REST fields alone.

The rules, each found on orders of running shops:

- ``row_total`` is never read as net: over REST it is after discount, in later releases without the quantity.
  Net of a line = ``row_total_incl_tax - tax_amount``, its gross being after discount.
- A dynamic bundle's children carry the money, otherwise the top line alone does.
- Shipping net = amount - its discount + its discount's tax compensation.
- A fixed product tax with its own tax is inside a line's gross, and no part of ``tax_amount``.
- A line worth less than zero is shown as 0: what is missing is told by the order's total.

Releases before 2.4.4 hand out the columns as stored, before discount: a second reading, taken only where the
first does not sum to the shop's total and the rows are seen to be before discount.
"""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

from .amounts import STORED, ZERO, amount, text, whole_number
from .figures import Figure, Reading, closing_tolerance, require_closing
from .intents import FIXED_PRODUCT_TAX, PRODUCT, SHIPPING
from .line_taxes import TaxRecords
from .refusals import OrderRefused, RecordRefused
from .segments import fields_that_explain, segment_figures

HALF_CENT = Decimal("0.005")


def read_order(order, decimals, extra_segments=()):
    """Return the amounts of an order, checked against the shop's total and tax.

    :param dict order: payload of ``/V1/orders``
    :param int decimals: decimals of the order's currency
    :param extra_segments: :class:`~.segments.Segment` rows for amounts of this shop's own modules
    :rtype: Reading
    :raises OrderRefused: where the parts do not sum to the shop's total or tax, both figures named
    """
    number, currency = text(order.get("increment_id")), text(order.get("order_currency_code"))
    reading = _read(order, _rest_net, extra_segments)
    try:
        reading = _with_negative_lines(order, reading, decimals)
        hint = _hint(order, reading.total - reading.parts_total)
        require_closing(reading, number, currency, decimals, hint)
    except OrderRefused as refusal:
        if not _is_stored(order):
            raise
        reading = _read(order, _stored_net, extra_segments)
        try:
            require_closing(reading, number, currency, decimals)
        except OrderRefused:
            raise refusal from None
        reading = replace(reading, remark="The shop hands out its amounts before discount (before 2.4.4).")
    return reading


def money_items(order):
    """Return the items that carry money with the children below them that do not.

    :returns: list of ``(item, (child, …))`` in the shop's order
    :raises OrderRefused: ``parent_missing``
    """
    items = [item for item in order.get("items") or [] if isinstance(item, dict)]
    by_id = {whole_number(item.get("item_id")): item for item in items}
    children = {}
    for item in items:
        parent = parent_id(item)
        if parent is None:
            continue
        if parent not in by_id:
            number = text(order.get("increment_id"))
            raise OrderRefused("parent_missing", number=number, line=item.get("item_id"), parent=parent)
        children.setdefault(parent, []).append(item)
    carrying = []
    for item in items:
        if parent_id(item) is not None:
            continue
        below = children.get(whole_number(item.get("item_id")), [])
        if _children_carry(item, below):
            carrying += [(child, ()) for child in below]
        else:
            carrying.append((item, tuple(below)))
    return carrying


def parent_id(item):
    """Return the item id of an item's parent, None for a top line."""
    parent = item.get("parent_item_id")
    return whole_number(parent if parent is not None else (item.get("parent_item") or {}).get("item_id"))


def _children_carry(item, children):
    if item.get("product_type") != "bundle" or item.get("tax_percent") is not None or not children:
        return False
    own = amount(item.get("row_total_incl_tax"), "row_total_incl_tax")
    return not own or any(amount(child.get("row_total_incl_tax")) for child in children)


def _read(order, net_of, extra_segments):
    records = TaxRecords(order)
    figures, weee_tax = [], ZERO
    for item, children in money_items(order):
        fixed = _fixed_product_tax(item, records)
        figures.append(_item_figure(item, children, fixed, records, net_of))
        if fixed is not None:
            figures.append(fixed)
            weee_tax += fixed.tax
    shipping = _shipping(order, records)
    if shipping is not None:
        figures.append(shipping)
    segments = segment_figures(order, records, extra_segments)
    wrapping_tax = sum((figure.tax for figure in segments), ZERO)
    if order.get("grand_total") is None:
        raise RecordRefused(
            "missing_field", entity="order", number=text(order.get("increment_id")), field="grand_total"
        )
    return Reading(
        figures=(*figures, *segments),
        total=amount(order.get("grand_total"), "grand_total"),
        tax=amount(order.get("tax_amount"), "tax_amount"),
        base_total=amount(order.get("base_grand_total"), "base_grand_total"),
        base_tax=amount(order.get("base_tax_amount"), "base_tax_amount"),
        optional_tax=tuple(tax for tax in (weee_tax, wrapping_tax) if tax),
    )


def _item_figure(item, children, fixed, records, net_of):
    item_id = whole_number(item.get("item_id"))
    tax = amount(item.get("tax_amount"), "tax_amount")
    percent = amount(item.get("tax_percent"), "tax_percent") or None
    return Figure(
        kind=PRODUCT,
        external_id=str(item_id),
        name=text(item.get("name")),
        net=net_of(item, "", tax, fixed),
        taxes=records.taxes("product", item_id, tax, percent),
        base_net=net_of(item, "base_", amount(item.get("base_tax_amount")), fixed),
        base_tax=amount(item.get("base_tax_amount")),
        item=item,
        children=children,
    )


def _rest_net(item, prefix, tax, fixed):
    gross = amount(item.get(prefix + "row_total_incl_tax"), "row_total_incl_tax")
    if fixed is None:
        return gross - tax
    if not prefix:
        return gross - tax - fixed.gross
    # The base gross carries the fixed product tax once per unit instead of once per row.
    per_unit = (amount(row.get("base_amount_incl_tax", row.get("base_amount"))) for row in _weee_rows(item))
    return gross - tax - sum(per_unit, ZERO)


def _stored_net(item, prefix, tax, fixed):
    return (
        amount(item.get(prefix + "row_total"))
        - amount(item.get(prefix + "discount_amount"))
        + amount(item.get(prefix + "discount_tax_compensation_amount"))
    )


def _is_stored(order):
    """Whether each discounted row is unit price times quantity, before discount, rather than after it."""
    discounted = [item for item, _children in money_items(order) if amount(item.get("discount_amount"))]
    return bool(discounted) and all(
        abs(difference) + _unit_price_noise(item) < abs(difference + amount(item.get("discount_amount")))
        for item in discounted
        for difference in [amount(item.get("row_total")) - _before_discount(item)]
    )


def _weee_rows(item):
    """The fixed product taxes of an item; the shop writes them as JSON text."""
    stated = item.get("weee_tax_applied")
    if isinstance(stated, str):
        try:
            stated = json.loads(stated, parse_float=Decimal)
        except ValueError:
            stated = None
    return [row for row in stated or [] if isinstance(row, dict)] if isinstance(stated, list) else []


def _fixed_product_tax(item, records):
    rows = _weee_rows(item)
    net = amount(item.get("weee_tax_applied_row_amount"))
    base_net = amount(item.get("base_weee_tax_applied_row_amnt"))
    if not net and not base_net:
        return None
    item_id = whole_number(item.get("item_id"))
    stated = [row.get("row_amount_incl_tax") for row in rows]
    if rows and None not in stated:
        tax = sum((amount(value) for value in stated), ZERO) - net
        base_stated = (amount(row.get("base_row_amount_incl_tax")) for row in rows)
        base_tax = sum(base_stated, ZERO) - base_net
    else:
        tax = base_tax = sum((tax.amount for tax in records.recorded("weee", item_id)), ZERO)
    return Figure(
        kind=FIXED_PRODUCT_TAX,
        external_id=f"{item_id}:fixed_product_tax",
        name=", ".join(text(row.get("title")) for row in rows if row.get("title")) or "Fixed product tax",
        net=net,
        taxes=records.taxes("weee", item_id, tax, amount(item.get("tax_percent")) or None),
        base_net=base_net,
        base_tax=base_tax,
        item=item,
    )


def _shipping(order, records):
    tax = amount(order.get("shipping_tax_amount"), "shipping_tax_amount")
    net = (
        amount(order.get("shipping_amount"), "shipping_amount")
        - amount(order.get("shipping_discount_amount"))
        + amount(order.get("shipping_discount_tax_compensation_amount"))
    )
    base_net = (
        amount(order.get("base_shipping_amount"))
        - amount(order.get("base_shipping_discount_amount"))
        + amount(order.get("base_shipping_discount_tax_compensation_amnt"))
    )
    if not net and not tax:
        return None
    return Figure(
        kind=SHIPPING,
        external_id="shipping",
        name=text(order.get("shipping_description")) or "Shipping",
        net=net,
        taxes=records.taxes("shipping", None, tax),
        base_net=base_net,
        base_tax=amount(order.get("base_shipping_tax_amount")),
    )


def _with_negative_lines(order, reading, decimals):
    """Put back what lines worth less than zero, shown as 0, are short of. Others pass unchanged."""
    missing = reading.total - reading.parts_total
    if missing > -closing_tolerance(decimals):
        return reading
    worth = _hidden_worth(reading.figures, "")
    shares = _shared_out(missing, worth, reading.figures)
    if shares is None and len(worth) > 1:
        raise OrderRefused(
            "negative_lines_unclear",
            number=text(order.get("increment_id")),
            count=len(worth),
            shop=missing,
            computed=sum(worth.values(), ZERO),
            currency=text(order.get("order_currency_code")),
        )
    if not shares:
        return reading
    base_missing = reading.base_total - reading.base_parts_total
    base = _shared_out(base_missing, _hidden_worth(reading.figures, "base_"), reading.figures) or {}
    figures = [
        replace(figure, net=figure.net + shares.get(index, ZERO), base_net=figure.base_net + base.get(index, ZERO))
        for index, figure in enumerate(reading.figures)
    ]
    return replace(reading, figures=tuple(figures))


def _hidden_worth(figures, prefix):
    """Index -> what a line below zero, shown as 0, is worth by unit price, discount and tax."""
    worth = {}
    for index, figure in enumerate(figures):
        item = figure.item
        if figure.kind == PRODUCT and not amount(item.get(f"{prefix}row_total_incl_tax")):
            discounted = _before_discount(item, prefix) - amount(item.get(f"{prefix}discount_amount"))
            compensation = amount(item.get(f"{prefix}discount_tax_compensation_amount"))
            gross = discounted + compensation + amount(item.get(f"{prefix}tax_amount"))
            if gross < -_unit_price_noise(item):
                worth[index] = gross
    return worth


def _shared_out(missing, worth, figures):
    """Index -> share of what is missing; None where the lines do not explain it, but for rounding."""
    rest = missing - sum(worth.values(), ZERO)
    if abs(rest) > sum((_unit_price_noise(figures[index].item) for index in worth), ZERO):
        return None
    if not worth:
        return {}
    largest = min(worth, key=lambda index: (worth[index], index))
    return {index: gross + rest if index == largest else gross for index, gross in worth.items()}


def _before_discount(item, prefix=""):
    return amount(item.get(f"{prefix}price")) * amount(item.get("qty_ordered"))


def _unit_price_noise(item):
    """How far unit price times quantity may be from the row, which is all that tells it where the row is not shown.

    Without tax in prices only the row's rounding; with it, the unit price is itself rounded, half a cent for each.
    """
    quantity = abs(amount(item.get("qty_ordered")))
    if not amount(item.get("discount_tax_compensation_amount")):
        return HALF_CENT + STORED / 2 * quantity
    return HALF_CENT * (quantity + 2)


def _hint(order, difference):
    fields = fields_that_explain(order, difference) if difference else []
    if not fields:
        return "Look in the shop for an amount of this order that is none of these."
    named = ", ".join(fields)
    return f"The shop's field {named} holds exactly that amount: tell the connector what it is."
