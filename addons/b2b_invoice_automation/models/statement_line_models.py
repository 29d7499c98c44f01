"""Bank lines that one of Odoo's reconciliation models explains: booked by itself, or offered to a person."""

from odoo import models
from odoo.exceptions import UserError

from ..order_to_cash.money import to_decimal
from . import decision_data
from .cash_booking import CashBooking, Entry

MODEL_SCORE, BESIDE_SCORE = 60, 10
MOST_OFFERED = 3


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _b2b_model_entry(self, model, partner=None):
        """What to book for a line that a reconciliation model explains.

        :param model: account.reconcile.model
        :param partner: whose money it is, where that is known
        :raises UserError: when an amount cannot be read from the label
        """
        self.ensure_one()
        waiting = self._seek_for_lines()[1]
        currency = waiting.currency_id or self.currency_id
        amount = to_decimal(sum(waiting.mapped("amount_currency")), 6)
        counterparts = model._b2b_counterparts(self, amount, currency)
        rest = sum((part["amount"] for part in counterparts), to_decimal(0)) - amount
        decision = decision_data.made_by_person(self.id, currency.name, (), rest, "by_model")
        partners = self.env["res.partner"].browse({part["partner"].id for part in counterparts if part["partner"]})
        owner = partner or self.partner_id or (partners if len(partners) == 1 else partners[:0])
        return Entry(self, decision, model, owner, counterparts=tuple(counterparts))

    def _b2b_model_entries(self, models_of):
        """What to book by automatic models, without the lines of which a model would leave a rest.

        :param dict models_of: line → (automatic model that fits it, partner or None); lines whose amount cannot be
            read are set aside
        :returns: list of Entry, and the lines of which something would be left
        """
        entries, left = [], self.browse()
        for line, (model, partner) in models_of.items():
            try:
                entry = line._b2b_model_entry(model, partner)
            except UserError as error:
                line._b2b_set_aside(error)
                continue
            if entry.decision.remainder:
                left |= line
            else:
                entries.append(entry)
        return entries, left

    def _b2b_model_reason(self, model):
        return self.env._("Booked by the reconciliation model “%(model)s”.", model=model.name)

    def _b2b_plan_activities(self, entries):
        """The next activity that the models of these entries ask for."""
        for entry in entries:
            if entry.counterparts and entry.rule.next_activity_type_id:
                entry.line.move_id.activity_schedule(
                    activity_type_id=entry.rule.next_activity_type_id.id, summary=entry.rule.name
                )

    def _b2b_model_proposals(self, offered, is_unexplained):
        """Values of proposals to book this line by models.

        :param offered: the models whose conditions hold
        :param bool is_unexplained: whether nothing else fits the line
        """
        reason = self.env._("The conditions of this reconciliation model hold.")
        return [
            {
                "statement_line_id": self.id,
                "score": MODEL_SCORE if is_unexplained else BESIDE_SCORE,
                "reason": reason,
                "allocations": [],
                "currency_id": self.currency_id.id,
                "model_id": model.id,
            }
            for model in offered[:MOST_OFFERED]
        ]

    def _b2b_accept(self, proposal):
        if proposal.model_id:
            return self._b2b_apply_model(proposal.model_id)
        return super()._b2b_accept(proposal)

    def _b2b_apply_model(self, model):
        """Book a line by a reconciliation model, as a person says.

        A model whose conditions hold was allowed by who wrote it; any other is a write-off within the user's authority.
        """
        self.ensure_one()
        self._b2b_check_clerk()
        line, model = self.sudo(), model.sudo()
        if model.company_id != line.company_id or model.b2b_engine or not model.line_ids.account_id:
            raise UserError(
                self.env._(
                    "“%(model)s” gives no account to book “%(line)s” on.", model=model.name, line=line.payment_ref
                )
            )
        payer = line.b2b_payer_id or None
        entry = line._b2b_model_entry(model, line.partner_id.commercial_partner_id or payer)
        if not model._b2b_fitting(line, entry.partner):
            self._b2b_check_authority(float(sum(part["amount"] for part in entry.counterparts)))
        CashBooking(line.company_id).book([entry])
        note = self.env._("Booked by the model “%(model)s” by %(user)s.", model=model.name, user=self.env.user.name)
        line._b2b_store_by_hand(entry.decision, self.env["account.move.line"], entry.partner, note)
        line._b2b_plan_activities([entry])
        return True
