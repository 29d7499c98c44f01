"""Cash application of bank lines: gather facts, let the engine decide, book what is certain, flag the rest.

The lines in state "new" are the queue. One transaction takes a batch of them; lines of one company are matched by one
session at a time, because a line's match depends on its rivals.
"""

import logging

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..order_to_cash.cash import APPLY, match
from ..order_to_cash.cash.model import OVER
from ..order_to_cash.money import to_decimal
from . import decision_data
from .cash_booking import CashBooking, Entry
from .cash_facts import FactGatherer
from .collecting import no_collecting
from .statement_line_decisions import NOTHING_KNOWN
from .transactions import is_conflict

MATCH_LOCK = 7_319_005
BOOKED_AT_ONCE = 500
BATCH = 2000
"""Lines decided together: what is open is read and indexed once for all of them."""

_logger = logging.getLogger(__name__)


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    @api.model
    def _cron_b2b_match(self, limit=BATCH):
        """Lane of the scheduler: batches until the queue is empty or time is up."""
        cron = self.env["ir.cron"]
        while True:
            handled, remaining = self._b2b_process_batch(limit)
            if not cron._commit_progress(handled, remaining=remaining) or not handled or not remaining:
                break

    @api.model
    def _b2b_process_batch(self, limit=BATCH, company=None):
        """Match and apply the oldest new bank lines.

        :param int limit: how many lines at most
        :param company: res.company, or None for all
        :returns: (lines handled, new lines that remain)
        """
        handled = 0
        companies = company or self.env["res.company"].sudo().search([])
        for one in companies:
            if handled < limit and self._b2b_lock(one):
                handled += self.sudo().with_company(one)._b2b_process_company(one, limit - handled)
        remaining = self.sudo().search_count(self._b2b_queue_domain(companies))
        return handled, remaining

    @api.model
    def _b2b_queue_domain(self, companies):
        return [
            ("b2b_state", "=", "new"),
            ("is_reconciled", "=", False),
            ("company_id", "in", companies.ids),
            ("state", "=", "posted"),
        ]

    @api.model
    def _b2b_lock(self, company):
        """Take the company's matching lane for this transaction; False when another session has it."""
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [MATCH_LOCK, company.id])
        return self.env.cr.fetchone()[0]

    @api.model
    def _b2b_process_company(self, company, limit):
        self._b2b_note_work_of_others(company)
        queue = self.search(self._b2b_queue_domain(company), order="internal_index", limit=limit)
        lines = queue.try_lock_for_update()
        if lines:
            with no_collecting():  # of what is open come hundreds of thousands of objects, and no cycles
                lines._b2b_match()
        return len(lines)

    @api.model
    def _b2b_note_work_of_others(self, company):
        """Lines that were reconciled outside of cash application need it no more, nor do those without an amount.

        Those whose match was broken from the invoice's side do, while their money is open on an account.
        """
        done = self.search(
            [
                ("company_id", "=", company.id),
                ("is_reconciled", "=", True),
                ("b2b_state", "in", ("new", "proposed", "case")),
                ("b2b_reversed_line_id", "=", False),
            ]
        ).filtered(lambda line: not line.b2b_broken or not line._b2b_open_on_account())
        empty = done.filtered(lambda line: not line.amount)
        empty.write({"b2b_state": False, "b2b_reason": self.env._("The line has no amount.")})
        done -= empty
        if done:
            done.write({"b2b_state": "manual", "b2b_broken": False, "b2b_decided_at": fields.Datetime.now()})
            done._b2b_settle_cases(self.env._("Applied outside of cash application."))

    def _b2b_match(self):
        """Decide and book all these lines (of one company) together; those that cannot even be decided become cases.

        Automatic reconciliation models that stand above all matching rules come first.
        """
        models_of_company = self.env["account.reconcile.model"]
        rules = models_of_company._b2b_rules(self.company_id)
        write_offs = models_of_company._b2b_write_off_models(self.company_id)
        ahead = write_offs.filtered(lambda model: model.trigger == "auto_reconcile" and model._b2b_is_ahead(rules))
        (self - self._b2b_book_ahead(ahead))._b2b_match_with_items(rules, write_offs)

    def _b2b_book_ahead(self, ahead):
        """Book what these models explain; returns the lines they are for."""
        models_of = (
            {line: (fitting[:1], None) for line in self if (fitting := ahead._b2b_fitting(line))} if ahead else {}
        )
        entries, left = self._b2b_model_entries(models_of)
        self._b2b_book_bisecting(entries)
        return self.browse().concat(*models_of) - left

    def _b2b_match_with_items(self, rules, write_offs):
        if not self:
            return
        facts, decisions, culprits = self._b2b_decide_bisecting(rules)
        for line, error in culprits.items():
            line._b2b_set_aside(error)
        if decisions:
            self._b2b_carry_out(facts, decisions, rules, write_offs)

    def _b2b_decide_bisecting(self, rules):
        """Facts and decisions of these lines, and line → error for those that cannot be decided."""
        try:
            return (*self._b2b_decide(rules), {})
        except Exception as error:
            culprits = self._b2b_culprits(rules, error)
        rest = self - self.browse().concat(*culprits)
        facts, decisions = rest._b2b_decide(rules) if rest else (None, [])
        return facts, decisions, culprits

    def _b2b_decide(self, rules):
        """Facts and decisions of these lines. Changes nothing."""
        with self.env.cr.savepoint():
            facts = FactGatherer(self.company_id).gather(self)
            return facts, match(
                facts.lines,
                facts.items,
                facts.payers,
                [rule._b2b_engine_rule(self) for rule in rules],
                closed_references=facts.closed,
                past_payments=facts.past,
                rate_on=facts.rate_on,
            )

    def _b2b_culprits(self, rules, error):
        """Line → error, for those of these lines that cannot be decided even apart from the others.

        :param Exception error: what deciding them all raised; raised again where another transaction caused it
        """
        if is_conflict(error):
            raise error
        if len(self) == 1:
            return {self: error}
        culprits = {}
        middle = len(self) // 2
        for half in (self[:middle], self[middle:]):
            try:
                half._b2b_decide(rules)
            except Exception as half_error:
                culprits.update(half._b2b_culprits(rules, half_error))
        if not culprits:  # none of them alone, only all together
            culprits = dict.fromkeys(self, error)
        return culprits

    def _b2b_carry_out(self, facts, decisions, rules, write_offs):
        """Book or store decisions; what only a person may do is stored as waiting."""
        by_id = {line.id: line for line in self}
        rule_by_name = {str(rule.id): rule for rule in rules}
        automatic = rules.filtered(lambda rule: rule.trigger == "auto_reconcile")
        item_payers = {item.key: item.payer for item in facts.items}
        applied, waiting, returns, models_of = [], [], [], {}
        for decision in decisions:
            line = by_id[decision.line]
            rule = rule_by_name.get(decision.rule) or rules[:1]
            offered = line._b2b_offered(decision, write_offs)
            model = offered.filtered(lambda model: model.trigger == "auto_reconcile")[:1]
            if decision.outcome == APPLY and decision.reverses:
                (returns if automatic else waiting).append((line, decision, rule, offered))
            elif decision.outcome == APPLY:
                applied.append(line._b2b_entry(decision, rule, item_payers))
            elif model and decision.reason in NOTHING_KNOWN:
                models_of[line] = (model, self.env["res.partner"].browse(decision.payer or ()))
                waiting.append((line, decision, rule, offered))
            elif decision.parked and line.amount > 0:
                applied.append(line._b2b_entry(decision, rule, item_payers))
            else:
                waiting.append((line, decision, rule, offered))
        by_models, _left = self._b2b_model_entries(models_of)
        booked = {entry.line for entry in by_models}
        self._b2b_book_bisecting(applied + by_models)
        self._b2b_bisect(returns, self._b2b_take_back, self._b2b_set_aside_return)
        waiting = [one for one in waiting if one[0] not in booked and one[0].b2b_state == "new"]
        self._b2b_bisect(waiting, self._b2b_store_waiting, lambda part, error: part[0]._b2b_set_aside(error))

    def _b2b_offered(self, decision, write_offs):
        """The reconciliation models whose conditions hold for a line that no matching decided."""
        if decision.outcome == APPLY or not write_offs:
            return write_offs.browse()
        return write_offs._b2b_fitting(self, self.env["res.partner"].browse(decision.payer or ()))

    def _b2b_entry(self, decision, rule, item_payers):
        """What to book for a decision that is applied."""
        payers = {item_payers[allocation.item] for allocation in decision.allocations}
        payer = decision.payer or (payers.pop() if len(payers) == 1 else None)
        partner = self.env["res.partner"].browse(payer or ())
        entry = Entry(self, decision, rule, partner)
        if decision.parked:
            entry.decision = decision_data.parked(decision, to_decimal(self.amount), self.currency_id.name)
        if entry.decision.remainder and partner and (decision.discrepancy == OVER or decision.parked):
            entry.remainder_account = self._b2b_receivable(partner)
        return entry

    def _b2b_receivable(self, partner):
        """The account on which a payer's money waits for its invoices."""
        owner = partner or self.company_id.partner_id
        return owner.with_company(self.company_id).property_account_receivable_id

    def _b2b_book_bisecting(self, entries):
        """Book entries; one that cannot be booked is set aside and does not stop the others."""
        for start in range(0, len(entries), BOOKED_AT_ONCE):
            self._b2b_book_or_split(entries[start : start + BOOKED_AT_ONCE])

    def _b2b_book_or_split(self, entries):
        self._b2b_bisect(
            entries, self._b2b_book_and_store, lambda entry, error: entry.line._b2b_set_aside(error, entry)
        )

    def _b2b_book_and_store(self, entries):
        CashBooking(self.company_id).book(entries)
        self._b2b_store_applied(entries)

    def _b2b_bisect(self, parts, work, set_aside):
        """Do work on all parts at once, or on ever fewer of them until what fails stands alone.

        :param parts: list
        :param work: takes a list of parts; what it did is undone when it raises
        :param set_aside: takes the one part that fails, and the error
        """
        if not parts:
            return
        try:
            with self.env.cr.savepoint():
                work(parts)
        except Exception as error:
            if is_conflict(error):
                raise
            if len(parts) == 1:
                set_aside(parts[0], error)
                return
            middle = len(parts) // 2
            self._b2b_bisect(parts[:middle], work, set_aside)
            self._b2b_bisect(parts[middle:], work, set_aside)

    def _b2b_set_aside(self, error, entry=None):
        """Make a case of a line that cannot be handled.

        :param Exception error: why
        :param entry: what was to be booked, kept as a proposal
        """
        expected = isinstance(error, UserError | ValidationError)
        if not expected:
            _logger.error("bank line %s cannot be handled", self.id, exc_info=error)
        if entry and expected and not entry.counterparts:
            self._b2b_store_waiting([(self, entry.decision, entry.rule, entry.rule.browse())])
        reason = (
            str(error)
            if expected
            else self.env._(
                "An unexpected error: %(error)s. Apply the line by hand, and tell the administrator, who finds more in "
                "the server's log.",
                error=f"{type(error).__name__} {error}"[:300],
            )
        )
        self._write_b2b({"b2b_state": "case", "b2b_reason": reason, "b2b_decided_at": fields.Datetime.now()})
        self.env["b2b.discrepancy"]._flag(
            [{**self._b2b_case_values("data"), "reason": reason, "name": self.env._("Bank line cannot be booked")}]
        )
