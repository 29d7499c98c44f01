"""Returned payments that a person confirms: what is proposed, what one key books, and what may not be booked before."""

from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_workbench import WorkbenchCommon


@tagged("post_install", "-at_install")
class TestCashReturns(WorkbenchCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.expense = cls.company.default_cash_difference_expense_account_id
        cls.invoice = cls._invoice(990.0, "INV/2026/00990")

    def _pay(self, text="INV/2026/00990", amount=990.0, **values):
        details = {"text": text, "end_to_end_id": "E2E-990"}
        return self._from_quark(amount, text, b2b_end_to_end_id="E2E-990", transaction_details=details, **values)

    def _back(self, amount=-990.0, reference="E2E-990", **values):
        details = {"text": "RETURN AC04", "end_to_end_id": reference, "is_return": True}
        values = {"date": self.day + timedelta(days=3), **values}
        return self._line(amount, "RETURN AC04", transaction_details=details, b2b_end_to_end_id=reference, **values)

    def _paid_and_back(self, amount=-990.0):
        """A payment that a rule applied, and its return under a rule that only proposes."""
        paid = self._pay()
        self._match()
        self.rule.trigger = "manual"
        back = self._back(amount)
        self._match()
        return paid, back

    def _accept(self, line, user=None):
        user = user or self.clerk
        seen = self._seen(line, user)
        line.with_user(user).action_workbench_apply(seen["version"], [], None, seen["candidates"][0]["proposal_id"])
        self._check_ledger()

    def _state(self, *lines):
        return [
            (
                line.b2b_state,
                line.is_reconciled,
                line.b2b_corrected,
                [(case.type, case.state) for case in self._case(line)],
            )
            for line in lines
        ]

    def _stays(self, *lines):
        before = self._state(*lines)
        self._match()
        self.assertEqual(self._state(*lines), before)

    def test_the_workbench_proposes_to_take_the_payment_back_and_one_key_accepts_it(self):
        paid, back = self._paid_and_back()
        self.assertEqual((self.invoice.payment_state, back.is_reconciled), ("paid", False))
        self.assertEqual((back.b2b_state, self._case(back).type), ("case", "returned"))
        [candidate] = self._seen(back)["candidates"]
        self.assertEqual((candidate["kind"], candidate["score"], candidate["rest"]), ("return", 100, 0.0))
        self.assertIn("03/16/2026", candidate["description"])
        self.assertIn("INV/2026/00990", candidate["reason"])
        self.assertIn("Accept", back.b2b_reason)
        self._accept(back)
        self.assertEqual((self.invoice.payment_state, self.invoice.amount_residual), ("not_paid", 990.0))
        self.assertEqual((back.b2b_reversed_line_id, back.b2b_automatic), (paid, False))
        self.assertEqual(
            self._state(paid, back),
            [("applied", True, False, []), ("manual", True, False, [("returned", "open")])],
        )
        self.assertEqual((self._case(back).move_id, self._balance(self.receivable)), (self.invoice, 990.0))
        self.assertFalse(back.b2b_proposal_ids)
        self._stays(paid, back)

    def test_the_list_accepts_it_as_well(self):
        _paid, back = self._paid_and_back()
        back.with_user(self.clerk).action_b2b_accept()
        self._check_ledger()
        self.assertEqual((self.invoice.amount_residual, back.is_reconciled), (990.0, True))

    def test_no_fee_is_booked_of_a_return_that_is_not_taken_back(self):
        _paid, back = self._paid_and_back()
        case = self._case(back)
        self.assertEqual(case.allowed_outcomes, "reallocate")
        for user in (self.clerk, self.manager):
            with self.assertRaisesRegex(UserError, "does not fit"):
                case.with_user(user).action_outcome_fee()
        self.assertEqual((back.is_reconciled, self._balance(self.expense)), (False, 0.0))
        action = case.with_user(self.clerk).action_outcome_reallocate()
        self.assertEqual((action["tag"], action["params"]), ("b2b_workbench", {"line_id": back.id}))
        self.assertEqual(case.state, "open")
        self._accept(back)
        self.assertEqual(case.allowed_outcomes, "chase")

    def test_the_fee_on_top_waits_for_a_person_and_for_authority(self):
        paid, back = self._paid_and_back(-1002.0)
        [candidate] = self._seen(back)["candidates"]
        self.assertEqual((candidate["score"], candidate["amount"], candidate["rest"]), (50, -990.0, -12.0))
        self._accept(back)
        self.assertEqual((self.invoice.amount_residual, back.b2b_open_amount), (990.0, -12.0))
        self.assertEqual((back.b2b_state, self._case(back).state), ("case", "open"))
        self._stays(paid, back)
        case = self._case(back)
        case.with_user(self.clerk).action_outcome_fee()
        self.assertEqual((case.state, back.b2b_open_amount, self._balance(self.expense)), ("open", -12.0, 0.0))
        self.assertEqual(case.activity_ids.user_id, case.user_id)
        case.with_user(self.manager).action_outcome_fee()
        self._check_ledger()
        self.assertEqual((case.state, back.is_reconciled, self._balance(self.expense)), ("solved", True, 12.0))
        self.assertEqual(self.invoice.amount_residual, 990.0)
        self._stays(paid, back)

    def test_only_a_part_that_came_back_leaves_the_rest_on_account(self):
        paid, back = self._paid_and_back(-400.0)
        self._accept(back)
        self.assertEqual((self.invoice.amount_residual, paid.is_reconciled, back.is_reconciled), (990.0, True, True))
        self.assertEqual(self._balance(self.receivable), 400.0)

    def test_a_payment_and_its_return_in_one_file_both_wait(self):
        self.rule.trigger = "manual"
        paid, back = self._pay(), self._back()
        self._match()
        self.assertEqual(
            self._state(paid, back),
            [("case", False, False, [("returned", "open")]), ("case", False, False, [("returned", "open")])],
        )
        self.assertFalse(paid.b2b_proposal_ids)
        self._stays(paid, back)
        self._accept(back)
        self.assertEqual((self.invoice.amount_residual, self._balance(self.receivable)), (990.0, 990.0))
        self.assertEqual(
            self._state(paid, back),
            [("manual", True, False, [("returned", "solved")]), ("manual", True, False, [("returned", "open")])],
        )
        self._stays(paid, back)

    def test_a_payment_that_still_waits_is_not_proposed_any_more_when_it_comes_back(self):
        self.rule.trigger = "manual"
        paid = self._pay()
        self._match()
        self.assertEqual((paid.b2b_state, len(paid.b2b_proposal_ids)), ("proposed", 1))
        back = self._back()
        self._match()
        self.assertEqual((paid.b2b_state, len(paid.b2b_proposal_ids)), ("case", 0))
        self.assertIn("03/19/2026", paid.b2b_reason)
        self.rule.trigger = "auto_reconcile"
        lines = paid.sudo()._b2b_waiting_for_person(self.company, 0, 1000)
        self.assertFalse(lines & paid)
        self._accept(back)
        self.assertEqual((self.invoice.amount_residual, paid.is_reconciled), (990.0, True))
        self._stays(paid, back)

    def test_an_automatic_rule_takes_back_a_payment_that_still_waits(self):
        paid = self._pay("thank you", amount=55.0)
        self._match()
        self.assertFalse(paid.is_reconciled)
        back = self._back(-55.0)
        self._match()
        self.assertEqual((back.b2b_reversed_line_id, back.b2b_state, paid.is_reconciled), (paid, "applied", True))
        self.assertEqual((self._balance(self.receivable), self.invoice.amount_residual), (990.0, 990.0))

    def test_a_payment_comes_back_once(self):
        _paid, back = self._paid_and_back()
        self._accept(back)
        again = self._back(date=self.day + timedelta(days=5))
        self._match()
        self.assertEqual((again.b2b_state, len(again.b2b_proposal_ids)), ("case", 0))
        self.assertEqual(self.invoice.amount_residual, 990.0)

    def test_of_two_proposals_for_one_payment_one_is_accepted(self):
        paid, back = self._paid_and_back()
        again = self._back(date=self.day + timedelta(days=5))
        self._match()
        self.assertEqual(again.b2b_proposal_ids.reversed_line_id, paid)
        self._accept(back)
        with self.assertRaisesRegex(UserError, "taken back already"):
            self._accept(again)

    def test_undoing_an_accepted_return_lets_it_wait_again(self):
        paid, back = self._paid_and_back()
        self._accept(back)
        back.with_user(self.clerk).action_workbench_undo(self._seen(back)["version"])
        self._check_ledger()
        self.assertEqual((back.b2b_state, back.is_reconciled), ("case", False))
        self.assertFalse(back.b2b_reversed_line_id)
        self.assertEqual(self._state(paid), [("applied", True, False, [])])
        self.assertIn("on account", paid.b2b_reason)
        self._stays(paid, back)
        back.with_user(self.clerk).action_b2b_match_again()
        self._accept(back)
        self.assertEqual((self._balance(self.receivable), self.invoice.amount_residual), (990.0, 990.0))

    def test_an_overpayment_that_was_paid_back_is_not_taken_back(self):
        self.rule.trigger = "manual"
        paid = self._pay("x", amount=1100.0)
        self._match()
        self._apply(paid, self.invoice, {"to": "refund"})
        case = self._case(paid).filtered(lambda one: one.state == "open")
        back = self._back(-1100.0)
        self._match()
        case.with_user(self.manager).action_outcome_refund()
        with self.assertRaisesRegex(UserError, "paid back already"):
            self._accept(back)
        self.assertEqual((self.invoice.payment_state, back.is_reconciled), ("paid", False))
        case.with_user(self.manager).action_outcome_undo()
        case.with_user(self.clerk).action_outcome_refund()
        draft = case.payment_id
        self._accept(back)
        self.assertFalse(draft.exists())
        self.assertEqual((case.state, self.invoice.amount_residual), ("solved", 990.0))

    # -- closed periods ------------------------------------------------------------------------------------------------

    def _closed_then_back(self, back=-990.0, trigger="auto_reconcile", **values):
        """A payment that a rule applied in a period that is closed now, and its return."""
        paid = self._pay(**values)
        self._match()
        self.assertEqual((paid.b2b_state, self.invoice.payment_state), ("applied", "paid"))
        self.company.fiscalyear_lock_date = self.day
        self.rule.trigger = trigger
        back = self._back(back)
        self._match()
        return paid, back

    def test_a_payment_of_a_closed_period_is_taken_back_without_booking_in_it(self):
        for trigger in ("auto_reconcile", "manual"):
            with self.subTest(trigger), self.env.cr.savepoint() as savepoint:
                paid, back = self._closed_then_back(trigger=trigger)
                entry = paid.move_id.line_ids
                if trigger == "manual":
                    self._accept(back)
                self.assertEqual(paid.move_id.line_ids, entry)
                self.assertEqual((self.invoice.payment_state, self.invoice.amount_residual), ("not_paid", 990.0))
                self.assertEqual(
                    (back.b2b_reversed_line_id, back.is_reconciled, paid.is_reconciled), (paid, True, True)
                )
                self.assertEqual(self._balance(self.receivable), 990.0)
                self.assertEqual((self._case(back).type, self._case(back).move_id), ("returned", self.invoice))
                self.assertIn("returned", paid.b2b_reason)
                self._stays(paid, back)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_of_a_closed_period_a_part_and_a_fee_come_back_as_of_any_other(self):
        other = self._invoice(110.0, "INV/2026/00110")
        credit = self._invoice(-100.0, "RINV/2026/00100")
        paid, back = self._closed_then_back(
            -1012.0, text="INV/2026/00990 INV/2026/00110 RINV/2026/00100", amount=1000.0
        )
        self.assertEqual(paid.b2b_applied_ids.move_id, self.invoice | other | credit)
        self._accept(back)
        self.assertEqual(
            [one.amount_residual for one in (self.invoice, other, credit)], [990.0, 110.0, 100.0], back.b2b_reason
        )
        self.assertEqual((back.b2b_open_amount, self._balance(self.receivable)), (-12.0, 1000.0))
        self.assertFalse(paid._b2b_open_on_account())

    def test_what_cannot_be_taken_back_in_a_closed_period_stays_proposed_and_says_what_to_do(self):
        self.rule.b2b_tolerance_amount = 5.0
        paid, back = self._closed_then_back(-988.0, amount=988.0)
        self.assertEqual((back.b2b_state, len(back.b2b_proposal_ids), self.invoice.payment_state), ("case", 1, "paid"))
        self.assertEqual(self._case(back).type, "returned")
        for words in ("03/16/2026", "Open the period", "accept the proposal"):
            self.assertIn(words, back.b2b_reason)
        self._stays(paid, back)
        with self.assertRaisesRegex(UserError, "Open the period"):
            self._accept(back)
        self.company.fiscalyear_lock_date = False
        self._accept(back)
        self.assertEqual((self.invoice.amount_residual, back.b2b_reversed_line_id), (990.0, paid))

    def test_a_payment_whose_return_cannot_be_booked_is_not_applied(self):
        paid, back = self._pay(), self._back()

        def refuse(_lines, _parts):
            raise UserError("the month is closed")

        with patch.object(type(back), "_b2b_take_back", refuse):
            self._match()
        self.assertEqual((paid.b2b_state, back.b2b_state, self.invoice.amount_residual), ("case", "case", 990.0))
        self._stays(paid, back)
