"""Payments that come back: the earlier match is undone, its items are open again, and both lines close each other."""

from odoo import fields, models
from odoo.tools import format_date

from ..order_to_cash.cash import Allocation
from ..order_to_cash.money import to_decimal
from . import decision_data
from .cash_booking import CashBooking, Entry
from .cash_reasons import in_words


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _b2b_take_back(self, returns):
        """Book returned payments.

        Each earlier line's match is undone; it and the return are booked on the payer's account, against each other,
        so that the bank is right and the invoices are open again. What the bank charged on top stays to be explained.

        :param returns: list of (line, decision whose `reverses` names the earlier line, rule)
        """
        earlier = self.browse([decision.reverses for _line, decision, _rule in returns])
        paid = {line.id: line._b2b_applied_invoices() for line in earlier}
        earlier._b2b_write_without_notice({"b2b_state": "new"})  # so that the undoing counts as no correction
        earlier._b2b_open_again()
        booking = CashBooking(self.company_id)
        booking.book([entry for one in returns if (entry := self._b2b_kept_entry(*one))])
        booking.book([self._b2b_return_entry(*one) for one in returns])
        for line, decision, rule in returns:
            line._b2b_store_return(decision, rule, paid[decision.reverses])

    def _b2b_applied_invoices(self):
        return self.b2b_applied_ids.move_id.filtered(lambda move: move.is_invoice(include_receipts=True))

    def _b2b_open_again(self):
        """Undo what was applied; money that stands on the payer's account alone may stay there."""
        plain = self.filtered(lambda line: not line._seek_for_lines()[1] and line._b2b_is_on_account())
        plain.line_ids.remove_move_reconcile()
        rest = (self - plain).filtered(lambda line: line._seek_for_lines()[2])
        if rest:
            rest._b2b_undo_booking()

    def _b2b_is_on_account(self):
        others = self._seek_for_lines()[2]
        return (
            set(others.mapped("account_id.account_type")) == {"asset_receivable"}
            and others.currency_id == self.currency_id
        )

    def _b2b_payer_of_return(self, decision):
        earlier = self.browse(decision.reverses)
        return earlier.partner_id or self.env["res.partner"].browse(decision.payer or ())

    def _b2b_kept_entry(self, _line, decision, rule):
        """The earlier line on its payer's account, where it is not there yet."""
        earlier = self.browse(decision.reverses)
        if not earlier._seek_for_lines()[1]:
            return None
        partner = self._b2b_payer_of_return(decision)
        kept = decision_data.made_by_person(earlier.id, earlier.currency_id.name, (), to_decimal(earlier.amount))
        return Entry(earlier, kept, rule, partner, remainder_account=self._b2b_receivable(partner))

    def _b2b_return_entry(self, line, decision, rule):
        """The return, against the earlier line's money."""
        earlier = self.browse(decision.reverses)
        items = earlier._seek_for_lines()[2]
        amounts = [to_decimal(item.amount_residual_currency, 6) for item in items]
        rest = to_decimal(line.amount) - sum(amounts, to_decimal(0))
        allocations = [Allocation(item.id, amount) for item, amount in zip(items, amounts, strict=True)]
        taken = decision_data.made_by_person(line.id, earlier.currency_id.name, allocations, rest)
        return Entry(line, taken, rule, self._b2b_payer_of_return(decision))

    def _b2b_store_return(self, decision, rule, paid):
        earlier, partner = self.browse(decision.reverses), self._b2b_payer_of_return(decision)
        now = fields.Datetime.now()
        reason = in_words(self.env, decision, self.currency_id)
        self._b2b_write_without_notice(
            {
                "b2b_state": "applied",
                "b2b_automatic": True,
                "b2b_reason": reason,
                "b2b_score": decision.score,
                "b2b_rule_id": rule.id,
                "b2b_payer_id": partner.id,
                "b2b_evidence": decision_data.evidence_data(decision),
                "b2b_decided_at": now,
                "b2b_reversed_line_id": earlier.id,
            }
        )
        returned = self.env._("The payment was returned on %(day)s.", day=format_date(self.env, self.date))
        earlier._b2b_write_without_notice(
            {"b2b_state": "applied", "b2b_reason": returned, "b2b_payer_id": partner.id, "b2b_decided_at": now}
        )
        log = self._b2b_log(decision, reason, rule.display_name)
        self.env["b2b.decision"]._log([{**log, "evidence": {**log["evidence"], "earlier_line": earlier.id}}])
        self.env["b2b.discrepancy"]._flag(
            [
                {
                    **self._b2b_case_values("returned"),
                    "name": self._b2b_case_name("returned", paid.line_ids),
                    "reason": reason,
                    "partner_id": partner.commercial_partner_id.id,
                    "move_id": paid.id if len(paid) == 1 else False,
                }
            ]
        )
