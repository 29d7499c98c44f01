"""The customer's rebates, by a button on the form."""

from odoo import fields, models

READERS = (
    "sales_team.group_sale_salesman,b2b_invoice_automation.group_billing_clerk,b2b_invoice_automation.group_auditor"
)


class ResPartner(models.Model):
    _inherit = "res.partner"

    b2b_rebate_count = fields.Integer("Rebate Periods", compute="_compute_b2b_rebate_count", groups=READERS)

    def _compute_b2b_rebate_count(self):
        counts = dict(
            self.env["b2b.rebate"]._read_group(
                [("partner_id", "in", self.commercial_partner_id.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.b2b_rebate_count = counts.get(partner.commercial_partner_id, 0)

    def action_view_b2b_rebates(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.b2b_rebate_action")
        return {**action, "domain": [("partner_id", "=", self.commercial_partner_id.id)], "context": {}}
