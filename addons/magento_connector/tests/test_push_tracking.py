"""Tracking numbers that come after the shipment are told to the shop, and what it shipped itself is not told again."""

from odoo.tests import tagged

from ..magento_wire.errors import TRANSIENT, ShopError
from .common import item, order, shipment
from .pushing import PushCase, ToldShop


@tagged("post_install", "-at_install")
class TestTracking(PushCase):
    def setUp(self):
        super().setUp()
        self.backend.push_shipments = True
        self.make_source()

    def told(self, shop):
        return [
            (effect.target, effect.values["shipment"], effect.values["number"], bool(effect.values.get("gone")))
            for effect in shop.told
            if effect.kind == "tracking"
        ]

    def test_a_number_that_comes_later_is_told_of_the_same_shipment(self):
        shop = self.connect()
        picking = self.deliver(self.take_over(1, 5))
        self.push()
        self.assertEqual(shop.kinds(), ["shipment"])
        picking.magento_parcel_numbers = "P-1, P-2"
        self.push()
        self.assertEqual(shop.kinds(), ["shipment", "tracking", "tracking"])
        self.assertEqual(self.told(shop), [("1", "900", "P-1", False), ("1", "900", "P-2", False)])
        self.assertEqual(set(self.messages("tracking").mapped("state")), {"sent"})

    def test_a_number_that_is_replaced_is_taken_off_again(self):
        shop = self.connect()
        sale = self.take_over(1, 5)
        sale.picking_ids.magento_parcel_numbers = "P-1; P-2"
        picking = self.deliver(sale)
        self.push()
        picking.magento_parcel_numbers = "P-1, P-3"
        self.push()
        self.assertEqual(self.told(shop), [("1", "900", "P-3", False), ("1", "900", "P-2", True)])
        self.assertIn("taken off", self.messages("tracking")[-1].summary)

    def test_a_mistake_that_is_mended_before_it_was_told_leaves_the_last_word(self):
        shop = self.connect()
        picking = self.deliver(self.take_over(1, 5))
        self.push()
        picking.magento_parcel_numbers = "P-1"
        picking.magento_parcel_numbers = "P-2"
        picking.magento_parcel_numbers = "P-1"
        self.push()
        self.assertEqual(self.told(shop), [("1", "900", "P-1", False), ("1", "900", "P-2", True)])

    def test_the_same_number_again_is_not_told(self):
        self.connect()
        sale = self.take_over(1, 5)
        sale.picking_ids.magento_parcel_numbers = "P-1"
        picking = self.deliver(sale)
        self.push()
        picking.magento_parcel_numbers = " P-1 "
        self.assertFalse(self.messages("tracking"))

    def test_a_number_waits_for_its_shipment(self):
        shop = self.connect(ToldShop(ShopError(TRANSIENT, "unavailable", "maintenance")))
        picking = self.deliver(self.take_over(1, 5))
        self.push()
        picking.magento_parcel_numbers = "P-1"
        self.messages().next_try = False
        self.backend.push_next = False
        self.push()
        self.assertEqual(shop.kinds(), ["shipment", "tracking"])
        self.assertEqual(shop.told[0].values["tracks"][0][2], "P-1", "told with it, and looked for after it")

    def test_nothing_is_told_of_deliveries_that_the_shop_does_not_know(self):
        self.backend.push_shipments = False
        picking = self.deliver(self.take_over(1, 5))
        self.backend.push_shipments = True
        picking.magento_parcel_numbers = "P-1"
        open_one = self.take_over(2, 5).picking_ids
        open_one.magento_parcel_numbers = "P-2"
        self.assertFalse(self.messages("tracking"))

    def test_numbers_of_the_shop_are_not_told_back_and_leave_what_is_typed_here(self):
        shop = self.connect()
        payload = order(1, [item(10, "PUMP", 5)])
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload, {10: 5}, [("DHL", "JD1")]))
        picking = self.document_of("shipments", 1)
        self.assertFalse(self.messages())
        picking.magento_parcel_numbers = "P-1"
        self.push()
        self.assertEqual(self.told(shop), [("1", "1", "P-1", False)])
        self.load("shipments", shipment(1, payload, {10: 5}, [("DHL", "JD1")], updated_at="2026-11-04 09:00:00"))
        self.assertEqual((picking.magento_parcel_numbers, picking.magento_tracking), ("P-1", "DHL: JD1"))
        self.assertEqual(len(self.messages("tracking")), 1)


@tagged("post_install", "-at_install")
class TestShippedByBoth(PushCase):
    def setUp(self):
        super().setUp()
        self.backend.push_shipments = True
        self.make_source()
        self.payload = order(1, [item(10, "PUMP", 5)])

    def lines_told(self, shop):
        return [effect.values["lines"] for effect in shop.told if effect.kind == "shipment"]

    def test_what_the_shop_shipped_of_a_delivery_leaves_the_rest_to_be_told(self):
        shop = self.connect()
        self.load("orders", self.payload)
        sale = self.order_of(1)
        picking = self.deliver(sale)
        self.load("shipments", shipment(1, self.payload, {10: 2}))
        self.assertEqual(self.document_of("shipments", 1), picking)
        self.assertEqual(sale.order_line.qty_delivered, 5, "not delivered twice")
        self.push()
        self.assertEqual(self.lines_told(shop), [[["10", "3"]]])
        self.assertEqual(sale.order_line.magento_told_shipped, 5)
        self.push()
        self.assertEqual(len(shop.told), 1)

    def test_a_delivery_that_the_shop_shipped_wholly_is_not_told(self):
        shop = self.connect()
        self.load("orders", self.payload)
        self.deliver(self.order_of(1))
        self.load("shipments", shipment(1, self.payload, {10: 2}), shipment(2, self.payload, {10: 3}))
        self.push()
        self.assertFalse(shop.told)
        self.assertEqual(self.messages("shipment").state, "sent")

    def test_a_bundle_that_the_shop_ships_by_its_own_item_is_not_told_back_by_its_parts(self):
        shop = self.connect()
        bundle = item(10, "KIT", 2, product_type="bundle")
        parts = [item(11, "PUMP", 2, price="0", rate=0, parent_item_id=10)]
        parts += [item(12, "HOSE", 4, price="0", rate=0, parent_item_id=10)]
        payload = order(1, [bundle, *parts])
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload, {10: 1}))
        goods = self.order_of(1).order_line.filtered(lambda line: line.product_id.type == "consu")
        self.assertEqual(goods.mapped("qty_delivered"), [1.0, 2.0])
        self.push()
        self.assertFalse(shop.told)
        self.assertFalse(self.messages("shipment"))

    def test_each_piece_is_in_the_shop_once_whoever_ships_it(self):
        shop = self.connect()
        self.load("orders", self.payload)
        sale = self.order_of(1)
        self.deliver(sale, 2)
        self.load("shipments", shipment(1, self.payload, {10: 3}))
        self.assertEqual(sale.order_line.qty_delivered, 3)
        self.deliver(sale)
        self.push()
        self.assertEqual(sale.order_line.qty_delivered, 5)
        self.assertEqual(sum(float(line[1]) for lines in self.lines_told(shop) for line in lines), 2)
