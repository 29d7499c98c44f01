"""From a Magento 2 order to what it means for the books.

The money comes checked from :mod:`order_totals`; here it is rounded to the order's currency and joined with
who ordered, what, where to, and under which number. Orders are known by ``entity_id``: the number changes
when an order is edited, and a reorder may look like an edit.
"""

from __future__ import annotations

from .amounts import ZERO, amount, currency_decimals, exact, naive_utc, text, whole_number
from .figures import settle
from .intents import (
    PRODUCT,
    CommentIntent,
    ComponentIntent,
    LineIntent,
    OrderIntent,
    RemarkIntent,
    TaxIntent,
    TaxTotalIntent,
)
from .order_totals import parent_id, read_order
from .partner_mapping import map_address, map_buyer
from .refusals import RecordRefused
from .shapes import well_shaped

DATES = ("created_at", "updated_at")


def map_order(payload, *, decimals=None, extra_segments=()):
    """Return an order whose lines sum to what the shop says is owed.

    :param dict payload: a row of ``/V1/orders``
    :param decimals: mapping currency code -> decimals, where the books differ from ISO 4217
    :param extra_segments: :class:`~.segments.Segment` rows for amounts of this shop's own modules
    :rtype: OrderIntent
    :raises OrderRefused: where the parts do not sum to the shop's total or tax, both figures named
    :raises RecordRefused: where what identifies or values the order is absent or unreadable
    """
    payload = well_shaped(payload, "order")
    require_order(payload)
    currency = text(payload["order_currency_code"])
    places = currency_decimals(currency, decimals)
    reading = read_order(payload, places, extra_segments)
    owed, settled = settle(reading.figures, reading.total, places)
    lines = tuple(line_intent(row, payload) for row in settled)
    return order_intent(payload, reading, owed, lines)


def require_order(payload):
    """Refuse what cannot be an order: no id, no number, no currency, no lines, a total below zero."""
    number = text(payload.get("increment_id")) or text(payload.get("entity_id")) or "?"
    for field in ("entity_id", "increment_id", "order_currency_code", "items"):
        if not payload.get(field):
            raise RecordRefused("missing_field", entity="order", number=number, field=field)
    if whole_number(payload["entity_id"]) is None:
        raise RecordRefused("missing_field", entity="order", number=number, field="readable entity_id")
    if not any(naive_utc(payload.get(field), field) for field in DATES):
        raise RecordRefused("missing_field", entity="order", number=number, field="date")
    total = amount(payload.get("grand_total"), "grand_total")
    if total < 0:
        raise RecordRefused("negative_total", number=number, shop=total, currency=payload["order_currency_code"])


def order_intent(payload, reading, owed, lines):
    """Return the order of a payload with its settled lines.

    :param dict payload: the order in Magento 2's field names
    :param Reading reading: its checked figures
    :param Decimal owed: the total, rounded to the currency
    :param lines: tuple of LineIntent
    :rtype: OrderIntent
    """
    return OrderIntent(
        **_identity(payload),
        **_parties(payload),
        **_payment(payload),
        **_sums(payload, reading, owed, lines),
        lines=lines,
        prices_include_tax=_prices_include_tax(payload),
        comments=tuple(_comments(payload.get("status_histories"))),
        remarks=tuple(_remarks(payload, reading)),
    )


def _identity(payload):
    return {
        "external_id": whole_number(payload.get("entity_id")),
        "number": text(payload.get("increment_id")),
        "store_id": whole_number(payload.get("store_id")),
        "state": text(payload.get("state")),
        "status": text(payload.get("status")),
        "placed_at": naive_utc(payload.get("created_at"), "created_at")
        or naive_utc(payload.get("updated_at"), "updated_at"),
        "updated_at": naive_utc(payload.get("updated_at"), "updated_at"),
        "replaces": text(payload.get("relation_parent_real_id")),
        "replaces_id": whole_number(payload.get("relation_parent_id")),
        "replaced_by": text(payload.get("relation_child_real_id")),
        "quote_id": whole_number(payload.get("quote_id")),
        "is_virtual": payload.get("is_virtual") in (True, 1, "1"),
    }


def _parties(payload):
    email = text(payload.get("customer_email"))
    billing = map_address(payload.get("billing_address"), email)
    shipping, method = _delivery(payload, payload.get("extension_attributes") or {}, email)
    return {
        "buyer": map_buyer(payload, billing),
        "billing": billing,
        "shipping": shipping,
        "shipping_method": method,
        "shipping_description": text(payload.get("shipping_description")),
    }


