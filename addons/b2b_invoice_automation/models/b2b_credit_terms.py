"""From which overdue age on orders are held: the company's, unless a contract or a customer's tags say otherwise."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

CHOICES = [("company", "As the company"), ("days", "From so many days on"), ("never", "Never")]


class B2bCreditTerms(models.AbstractModel):
    _name = "b2b.credit.terms"
    _description = "Overdue Age that Holds Orders"

    credit_overdue = fields.Selection(
        CHOICES,
        "Hold for Overdue Invoices",
        default="company",
        required=True,
        help="Whether new orders wait when an invoice is overdue. The contract goes before the customer's tags, these "
        "before the company. With “Never”, no dunning level holds them either.",
    )
    credit_overdue_days = fields.Integer("Days Overdue", default=30)

    @api.constrains("credit_overdue", "credit_overdue_days")
    def _check_credit_overdue_days(self):
        for record in self:
            if record.credit_overdue == "days" and record.credit_overdue_days < 1:
                raise ValidationError(self.env._("Orders are held from at least 1 day overdue on."))

    def _credit_days(self, company):
        """The strictest of these settings: days, or None for never. Without any, the company's."""
        set_here = self.filtered(lambda record: record.credit_overdue != "company")
        if not set_here:
            return company.b2b_credit_overdue_days or None
        return min(
            set_here.filtered(lambda record: record.credit_overdue == "days").mapped("credit_overdue_days"),
            default=None,
        )

    def _credit_never(self):
        """Whether these settings say that being late holds nothing."""
        set_here = self.filtered(lambda record: record.credit_overdue != "company")
        return bool(set_here) and set(set_here.mapped("credit_overdue")) == {"never"}


class B2bContract(models.Model):
    _name = "b2b.contract"
    _inherit = ["b2b.contract", "b2b.credit.terms"]

    def _agreed_fields(self):
        return super()._agreed_fields() | {"credit_overdue", "credit_overdue_days"}

    def _terms(self):
        return {**super()._terms(), "hold_for_overdue": [self.credit_overdue, self.credit_overdue_days]}


class ResPartnerCategory(models.Model):
    _name = "res.partner.category"
    _inherit = ["res.partner.category", "b2b.credit.terms"]
