"""What an invoice refers to: the buyer's and our order numbers, and the invoices that a credit note corrects.

Its paper and its electronic form show them.
"""

import re

from odoo import models

NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


class AccountMove(models.Model):
    _inherit = "account.move"

    def _b2b_orders(self):
        """The sales orders that the invoice bills or credits, oldest first, whoever asks: its paper names them all."""
        return self.sudo().invoice_line_ids.sale_line_ids.order_id.sorted("id")

    def _b2b_document_references(self):
        """Order, shop and PO numbers for the invoice's head, each once and in order."""
        orders = self._b2b_orders()
        return {
            "orders": list(dict.fromkeys(orders.mapped("name"))),
            "channel": list(dict.fromkeys(filter(None, (order._b2b_shop_number() for order in orders)))),
            "purchase_orders": list(filter(None, self._b2b_purchase_orders())),
        }

    def _b2b_purchase_orders(self):
        """The buyer's order numbers, each once; an empty text among them stands for lines without one.

        What a person entered at the invoice stands for all of it. The invoice's own reference is the buyer's order only
        where a person wrote the invoice: billing puts other references there too.
        """
        origin = self.reversed_entry_id
        if given := self.purchase_order_reference or origin.purchase_order_reference:
            return [given]
        if numbers := self._b2b_numbers_of_lines():
            return list(dict.fromkeys(numbers.values()))
        if self.move_type == "out_refund":
            return origin._b2b_purchase_orders() if origin else []
        return [self.ref] if self.ref and not self.sudo().b2b_billing_policy_id else []

    def _b2b_numbers_of_lines(self):
        """dict from each line that an order or a charge stands behind to the buyer's order number, or an empty text"""
        numbers = {}
        for line in self.invoice_line_ids.filtered(lambda line: line.display_type == "product"):
            order = line._b2b_order()
            if order or line.b2b_po_number or line.sudo().b2b_charge_id:
                numbers[line] = ((order.client_order_ref if order else line.b2b_po_number) or "").strip()
        return numbers

    def _b2b_purchase_order(self):
        """The buyer's order number, where one stands for the whole invoice; else an empty text."""
        numbers = self._b2b_purchase_orders()
        return NOT_IN_XML.sub("", numbers[0]) if len(numbers) == 1 else ""

    def _b2b_sales_order(self):
        """Our order number, where the invoice is for one order; else an empty text."""
        orders = self._b2b_orders()
        return orders.name if len(orders) == 1 else ""

    def _b2b_orders_of_lines(self):
        """The order numbers that the head cannot say for all lines: the buyer's, and ours.

        :returns: two dicts from account.move.line to text, with the lines that have such a number
        """
        purchase_orders = {} if self._b2b_purchase_order() else self._b2b_numbers_of_lines()
        orders = {} if self._b2b_sales_order() else {line: line._b2b_order() for line in self.invoice_line_ids}
        return (
            {line: NOT_IN_XML.sub("", number) for line, number in purchase_orders.items() if number},
            {line: order.name for line, order in orders.items() if order},
        )

    def _b2b_buyer_reference(self):
        """What the buyer sorts its invoices by: its reference, else the name of the person who ordered."""
        ordered_by = self._b2b_orders()[-1:].partner_id or self.partner_id
        return self.commercial_partner_id.ref or ordered_by.name or self.commercial_partner_id.name

    def _b2b_is_down_payment(self):
        """Whether the invoice asks for money before the goods, and for nothing else."""
        lines = self.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        return self.move_type == "out_invoice" and bool(lines) and all(line.is_downpayment for line in lines)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _b2b_order(self):
        """The sales order that the line bills or credits, whoever asks; empty where there is none."""
        return self.sudo().sale_line_ids.order_id[:1]
