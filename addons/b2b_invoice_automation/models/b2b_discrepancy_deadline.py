"""How long a case of each type may take, and who gets it: set by a billing manager, used when a case is opened."""

from datetime import timedelta

from odoo import api, fields, models

DAYS = {"credit": 1, "short": 14, "over": 10, "returned": 3, "unknown_payer": 5, "duplicate_payment": 5}
OTHER_DAYS = 7


class B2bDiscrepancyDeadline(models.Model):
    _name = "b2b.discrepancy.deadline"
    _description = "Deadline of Discrepancies by Type"
    _order = "type"
    _rec_name = "type"

    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    type = fields.Selection(selection="_types", required=True)
    days = fields.Integer(
        required=True, default=OTHER_DAYS, help="Days from its opening in which a case is to be settled."
    )
    user_id = fields.Many2one("res.users", "Owner", index="btree_not_null", help="Who gets new cases of this type.")

    _unique = models.UniqueIndex("(company_id, type)", "This type has a deadline already.")
    _days_positive = models.Constraint("CHECK (days >= 0)", "A deadline is 0 or more days away.")

    @api.model
    def _types(self):
        return self.env["b2b.discrepancy"]._fields["type"]._description_selection(self.env)


class B2bDiscrepancy(models.Model):
    _inherit = "b2b.discrepancy"

    @api.model_create_multi
    def create(self, vals_list):
        deadlines = {
            (one.company_id.id, one.type): one for one in self.env["b2b.discrepancy.deadline"].sudo().search([])
        }
        today = fields.Date.context_today(self)
        for values in vals_list:
            own = deadlines.get((values.get("company_id", self.env.company.id), values.get("type")))
            days = own.days if own else DAYS.get(values.get("type"), OTHER_DAYS)
            values.setdefault("date_deadline", today + timedelta(days=days))
            if own and own.user_id:
                values.setdefault("user_id", own.user_id.id)
        return super().create(vals_list)
