"""Retroactive rebates: what a period's turnover earns back, what each invoice accrues, what is left to settle.

Apart from price rules because a rebate never changes a price: it is a debt that grows with posted invoices
and is paid by a credit note once the period is over. What is earned depends on the period's sums alone, so
it can be worked out again at any time; accruing and settling book only the difference to what was booked
before.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import pairwise

from ..money import EXACT, Precision, allocate, round_half_up
from .tiers import ONE, ZERO, Problem, Tier, TierTable, check_tiers

MEASURES = ("quantity", "revenue")
REWARDS = ("percent", "per_unit")

_PERCENT = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebate:
    """Terms of one rebate.

    :param measure: what the tier floors count: ``quantity`` in the rebate's unit, or net ``revenue``
    :param reward: what the tier values are: ``percent`` of the revenue, or an amount ``per_unit``
    :param mode: ``volume``: the reached tier's value for everything from the first unit; ``graduated``:
        each slice at its own tier's value. Below the first floor nothing is earned.
    :param tiers: floors and values; unlike prices, they may well begin high
    :param unit_step: smallest countable quantity, 1 for pieces, 0 for measured goods; revenue has none
    :param precision: of the currency
    """

    measure: str
    reward: str
    tiers: tuple[Tier, ...]
    mode: str = "volume"
    unit_step: Decimal = ONE
    precision: Precision = 2


@dataclass(frozen=True, slots=True)
class Turnover:
    """What was taken in a period: quantity in the rebate's unit, and net revenue in its currency."""

    quantity: Decimal = ZERO
    revenue: Decimal = ZERO

    def __add__(self, other: Turnover) -> Turnover:
        return Turnover(self.quantity + other.quantity, self.revenue + other.revenue)


NOTHING_TAKEN = Turnover()


@dataclass(frozen=True, slots=True)
class Earned:
    """What a turnover earns back.

    :param amount: rounded to the currency
    :param exact: before rounding
    :param tier: the highest tier reached, or ``None`` for none
    """

    amount: Decimal
    exact: Decimal
    tier: Tier | None


