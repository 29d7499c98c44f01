"""The REST transport against the sandbox shop over real HTTP: what each transport must be able to do, faults
included.
"""

import json
import time
from datetime import date

import pytest

from magento_sandbox import server as sandbox
from magento_sandbox.faults import random_plan
from magento_wire.amounts import amount
from magento_wire.auth import AdminToken, BearerToken, OAuth1
from magento_wire.cursor import Cursor, WrongCursor
from magento_wire.effects import Effect
from magento_wire.errors import CONFIGURATION, TRANSIENT, ShopError
from magento_wire.refusals import RecordRefused
from magento_wire.rest import RestShop
from magento_wire.retry import RetryPolicy
from magento_wire.streams import STREAMS
from magento_wire.transport import HttpTransport
from magento_wire.url_guard import UrlGuard

TODAY = date(2026, 11, 23)
ORDERS = {"path": "*/V1/orders"}
POLICY = RetryPolicy(first=0.05, longest=0.3, attempts=40)


@pytest.fixture
def start():
    """Start sandbox shops; end them with the test."""
    servers = []

    def start_one(plan=(), orders=50, **settings):
        servers.append(sandbox.start(TODAY, seed=5, orders=orders, plan=list(plan), **settings))
        return servers[-1]

    yield start_one
    for server in servers:
        server.stop()


def connect(server, auth=None, **timeouts):
    access = server.access
    oauth = OAuth1(access.consumer_key, access.consumer_secret, access.access_token, access.access_token_secret)
    limits = {"connect_timeout": 2.0, "read_timeout": 5.0, "total_timeout": 20.0, **timeouts}
    return RestShop(HttpTransport(UrlGuard(["127.0.0.1"]), **limits), server.address, auth or oauth)


def read(shop, stream="orders", cursor=None, page_size=20):
    """Read to the end as a stream would: cursor stored as JSON, transient errors tried again."""
    cursor, rows, failures = cursor or Cursor(stream), {}, []
    while True:
        try:
            page = shop.fetch(stream, Cursor.from_json(json.loads(json.dumps(cursor.to_json())), stream), page_size)
        except ShopError as error:
            failures.append(error.code)
            if not POLICY.again(error, len(failures)):
                raise
            time.sleep(POLICY.delay(len(failures), min(error.retry_after or 0, 0.1) or None))
            continue
        rows.update({str(row[STREAMS[stream].key]): row for row in page.records})
        cursor = page.cursor
        if page.done:
            return rows, cursor, failures


def truth(server):
    return {str(order.id) for order in server.shop.orders.values()}


def test_check_discover_and_read_everything(start):
    server = start()
    shop = connect(server)
    report = shop.check()
    assert report.ok, report.message
    assert "multi_source" in report.features
    found = shop.discover()
    assert {store.currency for store in found.stores} == {"EUR", "USD"}
    for name in (
        "products",
        "customers",
        "orders",
        "invoices",
        "shipments",
        "credit_memos",
        "tax_rates",
        "customer_groups",
    ):
        rows, cursor, failures = read(shop, name)
        assert rows, name
        assert not failures
        assert read(shop, name, cursor)[0] == ({} if STREAMS[name].changed else rows)


def test_orders_are_taken_or_refused_as_the_world_knows(start):
    server = start([{"kind": "negative_total"}, {"kind": "zero_total"}], orders=260)
    rows, _cursor, _failures = read(connect(server))
    assert set(rows) == truth(server)
    refused = set()
    for key, row in rows.items():
        try:
            intent = STREAMS["orders"].map(row)
        except RecordRefused:
            refused.add(key)
        else:
            assert intent.shop_total == amount(row["grand_total"])
            assert sum(line.gross for line in intent.lines) == intent.total
    notes = {str(order_id): note.refuse for order_id, note in server.shop.notes.items() if note.refuse}
    # Which currencies there are is the books' matter, not the wire's.
    assert refused == {key for key, reason in notes.items() if "currency" not in reason}
    assert len(refused) == 3


def test_second_read_brings_the_order_that_changed(start):
    server = start()
    shop = connect(server)
    _rows, cursor, _failures = read(shop)
    touched = next(iter(server.shop.orders.values()))
    shop.push(Effect("order_comment", "k1", str(touched.id), {"comment": "Seen"}))
    rows, cursor, _failures = read(shop, cursor=cursor)
    assert str(touched.id) in rows
    assert rows[str(touched.id)]["status_histories"][-1]["comment"] == "Seen"
    with pytest.raises(WrongCursor):
        shop.fetch("products", cursor, 20)


