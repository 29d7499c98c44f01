"""Many effects at once over REST: batches, culprits, unclear answers, caps, order, and what is carried out later."""

import json
import math

import pytest
from fake_shop import FakeShop, answer

from magento_wire.effects import Effect, Outcome, Submitted
from magento_wire.errors import CONFIGURATION, INDEFINITE, RECORD, TRANSIENT, ShopError, failure
from magento_wire.rest import RestShop

URL = "https://shop.example.com"
NO_PRODUCT = {"message": "The product that was requested doesn't exist. Verify the product and try again."}
CORE = ("core", "multi_source")


class PriceShop(FakeShop):
    """Keeps base prices, tier prices and stock as Magento does: whole batches are refused for one unknown SKU."""

    def __init__(self, unknown=(), cap=None, crashes=()):
        super().__init__()
        self.unknown, self.cap, self.crashes = set(unknown), cap, set(crashes)
        self.stock, self.tiers, self.lost = {}, {}, 0
        self.others["POST", "inventory/source-items"] = self.save_stock
        self.others["GET", "inventory/source-items"] = self.list_stock
        self.others["POST", "products/tier-prices"] = self.save_tiers
        self.others["POST", "products/tier-prices-information"] = self.list_tiers
        self.others["POST", "products/tier-prices-delete"] = self.delete_tiers

    def writes(self):
        return [request for request in self.requests if request.method == "POST" and "information" not in request.url]

    def save_stock(self, _shop, request):
        rows = json.loads(request.body)["sourceItems"]
        if self.cap and len(rows) > self.cap:
            message = 'Maximum items of type "%type" is %max'
            return answer({"message": message, "parameters": {"type": "SourceItem", "max": self.cap}}, 400)
        if any(row["sku"] in self.crashes for row in rows):
            return answer({"message": "Internal Error. Details are available in Magento log file."}, 500)
        if any(row["sku"] in self.unknown for row in rows):
            return answer({"message": "Could not save Source Item"}, 400)
        self.stock.update({row["sku"]: row for row in rows})
        if self.lost:
            self.lost -= 1
            raise failure("timeout", "POST", "no answer")
        return answer([])

    def list_stock(self, _shop, _request):
        return answer({"items": list(self.stock.values()), "total_count": len(self.stock)})

    def save_tiers(self, _shop, request):
        rows = json.loads(request.body)["prices"]
        if any(row["sku"] in self.unknown for row in rows):
            return answer(NO_PRODUCT, 404)
        errors = []
        for row in rows:
            if row["customer_group"] == "Nobody":
                words = (
                    "No such entity with Customer Group = %customerGroup. Row ID: SKU = %SKU, Website ID: %websiteId, "
                    "Customer Group: %customerGroup, Quantity: %qty."
                )
                named = [row["sku"], row["website_id"], row["customer_group"], row["quantity"]]
                errors.append({"message": words, "parameters": named})
            else:
                self.tiers[row["sku"], row["customer_group"], row["quantity"]] = row
        return answer(errors)

    def list_tiers(self, _shop, request):
        skus = json.loads(request.body)["skus"]
        return answer([row for row in self.tiers.values() if row["sku"] in skus])

    def delete_tiers(self, _shop, request):
        """Only what has the very same price goes, as in the shop's service."""
        for row in json.loads(request.body)["prices"]:
            key = row["sku"], row["customer_group"], row["quantity"]
            if self.tiers.get(key, {}).get("price") == row["price"]:
                del self.tiers[key]
        return answer([])


def opened(transport, features=CORE):
    shop = RestShop(transport, URL)
    shop.features = features
    return shop


def stock(number, quantity="5"):
    return Effect("stock", f"stock:{number}", f"SKU-{number}", {"source": "main", "quantity": quantity})


def tier(number, **values):
    wanted = {"price": "9.50", "price_type": "fixed", "website_id": 0, "customer_group": "Dealer", "quantity": "5"}
    return Effect("tier_price", f"tier:{number}", f"SKU-{number}", wanted | values)


def states(results):
    return [result.state if isinstance(result, Outcome) else result.code for result in results]


def test_a_thousand_stocks_go_in_two_requests():
    transport = PriceShop()
    results = opened(transport).push_many([stock(number) for number in range(1000)])
    assert states(results) == ["done"] * 1000
    assert len(transport.requests) == 2
    assert transport.requests[0].url == f"{URL}/rest/all/V1/inventory/source-items"
    assert transport.stock["SKU-7"] == {"sku": "SKU-7", "source_code": "main", "quantity": 5, "status": 1}


