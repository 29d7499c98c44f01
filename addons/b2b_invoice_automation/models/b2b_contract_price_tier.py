"""A step of a tier table: from which quantity which price, discount or markup counts."""

from odoo import api, fields, models
from odoo.tools import format_amount

from ..order_to_cash.money import to_decimal
from ..order_to_cash.pricing.tiers import Tier
from .b2b_contract_terms import refuse_endless_numbers, refuse_other_parent


class B2bContractPriceTier(models.Model):
    _name = "b2b.contract.price.tier"
    _description = "Price Tier"
    _order = "rule_id, floor, id"

    rule_id = fields.Many2one("b2b.contract.price.rule", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="rule_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="rule_id.currency_id")
    floor = fields.Float(
        "From Quantity",
        digits="Product Unit",
        default=1.0,
        required=True,
        help="First quantity that this price counts for.",
    )
    ceiling = fields.Float(
        "Up To",
        digits="Product Unit",
        help="Last quantity. Leave it at 0 for “up to the next tier”, or without end for the last one.",
    )
    price = fields.Float(min_display_digits="Product Price", help="Price per unit of the rule.")
    percent = fields.Float("%", digits=(9, 4), help="Discount off the base price, or markup on the cost.")
    range_text = fields.Char("Quantity", compute="_compute_range_text")
    value_text = fields.Char("Price or Percent", compute="_compute_value_text")

    @api.depends("floor", "ceiling", "rule_id.tier_ids.floor", "rule_id.whole_units", "rule_id.uom_id")
    def _compute_range_text(self):
        for tier in self:
            later = [other.floor for other in tier.rule_id.tier_ids if other.floor > tier.floor]
            step = 1 if tier.rule_id.whole_units else 0
            if tier.ceiling:
                last = tier.ceiling
            else:
                last = min(later) - step if later else None
            unit = tier.rule_id.uom_id.name or ""
            if last is None:
                text = self.env._("from %(floor)s %(unit)s", floor=f"{tier.floor:g}", unit=unit)
            elif last == tier.floor:
                text = f"{tier.floor:g} {unit}"
            else:
                text = (
                    f"{tier.floor:g} – {last:g} {unit}"
                    if step
                    else self.env._(
                        "%(floor)s to under %(last)s %(unit)s", floor=f"{tier.floor:g}", last=f"{last:g}", unit=unit
                    )
                )
            tier.range_text = text.strip()

    @api.depends("price", "percent", "rule_id.computation", "currency_id")
    def _compute_value_text(self):
        for tier in self:
            computation = tier.rule_id.computation
            if computation == "fixed":
                digits = max(2, len(f"{tier.price:.6f}".rstrip("0").partition(".")[2]))
                currency = tier.currency_id or self.env.company.currency_id
                tier.value_text = (
                    format_amount(self.env, tier.price, currency)
                    if digits <= currency.decimal_places
                    else f"{tier.price:.{digits}f} {currency.symbol}"
                )
            else:
                sign = "−" if (computation == "discount") == (tier.percent >= 0) else "+"
                tier.value_text = f"{sign}{abs(tier.percent):g} %"

    @api.depends("range_text", "value_text")
    def _compute_display_name(self):
        for tier in self:
            tier.display_name = f"{tier.range_text}: {tier.value_text}"

    @api.model_create_multi
    def create(self, vals_list):
        refuse_endless_numbers(self, vals_list)
        tiers = super().create(vals_list)
        tiers.rule_id.contract_id._touch()
        return tiers

    def write(self, vals):
        refuse_endless_numbers(self, [vals])
        refuse_other_parent(self, "rule_id", vals)
        self.rule_id.contract_id._touch()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_from_drafts(self):
        self.rule_id.contract_id._touch()

    def _as_engine_tier(self):
        """Return the tier as the pricing engine has it."""
        self.ensure_one()
        value = self.price if self.rule_id.computation == "fixed" else self.percent
        return Tier(to_decimal(self.floor), to_decimal(value), to_decimal(self.ceiling) if self.ceiling else None)
