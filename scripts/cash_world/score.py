"""How right an engine was: wrong lines, lines it did by itself, and where it left decidable ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from .world import World


@dataclass
class Score:
    """Counts over a world's lines.

    :param applied: lines applied.
    :param wrong: keys of lines that were applied to anything but the truth.
    :param decidable: lines that a careful clerk could apply.
    :param touchless: of these, the ones applied, and rightly.
    :param paid: items that applied lines pay; `paid_wrong` of them are not the line's, or not with that amount.
    :param invoices: items truly paid by decidable lines; `invoices_touchless` of them were applied rightly.
    :param unknowable: lines whose truth nobody could tell; `unknowable_applied` of them were applied.
    :param missed: scenario → decidable lines that were left.
    :param made: scenario → lines.
    """

    applied: int = 0
    wrong: list = field(default_factory=list)
    decidable: int = 0
    touchless: int = 0
    paid: int = 0
    paid_wrong: int = 0
    invoices: int = 0
    invoices_touchless: int = 0
    unknowable: int = 0
    unknowable_applied: int = 0
    missed: Counter = field(default_factory=Counter)
    made: Counter = field(default_factory=Counter)

    @property
    def touchless_rate(self) -> float:
        """Share of the decidable lines applied rightly."""
        return self.touchless / self.decidable if self.decidable else 0.0

    @property
    def precision(self) -> float:
        """Share of the applied lines that are right."""
        return 1 - len(self.wrong) / self.applied if self.applied else 1.0

    @property
    def precision_of_invoices(self) -> float:
        """Share of the items paid by applied lines that are right."""
        return 1 - self.paid_wrong / self.paid if self.paid else 1.0

    @property
    def recall_of_invoices(self) -> float:
        """Share of the items that decidable lines pay that are paid, and rightly."""
        return self.invoices_touchless / self.invoices if self.invoices else 0.0


def score_decisions(world: World, decisions) -> Score:
    """Compare decisions with the labels.

    :param decisions: for each line an object with `line`, `outcome`, `allocations` (each with `item`, `amount`
        and, where known, `settled`, all that it takes off the item) and `reverses`; from books also with `reopened`,
        the item that is open again.
    """
    score, decisions = Score(), list(decisions)
    all_applied = {decision.line for decision in decisions if decision.outcome == "apply"}
    for decision in decisions:
        label = world.labels[decision.line]
        score.made[label.scenario] += 1
        applied = decision.line in all_applied
        if applied and label.again is not None and label.again not in all_applied:
            label = replace(world.labels[label.again], decidable=False)
        if label.truth is None:
            score.unknowable += 1
            score.unknowable_applied += applied
            continue
        done = {allocation.item: allocation.amount for allocation in decision.allocations}
        right = applied and _pays(done, label.truth) and decision.reverses == label.reverses
        right = right and getattr(decision, "reopened", label.reopens) == label.reopens
        right = right and not (label.no_write_off and _writes_off(decision))
        score.applied += applied
        if applied:
            score.paid += len(done)
            score.paid_wrong += sum(label.truth.get(item) != amount for item, amount in done.items())
        if applied and not right:
            score.wrong.append(decision.line)
        if label.decidable:
            score.decidable += 1
            score.touchless += right
            score.invoices += len(label.truth)
            score.invoices_touchless += len(label.truth) * right
            score.missed[label.scenario] += not right
    return score


def _writes_off(decision):
    return any(getattr(one, "settled", one.amount) != one.amount for one in decision.allocations)


def _pays(done, truth):
    """Whether the money went where it belongs; true items that cancel each other out take none of it."""
    if any(truth.get(item) != amount for item, amount in done.items()):
        return False
    return not sum(amount for item, amount in truth.items() if item not in done) and (bool(done) or not truth)
