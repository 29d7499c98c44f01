"""Builders for credit tests: a company that controls credit, a customer with a limit, people with one right each."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user

from .billing_common import BillingCommon

CONTROLLER = "b2b_invoice_automation.group_credit_controller"
LIMITS = "b2b_invoice_automation.group_credit_limit"


class CreditCommon(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref(LIMITS)
        cls.company.b2b_credit_control = True
        cls.customer.credit_limit = 1000.0
        cls.today = fields.Date.context_today(cls.customer)
        cls.controller = cls.person("controller", CONTROLLER)
        cls.company.b2b_credit_user_id = cls.controller

    @classmethod
    def person(cls, login, *groups):
        return new_test_user(
            cls.env,
            login,
            groups=",".join(groups),
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def plain(cls, amount, **values):
        """A confirmed order of one piece, without tax."""
        line = {"product_uom_qty": 1, "price_unit": amount, "tax_ids": [Command.clear()]}
        return cls.order([line], **values)

    @classmethod
    def invoice(cls, amount, days_overdue=0, partner=None, kind="out_invoice", post=True, currency=None):
        """A posted invoice typed by hand; with days below zero it is not due yet."""
        day = cls.today - timedelta(days=max(days_overdue, 0))
        move = cls.env["account.move"].create(
            {
                "move_type": kind,
                "partner_id": (partner or cls.customer).id,
                "invoice_date": day,
                "invoice_date_due": cls.today - timedelta(days=days_overdue),
                "invoice_payment_term_id": False,
                "currency_id": (currency or cls.company.currency_id).id,
                "invoice_line_ids": [
                    Command.create({"name": "x", "quantity": 1, "price_unit": amount, "tax_ids": [Command.clear()]})
                ],
            }
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def pay(cls, move, amount=None):
        """A payment that is assigned to an invoice."""
        wizard = cls.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
        return wizard.create({"amount": amount or move.amount_residual})._create_payments()

    @classmethod
    def pay_on_account(cls, amount, partner=None):
        """A payment that is assigned to nothing."""
        payment = cls.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": (partner or cls.customer).id,
                "amount": amount,
                "journal_id": cls.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        return payment

    def exposure(self, partner=None):
        partner = partner or self.customer
        return self.env["b2b.credit"]._exposures(self.company, partner)[partner.id]

    def hold(self, order):
        """The open credit hold of an order, or an empty record."""
        return self.env["b2b.discrepancy"].search(
            [("order_id", "=", order.id), ("type", "=", "credit"), ("state", "=", "open")]
        )

    def release(self, cases, user=None, **values):
        """Press the button and fill in the dialogue."""
        action = cases.with_user(user or self.controller).action_credit_release()
        wizard = self.env["b2b.credit.step"].with_user(user or self.controller).with_context(**action["context"])
        return wizard.create({"reason": "Paid on the phone", **values}).action_confirm()

    def review(self):
        self.env["b2b.credit"]._review(self.company)
        self.env.invalidate_all()
