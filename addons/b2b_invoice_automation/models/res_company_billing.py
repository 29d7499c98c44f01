"""The company's side of billing: its default policy and its working days."""

from odoo import api, fields, models

from ..order_to_cash.periods import WorkCalendar


class ResCompany(models.Model):
    _inherit = "res.company"

    b2b_billing_policy_id = fields.Many2one(
        "b2b.billing.policy",
        "Default Billing Policy",
        domain="[('company_id', '=', id)]",
        ondelete="restrict",
        help="For orders whose contract names no other.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._b2b_create_default_policy()
        return companies

    @api.model
    def _b2b_create_default_policies(self):
        """Give the companies that were there before this module their default policy."""
        self.sudo().search([("b2b_billing_policy_id", "=", False)])._b2b_create_default_policy()

    def _b2b_create_default_policy(self):
        for company in self.filtered(lambda company: not company.b2b_billing_policy_id):
            company.b2b_billing_policy_id = (
                self.env["b2b.billing.policy"]
                .sudo()
                .create(
                    {
                        "name": self.env._("Ship and bill"),
                        "company_id": company.id,
                    }
                )
            )

    def _b2b_work_calendar(self):
        """The company's working days: Monday to Friday without its holidays."""
        holidays = self.env["b2b.holiday"].sudo().search_fetch([("company_id", "=", self.id)], ["date"])
        return WorkCalendar(holidays=frozenset(holidays.mapped("date")))
