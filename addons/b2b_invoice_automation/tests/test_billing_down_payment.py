"""Down payments come off once: of one invoice, of several partial ones, of a collective one, or are paid back."""

from odoo.fields import Command
from odoo.tests import tagged

from .billing_common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingDownPayment(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reduced = cls.percent_tax(7.0, sequence=20)

    def down_payment(self, order, post=True, **values):
        """Core's wizard: a percentage unless a fixed amount is given."""
        method = "fixed" if "fixed_amount" in values else "percentage"
        before = order.invoice_ids
        self.env["sale.advance.payment.inv"].with_context(active_ids=order.ids).create(
            {"advance_payment_method": method, "sale_order_ids": [Command.set(order.ids)], **values}
        ).create_invoices()
        move = order.invoice_ids - before
        if post:
            move.action_post()
        return move

    def deliver(self, order, *quantities):
        goods = order.order_line.filtered(lambda line: not line.is_downpayment and not line.display_type)
        for line, quantity in zip(goods, quantities, strict=True):
            line.qty_delivered = quantity

    def assertOrderBilled(self, order):
        """All documents together say what the order says, net, per rate and in total, and nothing is open."""
        total = {"amount_untaxed": 0.0, "amount_tax": 0.0, "amount_total": 0.0}
        for move in order.invoice_ids:
            for name in total:
                total[name] += -move.direction_sign * move[name]
        goods = order.order_line.filtered(lambda line: not line.is_downpayment)
        self.assertAlmostEqual(total["amount_untaxed"], sum(goods.mapped("price_subtotal")), 2)
        self.assertAlmostEqual(total["amount_total"], sum(goods.mapped("price_total")), 2)
        for tax in goods.tax_ids:
            lines = order.invoice_ids.line_ids.filtered(lambda line, tax=tax: line.tax_line_id == tax)
            theirs = goods.filtered(lambda line, tax=tax: line.tax_ids == tax)
            self.assertAlmostEqual(-sum(lines.mapped("amount_currency")), sum(theirs.mapped("price_tax")), 2, tax.name)
        self.assertFalse(order.b2b_billing_open)
        down_payments = order.order_line.filtered(lambda line: line.is_downpayment and not line.display_type)
        self.assertEqual(set(down_payments.mapped("qty_invoiced")), {0.0})

    def two_rates(self, **values):
        return self.order([(10, 10.0), {"product_uom_qty": 7, "price_unit": 14.27, "tax_ids": self.reduced}], **values)

    def test_percentage_comes_off_the_whole_invoice(self):
        order = self.two_rates()
        first = self.down_payment(order, amount=30)
        self.bill(order)
        final = order.invoice_ids - first
        self.assertEqual(final.move_type, "out_invoice")
        self.assertAlmostEqual(final.amount_total + first.amount_total, order.amount_total, 2)
        self.assertOrderBilled(order)

    def test_partial_invoices_bear_it_as_far_as_they_go(self):
        self.policy.trigger = "shipped"
        order = self.order([(10, 10.0)])
        self.down_payment(order, amount=50)
        nets = []
        for delivered in (2, 4, 9, 10):
            before = order.invoice_ids
            self.deliver(order, delivered)
            self.bill(order)
            move = order.invoice_ids - before
            self.assertEqual((move.move_type, move.state), ("out_invoice", "posted"))
            nets.append(move.amount_untaxed)
        self.assertEqual(nets, [0.0, 0.0, 40.0, 10.0])
        self.assertOrderBilled(order)

    def test_each_rate_bears_its_own_share(self):
        self.policy.trigger = "shipped"
        order = self.two_rates()
        self.down_payment(order, amount=40)
        self.deliver(order, 3, 0)
        self.bill(order)
        self.deliver(order, 3, 7)
        self.bill(order)
        self.deliver(order, 10, 7)
        self.bill(order)
        self.assertEqual(order.invoice_ids.mapped("move_type"), ["out_invoice"] * 4)
        self.assertOrderBilled(order)

    def test_typed_quantity_that_was_corrected_does_not_end_it(self):
        self.policy.trigger = "shipped"
        work = self.env["product.product"].create(
            {"name": "Work", "type": "service", "invoice_policy": "delivery", "taxes_id": [Command.set(self.tax.ids)]}
        )
        order = self.order([{"product_id": work.id, "product_uom_qty": 10, "price_unit": 10.0}])
        self.down_payment(order, amount=50)
        self.deliver(order, 10)
        self.env.flush_all()
        self.deliver(order, 4)
        self.bill(order)
        self.deliver(order, 10)
        self.bill(order)
        self.assertEqual(order.invoice_ids.mapped("move_type"), ["out_invoice"] * 3)
        self.assertEqual(order.invoice_ids.sorted("id").mapped("amount_untaxed"), [50.0, 0.0, 50.0])
        self.assertOrderBilled(order)

    def test_two_down_payments_on_a_collective_invoice(self):
        self.policy.grouping = "all"
        first, second, third = self.two_rates(), self.order([(3, 33.33)]), self.order([(1, 5.0)])
        paid = self.down_payment(first, fixed_amount=20.0) + self.down_payment(first, amount=10)
        paid += self.down_payment(second, amount=100)
        self.bill(first + second + third)
        shared = third.invoice_ids
        self.assertEqual(shared, (first.invoice_ids & second.invoice_ids))
        billed = sum((first + second + third).order_line.mapped("price_total"))
        self.assertAlmostEqual(shared.amount_total, billed - sum(paid.mapped("amount_total")), 2)
        for order in first + second:
            down_payments = order.order_line.filtered(lambda line: line.is_downpayment and not line.display_type)
            self.assertEqual(set(down_payments.mapped("qty_invoiced")), {0.0})

    def test_what_no_invoice_bears_is_paid_back(self):
        self.policy.trigger = "shipped"
        order = self.order([(10, 10.0)])
        self.down_payment(order, amount=50)
        self.deliver(order, 2)
        self.bill(order)
        self.assertEqual(len(order.invoice_ids), 2)
        self.assertEqual(order.b2b_billing_state, "waits")
        goods = order.order_line.filtered(lambda line: not line.is_downpayment and not line.display_type)
        goods.product_uom_qty = 2
        self.deliver(order, 2)
        self.assertTrue(order.b2b_billing_open)
        self.bill(order)
        note = order.invoice_ids.filtered(lambda move: move.move_type == "out_refund")
        self.assertRecordValues(note, [{"amount_untaxed": 30.0, "amount_total": 35.7, "state": "posted"}])
        self.assertOrderBilled(order)
        self.bill(order)
        self.assertEqual(len(order.invoice_ids), 3)

    def test_a_person_goes_on_where_a_run_took_a_part_off(self):
        self.policy.trigger = "shipped"
        self.goods.invoice_policy = "delivery"
        order = self.order([(10, 10.0)])
        self.down_payment(order, amount=50)
        self.deliver(order, 2)
        self.bill(order)
        self.deliver(order, 10)
        final = order._create_invoices(final=True)
        self.assertEqual(final.amount_untaxed, 50.0)
        final.action_post()
        self.assertOrderBilled(order)

    def test_a_run_goes_on_where_a_person_took_it_off_whole(self):
        self.policy.trigger = "shipped"
        self.goods.invoice_policy = "delivery"
        order = self.order([(10, 10.0)])
        self.down_payment(order, amount=50)
        self.deliver(order, 7)
        order._create_invoices(final=True).action_post()
        self.deliver(order, 10)
        self.bill(order)
        self.assertEqual(order.invoice_ids.sorted("id").mapped("amount_untaxed"), [50.0, 20.0, 30.0])
        self.assertOrderBilled(order)

    def test_deleted_draft_invoice_gives_the_down_payment_back(self):
        self.policy.auto_post = False
        order = self.order([(10, 10.0)])
        self.down_payment(order, amount=50)
        self.bill(order)
        order.invoice_ids.filtered(lambda move: move.state == "draft").unlink()
        self.bill(order)
        order.invoice_ids.filtered(lambda move: move.state == "draft").action_post()
        self.assertEqual(order.invoice_ids.mapped("amount_untaxed"), [50.0, 50.0])
        self.assertOrderBilled(order)

    def test_credited_down_payment_is_not_taken_off(self):
        order = self.order([(10, 10.0)])
        self.down_payment(order, amount=50)._reverse_moves().action_post()
        self.bill(order)
        self.assertEqual(order.invoice_ids.sorted("id")[-1].amount_untaxed, 100.0)
        self.assertOrderBilled(order)
