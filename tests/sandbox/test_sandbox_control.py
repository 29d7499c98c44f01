"""The control API and the process: what a demo and the whole-system tests lean on."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import requests
from shop_client import criteria

pytest_plugins = "sandbox_fixtures"

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")


def test_placing_an_order_by_agreement_gives_the_agreed_total(client):
    body = {"company": "brandt", "lines": [{"sku": "AR-RV1", "qty": 600}], "po_number": "BR-1"}
    placed = client.control("POST", "orders", body)
    item = client.get(f"V1/orders/{placed['entity_id']}").json()["items"][0]
    assert round(item["row_total_incl_tax"] - item["tax_amount"], 2) == 5398.00


@pytest.mark.parametrize(
    ("state", "steps"),
    [
        ("complete", ["complete"]),
        ("processing", ["processing"]),
        ("closed", ["complete", "closed"]),
        ("canceled", ["canceled"]),
        ("holded", ["holded"]),
        ("payment_review", ["payment_review"]),
    ],
)
def test_orders_can_be_brought_to_each_state(client, state, steps):
    order = client.control("POST", "orders", {"guest": 1, "lines": [{"sku": "AR-DM", "qty": 2}]})["entity_id"]
    for step in steps:
        told = client.control("POST", f"orders/{order}/state", {"state": step})
    assert told["state"] == state
    found = client.get("V1/orders", criteria(("state", "eq", state), ("entity_id", "eq", order))).json()
    assert found["total_count"] == 1


def test_parts_of_an_order_are_shipped_invoiced_and_refunded(client):
    lines = [{"sku": "AR-DM", "qty": 5}, {"sku": "AR-SI", "qty": 1}]
    order = client.control("POST", "orders", {"company": "kessler", "lines": lines})["entity_id"]
    client.control("POST", f"orders/{order}/ship", {"share": 0.5})
    client.control("POST", f"orders/{order}/invoice", {"share": 0.5, "lines": 1})
    client.control("POST", f"orders/{order}/refund", {"share": 0.5, "shipping": False, "positive": "1.50"})
    items = client.get(f"V1/orders/{order}").json()["items"]
    made = [[item[name] for name in ("qty_shipped", "qty_invoiced", "qty_refunded")] for item in items]
    assert made == [[2, 2, 1], [1, 0, 0]]
    memo = client.get("V1/creditmemos", criteria(("order_id", "eq", order))).json()["items"][0]
    assert (memo["adjustment_positive"], memo["shipping_amount"]) == (1.5, 0)


def test_the_rest_of_an_order_is_shipped_once(client):
    order = client.control("POST", "orders", {"guest": 1, "lines": [{"sku": "AR-DM", "qty": 3}]})["entity_id"]
    client.control("POST", f"orders/{order}/ship", {"share": 0.4})
    client.control("POST", f"orders/{order}/ship", {})
    assert [item["qty_shipped"] for item in client.get(f"V1/orders/{order}").json()["items"]] == [3]
    with pytest.raises(AssertionError, match="Nothing of this order is open"):
        client.control("POST", f"orders/{order}/ship", {"share": 1})


def test_touching_moves_an_order_into_a_later_window(client):
    client.control("POST", "clock", {"advance_seconds": 3600})
    now = client.control("POST", "orders/3/touch", {})["updated_at"]
    found = client.get("V1/orders", criteria(("updated_at", "gteq", now))).json()["items"]
    assert [order["entity_id"] for order in found] == [3]
    assert (
        client.control("POST", "orders/3/touch", {"updated_at": "2026-01-01 00:00:00"})["updated_at"]
        == "2026-01-01 00:00:00"
    )


def test_editing_an_order(client):
    order = client.control("POST", "orders", {"company": "kessler", "lines": [{"sku": "AR-DM", "qty": 2}]})
    edited = client.control("POST", f"orders/{order['entity_id']}/edit")
    assert edited["increment_id"] == order["increment_id"] + "-1"
    again = client.control("POST", f"orders/{edited['entity_id']}/edit")
    assert again["increment_id"] == order["increment_id"] + "-2"


def test_the_request_log_counts_requests_and_rows(client):
    client.control("DELETE", "requests")
    for page in (1, 2):
        client.get("V1/orders", criteria(size=30, page=page))
    client.get("V1/orders/5")
    log = client.control("GET", "requests?path=*/V1/orders")
    assert [(entry["method"], entry["status"], entry["rows"]) for entry in log] == [("GET", 200, 30)] * 2
    assert len(client.control("GET", "requests")) == 3


def test_latency_is_added_to_each_answer(client):
    client.control("POST", "settings", {"latency_ms": 80})
    started = time.monotonic()
    client.get("V1/orders/1")
    assert time.monotonic() - started >= 0.08


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("orders", {"company": "nobody", "lines": []}),
        ("orders", {"company": "kessler", "lines": []}),
        ("orders", {"company": "kessler", "lines": [{"sku": "NOPE", "qty": 1}]}),
        ("orders/1/state", {"state": "splendid"}),
        ("settings", {"colour": "red"}),
    ],
)
def test_what_cannot_be_done_says_so(client, path, body):
    headers = {"Authorization": f"Bearer {client.server.access.control_secret}"}
    answer = client.session.post(f"{client.address}/sandbox/{path}", json=body, headers=headers, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_many_requests_share_a_connection(client):
    url = f"{client.address}/rest/V1/directory/currency"
    for _time in range(5):
        answer = client.session.get(url, timeout=5)
        assert answer.raw.version == 11
    pools = client.session.get_adapter(url).poolmanager.pools
    assert [pools[key].num_connections for key in pools.keys()] == [1]  # noqa: SIM118


def run(*words, **options):
    environment = os.environ | {"PYTHONPATH": os.path.join(ROOT, "scripts")}
    return subprocess.Popen(
        [sys.executable, "-m", "magento_sandbox", *words],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
    )  # fmt: skip


def test_the_process_prints_its_start_line_and_ends_when_told(tmp_path):
    ready = tmp_path / "ready.json"
    process = run("--today", "2026-11-23", "--orders", "10", "--ready-file", str(ready))
    try:
        told = json.loads(process.stdout.readline())
        assert told["orders"] == 10
        assert "tool for demos and tests" in told["sandbox"]
        for _time in range(100):
            if ready.exists():
                break
            time.sleep(0.05)
        assert json.loads(ready.read_text()) == told
        assert ready.stat().st_mode & 0o077 == 0
        answer = requests.get(f"{told['address']}/rest/V1/directory/currency", timeout=5)
        assert answer.json()["base_currency_code"] == "EUR"
        taken = run("--port", told["address"].rpartition(":")[2], "--orders", "1")
        assert taken.wait(20) == 1
        assert "cannot be used" in taken.stderr.read()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_a_wrong_fault_plan_is_explained(tmp_path):
    plan = tmp_path / "plan.json"
    plan.write_text('[{"kind": "earthquake"}]')
    process = run("--faults", str(plan), "--orders", "1")
    assert process.wait(20) == 2
    assert "unknown kind 'earthquake'" in process.stderr.read()


def test_help_says_what_it_is():
    process = run("--help")
    text = process.communicate(timeout=20)[0]
    assert "It is a tool for demos and tests" in text
    assert "lost_answer" in text
