"""Payloads of Magento 1 in the shape of REST: the one mapper reads them as the mapper of Magento 1 does."""

import json
from dataclasses import replace
from decimal import Decimal as D

import pytest

from magento_sandbox.openmage_types import TYPES
from magento_wire import document_mapping, order_mapping, partner_mapping, product_mapping, reference_mapping
from magento_wire.openmage_mapping import map_openmage_order
from magento_wire.openmage_shape import (
    category_records,
    customer_record,
    document_record,
    group_record,
    hidden_taxes,
    order_record,
    product_record,
    store_record,
    without_secrets,
)
from magento_wire.openmage_soap import complete_order, with_parents
from magento_wire.refusals import OrderRefused, RecordRefused


def line(item_id, row, tax="0", discount="0", hidden="0", **more):
    return {
        "item_id": item_id, "sku": f"SKU-{item_id}", "name": f"Thing {item_id}", "product_type": "simple",
        "qty_ordered": "1.0000", "price": row, "row_total": row, "row_total_incl_tax": "99999.0000",
        "tax_amount": tax, "discount_amount": discount, "hidden_tax_amount": hidden,
        "tax_percent": "19.0000" if D(tax) else "0.0000", "base_row_total": row, "base_tax_amount": tax,
        "base_discount_amount": discount, "base_hidden_tax_amount": hidden, **more,
    }  # fmt: skip


def order(*items, total, tax, **more):
    return {
        "order_id": "44", "increment_id": "100000044", "state": "new", "status": "pending", "store_id": 1,
        "created_at": "2026-03-01 10:00:00", "updated_at": "2026-03-01 10:00:00", "order_currency_code": "EUR",
        "base_currency_code": "EUR", "grand_total": total, "base_grand_total": total, "tax_amount": tax,
        "base_tax_amount": tax, "items": list(items), "payment": {"method": "checkmo", "cc_number_enc": "4111"},
        "status_history": [{"comment": "Hello", "created_at": "2026-03-01 10:00:00", "status": "new"}], **more,
    }  # fmt: skip


WEEE = {"weee_tax_applied_row_amount": "5.0000", "base_weee_tax_applied_row_amount": "5.0000",
        "base_weee_tax_applied_row_amnt": "5.0000", "weee_tax_applied": "a:0:{}"}  # fmt: skip
SHIPPING = {"shipping_amount": "6.64", "shipping_tax_amount": "0.63", "shipping_discount_amount": "3.95",
            "shipping_hidden_tax_amount": "0.63", "base_shipping_amount": "6.64", "base_shipping_tax_amount": "0.63",
            "base_shipping_discount_amount": "3.95", "base_shipping_hidden_tax_amnt": "0.63"}  # fmt: skip
ORDERS = {
    "discount on prices with tax": order(
        line(1, "117.5900", "20.1100", "13.9900", "2.2300"), total="125.9400", tax="20.11"
    ),
    "shipping with its own discount": order(line(1, "10.0000", "1.9000"), total="15.85", tax="2.53", **SHIPPING),
    "bundle whose parts repeat its money": order(
        line(1, "100.0000", "19.0000", product_type="bundle", tax_percent=None),
        line(2, "60.0000", "11.4000", parent_item_id=1),
        line(3, "40.0000", "7.6000", parent_item_id=1),
        total="119.00",
        tax="19.00",
    ),
    "configurable": order(
        line(1, "30.0000", "5.7000", product_type="configurable", sku="H-10"),
        line(2, "0.0000", sku="H-10", parent_item_id=1),
        total="35.70",
        tax="5.70",
    ),
    "fixed product tax within the total": order(line(1, "10.0000", "1.9000", **WEEE), total="16.90", tax="1.90"),
    "fixed product tax beside the total": order(line(1, "10.0000", "1.9000", **WEEE), total="11.90", tax="1.90"),
    "a line below nothing": order(
        line(1, "100.0000", "19.0000"), line(2, "10.0000", "0", "15.0000"), total="114", tax="19"
    ),
}


