"""Bundles are told by the item that the shop goes by: as a whole by their own, in parts by their parts'."""

from odoo.tests import tagged

from .common import item, order, shipment
from .pushing import PushCase

PRODUCT = 501


class BundleCase(PushCase):
    def setUp(self):
        super().setUp()
        self.backend.write({"push_shipments": True, "push_invoices": True, "push_credit_memos": True})
        self.make_source()
        self.shop = self.connect()

    def take_over_kits(self, quantity=2, *, priced_as_whole=True, together=True):
        """An order of kits, each of two of PART-A (item 11) and one of PART-B (item 12), and a pump (item 20)."""
        if together is not None:
            product = {"id": PRODUCT, "sku": "KIT", "name": "Kit", "type_id": "bundle", "price": 50, "status": 1}
            kind = {"attribute_code": "shipment_type", "value": "0" if together else "1"}
            self.load("products", {**product, "custom_attributes": [kind]})
        kit = item(10, "KIT", quantity, "50.00", product_type="bundle", product_id=PRODUCT)
        prices, rate = (("0", "0"), 0) if priced_as_whole else (("15.00", "20.00"), 19)
        if not priced_as_whole:
            kit["tax_percent"] = None
        parts = [
            item(11, "PART-A", quantity * 2, prices[0], rate, parent_item_id=10),
            item(12, "PART-B", quantity, prices[1], rate, parent_item_id=10),
        ]
        self.payload = order(1, [kit, *parts, item(20, "PUMP", 1)])
        self.load("orders", self.payload)
        return self.order_of(1)

    def deliver_only(self, sale, **quantities):
        """Deliver so many of some SKUs; the rest becomes a backorder."""
        picking = sale.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))[:1]
        for move in picking.move_ids:
            move.quantity = quantities.get(move.product_id.default_code.replace("-", "_"), 0)
            move.picked = bool(move.quantity)
        picking.with_context(skip_backorder=True)._action_done()

    def told(self):
        self.push()
        lines = [effect.values["lines"] for effect in self.shop.told]
        self.shop.told.clear()
        return lines


@tagged("post_install", "-at_install")
class TestBundlesShipped(BundleCase):
    def test_a_bundle_shipped_as_a_whole_is_told_by_its_own_item(self):
        for priced_as_whole in (True, False):
            with self.subTest(priced_as_whole=priced_as_whole), self.cr.savepoint() as savepoint:
                sale = self.take_over_kits(priced_as_whole=priced_as_whole)
                self.deliver(sale)
                self.assertEqual(self.told(), [[["20", "1"], ["10", "2"]]])
                parts = sale.order_line.filtered("magento_parent_item_id")
                self.assertEqual(parts.mapped("magento_told_shipped"), [4, 2], "their parts are in the shop as well")
                savepoint.rollback()

    def test_a_bundle_shipped_in_parts_or_unknown_is_told_by_its_parts(self):
        for together in (False, None):
            with self.subTest(together=together), self.cr.savepoint() as savepoint:
                self.deliver(self.take_over_kits(together=together))
                self.assertEqual(self.told(), [[["11", "4"], ["12", "2"], ["20", "1"]]])
                savepoint.rollback()

    def test_parts_that_make_no_set_wait_for_the_delivery_that_completes_it(self):
        for priced_as_whole in (True, False):
            with self.subTest(priced_as_whole=priced_as_whole), self.cr.savepoint() as savepoint:
                sale = self.take_over_kits(priced_as_whole=priced_as_whole)
                self.deliver_only(sale, PART_A=3, PUMP=1)
                self.assertEqual(self.told(), [[["20", "1"]]])
                self.deliver_only(sale, PART_B=2)
                self.assertEqual(self.told(), [[["10", "1"]]])
                self.deliver_only(sale, PART_A=1)
                self.assertEqual(self.told(), [[["10", "1"]]])
                savepoint.rollback()

    def test_deliveries_told_at_once_count_each_set_once(self):
        sale = self.take_over_kits(priced_as_whole=False)
        self.deliver_only(sale, PART_A=2, PART_B=1)
        self.deliver(sale)
        self.assertEqual(sum(float(dict(lines).get("10", 0)) for lines in self.told()), 2)

    def test_sets_that_the_shop_shipped_itself_are_not_told_back(self):
        for priced_as_whole in (True, False):
            with self.subTest(priced_as_whole=priced_as_whole), self.cr.savepoint() as savepoint:
                sale = self.take_over_kits(priced_as_whole=priced_as_whole)
                self.load("shipments", shipment(5, self.payload, {10: 1}))
                self.assertEqual(self.told(), [])
                self.deliver(sale)
                self.assertEqual(self.told(), [[["20", "1"], ["10", "1"]]])
                savepoint.rollback()


@tagged("post_install", "-at_install")
class TestBundlesBilled(BundleCase):
    def bill_and_credit(self, sale):
        move = sale._create_invoices(final=True)
        move.action_post()
        invoiced = self.told()
        move._reverse_moves([{"invoice_date": move.invoice_date}]).action_post()
        return invoiced + self.told()

    def test_a_bundle_priced_as_a_whole_is_invoiced_and_refunded_by_its_own_item(self):
        self.assertEqual(self.bill_and_credit(self.take_over_kits()), [[["10", "2"], ["20", "1"]]] * 2)

    def test_a_bundle_priced_by_its_parts_is_invoiced_and_refunded_by_these(self):
        sale = self.take_over_kits(priced_as_whole=False)
        self.assertEqual(self.bill_and_credit(sale), [[["11", "4"], ["12", "2"], ["20", "1"]]] * 2)
