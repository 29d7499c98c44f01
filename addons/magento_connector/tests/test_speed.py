"""The cost of an order does not grow with the batch: queries per order at 10 and at 40 are alike."""

from odoo.tests import tagged

from .common import MagentoCase, address, item, order, shipment


@tagged("post_install", "-at_install")
class TestSpeed(MagentoCase):
    def orders(self, first, count):
        return [
            order(
                number,
                [item(number * 10 + position, f"SKU-{position}", position + 1, rate=19) for position in range(5)],
                customer_id=1000 + number % 7,
                customer_email=f"buyer{number % 7}@example.org",
                billing_address=address(
                    company=f"Company {number % 7}", vat_id="", email=f"buyer{number % 7}@example.org"
                ),
                customer_taxvat=None,
                state="pending_payment",
            )
            for number in range(first, first + count)
        ]

    def queries(self, payloads):
        self.stage("orders", *payloads)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.process(limit=len(payloads))
        return (self.env.cr.sql_log_count - before) / len(payloads)

    def test_queries_per_order_do_not_grow(self):
        self.queries(self.orders(1, 10))
        few = self.queries(self.orders(100, 10))
        many = self.queries(self.orders(200, 40))
        self.assertLessEqual(many, few * 1.1)
        self.assertLessEqual(many, 6)

    def test_a_delivery_is_made_without_a_note_of_its_own(self):
        self.load("orders", self.orders(1, 1)[0] | {"state": "processing"})
        self.assertTrue(self.order_of(1).picking_ids)
        self.assertFalse(self.order_of(1).picking_ids.message_ids)

    def test_taking_over_what_is_known_costs_next_to_nothing(self):
        payloads = self.orders(1, 40)
        self.load("orders", *payloads)
        self.env["magento.record"].search([("entity", "=", "orders"), ("backend_id", "=", self.backend.id)]).write(
            {"state": "staged"}
        )
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.process()
        self.assertLessEqual((self.env.cr.sql_log_count - before) / 40, 1.5)


@tagged("post_install", "-at_install")
class TestSpeedOfGoods(MagentoCase):
    """Neither does that of moving its goods."""

    def orders(self, first, count, shipped=None):
        return [
            order(
                number,
                [
                    item(
                        number * 10 + position,
                        f"GOODS-{(number + position) % 7}",
                        position + 1,
                        qty_shipped=position + 1 if shipped is None else min(shipped, position + 1),
                    )
                    for position in range(3)
                ],
            )
            for number in range(first, first + count)
        ]

    def without_shipments(self):
        self.backend.stream_ids.filtered(lambda stream: stream.entity == "shipments").unlink()

    def queries(self, entity, payloads):
        self.stage(entity, *payloads)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.process(limit=len(payloads))
        return (self.env.cr.sql_log_count - before) / len(payloads)

    def test_queries_per_order_that_is_delivered_do_not_grow(self):
        self.without_shipments()
        self.queries("orders", self.orders(1, 10))
        few = self.queries("orders", self.orders(100, 10))
        many = self.queries("orders", self.orders(200, 40))
        self.assertEqual(self.order_of(239).delivery_status, "full")
        self.assertLessEqual(many, few * 1.1)
        self.assertLessEqual(many, 12)

    def test_queries_per_shipment_do_not_grow(self):
        payloads = self.orders(1, 60, shipped=0)
        self.load("orders", *payloads)
        shipments = [shipment(payload["entity_id"], payload) for payload in payloads]
        self.queries("shipments", shipments[:10])
        few = self.queries("shipments", shipments[10:20])
        many = self.queries("shipments", shipments[20:])
        self.assertEqual(self.order_of(60).delivery_status, "full")
        self.assertLessEqual(many, few * 1.1)
        self.assertLessEqual(many, 12)
