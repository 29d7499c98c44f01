"""Recurring charges billed by workers that are killed, run at the same moment, and repeat: each period once."""

import random

from odoo_world import OdooWorld

from setup.paths import SCRIPTS

CUSTOMERS = 10
SET_UP = f"""
import sys
from datetime import date
sys.path.append({str(SCRIPTS)!r})
from shop_world.books import open_books
company = open_books(env, date(2026, 1, 1))
env = env(context={{"allowed_company_ids": company.ids}})
company.b2b_billing_policy_id.trigger = "ordered"
product = env["product.product"].create({{"name": "Maintenance", "type": "service", "taxes_id": [(5,)]}})
approver = env["res.users"].create({{"name": "Approver", "login": "charge_approver", "company_id": company.id,
    "company_ids": [(6, 0, company.ids)],
    "group_ids": [(4, env.ref("b2b_invoice_automation.group_billing_manager").id)]}})
for number in range({CUSTOMERS}):
    partner = env["res.partner"].create({{"name": f"Customer {{number}}", "is_company": True}})
    contract = env["b2b.contract"].create({{"partner_id": partner.id, "company_id": company.id,
        "currency_id": company.currency_id.id, "date_start": "2026-01-16", "charge_ids": [
            (0, 0, {{"product_id": product.id, "price_unit": price, "anchor_day": 1, "date_start": "2026-01-16",
                    "date_end": "2026-06-30"}}) for price in (300.0, 31.0)]}})
    contract.action_submit()
    contract.with_user(approver).action_approve()
env["ir.cron"].search([]).active = False
env.cr.commit()
"""
PLAN = """
env["b2b.billing.run"]._cron_plan()
env.cr.commit()
"""
LANE = """
for run in env["b2b.billing.run"].search([("state", "=", "running")]):
    while run.process_batch(limit=3):
        env.cr.commit()
env.cr.commit()
"""
FINISH = """
env["b2b.billing.run"]._cron_plan()
env["b2b.billing.run"]._cron_lane()
env.cr.commit()
"""
COUNT = """
import json
env.cr.execute('''
    SELECT charge.origin_id, line.b2b_charge_period::text, count(*), sum(line.price_subtotal)::float
      FROM account_move_line line JOIN b2b_contract_charge charge ON charge.id = line.b2b_charge_id
     GROUP BY 1, 2''')
periods = env.cr.fetchall()
env.cr.execute("SELECT count(*), count(DISTINCT key) FROM b2b_billing_key WHERE charge_id IS NOT NULL")
print("RESULT " + json.dumps({"periods": periods, "keys": env.cr.fetchone(),
    "posted": env["account.move"].search_count([("state", "=", "posted"), ("move_type", "=", "out_invoice")])}))
"""
AT_ONCE = """
import json
from datetime import date
from odoo import api
from odoo.addons.b2b_invoice_automation.models.transactions import is_conflict
day = date(2026, 1, 16)
charge = env["b2b.contract.charge"].search([], limit=1)
company = charge.company_id
cursors = [env.registry.cursor(), env.registry.cursor()]
prepared = []
for cursor in cursors:
    own = charge.with_env(api.Environment(cursor, env.uid, {"allowed_company_ids": company.ids}))
    lines = {own.id: own._b2b_charge_verdicts(day)[own]["quantities"][own.id]}
    prepared.append((own, own._b2b_invoice_values(lines, day)))
outcomes = []
for (own, values), cursor in zip(prepared, cursors):
    try:
        own.env["account.move"]._b2b_create_invoices([values], [own])
        cursor.commit()
        outcomes.append("billed")
    except Exception as error:
        cursor.rollback()
        outcomes.append("conflict" if is_conflict(error) else repr(error))
again = api.Environment(cursors[1], env.uid, {"allowed_company_ids": company.ids})
run = again["b2b.billing.run"]._bill(charge.with_env(again), date=day)
outcomes.append(len(run.move_ids))
for cursor in cursors:
    cursor.rollback()
    cursor.close()
print("RESULT " + json.dumps(outcomes))
"""


def test_workers_that_are_killed_and_run_at_once_bill_each_period_once():
    chance = random.Random(4)
    with OdooWorld("otc_charges_crash", SET_UP) as world:
        assert world.told(AT_ONCE) == ["billed", "conflict", 0]
        world.run(PLAN)
        for _time in range(2):
            world.run_and_kill(LANE, chance.uniform(0.4, 1.6))
        for process in [world.start(LANE), world.start(LANE)]:
            process.stdout.read()
            process.wait()
        for process in [world.start(FINISH), world.start(FINISH)]:
            process.stdout.read()
            process.wait()
        world.run(FINISH)
        found = world.told(COUNT)
    periods = found["periods"]
    assert len(periods) == CUSTOMERS * 2 * 6
    assert {count for _charge, _period, count, _amount in periods} == {1}
    assert round(sum(amount for *_rest, amount in periods), 2) == round(CUSTOMERS * (331 * 5 + 154.84 + 16), 2)
    assert found["keys"] == [len(periods), len(periods)]
    assert found["posted"] == CUSTOMERS + 1, "the first period of one charge was billed on its own"