def comparable(intent):
    """What an order means, but for comments' ids, which Magento 1 does not have."""
    return replace(intent, comments=tuple(replace(comment, external_id="") for comment in intent.comments))


@pytest.mark.parametrize("kind", ORDERS)
def test_one_mapper_reads_both(kind):
    payload = ORDERS[kind]
    record = json.loads(json.dumps(order_record(payload)))
    assert comparable(order_mapping.map_order(record)) == comparable(map_openmage_order(payload))
    assert record["entity_id"] == 44


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (order(line(1, "10.0000", "1.9000"), total="12.90", tax="1.90"), "total_differs"),
        (order(line(1, "10.0000", "1.9000", **WEEE), total="12.90", tax="1.90"), "total_differs"),
        (order(line(1, "10.0000", "1.9000"), total="11.90", tax="2"), "tax_differs"),
        (order(line(1, "ten"), total="10", tax="0"), "unreadable_number"),
        (order(line(1, "10", discount="none"), total="10", tax="0"), "unreadable_number"),
        (order(line(1, "10", tax="0"), total="ten", tax="0"), "unreadable_number"),
        (order(total="1", tax="0"), "missing_field"),
        (order(line(1, "-5"), total="-5", tax="0"), "negative_total"),
    ],
)
def test_what_does_not_add_up_still_does_not(payload, reason):
    with pytest.raises(RecordRefused) as refusal:
        order_mapping.map_order(order_record(payload))
    assert refusal.value.reason == reason


def test_refusal_names_both_figures():
    with pytest.raises(OrderRefused) as refusal:
        order_mapping.map_order(order_record(order(line(1, "10.0000", "1.9000"), total="12.90", tax="1.90")))
    assert (refusal.value.shop, refusal.value.computed) == (D("12.90"), D("11.90"))


def test_secrets_are_left_in_the_shop():
    record = order_record(ORDERS["configurable"])
    assert record["payment"] == {"method": "checkmo"}
    customer = customer_record(
        {"customer_id": 4, "email": "a@b.example", "password_hash": "x", "rp_token": "y", "confirmation": "z"}, []
    )
    assert customer == {"customer_id": 4, "email": "a@b.example", "id": 4, "addresses": []}
    assert without_secrets({"a": [{"cc_exp_year": 1, "cc_last4": "4242"}]}) == {"a": [{"cc_last4": "4242"}]}


def test_customer_with_addresses():
    address = {"customer_address_id": 9, "street": "Kai 1\nTor 2", "city": "Kiel", "is_default_billing": True,
               "company": "Nord GmbH", "vat_id": "DE 1", "country_id": "DE"}  # fmt: skip
    intent = partner_mapping.map_customer(
        customer_record({"customer_id": 4, "email": "a@b.example", "firstname": "Ada", "website_id": 1}, [address])
    )
    assert (intent.external_id, intent.company, intent.vat, intent.addresses[0].street) == (
        4, "Nord GmbH", "DE1", ("Kai 1", "Tor 2"),
    )  # fmt: skip
    assert intent.addresses[0].default_billing


