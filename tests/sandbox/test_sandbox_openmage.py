"""Magento 1's API of the sandbox: sessions, filters, faults and money, over XML-RPC and SOAP v2."""

import json
import xmlrpc.client
from decimal import Decimal as D

import pytest
import requests

from magento_sandbox import openmage_view

pytest_plugins = "sandbox_fixtures"


class Api:
    """An XML-RPC client with a session."""

    def __init__(self, client):
        self.client, self.access = client, client.server.access
        self.proxy = xmlrpc.client.ServerProxy(f"{client.address}/index.php/api/xmlrpc/", allow_none=True)
        self.session = self.proxy.login(self.access.api_user, self.access.api_key)

    def call(self, path, *arguments):
        return self.proxy.call(self.session, path, list(arguments))

    def fault(self, path, *arguments):
        with pytest.raises(xmlrpc.client.Fault) as fault:
            self.call(path, *arguments)
        return fault.value.faultCode


@pytest.fixture
def api(client):
    return Api(client)


def test_session_is_needed_and_expires(api):
    for name, key in (("erp", "wrong"), ("nobody", api.access.api_key)):
        with pytest.raises(xmlrpc.client.Fault) as fault:
            api.proxy.login(name, key)
        assert fault.value.faultCode == 2
    with pytest.raises(xmlrpc.client.Fault) as fault:
        api.proxy.login("", "")
    assert fault.value.faultCode == 6
    assert api.call("magento.info")["openmage_version"] == "20.0.20"
    api.client.control("POST", "clock", {"advance_seconds": 3500})
    api.call("store.list")
    api.client.control("POST", "clock", {"advance_seconds": 3700})
    assert api.fault("store.list") == 5
    api.session = api.proxy.login(api.access.api_user, api.access.api_key)
    assert len(api.call("store.list")) == 3
    assert api.proxy.endSession(api.session) is True
    assert api.fault("store.list") == 5


def test_filters_select_as_the_database_does(api):
    orders = api.client.server.shop.orders
    times = sorted(order.data["updated_at"] for order in orders.values())
    bounds = {"from": times[10], "to": times[30]}
    found = api.call("sales_order.list", {"updated_at": bounds})
    assert len(found) == sum(bounds["from"] <= at <= bounds["to"] for at in times)
    assert {row["order_id"] for row in api.call("sales_order.list", {"order_id": {"in": ["1", "2", "999"]}})} == {1, 2}
    assert [row["order_id"] for row in api.call("sales_order.list", {"order_id": 3})] == [3]
    assert len(api.call("order.list", {"created_at": {"like": "2026-%"}})) == len(orders)
    assert api.fault("sales_order.list", {"colour": "red"}) == 1
    assert len(api.call("catalog_product.list", {"type": "bundle"})) == 2
    assert "updated_at" not in api.call("catalog_product.list")[0]


def test_faults_have_magentos_numbers(api):
    assert api.fault("teleport.list") == 3
    assert api.fault("sales_order.info", "000") == 100
    assert api.fault("catalog_product.info", "no such") == 101
    assert api.fault("customer_address.list", 9999) == 102
    assert api.fault("sales_order_shipment.info", "000") == 100
    answers = api.proxy.multiCall(api.session, [["store.list"], ["sales_order.info", "000"], ["nowhere.at"]])
    assert len(answers[0]) == 3
    assert [row["faultCode"] for row in answers[1:]] == [100, 3]
    response = requests.post(f"{api.client.address}/index.php/api/xmlrpc/", data=b"<no", timeout=10)
    with pytest.raises(xmlrpc.client.Fault):
        xmlrpc.client.loads(response.content)


def test_orders_add_up_by_magento_1s_rule(shop):
    """Net of a top line = row total - discount + hidden tax; shipping likewise; fixed product taxes beside."""
    for key, order in shop.orders.items():
        shown = openmage_view.order(order)
        total = tax = D(0)
        for item in shown["items"]:
            if item["parent_item_id"] is None:
                net = D(item["row_total"]) - D(item["discount_amount"]) + D(item["hidden_tax_amount"])
                total += net + D(item["tax_amount"]) + D(item["weee_tax_applied_row_amount"])
                tax += D(item["tax_amount"])
        shipping = D(shown["shipping_amount"]) - D(shown["shipping_discount_amount"])
        total += shipping + D(shown["shipping_hidden_tax_amount"]) + D(shown["shipping_tax_amount"])
        tax += D(shown["shipping_tax_amount"])
        spoilt = "currency" not in shop.notes[key].refuse and shop.notes[key].refuse if key in shop.notes else ""
        assert (total == D(shown["grand_total"]) and tax == D(shown["tax_amount"])) == (not spoilt), key


