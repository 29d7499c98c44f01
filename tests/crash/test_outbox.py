"""Workers that tell the shop, killed at random or two at the same time: the shop hears of each thing exactly once."""

import json
import random

from connector_world import DUE_AGAIN, FETCH, PROCESS, ConnectorWorld

QUEUE = """
backend = env["magento.backend"].search([])
bound = env["magento.binding"].search([("entity", "=", "orders")])
env["magento.outbox"]._put([
    {"backend": backend, "effect": "order_comment", "key": f"test:{link.external_id}:{number}",
     "target": link.external_id, "values": {"comment": f"Message {number} of the test"},
     "subject": f"o:{link.external_id}"}
    for link in bound for number in range(3)])
env.cr.commit()
"""
SHIP = """
backend = env["magento.backend"].search([])
backend.action_check()
warehouse = env["stock.warehouse"].search([("company_id", "=", backend.company_id.id)], limit=1)
env["magento.source"].search([("code", "=", "wh_kiel")]).location_id = warehouse.lot_stock_id
backend.push_shipments = True
env.cr.commit()
for sale in env["sale.order"].search([("magento_backend_id", "=", backend.id), ("state", "=", "sale")]):
    for picking in sale.picking_ids.filtered(lambda one: one.state not in ("done", "cancel")):
        for move in picking.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        picking._action_done()
env.cr.commit()
"""
PUSH = """
env["magento.backend"].search([]).write({"breaker": False, "push_next": False})
env["magento.outbox"].search([("state", "in", ("waiting", "unclear"))]).next_try = False
env.cr.commit()
env["magento.outbox"]._cron_push()
env.cr.commit()
"""
LANE = """
import time
for _turn in range(30):
    env["magento.outbox"]._cron_push()
    env.cr.commit()
    time.sleep(0.02)
"""
HEARD = """
import json
from collections import Counter
backend = env["magento.backend"].search([])
comments, shipped = Counter(), {}
with backend._shop() as shop:
    for link in env["magento.binding"].search([("entity", "=", "orders")]):
        for row in shop.call("GET", f"orders/{link.external_id}/comments")["items"]:
            if "of the test" in (row["comment"] or ""):
                comments[f"{link.external_id}: {row['comment']}"] += 1
        order = shop.call("GET", f"orders/{link.external_id}")
        shipped[link.external_id] = [[row["qty_ordered"], row["qty_shipped"]] for row in order["items"]]
states = Counter(env["magento.outbox"].search([]).mapped("state"))
shipments = env["magento.outbox"].search([("effect", "=", "shipment")])
told = {message.target: message.state for message in shipments}
references = [reference for reference in shipments.mapped("reference") if reference]
linked = env["magento.binding"].search_count([("entity", "=", "shipments"), ("external_id", "in", references)])
print("RESULT " + json.dumps({"comments": comments, "states": states, "shipped": shipped, "told": told,
                              "linked": linked, "reasons": shipments.mapped("reason")}))
"""


def heard(world):
    line = next(line for line in world.run(HEARD).splitlines() if line.startswith("RESULT "))
    return json.loads(line.removeprefix("RESULT "))


def test_a_killed_worker_tells_nothing_twice_and_forgets_nothing():
    chance = random.Random(11)
    with ConnectorWorld("otc_crash_outbox", orders=25) as world:
        world.run(DUE_AGAIN + FETCH + PROCESS + QUEUE)
        for _kill in range(5):
            world.run_and_kill(PUSH, chance.uniform(0.05, 0.7))
        world.run(PUSH)
        found = heard(world)
        assert set(found["states"]) == {"sent"}, found["states"]
        assert len(found["comments"]) == found["states"]["sent"]
        assert set(found["comments"].values()) == {1}


def test_two_lanes_at_once_tell_nothing_twice():
    with ConnectorWorld("otc_lanes_outbox", orders=25) as world:
        world.run(DUE_AGAIN + FETCH + PROCESS + QUEUE)
        for lane in [world.start(LANE) for _lane in range(2)]:
            world.finish(lane)
        world.run(PUSH)
        found = heard(world)
        assert set(found["states"]) == {"sent"}, found["states"]
        assert set(found["comments"].values()) == {1}


def test_shipments_of_a_killed_worker_come_once_and_are_linked():
    chance = random.Random(5)
    with ConnectorWorld("otc_crash_shipments", orders=40) as world:
        world.run(DUE_AGAIN + FETCH + PROCESS + SHIP)
        for _kill in range(4):
            world.run_and_kill(PUSH, chance.uniform(0.05, 0.5))
        world.run(PUSH)
        found = heard(world)
        sent = [target for target, state in found["told"].items() if state == "sent"]
        assert sent, found["reasons"]
        assert set(found["told"].values()) <= {"sent", "failed"}, found
        for target in sent:
            assert all(shipped <= ordered for ordered, shipped in found["shipped"][target]), target
        assert found["linked"] == len(sent)
