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

    def test_an_address_that_was_archived_is_in_use_again(self):
        self.load("orders", order(1))
        address = self.order_of(1).partner_invoice_id
        self.assertTrue(address.magento_address_key)
        address.action_archive()
        record = self.load("orders", order(2))[-1]
        self.assertEqual(record.state, "done", record.reason)
        self.assertEqual(self.order_of(2).partner_invoice_id, address)
        self.assertTrue(address.active)

    def test_a_store_view_that_is_switched_off_can_be_told_again(self):
        view = {"id": 9, "code": "old", "name": "Old", "website_id": 1, "is_active": 0}
        self.load("stores", view)
        record = self.load("stores", {**view, "name": "Older"})
        self.assertEqual(record.state, "done", record.reason)
        stores = self.env["magento.store"].with_context(active_test=False)
        self.assertEqual(stores.search([("external_id", "=", 9)]).mapped("name"), ["Older"])

    def test_a_website_that_comes_before_its_store_view_names_it_nevertheless(self):
        self.load("websites", {"id": 2, "code": "direct", "name": "Direct Sales"})
        self.load("stores", {"id": 9, "code": "new", "name": "New", "website_id": 2, "is_active": 1})
        store = self.backend.store_ids.filtered(lambda store: store.external_id == 9)
        self.assertEqual(store.website_name, "Direct Sales")

    def test_a_website_waits_while_another_lane_makes_its_store_view(self):
        self.stage("stores", {"id": 9, "code": "new", "name": "New", "website_id": 2, "is_active": 1})
        website = self.stage("websites", {"id": 2, "code": "direct", "name": "Direct Sales"})
        website._process()
        self.assertEqual((website.state, website.cause), ("staged", "waiting"))
        website.next_retry = False
        self.process()
        store = self.backend.store_ids.filtered(lambda store: store.external_id == 9)
        self.assertEqual((website.state, store.website_name), ("done", "Direct Sales"))
