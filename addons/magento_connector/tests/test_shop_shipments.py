"""Shipments made in the shop deliver what they name, once."""

from datetime import date
from decimal import Decimal

from odoo.tests import tagged

from .common import item, order, shipment
from .pushing import PushCase


@tagged("post_install", "-at_install")
class TestShopShipments(PushCase):
    def order_with_two_lines(self, number=1, **values):
        return order(number, [item(number * 10, "PUMP", 5), item(number * 10 + 1, "HOSE", 2)], **values)

    def delivered(self, number=1):
        return self.order_of(number).order_line.mapped("qty_delivered")

    def test_a_shipment_delivers_exactly_its_lines_and_leaves_a_backorder(self):
        payload = self.order_with_two_lines()
        self.load("orders", payload)
        [record] = self.load("shipments", shipment(1, payload, {10: 3}, [("DHL", "JD0001")]))
        self.assertEqual(record.state, "done", record.reason)
        self.assertEqual(self.delivered(), [3.0, 0.0])
        picking = self.document_of("shipments", 1)
        self.assertEqual(
            (picking.state, picking.magento_shipment, picking.magento_tracking), ("done", "S00000001", "DHL: JD0001")
        )
        self.assertEqual(str(picking.date_done), "2026-11-03 09:00:00")
        backorder = self.order_of(1).picking_ids - picking
        self.assertEqual(sorted(backorder.move_ids.mapped("product_uom_qty")), [2.0, 2.0])

    def test_a_closing_day_counts_a_shipment_on_the_day_on_which_the_shop_shipped(self):
        payload = self.order_with_two_lines()
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload, {10: 3}))
        pumps, hoses = self.order_of(1).order_line
        self.assertEqual(pumps._b2b_deliveries(), ((date(2026, 11, 3), Decimal(3)),))
        self.assertEqual(hoses._b2b_deliveries(), ())
        self.take_back(self.document_of("shipments", 1), 1)
        today = pumps.company_id._b2b_today()
        self.assertEqual(pumps._b2b_deliveries(), ((date(2026, 11, 3), Decimal(3)), (today, Decimal(-1))))

    def test_what_came_back_is_not_shipped_again(self):
        payload = order(1, [item(10, "PUMP", 10)])
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload, {10: 4}))
        self.take_back(self.document_of("shipments", 1), 2)
        self.deliver(self.order_of(1), 3)
        self.load("shipments", shipment(2, payload, {10: 3}))
        self.assertEqual(self.delivered(), [5.0], "4 - 2 + 3, and the shop's 3 are the 3 that left here")

    def test_while_shipments_are_not_read_the_order_tells_what_was_shipped(self):
        stream = self.backend.stream_ids.filtered(lambda stream: stream.entity == "shipments")
        stream.state = "stopped"
        payload = order(1, [item(10, "PUMP", 5, qty_shipped=3)])
        self.load("orders", payload)
        self.assertEqual(self.delivered(), [3.0])
        stream.action_resume()
        self.load("shipments", shipment(1, payload, {10: 3}))
        self.assertEqual(self.delivered(), [3.0], "it is the same shipment")
        self.assertEqual(self.document_of("shipments", 1).state, "done")

    def test_shipments_of_one_batch_follow_each_other(self):
        payload = self.order_with_two_lines()
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload, {10: 3}), shipment(2, payload, {10: 2, 11: 2}))
        self.assertEqual(self.delivered(), [5.0, 2.0])
        self.assertNotEqual(self.document_of("shipments", 1), self.document_of("shipments", 2))

    def test_the_same_shipment_again_delivers_nothing_more_and_brings_its_tracking_number(self):
        payload = self.order_with_two_lines()
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload, {10: 3}))
        self.load("shipments", shipment(1, payload, {10: 3}, [("UPS", "1Z9")], updated_at="2026-11-04 09:00:00"))
        self.assertEqual(self.delivered(), [3.0, 0.0])
        self.assertEqual(self.document_of("shipments", 1).magento_tracking, "UPS: 1Z9")
        self.assertEqual(self.order_of(1).magento_document_ids.tracking, "UPS: 1Z9")

    def test_a_shipment_before_its_order_waits_and_goes_on_with_it(self):
        payload = self.order_with_two_lines()
        [record] = self.load("shipments", shipment(1, payload))
        self.assertEqual((record.state, record.cause, record.waits_for), ("staged", "waiting", "order:1"))
        self.load("orders", payload)
        self.assertEqual(record.state, "done", record.reason)
        self.assertEqual(self.delivered(), [5.0, 2.0])

    def test_a_shipment_of_an_unconfirmed_order_waits_for_its_confirmation(self):
        payload = self.order_with_two_lines(state="pending_payment")
        self.load("orders", payload)
        [record] = self.load("shipments", shipment(1, payload))
        self.assertEqual((record.state, record.cause), ("staged", "waiting"))
        self.order_of(1).action_confirm()
        self.process()
        self.assertEqual(record.state, "done", record.reason)
        self.assertEqual(self.delivered(), [5.0, 2.0])

    def test_a_shipment_of_a_cancelled_order_is_set_aside_with_words(self):
        payload = self.order_with_two_lines(state="canceled")
        self.load("orders", payload)
        [record] = self.load("shipments", shipment(1, payload))
        self.assertEqual((record.state, record.cause), ("set_aside", "data"))
        self.assertIn("cancelled here", record.reason)

    def test_more_than_is_open_is_set_aside_and_stops_no_other(self):
        payload, other = self.order_with_two_lines(1), self.order_with_two_lines(2)
        self.load("orders", payload, other)
        records = self.load("shipments", shipment(1, payload, {10: 6}), shipment(2, other, {20: 1}))
        self.assertEqual(records.mapped("state"), ["set_aside", "done"])
        self.assertIn("only 5 are open", records[0].reason)
        self.assertEqual((self.delivered(1), self.delivered(2)), ([0.0, 0.0], [1.0, 0.0]))

    def test_a_warehouse_with_several_steps_is_left_to_a_person_and_goes_on_after_the_picking(self):
        self.env["stock.warehouse"].search([("company_id", "=", self.company.id)]).delivery_steps = "pick_ship"
        payload = self.order_with_two_lines()
        self.load("orders", payload)
        [record] = self.load("shipments", shipment(1, payload))
        self.assertEqual(record.state, "set_aside")
        self.assertIn("several steps", record.reason)
        for move in self.order_of(1).picking_ids.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        self.order_of(1).picking_ids.move_ids._action_done()
        record.action_retry()
        self.process()
        self.assertEqual(record.state, "done", record.reason)
        self.assertEqual(self.delivered(), [5.0, 2.0])

    def test_what_a_person_delivered_before_is_not_delivered_again(self):
        payload = self.order_with_two_lines()
        self.load("orders", payload)
        picking = self.order_of(1).picking_ids
        for move in picking.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        picking.move_ids._action_done()
        [record] = self.load("shipments", shipment(1, payload))
        self.assertEqual(record.state, "done", record.reason)
        self.assertEqual(self.delivered(), [5.0, 2.0])
        self.assertEqual(self.document_of("shipments", 1), picking)

    def test_a_shipment_that_odoo_made_is_recognised_by_its_mark(self):
        payload = self.order_with_two_lines()
        self.load("orders", payload)
        picking = self.order_of(1).picking_ids
        comment = {"comment": f"Shipped from Odoo [shipment:{picking.id}]"}
        self.load("shipments", shipment(1, payload, comments=[comment]))
        self.assertEqual(self.document_of("shipments", 1), picking)
        self.assertNotEqual(picking.state, "done")

    def test_a_mark_that_is_not_of_this_order_is_a_comment_like_any_other(self):
        payload, other = self.order_with_two_lines(), self.order_with_two_lines(2)
        self.load("orders", payload, other)
        marks = (f"shipment:{self.order_of(2).picking_ids.id}", "shipment:x", f"shipment:{10**20}")
        for number, mark in enumerate(marks, 1):
            comment = {"comment": f"Shipped from Odoo [{mark}]"}
            records = self.load("shipments", shipment(number, payload, {10: 1}, comments=[comment]))
            self.assertEqual(set(records.mapped("state")), {"done"}, records.mapped("reason"))
        self.assertNotEqual(self.order_of(2).picking_ids.state, "done")
        self.assertEqual(self.delivered()[0], 3.0)

    def test_a_configurable_product_is_shipped_once_by_its_parent(self):
        parent = item(10, "CONF-L", 3, product_type="configurable")
        child = item(11, "CONF-L", 3, price="0", rate=0, parent_item_id=10)
        payload = order(1, [parent, child])
        self.load("orders", payload)
        [record] = self.load("shipments", shipment(1, payload, {10: 2, 11: 1}))
        self.assertEqual(record.state, "done", record.reason)
        self.assertEqual(self.delivered(), [2.0])

    def test_a_bundle_that_is_shipped_as_a_whole_ships_its_parts(self):
        bundle = item(10, "KIT", 2, product_type="bundle")
        parts = [item(11, "PUMP", 2, price="0", rate=0, parent_item_id=10)]
        parts += [item(12, "HOSE", 4, price="0", rate=0, parent_item_id=10)]
        payload = order(1, [bundle, *parts])
        self.load("orders", payload)
        [record] = self.load("shipments", shipment(1, payload, {10: 1}))
        self.assertEqual(record.state, "done", record.reason)
        goods = self.order_of(1).order_line.filtered(lambda line: line.product_id.type == "consu")
        self.assertEqual(goods.mapped("qty_delivered"), [1.0, 2.0])

    def test_an_unknown_line_is_refused(self):
        payload = self.order_with_two_lines()
        self.load("orders", payload)
        odd = shipment(1, payload, {10: 1})
        odd["items"].append({"order_item_id": 99, "sku": "OTHER", "qty": 1})
        [record] = self.load("shipments", odd)
        self.assertEqual(record.state, "set_aside")
        self.assertIn("OTHER", record.reason)

    def test_stock_that_odoo_keeps_and_has_too_little_of_is_a_case_that_stops_nothing(self):
        payload = self.order_with_two_lines()
        self.load("orders", payload)
        sale = self.order_of(1)
        self.env["stock.quant"]._update_available_quantity(
            sale.order_line[0].product_id, sale.warehouse_id.lot_stock_id, 3
        )
        self.load("shipments", shipment(1, payload))
        self.assertEqual(self.delivered(), [5.0, 2.0])
        case = self.open_cases(sale)
        self.assertEqual((case.type, case.blocking), ("shop_document", False))
        self.assertIn("5 × ", case.reason)

    def test_the_document_is_noted_and_opens_the_transfer(self):
        payload = self.order_with_two_lines()
        self.load("orders", payload)
        [record] = self.load("shipments", shipment(1, payload))
        action = record.action_open_document()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("stock.picking", self.document_of("shipments", 1).id)
        )
        noted = self.order_of(1).magento_document_ids
        self.assertEqual((noted.kind, noted.picking_id), ("shipment", self.document_of("shipments", 1)))
        self.assertEqual(self.order_of(1).magento_shipment_count, 1)

    def test_queries_per_shipment_do_not_grow(self):
        payloads = [self.order_with_two_lines(number) for number in range(1, 61)]
        self.load("orders", *payloads)

        def queries(first, count):
            self.stage("shipments", *(shipment(at, payloads[at - 1]) for at in range(first, first + count)))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.process(limit=count)
            return (self.env.cr.sql_log_count - before) / count

        queries(1, 10)
        few, many = queries(11, 10), queries(21, 40)
        self.assertLessEqual(many, few * 1.1)
