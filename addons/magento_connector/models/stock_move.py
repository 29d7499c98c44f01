"""Deliveries of shop orders, made by the hundred."""

from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _assign_picking_post_process(self, new=False):
        """Leave out the note that says which order a new delivery comes from: its source document does."""
        quiet = self.env.context.get("mail_create_nolog") and self.sale_line_id.order_id.magento_backend_id
        return super()._assign_picking_post_process(new=new and not quiet)
