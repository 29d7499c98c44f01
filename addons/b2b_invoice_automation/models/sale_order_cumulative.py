"""Quantities of a period, counted again on confirmation, so that no two orders take the same place in a tier.

A quotation is priced by what was ordered until then. Others may have been confirmed since; so on confirmation its turn
comes: orders under one contract are counted one after the other, in any number of processes. What the customer signed
or paid for stays as it was, and so does a price that was typed by hand or whose rule has ended since.
"""

from odoo import fields, models
from odoo.tools import SQL, formatLang


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def action_confirm(self):
        self.filtered(
            lambda order: order.state in ("draft", "sent") and not order.signed_on and not order.amount_paid
        )._b2b_count_period_again()
        return super().action_confirm()

    def _b2b_count_period_again(self):
        lines = self.order_line.filtered(
            lambda line: not line.b2b_channel_price and line.b2b_contract_rule_id.sudo().basis == "cumulative"
        )
        if not lines:
            return
        lines.b2b_contract_rule_id.sudo().contract_id._take_turn()
        totals = {order: order.amount_total for order in lines.order_id}
        now = fields.Datetime.now()
        for contract, orders in lines.order_id.grouped("b2b_contract_id").items():
            orders.write({"date_order": now, "b2b_contract_id": contract.id})
        quoted = lines._b2b_quote()
        same = lines.filtered(
            lambda line: quoted.get(line, {}).get("b2b_contract_rule_id") == line.b2b_contract_rule_id.id
        )
        same._b2b_take_prices(quoted)
        same._b2b_lay_out_slices()
        for order, before in totals.items():
            if order.currency_id.compare_amounts(before, order.amount_total):
                order._b2b_say_counted_again(before)

    def _b2b_say_counted_again(self, before):
        self.message_post(
            body=self.env._(
                "Other orders counted towards the tiers of the period since this was quoted: the total is %(now)s now, "
                "it was %(before)s.",
                now=formatLang(self.env, self.amount_total, currency_obj=self.currency_id),
                before=formatLang(self.env, before, currency_obj=self.currency_id),
            )
        )


class B2bContract(models.Model):
    _inherit = "b2b.contract"

    def _take_turn(self):
        """Let one transaction at a time count orders under these contracts.

        Writing, not locking: a rival that waited must not go on with what it read before (Odoo repeats it then).
        """
        self.env.execute_query(
            SQL(
                """
                UPDATE b2b_contract SET sequence = sequence
                 WHERE id IN (SELECT id FROM b2b_contract WHERE id IN %s ORDER BY id FOR UPDATE)
             RETURNING id
                """,
                tuple(self.origin_id.ids),
            )
        )
