"""Contracts and delivery: their PDF goes to the customer, and they may say how what is billed under them is sent.

How it is sent is no part of what was agreed: it is changed at any time, on the version that counts.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .b2b_contract_price_list import SHOWN_STATES
from .b2b_delivery import TO_LOOK_AFTER

REPORT = "b2b_invoice_automation.report_contract"
TEMPLATE = "b2b_invoice_automation.mail_template_contract"


class B2bContract(models.Model):
    _inherit = "b2b.contract"

    delivery_channel = fields.Selection(
        "_selection_delivery_channel",
        "Documents Go",
        tracking=True,
        help="How this contract, and what is billed under it, is sent. Leave it empty for the customer's own way.",
    )
    delivery_recipient_ids = fields.One2many(
        "b2b.delivery.recipient",
        "contract_id",
        "Who Gets What",
        help="Of this contract and of what is billed under it. Without lines: as on the customer.",
    )
    delivery_count = fields.Integer("Deliveries", compute="_compute_delivery_count")
    delivery_missed_count = fields.Integer("Deliveries to Look After", compute="_compute_delivery_count")

    @api.model
    def _selection_delivery_channel(self):
        return self.env["res.partner"]._fields["invoice_sending_method"]._description_selection(self.env)

    def _compute_delivery_count(self):
        found = (
            self.env["b2b.delivery"]
            .sudo()
            ._read_group([("res_model", "=", self._name), ("res_id", "in", self.ids)], ["res_id", "state"], ["__count"])
        )
        for contract in self:
            mine = {state: count for number, state, count in found if number == contract.id}
            contract.delivery_count = sum(mine.values())
            contract.delivery_missed_count = sum(mine.get(state, 0) for state in TO_LOOK_AFTER)

    def write(self, vals):
        result = super().write(vals)
        if "delivery_channel" in vals:
            self.partner_id._b2b_retry_deliveries()
        return result

    def action_send(self):
        """Button: send the contract to the customer, by the route of its documents.

        :raises UserError: for what was not agreed yet, and where nothing is sent by itself
        """
        self.check_access("write")
        if early := self.filtered(lambda contract: contract.state not in SHOWN_STATES):
            raise UserError(
                self.env._(
                    "%s is not approved yet, so it does not go to the customer. Have it approved, then send it.",
                    early[0].display_name,
                )
            )
        return self.env["b2b.delivery"]._send_for_person(REPORT, self, "contract", TEMPLATE)

    def action_view_deliveries(self):
        """Smart button: when and to whom this contract was sent, and what became of it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("b2b_invoice_automation.b2b_delivery_action")
        return {**action, "domain": [("res_model", "=", self._name), ("res_id", "=", self.id)], "context": {}}

    def _b2b_route_version(self):
        """The version that says how documents of this contract are sent: the one that counts today, else the latest."""
        agreed = self.origin_id.version_ids.filtered(lambda contract: contract.state in SHOWN_STATES)
        return agreed._b2b_current_versions()[:1] or self

    def _new_version(self):
        new = super()._new_version()
        new.delivery_recipient_ids = [Command.create(vals) for vals in self.delivery_recipient_ids.copy_data()]
        return new
