"""Orders recorded on running shops become orders whose amounts equal the shop's to the cent."""

import json
from decimal import Decimal as D

import pytest

from magento_wire.document_mapping import map_credit_memo, map_invoice, map_shipment
from magento_wire.openmage_mapping import map_openmage_order
from magento_wire.order_mapping import map_order

# number: (total, untaxed, tax, tax per rate, lines as (kind, sku, net, tax), base total)
LIVE = {
    "000000001": (
        "3172.42", "2665.90", "506.52", {"DE 19": "506.52"},
        [("product", "PUMP-200", "2628.00", "499.32"), ("product", "BOLT-M8", "30.00", "5.70"),
         ("shipping", "", "7.90", "1.50")], "3172.42"),
    "000000002": (
        "510.01", "444.78", "65.23", {"DE 19": "53.98", "DE 7": "11.25"},
        [("product", "HOSE-10", "51.27", "9.74"), ("product", "PUMP-200", "224.96", "42.74"),
         ("product", "BOOK-1", "160.65", "11.25"), ("shipping", "", "7.90", "1.50")], "510.01"),
    "000000003": (
        "101.15", "85.00", "16.15", {"DE 19": "16.15"}, [("product", "SERVICE-H", "85.00", "16.15")], "101.15"),
    "000000004": (
        "56.98", "47.88", "9.10", {"DE 19": "9.10"},
        [("product", "HOSE-10", "39.98", "7.60"), ("shipping", "", "7.90", "1.50")], "56.98"),
    "000000005": (
        "954.48", "802.08", "152.40", {"DE 19": "152.40"},
        [("product", "CONF-L", "133.32", "25.33"), ("product", "PUMP-200", "499.90", "94.98"),
         ("product", "HOSE-10", "75.96", "14.43"), ("product", "SERVICE-H", "85.00", "16.15"),
         ("shipping", "", "7.90", "1.51")], "954.48"),
    "000000003-1": (
        "101.15", "85.00", "16.15", {"DE 19": "16.15"}, [("product", "SERVICE-H", "85.00", "16.15")], "101.15"),
    "2000000001": (
        "1036.32", "876.43", "159.89", {"DE 19": "156.02", "DE 7": "3.87"},
        [("product", "PUMP-200", "812.61", "154.40"), ("product", "BOOK-1", "55.26", "3.87"),
         ("shipping", "", "8.56", "1.62")], "956.29"),
    "3000000001": (
        "202.69", "176.82", "25.87", {"DE 19": "21.37", "DE 7": "4.50"},
        [("product", "HOSE-10", "105.83", "20.11"), ("product", "BOOK-1", "64.35", "4.50"),
         ("shipping", "", "6.64", "1.26")], "202.69"),
}  # fmt: skip

SINGLE_FILES = (
    "order_000000001", "order_000000002", "order_000000003", "order_000000003_edited", "order_000000003-1_edited",
    "order_000000004", "order_000000005_configurable_bundle", "order_2000000001_multicurrency_usd",
    "order_3000000001_tax_included_discount",
)  # fmt: skip


def read(shared_data, *names):
    return json.loads(shared_data.joinpath("magento", *names).read_text())


def assert_figures(intent):
    total, untaxed, tax, rates, lines, base_total = LIVE[intent.number]
    assert (intent.total, intent.untaxed, intent.tax) == (D(total), D(untaxed), D(tax))
    assert intent.shop_total == D(total)
    assert {row.code: row.amount for row in intent.taxes} == {code: D(value) for code, value in rates.items()}
    found = [(line.kind, line.sku, line.net, line.tax) for line in intent.lines]
    assert found == [(kind, sku, D(net), D(tax)) for kind, sku, net, tax in lines]
    assert intent.base_total == D(base_total)


@pytest.mark.parametrize("listing", ["orders_all.json", "orders_list.json"])
def test_every_recorded_order_keeps_its_figures(shared_data, listing):
    orders = read(shared_data, "live-2.4.7-p3", listing)["items"]
    assert orders
    for payload in orders:
        assert_figures(map_order(payload))


@pytest.mark.parametrize("name", SINGLE_FILES)
def test_every_single_recorded_order_keeps_its_figures(shared_data, name):
    assert_figures(map_order(read(shared_data, "live-2.4.7-p3", f"{name}.json")))


