"""The contract's side of rebates: part of what was agreed, carried over by amendments, with their state on buttons."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..order_to_cash.pricing.rebate_periods import Version, rebate_periods

VERSIONS_THAT_COUNT = ("active", "suspended", "expired", "terminated")


class B2bContract(models.Model):
    _inherit = "b2b.contract"

    rebate_ids = fields.One2many("b2b.contract.rebate", "contract_id", "Rebates", copy=True)
    rebate_period_count = fields.Integer(
        "Rebate Periods",
        compute="_compute_rebate_period_count",
        groups="sales_team.group_sale_salesman,b2b_invoice_automation.group_billing_clerk,"
        "b2b_invoice_automation.group_auditor",
    )

    @api.depends("rebate_ids")
    def _compute_rebate_period_count(self):
        counts = dict(
            self.env["b2b.rebate"]._read_group(
                [("contract_origin_id", "in", self.origin_id.ids)], ["contract_origin_id"], ["__count"]
            )
        )
        for contract in self:
            contract.rebate_period_count = counts.get(contract.origin_id, 0)

    @api.model
    def _agreed_fields(self):
        return super()._agreed_fields() | {"rebate_ids"}

    def _shown(self, name):
        if name == "rebate_ids":
            return "; ".join(rebate._in_short() for rebate in self.rebate_ids.sorted())
        return super()._shown(name)

    def _terms(self):
        return {**super()._terms(), "rebates": [rebate._terms() for rebate in self.rebate_ids]}

    def action_submit(self):
        self.rebate_ids._check_tiers()
        for rebate in self.rebate_ids:
            if rebate.currency_id != rebate.origin_id.currency_id:
                raise UserError(
                    self.env._(
                        "The rebate %(rebate)s has begun in %(currency)s. Keep this currency, or delete the rebate "
                        "here and enter a new one.",
                        rebate=rebate.display_name,
                        currency=rebate.origin_id.currency_id.name,
                    )
                )
        return super().action_submit()

    def action_approve(self):
        result = super().action_approve()
        for contract in self:
            contract._refresh_rebates(contract.date_start)
        return result

    def _terminate(self, last_day, reason):
        result = super()._terminate(last_day, reason)
        self._refresh_rebates(last_day)
        return result

    def _orders_touched(self, last_day):
        return {**super()._orders_touched(last_day), "rebates_that_end": len(self.rebate_ids)}

    @api.model
    def _continued_fields(self):
        return [*super()._continued_fields(), "rebate_ids"]

    def _refresh_rebates(self, since):
        """Bring the periods of all rebates of these contracts, in whatever version, up to date.

        :param date since: settled periods are reconsidered from this day on
        """
        self.env["b2b.rebate"].sudo()._refresh(self.sudo().origin_id.version_ids.rebate_ids.origin_id, since)

    def action_view_rebates(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.b2b_rebate_action")
        return {**action, "domain": [("contract_origin_id", "=", self.origin_id.id)], "context": {}}


class B2bContractRebate(models.Model):
    _inherit = "b2b.contract.rebate"

    def _periods(self, until):
        """Return the periods of rebates that have begun.

        :param self: rebates of first versions
        :param until: the last day on which a period may begin
        :returns: list of (rebate of the first version, rebate whose terms count, ``RebatePeriod``)
        """
        found = []
        lives = self.search([("origin_id", "in", self.ids), ("contract_id.state", "in", VERSIONS_THAT_COUNT)]).grouped(
            "origin_id"
        )
        for origin in self:
            versions = lives.get(origin, self.browse()).sorted(lambda rebate: rebate.contract_id.version)
            days = [
                Version(rebate, rebate.contract_id.date_start, rebate.contract_id.date_effective_end or None)
                for rebate in versions
            ]
            found += [(origin, period.terms, period) for period in rebate_periods(origin._recurrence(), days, until)]
        return found
