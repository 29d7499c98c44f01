"""Core's groups without ours: who may only invoice opens what Odoo shows to such people, and prints the whole paper."""

from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from . import builders
from .billing_common import BillingCommon


@tagged("post_install", "-at_install")
class TestInvoicingUser(BillingCommon):
    def person(self, *groups):
        user = new_test_user(self.env, f"invoicing_{len(groups)}", ",".join(("base.group_user", *groups)))
        user.write({"company_ids": [Command.set(self.company.ids)], "company_id": self.company.id})
        return user

    def open(self, record, user):
        """Read as a user all that the form of a record shows."""
        self.env.invalidate_all()
        return Form(record.with_user(user))

    def test_who_only_invoices_opens_orders_and_invoices(self):
        user = self.person("account.group_account_invoice")
        self.policy.write({"trigger": "shipped", "po_required": True})
        waiting, billed, agreed = self.order(), self.order(po="PO-1"), self.order(po="PO-2", confirm=False)
        agreed.b2b_contract_id = builders.contract(self.env, self.customer, [builders.price_rule(self.goods, {1: 8})])
        agreed.action_confirm()
        billed.order_line.qty_delivered = 10
        self.bill(billed)
        for record in (waiting, billed, agreed, billed.invoice_ids):
            with self.subTest(record.display_name):
                self.open(record, user)
        self.assertEqual(waiting.with_user(user).b2b_billing_state, "waits")
