"""Checking, discovering and writing by REST."""

import json

import pytest
from fake_shop import FakeShop, answer

from magento_wire.auth import BearerToken
from magento_wire.effects import Effect
from magento_wire.errors import ShopError, failure
from magento_wire.rest import RestShop
from magento_wire.rest_check import NEEDED
from magento_wire.streams import STREAMS

URL = "https://shop.example.com"
DENIED = {
    "message": "The consumer isn't authorized to access %resources.",
    "parameters": {"resources": "X::y"},
}
NO_ROUTE = {"message": "Request does not match any route."}


def whole_shop(**lists):
    rows = {STREAMS[name].path: [] for name in NEEDED}
    rows |= {
        "store/storeConfigs": [{"id": 1, "code": "de", "website_id": 1, "base_currency_code": "EUR",
                                "default_display_currency_code": "USD", "locale": "de_DE",
                                "timezone": "Europe/Berlin"}],
        "store/storeViews": [{"id": 0, "code": "admin", "website_id": 0}, {"id": 1, "code": "de", "name": "Deutsch",
                                                                          "website_id": 1, "store_group_id": 1}],
        "store/websites": [{"id": 0, "code": "admin"}, {"id": 1, "code": "base", "name": "Main"}],
        "taxClasses/search": [{"class_id": 2, "class_name": "Goods", "class_type": "PRODUCT"}],
        "taxRates/search": [{"id": 3, "code": "DE 19", "rate": 19, "tax_country_id": "DE"}],
        "taxRules/search": [{"id": 1, "code": "R", "tax_rate_ids": [3], "customer_tax_class_ids": [3],
                             "product_tax_class_ids": [2], "priority": 0}],
        "customerGroups/search": [{"id": 0, "code": "NOT LOGGED IN", "tax_class_id": 3}],
        "inventory/sources": [{"source_code": "default", "name": "Default"}],
    }  # fmt: skip
    return FakeShop({**rows, **lists})


def test_shop_in_order_passes_the_check():
    transport = whole_shop()
    report = RestShop(transport, URL).check()
    assert report.ok
    assert report.message == ""
    assert report.features == ("core", "multi_source")
    assert len(report.items) == 1 + len(NEEDED)
    json.dumps(report.to_dict())


def test_missing_right_is_named_with_where_to_tick_it():
    transport = whole_shop()
    transport.others["GET", "orders"] = lambda shop, request: answer(DENIED, 401)
    report = RestShop(transport, URL).check()
    assert not report.ok
    (item,) = [item for item in report.items if not item.ok]
    assert item.code == "orders"
    assert "X::y" in item.message
    assert "Sales > Orders > View" in report.message


def test_token_that_expires_meanwhile_does_not_hide_what_the_shop_has():
    transport = whole_shop()
    transport.script = [answer(DENIED, 401), answer(DENIED, 401)]
    shop = RestShop(transport, URL)
    with pytest.raises(ShopError):
        shop.has("multi_source")
    assert shop.has("multi_source")
    transport.others["GET", "inventory/sources"] = lambda shop, request: answer(DENIED, 401)
    assert not RestShop(transport, URL).has("multi_source"), "a right that is missing is another thing"


def test_refused_bearer_token_tells_of_the_setting():
    transport = FakeShop()
    transport.script = [answer(DENIED, 401)]
    report = RestShop(transport, URL, BearerToken("abc")).check()
    assert [item.ok for item in report.items] == [False]
    assert "standalone Bearer" in report.message


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (failure("unknown_host", "GET", "no such name"), "Check the address"),
        (failure("tls", "GET", "self-signed"), "certificate"),
        (answer(b"<html>hello"), "proxy"),
        (answer(NO_ROUTE, 404), "store code"),
        (answer(b"", 302, {"location": "https://www.shop.example.com/"}), "www.shop.example.com"),
    ],
)
def test_shop_that_does_not_answer_says_what_to_do(step, words):
    transport = FakeShop()
    transport.script = [step]
    assert words in RestShop(transport, URL).check().message


