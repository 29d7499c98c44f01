"""SOAP by zeep over our own transport: whose addresses are opened, what is refused, and how values are read."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from wire_shops import connect, read, start_shop, truth

from magento_sandbox.soap_types import Field
from magento_sandbox.soap_wsdl import magento_2_wsdl, openmage_wsdl
from magento_sandbox.soap_xml import MAGENTO_1, MAGENTO_2, OPENMAGE, encode, envelope, write
from magento_wire import soap_client
from magento_wire.auth import AdminToken, BearerToken
from magento_wire.cursor import Cursor
from magento_wire.effects import Effect
from magento_wire.errors import CONFIGURATION, INDEFINITE, TRANSIENT, ShopError
from magento_wire.faults import ShopFault
from magento_wire.openmage_soap import as_filters
from magento_wire.order_mapping import map_order
from magento_wire.search import Search
from magento_wire.soap import SoapShop
from magento_wire.soap_client import SoapEndpoint
from magento_wire.soap_routes import ROUTES, in_camel_case, in_rest_names, search_criteria, soap_call
from magento_wire.soap_values import legal_xml
from magento_wire.transport import HttpRequest, HttpResponse, HttpTransport, Transport
from magento_wire.url_guard import UrlGuard

SHOP = "https://shop.example"
SERVICES = {
    "demoV1": {
        "demoV1Get": ((Field("id", "i"),), Field("result", "SalesDataOrderAddressInterface")),
        "demoV1Put": ((Field("address", "SalesDataOrderAddressInterface"),), Field("result", "b")),
        "demoV1GetList": ((Field("names", "s", True),), Field("result", "s", True)),
    }
}
WSDL = magento_2_wsdl(SERVICES, f"{SHOP}/soap/all?services=demoV1")


class Recorded(Transport):
    """Answers by address; keeps what was sent."""

    def __init__(self, pages):
        self.pages, self.requests = pages, []

    def send(self, request):
        self.requests.append(request)
        answer = self.pages[request.method, request.url]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, HttpResponse) else HttpResponse(200, {}, answer)


def endpoint(pages, wsdl=WSDL):
    """An endpoint of a shop whose WSDL and answers are given; returns it and its transport."""
    pages = {("GET", f"{SHOP}/wsdl"): wsdl, **pages}
    transport = Recorded(pages)

    def exchange(method, url, headers, body, reading, *, credentials=True):
        proof = {"Authorization": "Bearer secret token"} if credentials else {}
        return transport.send(HttpRequest(method, url, {**headers, **proof}, body))

    return SoapEndpoint(f"{SHOP}/wsdl", f"{SHOP}/soap", exchange), transport


def answer(value, field=SERVICES["demoV1"]["demoV1Get"][1], name="demoV1GetResponse"):
    root, shown = envelope(f"{SHOP}/soap/all?services=demoV1", name, MAGENTO_2)
    write(shown, field, value, MAGENTO_2)
    return encode(root)


def call(content, status=200, reading=True):
    one, transport = endpoint({("POST", f"{SHOP}/soap"): HttpResponse(status, {}, content)})
    return one.call("demoV1Get", {"id": 5}, reading=reading), transport


def test_call_goes_to_our_address_and_answers_plain_data():
    data, transport = call(answer({"city": "Kiel", "street": ["Kai 1", "Tor 2"], "company": None, "vendor_flag": "x"}))
    assert data == {"city": "Kiel", "street": ["Kai 1", "Tor 2"], "vendorFlag": "x"}
    assert [request.url for request in transport.requests] == [f"{SHOP}/wsdl", f"{SHOP}/soap"]
    assert b"<id>5</id>" in transport.requests[1].body
    assert "soap+xml" in transport.requests[1].headers["Content-Type"]


def test_lists_are_lists_even_when_empty():
    field, name = SERVICES["demoV1"]["demoV1GetList"][1], "demoV1GetListResponse"
    for names in (["a", "b"], ["a"], []):
        one, transport = endpoint({("POST", f"{SHOP}/soap"): answer(names, field, name)})
        assert (one.call("demoV1GetList", {"names": names}, reading=True) or []) == names
        assert transport.requests[1].body.count(b"<item>") == len(names)


def test_one_parsed_wsdl_serves_many_and_keeps_no_transport():
    soap_client._parsed.clear()
    first, _transport = endpoint({("POST", f"{SHOP}/soap"): answer({})})
    second, _transport = endpoint({("POST", f"{SHOP}/soap"): answer({})})
    first.call("demoV1Get", {"id": 1}, reading=True)
    started = time.monotonic()
    second.call("demoV1Get", {"id": 1}, reading=True)
    assert time.monotonic() - started < 0.5
    assert len(soap_client._parsed) == 1
    (document,) = soap_client._parsed.values()
    assert document.transport._carrier is None


def test_encoding_schema_is_answered_here_and_never_fetched():
    wsdl = openmage_wsdl(f"{SHOP}/elsewhere")
    root, shown = envelope(OPENMAGE, "loginResponse", MAGENTO_1)
    write(shown, Field("loginReturn", "s"), "session 1", MAGENTO_1)
    one, transport = endpoint({("POST", f"{SHOP}/soap"): encode(root)}, wsdl)
    assert b"http://schemas.xmlsoap.org/soap/encoding/" in wsdl
    assert one.call("login", ["erp", "key"], reading=True) == "session 1"
    assert {request.url for request in transport.requests} == {f"{SHOP}/wsdl", f"{SHOP}/soap"}


def importing(location):
    schema = f'<xsd:import namespace="urn:other" schemaLocation="{location}"/>'.encode()
    start = WSDL.index(b">", WSDL.index(b"<xsd:schema")) + 1
    return WSDL[:start] + schema + WSDL[start:]


EMPTY_SCHEMA = b'<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:other"/>'


def test_import_of_another_host_carries_no_credentials():
    for location, credentials in ((f"{SHOP}/types.xsd", True), ("https://other.example/types.xsd", False)):
        pages = {("GET", location): EMPTY_SCHEMA, ("POST", f"{SHOP}/soap"): answer({})}
        one, transport = endpoint(pages, importing(location))
        one.call("demoV1Get", {"id": 1}, reading=True)
        (fetched,) = [request for request in transport.requests if request.url == location]
        assert ("Authorization" in fetched.headers) == credentials


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "/etc/passwd",
        "https://10.0.0.7/x",
        "http://shop.example/x",
    ],
)
def test_import_of_a_forbidden_address_is_refused(location):
    guarded = HttpTransport(UrlGuard(resolve=lambda host, port: ["93.184.216.34"]))

    def exchange(method, url, headers, body, reading, *, credentials=True):
        if url == f"{SHOP}/wsdl":
            return HttpResponse(200, {}, importing(location))
        if url == "https://shop.example/etc/passwd":
            return HttpResponse(404, {}, b"no such page")
        return guarded.send(HttpRequest(method, url, headers, body))

    with pytest.raises(ShopError) as refusal:
        SoapEndpoint(f"{SHOP}/wsdl", f"{SHOP}/soap", exchange).call("demoV1Get", {"id": 1}, reading=True)
    assert refusal.value.code in ("forbidden_address", "not_found")


BAD_WSDLS = {
    "a page": (b"<html><body>Maintenance</body></html>", "unexpected"),
    "nothing": (b"", "not_json"),
    "half of it": (WSDL[: len(WSDL) // 2], "not_json"),
    "a document type": (b'<!DOCTYPE d [<!ENTITY a "x">]>' + WSDL.split(b"?>", 1)[1], "not_json"),
    "no operations": (b'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>', "unexpected"),
}


@pytest.mark.parametrize("kind", BAD_WSDLS)
def test_bad_wsdl_is_refused(kind):
    content, code = BAD_WSDLS[kind]
    one, _transport = endpoint({}, content)
    with pytest.raises(ShopError) as refusal:
        one.call("demoV1Get", {"id": 1}, reading=True)
    assert refusal.value.code == code


def test_unknown_operation_says_that_the_shop_does_not_offer_it():
    one, _transport = endpoint({})
    with pytest.raises(ShopError, match="no operation demoV1Fly") as refusal:
        one.call("demoV1Fly", {}, reading=True)
    assert (refusal.value.kind, refusal.value.status) == (CONFIGURATION, 404)
    assert one.operations() == ["demoV1Get", "demoV1GetList", "demoV1Put"]


GOOD = answer({"city": "Kiel"})
BAD_ANSWERS = {
    "cut off": (GOOD[:-30], 200, "not_json"),
    "a page": (b"<!DOCTYPE html><html><title>Please wait</title></html>", 200, "not_json"),
    "empty": (b"", 200, "not_json"),
    "entities": (b'<!DOCTYPE a [<!ENTITY x "y">]>' + GOOD.split(b"?>", 1)[1], 200, "not_json"),
    "unavailable": (b"<html>busy</html>", 503, "unavailable"),
    "no body": (b'<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"/>', 200, "unexpected"),
}


@pytest.mark.parametrize("kind", BAD_ANSWERS)
def test_bad_answer_is_told_apart_and_after_a_write_unclear(kind):
    content, status, code = BAD_ANSWERS[kind]
    with pytest.raises(ShopError) as refusal:
        call(content, status)
    assert refusal.value.code == code
    with pytest.raises(ShopError) as refusal:
        call(content, status, reading=False)
    assert refusal.value.kind == INDEFINITE


def test_request_that_cannot_be_written_was_not_sent():
    one, transport = endpoint({})
    with pytest.raises(ShopError) as refusal:
        one.call("demoV1Put", {"address": {"planet": "Mars"}}, reading=False)
    assert refusal.value.kind == CONFIGURATION
    assert [request.url for request in transport.requests] == [f"{SHOP}/wsdl"]


def test_what_no_xml_may_hold_is_not_sent():
    one, transport = endpoint({("POST", f"{SHOP}/soap"): answer(True, Field("result", "b"), "demoV1PutResponse")})
    assert one.call("demoV1Put", {"address": {"city": "Ki\x00el\ud800 🛠"}}, reading=False) is True
    assert "<city>Kiel 🛠</city>".encode() in transport.requests[1].body


def test_number_that_is_none_stays_for_the_mapper_to_refuse():
    data, _transport = call(answer({"entity_id": "7 or so", "region_id": 8}))
    assert data == {"entityId": "7 or so", "regionId": 8}


FAULT = b"""<?xml version="1.0"?>
<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope"><env:Body><env:Fault>
<env:Code><env:Value>env:Sender</env:Value></env:Code>
<env:Reason><env:Text xml:lang="en">No %what</env:Text></env:Reason>
<env:Detail><GenericFault><Parameters><GenericFaultParameter><key>what</key><value>way</value></GenericFaultParameter>
</Parameters></GenericFault></env:Detail></env:Fault></env:Body></env:Envelope>"""


@pytest.mark.parametrize("status", [200, 400, 500])
def test_fault_is_a_fault_whatever_the_status(status):
    with pytest.raises(ShopFault) as fault:
        call(FAULT, status)
    assert (fault.value.code, fault.value.message, fault.value.parameters) == ("Sender", "No %what", {"what": "way"})


def test_control_characters_that_no_xml_may_hold_are_passed_over():
    data, _transport = call(GOOD.replace(b"Kiel", b"Ki\x0bel&#11;&#x1F;&#10;"))
    assert data == {"city": "Kiel\n"}
    assert legal_xml(b"a&#1;b&#x0;c&#9;d&#xA;e\x00") == b"abc&#9;d&#xA;e"


@given(st.integers(0, len(GOOD) - 1), st.binary(max_size=6), st.integers(0, 40))
@settings(max_examples=150, deadline=None)
def test_nothing_but_its_own_errors_escapes_a_broken_answer(position, put, cut):
    try:
        call(GOOD[:position] + put + GOOD[position + cut :])
    except (ShopError, ShopFault):
        return


# -- names and routes --------------------------------------------------------------------------------------------------


def test_names_and_criteria_of_rest_become_those_of_soap():
    assert in_camel_case({"statusHistory": {"is_visible_on_front": 1, "parent_id": 2}}) == {
        "statusHistory": {"isVisibleOnFront": 1, "parentId": 2}
    }
    assert in_rest_names([{"baseWeeeTaxAppliedRowAmnt": 1, "ccLast4": "x"}]) == [
        {"base_weee_tax_applied_row_amnt": 1, "cc_last4": "x"}
    ]
    search = Search().where_any(("updated_at", "gt", "2026-01-01 00:00:00"), ("entity_id", "gt", 5))
    search.where("state", "eq", "new").sort("updated_at", "entity_id").page(50, 2)
    assert search_criteria(search.pairs()) == {
        "filterGroups": [
            {
                "filters": [
                    {"field": "updated_at", "value": "2026-01-01 00:00:00", "conditionType": "gt"},
                    {"field": "entity_id", "value": "5", "conditionType": "gt"},
                ]
            },
            {"filters": [{"field": "state", "value": "new", "conditionType": "eq"}]},
        ],
        "sortOrders": [{"field": "updated_at", "direction": "ASC"}, {"field": "entity_id", "direction": "ASC"}],
        "pageSize": 50,
        "currentPage": 2,
    }
    route, arguments = soap_call("POST", "orders/7/comments", body={"statusHistory": {"comment": "x"}})
    assert (route.service + route.operation, arguments) == (
        "salesOrderManagementV1AddComment", {"id": "7", "statusHistory": {"comment": "x"}},
    )  # fmt: skip
    assert soap_call("GET", "products/A%2FB")[1] == {"sku": "A/B"}
    with pytest.raises(ShopError, match="Connect the shop by REST"):
        soap_call("DELETE", "orders/7")
    assert len({(route.method, route.pattern) for route in ROUTES}) == len(ROUTES)


def test_filters_of_soap_v2_end_with_the_lower_bound():
    filters = as_filters({"updated_at": {"from": "a", "to": "b"}, "order_id": {"in": ["1", "2"]}})
    assert [(row["key"], row["value"]["key"], row["value"]["value"]) for row in filters["complex_filter"]] == [
        ("updated_at", "to", "b"), ("updated_at", "from", "a"), ("order_id", "in", "1,2"),
    ]  # fmt: skip


# -- Magento 2 over SOAP -----------------------------------------------------------------------------------------------


@pytest.fixture
def start():
    servers = []

    def start_one(plan=(), **options):
        servers.append(start_shop("soap", plan, **options))
        return servers[-1]

    yield start_one
    for server in servers:
        server.stop()


def test_cap_on_pages_is_learnt_from_the_fault(start):
    server = start(page_size_cap=7)
    shop = connect(server, "soap")
    rows, _cursor, failures = read(shop, page_size=100)
    assert set(rows) == truth(server)
    assert not failures


def test_administrators_token_is_renewed_after_it_ended(start):
    server = start([{"kind": "unauthorized", "match": {"path": "*#salesOrderRepositoryV1GetList"}, "after": 1}])
    auth = AdminToken(server.address, server.access.admin_username, server.access.admin_password)
    rows, _cursor, failures = read(connect(server, "soap", auth), page_size=10)
    assert set(rows) == truth(server)
    assert not failures


def test_revoked_token_stops_the_stream(start):
    server = start([{"kind": "unauthorized", "for_good": True, "match": {"path": "*GetList"}}])
    shop = connect(server, "soap", BearerToken(server.access.access_token))
    for _attempt in range(2):
        with pytest.raises(ShopError) as refusal:
            shop.fetch("orders", Cursor("orders"), 5)
        assert refusal.value.kind == CONFIGURATION


def test_integrations_token_needs_no_setting_for_soap(start):
    server = start(allow_bearer=False)
    assert (
        SoapShop(
            HttpTransport(UrlGuard(["127.0.0.1"])),
            f"{server.address}/soap/default/",
            BearerToken(server.access.access_token),
        )
        .check()
        .ok
    )


def test_internal_failure_is_tried_again_when_reading_and_unclear_when_writing(start):
    server = start()
    shop = connect(server, "soap")
    order = next(iter(server.shop.orders.values()))
    server.faults.add([{"kind": "status", "status": 500, "match": {"path": "*GetList"}}])
    with pytest.raises(ShopError) as failed:
        shop.fetch("orders", Cursor("orders"), 100)
    assert failed.value.kind == TRANSIENT
    server.faults.add([{"kind": "status", "status": 500, "match": {"path": "*AddComment"}}])
    with pytest.raises(ShopError) as failed:
        shop.push(Effect("order_comment", "k", str(order.id), {"comment": "x"}))
    assert failed.value.kind == INDEFINITE


# -- a running shop's WSDL ---------------------------------------------------------------------------------------------


def recorded(shared_data, wsdl, response):
    content = (shared_data / "magento" / wsdl).read_bytes()
    return endpoint({("POST", f"{SHOP}/soap"): response}, content)[0]


def test_recorded_orders_read_by_the_recorded_wsdl_mean_the_same(shared_data):
    folder = shared_data / "magento" / "live-2.4.7-p3"
    wsdl = etree.fromstring((folder / "salesOrderRepositoryV1.wsdl").read_bytes())
    orders = json.loads((folder / "orders_all.json").read_text())
    orders = orders["items"] if isinstance(orders, dict) else orders
    root, shown = envelope(wsdl.get("targetNamespace"), "salesOrderRepositoryV1GetListResponse", MAGENTO_2)
    result = {"items": orders, "total_count": len(orders)}
    write(shown, Field("result", "SalesDataOrderSearchResultInterface"), result, MAGENTO_2)
    one = recorded(shared_data, "live-2.4.7-p3/salesOrderRepositoryV1.wsdl", encode(root))
    criteria = search_criteria(Search().sort("entity_id").page(10).pairs())
    found = in_rest_names(one.call("salesOrderRepositoryV1GetList", {"searchCriteria": criteria}, reading=True))
    assert found["total_count"] == len(orders) == len(found["items"])
    for theirs, ours in zip(orders, found["items"], strict=True):
        assert map_order(ours) == map_order(theirs)


def test_recorded_wsdl_of_magento_1_loads_and_calls(shared_data):
    root, shown = envelope(OPENMAGE, "salesOrderListResponse", MAGENTO_1)
    heads = json.loads((shared_data / "magento/openmage-20.0.20/sales_order.list.json").read_text())
    texts = [{name: value for name, value in head.items() if value is not None} for head in heads]
    write(shown, Field("result", "salesOrderListEntity", True), texts, MAGENTO_1)
    one = recorded(shared_data, "openmage-20.0.20/v2_soap.rpc.wsdl", encode(root))
    filters = as_filters({"updated_at": {"from": "2026-01-01 00:00:00"}})
    found = one.call("salesOrderList", ["session", filters], reading=True)
    assert [row["increment_id"] for row in found] == [head["increment_id"] for head in heads]
    assert "catalogProductInfo" in one.operations()