@pytest.mark.parametrize("count", [2, 16, 100, 500])
@pytest.mark.parametrize("place", [0, -1])
def test_one_culprit_is_found_in_few_requests(count, place):
    culprit = range(count)[place]
    transport = PriceShop(unknown={f"SKU-{culprit}"})
    for effects in ([stock(number) for number in range(count)], [tier(number) for number in range(count)]):
        transport.requests.clear()
        results = opened(transport).push_many(effects)
        refused = [number for number, result in enumerate(results) if isinstance(result, ShopError)]
        assert refused == [culprit]
        assert results[culprit].kind == RECORD
        assert len(transport.requests) <= 2 * math.ceil(math.log2(count)) + 1
    assert len(transport.stock) == len(transport.tiers) == count - 1


def test_row_on_which_the_shop_crashes_does_not_hold_up_the_others():
    transport = PriceShop(crashes={"SKU-11"})
    results = opened(transport).push_many([stock(number) for number in range(32)])
    assert [number for number, result in enumerate(results) if isinstance(result, ShopError)] == [11]
    assert results[11].kind == INDEFINITE
    assert len(transport.stock) == 31


def test_cap_on_lists_is_learnt_once():
    transport = PriceShop(cap=20)
    shop = opened(transport)
    assert states(shop.push_many([stock(number) for number in range(50)])) == ["done"] * 50
    assert len(transport.requests) == 4
    shop.push_many([stock(number) for number in range(40)])
    assert len(transport.requests) == 6


def test_lost_answer_is_read_back_and_nothing_sent_twice():
    transport = PriceShop()
    transport.lost = 1
    results = opened(transport).push_many([stock(number) for number in range(30)])
    assert states(results) == ["done"] * 30
    assert len(transport.writes()) == 1


def test_doubtful_ones_are_looked_for_first():
    transport = PriceShop()
    shop = opened(transport)
    shop.push_many([stock(1), stock(2)])
    transport.requests.clear()
    results = shop.push_many([stock(1), stock(2, "8"), stock(3)], unsure=["stock:1", "stock:2"])
    assert states(results) == ["already_done", "done", "done"]
    (write,) = transport.writes()
    assert [row["sku"] for row in json.loads(write.body)["sourceItems"]] == ["SKU-2", "SKU-3"]
    transport.stock["SKU-1"]["quantity"] = 4
    assert shop.push(stock(1), unsure=True).state == "done", "another quantity is not the wanted one"


def test_error_in_a_good_answer_is_its_rows_own():
    transport = PriceShop()
    effects = [tier(1), tier(2, customer_group="Nobody"), tier(2), tier(3, customer_group="Nobody", quantity="7")]
    results = opened(transport).push_many(effects)
    assert states(results) == ["done", "refused", "done", "refused"]
    assert "Customer Group = Nobody. Row ID: SKU = SKU-3, Website ID: 0" in str(results[3])
    assert len(transport.requests) == 1


def test_error_that_names_no_row_is_pinned_down():
    """A base price below zero is refused as ``Invalid attribute Price = -1``: which product it is, is not said."""
    transport = FakeShop()

    def save(_shop, request):
        rows = json.loads(request.body)["prices"]
        bad = [row for row in rows if row["price"] < 0]
        words = "Invalid attribute %fieldName = %fieldValue."
        return answer([{"message": words, "parameters": ["Price", row["price"]]} for row in bad])

    transport.others["POST", "products/base-prices"] = save
    prices = ["3", "-1", "4", "-1", "5"]
    effects = [Effect("base_price", f"p{n}", f"SKU-{n}", {"price": price}) for n, price in enumerate(prices)]
    results = opened(transport).push_many(effects)
    assert states(results) == ["done", "refused", "done", "refused", "done"]
    assert "Invalid attribute Price = -1." in str(results[1])


def test_tier_price_is_deleted_by_its_present_value():
    transport = PriceShop()
    shop = opened(transport)
    shop.push_many([tier(1), tier(2)])
    gone = [tier(1, price=None), tier(9, price=None)]
    assert states(shop.push_many(gone)) == ["done", "already_done"]
    assert {key[0] for key in transport.tiers} == {"SKU-2"}
    assert states(shop.push_many(gone, unsure=["tier:1"])) == ["already_done"] * 2


