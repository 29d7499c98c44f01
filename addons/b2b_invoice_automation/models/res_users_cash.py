"""What one user may write off, where that differs from the company's limits."""

from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    b2b_write_off_limit = fields.Float(
        "Write-off Limit",
        digits=(16, 2),
        groups="base.group_erp_manager",
        help="The largest difference of a payment that this user may write off, in the company's currency. "
        "0: the company's limit for clerks or managers.",
    )
