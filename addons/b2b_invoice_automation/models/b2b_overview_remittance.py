"""Expected cash on the overview: what customers have advised, by when, and bank files that wait for a person."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

REMITTANCES = "b2b_invoice_automation.b2b_remittance_action"
BANK_FILES = "b2b_invoice_automation.b2b_statement_import_action"
SOON_DAYS = 7


class B2bOverview(models.AbstractModel):
    _inherit = "b2b.overview"

    @api.model
    def get_figures(self):
        figures = super().get_figures()
        company, today = self.env.company, fields.Date.context_today(self)
        return {**figures, "expected_cash": self._expected_cash(company, today)}

    def _expected_cash(self, company, today):
        """What payers have advised and what has not come, in the company's currency.

        :returns: dict with ``total``, ``soon`` (within a week), ``late``, ``count`` and the ``domain``
        """
        domain = [("company_id", "=", company.id), ("state", "=", "expected")]
        rows = self.env["b2b.remittance"]._read_group(
            domain, ["currency_id", "expected_date:day"], ["total:sum", "__count"]
        )
        found = {"total": 0.0, "soon": 0.0, "late": 0.0, "count": 0, "domain": domain}
        soon = today + relativedelta(days=SOON_DAYS)
        for currency, day, total, count in rows:
            amount = currency._convert(total, company.currency_id, company, today)
            found["total"] += amount
            found["count"] += count
            if day and day < today:
                found["late"] += amount
            elif day and day <= soon:
                found["soon"] += amount
        return found

    def _waiting(self, company):
        own = [("company_id", "=", company.id)]
        files = self.env["b2b.statement.import"].search_count([*own, ("state", "in", ("columns", "account", "failed"))])
        gaps = self.env["b2b.statement.import"].search_count([*own, ("state", "=", "done"), ("has_gap", "=", True)])
        drafts = self.env["b2b.remittance"].search_count([*own, ("state", "=", "draft")])
        return [
            *super()._waiting(company),
            self._waits(
                "bank_files",
                self.env._("Bank files that wait"),
                files,
                "fa-file-o",
                "warning",
                BANK_FILES,
                {"search_default_open": 1},
            ),
            self._waits(
                "bank_gaps",
                self.env._("Bank files before which one is missing"),
                gaps,
                "fa-chain-broken",
                "warning",
                BANK_FILES,
                {"search_default_gap": 1},
            ),
            self._waits(
                "advices",
                self.env._("Remittance advices to fill in"),
                drafts,
                "fa-envelope-o",
                "info",
                REMITTANCES,
                {"search_default_draft": 1},
            ),
        ]
