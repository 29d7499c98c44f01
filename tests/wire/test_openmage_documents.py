"""Documents of a Magento 1 shop, which are made in steps: whoever finds one that is not finished finishes it."""

from decimal import Decimal

import pytest
from effect_cases import case
from wire_shops import connect, start_shop

from magento_wire.effects import Effect
from magento_wire.errors import INDEFINITE, RECORD, ShopError

WAYS = ("xmlrpc", "openmage_soap", "openmage_ws_i")


@pytest.fixture(params=WAYS)
def way(request):
    return request.param


@pytest.fixture
def start(way):
    servers = []

    def start_one(*plan):
        servers.append(start_shop(way, plan, orders=5))
        return servers[-1]

    yield start_one
    for server in servers:
        server.stop()


def fault(kind, method, **options):
    return {"kind": kind, "match": {"path": f"*#{method}", "method": "POST"}, **options}


@pytest.mark.parametrize("method", ["sales_order_shipment.info", "sales_order_shipment.addTrack"])
@pytest.mark.parametrize("kind", ["status", "lost_answer"])
def test_shipment_that_stopped_half_way_is_finished(start, way, method, kind):
    """Two requests in a row fail, so that looking for it at once fails as well."""
    server = start(fault(kind, method, status=502, times=1), fault("status", "sales_order_shipment.list", status=502))
    shop, example = connect(server, way), case(server, way, "shipment")
    with pytest.raises(ShopError) as unclear:
        shop.push(example.effect)
    assert unclear.value.kind == INDEFINITE
    outcome = shop.push(example.effect, unsure=True)
    assert outcome.state == "already_done"
    assert example.state() == example.wanted


def test_invoice_whose_money_was_not_taken_is_captured(start, way):
    server = start(
        fault("status", "sales_order_invoice.capture", status=502),
        fault("status", "sales_order_invoice.list", status=502),
    )
    shop, example = connect(server, way), case(server, way, "invoice")
    with pytest.raises(ShopError):
        shop.push(example.effect)
    assert server.shop.invoices[-1]["state"] == 1
    assert shop.push(example.effect, unsure=True).state == "already_done"
    assert example.state() == example.wanted
    assert server.shop.orders[int(example.effect.target)].data["total_paid"] == server.shop.invoices[-1]["grand_total"]


def test_shipment_of_less_than_asked_for_is_told(start, way):
    """A real Magento 1 ships what is left of a line, and answers as if it were all."""
    server = start()
    shop, example = connect(server, way), case(server, way, "shipment")
    inner = shop.remote

    def shorten(path, arguments=(), *, reading=True):
        answer = inner(path, arguments, reading=reading)
        if path == "sales_order_shipment.info":
            answer["items"][0]["qty"] = "3.0000"
        return answer

    shop.remote = shorten
    with pytest.raises(ShopError, match=r"it holds 3.0000, not 5") as refusal:
        shop.push(example.effect)
    assert (refusal.value.kind, refusal.value.code) == (RECORD, "quantity_differs")


def test_online_refund_and_discounted_tiers_are_not_promised(start, way):
    server = start()
    shop, example = connect(server, way), case(server, way, "credit_memo")
    with pytest.raises(ShopError, match="offline only") as refusal:
        shop.push(Effect("credit_memo", "r", example.effect.target, example.effect.values | {"online": True}))
    assert refusal.value.kind == RECORD, "another message may well be sent"
    before = [dict(row) for row in server.shop.tier_prices if row["sku"] == "SL-DR13"]
    tier = {"price": "5", "price_type": "discount", "customer_group": "Wholesale", "quantity": "2"}
    for values in (tier, tier | {"price_type": "fixed", "website_id": 1}):
        with pytest.raises(ShopError, match="Magento 1") as refusal:
            shop.push(Effect("tier_price", "t", "SL-DR13", values))
        assert refusal.value.kind == RECORD
    assert [row for row in server.shop.tier_prices if row["sku"] == "SL-DR13"] == before


def test_other_tier_prices_stay(start, way):
    server = start()
    shop = connect(server, way)

    def prices():
        own = [row for row in server.shop.tier_prices if row["sku"] == "BF-OR"]
        return {row["customer_group"]: server.shop.tier_value(row) for row in own}

    before = prices()
    shop.push(Effect("tier_price", "t", "BF-OR", {"price": "6.10", "customer_group": "Wholesale", "quantity": "50"}))
    after = prices()
    assert after == before | {"Wholesale": Decimal("6.10")}
