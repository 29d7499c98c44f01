"""The dunning plan: after how many days a customer is reminded, in which words, and what that costs."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..order_to_cash.dunning import DunningLevel
from ..order_to_cash.money import to_decimal


class B2bDunningLevel(models.Model):
    _name = "b2b.dunning.level"
    _description = "Dunning Level"
    _order = "company_id, days, id"

    name = fields.Char("Title", required=True, translate=True, help="Heads the letter.")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    days = fields.Integer(
        "Days Overdue",
        required=True,
        help="An item reaches the level so many days after its due date. Levels are taken one after the other, as many "
        "days apart as they are here.",
    )
    text = fields.Text(required=True, translate=True, help="What the letter says above the list of items.")
    currency_id = fields.Many2one(related="company_id.currency_id")
    fee = fields.Monetary(help="Asked for once with each letter of this level, in the company's currency.")
    interest_percent = fields.Float(
        "Interest (% a Year)",
        digits=(5, 2),
        help="Simple interest by actual days on what is overdue, from the day after the due date. 0: none.",
    )

    _days_unique = models.Constraint("unique(company_id, days)", "Two dunning levels begin on the same day.")

    @api.constrains("days", "fee", "interest_percent")
    def _check_amounts(self):
        for level in self:
            if level.days < 1 or level.fee < 0 or not 0 <= level.interest_percent <= 100:
                raise ValidationError(
                    self.env._(
                        "A dunning level begins at least 1 day after the due date; its fee is not below zero, and its "
                        "interest from 0 to 100 % a year."
                    )
                )

    @api.constrains("company_id")
    def _check_company_stays(self):
        taken = self.env["b2b.dunning.letter.line"].sudo().search([("level_id", "in", self.ids)])
        if any(line.company_id != line.level_id.company_id for line in taken):
            raise ValidationError(
                self.env._("A dunning level that letters took stays in its company. Add another for the other company.")
            )

    def _engine_plan(self):
        """These levels as the engine's plan."""
        return [
            DunningLevel(level.id, level.days, to_decimal(level.fee, 2), bool(level.interest_percent)) for level in self
        ]

    @api.model
    def _b2b_seed(self, companies=None):
        """Three levels for each company that has none, in all installed languages."""
        companies = companies or self.env["res.company"].search([])
        for company in companies - self.search([]).company_id:
            levels = self.create(
                [
                    {**words, **facts, "company_id": company.id}
                    for words, facts in zip(self._words(), FACTS, strict=True)
                ]
            )
            for code, _name in self.env["res.lang"].get_installed():
                for level, words in zip(levels, self.with_context(lang=code)._words(), strict=True):
                    level.with_context(lang=code).write(words)

    @api.model
    def _words(self):
        return (
            {
                "name": self.env._("Payment reminder"),
                "text": self.env._(
                    "The items below are past their due date. Perhaps you have overlooked them: please pay them within "
                    "the next seven days. If your payment is on its way, please take no notice of this letter."
                ),
            },
            {
                "name": self.env._("Second reminder"),
                "text": self.env._(
                    "We have not received a payment for the items below, though we reminded you. Please pay them "
                    "within seven days, or tell us what stands against it."
                ),
            },
            {
                "name": self.env._("Final notice"),
                "text": self.env._(
                    "In spite of our reminders the items below are still open. Please pay the total within seven days. "
                    "After that we may stop deliveries and hand the matter over for collection."
                ),
            },
        )


FACTS = ({"days": 7}, {"days": 21}, {"days": 35})


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env["b2b.dunning.level"].sudo()._b2b_seed(companies)
        return companies
