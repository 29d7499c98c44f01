"""Magento 2's SOAP of the sandbox: its WSDL, its names beside a running shop's, its faults."""

import pytest
import requests
import zeep.wsdl
from lxml import etree

from magento_sandbox import master_data
from magento_sandbox.openmage_types import METHODS
from magento_sandbox.soap_services import SERVICES
from magento_sandbox.soap_types import PLAIN, TYPES, camel
from magento_sandbox.soap_wsdl import magento_2_wsdl, openmage_wsdl

pytest_plugins = "sandbox_fixtures"

ADDRESS = "https://shop.example/soap/all"
ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
XSD = "{http://www.w3.org/2001/XMLSchema}"


class Memory:
    """Gives zeep a WSDL, and an empty schema for SOAP's encoding."""

    def __init__(self, content):
        self.content = content

    def load(self, url):
        if url == ADDRESS:
            return self.content
        return (
            f'<schema xmlns="http://www.w3.org/2001/XMLSchema" xmlns:t="{url}" targetNamespace="{url}">'
            '<complexType name="Array"><sequence><any minOccurs="0" maxOccurs="unbounded"/></sequence></complexType>'
            '<attribute name="arrayType" type="string"/></schema>'
        ).encode()


def named(*services):
    return {
        service: {name: (one.arguments, one.result) for name, one in SERVICES[service].items()} for service in services
    }


def types_of(content):
    """{type: {element}} of a WSDL."""
    root = etree.fromstring(content)
    return {
        kind.get("name"): {element.get("name") for element in kind.iter(f"{XSD}element")}
        for kind in root.iter(f"{XSD}complexType")
        if kind.get("name")
    }


def test_every_wsdl_loads():
    for service in SERVICES:
        document = zeep.wsdl.Document(ADDRESS, Memory(magento_2_wsdl(named(service), ADDRESS)))
        (binding,) = document.bindings.values()
        assert set(binding.all()) == set(SERVICES[service])
    together = zeep.wsdl.Document(ADDRESS, Memory(magento_2_wsdl(named(*SERVICES), ADDRESS)))
    assert len(together.bindings) == len(SERVICES)
    for ws_i in (False, True):
        document = zeep.wsdl.Document(ADDRESS, Memory(openmage_wsdl(ADDRESS, ws_i)))
        (binding,) = document.bindings.values()
        assert set(binding.all()) == {"login", "endSession", *METHODS}


def test_every_field_that_rest_shows_is_declared(shop):
    missing = set()

    def walk(value, kind):
        if isinstance(value, list):
            for inner in value:
                walk(inner, kind)
        elif isinstance(value, dict):
            fields = {field.name: field for field in TYPES[kind]}
            for name, inner in value.items():
                if name not in fields:
                    missing.add(f"{kind}.{name}")
                elif fields[name].kind not in PLAIN:
                    walk(inner, fields[name].kind)

    walk([order.view() for order in shop.orders.values()], "SalesDataOrderInterface")
    walk(shop.invoices, "SalesDataInvoiceInterface")
    walk(shop.shipments, "SalesDataShipmentInterface")
    walk(shop.creditmemos, "SalesDataCreditmemoInterface")
    walk(shop.customers, "CustomerDataCustomerInterface")
    walk([master_data.product(shop, sku) for sku in master_data.product_skus()], "CatalogDataProductInterface")
    assert not missing


COMMERCE = {"companyOrderAttributes"}
"""What only Adobe Commerce declares."""


def test_names_are_those_of_a_running_magento_2(shared_data):
    theirs = types_of((shared_data / "magento/live-2.4.7-p3/salesOrderRepositoryV1.wsdl").read_bytes())
    ours = types_of(magento_2_wsdl(named("salesOrderRepositoryV1"), ADDRESS))
    assert len(set(ours) & set(theirs)) > 25
    for kind in set(ours) & set(theirs):
        assert ours[kind] - COMMERCE <= theirs[kind], (kind, ours[kind] - theirs[kind])
    assert not {kind for kind in ours if kind.startswith("SalesData")} - set(theirs)


