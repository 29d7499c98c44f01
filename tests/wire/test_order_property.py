"""Property: an intent's totals equal the shop's, or the order is refused."""

from decimal import ROUND_HALF_UP
from decimal import Decimal as D

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from payloads import Line, order

from magento_wire.order_mapping import map_order
from magento_wire.refusals import OrderRefused, RecordRefused

CODES = [("State", "6"), ("City", "2.875"), ("VAT 19", "19"), ("VAT 7", "7")]


def money(largest, places):
    return st.decimals("0", str(largest), places=places)


@st.composite
def lines(draw, places):
    row = draw(money(5000, places))
    discount = draw(st.one_of(st.just(D(0)), st.decimals("0", str(row), places=places)))
    rates = draw(st.lists(st.sampled_from(CODES), max_size=2, unique=True))
    parts = [draw(money(500, places)) for _rate in rates]
    weee = draw(st.sampled_from([D(0), D(0), D(0), D("2.50"), D("0.1")]))
    return Line(
        qty=draw(st.sampled_from(["1", "3", "1000", "0.333", "2.5"])),
        row=row,
        discount=discount,
        compensation=draw(st.sampled_from([D(0), min(discount, D("0.5"))])),
        tax=sum(parts, D(0)),
        rates=[(*rate, part) for rate, part in zip(rates, parts, strict=True)],
        weee=weee,
        weee_tax=draw(st.sampled_from([D(0), (weee * D("0.19")).quantize(D("0.01"))])),
    )


@st.composite
def orders(draw):
    places = draw(st.sampled_from([2, 2, 4]))
    free = draw(st.booleans())
    gift_card = draw(st.sampled_from([0, 0, 5]))
    return order(
        *draw(st.lists(lines(places), min_size=1, max_size=6)),
        shipping="0" if free else draw(money(50, places)),
        shipping_tax="0" if free else draw(money(10, places)),
        shipping_discount="0" if free else draw(money(5, places)),
        currency=draw(st.sampled_from(["EUR", "JPY", "KWD", "USD"])),
        extension={"gift_cards_amount": gift_card},
        segments_total=str(-gift_card),
        weee_tax_in_header=draw(st.booleans()),
    )


DECIMALS = {"EUR": 2, "USD": 2, "JPY": 0, "KWD": 3}


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(orders())
def test_totals_equal_the_shops(payload):
    if payload["grand_total"] < 0:  # the gift card is worth more than the goods
        with pytest.raises(RecordRefused, match="less than zero"):
            map_order(payload)
        return
    intent = map_order(payload)
    unit = D(1).scaleb(-DECIMALS[intent.currency])
    shop_total = D(str(payload["grand_total"]))
    assert intent.shop_total == shop_total
    assert intent.total == shop_total.quantize(unit, ROUND_HALF_UP)
    assert sum(line.net for line in intent.lines) == intent.untaxed
    assert sum(line.tax for line in intent.lines) == intent.tax == sum(row.amount for row in intent.taxes)
    assert intent.untaxed + intent.tax == intent.total
    for line in intent.lines:
        assert line.net == line.net.quantize(unit)
        assert abs(line.net - line.shop_net) < 2 * unit
        assert all(abs(tax.amount - tax.shop_amount) < 2 * unit for tax in line.taxes)
    assert abs(intent.untaxed - sum(line.shop_net for line in intent.lines)) < unit
    assert all(abs(row.amount - row.shop_amount) < unit for row in intent.taxes)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(orders(), st.decimals("0.01", "100", places=2), st.sampled_from(["grand_total", "tax_amount"]))
def test_an_amount_too_many_is_refused_with_both_figures(payload, surplus, field):
    weee_tax = sum(
        D(str(row["real_amount"]))
        for item in payload["items"]
        for row in item["extension_attributes"]["itemized_taxes"]
        if row["taxable_item_type"] == "weee"
    )
    if field == "tax_amount" and surplus == weee_tax:
        return
    payload[field] = float(D(str(payload[field])) + surplus)
    if payload["grand_total"] < 0:
        return
    with pytest.raises(OrderRefused) as refusal:
        map_order(payload)
    assert refusal.value.shop - refusal.value.computed == surplus or field == "tax_amount"
    assert refusal.value.reason == ("total_differs" if field == "grand_total" else "tax_differs")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(orders(), st.decimals("0.01", "100", places=2))
def test_an_amount_missing_is_refused_too(payload, lack):
    payload["grand_total"] = float(D(str(payload["grand_total"])) - lack)
    with pytest.raises(RecordRefused):
        map_order(payload)
