"""The wizard that invoices by hand: not for orders of the time before Odoo."""

from odoo import models
from odoo.exceptions import UserError


class SaleAdvancePaymentInv(models.TransientModel):
    _inherit = "sale.advance.payment.inv"

    def _create_invoices(self, sale_orders):
        history = sale_orders.sudo().filtered("b2b_history")
        if history:
            raise UserError(
                self.env._(
                    "%(orders)s: history from before Odoo took over, billed elsewhere. It is not invoiced here.",
                    orders=", ".join(history[:5].mapped("name")),
                )
            )
        return super()._create_invoices(sale_orders)
