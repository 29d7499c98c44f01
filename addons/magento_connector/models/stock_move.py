"""Moves of goods: the shops that sell them are told what is on hand, and deliveries are made by the hundred."""

from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        products = moves.filtered(lambda move: move.state == "done" and move.is_storable).product_id
        self.env["magento.push.stock"].sudo()._tell(products)
        return moves

    def _assign_picking_post_process(self, new=False):
        """Leave out the note that says which order a new delivery comes from: its source document does."""
        quiet = self.env.context.get("mail_create_nolog") and self.sale_line_id.order_id.magento_backend_id
        return super()._assign_picking_post_process(new=new and not quiet)
