"""What billing runs bill, what they leave waiting and why, and that nothing is billed twice."""

from unittest.mock import patch

from psycopg2.errors import SerializationFailure, UniqueViolation

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .billing_common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingRun(BillingCommon):
    def test_order_is_billed_and_posted(self):
        order = self.order([(10, 10.0), (3, 7.33)], po="PO-1")
        run = self.bill(order)
        move = order.invoice_ids
        self.assertRecordValues(
            move,
            [
                {
                    "state": "posted",
                    "move_type": "out_invoice",
                    "amount_untaxed": 121.99,
                    "amount_tax": 23.18,
                    "amount_total": 145.17,
                    "ref": "PO-1",
                    "purchase_order_reference": "PO-1",
                    "b2b_billing_run_id": run.id,
                    "b2b_billing_policy_id": self.policy.id,
                    "invoice_origin": order.name,
                    "b2b_deliver": True,
                }
            ],
        )
        self.assertRecordValues(
            run,
            [
                {
                    "state": "done",
                    "billed_count": 1,
                    "aside_count": 0,
                    "planned_count": 0,
                    "move_count": 1,
                    "amount_billed": 145.17,
                    "progress": 100.0,
                }
            ],
        )
        self.assertEqual(set(move.invoice_line_ids.mapped("b2b_po_number")), {"PO-1"})
        self.assertBilled(order)
        self.assertFalse(order.b2b_billing_open)
        self.assertEqual(order.b2b_billing_state, "billed")
        decision = self.env["b2b.decision"].search(
            [("subject_model", "=", "account.move"), ("subject_id", "=", move.id)]
        )
        self.assertRecordValues(decision, [{"kind": "billing", "amount": 145.17}])
        self.assertEqual(decision.evidence["orders"], [order.name])

    def test_second_run_bills_nothing(self):
        order = self.order()
        self.bill(order)
        again = self.bill(order)
        self.assertFalse(again.line_ids)
        self.assertEqual(again.state, "done")
        self.assertEqual(len(order.invoice_ids), 1)

    def test_preview_bills_nothing_and_says_why_the_rest_waits(self):
        due, held, unconfirmed = self.order(), self.order(), self.order(confirm=False)
        self.env["b2b.discrepancy"]._flag(
            [
                {
                    "key": "t",
                    "type": "order_total",
                    "name": "Total differs",
                    "company_id": self.company.id,
                    "order_id": held.id,
                    "blocking": True,
                }
            ]
        )
        run = self.env["b2b.billing.run"].create({"order_ids": [Command.set((due + held + unconfirmed).ids)]})
        run.action_preview()
        self.assertRecordValues(
            run.line_ids.sorted("id"),
            [
                {"order_id": due.id, "state": "planned", "code": False, "amount_net": 100.0},
                {"order_id": held.id, "state": "waits", "code": "on_hold", "amount_net": 0.0},
            ],
        )
        self.assertEqual(self.result(run, held).reason, "Total differs")
        self.assertFalse((due + held).invoice_ids)
        self.assertEqual(due.b2b_billing_state, "due")
        self.assertEqual((held.b2b_billing_state, held.b2b_billing_reason), ("waits", "Total differs"))
        found = self.env["sale.order"].search([("b2b_billing_state", "=", "waits"), ("id", "in", (due + held).ids)])
        self.assertEqual(found, held)
        run.action_run()
        self.assertEqual(run.state, "done")
        self.assertTrue(due.invoice_ids)
        self.assertFalse(held.invoice_ids)

    def test_missing_po_number_waits_flagged_until_it_comes(self):
        self.policy.po_required = True
        order = self.order()
        self.assertEqual(self.result(self.bill(order), order).code, "po_missing")
        case = order.b2b_discrepancy_ids
        self.assertRecordValues(case, [{"type": "po_missing", "state": "open", "blocking": False}])
        self.bill(order)
        self.assertEqual(order.b2b_discrepancy_ids, case)
        order.client_order_ref = "PO-7"
        self.bill(order)
        self.assertBilled(order)
        self.assertEqual(case.state, "solved")

    def test_bad_order_is_set_aside_and_the_rest_is_billed(self):
        orders = self.env["sale.order"].concat(*(self.order() for _number in range(7)))
        bad = orders[3]
        refuse = self._refuse(bad)
        with refuse:
            run = self.bill(orders)
        self.assertRecordValues(self.result(run, bad), [{"state": "aside", "reason": "No ink", "code": "set_aside"}])
        self.assertRecordValues(
            bad.b2b_discrepancy_ids, [{"type": "billing_error", "blocking": True, "reason": "No ink", "state": "open"}]
        )
        self.assertFalse(bad.invoice_ids)
        self.assertEqual(bad.b2b_billing_state, "aside")
        self.assertBilled(orders - bad)
        self.assertEqual((run.billed_count, run.aside_count, run.state), (6, 1, "done"))
        self.bill(orders)
        self.assertFalse(bad.invoice_ids, "it waits until a person has settled the case")
        action = self.result(run, bad).action_retry()
        retry = self.env["b2b.billing.run"].browse(action["res_id"])
        retry.action_run()
        self.assertBilled(orders)

    def test_bad_order_in_a_collective_invoice_is_left_out_of_it(self):
        self.policy.grouping = "all"
        orders = self.env["sale.order"].concat(*(self.order(po=f"PO-{number}") for number in range(5)))
        with self._refuse(orders[2]):
            run = self.bill(orders)
        self.assertEqual(self.result(run, orders[2]).state, "aside")
        self.assertEqual(len((orders - orders[2]).invoice_ids), 1)
        self.assertBilled(orders - orders[2])

    def test_unexpected_error_is_told_with_its_kind(self):
        order = self.order()
        with (
            self._refuse(order, ZeroDivisionError("division by zero")),
            mute_logger("odoo.addons.b2b_invoice_automation.models.b2b_billing_run_work"),
        ):
            run = self.bill(order)
        self.assertIn("ZeroDivisionError: division by zero", self.result(run, order).reason)

    def test_conflicts_are_raised(self):
        order = self.order()
        with self._refuse(order, SerializationFailure()), self.assertRaises(SerializationFailure):
            self.bill(order)

    def _refuse(self, bad, error=None):
        original = type(self.env["account.move"])._post

        def post(moves, soft=True):
            if bad in moves.line_ids.sale_line_ids.order_id:
                raise error or UserError("No ink")
            return original(moves, soft)

        return patch.object(type(self.env["account.move"]), "_post", post)

    def test_hand_made_invoice_is_seen(self):
        order = self.order()
        order._create_invoices()
        self.assertFalse(order.b2b_billing_open)
        run = self.bill(order)
        self.assertFalse(run.line_ids)
        self.assertBilled(order)

    def test_draft_deleted_by_hand_is_billed_again(self):
        order = self.order()
        order._create_invoices().unlink()
        self.assertFalse(self.env["b2b.billing.key"].search([("order_line_id", "in", order.order_line.ids)]))
        self.bill(order)
        self.assertBilled(order)

    def test_credit_by_hand_is_not_billed_again_until_a_person_says_so(self):
        order = self.order()
        self.bill(order)
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=order.invoice_ids.ids)
            .create({"journal_id": order.invoice_ids.journal_id.id})
        )
        wizard.refund_moves()
        refund = order.invoice_ids.filtered(lambda move: move.move_type == "out_refund")
        refund.action_post()
        self.assertEqual(order.order_line.qty_invoiced, 0.0)
        run = self.bill(order)
        self.assertEqual(self.result(run, order).code, "credited_by_hand")
        refund.b2b_bill_again = True
        self.bill(order)
        self.assertBilled(order)

    def test_more_ordered_after_a_credit_by_hand_is_billed(self):
        order = self.order()
        self.bill(order)
        refund = order.invoice_ids._reverse_moves()
        refund.action_post()
        order.order_line.product_uom_qty = 13
        self.bill(order)
        self.assertEqual(order.order_line.qty_invoiced, 3.0)

    def test_second_key_for_the_same_billing_is_refused(self):
        order = self.order()
        self.bill(order)
        key = self.env["b2b.billing.key"].sudo().search([("order_line_id", "in", order.order_line.ids)])
        self.assertEqual(key.key, f"order_line:{order.order_line.id}:1")
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            key.copy({"key": key.key})

    def test_large_run_goes_to_the_lanes(self):
        orders = self.env["sale.order"].concat(*(self.order([(1, 1.0)]) for _number in range(5)))
        run = self.env["b2b.billing.run"].create({"order_ids": [Command.set(orders.ids)]})
        with patch("odoo.addons.b2b_invoice_automation.models.b2b_billing_run.AT_ONCE", 3):
            run.action_run()
        self.assertEqual((run.state, run.planned_count), ("running", 5))
        self.assertEqual(run.process_batch(limit=2), 3)
        self.assertEqual((run.state, run.progress), ("running", 40.0))
        self.assertEqual(run.process_batch(limit=2), 1)
        self.assertEqual(run.process_batch(limit=2), 0)
        self.assertEqual(run.state, "done")
        self.assertBilled(orders)

    def test_scheduled_plan_makes_one_run_per_company_and_none_when_nothing_is_due(self):
        runs = self.env["b2b.billing.run"].sudo()
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **kwargs: 60.0):
            order = self.order()
            before = runs.search([])
            runs._cron_plan()
            run = runs.search([]).filtered(lambda run: run not in before and run.company_id == self.company)
            self.assertEqual(run.line_ids.order_id, order)
            runs._cron_plan()
            self.assertEqual(runs.search_count([("company_id", "=", self.company.id)]), 1, "it is being billed already")
            runs._cron_lane()
        self.assertEqual(run.state, "done")
        self.assertBilled(order)

    def test_order_changed_since_the_preview_is_looked_at_again(self):
        order = self.order()
        run = self.env["b2b.billing.run"].create({"order_ids": [Command.set(order.ids)]})
        run.action_preview()
        order.order_line.product_uom_qty = 4
        run.action_run()
        self.assertEqual(order.invoice_ids.amount_untaxed, 40.0)

    def test_quantity_lowered_after_billing_is_credited(self):
        order = self.order([(10, 10.0)])
        self.bill(order)
        order.order_line.product_uom_qty = 8
        self.bill(order)
        refund = order.invoice_ids.filtered(lambda move: move.move_type == "out_refund")
        self.assertRecordValues(refund, [{"amount_untaxed": 20.0, "amount_tax": 3.8, "state": "posted"}])
        self.assertBilled(order)

    def test_quantity_lowered_is_taken_off_the_next_invoice(self):
        self.policy.write({"late_change": "next_invoice", "grouping": "all"})
        order = self.order([(10, 10.0)])
        self.bill(order)
        order.order_line.product_uom_qty = 8
        self.assertEqual(self.result(self.bill(order), order).code, "credit_later")
        following = self.order([(5, 10.0)])
        self.bill(order + following)
        self.assertEqual(following.invoice_ids.amount_untaxed, 30.0)
        self.assertBilled(order + following)

    def test_down_payment_is_taken_off(self):
        order = self.order([(10, 10.0)])
        self.env["sale.advance.payment.inv"].with_context(active_ids=order.ids).create(
            {
                "advance_payment_method": "fixed",
                "fixed_amount": 59.5,
                "sale_order_ids": [Command.set(order.ids)],
            }
        ).create_invoices()
        order.invoice_ids.action_post()
        self.bill(order)
        self.assertEqual(sorted(order.invoice_ids.mapped("amount_total")), [59.5, 59.5])

    def test_run_belongs_to_one_company(self):
        other = self.setup_other_company()["company"]
        orders = self.order() + self.env["sale.order"].with_company(other).create(
            {"partner_id": self.customer.id, "company_id": other.id}
        )
        with self.assertRaisesRegex(UserError, "one company"):
            orders.action_b2b_preview_billing()
