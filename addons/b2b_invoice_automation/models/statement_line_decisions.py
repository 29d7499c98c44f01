"""What is kept of a decision: the line's state and reason, proposals, the decision log, and cases for people."""

from psycopg2.extras import Json

from odoo import fields, models

from ..order_to_cash.cash import APPLY, PROPOSE
from ..order_to_cash.cash.model import OVER
from ..order_to_cash.money import to_decimal
from . import decision_data
from .cash_reasons import DEDUCTIONS, in_words

MOST_LETTERS_OF_A_CASE = 200


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _b2b_store_applied(self, entries):
        """Lines, log and cases of what was just booked by a rule or a reconciliation model."""
        now = fields.Datetime.now()
        cases, logs, rows = [], [], []
        for entry in entries:
            line, decision = entry.line, entry.decision
            currency = self.env["res.currency"]._b2b_by_name(decision.currency)
            reason = self._b2b_entry_reason(entry, currency)
            rows.append(
                (line, {**_columns(decision, reason, entry.rule, entry.partner.id, now), "b2b_state": "applied"})
            )
            logs.append(line._b2b_log(decision, reason, f"{entry.rule.name} v{entry.rule.b2b_version}"))
            if decision.discrepancy and not entry.model:
                cases.append(line._b2b_case(decision, currency, reason))
        self._b2b_update([(line, {**values, "b2b_automatic": True, "b2b_corrected": False}) for line, values in rows])
        self.env["b2b.decision"]._log(logs)
        lines = self.browse([entry.line.id for entry in entries])
        lines.b2b_proposal_ids.unlink()
        flagged = self.env["b2b.discrepancy"]._flag(cases).statement_line_id
        (lines - flagged)._b2b_settle_cases(self.env._("Applied by a matching rule."))

    def _b2b_entry_reason(self, entry, currency):
        if entry.model:
            return self.env._("Booked by the reconciliation model “%(model)s”.", model=entry.model.name)
        return in_words(self.env, entry.decision, currency)

    def _b2b_store_waiting(self, waiting):
        """Lines, proposals and cases of what a person must look at; what is as before is left alone.

        :param waiting: list of (line, decision, rule, reconciliation model that could book it)
        """
        now = fields.Datetime.now()
        cases, proposals, rows = [], [], []
        changed = self.browse()
        for line, decision, rule, model in waiting:
            currency = self.env["res.currency"]._b2b_by_name(decision.currency)
            reason = in_words(self.env, decision, currency)
            is_case = bool(decision.discrepancy) or (decision.outcome != PROPOSE and not model)
            values = _columns(decision, reason, rule, decision.payer, now)
            rows.append((line, {**values, "b2b_state": "case" if is_case else "proposed"}))
            wanted = line._b2b_proposal_values(decision, currency, model)
            if wanted != line._b2b_present_proposals():
                changed |= line
                proposals += wanted
            if decision.discrepancy:
                cases.append(line._b2b_case(decision, currency, reason))
        self._b2b_update(rows)
        changed.b2b_proposal_ids.unlink()
        self.env["b2b.match.proposal"].create(proposals)
        self.env["b2b.discrepancy"]._flag(cases)

    def _b2b_update(self, rows):
        """Write this addon's columns of many lines in one statement; no journal entry depends on them.

        :param rows: list of (line, values), all with the same columns
        """
        if not rows:
            return
        names = list(rows[0][1])
        self.flush_model(names)
        types = {"b2b_evidence": "jsonb", "b2b_decided_at": "timestamp"}
        casts = ", ".join(
            f"{name} = new.{name}::{types.get(name, self._fields[name].column_type[0])}" for name in names
        )
        self.env.cr.execute_values(
            f"UPDATE {self._table} SET {casts} FROM (VALUES %s) new(id, {', '.join(names)}) "  # noqa: S608
            f"WHERE {self._table}.id = new.id",
            [(line.id, *(self._b2b_adapted(name, values[name]) for name in names)) for line, values in rows],
            page_size=len(rows),
        )
        lines = self.browse([line.id for line, _values in rows])
        lines.invalidate_recordset(names, flush=False)
        lines.modified(names)

    def _b2b_adapted(self, name, value):
        """A value as the database takes it: nothing as NULL, but a flag as false."""
        if self._fields[name].type == "boolean":
            return bool(value)
        return Json(value) if isinstance(value, (list, dict)) else value or None

    def _b2b_log(self, decision, reason, rule):
        return {
            "kind": "match",
            "record": self,
            "decision": reason,
            "rule": rule,
            "evidence": decision_data.log_data(decision),
            "amount": self.amount,
            "currency": self.currency_id,
            "company": self.company_id,
        }

    def _b2b_proposal_values(self, decision, currency, model):
        found = [
            {
                "statement_line_id": self.id,
                "score": candidate.score,
                "reason": in_words(self.env, decision_data.with_reason(decision, candidate.reason), currency),
                "allocations": [decision_data.allocation_data(allocation) for allocation in candidate.allocations],
                "currency_id": currency.id,
                "model_id": False,
            }
            for candidate in decision.candidates
        ]
        if model:
            reason = self.env._("The reconciliation model's conditions hold.")
            found.append(
                {
                    "statement_line_id": self.id,
                    "score": 60,
                    "reason": reason,
                    "allocations": [],
                    "currency_id": self.currency_id.id,
                    "model_id": model.id,
                }
            )
        return sorted(found, key=lambda values: -values["score"])

    def _b2b_present_proposals(self):
        return [
            {
                "statement_line_id": self.id,
                "score": proposal.score,
                "reason": proposal.reason,
                "allocations": proposal.allocations or [],
                "currency_id": proposal.currency_id.id,
                "model_id": proposal.model_id.id,
            }
            for proposal in self.b2b_proposal_ids
        ]

    def _b2b_set_aside(self, decision, rule, error):
        """A decision that could not be booked waits for a person, with what the books said."""
        self._b2b_store_waiting([(self, decision, rule, rule.browse())])
        self._b2b_write_without_notice({"b2b_state": "case", "b2b_reason": error})
        self.env["b2b.discrepancy"]._flag(
            [{**self._b2b_case_values("data"), "reason": error, "name": self.env._("Bank line cannot be booked")}]
        )

    def _b2b_case(self, decision, currency, reason):
        """Values of the discrepancy that a decision found."""
        allocations = decision.allocations
        items = self.env["account.move.line"].browse([allocation.item for allocation in allocations])
        found = sum((allocation.amount for allocation in allocations), to_decimal(0)) + decision.remainder
        expected = sum(map(to_decimal, items.mapped("amount_residual_currency")), to_decimal(0))
        if decision.outcome == APPLY:
            expected = found + sum((allocation.deduction for allocation in allocations), to_decimal(0))
            expected -= decision.remainder if decision.discrepancy == OVER else to_decimal(0)
        deduction = decision.parameters.get("deduction_reason")
        partner = self.env["res.partner"].browse(decision.payer or items.partner_id.commercial_partner_id[:1].ids)
        return {
            **self._b2b_case_values(decision.discrepancy),
            "name": self._b2b_case_name(decision.discrepancy, items),
            "reason": f"{reason} {self.env._(DEDUCTIONS[deduction])}" if deduction in DEDUCTIONS else reason,
            "partner_id": partner.id,
            "move_id": items.move_id.id if len(items.move_id) == 1 else False,
            "currency_id": currency.id,
            "amount_expected": float(expected),
            "amount_found": float(found),
        }

    def _b2b_case_values(self, discrepancy_type):
        return {
            "key": f"bank line {self.id}",
            "type": discrepancy_type,
            "company_id": self.company_id.id,
            "statement_line_id": self.id,
            "currency_id": self.currency_id.id,
            "amount_found": self.amount,
        }

    def _b2b_case_name(self, discrepancy_type, items):
        label = dict(self.env["b2b.discrepancy"]._fields["type"]._description_selection(self.env))[discrepancy_type]
        names = ", ".join(items.move_id.mapped("name")[:3]) or self.partner_name or self.payment_ref
        return f"{label}: {names}"[:MOST_LETTERS_OF_A_CASE]

    def _b2b_settle_cases(self, outcome):
        for company, lines in self.grouped("company_id").items():
            self.env["b2b.discrepancy"]._settle([f"bank line {line.id}" for line in lines], outcome, company)

    def _b2b_write_without_notice(self, values):
        """Write this addon's own columns, which concern no journal entry."""
        self.with_context(skip_account_move_synchronization=True).write(values)


def _columns(decision, reason, rule, payer_id, now):
    return {
        "b2b_reason": reason,
        "b2b_score": decision.score,
        "b2b_rule_id": rule.id,
        "b2b_payer_id": payer_id or False,
        "b2b_evidence": decision_data.evidence_data(decision),
        "b2b_decided_at": now,
    }
