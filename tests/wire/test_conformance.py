"""What every way to speak with a shop must be able to do: REST, SOAP, and Magento 1's XML-RPC and SOAP v2 (twice)."""

import time

import pytest
from wire_shops import COMMENTS, ORDER_LISTS, WAYS, connect, protocol_of, read, start_shop, truth

from magento_sandbox import documents
from magento_sandbox.control import place_order
from magento_sandbox.faults import random_plan
from magento_wire.amounts import amount
from magento_wire.auth import ApiUser, BearerToken
from magento_wire.cursor import Cursor, WrongCursor
from magento_wire.effects import Effect
from magento_wire.errors import CONFIGURATION, INDEFINITE, RECORD, TRANSIENT, ShopError
from magento_wire.refusals import RecordRefused
from magento_wire.streams import STREAMS

FIRST_DAY, LAST_DAY = "2026-01-01 00:00:00", "2026-12-31 00:00:00"
NEEDED = ("stores", "customer_groups", "categories", "products", "customers", "orders", "shipments", "credit_memos")


@pytest.fixture(params=WAYS)
def way(request):
    return request.param


@pytest.fixture
def start(way):
    """Start sandbox shops; end them with the test."""
    servers = []

    def start_one(plan=(), **options):
        servers.append(start_shop(way, plan, **options))
        return servers[-1]

    yield start_one
    for server in servers:
        server.stop()


def mapped(rows):
    """{order id: its intent, or why it was refused}."""
    intents = {}
    for key, row in rows.items():
        try:
            intents[key] = STREAMS["orders"].map(row)
        except RecordRefused as refusal:
            intents[key] = refusal.reason
    return intents


def test_check_finds_all_in_order(start, way):
    shop = connect(start(), way)
    report = shop.check()
    assert report.ok, report.message
    assert report.version.startswith("OpenMage/20" if way == "xmlrpc" else "Magento/")
    assert ("multi_source" in report.features) == (not protocol_of(way).magento_1)
    assert {item.code for item in report.items} >= {"connection", "orders", "products", "customers"}


def test_discover_tells_stores_groups_and_what_there_is(start, way):
    found = connect(start(), way).discover()
    assert {(store.code, store.website_id) for store in found.stores} >= {("us_en", 1), ("direct_de", 2)}
    assert {website.external_id for website in found.websites} == {1, 2}
    assert {group.name for group in found.customer_groups} >= {"NOT LOGGED IN", "Wholesale"}
    assert bool(found.tax_rates) == bool(found.sources) == (not protocol_of(way).magento_1)


def test_read_brings_everything_once_and_then_nothing(start, way):
    shop = connect(start(), way)
    for name in NEEDED:
        rows, cursor, failures = read(shop, name)
        assert rows, name
        assert not failures, name
        again = read(shop, name, cursor)[0]
        assert again == ({} if STREAMS[name].changed else rows), name


def has_fixed_tax(order):
    """Whether an order has fixed product taxes, with which the shop's own documents do not add up."""
    return any(row.weee for item in order.items for row in item.row.values())


def test_every_stream_that_it_has_is_read_and_understood(start, way):
    server = start(commerce=True)
    paid = place_order(server.shop, {"guest": 0, "lines": [{"sku": "PU-RAD", "qty": 2}], "payment": "paypal_express"})
    documents.create_invoice(server.shop, paid)
    shop = connect(server, way)
    shop.check()
    read_whole = {name: read(shop, name)[0] for name, stream in STREAMS.items() if shop.supports(stream)}
    for name, rows in read_whole.items():
        assert rows, name
        for row in rows.values():
            try:
                assert STREAMS[name].map(row) is not None
            except RecordRefused:
                assert name == "orders" or has_fixed_tax(server.shop.orders[int(row["order_id"])])
    assert ("transactions" in read_whole) == ("companies" in read_whole) == (not protocol_of(way).magento_1)
    if "transactions" in read_whole:
        (captured,) = map(STREAMS["transactions"].map, read_whole["transactions"].values())
        assert (captured.kind, captured.order_id, captured.closed) == ("capture", paid.id, False)
        assert captured.reference == server.shop.invoices[-1]["transaction_id"]
        assert len(read_whole["source_items"]) == len(server.shop.source_items)
        assert {row["company_name"] for row in read_whole["companies"].values()} >= {"Hansen Anlagenbau GmbH"}


def test_what_it_lacks_it_says(start, way):
    shop, protocol = connect(start(), way), protocol_of(way)
    shop.check()
    for name, stream in STREAMS.items():
        assert shop.supports(stream) == protocol.supports(name, shop.features), name
        if name in shop.lacks:
            assert shop.lacks[name].endswith(".")
            with pytest.raises(ShopError) as refusal:
                shop.fetch(name, Cursor(name), 5)
            assert refusal.value.kind == CONFIGURATION
    assert protocol.supports("source_items", ("core", "multi_source")) == (not protocol.magento_1)
    assert not shop.supports(STREAMS["companies"])


