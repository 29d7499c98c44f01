"""How long a case of each type may take, and who gets it: set by a billing manager, used when a case is opened."""

from datetime import timedelta

from odoo import api, fields, models

from .b2b_discrepancy_cash import OUTCOMES

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
        self._read_owners(vals_list)
        for values in vals_list:
            own = deadlines.get((values.get("company_id", self.env.company.id), values.get("type")))
            days = own.days if own else DAYS.get(values.get("type"), OTHER_DAYS)
            values.setdefault("date_deadline", today + timedelta(days=days))
            if not values.get("user_id"):
                values["user_id"] = own.user_id.id if own and own.user_id else self._owner_by_default(values)
        return super().create(vals_list)

    @api.model
    def _read_owners(self, vals_list):
        """Read at once who `_owner_by_default` looks at."""
        ids = {name: {values[name] for values in vals_list if values.get(name)} for name in ("move_id", "partner_id")}
        self.env["account.move"].sudo().browse(ids["move_id"]).mapped("invoice_user_id")
        partners = self.env["res.partner"].sudo().browse(ids["partner_id"])
        (partners | partners.commercial_partner_id).mapped("user_id")

    @api.model
    def _owner_by_default(self, values):
        """Who gets a new case of a payment: the invoice's or the customer's salesperson, else whom the company names.

        :param dict values: of the case
        :returns: id of a user who may see it, or False
        """
        if values.get("type") not in OUTCOMES:
            return False
        company = self.env["res.company"].sudo().browse(values.get("company_id") or self.env.company.id)
        move = self.env["account.move"].sudo().browse(values.get("move_id") or ())
        partner = self.env["res.partner"].sudo().browse(values.get("partner_id") or ())
        users = (
            move.invoice_user_id,
            partner.user_id,
            partner.commercial_partner_id.user_id,
            company.b2b_case_owner_id,
        )
        return next((user.id for user in users if self._can_own(user, company)), False)

    @api.model
    def _can_own(self, user, company):
        is_colleague = user and user.active and not user.share and company in user.company_ids
        return bool(is_colleague) and self.with_user(user).has_access("read")
