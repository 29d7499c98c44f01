"""The nightly look at bank lines that wait: in batches, past a line that breaks, and on from where time ran out."""

from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .cash_common import CashCommon


@tagged("post_install", "-at_install")
class TestLookAgain(CashCommon):
    def setUp(self):
        super().setUp()
        self.patch(self.env.cr, "commit", lambda: None)
        others = self.env["account.bank.statement.line"].sudo().search([("b2b_state", "in", ("proposed", "case"))])
        others.b2b_state = "manual"
        numbers = [f"INV/2026/0{number}" for number in range(7001, 7006)]
        self.lines = self.env["account.bank.statement.line"].concat(
            *(self._from_quark(100.0 + at, number) for at, number in enumerate(numbers))
        )
        self._match()
        self.assertNotIn("applied", self.lines.mapped("b2b_state"), "there is no invoice yet")
        self.invoices = [self._invoice(100.0 + at, number) for at, number in enumerate(numbers)]
        self.looked = []
        real = type(self.lines)._b2b_look_again

        def noted(lines):
            self.looked.append(lines.ids)
            return real(lines)

        self.patch(type(self.lines), "_b2b_look_again", noted)

    def _run(self, limit=2, seconds=()):
        """One run of the lane.

        :param seconds: what is left of its time after each batch; for ever where it is empty
        """
        told = []

        def progress(_cron, processed=0, *, remaining=None, deactivate=False):
            told.append(remaining)
            return seconds[len(told) - 1] if len(told) <= len(seconds) else float("inf")

        with patch.object(type(self.env["ir.cron"]), "_commit_progress", progress):
            self.env["account.bank.statement.line"]._cron_b2b_look_again(limit)
        return told

    def _states(self):
        return self.lines.mapped("b2b_state")

    def test_all_batches_are_looked_at(self):
        told = self._run()
        self.assertEqual(self._states(), ["applied"] * 5)
        self.assertEqual([len(ids) for ids in self.looked], [2, 2, 1])
        self.assertEqual(told, [1, 1, 1, 0], "the scheduler is told that nothing remains")
        self.assertEqual([invoice.payment_state for invoice in self.invoices], ["paid"] * 5)
        self._check_ledger()

    def test_a_line_that_breaks_it_does_not_stop_the_others(self):
        bad = self.lines[1]
        before = (bad.b2b_state, bad.b2b_reason)
        real = type(self.lines)._b2b_is_certain

        def broken(line, *args):
            if line == bad:
                raise ZeroDivisionError("inside")
            return real(line, *args)

        with (
            patch.object(type(self.lines), "_b2b_is_certain", broken),
            mute_logger("odoo.addons.b2b_invoice_automation.models.statement_line_again"),
        ):
            self._run()
        self.assertEqual((self.lines - bad).mapped("b2b_state"), ["applied"] * 4)
        self.assertEqual((bad.b2b_state, bad.b2b_reason), before)
        self._check_ledger()

    def test_the_next_run_goes_on_where_time_ran_out(self):
        self._invoice(1.0)
        waiting = self._line(5.0, "nobody knows")
        self._match()
        self.assertEqual(self._run(seconds=(60, 0)), [1, 1], "the scheduler is told that more remains")
        self.assertEqual(self._states()[:5], ["applied"] * 4 + [self.lines[4].b2b_state])
        self.assertNotEqual(self.lines[4].b2b_state, "applied")
        self.looked.clear()
        self._run()
        self.assertEqual(self.looked, [[self.lines[4].id, waiting.id]])
        self.assertEqual(self.company.b2b_looked_again_to, 0)
        self.looked.clear()
        self._run()
        self.assertEqual(self.looked, [[waiting.id]], "and the one after that begins anew")

    def test_lines_that_somebody_works_on_are_left_to_the_next_run(self):
        with patch.object(type(self.lines), "_b2b_lock", lambda *_args: False):
            self._run()
        self.assertFalse(self.looked)
        self.assertEqual(self.company.b2b_looked_again_to, 0)
        self._run()
        self.assertEqual(self._states(), ["applied"] * 5)
