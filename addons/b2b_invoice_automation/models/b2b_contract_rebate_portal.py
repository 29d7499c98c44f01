"""Rebates as the customer reads them: the terms as a price list reads, and how far each period has come.

It is apart from our own screens because nothing of our books is in it.
"""

from typing import NamedTuple

from odoo import models

SHOWN_PERIODS = 2


class RebateTerms(NamedTuple):
    """One rebate; ``tiers`` are pairs of turnover and reward in words, ``notes`` are sentences."""

    title: str
    tiers: list[tuple[str, str]]
    notes: list[str]
    periods: list


class RebateState(NamedTuple):
    """How far a period has come, in words."""

    name: str
    turnover: str
    tier: str
    next_tier: str
    amount: str


class B2bContract(models.Model):
    _inherit = "b2b.contract"

    def _b2b_rebate_terms(self):
        """Return the terms of this version's rebates, as the customer reads them."""
        self.ensure_one()
        return [rebate._b2b_as_read() for rebate in self.rebate_ids if rebate.tier_ids]

    def _b2b_rebate_states(self):
        """Return the terms with the latest periods of each rebate."""
        self.ensure_one()
        rows = self.env["b2b.rebate"].search([("contract_origin_id", "=", self.origin_id.id)]).grouped("origin_id")
        return [
            entry._replace(periods=[row._b2b_state() for row in rows.get(rebate.origin_id, [])[:SHOWN_PERIODS]])
            for rebate, entry in zip(self.rebate_ids.filtered("tier_ids"), self._b2b_rebate_terms(), strict=True)
        ]


class B2bContractRebate(models.Model):
    _inherit = "b2b.contract.rebate"

    def _b2b_as_read(self):
        self.ensure_one()
        tiers = [(tier.range_text, tier.value_text) for tier in self.tier_ids.sorted("floor")]
        return RebateTerms(self._title(), tiers, self._b2b_notes(), [])


class B2bRebate(models.Model):
    _inherit = "b2b.rebate"

    def _b2b_state(self):
        self.ensure_one()
        running = self.state == "running"
        return RebateState(
            name=self._period_text(),
            turnover=self.turnover_text,
            tier=self.tier_text,
            next_tier=self.next_tier_text if running else "",
            amount=self.rebate_id._money_text(self.accrued),
        )
