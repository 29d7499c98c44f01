"""Writes over real HTTP: what they do, how they fail, and that none of them is idempotent."""

import pytest
from shop_client import criteria

pytest_plugins = "sandbox_fixtures"

SOURCE = {"arguments": {"extension_attributes": {"source_code": "wh_kiel"}}}


@pytest.fixture
def placed(client):
    """A new order of 12 pumps and 40 seals; returns (client, entity id, item ids)."""
    lines = [{"sku": "PU-RAD", "qty": 12}, {"sku": "BF-OR", "qty": 40}]
    order_id = client.control("POST", "orders", {"company": "kessler", "lines": lines, "po_number": "T-1"})["entity_id"]
    items = client.get(f"V1/orders/{order_id}").json()["items"]
    return client, order_id, [item["item_id"] for item in items]


def test_the_same_partial_shipment_twice_makes_two(placed):
    client, order_id, (pump, _seal) = placed
    body = {
        "items": [{"order_item_id": pump, "qty": 5}],
        "tracks": [{"track_number": "X1", "title": "DHL", "carrier_code": "custom"}],
    } | SOURCE
    numbers = [client.post(f"V1/order/{order_id}/ship", body).json() for _time in range(2)]
    assert numbers[1] == numbers[0] + 1
    order = client.get(f"V1/orders/{order_id}").json()
    assert (order["items"][0]["qty_shipped"], order["state"]) == (10, "processing")
    found = client.get("V1/shipments", criteria(("order_id", "eq", order_id))).json()
    assert [shipment["tracks"][0]["track_number"] for shipment in found["items"]] == ["X1", "X1"]
    assert client.get(f"V1/shipment/{numbers[0]}").json()["extension_attributes"] == {"source_code": "wh_kiel"}
    assert client.post(f"V1/order/{order_id}/ship", body).status_code == 400, "only two are left"


def test_shipping_takes_stock_from_the_source_and_needs_one(placed):
    client, order_id, _items = placed
    query = criteria(("sku", "eq", "PU-RAD"), ("source_code", "eq", "wh_kiel"))
    before = client.get("V1/inventory/source-items", query).json()["items"][0]["quantity"]
    assert client.post(f"V1/order/{order_id}/ship", {}).status_code == 400
    assert client.post(f"V1/order/{order_id}/ship", SOURCE).status_code == 200
    assert client.get("V1/inventory/source-items", query).json()["items"][0]["quantity"] == before - 12


def test_invoice_and_shipment_complete_an_order(placed):
    client, order_id, (pump, _seal) = placed
    part = {"capture": True, "items": [{"order_item_id": pump, "qty": 5}]}
    first = client.post(f"V1/order/{order_id}/invoice", part).json()
    second = client.post(f"V1/order/{order_id}/invoice", {"capture": True}).json()
    invoices = [client.get(f"V1/invoices/{number}").json() for number in (first, second)]
    order = client.get(f"V1/orders/{order_id}").json()
    assert [invoice["shipping_amount"] for invoice in invoices] == [7.9, 0]
    assert round(sum(invoice["grand_total"] for invoice in invoices), 2) == order["grand_total"]
    assert order["total_due"] == 0
    assert client.post(f"V1/order/{order_id}/invoice", {}).status_code == 400
    client.post(f"V1/order/{order_id}/ship", SOURCE)
    assert client.get(f"V1/orders/{order_id}", {"fields": "state,status"}).json() == {
        "state": "complete",
        "status": "complete",
    }


def test_a_configurable_is_invoiced_and_shipped_by_its_parent_line(client):
    lines = [{"sku": "SL-FLEX", "variant": "SL-FLEX-25", "qty": 2}, {"sku": "SET-START", "qty": 1}]
    order_id = client.control("POST", "orders", {"company": "oberland", "lines": lines})["entity_id"]
    items = client.get(f"V1/orders/{order_id}").json()["items"]
    tops = [
        {"order_item_id": item["item_id"], "qty": item["qty_ordered"]} for item in items if "parent_item_id" not in item
    ]
    assert client.post(f"V1/order/{order_id}/invoice", {"items": tops}).status_code == 200
    assert client.post(f"V1/order/{order_id}/ship", {"items": tops} | SOURCE).status_code == 200
    order = client.get(f"V1/orders/{order_id}").json()
    assert order["state"] == "complete"
    assert order["total_invoiced"] == order["grand_total"]


