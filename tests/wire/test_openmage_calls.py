"""Magento 1's sessions and rights, and how many requests its two protocols take."""

import pytest
from wire_shops import connect, read, start_shop, truth

from magento_wire.cursor import Cursor
from magento_wire.errors import CONFIGURATION, TRANSIENT, ShopError
from magento_wire.openmage import OpenMageShop
from magento_wire.protocols import PROTOCOLS

WAYS = ("xmlrpc", "openmage_soap", "openmage_ws_i")
LIST = {"path": "*#sales_order.list"}


@pytest.fixture(params=WAYS)
def way(request):
    return request.param


@pytest.fixture
def start(way):
    servers = []

    def start_one(plan=(), **options):
        servers.append(start_shop(way, plan, **options))
        return servers[-1]

    yield start_one
    for server in servers:
        server.stop()


def test_session_that_expires_meanwhile_is_opened_anew(start, way):
    server = start([{"kind": "unauthorized", "match": LIST, "after": 3}])
    shop = connect(server, way)
    logins = 0

    def count_logins(username, key, inner=shop._open_session):
        nonlocal logins
        logins += 1
        return inner(username, key)

    shop._open_session = count_logins
    page = shop.fetch("orders", Cursor("orders"), 5)
    server.sessions.expire()
    rows, _cursor, failures = read(shop, cursor=page.cursor, page_size=10)
    rows.update({str(row["entity_id"]): row for row in page.records})
    assert set(rows) == truth(server)
    assert set(failures) <= {"session_expired"}
    assert logins >= 3


def test_session_that_ends_at_once_is_tried_again_later(start, way):
    with pytest.raises(ShopError) as refusal:
        connect(start(api_session_seconds=-1), way).fetch("orders", Cursor("orders"), 5)
    assert (refusal.value.kind, refusal.value.code) == (TRANSIENT, "session_expired")


def test_user_that_is_locked_out_stops_the_stream(start, way):
    server = start([{"kind": "unauthorized", "for_good": True, "match": LIST}])
    shop = connect(server, way)
    with pytest.raises(ShopError) as refusal:
        shop.fetch("orders", Cursor("orders"), 5)
    assert (refusal.value.kind, refusal.value.code) == (CONFIGURATION, "unauthorized")
    assert server.access.api_key not in str(refusal.value)


def test_check_names_the_right_that_is_missing(start, way):
    report = connect(start(api_denied=("sales_order",)), way).check()
    assert [item.code for item in report.items if not item.ok] == ["orders"]
    assert "Roles" in report.message
    assert report.message.endswith("Needed for orders.")


def test_clock_that_is_off_is_told(start, way):
    server = start([{"kind": "clock_skew", "seconds": 900}])
    report = connect(server, way).check()
    assert [item.code for item in report.items if not item.ok] == ["clock"]


def test_requests_for_a_page_of_changes(start, way):
    server = start()
    shop = connect(server, way)
    _rows, cursor, _failures = read(shop, page_size=50)
    for order in server.shop.orders.values():
        order.data["updated_at"] = server.shop.clock.text()
    before = shop.requests
    rows, _cursor, _failures = read(shop, cursor=cursor, page_size=50)
    assert len(rows) == 30
    assert shop.requests - before <= (5 if way == "xmlrpc" else 50)


def test_what_is_lost_between_list_and_record_is_passed_over(start, way):
    server = start()
    shop = connect(server, way)
    gone = list(server.shop.orders)[3]
    heads = OpenMageShop.remote

    def list_then_lose(self, path, arguments=(), **options):
        answer = heads(self, path, arguments, **options)
        if path == "sales_order.list":
            server.shop.orders.pop(gone, None)
        return answer

    shop.remote = list_then_lose.__get__(shop)
    rows, _cursor, failures = read(shop, page_size=50)
    assert set(rows) == truth(server) | ({str(gone)} & set(rows))
    assert not failures


def test_address_of_the_interface_itself_is_understood(start, way):
    server = start()
    protocol = PROTOCOLS["xmlrpc" if way == "xmlrpc" else "openmage_soap"]
    connected = connect(server, way)
    for suffix in ("/", "/index.php/api/xmlrpc", "/index.php", "/api/v2_soap/?wsdl"):
        shop = protocol.open(connected.transport, server.address + suffix, connected.auth)
        assert shop.base_url == server.address
    assert shop.check().ok
