from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    b2b_invoice_layout = fields.Boolean(related="company_id.b2b_invoice_layout", readonly=False)
    b2b_billing_policy_id = fields.Many2one(related="company_id.b2b_billing_policy_id", readonly=False)
    b2b_time_zone = fields.Selection(related="company_id.partner_id.tz", string="Company's Time Zone", readonly=False)
    b2b_weekend = fields.Selection(related="company_id.b2b_weekend", readonly=False)
