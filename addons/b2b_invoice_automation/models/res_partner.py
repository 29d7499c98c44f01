from odoo import fields, models
from odoo.fields import Domain


class ResPartner(models.Model):
    _inherit = "res.partner"

    b2b_contract_ids = fields.One2many("b2b.contract", "partner_id", "Contracts", groups="base.group_user")
    b2b_contract_count = fields.Integer(
        "Contracts in Force",
        compute="_compute_b2b_contract_count",
        groups="sales_team.group_sale_salesman,b2b_invoice_automation.group_billing_clerk,"
        "b2b_invoice_automation.group_auditor",
    )

    def _compute_b2b_contract_count(self):
        Contract = self.env["b2b.contract"]
        domain = Contract._in_force_domain(fields.Date.context_today(self)) & Domain(
            "partner_id", "in", self.commercial_partner_id.ids
        )
        counts = dict(Contract._read_group(domain, ["partner_id"], ["__count"]))
        for partner in self:
            partner.b2b_contract_count = counts.get(partner.commercial_partner_id, 0)

    def action_view_b2b_contracts(self):
        self.ensure_one()
        entity = self.commercial_partner_id
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.b2b_contract_action")
        return {**action, "domain": [("partner_id", "=", entity.id)], "context": {"default_partner_id": entity.id}}
