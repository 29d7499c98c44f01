"""Orders that waited, and what lets them go: a retry, a policy that came later, a down payment that is posted."""

from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .billing_common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingWaits(BillingCommon):
    def _set_aside(self, order, **values):
        def post(moves, soft=True):
            raise UserError("No ink")

        with patch.object(type(self.env["account.move"]), "_post", post):
            return self.result(self.bill(order, **values), order)

    def _between_closings(self):
        """A closing day that is neither today nor was missed."""
        today = fields.Date.today()
        self.policy.write(
            {
                "trigger": "schedule",
                "quantity": "ordered",
                "frequency": "weekly",
                "weekday": str((today.isoweekday() + 2) % 7 + 1),
                "closed_until": today,
            }
        )

    def test_retry_does_not_wait_for_the_next_closing_day(self):
        order = self.order()
        line = self._set_aside(order)
        self.assertEqual(line.state, "aside")
        self._between_closings()
        retry = self.env["b2b.billing.run"].browse(line.action_retry()["res_id"])
        self.assertRecordValues(retry.line_ids, [{"order_id": order.id, "state": "planned"}])
        retry.action_run()
        self.assertBilled(order)

    def test_retry_of_what_was_billed_since_is_refused(self):
        order = self.order()
        line = self._set_aside(order)
        retry = self.env["b2b.billing.run"].browse(line.action_retry()["res_id"])
        retry.action_run()
        order.order_line.product_uom_qty = 12
        with self.assertRaisesRegex(UserError, "billed since"):
            line.action_retry()

    def test_what_is_left_of_a_line_that_is_billed_as_delivered(self):
        """Ordered, delivered step by step and billed; more delivered than ordered, or returned before billing."""
        self.policy.trigger = "shipped"
        cases = (
            (10, [10], 10, False),
            (10, [12], 12, False),
            (10, [10, 7], 7, False),
            (10, [6, 4], 4, True),
            (10, [9], 9, True),
            (-5, [-5], -5, False),
            (-5, [-3], -3, True),
            (-5, [-7], -7, False),
        )
        for ordered, deliveries, billed, is_left in cases:
            with self.subTest(ordered=ordered, deliveries=deliveries):
                order = self.order([(ordered, 10.0)])
                for delivered in deliveries:
                    order.order_line.qty_delivered = delivered
                    self.env.flush_all()
                self.assertTrue(order.b2b_billing_open)
                self.bill(order)
                self.assertEqual((order.order_line.qty_invoiced, order.b2b_billing_open), (billed, is_left))
                self.assertEqual(order.b2b_billing_state == "waits", is_left)

    def test_return_after_billing_is_left_until_it_is_credited(self):
        self.policy.trigger = "shipped"
        order = self.order([(10, 10.0)])
        for delivered, is_left in ((10, False), (7, False), (12, False)):
            order.order_line.qty_delivered = delivered
            self.env.flush_all()
            self.assertTrue(order.b2b_billing_open)
            self.bill(order)
            self.assertEqual((order.order_line.qty_invoiced, order.b2b_billing_open), (delivered, is_left))

    def test_policy_of_the_company_that_came_after_the_order(self):
        self.company.b2b_billing_policy_id = False
        order = self.order()
        run = self.bill(order)
        self.assertEqual(self.result(run, order).code, "no_policy")
        self.company.b2b_billing_policy_id = self.policy
        self.bill(order)
        self.assertEqual(order.b2b_billing_policy_id, self.policy)
        self.assertBilled(order)

    def test_scheduled_plan_finds_the_policy_that_came_after_the_order(self):
        self.company.b2b_billing_policy_id = False
        order = self.order()
        self.company.b2b_billing_policy_id = self.policy
        runs = self.env["b2b.billing.run"].sudo()
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **kwargs: 60.0):
            runs._cron_plan()
            runs._cron_lane()
        self.assertBilled(order)

    def _down_payment(self, order):
        self.env["sale.advance.payment.inv"].with_context(active_ids=order.ids).create(
            {
                "advance_payment_method": "fixed",
                "fixed_amount": 59.5,
                "sale_order_ids": [Command.set(order.ids)],
            }
        ).create_invoices()
        return order.invoice_ids

    def test_order_waits_while_its_down_payment_is_a_draft(self):
        order = self.order([(10, 10.0)])
        down_payment = self._down_payment(order)
        line = self.result(self.bill(order), order)
        self.assertEqual((line.state, line.code), ("waits", "on_hold"))
        self.assertIn("down payment", line.reason)
        down_payment.action_post()
        self.bill(order)
        self.assertEqual(sorted(order.invoice_ids.mapped("amount_total")), [59.5, 59.5])

    def test_deleted_draft_down_payment_is_billed_with_the_order(self):
        order = self.order([(10, 10.0)])
        down_payment = self._down_payment(order)
        self.bill(order)
        down_payment.unlink()
        self.bill(order)
        self.assertEqual(order.invoice_ids.mapped("amount_total"), [119.0])
        self.assertBilled(order)

    def test_draft_final_invoice_does_not_hold_up_the_order(self):
        self.policy.auto_post = False
        order = self.order([(10, 10.0)])
        self._down_payment(order).action_post()
        self.bill(order)
        order.order_line.filtered(lambda line: not line.is_downpayment and not line.display_type).product_uom_qty = 12
        run = self.bill(order)
        self.assertEqual(self.result(run, order).state, "billed")
