"""The table of bank lines and what must happen to them, checked in the ledger to the cent."""

from datetime import timedelta

from odoo.tests import tagged

from .cash_common import ACCOUNT, CashCommon


@tagged("post_install", "-at_install")
class TestCashTable(CashCommon):
    def test_exact_number_of_an_unknown_payer_is_applied(self):
        invoice = self._invoice(1190.0, "INV/2026/01071")
        line = self._line(1190.0, "Payment INV/2026/01071 thank you")
        self._match()
        self.assertEqual((line.b2b_state, line.b2b_automatic, line.is_reconciled), ("applied", True, True))
        self.assertEqual((invoice.amount_residual, invoice.payment_state), (0.0, "paid"))
        self.assertEqual(line.b2b_reason, "The text names INV/2026/01071 and the amount is exact.")
        self.assertEqual(line.partner_id, self.quark)
        self.assertIn("INV/2026/01071</mark>", line.b2b_text)
        decision = self.env["b2b.decision"].search(
            [("subject_model", "=", line._name), ("subject_id", "=", line.id), ("kind", "=", "match")]
        )
        self.assertEqual((decision.amount, decision.evidence["reason"]), (1190.0, "number_exact"))

    def test_fragment_of_a_number_with_another_amount_is_not_applied(self):
        invoice = self._invoice(5000.0, "INV/2026/01072")
        line = self._line(12.34, "01072")
        self._match()
        self.assertIn(line.b2b_state, ("proposed", "case"))
        self.assertEqual(invoice.amount_residual, 5000.0)
        self.assertFalse(line.is_reconciled)

    def test_known_payer_and_another_amount_is_not_applied(self):
        invoice = self._invoice(700.0)
        line = self._from_quark(55.0)
        self._match()
        self.assertNotEqual(line.b2b_state, "applied")
        self.assertEqual(invoice.amount_residual, 700.0)

    def test_policy_on_account_parks_what_is_not_explained(self):
        self.rule.b2b_park_on_account = True
        invoice = self._invoice(700.0)
        line = self._from_quark(55.0)
        self._match()
        self.assertEqual((line.b2b_state, line.is_reconciled), ("applied", True))
        self.assertEqual(invoice.amount_residual, 700.0)
        self.assertEqual(self._balance(self.company_data["default_account_receivable"]), 645.0)

    def test_a_name_that_two_partners_bear_is_a_tie(self):
        partners = self.env["res.partner"].create([{"name": "Quark Holding"}, {"name": "Quark Trading"}])
        invoices = [self._invoice(500.0, partner=partner) for partner in partners]
        line = self._line(500.0, partner_name="Quark")
        self._match()
        self.assertEqual(line.b2b_state, "case")
        self.assertEqual(self._case(line).type, "ambiguous")
        self.assertEqual([invoice.amount_residual for invoice in invoices], [500.0, 500.0])
        self.assertEqual(len(line.b2b_proposal_ids), 2)

    def test_exact_sum_of_one_set_is_applied_to_both(self):
        invoices = [self._invoice(100.0), self._invoice(200.0)]
        line = self._from_quark(300.0)
        self._match()
        self.assertEqual(line.b2b_state, "applied")
        self.assertEqual([invoice.amount_residual for invoice in invoices], [0.0, 0.0])

    def test_short_payment_is_partial_with_a_deduction(self):
        invoice = self._invoice(990.0, "INV/2026/00990")
        line = self._from_quark(975.0, "INV/2026/00990")
        self._match()
        self.assertEqual((line.b2b_state, line.is_reconciled), ("applied", True))
        self.assertEqual(invoice.amount_residual, 15.0)
        case = self._case(line)
        self.assertEqual((case.type, case.state, case.move_id), ("short", "open", invoice))
        self.assertEqual((case.amount_expected, case.amount_found, case.amount_difference), (990.0, 975.0, -15.0))

    def test_difference_within_tolerance_is_written_off(self):
        invoice = self._invoice(990.0, "INV/2026/00990")
        line = self._from_quark(989.5, "INV/2026/00990")
        self._match()
        self.assertEqual((line.b2b_state, invoice.amount_residual), ("applied", 0.0))
        self.assertEqual(self._balance(self.company.default_cash_difference_expense_account_id), 0.5)
        self.assertFalse(self._case(line))

    def test_overpayment_within_tolerance_is_income(self):
        invoice = self._invoice(990.0, "INV/2026/00990")
        self._from_quark(990.4, "INV/2026/00990")
        self._match()
        self.assertEqual(invoice.amount_residual, 0.0)
        self.assertEqual(self._balance(self.company.default_cash_difference_income_account_id), -0.4)

    def _discount_term(self, computation="excluded"):
        return self.env["account.payment.term"].create(
            {
                "name": "1 % in 10 days",
                "early_discount": True,
                "discount_percentage": 1.0,
                "discount_days": 10,
                "early_pay_discount_computation": computation,
                "line_ids": [(0, 0, {"value": "percent", "value_amount": 100.0, "nb_days": 30})],
            }
        )

    def test_discount_within_grace_days_is_granted(self):
        term = self._discount_term()
        invoice = self._invoice(
            990.0, "INV/2026/00990", day=self.day - timedelta(days=12), invoice_payment_term_id=term.id
        )
        line = self._from_quark(980.1, "INV/2026/00990")
        self._match()
        self.assertEqual((line.b2b_state, invoice.amount_residual), ("applied", 0.0))
        self.assertEqual(self._balance(self.company.account_journal_early_pay_discount_loss_account_id), 9.9)

    def test_discount_with_tax_corrects_the_tax(self):
        tax = self.percent_tax(10.0, price_include_override="tax_excluded")
        invoice = self._invoice(
            900.0,
            "INV/2026/00991",
            day=self.day - timedelta(days=2),
            invoice_payment_term_id=self._discount_term("included").id,
            invoice_line_ids=[(0, 0, {"name": "goods", "price_unit": 900.0, "tax_ids": tax.ids})],
        )
        self.assertEqual(invoice.amount_total, 990.0)
        line = self._from_quark(980.1, "INV/2026/00991")
        self._match()
        self.assertEqual((line.b2b_state, invoice.amount_residual), ("applied", 0.0))
        taxes = line.move_id.line_ids.filtered("tax_line_id")
        self.assertEqual((taxes.tax_line_id, round(taxes.balance, 2)), (tax, 0.9))
        self.assertEqual(self._balance(self.company.account_journal_early_pay_discount_loss_account_id), 9.0)

    def test_discount_taken_too_late_stays_open(self):
        invoice = self._invoice(
            990.0, "INV/2026/00990", invoice_payment_term_id=self._discount_term().id, day=self.day - timedelta(days=40)
        )
        line = self._from_quark(980.1, "INV/2026/00990")
        self._match()
        self.assertEqual((line.b2b_state, invoice.amount_residual), ("applied", 9.9))
        self.assertIn("too late", self._case(line).reason)

    def test_two_invoices_and_a_credit_note(self):
        moves = [self._invoice(500.0), self._invoice(300.0), self._invoice(-120.0)]
        line = self._from_quark(680.0)
        self._match()
        self.assertEqual(line.b2b_state, "applied")
        self.assertEqual([move.amount_residual for move in moves], [0.0, 0.0, 0.0])

    def test_overpayment_is_kept_on_account_and_flagged(self):
        invoice = self._invoice(990.0, "INV/2026/00990")
        line = self._from_quark(1000.0, "INV/2026/00990")
        self._match()
        self.assertEqual((line.b2b_state, line.is_reconciled, invoice.amount_residual), ("applied", True, 0.0))
        case = self._case(line)
        self.assertEqual((case.type, case.amount_expected, case.amount_found), ("over", 990.0, 1000.0))
        self.assertEqual(self._balance(self.company_data["default_account_receivable"]), -10.0)

    def test_second_payment_of_a_paid_invoice_is_flagged(self):
        self._invoice(990.0, "INV/2026/00990")
        first = self._from_quark(990.0, "INV/2026/00990")
        self._match()
        second = self._from_quark(990.0, "INV/2026/00990", date=self.day + timedelta(days=1))
        self._match()
        self.assertEqual((first.b2b_state, second.b2b_state), ("applied", "case"))
        self.assertEqual(self._case(second).type, "duplicate_payment")

    def test_unknown_payer_is_flagged(self):
        line = self._line(49.0, "thank you", partner_name="Erika Musterfrau")
        self._match()
        self.assertEqual((line.b2b_state, self._case(line).type), ("case", "unknown_payer"))

    def test_foreign_payment_is_booked_at_the_bank_amount(self):
        """1 000 euros were invoiced at 2 euros a dollar and paid when the bank gave 520 dollars for them."""
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        invoice = self._invoice(1000.0, "INV/2026/00077", currency=euro)
        self.assertEqual(invoice.amount_residual_signed, 500.0)
        line = self._from_quark(
            520.0,
            "INV/2026/00077",
            transaction_details={
                "text": "INV/2026/00077",
                "instructed_amount": "1000.00",
                "instructed_currency": "EUR",
            },
        )
        self._match()
        self.assertEqual((line.b2b_state, line.is_reconciled), ("applied", True))
        self.assertEqual((invoice.amount_residual, invoice.amount_residual_signed), (0.0, 0.0))
        self.assertEqual(self._balance(self.company_data["default_account_receivable"]), 0.0)
        self.assertEqual(self._balance(self.company.income_currency_exchange_account_id), -20.0)

    def test_line_of_a_foreign_account_for_an_invoice_at_home(self):
        """500 dollars are due; 1 010 euros come into the euro account: the 5 dollars more are exchange gain."""
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        journal = self.bank.copy({"name": "Euro Bank", "code": "EUB", "currency_id": euro.id, "bank_account_id": False})
        invoice = self._invoice(500.0, "INV/2026/00078")
        line = self._line(1010.0, "INV/2026/00078", journal=journal, account_number=ACCOUNT)
        self._match()
        self.assertEqual((line.b2b_state, line.is_reconciled, invoice.amount_residual), ("applied", True, 0.0))
        self.assertEqual(self._balance(self.company.income_currency_exchange_account_id), -5.0)
        self.assertEqual(self._balance(self.company_data["default_account_receivable"]), 0.0)

    def test_returned_payment_opens_the_invoice_again(self):
        invoice = self._invoice(990.0, "INV/2026/00990")
        paid = self._from_quark(
            990.0,
            "INV/2026/00990",
            b2b_end_to_end_id="E2E-990",
            transaction_details={"text": "INV/2026/00990", "end_to_end_id": "E2E-990"},
        )
        self._match()
        self.assertEqual(invoice.payment_state, "paid")
        returned = self._line(
            -990.0,
            "RETURN AC04",
            date=self.day + timedelta(days=3),
            transaction_details={"text": "RETURN AC04", "end_to_end_id": "E2E-990", "is_return": True},
        )
        self._match()
        self.assertEqual((invoice.amount_residual, invoice.payment_state), (990.0, "not_paid"))
        self.assertEqual((returned.b2b_state, returned.is_reconciled), ("applied", True))
        self.assertEqual(returned.b2b_reversed_line_id, paid)
        self.assertFalse(paid.b2b_corrected)
        self.assertEqual((self._case(returned).type, self._case(returned).move_id), ("returned", invoice))
        receivable = (paid + returned).move_id.line_ids.filtered(
            lambda item: item.account_id == self.company_data["default_account_receivable"]
        )
        self.assertTrue(all(receivable.mapped("reconciled")))
        self.assertEqual(self._balance(self.company_data["default_account_receivable"]), 990.0)

    def test_matching_twice_changes_nothing(self):
        self._invoice(990.0, "INV/2026/00990")
        self._from_quark(990.0, "INV/2026/00990")
        self._line(49.0, "thank you", partner_name="Erika Musterfrau")
        self.assertEqual(self._match(), 2)
        decisions = self.env["b2b.decision"].search_count([("kind", "=", "match")])
        items = self.env["account.move.line"].search_count([])
        self.assertEqual(self._match(), 0)
        self.assertEqual(self.env["b2b.decision"].search_count([("kind", "=", "match")]), decisions)
        self.assertEqual(self.env["account.move.line"].search_count([]), items)

    def test_a_line_that_cannot_be_booked_does_not_stop_the_others(self):
        self.company.default_cash_difference_expense_account_id = False
        self._invoice(990.0, "INV/2026/00990")
        other = self._invoice(100.0, "INV/2026/00100")
        bad = self._from_quark(989.5, "INV/2026/00990")
        good = self._from_quark(100.0, "INV/2026/00100")
        self._match()
        self.assertEqual((good.b2b_state, other.amount_residual), ("applied", 0.0))
        self.assertEqual((bad.b2b_state, bad.is_reconciled), ("case", False))
        self.assertIn("No account is set for differences", bad.b2b_reason)

    def test_bank_text_of_wildcards_matches_nothing(self):
        self._invoice(10.0)
        for text in ("%", "_", "\\", "a", ""):
            line = self._line(99.0, text or "/", partner_name=text)
            self._match()
            self.assertNotEqual(line.b2b_state, "applied", text)
