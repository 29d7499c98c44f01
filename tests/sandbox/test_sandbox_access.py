"""Access over real HTTP: OAuth 1.0a is really verified, Bearer and admin tokens are what the settings say."""

import json
import time

import pytest
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, SIGNATURE_HMAC_SHA256, Client
from shop_client import criteria

pytest_plugins = "sandbox_fixtures"

_FILTER = "searchCriteria[filterGroups][0][filters][0]"
BRACKETS = f"{_FILTER}[field]=customer_email&{_FILTER}[value]="


def test_a_signed_request_passes_whatever_its_query_holds(client):
    assert client.get("V1/orders", criteria(size=1)).status_code == 200
    assert client.get("V1/orders", BRACKETS + "a%20b%2Bc%26d%3D%C3%A4%25").status_code == 200
    assert client.get("V1/orders", BRACKETS + "a+b").status_code == 200


def test_sha1_is_refused_with_400(client):
    url = f"{client.address}/rest/V1/orders/1"
    answer = client.get("V1/orders/1", headers=client.signed("GET", url, SIGNATURE_HMAC_SHA1))
    assert answer.status_code == 400
    assert answer.json() == {"message": "Signature method %1 is not supported", "parameters": ["HMAC-SHA1"]}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"client_secret": "x" * 32}, "The signature is invalid. Verify and try again."),
        ({"resource_owner_secret": "x" * 32}, "The signature is invalid. Verify and try again."),
        ({"client_key": "x" * 32}, "A consumer having the specified key does not exist"),
        ({"resource_owner_key": "x" * 32}, "Specified token does not exist"),
        ({"timestamp": str(int(time.time()) - 3600)}, None),
        ({"timestamp": str(int(time.time()) + 3600)}, None),
    ],
)
def test_wrong_credentials_are_401(client, changed, message):
    url = f"{client.address}/rest/V1/orders/1"
    answer = client.get("V1/orders/1", headers=client.signed("GET", url, **changed))
    assert answer.status_code == 401
    assert message is None or answer.json()["message"] == message


def test_a_signature_is_for_one_url_and_method_only(client):
    headers = client.signed("GET", f"{client.address}/rest/V1/orders/1")
    assert client.get("V1/orders/2", headers=headers).status_code == 401
    headers = client.signed("GET", f"{client.address}/rest/V1/orders/1/cancel")
    assert client.post("V1/orders/1/cancel", {}, headers=headers).status_code == 401


def test_a_replayed_nonce_is_refused(client):
    headers = client.signed("GET", f"{client.address}/rest/V1/orders/1")
    assert client.get("V1/orders/1", headers=headers).status_code == 200
    again = client.get("V1/orders/1", headers=headers)
    assert (again.status_code, again.json()["parameters"]) == (401, ["1"])


def test_a_missing_oauth_parameter_is_400(client):
    answer = client.get("V1/orders/1", headers={"Authorization": 'OAuth oauth_consumer_key="x"'})
    assert (answer.status_code, answer.json()["parameters"]) == (400, {"fieldName": "oauth_signature"})


def test_without_credentials_the_right_is_named(client):
    answer = client.get("V1/orders/1", headers={})
    assert answer.status_code == 401
    assert answer.json() == {
        "message": "The consumer isn't authorized to access %resources.",
        "parameters": {"resources": "Magento_Sales::actions_view"},
    }
    assert client.get("V1/directory/currency", headers={}).status_code == 200


def test_an_integration_token_is_a_bearer_only_where_allowed(client):
    headers = {"Authorization": f"Bearer {client.server.access.access_token}"}
    assert client.get("V1/orders/1", headers=headers).status_code == 401
    client.control("POST", "settings", {"allow_bearer": True})
    assert client.get("V1/orders/1", headers=headers).status_code == 200


def test_an_admin_token_lives_for_four_hours(client):
    access = client.server.access
    given = {"username": access.admin_username, "password": access.admin_password}
    token = client.post("V1/integration/admin/token", given, headers={}).json()
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("V1/orders/1", headers=headers).status_code == 200
    client.control("POST", "clock", {"advance_seconds": 4 * 3600 + 1})
    assert client.get("V1/orders/1", headers=headers).status_code == 401
    assert client.post("V1/integration/admin/token", given | {"password": "no"}, headers={}).status_code == 401


def test_two_factor_sign_in_blocks_admin_tokens(start):
    client = start(two_factor=True)
    access = client.server.access
    given = {"username": access.admin_username, "password": access.admin_password}
    assert client.post("V1/integration/admin/token", given, headers={}).status_code == 400


def test_a_revoked_token_is_401_until_it_is_given_back(client):
    client.control("POST", "token", {"revoked": True})
    answer = client.get("V1/orders/1")
    assert (answer.status_code, answer.json()["message"]) == (401, "Access token has been revoked")
    client.control("POST", "token", {"revoked": False})
    assert client.get("V1/orders/1").status_code == 200


def test_the_control_api_needs_its_secret(client):
    assert client.session.get(f"{client.address}/sandbox/world", timeout=5).status_code == 401


def test_credentials_are_the_same_for_the_same_seed(start):
    one, two, other = start(seed=5), start(seed=5), start(seed=6)
    assert one.server.access.credentials() == two.server.access.credentials() != other.server.access.credentials()


def test_a_body_is_not_part_of_the_signature(client):
    """Magento signs form bodies only, and integrations send JSON."""
    url = f"{client.address}/rest/V1/orders/1/comments"
    access = client.server.access
    signer = Client(
        access.consumer_key,
        access.consumer_secret,
        access.access_token,
        access.access_token_secret,
        signature_method=SIGNATURE_HMAC_SHA256,
    )
    _url, headers, _body = signer.sign(url, "POST")
    body = {"statusHistory": {"comment": "checked", "is_customer_notified": 0, "is_visible_on_front": 0}}
    answer = client.post("V1/orders/1/comments", body, headers=headers)
    assert json.loads(answer.text) is True
