"""What cash application must not do: book what nobody switched on, or stop for one bad line."""

from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import cash_booking, statement_line_matching
from .cash_common import CashCommon

MATCHING = "odoo.addons.b2b_invoice_automation.models.statement_line_matching"


@tagged("post_install", "-at_install")
class TestCashSafety(CashCommon):
    def test_lines_older_than_the_module_are_not_in_the_queue(self):
        invoice = self._invoice(500.0, "INV/2026/00500")
        line = self._from_quark(500.0, "INV/2026/00500")
        self.env.flush_all()
        self.env.cr.execute("UPDATE account_bank_statement_line SET b2b_state = NULL WHERE id = %s", [line.id])
        self.env.invalidate_all()
        line._init_column("b2b_state")
        self._match()
        self.assertFalse(line.b2b_state)
        self.assertEqual(invoice.amount_residual, 500.0)

    def test_the_default_rule_only_proposes(self):
        self.rule.unlink()
        invoice = self._invoice(500.0, "INV/2026/00500")
        line = self._from_quark(500.0, "INV/2026/00500")
        self._match()
        self.assertEqual((line.b2b_state, invoice.amount_residual), ("proposed", 500.0))
        line.action_b2b_accept()
        self.assertEqual(invoice.payment_state, "paid")

    def test_without_an_automatic_rule_nothing_is_kept_on_account_or_taken_back(self):
        invoice = self._invoice(500.0)
        paid = self._from_quark(500.0, "rent", b2b_end_to_end_id="E2E-1")
        self._match()
        self.assertEqual(invoice.payment_state, "paid")
        self.rule.write({"trigger": "manual", "b2b_park_on_account": True})
        self._return(-500.0, "E2E-1")
        loose = self._from_quark(3.0, "zzz")
        self._match()
        self.assertEqual((invoice.payment_state, paid.is_reconciled), ("paid", True))
        self.assertFalse(loose.is_reconciled)

    def _return(self, amount, end_to_end):
        return self._from_quark(
            amount,
            "returned",
            b2b_end_to_end_id=end_to_end,
            transaction_details={"is_return": True, "end_to_end_id": end_to_end},
        )

    def test_a_return_that_cannot_be_booked_is_set_aside(self):
        self._invoice(500.0)
        self._from_quark(500.0, "rent", b2b_end_to_end_id="E2E-1")
        self._match()
        back = self._return(-500.0, "E2E-1")
        other = self._invoice(70.0, "INV/2026/00070")
        self._from_quark(70.0, "INV/2026/00070")
        line_class = type(back)

        def refuse(_lines, _parts):
            raise UserError("the month is closed")

        with patch.object(line_class, "_b2b_take_back", refuse):
            self._match()
        self.assertEqual((back.b2b_state, other.payment_state), ("case", "paid"))
        self.assertIn("the month is closed", self._case(back).reason)

    @mute_logger(MATCHING)
    def test_an_unexpected_error_in_booking_costs_one_line(self):
        invoices = [self._invoice(100.0 + number, f"INV/2026/0010{number}") for number in range(5)]
        lines = [self._from_quark(100.0 + number, f"INV/2026/0010{number}") for number in range(5)]
        book = cash_booking.CashBooking.book

        def fails_on_third(booking, entries):
            if lines[2] in [entry.line for entry in entries]:
                raise ZeroDivisionError("of all things")
            return book(booking, entries)

        with patch.object(cash_booking.CashBooking, "book", fails_on_third):
            self._match()
        self.assertEqual([line.b2b_state for line in lines], ["applied", "applied", "case", "applied", "applied"])
        self.assertEqual(invoices[2].amount_residual, 102.0)
        self.assertIn("of all things", self._case(lines[2]).reason)

    @mute_logger(MATCHING)
    def test_an_unexpected_error_in_deciding_costs_one_line(self):
        lines = [self._from_quark(100.0 + number, f"INV/2026/0010{number}") for number in range(5)]
        self._invoice(104.0, "INV/2026/00104")
        match = statement_line_matching.match

        def fails_on_third(bank_lines, *args, **named):
            if lines[2].id in [line.key for line in bank_lines]:
                raise ZeroDivisionError("of all things")
            return match(bank_lines, *args, **named)

        with patch.object(statement_line_matching, "match", fails_on_third):
            self._match()
        self.assertEqual(lines[4].b2b_state, "applied")
        self.assertIn("of all things", self._case(lines[2]).reason)

    def test_a_conflict_while_deciding_is_raised(self):
        self._from_quark(100.0, "INV/2026/00100")
        conflict = patch.object(statement_line_matching, "match", side_effect=SerializationFailure("rival"))
        with conflict, self.assertRaises(SerializationFailure):
            self.env["account.bank.statement.line"]._b2b_process_batch(100, self.company)

    def test_undoing_is_a_decision_of_its_own(self):
        self._invoice(500.0, "INV/2026/00500")
        line = self._from_quark(480.0, "INV/2026/00500")
        self._match()
        self.assertEqual((line.b2b_state, line.partner_id, self._case(line).state), ("applied", self.quark, "open"))
        line.action_b2b_undo()
        self._check_ledger()
        self.assertFalse(line.partner_id)
        self.assertFalse(line.move_id.partner_id)
        self.assertEqual(self._case(line).state, "solved")
        log = self.env["b2b.decision"].search(
            [("subject_model", "=", line._name), ("subject_id", "=", line.id)], order="id"
        )
        self.assertEqual([entry.decision.startswith("Undone by") for entry in log], [False, True])

    def test_undoing_keeps_the_partner_that_a_person_set(self):
        self._invoice(500.0, "INV/2026/00500")
        line = self._from_quark(500.0, "INV/2026/00500", partner_id=self.quark.id)
        self._match()
        line.action_b2b_undo()
        self.assertEqual(line.partner_id, self.quark)
