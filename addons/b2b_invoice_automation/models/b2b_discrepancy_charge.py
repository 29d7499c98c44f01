"""Cases about recurring charges: a charge that cannot be billed is set aside with its reason, as an order is."""

from odoo import fields, models
from odoo.tools import format_date

from ..order_to_cash.billing.charges import left_to_people


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


class B2bContractCharge(models.Model):
    _inherit = "b2b.contract.charge"

    def _b2b_flag_left_to_people(self):
        """Open a case for each line of which days are no longer owed, but a person credited a part of it already."""
        cases = [
            charge._b2b_left_to_people(part)
            for charge, facts in self._b2b_facts().items()
            for part in left_to_people(facts.spans, facts.lines)
        ]
        self.env["b2b.discrepancy"]._flag(cases)

    def _b2b_left_to_people(self, part):
        billed = self.env["account.move.line"].sudo().browse(part.taken.key)
        amount = float(part.credit(billed.currency_id.rounding))
        return {
            "key": f"charge_credit:{billed.id}",
            "type": "charge_credit",
            "name": self.env._("%(charge)s on %(invoice)s", charge=self.display_name, invoice=billed.move_id.name),
            "reason": self.env._(
                "From %(day)s on it is no longer charged, which is %(amount)s of this invoice line without tax. "
                "Nothing is credited by itself, because a person credited a part of the line already. See whether "
                "that was meant for these days, and credit what is missing by hand.",
                day=format_date(self.env, part.days.start),
                amount=billed.currency_id.format(amount),
            ),
            "company_id": self.company_id.id,
            "currency_id": billed.currency_id.id,
            "partner_id": self.partner_id.id,
            "charge_id": self.id,
            "amount_expected": amount,
        }
