"""Bookings that are taken back for many lines at once leave what core's own undo leaves, column by column."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .cash_common import CashCommon

ANEW = {"id", "create_date", "create_uid", "write_date", "write_uid"}
"""Core makes both journal items of a line anew when it undoes one; here the bank's own stays."""
ORDER = ("move_id", "balance", "name")
TABLES = ("account_move_line", "account_move", "account_bank_statement_line", "account_partial_reconcile")


@tagged("post_install", "-at_install")
class TestCashUndo(CashCommon):
    def _books(self):
        self.env.flush_all()
        books = {}
        for table in TABLES:
            rows = self.env.execute_query_dict(
                SQL("SELECT * FROM %s WHERE company_id = %s", SQL.identifier(table), self.company.id)
            )
            found = [{name: value for name, value in row.items() if name not in ANEW} for row in rows]
            books[table] = sorted(
                found, key=lambda row: str([row.get(name) for name in ("move_id", "balance", "name")])
            )
        return books

    def _after(self, undo, lines):
        with self.env.cr.savepoint() as savepoint:
            undo(lines)
            books = self._books()
            again = [(line.is_reconciled, line.amount_residual, len(line.line_ids)) for line in lines]
            savepoint.rollback()
        self.env.invalidate_all()
        return books, again

    def assertUndoneAlike(self, lines, by_core):
        """Compare what both ways leave.

        :param int by_core: how many of the lines go core's own way all the same
        """
        self._match()
        self.assertEqual(set(lines.mapped("b2b_state")), {"applied"})
        slow = []
        undo = type(lines)._b2b_undo_booking

        def counted(these):
            slow.extend(these)
            return undo(these)

        theirs = self._after(lambda these: these._b2b_undo_booking(), lines)
        with patch.object(type(lines), "_b2b_undo_booking", counted):
            ours = self._after(lambda these: these._b2b_undo_together(), lines)
        self.assertEqual(len(slow), by_core)
        self.maxDiff = None
        for table, rows in theirs[0].items():
            self.assertEqual(len(ours[0][table]), len(rows), table)
            for our, their in zip(ours[0][table], rows, strict=True):
                other = {name: (our[name], their[name]) for name in their if our[name] != their[name]}
                self.assertFalse(other, f"{table} {their.get('name')} (ours, core's)")
        self.assertEqual(ours[1], theirs[1])

    def test_of_one_invoice_of_several_with_a_difference_and_on_account(self):
        self.rule.write({"b2b_tolerance_amount": 5.0, "b2b_park_on_account": True})
        for number in (501, 502, 503, 504):
            self._invoice(100.0 + number, f"INV/2026/00{number}")
        lines = self._from_quark(601.0, "INV/2026/00501")
        lines += self._from_quark(1205.0, "INV/2026/00502 INV/2026/00503")
        lines += self._from_quark(602.5, "INV/2026/00504")
        lines += self._from_quark(77.0, "in advance")
        self.assertUndoneAlike(lines, by_core=0)

    def test_of_a_foreign_currency_core_itself_undoes_it(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self._invoice(500.0, "INV/2026/00501", currency=euro)
        self._invoice(300.0, "INV/2026/00502")
        lines = self._from_quark(500.0, "INV/2026/00501", foreign_currency_id=euro.id, amount_currency=500.0)
        lines += self._from_quark(300.0, "INV/2026/00502")
        self.assertUndoneAlike(lines, by_core=1)

    def test_a_locked_period_refuses_it(self):
        self._invoice(500.0, "INV/2026/00501")
        line = self._from_quark(500.0, "INV/2026/00501")
        self._match()
        self.company.fiscalyear_lock_date = self.day
        with self.assertRaisesRegex(UserError, "Lock Date"):
            line._b2b_undo_together()

    def test_it_asks_the_database_a_third_of_what_core_asks(self):
        for number in range(600, 612):
            self._invoice(100.0 + number, f"INV/2026/00{number}")
        lines = self.env["account.bank.statement.line"]
        for number in range(600, 612):
            lines += self._from_quark(100.0 + number, f"INV/2026/00{number}")
        self._match()

        def queries(undo):
            self.env.flush_all()
            self.env.invalidate_all()
            with self.env.cr.savepoint() as savepoint:
                before = self.env.cr.sql_log_count
                undo(lines)
                self.env.flush_all()
                asked = self.env.cr.sql_log_count - before
                savepoint.rollback()
            return asked

        self.assertLess(
            3 * queries(lambda these: these._b2b_undo_together()), queries(lambda these: these._b2b_undo_booking())
        )
