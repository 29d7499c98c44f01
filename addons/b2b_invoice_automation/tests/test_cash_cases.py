"""Cases about payments: each outcome of each type, to the cent in the ledger, and taken back again."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..models.b2b_discrepancy_cash import OUTCOMES
from .cash_common import ACCOUNT
from .test_workbench import WorkbenchCommon


@tagged("post_install", "-at_install")
class TestCashCases(WorkbenchCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.expense = cls.company.default_cash_difference_expense_account_id
        cls.income = cls.company.default_cash_difference_income_account_id

    def _open_case(self, line):
        return self._case(line).filtered(lambda one: one.state == "open")

    def _deduction(self, invoice, paid):
        line = self._waiting_line(paid)
        self._apply(line, invoice, {"to": "deduction", "reason": "goods"})
        return self._open_case(line)

    def _overpaid(self, amount=500.0, paid=620.0):
        invoice = self._invoice(amount)
        line = self._waiting_line(paid, account_number=ACCOUNT)
        self._apply(line, invoice, {"to": "refund"})
        return self._open_case(line)

    def _taxed_invoice(self):
        taxes = self.env["account.tax"].create(
            [
                {"name": f"{rate} %", "amount": rate, "type_tax_use": "sale", "company_id": self.company.id}
                for rate in (19.0, 7.0)
            ]
        )
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.quark.id,
                "invoice_date": self.day - timedelta(days=30),
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create({"name": "pump", "price_unit": 333.33, "tax_ids": [Command.set(taxes[0].ids)]}),
                    Command.create({"name": "book", "price_unit": 99.99, "tax_ids": [Command.set(taxes[1].ids)]}),
                ],
            }
        )
        invoice.action_post()
        return invoice, taxes

    def test_every_outcome_has_a_button(self):
        for code in {code for codes in OUTCOMES.values() for code in codes}:
            self.assertTrue(hasattr(self.env["b2b.discrepancy"], f"action_outcome_{code}"), code)

    def test_an_accepted_deduction_is_credited_with_its_tax_to_the_cent(self):
        invoice, taxes = self._taxed_invoice()
        case = self._deduction(invoice, round(invoice.amount_total - 33.33, 2))
        self.assertEqual(invoice.amount_residual, 33.33)
        case.with_user(self.manager).action_outcome_credit()
        self._check_ledger()
        note = case.outcome_move_id
        self.assertEqual((note.state, note.move_type, note.reversed_entry_id), ("posted", "out_refund", invoice))
        self.assertEqual((note.amount_total, invoice.payment_state, invoice.amount_residual), (33.33, "paid", 0.0))
        self.assertEqual(note.line_ids.tax_line_id, taxes)
        self.assertAlmostEqual(note.amount_tax, 33.33 * invoice.amount_tax / invoice.amount_total, delta=0.01)
        self.assertEqual((case.state, case.outcome_code, case.outcome_user_id), ("solved", "credit", self.manager))
        self.assertEqual(self._balance(self.receivable), 0.0)
        case.with_user(self.manager).action_outcome_undo()
        self._check_ledger()
        self.assertEqual((case.state, invoice.amount_residual, note.state), ("open", 33.33, "posted"))
        self.assertEqual(self._balance(self.receivable), 33.33)

    def test_a_clerks_credit_note_above_the_limit_stays_a_draft_until_a_manager_posts_it(self):
        invoice = self._invoice(990.0)
        case = self._deduction(invoice, 950.0)
        case.with_user(self.clerk).action_outcome_credit()
        self.assertEqual((case.state, case.outcome_move_id.state, invoice.amount_residual), ("open", "draft", 40.0))
        self.assertNotEqual(case.user_id, self.clerk)
        self.assertEqual(case.activity_ids.user_id, case.user_id)
        case.with_user(self.manager).action_outcome_credit()
        self._check_ledger()
        self.assertEqual((case.state, case.outcome_move_id.state, invoice.payment_state), ("solved", "posted", "paid"))
        self.assertFalse(case.activity_ids)

    def test_a_draft_credit_note_is_deleted_when_taken_back(self):
        invoice = self._invoice(990.0)
        case = self._deduction(invoice, 950.0)
        case.with_user(self.clerk).action_outcome_credit()
        note = case.outcome_move_id
        case.with_user(self.clerk).action_outcome_undo()
        self.assertFalse(note.exists())
        self.assertEqual((case.state, case.outcome_code, invoice.amount_residual), ("open", False, 40.0))

    def test_writing_off_a_deduction(self):
        invoice = self._invoice(990.0)
        case = self._deduction(invoice, 986.0)
        case.with_user(self.clerk).action_outcome_write_off()
        self._check_ledger()
        self.assertEqual((case.state, invoice.payment_state), ("solved", "paid"))
        self.assertEqual((self._balance(self.expense), self._balance(self.receivable)), (4.0, 0.0))
        case.with_user(self.clerk).action_outcome_undo()
        self._check_ledger()
        self.assertEqual((case.state, invoice.amount_residual, self._balance(self.expense)), ("open", 4.0, 0.0))

    def test_writing_off_above_the_limit_goes_to_a_manager(self):
        invoice = self._invoice(990.0)
        case = self._deduction(invoice, 950.0)
        case.with_user(self.clerk).action_outcome_write_off()
        self.assertEqual((case.state, invoice.amount_residual, self._balance(self.expense)), ("open", 40.0, 0.0))
        self.assertTrue(case.activity_ids)
        case.with_user(self.manager).action_outcome_write_off()
        self.assertEqual((case.state, invoice.payment_state, self._balance(self.expense)), ("solved", "paid", 40.0))

    def test_writing_off_in_another_currency_books_the_items_own_rate(self):
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.5)])
        invoice = self._invoice(100.0, currency=euro)
        journal = self.bank.copy({"name": "Euro Bank", "code": "EUB", "currency_id": euro.id, "bank_account_id": False})
        line = self._waiting_line(98.0, journal=journal)
        self._apply(line, invoice, {"to": "deduction"}, amounts={invoice: 100.0})
        case = self._open_case(line)
        self.assertEqual((case.currency_id, case.amount_difference), (euro, -2.0))
        case.with_user(self.clerk).action_outcome_write_off()
        self._check_ledger()
        self.assertEqual((invoice.payment_state, self._balance(self.expense)), ("paid", 4.0))

    def test_chasing_keeps_the_item_open_until_the_promised_day(self):
        invoice = self._invoice(990.0)
        case = self._deduction(invoice, 950.0).with_user(self.clerk)
        with self.assertRaisesRegex(UserError, "Promised for"):
            case.action_outcome_chase()
        day = fields.Date.context_today(case) + timedelta(days=9)
        case.promise_date = day
        case.action_outcome_chase()
        self.assertEqual((case.state, case.outcome_code, case.date_deadline), ("open", "chase", day))
        self.assertEqual((case.activity_ids.date_deadline, case.activity_ids.user_id), (day, self.clerk))
        self.assertEqual(invoice.amount_residual, 40.0)
        case.action_outcome_undo()
        self.assertEqual((case.outcome_code, len(case.activity_ids)), (False, 0))

    def test_a_refund_is_drafted_by_a_clerk_and_sent_by_a_manager(self):
        case = self._overpaid()
        case.with_user(self.clerk).action_outcome_refund()
        self.assertEqual((case.state, case.payment_id.state), ("open", "draft"))
        case.with_user(self.manager).action_outcome_refund()
        self._check_ledger()
        payment = case.payment_id
        self.assertEqual((case.state, payment.amount, payment.payment_type), ("solved", 120.0, "outbound"))
        self.assertEqual(self._balance(self.receivable), 0.0)
        self.assertEqual(self._balance(payment.outstanding_account_id), -120.0)
        self.assertTrue(
            all(payment.move_id.line_ids.filtered(lambda item: item.account_id == self.receivable).mapped("reconciled"))
        )
        with self.assertRaisesRegex(UserError, "paid back already"):
            case.statement_line_id.with_user(self.clerk).action_workbench_undo(
                self._seen(case.statement_line_id)["version"]
            )
        case.with_user(self.manager).action_outcome_undo()
        self._check_ledger()
        self.assertEqual((case.state, self._balance(self.receivable)), ("open", -120.0))

    def test_what_was_paid_too_much_is_kept_or_written_off(self):
        case = self._overpaid(paid=503.0)
        case.with_user(self.clerk).action_outcome_undo()
        case.with_user(self.clerk).action_outcome_write_off()
        self._check_ledger()
        self.assertEqual((self._balance(self.income), self._balance(self.receivable)), (-3.0, 0.0))
        kept = self._overpaid(paid=620.0)
        kept.with_user(self.clerk).action_outcome_undo()
        kept.with_user(self.clerk).action_outcome_account()
        self.assertEqual((kept.state, kept.outcome_code, self._balance(self.receivable)), ("solved", "account", -120.0))

    def test_a_duplicate_payment_is_kept_on_account_or_paid_back(self):
        for button, left in (("action_outcome_account", -100.0), ("action_outcome_refund", 0.0)):
            number = f"INV/2026/0{700 + len(button)}"
            before = self._balance(self.receivable)
            self._invoice(100.0, number)
            self._from_quark(100.0, number)
            self._match()
            again = self._from_quark(100.0, number)
            self._match()
            case = self._open_case(again)
            self.assertEqual(case.type, "duplicate_payment")
            getattr(case.with_user(self.manager), button)()
            self._check_ledger()
            self.assertEqual((case.state, again.is_reconciled), ("solved", True), button)
            self.assertEqual(self._balance(self.receivable) - before, left, button)

    def test_keeping_it_on_account_is_taken_back_with_the_line(self):
        self._invoice(100.0, "INV/2026/00700")
        self._from_quark(100.0, "INV/2026/00700")
        self._match()
        again = self._from_quark(100.0, "INV/2026/00700")
        self._match()
        case = self._open_case(again)
        case.with_user(self.clerk).action_outcome_account()
        case.with_user(self.clerk).action_outcome_undo()
        self._check_ledger()
        self.assertEqual((case.state, again.is_reconciled, self._balance(self.receivable)), ("open", False, 0.0))

    def test_money_for_a_closed_item_of_unknown_use_or_for_two_currencies_is_kept(self):
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.5)])
        self._invoice(100.0, "INV/2026/00700")
        self._from_quark(100.0, "INV/2026/00700")
        self._match()
        self._invoice(300.0, "INV/2026/00800")
        self._invoice(200.0, "INV/2026/00900", currency=euro)
        cases = (
            ("closed_item", self._from_quark(60.0, "INV/2026/00700"), -60.0),
            ("wrong_currency", self._from_quark(40.0, "INV/2026/00800 and INV/2026/00900"), -40.0),
            ("unknown_payer", self._line(15.0, "?"), -15.0),
        )
        self._match()
        for kind, line, booked in cases:
            with self.subTest(kind):
                case = self._open_case(line)
                self.assertEqual(case.type, kind)
                case.partner_id = case.partner_id or self.quark
                before = self._balance(self.receivable)
                case.with_user(self.clerk).action_outcome_account()
                self._check_ledger()
                self.assertEqual((case.state, case.outcome_code, line.is_reconciled), ("solved", "account", True))
                self.assertEqual(round(self._balance(self.receivable) - before, 2), booked)
                case.with_user(self.clerk).action_outcome_undo()
                self._check_ledger()
                self.assertEqual((case.state, line.is_reconciled), ("open", False))
                self.assertEqual(self._balance(self.receivable), before)

    def test_applying_elsewhere_opens_the_items_again_and_the_workbench(self):
        invoice = self._invoice(990.0)
        case = self._deduction(invoice, 950.0)
        action = case.with_user(self.clerk).action_outcome_reallocate()
        self._check_ledger()
        self.assertEqual((action["tag"], action["params"]), ("b2b_workbench", {"line_id": case.statement_line_id.id}))
        self.assertEqual((invoice.amount_residual, case.statement_line_id.is_reconciled), (990.0, False))

    def test_the_banks_fee_of_a_returned_payment_is_booked(self):
        fees = self.env["account.account"].create({"name": "Bank Fees", "code": "666777", "account_type": "expense"})
        self.company.b2b_bank_fee_account_id = fees
        invoice = self._invoice(500.0, "INV/2026/00500")
        self._from_quark(
            500.0, "INV/2026/00500", transaction_details={"end_to_end_id": "E2E-1"}, b2b_end_to_end_id="E2E-1"
        )
        self._match()
        back = self._line(
            -503.5,
            "RETURN",
            transaction_details={
                "is_return": True,
                "end_to_end_id": "E2E-1",
                "instructed_amount": "500.00",
                "instructed_currency": "USD",
            },
        )
        self._match()
        case = self._open_case(back)
        self.assertEqual((case.type, invoice.amount_residual, back.b2b_open_amount), ("returned", 500.0, -3.5))
        case.with_user(self.clerk).action_outcome_fee()
        self._check_ledger()
        self.assertEqual((case.state, back.is_reconciled, self._balance(fees)), ("solved", True, 3.5))
        case.with_user(self.clerk).action_outcome_undo()
        self._check_ledger()
        self.assertEqual((case.state, back.is_reconciled, self._balance(fees)), ("open", False, 0.0))
        self.assertEqual(invoice.amount_residual, 500.0)

    def test_an_outcome_that_does_not_fit_the_type_is_refused(self):
        line = self._waiting_line(77.0)
        case = self._open_case(line)
        self.assertEqual(case.type, "unknown_payer")
        with self.assertRaisesRegex(UserError, "does not fit"):
            case.with_user(self.clerk).action_outcome_credit()

    def test_nothing_is_given_away_before_the_payment_is_applied(self):
        self._invoice(1000.0, "INV/2026/01000")
        line = self._from_quark(500.0, "INV/2026/01000")
        self._match()
        case = self._open_case(line)
        self.assertEqual((case.type, line.is_reconciled, case.allowed_outcomes), ("short", False, "reallocate"))
        with self.assertRaisesRegex(UserError, "does not fit"):
            case.with_user(self.manager).action_outcome_credit()

    def test_nothing_is_given_away_twice(self):
        invoice = self._invoice(990.0)
        case = self._deduction(invoice, 986.0)
        self._apply(self._waiting_line(4.0, "the rest"), invoice)
        self.assertEqual((case.state, case.outcome_code), ("solved", "paid"))
        with self.assertRaisesRegex(UserError, "is settled already"):
            case.with_user(self.clerk).action_outcome_write_off()

    def test_deadlines_and_owners_follow_the_type(self):
        self.env["b2b.discrepancy.deadline"].create(
            {"type": "unknown_payer", "days": 2, "user_id": self.clerk.id, "company_id": self.company.id}
        )
        today = fields.Date.context_today(self.env["b2b.discrepancy"])
        case = self._open_case(self._waiting_line(77.0))
        self.assertEqual((case.date_deadline, case.user_id), (today + timedelta(days=2), self.clerk))
        other = self._deduction(self._invoice(990.0), 986.0)
        self.assertEqual(other.date_deadline, today + timedelta(days=14))
        case.date_deadline = today - timedelta(days=1)
        overdue = self.env["b2b.discrepancy"].search([("is_overdue", "=", True), ("company_id", "=", self.company.id)])
        self.assertEqual(overdue, case)