def test_product_with_tier_prices_of_either_interface():
    info = {
        "product_id": "2", "sku": "PUMP", "set": "4", "type": "simple", "name": "Pump", "price": "249.9500",
        "status": "1", "visibility": "4", "weight": "1.5000", "tax_class_id": "2", "special_price": "199.0000",
        "created_at": "2026-11-23T03:34:03+01:00", "updated_at": "2026-11-23 02:34:03", "websites": ["1"],
        "category_ids": ["7"], "short_description": "<b>Pump</b>", "description": None,
        "tier_price": [
            {"cust_group": 32000, "all_groups": 1, "website_id": 0, "price": "219.0000", "price_qty": "10.0000"},
            {"customer_group_id": "2", "website": "all", "qty": 5, "price": 220.5},
            {"customer_group_id": "all", "website": "all", "qty": 50, "price": 200.0},
            {"cust_group": 2, "website_id": 1, "is_percent": 1, "price": "12.0000", "website_price": "219.9600",
             "price_qty": "1.0000"},
        ],
    }  # fmt: skip
    record = product_record(info)
    assert record["created_at"] == "2026-11-23 02:34:03"
    intent = product_mapping.map_product(record)
    assert (intent.sku, intent.price, intent.tax_class_id, intent.special_price) == ("PUMP", D("249.95"), 2, D(199))
    assert (intent.category_ids, intent.website_ids, intent.description) == ((7,), (1,), "Pump")
    assert [(tier.group_id, tier.quantity, tier.price, tier.percent) for tier in intent.tier_prices] == [
        (None, D(10), D(219), None), (2, D(5), D("220.5"), None), (None, D(50), D(200), None),
        (2, D(1), D("219.96"), D(12)),
    ]  # fmt: skip


def test_settings():
    store = reference_mapping.map_store(
        store_record({"store_id": 1, "code": "de", "name": "Deutsch", "website_id": 2, "group_id": 3, "is_active": "1"})
    )
    assert (store.external_id, store.code, store.website_id, store.group_id, store.active) == (1, "de", 2, 3, True)
    group = reference_mapping.map_customer_group(group_record({"customer_group_id": 0, "customer_group_code": "NOT"}))
    assert (group.external_id, group.name) == (0, "NOT")
    tree = {"category_id": 1, "parent_id": 0, "name": "Root", "children": [
        {"category_id": "2", "parent_id": "1", "name": "A", "is_active": "0", "children": []}]}  # fmt: skip
    categories = [product_mapping.map_category(row) for row in category_records(tree)]
    assert [(row.external_id, row.parent_id, row.active) for row in categories] == [(1, None, True), (2, 1, False)]
    assert category_records(None) == []


# -- what SOAP v2 leaves out -------------------------------------------------------------------------------------------


def soap_v2(payload):
    """(row of the list, order) as SOAP v2 gives them: only what its WSDL declares."""

    def declared(record, kind):
        names = {field.name for field in TYPES[kind]}
        return {name: value for name, value in record.items() if name in names}

    info = declared(payload, "salesOrderEntity")
    info["items"] = [declared(item, "salesOrderItemEntity") for item in payload["items"]]
    head = declared(payload, "salesOrderListEntity")
    hidden = sum(D(item["hidden_tax_amount"]) for item in payload["items"] if not item.get("parent_item_id"))
    return {**head, "hidden_tax_amount": str(hidden)}, info


def with_options(payload):
    """The order with the options by which its parts are known."""
    kinds = {item["item_id"]: item["product_type"] for item in payload["items"]}
    for item in payload["items"]:
        if kinds.get(item.get("parent_item_id")) == "bundle":
            item["product_options"] = 'a:1:{s:27:"bundle_selection_attributes";s:2:"x";}'
    return payload


@pytest.mark.parametrize("kind", ORDERS)
def test_order_of_soap_v2_is_completed_from_its_list(kind):
    payload = with_options(json.loads(json.dumps(ORDERS[kind])))
    completed = complete_order(*soap_v2(payload))
    one = order_mapping.map_order(order_record(completed))
    whole = map_openmage_order(payload)
    assert (one.total, one.tax, one.external_id) == (whole.total, whole.tax, whole.external_id)
    assert [(row.kind, row.sku, row.net, row.tax) for row in one.lines] == [
        (row.kind, row.sku, row.net, row.tax) for row in whole.lines
    ]
    assert [len(row.components) for row in one.lines] == [len(row.components) for row in whole.lines]


def test_hidden_tax_is_what_a_discount_holds_of_tax():
    items = [{"discount_amount": "11.90", "tax_percent": "19"}, {"discount_amount": "5.35", "tax_percent": "7"}]
    assert hidden_taxes(items, "2.25") == [D("1.90"), D("0.35")]
    assert hidden_taxes(items, "7.00") is None


