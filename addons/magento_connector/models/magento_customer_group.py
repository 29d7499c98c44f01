"""Customer groups of a shop; each may sell by a pricelist of its own."""

from odoo import fields, models


class MagentoCustomerGroup(models.Model):
    _name = "magento.customer.group"
    _description = "Customer Group of the Shop"
    _order = "backend_id, external_id"
    _check_company_auto = True

    backend_id = fields.Many2one("magento.backend", "Shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="backend_id.company_id", store=True, index=True)
    name = fields.Char(required=True)
    external_id = fields.Integer("Shop ID", required=True)
    tax_class_external_id = fields.Integer("Tax Class ID")
    pricelist_id = fields.Many2one(
        "product.pricelist",
        check_company=True,
        help="Given to new customers of this group, and published to the shop as the group's prices.",
    )
    shared_catalog = fields.Char(
        readonly=True, help="Adobe Commerce: the shop's id of the shared catalog whose prices this group has."
    )
    partner_ids = fields.One2many("res.partner", "magento_group_id", "Customers")

    _external_unique = models.UniqueIndex("(backend_id, external_id)")
