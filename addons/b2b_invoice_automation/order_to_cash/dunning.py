"""Dunning: which step an overdue item has reached, whether it may be chased, and what interest it bears.

Apart from receivables figures: here a customer is asked for money and charged for being late, so each step explains
itself, nothing is skipped, and a dispute or a promise stops it.

Interest is simple interest by actual days: principal × percent ÷ 100 × days ÷ days of the year, over each stretch in
which principal and rate stay the same, rounded once at the end (half up). The day after the due date is the first
that counts, the day of payment is not counted.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

Key = Hashable
ZERO = Decimal(0)
DISPUTE, PROMISE = "dispute", "promise"
ACTUAL_365, ACTUAL_360, ACTUAL_ACTUAL = "actual/365", "actual/360", "actual/actual"


@dataclass(frozen=True, slots=True)
class DunningLevel:
    """One step of a dunning plan.

    :param days_past_due: from this many days after the due date on.
    :param fee: charged once when the step is taken, in the item's currency.
    :param charges_interest: whether interest so far is charged with the step.
    :param minimum_amount: items with less open wait.
    """

    key: Key
    days_past_due: int
    fee: Decimal = ZERO
    charges_interest: bool = False
    minimum_amount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which an item is not chased.

    :param kind: `dispute` stops the clock: its days do not count as overdue afterwards. `promise` only holds the next
        step until its day; a broken promise earns no time.
    :param start: first day.
    :param end: last day; None while it lasts.
    """

    kind: str
    start: date
    end: date | None = None

    def covers(self, day: date) -> bool:
        """Whether the pause holds on a day."""
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class DunnedItem:
    """An open item as dunning sees it.

    :param residual: what is open on the day, signed; nothing is dunned at or below zero.
    :param pauses: its disputes and promises, past and present.
    :param last_level: key of the step taken last; None before the first.
    :param last_date: when that was.
    """

    key: Key
    due_date: date
    residual: Decimal
    pauses: tuple[Pause, ...] = ()
    last_level: Key | None = None
    last_date: date | None = None


@dataclass(frozen=True, slots=True)
class DunningState:
    """What dunning says about an item on a day.

    :param days_past_due: calendar days since the due date, not below zero.
    :param counted_days: of these, the days that count (disputes taken out).
    :param reached: the highest step its counted days reach; None before the first.
    :param next_step: the step to take now; None when there is none.
    :param reason: `due` (take the step), `not_overdue`, `nothing_open`, `dispute`, `promise`, `below_minimum`,
        `too_early` (the step follows the last one too soon) or `done` (all steps reached are taken).
    :param not_before: first day on which the next step may be taken, where that is known and later.
    """

    days_past_due: int
    counted_days: int
    reached: DunningLevel | None
    next_step: DunningLevel | None
    reason: str
    not_before: date | None = None


def dunning_state(item: DunnedItem, levels: Iterable[DunningLevel], as_of: date) -> DunningState:
    """What to do about an item on a day.

    Steps are taken one at a time and in order, however late the item is, and at least as many days apart as the plan
    has between them.

    :param levels: the dunning plan.
    :raises ValueError: when two levels share a number of days or the last level is not in the plan.
    """
    plan = _plan(levels)
    days = max((as_of - item.due_date).days, 0)
    counted = days - disputed_days(item.pauses, item.due_date, as_of)
    reached = next((level for level in reversed(plan) if days and level.days_past_due <= counted), None)
    next_level, reason, not_before = _next_step(item, plan, reached, days, as_of)
    return DunningState(days, counted, reached, next_level if reason == "due" else None, reason, not_before)


def level_reached(item: DunnedItem, levels: Iterable[DunningLevel], as_of: date) -> DunningLevel | None:
    """The highest step that an item's counted days reach on a day; None before the first. Parameters as above."""
    return dunning_state(item, levels, as_of).reached


def _plan(levels):
    plan = sorted(levels, key=lambda level: level.days_past_due)
    days = [level.days_past_due for level in plan]
    if len(set(days)) != len(days):
        raise ValueError(f"two dunning levels begin on the same day ({days}); give each its own")
    return plan


def _next_step(item, plan, reached, days, as_of):
    """The step that would follow, why it is (not) taken, and when it may be."""
    if item.residual <= 0:
        return None, "nothing_open", None
    if not days:
        return None, "not_overdue", None
    position = _position(item, plan)
    if reached is None or position >= len(plan) or plan[position].days_past_due > reached.days_past_due:
        return None, "done" if position else "not_overdue", None
    level = plan[position]
    for kind in (DISPUTE, PROMISE):
        holding = [pause for pause in item.pauses if pause.kind == kind and pause.covers(as_of)]
        if holding:
            ends = [pause.end for pause in holding]
            return level, kind, None if None in ends else max(ends) + timedelta(days=1)
    if item.residual < level.minimum_amount:
        return level, "below_minimum", None
    if position and item.last_date is not None:
        apart = level.days_past_due - plan[position - 1].days_past_due
        earliest = item.last_date + timedelta(days=apart)
        if as_of < earliest:
            return level, "too_early", earliest
    return level, "due", None


