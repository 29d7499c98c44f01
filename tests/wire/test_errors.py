"""Each way an exchange fails has a kind that says what to do, and words a person can act on."""

import logging
from datetime import datetime, timezone

import pytest

from magento_wire.errors import RULES, MaskingFilter, error_for, failure, mask, retry_after, shop_message

DENIED = (
    '{"message":"The consumer isn\'t authorized to access %resources.",'
    '"parameters":{"resources":"Magento_Sales::sales"}}'
)
SLOW_DOWN = {"Retry-After": "17"}

# status, body, headers, method -> kind, code, word of the message
TABLE = [
    (301, "", {"Location": "https://other.example.com/"}, "GET", "configuration", "redirected", "other.example.com"),
    (302, "<html>", {}, "POST", "configuration", "redirected", "address"),
    (400, '{"message":"2FA is required"}', {}, "POST", "configuration", "two_factor", "integration"),
    (401, '{"message":"You need to configure 2 Factor Authorization"}', {}, "POST", "configuration", "two_factor",
     "OAuth"),
    (400, '{"message":"oauth_problem=timestamp_refused"}', {}, "GET", "configuration", "clock", "time server"),
    (400, '{"message":"oauth_problem=signature_method_rejected"}', {}, "GET", "configuration", "signature_method",
     "HMAC-SHA256"),
    (400, '{"message":"\\"%fieldName\\" is required.","parameters":{"fieldName":"searchCriteria"}}',
     {}, "GET", "configuration", "search_criteria", "searchCriteria"),
    (400, '{"message":"Maximum SearchCriteria pageSize is 300"}',
     {}, "GET", "configuration", "page_size_capped", "300"),
    (400, '{"message":"Maximum items of type \\"X\\" is 20"}',
     {}, "POST", "configuration", "input_list_capped", "batch"),
    (401, DENIED, {}, "GET", "configuration", "not_authorized", "Magento_Sales::sales"),
    (401, '{"message":"oauth_problem=token_rejected"}', {}, "GET", "configuration", "unauthorized", "expired"),
    (403, DENIED, {}, "GET", "configuration", "missing_right", "Tick"),
    (403, "<html><title>Forbidden</title></html>", {}, "GET", "configuration", "forbidden", "Forbidden"),
    (404, '{"message":"Request does not match any route."}', {}, "GET", "configuration", "no_such_route", "address"),
    (404, '{"message":"Specified store code is not found"}', {}, "GET", "configuration", "no_such_route", "store code"),
    (404, '{"message":"No such entity with %a = %b","parameters":{"a":"orderId","b":9}}',
     {}, "GET", "record", "not_found", "orderId = 9"),
    (400, '{"message":"Qty is wrong"}', {}, "POST", "record", "refused", "Qty is wrong"),
    (405, "", {}, "PUT", "configuration", "method_not_allowed", "status 405"),
    (408, "", {}, "GET", "transient", "request_timeout", "again"),
    (408, "", {}, "POST", "indefinite", "request_timeout", "again"),
    (429, "", SLOW_DOWN, "GET", "transient", "too_many_requests", "slow down"),
    (429, "", SLOW_DOWN, "POST", "transient", "too_many_requests", "slow down"),
    (500, '{"message":"Internal Error. Details are available in Magento log file."}', {}, "GET", "transient",
     "failed_inside", "smaller page"),
    (500, "Allowed memory size of 2147483648 bytes exhausted", {}, "GET", "transient", "failed_inside", "memory"),
    (500, '{"message":"Report ID: webapi-5f"}', {}, "POST", "indefinite", "shop_failed", "webapi-5f"),
    (502, "<html><title>502 Bad Gateway</title>", {}, "GET", "transient", "gateway", "502 Bad Gateway"),
    (503, "<html><title>Service Unavailable</title>", SLOW_DOWN, "GET", "transient", "unavailable", "maintenance"),
    (503, "", {}, "POST", "indefinite", "unavailable", "maintenance"),
    (504, "", {}, "PUT", "indefinite", "gateway", "gateway"),
    (599, "", {}, "DELETE", "indefinite", "shop_failed", "599"),
    (102, "", {}, "GET", "configuration", "unexpected", "102"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "headers", "method", "kind", "code", "word"), TABLE)
