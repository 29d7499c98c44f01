"""Cases about recurring charges: a charge that cannot be billed is set aside with its reason, as an order is."""

from odoo import fields, models


class B2bDiscrepancy(models.Model):
    _inherit = "b2b.discrepancy"

    charge_id = fields.Many2one(
        "b2b.contract.charge", "Recurring Charge", readonly=True, index="btree_not_null", ondelete="cascade"
    )

    def action_open_document(self):
        self.ensure_one()
        if not self.charge_id:
            return super().action_open_document()
        return {
            "type": "ir.actions.act_window",
            "res_model": "b2b.contract.charge",
            "res_id": self.charge_id.id,
            "view_mode": "form",
        }
