from datetime import date

from odoo import api, models, tools
from odoo.fields import Domain


class ResCurrency(models.Model):
    _inherit = "res.currency"

    @api.model
    @tools.ormcache("name")
    def _b2b_id_by_name(self, name):
        return self.with_context(active_test=False).search([("name", "=", name)], limit=1).id

    @api.model
    def _b2b_by_name(self, name):
        """The currency of an ISO code, active or not."""
        return self.browse(self._b2b_id_by_name(name))

    def _b2b_with_rate(self, company, day):
        """Those of these currencies in which a company can book on a day: its own, and those with a rate by then.

        Odoo counts others one to one.
        """
        domain = (
            Domain("currency_id", "in", (self - company.currency_id).ids)
            & Domain("company_id", "in", (False, company.root_id.id))
            & Domain("name", "<=", day)
        )
        rated = self.env["res.currency.rate"].sudo()._read_group(domain, ["currency_id"])
        return (self & company.currency_id).union(*(currency for [currency] in rated))

    @api.model
    def _b2b_rated_since(self, company):
        """Currency → the first day on which a company can book in it; those without any rate are left out."""
        groups = (
            self.env["res.currency.rate"]
            .sudo()
            ._read_group([("company_id", "in", (False, company.root_id.id))], ["currency_id"], ["name:min"])
        )
        return {**dict(groups), company.currency_id: date.min}
