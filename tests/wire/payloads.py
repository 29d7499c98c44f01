"""Builders of shop payloads for tests, written from what the shop stores.

A test states what the shop has in its database (row before discount, discount, tax, …); the builder derives what the
REST interface makes of it, as a running shop does: ``row_total`` after discount, gross after discount with the fixed
product tax inside, a line below zero shown as 0. So the mapping is tested against the stored truth, not against itself.
"""

from __future__ import annotations

import json
from decimal import Decimal

D = Decimal
ZERO = D(0)


def number(value):
    """A Decimal as the JSON number the shop writes."""
    value = D(value)
    return int(value) if value == value.to_integral_value() else float(value)


class Line:
    """One order line as stored: ``row`` is net before discount, ``compensation`` the discount's tax compensation."""

    def __init__(
        self,
        sku="SKU",
        qty=1,
        row="10",
        tax="0",
        discount="0",
        compensation="0",
        rates=None,
        kind="simple",
        percent=None,
        weee="0",
        weee_tax="0",
        price=None,
        children=(),
        child_of=None,
        name=None,
        rate_base="1",
    ):
        self.sku, self.qty, self.row, self.tax = sku, D(qty), D(row), D(tax)
        self.discount, self.compensation = D(discount), D(compensation)
        self.kind, self.weee, self.weee_tax = kind, D(weee), D(weee_tax)
        self.rates = rates if rates is not None else ([("VAT 19", "19", tax)] if D(tax) else [])
        self.percent = percent if percent is not None else sum(D(rate[1]) for rate in self.rates)
        self.price = D(price) if price is not None else (self.row / self.qty if self.qty else ZERO)
        self.children, self.name = list(children), name or sku.title()
        self.rate_base = D(rate_base)

    @property
    def net(self):
        return self.row - self.discount + self.compensation

    @property
    def gross(self):
        return self.net + self.tax + self.weee + self.weee_tax

    def base(self, value):
        return (D(value) / self.rate_base).quantize(D("0.0001"))


def item(line, item_id, parent=None, dynamic=False):
    """The REST form of a line."""
    shown_gross = max(line.gross, ZERO)
    fields = {
        "item_id": item_id,
        "order_id": 1,
        "sku": line.sku,
        "name": line.name,
        "product_type": line.kind,
        "product_id": item_id + 100,
        "qty_ordered": number(line.qty),
        "qty_shipped": 0,
        "qty_invoiced": 0,
        "qty_refunded": 0,
        "qty_canceled": 0,
        "price": number(line.price.quantize(D("0.0001"))),
        "row_total": number(max(line.row - line.discount, ZERO)),
        "row_total_incl_tax": number(shown_gross),
        "tax_amount": number(line.tax),
        "discount_amount": number(line.discount),
        "discount_tax_compensation_amount": number(line.compensation),
        "base_row_total_incl_tax": number(max(line.base(line.net) + line.base(line.tax), ZERO)),
        "base_tax_amount": number(line.base(line.tax)),
        "base_price": number(line.base(line.price)),
        "base_discount_amount": number(line.base(line.discount)),
        "base_discount_tax_compensation_amount": number(line.base(line.compensation)),
        "extension_attributes": {"itemized_taxes": _itemized(line, item_id)},
    }
    if not dynamic:
        fields["tax_percent"] = number(line.percent)
    if line.weee:
        fields.update(_weee(line))
    if parent is not None:
        fields["parent_item_id"] = parent
    return fields


def _weee(line):
    row = {
        "title": "Recycling fee",
        "row_amount": number(line.weee),
        "row_amount_incl_tax": number(line.weee + line.weee_tax),
        "base_amount_incl_tax": number(line.base((line.weee + line.weee_tax) / line.qty)),
        "base_row_amount_incl_tax": number(line.base(line.weee + line.weee_tax)),
    }
    per_unit = line.base((line.weee + line.weee_tax) / line.qty)
    return {
        "weee_tax_applied": json.dumps([row]),
        "weee_tax_applied_row_amount": number(line.weee),
        "base_weee_tax_applied_row_amnt": number(line.base(line.weee)),
        "base_row_total_incl_tax": number(line.base(line.net) + line.base(line.tax) + per_unit),
    }


