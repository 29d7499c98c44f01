"""What to say about a line that no step could decide: its discrepancy, the reason, and the best proposals.

Apart from the steps that decide: nothing here applies money, so it may look at weaker signs and rank them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from .case import Case, closed_targets, named_items, open_targets
from .model import (
    AMBIGUOUS,
    CLOSED_ITEM,
    DUPLICATE_PAYMENT,
    NONE,
    OVER,
    PROPOSE,
    RETURNED,
    SHORT,
    UNKNOWN_PAYER,
    WRONG_CURRENCY,
    Candidate,
    ClosedReference,
    Decision,
    Key,
)
from .number_index import HINT, SUPPORTED
from .settlement import Counted, Terms, document_name, fill

_MOST_CANDIDATES = 5
_DISCREPANCIES = {"unknown_number": None, "says_on_account": None, "came_back": RETURNED}


class Proposer:
    """Turns undecided cases into proposals.

    :param closed: the closed references by document key.
    :param residuals: each item's residual before the batch.
    :param counted_in: (case, currency) → the line's money in it, or None.
    """

    def __init__(
        self,
        closed: dict[Key, ClosedReference],
        residuals: dict[Key, Decimal],
        counted_in: Callable[[Case, str], Counted | None],
    ):
        self._closed = closed
        self._residuals = residuals
        self._counted_in = counted_in

    def propose(self, case: Case, terms: Terms, evidence: Sequence) -> Decision:
        """The decision for a line that is not applied.

        :param terms: the pool as the batch left it.
        :param evidence: what was recognised in the line.
        """
        reason, parameters, discrepancy = self._explain(case, terms)
        candidates = self._candidates(case, terms)
        best = candidates[0].allocations if candidates else ()
        currency = terms.pool.items[best[0].item].currency if best else case.line.currency
        counted = self._counted_in(case, currency) or Counted(case.line.amount, case.line.currency, False)
        used = sum((allocation.amount for allocation in best), Decimal(0))
        parking = [rule for rule in case.rules if rule.park_on_account and rule.automatic]
        parked = bool(parking) and reason in ("items_unknown", "says_on_account")
        if case.unknown_reference and not parked and reason == "items_unknown":
            reason, parameters = "unknown_number", {"number": case.unknown_reference}
        return Decision(
            case.line.key,
            PROPOSE if candidates else NONE,
            counted.currency,
            counted.amount - used,
            "on_account" if parked else reason,
            allocations=best,
            parameters=parameters,
            payer=case.identity.payer,
            rule=parking[0].name if parked else None,
            rule_version=parking[0].version if parked else None,
            score=candidates[0].score if candidates else 0,
            evidence=tuple(evidence),
            candidates=tuple(candidates),
            discrepancy=discrepancy,
            parked=parked,
        )

    def _explain(self, case, terms):
        """Reason, parameters and discrepancy of an undecided line."""
        line = case.line
        if not line.amount:
            return "no_amount", {}, None
        named = open_targets(case, terms.pool)
        if named:
            return self._explain_named(case, terms, named)
        closed = closed_targets(case, terms.pool)
        if closed:
            return self._explain_closed(closed, line)
        if case.paid_hints and self._explain_closed(case.paid_hints, line)[2] == DUPLICATE_PAYMENT:
            return self._explain_closed(case.paid_hints, line)
        if case.note:
            note = case.note if case.note != "closed_item" else "contradicting_number"
            unknown = [number.value for number in case.reading.unknown] or [case.unknown_reference]
            discrepancy = _DISCREPANCIES.get(note, AMBIGUOUS)
            return note, {"number": ", ".join(unknown), **case.note_parameters}, discrepancy
        if case.tied:
            return "several_sets", {}, AMBIGUOUS
        return self._explain_unnamed(case, terms)

    def _explain_named(self, case, terms, named):
        keys = list(dict.fromkeys(target.key for target in named))
        currencies = {terms.pool.items[key].currency for key in keys}
        names = ", ".join(document_name(terms.pool.items[key]) for key in keys)
        counted = self._counted_in(case, min(currencies)) if len(currencies) == 1 else None
        if counted is None:
            expected = ", ".join(sorted(currencies))
            parameters = {"currency": case.line.currency, "expected": expected, "items": names}
            return "wrong_currency", parameters, WRONG_CURRENCY
        if case.note in ("payer_conflict", "came_back"):
            return case.note, case.note_parameters, _DISCREPANCIES.get(case.note, AMBIGUOUS)
        if case.tied:
            return "several_sets", {"items": names}, AMBIGUOUS
        difference = sum(map(terms.left, keys)) - counted.amount
        if not difference:
            return "number_not_enough", {"items": names}, AMBIGUOUS
        is_short = difference * counted.amount > 0
        return "amount_far", {"items": names, "difference": abs(difference)}, SHORT if is_short else OVER

    def _explain_closed(self, closed, line):
        names = dict.fromkeys(target.number for target in closed)
        totals = Decimal(0)
        for key in dict.fromkeys(target.key for target in closed):
            totals += self._closed[key].amount if key in self._closed else self._residuals[key]
        if totals == line.amount:
            return "duplicate_payment", {"items": ", ".join(names)}, DUPLICATE_PAYMENT
        return "closed_item", {"items": ", ".join(names)}, CLOSED_ITEM

    def _explain_unnamed(self, case, terms):
        identity, line = case.identity, case.line
        if identity.is_tie:
            return "several_payers", {}, AMBIGUOUS
        if identity.payer is not None:
            expected = terms.pool.currencies.get(identity.payer, set())
            if expected and not any(self._counted_in(case, currency) for currency in expected):
                parameters = {"currency": line.currency, "expected": ", ".join(sorted(expected))}
                return "wrong_currency", parameters, WRONG_CURRENCY
            return "items_unknown", {}, None
        hinted = named_items(case, "number", HINT, terms.pool)
        if line.amount < 0 and not hinted.explicit:
            return "outgoing", {}, None
        return "payer_unknown", {}, UNKNOWN_PAYER

    def _candidates(self, case, terms):
        """The best proposals, each set of items once."""
        found: dict[tuple[Key, ...], Candidate] = {}
        for keys, score, reason in self._ideas(case, terms):
            keys = tuple(dict.fromkeys(keys))
            currencies = {terms.pool.items[key].currency for key in keys}
            counted = self._counted_in(case, currencies.pop()) if len(currencies) == 1 else None
            if counted is None or keys in found or len(found) >= _MOST_CANDIDATES:
                continue
            allocations, _rest = fill(_credits_first(keys, counted, terms), counted, terms)
            if allocations:
                found[keys] = Candidate(allocations, score, reason)
        return sorted(found.values(), key=lambda candidate: -candidate.score)

    def _ideas(self, case, terms):
        """Sets of items worth proposing, with a score and a reason."""
        pool, line, identity = terms.pool, case.line, case.identity
        for keys in case.tied:
            if all(map(pool.is_open, keys)):
                yield keys, 55, case.note or "several_sets"
        named = named_items(case, "number", SUPPORTED, pool)
        if named.explicit or named.inferred:
            yield [key for group in (*named.explicit, *named.inferred) for key in group], 50, "amount_far"
        weak = [
            target.key
            for number in (*case.reading.numbers, *case.hints)
            for target in number.open
            if pool.is_open(target.key)
        ]
        for key in dict.fromkeys(weak):
            yield (key,), 30, "number_not_enough"
        for payer in sorted(identity.candidates):
            for key in pool.book(payer, line.currency).between(line.amount, line.amount):
                yield (key,), 40, "several_payers" if identity.is_tie else "items_unknown"
        if identity.payer is not None:
            for _day, key in pool.book(identity.payer, line.currency).by_age[:_MOST_CANDIDATES]:
                yield (key,), 20, "items_unknown"
        elif not identity.candidates:
            for key in pool.with_amount(line.amount, line.currency, _MOST_CANDIDATES):
                yield (key,), 15, "payer_unknown"


def _credits_first(keys, counted, terms):
    """Items of the other sign are not part of what a proposal fills."""
    return [key for key in keys if terms.left(key) * counted.amount > 0]
