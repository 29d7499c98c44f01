"""What is kept of a decision: the line's state and reason, proposals, the decision log, and cases for people."""

from odoo import fields, models

from ..order_to_cash.cash import APPLY, PROPOSE
from ..order_to_cash.cash.model import OVER, SHORT
from ..order_to_cash.money import to_decimal
from . import decision_data
from .cash_reasons import DEDUCTIONS, in_words

NOTHING_KNOWN = ("outgoing", "payer_unknown", "items_unknown", "on_account")


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _b2b_store_applied(self, entries):
        """Lines, log and cases of what was just booked by a rule."""
        now = fields.Datetime.now()
        cases, logs, written = [], [], {}
        self._b2b_read_items([entry.decision for entry in entries if entry.decision.discrepancy])
        for entry in entries:
            line, decision = entry.line, entry.decision
            currency = self.env["res.currency"]._b2b_by_name(decision.currency)
            reason = (
                line._b2b_model_reason(entry.rule) if entry.counterparts else in_words(self.env, decision, currency)
            )
            written[line] = {
                "b2b_state": "applied",
                "b2b_automatic": True,
                "b2b_corrected": False,
                "b2b_reason": reason,
                "b2b_score": decision.score,
                "b2b_rule_id": entry.rule.id,
                "b2b_payer_id": entry.partner.id,
                "b2b_evidence": decision_data.evidence_data(decision),
                "b2b_decided_at": now,
            }
            logs.append(
                {
                    "kind": "match",
                    "record": line,
                    "decision": reason,
                    "rule": f"{entry.rule.name} v{decision.rule_version or entry.rule.b2b_version}",
                    "evidence": decision_data.log_data(decision),
                    "amount": line.amount,
                    "currency": line.currency_id,
                    "company": line.company_id,
                }
            )
            cases += line._b2b_cases_of_applied(decision, currency, reason)
        self._write_b2b_each(written)
        self.env["b2b.decision"]._log(logs)
        self.browse([entry.line.id for entry in entries])._b2b_settle_cases(self.env._("Applied by a rule."))
        self.env["b2b.discrepancy"]._flag(cases)
        self._b2b_plan_activities(entries)

    def _b2b_store_waiting(self, waiting):
        """Lines, proposals and cases of what a person must look at.

        :param waiting: list of (line, decision, rule, reconciliation models that may book it)
        """
        now = fields.Datetime.now()
        cases, proposals, written = [], [], {}
        self._b2b_read_items([decision for _line, decision, *_rest in waiting if decision.discrepancy])
        lines = self.browse([line.id for line, *_rest in waiting])
        lines.b2b_proposal_ids.unlink()
        for line, decision, rule, offered in waiting:
            currency = self.env["res.currency"]._b2b_by_name(decision.currency)
            reason = line._b2b_returned_reason(decision) or in_words(self.env, decision, currency)
            is_explained = bool(offered) and decision.reason in NOTHING_KNOWN
            is_case = (bool(decision.discrepancy) or decision.outcome != PROPOSE) and not is_explained
            written[line] = {
                "b2b_state": "case" if is_case else "proposed",
                "b2b_reason": reason,
                "b2b_score": decision.score,
                "b2b_rule_id": rule.id,
                "b2b_payer_id": decision.payer or False,
                "b2b_evidence": decision_data.evidence_data(decision),
                "b2b_decided_at": now,
            }
            proposals += line._b2b_proposal_values(decision, currency)
            proposals += line._b2b_return_proposals(decision)
            proposals += line._b2b_model_proposals(offered, is_explained)
            if decision.discrepancy and not is_explained:
                cases.append(line._b2b_case(decision, currency, reason))
        self._write_b2b_each(written)
        self.env["b2b.match.proposal"].create(proposals)
        self._b2b_hold_returned(waiting)
        self.env["b2b.discrepancy"]._flag(cases)

    def _b2b_proposal_values(self, decision, currency):
        candidates = decision.candidates
        return [
            {
                "statement_line_id": self.id,
                "score": candidate.score,
                "reason": in_words(self.env, decision_data.with_reason(decision, candidate.reason), currency),
                "allocations": [decision_data.allocation_data(allocation) for allocation in candidate.allocations],
                "currency_id": currency.id,
            }
            for candidate in candidates
        ]

    def _b2b_cases_of_applied(self, decision, currency, reason):
        """Values of the discrepancies of what was just booked: for each document, where it is short of several."""
        if decision.discrepancy == SHORT:
            return self._b2b_short_cases(decision.allocations, currency, reason)
        return [self._b2b_case(decision, currency, reason)] if decision.discrepancy else []

    def _b2b_read_items(self, decisions):
        """Read together what the cases of these decisions tell of their items."""
        items = self.env["account.move.line"].browse(
            dict.fromkeys(allocation.item for decision in decisions for allocation in decision.allocations)
        )
        items.fetch(["amount_residual_currency", "move_id", "partner_id"])
        items.move_id.fetch(["name"])
        items.partner_id.fetch(["commercial_partner_id"])

    def _b2b_case(self, decision, currency, reason):
        """Values of the discrepancy that a decision found."""
        allocations = decision.allocations
        items = self.env["account.move.line"].browse([allocation.item for allocation in allocations])
        found = sum((allocation.amount for allocation in allocations), to_decimal(0)) + decision.remainder
        expected = sum(map(to_decimal, items.mapped("amount_residual_currency")), to_decimal(0))
        if decision.outcome == APPLY:
            expected = found + sum((allocation.deduction for allocation in allocations), to_decimal(0))
            expected -= decision.remainder if decision.discrepancy == OVER else to_decimal(0)
        partner = self.env["res.partner"].browse(decision.payer or items.partner_id.commercial_partner_id[:1].ids)
        return {
            **self._b2b_case_values(decision.discrepancy),
            "name": self._b2b_case_name(decision.discrepancy, items),
            "reason": _with_deduction(self.env, reason, decision.parameters.get("deduction_reason")),
            "partner_id": partner.id,
            "move_id": items.move_id.id if len(items.move_id) == 1 else False,
            "currency_id": currency.id,
            "amount_expected": float(expected),
            "amount_found": float(found),
        }

    def _b2b_short_cases(self, allocations, currency, reason):
        """Values of a case for each item that was paid in part; a credit that was used in part is none.

        :param allocations: engine Allocations, those with a `deduction` count
        """
        sign = to_decimal(self.amount)
        short = [allocation for allocation in allocations if allocation.deduction * sign > 0]
        items = self.env["account.move.line"].sudo().browse([allocation.item for allocation in short])
        return [
            {
                **self._b2b_case_values("short"),
                "key": f"bank line {self.id}/{item.id}",
                "name": self._b2b_case_name("short", item),
                "reason": _with_deduction(self.env, reason, allocation.deduction_reason),
                "deduction_reason": allocation.deduction_reason or "unexplained",
                "partner_id": item.partner_id.commercial_partner_id.id,
                "move_id": item.move_id.id,
                "currency_id": currency.id,
                "amount_expected": float(allocation.amount + allocation.deduction),
                "amount_found": float(allocation.amount),
            }
            for allocation, item in zip(short, items, strict=True)
        ]

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
        return f"{label}: {names}"[:200]

    def _b2b_settle_cases(self, outcome):
        """Close the open cases of these lines."""
        cases = self.env["b2b.discrepancy"].sudo()
        cases = cases.search([("state", "=", "open"), ("statement_line_id", "in", self.ids)])
        cases.with_context(tracking_disable=True).write({"state": "solved", "outcome": outcome})

    def _write_b2b(self, values):
        """Write this addon's own columns, which concern no journal entry."""
        self.with_context(skip_account_move_synchronization=True).write(values)

    def _write_told(self, values):
        """Write what a later file or a person says about this line.

        Where a part of it is applied, its journal items stay as they are: Odoo would make them all anew.

        :returns: whether nothing of it is applied yet
        """
        is_free = not self._seek_for_lines()[2]
        self.with_context(skip_account_move_synchronization=not is_free).write(values)
        return is_free

    def _write_b2b_each(self, rows):
        """Write this addon's own columns of many lines, all in one update.

        :param dict rows: line → values, of the same columns for each line
        """
        if not rows:
            return
        lines = self.browse([line.id for line in rows])
        fields_written = [self._fields[name] for name in next(iter(rows.values()))]
        names = [field.name for field in fields_written]
        lines.invalidate_recordset(names)
        lines._write_multi(
            [
                {field.name: field.convert_to_column(values[field.name], line) for field in fields_written}
                for line, values in rows.items()
            ]
        )
        lines.modified(names)


def _with_deduction(env, reason, deduction):
    return f"{reason} {env._(DEDUCTIONS[deduction])}" if deduction in DEDUCTIONS else reason  # pylint: disable=gettext-variable
