"""A step of a rebate's tier table: from which turnover which percent, or amount per unit, is given back."""

from odoo import api, fields, models

from ..order_to_cash.money import to_decimal
from ..order_to_cash.pricing.tiers import Tier


class B2bContractRebateTier(models.Model):
    _name = "b2b.contract.rebate.tier"
    _description = "Rebate Tier"
    _inherit = ["b2b.contract.tier"]
    _order = "rebate_id, floor, id"
    _table_field = "rebate_id"

    rebate_id = fields.Many2one("b2b.contract.rebate", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="rebate_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="rebate_id.currency_id")
    floor = fields.Float(
        "From",
        min_display_digits=2,
        required=True,
        help="Turnover of the period from which this tier counts: net revenue, or quantity. Below the first tier "
        "nothing is earned.",
    )
    ceiling = fields.Float(
        "Up To",
        min_display_digits=2,
        help="Last turnover. Leave it at 0 for “up to the next tier”, or without end for the last one.",
    )
    percent = fields.Float("%", min_display_digits=0, help="Percent of the net revenue that is given back.")
    amount = fields.Float("Amount per Unit", min_display_digits="Product Price", help="Given back for each unit.")
    range_text = fields.Char("Turnover", compute="_compute_texts")
    value_text = fields.Char("Given Back", compute="_compute_texts")

    @api.depends(
        "floor", "percent", "amount", "rebate_id.measure", "rebate_id.reward", "rebate_id.uom_id", "currency_id"
    )
    @api.depends_context("lang")
    def _compute_texts(self):
        for tier in self:
            tier.range_text = self.env._("from %s", tier.rebate_id._measure_text(tier.floor))
            tier.value_text = tier.rebate_id._reward_text(tier.percent, tier.amount)

    def _as_engine_tier(self):
        self.ensure_one()
        value = self.percent if self.rebate_id.reward == "percent" else self.amount
        return Tier(
            to_decimal(self.floor, 4), to_decimal(value, 8), to_decimal(self.ceiling, 4) if self.ceiling else None
        )
