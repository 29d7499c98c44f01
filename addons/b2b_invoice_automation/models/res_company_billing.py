"""The company's side of billing: its default policy, its working days, and where its days begin."""

from datetime import datetime, time, timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.fields import Domain

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
    b2b_weekend = fields.Selection(
        [
            ("67", "Saturday and Sunday"),
            ("56", "Friday and Saturday"),
            ("7", "Sunday only"),
            ("5", "Friday only"),
        ],
        "Weekend",
        required=True,
        default="67",
        help="Days of the week that are not worked; closing days of billing policies count and move by them.",
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

    def _b2b_zone(self):
        """The company's time zone: its own contact's."""
        return ZoneInfo(self.partner_id.tz or "UTC")

    def _b2b_day_of(self, moment):
        """The company's day in which a naive UTC datetime falls."""
        return moment.replace(tzinfo=timezone.utc).astimezone(self._b2b_zone()).date()

    def _b2b_today(self):
        """The company's day now, whoever asks."""
        return self._b2b_day_of(fields.Datetime.now())

    def _b2b_midnight(self, day):
        """When a day of the company begins, as a naive UTC datetime."""
        local = datetime.combine(day, time(), tzinfo=self._b2b_zone())
        return local.astimezone(timezone.utc).replace(tzinfo=None)

    def _b2b_work_calendar(self):
        """The company's working days: without its weekend, its holidays and those of its country."""
        country = self.account_fiscal_country_id or self.country_id
        holidays = self.env["b2b.holiday"].sudo()
        ours = Domain("company_id", "=", self.id)
        if country:
            ours |= Domain("country_id", "=", country.id)
        holidays = holidays.search_fetch(ours, ["date", "yearly"])
        yearly = holidays.filtered("yearly")
        return WorkCalendar(
            weekend=frozenset(map(int, self.b2b_weekend)),
            holidays=frozenset((holidays - yearly).mapped("date")),
            yearly=frozenset((holiday.date.month, holiday.date.day) for holiday in yearly),
        )
