"""Contract prices on the invoice: exact to the cent, one line per slice, in parts as well."""

from odoo.fields import Command
from odoo.tests import tagged

from . import builders
from .company_common import CompanyCommon


@tagged("post_install", "-at_install")
class TestContractInvoice(CompanyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref(builders.MANAGER_GROUPS)
        cls.customer = builders.customer(cls.env)
        cls.bolt = builders.product(cls.env)
        cls.tax = cls.env["account.tax"].create({"name": "19 %", "amount": 19.0, "type_tax_use": "sale"})

    def invoice(self, rule, *lines):
        builders.contract(self.env, self.customer, [rule])
        lines = [(self.bolt, quantity, {"tax_ids": [Command.set(self.tax.ids)]}) for quantity in lines]
        order = builders.order(self.env, self.customer, lines, confirm=True)
        invoice = order._create_invoices()
        invoice.action_post()
        return invoice

    def test_one_invoice_line_per_slice(self):
        invoice = self.invoice(builders.price_rule(self.bolt, {1: 10, 100: 9, 500: 8}, mode="graduated"), 600)
        self.assertEqual(
            invoice.invoice_line_ids.mapped(lambda line: (line.quantity, line.price_unit, line.price_subtotal)),
            [(99, 10.0, 990.0), (400, 9.0, 3600.0), (101, 8.0, 808.0)],
        )
        self.assertEqual((invoice.amount_untaxed, invoice.amount_tax), (5398.0, 1025.62))

    def test_all_units_at_the_reached_tier(self):
        invoice = self.invoice(builders.price_rule(self.bolt, {1: 10, 100: 9, 500: 8}), 600)
        self.assertEqual((invoice.amount_untaxed, invoice.amount_tax), (4800.0, 912.0))

    def test_prices_finer_than_a_cent_are_exact(self):
        invoice = self.invoice(builders.price_rule(self.bolt, {1: 0.0333}), 12345)
        self.assertEqual(invoice.amount_untaxed, 411.09)
