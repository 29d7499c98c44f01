"""Which tax, by which rate, an order of Magento 2 carries on each line.

Tax is never recomputed from a rate: rounding per unit, per row or per total, tax before or after discount
and compound rates all give other cents. The amounts are the shop's tax records, of which there are three
generations: ``itemized_taxes`` / ``additional_itemized_taxes`` (from 2.4.7), ``item_applied_taxes``
(before), and for orders edited in the shop's back office only ``applied_taxes`` of the whole order.
"""

from __future__ import annotations

import functools
from decimal import Decimal

from .amounts import amount, exact, split_by_weight, text, whole_number
from .figures import RawTax, with_tax
from .intents import FEE, FIXED_PRODUCT_TAX, GIFT_WRAPPING, PRODUCT, SHIPPING
from .refusals import OrderRefused

SHOP_ROUNDING = Decimal("0.01")

KINDS = {
    "product": PRODUCT,
    "shipping": SHIPPING,
    "weee": FIXED_PRODUCT_TAX,
    "quote_gw": GIFT_WRAPPING,
    "item_gw": GIFT_WRAPPING,
    "printed_card_gw": GIFT_WRAPPING,
}


class TaxRecords:
    """The tax records of one order, found by what they tax."""

    def __init__(self, order):
        self.order = order
        self.number = text(order.get("increment_id"))
        self.currency = text(order.get("order_currency_code"))
        extension = order.get("extension_attributes") or {}
        self.applied = [
            (text(row.get("code")), exact(row.get("percent"), "percent"))
            for row in extension.get("applied_taxes") or extension.get("taxes") or []
        ]
        self.records = {}
        for kind, item_id, tax in list(_itemized(order)) or _item_applied(extension):
            self.records.setdefault((kind, item_id), []).append(tax)

    def taxes(self, kind, item_id, total, percent=None):
        """Return the taxes on one thing, summing to the shop's amount for it.

        :param str kind: the shop's word: product, shipping, weee, quote_gw, …
        :param item_id: of the order line, None for what belongs to the whole order
        :param Decimal total: the tax the shop states for it
        :param percent: the line's total percentage where the shop gives one
        :rtype: tuple of RawTax
        :raises OrderRefused: ``line_tax_differs``
        """
        found = self.recorded(kind, item_id)
        if found:
            refuse = functools.partial(self._refuse, kind, item_id, total)
            return with_tax(found, total, SHOP_ROUNDING, refuse)
        if not total:
            return ()
        return self._by_percent(KINDS.get(kind, FEE), total, percent)

    def recorded(self, kind, item_id):
        """Return the tax records on one thing as they are (list of RawTax)."""
        return self.records.get((kind, item_id), [])

    def _refuse(self, kind, item_id, total, found):
        raise OrderRefused(
            "line_tax_differs",
            number=self.number,
            line=item_id or kind,
            shop=total,
            computed=found,
            currency=self.currency,
        )

    def _by_percent(self, kind, total, percent):
        """Where no record names the rate: the order's rate of that percentage, else all its rates
        together.
        """
        rates = [(code, rate) for code, rate in self.applied if rate]
        named = [(code, rate) for code, rate in rates if percent and rate == percent]
        if len(named) == 1 or len(rates) == 1:
            code, rate = (named or rates)[0]
            return (RawTax(code, rate, total, kind),)
        if percent and sum(rate for _code, rate in rates) == percent:
            shares = split_by_weight(total, [rate for _code, rate in rates], 4)
            return tuple(RawTax(code, rate, share, kind) for (code, rate), share in zip(rates, shares, strict=True))
        return (RawTax("", percent or None, total, kind),)


def _itemized(order):
    """Yield (kind, item id, RawTax) of the records from 2.4.7 on; each record once, wherever it is
    repeated.
    """
    seen = set()
    extension = order.get("extension_attributes") or {}
    rows = [(None, row) for row in extension.get("additional_itemized_taxes") or []]
    for item in order.get("items") or []:
        item_id = whole_number(item.get("item_id"))
        extension = item.get("extension_attributes") or {}
        rows += [(item_id, row) for row in extension.get("itemized_taxes") or []]
    for owner, row in rows:
        key = text(row.get("tax_item_id"))
        if key and key in seen:
            continue
        seen.add(key)
        kind = text(row.get("taxable_item_type")) or PRODUCT
        item_id = whole_number(row.get("item_id")) or whole_number(row.get("associated_item_id")) or owner
        real = row.get("real_amount")
        value = amount(row.get("amount") if real is None else real, "tax amount")
        percent = exact(row.get("tax_percent"), "tax_percent")
        yield kind, item_id, RawTax(text(row.get("tax_code")), percent, value, KINDS.get(kind, FEE))


def _item_applied(extension):
    """Yield (kind, item id, RawTax) of the records before 2.4.7."""
    for entry in extension.get("item_applied_taxes") or []:
        kind = text(entry.get("type")) or PRODUCT
        item_id = whole_number(entry.get("item_id")) or whole_number(entry.get("associated_item_id"))
        for row in entry.get("applied_taxes") or []:
            value = amount(row.get("amount"), "tax amount")
            for code, percent, share in _rates_of(row, value):
                yield kind, item_id, RawTax(code, percent, share, KINDS.get(kind, FEE))


def _rates_of(row, value):
    """A row may stand for several rates that were combined into one."""
    code, percent = text(row.get("code")), exact(row.get("percent"), "percent")
    rates = (row.get("extension_attributes") or {}).get("rates") or []
    rates = [(text(rate.get("code")), exact(rate.get("percent"), "percent")) for rate in rates]
    if len(rates) < 2 or code in [rate_code for rate_code, _percent in rates]:
        return [(code, percent, value)]
    shares = split_by_weight(value, [rate for _code, rate in rates], 4)
    return [(rate_code, rate, share) for (rate_code, rate), share in zip(rates, shares, strict=True)]
