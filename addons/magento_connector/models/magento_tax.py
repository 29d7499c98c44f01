"""Which Odoo tax a tax of the shop is."""

from odoo import api, fields, models
from odoo.fields import Domain

NO_TAX = ""
UNKNOWN_RATE = "?"
"""Stands for the code of a tax of which the shop tells neither code nor rate (shipping in Magento 1)."""


class MagentoTax(models.Model):
    _name = "magento.tax"
    _description = "Tax of the Shop"
    _order = "backend_id, percent desc, code"
    _rec_names_search = ["code"]

    backend_id = fields.Many2one("magento.backend", "Shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, index=True)
    code = fields.Char(help="The rate's code there. Empty: lines that carry no tax.")
    percent = fields.Float("Rate (%)", digits=(16, 4))
    tax_id = fields.Many2one(
        "account.tax",
        "Tax in Odoo",
        check_company=True,
        index="btree_not_null",
        domain="[('type_tax_use', '=', 'sale'), ('company_id', '=', company_id), ('price_include', '=', False)]",
        help="The amounts are the shop's own; this tax says which account and which box of the tax return they "
        "belong to.",
    )
    proposed = fields.Boolean(help="Chosen by the system from the rate; a person has not looked at it yet.")
    rate_external_id = fields.Integer("Rate ID", help="The shop's id of the rate.")
    country_code = fields.Char("Country", help="Where the shop charges it.")
    everywhere = fields.Boolean("Whole Country", help="Not only in some region or postcodes.")

    _shop_tax_unique = models.UniqueIndex("(backend_id, company_id, COALESCE(code, ''), percent)")

    @api.depends("code", "percent")
    def _compute_display_name(self):
        for mapping in self:
            if mapping.code == UNKNOWN_RATE:
                mapping.display_name = self.env._("Tax of a rate that the shop does not tell")
            elif not mapping.code and mapping.percent:
                mapping.display_name = f"{mapping.percent:g} %"
            else:
                mapping.display_name = mapping.code or self.env._("Lines without tax")

    @api.model
    def _missing_domain(self):
        """Taxes of the shop without a counterpart; lines without tax need none."""
        return ["&", ("tax_id", "=", False), "|", ("code", "not in", (False, "")), ("percent", "!=", 0)]

    def write(self, vals):
        if "tax_id" in vals and "proposed" not in vals:
            vals = {**vals, "proposed": False}
        result = super().write(vals)
        if vals.get("tax_id"):
            self.env["magento.record"]._retry_waiting_for(self.backend_id, "tax")
            for backend in self.backend_id:
                self.env["magento.tax.class"].sudo()._propose(backend)
        return result

    @api.model
    def _resolve(self, backend, company, wanted):
        """Find the Odoo taxes of some shop taxes; new ones are noted, with a proposal where exactly one tax fits.

        :param wanted: set of (code, percent as float, None where the shop does not tell it); the code ``""`` with 0
            per cent stands for lines without tax
        :returns: dict of (code, percent) → account.tax, empty where a person has to choose
        """
        noted = {pair: self._noted_as(*pair) for pair in wanted}
        known = {
            (mapping.code or NO_TAX, round(mapping.percent, 4)): mapping.tax_id
            for mapping in self.search([("backend_id", "=", backend.id), ("company_id", "=", company.id)])
        }
        missing = {pair for pair in noted.values() if pair not in known}
        if missing:
            told = {percent for code, percent in missing if code != UNKNOWN_RATE}
            proposals = self._proposals(company, told)
            new = self.create(
                [
                    {
                        "backend_id": backend.id,
                        "company_id": company.id,
                        "code": code,
                        "percent": percent,
                        "tax_id": code != UNKNOWN_RATE and proposals.get(percent, self.env["account.tax"]).id,
                        "proposed": code != UNKNOWN_RATE and percent in proposals,
                    }
                    for code, percent in sorted(missing)
                ]
            )
            known.update({(mapping.code or NO_TAX, round(mapping.percent, 4)): mapping.tax_id for mapping in new})
        return {pair: known[stored] for pair, stored in noted.items()}

    @api.model
    def _noted_as(self, code, percent):
        """(code, percent) under which a tax of the shop is kept here."""
        if percent is None:
            return code or UNKNOWN_RATE, 0.0
        return code, percent

    @api.model
    def _proposals(self, company, percents):
        """The company's sales tax of a rate: its default one first, else the first whose price excludes tax."""
        taxes = self.env["account.tax"].search(
            Domain("type_tax_use", "=", "sale")
            & Domain("amount_type", "=", "percent")
            & Domain("company_id", "parent_of", company.id)
            & Domain("country_id", "=", company.account_fiscal_country_id.id)
        )
        taxes = taxes.filtered(lambda tax: not tax.price_include and not tax.has_negative_factor)
        by_percent = {}
        for tax in company.account_sale_tax_id & taxes | taxes:
            by_percent.setdefault(round(tax.amount, 4), tax)
        if len(taxes.filtered(lambda tax: not tax.amount)) > 1:  # export, exempt, reverse charge: a person must choose
            by_percent.pop(0.0)
        return {percent: by_percent[percent] for percent in percents if percent in by_percent}

    def action_accept(self):
        """A person has looked at the proposals and agrees."""
        self.write({"proposed": False})
        return True

    def action_propose(self):
        """Fill the empty ones from the company's taxes of the same rate."""
        for mapping in self.filtered(lambda mapping: not mapping.tax_id):
            tax = self._proposals(mapping.company_id, {round(mapping.percent, 4)}).get(round(mapping.percent, 4))
            if tax:
                mapping.write({"tax_id": tax.id, "proposed": True})
        return True
