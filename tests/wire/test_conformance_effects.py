"""What every way to speak with a shop must be able to do there: each kind of effect it has, once and only once."""

from dataclasses import replace
from decimal import Decimal

import pytest
from effect_cases import case, invoiced_order, kinds_of, other_target, write_method, write_path
from wire_shops import WAYS, connect, protocol_of, read, start_shop

from magento_sandbox.catalog import PRODUCTS
from magento_wire.effects import EFFECTS, Effect, Outcome, marker_key
from magento_wire.errors import CONFIGURATION, INDEFINITE, RECORD, TRANSIENT, ShopError
from magento_wire.streams import STREAMS

EVERY = [(way, kind) for way in WAYS for kind in kinds_of(way)]
SKUS = [product.sku for product in PRODUCTS if product.type_id == "simple"]
DOCUMENTS = {"invoice": "invoices", "shipment": "shipments", "credit_memo": "creditmemos"}
BATCHED = ("stock", "base_price", "special_price", "tier_price", "shared_catalog_price")


@pytest.fixture
def start():
    """Start sandbox shops with Adobe Commerce's features; end them with the test."""
    servers = []

    def start_one(way, plan=(), **settings):
        servers.append(start_shop(way, plan, orders=10, commerce=True, **settings))
        return servers[-1]

    yield start_one
    for server in servers:
        server.stop()


def fault(kind, way, effect_kind, **options):
    return {
        "kind": kind,
        "match": {"path": write_path(way, effect_kind), "method": write_method(way, effect_kind)},
        **options,
    }


@pytest.mark.parametrize("way", WAYS)
def test_effects_are_done_or_it_is_said_why_not(way):
    protocol = protocol_of(way)
    for kind in EFFECTS:
        assert (kind in protocol.effects) != (kind in protocol.lacks_effects), kind
        assert protocol.can(kind, ("core", "multi_source", "b2b")) == (kind in protocol.effects)
    assert all(words.endswith(".") for words in protocol.lacks_effects.values())
    assert not protocol.can("credit_limit")
    assert protocol_of("rest").effects == set(EFFECTS)


@pytest.mark.parametrize(("way", "kind"), EVERY)
def test_push_then_push_again_leaves_one(start, way, kind):
    server = start(way)
    shop, example = connect(server, way), case(server, way, kind)
    assert example.state() != example.wanted
    outcome = shop.push(example.effect)
    assert outcome.state == "done"
    assert example.state() == example.wanted
    again = shop.push(example.effect, unsure=True)
    assert again.state == "already_done"
    assert example.state() == example.wanted
    if kind in DOCUMENTS:
        document = getattr(server.shop, DOCUMENTS[kind])[-1]
        assert outcome.reference == again.reference == str(document["entity_id"])
        assert marker_key(document["comments"][0]["comment"]) == example.effect.key


@pytest.mark.parametrize(("way", "kind"), EVERY)
def test_lost_answer_is_found_done(start, way, kind):
    server = start(way, [fault("lost_answer", way, kind)])
    shop, example = connect(server, way), case(server, way, kind)
    assert shop.push(example.effect).state == "done"
    assert example.state() == example.wanted
    assert server.faults.reports()[0]["struck"] == 1


@pytest.mark.parametrize(("way", "kind"), EVERY)
def test_failure_before_it_was_done_stays_unclear_until_it_is_pushed_again(start, way, kind):
    server = start(way, [fault("status", way, kind, status=502)])
    shop, example = connect(server, way), case(server, way, kind)
    with pytest.raises(ShopError) as unclear:
        shop.push(example.effect)
    assert unclear.value.kind == INDEFINITE
    assert example.state() != example.wanted
    assert shop.push(example.effect, unsure=True).state == "done"
    assert example.state() == example.wanted


FAULTS = {
    "too_many": ({}, TRANSIENT, False),
    "status": ({"status": 500}, INDEFINITE, False),
    "html": ({}, INDEFINITE, False),
    "truncate": ({}, None, True),
    "reset": ({}, None, True),
}
"""Fault -> (its options, kind of the error or None where it is found done at once, whether it was done)."""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["shipment", "credit_memo", "stock"])
@pytest.mark.parametrize("broken", FAULTS)
def test_whatever_breaks_it_is_done_once_in_the_end(start, way, kind, broken):
    options, error_kind, was_done = FAULTS[broken]
    server = start(way, [fault(broken, way, kind, **options)])
    shop, example = connect(server, way), case(server, way, kind)
    (result,) = shop.push_many([example.effect])
    assert (example.state() == example.wanted) == was_done
    assert getattr(result, "kind", None) == error_kind
    if error_kind:
        (result,) = shop.push_many([example.effect], unsure=[example.effect.key])
    assert result.state == "done"
    assert example.state() == example.wanted


