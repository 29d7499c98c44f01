"""Four ways to prove who we are."""

import json
import re
import time
from urllib.parse import parse_qs

import pytest
from fake_shop import FakeShop, answer
from oauthlib import oauth1

from magento_wire.auth import AdminToken, BearerToken, OAuth1, ServerToServer
from magento_wire.errors import ShopError
from magento_wire.rest import RestShop
from magento_wire.transport import HttpRequest

URL = "https://shop.example.com"
ORDERS = {"items": [], "total_count": 0}
DATE = {"date": "Sun, 01 Mar 2026 12:00:00 GMT"}
SHOP_TIME = 1772366400.0


class Clock:
    def __init__(self, now=SHOP_TIME):
        self.now = now

    def __call__(self):
        return self.now


def oauth(clock=time.time):
    return OAuth1("consumer", "consumer-secret", "token", "token-secret", clock=clock)


class Verifier(oauth1.RequestValidator):
    """The shop's side, by another implementation path: oauthlib's server verifies the signature."""

    client_key_length = (1, 99)
    access_token_length = (1, 99)
    nonce_length = (1, 99)
    enforce_ssl = True
    dummy_client, dummy_access_token = "x", "y"
    allowed_signature_methods = (oauth1.SIGNATURE_HMAC_SHA256,)

    def check_client_key(self, value):
        return True

    check_access_token = check_nonce = check_client_key

    def validate_client_key(self, client_key, request):
        return client_key == "consumer"

    def validate_access_token(self, client_key, token, request):
        return token == "token"

    def validate_timestamp_and_nonce(self, *args, **kwargs):
        return True

    def validate_realms(self, *args, **kwargs):
        return True

    def get_client_secret(self, client_key, request):
        return "consumer-secret"

    def get_access_token_secret(self, client_key, token, request):
        return "token-secret"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_signature_is_verified_by_the_other_side(method):
    shop = FakeShop()
    shop.script = [answer(ORDERS)]
    pairs = [
        ("searchCriteria[filter_groups][0][filters][0][value]", "2026-01-01 00:00:00 ä+/~"),
        ("fields", "a[b]"),
    ]
    RestShop(shop, URL, oauth()).call(method, "orders", pairs, body={"x": "ä"} if method != "GET" else None)
    (request,) = shop.requests
    endpoint = oauth1.ResourceEndpoint(Verifier())
    headers = {name: value for name, value in request.headers.items() if name == "Authorization"}
    valid, _request = endpoint.validate_protected_resource_request(request.url, method, None, headers, [])
    assert valid
    assert 'oauth_signature_method="HMAC-SHA256"' in headers["Authorization"]
    tampered = request.url.replace("fields=", "fields=z")
    assert not endpoint.validate_protected_resource_request(tampered, method, None, headers, [])[0]


def test_each_request_has_its_own_nonce():
    auth = oauth()
    nonces = {re.search('oauth_nonce="([^"]+)"', auth.headers("GET", URL, None)["Authorization"])[1] for _ in range(20)}
    assert len(nonces) == 20


def test_clock_that_is_off_is_corrected_by_the_shops():
    shop, clock = FakeShop(), Clock(SHOP_TIME - 4000)
    refused = answer({"message": "oauth_problem=timestamp_refused"}, 400, DATE)
    shop.script = [refused, answer(ORDERS, headers=DATE)]
    assert RestShop(shop, URL, oauth(clock)).call("GET", "orders") == ORDERS
    stamps = [re.search(r'oauth_timestamp="(\d+)"', request.headers["Authorization"])[1] for request in shop.requests]
    assert stamps == [str(int(SHOP_TIME - 4000)), str(int(SHOP_TIME))]


def test_wrong_credentials_are_not_tried_twice():
    shop = FakeShop()
    shop.script = [answer({"message": "oauth_problem=token_rejected"}, 401, DATE)] * 2
    with pytest.raises(ShopError, match="Enter them anew"):
        RestShop(shop, URL, oauth(Clock())).call("GET", "orders")
    assert len(shop.requests) == 1


