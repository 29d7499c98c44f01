"""The main job as a newcomer runs it: `scripts/demo --once`, twice, on a database of its own."""

import subprocess
import sys

import pytest

from setup import databases, everything, postgres
from setup.paths import REPOSITORY

DATABASE = "otc_e2e"
COUNTED = (
    "sale_order",
    "sale_order_line",
    "account_move",
    "account_move_line",
    "account_partial_reconcile",
    "account_bank_statement_line",
    "res_partner",
    "product_product",
    "magento_record",
    "magento_binding",
    "b2b_billing_key",
    "b2b_billing_run",
    "b2b_discrepancy",
    "b2b_decision",
    "ir_attachment",
)


def demo(*words):
    done = subprocess.run(
        [sys.executable, REPOSITORY / "scripts" / "demo", "--once", "--database", DATABASE, *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def first_run():
    connection = everything.ensure()
    code, output = demo("--reset")
    yield code, output, connection
    databases.remove(connection, DATABASE)


def ask(connection, sql):
    return postgres.query(connection, sql, DATABASE)


def counts(connection):
    return {table: int(ask(connection, f"SELECT COUNT(*) FROM {table}")) for table in COUNTED}


def test_the_job_runs_and_its_checks_hold(first_run):
    code, output, _connection = first_run
    assert code == 0, output[-3000:]
    assert output.count("✓") == 6, output[-3000:]
    assert "✗" not in output


def test_every_order_is_taken_over_or_refused_in_words(first_run):
    _code, output, connection = first_run
    rows = ask(
        connection,
        "SELECT state, COUNT(*), COUNT(NULLIF(reason, '')) FROM magento_record "
        "WHERE entity = 'orders' GROUP BY 1 ORDER BY 1",
    )
    assert rows.splitlines() == ["done|117|0", "set_aside|3|3"]
    for figure in ("323.11", "318.21", "481.83", "491.83", "XTS"):
        assert figure in output


def test_each_order_line_is_billed_at_most_once(first_run):
    _code, _output, connection = first_run
    assert (
        ask(connection, "SELECT COUNT(*) FROM (SELECT key FROM b2b_billing_key GROUP BY key HAVING COUNT(*) > 1) twice")
        == "0"
    )
    assert (
        ask(
            connection,
            "SELECT COUNT(*) FROM sale_order_line "
            "WHERE qty_invoiced > GREATEST(product_uom_qty, qty_delivered) + 0.000001",
        )
        == "0"
    )


def test_invoice_numbers_have_no_gap(first_run):
    _code, _output, connection = first_run
    assert (
        ask(
            connection,
            "SELECT COUNT(DISTINCT sequence_number) = MAX(sequence_number) FROM account_move "
            "WHERE move_type = 'out_invoice' AND state = 'posted'",
        )
        == "t"
    )


def test_money_came_in_for_the_right_invoices(first_run):
    """Every euro that was applied stands against an open item of the customer who paid, and the books balance."""
    _code, _output, connection = first_run
    assert (
        ask(connection, "SELECT COALESCE(SUM(balance), 0) = 0 FROM account_move_line WHERE parent_state = 'posted'")
        == "t"
    )
    wrong = ask(
        connection,
        """
        SELECT COUNT(*) FROM account_partial_reconcile partial
          JOIN account_move_line debit ON debit.id = partial.debit_move_id
          JOIN account_move_line credit ON credit.id = partial.credit_move_id
          JOIN res_partner payer ON payer.id = credit.partner_id
          JOIN res_partner debtor ON debtor.id = debit.partner_id
         WHERE payer.commercial_partner_id <> debtor.commercial_partner_id
        """,
    )
    assert wrong == "0"


def test_a_second_run_changes_nothing(first_run):
    _code, _output, connection = first_run
    before = counts(connection)
    code, output = demo()
    assert code == 0, output[-3000:]
    assert counts(connection) == before
    active = ask(connection, "SELECT COUNT(*) FROM b2b_contract WHERE state = 'active'").strip()
    for said in (f"0 new, {active} active", "0 new invoices", "nothing new", "the file is there already"):
        assert said in output