def _payment(payload):
    payment = payload.get("payment") or {}
    extension = payload.get("extension_attributes") or {}
    titles = {text(row.get("key")): row.get("value") for row in extension.get("payment_additional_info") or []}
    return {
        "po_number": text(payment.get("po_number")),
        "payment_method": text(payment.get("method")),
        "payment_title": text(titles.get("method_title")) or _first(payment.get("additional_information")),
        "payment_reference": text(payment.get("last_trans_id")),
        "coupon_code": text(payload.get("coupon_code")),
        "paid": amount(payload.get("total_paid"), "total_paid"),
        "refunded": amount(payload.get("total_refunded"), "total_refunded"),
        "due": amount(payload.get("total_due"), "total_due"),
        "canceled": amount(payload.get("total_canceled"), "total_canceled"),
        "canceled_tax": amount(payload.get("tax_canceled"), "tax_canceled"),
        "canceled_shipping": amount(payload.get("shipping_canceled"), "shipping_canceled"),
    }


def _sums(payload, reading, owed, lines):
    tax = sum((line.tax for line in lines), ZERO)
    return {
        "currency": text(payload.get("order_currency_code")),
        "base_currency": text(payload.get("base_currency_code")),
        "rate": exact(payload.get("base_to_order_rate"), "base_to_order_rate") or ZERO + 1,
        "total": owed,
        "untaxed": owed - tax,
        "tax": tax,
        "taxes": tax_totals(lines),
        "shop_total": reading.total,
        "shop_tax": reading.parts_tax,
        "base_total": reading.base_total,
        "base_tax": reading.base_tax,
    }


def line_intent(settled, order):
    """Return a line of its settled figure.

    :param SettledFigure settled: amounts rounded to the currency, beside the exact ones
    :param dict order: payload, for the names of parents
    :rtype: LineIntent
    """
    figure = settled.figure
    taxes = tuple(
        TaxIntent(tax.code, tax.percent, share, tax.amount, tax.kind)
        for tax, share in zip(figure.taxes, settled.taxes, strict=True)
    )
    money = {
        "kind": figure.kind,
        "external_id": figure.external_id,
        "net": settled.net,
        "shop_net": figure.net,
        "taxes": taxes,
        "name": figure.name,
        "shop_base_net": figure.base_net,
        "shop_base_tax": figure.base_tax,
    }
    if figure.kind != PRODUCT:
        unit = {} if figure.item is None else {"quantity": _quantity(figure.item, "qty_ordered")}
        return LineIntent(**money, **unit)
    return LineIntent(**{**money, **_goods(figure, order)})


def _goods(figure, order):
    item = figure.item
    child = figure.children[0] if item.get("product_type") == "configurable" and figure.children else None
    goods = child or item
    is_bundle = item.get("product_type") == "bundle"
    parent = parent_id(item)
    _require_sale(item, goods, order)
    return {
        "sku": text(goods.get("sku")),
        "name": text(goods.get("name")) or figure.name,
        "product_type": text(item.get("product_type")) or "simple",
        "product_id": whole_number(goods.get("product_id")),
        "quantity": _quantity(item, "qty_ordered"),
        "unit_price": amount(item.get("price"), "price"),
        "discount": _net_discount(item),
        "quantity_shipped": _quantity(item, "qty_shipped"),
        "quantity_invoiced": _quantity(item, "qty_invoiced"),
        "quantity_refunded": _quantity(item, "qty_refunded"),
        "quantity_canceled": _quantity(item, "qty_canceled"),
        "is_virtual": item.get("is_virtual") in (True, 1, "1"),
        "options": tuple(_options(item)),
        "parent": "" if parent is None else str(parent),
        "parent_name": _parent_name(item, order),
        "parent_quantity": _quantity(_parent_row(item, order), "qty_ordered"),
        "parent_product_id": whole_number(_parent_row(item, order).get("product_id")),
        "components": tuple(_component(part) for part in figure.children if _quantity(part, "qty_ordered"))
        if is_bundle
        else (),
    }


def _require_sale(item, goods, order):
    """A line that sells nothing, or nobody knows what, is no line: guessing a quantity would be."""
    facts = {"number": text(order.get("increment_id")), "line": text(goods.get("sku")) or text(item.get("item_id"))}
    quantity = _quantity(item, "qty_ordered")
    if quantity <= 0:
        raise RecordRefused("no_sale", value=quantity, **facts)
    if not text(goods.get("sku")) and not whole_number(goods.get("product_id")):
        raise RecordRefused("nameless_line", **facts)


def _quantity(item, field):
    return amount(item.get(field), field)


def _component(item):
    return ComponentIntent(
        external_id=whole_number(item.get("item_id")),
        sku=text(item.get("sku")),
        name=text(item.get("name")),
        quantity=_quantity(item, "qty_ordered"),
        product_id=whole_number(item.get("product_id")),
    )


def _parent_name(item, order):
    parent = parent_id(item)
    if parent is None:
        return ""
    named = item.get("parent_item") or {}
    if named.get("name"):
        return text(named["name"])
    return text(_parent_row(item, order).get("name"))


def _parent_row(item, order):
    parent = parent_id(item)
    rows = (row for row in order.get("items") or [] if whole_number(row.get("item_id")) == parent)
    return next(rows, {}) if parent is not None else {}


def _options(item):
    extension = (item.get("product_option") or {}).get("extension_attributes") or {}
    for group in ("configurable_item_options", "custom_options"):
        for option in extension.get(group) or []:
            yield text(option.get("option_id")), text(option.get("option_value"))
    for option in extension.get("bundle_options") or []:
        selected = ",".join(text(choice) for choice in option.get("option_selections") or [])
        yield text(option.get("option_id")), f"{text(option.get('option_qty'))} x {selected}"


def tax_totals(lines):
    """Return the tax of each rate over all lines, in the order the rates appear."""
    totals = {}
    for line in lines:
        for tax in line.taxes:
            key = (tax.code, tax.percent)
            rounded, exact_sum = totals.get(key, (ZERO, ZERO))
            totals[key] = (rounded + tax.amount, exact_sum + tax.shop_amount)
    return tuple(TaxTotalIntent(code, percent, *sums) for (code, percent), sums in totals.items())


def _delivery(payload, extension, email):
    for assignment in extension.get("shipping_assignments") or []:
        shipping = assignment.get("shipping") or {}
        address = map_address(shipping.get("address"), email)
        if address is not None:
            return address, text(shipping.get("method"))
    return map_address(payload.get("shipping_address"), email), text(payload.get("shipping_method"))


def _first(values):
    if isinstance(values, list):
        return next((text(value) for value in values if isinstance(value, str) and text(value)), "")
    return ""


def _comments(histories):
    for row in histories or []:
        if text(row.get("comment")):
            yield CommentIntent(
                external_id=text(row.get("entity_id")),
                text=text(row.get("comment")),
                created_at=naive_utc(row.get("created_at"), "created_at"),
                status=text(row.get("status")),
                visible=row.get("is_visible_on_front") in (True, 1, "1"),
            )


def _prices_include_tax(payload):
    """Taxed lines tell by which of their unit prices is the catalogue's; they must agree."""
    told = set()
    for item in payload.get("items") or []:
        catalogue, net, gross = (amount(item.get(name)) for name in ("original_price", "price", "price_incl_tax"))
        if net and gross != net and catalogue in (net, gross):
            told.add(catalogue == gross)
    return told.pop() if len(told) == 1 else None


def _remarks(payload, reading):
    if reading.remark:
        yield RemarkIntent("stored_amounts", reading.remark)
    if abs(reading.base_parts_total - reading.base_total) >= amount("0.005"):
        yield RemarkIntent(
            "base_total_differs",
            f"In the shop's base currency the lines sum to {reading.base_parts_total}, its total is "
            f"{reading.base_total}. The amounts in the order's currency agree; they are what is owed.",
        )
    for figure in reading.figures:
        if figure.kind == PRODUCT and _price_differs(figure):
            yield RemarkIntent(
                "price_differs",
                f"{text(figure.item.get('sku'))}: unit price times quantity is not the line's amount, as "
                "after an edit in the shop. The line's amount is what is owed.",
            )


def _net_discount(item):
    compensation = amount(item.get("discount_tax_compensation_amount"))
    return amount(item.get("discount_amount")) - compensation


def _price_differs(figure):
    item = figure.item
    quantity = _quantity(item, "qty_ordered")
    difference = amount(item.get("price")) * quantity - figure.net - _net_discount(item)
    return abs(difference) > amount("0.01") * (abs(quantity) + 1)
