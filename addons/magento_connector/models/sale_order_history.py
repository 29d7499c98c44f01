"""History of a shop moves no goods."""

from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _action_launch_stock_rule(self, *, previous_product_uom_qty=False):
        live = self.filtered(lambda line: not line.order_id.sudo().b2b_history)
        return super(SaleOrderLine, live)._action_launch_stock_rule(previous_product_uom_qty=previous_product_uom_qty)
