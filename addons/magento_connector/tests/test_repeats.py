"""Payloads that come again, or in another order than one would think: the outcome is the same."""

from unittest.mock import patch

from odoo.tests import tagged

from .common import MagentoCase, order


@tagged("post_install", "-at_install")
class TestRepeats(MagentoCase):
    def written(self, model):
        """Note what is written to a model from now on."""
        written = []
        write = type(self.env[model]).write

        def watched(records, vals):
            written.extend([(records, vals)] if records else [])
            return write(records, vals)

        self.startPatcher(patch.object(type(self.env[model]), "write", watched))
        return written

    def again(self, records):
        """Have records processed once more."""
        records.write({"state": "staged"})
        self.process()

    def test_a_weight_finer_than_odoo_keeps_is_not_written_again_and_again(self):
        product = {"id": 5, "sku": "SEAL", "name": "Seal", "type_id": "simple", "price": 1.0, "status": 1}
        records = self.load("products", {**product, "weight": 0.012})
        written = self.written("product.product")
        self.again(records)
        self.assertEqual(written, [])

    def test_an_amount_that_only_differs_by_floating_point_is_not_written_again(self):
        self.load("orders", order(1))
        found = self.order_of(1)
        values = {
            "key": "test",
            "type": "order_change",
            "name": "A case",
            "company_id": self.company.id,
            "order_id": found.id,
            "currency_id": found.currency_id.id,
        }
        cases = self.env["b2b.discrepancy"]
        cases._flag([{**values, "amount_found": 278.41}])
        written = self.written("b2b.discrepancy")
        cases._flag([{**values, "amount_found": 308.41 - 30.0}])
        self.assertEqual(written, [])

    def test_a_website_that_comes_before_its_store_view_names_it_nevertheless(self):
        self.load("websites", {"id": 2, "code": "direct", "name": "Direct Sales"})
        self.load("stores", {"id": 9, "code": "new", "name": "New", "website_id": 2, "is_active": 1})
        store = self.backend.store_ids.filtered(lambda store: store.external_id == 9)
        self.assertEqual(store.website_name, "Direct Sales")