def test_a_bundle_shipped_as_a_whole_is_shipped_by_its_parent_line_only(client):
    lines = [{"sku": "SET-DICHT", "qty": 2}, {"sku": "PU-100", "qty": 1}]
    order_id = client.control("POST", "orders", {"company": "oberland", "lines": lines})["entity_id"]
    whole, *parts, _pump = client.get(f"V1/orders/{order_id}").json()["items"]
    named = {"items": [{"order_item_id": part["item_id"], "qty": part["qty_ordered"]} for part in parts]}
    refusal = client.post(f"V1/order/{order_id}/ship", named | SOURCE)
    assert refusal.status_code == 400
    assert "You can't create a shipment without products." in refusal.json()["message"]
    one = {"items": [{"order_item_id": whole["item_id"], "qty": 1}]}
    shipment_id = client.post(f"V1/order/{order_id}/ship", one | SOURCE).json()
    (line,) = client.get(f"V1/shipment/{shipment_id}").json()["items"]
    assert (line["order_item_id"], line["qty"]) == (whole["item_id"], 1)
    shipped = [item["qty_shipped"] for item in client.get(f"V1/orders/{order_id}").json()["items"]]
    assert shipped == [1, 0, 0, 0]


def test_an_offline_refund_adjusts_without_tax_and_closes_the_order(placed):
    client, order_id, (pump, _seal) = placed
    client.post(f"V1/order/{order_id}/invoice", {})
    part = {
        "items": [{"order_item_id": pump, "qty": 1}],
        "arguments": {"shipping_amount": 0, "adjustment_positive": 2.5},
    }
    memo_id = client.post(f"V1/order/{order_id}/refund", part).json()
    memo = client.get(f"V1/creditmemo/{memo_id}").json()
    assert memo["adjustment"] == 2.5
    assert round(memo["subtotal"] + memo["tax_amount"] + 2.5, 2) == memo["grand_total"]
    assert client.get(f"V1/orders/{order_id}").json()["items"][0]["qty_refunded"] == 1


def test_cancel_answers_true_once_and_false_after(placed):
    client, order_id, _items = placed
    assert client.post(f"V1/orders/{order_id}/cancel", {}).json() is True
    assert client.post(f"V1/orders/{order_id}/cancel", {}).json() is False
    order = client.get(f"V1/orders/{order_id}").json()
    assert (order["state"], order["total_canceled"]) == ("canceled", order["grand_total"])


def test_hold_and_unhold(placed):
    client, order_id, _items = placed
    assert client.post(f"V1/orders/{order_id}/hold", {}).json() is True
    assert client.post(f"V1/order/{order_id}/ship", SOURCE).status_code == 400
    assert client.post(f"V1/orders/{order_id}/hold", {}).status_code == 400
    assert client.post(f"V1/orders/{order_id}/unhold", {}).json() is True
    assert client.get(f"V1/orders/{order_id}/statuses").json() == "pending"


def test_comments_are_added_each_time_and_move_updated_at(placed):
    client, order_id, _items = placed
    before = client.get(f"V1/orders/{order_id}").json()["updated_at"]
    client.control("POST", "clock", {"advance_seconds": 60})
    body = {
        "statusHistory": {"comment": "Invoice INV/2026/00001 🧾", "is_customer_notified": 0, "is_visible_on_front": 1}
    }
    assert [client.post(f"V1/orders/{order_id}/comments", body).json() for _time in range(2)] == [True, True]
    listed = client.get(f"V1/orders/{order_id}/comments").json()
    assert [entry["comment"] for entry in listed["items"]] == ["Invoice INV/2026/00001 🧾"] * 2
    assert client.get(f"V1/orders/{order_id}").json()["updated_at"] > before
    assert client.post(f"V1/orders/{order_id}/comments", {}).status_code == 400