@dataclass(frozen=True, slots=True)
class Accrual:
    """What one invoice (or credit note) adds to the accrued rebate; negative when it takes some back."""

    document: Hashable
    amount: Decimal
    earned: Earned


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is still to be settled for a period.

    :param amount: to credit to the customer; negative to charge back after a return; zero when nothing is
        left
    :param earned: all that the period earns
    :param settled: what earlier settlements paid
    """

    amount: Decimal
    earned: Earned
    settled: Decimal


def check_rebate(rebate: Rebate) -> list[Problem]:
    """Return what is wrong with a rebate.

    Blocking: ``unknown_measure``, ``unknown_reward``, ``unknown_mode``, ``negative_reward``,
    ``reward_above_revenue`` (more than 100 %), ``reward_falls`` (in volume mode a customer would lose by buying
    more); and the problems of its tiers except a late first floor.
    """
    problems = [
        Problem(f"unknown_{name}", {"value": value, "allowed": allowed})
        for name, value, allowed in (
            ("measure", rebate.measure, MEASURES),
            ("reward", rebate.reward, REWARDS),
            ("mode", rebate.mode, ("volume", "graduated")),
        )
        if value not in allowed
    ]
    for tier in rebate.tiers:
        if tier.value < 0:
            problems.append(Problem("negative_reward", {"floor": tier.floor, "value": tier.value}))
        if rebate.reward == "percent" and tier.value > _PERCENT:
            problems.append(Problem("reward_above_revenue", {"floor": tier.floor, "value": tier.value}))
    if rebate.mode == "volume":
        problems += [
            Problem("reward_falls", {"floor": upper.floor, "value": upper.value, "previous": lower.value})
            for lower, upper in pairwise(sorted(rebate.tiers, key=lambda tier: tier.floor))
            if upper.value < lower.value
        ]
    tier_problems = check_tiers(rebate.tiers, _step(rebate))
    return problems + [problem for problem in tier_problems if problem.code != "first_floor_missing"]


def earned_rebate(rebate: Rebate, turnover: Turnover) -> Earned:
    """Return what a period's turnover earns.

    A net return (a measure of zero or less) earns nothing. Graduated percentages over quantity floors, and
    amounts per unit over revenue floors, are taken of the slice's share of the other sum.

    :param turnover: sums of the whole period, returns deducted
    :raises ValueError: when the rebate's terms are unusable (see :func:`check_rebate`)
    """
    with localcontext(EXACT):
        return _earned(rebate, _table(rebate), turnover)


def accrue_rebate(
    rebate: Rebate,
    documents: Iterable[tuple[Hashable, Turnover]],
    before: Turnover = NOTHING_TAKEN,
    accrued: Decimal = ZERO,
) -> list[Accrual]:
    """Return what each document accrues as it is posted, in their order.

    The document that reaches a tier accrues what the earlier ones are owed at it as well, so that what is
    accrued always equals what is earned so far.

    :param documents: key and turnover of each; credit notes have negative turnover
    :param before: turnover of the period before them
    :param accrued: what was accrued for the period before them
    """
    accruals = []
    with localcontext(EXACT):
        table = _table(rebate)
        for document, turnover in documents:
            before += turnover
            earned = _earned(rebate, table, before)
            accruals.append(Accrual(document, earned.amount - accrued, earned))
            accrued = earned.amount
    return accruals


def settle_rebate(rebate: Rebate, turnover: Turnover, settled: Decimal = ZERO) -> Settlement:
    """Return what is left to settle for a period: all it earned less what was settled before.

    Settling again without any change gives zero; after a late invoice or a correction it gives the
    difference.

    :param turnover: sums of the whole period, returns deducted
    :param settled: sum of the period's earlier settlements
    """
    earned = earned_rebate(rebate, turnover)
    return Settlement(earned.amount - settled, earned, settled)


def next_tier(rebate: Rebate, turnover: Turnover) -> tuple[Tier, Decimal] | None:
    """Return the lowest tier above what was taken, and how much is missing to its floor; ``None`` at the top."""
    taken = _measured(rebate, turnover)
    above = [tier for tier in rebate.tiers if tier.floor > taken]
    if not above:
        return None
    tier = min(above, key=lambda tier: tier.floor)
    return tier, tier.floor - taken


def share_earned(
    amount: Decimal, revenues: Mapping[Hashable, Decimal], precision: Precision = 2
) -> dict[Hashable, Decimal]:
    """Divide what a period earned over the kinds of its revenue (its taxes), in proportion.

    :param amount: rounded to the currency
    :param revenues: net revenue of each kind; where all of it cancels out, only what was sold takes a share
    :returns: the share of each kind; they sum to the amount
    :raises ValueError: when there is an amount and no kind to take it
    """
    kinds = dict(revenues)
    if not sum(kinds.values()) and any(kinds.values()):
        kinds = {kind: revenue for kind, revenue in kinds.items() if revenue > 0}
    return dict(zip(kinds, allocate(amount, list(kinds.values()), precision), strict=True))


def _table(rebate: Rebate) -> TierTable:
    if blocking := [problem for problem in check_rebate(rebate) if problem.blocking]:
        codes = ", ".join(problem.code for problem in blocking)
        raise ValueError(f"the rebate's terms cannot be applied ({codes}); correct them in the contract")
    return TierTable(rebate.tiers, _step(rebate))


def _earned(rebate: Rebate, table: TierTable, turnover: Turnover) -> Earned:
    measure = _measured(rebate, turnover)
    if measure <= 0:
        return Earned(ZERO, ZERO, None)
    if rebate.mode == "volume":
        parts = [(table.reached(measure), measure)]
    else:
        parts = table.slices(ZERO, measure)
    reached = [(table.tiers[tier], size) for tier, size in parts if tier is not None]
    if not reached:
        return Earned(ZERO, ZERO, None)
    rewarded = turnover.revenue / _PERCENT if rebate.reward == "percent" else turnover.quantity
    exact = sum(tier.value * size * rewarded for tier, size in reached) / measure
    return Earned(round_half_up(exact, rebate.precision), exact, reached[-1][0])


def _measured(rebate: Rebate, turnover: Turnover) -> Decimal:
    return turnover.quantity if rebate.measure == "quantity" else turnover.revenue


def _step(rebate: Rebate) -> Decimal:
    return rebate.unit_step if rebate.measure == "quantity" else ZERO
