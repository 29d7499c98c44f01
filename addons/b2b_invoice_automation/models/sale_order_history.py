"""Orders of the time before Odoo: to be looked at and reported on, and settled elsewhere.

They carry exact amounts, customers and lines. Nothing of them is left to bill, nothing counts against a credit limit,
and their prices are compared with no contract.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    _inherit = "sale.order"

    b2b_history = fields.Boolean(
        "History",
        copy=False,
        index=True,
        help="Placed and settled before Odoo took over. It is never billed or delivered from here, and its open "
        "amount is not counted.",
        groups="base.group_user",
    )

    def _get_invoiceable_lines(self, final=False):
        if self.sudo().b2b_history:
            return self.env["sale.order.line"]
        return super()._get_invoiceable_lines(final=final)

    def _create_invoices(self, grouped=False, final=False, date=None):
        history = self.sudo().filtered("b2b_history")
        if history:
            raise UserError(
                self.env._(
                    "%(orders)s: history from before Odoo took over, billed elsewhere. It is not invoiced here.",
                    orders=", ".join(history[:5].mapped("name")),
                )
            )
        return super()._create_invoices(grouped=grouped, final=final, date=date)

    def _force_lines_to_invoice_policy_order(self):
        return super(
            SaleOrder, self.filtered(lambda order: not order.sudo().b2b_history)
        )._force_lines_to_invoice_policy_order()


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.depends("order_id.b2b_history")
    def _compute_qty_to_invoice(self):
        result = super()._compute_qty_to_invoice()
        self._b2b_of_history().qty_to_invoice = 0.0
        return result

    @api.depends("order_id.b2b_history")
    def _compute_invoice_status(self):
        result = super()._compute_invoice_status()
        self._b2b_of_history().invoice_status = "no"
        return result

    @api.depends("order_id.b2b_history")
    def _compute_untaxed_amount_to_invoice(self):
        result = super()._compute_untaxed_amount_to_invoice()
        self._b2b_of_history().untaxed_amount_to_invoice = 0.0
        return result

    @api.depends("order_id.b2b_history")
    def _compute_amount_to_invoice(self):
        result = super()._compute_amount_to_invoice()
        self._b2b_of_history().amount_to_invoice = 0.0
        return result

    def _b2b_of_history(self):
        return self.filtered(lambda line: line.order_id.sudo().b2b_history)
