"""Orders of kinds that are rare in recordings, built from what the shop stores."""

import json
from decimal import Decimal as D

import pytest
from payloads import Line, address, order

from magento_wire.order_mapping import map_order
from magento_wire.refusals import OrderRefused, RecordRefused
from magento_wire.segments import Segment

TAX = [("VAT 19", "19", "1.90")]


def figures(intent):
    return [(line.kind, line.net, line.tax) for line in intent.lines]


def assert_sums(intent):
    assert sum(line.net for line in intent.lines) == intent.untaxed
    assert sum(line.tax for line in intent.lines) == intent.tax
    assert intent.untaxed + intent.tax == intent.total
    assert sum(row.amount for row in intent.taxes) == intent.tax


CASES = {
    "plain": (
        order(Line(row="10", tax="1.90")), "11.90", [("product", "10.00", "1.90")]),
    "discount with tax before": (
        order(Line(row="100", tax="17.10", discount="10")), "107.10", [("product", "90.00", "17.10")]),
    "prices with tax, discount": (
        order(Line(qty=7, row="117.59", tax="20.11", discount="13.99", compensation="2.23")),
        "125.94", [("product", "105.83", "20.11")]),
    "shipping discounted": (
        order(Line(row="10", tax="1.90"), shipping="7.90", shipping_tax="0.75", shipping_discount="3.95"),
        "16.60", [("product", "10.00", "1.90"), ("shipping", "3.95", "0.75")]),
    "shipping discounted, prices with tax": (
        order(Line(row="10", tax="1.90"), shipping="6.64", shipping_tax="0.63", shipping_discount="3.95",
              shipping_compensation="0.63"),
        "15.85", [("product", "10.00", "1.90"), ("shipping", "3.32", "0.63")]),
    "hundred percent off": (
        order(Line(row="25", tax="0", discount="25", rates=[], percent=19)), "0.00", [("product", "0.00", "0.00")]),
    "fixed product tax, taxed": (
        order(Line(qty=2, row="20", tax="3.80", weee="5", weee_tax="0.95", rates=[("VAT 19", "19", "3.80")])),
        "29.75", [("product", "20.00", "3.80"), ("fixed_product_tax", "5.00", "0.95")]),
    "fixed product tax, its tax not in the header's": (
        order(Line(qty=2, row="20", tax="3.80", weee="5", weee_tax="0.95"), weee_tax_in_header=False),
        "29.75", [("product", "20.00", "3.80"), ("fixed_product_tax", "5.00", "0.95")]),
    "fixed product tax, untaxed": (
        order(Line(qty=3, row="30", tax="5.70", weee="4.50")),
        "40.20", [("product", "30.00", "5.70"), ("fixed_product_tax", "4.50", "0.00")]),
    "coupon worth more than one line": (
        order(Line("A", row="5", tax="0", discount="7", rates=[]), Line("B", row="20", tax="3.80")),
        "21.80", [("product", "-2.00", "0.00"), ("product", "20.00", "3.80")]),
    "coupon worth more than two lines": (
        order(Line("A", row="5", discount="7"), Line("B", row="3", discount="4"), Line("C", row="20", tax="3.80")),
        "20.80", [("product", "-2.00", "0.00"), ("product", "-1.00", "0.00"), ("product", "20.00", "3.80")]),
    "tax rounded per unit": (
        order(Line(qty=3, row="1.53", tax="0.30", rates=[("VAT 19", "19", "0.30")])),
        "1.83", [("product", "1.53", "0.30")]),
    "two rates combined": (
        order(Line(row="100", tax="8.88", rates=[("State", "6", "6.01"), ("City", "2.875", "2.87")])),
        "108.88", [("product", "100.00", "8.88")]),
    "unit price below a cent": (
        order(Line(qty=1000, row="33.30", tax="6.33", price="0.0333")), "39.63", [("product", "33.30", "6.33")]),
    "configurable": (
        order(Line("CONF-RED", kind="configurable", row="44.44", tax="8.44",
                   children=[Line("CONF-RED", row="0", rates=[], name="Shirt red")])),
        "52.88", [("product", "44.44", "8.44")]),
    "dynamic bundle": (
        order(Line("KIT", kind="bundle", row="575.86", tax="109.41", rates=[],
                   children=[Line("PUMP", qty=2, row="499.90", tax="94.98"),
                             Line("HOSE", qty=4, row="75.96", tax="14.43")])),
        "685.27", [("product", "499.90", "94.98"), ("product", "75.96", "14.43")]),
    "fixed bundle": (
        order(Line("KIT", kind="bundle", row="100", tax="19", percent=19,
                   children=[Line("PUMP", row="0", rates=[]), Line("HOSE", qty=2, row="0", rates=[])])),
        "119.00", [("product", "100.00", "19.00")]),
    "gift card and store credit": (
        order(Line(row="100", tax="19"), segments_total="-50",
              extension={"gift_cards_amount": 30, "customer_balance_amount": 20}),
        "69.00", [("product", "100.00", "19.00"), ("gift_card", "-30.00", "0.00"),
                  ("store_credit", "-20.00", "0.00")]),
    "reward points": (
        order(Line(row="100", tax="19"), segments_total="-2.50", extension={"reward_currency_amount": 2.5}),
        "116.50", [("product", "100.00", "19.00"), ("reward_points", "-2.50", "0.00")]),
    "gift wrapping with tax": (
        order(Line(row="100", tax="19"), segments_total="5", segments_tax="0.95",
              extension={"gw_price": "5.0000", "gw_tax_amount": "0.9500"}),
        "124.95", [("product", "100.00", "19.00"), ("gift_wrapping", "5.00", "0.95")]),
    "custom fee": (
        order(Line(row="100", tax="19"), segments_total="3",
              extension={"custom_fees": [{"custom_fee_code": "cod", "custom_fee_label": "Cash on delivery",
                                          "custom_fee_amount": 3, "base_custom_fee_amount": 3}]}),
        "122.00", [("product", "100.00", "19.00"), ("fee", "3.00", "0.00")]),
    "yen with the shop's decimals": (
        order(Line(row="1234.56", tax="123.46"), currency="JPY"), "1358", [("product", "1235", "123")]),
    "dinar": (
        order(Line(qty="0.5", row="6.172", tax="0.309"), currency="KWD"), "6.481", [("product", "6.172", "0.309")]),
    "half a cent is rounded up": (
        order(Line(qty="1.5", row="10.875", tax="2.07")), "12.95", [("product", "10.88", "2.07")]),
    "fractions on both sides": (
        order(Line(qty="0.333", row="3.3267", tax="0.6321"), Line(qty="0.25", row="1.1225", tax="0.2133")),
        "5.29", [("product", "3.33", "0.63"), ("product", "1.12", "0.21")]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_order_becomes_lines_that_sum_to_what_is_owed(name):
    payload, total, lines = CASES[name]
    intent = map_order(payload)
    assert intent.total == D(total)
    assert figures(intent) == [(kind, D(net), D(tax)) for kind, net, tax in lines]
    assert_sums(intent)
    json.dumps(intent.to_dict())


def test_negative_total_is_no_order():
    payload = order(Line(row="5", tax="0.95"), Line(row="-10", tax="-1.90"), grand_total=-5.95)
    with pytest.raises(RecordRefused, match=r"-5\.95 EUR") as refusal:
        map_order(payload)
    assert refusal.value.reason == "negative_total"


def test_shop_figures_stand_beside_the_rounded_ones():
    intent = map_order(order(Line(qty="1.5", row="10.875", tax="2.07")))
    (line,) = intent.lines
    assert (intent.shop_total, line.shop_net, line.net) == (D("12.945"), D("10.875"), D("10.88"))


def test_each_combined_rate_keeps_its_own_amount():
    intent = map_order(CASES["two rates combined"][0])
    assert [(tax.code, tax.percent, tax.amount) for tax in intent.taxes] == [
        ("State", D(6), D("6.01")),
        ("City", D("2.875"), D("2.87")),
    ]


def test_real_amount_of_a_record_counts_where_it_differs():
    payload = order(
        Line(row="100", tax="8.88", rates=[("State", "6", "6.00", "8.88"), ("City", "2.88", "2.88", "8.88")])
    )
    assert [tax.amount for tax in map_order(payload).taxes] == [D("6.00"), D("2.88")]


def test_cent_that_the_records_leave_out_goes_to_the_largest_rate():
    payload = order(Line(row="100", tax="8.88", rates=[("State", "6", "6.00"), ("City", "2.875", "2.87")]))
    assert [tax.amount for tax in map_order(payload).taxes] == [D("6.01"), D("2.87")]


def test_fixed_bundle_names_the_goods_it_moves():
    (line,) = map_order(CASES["fixed bundle"][0]).lines
    assert [(part.sku, part.quantity) for part in line.components] == [("PUMP", 1), ("HOSE", 2)]


def test_configurable_takes_price_from_parent_and_goods_from_child():
    (line,) = map_order(CASES["configurable"][0]).lines
    assert (line.external_id, line.sku, line.name, line.product_id) == ("1", "CONF-RED", "Shirt red", 102)


def test_dynamic_bundle_children_name_their_bundle():
    lines = map_order(CASES["dynamic bundle"][0]).lines
    assert [(line.parent, line.parent_name) for line in lines] == [("1", "Kit")] * 2


def test_row_total_is_never_read():
    payload = CASES["discount with tax before"][0]
    payload = {**payload, "items": [{**payload["items"][0], "row_total": 99999, "base_row_total": -1}]}
    assert map_order(payload).total == D("107.10")


def test_base_amounts_take_the_fixed_product_tax_once_per_row():
    intent = map_order(CASES["fixed product tax, taxed"][0])
    assert [(line.shop_base_net, line.shop_base_tax) for line in intent.lines] == [
        (D(20), D("3.80")),
        (D(5), D("0.95")),
    ]
    assert not intent.remarks


def test_coupon_worth_more_than_a_line_is_so_in_base_currency_too():
    intent = map_order(CASES["coupon worth more than two lines"][0])
    assert [line.shop_base_net for line in intent.lines] == [D(-2), D(-1), D(20)]
    assert not intent.remarks


def test_base_total_that_does_not_close_is_only_remarked():
    intent = map_order(order(Line(row="10", tax="1.90"), base_grand_total=11.0))
    assert [remark.code for remark in intent.remarks] == ["base_total_differs"]
    assert intent.total == D("11.90")


def test_shop_before_2_4_4_hands_out_stored_amounts():
    payload = order(Line(row="100", tax="17.10", discount="10"))
    payload["items"][0].update(row_total=100, row_total_incl_tax=119, base_row_total=100)
    intent = map_order(payload)
    assert (intent.total, intent.lines[0].net) == (D("107.10"), D("90.00"))
    assert [remark.code for remark in intent.remarks] == ["stored_amounts"]


def test_tax_without_records_takes_the_orders_rate_of_that_percentage():
    payload = order(
        Line(row="100", tax="19", rates=[], percent=19),
        Line(row="100", tax="7", rates=[], percent=7),
        extension={"applied_taxes": [{"code": "N", "percent": 19}, {"code": "R", "percent": 7}]},
    )
    assert [(row.code, row.amount) for row in map_order(payload).taxes] == [("N", D(19)), ("R", D(7))]


def test_records_of_releases_before_2_4_7_are_read():
    applied = [
        {"type": "product", "item_id": 1, "applied_taxes": [{"code": "N", "percent": 19, "amount": 1.9}]},
        {"type": "shipping", "applied_taxes": [
            {"code": "X", "percent": 10, "amount": 0.5,
             "extension_attributes": {"rates": [{"code": "S", "percent": 6}, {"code": "C", "percent": 4}]}}]},
    ]  # fmt: skip
    payload = order(
        Line(row="10", tax="1.90", rates=[], percent=19),
        shipping="5", shipping_tax="0.50", shipping_rates=[], extension={"item_applied_taxes": applied},
    )  # fmt: skip
    assert [(row.code, row.amount) for row in map_order(payload).taxes] == [
        ("N", D("1.90")), ("S", D("0.30")), ("C", D("0.20")),
    ]  # fmt: skip


REFUSED = {
    "unknown segment": (order(Line(row="10", tax="1.90"), grand_total=14.4, payment_surcharge=2.5),
                        "total_differs", ("14.4", "11.90", "payment_surcharge")),
    "line missing": (order(Line(row="10", tax="1.90"), grand_total=111.9), "total_differs", ("111.9", "11.90")),
    "one cent": (order(Line(row="10", tax="1.90"), grand_total=11.91), "total_differs", ("11.91", "11.90")),
    "tax of another size": (order(Line(row="10", tax="1.90"), tax_amount=1.5), "tax_differs", ("1.5", "1.90")),
    "records of another size": (order(Line(row="10", tax="1.90", rates=[("VAT 19", "19", "1.20")])),
                                "line_tax_differs", ("1.9", "1.2")),
    "negative lines that do not explain it": (
        order(Line("A", row="5", discount="7"), Line("B", row="3", discount="4"), Line("C", row="20"),
              grand_total=11, tax_amount=0), "negative_lines_unclear", ("-9", "-3")),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_order_that_does_not_add_up_is_refused_with_both_figures(name):
    payload, reason, words = REFUSED[name]
    with pytest.raises(OrderRefused) as refusal:
        map_order(payload)
    assert refusal.value.reason == reason
    assert refusal.value.shop is not None
    assert refusal.value.computed is not None
    for word in words:
        assert word in str(refusal.value)
    assert "100000001" in str(refusal.value)


BROKEN = {
    "no id": (order(Line(), entity_id=None), "missing_field"),
    "no number": (order(Line(), increment_id=""), "missing_field"),
    "no currency": (order(Line(), order_currency_code=None), "missing_field"),
    "no lines": (order(Line(), items=None), "missing_field"),
    "no total": (order(Line(), grand_total=None), "missing_field"),
    "total is a word": (order(Line(), grand_total="free"), "unreadable_number"),
    "total is infinite": (order(Line(), grand_total=float("inf")), "unreadable_number"),
    "total is a list": (order(Line(), grand_total=[1]), "unreadable_number"),
    "date is a word": (order(Line(), created_at="yesterday"), "unreadable_date"),
    "not a record": ([], "not_a_record"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_order_is_refused_and_says_which_field(name):
    payload, reason = BROKEN[name]
    with pytest.raises(RecordRefused) as refusal:
        map_order(payload)
    assert refusal.value.reason == reason


def test_child_without_its_parent_is_refused():
    payload = order(Line())
    payload["items"][0]["parent_item_id"] = 77
    with pytest.raises(OrderRefused, match="77"):
        map_order(payload)


def test_amount_of_a_module_is_taken_once_the_shop_says_what_it_is():
    payload = order(Line(row="10", tax="1.90"), grand_total=14.4, payment_surcharge=2.5)
    fee = Segment("fee", "Payment surcharge", "payment_surcharge", "base_payment_surcharge")
    intent = map_order(payload, extra_segments=[fee])
    assert figures(intent) == [("product", D(10), D("1.90")), ("fee", D("2.50"), D(0))]


def test_books_with_other_decimals_win_over_iso():
    payload = order(Line(row="10.504", tax="0"), currency="EUR")
    assert map_order(payload, decimals={"EUR": 3}).total == D("10.504")


def test_order_without_email_and_shipping_address_is_taken():
    payload = order(Line(), customer_email=None, extension={"shipping_assignments": []}, is_virtual=1)
    payload["billing_address"] = address(email=None)
    intent = map_order(payload)
    assert (intent.buyer.email, intent.buyer.name, intent.buyer.guest) == ("", "Ada Byron", True)
    assert intent.shipping is None
    assert intent.is_virtual


def test_company_account_of_adobe_commerce_is_named():
    payload = order(Line(), extension={"company_order_attributes": {"company_id": 5, "company_name": "Acme Inc"}})
    buyer = map_order(payload).buyer
    assert (buyer.company_id, buyer.company) == (5, "Acme Inc")


def test_two_orders_to_one_address_share_its_fingerprint():
    one = map_order(order(Line()))
    two = map_order(order(Line(), billing_address=address(entity_id=99, city="LEEDS ", email="x@example.com")))
    other = map_order(order(Line(), billing_address=address(street=["2 High Street"])))
    assert one.billing.content_hash == two.billing.content_hash
    assert one.billing.content_hash != other.billing.content_hash


def test_order_of_ten_thousand_lines_is_read():
    intent = map_order(order(*(Line(f"S{i}", row="1", tax="0.19") for i in range(10_000))))
    assert (intent.total, len(intent.lines)) == (D("11900.00"), 10_000)


def test_four_byte_characters_and_a_huge_comment_pass():
    histories = [{"entity_id": 3, "comment": "\U0001f4e6" * 1_000_000, "created_at": "2026-03-01 10:00:00"}]
    intent = map_order(order(Line(name="Box \U0001f4e6"), status_histories=histories))
    assert intent.lines[0].name == "Box \U0001f4e6"
    assert len(intent.comments[0].text) == 1_000_000
