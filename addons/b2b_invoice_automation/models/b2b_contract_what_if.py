"""What if: past orders repriced, under a contract that is being prepared or under prices that are all changed.

It is apart from live pricing because here the past is priced in one batch, as if today's rules had been in force.
"""

from collections import defaultdict
from dataclasses import replace

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..order_to_cash.pricing.changes import changed_by
from ..order_to_cash.pricing.price_rules import PriceBook
from .b2b_contract_pricing import PriceRequest
from .price_explanation import unpriced_reason

MONTHS = 12


class B2bContract(models.Model):
    _inherit = "b2b.contract"

    def action_what_if(self):
        """Reprice the customer's orders of the last twelve months under this contract and show both."""
        self.ensure_one()
        rows = self._what_if(self._what_if_orders())
        if not rows:
            raise UserError(
                self.env._(
                    "%(partner)s ordered nothing in the last twelve months, so there is nothing to compare.",
                    partner=self.partner_id.display_name,
                )
            )
        title = self.env._("What if: %(contract)s", contract=self.display_name)
        return self.env["b2b.contract.what.if"]._show(f"contract {self.id}", rows, title)

    def _what_if_orders(self):
        """Return what these contracts' customers ordered in the last twelve months, all of it.

        :raises UserError: when the user may read only some of it, so that sums would mislead
        """
        since = fields.Date.context_today(self) - relativedelta(months=MONTHS)
        domain = [
            ("partner_id.commercial_partner_id", "in", self.partner_id.ids),
            ("company_id", "in", self.company_id.ids),
            ("state", "=", "sale"),
            ("date_order", ">=", self._utc_midnight(self.company_id[:1], since)),
        ]
        orders = self.env["sale.order"].search(domain)
        if len(orders) != self.env["sale.order"].sudo().search_count(domain):
            raise UserError(
                self.env._(
                    "You may read only some of the customer's orders, so the sums would mislead. Ask somebody who may "
                    "read all orders to compare."
                )
            )
        return orders

    def _what_if(self, orders):
        """Return rows for the comparison: what was sold, beside what this contract would have made of it."""
        self.ensure_one()
        lines = orders.order_line.filtered(lambda line: line.product_id and not line.display_type)
        lines = lines.filtered(lambda line: not line.is_downpayment)
        own = lines.filtered(lambda line: line._b2b_can_have_contract_price())
        compared = []
        for group, (priced,) in self._reprice(own, self._rules_as_if_in_force()):
            now, new = sum(group.mapped("price_subtotal")), self._net_total(group, priced)
            reason = "" if new is not None else unpriced_reason(self.env, priced)
            compared.append((group, self, priced.rule, reason, now, now if new is None else new))
        charge = self.env._("A charge, reward or discount, which contracts do not price.")
        compared += [(line, self, False, charge, line.price_subtotal, line.price_subtotal) for line in lines - own]
        return self._what_if_rows(compared)

    def _price_change(self, rules, percent):
        """Return rows for the comparison: past orders under today's rules, with and without a change of some prices.

        :param rules: the rules whose prices all change
        :param Decimal percent: 3 for three percent more
        """
        in_force = self._rules_as_if_in_force()
        changed = [changed_by(rule, percent) if rule.id in rules._ids else rule for rule in in_force]
        orders = self._what_if_orders()
        lines = orders.order_line.filtered(lambda line: line._b2b_can_have_contract_price())
        contract_of = {rule: rule.contract_id for rule in rules}
        compared = []
        for group, (before, after) in self._reprice(lines, in_force, changed):
            if before.rule not in rules._ids:
                continue
            now, new = self._net_total(group, before), self._net_total(group, after)
            reason = "" if now is not None else unpriced_reason(self.env, before)
            if reason:
                now = new = sum(group.mapped("price_subtotal"))
            contract = contract_of[rules.browse(before.rule)]
            compared.append((group, contract, before.rule, reason, now, new))
        return self._what_if_rows(compared)

    @api.model
    def _what_if_rows(self, compared):
        """Sum up by contract, product, month, rule and reason, in the company's currency.

        :param compared: list of (lines that are one quantity, contract, rule id, reason, amount now, amount then)
        """
        sums = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0, 0])
        everything = self.env["sale.order.line"].union(*(group for group, *_rest in compared))
        for group, contract, rule, reason, now, new in compared:
            head = group[0].with_prefetch(everything._ids)
            order, product = head.order_id, head.product_id
            rate = order.currency_rate or 1.0
            size = sum(
                line.product_uom_id._compute_quantity(line.product_uom_qty, product.uom_id, round=False)
                for line in group
            )
            cost = size * product.with_company(order.company_id).standard_price
            month = order._b2b_price_day().replace(day=1)
            row = sums[contract, product, month, rule or False, reason]
            for index, value in enumerate((size, now / rate, new / rate, cost, 1)):
                row[index] += value
        return [
            {
                "contract_id": contract.id,
                "partner_id": contract.partner_id.id,
                "company_id": contract.company_id.id,
                "currency_id": contract.company_id.currency_id.id,
                "categ_id": product.categ_id.id,
                "product_id": product.id,
                "month": month,
                "rule_id": rule,
                "reason": reason,
                "line_count": count,
                "quantity": size,
                "revenue_now": now,
                "revenue_new": new,
                "revenue_change": new - now,
                "cost": cost,
                "margin_now": now - cost,
                "margin_new": new - cost,
            }
            for (contract, product, month, rule, reason), (size, now, new, cost, count) in sums.items()
        ]

    def _rules_as_if_in_force(self):
        """Return the engine's rules that count today (or on the contract's first day), without their dates."""
        rules = []
        for contract in self.sudo():
            day = contract._b2b_price_day()
            rules += [
                replace(rule, valid_from=None, valid_to=None)
                for rule in (record._as_engine_rule() for record in contract.rule_ids)
                if (rule.valid_from or day) <= day <= (rule.valid_to or day)
            ]
        return rules

    def _reprice(self, lines, *rule_sets):
        """Price past order lines as if these contracts had been in force, under each of several sets of rules.

        Cumulative tiers count from the first of these orders on, period by period.

        :returns: list of (lines that are one quantity, [``PricedLine`` under each set])
        """
        company, of_partner = self.company_id[:1], self.grouped("partner_id")
        groups = lines.sorted(lambda line: (line.order_id.date_order, line.order_id.id, line.sequence, line.id))
        groups = groups._b2b_quantities()
        requests = [
            PriceRequest(
                key=index,
                product=head.product_id,
                quantity=sum(group.mapped("product_uom_qty")),
                uom=head.product_uom_id,
                day=head.order_id._b2b_price_day(),
                contracts=of_partner[head.order_id.partner_id.commercial_partner_id],
                currency=head.order_id.currency_id,
                company=company,
                order=head.order_id,
            )
            for index, group in enumerate(groups)
            for head in group[0].with_prefetch(lines._ids)
        ]
        to_price = self._lines_to_price(company, requests, self.sudo().rule_ids.base_pricelist_id)
        rate = self._rate_on(company)
        answers = [PriceBook(rules).price(to_price, rate=rate) for rules in rule_sets]
        return [
            (group.with_prefetch(lines._ids), [answer[index] for answer in answers])
            for index, group in enumerate(groups)
        ]

    @api.model
    def _net_total(self, group, priced):
        """Return what priced lines cost without tax, or ``None`` where the contract gives no price."""
        if priced.rule is None or priced.total is None:
            return None
        total, quantity = float(priced.total), sum(group.mapped("product_uom_qty"))
        head = next(iter(group))  # an item by its number would be read on its own
        return head._b2b_net_amount(total / quantity if quantity else 0.0, total, quantity)
