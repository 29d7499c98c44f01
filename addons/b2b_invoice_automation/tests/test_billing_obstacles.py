"""What is known to stop an invoice is found before its batch is made: one bad order costs the others nothing."""

from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged

from .billing_common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingObstacles(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        account = cls.company_data["default_account_revenue"].copy({"name": "Closed business", "active": False})
        cls.closed = cls.env["product.product"].create(
            {
                "name": "Rust",
                "invoice_policy": "order",
                "taxes_id": [Command.set(cls.tax.ids)],
                "property_account_income_id": account.id,
            }
        )

    def bad_order(self):
        return self.order([{"product_id": self.closed.id, "product_uom_qty": 1, "price_unit": 5.0}])

    def test_archived_account_is_told_before_the_rest_is_made_once(self):
        good, bad = self.order() + self.order([(1, 3.0)]), self.bad_order()
        made = []
        original = type(self.env["account.move"])._b2b_create_known

        def counted(moves, values_list, items):
            made.append(len(values_list))
            return original(moves, values_list, items)

        with patch.object(type(self.env["account.move"]), "_b2b_create_known", counted):
            run = self.bill(good + bad)
        self.assertEqual(made, [2])
        self.assertBilled(good)
        self.assertEqual(set(good.invoice_ids.mapped("state")), {"posted"})
        result = self.result(run, bad)
        self.assertEqual(result.state, "aside")
        self.assertIn("Closed business of “Rust” is archived", result.reason)
        self.assertFalse(bad.invoice_ids)

    def test_collective_invoice_leaves_out_the_order_with_the_archived_account(self):
        self.policy.grouping = "all"
        good, bad = self.order() + self.order([(1, 3.0)]), self.bad_order()
        run = self.bill(good + bad)
        self.assertEqual(len(good.invoice_ids), 1)
        self.assertBilled(good)
        self.assertEqual(self.result(run, bad).state, "aside")

    def test_draft_is_made_all_the_same(self):
        self.policy.auto_post = False
        bad = self.bad_order()
        self.bill(bad)
        self.assertEqual(bad.invoice_ids.state, "draft")

    def test_billed_again_once_the_account_is_active(self):
        bad = self.bad_order()
        run = self.bill(bad)
        self.closed.property_account_income_id.active = True
        run = self.env["b2b.billing.run"].browse(self.result(run, bad).action_retry()["res_id"])
        run.action_run()
        self.assertBilled(bad)

    def test_new_customers_are_customers_with_the_commit_and_counted_when_the_run_is_closed(self):
        other = self.env["res.partner"].create({"name": "Other", "is_company": True})
        branch = self.env["res.partner"].create({"name": "Branch", "parent_id": other.id})
        orders = self.order() + self.order([(1, 3.0)]) + self.order(partner=branch)
        run = self.started(orders)
        customers = self.customer + other + branch
        run._process(2)
        self.assertEqual(self.ranks(customers), [1, 1, 1])
        self.assertFalse(run.process_batch(2))
        self.assertEqual(run.state, "done")
        self.assertEqual(self.ranks(customers), [3, 2, 2])
        run._finish()
        self.assertEqual(self.ranks(customers), [3, 2, 2], "a run is counted once")

    def test_customers_of_a_cancelled_run_are_counted(self):
        run = self.started(self.order() + self.order([(1, 3.0)]))
        run._process(1)
        run.action_cancel()
        self.assertEqual(self.ranks(self.customer), [2])

    def test_who_becomes_a_customer_while_a_run_bills_does_so_within_its_transaction(self):
        run = self.started(self.order() + self.order([(1, 3.0)]))
        self.customer.sudo().customer_rank = 0
        run._process(1)
        self.assertEqual(self.ranks(self.customer), [1])

    def started(self, orders):
        run = self.env["b2b.billing.run"].create({"order_ids": [Command.set(orders.ids)]}).sudo()
        run._plan()
        run._start()
        return run

    def ranks(self, partners):
        self.env.flush_all()
        self.env.invalidate_all()
        return partners.mapped("customer_rank")
