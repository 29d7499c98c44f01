"""Orders of a shop on credit hold: not shipped from here, flagged where the shop shipped them, told to the shop."""

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import item, order, shipment
from .pushing import PushCase


@tagged("post_install", "-at_install")
class TestShopCredit(PushCase):
    """Orders of 5 pumps come to 59.50."""

    def setUp(self):
        super().setUp()
        self.company.b2b_credit_control = True
        self.controller = new_test_user(
            self.env, "shop_controller", "b2b_invoice_automation.group_credit_controller", company_id=self.company.id
        )
        self.customer = self.take_over(1, 1, state="complete").partner_invoice_id.commercial_partner_id
        self.limit(100.0)

    def limit(self, amount):
        self.customer.with_company(self.company).credit_limit = amount

    def hold(self, sale):
        return self.env["b2b.discrepancy"].search([("order_id", "=", sale.id), ("type", "=", "credit")])

    def validate(self, picking):
        for move in picking.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        return picking.button_validate()

    def test_of_a_batch_the_order_beyond_the_limit_waits(self):
        self.load("orders", order(2, [item(20, "PUMP", 5)]), order(3, [item(30, "PUMP", 5)]))
        self.assertEqual(self.order_of(2).partner_invoice_id.commercial_partner_id, self.customer)
        self.assertEqual([self.order_of(number).b2b_credit_hold for number in (2, 3)], [False, True])
        case = self.hold(self.order_of(3))
        self.assertEqual((case.credit_order_amount, case.credit_over_by), (59.50, 30.90))

    def test_its_transfer_is_not_validated_until_it_is_released(self):
        sale = self.take_over(2, 10)
        picking = sale.picking_ids
        with self.assertRaisesRegex(UserError, f"{sale.name} waits for credit"):
            self.validate(picking)
        with self.assertRaisesRegex(UserError, "On credit hold"):
            picking._action_done()
        self.hold(sale).with_user(self.controller)._release_credit("Known for years")
        self.validate(picking)
        self.assertEqual(picking.state, "done")

    def test_before_it_leaves_it_is_checked_once_more(self):
        sale = self.take_over(2, 5)
        self.assertFalse(sale.b2b_credit_hold)
        self.limit(50.0)
        answer = self.validate(sale.picking_ids)
        self.assertEqual(answer["tag"], "display_notification")
        self.assertIn(sale.name, answer["params"]["message"])
        self.assertTrue(sale.b2b_credit_hold)
        self.assertNotEqual(sale.picking_ids.state, "done")

    def test_what_the_shop_shipped_is_taken_over_and_flagged(self):
        payload = order(2, [item(20, "PUMP", 10)])
        self.load("orders", payload)
        sale = self.order_of(2)
        self.assertTrue(sale.b2b_credit_hold)
        self.load("shipments", shipment(1, payload, {20: 4}))
        self.assertEqual((sale.order_line.qty_delivered, sale.b2b_credit_hold), (4.0, True), "6 can still be stopped")
        records = self.load("shipments", shipment(2, payload, {20: 6}))
        self.assertEqual(set(records.mapped("state")), {"done"}, records.mapped("reason"))
        case = self.hold(sale)
        self.assertEqual((case.state, case.blocking, sale.b2b_on_hold), ("open", False, False))
        self.assertIn("shipped without credit", case.name)

    def test_the_shop_is_told_of_the_hold_why_and_of_its_end(self):
        shop = self.connect()
        self.backend.push_holds = True
        sale = self.take_over(2, 10)
        self.push()
        self.assertEqual(shop.kinds(), ["order_hold", "order_comment"])
        comment = shop.told[1].values["comment"]
        self.assertIn("119.00", comment.replace("\xa0", " "))
        self.hold(sale).with_user(self.controller)._release_credit("Known for years")
        self.push()
        self.assertEqual(shop.kinds()[2:], ["order_unhold", "order_comment"])
        self.assertEqual(shop.told[3].values["comment"], "Goes on in Odoo: Known for years")

    def test_a_hundred_orders_are_confirmed_by_as_many_queries_as_ten(self):
        def taken_over(first, count):
            payloads = [order(number, [item(number * 10, "PUMP", 1)]) for number in range(first, first + count)]
            self.env.flush_all()
            before = self.cr.sql_log_count
            self.load("orders", *payloads)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        def extra(first, count):
            """Queries that credit control adds to a batch."""
            self.company.b2b_credit_control = False
            plain = taken_over(first, count)
            self.company.b2b_credit_control = True
            return taken_over(first + 500, count) - plain

        self.limit(0.01)
        extra(2000, 5)
        few, many = extra(3000, 10), extra(4000, 100)
        self.assertLessEqual(many, few + 10, "a few more for batches of the database's own size")
        self.assertTrue(self.order_of(4599).b2b_credit_hold)
