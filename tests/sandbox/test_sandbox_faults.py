"""Each kind of fault over real HTTP: what the client sees, how often, and that the plan repeats by its seed."""

import http.client
import json
import socket
import time
from email.utils import parsedate_to_datetime

import pytest
import requests
from shop_client import criteria

from magento_sandbox.faults import FOUR_BYTE, KINDS, FaultError, FaultPlan, random_plan

pytest_plugins = "sandbox_fixtures"

ORDERS = {"path": "*/V1/orders"}
BY_ID = [("entity_id", "ASC")]


def spoil(client, kind, **options):
    client.control("POST", "faults", [{"kind": kind, "match": ORDERS, **options}])


def read(client, **options):
    return client.get("V1/orders", criteria(sort=BY_ID, **{"size": 10, **options}))


def test_a_refused_connection_is_real_and_passes(client):
    spoil(client, "refuse", seconds=0.6)
    with pytest.raises(requests.ConnectionError):
        read(client)
    time.sleep(0.2)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", client.server.server_address[1]), timeout=2)
    time.sleep(0.8)
    assert read(client).status_code == 200


def test_a_reset_in_mid_body(client):
    spoil(client, "reset")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        read(client)
    assert read(client).status_code == 200


def test_a_slow_drip(client):
    spoil(client, "drip", bytes=400, pause_ms=20)
    started = time.monotonic()
    answer = read(client, size=1)
    assert answer.json()["total_count"] == 60
    assert time.monotonic() - started > 0.2
    spoil(client, "drip", bytes=10, pause_ms=100)
    with pytest.raises(requests.RequestException):
        client.session.send(
            requests.Request(
                "GET",
                f"{client.address}/rest/V1/orders?searchCriteria=",
                headers=client.signed("GET", f"{client.address}/rest/V1/orders?searchCriteria="),
            ).prepare(),
            timeout=0.05,
        ).json()


def test_truncated_json_with_a_fitting_length(client):
    spoil(client, "truncate")
    answer = read(client)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"."):
        answer.json()


def test_truncated_json_with_a_lying_length(client):
    spoil(client, "truncate", lie=True)
    url = f"{client.address}/rest/V1/orders?searchCriteria="
    connection = http.client.HTTPConnection("127.0.0.1", client.server.server_address[1], timeout=5)
    connection.request("GET", "/rest/V1/orders?searchCriteria=", headers=client.signed("GET", url))
    with pytest.raises(http.client.IncompleteRead):
        connection.getresponse().read()


def test_html_with_status_200(client):
    spoil(client, "html")
    answer = read(client)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=UTF-8")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_401_once_and_401_for_good(client):
    spoil(client, "unauthorized")
    assert [read(client).status_code for _time in range(2)] == [401, 200]
    spoil(client, "unauthorized", for_good=True)
    assert [read(client).status_code for _time in range(2)] == [401, 401]


def test_429_with_each_form_of_retry_after(client):
    spoil(client, "too_many", seconds=7)
    spoil(client, "too_many", retry_after="date", seconds=90, after=1)
    spoil(client, "too_many", retry_after="none", after=2)
    first, second, third = (read(client) for _time in range(3))
    assert {first.status_code, second.status_code, third.status_code} == {429}
    assert first.headers["Retry-After"] == "7"
    wait = parsedate_to_datetime(second.headers["Retry-After"]).timestamp() - time.time()
    assert 85 < wait < 95
    assert "Retry-After" not in third.headers


@pytest.mark.parametrize("status", [500, 502, 503])
def test_server_errors(client, status):
    spoil(client, "status", status=status, times=2)
    answers = [read(client) for _time in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 200]
    if status == 500:
        assert answers[0].json()["message"].startswith("Internal Error.")
    else:
        assert answers[0].headers["Content-Type"] == "text/html"


def test_applied_but_the_answer_is_lost(client):
    order = client.control("POST", "orders", {"company": "kessler", "lines": [{"sku": "BF-OR", "qty": 3}]})["entity_id"]
    client.control("POST", "faults", [{"kind": "lost_answer", "match": {"method": "POST", "path": "*/ship"}}])
    body = {"arguments": {"extension_attributes": {"source_code": "wh_kiel"}}}
    with pytest.raises(requests.ConnectionError):
        client.post(f"V1/order/{order}/ship", body)
    found = client.get("V1/shipments", criteria(("order_id", "eq", order))).json()
    assert found["total_count"] == 1


def test_rows_repeat_across_pages(client):
    spoil(client, "duplicate_rows", times=0, rows=2)
    pages = [[order["entity_id"] for order in read(client, page=number).json()["items"]] for number in (1, 2)]
    assert pages[1][:2] == pages[0][-2:]
    assert len(pages[1]) == 12


def test_rows_move_across_pages(client):
    def page(number):
        sort = [("updated_at", "ASC"), ("entity_id", "ASC")]
        rows = client.get("V1/orders", criteria(sort=sort, size=10, page=number)).json()["items"]
        return [order["entity_id"] for order in rows]

    undisturbed = page(1) + page(2)
    spoil(client, "moving_rows", rows=3)
    moved = page(1)
    assert moved == undisturbed[3:13]


