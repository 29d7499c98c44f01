"""The company's side of credit control. Off until somebody switches it on: no order is held before."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

CONTROLLER = "b2b_invoice_automation.group_credit_controller"


class ResCompany(models.Model):
    _inherit = "res.company"

    b2b_credit_control = fields.Boolean(
        "Hold Orders for Credit",
        help="Orders wait for a person when they exceed the customer's credit limit, or when the customer is late. "
        "Customers without a limit are never held for one.",
    )
    b2b_credit_overdue_days = fields.Integer(
        "Hold when Overdue for (Days)",
        help="Orders of customers with an invoice that is so many days overdue wait. 0: never. A contract or a tag of "
        "the customer may say otherwise.",
    )
    b2b_credit_overdue_minimum = fields.Monetary(
        "Overdue Amount to Overlook", help="Less than this overdue in all holds nothing."
    )
    b2b_credit_dunning_level_id = fields.Many2one(
        "b2b.dunning.level",
        "Hold from Dunning Level",
        domain="[('company_id', '=', id)]",
        check_company=True,
        ondelete="restrict",
        help="Orders of customers wait to whom a letter of this level or a higher one was sent, until what it names is "
        "paid. Empty: none holds anything.",
    )
    b2b_credit_warn_percent = fields.Integer(
        "Warn from (% of the Limit)", default=80, help="From here on the customer's form and orders say so. 0: never."
    )
    b2b_credit_user_id = fields.Many2one(
        "res.users",
        "Credit Controller",
        domain=lambda self: [("all_group_ids", "in", self.env.ref(CONTROLLER).ids)],
        help="Owns the credit holds, and is told once when a customer comes near the limit.",
    )
    b2b_credit_portal = fields.Boolean(
        "Customers See Their Credit", help="The portal shows a customer its credit limit and what is still available."
    )

    @api.constrains("b2b_credit_overdue_days", "b2b_credit_warn_percent", "b2b_credit_overdue_minimum")
    def _check_b2b_credit(self):
        for company in self:
            if company.b2b_credit_overdue_days < 0 or company.b2b_credit_overdue_minimum < 0:
                raise ValidationError(self.env._("Days and amounts of credit control are not below zero."))
            if not 0 <= company.b2b_credit_warn_percent <= 100:
                raise ValidationError(self.env._("People are warned from 0 to 100 % of the limit."))

    def write(self, vals):
        """Who controls credit needs Odoo's own limits; they are switched on along with it."""
        if vals.get("b2b_credit_control"):
            vals = {"account_use_credit_limit": True, **vals}
        return super().write(vals)


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    b2b_credit_control = fields.Boolean(related="company_id.b2b_credit_control", readonly=False)
    b2b_credit_overdue_days = fields.Integer(related="company_id.b2b_credit_overdue_days", readonly=False)
    b2b_credit_overdue_minimum = fields.Monetary(related="company_id.b2b_credit_overdue_minimum", readonly=False)
    b2b_credit_dunning_level_id = fields.Many2one(
        related="company_id.b2b_credit_dunning_level_id",
        readonly=False,
        domain="[('company_id', '=', company_id)]",
    )
    b2b_credit_warn_percent = fields.Integer(related="company_id.b2b_credit_warn_percent", readonly=False)
    b2b_credit_user_id = fields.Many2one(related="company_id.b2b_credit_user_id", readonly=False)
    b2b_credit_portal = fields.Boolean(related="company_id.b2b_credit_portal", readonly=False)

    @api.onchange("b2b_credit_control")
    def _onchange_b2b_credit_control(self):
        """Both switches are on this form: saving one must not undo the other."""
        if self.b2b_credit_control:
            self.account_use_credit_limit = True

    def _inverse_account_default_credit_limit(self):
        """The limit of all customers that have none of their own is changed by those who may change limits."""
        partners = self.env["res.partner"]
        for settings in self:
            before = partners.with_company(settings.company_id)._b2b_default_credit_limit()
            if settings.company_id.currency_id.compare_amounts(before, settings.account_default_credit_limit):
                partners._b2b_check_may_change_limit(settings.company_id)
        return super()._inverse_account_default_credit_limit()
