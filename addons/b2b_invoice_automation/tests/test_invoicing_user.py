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

    def printed(self, move, user):
        """What the paper and the electronic invoice refer to, as a user makes them."""
        self.env.flush_all()
        self.env.invalidate_all()
        move = move.with_user(user)
        html = self.env["ir.actions.report"].with_user(user)._render_qweb_html("account.account_invoices", move.ids)[0]
        self.env.invalidate_all()
        numbers, orders = move._b2b_orders_of_lines()
        return html, move._b2b_document_references(), list(numbers.values()), list(orders.values())

    def test_the_paper_says_the_same_whoever_prints_it(self):
        user = self.person("account.group_account_invoice", "sales_team.group_sale_salesman")
        other = new_test_user(self.env, "another_seller", "sales_team.group_sale_salesman_all_leads")
        self.policy.write({"grouping": "all", "trigger": "shipped"})
        orders = self.order(po="PO-1", user_id=other.id) + self.order(po="PO-2", user_id=user.id)
        for billed in (10, 8):
            orders.order_line.qty_delivered = billed
            self.bill(orders)
        for move in orders.invoice_ids:
            with self.subTest(move.move_type):
                expected = self.printed(move, self.env.user)
                self.assertIn(orders[0].name, str(expected[0]))
                self.assertEqual(self.printed(move, user), expected)
        credit = orders.invoice_ids.filtered(lambda move: move.move_type == "out_refund")
        credit.reversed_entry_id = False
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(credit.with_user(user)._b2b_corrected())
