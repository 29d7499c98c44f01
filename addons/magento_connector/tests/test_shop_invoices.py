"""Invoices made in the shop: compared with what Odoo bills, or billed as they are."""

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import MagentoCase, document, item, order, shipment


@tagged("post_install", "-at_install")
class TestComparedInvoices(MagentoCase):
    def test_the_shops_invoice_is_noted_and_linked_with_the_one_here(self):
        payload = order(1, [item(10, "PUMP", 5, price="9.99")])
        self.load("orders", payload)
        [record] = self.load("invoices", document(1, payload))
        sale = self.order_of(1)
        self.assertEqual(record.state, "done", record.reason)
        noted = sale.magento_document_ids
        self.assertEqual((noted.kind, noted.number, noted.amount_total), ("invoice", "D00000001", 59.44))
        self.assertFalse(sale.invoice_ids)
        self.load("shipments", shipment(1, payload))
        move = self.bill(sale)
        self.assertEqual(move.state, "posted")
        self.assertEqual((noted.move_id, self.document_of("invoices", 1)), (move, move))
        self.assertFalse(self.open_cases(sale))

    def test_an_invoice_that_comes_after_odoos_is_linked_too(self):
        payload = order(1, [item(10, "PUMP", 5)])
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload))
        move = self.bill(self.order_of(1))
        self.load("invoices", document(1, payload))
        self.assertEqual(self.document_of("invoices", 1), move)

    def test_an_invoice_that_bills_by_the_dozen_is_the_same_as_the_shops(self):
        payload = order(1, [item(10, "PUMP", 24)])
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload))
        sale = self.order_of(1)
        move = sale._create_invoices()
        line = move.invoice_line_ids.filtered("sale_line_ids")
        line.write({"quantity": 2, "product_uom_id": self.env.ref("uom.product_uom_dozen").id, "price_unit": 120.0})
        move.action_post()
        self.load("invoices", document(1, payload))
        self.assertEqual(self.document_of("invoices", 1), move)

    def test_two_shop_invoices_are_linked_with_the_one_that_bills_both(self):
        payload = order(1, [item(10, "PUMP", 5)])
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload))
        self.load("invoices", document(1, payload, {10: 2}), document(2, payload, {10: 3}))
        move = self.bill(self.order_of(1))
        self.assertEqual((self.document_of("invoices", 1), self.document_of("invoices", 2)), (move, move))

    def test_another_total_for_the_same_quantities_is_flagged_and_settled_when_mended(self):
        payload = order(1, [item(10, "PUMP", 5)])
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload))
        wrong = document(1, payload)
        wrong["items"][0].update(row_total=51.0)
        wrong["grand_total"] = 60.5
        self.load("invoices", wrong)
        sale = self.order_of(1)
        self.bill(sale)
        case = self.open_cases(sale)
        self.assertEqual((case.type, case.blocking), ("shop_document", False))
        self.assertEqual((case.amount_expected, case.amount_found), (60.5, 59.5))
        self.load("invoices", document(1, payload, updated_at="2026-11-06 10:00:00"))
        self.assertFalse(self.open_cases(sale))

    def test_other_quantities_are_no_difference(self):
        payload = order(1, [item(10, "PUMP", 5)])
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload, {10: 2}))
        self.load("invoices", document(1, payload))
        self.bill(self.order_of(1))
        self.assertFalse(self.open_cases(self.order_of(1)))

    def test_an_invoice_that_does_not_add_up_is_refused_with_both_figures(self):
        payload = order(1)
        self.load("orders", payload)
        [record] = self.load("invoices", document(1, payload, grand_total=99.0))
        self.assertEqual((record.state, record.cause), ("set_aside", "data"))
        self.assertIn("99", record.reason)
        self.assertIn("11.9", record.reason)