def test_the_erp_number_can_be_stamped_on_an_order(placed):
    client, order_id, _items = placed
    answer = client.post("V1/orders", {"entity": {"entity_id": order_id, "ext_order_id": "S00042"}})
    assert answer.json()["ext_order_id"] == "S00042"
    found = client.get("V1/orders", criteria(("ext_order_id", "eq", "S00042"))).json()
    assert [order["entity_id"] for order in found["items"]] == [order_id]
    assert client.post("V1/orders", {"entity": {"entity_id": 9999}}).status_code == 404


def tier(**changes):
    return {
        "price": 9.5,
        "price_type": "fixed",
        "website_id": 0,
        "sku": "AR-SI",
        "customer_group": "Wholesale",
        "quantity": 5,
    } | changes


def test_tier_prices_are_set_read_replaced_and_deleted(client):
    assert client.post("V1/products/tier-prices", {"prices": [tier()]}).json() == []
    assert client.post("V1/products/tier-prices-information", {"skus": ["AR-SI"]}).json()[-1] == tier()
    order = client.control("POST", "orders", {"company": "oberland", "lines": [{"sku": "AR-SI", "qty": 5}]})
    assert client.get(f"V1/orders/{order['entity_id']}").json()["items"][0]["price"] == 9.5
    client.call("PUT", "V1/products/tier-prices", None, {"prices": [tier(quantity=9)]})
    assert client.post("V1/products/tier-prices-information", {"skus": ["AR-SI"]}).json() == [tier(quantity=9)]
    assert client.post("V1/products/tier-prices-delete", {"prices": [tier(quantity=9)]}).json() == []
    assert client.post("V1/products/tier-prices-information", {"skus": ["AR-SI"]}).json() == []


def test_one_unknown_sku_refuses_all_tier_prices(client):
    answer = client.post("V1/products/tier-prices", {"prices": [tier(), tier(sku="NOPE")]})
    assert answer.status_code == 404
    rows = client.post("V1/products/tier-prices-information", {"skus": ["AR-SI"]}).json()
    assert tier() not in rows


def test_an_unknown_customer_group_is_told_in_a_200_body(client):
    answer = client.post("V1/products/tier-prices", {"prices": [tier(), tier(customer_group="Nobody")]})
    assert answer.status_code == 200
    assert [error["parameters"] for error in answer.json()] == [["AR-SI", "0", "Nobody", "5"]]
    assert tier() in client.post("V1/products/tier-prices-information", {"skus": ["AR-SI"]}).json()


def test_base_prices_change_the_list_price_and_updated_at(client):
    before = client.get("V1/products/AR-SI").json()
    client.control("POST", "clock", {"advance_seconds": 5})
    rows = [{"price": 41.25, "store_id": 0, "sku": "AR-SI"}, {"price": 1, "store_id": 0, "sku": "NOPE"}]
    assert len(client.post("V1/products/base-prices", {"prices": rows}).json()) == 1
    after = client.get("V1/products/AR-SI").json()
    assert (before["price"], after["price"]) == (39.5, 41.25)
    assert after["updated_at"] > before["updated_at"]


def test_one_bad_line_refuses_all_stock(client):
    good = {"sku": "AR-SI", "source_code": "wh_ulm", "quantity": 7, "status": 1}
    assert client.post("V1/inventory/source-items", {"sourceItems": [good, good | {"sku": "NOPE"}]}).status_code == 400
    query = criteria(("sku", "eq", "AR-SI"), ("source_code", "eq", "wh_ulm"))
    assert client.get("V1/inventory/source-items", query).json()["items"][0]["quantity"] == 3000
    assert client.post("V1/inventory/source-items", {"sourceItems": [good]}).json() == []
    assert client.get("V1/inventory/source-items", query).json()["items"][0] == good


def test_an_input_cap_is_kept(client):
    client.control("POST", "settings", {"input_cap": 20})
    answer = client.post("V1/products/tier-prices", {"prices": [tier(quantity=number) for number in range(1, 22)]})
    assert (answer.status_code, answer.json()["parameters"]["max"]) == (400, 20)


@pytest.mark.parametrize("body", [b"{", b'"text"', b"[]"])
def test_a_body_that_is_no_object_is_400(client, body):
    url = f"{client.address}/rest/V1/products/tier-prices"
    answer = client.session.post(url, data=body, headers=client.signed("POST", url), timeout=5)
    assert answer.status_code == 400
