"""Cases about the billing of orders: settled when their cause is gone, opened when a billed order is cancelled."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .billing_common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingCases(BillingCommon):
    def cases(self, orders):
        cases = self.env["b2b.discrepancy"].search([("order_id", "in", orders.ids)])
        return cases.sorted(lambda case: case.order_id.id)

    def plan(self):
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **kwargs: 60.0):
            self.env["b2b.billing.run"].sudo()._cron_plan()

    def set_aside(self, orders):
        def post(moves, soft=True):
            raise UserError("No ink")

        with patch.object(type(self.env["account.move"]), "_post", post):
            self.bill(orders)

    def test_order_without_po_number_that_a_person_bills_or_cancels(self):
        self.policy.po_required = True
        by_hand, cancelled, waiting = self.order(), self.order(), self.order()
        self.plan()
        orders = by_hand + cancelled + waiting
        self.assertEqual(self.cases(orders).mapped("state"), ["open"] * 3)
        by_hand._create_invoices().action_post()
        cancelled._action_cancel()
        self.plan()
        self.assertEqual(self.cases(orders).mapped("state"), ["solved", "solved", "open"])
        self.assertIn("left to bill", self.cases(by_hand).outcome)

    def test_order_set_aside_that_a_person_bills_or_cancels(self):
        orders = self.order() + self.order()
        self.set_aside(orders)
        self.assertEqual(self.cases(orders).mapped("type"), ["billing_error"] * 2)
        orders[0]._create_invoices().action_post()
        orders[1]._action_cancel()
        self.plan()
        self.assertEqual(self.cases(orders).mapped("state"), ["solved"] * 2)

    def test_billed_order_that_is_cancelled_is_told_with_what_was_billed(self):
        billed, shared, new = self.order([(10, 10.0)]), self.order([(2, 10.0)]), self.order()
        self.policy.grouping = "all"
        self.bill(billed + shared)
        draft = new._create_invoices()
        (billed + new)._action_cancel()
        case = self.cases(billed + new)
        self.assertEqual(draft.state, "cancel")
        self.assertRecordValues(
            case,
            [
                {
                    "order_id": billed.id,
                    "type": "order_change",
                    "blocking": False,
                    "state": "open",
                    "amount_expected": 0.0,
                    "amount_found": 119.0,
                }
            ],
        )
        self.assertIn(billed.invoice_ids.name, case.reason)

    def test_cancelled_order_is_settled_when_it_is_credited(self):
        order = self.order([(10, 10.0)])
        self.bill(order)
        order._action_cancel()
        self.plan()
        self.assertEqual(self.cases(order).state, "open")
        order.invoice_ids._reverse_moves().action_post()
        self.plan()
        self.assertEqual(self.cases(order).state, "solved")

    def test_cancelled_order_is_settled_when_it_is_taken_up_again(self):
        order = self.order([(10, 10.0)])
        self.bill(order)
        order._action_cancel()
        order.action_draft()
        self.assertEqual(self.cases(order).state, "solved")
