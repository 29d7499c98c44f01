"""Deliveries of shop orders: the shop is told what was shipped."""

from odoo import fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    magento_parcel_numbers = fields.Char(
        "Parcel Numbers for the Shop",
        copy=False,
        help="Told to the shop with the shipment. Several are separated by commas.",
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

    def _action_done(self):
        result = super()._action_done()
        self.env["magento.push.shipment"].sudo()._tell(self)
        return result

    def action_view_magento_messages(self):
        return self.env["magento.outbox"]._open_of(self)