def test_recorded_orders_say_who_what_and_under_which_number(shared_data):
    orders = {
        row["increment_id"]: map_order(row) for row in read(shared_data, "live-2.4.7-p3", "orders_all.json")["items"]
    }
    assert len(orders) == 8
    edited, edit = orders["000000003"], orders["000000003-1"]
    assert (edited.state, edited.replaced_by) == ("canceled", "000000003-1")
    assert (edit.replaces, edit.replaces_id, edit.external_id) == ("000000003", 3, 6)
    assert [remark.code for remark in edit.remarks] == ["price_differs"]
    guest, account = orders["000000004"].buyer, orders["000000001"].buyer
    assert (guest.guest, guest.customer_id, guest.email) == (True, None, "guest@example.net")
    assert (account.customer_id, account.vat, account.company) == (1, "DE136695976", "Muster GmbH")
    assert orders["000000001"].po_number == "PO-4711"
    assert orders["2000000001"].rate == D("1.0837")
    assert orders["3000000001"].coupon_code == "B2B10"
    hose = orders["000000005"].lines[0]
    assert (hose.sku, hose.product_type, hose.quantity, hose.name) == (
        "CONF-L",
        "configurable",
        3,
        "Conf hose L",
    )
    assert [line.parent_name for line in orders["000000005"].lines[1:3]] == ["Pump kit", "Pump kit"]


def test_recorded_invoices_and_credit_memos_sum_to_their_totals(shared_data):
    invoices = [map_invoice(row) for row in read(shared_data, "live-2.4.7-p3", "invoices_list.json")["items"]]
    assert [(row.total, row.untaxed, row.tax) for row in invoices] == [
        (D("1312.45"), D("1102.90"), D("209.55")),
        (D("510.01"), D("444.78"), D("65.23")),
    ]
    (memo,) = [map_credit_memo(row) for row in read(shared_data, "live-2.4.7-p3", "creditmemos_list.json")["items"]]
    assert (memo.total, memo.untaxed, memo.tax, memo.order_id) == (D("22.84"), D("19.59"), D("3.25"), 2)
    assert [(line.kind, line.net, line.tax) for line in memo.lines] == [
        ("product", D("17.09"), D("3.25")),
        ("adjustment", D("2.50"), D(0)),
    ]
    shipments = [map_shipment(row) for row in read(shared_data, "live-2.4.7-p3", "shipments_list.json")["items"]]
    assert [(row.source, row.lines) for row in shipments] == [("wh_berlin", (("1", "PUMP-200", D(5)),))] * 2
    assert shipments[0].tracks == (("custom", "DHL", "JD0001"),)


def test_documents_among_the_official_examples_sum_to_their_totals(shared_data):
    found = {}
    for path in sorted(shared_data.joinpath("magento", "docs_examples").glob("*.json")):
        for payload in _documents(json.loads(path.read_text())):
            found[path.stem.rsplit("__", 1)[1]] = map_invoice(payload).total
    assert found == {"171": D("1917.60"), "215": D("165.00")}


def _documents(data):
    if isinstance(data, dict):
        if "order_currency_code" in data and "items" in data:
            yield data
        for value in data.values():
            yield from _documents(value)
    elif isinstance(data, list):
        for value in data:
            yield from _documents(value)


OPENMAGE = {
    "100000001": ("12676.83", "10652.80", "2024.03", "PO-4711"),
    "100000002": ("369.53", "310.53", "59.00", ""),
    "100000003": ("66.38", "55.78", "10.60", ""),
}


@pytest.mark.parametrize("number", OPENMAGE)
def test_recorded_openmage_orders_keep_their_figures(shared_data, number):
    payload = read(shared_data, "openmage-20.0.20", f"sales_order.info.{number}.json")
    intent = map_openmage_order(payload)
    total, untaxed, tax, po_number = OPENMAGE[number]
    assert (intent.total, intent.untaxed, intent.tax) == (D(total), D(untaxed), D(tax))
    assert intent.po_number == po_number
    assert intent.number == number
    assert intent.external_id == int(payload["order_id"])
    assert {row.percent for row in intent.taxes} == {D(19)}
