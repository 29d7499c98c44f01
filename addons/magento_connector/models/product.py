"""Products of a shop among the products."""

from odoo import fields, models


class ProductProduct(models.Model):
    _inherit = "product.product"

    magento_binding_ids = fields.One2many(
        "magento.binding",
        "res_id",
        "Shop Products",
        domain=[("model", "=", "product.product")],
        groups="b2b_invoice_automation.group_billing_clerk,b2b_invoice_automation.group_auditor",
    )
