"""Down payments of an order: taken off its invoices once, over as many of them as it takes, or paid back.

Core takes a down payment off the first invoice whole, which becomes a credit note where that invoice is smaller. Here
an invoice bears what it bills at the same taxes; the rest comes off the following ones, and what is left when the
order is billed is credited. A down payment's line has quantity 1 when it is invoiced, and less by each part taken off.
"""

from odoo import models
from odoo.tools import float_compare, float_is_zero, float_round

from ..order_to_cash.billing.model import ZERO, LineFacts
from ..order_to_cash.money import part_amount, round_half_up, to_decimal

QUANTITY_DIGITS = 2
ACCOUNTING_DIGITS = 12


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _b2b_down_payments(self):
        return self.order_line.filtered(lambda line: line.is_downpayment and not line.display_type)

    def _b2b_draft_down_payments(self):
        """Why the order waits for its down payments, in words.

        A draft taken off the final invoice and deleted afterwards would never be billed.
        """
        drafts = (
            self._b2b_down_payments()
            .sudo()
            .invoice_lines.filtered(lambda line: line.parent_state == "draft" and line.quantity > 0)
            .move_id.filtered(lambda move: not move.b2b_billing_run_id)
        )
        return [self.env._("Its down payment is a draft invoice: post it or delete it.")] if drafts else []

    def _b2b_down_payments_left(self):
        """Down payments that no invoice of the order can bear any more, because all of it is billed."""
        left = self._b2b_down_payments().filtered(
            lambda line: float_compare(line.qty_invoiced, 0.0, precision_digits=QUANTITY_DIGITS) > 0
        )
        return left if left and self._b2b_is_billed_with({}) else left.browse()

    def _b2b_is_billed_with(self, quantities):
        """Whether nothing is left to bill after these quantities (dict order line id → quantity)."""
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        return all(
            float_compare(
                abs(line.qty_invoiced + quantities.get(line.id, 0.0)) + line._b2b_returned(),
                abs(line.product_uom_qty),
                precision_digits=digits,
            )
            >= 0
            for line in self._b2b_billable_lines()
        )

    def _b2b_down_payments_taken(self, quantities):
        """How much of each down payment comes off an invoice.

        :param quantities: dict sale.order.line id → quantity that the invoice bills
        :returns: dict sale.order.line of a down payment → quantity, negative
        """
        open_lines = self._b2b_down_payments().filtered(
            lambda line: line.qty_invoiced > 0 and line.id not in quantities
        )
        if not open_lines or not any(line.id in quantities for line in self._b2b_billable_lines()):
            return {}
        if self._b2b_down_payments_left():  # they are due by themselves, and may be on the order's other document
            return {}
        is_last = self._b2b_is_billed_with(quantities)
        bearable = {}
        for line in self._b2b_billable_lines().filtered(lambda line: line.id in quantities and line.product_uom_qty):
            net = line.price_subtotal * quantities[line.id] / line.product_uom_qty
            bearable[line.tax_ids] = bearable.get(line.tax_ids, 0.0) + net
        taken = {}
        for line in open_lines:
            share = 1.0 if is_last else line._b2b_share_borne(bearable.get(line.tax_ids, 0.0))
            quantity = float_round(line.qty_invoiced * share, precision_digits=QUANTITY_DIGITS, rounding_method="DOWN")
            if not float_is_zero(quantity, precision_digits=QUANTITY_DIGITS):
                taken[line] = -quantity
                bearable[line.tax_ids] = bearable.get(line.tax_ids, 0.0) - quantity * line._b2b_down_payment_net()
        return taken


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _b2b_returned(self):
        """What came back by the stock's own records; a delivered quantity typed by hand may be a mistake."""
        if self.qty_delivered_method == "manual" or not self._b2b_is_deliverable():
            return 0.0
        return max(0.0, abs(self.b2b_delivered_peak) - abs(self.qty_delivered))

    def _b2b_down_payment_net(self):
        """Net amount of the whole down payment."""
        stated = (self.extra_tax_data or {}).get("manual_total_excluded_currency")
        return stated if stated is not None else self.price_unit

    def _b2b_share_borne(self, net):
        """Which share of what is left of a down payment an invoice of this net amount bears."""
        left = self._b2b_down_payment_net() * self.qty_invoiced
        return min(1.0, max(0.0, net / left)) if left > 0 else 1.0

    def _b2b_down_payment_facts(self):
        """What the engine must know of a down payment that is to be paid back."""
        quantity = to_decimal(self.qty_invoiced, ACCOUNTING_DIGITS)
        return LineFacts(
            key=self.id,
            ordered=ZERO,
            billed=quantity,
            returned=quantity,
            net_unit=to_decimal(self._b2b_down_payment_net(), ACCOUNTING_DIGITS),
        )

    def _b2b_down_payment_part(self, quantity):
        """The down payment's given amounts for the part that is taken off.

        :param float quantity: negative, −1 for the whole
        :returns: ``extra_tax_data`` for the invoice line
        """
        data = self.extra_tax_data
        if not data:
            return data
        precision = self.currency_id.rounding, self.company_id.currency_id.rounding
        done = to_decimal(1.0 - self.qty_invoiced, ACCOUNTING_DIGITS)

        def part(amount, is_foreign):
            unit = precision[0 if is_foreign else 1]
            whole = round_half_up(to_decimal(amount, ACCOUNTING_DIGITS), unit)
            return -float(part_amount(whole, to_decimal(1), done, to_decimal(-quantity, ACCOUNTING_DIGITS), unit))

        return self._b2b_map_amounts({**data, "quantity": quantity}, part)
