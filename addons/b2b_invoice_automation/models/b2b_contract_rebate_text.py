"""A rebate in words: for those who write contracts, for the customer, and for the decision log.

It is apart from the rebate itself because nothing here decides an amount.
"""

from odoo import api, fields, models
from odoo.tools import formatLang

from .account_move_document import digits_needed
from .b2b_contract_price_rule_text import _plain_number


class B2bContractRebate(models.Model):
    _inherit = "b2b.contract.rebate"

    terms_text = fields.Char("Terms", compute="_compute_texts")
    tiers_text = fields.Char("Tiers in Short", compute="_compute_texts")

    @api.depends("name", "scope", "product_id", "product_tmpl_id", "categ_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for rebate in self:
            rebate.display_name = rebate._title()

    @api.depends(
        "measure",
        "reward",
        "mode",
        "period",
        "anchor",
        "uom_id",
        "tier_ids.floor",
        "tier_ids.percent",
        "tier_ids.amount",
    )
    @api.depends_context("lang")
    def _compute_texts(self):
        for rebate in self:
            rebate.tiers_text = "  ·  ".join(tier.display_name for tier in rebate.tier_ids.sorted("floor"))
            rebate.terms_text = ", ".join(part for part in (rebate._mode_text(), rebate._period_text()) if part)

    def _title(self):
        self.ensure_one()
        record = self._scope_record().with_context(display_default_code=False)
        return self.name or (record.display_name if record else "") or self.env._("All products")

    def _mode_text(self):
        if len(self.tier_ids) < 2:
            return ""
        return self.env._("Graduated") if self.mode == "graduated" else self.env._("Volume")

    def _period_text(self):
        from_start = self.anchor == "contract"
        return {
            "month": self.env._("per month of the contract") if from_start else self.env._("per calendar month"),
            "quarter": self.env._("per quarter of the contract") if from_start else self.env._("per calendar quarter"),
            "half_year": self.env._("per half-year of the contract") if from_start else self.env._("per half-year"),
            "year": self.env._("per contract year") if from_start else self.env._("per calendar year"),
            "contract": self.env._("over the life of the contract"),
        }.get(self.period, "")

    def _measure_text(self, size):
        """Return a turnover as people write it: an amount of money, or a quantity with its unit."""
        self.ensure_one()
        if self.measure == "revenue":
            return self._money_text(size)
        number = formatLang(self.env, size, digits=digits_needed(size, fewest=0))
        return f"{number} {self.uom_id.name}" if self.uom_id else number

    def _reward_text(self, percent, amount):
        """Return what a tier gives back, as people write it."""
        self.ensure_one()
        if self.reward == "percent":
            return f"{formatLang(self.env, percent, digits=digits_needed(percent, fewest=0))} %"
        return self.env._(
            "%(amount)s per %(unit)s", amount=self._money_text(amount), unit=self.uom_id.name or self.env._("unit")
        )

    def _money_text(self, amount):
        currency = self.currency_id or self.env.company.currency_id
        number = formatLang(self.env, amount, digits=digits_needed(amount, currency.decimal_places))
        return f"{number} {currency.symbol}" if currency.position == "after" else f"{currency.symbol} {number}"

    def _engine_tier_text(self, tier):
        """Return what a tier of the engine gives back, as people write it."""
        return self._reward_text(float(tier.value), float(tier.value))

    def _in_short(self):
        """Return all that is agreed, in one line."""
        self.ensure_one()
        parts = [self.name and self._about_text(), self.tiers_text, self.terms_text]
        if self.settle_after_days:
            parts.append(self.env._("settled after %s days", self.settle_after_days))
        if self.settle_automatically:
            parts.append(self.env._("settled without a person"))
        if self.minimum_amount:
            parts.append(self.env._("settled from %s", self._money_text(self.minimum_amount)))
        return f"{self.display_name}: {', '.join(part for part in parts if part)}"

    def _terms(self):
        """Return the rebate as plain values, for the decision log."""
        self.ensure_one()
        return {
            "rebate": self.id,
            "first_version": self.origin_id.id,
            "counts": self.display_name,
            "scope": self.scope,
            "measure": self.measure,
            "reward": self.reward,
            "mode": self.mode,
            "unit": self.uom_id.name or "",
            "period": [self.period, self.anchor],
            "settled": [self.settle_after_days, self.settle_automatically, self.minimum_amount],
            "tiers": [
                {
                    "floor": tier.floor,
                    "ceiling": tier.ceiling,
                    "value": tier.percent if self.reward == "percent" else tier.amount,
                }
                for tier in self.tier_ids
            ],
        }

    def _b2b_notes(self):
        """Return what the customer must know to read the tiers, in sentences."""
        self.ensure_one()
        notes = []
        if len(self.tier_ids) > 1:
            notes.append(
                self.env._("Each tier counts only for its own slice of the turnover.")
                if self.mode == "graduated"
                else self.env._("The tier that is reached counts for the whole turnover of the period.")
            )
        counted = self.env._("the quantity") if self.measure == "quantity" else self.env._("the net revenue")
        notes.append(
            self.env._(
                "What counts is %(counted)s of invoices less credit notes, %(period)s.",
                counted=counted,
                period=self._period_text(),
            )
        )
        if self.minimum_amount:
            notes.append(
                self.env._(
                    "Less than %s is settled together with the next period.", self._money_text(self.minimum_amount)
                )
            )
        return notes

    def _problem_text(self, problem):
        """Put a problem that the engine found into words."""
        values = problem.parameters
        texts = {
            **self._tier_problem_texts(),
            "no_tiers": self.env._("Enter at least one tier."),
            "negative_reward": self.env._(
                "From %(floor)s on, %(value)s would take money from the customer; enter 0 or more."
            ),
            "reward_above_revenue": self.env._(
                "From %(floor)s on, %(value)s %% is more than the customer paid; enter 100 %% or less."
            ),
            "reward_falls": self.env._(
                "From %(floor)s on, %(value)s is less than the %(previous)s of the tier before, so the customer would "
                "lose by buying more. Put the tiers in order, or make them graduated."
            ),
        }
        text = texts.get(problem.code, problem.code)
        return text % {name: _plain_number(value) for name, value in values.items()}
