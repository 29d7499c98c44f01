"""What people do with bank lines, what that teaches, and what they may not do."""

from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..models.cash_booking import CashBooking
from .cash_common import ACCOUNT, CashCommon


@tagged("post_install", "-at_install")
class TestCashManual(CashCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(
            cls.env, "cash clerk", groups="b2b_invoice_automation.group_billing_clerk", company_id=cls.company.id
        )
        cls.manager = new_test_user(
            cls.env, "cash manager", groups="b2b_invoice_automation.group_billing_manager", company_id=cls.company.id
        )
        cls.auditor = new_test_user(
            cls.env, "cash auditor", groups="b2b_invoice_automation.group_auditor", company_id=cls.company.id
        )

    def _wizard(self, line, user=None):
        wizard = (
            self.env["b2b.apply.payment"].with_user(user or self.clerk)._open_for(line.with_user(user or self.clerk))
        )
        return wizard

    def test_accepting_a_proposal_applies_it_and_settles_the_case(self):
        partners = self.env["res.partner"].create([{"name": "Quark Holding"}, {"name": "Quark Trading"}])
        invoices = [self._invoice(500.0, partner=partner) for partner in partners]
        line = self._line(500.0, partner_name="Quark")
        self._match()
        chosen = line.b2b_proposal_ids[1]
        accepted = self.env["account.move.line"].browse(chosen.allocations[0]["item"]).move_id
        chosen.with_user(self.clerk).action_accept()
        self._check_ledger()
        self.assertEqual((line.b2b_state, line.b2b_automatic, line.is_reconciled), ("manual", False, True))
        self.assertEqual(accepted.payment_state, "paid")
        self.assertEqual(sum(invoice.amount_residual for invoice in invoices), 500.0)
        self.assertEqual(self._case(line).state, "solved")
        self.assertFalse(line.b2b_proposal_ids)

    def test_a_stale_proposal_is_refused_with_both_figures(self):
        invoice = self._invoice(500.0, "INV/2026/00500")
        line = self._from_quark(90.0, "INV/2026/00500")
        self._match()
        self.assertEqual(line.b2b_state, "case")
        proposal = line.b2b_proposal_ids[0]
        self._line(450.0, "INV/2026/00500 partial")
        item = invoice.line_ids.filtered(lambda one: one.display_type == "payment_term")
        self._wizard_apply(self.env["account.bank.statement.line"].search([("amount", "=", 450.0)]), item, 450.0)
        with self.assertRaisesRegex(UserError, "50.00.*90.00"):
            proposal.with_user(self.clerk).action_accept()

    def _wizard_apply(self, line, item, amount, user=None, **values):
        wizard = self._wizard(line, user)
        wizard.write({"partner_id": item.partner_id.id, **values})
        wizard._load_items()
        wizard.line_ids.write({"amount": 0.0})
        wizard.line_ids.filtered(lambda one: one.item_id == item).amount = amount
        wizard.action_apply()
        self._check_ledger()

    def _item(self, move):
        return move.line_ids.filtered(lambda one: one.display_type == "payment_term")

    def test_applying_by_hand_teaches_name_and_account(self):
        invoice = self._invoice(500.0)
        line = self._line(500.0, "thanks", partner_name="Q. Payments Ltd", account_number="FR7630006000011234567890189")
        self._match()
        self.assertEqual(self._case(line).type, "unknown_payer")
        self._wizard_apply(line, self._item(invoice), 500.0)
        self.assertEqual((invoice.payment_state, line.b2b_state, line.partner_id), ("paid", "manual", self.quark))
        aliases = self.env["b2b.payer.alias"].search([("partner_id", "=", self.quark.id)])
        self.assertEqual(set(aliases.mapped("kind")), {"name", "account"})
        self.assertFalse(self.quark.bank_ids.filtered(lambda bank: bank.sanitized_acc_number.startswith("FR")))
        later = self._invoice(77.0)
        again = self._line(77.0, "thanks", account_number="FR7630006000011234567890189")
        self._match()
        self.assertEqual((again.b2b_state, later.payment_state), ("applied", "paid"))

    def test_undoing_forgets_what_the_line_taught(self):
        invoice = self._invoice(500.0)
        line = self._line(500.0, "thanks", partner_name="Q. Payments Ltd")
        self._match()
        self._wizard_apply(line, self._item(invoice), 500.0)
        self.assertTrue(self.env["b2b.payer.alias"].search([("statement_line_id", "=", line.id)]))
        line.with_user(self.clerk).action_b2b_undo()
        self._check_ledger()
        self.assertEqual((line.b2b_state, line.b2b_corrected, line.is_reconciled), ("case", False, False))
        self.assertEqual(invoice.amount_residual, 500.0)
        self.assertFalse(self.env["b2b.payer.alias"].search([("statement_line_id", "=", line.id)]))

    def test_nothing_is_learned_that_another_customer_owns(self):
        invoice = self._invoice(500.0)
        other = self.env["res.partner"].create({"name": "Somebody Else GmbH"})
        self.env["res.partner.bank"].create({"acc_number": "FR7630006000011234567890189", "partner_id": other.id})
        line = self._line(
            500.0, "thanks", partner_name="Somebody Else GmbH", account_number="FR7630006000011234567890189"
        )
        self._match()
        self._wizard_apply(line, self._item(invoice), 500.0)
        self.assertFalse(self.env["b2b.payer.alias"].search([("statement_line_id", "=", line.id)]))

    def test_undoing_an_automatic_match_marks_it_corrected_and_it_is_not_applied_again(self):
        invoice = self._invoice(990.0, "INV/2026/00990")
        line = self._from_quark(990.0, "INV/2026/00990")
        self._match()
        line.with_user(self.clerk).action_b2b_undo()
        self.assertEqual((line.b2b_state, line.b2b_automatic, line.b2b_corrected), ("case", True, True))
        self.assertEqual((invoice.amount_residual, line.is_reconciled), (990.0, False))
        self._match()
        self.assertEqual(line.b2b_state, "case")

    def test_breaking_the_match_on_the_invoice_marks_the_line_too(self):
        invoice = self._invoice(990.0, "INV/2026/00990")
        line = self._from_quark(990.0, "INV/2026/00990")
        self._match()
        self._item(invoice).remove_move_reconcile()
        self.assertEqual((line.b2b_state, line.b2b_corrected), ("case", True))
        self._match()
        self.assertEqual(line.b2b_state, "case", "the money waits on the account for a person")
        self.assertIn("Undo the line to apply it", line.b2b_reason)
        line.with_user(self.clerk).action_b2b_undo()
        self.assertEqual((line.is_reconciled, line.b2b_broken, invoice.amount_residual), (False, False, 990.0))

    def test_a_broken_match_whose_money_is_used_elsewhere_waits_no_more(self):
        invoice, other = self._invoice(990.0, "INV/2026/00990"), self._invoice(990.0)
        line = self._from_quark(990.0, "INV/2026/00990")
        self._match()
        self._item(invoice).remove_move_reconcile()
        (line._seek_for_lines()[2] + self._item(other)).reconcile()
        self._match()
        self.assertEqual((line.b2b_state, line.b2b_broken, other.payment_state), ("manual", False, "paid"))

    def test_put_on_account_then_used_for_an_invoice(self):
        line = self._from_quark(300.0)
        self._match()
        line.with_user(self.clerk).action_b2b_on_account()
        self._check_ledger()
        self.assertEqual((line.b2b_state, line.is_reconciled, line.partner_id), ("manual", True, self.quark))
        self.assertEqual(self._balance(self.company_data["default_account_receivable"]), -300.0)

    def test_on_account_without_a_payer_says_what_to_do(self):
        line = self._line(300.0)
        self._match()
        with self.assertRaisesRegex(UserError, "Set the partner"):
            line.with_user(self.clerk).action_b2b_on_account()

    def test_write_off_within_authority_only(self):
        invoice = self._invoice(990.0, "INV/2026/00990")
        line = self._line(1000.0, "something")
        self._match()
        with self.assertRaisesRegex(UserError, "5.00.*10.00"):
            self._wizard_apply(line, self._item(invoice), 990.0, rest_action="write_off")
        self._wizard_apply(line, self._item(invoice), 990.0, user=self.manager, rest_action="write_off")
        self.assertEqual((invoice.payment_state, line.is_reconciled), ("paid", True))
        self.assertEqual(self._balance(self.company.default_cash_difference_income_account_id), -10.0)

    def test_rest_may_stay_to_be_explained_and_be_applied_later(self):
        first, second = self._invoice(600.0), self._invoice(555.0)
        line = self._line(1000.0, "something")
        self._match()
        self._wizard_apply(line, self._item(first), 600.0)
        self.assertEqual((line.is_reconciled, line.b2b_open_amount), (False, 400.0))
        self._wizard_apply(line, self._item(second), 400.0)
        self.assertEqual((line.is_reconciled, second.amount_residual), (True, 155.0))
        line.action_b2b_undo()
        self._check_ledger()
        self.assertEqual((first.amount_residual, second.amount_residual), (600.0, 555.0))

    def test_more_than_is_open_is_refused(self):
        invoice = self._invoice(50.0)
        line = self._line(100.0, "something")
        self._match()
        with self.assertRaises(UserError):
            self._wizard_apply(line, self._item(invoice), 100.0)

    def test_more_than_was_paid_is_refused(self):
        invoice = self._invoice(244.43)
        line = self._line(5.0, "something")
        back = self._line(-5.0, "something else")
        self._match()
        with self.assertRaisesRegex(UserError, "5.00.*244.43"):
            self._wizard_apply(line, self._item(invoice), 244.43)
        with self.assertRaisesRegex(UserError, "direction"):
            self._wizard_apply(back, self._item(invoice), 5.0)
        self.assertEqual(invoice.amount_residual, 244.43)

    def _euro_line(self, amount, **values):
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.5)])
        journal = self.bank.copy({"name": "Euro Bank", "code": "EUB", "currency_id": euro.id, "bank_account_id": False})
        return self._line(amount, "something", journal=journal, **values)

    def test_across_currencies_only_the_exchange_rate_may_differ(self):
        invoice, other = self._invoice(1634.0), self._invoice(1634.0)
        small, enough = self._euro_line(5.0), self._euro_line(810.0)
        self._match()
        with self.assertRaisesRegex(UserError, r"5.00.*10.00.*1,634.00"):
            self._wizard_apply(small, self._item(invoice), 1634.0)
        self.assertEqual(invoice.amount_residual, 1634.0)
        self._wizard_apply(enough, self._item(other), 1634.0)
        self.assertEqual((other.payment_state, enough.is_reconciled), ("paid", True))
        self.assertEqual(self._balance(self.company.expense_currency_exchange_account_id), 14.0)

    def test_what_the_bank_says_was_paid_counts_before_the_rate(self):
        invoice = self._invoice(1634.0)
        line = self._euro_line(
            1000.0, transaction_details={"instructed_amount": "1634.00", "instructed_currency": "USD"}
        )
        line._write_b2b({"b2b_state": "case"})
        self._wizard_apply(line, self._item(invoice), 1634.0)
        self.assertEqual(invoice.payment_state, "paid")

    def test_an_item_named_twice_is_counted_once(self):
        invoice = self._invoice(100.0)
        line = self._line(500.0, "something")
        self._match()
        wizard = self._wizard(line)
        item = self._item(invoice)
        wizard.write({"line_ids": [(0, 0, {"item_id": item.id, "amount": 100.0}) for _twice in range(2)]})
        with self.assertRaisesRegex(UserError, "100.00.*200.00"):
            wizard.action_apply()
        self.assertEqual(invoice.amount_residual, 100.0)

    def test_write_off_limit_is_counted_in_the_companys_currency(self):
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.5)])
        invoice = self._invoice(996.0, currency=euro)
        line = self._euro_line(1000.0)
        self._match()
        with self.assertRaisesRegex(UserError, "5.00.*8.00"):
            self._wizard_apply(line, self._item(invoice), 996.0, rest_action="write_off")

    def test_match_again_uses_what_came_since(self):
        line = self._from_quark(444.0, "INV/2026/04444")
        self._match()
        self.assertNotEqual(line.b2b_state, "applied")
        invoice = self._invoice(444.0, "INV/2026/04444")
        line.with_user(self.clerk).action_b2b_match_again()
        self.assertEqual((line.b2b_state, invoice.payment_state), ("applied", "paid"))
        self.assertFalse(line.b2b_proposal_ids)

    def test_lines_reconciled_elsewhere_leave_the_queue(self):
        invoice = self._invoice(100.0)
        line = self._line(100.0, "zzz")
        suspense = line._seek_for_lines()[1]
        suspense.account_id = self._item(invoice).account_id
        (suspense + self._item(invoice)).reconcile()
        self._match()
        self.assertEqual((line.b2b_state, line.b2b_automatic), ("manual", False))

    def test_auditor_reads_and_changes_nothing(self):
        self._invoice(990.0, "INV/2026/00990")
        line = self._from_quark(990.0, "INV/2026/00990")
        self._match()
        as_auditor = line.with_user(self.auditor)
        self.assertEqual(as_auditor.b2b_state, "applied")
        for button in (
            "action_b2b_undo",
            "action_b2b_accept",
            "action_b2b_on_account",
            "action_b2b_match_again",
            "action_b2b_apply",
            "action_b2b_flag",
        ):
            with self.assertRaises(AccessError, msg=button):
                getattr(as_auditor, button)()

    def test_line_of_another_company_is_out_of_reach(self):
        other = self._create_company(name="Other")
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="b2b_invoice_automation.group_billing_clerk",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        line = self._from_quark(990.0)
        self._match()
        with self.assertRaises(AccessError):
            line.with_user(stranger).action_b2b_on_account()

    def test_concurrency_errors_are_not_swallowed(self):
        self._invoice(990.0, "INV/2026/00990")
        self._from_quark(990.0, "INV/2026/00990")

        def rival(_self, _entries):
            raise SerializationFailure("could not serialize access")

        with patch.object(CashBooking, "book", rival), self.assertRaises(SerializationFailure):
            self.env["account.bank.statement.line"]._b2b_process_batch(100, self.company)

    def test_queries_grow_with_batches_not_with_lines(self):
        """12 and 48 lines: the queries per line must not grow, and the booking is the same number per batch."""
        counts = []
        for first, lines in ((1000, 12), (5000, 48)):
            for number in range(first, first + lines):
                self._invoice(float(number), f"INV/2026/{number:05d}")
                self._line(float(number), f"INV/2026/{number:05d}", account_number=ACCOUNT)
            self.env.flush_all()
            self.env.invalidate_all()
            # What autovacuum does for committed rows; without it PostgreSQL plans for empty tables.
            self.env.cr.execute("ANALYZE account_move, account_move_line, account_partial_reconcile")
            before = self.env.cr.sql_log_count
            self.env["account.bank.statement.line"]._b2b_process_batch(1000, self.company)
            self.env.flush_all()
            counts.append((self.env.cr.sql_log_count - before) / lines)
        self.assertLessEqual(counts[1], counts[0] * 1.1)
