"""Try a rule on the bank lines of the last 90 days: what it would have applied, beside what people did instead.

Nothing is booked, learned or flagged: the engine is given the books as they stood on each day, and its decisions are
compared with what the lines settle now. Only the rows of this answer are written, and they are forgotten in a day.
"""

from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, formatLang

from ..models.cash_facts_past import PastFacts
from ..models.cash_reasons import in_words
from ..models.collecting import no_collecting
from ..models.statement_line_decisions import NOTHING_KNOWN
from ..order_to_cash.cash import APPLY, match
from ..order_to_cash.money import to_decimal

DAYS = 90
MOST_ITEM_DAYS = 400_000
VERDICTS = [
    ("different", "Otherwise"),
    ("new", "New"),
    ("same", "Same"),
    ("people", "To people"),
    ("open", "Neither"),
]


class B2bRuleTrial(models.TransientModel):
    _name = "b2b.rule.trial"
    _description = "Trial of a Matching Rule"
    _transient_max_hours = 24.0

    rule_id = fields.Many2one("account.reconcile.model", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="rule_id.company_id", store=True, index=True)
    trigger = fields.Selection(related="rule_id.trigger")
    date_from = fields.Date("Bank Lines from", required=True, default=lambda self: self._default_date_from())
    date_to = fields.Date("Bank Lines to", required=True, default=fields.Date.context_today)
    with_others = fields.Boolean(
        "With the Other Rules",
        help="Off: what this rule alone would do. On: what all rules that apply by themselves would do together with "
        "this one, in their order.",
    )
    step_days = fields.Integer(readonly=True)
    line_ids = fields.One2many("b2b.rule.trial.line", "trial_id", "Bank Lines", readonly=True)
    line_count = fields.Integer("Lines Tried", compute="_compute_counts")
    applied_count = fields.Integer("Would Apply", compute="_compute_counts")
    same_count = fields.Integer("Same as Was Done", compute="_compute_counts")
    different_count = fields.Integer("Would Do Otherwise", compute="_compute_counts")
    new_count = fields.Integer("Would Apply What Is Left", compute="_compute_counts")
    people_count = fields.Integer("Would Leave to People", compute="_compute_counts")

    def _default_date_from(self):
        return fields.Date.context_today(self) - timedelta(days=DAYS)

    @api.depends("line_ids.verdict")
    def _compute_counts(self):
        groups = self.env["b2b.rule.trial.line"]._read_group(
            [("trial_id", "in", self.ids)], ["trial_id", "verdict"], ["__count"]
        )
        counts = {(trial.id, verdict): count for trial, verdict, count in groups}
        for trial in self:
            for verdict in ("same", "different", "new", "people"):
                trial[f"{verdict}_count"] = counts.get((trial.id, verdict), 0)
            trial.applied_count = trial.same_count + trial.different_count + trial.new_count
            trial.line_count = trial.applied_count + trial.people_count + counts.get((trial.id, "open"), 0)

    @api.depends("rule_id")
    def _compute_display_name(self):
        for trial in self:
            trial.display_name = self.env._("Trial of %(rule)s", rule=trial.rule_id.name)

    def action_try(self):
        """Ask again, for the days that are set."""
        self.ensure_one()
        if self.date_from > self.date_to:
            raise UserError(self.env._("The first day lies after the last one. Choose days in their order."))
        self.line_ids.unlink()
        with no_collecting():  # as when lines are matched
            values, self.step_days = _Trial(self.rule_id, self.date_from, self.date_to, self.with_others).rows()
        self.env["b2b.rule.trial.line"].create([{**one, "trial_id": self.id} for one in values])
        return self._action()

    def _action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Trial of %(rule)s", rule=self.rule_id.name),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    def action_switch_on(self):
        """Let the rule apply by itself from now on."""
        self.ensure_one()
        self.rule_id.action_set_auto_reconcile()
        return self._action()

    def action_view_lines(self):
        """The bank lines with one verdict, or all."""
        action = self.env["ir.actions.act_window"]._for_xml_id("b2b_invoice_automation.b2b_rule_trial_line_action")
        wanted = self.env.context.get("verdicts")
        domain = [("trial_id", "=", self.id), *([("verdict", "in", wanted)] if wanted else [])]
        return {**action, "domain": domain, "context": {}}


