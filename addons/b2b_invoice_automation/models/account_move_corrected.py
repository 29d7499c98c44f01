"""Which invoices a credit note of billing corrects: the buyer's accounts, its paper and the shop ask for them."""

from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _b2b_corrected(self):
        """The posted invoices that a credit note corrects, oldest first, whoever asks."""
        self.ensure_one()
        return self.reversed_entry_id or self._b2b_corrected_by_move()[self]

    def _b2b_name_corrected(self):
        """Enter the invoice that each credit note corrects, where it is a single one."""
        for move, invoices in self._b2b_corrected_by_move().items():
            if len(invoices) == 1:
                move.reversed_entry_id = invoices

    def _b2b_corrected_by_move(self):
        """dict from each document to the posted invoices that billed what it takes back"""
        days = self._b2b_billed_days()
        corrected = {}
        for move in self.sudo():
            lines = move.invoice_line_ids if move.move_type == "out_refund" else move.invoice_line_ids.browse()
            billed = lines.sale_line_ids.invoice_lines
            for line in lines.filtered("b2b_charge_id"):
                billed += days.filtered(line._b2b_shares_days)
            corrected[move] = billed.move_id.filtered(
                lambda invoice: (
                    invoice.move_type == "out_invoice"
                    and invoice.state == "posted"
                    and invoice.payment_state != "reversed"
                )
            ).sorted(lambda invoice: (invoice.invoice_date, invoice.id))
        return corrected

    def _b2b_billed_days(self):
        """The lines that bill periods of the charges of which these documents take days back."""
        lines = self.sudo().invoice_line_ids.filtered("b2b_charge_id")
        if not lines:
            return lines
        return lines.search(
            [
                ("b2b_charge_id", "in", lines.b2b_charge_id.ids),
                ("b2b_charge_period", "in", lines.mapped("b2b_charge_period")),
                ("parent_state", "=", "posted"),
            ]
        )

    def _reconcile_reversed_moves(self, reverse_moves, move_reverse_cancel):
        """Core pairs invoices and their reversals by place, also where several correct the same invoice."""
        for move in reverse_moves:
            super(AccountMove, move.reversed_entry_id)._reconcile_reversed_moves(move, move_reverse_cancel)
        return reverse_moves
