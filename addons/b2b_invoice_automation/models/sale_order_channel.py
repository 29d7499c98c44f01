"""What an order from a sales channel (a shop, EDI) brings along, in terms that name no channel."""

from odoo import api, fields, models
from odoo.exceptions import UserError

CHECKED_FIELDS = {"b2b_on_hold", "b2b_credit_hold"}
"""Written by the checks alone."""
CHANNEL_FIELDS = {"b2b_channel_state", "b2b_history"}
"""Written by the channel, or whoever imports for it with the rights of a billing manager: both pass the holds."""
MACHINE_FIELDS = CHECKED_FIELDS | CHANNEL_FIELDS


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

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._b2b_refuse_machine_fields({name for name in MACHINE_FIELDS if vals.get(name)})
        defaults = {f"default_{name}" for name in MACHINE_FIELDS} & self.env.context.keys()
        if defaults:
            context = {name: value for name, value in self.env.context.items() if name not in defaults}
            self = self.with_context(context)  # noqa: PLW0642  # pylint: disable=context-overridden
        return super().create(vals_list)

    def write(self, vals):
        self._b2b_refuse_machine_fields(MACHINE_FIELDS & vals.keys())
        return super().write(vals)

    def _b2b_refuse_machine_fields(self, names):
        if self.env.user.has_group("b2b_invoice_automation.group_billing_manager"):
            names = names & CHECKED_FIELDS
        if names and not self.env.su:
            raise UserError(
                self.env._(
                    "Holds, the channel's status and the mark “History” are not written by hand: settle the case that "
                    "holds the order, or have somebody with the right to it release it. Imports with a status or "
                    "history need the rights of a billing manager."
                )
            )

    @api.depends("b2b_discrepancy_ids.state", "b2b_discrepancy_ids.blocking")
    def _compute_b2b_on_hold(self):
        for order in self:
            order.b2b_on_hold = any(case.state == "open" and case.blocking for case in order.sudo().b2b_discrepancy_ids)

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
