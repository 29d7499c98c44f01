"""Deliveries of shop orders: the shop is told what was shipped."""

from odoo import fields, models

NUMBERS = {"magento_parcel_numbers", "carrier_tracking_ref"}


class StockPicking(models.Model):
    _inherit = "stock.picking"

    magento_parcel_numbers = fields.Char(
        "Parcel Numbers for the Shop",
        copy=False,
        help="Told to the shop with the shipment, and when they change later. Several are separated by commas.",
        groups="base.group_user",
    )
    magento_order_id = fields.Many2one(
        "sale.order",
        "Shop Order",
        compute="_compute_magento_order_id",
        groups="base.group_user",
    )
    magento_message_count = fields.Integer(compute="_compute_magento_message_count", groups="base.group_user")

    def _compute_magento_order_id(self):
        for picking in self:
            order = picking.sale_id.sudo()
            picking.magento_order_id = order if order.magento_backend_id else False

    def _compute_magento_message_count(self):
        counts = self.env["magento.outbox"]._counts_of(self)
        for picking in self:
            picking.magento_message_count = counts.get(picking.id, 0)

    def write(self, vals):
        """Numbers that change after the delivery are told, but for those that come from the shop itself."""
        changes = NUMBERS & vals.keys() and "magento_tracking" not in vals
        told = self.filtered(lambda picking: picking._magento_tells_numbers()) if changes else self.browse()
        tracks_of = self.env["magento.push.shipment"].sudo()._tracks
        before = {picking: tracks_of(picking) for picking in told.sudo()}
        result = super().write(vals)
        if before:
            self.env["magento.push.tracking"].sudo()._tell(before)
        return result

    def _magento_tells_numbers(self):
        order = self.sale_id.sudo()
        return self.state == "done" and order.magento_backend_id.push_shipments and not order.b2b_history

    def _action_done(self):
        result = super()._action_done()
        self.env["magento.push.shipment"].sudo()._tell(self)
        return result

    def action_view_magento_messages(self):
        return self.env["magento.outbox"]._open_of(self)
