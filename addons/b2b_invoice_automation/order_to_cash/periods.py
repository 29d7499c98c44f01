"""Calendar periods: intervals that tile time without drift, working days, and the last day of a month.

It is apart because charges, rebates, cumulative tiers and billing schedules must agree on what a month is.
A period is half-open: it contains its start and ends just before its end, so neighbours touch and never
overlap.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

UNITS = ("day", "week", "month", "quarter", "year")
_MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days from ``start`` up to, and without, ``end``."""

    start: date
    end: date

    def __post_init__(self):
        if self.end < self.start:
            raise ValueError(f"a period cannot end on {self.end} and start on {self.start}; swap the dates")

    @property
    def days(self) -> int:
        """Number of days in the period."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day that belongs to the period, as people write it."""
        return self.end - _ONE_DAY

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def overlap(self, other: Period) -> Period | None:
        """Return the days that both periods have, or ``None``."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start < end else None


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A repeated interval that cuts all time, before and after its origin, into periods.

    Every boundary is counted from the origin, never from its neighbour, so a day 31 does not drift:
    31 January, 28 February, 31 March.

    :param unit: ``day``, ``week``, ``month``, ``quarter`` or ``year``
    :param count: how many units a period lasts, at least 1
    :param origin: a day that fixes the phase: a boundary lies in its month (month, quarter, year), in its
        ISO week (week), or on it (day). The default gives calendar months, quarters and years, and weeks
        from Monday.
    :param anchor_day: on which day boundaries lie: day of the month 1–31, where 29–31 mean the last day of
        a shorter month, or ISO weekday 1 (Monday) – 7 for weeks; ``None`` takes the origin's own. Days have
        none.
    :raises ValueError: when a parameter is out of range
    """

    unit: str
    count: int = 1
    origin: date = date(2001, 1, 1)
    anchor_day: int | None = None

    def __post_init__(self):
        if self.unit not in UNITS:
            raise ValueError(f"{self.unit!r} is no interval; use one of {', '.join(UNITS)}")
        if self.count < 1:
            raise ValueError(f"an interval cannot last {self.count} {self.unit}s; use 1 or more")
        highest = {"day": 0, "week": 7}.get(self.unit, 31)
        if self.anchor_day is not None and not 1 <= self.anchor_day <= highest:
            raise ValueError(
                f"an interval of {self.unit}s has no anchor day {self.anchor_day}; "
                + (f"use 1 to {highest}" if highest else "leave it out")
            )

    def boundary(self, index: int) -> date:
        """Return the day on which period number ``index`` starts; 0 is the one at the origin."""
        if self.unit in _MONTHS_OF:
            return add_months(self.origin, index * self._months, self.anchor_day or self.origin.day)
        return self._first_boundary + index * self._span

    def index_of(self, day: date) -> int:
        """Return the number of the period that contains the day."""
        if self.unit not in _MONTHS_OF:
            return (day - self._first_boundary).days // self._span.days
        months = (day.year - self.origin.year) * 12 + day.month - self.origin.month
        index = months // self._months
        return index if self.boundary(index) <= day else index - 1

    def period(self, index: int) -> Period:
        """Return period number ``index``."""
        return Period(self.boundary(index), self.boundary(index + 1))

    def containing(self, day: date) -> Period:
        """Return the period that contains the day."""
        return self.period(self.index_of(day))

    def between(self, start: date, end: date) -> Iterator[Period]:
        """Yield, in order, every whole period that has a day in ``[start, end)``."""
        index = self.index_of(start)
        while start < end and (period := self.period(index)).start < end:
            yield period
            index += 1

    @property
    def _months(self) -> int:
        return _MONTHS_OF[self.unit] * self.count

    @property
    def _span(self) -> timedelta:
        return timedelta(days=self.count * (7 if self.unit == "week" else 1))

    @property
    def _first_boundary(self) -> date:
        if self.unit == "week" and self.anchor_day:
            return self.origin + timedelta(days=self.anchor_day - self.origin.isoweekday())
        return self.origin


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Which days are worked: all but the weekend (ISO weekdays), the holidays, and those of every year (month, day)."""

    weekend: frozenset[int] = frozenset({6, 7})
    holidays: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()

    def is_working(self, day: date) -> bool:
        """Say whether the day is worked."""
        return (
            day.isoweekday() not in self.weekend
            and day not in self.holidays
            and (day.month, day.day) not in self.yearly
        )

    def next_working(self, day: date) -> date:
        """Return the day itself if it is worked, else the next one that is.

        :raises ValueError: when no day of the following year is worked
        """
        return self._nearest_working(day, 1)

    def previous_working(self, day: date) -> date:
        """Return the day itself if it is worked, else the last one before it that is.

        :raises ValueError: when no day of the year before is worked
        """
        return self._nearest_working(day, -1)

    def _nearest_working(self, day: date, step: int) -> date:
        for offset in range(366):
            if self.is_working(found := day + timedelta(days=step * offset)):
                return found
        raise ValueError(f"no day is worked within a year of {day}; shorten the weekend or the holidays")

    def nth_working(self, year: int, month: int, nth: int) -> date:
        """Return the n-th working day of a month.

        :param nth: 1 for the first; −1 for the last, −2 for the last but one
        :returns: that day. A month with fewer working days gives its last one (for a negative ``nth`` its
            first one), and a month with none gives its last day: what is due every month is never skipped.
        :raises ValueError: when ``nth`` is zero
        """
        if not nth:
            raise ValueError("there is no working day number 0; use 1 for the first or -1 for the last")
        last = last_day_of_month(date(year, month, 1))
        days = [day for number in range(1, last.day + 1) if self.is_working(day := date(year, month, number))]
        if not days:
            return last
        index = min(nth - 1, len(days) - 1) if nth > 0 else max(nth, -len(days))
        return days[index]


MONDAY_TO_FRIDAY = WorkCalendar()


def last_day_of_month(day: date) -> date:
    """Return the last day of the day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def add_months(day: date, months: int, anchor_day: int | None = None) -> date:
    """Return the date some months later (or earlier, when negative).

    :param anchor_day: the wanted day of the month, 1–31, cut to the length of the month; ``None`` takes the
        day's own
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    wanted = anchor_day or day.day
    return date(year, month + 1, min(wanted, monthrange(year, month + 1)[1]))
