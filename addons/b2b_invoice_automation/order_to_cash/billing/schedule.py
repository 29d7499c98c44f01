"""Closing days of a billing schedule: when a collective invoice is made.

Apart from the billing plan, because screens preview the next closing days and the scheduler asks whether today is
one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ..periods import MONDAY_TO_FRIDAY, Recurrence, WorkCalendar, add_months

KINDS = ("daily", "weekly", "monthly", "month_end", "working_day")
SHIFTS = ("none", "next", "previous")


@dataclass(frozen=True, slots=True)
class Schedule:
    """When invoices are made.

    :param kind: ``daily``; ``weekly`` on a weekday; ``monthly`` on a day; ``month_end``; ``working_day``, the n-th of
        the month
    :param day: ISO weekday 1–7 for ``weekly``; day 1–31 for ``monthly``, cut to short months; for ``working_day`` the
        number, negative from the end (−1: the last), cut to months with fewer
    :param shift: where a closing day goes that is not worked: ``none`` leaves it, ``next`` and ``previous`` move it to
        the nearest working day; a ``working_day`` needs none
    :raises ValueError: when the day does not fit the kind, or the shift is unknown
    """

    kind: str
    day: int = 1
    shift: str = "none"

    def __post_init__(self):
        allowed = {"weekly": (1, 7), "monthly": (1, 31), "working_day": (-23, 23)}.get(self.kind, (1, 1))
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is no billing schedule; use one of {', '.join(KINDS)}")
        if not allowed[0] <= self.day <= allowed[1] or not self.day:
            raise ValueError(f"a {self.kind} schedule has no day {self.day}; use {allowed[0]} to {allowed[1]}, not 0")
        if self.shift not in SHIFTS:
            raise ValueError(f"a closing day cannot move {self.shift!r}; use one of {', '.join(SHIFTS)}")

    def last_closing(self, on: date, calendar: WorkCalendar = MONDAY_TO_FRIDAY) -> date:
        """Return the latest closing day that is not after a day."""
        if self.kind == "working_day":
            months = (add_months(on.replace(day=1), -back) for back in (0, 1))
            days = (calendar.nth_working(month.year, month.month, self.day) for month in months)
            return next(day for day in days if day <= on)
        return self._closing(self._index_of_last(on, calendar), calendar)

    def next_closing(self, after: date, calendar: WorkCalendar = MONDAY_TO_FRIDAY) -> date:
        """Return the earliest closing day that is after a day."""
        if self.kind == "working_day":
            months = (add_months(after.replace(day=1), ahead) for ahead in (0, 1))
            days = (calendar.nth_working(month.year, month.month, self.day) for month in months)
            return next(day for day in days if day > after)
        return self._closing(self._index_of_last(after, calendar) + 1, calendar)

    def next_closings(self, after: date, count: int, calendar: WorkCalendar = MONDAY_TO_FRIDAY) -> list[date]:
        """Return the closing days after a day, in order; two that move to the same day are one."""
        days = [after]
        for _number in range(count):
            days.append(self.next_closing(days[-1], calendar))
        return days[1:]

    def _index_of_last(self, on: date, calendar: WorkCalendar) -> int:
        """Return the number of the last closing day up to a day; moving keeps their order."""
        index = self._recurrence.index_of(on)
        while self._closing(index, calendar) > on:
            index -= 1
        while self._closing(index + 1, calendar) <= on:
            index += 1
        return index

    def _closing(self, index: int, calendar: WorkCalendar) -> date:
        day = self._recurrence.boundary(index)
        if self.shift == "none":
            return day
        return calendar.next_working(day) if self.shift == "next" else calendar.previous_working(day)

    @property
    def _recurrence(self) -> Recurrence:
        if self.kind == "daily":
            return Recurrence("day")
        if self.kind == "weekly":
            return Recurrence("week", anchor_day=self.day)
        return Recurrence("month", anchor_day=31 if self.kind == "month_end" else self.day)
