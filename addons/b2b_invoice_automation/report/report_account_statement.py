"""The values of the printed statement of account."""

from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

PERIOD_DAYS = 90


class ReportAccountStatement(models.AbstractModel):
    _name = "report.b2b_invoice_automation.account_statement"
    _description = "Statement of Account"

    @api.model
    def _get_report_values(self, docids, data=None):
        """The commercial entities to print, and their statements as functions of them.

        :param data: may hold ``date_from``, ``date_to`` (ISO), ``company_id``; else the last 90 days, this company
        """
        data = data or {}
        today = fields.Date.context_today(self)
        last = date.fromisoformat(data["date_to"]) if data.get("date_to") else today
        first = date.fromisoformat(data["date_from"]) if data.get("date_from") else last - timedelta(days=PERIOD_DAYS)
        company = self.env["res.company"].browse(data.get("company_id")) or self.env.company
        partners = self.env["res.partner"].browse(docids).commercial_partner_id
        partners.check_access("read")
        self.env["account.move.line"].check_access("read")
        if company not in self.env.companies:
            raise AccessError(self.env._("You have no access to the books of this company."))
        return {
            "doc_ids": partners.ids,
            "doc_model": "res.partner",
            "docs": partners,
            "company": company,
            "date_from": first,
            "date_to": last,
            "statement_of": lambda partner: partner._b2b_statement(company, first, last),
            "report_type": data.get("report_type"),
        }
