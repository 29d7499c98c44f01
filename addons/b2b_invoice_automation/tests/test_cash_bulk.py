"""Accepting the proposals of bank lines from the list: one line, and many at once."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.cash_booking import CashBooking
from .test_workbench import WorkbenchCommon

ACCEPTING = "odoo.addons.b2b_invoice_automation.models.statement_line_accept"


@tagged("post_install", "-at_install")
class TestCashBulk(WorkbenchCommon):
    def _proposed(self, amount, *scores, invoices=None):
        """A line with proposals of these scores, each for an invoice of its amount; returns it and the invoices."""
        line = self._waiting_line(amount, f"payment {amount}")
        line.b2b_proposal_ids.sudo().unlink()
        invoices = invoices or [self._invoice(amount) for _score in scores]
        for score, invoice in zip(scores, invoices, strict=True):
            self.env["b2b.match.proposal"].sudo().create(
                {
                    "statement_line_id": line.id,
                    "allocations": [{"item": self._item(invoice).id, "amount": str(amount)}],
                    "currency_id": line.currency_id.id,
                    "score": score,
                }
            )
        return line, invoices

    def _accept(self, *lines):
        return self.env["account.bank.statement.line"].concat(*lines).with_user(self.clerk).action_b2b_accept()

    def test_of_many_only_what_is_likely_and_alone_is_accepted(self):
        likely, (paid,) = self._proposed(101.0, 75)
        tie, tied = self._proposed(102.0, 75, 75)
        guess, guessed = self._proposed(103.0, 50)
        none, _ = self._proposed(104.0)
        told = self._accept(likely, tie, guess, none)["params"]
        self._check_ledger()
        self.assertEqual((paid.payment_state, likely.b2b_state), ("paid", "manual"))
        self.assertFalse([one for one in (*tied, *guessed) if one.payment_state != "not_paid"])
        self.assertFalse((tie | guess | none).filtered("is_reconciled"))
        self.assertEqual((told["type"], told["sticky"]), ("warning", True))
        self.assertIn("1 of 4 bank lines are applied.", told["title"])
        for line, why in ((tie, "as good as each other"), (guess, "not likely enough"), (none, "no proposal")):
            self.assertRegex(told["message"], f"“{line.payment_ref}”: .*{why}")
        self.assertNotIn(likely.payment_ref, told["message"])

    def test_a_line_that_fails_does_not_stop_the_others(self):
        first, invoices = self._proposed(105.0, 75)
        late, _ = self._proposed(105.0, 75, invoices=invoices)
        other, (paid,) = self._proposed(106.0, 75)
        told = self._accept(first, late, other)["params"]
        self._check_ledger()
        self.assertEqual((first.is_reconciled, late.is_reconciled, paid.payment_state), (True, False, "paid"))
        self.assertIn("2 of 3", told["title"])
        self.assertIn("less than the", told["message"])

    @mute_logger(ACCEPTING)
    def test_an_unexpected_error_costs_one_line(self):
        broken, (unpaid,) = self._proposed(107.0, 75)
        other, (paid,) = self._proposed(108.0, 75)
        book = CashBooking.book

        def fail(booking, entries):
            if entries[0].line == broken:
                raise ValueError("boom")
            return book(booking, entries)

        with patch.object(CashBooking, "book", fail):
            told = self._accept(broken, other)["params"]
        self.assertEqual((unpaid.payment_state, paid.payment_state), ("not_paid", "paid"))
        self.assertIn("boom", told["message"])

    def test_all_accepted_is_said_briefly(self):
        lines = [self._proposed(amount, 75)[0] for amount in (109.0, 110.0)]
        told = self._accept(*lines)["params"]
        self.assertEqual((told["type"], told["sticky"]), ("success", False))
        self.assertIn("2 of 2", told["title"])

    def test_a_person_accepts_a_guess_on_one_line_but_no_tie(self):
        guess, (paid,) = self._proposed(111.0, 50)
        self.assertIs(self._accept(guess), True)
        self.assertEqual(paid.payment_state, "paid")
        tie, tied = self._proposed(112.0, 75, 75)
        with self.assertRaisesRegex(UserError, "Choose one"):
            self._accept(tie)
        tie.b2b_proposal_ids[1].with_user(self.clerk).action_accept()
        self.assertEqual([one.payment_state for one in tied], ["not_paid", "paid"])