@pytest.mark.parametrize(("way", "kind"), EVERY)
def test_what_is_not_there_is_set_aside_and_the_rest_goes_on(start, way, kind):
    server = start(way)
    shop, example = connect(server, way), case(server, way, kind)
    wrong, right = shop.push_many([other_target(example.effect), example.effect])
    assert isinstance(wrong, ShopError)
    assert wrong.kind == RECORD, wrong
    assert isinstance(right, Outcome), right
    assert example.state() == example.wanted


@pytest.mark.parametrize("way", ["rest", "soap"])
@pytest.mark.parametrize("kind", BATCHED)
def test_batch_with_a_culprit_costs_few_requests(start, way, kind):
    server = start(way)
    shop, example = connect(server, way), case(server, way, kind)
    shop.check()
    effects = [
        replace(example.effect, key=f"n{number}", target=sku)
        if "sku" not in example.effect.values
        else replace(example.effect, key=f"n{number}", values=example.effect.values | {"sku": sku})
        for number, sku in enumerate(SKUS[:16])
    ]
    effects[11] = other_target(example.effect)
    before = shop.requests
    results = shop.push_many(effects)
    assert [number for number, result in enumerate(results) if isinstance(result, ShopError)] == [11]
    assert {result.state for number, result in enumerate(results) if number != 11} == {"done"}
    assert shop.requests - before <= 2 * 4 + 1 + (4 if way == "soap" else 0) + 3
    again = shop.push_many(effects, unsure=[effect.key for effect in effects])
    assert [number for number, result in enumerate(again) if isinstance(result, ShopError)] == [11]
    assert {result.state for number, result in enumerate(again) if number != 11} == {"already_done"}


@pytest.mark.parametrize("way", [way for way in WAYS if protocol_of(way).magento_1])
def test_magento_1_says_what_it_cannot_do(start, way):
    shop = connect(start(way), way)
    for kind in protocol_of(way).lacks_effects:
        with pytest.raises(ShopError, match="Magento 1") as refusal:
            shop.push(Effect(kind, "k", "1", {}))
        assert (refusal.value.kind, refusal.value.code) == (CONFIGURATION, "not_offered")


@pytest.mark.parametrize("way", WAYS)
def test_state_that_is_reached_already_is_no_failure(start, way):
    """A hold that someone else put on is refused by the shop, and is what was wanted."""
    server = start(way)
    shop, example = connect(server, way), case(server, way, "order_hold")
    assert [result.state for result in shop.push_many([example.effect, example.effect])] == ["done", "already_done"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", DOCUMENTS)
def test_own_document_is_known_when_it_comes_back(start, way, kind):
    """Whether the stream tells the comments, or the document must be asked for them."""
    server = start(way)
    shop, example = connect(server, way), case(server, way, kind)
    shop.push(example.effect)
    stream = {"invoice": "invoices", "shipment": "shipments", "credit_memo": "credit_memos"}[kind]
    if stream in shop.lacks:
        return
    told = read(shop, stream)[0].values()
    keys = {STREAMS[stream].identify(row): marker_key("".join(shop.comments(stream, row))) for row in told}
    own = str(getattr(server.shop, DOCUMENTS[kind])[-1]["entity_id"])
    assert {key for key in keys.values() if key} == {example.effect.key}
    assert keys[own] == example.effect.key
    if way in ("rest", "soap"):
        assert marker_key("".join(shop.comments(stream, {"entity_id": int(own), "comments": None}))) == keys[own]


@pytest.mark.parametrize("way", WAYS)
def test_order_that_cannot_be_canceled_is_set_aside(start, way):
    server = start(way)
    shop, example = connect(server, way), case(server, way, "shipment")
    shop.push(example.effect)
    with pytest.raises(ShopError) as refusal:
        shop.push(Effect("order_cancel", "c", example.effect.target))
    assert refusal.value.kind == RECORD
    assert server.shop.orders[int(example.effect.target)].data["state"] == "processing"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["special_price", "tier_price"])
def test_price_is_taken_away(start, way, kind):
    server = start(way)
    shop, example = connect(server, way), case(server, way, kind)
    before = example.state()
    shop.push(example.effect)
    gone = replace(example.effect, values=example.effect.values | {"price": None})
    assert shop.push(gone).state == "done"
    assert len(example.state()) == len(before)
    assert shop.push(gone, unsure=True).state == "already_done"


@pytest.mark.parametrize("way", WAYS)
def test_tracking_number_is_taken_off_and_not_told_twice(start, way):
    """Whoever typed a number into the shop left no mark of ours: it is looked for before it is told."""
    server = start(way)
    shop, example = connect(server, way), case(server, way, "tracking")
    before = example.state()
    assert shop.push(example.effect).state == "done"
    assert shop.push(example.effect).state == "already_done"
    assert example.state() == example.wanted
    wrong = replace(example.effect, values=example.effect.values | {"number": before[0][1], "gone": True})
    assert shop.push(wrong).state == "done"
    assert shop.push(wrong).state == "already_done"
    assert example.state() == example.wanted[1:]


