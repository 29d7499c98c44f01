"""Recurring charges: which periods are due on a day, and what a part of a period costs.

Apart from the billing plan of orders: a charge follows the calendar, not shipments. Proration is by actual days, and
parts of a period sum to the whole to the cent.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from ..money import Precision, round_fraction
from ..periods import Period, Recurrence
from .grouping import billing_key

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """When a recurring charge is billed.

    :param key: id of the charge, part of its billing keys
    :param recurrence: interval, phase and anchor day of its periods
    :param first_day: first day that is charged
    :param last_day: last day that is charged, inclusive; ``None`` for without end
    :param in_advance: billed when its period begins, otherwise (in arrears) on the day after it ended
    """

    key: Hashable
    recurrence: Recurrence
    first_day: date
    last_day: date | None = None
    in_advance: bool = True


@dataclass(frozen=True, slots=True)
class ChargePeriod:
    """One period of a charge.

    :param period: the whole period of the calendar
    :param part: the days of it that are charged: all, or less in the first and last period
    :param due_on: the day from which it may be billed
    :param billing_key: under which it is billed once; it depends on the period alone, not on a later change of days
    """

    charge: Hashable
    period: Period
    part: Period
    due_on: date
    billing_key: str

    @property
    def is_whole(self) -> bool:
        """Whether every day of the period is charged."""
        return self.part == self.period

    def amount(self, price: Decimal, quantity: Decimal = _ONE, precision: Precision = 2) -> Decimal:
        """Return price × quantity of the whole period, prorated to the days charged.

        What a meter counted is no matter of days: for it, bill price × quantity as it is.
        """
        return prorate(price * quantity, self.period, self.part, precision)


def prorate(amount: Decimal, period: Period, part: Period, precision: Precision = 2) -> Decimal:
    """Return the part of a period's amount by actual days.

    Cumulative rounding: the rounded amount up to the part's end, less that up to its start; so adjacent parts sum
    to the whole, and each is within one unit of its exact share.

    :param amount: of the whole period
    :param part: days within the period
    :raises ValueError: when the part is not within the period, or the period has no days
    """
    if not period.days or part.start < period.start or part.end > period.end:
        raise ValueError(
            f"{part.start} to {part.last_day} is not within {period.start} to {period.last_day}; "
            "prorate each period by itself"
        )
    per_day = Fraction(amount) / period.days

    def up_to(day: date) -> Decimal:
        return round_fraction(per_day * (day - period.start).days, precision)

    return up_to(part.end) - up_to(part.start)


def due_periods(charge: Charge, on: date, billed: Collection[date] = ()) -> list[ChargePeriod]:
    """Return the periods that may be billed on a day and are not billed yet, oldest first.

    With a day in the future it previews what will be due.

    :param billed: first days of the whole periods that are billed already; a set where there are many
    :returns: periods with ``due_on`` up to and including ``on``; those that were missed are among them
    """
    stop = on + timedelta(days=1)
    end = stop if charge.last_day is None else min(stop, charge.last_day + timedelta(days=1))
    due = []
    for period in charge.recurrence.between(charge.first_day, end):
        last = period.end if charge.last_day is None else min(period.end, charge.last_day + timedelta(days=1))
        part = Period(max(period.start, charge.first_day), last)
        due_on = part.start if charge.in_advance else part.end
        if due_on <= on and period.start not in billed:
            key = billing_key("charge", charge.key, period.start)
            due.append(ChargePeriod(charge.key, period, part, due_on, key))
    return due
