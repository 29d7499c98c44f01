"""The shop's tax rules: which rates a product of a tax class is sold with."""

from odoo import fields, models


class MagentoTaxRule(models.Model):
    _name = "magento.tax.rule"
    _description = "Tax Rule of the Shop"
    _order = "backend_id, name"

    backend_id = fields.Many2one("magento.backend", "Shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="backend_id.company_id", store=True, index=True)
    external_id = fields.Integer("Shop ID", required=True)
    name = fields.Char(required=True)
    priority = fields.Integer()
    rate_ids = fields.Json("Rates", help="The shop's ids of the rates.")
    product_class_ids = fields.Json("Product Classes")
    customer_class_ids = fields.Json("Customer Classes")

    _external_unique = models.UniqueIndex("(backend_id, external_id)")