def test_orders_mean_the_same_whatever_is_spoken(start, way):
    server = start([{"kind": "negative_total"}, {"kind": "zero_total"}], orders=100)
    rows, _cursor, _failures = read(connect(server, way), page_size=60)
    assert set(rows) == truth(server)
    ours, theirs = mapped(rows), mapped(read(connect(server, "rest"), page_size=200)[0])
    for key, intent in theirs.items():
        if isinstance(intent, str):
            assert isinstance(ours[key], str), ours[key]
            continue
        one = ours[key]
        assert (one.number, one.total, one.tax, one.currency) == (
            intent.number, intent.total, intent.tax, intent.currency,
        )  # fmt: skip
        assert one.shop_total == amount(rows[key]["grand_total"])
        assert sum(line.gross for line in one.lines) == one.total
        assert (one.buyer.email, one.buyer.customer_id) == (intent.buyer.email, intent.buyer.customer_id)
        # SOAP v2 has no VAT number at an order's address, only at its customer.
        assert one.buyer.vat == intent.buyer.vat or (way.startswith("openmage_") and one.buyer.guest)
        assert (one.state, one.placed_at, one.replaces, one.po_number, one.payment_method) == (
            intent.state, intent.placed_at, intent.replaces, intent.po_number, intent.payment_method,
        )  # fmt: skip
        assert (one.billing.city, one.billing.street) == (intent.billing.city, intent.billing.street)
        assert {(line.sku, line.quantity) for line in one.lines if "bundle" not in line.product_type} <= {
            (line.sku, line.quantity) for line in intent.lines
        }


def test_two_incremental_reads_bring_what_changed(start, way):
    server = start()
    shop = connect(server, way)
    _rows, cursor, _failures = read(shop)
    first, second = list(server.shop.orders.values())[:2]
    for order, words in ((first, "Seen"), (second, "Seen as well")):
        shop.push(Effect("order_comment", words, str(order.id), {"comment": words}))
        rows, cursor, _failures = read(shop, cursor=cursor)
        assert str(order.id) in rows
        assert words in [row["comment"] for row in rows[str(order.id)]["status_histories"]]
        assert set(rows) <= {str(first.id), str(second.id)}
    assert read(shop, cursor=cursor)[0] == {}


def test_read_from_a_date_on_and_up_to_one(start, way):
    server = start()
    shop = connect(server, way)
    since, until = sorted(order.data["updated_at"] for order in server.shop.orders.values())[10:25:14]
    rows, _cursor, _failures = read(shop, cursor=Cursor.start("orders", since, until))
    changed = {str(order.id): order.data["updated_at"] for order in server.shop.orders.values()}
    assert {key for key, at in changed.items() if since <= at <= until} <= set(rows)
    assert all(changed[key] <= until for key in rows)


def test_wrong_cursor_is_refused(start, way):
    shop = connect(start(), way)
    with pytest.raises(WrongCursor, match="belongs to products"):
        shop.fetch("orders", Cursor("products"), 5)


def test_push_then_push_again_leaves_one(start, way):
    server = start()
    shop = connect(server, way)
    order = next(iter(server.shop.orders.values()))
    effect = Effect("order_comment", "k1", str(order.id), {"comment": "Invoice 77 is ready – 12 €"})
    assert shop.push(effect).state == "done"
    assert shop.push(effect, unsure=True).state == "already_done"
    assert [row["comment"] for row in order.histories].count("Invoice 77 is ready – 12 €") == 1
    assert order.data["status"] == order.histories[0]["status"] or not order.histories[0]["status"]


def test_push_whose_answer_is_lost_is_found_done(start, way):
    server = start([{"kind": "lost_answer", "match": {"path": COMMENTS[way], "method": "POST"}}])
    shop = connect(server, way)
    order = next(iter(server.shop.orders.values()))
    effect = Effect("order_comment", "k2", str(order.id), {"comment": "Lost and found"})
    assert shop.push(effect).state == "done"
    assert [row["comment"] for row in order.histories].count("Lost and found") == 1


def test_push_that_failed_midway_is_indefinite(start, way):
    match = {"path": COMMENTS[way], "method": "POST"}
    server = start([{"kind": "status", "status": 502, "match": match, "times": 1}])
    shop = connect(server, way)
    order = next(iter(server.shop.orders.values()))
    effect = Effect("order_comment", "k3", str(order.id), {"comment": "Perhaps"})
    with pytest.raises(ShopError) as unclear:
        shop.push(effect)
    assert unclear.value.kind == INDEFINITE
    assert shop.push(effect, unsure=True).state == "done"


