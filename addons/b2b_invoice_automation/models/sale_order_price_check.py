"""What a channel sold and what the contract says: compared, flagged by the contract's policy, and recorded."""

from odoo import models
from odoo.tools import float_compare, formatLang


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _b2b_compare_contract_prices(self):
        """Compare the prices that customers agreed to in a channel with their contracts. Safe to repeat.

        Computes the contract's price of each line beside its own. A difference beyond the contract's tolerance is
        flagged as a discrepancy of the order and follows the contract's policy: ``accept`` keeps the price, ``hold``
        stops the order until a person decides, ``contract`` bills the contract's amount to the cent and lets Odoo
        recompute the tax.
        A difference that a person settled is not flagged again while both figures stay the same.

        :returns: the orders that differ beyond the tolerance
        """
        lines = self.order_line.filtered(
            lambda line: (
                line.b2b_channel_price
                and line.order_id.b2b_contract_id
                and not line.qty_invoiced
                and not line.order_id.b2b_history
            )
        )
        lines._b2b_refresh_prices()
        unpriced = lines.filtered(lambda line: (line.b2b_price_explanation or {}).get("code") == "unpriced")
        unpriced.order_id._b2b_flag_unpriced()
        differing = lines.filtered(
            lambda line: line._b2b_is_priced_by_contract() and line._b2b_differs_beyond_tolerance()
        )
        orders = differing.order_id
        settled = (lines.order_id - orders).grouped("company_id")
        for company, agreeing in settled.items():
            self.env["b2b.discrepancy"]._settle(
                [order._b2b_price_case_key() for order in agreeing],
                self.env._("The prices agree with the contract now."),
                company,
            )
        orders._b2b_apply_price_policy(orders._b2b_new_price_cases(differing), differing)
        return orders

    def _action_confirm(self):
        result = super()._action_confirm()
        self._b2b_record_prices()
        return result

    def _b2b_apply_price_policy(self, cases, differing):
        if not cases:
            return
        Discrepancy = self.env["b2b.discrepancy"]
        accepted = Discrepancy.sudo()
        decisions = []
        for case, flagged in zip(cases, Discrepancy._flag(cases), strict=True):
            order = self.browse(case["order_id"])
            contract = order.b2b_contract_id
            policy = contract.sudo().price_difference_policy
            lines = differing & order.order_line
            evidence = {"lines": [line._b2b_price_evidence() for line in lines], "policy": policy}
            if policy == "contract":
                lines._b2b_bill_contract_price()
                outcome = self.env._("The contract price is billed.")
            elif policy == "accept":
                outcome = self.env._("The shop's price is accepted, as the contract says.")
            else:
                outcome = ""
            if policy == "contract":
                Discrepancy._settle([case["key"]], outcome, order.company_id)
            elif policy == "accept":
                accepted |= flagged
            decisions.append(
                {
                    "kind": "price" if outcome else "hold",
                    "record": order,
                    "rule": contract.display_name,
                    "decision": outcome or self.env._("The order is held: its prices differ from the contract."),
                    "amount": case["amount_found"] - case["amount_expected"],
                    "currency": order.currency_id,
                    "evidence": evidence,
                }
            )
        accepted.sudo().with_context(tracking_disable=True).write(
            {"state": "accepted", "outcome": self.env._("Accepted by the contract's policy.")}
        )
        self.env["b2b.decision"]._log(decisions)

    def _b2b_price_case_key(self):
        return f"price:{self.id}"

    def _b2b_price_case(self, lines):
        order = lines.order_id
        expected = sum(lines.mapped("b2b_contract_price_subtotal"))
        found = sum(lines.mapped("price_subtotal"))
        described = [
            self.env._(
                "%(product)s, %(quantity)s %(unit)s: %(found)s in the order, %(expected)s by the contract.",
                product=line.product_id.display_name,
                quantity=f"{line.product_uom_qty:g}",
                unit=line.product_uom_id.name,
                found=formatLang(self.env, line.price_subtotal, currency_obj=order.currency_id),
                expected=formatLang(self.env, line.b2b_contract_price_subtotal, currency_obj=order.currency_id),
            )
            for line in lines[:20]
        ]
        if len(lines) > 20:
            described.append(self.env._("And %(count)s more lines.", count=len(lines) - 20))
        policy = order.b2b_contract_id.sudo().price_difference_policy
        if policy == "hold":
            described.append(
                self.env._("Accept the difference, or correct the prices in the order and settle the case.")
            )
        return {
            "key": order._b2b_price_case_key(),
            "type": "price",
            "company_id": order.company_id.id,
            "order_id": order.id,
            "partner_id": order.partner_id.commercial_partner_id.id,
            "currency_id": order.currency_id.id,
            "name": self.env._(
                "%(order)s: prices differ from contract %(contract)s",
                order=order.name,
                contract=order.b2b_contract_id.display_name,
            ),
            "reason": "\n".join(described),
            "blocking": policy == "hold",
            "amount_expected": order.currency_id.round(expected),
            "amount_found": order.currency_id.round(found),
        }

    def _b2b_new_price_cases(self, differing):
        """Return the cases to flag: not those that are open or accepted with the same figures already."""
        cases = [self._b2b_price_case(differing & order.order_line) for order in self]
        latest = {
            case.key: case
            for case in self.env["b2b.discrepancy"]
            .sudo()
            .search(
                [("key", "in", [case["key"] for case in cases]), ("company_id", "in", self.company_id.ids)], order="id"
            )
        }
        return [
            case
            for case in cases
            if not (known := latest.get(case["key"]))
            or known.state == "solved"
            or any(
                float_compare(known[name], case[name], precision_digits=6)
                for name in ("amount_expected", "amount_found")
            )
        ]

    def _b2b_flag_unpriced(self):
        """Hold orders whose contract should give a price and cannot: never replaced by another price in silence."""
        self.env["b2b.discrepancy"]._flag(
            [
                {
                    "key": f"price_missing:{order.id}",
                    "type": "price",
                    "company_id": order.company_id.id,
                    "order_id": order.id,
                    "partner_id": order.partner_id.commercial_partner_id.id,
                    "currency_id": order.currency_id.id,
                    "blocking": True,
                    "name": self.env._("%(order)s: the contract gives no price", order=order.name),
                    "reason": "\n".join(
                        f"{line.product_id.display_name}: {line.b2b_price_explanation_text}"
                        for line in order.order_line
                        if (line.b2b_price_explanation or {}).get("code") == "unpriced"
                    ),
                }
                for order in self
            ]
        )

    def _b2b_record_prices(self):
        """Record, once per confirmed order, which contract gave which price and what was decided otherwise."""
        orders = self.filtered("b2b_contract_id")
        orders.filtered(
            lambda order: any((line.b2b_price_explanation or {}).get("code") == "unpriced" for line in order.order_line)
        )._b2b_flag_unpriced()
        self.env["b2b.decision"]._log(
            [
                {
                    "kind": "price",
                    "record": order,
                    "rule": order.b2b_contract_id.display_name,
                    "decision": self.env._(
                        "%(priced)s of %(all)s lines have the contract's price.",
                        priced=len(lines.filtered(lambda line: line.b2b_price_source == "contract")),
                        all=len(lines),
                    ),
                    "amount": sum(lines.mapped("price_subtotal")),
                    "currency": order.currency_id,
                    "evidence": {"lines": [line._b2b_price_evidence() for line in lines]},
                }
                for order in orders
                if (lines := order.order_line.filtered(lambda line: not line.display_type))
            ]
        )


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _b2b_differs_beyond_tolerance(self):
        self.ensure_one()
        contract = self.b2b_contract_rule_id.sudo().contract_id
        currency = self.currency_id
        difference = abs(self.price_subtotal - self.b2b_contract_price_subtotal)
        if currency.is_zero(difference):
            return False
        amount, percent = contract.price_tolerance_amount, contract.price_tolerance_percent
        if amount and contract.currency_id != currency:
            amount = contract.currency_id._convert(amount, currency, self.company_id, self.order_id._b2b_price_day())
        limits = [amount] if amount else []
        if percent:
            limits.append(abs(self.b2b_contract_price_subtotal) * percent / 100)
        return not limits or currency.compare_amounts(difference, min(limits)) > 0

    def _b2b_bill_contract_price(self):
        """Give lines the contract's amount to the cent; tax amounts that came with the shop's price go with it."""
        for line in self:
            line.write(
                {
                    "price_unit": line.b2b_contract_price_unit,
                    "technical_price_unit": line.b2b_contract_price_unit,
                    "discount": 0.0,
                    "extra_tax_data": False,
                }
            )

    def _b2b_price_evidence(self):
        self.ensure_one()
        return {
            "line": self.id,
            "product": self.product_id.display_name,
            "quantity": self.product_uom_qty,
            "unit": self.product_uom_id.name,
            "price_unit": self.price_unit,
            "discount": self.discount,
            "amount": self.price_subtotal,
            "source": self.b2b_price_source,
            "contract_amount": self.b2b_contract_price_subtotal if self.b2b_contract_rule_id else None,
            "contract_rule": self.b2b_contract_rule_id.id or None,
        }