def test_comment_whose_answer_is_lost_is_there_once(start):
    server = start(plan=[{"kind": "lost_answer", "match": {"method": "POST", "path": "*/comments"}}])
    shop = connect(server)
    order = next(iter(server.shop.orders.values()))
    effect = Effect("order_comment", "k2", str(order.id), {"comment": "Invoice 77 is ready"})
    assert shop.push(effect).state == "done"
    assert shop.push(effect, unsure=True).state == "already_done"
    assert [row["comment"] for row in order.histories].count("Invoice 77 is ready") == 1


FAULTS = {
    "refuse": ({"seconds": 0.3}, {"unreachable", "connection_lost"}),
    "html": ({"times": 2}, {"not_json"}),
    "too_many": ({"times": 2, "retry_after": "date"}, {"too_many_requests"}),
    "status": ({"status": 502, "times": 2}, {"gateway"}),
    "reset": ({"after": 1}, {"connection_lost"}),
    "truncate": ({"after": 1}, {"not_json"}),
    "drip": ({"bytes": 200, "pause_ms": 60}, {"timeout"}),
    "lost_answer": ({}, {"connection_lost"}),
    "duplicate_rows": ({"times": 0}, set()),
    "moving_rows": ({"times": 3}, set()),
    "wrong_total_count": ({"times": 2, "by": 3}, set()),
    "null_items": ({"times": 0}, set()),
    "repeat_last_page": ({"times": 0}, set()),
    "extra_fields": ({"times": 0}, set()),
    "four_byte": ({"times": 0}, set()),
    "zero_total": ({}, set()),
    "negative_total": ({}, set()),
    "huge_order": ({"lines": 800}, set()),
    "huge_comment": ({"bytes": 1_000_000, "times": 0}, set()),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_every_order_is_read_whatever_goes_wrong(start, kind):
    options, codes = FAULTS[kind]
    server = start(plan=[{"kind": kind, "match": ORDERS, **options}])
    shop = connect(server, total_timeout=1.5 if kind == "drip" else 20.0)
    rows, cursor, failures = read(shop, page_size=15)
    rows.update(read(shop, cursor=cursor, page_size=15)[0])
    assert set(rows) == truth(server)
    assert set(failures) <= codes
    assert bool(failures) == bool(codes)


def test_clock_that_jumps_is_followed(start):
    server = start(plan=[{"kind": "clock_skew", "match": ORDERS, "seconds": 900}])
    rows, _cursor, _failures = read(connect(server), page_size=15)
    assert set(rows) == truth(server)


def test_redirect_to_another_host_stops_and_says_where(start):
    shop = connect(start(plan=[{"kind": "redirect", "match": ORDERS}]))
    with pytest.raises(ShopError, match="another address") as error:
        shop.fetch("orders", Cursor("orders"), 10)
    assert error.value.kind == CONFIGURATION


def test_cap_on_pages_and_ends_of_lists(start):
    for past_end in ("empty", "null", "repeat"):
        server = start(page_size_cap=30, past_end=past_end)
        rows, _cursor, failures = read(connect(server), page_size=100)
        assert set(rows) == truth(server)
        assert not failures


def test_admin_token_is_renewed_after_expiry(start):
    server = start(plan=[{"kind": "unauthorized", "match": ORDERS, "after": 1}])
    access = server.access
    auth = AdminToken(server.address, access.admin_username, access.admin_password)
    rows, _cursor, failures = read(connect(server, auth), page_size=15)
    assert set(rows) == truth(server)
    assert not failures


def test_second_factor_and_forbidden_bearer_say_what_to_do(start):
    server = start(two_factor=True)
    access = server.access
    report = connect(server, AdminToken(server.address, access.admin_username, access.admin_password)).check()
    assert "second factor" in report.message
    report = connect(server, BearerToken(access.access_token)).check()
    assert "standalone Bearer" in report.message


@pytest.mark.parametrize("seed", range(6))
def test_seeded_plans_lose_nothing(start, seed):
    """Property 8 under faults: a stream that stops for a person goes on from its cursor, and misses nothing."""
    server = start()
    server.faults.add(random_plan(seed, 12))
    shop = connect(server, total_timeout=4.0)
    rows, cursor, stops = {}, Cursor("orders"), []
    for _page in range(60):
        try:
            page = shop.fetch("orders", cursor, 15)
        except ShopError as error:
            stops.append(error.kind)
            time.sleep(min(error.retry_after or 0, 0.2))
            continue
        rows.update({str(row["entity_id"]): row for row in page.records})
        cursor = Cursor.from_json(page.cursor.to_json(), "orders")
    server.faults.clear()
    rows.update(read(shop, cursor=cursor, page_size=15)[0])
    assert set(rows) == truth(server)
    assert set(stops) <= {TRANSIENT, CONFIGURATION}