def test_a_wrong_total_count(client):
    spoil(client, "wrong_total_count", by=5)
    spoil(client, "wrong_total_count", by=-1, after=1)
    assert [read(client).json()["total_count"] for _time in range(3)] == [65, 59, 60]


def test_a_repeated_last_page_and_null_items(client):
    spoil(client, "repeat_last_page")
    assert [order["entity_id"] for order in read(client, size=25, page=7).json()["items"]] == list(range(51, 61))
    spoil(client, "null_items")
    assert read(client, size=25, page=7).json()["items"] is None


def test_a_skewed_clock(client):
    spoil(client, "clock_skew", seconds=7200)
    answer = read(client)
    assert answer.status_code == 401, "the client's timestamps are two hours old for this shop"
    assert parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time() > 7000
    assert client.control("POST", "clock", {})["now"] > "2026-11-23 09:59"


def test_absent_and_extra_fields(client):
    spoil(client, "absent_fields", fields=["grand_total", "postcode"])
    order = read(client).json()["items"][0]
    assert "grand_total" not in order
    assert "postcode" not in order["billing_address"]
    spoil(client, "extra_fields")
    assert read(client).json()["items"][0]["vendor_module_flag"] == {"nested": [1, None, "x"]}


def test_characters_of_four_bytes(client):
    spoil(client, "four_byte")
    assert FOUR_BYTE in read(client).json()["items"][0]["billing_address"]["city"]


def test_a_comment_of_ten_megabytes(client):
    spoil(client, "huge_comment")
    answer = read(client, size=1)
    comment = answer.json()["items"][0]["status_histories"][0]["comment"]
    assert len(comment.encode()) == 10 * 1024 * 1024


def test_a_redirect_to_another_host(client):
    spoil(client, "redirect", location="http://169.254.169.254/latest/meta-data/")
    answer = read(client)
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://169.254.169.254/latest/meta-data/")


def test_odd_orders_are_placed_at_the_start(start):
    plan = [{"kind": "huge_order", "lines": 10_000}, {"kind": "zero_total"}, {"kind": "negative_total"}]
    client = start(plan=plan)
    query = criteria(("entity_id", "gt", "60"), sort=BY_ID) | {
        "fields": "items[total_item_count,grand_total,entity_id]"
    }
    huge, zero, negative = client.get("V1/orders", query).json()["items"]
    assert huge["total_item_count"] == 10_000
    assert zero["grand_total"] == 0
    assert negative["grand_total"] < 0
    notes = {note["entity_id"]: note["refuse"] for note in client.control("GET", "world")}
    assert notes[negative["entity_id"]] == "the total is negative"
    assert len(client.get(f"V1/orders/{huge['entity_id']}").json()["items"]) == 10_000


def test_a_fault_waits_strikes_and_is_over(client):
    spoil(client, "status", after=2, times=1)
    assert [read(client).status_code for _time in range(4)] == [200, 200, 503, 200]
    (report,) = client.control("GET", "faults")
    assert (report["seen"], report["struck"]) == (4, 1)
    spoil(client, "status", times=0)
    assert [read(client).status_code for _time in range(3)] == [503] * 3
    client.control("DELETE", "faults")
    assert read(client).status_code == 200


def test_a_fault_strikes_only_what_it_matches(client):
    match = {"method": "GET", "path": "*/V1/orders", "query": "[field]=updated_at"}
    client.control("POST", "faults", [{"kind": "status", "match": match, "times": 0}])
    assert read(client).status_code == 200
    assert client.get("V1/orders", criteria(("updated_at", "gteq", "2026-01-01"))).status_code == 503


def test_chance_repeats_by_the_seed():
    def strikes(seed):
        plan = FaultPlan(seed)
        plan.add([{"kind": "status", "times": 0, "probability": 0.3}])
        return [bool(plan.strike("GET", "/rest/V1/orders", "").faults) for _time in range(200)]

    assert strikes(3) == strikes(3) != strikes(4)
    assert 30 < sum(strikes(3)) < 90


def test_a_random_plan_repeats_by_the_seed_and_can_be_meant():
    assert random_plan(1, 50) == random_plan(1, 50) != random_plan(2, 50)
    FaultPlan(1).add(json.loads(json.dumps(random_plan(9, 200))))


WRONG_PLANS = [
    ({"kind": "html"}, "a JSON list"),
    (["html"], "entry 1 of the fault plan is no object"),
    ([{"kind": "html"}, {"kind": "earthquake"}], "entry 2: unknown kind 'earthquake'"),
    ([{"kind": "html", "match": {"host": "x"}}], "match takes method, path and query"),
]


@pytest.mark.parametrize(("plan", "message"), WRONG_PLANS)
def test_a_plan_that_cannot_be_meant_says_why(client, plan, message):
    with pytest.raises(FaultError, match=message):
        FaultPlan().add(plan)
    headers = {"Authorization": f"Bearer {client.server.access.control_secret}"}
    answer = client.session.post(f"{client.address}/sandbox/faults", json=plan, headers=headers, timeout=5)
    assert answer.status_code == 400


def test_every_kind_is_documented():
    assert all(
        phase in ("instead", "after", "wire", "payload", "before", "world") and text for phase, text in KINDS.values()
    )
