"""Whose orders an invoice is for: the buyer's and our numbers, as its paper and its electronic form show them."""

import re

from odoo import models

NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


class AccountMove(models.Model):
    _inherit = "account.move"

    def _b2b_orders(self):
        """The sales orders that the invoice bills or credits, oldest first."""
        return self.invoice_line_ids.sale_line_ids.order_id.sorted("id")

    def _b2b_document_references(self):
        """Order, shop and PO numbers for the invoice's head, each once and in order."""
        orders = self._b2b_orders()
        return {
            "orders": list(dict.fromkeys(orders.mapped("name"))),
            "channel": list(dict.fromkeys(filter(None, (order._b2b_shop_number() for order in orders)))),
            "purchase_orders": list(dict.fromkeys(filter(None, orders.mapped("client_order_ref"))))
            or [self.ref] * bool(self.ref and self.move_type != "out_refund" and not orders),
        }

    def _b2b_purchase_order(self):
        """The buyer's order number, where one stands for the whole invoice; else an empty text."""
        orders = self._b2b_orders()
        numbers = set(orders.mapped("client_order_ref")) or {self.ref if self.move_type == "out_invoice" else ""}
        return NOT_IN_XML.sub("", numbers.pop() or "") if len(numbers) == 1 else ""

    def _b2b_sales_order(self):
        """Our order number, where the invoice is for one order; else an empty text."""
        orders = self._b2b_orders()
        return orders.name if len(orders) == 1 else ""

    def _b2b_orders_of_lines(self):
        """The buyer's order number of each line, where no single one stands for the whole invoice.

        :returns: dict from account.move.line to text; a line that comes from no order, or from one without, is missing
        """
        if self._b2b_purchase_order():
            return {}
        numbers = {line: line.sale_line_ids.order_id[:1].client_order_ref for line in self.invoice_line_ids}
        return {line: NOT_IN_XML.sub("", number) for line, number in numbers.items() if number}

    def _b2b_buyer_reference(self):
        """What the buyer sorts its invoices by: its reference, else the name of the person who ordered."""
        ordered_by = self._b2b_orders()[-1:].partner_id or self.partner_id
        return self.commercial_partner_id.ref or ordered_by.name or self.commercial_partner_id.name

    def _b2b_is_down_payment(self):
        """Whether the invoice asks for money before the goods, and for nothing else."""
        lines = self.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        return self.move_type == "out_invoice" and bool(lines) and all(line.is_downpayment for line in lines)
