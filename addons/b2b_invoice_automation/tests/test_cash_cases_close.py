"""Payment cases that close by themselves when the rest is paid, and refunds that need a second person."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .cash_common import ACCOUNT
from .test_workbench import MANAGER, WorkbenchCommon


@tagged("post_install", "-at_install")
class TestCasesClose(WorkbenchCommon):
    def _open_case(self, line):
        return self._case(line).filtered(lambda one: one.state == "open")

    def _deduction(self, *invoices, paid):
        line = self._waiting_line(paid)
        amounts = {invoice: invoice.amount_total for invoice in invoices}
        documents = self.env["account.move"].union(*invoices)
        self._apply(line, documents, {"to": "deduction", "reason": "goods"}, amounts=amounts)
        return self._open_case(line)

    def _chased(self, case):
        case = case.with_user(self.clerk)
        case.promise_date = fields.Date.context_today(case) + timedelta(days=9)
        case.action_outcome_chase()
        return case

    def test_a_chased_rest_that_is_paid_closes_its_case_with_the_evidence(self):
        invoice = self._invoice(990.0, "INV/2026/00990")
        case = self._chased(self._deduction(invoice, paid=950.0))
        part = self._from_quark(15.0, "INV/2026/00990")
        self._match()
        if not part.is_reconciled:
            self._apply(part, invoice, {"to": "part"}, amounts={invoice: 15.0})
        self.assertEqual((case.state, invoice.amount_residual), ("open", 25.0), "25.00 are still owed")
        rest = self._from_quark(25.0, "INV/2026/00990")
        self._match()
        self.assertEqual((rest.b2b_state, invoice.payment_state), ("applied", "paid"))
        self.assertEqual((case.state, case.outcome_code, len(case.activity_ids)), ("solved", "paid", 0))
        self.assertIn(rest.move_id.name, case.outcome)
        self.assertIn(part.move_id.name, case.outcome)
        logged = self.env["b2b.decision"].search([("subject_model", "=", case._name), ("subject_id", "=", case.id)])
        self.assertEqual(logged[0].evidence["entries"], [rest.move_id.name, part.move_id.name])
        self._check_ledger()

    def test_a_rest_paid_by_hand_closes_the_case_at_once_and_taking_it_back_opens_it(self):
        invoice = self._invoice(990.0)
        case = self._deduction(invoice, paid=950.0)
        rest = self._waiting_line(40.0)
        self._apply(rest, invoice)
        self.assertEqual((case.state, case.outcome_code), ("solved", "paid"))
        rest.with_user(self.clerk).action_b2b_undo()
        self._match()
        self.assertEqual((case.state, case.outcome_code, invoice.amount_residual), ("open", False, 40.0))
        self._check_ledger()

    def test_an_invoice_that_a_payment_pays_nothing_of_is_not_paid_in_part(self):
        first, second = self._invoice(100.0), self._invoice(200.0)
        line = self._waiting_line(90.0)
        amounts = {first: 100.0, second: 200.0}
        with self.assertRaisesRegex(UserError, "pays nothing of INV/.*choose that no more"):
            self._apply(line, first | second, {"to": "part"}, amounts=amounts)
        self.assertEqual((first.amount_residual, second.amount_residual), (100.0, 200.0))

    def test_a_draft_credit_note_goes_when_the_deduction_is_repaid(self):
        invoice = self._invoice(990.0)
        case = self._deduction(invoice, paid=950.0)
        case.with_user(self.clerk).action_outcome_credit()
        note = case.outcome_move_id
        self.assertEqual((note.state, case.state), ("draft", "open"))
        self._apply(self._waiting_line(40.0), invoice)
        self.assertFalse(note.exists())
        self.assertEqual((case.state, case.outcome_code, invoice.payment_state), ("solved", "paid", "paid"))

    def test_a_credit_note_made_by_hand_closes_the_case_too(self):
        invoice = self._invoice(990.0)
        case = self._deduction(invoice, paid=950.0)
        note = self._invoice(-40.0)
        (self._item(invoice) | self._item(note)).reconcile()
        self._match()
        self.assertEqual(case.state, "solved")
        self.assertIn(note.name, case.outcome)

    def test_what_was_paid_too_much_and_is_used_for_another_invoice_closes_its_case(self):
        case = self._overpaid(self.clerk, 620.0)
        line, payment, later = case.statement_line_id, case.payment_id, self._invoice(120.0)
        self.assertEqual(payment.state, "draft")
        on_account = line.move_id.line_ids.filtered(
            lambda item: item.account_id == self.receivable and not item.reconciled
        )
        (on_account | self._item(later)).reconcile()
        self._match()
        self.assertFalse(payment.exists(), "nothing is left to be paid back")
        self.assertEqual((case.state, case.outcome_code, later.payment_state), ("solved", "paid", "paid"))
        self.assertIn(later.name, case.outcome)

    def test_a_returned_payment_that_is_paid_again_closes_its_case(self):
        invoice = self._invoice(300.0, "INV/2026/00300")
        paid = self._from_quark(300.0, "INV/2026/00300")
        self._match()
        self.assertEqual(paid.b2b_state, "applied")
        paid.with_user(self.clerk).action_b2b_undo()
        case = self.env["b2b.discrepancy"]._flag(
            [
                {
                    "key": "returned once",
                    "type": "returned",
                    "name": "Returned",
                    "company_id": self.company.id,
                    "move_id": invoice.id,
                    "amount_expected": 300.0,
                }
            ]
        )
        self._match()
        self.assertEqual(case.state, "open")
        again = self._from_quark(300.0, "INV/2026/00300")
        self._match()
        self.assertEqual((again.b2b_state, case.state, case.outcome_code), ("applied", "solved", "paid"))

    # -- four eyes -----------------------------------------------------------------------------------------------------

    def _overpaid(self, user, paid):
        line = self._waiting_line(paid, account_number=ACCOUNT)
        self._apply(line, self._invoice(500.0), {"to": "refund"}, user=user)
        return self._open_case(line)

    def test_who_drafted_a_refund_above_their_limit_cannot_send_it(self):
        second = new_test_user(self.env, "bench manager 2", groups=MANAGER, company_id=self.company.id)
        case = self._overpaid(self.manager, 900.0)
        payment = case.payment_id
        self.assertEqual((payment.create_uid, payment.state, payment.amount), (self.manager, "draft", 400.0))
        case.with_user(self.manager).action_outcome_refund()
        self.assertEqual((case.state, payment.state), ("open", "draft"))
        self.assertNotEqual(case.user_id, self.manager)
        self.assertEqual(case.activity_ids.user_id, case.user_id)
        with self.assertRaisesRegex(UserError, "You drafted the refund of .*400.00.*another billing manager"):
            payment.with_user(self.manager).action_post()
        case.with_user(second).action_outcome_refund()
        self.assertEqual((case.state, payment.state in ("in_process", "paid")), ("solved", True))
        self._check_ledger()

    def test_within_their_limit_a_manager_sends_what_they_drafted(self):
        case = self._overpaid(self.manager, 600.0)
        case.with_user(self.manager).action_outcome_refund()
        self.assertEqual((case.state, case.payment_id.amount), ("solved", 100.0))

    # -- lines that are undone or deleted ------------------------------------------------------------------------------

    def test_a_line_whose_money_was_paid_back_is_not_deleted(self):
        case = self._overpaid(self.manager, 600.0)
        draft, line = case.payment_id, case.statement_line_id
        case.with_user(self.manager).action_outcome_refund()
        self.assertEqual((case.state, draft.state in ("in_process", "paid")), ("solved", True))
        with self.assertRaisesRegex(UserError, "paid back already"):
            line.unlink()
        self.assertTrue(case.exists())

    def test_a_refund_of_a_journal_without_outstanding_accounts_closes_the_credit_and_meets_its_bank_line(self):
        (
            self.bank.outbound_payment_method_line_ids | self.bank.inbound_payment_method_line_ids
        ).payment_account_id = False
        for state in ("paid", "in_payment"):
            with (
                self.subTest(state),
                patch.object(type(self.env["account.move"]), "_get_invoice_in_payment_state", lambda _move, s=state: s),
            ):
                case = self._overpaid(self.manager, 600.0)
                case.with_user(self.manager).action_outcome_refund()
                self.assertEqual(case.state, "solved")
                self.assertFalse(case.statement_line_id._b2b_open_on_account())
                self.assertEqual(self._balance(self.receivable), 0.0)
                sent = self._from_quark(-100.0, "refund")
                self._match()
                self.assertEqual(sent.b2b_state, "proposed", "money that leaves is a person's to decide")
                sent.with_user(self.clerk).action_b2b_accept()
                self.assertTrue(case.payment_id.is_matched)

    def test_deleting_an_applied_line_takes_a_drafted_refund_along_and_is_logged(self):
        case = self._overpaid(self.clerk, 600.0)
        draft, line = case.payment_id, case.statement_line_id
        key = line.id
        line.unlink()
        self.assertFalse(draft.exists())
        logged = self.env["b2b.decision"].search([("subject_model", "=", line._name), ("subject_id", "=", key)])
        self.assertEqual(logged.sorted("id")[-1].decision, f"Deleted by {self.env.user.name}.")
        self.assertEqual(logged.sorted("id")[-1].amount, 600.0)

    def test_undoing_a_line_takes_a_drafted_credit_note_and_its_task_along(self):
        invoice = self._invoice(990.0)
        case = self._deduction(invoice, paid=950.0)
        case.with_user(self.clerk).action_outcome_credit()
        note, line = case.outcome_move_id, case.statement_line_id
        self.assertEqual((note.state, len(case.activity_ids)), ("draft", 1))
        line.with_user(self.clerk).action_b2b_undo()
        self.assertFalse(note.exists())
        self.assertEqual((case.state, case.outcome_code, len(case.activity_ids)), ("solved", False, 0))
