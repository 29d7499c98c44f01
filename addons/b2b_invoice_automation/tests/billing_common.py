"""Builders for billing tests: a company with taxes, customers with terms, orders with lines."""

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .company_common import CompanyCommon


@tagged("post_install", "-at_install")
class BillingCommon(CompanyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("b2b_invoice_automation.group_billing_manager")
        cls.company = cls.company_data["company"]
        cls.policy = cls.company.b2b_billing_policy_id
        cls.policy.write({"trigger": "ordered", "name": "Test policy"})
        cls.tax = cls.percent_tax(19.0, sequence=10)
        cls.customer = cls.env["res.partner"].create({"name": "Quark Trading", "is_company": True})
        cls.goods = cls.env["product.product"].create(
            {
                "name": "Bolt",
                "type": "consu",
                "list_price": 10.0,
                "invoice_policy": "order",
                "taxes_id": [Command.set(cls.tax.ids)],
            }
        )
        cls.freight = cls.env["product.product"].create(
            {
                "name": "Freight",
                "type": "service",
                "list_price": 7.9,
                "invoice_policy": "order",
                "taxes_id": [Command.set(cls.tax.ids)],
            }
        )

    @classmethod
    def percent_tax(cls, amount, **values):
        return cls.env["account.tax"].create(
            {
                "name": f"{amount} % {len(cls.env['account.tax'].search([]))}",
                "amount": amount,
                "amount_type": "percent",
                "type_tax_use": "sale",
                "company_id": cls.company_data["company"].id,
                **values,
            }
        )

    @classmethod
    def order(cls, lines=((10, 10.0),), partner=None, po=None, confirm=True, **values):
        """A sale order.

        :param lines: (quantity, price) for goods, or dicts of line values
        """
        order = (
            cls.env["sale.order"]
            .sudo()
            .create(
                {
                    "partner_id": (partner or cls.customer).id,
                    "client_order_ref": po,
                    "date_order": fields.Datetime.now(),
                    "order_line": [Command.create(cls.line_values(line)) for line in lines],
                    **values,
                }
            )
        )
        order = order.sudo(cls.env.su)
        if confirm:
            order.action_confirm()
        return order

    @classmethod
    def line_values(cls, line):
        if isinstance(line, dict):
            return {"product_id": cls.goods.id, **line}
        quantity, price = line
        return {"product_id": cls.goods.id, "product_uom_qty": quantity, "price_unit": price}

    @classmethod
    def shop_line(cls, quantity, price, net, tax_amount, tax=None, **values):
        """Values of a line whose net and tax the shop has stated."""
        tax = tax or cls.tax
        currency = values.pop("currency", cls.company.currency_id)
        return {
            "product_id": cls.goods.id,
            "product_uom_qty": quantity,
            "price_unit": price,
            "tax_ids": [Command.set(tax.ids)],
            "extra_tax_data": {
                "manual_total_excluded_currency": net,
                "manual_tax_amounts": {str(tax.id): {"tax_amount_currency": tax_amount, "base_amount_currency": net}},
                "currency_id": currency.id,
                "price_unit": price,
                "discount": 0.0,
                "quantity": quantity,
                "rate": 1.0,
            },
            **values,
        }

    @classmethod
    def bill(cls, orders, **values):
        return cls.env["b2b.billing.run"]._bill(orders, **values)

    def result(self, run, order):
        return run.line_ids.filtered(lambda line: line.order_id == order)

    def assertBilled(self, orders):
        """Each order line's quantity is on invoices exactly once, with one billing key per invoice line."""
        for line in orders.order_line.filtered(lambda line: not line.display_type):
            self.assertEqual(line.qty_invoiced, line.product_uom_qty, line.display_name)
        keys = self.env["b2b.billing.key"].search([("order_line_id", "in", orders.order_line.ids)])
        self.assertEqual(
            keys.move_line_id, orders.order_line.invoice_lines.filtered(lambda line: line.display_type == "product")
        )
        self.assertEqual(len(keys), len(keys.move_line_id))
