"""What is owed less than was billed: on a credit note of its own at once, off the next invoice, or after a draft."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .billing_common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingReductions(BillingCommon):
    def lowered(self, lines=((10, 10.0), (3, 10.0))):
        """An order of two lines, billed, of which the first was lowered by 2 and the second raised by 2."""
        order = self.order(lines)
        self.bill(order)
        order.order_line[0].product_uom_qty -= 2
        order.order_line[1].product_uom_qty += 2
        return order

    def plan(self):
        runs = self.env["b2b.billing.run"].sudo()
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **kwargs: 60.0):
            runs._cron_plan()
            runs._cron_lane()

    def documents(self, orders, before=()):
        moves = orders.invoice_ids.filtered(lambda move: move not in before).sorted("id")
        return sorted((move.move_type, move.amount_untaxed) for move in moves)

    def test_one_order_gets_a_credit_note_and_an_invoice(self):
        order = self.lowered()
        before = order.invoice_ids
        run = self.bill(order)
        self.assertEqual(self.documents(order, before), [("out_invoice", 20.0), ("out_refund", 20.0)])
        self.assertEqual(set(run.move_ids.mapped("state")), {"posted"})
        self.assertEqual((run.planned_count, run.billed_count), (0, 1))
        self.assertEqual(self.result(run, order).move_id.move_type, "out_invoice")
        self.assertBilled(order)
        self.bill(order)
        self.assertEqual(len(order.invoice_ids), 3)

    def test_orders_on_one_invoice_get_a_credit_note_beside_it(self):
        self.policy.grouping = "all"
        lowered, both, new = self.order([(10, 10.0)]), self.lowered(), self.order([(4, 10.0)])
        self.bill(lowered)
        lowered.order_line.product_uom_qty = 7
        orders = lowered + both + new
        before = orders.invoice_ids
        run = self.bill(orders)
        self.assertEqual(self.documents(orders, before), [("out_invoice", 60.0), ("out_refund", 50.0)])
        self.assertEqual(sorted(run.line_ids.mapped("group_size")), [0, 0, 3])
        self.assertEqual(set(run.line_ids.mapped("state")), {"billed"})
        self.assertBilled(orders)

    def test_down_payment_left_is_paid_back_once(self):
        self.policy.trigger = "shipped"
        order = self.order([(10, 10.0), (3, 10.0)])
        self.env["sale.advance.payment.inv"].with_context(active_ids=order.ids).create(
            {
                "advance_payment_method": "fixed",
                "fixed_amount": 119.0,
                "sale_order_ids": [Command.set(order.ids)],
            }
        ).create_invoices()
        order.invoice_ids.action_post()
        first, second = order.order_line.filtered(lambda line: line.product_id == self.goods)
        first.qty_delivered, second.qty_delivered = 3, 3
        self.bill(order)
        first.product_uom_qty = 3
        first.qty_delivered, second.qty_delivered = 3, 5
        self.bill(order)
        down_payment = order.order_line.filtered(lambda line: line.is_downpayment and not line.display_type)
        self.assertEqual(down_payment.qty_invoiced, 0.0)
        total = sum(-move.direction_sign * move.amount_untaxed for move in order.invoice_ids)
        self.assertAlmostEqual(total, 80.0, 2)

    def test_credit_note_that_fails_is_told_beside_the_invoice(self):
        order = self.lowered()
        before = order.invoice_ids

        def refuse(moves):
            raise UserError("No credit today")

        with patch.object(type(self.env["account.move"]), "action_switch_move_type", refuse):
            run = self.bill(order)
        self.assertEqual(self.documents(order, before), [("out_invoice", 20.0)])
        self.assertEqual((self.result(run, order).state, self.result(run, order).reason), ("aside", "No credit today"))
        self.assertEqual(self.result(run, order).move_id, order.invoice_ids - before)
        case = self.env["b2b.discrepancy"].search([("order_id", "=", order.id), ("state", "=", "open")])
        self.assertEqual(case.type, "billing_error")
        retry = self.env["b2b.billing.run"].browse(self.result(run, order).action_retry()["res_id"])
        retry.action_run()
        self.assertBilled(order)

    def test_nothing_is_credited_while_the_invoice_is_a_draft(self):
        for raise_draft in (False, True):
            order = self.order([(10, 10.0)])
            draft = order._create_invoices()
            if raise_draft:
                draft.invoice_line_ids.quantity = 12
            else:
                order.order_line.product_uom_qty = 8
            run = self.bill(order)
            self.assertEqual((self.result(run, order).state, self.result(run, order).code), ("waits", "draft_invoice"))
            self.assertIn("draft", order.b2b_billing_reason)
            self.assertEqual(order.invoice_ids, draft)
            draft.action_post()
            self.bill(order)
            self.assertEqual(self.documents(order, draft), [("out_refund", 20.0)])
            self.assertBilled(order)

    def test_draft_of_a_run_holds_up_its_reduction_too(self):
        self.policy.auto_post = False
        order = self.order([(10, 10.0), (3, 10.0)])
        self.bill(order)
        draft = order.invoice_ids
        order.order_line[0].product_uom_qty = 8
        order.order_line[1].product_uom_qty = 5
        run = self.bill(order)
        self.assertEqual(self.documents(order, draft), [("out_invoice", 20.0)])
        self.assertIn("draft", self.result(run, order).reason)

    def test_reduction_waits_its_days_though_new_items_stay_below_the_minimum(self):
        self.policy.write({"grouping": "all", "late_change": "next_invoice", "credit_after_days": 10})
        order = self.order([(10, 10.0)])
        self.bill(order)
        before = order.invoice_ids
        self.policy.minimum_amount = 100.0
        order.order_line.product_uom_qty = 8
        small = self.order([(9, 10.0)])
        self.plan()
        self.assertEqual((order + small).mapped("b2b_billing_state"), ["waits", "waits"])
        self.assertEqual(order.b2b_reduced_since, fields.Date.today())
        self.assertFalse(small.b2b_reduced_since)
        order.b2b_reduced_since = fields.Date.today() - timedelta(days=11)
        self.plan()
        self.assertEqual(self.documents(order + small, before), [("out_refund", 20.0)])
        self.assertFalse(small.invoice_ids)
