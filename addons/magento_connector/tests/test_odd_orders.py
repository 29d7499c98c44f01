"""Odd orders: each is taken over exactly, or set aside in words that say what to do."""

from contextlib import nullcontext

from odoo.tests import tagged

from ..magento_wire.rest import RestShop
from ..models.magento_backend_connection import MagentoBackendConnection
from .common import MagentoCase, address, item, order
from .test_catalog import CatalogCase, product


@tagged("post_install", "-at_install")
class TestOddOrders(MagentoCase):
    def test_refused_in_words(self):
        cases = {
            "no sale": order(1, [item(10, quantity=0)]),
            "no document can have": order(2, created_at="9999-12-31 23:59:59"),
            "no items": order(3, []),
            "neither a SKU nor a product": order(4, [item(40, sku="", product_id=None)]),
            "a currency that does not exist": order(5, order_currency_code="ZZZ"),
            "store view 77": order(6, store_id=77),
            "not what the shop's interface promises": order(7, billing_address="Main Street 1"),
            "not a number": order(8, grand_total="1e999"),
            "no date": order(9, created_at="0000-00-00 00:00:00", updated_at=None),
        }
        records = self.load("orders", *cases.values())
        for record, words in zip(records, cases, strict=True):
            with self.subTest(words=words):
                self.assertEqual(record.state, "set_aside")
                self.assertIn(words, record.reason)
                self.assertIn(record.cause, ("data", "setup"), "an error in words, not one of the program")

    def test_taken_over_exactly(self):
        cases = {
            1: order(1, store_id=None),
            2: order(2, customer_group_id=999),
            3: order(3, [item(30, name="Schraube 🔩 𝔐8")]),
            4: order(4, billing_address=address(company="N" * 300, vat_id=""), customer_taxvat=None, customer_id=70),
            5: order(5, customer_id=10**17, customer_email="huge@example.org"),
            6: order(6, [item(60, sku="X" * 200)]),
            7: order(7, created_at="0000-00-00 00:00:00"),
        }
        records = self.load("orders", *cases.values())
        self.assertEqual(records.mapped("state"), ["done"] * len(cases), records.mapped("reason"))
        for number, payload in cases.items():
            self.assertEqual(f"{self.order_of(number).amount_total:.2f}", f"{payload['grand_total']:.2f}")
        self.assertIn("🔩", self.order_of(3).order_line.name)
        self.assertEqual(self.order_of(4).partner_id.parent_id.name, "N" * 300)
        self.assertEqual(str(self.order_of(7).date_order), "2026-11-02 10:05:00", "the shop's next best time, not ours")

    def test_an_unknown_country_is_kept_in_words(self):
        self.load("orders", order(1, shipping_address=address(country_id="XX", street=["Far away 1"])))
        ship_to = self.order_of(1).partner_shipping_id
        self.assertFalse(ship_to.country_id)
        self.assertIn("XX", ship_to.comment)


@tagged("post_install", "-at_install")
class TestDeletedProducts(CatalogCase):
    def shop_of(self, *ids):
        asked = []

        class Shop:
            summaries, lacks = RestShop.summaries, {}

            def call(self, _method, path, pairs=()):
                asked.append(path)
                first = dict(pairs)["searchCriteria[pageSize]"] == 1
                return {
                    "items": [] if first else [{"id": one, "sku": str(one)} for one in ids],
                    "total_count": len(ids),
                }

        self.patch(MagentoBackendConnection, "_shop", lambda backend: nullcontext(Shop()))
        return asked

    def test_what_the_shop_deleted_is_sold_no_more_and_stays(self):
        self.load("products", *(product(number, f"P{number}") for number in (1, 2, 3)))
        ours = self.bound("products", 2)
        self.shop_of(1, 3)
        self.backend._note_deleted_products()
        self.assertFalse(ours.sale_ok)
        self.assertTrue(ours.active)
        self.assertIn("Deleted in the shop", self.link("products", 2).note)
        self.assertTrue(self.bound("products", 1).sale_ok)

    def test_one_request_where_nothing_is_missing_and_nothing_is_done_where_all_is(self):
        self.load("products", *(product(number, f"P{number}") for number in range(1, 61)))
        asked = self.shop_of(*range(1, 61))
        self.assertFalse(self.backend._note_deleted_products())
        self.assertEqual(asked, ["products"])
        self.shop_of(1)
        self.assertFalse(self.backend._note_deleted_products())
        self.assertTrue(self.bound("products", 2).sale_ok)
