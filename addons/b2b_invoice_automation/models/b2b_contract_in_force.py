"""Which contracts count: on a day, for customers, and in which currencies anything can be booked.

It is apart from the agreement itself because orders, billing and the shop ask only this.
"""

from odoo import api, models
from odoo.fields import Domain

from .b2b_contract import AGREED_STATES


class B2bContract(models.Model):
    _inherit = "b2b.contract"

    def _covers(self, day):
        """Say whether this contract counts on a day."""
        self.ensure_one()
        return (
            self.state in AGREED_STATES
            and self.date_start <= day
            and (not self.date_effective_end or day <= self.date_effective_end)
        )

    @api.model
    def _in_force_domain(self, first_day, last_day=None):
        """Domain of the contracts that count on a day, or on any day up to another."""
        return Domain(
            [
                ("state", "in", AGREED_STATES),
                ("date_start", "<=", last_day or first_day),
                "|",
                ("date_effective_end", "=", False),
                ("date_effective_end", ">=", first_day),
            ]
        )

    @api.model
    def _in_force_for(self, partners, companies, first_day, last_day):
        """Return the contracts that count for commercial entities on some day of a span, the preferred first.

        :param partners: the commercial entities
        :param companies: our companies
        """
        domain = self._in_force_domain(first_day, last_day) & Domain(
            [("partner_id", "in", partners.ids), ("company_id", "in", companies.ids)]
        )
        return self.search(domain, order="sequence, date_start desc, id desc")

    @api.model
    def _currencies_with_rate(self, company):
        """Return the currencies that can be converted: the company's own, and each with a rate."""
        groups = (
            self.env["res.currency.rate"]
            .sudo()
            ._read_group([("company_id", "in", (False, company.root_id.id))], ["currency_id"])
        )
        return self.env["res.currency"].union(company.currency_id, *(currency for (currency,) in groups))
