"""From an order of Magento 1 or OpenMage (SOAP ``sales_order.info``) to what it means for the books.

Its amounts read otherwise than Magento 2's: every top line carries its money, children none; ``row_total`` is before
discount; and the tax that a discount on tax-included prices leaves out is called hidden tax. Net of a line =
``row_total - discount_amount + hidden_tax_amount``. Rates have no codes there, only percentages.
"""

from __future__ import annotations

from .amounts import ZERO, amount, currency_decimals, text, whole_number
from .figures import Figure, RawTax, Reading, require_closing, settle
from .intents import FIXED_PRODUCT_TAX, PRODUCT, SHIPPING
from .order_mapping import line_intent, order_intent, require_order
from .order_totals import parent_id
from .refusals import OrderRefused
from .shapes import well_shaped

CENT = amount("0.01")


def map_openmage_order(payload, *, decimals=None):
    """Return an order of Magento 1 whose lines sum to what the shop says is owed.

    :param dict payload: answer of ``sales_order.info``
    :param decimals: mapping currency code -> decimals, where the books differ from ISO 4217
    :rtype: OrderIntent
    :raises OrderRefused: where the parts do not sum to the shop's total or tax, both figures named
    :raises RecordRefused: where what identifies or values the order is absent or unreadable
    """
    order = in_magento_2_names(well_shaped(payload, "order"))
    require_order(order)
    currency = text(order["order_currency_code"])
    places = currency_decimals(currency, decimals)
    reading = read_openmage_order(order, places)
    owed, settled = settle(reading.figures, reading.total, places)
    lines = tuple(line_intent(row, order) for row in settled)
    return order_intent(order, reading, owed, lines)


def in_magento_2_names(payload):
    """Return a Magento 1 order under the names of Magento 2, so that all but the money is read in one place."""
    order = {**payload, "entity_id": payload.get("order_id") or payload.get("entity_id")}
    order["status_histories"] = payload.get("status_history") or []
    order["items"] = [
        {**item, "discount_tax_compensation_amount": item.get("hidden_tax_amount")}
        for item in payload.get("items") or []
        if isinstance(item, dict)
    ]
    return order


def read_openmage_order(order, decimals):
    """Return the amounts of an order, checked against the shop's total and tax.

    :param dict order: as :func:`in_magento_2_names` gives it
    :param int decimals: decimals of the order's currency
    :rtype: Reading
    :raises OrderRefused: where the parts do not sum to the shop's total or tax
    """
    number, currency = text(order.get("increment_id")), text(order.get("order_currency_code"))
    reading = _reading(order, with_fixed_taxes=False)
    try:
        require_closing(reading, number, currency, decimals)
    except OrderRefused:
        fuller = _reading(order, with_fixed_taxes=True)
        if len(fuller.figures) == len(reading.figures):
            raise
        require_closing(fuller, number, currency, decimals)
        reading = fuller
    return reading


def openmage_reading(order):
    """Return the amounts of an order as they read best, whether they sum to its total or not.

    :param dict order: as :func:`in_magento_2_names` gives it
    :rtype: Reading
    :raises RecordRefused: where one is no number
    """
    try:
        return read_openmage_order(order, 2)
    except OrderRefused:
        return _reading(order, with_fixed_taxes=False)


def _reading(order, with_fixed_taxes):
    children = {}
    for item in order["items"]:
        children.setdefault(parent_id(item) or None, []).append(item)
    figures = []
    for item in children.get(None, []):
        below = tuple(children.get(whole_number(item.get("item_id")), ()))
        figures.append(_item(item, below))
        weee = amount(item.get("weee_tax_applied_row_amount"))
        if with_fixed_taxes and weee:
            name = f"{item.get('item_id')}:fixed_product_tax"
            base = amount(item.get("base_weee_tax_applied_row_amount"))
            figures.append(Figure(FIXED_PRODUCT_TAX, name, "Fixed product tax", weee, base_net=base, item=item))
    rates = {tax.percent for figure in figures for tax in figure.taxes}
    figures += _shipping(order, rates.pop() if len(rates) == 1 else None)
    return Reading(
        figures=tuple(figures),
        total=amount(order.get("grand_total"), "grand_total"),
        tax=amount(order.get("tax_amount"), "tax_amount"),
        base_total=amount(order.get("base_grand_total"), "base_grand_total"),
        base_tax=amount(order.get("base_tax_amount"), "base_tax_amount"),
    )


def _item(item, children):
    tax = amount(item.get("tax_amount"), "tax_amount")
    percent = amount(item.get("tax_percent"), "tax_percent") or None
    return Figure(
        kind=PRODUCT,
        external_id=text(item.get("item_id")),
        name=text(item.get("name")),
        net=_net(item, ""),
        taxes=(RawTax("", percent, tax, PRODUCT),) if tax else (),
        base_net=_net(item, "base_"),
        base_tax=amount(item.get("base_tax_amount")),
        item=item,
        children=children,
    )


def _net(item, prefix):
    return (
        amount(item.get(f"{prefix}row_total"), "row_total")
        - amount(item.get(f"{prefix}discount_amount"), "discount_amount")
        + amount(item.get(f"{prefix}hidden_tax_amount"), "hidden_tax_amount")
    )


def _shipping(order, percent):
    tax = amount(order.get("shipping_tax_amount"), "shipping_tax_amount")
    net = (
        amount(order.get("shipping_amount"), "shipping_amount")
        - amount(order.get("shipping_discount_amount"))
        + amount(order.get("shipping_hidden_tax_amount"))
    )
    if not net and not tax:
        return []
    base = (
        amount(order.get("base_shipping_amount"))
        - amount(order.get("base_shipping_discount_amount"))
        + amount(order.get("base_shipping_hidden_tax_amnt"))
    )
    fits = percent is not None and abs(net * percent / 100 - tax) <= CENT
    taxes = (RawTax("", percent if fits else None, tax, SHIPPING),) if tax else ()
    name = text(order.get("shipping_description")) or "Shipping"
    base_tax = amount(order.get("base_shipping_tax_amount"), "base_shipping_tax_amount") or ZERO
    return [Figure(SHIPPING, "shipping", name, net, taxes, base, base_tax)]
