"""Payments that come back: the earlier match is undone, its items are open again, and both lines close each other."""

from dataclasses import dataclass, replace

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..order_to_cash.cash import APPLY
from ..order_to_cash.cash.model import RETURNED
from ..order_to_cash.money import to_decimal
from . import decision_data
from .account_bank_statement_line import APPLIED
from .cash_booking import CashBooking, Entry
from .cash_reasons import in_words


@dataclass
class Return:
    """A bank line that takes back an earlier one.

    :param line: the return
    :param earlier: the payment that came back
    :param decision: the engine's, or a person's
    :param rule: account.reconcile.model, or empty
    :param partner: whose money it was
    :param paid: the invoices that the earlier payment had paid
    """

    line: object
    earlier: object
    decision: object
    rule: object
    partner: object
    paid: object


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
        explained. Those of a closed period stay booked as they are; only their matches are broken.

        :param parts: list of (line, the engine's decision, whose `reverses` names the earlier line, rule, anything)
        :param bool by_hand: whether a person said so
        :raises UserError: when the earlier payment's money was paid back or written off already, or its period is
            closed and its entry would have to change
        """
        every = self.browse([decision.reverses for _line, decision, *_rest in parts])
        returns = [
            Return(
                line,
                earlier,
                decision,
                rule,
                earlier.partner_id or self.env["res.partner"].browse(decision.payer or ()),
                self._b2b_applied_invoices(earlier),
            )
            for (line, decision, rule, *_rest), earlier in zip(parts, every, strict=True)
        ]
        every.b2b_discrepancy_ids._withdraw_outcomes()
        closed = every._b2b_of_closed_period()
        closed._b2b_free_items()
        (every - closed).filtered(lambda earlier: earlier._seek_for_lines()[2])._b2b_undo_together()
        booking = CashBooking(self.company_id)
        booking.book(
            [one.earlier._b2b_kept_entry(one.rule, one.partner) for one in returns if one.earlier not in closed]
        )
        booking.book([one.line._b2b_return_entry(one.earlier, one.rule, one.partner) for one in returns])
        self._b2b_store_returns(returns, by_hand)

    def _b2b_set_aside_return(self, part, error):
        """Make a case of a return that cannot be booked; what can be mended keeps its proposal.

        :param part: as `_b2b_take_back` takes it
        """
        line = part[0]
        if not isinstance(error, UserError):
            line._b2b_set_aside(error)
            return
        self._b2b_store_waiting([part])
        line._write_b2b({"b2b_reason": str(error)})
        line.b2b_discrepancy_ids.filtered(lambda case: case.state == "open").write({"reason": str(error)})

    def _b2b_kept_entry(self, rule, partner):
        """This earlier payment, all of it on its payer's account."""
        kept = decision_data.made_by_person(self.id, self.currency_id.name, (), to_decimal(self.amount))
        return Entry(self, kept, rule, partner, remainder_account=self._b2b_receivable(partner))

    def _b2b_return_entry(self, earlier, rule, partner):
        """This return, against the earlier payment's money; where only a part came back, the rest stays there."""
        own = to_decimal(self.amount)
        taken = self._b2b_taken_back(earlier, own)
        allocations = earlier._b2b_returned_allocations(taken)
        decision = decision_data.made_by_person(self.id, earlier.currency_id.name, allocations, own - taken)
        return Entry(self, decision, rule, partner)

    def _b2b_taken_back(self, earlier, amount):
        """How much of an amount of this return takes back an earlier payment; more is the bank's fee."""
        return min(abs(to_decimal(earlier.amount)), abs(amount)).copy_sign(amount)

    def _b2b_applied_invoices(self, earlier):
        return earlier.b2b_applied_ids.move_id.filtered(lambda move: move.is_invoice(include_receipts=True))

    def _b2b_store_returns(self, returns, by_hand):
        """Lines, log and cases of payments that were taken back.

        :param list returns: of :class:`Return`
        """
        lines, every = self.browse(), self.browse()
        for one in returns:
            lines, every = lines + one.line, every + one.earlier
        reasons = {one.line: one.line._b2b_took_back_reason(one.earlier, one.decision, by_hand) for one in returns}
        (lines | every).b2b_proposal_ids.unlink()
        self._write_b2b_each(
            {
                one.line: {
                    "b2b_state": ("manual" if by_hand else "applied") if one.line.is_reconciled else "case",
                    "b2b_automatic": not by_hand,
                    "b2b_reason": reasons[one.line],
                    "b2b_score": one.decision.score,
                    "b2b_rule_id": one.rule.id,
                    "b2b_payer_id": one.partner.id,
                    "b2b_evidence": decision_data.evidence_data(one.decision) or one.line.b2b_evidence,
                    "b2b_decided_at": fields.Datetime.now(),
                    "b2b_reversed_line_id": one.earlier.id,
                }
                for one in returns
            }
        )
        self._b2b_store_returned(returns, by_hand)
        self.env["b2b.decision"]._log(
            [
                {
                    "kind": "match",
                    "record": one.line,
                    "decision": reasons[one.line],
                    "rule": self.env._("By hand") if by_hand else one.rule.display_name,
                    "evidence": {**decision_data.log_data(one.decision), "earlier_line": one.earlier.id},
                    "amount": one.line.amount,
                    "currency": one.line.currency_id,
                    "company": one.line.company_id,
                }
                for one in returns
            ]
        )
        self.env["b2b.discrepancy"]._flag(
            [
                {
                    **one.line._b2b_case_values("returned"),
                    "name": one.line._b2b_case_name("returned", one.paid.line_ids),
                    "reason": reasons[one.line],
                    "partner_id": one.partner.commercial_partner_id.id,
                    "move_id": one.paid.id if len(one.paid) == 1 else False,
                }
                for one in returns
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

    def _b2b_store_returned(self, returns, by_hand):
        """The earlier payments were returned: their money is on account, and closed by that."""
        told, written = {}, {}
        for one in returns:
            day = fields.Date.to_string(one.line.date)
            reason = self.env._("The payment was returned on %(day)s.", day=day)
            told[reason] = told.get(reason, self.browse()) | one.earlier
            state = one.earlier.b2b_state if one.earlier.b2b_state in APPLIED else "manual"
            written[one.earlier] = {
                "b2b_state": state if by_hand else "applied",
                "b2b_reason": reason,
                "b2b_payer_id": one.partner.id,
                "b2b_decided_at": fields.Datetime.now(),
            }
        self._write_b2b_each(written)
        for reason, earlier in told.items():
            earlier._b2b_settle_cases(reason)

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
