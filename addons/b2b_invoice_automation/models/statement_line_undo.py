"""Taking back the bookings of many bank lines at once, as a batch of returns needs it."""

from odoo import models

from .cash_booking import QUIET, CashBooking


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _b2b_undo_together(self):
        """Have these booked lines wait again, as core's undo does: their matches are broken, and one item each waits.

        Core makes all items of a line anew, one line after the other. Where nothing but the counterparts changes, they
        are dropped and turned here, for all lines together.
        """
        plain = self.filtered(lambda line: line._b2b_is_undone_plainly())
        (self - plain)._b2b_undo_booking()
        if not plain:
            return
        items = plain.with_context(b2b_lines_stay=True).move_id.line_ids
        moves = plain.move_id.with_context(**QUIET)
        moves._check_fiscal_lock_dates()
        items.remove_move_reconcile()
        turned, dropped = [], items.browse()
        for line in plain:
            bank, waiting, others = line._seek_for_lines()
            kept = (waiting + others)[:1]
            dropped += waiting + others - kept
            values = line._prepare_move_line_default_vals()[1]
            turned.append(
                (
                    kept,
                    {
                        **{name: values[name] for name in ("name", "account_id", "partner_id", "currency_id")},
                        "reconcile_model_id": False,
                        "amount_currency": values["amount_currency"],
                        "balance": -sum(bank.mapped("balance")),
                    },
                )
            )
        self.env.flush_all()
        with moves._check_balanced({"records": moves}):
            dropped.with_context(**QUIET, force_delete=True).unlink()
            CashBooking(plain.company_id)._turn(turned)

    def _b2b_is_undone_plainly(self):
        """Whether undoing this line changes nothing but its counterparts: home currency, no payment, taxes or seal."""
        move, company = self.move_id, self.company_id
        bank, waiting, others = self._seek_for_lines()
        counterparts = waiting + others
        return (
            len(bank) == 1
            and bank.balance == self.amount
            and self.currency_id == company.currency_id
            and not self.foreign_currency_id
            and not self.payment_ids
            and move.checked
            and not move.inalterable_hash
            and not company.restrictive_audit_trail
            and counterparts.currency_id == company.currency_id
            and not counterparts.tax_ids
            and not counterparts.tax_line_id
            and not counterparts.analytic_line_ids
        )
