from odoo import fields, models


class B2bDiscrepancy(models.Model):
    _inherit = "b2b.discrepancy"

    type = fields.Selection(
        selection_add=[("shop_document", "Shop document differs")], ondelete={"shop_document": "cascade"}
    )
