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
    b2b_bank_fee_account_id = fields.Many2one(
        "account.account",
        "Account for Bank Fees",
        check_company=True,
        help="Where fees of returned payments are booked. Empty: the company's account for cash differences.",
    )

    b2b_case_owner_id = fields.Many2one(
        "res.users",
        "Owner of Payment Cases",
        domain="[('share', '=', False)]",
        help="Who gets cases of payments whose type has no owner, and whose invoice and customer have no salesperson.",
    )

    def _b2b_write_off_limit(self):
        """What the user may write off, in this company's currency: an own limit, else the one of clerks or managers."""
        user = self.env.user
        if user.sudo().b2b_write_off_limit and not self.env.su:
            return user.sudo().b2b_write_off_limit
        is_manager = self.env.su or user.has_group("b2b_invoice_automation.group_billing_manager")
        return self.b2b_write_off_limit_manager if is_manager else self.b2b_write_off_limit


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    b2b_write_off_limit = fields.Monetary(related="company_id.b2b_write_off_limit", readonly=False)
    b2b_write_off_limit_manager = fields.Monetary(related="company_id.b2b_write_off_limit_manager", readonly=False)
    b2b_bank_fee_account_id = fields.Many2one(related="company_id.b2b_bank_fee_account_id", readonly=False)
    b2b_case_owner_id = fields.Many2one(related="company_id.b2b_case_owner_id", readonly=False)
