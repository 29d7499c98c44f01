"""Payments that come back: the earlier match is undone, its items are open again, and both lines close each other."""

from dataclasses import replace

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..order_to_cash.cash import APPLY, Allocation
from ..order_to_cash.cash.model import RETURNED
from ..order_to_cash.money import to_decimal
from . import decision_data
from .account_bank_statement_line import APPLIED
from .cash_booking import CashBooking, Entry
from .cash_reasons import in_words


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    # -- what waits for a person ---------------------------------------------------------------------------------------

    def _b2b_returned_reason(self, decision):
        """What a return that is certain asks of a person; None for other decisions."""
        if decision.outcome != APPLY or not decision.reverses:
            return None
        earlier = self.browse(decision.reverses)
        return self.env._(
            "The payment of %(day)s came back. Accept the proposal to take it back.",
            day=format_date(self.env, earlier.date),
        )

    def _b2b_return_proposals(self, decision):
        """Values of proposals to take back the payments that this return may be about."""
        if decision.discrepancy != RETURNED:
            return []
        keys = [decision.reverses] if decision.reverses else decision.parameters.get("payments", ())
        return [
            {
                "statement_line_id": self.id,
                "score": decision.score,
                "reason": earlier._b2b_opens_again(),
                "allocations": [],
                "currency_id": self.currency_id.id,
                "reversed_line_id": earlier.id,
            }
            for earlier in self.browse(keys)
        ]

    def _b2b_opens_again(self):
        """What taking back this payment does, in words."""
        documents = ", ".join(self._b2b_applied_invoices(self).mapped("name"))
        if documents:
            return self.env._("“%(text)s”: %(documents)s open again.", text=self.payment_ref, documents=documents)
        return self.env._("“%(text)s”: no invoice was paid with it.", text=self.payment_ref)

    def _b2b_hold_returned(self, waiting):
        """A payment that came back before it was applied is proposed for nothing any more.

        :param waiting: as `_b2b_store_waiting` takes it
        """
        for line, decision, *_rest in waiting:
            earlier = self.browse(decision.reverses or ())
            if decision.outcome == APPLY and earlier and not earlier.is_reconciled:
                earlier.b2b_proposal_ids.unlink()
                earlier._write_b2b(
                    {
                        "b2b_state": "case",
                        "b2b_reason": self.env._(
                            "This payment was returned on %(day)s. Accept the proposal of “%(line)s” there.",
                            day=format_date(self.env, line.date),
                            line=line.payment_ref,
                        ),
                        "b2b_decided_at": fields.Datetime.now(),
                    }
                )

    def _b2b_accept(self, proposal):
        if proposal.reversed_line_id:
            return self._b2b_accept_return(proposal.reversed_line_id)
        return super()._b2b_accept(proposal)

    def _b2b_accept_return(self, earlier):
        """Take back an earlier payment, as a person says."""
        self.ensure_one()
        self._b2b_check_clerk()
        line, earlier = self.sudo(), earlier.sudo()
        line._b2b_check_return(earlier)
        payer = earlier._workbench_payer() or line._workbench_payer()
        decision = replace(
            decision_data.made_by_person(line.id, line.currency_id.name, (), to_decimal(0)),
            reverses=earlier.id,
            payer=payer.id or None,
        )
        line._b2b_take_back([(line, decision, self.env["account.reconcile.model"].sudo())], by_hand=True)
        return True

    def _b2b_check_return(self, earlier):
        """Refuse what cannot be the return of a payment.

        :raises UserError: when one of the two is taken already, or they do not fit each other
        """
        if not earlier.try_lock_for_update():
            raise UserError(self.env._("“%s” is being worked on by somebody else. Try again.", earlier.payment_ref))
        rival = self.search([("b2b_reversed_line_id", "=", earlier.id)], limit=1)
        if rival:
            raise UserError(
                self.env._(
                    "“%(payment)s” was taken back already, by “%(line)s” of %(day)s. Match this line again.",
                    payment=earlier.payment_ref,
                    line=rival.payment_ref,
                    day=format_date(self.env, rival.date),
                )
            )
        if self._seek_for_lines()[2]:
            raise UserError(self.env._("“%(line)s” is applied already; undo that first.", line=self.payment_ref))
        if (
            earlier.company_id != self.company_id
            or earlier.currency_id != self.currency_id
            or earlier.amount * self.amount >= 0
        ):
            raise UserError(
                self.env._(
                    "“%(line)s” cannot be the return of “%(payment)s”. Apply it by hand.",
                    line=self.payment_ref,
                    payment=earlier.payment_ref,
                )
            )

    # -- booking -------------------------------------------------------------------------------------------------------

    def _b2b_take_back(self, parts, by_hand=False):
        """Book returned payments.

        The earlier lines' matches are undone; they and the returns are booked on the payers' accounts, against each
        other, so that the bank is right and the invoices are open again. What a bank charged on top stays to be
        explained.

        :param parts: list of (line, the engine's decision, whose `reverses` names the earlier line, rule, anything)
        :param bool by_hand: whether a person said so
        :raises UserError: when the earlier payment's money was paid back or written off already
        """
        returns = [(line, self.browse(decision.reverses), decision, rule) for line, decision, rule, *_rest in parts]
        paid = {line: self._b2b_applied_invoices(earlier) for line, earlier, *_rest in returns}
        partners = {
            line: earlier.partner_id or self.env["res.partner"].browse(decision.payer or ())
            for line, earlier, decision, _rule in returns
        }
        every = self.browse([earlier.id for _line, earlier, *_rest in returns])
        every.b2b_discrepancy_ids._withdraw_outcomes()
        every.filtered(lambda earlier: earlier._seek_for_lines()[2])._b2b_undo_booking()
        booking = CashBooking(self.company_id)
        booking.book([earlier._b2b_kept_entry(rule, partners[line]) for line, earlier, _decision, rule in returns])
        booking.book(
            [line._b2b_return_entry(earlier, rule, partners[line]) for line, earlier, _decision, rule in returns]
        )
        for line, earlier, decision, rule in returns:
            line._b2b_store_return(earlier, decision, rule, partners[line], paid[line], by_hand)

    def _b2b_kept_entry(self, rule, partner):
        """This earlier payment, all of it on its payer's account."""
        kept = decision_data.made_by_person(self.id, self.currency_id.name, (), to_decimal(self.amount))
        return Entry(self, kept, rule, partner, remainder_account=self._b2b_receivable(partner))

    def _b2b_return_entry(self, earlier, rule, partner):
        """This return, against the earlier payment's money; where only a part came back, the rest stays there."""
        own = to_decimal(self.amount)
        taken = self._b2b_taken_back(earlier, own)
        decision = decision_data.made_by_person(
            self.id, earlier.currency_id.name, [Allocation(earlier._seek_for_lines()[2].id, taken)], own - taken
        )
        return Entry(self, decision, rule, partner)

    def _b2b_taken_back(self, earlier, amount):
        """How much of an amount of this return takes back an earlier payment; more is the bank's fee."""
        return min(abs(to_decimal(earlier.amount)), abs(amount)).copy_sign(amount)

    def _b2b_applied_invoices(self, earlier):
        return earlier.b2b_applied_ids.move_id.filtered(lambda move: move.is_invoice(include_receipts=True))

    def _b2b_store_return(self, earlier, decision, rule, partner, paid, by_hand):
        reason = self._b2b_took_back_reason(earlier, decision, by_hand)
        self.b2b_proposal_ids.unlink()
        self._write_b2b(
            {
                "b2b_state": ("manual" if by_hand else "applied") if self.is_reconciled else "case",
                "b2b_automatic": not by_hand,
                "b2b_reason": reason,
                "b2b_score": decision.score,
                "b2b_rule_id": rule.id,
                "b2b_payer_id": partner.id,
                "b2b_evidence": decision_data.evidence_data(decision) or self.b2b_evidence,
                "b2b_decided_at": fields.Datetime.now(),
                "b2b_reversed_line_id": earlier.id,
            }
        )
        earlier._b2b_store_returned(self, partner, by_hand)
        self.env["b2b.decision"]._log(
            [
                {
                    "kind": "match",
                    "record": self,
                    "decision": reason,
                    "rule": self.env._("By hand") if by_hand else rule.display_name,
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

    def _b2b_took_back_reason(self, earlier, decision, by_hand):
        if not by_hand:
            return in_words(self.env, decision, self.currency_id)
        return self.env._(
            "%(user)s took back the payment of %(day)s; what it paid is open again.",
            user=self.env.user.name,
            day=format_date(self.env, earlier.date),
        )

    def _b2b_store_returned(self, returned_by, partner, by_hand):
        """This earlier payment was returned by a line: its money is on account, and closed by that."""
        reason = self.env._("The payment was returned on %(day)s.", day=fields.Date.to_string(returned_by.date))
        self.b2b_proposal_ids.unlink()
        self._write_b2b(
            {
                "b2b_state": "applied" if not by_hand else self.b2b_state if self.b2b_state in APPLIED else "manual",
                "b2b_reason": reason,
                "b2b_payer_id": partner.id,
                "b2b_decided_at": fields.Datetime.now(),
            }
        )
        self._b2b_settle_cases(reason)

    def _b2b_mark_undone(self):
        """A return that is undone takes nothing back any more; the earlier payment stays on account."""
        result = super()._b2b_mark_undone()
        for line in self.sudo().filtered("b2b_reversed_line_id"):
            line.b2b_reversed_line_id._write_b2b(
                {
                    "b2b_reason": self.env._(
                        "Its return was undone by %(user)s; the money is on account. Undo this line to apply it again.",
                        user=self.env.user.name,
                    )
                }
            )
            line._write_b2b({"b2b_reversed_line_id": False})
        return result