class _Trial:
    """What a rule would have done with the bank lines of some days.

    :param rule: account.reconcile.model, a matching rule or one with counterpart accounts
    :param with_others: whether the other rules that apply by themselves take part, in their order
    """

    def __init__(self, rule, first_day, last_day, with_others=False):
        self.rule, self.company = rule.sudo(), rule.company_id.sudo()
        self.with_others = with_others
        self.env = self.rule.env
        self.everything = self.env["account.reconcile.model"]._b2b_rules(self.company)
        self.user_env = rule.env
        self.lines = self.env["account.bank.statement.line"].search(
            [
                ("company_id", "=", self.company.id),
                ("date", ">=", first_day),
                ("date", "<=", last_day),
                ("state", "=", "posted"),
            ],
            order="date, id",
        )
        self.first_day, self.last_day = first_day, last_day

    def rows(self):
        """Values of trial lines, and how many days were looked at together."""
        if not self.lines:
            return [], 1
        facts = PastFacts(self.company, self.first_day)
        days = (self.last_day - self.first_day).days + 1
        step = max(1, -(-len(facts) * days // MOST_ITEM_DAYS))
        by_step = defaultdict(self.lines.browse)
        for line in self.lines:
            start = self.first_day + timedelta(days=(line.date - self.first_day).days // step * step)
            by_step[start] |= line
        done, rows = self._done(), []
        for day, lines in by_step.items():
            rows += self._rows_of(lines, facts.on(day, lines), done)
        self._name_items(rows)
        return rows, step

    def _rows_of(self, lines, facts, done):
        rules = self._rules()
        decisions = match(
            facts.lines,
            facts.items,
            facts.payers,
            [rule.with_env(self.env)._b2b_engine_rule(lines, automatic=True) for rule in rules],
            closed_references=facts.closed,
            past_payments=facts.past,
            rate_on=facts.rate_on,
        )
        advices = lines._b2b_advices()
        told = [lines._b2b_kept_to_advice(advices, decision) for decision in decisions]
        return [self._row(lines.browse(decision.line), decision, done) for decision in told]

    def _rules(self):
        """The matching rules that decide, in their order; a rule with accounts gets what all of them leave."""
        if not self.rule.b2b_engine:
            return self.everything
        if not self.with_others:
            return self.rule
        return (
            (self.everything | self.rule)
            .filtered(lambda rule: rule == self.rule or rule.trigger == "auto_reconcile")
            .sorted()
        )

    def _row(self, line, decision, done):
        would = self._would(line, decision)
        did = done.get(line.id, {})
        is_done = bool(did) or line.is_reconciled
        if would is None:
            verdict = "people" if is_done else "open"
        elif not is_done:
            verdict = "new"
        else:
            is_same = would == did and decision.reverses in (None, line.b2b_reversed_line_id.id)
            verdict = "same" if is_same else "different"
        currency = self.env["res.currency"]._b2b_by_name(decision.currency)
        is_model = not self.rule.b2b_engine
        return {
            "statement_line_id": line.id,
            "verdict": verdict,
            "would_apply": would is not None,
            "would": would or {},
            "did": did,
            "did_by": self._did_by(line) if is_done else "",
            "reason": self.rule.name if is_model and would else in_words(self.user_env, decision, currency),
        }

    def _would(self, line, decision):
        """What the rule would have settled, as `_done` says it; None where it would have left the line."""
        if not self.rule.b2b_engine:
            ahead = self.rule._b2b_is_ahead(self.everything)
            partner = None if ahead else self.env["res.partner"].browse(decision.payer or ())
            is_asked = ahead or decision.reason in NOTHING_KNOWN
            return self._would_book(line) if is_asked and self.rule._b2b_fitting(line, partner) else None
        if decision.outcome == APPLY:
            return {allocation.item: str(allocation.settled.normalize()) for allocation in decision.allocations}
        return {} if decision.parked and line.amount > 0 else None

    def _would_book(self, line):
        """What the rule would have booked; None where it cannot, or would leave a rest, which it does not by itself."""
        amount = -to_decimal(line.amount, 6)
        try:
            parts = self.rule._b2b_counterparts(line, amount, line.currency_id)
        except UserError:
            return None
        if sum((part["amount"] for part in parts), to_decimal(0)) != amount:
            return None
        sums = defaultdict(lambda: to_decimal(0))
        for part in parts:
            sums[-part["account"].id] += part["amount"]
        return {account: str(amount.normalize()) for account, amount in sums.items()}

    def _done(self):
        """Line → what it settles now: journal item → amount in the item's currency.

        For a rule with counterpart accounts: account, negative → amount in the line's currency.
        """
        self.env.flush_all()
        found = defaultdict(lambda: defaultdict(lambda: to_decimal(0)))
        for line, key, amount in self.env.execute_query(self._settled() if self.rule.b2b_engine else self._booked()):
            found[line][key] += to_decimal(amount, 6)
        return {
            line: {key: str(amount.normalize()) for key, amount in parts.items() if amount}
            for line, parts in found.items()
        }

    def _settled(self):
        return SQL(
            """SELECT move.statement_line_id, partial.debit_move_id, partial.debit_amount_currency
                 FROM account_partial_reconcile partial
                 JOIN account_move_line own ON own.id = partial.credit_move_id
                 JOIN account_move move ON move.id = own.move_id
                WHERE move.statement_line_id IN %(lines)s
                UNION ALL
               SELECT move.statement_line_id, partial.credit_move_id, -partial.credit_amount_currency
                 FROM account_partial_reconcile partial
                 JOIN account_move_line own ON own.id = partial.debit_move_id
                 JOIN account_move move ON move.id = own.move_id
                WHERE move.statement_line_id IN %(lines)s""",
            lines=tuple(self.lines.ids),
        )

    def _booked(self):
        return SQL(
            """SELECT move.statement_line_id, -item.account_id, item.amount_currency
                 FROM account_move_line item
                 JOIN account_move move ON move.id = item.move_id
                 JOIN account_journal journal ON journal.id = move.journal_id
                WHERE move.statement_line_id IN %(lines)s
                  AND item.account_id NOT IN (journal.default_account_id, journal.suspense_account_id)""",
            lines=tuple(self.lines.ids),
        )

    def _did_by(self, line):
        if line.b2b_state == "applied" and line.b2b_rule_id:
            return line.b2b_rule_id.name
        return self.user_env._("By hand")

    def _name_items(self, rows):
        """Put what the rule would have settled, and what is settled, in words."""
        keys = {key for row in rows for name in ("would", "did") for key in row[name]}
        items = self.env["account.move.line"].browse([key for key in keys if key > 0]).exists()
        accounts = self.env["account.account"].browse([-key for key in keys if key < 0]).exists()
        names = {item.id: (item.move_id.name or item.name or "", item.currency_id) for item in items}
        names |= {-account.id: (account.display_name, self.company.currency_id) for account in accounts}
        on_account = self.user_env._("on account")
        for row in rows:
            would, did = row.pop("would"), row.pop("did")
            row["would"] = (self._named(would, names) or on_account) if row["would_apply"] else ""
            row["did"] = self._named(did, names) or (on_account if row["did_by"] and self.rule.b2b_engine else "")
            row["document_ids"] = [fields.Command.set(self._documents({**would, **did}, items))]

    def _named(self, parts, names):
        known = [(names[key], amount) for key, amount in parts.items() if key in names]
        return ", ".join(
            f"{name} {formatLang(self.user_env, abs(float(amount)), currency_obj=currency)}"
            for (name, currency), amount in sorted(known, key=lambda one: one[0][0])
        )

    def _documents(self, keys, items):
        wanted = [key for key in keys if key > 0]
        return (items & items.browse(wanted)).move_id.ids
