"""Accepting what was proposed for bank lines: one that a person looks at, or many in the list at once.

Of many nobody looks at each, so only what is likely and has no equal is accepted, and one line that cannot be applied
does not stop the others.
"""

import logging

from odoo import models
from odoo.exceptions import UserError

from . import decision_data
from .transactions import is_conflict

LIKELY = 60  # as in the workbench, which chooses such a proposal beforehand
MOST_NAMED = 10

_logger = logging.getLogger(__name__)


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def action_b2b_accept(self):
        """Accept the best proposal of each selected line.

        :returns: True for one line; for several a notification of what was accepted and what was not, and why
        :raises UserError: when there is nothing to accept, or two proposals for the one line are as good
        """
        self._b2b_check_clerk()
        if not self.b2b_proposal_ids:
            raise UserError(self.env._("There is no proposal to accept. Apply the line by hand."))
        if len(self) == 1:
            if self._b2b_is_tie():
                raise UserError(self._b2b_why_not_likely())
            return self._b2b_accept(self.b2b_proposal_ids[:1])
        refused = {}
        for line in self:
            if why := line._b2b_why_not_likely() or line._b2b_accept_apart():
                refused[line] = why
        return self._b2b_told_accepted(refused)

    def _b2b_is_tie(self):
        best, following = self.b2b_proposal_ids[:1], self.b2b_proposal_ids[1:2]
        return bool(following) and following.score == best.score

    def _b2b_why_not_likely(self):
        """Why the best proposal is not accepted without a look; nothing where it may be."""
        best = self.b2b_proposal_ids[:1]
        if not best:
            return self.env._("There is no proposal. Apply the line by hand.")
        if self._b2b_is_tie():
            return self.env._("Two proposals are as good as each other. Choose one in the workbench.")
        if best.score < LIKELY:
            return self.env._("The proposal is not likely enough. Look at it in the workbench.")
        return ""

    def _b2b_accept_apart(self):
        """Accept the best proposal so that a failure costs this line only; returns why it failed, or nothing."""
        try:
            with self.env.cr.savepoint():
                self._b2b_accept(self.b2b_proposal_ids[:1])
        except UserError as error:
            return str(error)
        except Exception as error:
            if is_conflict(error):
                raise
            _logger.error("the proposal for bank line %s cannot be accepted", self.id, exc_info=error)
            return self.env._(
                "An unexpected error: %(error)s. Apply the line by hand; the server's log tells more.",
                error=f"{type(error).__name__} {error}"[:200],
            )
        return ""

    def _b2b_told_accepted(self, refused):
        """A notification of what became of these lines.

        :param dict refused: line → why it was not accepted
        """
        accepted = len(self) - len(refused)
        told = []
        for line, why in list(refused.items())[:MOST_NAMED]:
            told.append(self.env._("“%(line)s”: %(why)s", line=line.payment_ref or line.move_id.name, why=why))
        if len(refused) > MOST_NAMED:
            told.append(self.env._("And %(count)s more, which stay to do.", count=len(refused) - MOST_NAMED))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._(
                    "%(accepted)s of %(all)s bank lines are applied.", accepted=accepted, all=len(self)
                ),
                "type": "warning" if refused else "success",
                "sticky": bool(refused),
                "message": " ".join(told) or self.env._("Each by its best proposal."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _b2b_accept(self, proposal):
        self.ensure_one()
        self._b2b_check_clerk()
        proposal._check_write_off()
        allocations = [decision_data.allocation_from(data) for data in proposal.sudo().allocations or []]
        if not allocations:
            raise UserError(self.env._("This proposal names no document. Apply the line by hand."))
        currency = proposal.currency_id
        left = self.sudo()._b2b_remainder(allocations, currency)
        is_over = bool(left) and self._b2b_proposes_overpayment(proposal)
        account = self.sudo()._b2b_receivable(proposal._payers()) if is_over else None
        note = proposal.reason
        self._b2b_apply_by_hand(allocations, currency, remainder_account=account)
        self._workbench_flag_deduction(allocations, {"note": note}, currency)
        if is_over:
            self._workbench_flag_over(left, currency)
        return True

    def _b2b_proposes_overpayment(self, proposal):
        """Whether accepting a proposal pays its items and leaves what one payer paid too much."""
        case = self.b2b_discrepancy_ids.filtered(lambda one: one.state == "open" and one.type == "over")
        return bool(case) and proposal == self.b2b_proposal_ids[:1] and len(proposal._payers()) == 1
