"""What the shop keeps behind settings: Adobe Commerce's companies, bulks for later, stock without sources; and money
that moves online."""

import json

import pytest
from shop_client import criteria

pytest_plugins = "sandbox_fixtures"

B2B_PATHS = ("company/", "companyCredits/", "companyCredits/history", "sharedCatalog/", "customers/1/companies")
LINES = [{"sku": "PU-RAD", "qty": 4}]


@pytest.fixture
def commerce(start):
    return start(commerce=True)


@pytest.mark.parametrize("path", B2B_PATHS)
def test_open_source_knows_no_companies(client, commerce, path):
    assert client.get(f"V1/{path}", criteria()).status_code == 404
    assert commerce.get(f"V1/{path}", criteria()).status_code == 200


def test_buyers_name_the_company_they_act_for(client, commerce):
    def companies(shop):
        rows = shop.get("V1/customers/search", criteria(size=50)).json()["items"]
        return {row["extension_attributes"].get("company_attributes", {}).get("company_id") for row in rows}

    assert companies(client) == {None}
    assert companies(commerce) >= {1, 2, 3}


def test_orders_name_their_company_and_purchases_lower_its_credit(commerce):
    placed = commerce.control("POST", "orders", {"company": "hansen", "lines": LINES, "payment": "companycredit"})
    order = commerce.get(f"V1/orders/{placed['entity_id']}").json()
    company = order["extension_attributes"]["company_order_attributes"]
    assert company["company_name"] == "Hansen Anlagenbau GmbH"
    account = commerce.get(f"V1/companyCredits/company/{company['company_id']}").json()
    assert (account["balance"], account["available_limit"]) == (-order["grand_total"], 10000 - order["grand_total"])
    (entry,) = commerce.get("V1/companyCredits/history", criteria(("company_credit_id", "eq", account["id"]))).json()[
        "items"
    ]
    assert (entry["type"], entry["purchase_order"]) == (3, order["increment_id"])


@pytest.mark.parametrize(
    ("word", "kind", "status"),
    [("increaseBalance", 3, 400), ("increaseBalance", 4, 200), ("decreaseBalance", 1, 400), ("decreaseBalance", 5, 400),
     ("decreaseBalance", 6, 400), ("decreaseBalance", 3, 200), ("decreaseBalance", 2, 200)],
)  # fmt: skip
def test_credit_operations_take_their_own_kinds(commerce, word, kind, status):
    body = {"value": 250, "currency": "EUR", "operationType": kind, "comment": "[credit:1]"}
    assert commerce.post(f"V1/companyCredits/2/{word}", body).status_code == status
    balance = commerce.get("V1/companyCredits/2").json()["balance"]
    assert balance == (0 if status == 400 else 250 if word.startswith("increase") else -250)


def test_limit_is_set_for_the_company_it_belongs_to(commerce):
    body = {"creditLimit": {"id": 3, "company_id": 3, "credit_limit": 500, "exceed_limit": False}}
    assert commerce.call("PUT", "V1/companyCredits/3", None, body).json()["credit_limit"] == 500
    body["creditLimit"]["company_id"] = 4
    assert commerce.call("PUT", "V1/companyCredits/3", None, body).status_code == 400


def test_prices_of_a_shared_catalog_are_those_of_its_group(commerce):
    row = {"price": 30, "price_type": "fixed", "website_id": 0, "sku": "AR-SI", "customer_group": "", "quantity": 1}
    assert commerce.post("V1/sharedCatalog/2/assignTierPrices", {"prices": [row]}).json() == []
    found = commerce.post("V1/products/tier-prices-information", {"skus": ["AR-SI"]}).json()
    assert row | {"customer_group": "Vertrag Hansen"} in found
    assert commerce.post("V1/sharedCatalog/9/assignTierPrices", {"prices": [row]}).status_code == 404
    assert "1" in json.loads(commerce.get("V1/sharedCatalog/2/companies").json())


def test_bulk_is_open_until_it_is_carried_out_row_by_row(start):
    client = start(async_bulk=True, bulk_polls=1)
    rows = [{"sku": sku, "source_code": "wh_ulm", "quantity": 7, "status": 1} for sku in ("AR-SI", "NOPE")]
    taken = client.post("all/async/bulk/V1/inventory/source-items", [{"sourceItems": [row]} for row in rows])
    assert taken.status_code == 202
    assert [item["status"] for item in taken.json()["request_items"]] == ["accepted"] * 2
    path = f"V1/bulk/{taken.json()['bulk_uuid']}/detailed-status"
    told = [[row["status"] for row in client.get(path).json()["operations_list"]] for _poll in range(2)]
    assert told == [[4, 4], [1, 3]]
    query = criteria(("sku", "eq", "AR-SI"), ("source_code", "eq", "wh_ulm"))
    assert client.get("V1/inventory/source-items", query).json()["items"][0]["quantity"] == 7


def test_bulk_fills_the_path_from_the_body(start):
    client = start(async_bulk=True, bulk_polls=0)
    bodies = [{"productSku": "AR-SI", "itemId": "1", "stockItem": {"qty": 3}}]
    taken = client.call("PUT", "all/async/bulk/V1/products/byProductSku/stockItems/byItemId", None, bodies).json()
    assert client.get(f"V1/bulk/{taken['bulk_uuid']}/detailed-status").json()["operations_list"][0]["status"] == 1
    assert client.get("V1/stockItems/AR-SI").json()["qty"] == 3


def test_shop_without_bulks_or_sources_answers_404(start):
    client = start(multi_source=False)
    assert client.post("all/async/bulk/V1/products/base-prices", [{}]).status_code == 404
    assert client.get("V1/bulk", criteria()).status_code == 404
    assert client.get("V1/inventory/sources", criteria()).status_code == 404
    assert client.get("V1/stockItems/AR-SI").status_code == 200


