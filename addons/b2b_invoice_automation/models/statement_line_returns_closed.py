"""Returned payments of a closed period: what they paid is open again, and their own entries stay as they are.

Breaking a match changes no entry, so a closed period allows it. The return is then booked against the very items that
the payment was booked on.
"""

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..order_to_cash.cash import Allocation
from ..order_to_cash.money import to_decimal

TRADE = ("asset_receivable", "liability_payable")


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _b2b_of_closed_period(self):
        """Those of these lines whose entries may not be changed any more."""
        until = {journal: journal.company_id._get_user_fiscal_lock_date(journal) for journal in self.journal_id}
        return self.filtered(lambda line: line.date <= until[line.journal_id])

    def _b2b_free_items(self):
        """Break the matches of these payments of a closed period.

        :raises UserError: when more than documents was booked with one, which only a change of its entry takes back
        """
        for line in self:
            _bank, waiting, items = line._seek_for_lines()
            home = line.company_id.currency_id
            if waiting or items.filtered(
                lambda item, home=home: item.account_id.account_type not in TRADE or item.currency_id != home
            ):
                raise UserError(
                    self.env._(
                        "The payment of %(day)s came back, but its period is closed, and more than its documents was "
                        "booked with it: a discount, a difference or another currency. Open the period, accept the "
                        "proposal, and close it again.",
                        day=format_date(self.env, line.date),
                    )
                )
        self.with_context(b2b_lines_stay=True).move_id.line_ids.remove_move_reconcile()

    def _b2b_returned_allocations(self, taken):
        """What a return takes off the items that this payment is booked on.

        :param taken: how much of the payment came back, signed as the return
        """
        items = self._seek_for_lines()[2]
        open_amounts = [(item.id, to_decimal(item.amount_residual_currency)) for item in items]
        if sum((amount for _item, amount in open_amounts), to_decimal(0)) == taken:
            return [Allocation(item, amount) for item, amount in open_amounts]
        found = []
        for item, amount in open_amounts:
            part = min(abs(amount), abs(taken)).copy_sign(taken)
            if part and part * amount > 0:
                found.append(Allocation(item, part))
                taken -= part
        return found
