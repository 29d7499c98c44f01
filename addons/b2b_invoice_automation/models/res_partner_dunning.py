"""What dunning says of a customer today, by the engine; and the action that makes letters of it."""

from collections import defaultdict
from datetime import date
from typing import NamedTuple

from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..order_to_cash.dunning import DISPUTE, DunnedItem, DunningState, Pause, dunning_state, late_interest
from ..order_to_cash.money import to_decimal

CLERK = "b2b_invoice_automation.group_billing_clerk"
SEES_DUNNING = f"{CLERK},b2b_invoice_automation.group_auditor"


class OverdueItem(NamedTuple):
    """An overdue receivable, the level that counts for it, and whether that level is taken now."""

    line: models.BaseModel
    state: DunningState
    level_id: int
    is_new: bool
    interest: float


class ResPartner(models.Model):
    _inherit = "res.partner"

    b2b_dunning_letter_count = fields.Integer(
        "Dunning Letters", compute="_compute_b2b_dunning_letter_count", groups=SEES_DUNNING
    )

    def _compute_b2b_dunning_letter_count(self):
        counts = dict(
            self.env["b2b.dunning.letter"]._read_group(
                [("partner_id", "in", self.commercial_partner_id.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.b2b_dunning_letter_count = counts.get(partner.commercial_partner_id._origin, 0)

    def action_view_b2b_dunning_letters(self):
        self.ensure_one()
        return self._b2b_dunning_action([("partner_id", "=", self.commercial_partner_id.id)])

    def action_b2b_dunning(self):
        """Prepare the letters that are due to these customers, to be looked at before they go out.

        :raises AccessError: for users who do not bill
        """
        if not self.env.user.has_group(CLERK):
            raise AccessError(
                self.env._("Dunning letters are made by people with the right “%s”.", self.env.ref(CLERK).sudo().name)
            )
        self.check_access("read")
        letters = self.env["b2b.dunning.letter"].sudo()._prepare(self.commercial_partner_id, self.env.company)
        if letters:
            return self._b2b_dunning_action([("id", "in", letters.ids)])
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "No letter is due: nothing has reached the next dunning level, or a case about it is open."
                ),
            },
        }

    def _b2b_dunning_action(self, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id("b2b_invoice_automation.b2b_dunning_letter_action")
        return {**action, "domain": domain, "context": {}}

    def _b2b_dunning(self, company, day):
        """What is overdue, and which level each item has reached; a fixed number of queries for all customers.

        :param company: one of our companies
        :param date day: on which the levels are looked at
        :returns: dict from (commercial entity, currency) to (list of :class:`OverdueItem`, credit that nothing uses
            yet, at or below zero)
        """
        levels = self.env["b2b.dunning.level"].sudo().search([("company_id", "=", company.id)])
        domain = self._b2b_account_lines_domain(company) & Domain("reconciled", "=", False)
        lines = self.env["account.move.line"].sudo().search(domain, order="date_maturity, id")
        last = self.env["b2b.dunning.letter.line"].sudo()._last_steps(lines)
        pauses = self._b2b_dunning_pauses(lines)
        found = defaultdict(lambda: ([], []))
        for line in lines:
            items, credits_ = found[line.partner_id.commercial_partner_id, line.currency_id]
            if line.amount_residual_currency <= 0:
                credits_.append(line.amount_residual_currency)
            elif item := self._b2b_overdue_item(line, levels, last.get(line.id), pauses[line.move_id.id], day):
                items.append(item)
        return {key: (items, key[1].round(sum(credits_))) for key, (items, credits_) in found.items() if items}

    def _b2b_overdue_item(self, line, levels, last, pauses, day):
        due = line.date_maturity or line.date
        if due >= day or not levels or any(pause.covers(day) for pause in pauses):
            return None
        currency = line.currency_id
        open_now = to_decimal(line.amount_residual_currency, currency.decimal_places)
        last_level, last_date = last or (None, None)
        state = dunning_state(
            DunnedItem(line.id, due, open_now, pauses, last_level, last_date), levels._engine_plan(), day
        )
        level = levels.browse(state.next_step.key if state.next_step else last_level)
        interest = self._b2b_late_interest(line, level, due, open_now, pauses, day) if level.interest_percent else 0.0
        return OverdueItem(line, state, level.id, bool(state.next_step), interest)

    def _b2b_late_interest(self, line, level, due, open_now, pauses, day):
        """Interest so far: on what was open on the due date, less what was paid since, from the day it was paid."""
        digits = line.currency_id.decimal_places
        paid = [
            (partial.max_date, to_decimal(partial.debit_amount_currency, digits))
            for partial in line.matched_credit_ids
            if partial.max_date > due
        ]
        principal = open_now + sum((amount for _day, amount in paid), to_decimal(0))
        rates = [(date.min, to_decimal(level.interest_percent, 2))]
        unit = to_decimal(line.currency_id.rounding)
        return float(late_interest(principal, due, day, rates, paid, pauses, unit=unit).amount)

    def _b2b_dunning_pauses(self, lines):
        """An open case about an invoice is a dispute: it is not chased while people look into it."""
        pauses = defaultdict(tuple)
        cases = self.env["b2b.discrepancy"].sudo()
        for case in cases.search([("state", "=", "open"), ("move_id", "in", lines.move_id.ids)]):
            pauses[case.move_id.id] += (Pause(DISPUTE, case.create_date.date()),)
        return pauses
