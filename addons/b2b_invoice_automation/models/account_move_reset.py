"""Cancelled invoices that come back: not while other invoices bill the same quantities of order lines.

Apart from the billing keys, which refuse what is billed twice at one moment: here one is billed, cancelled, billed
again by another invoice, and then the first is set to draft.
"""

from collections import defaultdict

from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    _inherit = "account.move"

    def button_draft(self):
        self.filtered(lambda move: move.state == "cancel")._b2b_refuse_billed_again()
        return super().button_draft()

    def _b2b_refuse_billed_again(self):
        """Refuse to bring back cancelled moves that would bill more of an order line than is owed.

        :raises UserError: naming the first order line, and the invoices that bill it by now
        """
        back = defaultdict(lambda: self.env["account.move.line"])
        for line in self.sudo().invoice_line_ids:
            for order_line in line.sale_line_ids.filtered(lambda line: not line.is_downpayment):
                back[order_line] += line
        for order_line, lines in back.items():
            others = order_line.invoice_lines.move_id.filtered(lambda move: move.state != "cancel")
            others |= lines.move_id[1:]
            if others and order_line._b2b_bills_too_much(lines):
                raise UserError(
                    self.env._(
                        "With %(move)s, more of “%(line)s” of %(order)s would be billed than is owed: %(others)s bill "
                        "it too. So it stays cancelled. To have it back, cancel or credit %(others)s first.",
                        line=order_line.name,
                        order=order_line.order_id.name,
                        others=", ".join(others.mapped("display_name")),
                        move=lines[0].move_id.display_name,
                    )
                )


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _b2b_bills_too_much(self, move_lines):
        """Whether these invoice lines, beside those that stand, bill more than is owed as the policy counts."""
        sign = -1 if self.product_uom_qty < 0 else 1
        policy = self.order_id.b2b_billing_policy_id
        owed = [self.product_uom_qty, self.qty_delivered]
        if policy:
            owed = owed[1:] if policy._bills_deliveries() and self._b2b_is_deliverable() else owed[:1]
        more = sum(
            -line.move_id.direction_sign * line.product_uom_id._compute_quantity(line.quantity, self.product_uom_id)
            for line in move_lines
        )
        billed = self.qty_invoiced + more
        return more * sign > 0 and self.product_uom_id.compare(billed * sign, max(owed, key=abs) * sign) > 0
