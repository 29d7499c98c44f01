"""What the shop is told about its orders, and how far it was told."""

import hashlib

from odoo import api, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    magento_told_hold = fields.Boolean(
        copy=False, readonly=True, help="The shop was told to hold the order.", groups="base.group_user"
    )
    magento_message_count = fields.Integer(compute="_compute_magento_message_count", groups="base.group_user")

    def _compute_magento_message_count(self):
        counts = dict(
            self.env["magento.outbox"].sudo()._read_group([("order_id", "in", self.ids)], ["order_id"], ["__count"])
        )
        for order in self:
            order.magento_message_count = counts.get(order, 0)

    def _action_cancel(self):
        result = super()._action_cancel()
        self.env["magento.push.order"].sudo()._tell_cancelled(self.filtered("magento_backend_id"))
        return result

    def _magento_tell(self, comment, status="", notify=False, visible=False):
        """Write a comment to each shop order, and set a status there; the same words again are told once.

        :param str comment: for people in the shop, and for the customer where it is visible
        :param str status: the shop's code of a status, empty to leave it
        :param bool notify: the shop sends it to the customer
        :param bool visible: the customer sees it in the shop
        """
        orders = self.sudo().filtered("magento_backend_id")
        external = self.env["magento.binding"]._external_ids("orders", orders)
        digest = hashlib.sha256(f"{comment}|{status}".encode()).hexdigest()[:12]
        values = {"comment": comment, "status": status, "notify": notify, "visible": visible}
        rows = [
            {
                "backend": order.magento_backend_id,
                "effect": "order_comment",
                "key": f"comment:{order.id}:{digest}",
                "target": external[order.magento_backend_id, order.id],
                "values": values,
                "order": order,
                "document": order,
            }
            for order in orders
            if (order.magento_backend_id, order.id) in external
        ]
        if rows:
            self.env["magento.outbox"].sudo()._put(rows)

    def action_view_magento_messages(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("magento_connector.magento_outbox_action")
        return {**action, "domain": [("order_id", "=", self.id)], "context": {}}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    magento_told_shipped = fields.Float(
        digits="Product Unit", copy=False, readonly=True, help="So much is shipped in the shop, by what we told it.",
        groups="base.group_user",
    )  # fmt: skip
    magento_told_invoiced = fields.Float(digits="Product Unit", copy=False, readonly=True, groups="base.group_user")
    magento_told_refunded = fields.Float(digits="Product Unit", copy=False, readonly=True, groups="base.group_user")


class MagentoBinding(models.Model):
    _inherit = "magento.binding"

    @api.model_create_multi
    def create(self, vals_list):
        """A new link to an order is the moment from which the shop can be told its number here."""
        bindings = super().create(vals_list)
        order_ids = [binding.res_id for binding in bindings if binding.entity == "orders"]
        if order_ids:
            self.env["magento.push.order"].sudo()._tell_numbers(self.env["sale.order"].browse(order_ids))
        return bindings
