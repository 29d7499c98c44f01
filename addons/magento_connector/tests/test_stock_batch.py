"""Goods of many orders are moved together, and to the last piece as core moves those of one after another."""

from unittest.mock import patch

from odoo.tests import tagged

from ..models import magento_record_queue
from .common import MagentoCase, item, order

ON_SHELF, IN_BIN = {"0": 10, "1": 4}, {"1": 3, "2": 50}


@tagged("post_install", "-at_install")
class TestStockBatch(MagentoCase):
    def setUp(self):
        super().setUp()
        self.backend.stream_ids.filtered(lambda stream: stream.entity == "shipments").unlink()
        self.stock = self.env["stock.warehouse"].search([("company_id", "=", self.company.id)], limit=1).lot_stock_id
        self.bin = self.env["stock.location"].create({"name": "Bin", "location_id": self.stock.id})

    def payload(self, world, number, goods, **values):
        """An order of some goods of a world; both have the same.

        :param goods: (which, ordered, shipped)
        """
        lines = [
            item(number * 10 + place, f"{world}-{which}", ordered, qty_shipped=shipped)
            for place, (which, ordered, shipped) in enumerate(goods)
        ]
        return order(number, lines, **values)

    def happenings(self, world, first):
        """What is on hand, what another order reserved, and then a batch that takes all of that and more."""
        every = [(which, 1, 0) for which in range(5)]
        self.load("orders", self.payload(world, first, every, state="pending_payment"))
        for place, pieces in ((self.stock, ON_SHELF), (self.bin, IN_BIN)):
            for which, quantity in pieces.items():
                product = self.product(world, which)
                self.env["stock.quant"]._update_available_quantity(product, place, quantity)
        self.load("orders", self.payload(world, first + 1, [(0, 8, 0), (2, 5, 0)]))
        self.load(
            "orders",
            self.payload(world, first + 2, [(0, 6, 6), (1, 6, 6), (3, 2, 2)]),
            self.payload(world, first + 3, [(0, 4, 4), (3, 5, 2), (4, 1, 1)]),
            self.payload(world, first + 4, [(2, 3, 3), (3, 1, 1), (3, 2, 2)]),
            self.payload(world, first + 5, [(4, 7, 0), (1, 2, 1)]),
        )
        orders = self.env["sale.order"].union(*(self.order_of(first + number) for number in range(1, 6)))
        return self.moved(world, first, orders), self.quants(world)

    def product(self, world, which):
        return self.env["product.product"].search([("default_code", "=", f"{world}-{which}")])

    def moved(self, world, first, orders):
        return sorted(
            (
                int(move.sale_line_id.magento_item_id) - first * 10,
                move.product_uom_qty,
                move.quantity,
                move.state,
                move.picked,
                move.picking_id.state,
                move.sale_line_id.qty_delivered,
                sorted((line.quantity, line.location_id.name, line.state, line.picked) for line in move.move_line_ids),
            )
            for move in orders.order_line.move_ids
        )

    def quants(self, world):
        return sorted(
            (
                quant.product_id.default_code[len(world) :],
                quant.location_id.name,
                quant.quantity,
                quant.reserved_quantity,
            )
            for quant in self.env["stock.quant"].search([("product_id.default_code", "=like", f"{world}-%")])
        )

    def test_the_goods_of_a_batch_move_as_core_moves_them(self):
        together = self.happenings("TOGETHER", 100)
        with patch.object(magento_record_queue, "Batch", lambda: None):
            alone = self.happenings("ALONE", 200)
        self.assertEqual(together[0], alone[0])
        self.assertEqual(together[1], alone[1])
        self.assertIn(("-3", self.stock.name, -7.0, 0.0), together[1])
        self.assertIn("confirmed", {state for _item, _due, _done, state, *_rest in together[0]})

    def test_a_transfer_is_scheduled_for_the_day_of_its_order_until_it_is_done(self):
        self.load(
            "orders",
            self.payload("DAY", 300, [(0, 2, 2)]),
            self.payload("DAY", 301, [(0, 2, 2)], created_at="2026-11-05 10:00:00"),
        )
        days = [str(self.order_of(number).picking_ids.scheduled_date)[:10] for number in (300, 301)]
        self.assertEqual(days, ["2026-11-02", "2026-11-05"])

    def test_an_order_that_is_changed_later_joins_the_transfer_that_is_open(self):
        self.load("orders", self.payload("LATER", 400, [(0, 2, 0)]))
        sold = self.order_of(400)
        sold.order_line.product_uom_qty = 5
        self.assertEqual(sold.picking_ids.move_ids.mapped("product_uom_qty"), [5.0])
