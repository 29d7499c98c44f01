"""A price rule in words: its price list, an example to try, what is wrong with it, and its terms for the decision log.

It is apart from the rule itself because nothing here decides a price.
"""

from dataclasses import replace
from decimal import Decimal

from odoo import api, fields, models

from ..order_to_cash.money import to_decimal
from ..order_to_cash.pricing.model import LineToPrice
from ..order_to_cash.pricing.price_rules import price_lines
from ..order_to_cash.pricing.rule_checks import check_rule
from .price_explanation import amount_sentences


class B2bContractPriceRule(models.Model):
    _inherit = "b2b.contract.price.rule"

    tiers_text = fields.Char("Price List", compute="_compute_tiers_text")
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
                rule.tiers_text = "  ·  ".join(f"{tier.range_text}: {tier.value_text}" for tier in tiers)

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
        if blocking := [
            problem for problem in check_rule(rule) if problem.blocking and problem.code != "scope_without_record"
        ]:
            return [self._problem_text(problem) for problem in blocking]
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
            "no_tiers": self.env._("Enter at least one price."),
            "negative_floor": self.env._("A tier cannot begin at %(floor)s; begin at 0 or above."),
            "floor_between_steps": self.env._(
                "A tier cannot begin at %(floor)s, because whole units are counted. Use a whole number, or "
                "switch off “Counted in whole units”."
            ),
            "duplicate_floor": self.env._("Two tiers begin at %(floor)s; keep one of them."),
            "ceiling_below_floor": self.env._("A tier from %(floor)s cannot end at %(ceiling)s."),
            "tiers_overlap": self.env._(
                "A tier that goes up to %(ceiling)s overlaps the one that begins at %(floor)s."
            ),
            "gap_between_tiers": self.env._(
                "Nothing is agreed between %(ceiling)s and %(floor)s; let the tiers touch."
            ),
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