def test_parents_are_found_by_what_lines_tell():
    lines = [
        {"item_id": "5", "sku": "B", "product_type": "simple", "price": "0"},
        {"item_id": "1", "sku": "H-10", "product_type": "configurable", "price": "9"},
        {"item_id": "2", "sku": "H-10", "product_type": "simple", "price": "0.0000", "row_total": "0.0000"},
        {"item_id": "3", "sku": "H-10", "product_type": "simple", "price": "8.0000"},
        {"item_id": "4", "sku": "SET", "product_type": "bundle"},
    ]
    assert [row.get("parent_item_id") for row in with_parents(lines)] == [None, "1", None, None, None]
    lines[0]["product_options"] = "bundle_selection_attributes"
    assert [row.get("parent_item_id") for row in with_parents(lines)] == [None, "1", None, None, "4"]


def test_another_order_than_asked_for_is_refused():
    head, info = soap_v2(ORDERS["configurable"])
    with pytest.raises(Exception, match="another order"):
        complete_order({**head, "increment_id": "9"}, info)


# -- a running shop's payloads -----------------------------------------------------------------------------------------


@pytest.fixture
def openmage(shared_data):
    folder = shared_data / "magento" / "openmage-20.0.20"
    return lambda name: json.loads((folder / f"{name}.json").read_text())


@pytest.mark.parametrize("number", ["100000001", "100000002", "100000003"])
def test_recorded_orders(openmage, number):
    payload = openmage(f"sales_order.info.{number}")
    one = comparable(order_mapping.map_order(order_record(payload)))
    assert one == comparable(map_openmage_order(payload))
    head = next(row for row in openmage("sales_order.list") if row["increment_id"] == number)
    names = {field.name for field in TYPES["salesOrderItemEntity"]} | {"product_options"}
    bare = {**payload, "items": [{name: item.get(name) for name in names} for item in payload["items"]]}
    lines = order_mapping.map_order(order_record(complete_order(head, bare))).lines
    assert [(row.net, row.tax) for row in lines] == [(row.net, row.tax) for row in one.lines]


def test_recorded_documents_and_master_data(openmage):
    for number, total in (("100000001", "10816.86"), ("100000002", "369.53")):
        info = openmage(f"sales_order_invoice.info.{number}")
        intent = document_mapping.map_invoice(document_record(info, "invoice_id"))
        assert (intent.total, sum(row.gross for row in intent.lines)) == (D(total), D(total))
    memo = document_mapping.map_credit_memo(
        document_record(openmage("sales_order_creditmemo.info.100000001"), "creditmemo_id")
    )
    assert (memo.external_id, memo.total, memo.tax) == (1, D("21.41"), D("3.42"))
    shipment = document_mapping.map_shipment(
        document_record(openmage("sales_order_shipment.info.100000001"), "shipment_id")
    )
    assert (shipment.external_id, shipment.tracks, shipment.lines[0][2]) == (1, (("custom", "DHL", "JD0001"),), D(5))
    (head,) = openmage("customer.list")
    customer = partner_mapping.map_customer(customer_record(head, openmage("customer_address.list.1")))
    assert (customer.vat, customer.company, customer.addresses[0].city) == ("DE136695976", "Muster GmbH", "Berlin")
    product = product_mapping.map_product(product_record(openmage("catalog_product.info.PUMP-200")))
    assert (product.sku, product.tier_prices[0].price) == ("PUMP-200", D(219))
    stores = [reference_mapping.map_store(store_record(row)) for row in openmage("store.list")]
    assert [(store.code, store.website_id) for store in stores] == [("default", 1)]
    groups = [reference_mapping.map_customer_group(group_record(row)) for row in openmage("customer_group.list")]
    assert len(groups) == 4
