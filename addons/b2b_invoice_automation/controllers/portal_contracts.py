"""The customer's contracts: their price lists, terms and versions.

Portal users have no access to the contract models, which also hold what is not for them (markups, tolerances, notes).
These pages read for them, through one domain: their commercial entity's agreed versions.
"""

from odoo import fields
from odoo.fields import Domain
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from .answers import file_answer
from .filters import search_text

PRICES_PER_PAGE = 50
FILE_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class ContractPortal(CustomerPortal):
    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "b2b_contract_count" in counters:
            values["b2b_contract_count"] = len(self._b2b_contracts().origin_id)
        return values

    def _b2b_contracts(self, domain=Domain.TRUE):
        """The versions of contracts that the user may read, with superuser rights."""
        contracts = request.env["b2b.contract"].sudo()
        ours = contracts._b2b_portal_domain(request.env.user.partner_id, request.env.companies)
        return contracts.search(ours & Domain(domain))

    @route("/my/contracts", type="http", auth="user", website=True, readonly=True)
    def portal_my_contracts(self, **kwargs):
        values = self._prepare_portal_layout_values()
        values.update(
            {
                "page_name": "b2b_contract",
                "contracts": self._b2b_contracts()._b2b_current_versions(),
            }
        )
        return request.render("b2b_invoice_automation.portal_my_contracts", values)

    @route("/my/contracts/<int:contract_id>", type="http", auth="user", website=True, readonly=True)
    def portal_my_contract(self, contract_id, report_type=None, download=False, **kwargs):
        contract = self._b2b_contracts([("id", "=", contract_id)])
        if not contract:
            return request.redirect("/my/contracts")
        if report_type == "pdf":
            return self._b2b_contract_pdf(contract, bool(download))
        values = self._prepare_portal_layout_values()
        values.update(
            {
                "page_name": "b2b_contract",
                "contract": contract,
                "versions": self._b2b_contracts([("origin_id", "=", contract.origin_id.id)]).sorted(
                    "version", reverse=True
                ),
            }
        )
        return request.render("b2b_invoice_automation.portal_my_contract", values)

    @route(["/my/prices", "/my/prices/page/<int:page>"], type="http", auth="user", website=True, readonly=True)
    def portal_my_prices(self, page=1, search=None, **kwargs):
        search = search_text(search)
        contracts = self._b2b_contracts_in_force()
        rules = contracts._b2b_book_rules(search)
        ordered = contracts._b2b_ordered_products(search)
        pager = portal_pager(
            url="/my/prices",
            url_args={"search": search} if search else {},
            total=len(rules) + len(ordered),
            page=page,
            step=PRICES_PER_PAGE,
        )
        first = pager["offset"]
        shown = rules[first : first + PRICES_PER_PAGE]
        left = PRICES_PER_PAGE - len(shown)
        begin = max(first - len(rules), 0)
        values = self._prepare_portal_layout_values()
        values.update(
            {
                "page_name": "b2b_prices",
                "contracts": contracts,
                "search": search,
                "agreed": contracts._b2b_book_entries(shown),
                "ordered": contracts._b2b_ordered_entries(ordered[begin : begin + left]),
                "pager": pager,
            }
        )
        return request.render("b2b_invoice_automation.portal_my_prices", values)

    @route("/my/prices/download", type="http", auth="user", website=True, readonly=True)
    def portal_my_prices_file(self, kind="xlsx", search=None, **kwargs):
        search, kind = search_text(search), "csv" if kind == "csv" else "xlsx"
        contracts = self._b2b_contracts_in_force()
        entries = contracts._b2b_book_entries(contracts._b2b_book_rules(search))
        entries += contracts._b2b_ordered_entries(contracts._b2b_ordered_products(search))
        name = request.env._("Prices %(day)s", day=fields.Date.context_today(request.env.user))
        return file_answer(contracts._b2b_book_file(entries, kind), f"{name}.{kind}", FILE_TYPES[kind])

    def _b2b_contracts_in_force(self):
        """The contracts that price today's orders, the preferred first."""
        contracts = self._b2b_contracts()
        return contracts.browse(
            contracts.filtered("is_in_force").sorted(lambda contract: (contract.sequence, -contract.id)).ids
        )

    def _b2b_contract_pdf(self, contract, download):
        report = request.env["ir.actions.report"].sudo().with_company(contract.company_id)
        content = report._render_qweb_pdf("b2b_invoice_automation.report_contract", contract.ids)[0]
        return file_answer(content, f"{contract.name} v{contract.version}.pdf", "application/pdf", download)
