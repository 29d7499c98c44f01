"""Variants and their configurable product come in any order, with orders in between: all end the same."""

import itertools
from contextlib import closing

from odoo.tests import tagged

from .common import item, order
from .test_catalog import SIZE, CatalogCase, configurable, product


@tagged("post_install", "-at_install")
class TestLateVariants(CatalogCase):
    def test_variants_are_put_together_in_whatever_order_they_and_their_product_come(self):
        self.load("product_attributes", SIZE)
        records = [
            product(7, "HOSE-S", "10", hose_size="4"),
            product(8, "HOSE-L", "15", hose_size="6"),
            configurable(9, "HOSE", [7, 8]),
        ]
        for order_of_coming in itertools.permutations(range(3)):
            with self.subTest(order_of_coming), closing(self.env.cr.savepoint()):
                for position in order_of_coming:
                    self.load("products", records[position])
                hose = self.bound("configurables", 9)
                self.assertEqual(sorted(hose.product_variant_ids.mapped("default_code")), ["HOSE-L", "HOSE-S"])
                self.assertEqual(self.family_record(9).state, "done")
                self.assertFalse(self.family_record(9).awaited)

    def test_a_variant_that_comes_when_the_others_are_in_use_is_put_under_the_product(self):
        self.load("product_attributes", SIZE)
        self.load("products", product(7, "HOSE-S", hose_size="4"))
        self.load("orders", order(1, [item(10, "HOSE-S", product_id=7)]))
        self.load("products", configurable(9, "HOSE", [7, 8]))
        self.assertFalse(self.bound("configurables", 9), "none of its variants can be put under it yet")
        self.load("products", product(8, "HOSE-L", hose_size="6"))
        self.assertEqual(self.bound("configurables", 9).product_variant_ids, self.bound("products", 8))

    def test_a_variant_that_an_order_named_first_says_why_it_stays_apart(self):
        self.load("product_attributes", SIZE)
        self.load("orders", order(1, [item(10, "HOSE-S", product_id=7)]))
        self.load("products", configurable(9, "HOSE", [7, 8]))
        self.assertEqual(self.family_record(9).awaited, ["7", "8"], "the order does not tell its options")
        self.load("products", product(7, "HOSE-S", hose_size="4"), product(8, "HOSE-L", hose_size="6"))
        self.assertIn("in use", self.link("products", 7).family_note)
        self.assertEqual(self.bound("configurables", 9).product_variant_ids, self.bound("products", 8))
        before = self.link("products", 7).family_note
        self.family_record(9).action_retry()
        self.process()
        self.assertEqual(self.link("products", 7).family_note, before)

    def test_products_that_name_each_other_as_variants_come_to_an_end(self):
        self.load("product_attributes", SIZE)
        self.load("products", configurable(8, "ONE", [8, 9]), configurable(9, "OTHER", [8]))
        self.assertEqual(self.family_record(8).awaited, ["8", "9"])
        self.load("products", product(9, "OTHER", hose_size="6"))
        self.assertEqual(self.bound("configurables", 8).product_variant_ids, self.bound("products", 9))