def test_clock_that_differs_is_told():
    transport = whole_shop()
    transport.others["GET", "store/storeConfigs"] = lambda shop, request: answer(
        [], headers={"date": "Sun, 01 Mar 2020 12:00:00 GMT"}
    )
    assert "clock" in RestShop(transport, URL).check().message


def test_discovery_joins_stores_with_their_settings():
    shop = RestShop(whole_shop(), URL)
    found = shop.discover()
    assert [website.code for website in found.websites] == ["base"]
    (store,) = found.stores
    assert (store.name, store.currency, store.base_currency, store.timezone) == (
        "Deutsch",
        "USD",
        "EUR",
        "Europe/Berlin",
    )
    assert [rate.code for rate in found.tax_rates] == ["DE 19"]
    assert found.tax_rules[0].rate_ids == (3,)
    assert found.sources == (("default", "Default"),)
    assert shop.features == ("core", "multi_source")
    json.dumps(found.to_dict())


COMMENT = Effect("order_comment", "invoice-1", "42", {"comment": "Invoice INV/2026/00001", "visible": True})


def commented_shop(comments):
    transport = FakeShop()
    transport.others["GET", "orders/42"] = lambda shop, request: answer({"status": "processing"})
    transport.others["GET", "orders/42/comments"] = lambda shop, request: answer({"items": comments})

    def add(shop, request):
        comments.append({"entity_id": 7, "comment": json.loads(request.body)["statusHistory"]["comment"]})
        return answer(True)

    transport.others["POST", "orders/42/comments"] = add
    return transport, RestShop(transport, URL)


def posts(transport):
    return [request for request in transport.requests if request.method == "POST"]


def test_comment_is_added_and_names_the_status_that_is():
    """Without a status, shops of 2.3 and 2.4 leave the order with none (magento/magento2#34180)."""
    transport, shop = commented_shop([])
    assert shop.push(COMMENT).state == "done"
    assert json.loads(posts(transport)[0].body) == {"statusHistory": {
        "comment": "Invoice INV/2026/00001", "parent_id": 42, "is_customer_notified": 0, "is_visible_on_front": 1,
        "status": "processing",
    }}  # fmt: skip


def test_comment_that_may_be_there_is_looked_for_first():
    transport, shop = commented_shop([{"entity_id": 5, "comment": " Invoice  INV/2026/00001 "}])
    outcome = shop.push(COMMENT, unsure=True)
    assert (outcome.state, outcome.reference, posts(transport)) == ("already_done", "5", [])


def test_comment_not_there_after_all_is_sent():
    transport, shop = commented_shop([{"entity_id": 5, "comment": "Invoice INV/2026/000011"}])
    assert shop.push(COMMENT, unsure=True).state == "done"
    assert len(posts(transport)) == 1


def test_lost_answer_is_read_back():
    comments = []
    transport, shop = commented_shop(comments)

    def applied_but_lost(fake, request):
        fake.others[request.method, "orders/42/comments"](fake, request)
        return failure("timeout", "POST")

    transport.script = [None, applied_but_lost]
    outcome = shop.push(COMMENT)
    assert (outcome.state, outcome.reference, len(comments)) == ("done", "7", 1)


def test_lost_request_stays_indefinite_until_someone_is_sure():
    comments = []
    transport, shop = commented_shop(comments)
    transport.script = [None, failure("timeout", "POST")]
    with pytest.raises(ShopError) as error:
        shop.push(COMMENT)
    assert error.value.kind == "indefinite"
    transport.script = [None, failure("connection_lost", "POST"), failure("timeout", "GET")]
    with pytest.raises(ShopError) as error:
        shop.push(COMMENT)
    assert error.value.kind == "indefinite"
    assert shop.push(COMMENT, unsure=True).state == "done"
    assert len(comments) == 1


def test_refused_write_is_not_read_back():
    transport, shop = commented_shop([])
    transport.script = [None, answer({"message": "No such entity"}, 404)]
    with pytest.raises(ShopError) as error:
        shop.push(COMMENT)
    assert (error.value.kind, len(posts(transport)), len(transport.requests)) == ("record", 1, 2)


def test_unknown_effect_is_named():
    with pytest.raises(ShopError, match="teleport"):
        RestShop(FakeShop(), URL).push(Effect("teleport", "k", "1"))
