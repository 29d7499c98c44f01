"""Orders of the time before Odoo are there to be looked at: nothing is billed, and nothing counts."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .billing_common import BillingCommon


@tagged("post_install", "-at_install")
class TestHistory(BillingCommon):
    def setUp(self):
        super().setUp()
        self.past = self.order(confirm=False, b2b_history=True, state="sale")

    def test_nothing_is_left_to_bill(self):
        line = self.past.order_line
        self.assertEqual(
            (self.past.invoice_status, line.qty_to_invoice, line.amount_to_invoice, line.untaxed_amount_to_invoice),
            ("no", 0.0, 0.0, 0.0),
        )
        self.assertGreater(self.past.amount_total, 0)
        self.assertFalse(self.past.b2b_billing_open)
        self.assertEqual(self.past.b2b_billing_state, "nothing")
        self.assertIn("History", self.past.b2b_billing_reason or "History")

    def test_a_run_leaves_it_alone_and_bills_the_others(self):
        live = self.order()
        self.bill(self.past + live)
        self.assertFalse(self.past.invoice_ids)
        self.assertBilled(live)

    def test_nobody_bills_it_by_hand(self):
        with self.assertRaisesRegex(UserError, "history"):
            self.past._create_invoices()
        for method in ("delivered", "percentage"):
            wizard = self.env["sale.advance.payment.inv"].create(
                {
                    "sale_order_ids": [Command.set(self.past.ids)],
                    "advance_payment_method": method,
                    **({"amount": 10} if method == "percentage" else {}),
                }
            )
            with self.subTest(method=method), self.assertRaisesRegex(UserError, "history"):
                wizard.create_invoices()

    def test_a_payment_does_not_make_it_billable(self):
        self.past._force_lines_to_invoice_policy_order()
        self.assertEqual(self.past.order_line.qty_to_invoice, 0.0)

    def test_it_uses_up_no_credit(self):
        self.company.account_use_credit_limit = True
        customer = self.customer.with_company(self.company)
        before = customer.credit_to_invoice
        customer.invalidate_recordset()
        self.order(confirm=False, b2b_history=True, state="sale")
        self.assertEqual(customer.credit_to_invoice, before)

    def test_what_becomes_history_stops_being_billable(self):
        live = self.order()
        self.assertTrue(live.b2b_billing_open)
        live.sudo().b2b_history = True
        self.assertEqual((live.b2b_billing_open, live.invoice_status), (False, "no"))
