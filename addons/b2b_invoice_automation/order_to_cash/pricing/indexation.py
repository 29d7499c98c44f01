"""Indexation: how an agreed price moves at the anniversaries of its contract.

Apart from prices and charges, since both use it. Either a price index moves the price by its ratio, or a
fixed percentage does; each anniversary's change is held between a floor and a cap. Changes compound exactly
and the price is rounded once at the end, so that ten years of rounding do not add up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from ..money import Precision, round_fraction
from ..periods import add_months
from .tiers import Problem

KINDS = ("index", "percent")


class MissingIndexValueError(LookupError):
    """An index has no usable value for the month that an anniversary needs.

    :ivar month: first day of that month
    """

    def __init__(self, month: date):
        super().__init__(f"the index has no value above zero for {month:%Y-%m}; enter it, then run again")
        self.month = month


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexation:
    """Terms of an indexation.

    :param kind: ``index`` (ratio of index values) or ``percent`` (a fixed change)
    :param start: first day at the agreed price; anniversaries are counted from it (29 February falls on the
        28th)
    :param every_months: months between changes, 12 for yearly
    :param percent: change per anniversary in %, for ``percent``
    :param values: index values by the first day of their month, for ``index``
    :param lag_months: an anniversary uses the index of so many months before it, since indices are
        published late
    :param base_value: index value that the agreed price stands for; ``None`` takes the index at the start
    :param floor: lowest change per anniversary in % (0: prices never fall); ``None`` for none
    :param cap: highest change per anniversary in %; ``None`` for none
    """

    kind: str
    start: date
    every_months: int = 12
    percent: Decimal = Decimal(0)
    values: Mapping[date, Decimal] | None = None
    lag_months: int = 0
    base_value: Decimal | None = None
    floor: Decimal | None = None
    cap: Decimal | None = None


@dataclass(frozen=True, slots=True)
class IndexStep:
    """One anniversary's change.

    :param day: from when it applies
    :param asked: change in % that the index or percentage asked for, rounded to 6 decimals for showing
    :param applied: the same after floor and cap
    :param month: first day of the index month used; ``None`` for a fixed percentage
    :param before: the price until then, rounded for showing
    :param after: the price from then on, rounded for showing
    :param base: the index value that ``value`` is compared with; ``None`` for a fixed percentage
    :param value: of the index month
    """

    day: date
    asked: Decimal
    applied: Decimal
    month: date | None = None
    before: Decimal | None = None
    after: Decimal | None = None
    base: Decimal | None = None
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class IndexedPrice:
    """A price after indexation, rounded, and the steps that led to it, oldest first."""

    price: Decimal
    steps: tuple[IndexStep, ...]


def check_indexation(terms: Indexation) -> list[Problem]:
    """Return what is wrong with the terms.

    Blocking: ``unknown_kind``, ``interval_not_positive``, ``floor_above_cap``, ``no_index_values`` and
    ``change_below_zero_price`` (a fall of more than 100 %). Not blocking: ``index_not_positive``; that month's
    value is taken as missing.
    """
    problems = []
    if terms.kind not in KINDS:
        problems.append(Problem("unknown_kind", {"value": terms.kind, "allowed": KINDS}))
    if terms.every_months < 1:
        problems.append(Problem("interval_not_positive", {"months": terms.every_months}))
    if terms.floor is not None and terms.cap is not None and terms.floor > terms.cap:
        problems.append(Problem("floor_above_cap", {"floor": terms.floor, "cap": terms.cap}))
    lowest = [value for value in (terms.percent, terms.cap) if value is not None and value < -100]
    if lowest:
        problems.append(Problem("change_below_zero_price", {"percent": min(lowest)}))
    if terms.kind == "index" and not terms.values:
        problems.append(Problem("no_index_values", {}))
    problems += [
        Problem("index_not_positive", {"month": month, "value": value}, blocking=False)
        for month, value in (terms.values or {}).items()
        if value <= 0
    ]
    return problems


def anniversaries(terms: Indexation, day: date) -> list[date]:
    """Return the anniversaries up to and including a day, oldest first."""
    found = []
    while (following := add_months(terms.start, (len(found) + 1) * terms.every_months)) <= day:
        found.append(following)
    return found


def indexed_price(price: Decimal, terms: Indexation, day: date, precision: Precision = 2) -> IndexedPrice:
    """Return what an agreed price has become on a day.

    :param price: agreed at the start of the terms
    :param precision: what the result is rounded to (a currency's, or finer for unit prices)
    :raises MissingIndexValueError: when an anniversary's index value is not known
    :raises ValueError: when the terms are unusable (see :func:`check_indexation`)
    """
    if blocking := [problem.code for problem in check_indexation(terms) if problem.blocking]:
        raise ValueError(f"the indexation cannot be applied ({', '.join(blocking)}); correct its terms")
    exact = Fraction(price)
    steps = []
    previous = Fraction(terms.base_value) if terms.base_value else None
    for anniversary in anniversaries(terms, day):
        month = base = current = None
        if terms.kind == "percent":
            asked = Fraction(terms.percent) / 100
        else:
            base = previous or _index(terms, terms.start)[1]
            month, current = _index(terms, anniversary)
            asked, previous = current / base - 1, current
        applied = _held(asked, terms.floor, terms.cap)
        before, exact = exact, exact * (1 + applied)
        steps.append(
            IndexStep(
                anniversary,
                round_fraction(asked * 100, 6),
                round_fraction(applied * 100, 6),
                month,
                round_fraction(before, precision),
                round_fraction(exact, precision),
                None if base is None else round_fraction(base, 6),
                None if current is None else round_fraction(current, 6),
            )
        )
    return IndexedPrice(round_fraction(exact, precision), tuple(steps))


def _index(terms: Indexation, day: date) -> tuple[date, Fraction]:
    month = add_months(day.replace(day=1), -terms.lag_months)
    value = (terms.values or {}).get(month)
    if value is None or value <= 0:
        raise MissingIndexValueError(month)
    return month, Fraction(value)


def _held(change: Fraction, floor: Decimal | None, cap: Decimal | None) -> Fraction:
    if floor is not None:
        change = max(change, Fraction(floor) / 100)
    return change if cap is None else min(change, Fraction(cap) / 100)
