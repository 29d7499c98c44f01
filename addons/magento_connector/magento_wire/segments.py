"""Amounts of an order that are neither lines nor shipping: gift cards, store credit, points, wrapping, fees.

Each is a row of a table, so that a shop with a module of its own (a payment fee, say) adds a row and no code.
"""

from __future__ import annotations

from dataclasses import dataclass

from .amounts import ZERO, amount, text
from .figures import Figure
from .intents import FEE, GIFT_CARD, GIFT_WRAPPING, REWARD_POINTS, STORE_CREDIT


@dataclass(frozen=True, slots=True)
class Segment:
    """Where the shop keeps one kind of amount.

    :ivar kind: of the line it becomes
    :ivar field: name of the amount, in the order or its ``extension_attributes``
    :ivar sign: -1 for what the shop states as a positive amount and takes off the total
    :ivar tax_field: name of its tax, where it has one; ``tax_kind`` is the word of the shop's tax records
    """

    kind: str
    name: str
    field: str
    base_field: str
    sign: int = 1
    tax_field: str = ""
    base_tax_field: str = ""
    tax_kind: str = ""


SEGMENTS = (
    Segment(GIFT_CARD, "Gift card", "gift_cards_amount", "base_gift_cards_amount", -1),
    Segment(STORE_CREDIT, "Store credit", "customer_balance_amount", "base_customer_balance_amount", -1),
    Segment(REWARD_POINTS, "Reward points", "reward_currency_amount", "base_reward_currency_amount", -1),
    Segment(
        GIFT_WRAPPING, "Gift wrapping of the order", "gw_price", "gw_base_price",
        1, "gw_tax_amount", "gw_base_tax_amount", "quote_gw",
    ),
    Segment(
        GIFT_WRAPPING, "Gift wrapping of items", "gw_items_price", "gw_items_base_price",
        1, "gw_items_tax_amount", "gw_items_base_tax_amount", "item_gw",
    ),
    Segment(
        GIFT_WRAPPING, "Printed card", "gw_card_price", "gw_card_base_price",
        1, "gw_card_tax_amount", "gw_card_base_tax_amount", "printed_card_gw",
    ),
)  # fmt: skip


def stated(order, field):
    """Return a field of an order from its header or its extension attributes, None where it is in neither."""
    if not field:
        return None
    value = order.get(field)
    return value if value is not None else (order.get("extension_attributes") or {}).get(field)


def segment_figures(order, tax_records, extra=()):
    """Return the order's further amounts as figures; those of zero are left out.

    :param dict order: payload
    :param TaxRecords tax_records: of the same order
    :param extra: further :class:`Segment` rows of this shop
    """
    figures = []
    for segment in (*SEGMENTS, *extra):
        net = segment.sign * amount(stated(order, segment.field), segment.field)
        tax = segment.sign * amount(stated(order, segment.tax_field), segment.tax_field)
        if not net and not tax:
            continue
        base_net = segment.sign * amount(stated(order, segment.base_field), segment.base_field)
        base_tax = segment.sign * amount(stated(order, segment.base_tax_field), segment.base_tax_field)
        taxes = tax_records.taxes(segment.tax_kind, None, tax) if tax else ()
        figures.append(Figure(segment.kind, segment.field, segment.name, net, taxes, base_net, base_tax))
    return figures + list(_custom_fees(order))


def _custom_fees(order):
    for fee in (order.get("extension_attributes") or {}).get("custom_fees") or []:
        net = amount(fee.get("custom_fee_amount"), "custom_fee_amount")
        if net:
            code = text(fee.get("custom_fee_code")) or text(fee.get("id"))
            base_net = amount(fee.get("base_custom_fee_amount"), "base_custom_fee_amount")
            yield Figure(FEE, f"fee:{code}", text(fee.get("custom_fee_label")) or code, net, (), base_net)


def fields_that_explain(order, difference):
    """Return the order's fields that hold exactly a missing amount: what an unknown module may have added.

    :param Decimal difference: total of the shop less the sum of the parts
    """
    known = {segment.field for segment in SEGMENTS}
    found = []
    extension = order.get("extension_attributes") or {}
    for place, fields in (("", order), ("extension_attributes.", extension)):
        for name, value in fields.items():
            if isinstance(value, bool) or name in known or name.startswith("base_"):
                continue
            if isinstance(value, (dict, list)) or value in (None, ""):
                continue
            try:
                same = abs(amount(value)) == abs(difference) != ZERO
            except ValueError:
                continue
            if same:
                found.append(place + name)
    return found
