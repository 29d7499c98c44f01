"""Moves of goods: the shops that sell them are told what is on hand, and deliveries are made by the hundred."""

from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        done = moves.filtered(lambda move: move.state == "done")
        self.env["magento.push.stock"].sudo()._tell(done.filtered("is_storable").product_id)
        gone = done.sudo().filtered(lambda move: move.location_dest_id.usage == "customer")
        gone.sale_line_id.order_id._magento_go_on("shipment")
        return moves

    def _action_cancel(self):
        """What the shop shipped and nobody delivers here any more is on hand after all."""
        ended = self.sudo().filtered(
            lambda move: move.is_storable and move.state != "cancel" and move.sale_line_id.magento_item_id
        )
        products = ended.product_id
        result = super()._action_cancel()
        self.env["magento.push.stock"].sudo()._tell(products)
        return result

    def _assign_picking_post_process(self, new=False):
        """Leave out the note that says which order a new delivery comes from: its source document does."""
        quiet = self.env.context.get("mail_create_nolog") and self.sale_line_id.order_id.magento_backend_id
        return super()._assign_picking_post_process(new=new and not quiet)
