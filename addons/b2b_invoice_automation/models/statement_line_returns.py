"""Payments that come back: the earlier match is undone, its items are open again, and both lines close each other."""

from odoo import fields, models

from ..order_to_cash.cash import Allocation
from ..order_to_cash.money import to_decimal
from . import decision_data
from .cash_booking import CashBooking, Entry
from .cash_reasons import in_words


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _b2b_take_back(self, parts):
        """Book returned payments.

        The earlier lines' matches are undone; they and the returns are booked on the payers' accounts, against each
        other, so that the bank is right and the invoices are open again. What a bank charged on top stays to be
        explained.

        :param parts: list of (line, the engine's decision, whose `reverses` names the earlier line, rule, anything)
        """
        returns = [(line, self.browse(decision.reverses), decision, rule) for line, decision, rule, *_rest in parts]
        paid = {line: self._b2b_applied_invoices(earlier) for line, earlier, *_rest in returns}
        partners = {
            line: earlier.partner_id or self.env["res.partner"].browse(decision.payer or ())
            for line, earlier, decision, _rule in returns
        }
        matched = self.browse([earlier.id for _line, earlier, *_rest in returns if earlier._seek_for_lines()[2]])
        if matched:
            matched._write_b2b({"b2b_state": "new"})  # so that the undoing counts as no correction
            matched._b2b_undo_booking()
        booking = CashBooking(self.company_id)
        booking.book([earlier._b2b_kept_entry(rule, partners[line]) for line, earlier, _decision, rule in returns])
        booking.book(
            [line._b2b_return_entry(earlier, rule, partners[line]) for line, earlier, _decision, rule in returns]
        )
        for line, earlier, decision, rule in returns:
            line._b2b_store_return(earlier, decision, rule, partners[line], paid[line])

    def _b2b_kept_entry(self, rule, partner):
        """This earlier payment, all of it on its payer's account."""
        kept = decision_data.made_by_person(self.id, self.currency_id.name, (), to_decimal(self.amount))
        return Entry(self, kept, rule, partner, remainder_account=self._b2b_receivable(partner))

    def _b2b_return_entry(self, earlier, rule, partner):
        """This return, against the earlier payment's money."""
        amount = to_decimal(earlier.amount)
        waiting = earlier._seek_for_lines()[2]
        taken = decision_data.made_by_person(
            self.id, earlier.currency_id.name, [Allocation(waiting.id, -amount)], to_decimal(self.amount) + amount
        )
        return Entry(self, taken, rule, partner)

    def _b2b_applied_invoices(self, earlier):
        return earlier.b2b_applied_ids.move_id.filtered(lambda move: move.is_invoice(include_receipts=True))

    def _b2b_store_return(self, earlier, decision, rule, partner, paid):
        now = fields.Datetime.now()
        reason = in_words(self.env, decision, self.currency_id)
        self._write_b2b(
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
        earlier._write_b2b(
            {
                "b2b_state": "applied",
                "b2b_reason": self.env._("The payment was returned on %(day)s.", day=fields.Date.to_string(self.date)),
                "b2b_payer_id": partner.id,
                "b2b_decided_at": now,
            }
        )
        self.env["b2b.decision"]._log(
            [
                {
                    "kind": "match",
                    "record": self,
                    "decision": reason,
                    "rule": rule.display_name,
                    "evidence": {**decision_data.log_data(decision), "earlier_line": earlier.id},
                    "amount": self.amount,
                    "currency": self.currency_id,
                    "company": self.company_id,
                }
            ]
        )
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
