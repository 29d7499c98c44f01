"""What a screen needs to show a bank line to a clerk: what was recognised in its text, and what it may be for.

Two methods, each for many lines at once and JSON-ready, so that a list costs a fixed number of queries:

* `_recognised_spans()`: line id → the places in the label that mean something, in order, never overlapping;
* `_workbench_candidates()`: line id → what may explain the line, best first, each with its reason in words.

Neither changes anything. Each candidate is a `b2b.match.proposal`, to be accepted by `proposal_id`.
"""

from odoo import models

from ..order_to_cash.money import to_decimal

SHORTEST_REPEATED = 4


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _recognised_spans(self):
        """Where in each line's label something was recognised.

        :returns: line id → list of dicts with ``start`` and ``end`` (of `payment_ref`, end excluded), ``kind`` (as the
            engine's `Evidence`), ``number`` (the document it stands for, or "") and ``items`` (ids of journal items)
        """
        return {line.id: _spans(line.payment_ref or "", line.b2b_evidence or []) for line in self}

    def _workbench_candidates(self):
        """What may explain each line, best first.

        :returns: line id → list of dicts with ``kind`` (``items``, ``model`` for a reconciliation model that would
            book the line, or ``return`` for an earlier payment that it takes back), ``proposal_id``, ``model_id``,
            ``description``, ``score`` (0 to 100), ``reason`` (a sentence), ``currency_id``, ``amount`` (what of the
            line it takes), ``rest`` (what it leaves) and ``allocations``: dicts with ``item`` (id of a journal item),
            ``document``, ``partner``, ``date``, ``due``, ``open`` (on the item now), ``amount``, ``discount`` and
            ``write_off``
        """
        proposals = self.b2b_proposal_ids
        items = self.env["account.move.line"].browse(
            dict.fromkeys(part["item"] for proposal in proposals for part in proposal.allocations or [])
        )
        known = {item.id: item for item in items.exists()}
        return {
            line.id: [line._candidate_of_items(proposal, known) for proposal in line.b2b_proposal_ids] for line in self
        }

    def _candidate_of_items(self, proposal, known):
        parts = [part for part in proposal.allocations or [] if part["item"] in known]
        amount = sum((to_decimal(part["amount"]) for part in parts), to_decimal(0))
        waits = to_decimal(0) if self.is_reconciled else self._b2b_waiting_in(proposal.currency_id)
        if proposal.model_id:
            amount = waits
        if proposal.reversed_line_id:
            amount = self._b2b_taken_back(proposal.reversed_line_id, waits)
        return {
            "kind": "model" if proposal.model_id else "return" if proposal.reversed_line_id else "items",
            "proposal_id": proposal.id,
            "model_id": proposal.model_id.id,
            "description": proposal.description or "",
            "score": proposal.score,
            "reason": proposal.reason or "",
            "currency_id": proposal.currency_id.id,
            "amount": float(amount),
            "rest": 0.0 if self.is_reconciled else float(waits - amount),
            "allocations": [_shown(part, known[part["item"]]) for part in parts],
        }


def _shown(part, item):
    return {
        "item": item.id,
        "document": item.move_id.name or item.name or "",
        "partner": item.partner_id.display_name or "",
        "date": item.date,
        "due": item.date_maturity,
        "open": item.amount_residual_currency,
        **{name: float(part.get(name, 0)) for name in ("amount", "discount", "write_off")},
    }


def _spans(text, evidence):
    found = [one for one in (_placed(text, one) for one in evidence) if one.get("start") is not None and one.get("end")]
    spans, at = [], 0
    for one in sorted(found, key=lambda one: (one["start"], -one["end"])):
        if at <= one["start"] < one["end"] <= len(text):
            spans.append({name: one.get(name) for name in ("start", "end", "kind", "number", "items")})
            at = one["end"]
    return spans


def _placed(text, one):
    """Evidence of a field of its own, such as a structured reference, at its place where the text repeats it."""
    value = one.get("value") or ""
    if one.get("start") is not None or len(value) < SHORTEST_REPEATED or value not in text:
        return one
    return {**one, "start": text.index(value), "end": text.index(value) + len(value)}
