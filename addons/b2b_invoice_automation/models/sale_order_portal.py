"""What the customer's pages say about an order beyond Odoo's own fields."""

from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _b2b_shop_number(self):
        """The order's number in the sales channel that it came from, or an empty string."""
        self.ensure_one()
        return (self.origin or "") if self.b2b_channel_state else ""

    def _b2b_invoicing(self):
        """How far the order is invoiced, for the customer.

        :returns: ``invoiced``, ``partly`` or ``open``
        """
        self.ensure_one()
        if self.invoice_status in ("invoiced", "upselling") or self.sudo().b2b_history:
            return "invoiced"
        posted = self.order_line.invoice_lines.filtered(lambda line: line.parent_state == "posted")
        return "partly" if posted else "open"