def test_second_value_of_the_same_thing_comes_after_the_first():
    """The shop refuses a list that names one tier price twice."""
    transport = PriceShop()
    results = opened(transport).push_many([tier(1), tier(2), tier(1, price="8.00"), tier(1, price=None), tier(1)])
    assert states(results) == ["done"] * 5
    assert transport.tiers["SKU-1", "Dealer", 5]["price"] == 9.5
    for request in transport.writes():
        skus = [row["sku"] for row in json.loads(request.body)["prices"]]
        assert len(skus) == len(set(skus))


def order_shop():
    transport = PriceShop()
    for word in ("hold", "unhold"):
        transport.others["POST", f"orders/7/{word}"] = lambda _shop, _request: answer(True)
    transport.others["POST", "order/7/ship"] = lambda _shop, _request: answer(31)
    transport.others["GET", "shipments"] = lambda _shop, _request: answer({"items": [], "total_count": 0})
    return transport


SHIP = Effect("shipment", "shipment:3", "7", {"lines": [["1", "2"]], "comment": ""})


def test_stock_waits_for_the_shipment_before_it_and_goes_before_the_one_after():
    transport = order_shop()
    effects = [stock(1), SHIP, stock(2), Effect("order_hold", "h", "7"), stock(3)]
    assert states(opened(transport).push_many(effects)) == ["done"] * 5
    assert [request.url.rsplit("/V1/")[1] for request in transport.writes()] == [
        "inventory/source-items", "order/7/ship", "orders/7/hold", "inventory/source-items",
    ]  # fmt: skip


def test_what_follows_a_failed_effect_on_the_same_order_waits():
    transport = order_shop()
    transport.script = [failure("timeout", "POST"), None]
    effects = [SHIP, Effect("order_hold", "h", "7"), Effect("order_hold", "h8", "8"), stock(1)]
    transport.others["POST", "orders/8/hold"] = lambda _shop, _request: answer(True)
    results = opened(transport).push_many(effects)
    assert states(results) == ["timeout", "waits", "done", "done"]
    assert (results[0].kind, results[1].kind) == (INDEFINITE, TRANSIENT)


def test_shop_that_is_away_is_not_asked_again_and_again():
    transport = order_shop()
    transport.script = [answer(b"<html>", 429, {"retry-after": "7"})] * 3
    results = opened(transport).push_many([SHIP, Effect("order_hold", "h8", "8"), stock(1), stock(2)])
    assert states(results) == ["too_many_requests"] * 4
    assert [result.retry_after for result in results] == [7.0] * 4
    assert len(transport.requests) == 1


def test_unknown_kinds_and_missing_values_are_their_own_fault():
    transport = PriceShop()
    effects = [
        Effect("teleport", "t", "1"),
        Effect("stock", "s", "SKU-8", {"source": "main"}),
        Effect("stock", "n", "SKU-9", {"source": "main", "quantity": "many"}),
        Effect("stock", "o", "SKU-10", {"quantity": "1"}),
        Effect("order_comment", "c", "7", {}),
        stock(1),
    ]
    results = opened(transport).push_many(effects)
    assert states(results) == ["unknown_effect", *["unreadable_value"] * 4, "done"]
    assert results[0].kind == CONFIGURATION
    assert "quantity is not given" in str(results[1])


def test_shop_without_the_service_of_shared_catalogs_gets_tier_prices_of_their_group():
    transport = PriceShop()
    transport.others["GET", "sharedCatalog/4"] = lambda _shop, _request: answer({"id": 4, "customer_group_id": 9})
    transport.others["GET", "customerGroups/search"] = lambda _shop, _request: answer(
        {"items": [{"id": 9, "code": "Key accounts"}], "total_count": 1}
    )
    route = answer({"message": "Request does not match any route."}, 404)
    transport.others["POST", "sharedCatalog/4/assignTierPrices"] = lambda _shop, _request: route
    values = {"price": "7.5", "price_type": "fixed", "website_id": 0, "quantity": "1"}
    effects = [Effect("shared_catalog_price", f"c{n}", "4", values | {"sku": f"SKU-{n}"}) for n in range(3)]
    shop = opened(transport, ("core", "b2b"))
    assert states(shop.push_many(effects)) == ["done"] * 3
    assert {key[1] for key in transport.tiers} == {"Key accounts"}
    assert states(shop.push_many(effects, unsure=[effect.key for effect in effects])) == ["already_done"] * 3


# -- carried out later ------------------------------------------------------------------------------------------------

BULK = "799a59c0-09ca-4d60-b432-2953986c1c38"


