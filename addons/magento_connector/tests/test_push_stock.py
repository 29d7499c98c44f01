"""Stock that the shop is told: what is on hand, deducted once, whoever ships."""

from odoo.tests import tagged

from ..magento_wire.errors import INDEFINITE, ShopError
from .common import item, order, shipment
from .pushing import PushCase, ToldShop


@tagged("post_install", "-at_install")
class TestStock(PushCase):
    def setUp(self):
        super().setUp()
        self.backend.push_stock = True
        self.source = self.make_source()
        self.sale = self.take_over(1, 5)
        self.product = self.sale.order_line.product_id
        self.have(self.product, 20)

    def quantities(self, shop):
        return [
            (effect.target, effect.values["source"], effect.values["quantity"])
            for effect in shop.told
            if effect.kind == "stock"
        ]

    def test_what_is_on_hand_is_told_and_reservations_are_left_to_the_shop(self):
        shop = self.connect()
        self.push()
        self.assertEqual(self.quantities(shop), [("PUMP", "default", "20")])
        self.assertTrue(shop.told[0].values["in_stock"])

    def test_several_changes_are_told_once(self):
        shop = self.connect()
        self.have(self.product, 7)
        self.have(self.product, 9)
        self.push()
        self.assertEqual(self.quantities(shop), [("PUMP", "default", "9")])
        self.push()
        self.assertEqual(len(shop.told), 1)

    def test_a_delivery_that_the_shop_is_not_told_of_lowers_nothing(self):
        shop = self.connect()
        self.deliver(self.sale)
        self.push()
        self.assertEqual(self.quantities(shop), [("PUMP", "default", "20")], "the shop still keeps 5 reserved")

    def test_what_left_here_is_told_when_the_shop_ends_the_order(self):
        shop = self.connect()
        self.deliver(self.sale)
        self.push()
        self.load("orders", order(1, [item(10, "PUMP", 5)], state="canceled", status="canceled"))
        self.push()
        self.assertEqual([row[2] for row in self.quantities(shop)], ["20", "15"], "5 left, and nothing is reserved")

    def test_goods_that_came_back_can_be_sold_again(self):
        shop = self.connect()
        self.backend.push_shipments = True
        delivery = self.deliver(self.sale, 3)
        self.push()
        self.take_back(delivery, 2)
        self.push()
        self.assertEqual([row[2] for row in self.quantities(shop)], ["17", "19"])

    def test_a_shop_without_sources_has_taken_off_what_is_ordered(self):
        shop = self.connect()
        self.backend.features = ["core"]
        self.push()
        self.assertEqual(self.quantities(shop), [("PUMP", "default", "15")])
        self.deliver(self.sale)
        self.push()
        self.assertEqual(self.quantities(shop)[1:], [("PUMP", "default", "15")], "the shop deducts it no second time")
        self.have(self.product, 30)
        self.push()
        self.assertEqual(self.quantities(shop)[2:], [("PUMP", "default", "30")])

    def test_a_shop_without_sources_has_taken_off_what_waits_for_its_payment(self):
        shop = self.connect()
        self.backend.features = ["core"]
        self.assertNotEqual(self.take_over(2, 3, state="pending_payment", status="pending_payment").state, "sale")
        self.push()
        self.assertEqual(self.quantities(shop), [("PUMP", "default", "12")])

    def test_the_shipment_goes_first_and_then_what_is_left(self):
        shop = self.connect()
        self.backend.push_shipments = True
        self.deliver(self.sale)
        self.push()
        self.assertEqual(shop.kinds(), ["shipment", "stock"])
        self.assertEqual(self.quantities(shop), [("PUMP", "default", "15")])

    def test_while_a_shipment_is_unclear_its_goods_wait(self):
        shop = self.connect(ToldShop(ShopError(INDEFINITE, "timeout", "no answer")))
        self.backend.push_shipments = True
        self.deliver(self.sale)
        self.push()
        self.assertFalse(shop.told)
        self.messages().next_try = False
        self.push()
        self.assertEqual(self.quantities(shop), [("PUMP", "default", "15")])

    def test_a_refused_shipment_is_still_owed_by_the_shop(self):
        shop = self.connect(ToldShop(ShopError("record", "refused", "no")))
        self.backend.push_shipments = True
        self.deliver(self.sale)
        self.push()
        self.assertEqual(self.messages("shipment").state, "failed")
        self.assertEqual(self.quantities(shop), [("PUMP", "default", "20")])

    def test_what_the_shop_shipped_is_delivered_here_and_deducted_once(self):
        shop = self.connect()
        self.load("orders", order(1, [item(10, "PUMP", 5, qty_shipped=5)], state="complete"))
        self.push()
        self.assertEqual(self.quantities(shop), [("PUMP", "default", "15")])

    def test_a_shipment_that_is_here_before_its_order_says_so_is_deducted_once_the_order_does(self):
        shop = self.connect()
        payload = order(1, [item(10, "PUMP", 5)])
        self.load("shipments", shipment(7, payload, {10: 3}))
        self.assertEqual(self.sale.order_line.qty_delivered, 3)
        self.push()
        self.load("orders", order(1, [item(10, "PUMP", 5, qty_shipped=3)]))
        self.push()
        self.assertEqual(self.quantities(shop)[-1], ("PUMP", "default", "17"), "3 left here, as in the shop")
        self.load("orders", order(1, [item(10, "PUMP", 5, qty_shipped=3)], status="pending"))
        self.assertFalse(self.messages("stock").filtered(lambda message: message.state == "waiting"), "nothing new")

    def test_what_left_here_before_the_shop_shipped_it_is_deducted_once_it_says_so(self):
        shop = self.connect()
        self.deliver(self.sale, 3)
        self.push()
        self.load("orders", order(1, [item(10, "PUMP", 5, qty_shipped=3)]))
        self.push()
        self.assertEqual([row[2] for row in self.quantities(shop)], ["20", "17"])

    def test_what_the_shop_shipped_and_nobody_delivers_here_is_on_hand_after_all(self):
        shop = self.connect()
        self.env["stock.warehouse"].search([("company_id", "=", self.company.id)]).delivery_steps = "pick_ship"
        self.take_over(2, 5)
        self.load("orders", order(2, [item(20, "PUMP", 5, qty_shipped=2)]))
        self.push()
        self.order_of(2).picking_ids.move_ids._action_cancel()
        self.push()
        self.assertEqual([row[2] for row in self.quantities(shop)], ["18", "20"])

    def test_sources_have_what_lies_in_their_place(self):
        shop = self.connect()
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.warehouse.lot_stock_id.id})
        yard = self.env["stock.location"].create({"name": "Yard", "location_id": self.warehouse.view_location_id.id})
        self.make_source("yard", yard)
        self.have(self.product, 3, shelf)
        self.have(self.product, 4, yard)
        self.push()
        self.assertEqual(sorted(self.quantities(shop)), [("PUMP", "default", "23"), ("PUMP", "yard", "4")])

    def test_large_and_fractional_quantities_keep_their_digits(self):
        writer = self.env["magento.push.stock"]
        self.assertEqual(writer._values("s", 12345678.5)["quantity"], "12345678.5")
        self.assertEqual(writer._values("s", 0.0), {"source": "s", "quantity": "0", "in_stock": False})

    def test_products_that_the_shop_does_not_sell_are_not_told(self):
        shop = self.connect()
        self.push()
        shop.told.clear()
        other = self.env["product.product"].create({"name": "Other", "is_storable": True, "default_code": "OTHER"})
        self.have(other, 5)
        self.push()
        self.assertFalse(shop.told)

    def test_one_statement_queues_many_products(self):
        skus = [f"SKU{number}" for number in range(30)]
        self.load("orders", order(2, [item(200 + number, sku) for number, sku in enumerate(skus)]))
        products = self.order_of(2).order_line.product_id
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self.env["magento.push.stock"]._tell(products)
        self.env.flush_all()
        self.assertLessEqual(self.env.cr.sql_log_count - before, 6)
        self.assertEqual(len(self.messages("stock")), 31)

    def test_switching_it_on_tells_everything(self):
        self.messages().unlink()
        self.backend.push_stock = False
        self.backend.push_stock = True
        self.assertEqual(self.messages("stock").mapped("key"), ["stock:PUMP@default"])

    def test_the_sources_of_the_shop_are_noted_and_a_warehouse_proposed(self):
        self.env["magento.source"].search([]).unlink()
        code = self.warehouse.code.lower()
        self.env["magento.source"]._note_found(self.backend, [(code, "Main"), ("far", "Far away")])
        found = {source.code: source.location_id for source in self.backend.source_ids}
        self.assertEqual(found, {code: self.warehouse.lot_stock_id, "far": self.env["stock.location"]})
        self.env["magento.source"]._note_found(self.backend, [(code, "Main building"), ("far", "Far away")])
        self.assertEqual(len(self.backend.source_ids), 2)
        self.assertEqual(self.backend.source_ids.filtered(lambda source: source.code == code).name, "Main building")
