"""What a payment leaves open: deductions of several documents, rests of what is accepted, and outcomes taken back."""

from odoo import fields
from odoo.tests import new_test_user, tagged

from .test_workbench import CLERK, WorkbenchCommon


@tagged("post_install", "-at_install")
class TestCashRests(WorkbenchCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.expense = cls.company.default_cash_difference_expense_account_id
        cls.income = cls.company.default_cash_difference_income_account_id

    def _open_cases(self, line):
        return self._case(line).filtered(lambda one: one.state == "open")

    def _facts(self, line):
        return (
            line.b2b_state,
            line.b2b_automatic,
            line.b2b_corrected,
            line.is_reconciled,
            line.b2b_reason,
            self._open_cases(line).mapped(lambda case: (case.type, case.move_id.name, case.amount_difference)),
        )

    def _stays(self, *lines):
        before = [self._facts(line) for line in lines]
        self._match()
        self.assertEqual([self._facts(line) for line in lines], before)

    def _remitted(self, amounts):
        """A payment whose remittance list says how much is paid of which document."""
        documents = [{"number": move.name, "amount": str(amount)} for move, amount in amounts.items()]
        return self._from_quark(
            sum(amounts.values()), "see list", transaction_details={"text": "see list", "remitted_documents": documents}
        )

    # -- several documents, each paid in part --------------------------------------------------------------------------

    def test_each_document_that_is_paid_in_part_has_a_case_that_can_be_settled(self):
        first, second, third = (self._invoice(amount) for amount in (500.0, 300.0, 70.0))
        line = self._remitted({first: 480.0, second: 290.0, third: 70.0})
        self._match()
        self.assertEqual((line.b2b_state, first.amount_residual, second.amount_residual), ("applied", 20.0, 10.0))
        cases = self._open_cases(line).sorted("amount_difference")
        self.assertEqual(
            [(case.move_id, case.amount_expected, case.amount_found, case.amount_difference) for case in cases],
            [(first, 500.0, 480.0, -20.0), (second, 300.0, 290.0, -10.0)],
        )
        self._stays(line)
        cases[0].with_user(self.manager).action_outcome_credit()
        self._check_ledger()
        self.assertEqual((first.payment_state, second.amount_residual), ("paid", 10.0))
        self.assertEqual((cases[0].outcome_move_id.amount_total, cases[1].state), (20.0, "open"))
        cases[1].with_user(self.manager).action_outcome_write_off()
        self._check_ledger()
        self.assertEqual((second.payment_state, self._balance(self.expense)), ("paid", 10.0))
        self.assertEqual(self._balance(self.receivable), 0.0)
        self._stays(line)

    def test_none_of_them_is_dunned_while_its_case_is_open(self):
        level = {"name": "Reminder", "days": 1, "text": "Please pay.", "company_id": self.company.id}
        self.env["b2b.dunning.level"].create(level)
        first, second = self._invoice(500.0), self._invoice(300.0)
        today = fields.Date.add(fields.Date.context_today(self.env["b2b.discrepancy"]), days=40)
        self.assertTrue(self.quark._b2b_dunning(self.company, today))
        line = self._remitted({first: 480.0, second: 290.0})
        self._match()
        self.assertFalse(self.quark._b2b_dunning(self.company, today))
        case = self._open_cases(line)[0]
        case.with_user(self.manager).action_accept()
        [(items, _credit)] = self.quark._b2b_dunning(self.company, today).values()
        self.assertEqual([item.line.move_id for item in items], [case.move_id])

    def test_undoing_the_payment_closes_all_its_cases(self):
        first, second = self._invoice(500.0), self._invoice(300.0)
        line = self._remitted({first: 480.0, second: 290.0})
        self._match()
        line.with_user(self.clerk).action_b2b_undo()
        self.assertFalse(self._open_cases(line))
        self._stays(line)

    def test_a_credit_that_is_used_in_part_is_no_deduction(self):
        invoice, credit = self._invoice(500.0), self._invoice(-120.0)
        line = self._remitted({invoice: 480.0, credit: -50.0})
        self._match()
        self.assertEqual((invoice.amount_residual, credit.amount_residual), (20.0, 70.0))
        self.assertEqual(self._open_cases(line).mapped("move_id"), invoice)

    def test_a_deduction_by_hand_that_leaves_an_item_unpaid_has_two_cases(self):
        first, second = self._invoice(300.0), self._invoice(100.0)
        line = self._waiting_line(250.0)
        self._apply(line, first | second, {"to": "deduction", "reason": "goods"})
        self.assertEqual((first.amount_residual, second.amount_residual, line.is_reconciled), (50.0, 100.0, True))
        cases = self._open_cases(line)
        self.assertEqual(
            {case.move_id: (case.amount_difference, case.deduction_reason) for case in cases},
            {first: (-50.0, "goods"), second: (-100.0, "goods")},
        )
        self._stays(line)

    def test_a_case_is_closed_when_a_rule_applies_its_line_later(self):
        line = self._from_quark(500.0, "INV/2026/00777")
        self._match()
        line.with_user(self.clerk).action_b2b_flag()
        self.assertTrue(self._open_cases(line))
        self._invoice(500.0, "INV/2026/00777")
        line.sudo()._write_b2b({"b2b_state": "new"})
        self._match()
        self.assertEqual((line.b2b_state, len(self._open_cases(line))), ("applied", 0))

    # -- outcomes taken back leave the bank line alone -----------------------------------------------------------------

    def _overpaid(self, paid):
        self._invoice(500.0, "INV/2026/00500")
        line = self._from_quark(paid, "INV/2026/00500")
        self._match()
        case = self._open_cases(line)
        self.assertEqual((line.b2b_state, case.type), ("applied", "over"))
        return line, case

    def test_a_write_off_taken_back_leaves_the_payment_applied(self):
        line, case = self._overpaid(503.0)
        before = self._facts(line)
        case.with_user(self.clerk).action_outcome_write_off()
        self._stays(line)
        case.with_user(self.clerk).action_outcome_undo()
        self._check_ledger()
        self.assertEqual((self._facts(line), self._balance(self.receivable)), (before, -3.0))
        self._stays(line)
        self.assertEqual((case.state, case.allowed_outcomes), ("open", "refund account write_off reallocate"))

    def test_a_refund_taken_back_leaves_the_payment_applied(self):
        line, case = self._overpaid(520.0)
        before = self._facts(line)
        case.with_user(self.manager).action_outcome_refund()
        self._stays(line)
        case.with_user(self.manager).action_outcome_undo()
        self._check_ledger()
        self.assertEqual((self._facts(line), self._balance(self.receivable)), (before, -20.0))
        self._stays(line)
        self.assertEqual(case.state, "open")

    def test_undoing_a_line_leaves_the_line_whose_credit_it_used(self):
        kept = self._waiting_line(100.0, "first", partner_name="Q. Payments Ltd")
        kept.with_user(self.clerk).action_workbench_payer(self._seen(kept)["version"], self.quark.id)
        self._apply(kept, (), {"to": "account"})
        credit = kept.move_id.line_ids.filtered(lambda item: item.account_id == self.receivable)
        back = self._waiting_line(-100.0, "paid back")
        version = self._seen(back)["version"]
        back.with_user(self.clerk).action_workbench_apply(version, [{"item": credit.id, "amount": "-100.00"}])
        self.assertEqual((credit.reconciled, self._balance(self.receivable)), (True, 0.0))
        before = self._facts(kept)
        back.with_user(self.clerk).action_workbench_undo(self._seen(back)["version"])
        self._check_ledger()
        self.assertEqual((self._facts(kept), credit.reconciled), (before, False))
        self.assertTrue(self.env["b2b.payer.alias"].search([("statement_line_id", "=", kept.id)]))
        self.assertEqual((back.b2b_state, back.is_reconciled), ("case", False))
        self._stays(kept, back)

    # -- rests of what is accepted -------------------------------------------------------------------------------------

    def test_accepting_a_short_payment_in_the_list_keeps_its_deduction(self):
        self.rule.trigger = "manual"
        invoice = self._invoice(990.0, "INV/2026/00990")
        line = self._from_quark(950.0, "INV/2026/00990 less bank charges")
        self._match()
        self.assertEqual(line.b2b_state, "case")
        line.with_user(self.clerk).action_b2b_accept()
        self._check_ledger()
        self.assertEqual((invoice.amount_residual, line.b2b_state, line.is_reconciled), (40.0, "manual", True))
        case = self._open_cases(line)
        self.assertEqual((case.type, case.move_id, case.amount_difference), ("short", invoice, -40.0))
        self.assertEqual((case.user_id, case.deduction_reason), (self.clerk, "bank_charge"))
        self.assertIn("INV/2026/00990", case.reason)
        self._stays(line)

    def test_accepting_an_overpayment_in_the_form_keeps_what_is_too_much(self):
        self.rule.trigger = "manual"
        invoice = self._invoice(500.0, "INV/2026/00500")
        line = self._from_quark(520.0, "INV/2026/00500")
        self._match()
        line.b2b_proposal_ids[0].with_user(self.clerk).action_accept()
        self._check_ledger()
        self.assertEqual((invoice.payment_state, line.b2b_state, line.is_reconciled), ("paid", "manual", True))
        self.assertEqual(self._balance(self.receivable), -20.0)
        case = self._open_cases(line)
        self.assertEqual((case.type, case.amount_difference, case.user_id), ("over", 20.0, self.clerk))
        self._stays(line)
        case.with_user(self.manager).action_outcome_refund()
        self._check_ledger()
        self.assertEqual((case.payment_id.amount, self._balance(self.receivable)), (20.0, 0.0))

    def test_what_a_proposal_leaves_over_stays_to_do(self):
        invoice = self._invoice(500.0, partner=self.env["res.partner"].create({"name": "Somebody Else"}))
        line = self._waiting_line(800.0, "x")
        proposal = {"item": self._item(invoice).id, "amount": "500"}
        self.env["b2b.match.proposal"].sudo().create(
            {"statement_line_id": line.id, "allocations": [proposal], "currency_id": line.currency_id.id, "score": 70}
        )
        line.with_user(self.clerk).action_b2b_accept()
        self._check_ledger()
        self.assertEqual((invoice.payment_state, line.b2b_state, line.b2b_open_amount), ("paid", "case", 300.0))
        self.assertIn("300.00 is left to be explained", line.b2b_reason)
        self._stays(line)
        seen = self._seen(line)
        self.assertEqual(
            (seen["waiting"], [part["amount"] for part in seen["applied"]]), ({line.currency_id.id: 300.0}, [500.0])
        )
        bench = self.env["b2b.workbench"].with_user(self.clerk)
        self.assertIn(line.id, [one["id"] for one in bench.get_list("todo", words="800")["lines"]])
        rest = self._invoice(300.0)
        self._apply(line, rest)
        self.assertEqual((rest.payment_state, line.b2b_state, line.is_reconciled), ("paid", "manual", True))
        line.with_user(self.clerk).action_workbench_undo(self._seen(line)["version"])
        self._check_ledger()
        self.assertEqual((invoice.amount_residual, rest.amount_residual), (500.0, 300.0))

    def test_a_rest_left_in_the_dialog_stays_to_do_and_is_undone_in_one_step(self):
        invoice = self._invoice(500.0)
        line = self._waiting_line(800.0, "x", partner_name="Q. Payments Ltd")
        wizard = self.env["b2b.apply.payment"].with_user(self.clerk)._open_for(line.with_user(self.clerk))
        wizard.partner_id = self.quark
        wizard._load_items()
        wizard.line_ids.amount = 500.0
        wizard.action_apply()
        self._check_ledger()
        self.assertEqual((invoice.payment_state, line.b2b_state, line.b2b_open_amount), ("paid", "case", 300.0))
        self._stays(line)
        line.with_user(self.clerk).action_workbench_undo(self._seen(line)["version"])
        self._check_ledger()
        self.assertEqual((invoice.amount_residual, line.b2b_open_amount), (500.0, 800.0))
        self.assertIn("Undone by", line.b2b_reason)
        self.assertFalse(self.env["b2b.payer.alias"].search([("statement_line_id", "=", line.id)]))

    # -- owners --------------------------------------------------------------------------------------------------------

    def test_a_case_belongs_to_the_salesperson_else_to_whom_the_company_names(self):
        owner = new_test_user(self.env, "case owner", groups=CLERK, company_id=self.company.id)
        self.company.b2b_case_owner_id = owner
        self.assertEqual(self._open_cases(self._waiting_line(77.0, "?")).user_id, owner)
        self.quark.user_id = self.seller
        over = self._from_quark(60.0, "INV/2026/00111")
        self._invoice(50.0, "INV/2026/00111", invoice_user_id=False)
        self._match()
        self.assertEqual(self._open_cases(over).user_id, self.seller)
        short = self._from_quark(950.0, "INV/2026/00112")
        self._invoice(990.0, "INV/2026/00112", invoice_user_id=self.manager.id)
        self._match()
        self.assertEqual(self._open_cases(short).user_id, self.manager)

    def test_nobody_gets_a_case_that_he_may_not_see(self):
        owner = new_test_user(self.env, "case owner", groups=CLERK, company_id=self.company.id)
        self.company.b2b_case_owner_id = owner
        stranger = new_test_user(self.env, "no sales", groups="base.group_user", company_id=self.company.id)
        other = self._create_company(name="Other Owners")
        absent = new_test_user(
            self.env, "elsewhere", groups=CLERK, company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        for number, user in enumerate((stranger, absent)):
            self.quark.user_id = user
            line = self._from_quark(950.0, f"INV/2026/0012{number}")
            self._invoice(990.0, f"INV/2026/0012{number}", invoice_user_id=False)
            self._match()
            self.assertEqual(self._open_cases(line).user_id, owner, user.name)

    # -- payers --------------------------------------------------------------------------------------------------------

    def test_an_account_that_a_person_uses_for_a_second_customer_names_neither_alone(self):
        account = "FR7630006000011234567890189"
        other = self.env["res.partner"].create({"name": "Somebody Else GmbH", "is_company": True})
        self._apply(self._waiting_line(500.0, "one", account_number=account), self._invoice(500.0))
        self._apply(self._waiting_line(300.0, "two", account_number=account), self._invoice(300.0, partner=other))
        aliases = self.env["b2b.payer.alias"].search([("kind", "=", "account"), ("name", "=", account)])
        self.assertEqual(aliases.partner_id, self.quark | other)
        invoice = self._invoice(77.0)
        line = self._line(77.0, "three", account_number=account)
        self._match()
        self.assertNotEqual(line.b2b_state, "applied")
        self.assertEqual(invoice.amount_residual, 77.0)

    def test_a_disputed_invoice_is_not_the_oldest(self):
        self.rule.b2b_use_oldest = True
        disputed, later = self._invoice(500.0), self._invoice(400.0, day=self.day)
        short = self._waiting_line(480.0, "paid in part")
        self._apply(short, disputed, {"to": "deduction"})
        case = self._open_cases(short)
        first = self._from_quark(15.0)
        self._match()
        self.assertEqual((first.b2b_state, disputed.amount_residual, later.amount_residual), ("applied", 20.0, 385.0))
        case.with_user(self.clerk).action_accept()
        second = self._from_quark(16.0)
        self._match()
        self.assertEqual((second.b2b_state, disputed.amount_residual, later.amount_residual), ("applied", 4.0, 385.0))

    def test_a_company_below_a_holding_is_a_customer_of_its_own(self):
        holding = self.env["res.partner"].create({"name": "Quark Holding SE", "is_company": True})
        tag = self.env["res.partner.category"].create({"name": "Key accounts"})
        self.quark.write({"parent_id": holding.id, "category_id": [(4, tag.id)]})
        self.assertEqual(self.quark.commercial_partner_id, self.quark)
        self.rule.b2b_category_ids = tag
        self.assertIn(self.quark.id, self.rule._b2b_payers())
        advice = self.env["b2b.remittance"].create(
            {"name": "ZA-1", "way": "mail", "state": "expected", "date": self.day, "payer_name": self.quark.name}
        )
        advice._look_up()
        self.assertEqual(advice.partner_id, self.quark)
        invoice = self._invoice(500.0)
        line = self._from_quark(500.0, "thanks")
        self._match()
        self.assertEqual((line.b2b_state, invoice.payment_state), ("applied", "paid"))