def test_answer_that_is_no_success(status, body, headers, method, kind, code, word):
    error = error_for(status, body.encode(), headers, method)
    assert (error.kind, error.code) == (kind, code)
    assert word in str(error)
    assert error.retry_after == (17.0 if headers is SLOW_DOWN else None)
    assert "{" not in str(error).replace(error.detail, "")


def test_every_rule_is_tried():
    tried = {row[5] for row in TABLE} | {"busy", "too_large"}
    assert {rule.code for rule in RULES} <= tried


@pytest.mark.parametrize(
    ("code", "read", "write"),
    [
        ("unreachable", "transient", "transient"), ("unknown_host", "transient", "transient"),
        ("tls", "configuration", "configuration"), ("timeout", "transient", "indefinite"),
        ("connection_lost", "transient", "indefinite"), ("not_json", "transient", "indefinite"),
        ("too_big", "configuration", "indefinite"),
    ],
)  # fmt: skip
def test_lost_answer_is_indefinite_only_where_something_may_have_been_written(code, read, write):
    assert failure(code, "GET").kind == read
    assert failure(code, "POST").kind == write


NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0), ("0", 0.0), ("1.5", 1.5), ("Sun, 01 Mar 2026 12:01:30 GMT", 90.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0), ("Sunday, 01-Mar-26 12:00:10 GMT", 10.0), ("999999999", 21600.0),
        ("soon", None), ("", None), (None, None), ("-5", None), ("Sun, 99 Mar 2026 12:01:30 GMT", None),
    ],
)  # fmt: skip
def test_retry_after_has_two_forms(value, seconds):
    assert retry_after(value, NOW) == seconds


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"message":"%1 of %2 bad","parameters":["one","two"]}', "one of two bad"),
        ('{"message":"%a and %ab","parameters":{"a":1,"ab":2}}', "1 and 2"),
        ('{"message":"Bad","errors":[{"message":"%f is wrong","parameters":{"f":"sku"}}]}', "Bad; sku is wrong"),
        ('{"messages":{"error":[{"code":401,"message":"Access denied"}]}}', "Access denied"),
        ('"just a text"', "just a text"),
        ("<html><head><title>Down\n for maintenance</title>", "Down for maintenance"),
        ("oauth_problem=nonce_used", "oauth_problem=nonce_used"), ("", ""), ("[1]", "[1]"), ("null", "null"),
        ('{"message":null,"parameters":7}', ""),
    ],
)  # fmt: skip
def test_what_the_shop_says_is_read(body, said):
    assert shop_message(body) == said


SECRETS = [
    ("Authorization: Bearer abc.def-123456", "abc.def-123456"),
    ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    ('{"Authorization": "OAuth oauth_token=\\"tok123\\""}', "tok123"),
    ('OAuth oauth_consumer_key="ck_9", oauth_signature="sig%3D", oauth_nonce="n1"', "ck_9"),
    ("got bearer eyJhbGciOiJIUzI1NiJ9.xyz", "eyJhbGciOiJIUzI1NiJ9"),
    ("https://x.example.com/?access_token=s3cr3t&x=1", "s3cr3t"),
    ('{"username":"a","password":"hunter2"}', "hunter2"),
    ("client_secret=p8e-xyz", "p8e-xyz"),
    ("https://user:pw123@shop.example.com/", "pw123"),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_secrets_are_masked(text, secret):
    assert secret in text
    assert secret not in mask(text)
    assert "***" in mask(text)


def test_known_secrets_are_masked_wherever_they_stand():
    assert mask("the key is s3cr3tvalue, not s3cr3tvalue2", ["s3cr3tvalue", "", None]) == "the key is ***, not ***2"


def test_error_bodies_that_echo_credentials_are_masked():
    error = error_for(400, b'{"message":"bad header Authorization: Bearer abcdef123456"}', {}, "GET")
    assert "abcdef123456" not in str(error)
    assert "abcdef123456" not in error.detail


def test_log_filter_masks_message_and_arguments(caplog):
    logger = logging.getLogger("magento_wire.test")
    logger.addFilter(MaskingFilter(["topsecret"]))
    with caplog.at_level(logging.INFO, "magento_wire.test"):
        logger.info("sending %s with %s", {"Authorization": "Bearer abcdef123456"}, "topsecret")
    assert "abcdef123456" not in caplog.text
    assert "topsecret" not in caplog.text
