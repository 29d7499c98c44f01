"""A billing run as a record: what it covers, who may change it, and when it is closed."""

from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .billing_common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingRunRecord(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(
            cls.env,
            "run_clerk",
            "b2b_invoice_automation.group_billing_clerk",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def _run(self, **values):
        return self.env["b2b.billing.run"].create({"company_id": self.company.id, **values})

    def test_only_these_orders_means_nothing_once_they_are_deleted(self):
        other, named = self.order(), self.order(confirm=False)
        run = self._run(order_ids=[Command.set(named.ids)])
        self.assertEqual(run.scope, "orders")
        named.sudo().unlink()
        run.action_run()
        self.assertFalse(run.line_ids)
        self.assertFalse(other.invoice_ids)

    def test_only_these_policies_means_nothing_once_they_are_deleted(self):
        other = self.order()
        policy = self.policy.copy({"name": "Unused"})
        run = self._run(policy_ids=[Command.set(policy.ids)])
        self.assertEqual(run.scope, "policies")
        policy.unlink()
        run.action_run()
        self.assertFalse(other.invoice_ids)

    def test_archived_policy_is_still_meant(self):
        order = self.order()
        run = self._run(policy_ids=[Command.set(self.policy.ids)])
        self.company.b2b_billing_policy_id = self.policy.copy({"name": "Next"})
        self.policy.active = False
        run.invalidate_recordset()
        run.action_run()
        self.assertEqual(run.line_ids.order_id, order)

    def test_a_run_over_all_and_a_copy(self):
        order = self.order()
        run = self._run()
        self.assertEqual(run.scope, "all")
        self.assertEqual(self._run(order_ids=[Command.set(order.ids)]).copy().scope, "orders")
        run.action_preview()
        self.assertIn(order, run.line_ids.order_id)

    def test_clerk_bills_by_the_buttons(self):
        order = self.order()
        run = self._run().with_user(self.clerk)
        run.date = fields.Date.today()
        run.action_run()
        self.assertEqual((run.state, run.user_id), ("done", self.clerk))
        self.assertBilled(order)

    def test_clerk_cannot_erase_or_invent_a_run(self):
        order = self.order()
        done = self.bill(order).with_user(self.clerk)
        for values in ({"state": "draft"}, {"user_id": self.clerk.id}, {"finished_at": False}, {"date": "2020-01-01"}):
            with self.subTest(values), self.assertRaises(UserError):
                done.write(values)
        with self.assertRaises(UserError):
            done.unlink()
        for values in ({"state": "done"}, {"user_id": self.env.uid}, {"started_at": "2026-01-01 00:00:00"}):
            with self.subTest(values), self.assertRaises(AccessError):
                done.create(values)

    def test_cancelled_run_that_billed_something_stays(self):
        run = self.bill(self.order())
        run.sudo().state = "cancel"
        with self.assertRaises(UserError):
            run.with_user(self.clerk).unlink()
        self._run().with_user(self.clerk).unlink()

    def test_run_whose_last_orders_two_lanes_took_at_once_is_closed(self):
        order = self.order()
        run = self._run(order_ids=[Command.set(order.ids)]).sudo()
        run._plan()
        run._start()
        with patch.object(type(run), "_finish", lambda runs: None):
            run.process_batch()
        self.assertEqual((run.state, run.line_ids.state), ("running", "billed"))
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **kwargs: 60.0):
            self.env["b2b.billing.run"].sudo()._cron_lane()
        self.assertEqual(run.state, "done")
        self.assertTrue(run.finished_at)