@tagged("post_install", "-at_install")
class TestBilledInvoices(MagentoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.backend.shop_invoices = "bill"

    def test_each_shop_invoice_becomes_one_of_exactly_its_lines(self):
        payload = order(1, [item(10, "PUMP", 5, price="9.99"), item(11, "HOSE", 2, rate=7)])
        self.load("orders", payload)
        sale = self.order_of(1)
        records = self.load("invoices", document(1, payload, {10: 2}), document(2, payload, {10: 3, 11: 2}))
        self.assertEqual(records.mapped("state"), ["done", "done"], records.mapped("reason"))
        first, second = (self.document_of("invoices", number) for number in (1, 2))
        self.assertEqual((first.state, first.ref, first.amount_total), ("posted", "D00000001", 23.78))
        self.assertEqual(first.invoice_line_ids.mapped("quantity"), [2.0])
        self.assertEqual(str(first.invoice_date), "2026-11-03")
        self.assertEqual(second.invoice_line_ids.mapped("quantity"), [3.0, 2.0])
        self.assertEqual(
            sale.currency_id.compare_amounts(first.amount_total + second.amount_total, sale.amount_total), 0
        )
        self.assertEqual(self.env["b2b.billing.key"].search_count([("order_id", "=", sale.id)]), 3)

    def test_the_same_invoice_again_makes_no_other(self):
        payload = order(1)
        self.load("orders", payload)
        [record] = self.load("invoices", document(1, payload))
        record.state = "staged"
        self.process()
        self.assertEqual(len(self.order_of(1).invoice_ids), 1)

    def test_billing_policies_leave_these_orders_alone(self):
        payload = order(1)
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload))
        sale = self.order_of(1)
        self.assertFalse(self.bill(sale))
        self.assertEqual(sale.b2b_billing_state, "waits")
        self.assertIn("shop's own invoices", sale.b2b_billing_reason)

    def test_a_part_has_the_shops_amounts_and_the_last_what_is_left_of_the_order(self):
        payload = order(1, [item(10, "BOLT", 3, price="0.333")])  # 1.00 net, 0.19 tax
        self.load("orders", payload)
        first = document(1, payload, {10: 1})
        first["items"][0].update(row_total=0.34, tax_amount=0.07)
        first.update(grand_total=0.41, tax_amount=0.07)
        self.load("invoices", first, document(2, payload, {10: 2}))
        sale = self.order_of(1)
        moves = [self.document_of("invoices", number) for number in (1, 2)]
        self.assertEqual([move.amount_total for move in moves], [0.41, 0.78])
        self.assertEqual(round(sum(move.amount_total for move in moves), 2), sale.amount_total)
        self.assertEqual(self.open_cases(sale).mapped("type"), ["shop_document"] if sale.amount_total != 1.2 else [])

    def test_more_than_is_left_to_bill_is_set_aside(self):
        payload = order(1)
        self.load("orders", payload)
        self.load("invoices", document(1, payload))
        records = self.load("invoices", document(2, payload))
        self.assertEqual(records[-1].state, "set_aside")
        self.assertIn("only 0", records[-1].reason)

    def test_a_cancelled_invoice_makes_none_and_a_later_cancellation_is_a_case(self):
        payload, other = order(1), order(2)
        self.load("orders", payload, other)
        self.load("invoices", document(1, payload, state=3), document(2, other))
        self.assertFalse(self.order_of(1).invoice_ids)
        self.load("invoices", document(2, other, state=3, updated_at="2026-11-06 10:00:00"))
        self.assertEqual(self.open_cases(self.order_of(2)).type, "shop_document")

    def test_an_invoice_that_odoo_made_is_recognised_by_its_mark(self):
        self.backend.shop_invoices = "compare"
        payload = order(1)
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload))
        move = self.bill(self.order_of(1))
        self.backend.shop_invoices = "bill"
        self.load("invoices", document(1, payload, comments=[{"comment": f"INV [invoice:{move.id}]"}]))
        self.assertEqual(self.document_of("invoices", 1), move)
        self.assertEqual(self.order_of(1).invoice_ids, move)

    def test_shipping_is_billed_with_the_invoice_that_has_it(self):
        lines = [item(10, "PUMP", 5)]
        payload = order(1, lines, shipping_amount=7.9, shipping_tax_amount=1.5, grand_total=68.9, tax_amount=11.0)
        payload["extension_attributes"]["additional_itemized_taxes"] = [
            {"taxable_item_type": "shipping", "tax_code": "DE 19", "tax_percent": 19, "amount": 1.5}
        ]
        self.load("orders", payload)
        sale = self.order_of(1)
        self.assertEqual(sale.amount_total, 68.9)
        self.load(
            "invoices", document(1, payload, {10: 2}, shipping=7.9, shipping_tax=1.5), document(2, payload, {10: 3})
        )
        moves = [self.document_of("invoices", number) for number in (1, 2)]
        self.assertEqual([move.amount_total for move in moves], [33.2, 35.7])

    def test_queries_per_invoice_do_not_grow(self):
        payloads = [order(number, [item(number * 10, "PUMP", 5)]) for number in range(1, 61)]
        self.load("orders", *payloads)

        def queries(first, count):
            self.stage("invoices", *(document(at, payloads[at - 1]) for at in range(first, first + count)))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.process(limit=count)
            return (self.env.cr.sql_log_count - before) / count

        queries(1, 10)
        few, many = queries(11, 10), queries(21, 40)
        self.assertLessEqual(many, few * 1.1)

    def test_a_shop_whose_invoices_cannot_be_read_does_not_bill_by_them(self):
        self.backend.shop_invoices = "bill"
        with self.assertRaisesRegex(ValidationError, "never be billed"):
            self.backend.protocol = "openmage_soap"