def test_names_are_those_of_a_running_magento_1(shared_data):
    content = (shared_data / "magento/openmage-20.0.20/v2_soap.rpc.wsdl").read_bytes()
    theirs, ours = types_of(content), types_of(openmage_wsdl(ADDRESS))
    for kind in ours:
        assert ours[kind] <= theirs[kind], (kind, ours[kind] - theirs[kind])
    messages = {
        message.get("name"): [part.get("name") for part in message]
        for message in etree.fromstring(content).iter("{http://schemas.xmlsoap.org/wsdl/}message")
    }
    ours = etree.fromstring(openmage_wsdl(ADDRESS)).iter("{http://schemas.xmlsoap.org/wsdl/}message")
    compared = {message.get("name"): [part.get("name") for part in message] for message in ours}
    shared = {name: parts for name, parts in compared.items() if name in messages}
    assert len(shared) >= 2 * len(METHODS)
    assert shared == {name: messages[name] for name in shared}


def call(client, query, body="", token=None, path="soap/default"):
    headers = {"Authorization": f"Bearer {token or client.server.access.access_token}"}
    content = f'<e:Envelope xmlns:e="{ENVELOPE}"><e:Body>{body}</e:Body></e:Envelope>'.encode() if body else b""
    return requests.post(f"{client.address}/{path}?{query}", data=content, headers=headers, timeout=10)


def fault_of(response):
    root = etree.fromstring(response.content)
    texts = {etree.QName(element).localname: element.text for element in root.iter() if isinstance(element.tag, str)}
    return texts["Value"], texts["Text"]


GET = '<a:salesOrderRepositoryV1GetRequest xmlns:a="urn:a"><id>{0}</id></a:salesOrderRepositoryV1GetRequest>'


def test_order_in_xml_holds_what_rest_holds(client):
    order = next(iter(client.server.shop.orders.values()))
    response = call(client, "services=salesOrderRepositoryV1", GET.format(order.id))
    assert response.headers["Content-Type"].startswith("application/soap+xml")
    (result,) = etree.fromstring(response.content).iter("result")
    assert result.findtext("grandTotal") == f"{order.data['grand_total'].normalize():f}"
    assert result.findtext("billingAddress/street/item") == order.billing["street"][0]
    assert len(result.findall("items/item")) == len(order.items)
    assert result.find("couponCode") is None or order.data["coupon_code"]


def test_refusals_are_faults(client):
    token, services = client.server.access.access_token, "services=salesOrderRepositoryV1"
    good = GET.format(1)
    cases = [
        (call(client, services, GET.format(99999)), 200, "doesn't exist"),
        (call(client, services, good, token="wrong"), 200, "isn't authorized"),
        (call(client, "services=teleportV1", good), 200, "not available"),
        (call(client, services, good.replace("Get", "Fly")), 200, "not found"),
        (call(client, services, good, path="soap/mars"), 200, "store code"),
        (call(client, "wsdl&services=teleportV1"), 404, "not available"),
        (call(client, "wsdl&" + services, token="wrong"), 401, "isn't authorized"),
        (call(client, services, "no envelope"), 500, "Bad Request"),
    ]
    for response, status, words in cases:
        assert response.status_code == status, words
        assert words in fault_of(response)[1]
        assert token not in response.text


def test_list_of_services_and_wsdl(client):
    listed = requests.get(f"{client.address}/soap/all?wsdl_list=1", timeout=10).json()
    assert set(listed) == set(SERVICES)
    assert listed["salesOrderRepositoryV1"]["wsdl_endpoint"].endswith("?wsdl&services=salesOrderRepositoryV1")
    wsdl = call(client, "wsdl&services=storeStoreRepositoryV1,storeWebsiteRepositoryV1")
    assert {"StoreDataStoreInterface", "StoreDataWebsiteInterface"} <= set(types_of(wsdl.content))


def test_entities_are_not_expanded(client):
    body = b'<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/passwd">]><e>&x;</e>'
    headers = {"Authorization": f"Bearer {client.server.access.access_token}"}
    url = f"{client.address}/soap/all?services=salesOrderRepositoryV1"
    response = requests.post(url, data=body, headers=headers, timeout=10)
    assert response.status_code == 500
    assert "root:" not in response.text


@pytest.mark.parametrize(
    ("name", "shown"), [("entity_id", "entityId"), ("base_weee_tax_applied_row_amnt", "baseWeeeTaxAppliedRowAmnt")]
)
def test_camel_case(name, shown):
    assert camel(name) == shown
