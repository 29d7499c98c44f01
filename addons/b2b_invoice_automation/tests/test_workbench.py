"""The workbench: what a clerk is shown, and what each button does, to the cent in the ledger."""

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .cash_common import CashCommon

CLERK = "b2b_invoice_automation.group_billing_clerk"
MANAGER = "b2b_invoice_automation.group_billing_manager"


class WorkbenchCommon(CashCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(cls.env, "bench clerk", groups=CLERK, company_id=cls.company.id)
        cls.manager = new_test_user(cls.env, "bench manager", groups=MANAGER, company_id=cls.company.id)
        cls.seller = new_test_user(
            cls.env, "bench seller", groups="sales_team.group_sale_salesman", company_id=cls.company.id
        )
        cls.receivable = cls.company_data["default_account_receivable"]

    def _item(self, move):
        return move.line_ids.filtered(lambda one: one.account_id.account_type == "asset_receivable")

    def _seen(self, line, user=None):
        return self.env["b2b.workbench"].with_user(user or self.clerk).get_line(line.id)

    def _apply(self, line, moves, rest=None, user=None, version=None, proposal=False, amounts=None):
        """Apply a line to all that is open of documents, as the screen does."""
        user = user or self.clerk
        items = [
            {"item": self._item(move).id, "amount": str((amounts or {}).get(move, move.amount_residual_signed))}
            for move in moves
        ]
        version = version or self._seen(line, user)["version"]
        line.with_user(user).action_workbench_apply(version, items, rest, proposal)
        self._check_ledger()

    def _waiting_line(self, amount, text="something", **values):
        line = self._line(amount, text, **values)
        self._match()
        self.assertIn(line.b2b_state, ("case", "proposed"))
        return line


@tagged("post_install", "-at_install")
class TestWorkbench(WorkbenchCommon):
    def test_a_line_shows_what_was_read_in_it_and_what_is_open(self):
        self._invoice(5000.0, "INV/2026/01072")
        credit = self._invoice(-120.0)
        line = self._waiting_line(
            12.34, "INV/2026/01072 of Quark Industries GmbH, 12,34", account_number="DE44500105175407324931"
        )
        seen = self._seen(line)
        found = {line.payment_ref[span["start"] : span["end"]]: span["kind"] for span in seen["spans"]}
        self.assertEqual(found, {"INV/2026/01072": "number", "Quark Industries GmbH": "payer", "12,34": "amount"})
        self.assertEqual(seen["partner"]["name"], "Quark Industries GmbH")
        self.assertEqual(
            {(one["document"], one["residual"]) for one in seen["items"]},
            {("INV/2026/01072", 5000.0), (credit.name, -120.0)},
        )
        self.assertEqual(seen["waiting"], {line.currency_id.id: 12.34})
        self.assertFalse(seen["done"])

    def test_the_list_is_paged_counted_and_searched(self):
        before = self.env["b2b.workbench"].get_list()["counts"]
        for number in range(45):
            self._line(10.0 + number, f"unknown {number}", partner_name="Searched Ltd")
        self._match()
        first = self.env["b2b.workbench"].with_user(self.clerk).get_list()
        self.assertEqual((len(first["lines"]), first["counts"]["todo"] - before["todo"]), (40, 45))
        second = self.env["b2b.workbench"].with_user(self.clerk).get_list(words="Searched", offset=40)
        self.assertEqual((len(second["lines"]), second["total"]), (5, 45))
        by_amount = self.env["b2b.workbench"].with_user(self.clerk).get_list(words="54,00")
        self.assertEqual([one["text"] for one in by_amount["lines"]], ["unknown 44"])

    def test_amounts_of_any_currency_are_marked_and_found(self):
        for name, rate, amount, text, words in (
            ("JPY", 150.0, 12345.0, "paid 12,345 of it", "12.345"),
            ("JPY", 150.0, 67890.0, "paid JPY67890", "67890"),
            ("KWD", 0.3, 12.345, "paid 12.345", "12,345"),
            ("EUR", 0.9, 1234.56, "paid 1.234,56", "1,234.56"),
        ):
            currency = self.env.ref(f"base.{name}")
            currency.write({"active": True, "rate_ids": [Command.clear(), Command.create({"rate": rate})]})
            invoice = self._invoice(amount, currency=currency)
            line = self._waiting_line(amount, text, journal=self.bank.copy({"currency_id": currency.id}))
            with self.subTest(currency=name, words=words):
                (span,) = [one for one in self._seen(line)["spans"] if one["kind"] == "amount"]
                self.assertEqual(text[span["start"] : span["end"]], text.split()[1].removeprefix("JPY"))
                bench = self.env["b2b.workbench"].with_user(self.clerk)
                self.assertIn(line.id, [one["id"] for one in bench.get_list("all", words=words)["lines"]])
                self.assertIn(invoice.name, [one["document"] for one in bench.get_items(line.id, words)["items"]])

    def test_queries_do_not_grow_with_lines(self):
        bench = self.env["b2b.workbench"]

        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            bench.get_list(words="counted")
            return self.env.cr.sql_log_count - before

        self._waiting_line(1.0, "counted 0")
        queries()
        few = queries()
        for number in range(30):
            self._line(2.0 + number, f"counted {number}", partner_name=f"Payer {number}")
        self._match()
        self.assertEqual(len(bench.get_list(words="counted")["lines"]), 31)
        self.assertLessEqual(queries(), few + 3)

    def test_applying_exactly(self):
        first, second, credit = self._invoice(500.0), self._invoice(300.0), self._invoice(-120.0)
        line = self._waiting_line(680.0)
        self._apply(line, (first, second, credit))
        self.assertEqual({move.payment_state for move in (first, second, credit)}, {"paid"})
        self.assertEqual((line.is_reconciled, line.b2b_state, self._balance(self.receivable)), (True, "manual", 0.0))

    def test_a_difference_needs_a_destination(self):
        invoice = self._invoice(990.0)
        short, over = self._waiting_line(975.0), self._waiting_line(1000.0)
        with self.assertRaisesRegex(UserError, "15.00 is missing"):
            self._apply(short, invoice)
        with self.assertRaisesRegex(UserError, "10.00 is left over"):
            self._apply(over, invoice)
        with self.assertRaisesRegex(UserError, "10.00 is left over"):
            self._apply(over, invoice, {"to": "deduction"})
        self.assertEqual(invoice.amount_residual, 990.0)

    def test_a_deduction_stays_open_as_a_case_with_its_reason(self):
        invoice = self._invoice(990.0)
        line = self._waiting_line(975.0)
        self._apply(line, invoice, {"to": "deduction", "reason": "bank_charge", "note": "Says the customer."})
        self.assertEqual((invoice.amount_residual, line.is_reconciled), (15.0, True))
        case = self._case(line).filtered(lambda one: one.state == "open")
        self.assertEqual(
            (case.type, case.deduction_reason, case.reason), ("short", "bank_charge", "Says the customer.")
        )
        self.assertEqual((case.amount_difference, case.move_id, case.user_id), (-15.0, invoice, self.clerk))
        self.assertTrue(case.date_deadline)

    def test_a_part_payment_opens_no_case(self):
        invoice = self._invoice(990.0)
        line = self._waiting_line(400.0)
        self._apply(line, invoice, {"to": "part"})
        self.assertEqual((invoice.amount_residual, line.is_reconciled), (590.0, True))
        self.assertFalse(self._case(line).filtered(lambda one: one.state == "open"))

    def test_writing_off_within_the_limit(self):
        short, over = self._invoice(990.0), self._invoice(700.0)
        self._apply(self._waiting_line(986.0), short, {"to": "write_off"})
        self._apply(self._waiting_line(703.0), over, {"to": "write_off"})
        self.assertEqual((short.payment_state, over.payment_state), ("paid", "paid"))
        self.assertEqual(self._balance(self.company.default_cash_difference_expense_account_id), 4.0)
        self.assertEqual(self._balance(self.company.default_cash_difference_income_account_id), -3.0)

    def test_above_the_limit_a_superior_gets_it_as_a_proposal(self):
        invoice = self._invoice(990.0)
        line = self._waiting_line(980.0)
        with self.assertRaisesRegex(UserError, "5.00.*10.00"):
            self._apply(line, invoice, {"to": "write_off"})
        items = [{"item": self._item(invoice).id, "amount": "990.00"}]
        name = line.with_user(self.clerk).action_workbench_ask_manager(self._seen(line)["version"], items)
        proposal = line.b2b_proposal_ids.filtered("user_id")
        case = self._case(line)
        self.assertEqual(case.user_id.name, name)
        self.assertEqual(case.activity_ids.user_id, case.user_id)
        with self.assertRaisesRegex(UserError, "5.00.*10.00"):
            proposal.with_user(self.clerk).action_accept()
        self._apply(line, invoice, proposal=proposal.id, user=self.manager, amounts={invoice: 980.0})
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(self._balance(self.company.default_cash_difference_expense_account_id), 10.0)

    def test_a_users_own_limit_counts_before_the_companys(self):
        invoice = self._invoice(990.0)
        line = self._waiting_line(980.0)
        self.clerk.sudo().b2b_write_off_limit = 12.0
        self._apply(line, invoice, {"to": "write_off"})
        self.assertEqual(invoice.payment_state, "paid")

    def test_the_rest_is_kept_on_account(self):
        invoice = self._invoice(500.0)
        line = self._waiting_line(620.0, account_number="DE44500105175407324931")
        self._apply(line, invoice, {"to": "account"})
        self.assertEqual((invoice.payment_state, line.is_reconciled), ("paid", True))
        self.assertEqual(self._balance(self.receivable), -120.0)

    def test_all_of_it_is_kept_on_the_account_of_the_chosen_payer(self):
        line = self._waiting_line(620.0, partner_name="Q. Payments Ltd")
        with self.assertRaisesRegex(UserError, "Choose the payer"):
            self._apply(line, (), {"to": "account"})
        line.with_user(self.clerk).action_workbench_payer(self._seen(line)["version"], self.quark.id)
        self._apply(line, (), {"to": "account"})
        self.assertEqual((line.partner_id, self._balance(self.receivable)), (self.quark, -620.0))
        learned = self._seen(line)["learned"]
        self.assertEqual(
            [(one["kind"], one["name"], one["here"]) for one in learned], [("name", "Q. Payments Ltd", True)]
        )

    def test_a_refund_is_drafted_with_the_case(self):
        invoice = self._invoice(500.0)
        line = self._waiting_line(620.0, account_number="DE44500105175407324931")
        self._apply(line, invoice, {"to": "refund"})
        case = self._case(line).filtered(lambda one: one.state == "open")
        self.assertEqual((case.type, case.payment_id.state, case.payment_id.amount), ("over", "draft", 120.0))
        self.assertEqual((case.payment_id.payment_type, case.payment_id.partner_id), ("outbound", self.quark))
        self.assertEqual(self._balance(self.receivable), -120.0)
        line.with_user(self.clerk).action_workbench_undo(self._seen(line)["version"])
        self._check_ledger()
        self.assertFalse(case.payment_id)
        self.assertEqual((invoice.amount_residual, self._balance(self.receivable)), (500.0, 500.0))

    def test_undo_opens_all_again(self):
        invoice = self._invoice(990.0)
        line = self._waiting_line(986.0)
        self._apply(line, invoice, {"to": "write_off"})
        line.with_user(self.clerk).action_workbench_undo(self._seen(line)["version"])
        self._check_ledger()
        self.assertEqual((invoice.amount_residual, line.is_reconciled, line.b2b_state), (990.0, False, "case"))
        self.assertEqual(self._balance(self.company.default_cash_difference_expense_account_id), 0.0)

    def test_a_line_that_changed_meanwhile_is_left_alone(self):
        invoice, other = self._invoice(500.0), self._invoice(500.0)
        line = self._waiting_line(500.0)
        version = self._seen(line)["version"]
        self._apply(line, other, user=self.manager)
        with self.assertRaisesRegex(UserError, "changed meanwhile.*bench manager"):
            self._apply(line, invoice, version=version)
        self.assertEqual((invoice.amount_residual, other.payment_state), (500.0, "paid"))

    def test_a_line_that_another_session_holds_is_left_alone(self):
        invoice = self._invoice(500.0)
        line = self._waiting_line(500.0)
        lines = type(self.env["account.bank.statement.line"])
        with (
            patch.object(lines, "try_lock_for_update", lambda one, **_values: one.browse()),
            self.assertRaisesRegex(UserError, "somebody else"),
        ):
            self._apply(line, invoice)
        self.assertEqual(invoice.amount_residual, 500.0)

    def test_an_item_that_was_paid_meanwhile_is_refused(self):
        invoice = self._invoice(500.0)
        first, second = self._waiting_line(500.0, "one"), self._waiting_line(500.0, "two")
        self._apply(first, invoice)
        with self.assertRaisesRegex(UserError, "0.00 open now"):
            self._apply(second, invoice, amounts={invoice: 500.0})

    def test_a_proposal_keeps_its_discount_only_while_its_amounts_are_its_own(self):
        rule = self.rule
        rule.trigger = "manual"
        term = self.env["account.payment.term"].create(
            {
                "name": "1 % 10 days",
                "early_discount": True,
                "discount_percentage": 1,
                "discount_days": 10,
                "early_pay_discount_computation": "excluded",
                "line_ids": [(0, 0, {"value": "percent", "value_amount": 100, "nb_days": 30})],
            }
        )
        invoice = self._invoice(990.0, "INV/2026/00990", invoice_payment_term_id=term.id, day=self.day)
        line = self._waiting_line(980.1, "INV/2026/00990", account_number="DE44500105175407324931")
        candidate = self._seen(line)["candidates"][0]
        self.assertEqual(candidate["allocations"][0]["discount"], 9.9)
        self._apply(line, invoice, proposal=candidate["proposal_id"], amounts={invoice: 980.1})
        self.assertEqual((invoice.payment_state, invoice.amount_residual), ("paid", 0.0))

    def test_asking_sales_makes_the_case_theirs(self):
        line = self._waiting_line(500.0)
        line.with_user(self.clerk).action_workbench_ask(self._seen(line)["version"], "Whose is it?", self.seller.id)
        case = self._case(line)
        self.assertEqual((case.user_id, case.activity_ids.user_id), (self.seller, self.seller))
        self.assertIn("Whose is it?", case.activity_ids.note)
        with self.assertRaisesRegex(UserError, "Write what"):
            line.with_user(self.clerk).action_workbench_ask(self._seen(line)["version"], " ", self.seller.id)

    def test_other_customers_items_are_found_by_number_and_amount(self):
        other = self.env["res.partner"].create({"name": "Somebody Else GmbH"})
        invoice = self._invoice(777.77, "INV/2026/07777", partner=other)
        line = self._waiting_line(500.0, account_number="DE44500105175407324931")
        bench = self.env["b2b.workbench"].with_user(self.clerk)
        for words in ("07777", "777,77", "somebody else"):
            self.assertEqual(
                [one["id"] for one in bench.get_items(line.id, words)["items"]], self._item(invoice).ids, words
            )
        self.assertEqual(bench.get_items(line.id, "  ")["items"], [])

    def test_the_days_figures(self):
        self._invoice(500.0, "INV/2026/00500")
        before = self.env["b2b.workbench"].get_list()["progress"]
        line = self._line(500.0, "INV/2026/00500")
        self._match()
        invoice = self._invoice(100.0)
        self._apply(self._waiting_line(100.0), invoice)
        after = self.env["b2b.workbench"].get_list()["progress"]
        self.assertEqual(
            {name: after[name] - before[name] for name in after},
            {"decided": 2, "untouched": 1, "by_hand": 1, "corrected": 0},
        )
        line.with_user(self.clerk).action_b2b_undo()
        corrected = self.env["b2b.workbench"].get_list()["progress"]
        self.assertEqual(
            {name: corrected[name] - before[name] for name in corrected},
            {"decided": 2, "untouched": 0, "by_hand": 1, "corrected": 1},
        )

    def test_auditors_read_and_change_nothing(self):
        auditor = new_test_user(
            self.env, "bench auditor", groups="b2b_invoice_automation.group_auditor", company_id=self.company.id
        )
        invoice = self._invoice(500.0)
        line = self._waiting_line(500.0)
        seen = self._seen(line, auditor)
        self.assertFalse(seen["may_apply"])
        as_auditor = line.with_user(auditor)
        calls = (
            ("action_workbench_apply", [{"item": self._item(invoice).id, "amount": "500"}]),
            ("action_workbench_undo",),
            ("action_workbench_payer", self.quark.id),
            ("action_workbench_ask", "?", self.seller.id),
            ("action_workbench_ask_manager", []),
        )
        for method, *arguments in calls:
            with self.assertRaises(AccessError, msg=method):
                getattr(as_auditor, method)(seen["version"], *arguments)
        with self.assertRaises(AccessError):
            self.env["b2b.workbench"].with_user(self.seller).get_list()

    def test_lines_of_another_company_are_out_of_reach(self):
        other = self._create_company(name="Other Bench")
        stranger = new_test_user(
            self.env, "bench stranger", groups=CLERK, company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        line = self._waiting_line(500.0, "out of reach")
        bench = self.env["b2b.workbench"].with_user(stranger).with_company(other)
        self.assertEqual(bench.get_list(words="out of reach")["total"], 0)
        with self.assertRaises(AccessError):
            bench.get_line(line.id)
        with self.assertRaises(AccessError):
            line.with_user(stranger).action_workbench_apply(line._workbench_version(), [])