def bulk_shop(operations=(), **answers):
    transport, operations = PriceShop(), list(operations)
    accepted = {"bulk_uuid": BULK, "request_items": [{"id": 0, "status": "accepted"}, {"id": 1, "status": "accepted"}]}
    transport.others["POST", "inventory/source-items"] = lambda _shop, _request: answer(accepted | answers, 202)
    status = {"operations_list": operations, "operation_count": len(operations), "bulk_id": BULK}
    transport.others["GET", f"bulk/{BULK}/detailed-status"] = lambda _shop, _request: answer(status)
    return transport


def test_rows_are_handed_over_as_operations_of_their_own():
    transport = bulk_shop()
    results = opened(transport, (*CORE, "async_bulk")).submit([stock(1), stock(2)])
    assert results == [Submitted(BULK, 0), Submitted(BULK, 1)]
    (request,) = transport.requests
    assert request.url == f"{URL}/rest/all/async/bulk/V1/inventory/source-items"
    assert [[row["sku"] for row in body["sourceItems"]] for body in json.loads(request.body)] == [["SKU-1"], ["SKU-2"]]


def test_hosted_shop_and_paths_with_arguments_have_their_own_addresses():
    transport = FakeShop()
    transport.others["GET", "sharedCatalog/4"] = lambda _shop, _request: answer({"id": 4, "customer_group_id": 9})
    transport.lists["customerGroups/search"] = [{"id": 9, "code": "Key accounts"}]
    transport.key = "customer_group_id"
    transport.lists["customerGroups/search"][0]["customer_group_id"] = 9
    taken = {"bulk_uuid": BULK, "request_items": [{"id": 0, "status": "accepted"}]}
    path = "async/bulk/sharedCatalog/bySharedCatalogId/assignTierPrices"
    transport.others["POST", path] = lambda _shop, _request: answer(taken, 202)
    shop = RestShop(transport, "https://eu.api.commerce.adobe.com/tenant", hosted=True)
    shop.features = ("core", "b2b", "async_bulk")
    values = {"sku": "A/B", "price": "7.5", "price_type": "fixed", "website_id": 0, "quantity": "1"}
    assert shop.submit([Effect("shared_catalog_price", "c", "4", values)]) == [Submitted(BULK, 0)]
    request = transport.requests[-1]
    assert request.url == f"https://eu.api.commerce.adobe.com/tenant/V1/{path}"
    (body,) = json.loads(request.body)
    assert body["sharedCatalogId"] == "4"
    assert body["prices"][0]["customer_group"] == "Key accounts"


def test_rejected_row_and_shop_without_a_queue():
    items = [{"id": 0, "status": "rejected", "error_message": "Error processing 0 element"}, {"id": 1}]
    first, second = opened(bulk_shop(request_items=items), (*CORE, "async_bulk")).submit([stock(1), stock(2)])
    assert (first.kind, second) == (RECORD, Submitted(BULK, 1))
    assert states(opened(PriceShop()).submit([stock(1), SHIP][:1])) == ["done"]


@pytest.mark.parametrize("first_id", [0, 4])
def test_accepted_is_no_success_until_the_operation_has_ended(first_id):
    """Older shops number operations through, newer ones within the bulk."""
    errors = '[{"message":"Invalid attribute %fieldName = %fieldValue.","parameters":["SKU","NOPE"]}]'
    told = [
        {"status": 1, "result_message": "Service execution success", "result_serialized_data": "[]"},
        {"status": 1, "result_message": "Service execution success", "result_serialized_data": errors},
        {"status": 2, "result_message": "Deadlock found"},
        {"status": 3, "result_message": "No such entity."},
        {"status": 4, "result_message": None},
        {"status": 5, "result_message": "Rejected"},
    ]
    operations = [{"id": first_id + place, **row} for place, row in enumerate(told)]
    found = opened(bulk_shop(reversed(operations))).follow(BULK)
    assert found[0] == Outcome("done")
    assert [found[place].kind for place in (1, 2, 3, 5)] == [RECORD, TRANSIENT, RECORD, RECORD]
    assert "Invalid attribute SKU = NOPE." in str(found[1])
    assert found[4] is None
    assert sorted(found) == list(range(6))


def test_queue_that_stands_still_is_not_used():
    def features(started):
        transport = FakeShop({"inventory/sources": [{"source_code": "default"}]})
        transport.others["GET", "bulk"] = lambda _shop, _request: answer(
            {"items": [{"id": 1, "status": 4, "extension_attributes": {"start_time": started}}], "total_count": 1}
        )
        shop = RestShop(transport, URL)
        shop.shop_now = "2026-11-28 12:00:00"
        return shop.has("async_bulk")

    assert features("2026-11-28 11:59:00")
    assert not features("2026-11-28 10:30:00")
