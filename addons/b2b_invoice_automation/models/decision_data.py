"""The engine's decisions as JSON-ready data, for columns and the decision log, and back again.

Apart from the models that store them, because proposals, lines and the log keep the same facts in the same form.
"""

from dataclasses import replace

from ..order_to_cash.cash import APPLY, Allocation, Decision
from ..order_to_cash.money import to_decimal

PARTS = ("amount", "discount", "write_off", "exchange_difference", "charge", "deduction")


def evidence_data(decision):
    """What was recognised, each with its place in the text."""
    return [
        {
            "kind": found.kind,
            "value": found.value,
            "number": found.number,
            "items": list(found.items)[:20],
            "start": found.start,
            "end": found.end,
        }
        for found in decision.evidence
    ]


def allocation_data(allocation):
    """An allocation; amounts as text, so that no cent is lost."""
    parts = {name: str(getattr(allocation, name)) for name in PARTS if getattr(allocation, name)}
    if allocation.deduction_reason:
        parts["deduction_reason"] = allocation.deduction_reason
    return {"item": allocation.item, "amount": "0", **parts}


def allocation_from(data):
    """The opposite of `allocation_data`."""
    parts = {name: to_decimal(data[name]) for name in PARTS if name in data}
    return Allocation(data["item"], **parts, deduction_reason=data.get("deduction_reason", ""))


def log_data(decision):
    """A whole decision for the log: rule step, evidence, candidates and score."""
    return {
        "step": decision.step,
        "reason": decision.reason,
        "score": decision.score,
        "remainder": str(decision.remainder),
        "currency": decision.currency,
        "allocations": [allocation_data(allocation) for allocation in decision.allocations],
        "candidates": [
            {
                "score": candidate.score,
                "reason": candidate.reason,
                "items": [part.item for part in candidate.allocations],
            }
            for candidate in decision.candidates
        ],
        "evidence": evidence_data(decision),
    }


def made_by_person(line_id, currency, allocations, remainder, reason="by_hand"):
    """A decision that a person made, in the engine's form."""
    return Decision(line_id, APPLY, currency, remainder, reason, allocations=tuple(allocations), score=100)


def parked(decision, amount, currency):
    """The decision to keep a whole line on its payer's account: what was only proposed is not applied."""
    return replace(decision, allocations=(), remainder=amount, currency=currency)


def with_reason(decision, reason):
    """A decision with one of its candidates' reasons, to put that in words."""
    return replace(decision, reason=reason)
