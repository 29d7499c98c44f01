"""Effects handed over for later, on the sandbox shop over real HTTP: accepted, followed, failed one by one."""

from dataclasses import replace

import pytest
from wire_shops import connect, start_shop

from magento_wire.effects import Effect, Outcome, Submitted
from magento_wire.errors import INDEFINITE, RECORD, ShopError

SUBMIT = {"path": "*/async/bulk/V1/inventory/source-items", "method": "POST"}


@pytest.fixture
def start():
    servers = []

    def start_one(plan=(), **settings):
        servers.append(start_shop("rest", plan, orders=5, **{"async_bulk": True, **settings}))
        return servers[-1]

    yield start_one
    for server in servers:
        server.stop()


def stock(sku, quantity="9", source="wh_ulm"):
    return Effect("stock", f"stock:{sku}:{source}", sku, {"source": source, "quantity": quantity})


EFFECTS = [stock("AR-SI"), stock("AR-SI", source="nowhere"), stock("ÖL ISO 46/5")]


def test_operations_are_followed_to_their_ends(start):
    server = start(bulk_polls=2)
    shop = connect(server, "rest")
    shop.check()
    assert "async_bulk" in shop.features
    submitted = shop.submit(EFFECTS)
    assert [type(result) for result in submitted] == [Submitted] * 3
    (bulk,) = {result.bulk for result in submitted}
    assert server.shop.source_items["AR-SI", "wh_ulm"]["quantity"] == 3000, "accepted is no success"
    for _poll in range(2):
        assert shop.follow(bulk) == {0: None, 1: None, 2: None}
    ended = shop.follow(bulk)
    assert (ended[0], ended[2]) == (Outcome("done"), Outcome("done"))
    assert ended[1].kind == RECORD
    assert server.shop.source_items["AR-SI", "wh_ulm"]["quantity"] == 9
    again = shop.submit(EFFECTS, unsure=[effect.key for effect in EFFECTS])
    assert [getattr(result, "state", "submitted") for result in again] == ["already_done", "submitted", "already_done"]


def test_handing_over_whose_answer_is_lost_is_unclear_and_harmless_to_repeat(start):
    server = start([{"kind": "lost_answer", "match": SUBMIT}], bulk_polls=0)
    shop = connect(server, "rest")
    lost = shop.submit(EFFECTS[:1])
    assert [(type(result), result.kind) for result in lost] == [(ShopError, INDEFINITE)]
    (again,) = shop.submit(EFFECTS[:1], unsure=[EFFECTS[0].key])
    assert shop.follow(again.bulk) == {0: Outcome("done")}
    assert server.shop.source_items["AR-SI", "wh_ulm"]["quantity"] == 9


def test_what_is_no_absolute_value_is_done_at_once(start):
    server = start()
    order = next(iter(server.shop.orders.values()))
    comment = Effect("order_comment", "c", str(order.id), {"comment": "At once"})
    results = connect(server, "rest").submit([EFFECTS[0], comment])
    assert [type(result) for result in results] == [Submitted, Outcome]
    assert order.histories[0]["comment"] == "At once"


def test_price_errors_in_a_complete_operation_are_errors(start):
    shop = connect(start(bulk_polls=0), "rest")
    values = {"price": "5", "price_type": "fixed", "customer_group": "Nobody", "quantity": "2"}
    good = {**values, "customer_group": "General"}
    first, second = shop.submit([Effect("tier_price", "a", "AR-SI", values), Effect("tier_price", "b", "AR-SI", good)])
    ended = shop.follow(first.bulk)
    assert first.bulk == second.bulk
    assert ended[0].kind == RECORD
    assert "Customer Group = " in str(ended[0])
    assert ended[1] == Outcome("done")


def test_shop_without_a_queue_does_it_at_once(start):
    server = start(async_bulk=False)
    shop = connect(server, "rest")
    results = shop.submit(EFFECTS)
    assert [getattr(result, "state", "refused") for result in results] == ["done", "refused", "done"]
    assert server.shop.source_items["AR-SI", "wh_ulm"]["quantity"] == 9


def test_unknown_bulk_is_told(start):
    with pytest.raises(ShopError) as refusal:
        connect(start(), "rest").follow("00000000-0000-0000-0000-000000000000")
    assert refusal.value.kind == RECORD


def test_shop_without_sources_has_one_stock(start):
    server = start(multi_source=False, async_bulk=False)
    shop = connect(server, "rest")
    effects = [replace(stock("ÖL ISO 46/5", "4.5"), values={"quantity": "4.5"}), stock("NOPE")]
    done, refused = shop.push_many(effects)
    assert (done.state, refused.kind) == ("done", RECORD)
    assert server.shop.source_items["ÖL ISO 46/5", "wh_kiel"]["quantity"] == 4.5
    assert shop.push(effects[0], unsure=True).state == "already_done"
