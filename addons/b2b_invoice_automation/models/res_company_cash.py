"""Company settings of cash application."""

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    b2b_write_off_limit = fields.Monetary(
        "Write-off Limit of Clerks", default=5.0, help="The largest difference of a payment that a clerk may write off."
    )
    b2b_write_off_limit_manager = fields.Monetary(
        "Write-off Limit of Managers",
        default=250.0,
        help="The largest difference that a billing manager may write off.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    b2b_write_off_limit = fields.Monetary(related="company_id.b2b_write_off_limit", readonly=False)
    b2b_write_off_limit_manager = fields.Monetary(related="company_id.b2b_write_off_limit_manager", readonly=False)