def test_comment_is_added_with_its_status(api):
    order = next(iter(api.client.server.shop.orders.values()))
    assert api.call("sales_order.addComment", order.data["increment_id"], order.data["status"], "Hello", "0") is True
    info = api.call("sales_order.info", order.data["increment_id"])
    assert [row["comment"] for row in info["status_history"]].count("Hello") == 1
    assert info["order_id"] == order.id


def test_quirks_of_a_running_shop_are_kept(api):
    assert {row["shipment_id"] for row in api.call("sales_order_shipment.list")} == {None}
    assert api.call("customer.list")[0]["password_hash"]
    product = api.call("catalog_product.info", 1, None, None, "id")
    assert product["created_at"].endswith("+01:00")
    assert " " in product["updated_at"]
    order = next(iter(api.client.server.shop.orders.values()))
    info = api.call("sales_order.info", order.data["increment_id"])
    assert isinstance(info["billing_address"]["street"], str)
    assert info["grand_total"] == f"{order.data['grand_total']:.4f}"


def test_names_are_those_of_a_running_shop(shared_data, shop):
    folder = shared_data / "magento" / "openmage-20.0.20"

    def theirs(name):
        return json.loads((folder / f"{name}.json").read_text())

    order = next(order for order in shop.orders.values() if order.shipping and "customer_id" in order.data)
    recorded, ours = theirs("sales_order.info.100000001"), openmage_view.order(order)
    later = {"edit_increment", "original_increment_id"}  # only an edited order has them there
    assert set(ours) - set(recorded) <= {"customer_note_notify", "total_due"} | later
    for part in ("billing_address", "payment"):
        assert set(ours[part]) - set(recorded[part]) <= {"region_code"}, part
    assert set(ours["items"][0]) - set(recorded["items"][0]) == set()
    invoice = openmage_view.document(shop.invoices[0], "invoice_id")
    recorded = theirs("sales_order_invoice.info.100000001")
    assert set(invoice) - set(recorded) == set()
    assert set(invoice["items"][0]) - set(recorded["items"][0]) == set()
    head = openmage_view.invoice_head(shop.invoices[0])
    assert set(head) == set(theirs("sales_order_invoice.list")[0])
    assert set(openmage_view.shipment_head(shop.shipments[0])) == set(theirs("sales_order_shipment.list")[0])
    assert set(openmage_view.stores()[0]) == set(theirs("store.list")[0])


SOAP = """<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>
<a:{0} xmlns:a="urn:OpenMage">{1}</a:{0}></e:Body></e:Envelope>"""


def test_soap_v2_drops_what_its_wsdl_does_not_declare(client):
    url, access = f"{client.address}/index.php/api/v2_soap/", client.server.access

    def call(name, body):
        return requests.post(url, data=SOAP.format(name, body).encode(), timeout=10)

    login = f"<username>{access.api_user}</username><apiKey>{access.api_key}</apiKey>"
    session = call("login", login).text.split("loginReturn")[1].split(">")[1].split("<")[0]
    order = next(iter(client.server.shop.orders.values()))
    number = order.data["increment_id"]
    answer = call(
        "salesOrderInfo", f"<sessionId>{session}</sessionId><orderIncrementId>{number}</orderIncrementId>"
    ).text
    assert f">{number}<" in answer
    assert "hidden_tax_amount" not in answer
    assert "parent_item_id" not in answer
    wrong = call("salesOrderInfo", "<sessionId>old</sessionId><orderIncrementId>1</orderIncrementId>")
    assert wrong.status_code == 500
    assert "<faultcode>5</faultcode>" in wrong.text
    assert "<faultcode>3</faultcode>" in call("teleport", "").text
    assert client.server.log[-1]["path"] == "/index.php/api/v2_soap/#teleport"
