"""A step of a tier table: from which quantity which price, discount or markup counts."""

from odoo import api, fields, models
from odoo.tools import format_amount

from ..order_to_cash.money import to_decimal
from ..order_to_cash.pricing.tiers import Tier


class B2bContractPriceTier(models.Model):
    _name = "b2b.contract.price.tier"
    _description = "Price Tier"
    _inherit = ["b2b.contract.tier"]
    _order = "rule_id, floor, id"
    _table_field = "rule_id"

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
    @api.depends_context("lang")
    def _compute_range_text(self):
        for tier in self:
            tier.range_text = tier._range(tier.rule_id.uom_id.name or "")

    def _last_quantity(self):
        """Return the last quantity of the tier, or the first that it does not reach where goods are measured."""
        self.ensure_one()
        later = [other.floor for other in self.rule_id.tier_ids if other.floor > self.floor]
        if self.ceiling or not later:
            return self.ceiling or None
        return min(later) - (1 if self.rule_id.whole_units else 0)

    def _range(self, unit=""):
        """Return which quantities the tier is about, in words, as a price list says it."""
        self.ensure_one()
        floor, last = _shown(self.floor), self._last_quantity()
        if last is None:
            text = self.env._("from %(floor)s %(unit)s", floor=floor, unit=unit)
        elif last == self.floor:
            text = f"{floor} {unit}"
        elif self.rule_id.whole_units or self.ceiling:
            text = f"{floor} – {_shown(last)} {unit}"
        else:
            text = self.env._("%(floor)s to under %(last)s %(unit)s", floor=floor, last=_shown(last), unit=unit)
        return text.strip()

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
                tier.value_text = f"{sign}{_shown(abs(tier.percent))} %"

    def _as_engine_tier(self):
        """Return the tier as the pricing engine has it."""
        self.ensure_one()
        value = self.price if self.rule_id.computation == "fixed" else self.percent
        return Tier(to_decimal(self.floor), to_decimal(value), to_decimal(self.ceiling) if self.ceiling else None)


def _shown(quantity):
    return f"{quantity:.6f}".rstrip("0").rstrip(".")
