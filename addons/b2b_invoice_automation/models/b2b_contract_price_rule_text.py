"""A price rule in words: its price list, an example to try, what is wrong with it, and its terms for the decision log.

It is apart from the rule itself because nothing here decides a price.
"""

from dataclasses import replace
from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Command

from ..order_to_cash.money import to_decimal
from ..order_to_cash.pricing.model import LineToPrice
from ..order_to_cash.pricing.price_rules import price_lines
from ..order_to_cash.pricing.rule_checks import check_rule
from ..order_to_cash.pricing.tier_text import TierTextError, read_tiers, write_tiers
from .price_explanation import amount_sentences


class B2bContractPriceRule(models.Model):
    _inherit = "b2b.contract.price.rule"

    tiers_text = fields.Char("Price List", compute="_compute_tiers_text")
    tiers_input = fields.Char(
        "Type or Paste",
        compute="_compute_tiers_input",
        readonly=False,
        store=False,
        help="The price list in one line, for example 1: 10 | 100: 9 | 500: 8. Rows of a spreadsheet can be pasted.",
    )
    problem_text = fields.Text("What Is Wrong", compute="_compute_problem_text")
    mode_text = fields.Char("Tiers and Quantity", compute="_compute_mode_text")
    example_quantity = fields.Float(
        "Quantity", compute="_compute_example_quantity", readonly=False, digits="Product Unit"
    )
    example_text = fields.Text("Example", compute="_compute_example_text")
    previous_tiers_text = fields.Char("Before", related="previous_rule_id.tiers_text")

    @api.depends("tier_ids.range_text", "tier_ids.value_text")
    def _compute_tiers_text(self):
        for rule in self:
            tiers = rule.tier_ids.sorted("floor")
            if len(tiers) == 1 and tiers.floor <= 1 and not tiers.ceiling:
                rule.tiers_text = tiers.value_text
            else:
                rule.tiers_text = " | ".join(f"{tier._range()}: {tier.value_text}" for tier in tiers)

    @api.depends("tier_ids.floor", "tier_ids.ceiling", "tier_ids.price", "tier_ids.percent", "computation")
    @api.depends_context("lang")
    def _compute_tiers_input(self):
        point = self._number_signs()[0]
        for rule in self:
            rule.tiers_input = write_tiers(
                [tier._as_engine_tier() for tier in rule.tier_ids.sorted("floor")], point=point
            )

    @api.depends("tier_ids.floor", "tier_ids.ceiling", "tier_ids.price", "tier_ids.percent", "computation")
    @api.depends("whole_units", "uom_id", "date_start", "date_end")
    @api.depends_context("lang")
    def _compute_problem_text(self):
        for rule in self:
            rule.problem_text = "\n".join(rule._problems()) if rule.tier_ids else ""

    @api.onchange("tiers_input")
    def _onchange_tiers_input(self):
        """Let the table follow what was typed; what cannot be read is refused in words and changes nothing."""
        point, grouping = self._number_signs()
        step = to_decimal(1 if self.whole_units else 0)
        try:
            tiers = read_tiers(self.tiers_input or "", point=point, grouping=grouping, step=step)
        except TierTextError as error:
            self._compute_tiers_input()
            return {"warning": {"title": self.env._("This is no price list"), "message": self._unread_text(error)}}
        if tiers != [tier._as_engine_tier() for tier in self.tier_ids.sorted("floor")]:
            amount = "price" if self.computation == "fixed" else "percent"
            self.tier_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "floor": float(tier.floor),
                            "ceiling": float(tier.ceiling or 0),
                            amount: float(tier.value),
                        }
                    )
                    for tier in tiers
                ),
            ]
        return None

    @api.model
    def _number_signs(self):
        """Return the decimal point and what groups digits by three, in the reader's language."""
        lang = self.env["res.lang"]._get_data(code=self.env.user.lang or "en_US")
        return lang.decimal_point or ".", lang.thousands_sep or ""

    def _unread_text(self, error):
        point, grouping = self._number_signs()
        example = f"1: 10{point}50 | 100: 9"
        texts = {
            "no_numbers": self.env._(
                "“%(row)s” needs a quantity and a price, as in “%(example)s”.", row=error.row, example=example
            ),
            "too_many_numbers": self.env._(
                "“%(row)s” has more than three numbers. Write one step in each row: from, up to, price.", row=error.row
            ),
            "unclear_number": self.env._(
                "A number in “%(row)s” is not written as in your language. Decimals follow “%(point)s”; “%(grouping)s” "
                "groups digits by three.",
                row=error.row,
                point=point,
                grouping=grouping or "–",
            ),
            "too_many_rows": self.env._("A price list has at most a thousand steps."),
        }
        return texts[error.reason]

    @api.depends("mode", "basis", "period", "tier_ids")
    def _compute_mode_text(self):
        bases = {
            "order": self.env._("per order"),
            "cumulative": self.env._("cumulative per %(period)s"),
            "line": self.env._("per line"),
        }
        periods = dict(self._fields["period"]._description_selection(self.env))
        for rule in self:
            mode = self.env._("Graduated") if rule.mode == "graduated" else self.env._("Volume")
            basis = bases[rule.basis or "line"] % {"period": periods.get(rule.period, "").lower()}
            rule.mode_text = f"{mode}, {basis}" if len(rule.tier_ids) > 1 else ""

    @api.depends("tier_ids.floor")
    def _compute_example_quantity(self):
        for rule in self:
            rule.example_quantity = 1.2 * max(rule.tier_ids.mapped("floor"), default=1) // 1 or 1.0

    @api.depends(
        "example_quantity",
        "tier_ids.floor",
        "tier_ids.ceiling",
        "tier_ids.price",
        "tier_ids.percent",
        "mode",
        "computation",
        "whole_units",
        "scope",
        "product_id",
        "product_tmpl_id",
        "uom_id",
    )
    @api.depends_context("lang")
    def _compute_example_text(self):
        for rule in self:
            rule.example_text = "\n".join(rule._example_sentences()) if rule.tier_ids else ""

    def _example_sentences(self):
        """Say what the typed quantity would cost on one order line, at 100 a unit where no product is known."""
        self.ensure_one()
        rule = self._as_engine_rule()
        if self._problems():
            return []
        product = self._scope_record() if self.scope in ("variant", "product") else self.env["product.product"]
        line = LineToPrice(
            key=0,
            variant=None,
            product=None,
            quantity=to_decimal(self.example_quantity),
            date=fields.Date.context_today(self),
            contracts=(rule.contract,),
            uom_factor=rule.uom_factor,
            list_price=to_decimal(product.list_price if product else 100),
            cost=to_decimal(product.standard_price if product else 100),
            other_prices={rule.base: to_decimal(product.list_price if product else 100)},
            base_uom_factor=to_decimal(product.uom_id.factor) if product else rule.uom_factor,
            currency=rule.currency,
            base_currency=rule.currency,
        )
        alone = replace(rule, scope="all", scope_id=None, valid_from=None, valid_to=None, basis="line", period=None)
        priced = price_lines([alone], [line])[0]
        explanation = priced.explanation.as_dict()
        explanation["names"] = {"uom": self.uom_id.name, "line_uom": self.uom_id.name}
        return amount_sentences(self.env, explanation, self.currency_id or self.env.company.currency_id)

    def _problems(self):
        """Return what is wrong with the tiers and dates, as sentences; what it applies to may still be open."""
        self.ensure_one()
        return [
            self._problem_text(problem)
            for problem in check_rule(self._as_engine_rule())
            if (problem.blocking or problem.code == "gap_between_tiers") and problem.code != "scope_without_record"
        ]

    def _terms(self):
        """Return the rule as plain values, for the decision log."""
        self.ensure_one()
        return {
            "rule": self.id,
            "applies_to": self.display_name,
            "scope": self.scope,
            "computation": self.computation,
            "base": self.base_pricelist_id.display_name or "",
            "mode": self.mode,
            "basis": self.basis,
            "period": self.period,
            "unit": self.uom_id.name or "",
            "valid": [str(self.date_start or ""), str(self.date_end or "")],
            "tiers": [
                {
                    "floor": tier.floor,
                    "ceiling": tier.ceiling,
                    "value": tier.price if self.computation == "fixed" else tier.percent,
                }
                for tier in self.tier_ids
            ],
        }

    def _problem_text(self, problem):
        """Put a problem that the engine found into words."""
        values = problem.parameters
        texts = {
            **self._tier_problem_texts(),
            "no_tiers": self.env._("Enter at least one price."),
            "ends_before_it_begins": self.env._("It ends on %(valid_to)s, before it begins on %(valid_from)s."),
            "unit_not_positive": self.env._("The unit has no size above zero."),
            "rate_not_positive": self.env._("The fixed rate %(rate)s is not above zero."),
            "negative_price": self.env._("From %(floor)s on, %(value)s would make a price below zero."),
            "scope_without_record": self.env._("Choose what the rule applies to."),
        }
        text = texts.get(problem.code, problem.code)
        return text % {
            name: _plain_number(value) if isinstance(value, Decimal) else value for name, value in values.items()
        }


def _plain_number(number):
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
