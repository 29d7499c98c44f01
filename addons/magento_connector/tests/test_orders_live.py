"""The recorded orders of a running Magento 2.4.7 become orders with the shop's amounts, to the cent."""

from odoo.tests import tagged

from .common import SHARED_DATA, MagentoCase


@tagged("post_install", "-at_install")
class TestLiveOrders(MagentoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_store(2)
        cls.make_store(3)
        for rate in (8.25, 8.375, 5, 10, 20, 21):
            cls.make_tax(rate)
        cls.give_rate("USD", "2020-01-01")

    def setUp(self):
        super().setUp()
        if not SHARED_DATA.is_dir():
            self.skipTest(f"the recorded answers are not at {SHARED_DATA}; set SHARED_DATA to their folder")

    def test_every_recorded_order_equals_the_shop_or_says_why_not(self):
        payloads = self.live("orders_all.json")["items"]
        records = self.load("orders", *payloads)
        self.assertEqual(records.mapped("state"), ["done"] * len(payloads), records.mapped("reason"))
        for payload in payloads:
            order = self.order_of(payload["entity_id"])
            with self.subTest(number=payload["increment_id"]):
                self.assertEqual(order.origin, payload["increment_id"])
                self.assertEqual(order.currency_id.name, payload["order_currency_code"])
                self.assertEqual(f"{order.amount_total:.2f}", f"{payload['grand_total']:.2f}")
                self.assertEqual(f"{order.amount_tax:.2f}", f"{payload['tax_amount']:.2f}")
                self.assertEqual(f"{order.amount_untaxed:.2f}", f"{payload['grand_total'] - payload['tax_amount']:.2f}")

    def test_their_invoices_equal_the_shop_too(self):
        payloads = self.live("orders_all.json")["items"]
        self.load("orders", *payloads)
        for payload in payloads:
            order = self.order_of(payload["entity_id"])
            if order.state == "sale":
                for line in order.order_line:
                    line.qty_delivered = line.product_uom_qty
                move = order._create_invoices(final=True)
                with self.subTest(number=payload["increment_id"]):
                    self.assertEqual(f"{move.amount_total:.2f}", f"{payload['grand_total']:.2f}")
                    self.assertEqual(f"{move.amount_tax:.2f}", f"{payload['tax_amount']:.2f}")

    def test_the_edited_order_replaces_the_cancelled_one(self):
        self.load("orders", *self.live("orders_all.json")["items"])
        edited, original = self.order_of(6), self.order_of(3)
        self.assertEqual(edited.magento_replaces_id, original)
        self.assertEqual((original.state, edited.state), ("cancel", "sale"))

    def test_settings_customers_and_products_are_taken_over(self):
        for entity, name in (("websites", "websites.json"), ("store_configs", "store_configs.json")):
            self.load(entity, *self.live(name))
        size = {"attribute_id": 137, "attribute_code": "hose_size", "default_frontend_label": "Size"}
        options = [{"label": "S", "value": "4"}, {"label": "L", "value": "5"}]
        self.load("product_attributes", {**size, "options": options})
        for entity, name in (
            ("customer_groups", "customer_groups.json"),
            ("tax_rates", "tax_rates.json"),
            ("customers", "customers_search.json"),
            ("products", "products_list.json"),
        ):
            records = self.load(entity, *self.live(name)["items"])
            self.assertEqual(set(records.mapped("state")), {"done"}, records.mapped("reason"))
        self.assertEqual(self.store.currency_id.name, "EUR")
        self.assertEqual(self.store.website_name, "Main Website")
        customer = self.env["magento.binding"]._find(self.backend, "customers", ["1"])["1"]
        self.assertEqual((customer.name, customer.parent_id.name), ("Erika Muster", "Muster GmbH"))
        self.assertEqual(customer.parent_id.vat, "DE136695976")
