"""Moves of goods: the shops that sell them are told what is on hand."""

from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        products = moves.filtered(lambda move: move.state == "done" and move.is_storable).product_id
        self.env["magento.push.stock"].sudo()._tell(products)
        return moves
