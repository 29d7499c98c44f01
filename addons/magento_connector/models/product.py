"""Products of a shop among the products."""

from odoo import api, fields, models

OF_THE_SHOP = "b2b_invoice_automation.group_billing_clerk,b2b_invoice_automation.group_auditor"


class ProductProduct(models.Model):
    _inherit = "product.product"

    magento_binding_ids = fields.One2many(
        "magento.binding",
        "res_id",
        "Shop Products",
        domain=[("model", "=", "product.product")],
        groups=OF_THE_SHOP,
    )
    magento_price_extra = fields.Float(
        "Shop's Price Difference",
        digits="Product Price",
        copy=False,
        help="A shop prices each variant by itself; this is how far its price is from the product's.",
        groups="base.group_user",
    )

    @api.depends("product_template_attribute_value_ids.price_extra", "magento_price_extra")
    def _compute_product_price_extra(self):
        """A variant's extra price is that of its values, and what the shop's own price of it adds."""
        result = super()._compute_product_price_extra()
        for product in self:
            product.price_extra += product.sudo().magento_price_extra
        return result


class ProductTemplate(models.Model):
    _inherit = "product.template"

    magento_binding_ids = fields.One2many(
        "magento.binding",
        compute="_compute_magento_binding_ids",
        string="Shop Products",
        groups=OF_THE_SHOP,
    )
    magento_image_count = fields.Integer(
        "Images in the Shop", compute="_compute_magento_binding_ids", groups=OF_THE_SHOP
    )

    @api.depends("product_variant_ids")
    def _compute_magento_binding_ids(self):
        variants = self.with_context(active_test=False).product_variant_ids
        links = self.env["magento.binding"].search(
            [
                "|",
                "&",
                ("model", "=", "product.product"),
                ("res_id", "in", variants.ids),
                "&",
                ("model", "=", "product.template"),
                ("res_id", "in", self.ids),
            ]
        )
        by_record = links.grouped(lambda link: (link.model, link.res_id))
        nothing = self.env["magento.binding"]
        for template in self:
            own = by_record.get(("product.template", template.id), nothing)
            for variant in template.with_context(active_test=False).product_variant_ids:
                own |= by_record.get(("product.product", variant.id), nothing)
            template.magento_binding_ids = own
            template.magento_image_count = len(own.filtered("image_path"))


class ProductCategory(models.Model):
    _inherit = "product.category"

    magento_binding_ids = fields.One2many(
        "magento.binding",
        "res_id",
        "Shop Categories",
        domain=[("model", "=", "product.category")],
        groups=OF_THE_SHOP,
    )