def test_an_order_reserves_and_its_shipment_takes(client):
    def quantities():
        query = criteria(("sku", "eq", "PU-RAD"), ("source_code", "eq", "wh_kiel"))
        source = client.get("V1/inventory/source-items", query).json()["items"][0]["quantity"]
        return source, client.get("V1/inventory/get-product-salable-quantity/PU-RAD/2").json()

    source, salable = quantities()
    order_id = client.control("POST", "orders", {"company": "kessler", "lines": LINES})["entity_id"]
    assert quantities() == (source, salable - 4)
    body = {"arguments": {"extension_attributes": {"source_code": "wh_kiel"}}}
    assert client.post(f"V1/order/{order_id}/ship", body).status_code == 200
    assert quantities() == (source - 4, salable - 4)


def test_money_taken_online_goes_back_online(client):
    order_id = client.control("POST", "orders", {"guest": 0, "lines": LINES, "payment": "paypal_express"})["entity_id"]
    invoice_id = client.post(f"V1/order/{order_id}/invoice", {"capture": True}).json()
    body = {"isOnline": True, "arguments": {"shipping_amount": 0}}
    memo_id = client.post(f"V1/invoice/{invoice_id}/refund", body).json()
    memo = client.get(f"V1/creditmemo/{memo_id}").json()
    taken, back = client.get("V1/transactions", criteria(("order_id", "eq", order_id))).json()["items"]
    assert (taken["txn_type"], back["txn_type"], back["parent_txn_id"]) == ("capture", "refund", taken["txn_id"])
    assert (memo["invoice_id"], memo["transaction_id"]) == (invoice_id, back["txn_id"])


def test_bank_transfer_is_not_refunded_online(client):
    order_id = client.control("POST", "orders", {"company": "kessler", "lines": LINES, "payment": "banktransfer"})[
        "entity_id"
    ]
    invoice_id = client.post(f"V1/order/{order_id}/invoice", {"capture": True}).json()
    assert client.post(f"V1/invoice/{invoice_id}/refund", {"isOnline": True}).status_code == 400
    assert client.post(f"V1/order/{order_id}/refund", {}).status_code == 200


def test_refund_of_a_sum_alone_and_of_part_of_the_shipping(client):
    order_id = client.control("POST", "orders", {"company": "kessler", "lines": LINES})["entity_id"]
    client.post(f"V1/order/{order_id}/invoice", {})
    item = client.get(f"V1/orders/{order_id}").json()["items"][0]["item_id"]
    body = {"items": [{"order_item_id": item, "qty": 0}], "arguments": {"shipping_amount": 0, "adjustment_positive": 3}}
    memo = client.get(f"V1/creditmemo/{client.post(f'V1/order/{order_id}/refund', body).json()}").json()
    assert (memo["grand_total"], memo["subtotal"]) == (3, 0)
    body["arguments"] = {"shipping_amount": 2.5}
    memo = client.get(f"V1/creditmemo/{client.post(f'V1/order/{order_id}/refund', body).json()}").json()
    assert (memo["shipping_amount"], memo["subtotal"]) == (2.5, 0)
    body["arguments"] = {"shipping_amount": 0}
    assert client.post(f"V1/order/{order_id}/refund", body).status_code == 400
    body["arguments"] = {"shipping_amount": 5.4}
    assert client.post(f"V1/order/{order_id}/refund", body).status_code == 200
    body["arguments"] = {"shipping_amount": 0, "adjustment_positive": 1}
    answer = client.post(f"V1/order/{order_id}/refund", body)
    assert "without products" in answer.json()["message"], "a sum alone goes back only while shipping may"


def test_documents_keep_their_comments(client):
    order_id = client.control("POST", "orders", {"company": "kessler", "lines": LINES})["entity_id"]
    said = {"comment": {"comment": "Posted as INV/1 [invoice:1]", "is_visible_on_front": 0}}
    invoice_id = client.post(f"V1/order/{order_id}/invoice", said).json()
    (comment,) = client.get(f"V1/invoices/{invoice_id}/comments").json()["items"]
    assert comment["comment"] == said["comment"]["comment"]


def special(**changes):
    return {"price": 20, "store_id": 0, "sku": "AR-SI", "price_from": "2026-12-01 00:00:00", "price_to": ""} | changes


def test_special_price_keeps_dates_that_a_new_one_leaves_out(client):
    def present():
        return client.post("V1/products/special-price-information", {"skus": ["AR-SI"]}).json()

    assert client.post("V1/products/special-price", {"prices": [special()]}).json() == []
    client.post("V1/products/special-price", {"prices": [special(price=18, price_from="")]})
    assert [(row["price"], row["price_from"]) for row in present()] == [(18, "2026-12-01 00:00:00")]
    errors = client.post("V1/products/special-price", {"prices": [special(sku="NOPE")]}).json()
    assert "Row ID: SKU = %SKU" in errors[0]["message"]
    client.post("V1/products/special-price-delete", {"prices": [special(price=0)]})
    assert present() == []


def test_tier_price_goes_only_by_the_price_it_has(client):
    row = {
        "price": 9,
        "price_type": "fixed",
        "website_id": 0,
        "sku": "AR-SI",
        "customer_group": "General",
        "quantity": 5,
    }
    client.post("V1/products/tier-prices", {"prices": [row]})
    for price, left in ((8, 1), (9, 0)):
        assert client.post("V1/products/tier-prices-delete", {"prices": [row | {"price": price}]}).json() == []
        found = client.post("V1/products/tier-prices-information", {"skus": ["AR-SI"]}).json()
        assert len([tier for tier in found if tier["customer_group"] == "General"]) == left