def _itemized(line, item_id):
    rows = [_record(item_id * 10 + i, "product", *rate, item_id=item_id) for i, rate in enumerate(line.rates)]
    if line.weee_tax:
        code, percent = line.rates[0][:2] if line.rates else ("VAT 19", "19")
        rows.append(_record(item_id * 10 + 9, "weee", code, percent, line.weee_tax, associated_item_id=item_id))
    return rows


def _record(record_id, kind, code, percent, real, amount=None, **owner):
    return {
        "tax_item_id": record_id,
        "tax_code": code,
        "tax_percent": number(percent),
        "amount": number(real if amount is None else amount),
        "real_amount": number(real),
        "taxable_item_type": kind,
        **owner,
    }


def order(
    *lines,
    shipping="0",
    shipping_tax="0",
    shipping_discount="0",
    shipping_compensation="0",
    shipping_rates=None,
    currency="EUR",
    extension=None,
    segments_total="0",
    segments_tax="0",
    weee_tax_in_header=True,
    **header,
):
    """The REST form of an order.

    :param lines: Line
    :param segments_total: net of further amounts (given as ``extension``), with their sign
    """
    items, money = [], []
    for line in lines:
        item_id = len(items) + 1
        dynamic = line.kind == "bundle" and any(child.row for child in line.children)
        items.append(item(line, item_id, dynamic=dynamic))
        items += [item(child, item_id + 1 + i, parent=item_id) for i, child in enumerate(line.children)]
        money += line.children if dynamic else [line]
    ship_net = D(shipping) - D(shipping_discount) + D(shipping_compensation)
    weee_tax = sum((line.weee_tax for line in money), ZERO)
    tax = sum((line.tax for line in money), ZERO) + D(shipping_tax) + D(segments_tax)
    total = sum((line.gross for line in money), ZERO) + ship_net + D(shipping_tax)
    total += D(segments_total) + D(segments_tax)
    if shipping_rates is None:
        shipping_rates = [("VAT 19", "19", shipping_tax)] if D(shipping_tax) else []
    records = [_record(900 + i, "shipping", *rate) for i, rate in enumerate(shipping_rates)]
    return {
        "entity_id": 1,
        "increment_id": "100000001",
        "state": "new",
        "status": "pending",
        "store_id": 1,
        "created_at": "2026-03-01 10:00:00",
        "updated_at": "2026-03-01 10:00:00",
        "order_currency_code": currency,
        "base_currency_code": "EUR",
        "base_to_order_rate": 1,
        "customer_email": "buyer@example.com",
        "grand_total": number(total),
        "base_grand_total": number(total),
        "tax_amount": number(tax + (weee_tax if weee_tax_in_header else 0)),
        "base_tax_amount": number(tax),
        "shipping_amount": number(shipping),
        "shipping_tax_amount": number(shipping_tax),
        "shipping_discount_amount": number(shipping_discount),
        "shipping_discount_tax_compensation_amount": number(shipping_compensation),
        "base_shipping_amount": number(shipping),
        "base_shipping_tax_amount": number(shipping_tax),
        "base_shipping_discount_amount": number(shipping_discount),
        "base_shipping_discount_tax_compensation_amnt": number(shipping_compensation),
        "shipping_description": "Flat Rate",
        "items": items,
        "billing_address": address(),
        "payment": {"method": "banktransfer", "additional_information": ["Bank transfer"]},
        "status_histories": [],
        "extension_attributes": {
            "applied_taxes": [],
            "additional_itemized_taxes": records,
            "shipping_assignments": [{"shipping": {"address": address("shipping"), "method": "flatrate_flatrate"}}],
            **(extension or {}),
        },
        **header,
    }


def address(kind="billing", **changes):
    """An order's address."""
    return {
        "address_type": kind,
        "entity_id": 7,
        "firstname": "Ada",
        "lastname": "Byron",
        "company": "Example Ltd",
        "street": ["1 High Street", "Unit 2"],
        "city": "Leeds",
        "postcode": "LS1 1AA",
        "country_id": "GB",
        "region": "West Yorkshire",
        "region_code": "WY",
        "telephone": "+44 113 000000",
        "vat_id": "GB 123 4567 82",
        **changes,
    }
