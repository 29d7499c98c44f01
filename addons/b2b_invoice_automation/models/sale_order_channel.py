"""What an order from a sales channel (a shop, EDI) brings along, in terms that name no channel."""

from odoo import api, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    b2b_channel_state = fields.Selection(
        [("open", "Open"), ("complete", "Complete"), ("canceled", "Cancelled")],
        "Channel Status",
        copy=False,
        index="btree_not_null",
        help="What the sales channel says about the order. Empty for orders typed in Odoo.",
        groups="base.group_user",
    )
    b2b_discrepancy_ids = fields.One2many("b2b.discrepancy", "order_id", "Discrepancies", groups="base.group_user")
    b2b_discrepancy_count = fields.Integer(compute="_compute_b2b_discrepancy_count", groups="base.group_user")
    b2b_on_hold = fields.Boolean(
        "On Hold",
        compute="_compute_b2b_on_hold",
        store=True,
        index=True,
        help="An open discrepancy stops this order; it is not billed until the case is settled.",
        groups="base.group_user",
    )

    @api.depends("b2b_discrepancy_ids.state", "b2b_discrepancy_ids.blocking")
    def _compute_b2b_on_hold(self):
        for order in self:
            order.b2b_on_hold = any(case.state == "open" and case.blocking for case in order.b2b_discrepancy_ids.sudo())

    @api.depends("b2b_discrepancy_ids")
    def _compute_b2b_discrepancy_count(self):
        counts = dict(
            self.env["b2b.discrepancy"].sudo()._read_group([("order_id", "in", self.ids)], ["order_id"], ["__count"])
        )
        for order in self:
            order.b2b_discrepancy_count = counts.get(order, 0)

    def action_view_b2b_discrepancies(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.b2b_discrepancy_action")
        return {**action, "domain": [("order_id", "=", self.id)], "context": {"default_order_id": self.id}}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    b2b_channel_price = fields.Boolean(
        "Price Agreed in the Channel",
        copy=False,
        help="The customer agreed to this price in the shop; it is kept, and the contract price is compared with it.",
        groups="base.group_user",
    )
    b2b_channel_charge = fields.Boolean(
        "Charge of the Channel",
        copy=False,
        help="Shipping, a fee or an adjustment that the shop adds to the order. Contract prices do not apply to it.",
        groups="base.group_user",
    )
