"""What running shops recorded goes through it all: an order is its invoices less its credit notes, as the shop says."""

import json
from decimal import Decimal

from odoo.tests import tagged

from ..magento_wire import openmage_shape
from .common import SHARED_DATA, MagentoCase


class RecordedCase(MagentoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_store(2)
        cls.make_store(3)
        for rate in (8.25, 8.375, 5, 10, 20, 21):
            cls.make_tax(rate)
        cls.give_rate("USD", "2020-01-01")
        cls.backend.shop_invoices = "bill"

    def setUp(self):
        super().setUp()
        if not SHARED_DATA.is_dir():
            self.skipTest(f"the recorded answers are not at {SHARED_DATA}; set SHARED_DATA to their folder")

    def load_all(self, orders, shipments, invoices, credit_memos):
        """In the least favourable order: what is made of an order first, the order last."""
        self.records = {}
        for entity, payloads in (
            ("credit_memos", credit_memos),
            ("invoices", invoices),
            ("shipments", shipments),
            ("orders", orders),
        ):
            self.records[entity] = self.load(entity, *payloads)
        self.process()

    def check_totals(self, payload):
        """Billed and credited here is what the shop invoiced and refunded, to the cent."""
        sale = self.order_of(payload.get("entity_id") or payload.get("order_id"))
        moves = sale.invoice_ids.filtered(lambda move: move.state == "posted")
        for kind, field in (("out_invoice", "total_invoiced"), ("out_refund", "total_refunded")):
            total = sum(moves.filtered(lambda move, kind=kind: move.move_type == kind).mapped("amount_total"))
            with self.subTest(number=payload["increment_id"], kind=kind):
                self.assertEqual(f"{total:.2f}", f"{Decimal(str(payload.get(field) or 0)):.2f}")
        self.assertFalse(self.open_cases(sale).mapped("reason"))


@tagged("post_install", "-at_install")
class TestRecordedMagento(RecordedCase):
    def setUp(self):
        super().setUp()
        self.orders = self.live("orders_all.json")["items"]
        self.load_all(
            self.orders,
            self.live("shipments_list.json")["items"],
            self.live("invoices_list.json")["items"],
            self.live("creditmemos_list.json")["items"],
        )

    def test_everything_is_taken_over(self):
        for entity, records in self.records.items():
            with self.subTest(entity=entity):
                self.assertEqual(set(records.mapped("state")), {"done"}, records.mapped("reason"))

    def test_billed_and_credited_is_what_the_shop_says(self):
        for payload in self.orders:
            self.check_totals(payload)

    def test_delivered_is_what_the_shop_shipped(self):
        lines = {str(row["item_id"]): row["qty_shipped"] for payload in self.orders for row in payload["items"]}
        for line in self.env["sale.order.line"].search([("magento_item_id", "in", list(lines))]):
            if line.product_id.type == "consu":
                self.assertEqual(line.qty_delivered, lines[line.magento_item_id], line.name)

    def test_nothing_changes_when_all_of_it_comes_again(self):
        before = self.counts()
        for entity in self.records:
            self.records[entity].write({"state": "staged"})
        self.process()
        self.assertEqual(self.counts(), before)

    def counts(self):
        return {
            model: self.env[model].search_count([])
            for model in (
                "sale.order",
                "account.move",
                "account.payment",
                "stock.picking",
                "stock.move",
                "magento.document",
                "magento.binding",
                "b2b.discrepancy",
            )
        }


@tagged("post_install", "-at_install")
class TestRecordedOpenMage(RecordedCase):
    """Payloads as the XML-RPC transport brings them into REST's shape."""

    def recorded(self, pattern):
        return [
            json.loads(path.read_text())
            for path in sorted((SHARED_DATA / "magento" / "openmage-20.0.20").glob(pattern))
        ]

    def test_all_of_it_becomes_what_the_shop_says_or_is_refused_by_name(self):
        orders = [openmage_shape.order_record(info) for info in self.recorded("sales_order.info.*.json")]
        self.load_all(
            orders,
            [openmage_shape.document_record(i, "shipment_id") for i in self.recorded("sales_order_shipment.info.*")],
            [openmage_shape.document_record(i, "invoice_id") for i in self.recorded("sales_order_invoice.info.*")],
            [
                openmage_shape.document_record(i, "creditmemo_id")
                for i in self.recorded("sales_order_creditmemo.info.*")
            ],
        )
        for entity, records in self.records.items():
            for record in records:
                with self.subTest(entity=entity, number=record.reference):
                    self.assertEqual(record.state, "done", record.reason)
        for payload in orders:
            self.check_totals(payload)
