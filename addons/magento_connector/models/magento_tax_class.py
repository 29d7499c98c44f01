"""Tax classes of the shop's products, and the Odoo taxes of products in them."""

from odoo import api, fields, models
from odoo.fields import Command

from .magento_tax import NO_TAX


class MagentoTaxClass(models.Model):
    _name = "magento.tax.class"
    _description = "Tax Class of the Shop"
    _order = "backend_id, kind, external_id"

    backend_id = fields.Many2one("magento.backend", "Shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="backend_id.company_id", store=True, index=True)
    external_id = fields.Integer("Shop ID", required=True)
    name = fields.Char(required=True)
    kind = fields.Selection([("product", "Products"), ("customer", "Customers")], required=True)
    tax_ids = fields.Many2many(
        "account.tax",
        string="Taxes in Odoo",
        domain=[("type_tax_use", "=", "sale")],
        help="Default taxes of the shop's products of this class, for what is ordered in Odoo by hand. Orders of the "
        "shop keep the taxes that they come with.",
    )
    proposed = fields.Boolean(help="Chosen by the system from the shop's tax rules; a person has not looked at it yet.")

    _external_unique = models.UniqueIndex("(backend_id, external_id)")

    def write(self, vals):
        if "tax_ids" not in vals:
            return super().write(vals)
        if "proposed" not in vals:
            vals = {**vals, "proposed": False}
        former = {tax_class: tax_class.tax_ids for tax_class in self}
        result = super().write(vals)
        changed = self.filtered(lambda tax_class: tax_class.tax_ids != former[tax_class])
        for tax_class in changed:
            tax_class._apply(former[tax_class])
        changed._price_again()
        return result

    def _price_again(self):
        """Take products over again where the shop's prices include tax: without other taxes they are other prices."""
        gross = (
            self.env["magento.store"]
            .sudo()
            .search([("backend_id", "in", self.backend_id.ids), ("prices_include_tax", "=", True)])
        )
        for backend in gross.backend_id:
            self.env["magento.loader.product"]._price_again(backend)

    def _apply(self, former):
        """Give the products of this class its taxes: those the connector made, whose taxes nobody chose otherwise."""
        self.ensure_one()
        links = (
            self.env["magento.binding"]
            .sudo()
            .search(
                [
                    ("backend_id", "=", self.backend_id.id),
                    ("entity", "in", ("products", "configurables")),
                    ("made_here", "=", True),
                    ("has_tax_class", "=", True),
                    ("tax_class_external_id", "=", self.external_id),
                ]
            )
        )
        templates = self.env["product.template"].browse(
            links.filtered(lambda link: link.model == "product.template").mapped("res_id")
        )
        variants = self.env["product.product"].browse(
            links.filtered(lambda link: link.model == "product.product").mapped("res_id")
        )
        templates = (templates.exists() | variants.exists().product_tmpl_id).sudo()
        defaults = self.env["res.company"].sudo().search([]).account_sale_tax_id
        companies = self._companies(self.backend_id)
        unchosen = templates.filtered(lambda template: template.taxes_id <= (former | defaults))
        for taxes, alike in unchosen.grouped("taxes_id").items():
            self._give(alike, self.tax_ids, companies, taxes)

    @api.model
    def _companies(self, backend):
        """The companies that sell in the shop."""
        return self.env["magento.store"].search([("backend_id", "=", backend.id)]).company_id | backend.company_id

    @api.model
    def _give(self, templates, taxes, companies, former=None):
        """Give products their taxes in the shop's companies; those of other companies stay.

        :param former: the taxes that all of them have now; of the first one where left out
        """
        former = templates[:1].taxes_id if former is None else former
        wanted = former.filtered(lambda tax: tax.company_id not in companies) | taxes
        if wanted != former:
            templates.write({"taxes_id": [Command.set(wanted.ids)]})

    @api.model
    def _product_taxes(self, backend):
        """dict of the shop's class id → account.tax, for classes whose taxes are known; 0 is the shop's "None"."""
        classes = self.search([("backend_id", "=", backend.id), ("kind", "=", "product"), ("tax_ids", "!=", False)])
        untaxed = self.env["magento.tax"].search([("backend_id", "=", backend.id), ("code", "in", (False, NO_TAX))])
        return {0: untaxed.tax_id, **{tax_class.external_id: tax_class.tax_ids for tax_class in classes}}

    # -- proposals -------------------------------------------------------------------------------------------------

    @api.model
    def _propose(self, backend):
        """Fill the classes that no person has chosen taxes for: of each company the one tax that the shop's rules give
        a product of the class in the company's own country, where it is exactly one."""
        classes = self.search(
            [
                ("backend_id", "=", backend.id),
                ("kind", "=", "product"),
                "|",
                ("proposed", "=", True),
                ("tax_ids", "=", False),
            ]
        )
        rules = self.env["magento.tax.rule"].search([("backend_id", "=", backend.id)])
        taxes = self.env["magento.tax"].search([("backend_id", "=", backend.id), ("rate_external_id", "!=", 0)])
        for tax_class in classes:
            rates = {
                rate
                for rule in rules
                if tax_class.external_id in (rule.product_class_ids or ())
                for rate in rule.rate_ids or ()
            }
            found = self.env["account.tax"]
            for company, of_company in taxes.grouped("company_id").items():
                fitting = of_company.filtered(
                    lambda tax, rates=rates, company=company: (
                        tax.rate_external_id in rates
                        and tax.everywhere
                        and tax.country_code == company.account_fiscal_country_id.code
                    )
                )
                if len(fitting.tax_id) == 1 and all(tax.tax_id for tax in fitting):
                    found |= fitting.tax_id
            if found != tax_class.tax_ids:
                tax_class.write({"tax_ids": [Command.set(found.ids)], "proposed": True})

    def action_accept(self):
        """A person has looked at the proposals and agrees."""
        self.write({"proposed": False})
        return True
