"""Statements, rules, workbench and cases together: advices of strangers, undoing what was settled, looking again."""

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .cash_common import ACCOUNT
from .test_workbench import WorkbenchCommon


@tagged("post_install", "-at_install")
class TestCashTogether(WorkbenchCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lines = cls.env["account.bank.statement.line"]
        cls.other = cls.env["res.partner"].create({"name": "Somebody Else GmbH", "is_company": True})
        cls.fees = cls.env["account.account"].create({"name": "Fees", "code": "666778", "account_type": "expense"})

    def _fee_model(self, **values):
        return self.env["account.reconcile.model"].create(
            {
                "name": "Fees",
                "match_label": "contains",
                "match_label_param": "fee",
                "line_ids": [Command.create({"account_id": self.fees.id, "amount_string": "100"})],
                **values,
            }
        )

    def _advice(self, documents, way="mail", partner=None):
        return self.env["b2b.remittance"].create(
            {
                "name": "ZA-2026-0815",
                "way": way,
                "state": "expected",
                "date": self.day,
                "partner_id": (partner or self.quark).id,
                "line_ids": [Command.create({"number": one.name, "amount": one.amount_total}) for one in documents],
            }
        )

    def _look_again(self):
        self.lines.sudo()._b2b_waiting_for_person(self.company, 0, 1000).with_company(self.company)._b2b_look_again()
        self._check_ledger()

    # -- advices ------------------------------------------------------------------------------------------------------

    def test_an_advice_cannot_have_one_customers_money_pay_anothers_invoice(self):
        foreign = self._invoice(500.0, "INV/2026/00501", partner=self.other)
        self._advice(foreign)
        line = self._from_quark(500.0, "ZA-2026-0815")
        self._match()
        self.assertEqual((line.b2b_state, foreign.amount_residual), ("proposed", 500.0))
        self.assertIn("says otherwise", line.b2b_reason)
        self._apply(line, foreign)
        self.assertEqual(foreign.payment_state, "paid")

    def test_an_advice_that_comes_after_its_money_is_joined_and_applied(self):
        first, second = self._invoice(500.0, "INV/2026/00501"), self._invoice(700.0, "INV/2026/00502")
        self._invoice(1200.0, "INV/2026/00503")
        line = self._from_quark(1200.0, "collected")
        self._match()
        self.assertNotEqual(line.b2b_state, "applied", "two sets of items make the sum")
        advice = self._advice(first | second)
        self._look_again()
        self.assertEqual((advice.statement_line_id, line.b2b_state), (line, "applied"))
        self.assertEqual((first.payment_state, second.payment_state), ("paid", "paid"))

    def test_an_advice_and_an_automatic_model_in_one_batch(self):
        invoice = self._invoice(500.0, "INV/2026/00501")
        self._fee_model(trigger="auto_reconcile")
        self._advice(invoice)
        advised, fee = self._from_quark(500.0, "ZA-2026-0815"), self._line(-7.0, "monthly fee")
        self._match()
        self.assertEqual((advised.b2b_state, fee.b2b_state), ("applied", "applied"))
        self.assertEqual((invoice.payment_state, self._balance(self.fees)), ("paid", 7.0))

    def test_cases_of_advised_lines_cost_no_query_each(self):
        def queries(count, start):
            for number in range(start, start + count):
                invoice = self._invoice(1000.0 + number, f"INV/2026/{number:05}")
                advice = self._advice(invoice)
                advice.write({"name": f"ZA-{number:05}"})
                self._from_quark(500.0, f"ZA-{number:05}")
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self._match()
            return self.env.cr.sql_log_count - before

        queries(2, 10)
        few, many = queries(4, 100), queries(24, 200)
        self.assertLess(many, few + 20 * 12)

    # -- the workbench ------------------------------------------------------------------------------------------------

    def test_a_model_is_accepted_in_the_workbench_and_taken_back(self):
        self._fee_model()
        line = self._waiting_line(-7.0, "monthly fee")
        candidate = self._seen(line)["candidates"][0]
        self.assertEqual((candidate["kind"], candidate["amount"], candidate["rest"]), ("model", -7.0, 0.0))
        self._apply(line, (), proposal=candidate["proposal_id"])
        self.assertEqual((line.b2b_state, line.is_reconciled, self._balance(self.fees)), ("manual", True, 7.0))
        self.assertEqual(self._seen(line)["applied"][0]["amount"], -7.0)
        line.with_user(self.clerk).action_workbench_undo(self._seen(line)["version"])
        self._check_ledger()
        self.assertEqual((line.is_reconciled, self._balance(self.fees)), (False, 0.0))

    def test_a_whole_payment_above_the_limit_is_handed_over_without_an_empty_proposal(self):
        line = self._waiting_line(500.0)
        self.manager.sudo().b2b_write_off_limit = 1000.0
        line.with_user(self.clerk).action_workbench_ask_manager(self._seen(line)["version"], [])
        self.assertFalse(line.b2b_proposal_ids.filtered("user_id"))
        self.assertEqual((len(self._case(line).activity_ids), line.b2b_state), (1, "case"))
        empty = (
            self.env["b2b.match.proposal"]
            .sudo()
            .create({"statement_line_id": line.id, "allocations": [], "currency_id": line.currency_id.id})
        )
        with self.assertRaisesRegex(UserError, "names no document"):
            empty.with_user(self.manager).action_accept()
        self._apply(line, (), {"to": "write_off"}, user=self.manager)
        self.assertTrue(line.is_reconciled)

    def test_amounts_that_are_none_are_refused(self):
        invoice, reconciled = self._invoice(500.0), self._invoice(100.0)
        self._apply(self._waiting_line(100.0, "one"), reconciled)
        line = self._waiting_line(500.0, "two")
        for amount in ("NaN", "Infinity", "1e999", "-500", "0", "", None, True, "500.001", "99999999999999999999"):
            with self.subTest(amount), self.assertRaises(UserError):
                self._apply(line, invoice, amounts={invoice: amount})
        with self.assertRaises(UserError):
            self._apply(line, reconciled, amounts={reconciled: 100.0}, rest={"to": "account"})
        with self.assertRaises(UserError):
            self._apply(line, invoice | invoice.copy(), amounts={invoice: 400.0})
        items = [{"item": 2**31 - 1, "amount": "500"}]
        with self.assertRaises(UserError):
            line.with_user(self.clerk).action_workbench_apply(self._seen(line)["version"], items)
        self.assertEqual((line.is_reconciled, invoice.amount_residual), (False, 500.0))

    def test_nothing_is_undone_in_a_locked_period(self):
        invoice = self._invoice(500.0)
        line = self._waiting_line(500.0)
        self._apply(line, invoice)
        self.company.sudo().fiscalyear_lock_date = fields.Date.to_date("2026-03-31")
        with self.assertRaises(UserError):
            line.with_user(self.clerk).action_workbench_undo(self._seen(line)["version"])
        self.assertEqual((line.is_reconciled, invoice.payment_state), (True, "paid"))

    # -- cases --------------------------------------------------------------------------------------------------------

    def _overpaid(self, paid):
        line = self._waiting_line(paid, account_number=ACCOUNT)
        self._apply(line, self._invoice(500.0), {"to": "refund"})
        return line, self._case(line).filtered(lambda one: one.state == "open")

    def test_a_line_whose_money_was_paid_back_is_not_undone_by_any_button(self):
        line, case = self._overpaid(620.0)
        case.with_user(self.manager).action_outcome_refund()
        for undo in ("action_b2b_undo", "action_undo_reconciliation"):
            with self.assertRaisesRegex(UserError, "paid back already"):
                getattr(line.with_user(self.manager), undo)()
        self.assertTrue(line.is_reconciled)
        case.payment_id.mark_as_sent()
        with self.assertRaisesRegex(UserError, "sent to the bank"):
            case.with_user(self.manager).action_outcome_undo()

    def test_undoing_by_the_list_deletes_the_refund_that_was_only_drafted(self):
        line, case = self._overpaid(620.0)
        payment = case.payment_id
        line.with_user(self.clerk).action_b2b_undo()
        self._check_ledger()
        self.assertFalse(payment.exists())
        self.assertEqual((case.state, case.outcome_code), ("solved", False))

    def test_a_line_of_which_too_much_was_written_off_is_not_undone_and_nothing_is_written_off_twice(self):
        line, case = self._overpaid(503.0)
        case.with_user(self.clerk).action_outcome_undo()
        case.with_user(self.clerk).action_outcome_write_off()
        with self.assertRaisesRegex(UserError, "written off"):
            line.with_user(self.clerk).action_b2b_undo()
        case.with_user(self.clerk).action_reopen()
        with self.assertRaisesRegex(UserError, "chosen .* already"):
            case.with_user(self.clerk).action_outcome_write_off()
        case.with_user(self.clerk).action_outcome_undo()
        line.with_user(self.clerk).action_b2b_undo()
        self._check_ledger()
        self.assertEqual(self._balance(self.company.default_cash_difference_income_account_id), 0.0)

    def test_an_accepted_deduction_is_booked_on_the_rules_account(self):
        self.rule.b2b_deduction_account_id = self.fees
        invoice = self._invoice(990.0, "INV/2026/00990")
        line = self._from_quark(986.0, "INV/2026/00990")
        self._match()
        case = self._case(line)
        self.assertEqual((case.type, line.b2b_rule_id, line.b2b_state), ("short", self.rule, "applied"))
        case.with_user(self.clerk).action_outcome_write_off()
        self._check_ledger()
        self.assertEqual((invoice.payment_state, self._balance(self.fees)), ("paid", 4.0))

    # -- looking again ------------------------------------------------------------------------------------------------

    def test_an_invoice_posted_after_its_payment_is_paid_by_the_next_look(self):
        line, stays = self._from_quark(321.0, "INV/2026/00321"), self._line(5.0, "?")
        self._match()
        self.assertNotEqual(line.b2b_state, "applied")
        decided_at, case = stays.b2b_decided_at, self._case(stays)
        invoice = self._invoice(321.0, "INV/2026/00321", day=self.day)
        self._look_again()
        self.assertEqual((line.b2b_state, line.b2b_automatic, invoice.payment_state), ("applied", True, "paid"))
        self.assertFalse(self._case(line).filtered(lambda one: one.state == "open"))
        self.assertEqual((stays.b2b_state, stays.b2b_decided_at), ("case", decided_at))
        self.assertEqual(self._case(stays), case)

    def test_a_rule_that_is_switched_on_applies_what_waits(self):
        self.rule.trigger = "manual"
        invoice = self._invoice(321.0, "INV/2026/00321")
        model = self._fee_model()
        line, fee = self._from_quark(321.0, "INV/2026/00321"), self._line(-7.0, "monthly fee")
        self._match()
        self._look_again()
        self.assertEqual((line.b2b_state, fee.b2b_state), ("proposed", "proposed"))
        cron = self.env.ref("b2b_invoice_automation.ir_cron_match_waiting_lines")
        wakes = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        self.rule.trigger = "auto_reconcile"
        model.trigger = "auto_reconcile"
        self.assertGreater(self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]), wakes)
        self._look_again()
        self.assertEqual((line.b2b_state, fee.b2b_state, invoice.payment_state), ("applied", "applied", "paid"))

    def test_what_a_person_took_back_or_asked_about_is_left_to_people(self):
        invoice = self._invoice(321.0, "INV/2026/00321")
        line = self._from_quark(321.0, "INV/2026/00321")
        self._match()
        line.with_user(self.clerk).action_b2b_undo()
        asked = self._waiting_line(980.0)
        items = [{"item": self._item(self._invoice(990.0)).id, "amount": "990.00"}]
        asked.with_user(self.clerk).action_workbench_ask_manager(self._seen(asked)["version"], items)
        self._look_again()
        self.assertEqual((line.b2b_state, invoice.amount_residual), ("case", 321.0))
        self.assertEqual((asked.is_reconciled, len(asked.b2b_proposal_ids.filtered("user_id"))), (False, 1))

    # -- expressions --------------------------------------------------------------------------------------------------

    def test_expressions_that_may_take_for_ever_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "for ever"):
            self._fee_model(match_label="match_regex", match_label_param=r"(\w+\s*)+:")
        with self.assertRaisesRegex(ValidationError, "for ever"):
            self._fee_model().line_ids.write({"amount_type": "regex", "amount_string": r"(\d+,?)+x"})