def test_push_to_what_is_not_there_sets_just_this_aside(start, way):
    with pytest.raises(ShopError) as refusal:
        connect(start(), way).push(Effect("order_comment", "k4", "999999", {"comment": "Nobody"}))
    assert (refusal.value.kind, refusal.value.code) == (RECORD, "not_found")
    with pytest.raises(ShopError) as refusal:
        connect(start(), way).push(Effect("teleport", "k5", "1", {}))
    assert refusal.value.kind == CONFIGURATION


def test_wrong_credentials_say_where_to_mend_them(start, way):
    server = start()
    wrong = ApiUser("erp", "wrong key") if protocol_of(way).magento_1 else BearerToken("wrong token 123")
    report = connect(server, way, wrong).check()
    assert not report.ok
    assert "Web Services" in report.message if protocol_of(way).magento_1 else "credentials" in report.message
    assert "wrong key" not in report.message
    assert "wrong token" not in report.message
    with pytest.raises(ShopError) as refusal:
        connect(server, way, wrong).fetch("orders", Cursor("orders"), 5)
    assert refusal.value.kind == CONFIGURATION


def test_comparison_newest_and_single_records(start, way):
    server = start()
    shop = connect(server, way)
    orders = {str(order.id): order.data for order in server.shop.orders.values()}
    created = sorted(data["created_at"] for data in orders.values())
    since, until = created[10], created[-1]
    found = {str(row["entity_id"]): row for row in shop.summaries(since, until)}
    assert set(found) == {key for key, data in orders.items() if since <= data["created_at"] <= until}
    assert all(amount(row["grand_total"]) == orders[key]["grand_total"] for key, row in found.items())
    ids = sorted(orders, key=int)
    assert [str(row["entity_id"]) for row in shop.newest("orders", 5)] == ids[-1:-6:-1]
    assert {str(row["entity_id"]) for row in shop.records("orders", [*ids[3:6], "999999"])} == set(ids[3:6])
    assert shop.records("orders", []) == []


def test_documents_are_listed_by_the_ids_they_are_fetched_by(start, way):
    shop = connect(start(), way)
    for name in ("shipments", "credit_memos"):
        listed = {str(row["entity_id"]) for row in shop.summaries(FIRST_DAY, LAST_DAY, stream=name)}
        assert listed == set(read(shop, name)[0])
        assert {STREAMS[name].identify(row) for row in shop.records(name, sorted(listed))} == listed


FAULTS = {
    "refuse": ({"seconds": 0.3}, {"unreachable", "connection_lost"}),
    "html": ({"times": 2}, {"not_json"}),
    "too_many": ({"times": 2, "retry_after": "date"}, {"too_many_requests"}),
    "status": ({"status": 503, "times": 2}, {"unavailable"}),
    "reset": ({"after": 1}, {"connection_lost"}),
    "truncate": ({"after": 1}, {"not_json"}),
    "drip": ({"bytes": 8, "pause_ms": 60}, {"timeout"}),
    "lost_answer": ({}, {"connection_lost"}),
    "moving_rows": ({"times": 3}, set()),
    "extra_fields": ({"times": 0}, set()),
    "four_byte": ({"times": 0}, set()),
    "huge_order": ({"lines": 300}, set()),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_every_order_is_read_whatever_goes_wrong(start, way, kind):
    options, codes = FAULTS[kind]
    server = start([{"kind": kind, "match": {"path": ORDER_LISTS[way]}, **options}])
    shop = connect(server, way, total_timeout=0.8 if kind == "drip" else 20.0)
    rows, cursor, failures = read(shop, page_size=15)
    rows.update(read(shop, cursor=cursor, page_size=15)[0])
    assert set(rows) == truth(server)
    assert set(failures) <= codes
    assert bool(failures) == bool(codes)


def test_comment_of_many_megabytes_is_read(start, way):
    server = start()
    order = next(iter(server.shop.orders.values()))
    order.histories.insert(0, _comment(order))
    rows, _cursor, failures = read(connect(server, way), page_size=15)
    assert set(rows) == truth(server)
    assert not failures
    assert max(len(row["comment"]) for row in rows[str(order.id)]["status_histories"]) == 6_000_000


def _comment(order):
    return {
        "comment": "Ä" * 6_000_000, "created_at": order.data["created_at"], "entity_id": 1, "entity_name": "order",
        "is_customer_notified": 0, "is_visible_on_front": 0, "parent_id": order.id, "status": "pending",
    }  # fmt: skip


def test_redirect_to_another_host_stops(start, way):
    server = start([{"kind": "redirect", "match": {"path": ORDER_LISTS[way]}}])
    with pytest.raises(ShopError, match="another address") as error:
        connect(server, way).fetch("orders", Cursor("orders"), 10)
    assert error.value.kind == CONFIGURATION


@pytest.mark.parametrize("seed", range(3))
def test_seeded_plans_lose_nothing(start, way, seed):
    """Whatever stops the stream, it goes on from its cursor and misses nothing."""
    server = start()
    server.faults.add(random_plan(seed, 8, path="*"))
    shop = connect(server, way, total_timeout=4.0)
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
