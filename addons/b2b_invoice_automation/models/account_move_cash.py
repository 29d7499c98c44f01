"""What cash application changes about invoices that become paid."""

from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def message_post(self, **kwargs):
        """A batch of payments writes no note per order: the bank line and the decision log tell who paid what."""
        if self.env.context.get("b2b_no_paid_note"):
            return self.env["mail.message"]
        return super().message_post(**kwargs)
