"""Customers of a shop among the partners."""

from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    magento_binding_ids = fields.One2many(
        "magento.binding",
        "res_id",
        "Shop Accounts",
        domain=[("model", "=", "res.partner")],
        groups="b2b_invoice_automation.group_billing_clerk,b2b_invoice_automation.group_auditor",
    )
    magento_group_id = fields.Many2one(
        "magento.customer.group",
        "Shop Customer Group",
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_user",
    )
    magento_address_key = fields.Char(
        copy=False,
        readonly=True,
        help="Fingerprint of an address from a shop: the same address again is the same contact.",
        groups="base.group_user",
    )

    magento_company_state = fields.Selection(
        [
            ("pending", "Waiting for approval"),
            ("approved", "Approved"),
            ("rejected", "Rejected"),
            ("blocked", "Blocked"),
        ],
        "Company Account",
        copy=False,
        readonly=True,
        help="How the company's account stands in the shop.",
        groups="base.group_user",
    )
    magento_sales_rep = fields.Integer(
        "Shop's Sales Representative",
        copy=False,
        readonly=True,
        help="The id of the user in the shop's back office who looks after the company.",
        groups="base.group_user",
    )
    magento_parent_company_id = fields.Many2one(
        "res.partner",
        "Belongs under in the Shop",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The company above this one in the shop. Each of them owes its own invoices.",
        groups="base.group_user",
    )

    _magento_address_unique = models.UniqueIndex(
        "(parent_id, magento_address_key) WHERE parent_id IS NOT NULL AND magento_address_key IS NOT NULL"
    )
    _magento_email_index = models.Index("(email_normalized) WHERE email_normalized IS NOT NULL")
    _magento_company_name_index = models.Index("(lower(name)) WHERE is_company AND parent_id IS NULL")
    _magento_vat_index = models.Index(
        "(regexp_replace(upper(vat), '[^A-Z0-9]', '', 'g')) WHERE vat IS NOT NULL AND parent_id IS NULL"
    )
