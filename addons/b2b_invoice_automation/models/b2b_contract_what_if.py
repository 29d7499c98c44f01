"""What if: the customer's orders of the last twelve months repriced under a contract that is being prepared.

It is apart from live pricing because here the past is priced in one batch, as if the contract had been in force.
"""

from collections import defaultdict
from dataclasses import replace

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..order_to_cash.pricing.price_rules import PriceBook
from .b2b_contract_pricing import PriceRequest

MONTHS = 12


class B2bContract(models.Model):
    _inherit = "b2b.contract"

    def action_what_if(self):
        """Reprice the customer's orders of the last twelve months under this contract and show both."""
        self.ensure_one()
        rows = self._what_if(self.env["sale.order"].search(self._what_if_domain()))
        if not rows:
            raise UserError(
                self.env._(
                    "%(partner)s ordered nothing in the last twelve months, so there is nothing to compare.",
                    partner=self.partner_id.display_name,
                )
            )
        mine = self.env["b2b.contract.what.if"].search(
            [("contract_id", "=", self.id), ("create_uid", "=", self.env.uid)]
        )
        mine.unlink()
        self.env["b2b.contract.what.if"].create(rows)
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.b2b_contract_what_if_action")
        return {
            **action,
            "domain": [("contract_id", "=", self.id)],
            "display_name": self.env._("What if: %(contract)s", contract=self.display_name),
        }

    def _what_if_domain(self):
        since = fields.Date.context_today(self) - relativedelta(months=MONTHS)
        return [
            ("partner_id", "child_of", self.partner_id.id),
            ("company_id", "=", self.company_id.id),
            ("state", "=", "sale"),
            ("date_order", ">=", self._utc_midnight(self.company_id, since)),
        ]

    def _what_if(self, orders):
        """Return the rows' create values for some orders: by product, month and rule, in the company's currency."""
        self.ensure_one()
        lines = orders.order_line.filtered(lambda line: line._b2b_can_have_contract_price())
        priced = self._priced_as_if_in_force(lines)
        sums = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
        for group, rule, amount in priced:
            head = group[0].with_prefetch(lines._ids)
            order = head.order_id
            rate = order.currency_rate or 1.0
            now = sum(group.mapped("price_subtotal"))
            size = sum(
                line.product_uom_id._compute_quantity(line.product_uom_qty, line.product_id.uom_id, round=False)
                for line in group
            )
            cost = size * head.product_id.with_company(self.company_id).standard_price
            month = order._b2b_price_day().replace(day=1)
            row = sums[head.product_id, month, rule]
            for index, value in enumerate((size, now / rate, (now if amount is None else amount) / rate, cost)):
                row[index] += value
        return [
            {
                "contract_id": self.id,
                "company_id": self.company_id.id,
                "product_id": product.id,
                "month": month,
                "rule_id": rule,
                "quantity": size,
                "revenue_now": now,
                "revenue_new": new,
                "revenue_change": new - now,
                "cost": cost,
                "margin_now": now - cost,
                "margin_new": new - cost,
            }
            for (product, month, rule), (size, now, new, cost) in sums.items()
        ]

    def _priced_as_if_in_force(self, lines):
        """Price past order lines as if this contract, and the rules of its first day, had been in force.

        Cumulative tiers count from the first of these orders on, period by period.

        :returns: list of (lines that are one quantity, rule id or False, amount in the order's currency, ``None`` where
            no rule of the contract gives a price)
        """
        groups = lines.sorted(lambda line: (line.order_id.date_order, line.order_id.id, line.sequence, line.id))
        groups = groups._b2b_quantities()
        rules = [
            replace(rule, valid_from=None, valid_to=None)
            for rule in (record._as_engine_rule() for record in self.sudo().rule_ids)
            if (rule.valid_from or self.date_start) <= self.date_start <= (rule.valid_to or self.date_start)
        ]
        requests = [
            PriceRequest(
                key=index,
                product=head.product_id,
                quantity=sum(group.mapped("product_uom_qty")),
                uom=head.product_uom_id,
                day=head.order_id._b2b_price_day(),
                contracts=self,
                currency=head.order_id.currency_id,
                company=self.company_id,
                order=head.order_id,
            )
            for index, group in enumerate(groups)
            for head in group[0].with_prefetch(lines._ids)
        ]
        to_price = self._lines_to_price(self.company_id, requests, self.sudo().rule_ids.base_pricelist_id)
        priced = PriceBook(rules).price(to_price, rate=self._rate_on(self.company_id))
        return [
            (group, priced[index].rule or False, self._net_total(group, priced[index]))
            for index, group in enumerate(groups)
        ]

    @api.model
    def _net_total(self, group, priced):
        """Return what priced lines cost without tax, or ``None`` where the contract gives no price."""
        if priced.rule is None or priced.total is None:
            return None
        total, quantity = float(priced.total), sum(group.mapped("product_uom_qty"))
        return group[0]._b2b_net_amount(total / quantity if quantity else 0.0, total)
