"""Company settings of rebates: where they are set aside."""

from odoo import fields, models

JOURNAL_HELP = "Journal of the entries that set rebates aside and release them."
EXPENSE_HELP = "Debited as customers earn rebates: a deduction from revenue, or an expense."
LIABILITY_HELP = (
    "Credited as customers earn rebates, and debited by the credit notes that settle them. It returns to zero when "
    "all is settled. A period that has begun to be booked keeps its accounts."
)


class ResCompany(models.Model):
    _inherit = "res.company"

    b2b_rebate_journal_id = fields.Many2one(
        "account.journal",
        "Rebate Journal",
        domain="[('type', '=', 'general'), ('company_id', '=', id)]",
        help=JOURNAL_HELP,
        check_company=True,
    )
    b2b_rebate_expense_account_id = fields.Many2one(
        "account.account",
        "Rebate Expense",
        domain="[('account_type', 'in', ('income', 'income_other', 'expense', 'expense_direct_cost'))]",
        help=EXPENSE_HELP,
        check_company=True,
    )
    b2b_rebate_liability_account_id = fields.Many2one(
        "account.account",
        "Rebate Liability",
        domain="[('account_type', '=', 'liability_current')]",
        help=LIABILITY_HELP,
        check_company=True,
    )

    def _b2b_rebate_setup_problem(self):
        """Say what is missing to book rebates; empty when nothing is."""
        self.ensure_one()
        settings = {
            self.env._("journal"): self.b2b_rebate_journal_id,
            self.env._("expense account"): self.b2b_rebate_expense_account_id,
            self.env._("liability account"): self.b2b_rebate_liability_account_id,
        }
        missing = [name for name, record in settings.items() if not record or not record.active]
        if not missing:
            return ""
        return self.env._(
            "Not booked: choose the %(missing)s of rebates under Settings ‣ Order to Cash.", missing=", ".join(missing)
        )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    b2b_rebate_journal_id = fields.Many2one(related="company_id.b2b_rebate_journal_id", readonly=False)
    b2b_rebate_expense_account_id = fields.Many2one(related="company_id.b2b_rebate_expense_account_id", readonly=False)
    b2b_rebate_liability_account_id = fields.Many2one(
        related="company_id.b2b_rebate_liability_account_id", readonly=False
    )