@pytest.mark.parametrize("way", WAYS)
def test_refund_of_a_sum_alone_leaves_the_lines(start, way):
    server = start(way)
    shop, example = connect(server, way), case(server, way, "credit_memo")
    values = {"lines": [], "shipping": "0", "adjustment_positive": "4.00", "comment": "Goodwill"}
    shop.push(replace(example.effect, values=values))
    memo = server.shop.creditmemos[-1]
    assert (memo["base_grand_total"], memo["base_subtotal"], memo["base_shipping_amount"]) == (4, 0, 0)
    assert all(not item.data["qty_refunded"] for item in server.shop.orders[memo["order_id"]].items)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("with_tax", [False, True], ids=["net", "gross"])
@pytest.mark.parametrize("currency", ["EUR", "USD"])
def test_shipping_is_given_back_by_its_share_whatever_the_shop_shows(start, way, with_tax, currency):
    server = start(way, shipping_with_tax=with_tax)
    shop, order = connect(server, way), invoiced_order(server.shop, currency)
    data = order.data
    values = {"lines": [], "comment": "R", "shipping_with_tax": with_tax}
    part = Decimal("0.25")
    shop.push(Effect("credit_memo", "refund:1", str(order.id), values | {"shipping_share": str(part)}))
    memo = server.shop.creditmemos[-1]
    assert abs(memo["base_shipping_amount"] - data["base_shipping_amount"] * part) <= Decimal("0.01")
    assert abs(memo["grand_total"] - data["shipping_incl_tax"] * part) <= Decimal("0.01")
    with pytest.raises(ShopError, match="given back before") as refusal:
        shop.push(Effect("credit_memo", "refund:2", str(order.id), values | {"shipping_share": "1"}))
    assert refusal.value.kind == RECORD

    whole = invoiced_order(server.shop, currency)
    shop.push(Effect("credit_memo", "refund:3", str(whole.id), values | {"shipping_share": "1"}))
    memo = server.shop.creditmemos[-1]
    assert memo["grand_total"] == whole.data["shipping_incl_tax"] > 0
    assert whole.data["base_shipping_refunded"] == whole.data["base_shipping_amount"]


@pytest.mark.parametrize("way", WAYS)
def test_sum_in_the_orders_currency_is_given_back_exactly_or_not_at_all(start, way):
    server = start(way)
    shop, order = connect(server, way), invoiced_order(server.shop, "USD")
    rate = order.data["base_to_order_rate"]
    sums = [Decimal(cents) / 100 for cents in range(100, 130)]
    exact = {
        (base / 100 * rate).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP") for base in map(Decimal, range(200))
    }
    told, refused = next(one for one in sums if one in exact), next(one for one in sums if one not in exact)
    values = {"lines": [], "comment": "R", "currency": "USD"}
    shop.push(Effect("credit_memo", "refund:1", str(order.id), values | {"adjustment_positive": str(told)}))
    assert server.shop.creditmemos[-1]["grand_total"] == told
    before = len(server.shop.creditmemos)
    with pytest.raises(ShopError, match="at the order's rate") as refusal:
        shop.push(Effect("credit_memo", "refund:2", str(order.id), values | {"adjustment_positive": str(refused)}))
    assert refusal.value.kind == RECORD
    assert len(server.shop.creditmemos) == before


@pytest.mark.parametrize("way", WAYS)
def test_document_without_lines_is_not_made_of_all_of_them(start, way):
    server = start(way)
    shop, example = connect(server, way), case(server, way, "shipment")
    with pytest.raises(ShopError, match="no line is named"):
        shop.push(replace(example.effect, values=example.effect.values | {"lines": []}))
    assert not [row for row in server.shop.shipments if str(row["order_id"]) == example.effect.target]


@pytest.mark.parametrize("way", ["rest", "soap"])
def test_money_taken_online_goes_back_online_and_offline_money_does_not(start, way):
    server = start(way)
    shop, paid = connect(server, way), case(server, way, "invoice")
    invoice = shop.push(paid.effect).reference
    values = {
        "lines": paid.effect.values["lines"],
        "shipping": "0",
        "comment": "R",
        "online": True,
        "invoice_id": invoice,
    }
    memo = shop.push(Effect("credit_memo", "refund:8", paid.effect.target, values)).reference
    assert str(server.shop.creditmemos[-1]["entity_id"]) == memo
    assert [row["txn_type"] for row in server.shop.transactions][-2:] == ["capture", "refund"]

    offline = case(server, way, "credit_memo")
    (own,) = [row for row in server.shop.invoices if str(row["order_id"]) == offline.effect.target]
    values = offline.effect.values | {"online": True, "invoice_id": str(own["entity_id"])}
    with pytest.raises(ShopError) as refusal:
        shop.push(replace(offline.effect, values=values))
    assert refusal.value.kind == RECORD
    assert shop.push(offline.effect).state == "done"
    assert offline.state() == offline.wanted
