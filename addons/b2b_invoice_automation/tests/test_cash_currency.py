"""Payments across currencies: what is applied, what the exchange is worth, and that nothing is stranded or kept.

The company counts in dollars. A dollar was 2 euros and half a pound when the invoices were written, and is 2.5 euros
when they are paid.
"""

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..order_to_cash.cash import Allocation
from ..order_to_cash.money import to_decimal
from .cash_common import ACCOUNT, CashCommon

# name: bank account in, invoice in and over, bank amount, what the bank says was ordered, foreign columns of the line,
#       open on the invoice afterwards (its currency, dollars), exchange gain in dollars (negative: loss)
CASES = {
    "euros ordered, booked in dollars": ("USD", "EUR", 1000.0, 520.0, ("1000.00", "EUR"), None, (0.0, 0.0), 20.0),
    "euros on the line itself": ("USD", "EUR", 1000.0, 480.0, None, ("EUR", 1000.0), (0.0, 0.0), -20.0),
    "dollars only, near the rate of the day": ("USD", "EUR", 1000.0, 404.0, None, None, (0.0, 0.0), -96.0),
    "dollars ordered for a dollar invoice": ("USD", "USD", 500.0, 500.0, ("500.00", "USD"), None, (0.0, 0.0), 0.0),
    "euro account, euro invoice": ("EUR", "EUR", 1000.0, 1000.0, None, None, (0.0, 0.0), -100.0),
    "euro account, dollar invoice": ("EUR", "USD", 500.0, 1255.0, None, None, (0.0, 0.0), 2.0),
    "euro account, dollars ordered": ("EUR", "USD", 500.0, 1262.5, ("500.00", "USD"), None, (0.0, 0.0), 5.0),
    "euro account, pounds ordered": ("EUR", "GBP", 100.0, 450.0, ("100.00", "GBP"), None, (0.0, 0.0), -20.0),
    "euro account, a part of the pounds": ("EUR", "GBP", 100.0, 427.5, ("95.00", "GBP"), None, (5.0, 10.0), -19.0),
    "euros ordered, short by a part": ("USD", "EUR", 1000.0, 494.0, ("950.00", "EUR"), None, (50.0, 25.0), 19.0),
}


@tagged("post_install", "-at_install")
class TestCashCurrency(CashCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        euro = cls.setup_other_currency("EUR", rates=[("2026-01-01", 2.0), ("2026-03-10", 2.5)])
        pound = cls.setup_other_currency("GBP", rates=[("2026-01-01", 0.5)])
        cls.currencies = {"USD": cls.company.currency_id, "EUR": euro, "GBP": pound}
        cls.journals = {
            "USD": cls.bank,
            "EUR": cls.bank.copy({"name": "Euro", "code": "EUB", "currency_id": euro.id, "bank_account_id": False}),
        }

    def _gain(self):
        income, expense = (
            self.company.income_currency_exchange_account_id,
            self.company.expense_currency_exchange_account_id,
        )
        return round(-self._balance(income) - (self._balance(expense) if expense != income else 0.0), 2)

    def _case_of(self, number, case):
        account, currency, due, amount, ordered, foreign, *_expected = case
        name = f"INV/2026/{number:05d}"
        invoice = self._invoice(due, name, currency=self.currencies[currency])
        values = {}
        if ordered:
            values["transaction_details"] = {
                "text": name,
                "instructed_amount": ordered[0],
                "instructed_currency": ordered[1],
            }
        if foreign:
            values |= {"foreign_currency_id": self.currencies[foreign[0]].id, "amount_currency": foreign[1]}
        line = self._line(amount, name, journal=self.journals[account], account_number=ACCOUNT, **values)
        return invoice, line

    def test_each_case_to_the_cent_and_undone_without_a_trace(self):
        receivable = self.company_data["default_account_receivable"]
        for number, (name, case) in enumerate(CASES.items(), 71):
            with self.subTest(name):
                before, owed = self._gain(), self._balance(receivable)
                invoice, line = self._case_of(number, case)
                at_first = (invoice.amount_residual, invoice.amount_residual_signed)
                self._match()
                open_then, gain = case[6:]
                self.assertEqual((line.b2b_state, line.is_reconciled), ("applied", True), line.b2b_reason)
                self.assertEqual((invoice.amount_residual, invoice.amount_residual_signed), open_then)
                self.assertEqual(round(self._gain() - before, 2), gain)
                self.assertEqual(round(self._balance(receivable) - owed, 2), open_then[1])
                line.action_b2b_undo()
                self._check_ledger()
                self.assertEqual((invoice.amount_residual, invoice.amount_residual_signed), at_first)
                self.assertEqual((round(self._gain() - before, 2), line.is_reconciled), (0.0, False))
                self.assertEqual(round(self._balance(receivable) - owed, 2), at_first[1])

    def test_far_from_the_rate_of_the_day_is_left_to_a_person(self):
        invoice = self._invoice(1000.0, "INV/2026/00099", currency=self.currencies["EUR"])
        line = self._line(520.0, "INV/2026/00099", account_number=ACCOUNT)
        self._match()
        self.assertNotEqual(line.b2b_state, "applied")
        self.assertEqual((invoice.amount_residual, self._gain()), (1000.0, 0.0))

    def test_a_return_undoes_the_exchange_difference_as_well(self):
        invoice = self._invoice(1000.0, "INV/2026/00098", currency=self.currencies["EUR"])
        details = {"instructed_amount": "1000.00", "instructed_currency": "EUR", "end_to_end_id": "E2E-98"}
        values = {"b2b_end_to_end_id": "E2E-98", "account_number": ACCOUNT}
        paid = self._line(520.0, "x", transaction_details={"text": "INV/2026/00098", **details}, **values)
        self._match()
        self.assertEqual((paid.b2b_state, self._gain()), ("applied", 20.0))
        back = self._line(-520.0, "back", transaction_details={"text": "", **details, "is_return": True}, **values)
        self._match()
        self.assertEqual((back.b2b_reversed_line_id, back.is_reconciled), (paid, True))
        self.assertEqual((invoice.amount_residual, invoice.amount_residual_signed, self._gain()), (1000.0, 500.0, 0.0))
        self.assertEqual(self._balance(self.company_data["default_account_receivable"]), 500.0)

    def test_without_a_rate_nothing_is_applied(self):
        franc = self.env.ref("base.CHF")
        franc.active = True
        franc.rate_ids.unlink()
        invoice = self._invoice(500.0, "INV/2026/00500", currency=franc)
        line = self._line(500.0, "INV/2026/00500", account_number=ACCOUNT)
        self._match()
        self.assertEqual((line.is_reconciled, invoice.amount_residual), (False, 500.0))
        self.assertIn(line.b2b_state, ("case", "proposed"))
        item = invoice.line_ids.filtered(lambda one: one.display_type == "payment_term")
        self.assertEqual(line._b2b_waiting_in(franc), 0)
        with self.assertRaisesRegex(UserError, "no exchange rate.*CHF.*03/16/2026.*Enter"):
            line._b2b_apply_by_hand([Allocation(item.id, to_decimal(500.0))], franc)
        franc.rate_ids.create({"currency_id": franc.id, "name": "2026-03-16", "rate": 1.01})
        line.action_b2b_match_again()
        self.assertEqual((line.b2b_state, invoice.payment_state), ("applied", "paid"))
        self._check_ledger()
