"""Billing runs over orders by workers that are killed, run at once, and repeat, while a person invoices by hand.

Whatever happens, each quantity of each order line is billed once, every number is used, the books balance, and no run
stays open.
"""

import random

from odoo_world import OdooWorld

from setup.paths import SCRIPTS

ORDERS = 60
SET_UP = f"""
import sys
from datetime import date
sys.path.append({str(SCRIPTS)!r})
from shop_world.books import open_books
company = open_books(env, date(2026, 1, 1))
env = env(context={{"allowed_company_ids": company.ids}})
alone = company.b2b_billing_policy_id
alone.write({{"trigger": "ordered", "auto_send": False}})
together = alone.copy({{"name": "Together", "grouping": "all"}})
goods = env["product.product"].create({{"name": "Bolt", "type": "service", "invoice_policy": "order",
    "taxes_id": [(6, 0, company.account_sale_tax_id.ids)]}})
partners = env["res.partner"].create([{{"name": f"Customer {{n}}", "is_company": True}} for n in range(12)])
for number in range({ORDERS}):
    partner = partners[number % 12]
    order = env["sale.order"].create({{"partner_id": partner.id, "company_id": company.id,
        "client_order_ref": f"PO-{{number}}",
        "order_line": [(0, 0, {{"product_id": goods.id, "product_uom_qty": 3, "price_unit": 10.07 + number}}),
                       (0, 0, {{"product_id": goods.id, "product_uom_qty": 7, "price_unit": 0.13}})]}})
    if number % 12 > 7:
        order.b2b_billing_policy_id = together
    order.action_confirm()
env["ir.cron"].search([]).active = False
env.cr.commit()
"""
PLAN = """
env["b2b.billing.run"]._cron_plan()
env.cr.commit()
"""
PRESS_BUTTON = """
runs = env["b2b.billing.run"]
run = runs.search([("state", "=", "draft")], limit=1) or runs.create({})
run.action_preview()
env.cr.commit()
run.action_run()
env.cr.commit()
"""
LANE = """
import time
from odoo.addons.b2b_invoice_automation.models.transactions import is_conflict
for turn in range(400):
    try:
        left = env["b2b.billing.run"].process_batch(limit=4)
        env.cr.commit()
        if not left:
            break
    except Exception as error:
        env.cr.rollback()
        if not is_conflict(error):
            raise
"""
BY_HAND = """
from odoo.addons.b2b_invoice_automation.models.transactions import is_conflict
for order in env["sale.order"].search([("invoice_status", "=", "to invoice")], order="id desc", limit=25):
    try:
        if order.invoice_status == "to invoice":
            order._create_invoices().action_post()
        env.cr.commit()
    except Exception as error:
        env.cr.rollback()
        if not is_conflict(error) and type(error).__name__ != "UserError":
            raise
"""
FINISH = """
env["b2b.billing.run"]._cron_plan()
env["b2b.billing.run"]._cron_lane()
env.cr.commit()
"""
COUNT = """
import json
env.cr.execute('''
    SELECT line.id, line.product_uom_qty::float, sum(CASE WHEN move.state = 'posted' THEN item.quantity END)::float,
           count(item.id)
      FROM sale_order_line line
 LEFT JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = line.id
 LEFT JOIN account_move_line item ON item.id = rel.invoice_line_id
 LEFT JOIN account_move move ON move.id = item.move_id
     GROUP BY 1, 2''')
lines = env.cr.fetchall()
env.cr.execute("SELECT count(*), count(DISTINCT key), count(DISTINCT move_line_id) FROM b2b_billing_key")
keys = env.cr.fetchone()
moves = env["account.move"].search([("move_type", "=", "out_invoice")])
env.cr.execute("SELECT sum(balance) FROM account_move_line WHERE parent_state = 'posted'")
balance = env.cr.fetchone()[0]
orders = env["sale.order"].search([])
print("RESULT " + json.dumps({"lines": lines, "keys": keys, "drafts": len(moves.filtered(lambda m: m.state == "draft")),
    "numbers": sorted(moves.filtered(lambda m: m.state == "posted").mapped("sequence_number")),
    "open_runs": env["b2b.billing.run"].search_count([("state", "=", "running")]),
    "pending": env["b2b.billing.run.line"].search_count([("state", "=", "pending")]),
    "left": env["sale.order"].search_count([("b2b_billing_open", "=", True)]),
    "aside": env["b2b.discrepancy"].search_count([]), "balance": float(balance),
    "ordered": round(sum(orders.mapped("amount_total")), 2), "billed": round(sum(moves.mapped("amount_total")), 2)}))
"""


def test_killed_workers_two_at_once_and_a_person_bill_everything_once():
    chance = random.Random(7)
    with OdooWorld("otc_billing_crash", SET_UP) as world:
        world.run_and_kill(PRESS_BUTTON, chance.uniform(0.3, 1.2))
        world.run(PLAN)
        for _time in range(2):
            world.run_and_kill(LANE, chance.uniform(0.5, 2.0))
        world.at_once(LANE, BY_HAND, LANE)
        world.at_once(FINISH, FINISH)
        world.run(FINISH)
        found = world.told(COUNT)
    assert len(found["lines"]) == 2 * ORDERS
    assert [line for line in found["lines"] if line[1] != line[2] or line[3] != 1] == []
    assert found["keys"] == [2 * ORDERS] * 3
    assert found["numbers"] == list(range(1, len(found["numbers"]) + 1)), "without gap"
    assert (found["drafts"], found["open_runs"], found["pending"], found["left"], found["aside"]) == (0,) * 5
    assert found["balance"] == 0
    assert found["billed"] == found["ordered"]
