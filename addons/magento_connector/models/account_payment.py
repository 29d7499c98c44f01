"""Payments that the shop captured or paid back for an order."""

from odoo import fields, models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    magento_order_id = fields.Many2one(
        "sale.order",
        "Shop Order",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The shop captured or paid back this money for the order.",
        groups="base.group_user",
    )
