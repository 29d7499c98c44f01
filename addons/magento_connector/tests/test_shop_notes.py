"""Comments, the shop's own figures, and orders of which a part was cancelled."""

from odoo.tests import tagged

from .common import MagentoCase, item, order, shipment


def comment(number, words, visible=0):
    return {
        "entity_id": number,
        "comment": words,
        "created_at": "2026-11-03 08:00:00",
        "is_visible_on_front": visible,
        "status": "processing",
    }


@tagged("post_install", "-at_install")
class TestShopNotes(MagentoCase):
    def notes(self, number=1):
        return self.order_of(number).message_ids.filtered(lambda message: "text-bg-info" in (message.body or ""))

    def test_comments_come_into_the_chatter_once_each(self):
        payload = order(1, status_histories=[comment(5, "Call <b>before</b> delivery")])
        self.load("orders", payload)
        self.assertIn("Call &lt;b&gt;before", self.notes().body)
        self.load("orders", {**payload, "updated_at": "2026-11-04 08:00:00"})
        self.assertEqual(len(self.notes()), 1)
        histories = [comment(5, "Call <b>before</b> delivery"), comment(6, "On its way", visible=1)]
        self.load("orders", {**payload, "status_histories": histories, "updated_at": "2026-11-05 08:00:00"})
        self.assertEqual(len(self.notes()), 2)
        self.assertIn("visible to the customer", self.notes().sorted("id")[-1].body)

    def test_what_odoo_wrote_into_the_shop_is_not_echoed(self):
        self.load("orders", order(1))
        sale = self.order_of(1)
        self.env["magento.outbox"]._put(
            [
                {
                    "backend": self.backend,
                    "effect": "order_comment",
                    "key": "x",
                    "target": "1",
                    "values": {"comment": "Invoice INV/1 of today."},
                    "order": sale,
                }
            ]
        )
        histories = [comment(5, "Invoice INV/1  of today."), comment(6, "Shipped [shipment:12]")]
        self.load("orders", order(1, status_histories=histories, updated_at="2026-11-04 08:00:00"))
        self.assertFalse(self.notes())

    def test_the_shops_figures_stand_at_the_order(self):
        self.load("orders", order(1, total_paid=5.0, total_due=6.9))
        sale = self.order_of(1)
        self.assertEqual((sale.magento_paid, sale.magento_due, sale.magento_refunded), (5.0, 6.9, 0.0))
        self.assertEqual(sale.magento_payment_method_id.code, "banktransfer")
        self.load("orders", order(1, total_paid=11.9, total_due=0, updated_at="2026-11-04 08:00:00"))
        self.assertEqual((sale.magento_paid, sale.magento_due), (11.9, 0.0))


@tagged("post_install", "-at_install")
class TestPartCancelled(MagentoCase):
    def cancelled(self, number=1, lines=None, **values):
        lines = lines or [item(number * 10, "PUMP", 5, price="9.99", qty_canceled=2), item(number * 10 + 1, "HOSE", 2)]
        return order(number, lines, updated_at="2026-11-04 08:00:00", **values)

    def test_quantities_and_amounts_are_lowered_where_they_are_exact(self):
        self.load("orders", order(1, [item(10, "PUMP", 5, price="9.99"), item(11, "HOSE", 2)]))
        sale = self.order_of(1)
        # 5 × 9.99 = 49.95 + 9.49; 3 of them 29.97 + 5.69
        [record] = self.load("orders", self.cancelled(total_canceled=23.78, tax_canceled=3.8))
        self.assertEqual(record.state, "done", record.reason)
        self.assertEqual(sale.order_line.mapped("product_uom_qty"), [3.0, 2.0])
        self.assertEqual((sale.amount_total, sale.amount_tax), (59.46, 9.49))
        self.assertEqual(sale.order_line[0].move_ids.mapped("product_uom_qty"), [3.0])
        self.assertFalse(self.open_cases(sale))
        self.load("orders", {**self.cancelled(total_canceled=23.78, tax_canceled=3.8), "status": "later"})
        self.assertEqual(sale.amount_total, 59.46)

    def test_a_line_that_is_cancelled_whole_is_nothing(self):
        lines = [item(10, "PUMP", 5), item(11, "HOSE", 2)]
        self.load("orders", order(1, lines))
        sale = self.order_of(1)
        later = [lines[0], {**lines[1], "qty_canceled": 2}]
        self.load("orders", self.cancelled(1, later, total_canceled=23.8, tax_canceled=3.8))
        self.assertEqual((sale.order_line.mapped("product_uom_qty"), sale.amount_total), ([5.0, 0.0], 59.5))
        self.load("shipments", shipment(1, order(1, lines), {10: 5}))
        self.assertEqual(self.bill(sale).amount_total, 59.5)

    def test_a_new_order_comes_lowered(self):
        self.load("orders", self.cancelled(total_canceled=23.78, tax_canceled=3.8))
        self.assertEqual(self.order_of(1).amount_total, 59.46)

    def test_amounts_that_do_not_add_up_are_a_case(self):
        self.load("orders", order(1, [item(10, "PUMP", 5, price="9.99"), item(11, "HOSE", 2)]))
        self.load("orders", self.cancelled(total_canceled=23.0, tax_canceled=3.8))
        sale = self.order_of(1)
        self.assertEqual(sale.order_line[0].product_uom_qty, 5.0)
        self.assertEqual((self.open_cases(sale).type, self.open_cases(sale).blocking), ("order_change", True))

    def test_what_is_delivered_already_is_a_case(self):
        payload = order(1, [item(10, "PUMP", 5, price="9.99"), item(11, "HOSE", 2)])
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload))
        self.load("orders", self.cancelled(total_canceled=23.78, tax_canceled=3.8))
        sale = self.order_of(1)
        self.assertEqual(sale.order_line[0].product_uom_qty, 5.0)
        self.assertTrue(self.open_cases(sale).blocking)
