from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    b2b_invoice_layout = fields.Boolean(related="company_id.b2b_invoice_layout", readonly=False)
