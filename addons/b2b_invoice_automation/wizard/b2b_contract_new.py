"""Begins a contract from a template: asks for the customer and the days, opens the draft."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..order_to_cash.renewal import same_length


class B2bContractNew(models.TransientModel):
    _name = "b2b.contract.new"
    _description = "New Contract from a Template"

    template_id = fields.Many2one(
        "b2b.contract", required=True, ondelete="cascade", domain="[('state', '=', 'template')]"
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        ondelete="cascade",
        domain="[('parent_id', '=', False)]",
        help="The company that owes the money.",
    )
    date_start = fields.Date("Valid From", required=True, default=fields.Date.context_today)
    date_end = fields.Date(
        "Valid Until", compute="_compute_date_end", store=True, readonly=False, help="As long as the template is."
    )

    @api.depends("template_id", "date_start")
    def _compute_date_end(self):
        for wizard in self:
            template = wizard.template_id
            wizard.date_end = (
                template.date_end
                and wizard.date_start
                and same_length(template.date_start, template.date_end, wizard.date_start)
            )

    def action_begin(self):
        self.ensure_one()
        if not self.env["b2b.contract"].has_access("create"):
            raise AccessError(self.env._("Only people who write contracts may begin one."))
        if self.date_end and self.date_end < self.date_start:
            raise UserError(
                self.env._(
                    "The contract ends on %(end)s, before it begins on %(start)s.",
                    end=self.date_end,
                    start=self.date_start,
                )
            )
        entity = self.partner_id.commercial_partner_id
        return self.template_id._begin_contract(entity, self.date_start, self.date_end)._open_form()
