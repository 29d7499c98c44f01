"""Builders for portal tests: two customers with buyers who log in, invoices over orders, payments."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import config

from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon

from .company_common import CompanyCommon


@tagged("post_install", "-at_install")
class PortalCommon(CompanyCommon, AccountTestInvoicingHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("b2b_invoice_automation.group_billing_manager")
        cls.company = cls.company_data["company"]
        cls.today = fields.Date.today()
        cls.hansen, cls.buyer, cls.colleague = cls.customer(
            "Hansen Anlagenbau", "buyer-a", "Bea Buyer", "Carl Colleague"
        )
        cls.brandt, cls.neighbour, _other = cls.customer("Brandt Elektro", "buyer-b", "Nina Neighbour", "Otto Other")

    @classmethod
    def customer(cls, name, login, *people):
        """A company that owes money, with two buyers; the first one logs in with the login as password."""
        company = cls.env["res.partner"].create({"name": name, "is_company": True, "email": f"{login}@example.com"})
        first, second = cls.env["res.partner"].create(
            [
                {"name": person, "parent_id": company.id, "email": f"{person.split()[0]}@example.com"}
                for person in people
            ]
        )
        new_test_user(cls.env, login, "base.group_portal", partner_id=first.id, company_id=cls.company.id)
        return company, first, second

    @classmethod
    def invoice_order(cls, buyer, price=100.0, days_ago=10, due_in=20, po=None, shop_number=None, tax=None):
        """A posted invoice over one order of a buyer."""
        order = (
            cls.env["sale.order"]
            .sudo()
            .create(
                {
                    "partner_id": buyer.id,
                    "client_order_ref": po,
                    "origin": shop_number,
                    "b2b_channel_state": "complete" if shop_number else False,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": cls.product_a.id,
                                "product_uom_qty": 1,
                                "price_unit": price,
                                "tax_ids": [Command.set(tax.ids if tax else [])],
                            }
                        )
                    ],
                }
            )
        )
        order = order.sudo(cls.env.su)
        order.action_confirm()
        order.order_line.qty_delivered = 1
        invoice = order._create_invoices()
        day = cls.today - timedelta(days=days_ago)
        invoice.write(
            {"invoice_date": day, "invoice_payment_term_id": False, "invoice_date_due": day + timedelta(days=due_in)}
        )
        invoice.action_post()
        return invoice

    @classmethod
    def pay(cls, invoice, amount, days_ago=0):
        """A payment received and reconciled with an invoice."""
        return (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"amount": amount, "payment_date": cls.today - timedelta(days=days_ago)})
            ._create_payments()
        )

    def get(self, address, login="buyer-a", **kwargs):
        self.authenticate(login, login)
        return self.url_open(address, **kwargs)

    def real_documents(self):
        """Make PDFs with the electronic invoice inside also under test, where core only pretends."""
        reports = type(self.env["ir.actions.report"])
        original = reports._pre_render_qweb_pdf

        def rendered(report, report_ref, res_ids=None, data=None):
            return original(report.with_context(force_report_rendering=True), report_ref, res_ids=res_ids, data=data)

        self.startPatcher(patch.object(reports, "_pre_render_qweb_pdf", rendered))
        self.startPatcher(patch.dict(config.options, {"test_enable": False}))
