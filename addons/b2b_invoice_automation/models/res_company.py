"""Company settings of order to cash."""

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    b2b_invoice_layout = fields.Boolean(
        "Finance Department's Invoice",
        default=True,
        help="Customer invoices in the layout for finance departments: order and PO number of each line, tax per "
        "rate, due and discount dates, creditor reference and scan-to-pay code. Otherwise Odoo's layout is used.",
    )
