"""Deliveries of orders on credit hold: nobody ships them from here; what the shop shipped already is taken over.

Shipments of the shop move goods by their own way (`loader_shipment.py`), which asks for no credit: they have left. An
order of which all has left is flagged and no longer held: there is nothing to stop, and its invoice is to go out.
"""

from odoo import models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def button_validate(self):
        """Check the customers' credit once more; an order that is put on hold by that is kept, with the reason told."""
        orders = self._b2b_outgoing_orders()
        before = orders.filtered("b2b_credit_hold")
        held = orders._b2b_check_credit() - before
        if held:
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "title": self.env._("On credit hold, so nothing is delivered"),
                    "message": "\n".join(held._b2b_open_credit_hold().mapped("name")),
                    "type": "danger",
                    "sticky": True,
                    "next": {"type": "ir.actions.act_window_close"},
                },
            }
        orders._b2b_refuse_while_held()
        return super().button_validate()

    def _action_done(self):
        self._b2b_outgoing_orders()._b2b_refuse_while_held()
        return super()._action_done()

    def _b2b_outgoing_orders(self):
        """The orders that these transfers send goods for."""
        outgoing = self.filtered(lambda picking: picking.picking_type_code == "outgoing")
        return outgoing.sudo().move_ids.sale_line_id.order_id


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        held = moves.sudo().sale_line_id.order_id.filtered("b2b_credit_hold")
        if held:
            held._b2b_check_credit()
        return moves