def _position(item, plan):
    if item.last_level is None:
        return 0
    for position, level in enumerate(plan):
        if level.key == item.last_level:
            return position + 1
    raise ValueError(f"the last dunning level {item.last_level!r} is not in the plan; map it to one of its levels")


def disputed_days(pauses: Iterable[Pause], due_date: date, as_of: date) -> int:
    """Days after the due date, up to a day, on which a dispute was open; overlapping disputes count once."""
    spans = sorted(
        (max(pause.start, due_date + timedelta(days=1)), min(pause.end or as_of, as_of))
        for pause in pauses
        if pause.kind == DISPUTE
    )
    total, covered = 0, due_date
    for start, end in spans:
        start = max(start, covered + timedelta(days=1))
        if start <= end:
            total += (end - start).days + 1
            covered = end
    return total


@dataclass(frozen=True, slots=True)
class InterestStretch:
    """Days over which principal and rate stayed the same; `last` is included."""

    first: date
    last: date
    principal: Decimal
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Interest:
    """Interest and the stretches it comes from; `amount` is rounded once, over all of them."""

    amount: Decimal
    stretches: tuple[InterestStretch, ...] = field(default=())


def late_interest(
    principal: Decimal,
    due_date: date,
    until: date,
    rates: Sequence[tuple[date, Decimal]],
    payments: Iterable[tuple[date, Decimal]] = (),
    pauses: Iterable[Pause] = (),
    basis: str = ACTUAL_365,
    unit: Decimal = Decimal("0.01"),
) -> Interest:
    """Interest on a late item.

    :param principal: what was open on the due date.
    :param due_date: the last day without interest.
    :param until: the day on which it is computed; it counts unless the item is paid on it.
    :param rates: (first day, percent per year), in any order; before the first of them there is no interest.
    :param payments: (day, amount) that reduced the principal; on the day itself the lower principal counts.
    :param pauses: disputes, during which no interest accrues; promises do not stop it.
    :param basis: `actual/365`, `actual/360` or `actual/actual` (366 in leap years).
    :param unit: smallest unit of the currency.
    :raises ValueError: for an unknown basis.
    """
    if basis not in (ACTUAL_365, ACTUAL_360, ACTUAL_ACTUAL):
        raise ValueError(f"interest is counted {ACTUAL_365}, {ACTUAL_360} or {ACTUAL_ACTUAL}, not {basis!r}")
    payments, pauses = sorted(payments), [pause for pause in pauses if pause.kind == DISPUTE]
    total, stretches = Fraction(0), []
    for first, last in _stretches(due_date, until, rates, payments, pauses, basis):
        open_principal = principal - sum((amount for day, amount in payments if day <= first), ZERO)
        percent = _rate_on(first, rates)
        if open_principal <= 0 or not percent or any(pause.covers(first) for pause in pauses):
            continue
        days = (last - first).days + 1
        total += Fraction(open_principal) * Fraction(percent) / 100 * Fraction(days, _year_days(first, basis))
        stretches.append(InterestStretch(first, last, open_principal, percent))
    return Interest(_rounded(total, unit), tuple(stretches))


def _stretches(due_date, until, rates, payments, pauses, basis):
    """Split the days after the due date wherever principal, rate, dispute or the length of the year changes."""
    start = due_date + timedelta(days=1)
    cuts = {start, until + timedelta(days=1)}
    cuts.update(day for day, _percent in rates)
    cuts.update(day for day, _amount in payments)
    for pause in pauses:
        cuts.add(pause.start)
        if pause.end is not None:
            cuts.add(pause.end + timedelta(days=1))
    if basis == ACTUAL_ACTUAL:
        cuts.update(date(year, 1, 1) for year in range(start.year, until.year + 1))
    ordered = sorted(cut for cut in cuts if start <= cut <= until + timedelta(days=1))
    return [(first, following - timedelta(days=1)) for first, following in pairwise(ordered)]


def _rate_on(day, rates):
    begun = [(first, percent) for first, percent in rates if first <= day]
    return max(begun)[1] if begun else ZERO


def _year_days(day, basis):
    if basis == ACTUAL_360:
        return 360
    if basis == ACTUAL_365:
        return 365
    return (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days


def _rounded(value: Fraction, unit: Decimal) -> Decimal:
    """Round an exact fraction half up to a unit."""
    units = value / Fraction(unit)
    doubled = (abs(units) * 2 + 1) // 2
    return (Decimal(int(doubled)) * unit).copy_sign(Decimal(1 if units >= 0 else -1)).quantize(unit, ROUND_HALF_UP)
