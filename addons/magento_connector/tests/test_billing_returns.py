"""Goods that come back by a return in stock: credited once, under each trigger, at once or off the next invoice."""

from odoo.tests import Form, tagged

from odoo.addons.b2b_invoice_automation.tests.billing_common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingReturns(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("stock.group_stock_user")
        cls.goods.is_storable = True
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)
        cls.env["stock.quant"]._update_available_quantity(cls.goods, cls.warehouse.lot_stock_id, 1000)

    def ship(self, order):
        picking = order.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))
        picking.action_assign()
        for move in picking.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        picking.button_validate()
        return picking

    def take_back(self, picking, quantity, refund=True):
        wizard = Form(
            self.env["stock.return.picking"].with_context(
                active_id=picking.id, active_ids=picking.ids, active_model="stock.picking"
            )
        ).save()
        wizard.product_return_moves.write({"quantity": quantity, "to_refund": refund})
        returned = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        for move in returned.move_ids:
            move.write({"quantity": quantity, "picked": True})
        returned.button_validate()
        return returned

    def credit_notes(self, order):
        return order.invoice_ids.filtered(lambda move: move.move_type == "out_refund")

    def test_return_is_credited_once_under_each_trigger(self):
        for trigger in ("ordered", "shipped", "completed"):
            with self.subTest(trigger=trigger):
                self.policy.trigger = trigger
                order = self.order([(10, 10.0)])
                picking = self.ship(order)
                self.bill(order)
                self.assertEqual(order.order_line.qty_invoiced, 10)
                self.take_back(picking, 3)
                self.assertEqual(order.order_line.qty_delivered, 7)
                self.assertTrue(order.b2b_billing_open)
                for _run in range(2):
                    self.bill(order)
                self.assertRecordValues(self.credit_notes(order), [{"amount_untaxed": 30.0, "state": "posted"}])
                self.assertEqual(order.order_line.qty_invoiced, 7)

    def test_return_that_a_person_credited_is_not_credited_again(self):
        order = self.order([(10, 10.0)])
        picking = self.ship(order)
        self.bill(order)
        note = order.invoice_ids._reverse_moves()
        note.invoice_line_ids.quantity = 3
        note.action_post()
        self.take_back(picking, 3)
        self.bill(order)
        self.assertEqual(self.credit_notes(order), note)
        self.assertEqual(order.order_line.qty_invoiced, 7)

    def test_return_without_refund_changes_nothing(self):
        order = self.order([(10, 10.0)])
        picking = self.ship(order)
        self.bill(order)
        self.take_back(picking, 3, refund=False)
        self.bill(order)
        self.assertFalse(self.credit_notes(order))

    def test_return_before_billing_is_not_billed(self):
        self.policy.po_required = True
        order = self.order([(10, 10.0)])
        picking = self.ship(order)
        self.take_back(picking, 3)
        order.client_order_ref = "PO-1"
        self.bill(order)
        self.assertEqual(order.invoice_ids.amount_untaxed, 70.0)

    def test_return_comes_off_the_next_invoice_though_each_order_has_its_own(self):
        self.policy.late_change = "next_invoice"
        order = self.order([(10, 10.0)])
        picking = self.ship(order)
        self.bill(order)
        self.take_back(picking, 3)
        run = self.bill(order)
        self.assertEqual(self.result(run, order).code, "credit_later")
        self.assertIn("comes off the next invoice", order.b2b_billing_reason)
        small, large = self.order([(2, 10.0)]), self.order([(5, 10.0)])
        self.bill(order + small + large)
        self.assertEqual(small.invoice_ids.amount_untaxed, 20.0)
        self.assertEqual(large.invoice_ids.amount_untaxed, 20.0)
        self.assertEqual(order.invoice_ids.filtered(lambda move: move in large.invoice_ids), large.invoice_ids)
        self.assertEqual(order.order_line.qty_invoiced, 7)
        self.assertFalse(self.credit_notes(order))
