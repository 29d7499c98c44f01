"""Two people settle the same rebate at the same moment: one credit note, whoever is faster."""

import json
import os
import subprocess

import pytest

from setup import databases, odoo_config, postgres
from setup.paths import VENV_PYTHON

DATABASE = "otc_crash_rebates"
SET_UP = """
from odoo import Command
from odoo.addons.b2b_invoice_automation.tests import builders
company = env.company
account = lambda code, kind: env["account.account"].create({"code": code, "name": kind, "account_type": kind})
journal = lambda code, kind: env["account.journal"].create({"code": code, "name": code, "type": kind})
journal("RSAL", "sale").default_account_id = account("991001", "income")
receivable, payable = account("991002", "asset_receivable"), account("991003", "liability_payable")
company.write({
    "b2b_rebate_journal_id": journal("RGEN", "general").id,
    "b2b_rebate_expense_account_id": account("991004", "expense").id,
    "b2b_rebate_liability_account_id": account("991005", "liability_current").id,
})
customer = builders.customer(env, property_account_receivable_id=receivable.id)
contract = builders.contract(env, customer, date_start="2025-01-01", date_end="2025-12-31",
    rebate_ids=[Command.create(builders.rebate({0: 2}))])
env["account.move"].create({"move_type": "out_invoice", "partner_id": customer.id, "invoice_date": "2025-03-10",
    "invoice_line_ids": [Command.create({"name": "Bolts", "price_unit": 5000, "tax_ids": []})]}).action_post()
env["account.move"]._b2b_accrue_batch(100)
env.cr.commit()
"""
TWO_AT_ONCE = """
import json
from psycopg2 import Error
from odoo.api import Environment
from odoo.tools import mute_logger

def settle(env, whole):
    row = env["b2b.rebate"].search([])
    row.ensure_one()
    if whole:
        row.action_settle()
    else:
        line = row.move_line_ids[0]
        env["b2b.billing.key"]._claim_rebates({row: line})

def at_once(whole):
    outcome = []
    with env.registry.cursor() as one, env.registry.cursor() as two:
        first, second = (Environment(cr, 1, {}) for cr in (one, two))
        assert first["b2b.rebate"].search_count([]) == second["b2b.rebate"].search_count([]) == 1
        settle(first, whole)
        first.flush_all()
        one.commit()
        try:
            with mute_logger("odoo.sql_db"):
                settle(second, whole)
                second.flush_all()
                two.commit()
            outcome.append("both")
        except Error as error:
            two.rollback()
            outcome.append(f"{type(error).__name__} {error.diag.table_name}")
    return outcome

whole = at_once(True)
with env.registry.cursor() as cr:
    late = Environment(cr, 1, {})
    late["b2b.rebate"].search([]).action_settle()
    cr.commit()
key_alone = at_once(False)
with env.registry.cursor() as cr:
    now = Environment(cr, 1, {})
    row = now["b2b.rebate"].search([])
    notes = now["account.move"].search([("move_type", "=", "out_refund")])
    print("RESULT " + json.dumps({
        "whole": whole, "key_alone": key_alone, "notes": notes.mapped("amount_total"), "state": row.state,
        "provision": row.provision, "keys": sorted(key.rpartition(":")[2] for key in row.key_ids.mapped("key"))}))
"""


@pytest.fixture
def database():
    connection = postgres.ensure()
    databases.ensure_test(connection)
    databases.copy(connection, databases.TEST, DATABASE)
    yield DATABASE
    databases.remove(connection, DATABASE)


def test_of_two_settlements_at_once_one_commits(database):
    run(database, SET_UP)
    output = run(database, TWO_AT_ONCE)
    line = next(line for line in output.splitlines() if line.startswith("RESULT "))
    assert json.loads(line.removeprefix("RESULT ")) == {
        "whole": ["UniqueViolation b2b_billing_key"],
        "key_alone": ["UniqueViolation b2b_billing_key"],
        "notes": [100.0],
        "state": "settled",
        "provision": 0.0,
        "keys": ["1", "2"],
    }


def run(database, script):
    found = subprocess.run(
        [VENV_PYTHON, "-m", "odoo", "shell", "-d", database, "--no-http", "--log-level=error"],
        input=script,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **odoo_config.environment()},
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout
