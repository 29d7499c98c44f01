"""Asks what to write to an order of the shop, and who may see it there."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

CLERK = "b2b_invoice_automation.group_billing_clerk"


class MagentoTellShop(models.TransientModel):
    _name = "magento.tell.shop"
    _description = "Write to the Shop"

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    comment = fields.Text(required=True)
    visible = fields.Boolean("Visible to the Customer", help="The customer reads it at the order in the shop.")
    notify = fields.Boolean("E-mail the Customer", help="The shop sends it to the customer.")
    status = fields.Selection(
        selection="_selection_status",
        string="New Status",
        help="One that the shop's orders had so far. Empty leaves the order's status.",
    )

    @api.model
    def _selection_status(self):
        """Statuses of the orders of the shop that the form is opened for, else of all shops."""
        order = self.env["sale.order"].browse(self.env.context.get("default_order_id")).exists()
        backend = order.sudo().magento_backend_id
        shop = ("magento_backend_id", "=", backend.id) if backend else ("magento_backend_id", "!=", False)
        groups = self.env["sale.order"].sudo()._read_group([shop, ("magento_status", "!=", False)], ["magento_status"])
        return [(status, status.replace("_", " ").capitalize()) for (status,) in groups]

    def action_tell(self):
        """Queue the comment for the shop, and keep it in the order's chatter."""
        self.ensure_one()
        order = self.order_id
        order._magento_require_tellable()
        order._magento_tell(self.comment, self.status or "", notify=self.notify, visible=self.visible)
        order.sudo().message_post(
            body=self._note(), author_id=self.env.user.partner_id.id, subtype_xmlid="mail.mt_note"
        )
        return {"type": "ir.actions.act_window_close"}

    def _note(self):
        if self.notify:
            who = self.env._("To the shop, e-mailed to the customer")
        elif self.visible:
            who = self.env._("To the shop, visible to the customer")
        else:
            who = self.env._("To the shop")
        status = self.env._("New status: %(status)s", status=self.status) if self.status else ""
        return Markup('<p><span class="badge text-bg-info">%s</span> %s</p>') % (
            who,
            Markup("<br/>").join([*self.comment.splitlines(), *([status] if status else [])]),
        )


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def action_write_to_shop(self):
        """Ask what to write to the order in the shop."""
        self._magento_require_tellable()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Write to the Shop"),
            "res_model": "magento.tell.shop",
            "view_mode": "form",
            "target": "new",
            "context": {"default_order_id": self.id},
        }

    def _magento_require_tellable(self):
        """Refuse, in words, to write to an order that is not the caller's to write to, or that the shop cannot take."""
        self.ensure_one()
        self.check_access("read" if self.env.user.has_group(CLERK) else "write")
        backend = self.sudo().magento_backend_id
        if (backend, self.id) not in self.env["magento.binding"]._external_ids("orders", self):
            raise UserError(self.env._("%(order)s is no order of a shop.", order=self.display_name))
        if self.sudo().b2b_history:
            raise UserError(
                self.env._("%(order)s is history: the shop is not told anything about it.", order=self.display_name)
            )
        if words := backend._why_not_told("order_comment"):
            raise UserError(words)