def test_bearer_token_is_sent_as_it_is():
    shop = FakeShop()
    shop.script = [answer(ORDERS)]
    RestShop(shop, URL, BearerToken("abc")).call("GET", "orders")
    assert shop.requests[0].headers["Authorization"] == "Bearer abc"


def admin_shop(clock):
    shop = FakeShop({"orders": []})
    tokens = iter(f"token{number}" for number in range(1, 9))
    shop.others["POST", "integration/admin/token"] = lambda shop, request: answer(next(tokens))
    return shop, RestShop(shop, URL, AdminToken(URL, "robot", "pass-word", clock=clock))


def sent(shop):
    return [request.headers.get("Authorization", "login") for request in shop.requests]


def test_admin_token_is_fetched_once_and_before_it_ends():
    clock = Clock()
    shop, rest = admin_shop(clock)
    search = [("searchCriteria", "")]
    rest.call("GET", "orders", search)
    rest.call("GET", "orders", search)
    assert json.loads(shop.requests[0].body) == {"username": "robot", "password": "pass-word"}
    assert sent(shop) == ["login", "Bearer token1", "Bearer token1"]
    clock.now += 4 * 3600 - 30
    rest.call("GET", "orders", search)
    assert sent(shop)[3:] == ["login", "Bearer token2"]


def test_revoked_admin_token_is_renewed_once():
    shop, rest = admin_shop(Clock())
    search = [("searchCriteria", "")]
    rest.call("GET", "orders", search)
    shop.script = [answer({"message": "The consumer isn't authorized to access %resources."}, 401)]
    rest.call("GET", "orders", search)
    assert sent(shop)[2:] == ["Bearer token1", "login", "Bearer token2"]
    shop.script = [answer({}, 401), None, answer({}, 401)]
    with pytest.raises(ShopError):
        rest.call("GET", "orders", search)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (answer({"message": "2FA is required"}, 400), "second factor"),
        (answer({"message": "The account sign-in was incorrect"}, 401), "Enter them anew"),
        (answer({}), "without a token"),
        (answer(""), "without a token"),
        (answer(b"<html>"), "tried again"),
    ],
)
def test_admin_login_that_fails_says_why(reply, words):
    shop = FakeShop()
    shop.script = [reply]
    with pytest.raises(ShopError, match=words):
        RestShop(shop, URL, AdminToken(URL, "robot", "pass-word")).call("GET", "orders")


def test_server_to_server_token_is_fetched_and_sent_with_the_store():
    shop, clock = FakeShop(), Clock()
    shop.script = [answer({"access_token": "ims1", "expires_in": 600}), answer(ORDERS), answer(ORDERS),
                   answer({"access_token": "ims2", "expires_in": 600}), answer(ORDERS)]  # fmt: skip
    auth = ServerToServer("client", "p8e-secret", "openid,commerce", organisation="ORG@AdobeOrg", clock=clock)
    rest = RestShop(shop, "https://eu.example.com/tenant", auth, "default", hosted=True)
    rest.call("GET", "orders")
    rest.call("GET", "orders")
    clock.now += 590
    rest.call("GET", "orders")
    form = parse_qs(shop.requests[0].body.decode())
    assert form == {"grant_type": ["client_credentials"], "client_id": ["client"], "client_secret": ["p8e-secret"],
                    "scope": ["openid,commerce"]}  # fmt: skip
    assert [request.headers.get("Authorization") for request in shop.requests] == [
        None, "Bearer ims1", "Bearer ims1", None, "Bearer ims2",
    ]  # fmt: skip
    assert shop.requests[1].headers["Store"] == "default"
    assert shop.requests[1].headers["x-api-key"] == "client"
    assert shop.requests[1].url == "https://eu.example.com/tenant/V1/orders"


@pytest.mark.parametrize(
    "auth",
    [oauth(), BearerToken("token-secret"), AdminToken(URL, "robot", "token-secret"),
     ServerToServer("client", "token-secret", "openid")],
)  # fmt: skip
def test_secrets_are_named_for_masking_and_not_printed(auth):
    assert "token-secret" in auth.secrets()
    assert "token-secret" not in repr(auth)
    assert "token-secret" not in repr(HttpRequest("GET", URL, {"a": "token-secret"}))
