"""What an order of the shop becomes."""

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import MagentoCase, item, order


@tagged("post_install", "-at_install")
class TestOrders(MagentoCase):
    def test_an_order_is_taken_over_with_its_references(self):
        self.load("orders", order(1))
        sale = self.order_of(1)
        self.assertEqual((sale.origin, sale.client_order_ref, sale.magento_status), ("000000001", "PO-1", "processing"))
        self.assertEqual((sale.state, sale.b2b_channel_state), ("sale", "open"))
        self.assertEqual(
            str(sale.date_order), "2026-11-02 10:00:00", "the moment it was placed at, not the one it came"
        )
        self.assertEqual(sale.order_line.mapped("b2b_channel_price"), [True])

    def test_amounts_that_no_unit_price_gives_are_kept(self):
        cases = {
            2: [item(20, quantity=1000, price="0.0333", rate=19)],
            3: [item(30, quantity=3, price="18.99", discount="5.70", rate=19)],
            4: [item(40, quantity=7, price="33.33", discount="100.01", rate=7), item(41, "BOOK", 3, "0.99", 19)],
        }
        self.load("orders", *(order(number, items) for number, items in cases.items()))
        for number, items in cases.items():
            with self.subTest(number=number):
                sale = self.order_of(number)
                expected = [line["row_total_incl_tax"] - line["tax_amount"] for line in items]
                self.assertEqual(
                    [f"{line.price_subtotal:.2f}" for line in sale.order_line], [f"{one:.2f}" for one in expected]
                )
                self.assertAlmostEqual(sale.amount_total, sum(line["row_total_incl_tax"] for line in items), 2)

    def test_a_tax_that_is_a_cent_beside_the_rate_is_kept(self):
        line = item(50, price="7.90")
        line["tax_amount"], line["row_total_incl_tax"] = 1.51, 9.41
        line["extension_attributes"]["itemized_taxes"][0].update(amount=1.51, real_amount=1.51)
        self.load("orders", order(5, [line]))
        self.assertEqual(self.order_of(5).amount_tax, 1.51)
        self.assertEqual(self.order_of(5)._create_invoices(final=True).amount_tax, 1.51)

    def test_a_line_without_tax_keeps_its_amount(self):
        self.backend.tax_ids.unlink()
        self.load("orders", order(6, [item(60, quantity=3, price="33.335", rate=0)]))
        sale = self.order_of(6)
        self.assertEqual((sale.amount_untaxed, sale.amount_tax), (100.01, 0.0))

    def test_the_shops_total_is_an_amount_and_its_fractions_are_told_apart(self):
        self.load("orders", order(1))
        sale = self.order_of(1)
        self.assertEqual((sale.magento_amount, sale.magento_has_fraction), (sale.amount_total, False))
        sale.magento_total = "12.945"
        self.assertEqual((sale.magento_amount, sale.magento_has_fraction), (12.95, True))
        sale.magento_total = "100.00"
        self.assertEqual((sale.magento_amount, sale.magento_has_fraction), (100, False))

    def test_the_amounts_survive_another_currency(self):
        self.give_rate("USD", "2026-11-01")
        self.load("orders", order(7, [item(70, quantity=3, price="33.335")], order_currency_code="USD"))
        self.assertEqual((self.order_of(7).currency_id.name, self.order_of(7).amount_untaxed), ("USD", 100.01))

    def test_a_currency_without_a_rate_at_the_orders_date_is_refused(self):
        yen = self.env.ref("base.JPY")
        yen.rate_ids.unlink()
        yen.active = False
        line = item(180, price="100", rate=0)
        for day in (None, "2026-11-03"):
            with self.subTest(first_rate=day):
                if day:
                    self.give_rate("JPY", day)
                record = self.load("orders", order(18, [line], order_currency_code="JPY", updated_at=day))
                self.assertEqual((record.state, record.cause, record.waits_for), ("set_aside", "setup", "currency"))
                self.assertIn("JPY", record.reason)
                self.assertIn("rate", record.reason)
                self.assertFalse(yen.active)
                self.assertFalse(self.order_of(18))
        self.give_rate("JPY", "2026-11-02")
        record.action_retry()
        self.process()
        self.assertEqual((record.state, yen.active), ("done", True), record.reason)
        self.assertEqual(self.order_of(18).currency_rate, 1.25)

    def test_a_total_that_does_not_close_is_refused_with_both_figures(self):
        record = self.load("orders", order(8, grand_total=99.99))
        self.assertEqual((record.state, record.cause), ("set_aside", "data"))
        self.assertIn("11.90", record.reason)
        self.assertIn("99.99", record.reason)
        self.assertFalse(self.order_of(8))

    def test_an_unknown_tax_waits_for_its_mapping_and_goes_on_by_itself(self):
        record = self.load("orders", order(9, [item(90, rate=21, code="BTW 21")]))
        self.assertEqual((record.state, record.cause, record.waits_for), ("set_aside", "setup", "tax"))
        self.assertIn("BTW 21", record.reason)
        mapping = self.env["magento.tax"].search([("code", "=", "BTW 21"), ("backend_id", "=", self.backend.id)])
        self.assertFalse(mapping.tax_id)
        mapping.tax_id = self.make_tax(21)
        self.process()
        self.assertEqual(record.state, "done")
        self.assertEqual(self.order_of(9).order_line.tax_ids.amount, 21)

    def test_a_tax_of_the_same_rate_is_proposed(self):
        self.load("orders", order(10))
        mapping = self.env["magento.tax"].search([("code", "=", "DE 19"), ("backend_id", "=", self.backend.id)])
        self.assertEqual((mapping.tax_id, mapping.proposed), (self.taxes[19], True))

    def test_an_unknown_store_view_waits(self):
        record = self.load("orders", order(11, store_id=9))
        self.assertEqual((record.state, record.waits_for), ("set_aside", "store"))

    def test_payment_under_way_is_no_order_yet(self):
        self.load("orders", order(12, state="pending_payment"))
        self.assertEqual(self.order_of(12).state, "draft")

    def test_a_bundle_priced_as_a_whole_ships_its_parts(self):
        whole = item(130, "KIT", 2, "50.00", product_type="bundle")
        parts = [
            item(131, "PART-A", 4, "0", rate=0, parent_item_id=130),
            item(132, "PART-B", 2, "0", rate=0, parent_item_id=130),
        ]
        self.load("orders", order(13, [whole, *parts]))
        sale = self.order_of(13)
        self.assertEqual(sale.amount_untaxed, 100.0)
        shipped = sale.picking_ids.move_ids
        self.assertEqual(
            sorted((move.product_id.default_code, move.product_uom_qty) for move in shipped),
            [("PART-A", 4.0), ("PART-B", 2.0)],
        )

    def test_a_known_sku_is_linked_and_left_as_it_is(self):
        pump = self.env["product.product"].create({"name": "Our pump", "default_code": "PUMP", "list_price": 77})
        self.load("orders", order(14))
        self.assertEqual(self.order_of(14).order_line.product_id, pump)
        self.load(
            "products", {"id": item(1)["product_id"], "sku": "PUMP", "name": "Shop's pump", "price": 1, "status": 1}
        )
        self.assertEqual((pump.name, pump.list_price), ("Our pump", 77))

    def test_a_quantity_finer_than_the_books_count_is_refused(self):
        record = self.load("orders", order(15, [item(150, quantity="2.345", price="10.00")]))
        self.assertEqual(record.state, "set_aside")
        self.assertIn("2.345", record.reason)

    def test_each_decision_is_logged(self):
        self.load("orders", order(16))
        decision = self.env["b2b.decision"].search(
            [("subject_model", "=", "sale.order"), ("subject_id", "=", self.order_of(16).id), ("kind", "=", "order")]
        )
        self.assertEqual(decision.amount, 11.9)

    def test_a_salesman_sees_the_shop_part_of_an_order(self):
        self.load("orders", order(17))
        salesman = new_test_user(
            self.env,
            "salesman",
            "sales_team.group_sale_salesman_all_leads",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        names = ("magento_backend_id", "magento_store_id", "magento_status", "magento_replaces_id")
        shown = (
            self.order_of(17).with_user(salesman).web_read({name: {"fields": {"display_name": {}}} for name in names})
        )
        self.assertEqual(shown[0]["magento_backend_id"]["display_name"], "Test shop")
