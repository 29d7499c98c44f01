"""The customer's home and account: what is open, what was paid, the statement of account."""

from datetime import timedelta

from odoo import fields
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal

from .answers import file_answer
from .filters import day_of

PERIOD_DAYS = 90
LONGEST_PERIOD_DAYS = 3 * 366


class AccountPortal(CustomerPortal):
    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if not counters:
            partner, companies = request.env.user.partner_id, request.env.companies
            values["b2b_account"] = partner._b2b_account_summary(companies)
            values["b2b_credit"] = partner._b2b_portal_credit(companies)
            values["b2b_last_payment"] = next(iter(partner._b2b_last_payments(companies, limit=1)), None)
        return values

    @route("/my/statement", type="http", auth="user", website=True, readonly=True)
    def portal_my_statement(self, date_from=None, date_to=None, company_id=None, report_type=None, **kwargs):
        company = self._b2b_chosen_company(company_id)
        first, last = self._b2b_period(date_from, date_to)
        partner = request.env.user.partner_id.commercial_partner_id.sudo()
        if report_type == "pdf":
            return self._b2b_statement_pdf(partner, company, first, last, bool(kwargs.get("download")))
        values = self._prepare_portal_layout_values()
        values.update(
            {
                "page_name": "b2b_statement",
                "partner": partner,
                "company": company,
                "headings": partner._b2b_statement_headings(first, last),
                "companies": request.env.companies,
                "date_from": first,
                "date_to": last,
                "today": fields.Date.context_today(partner),
                "sections": partner._b2b_statement(company, first, last),
                "payments": partner._b2b_last_payments(company),
                "b2b_credit": partner._b2b_portal_credit(company),
                "periods": self._b2b_periods(fields.Date.context_today(partner)),
            }
        )
        return request.render("b2b_invoice_automation.portal_my_statement", values)

    def _b2b_statement_pdf(self, partner, company, first, last, download):
        content = (
            request.env["ir.actions.report"]
            .sudo()
            .with_company(company)
            ._render_qweb_pdf(
                "b2b_invoice_automation.report_account_statement",
                partner.ids,
                data={"date_from": first.isoformat(), "date_to": last.isoformat(), "company_id": company.id},
            )[0]
        )
        name = request.env._("Statement of account %(company)s %(day)s", company=company.name, day=last)
        return file_answer(content, f"{name}.pdf", "application/pdf", download)

    def _b2b_chosen_company(self, company_id):
        """The company of that id if the user may see it, else the user's own."""
        chosen = request.env.companies.filtered(lambda company: str(company.id) == str(company_id))
        return chosen or request.env.company

    def _b2b_period(self, date_from, date_to):
        """The period asked for, in order and not endless; the last 90 days when it is not a period."""
        today = fields.Date.context_today(request.env.user)
        last = min(day_of(date_to) or today, today)
        first = day_of(date_from) or last - timedelta(days=PERIOD_DAYS)
        if first > last:
            first = last - timedelta(days=PERIOD_DAYS)
        return max(first, last - timedelta(days=LONGEST_PERIOD_DAYS)), last

    def _b2b_periods(self, today):
        """Periods to choose from, as (label, first day, last day)."""
        month = today.replace(day=1)
        last_month = (month - timedelta(days=1)).replace(day=1)
        year = today.replace(month=1, day=1)
        return [
            (request.env._("Last 90 days"), today - timedelta(days=PERIOD_DAYS), today),
            (request.env._("This month"), month, today),
            (request.env._("Last month"), last_month, month - timedelta(days=1)),
            (request.env._("This year"), year, today),
            (request.env._("Last year"), year.replace(year=year.year - 1), year - timedelta(days=1)),
        ]
