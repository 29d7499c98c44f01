"""Odoo's own ways of invoicing, and how the automation sees them: nothing billed twice, nothing forgotten."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .billing_common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingByHand(BillingCommon):
    def create_invoice(self, orders, **values):
        """Core's wizard “Create Invoice”."""
        before = orders.invoice_ids
        self.env["sale.advance.payment.inv"].with_context(active_ids=orders.ids).create(
            {"advance_payment_method": "delivered", "sale_order_ids": [Command.set(orders.ids)], **values}
        ).create_invoices()
        return orders.invoice_ids - before

    def reverse(self, move, again=False):
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id})
        )
        return wizard.modify_moves() if again else wizard.refund_moves()

    def assertBilledQuantity(self, order, quantity):
        lines = order.order_line.invoice_lines.filtered(lambda line: line.move_id.state != "cancel")
        self.assertEqual(sum(-line.move_id.direction_sign * line.quantity for line in lines), quantity)

    def test_lowered_draft_leaves_the_rest_to_the_run(self):
        order = self.order([(10, 10.0)])
        draft = self.create_invoice(order)
        with Form(draft) as form, form.invoice_line_ids.edit(0) as line:
            line.quantity = 4
        self.assertTrue(order.b2b_billing_open)
        draft.action_post()
        self.bill(order)
        self.assertEqual(order.invoice_ids.sorted("id").mapped("amount_untaxed"), [40.0, 60.0])
        self.assertBilled(order)

    def test_line_deleted_from_a_draft_is_billed_by_the_run(self):
        order = self.order([(10, 10.0), {"product_id": self.freight.id, "product_uom_qty": 1, "price_unit": 7.9}])
        draft = self.create_invoice(order)
        draft.invoice_line_ids.filtered(lambda line: line.product_id == self.freight).unlink()
        draft.action_post()
        self.bill(order)
        self.assertEqual(order.invoice_ids.sorted("id").mapped("amount_untaxed"), [100.0, 7.9])
        self.assertBilled(order)

    def test_posted_invoice_reset_changed_and_posted_again(self):
        order = self.order([(10, 10.0)])
        self.bill(order)
        move = order.invoice_ids
        name = move.name
        move.button_draft()
        self.bill(order)
        self.assertEqual(order.invoice_ids, move, "the draft still bills it")
        with Form(move) as form, form.invoice_line_ids.edit(0) as line:
            line.quantity = 7
        move.action_post()
        self.bill(order)
        self.assertEqual(order.invoice_ids.sorted("id").mapped("amount_untaxed"), [70.0, 30.0])
        self.assertEqual(move.name, name)
        self.assertBilled(order)

    def test_raised_draft_is_taken_back_by_the_run(self):
        order = self.order([(10, 10.0)])
        draft = self.create_invoice(order)
        with Form(draft) as form, form.invoice_line_ids.edit(0) as line:
            line.quantity = 12
        draft.action_post()
        self.bill(order)
        self.assertBilledQuantity(order, 10)
        self.assertEqual(order.invoice_ids.filtered(lambda move: move.move_type == "out_refund").amount_untaxed, 20.0)

    def test_cancelled_invoice_is_billed_anew_once(self):
        order = self.order([(10, 10.0)])
        self.bill(order)
        move = order.invoice_ids
        move.button_draft()
        move.button_cancel()
        self.assertTrue(order.b2b_billing_open)
        self.bill(order)
        self.bill(order)
        live = order.invoice_ids.filtered(lambda move: move.state == "posted")
        self.assertEqual(live.mapped("amount_untaxed"), [100.0])
        self.assertBilledQuantity(order, 10)
        with self.assertRaisesRegex(UserError, "stays cancelled"):
            move.button_draft()
        live.button_draft()
        live.button_cancel()
        move.button_draft()
        move.action_post()
        self.bill(order)
        self.assertBilledQuantity(order, 10)

    def test_cancelled_invoice_of_a_shipment_that_was_billed_anew_stays_cancelled(self):
        self.policy.trigger = "shipped"
        order = self.order([(10, 10.0)])
        order.order_line.qty_delivered = 4
        self.bill(order)
        move = order.invoice_ids
        move.button_draft()
        move.button_cancel()
        self.bill(order)
        with self.assertRaisesRegex(UserError, "stays cancelled"):
            move.button_draft()
        order.order_line.qty_delivered = 8
        move.button_draft()
        self.assertBilledQuantity(order, 8)

    def test_two_cancelled_invoices_of_one_line_come_back_one_at_a_time(self):
        order = self.order([(10, 10.0)])
        moves = order.invoice_ids
        for _time in range(2):
            self.bill(order)
            move = order.invoice_ids - moves
            move.button_draft()
            move.button_cancel()
            moves += move
        with self.assertRaisesRegex(UserError, "stays cancelled"):
            moves.button_draft()
        moves[0].button_draft()
        with self.assertRaisesRegex(UserError, "stays cancelled"):
            moves[1].button_draft()

    def test_cancelled_part_comes_back_beside_the_other_part(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self.order([{"product_uom_qty": 10, "product_uom_id": dozen.id, "price_unit": 12.0}])
        draft = self.create_invoice(order)
        with Form(draft) as form, form.invoice_line_ids.edit(0) as line:
            line.quantity = 4
        draft.action_post()
        self.bill(order)
        draft.button_draft()
        draft.button_cancel()
        draft.button_draft()
        self.assertBilled(order)

    def test_reverse_and_create_invoice_bills_it_once(self):
        order = self.order([(10, 10.0)])
        self.bill(order)
        self.reverse(order.invoice_ids, again=True)
        draft = order.invoice_ids.filtered(lambda move: move.state == "draft")
        self.assertEqual((draft.move_type, draft.amount_untaxed), ("out_invoice", 100.0))
        self.bill(order)
        draft.action_post()
        self.bill(order)
        self.assertEqual(len(order.invoice_ids), 3)
        self.assertBilledQuantity(order, 10)
        self.assertFalse(order.b2b_billing_open)

    def test_reverse_and_create_invoice_whose_draft_is_lowered(self):
        order = self.order([(10, 10.0)])
        self.bill(order)
        self.reverse(order.invoice_ids, again=True)
        draft = order.invoice_ids.filtered(lambda move: move.state == "draft")
        with Form(draft) as form, form.invoice_line_ids.edit(0) as line:
            line.quantity = 6
        draft.action_post()
        run = self.bill(order)
        self.assertEqual(
            self.result(run, order).code, "credited_by_hand", "a person decided so; it is told, not billed"
        )
        self.assertBilledQuantity(order, 6)

    def test_partly_credited_by_hand_stays_credited(self):
        order = self.order([(10, 10.0)])
        self.bill(order)
        self.reverse(order.invoice_ids)
        note = order.invoice_ids.filtered(lambda move: move.move_type == "out_refund")
        with Form(note) as form, form.invoice_line_ids.edit(0) as line:
            line.quantity = 3
        note.action_post()
        self.bill(order)
        self.assertBilledQuantity(order, 7)
        note.b2b_bill_again = True
        self.bill(order)
        self.assertBilledQuantity(order, 10)

    def test_credited_by_hand_in_another_unit(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self.order([{"product_uom_qty": 10, "product_uom_id": dozen.id, "price_unit": 120.0}])
        draft = self.create_invoice(order)
        draft.invoice_line_ids.quantity = 4
        draft.action_post()
        self.reverse(draft)
        note = order.invoice_ids - draft
        note.invoice_line_ids.write(
            {"product_uom_id": self.env.ref("uom.product_uom_unit").id, "quantity": 6, "price_unit": 10.0}
        )
        note.action_post()
        self.bill(order)
        billed = order.invoice_ids - draft - note
        self.assertEqual((billed.invoice_line_ids.quantity, billed.amount_untaxed), (6.0, 720.0))
        self.assertEqual(order.order_line.qty_invoiced, 9.5)

    def test_deleted_draft_credit_note_leaves_the_order_billed(self):
        order = self.order([(10, 10.0)])
        self.bill(order)
        self.reverse(order.invoice_ids)
        order.invoice_ids.filtered(lambda move: move.move_type == "out_refund").unlink()
        self.assertFalse(order.b2b_billing_open)
        self.bill(order)
        self.assertBilled(order)

    def test_orders_invoiced_together_by_hand(self):
        orders = self.order() + self.order(po="PO-2")
        self.create_invoice(orders, consolidated_billing=True).action_post()
        self.assertEqual(len(orders.invoice_ids), 1)
        self.bill(orders)
        self.assertBilled(orders)
        self.assertEqual(len(orders.invoice_ids), 1)

    def test_line_added_by_hand_to_a_draft_changes_nothing_for_the_run(self):
        order = self.order([(10, 10.0)])
        draft = self.create_invoice(order)
        draft.invoice_line_ids = [
            Command.create(
                {"name": "Packing", "quantity": 1, "price_unit": 3.0, "tax_ids": [Command.set(self.tax.ids)]}
            )
        ]
        draft.action_post()
        self.bill(order)
        self.assertEqual(order.invoice_ids, draft)
        self.assertBilled(order)
