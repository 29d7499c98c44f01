"""Periods that tile time, anchors that do not drift, and working days."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_to_cash.periods import (
    UNITS,
    Period,
    Recurrence,
    WorkCalendar,
    add_months,
    last_day_of_month,
)

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))


@st.composite
def recurrences(draw):
    unit = draw(st.sampled_from(UNITS))
    highest = {"day": None, "week": 7}.get(unit, 31)
    anchor = draw(st.none() | st.integers(1, highest)) if highest else None
    return Recurrence(unit, draw(st.integers(1, 14)), draw(DAYS), anchor)


def starts(recurrence, first, count):
    return [recurrence.boundary(first + index) for index in range(count)]


def test_day_31_does_not_drift():
    monthly = Recurrence("month", origin=date(2026, 1, 31))
    assert starts(monthly, 0, 4) == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]
    assert Recurrence("month", origin=date(2026, 2, 15), anchor_day=31).boundary(0) == date(2026, 2, 28)
    assert Recurrence("month", origin=date(2026, 2, 15), anchor_day=31).boundary(24) == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("recurrence", "day", "start", "end"),
    [
        (Recurrence("month"), date(2026, 2, 28), date(2026, 2, 1), date(2026, 3, 1)),
        (Recurrence("quarter"), date(2026, 5, 31), date(2026, 4, 1), date(2026, 7, 1)),
        (Recurrence("year"), date(2024, 2, 29), date(2024, 1, 1), date(2025, 1, 1)),
        (Recurrence("week"), date(2026, 3, 1), date(2026, 2, 23), date(2026, 3, 2)),
        (Recurrence("week", anchor_day=7), date(2026, 3, 1), date(2026, 3, 1), date(2026, 3, 8)),
        (Recurrence("week", 2, date(2026, 1, 7)), date(2026, 1, 20), date(2026, 1, 7), date(2026, 1, 21)),
        (Recurrence("day", 10, date(2026, 1, 1)), date(2025, 12, 31), date(2025, 12, 22), date(2026, 1, 1)),
        (Recurrence("month", 1, date(2026, 1, 16), 1), date(2026, 1, 16), date(2026, 1, 1), date(2026, 2, 1)),
        (Recurrence("month", 3, date(2026, 1, 31)), date(2026, 4, 29), date(2026, 1, 31), date(2026, 4, 30)),
        (Recurrence("month", 1, date(2026, 1, 31)), date(2026, 3, 30), date(2026, 2, 28), date(2026, 3, 31)),
        (Recurrence("year", 1, date(2024, 2, 29)), date(2026, 2, 27), date(2025, 2, 28), date(2026, 2, 28)),
        (Recurrence("year", 2, date(2025, 7, 1)), date(2024, 7, 1), date(2023, 7, 1), date(2025, 7, 1)),
    ],
)
def test_the_period_that_contains_a_day(recurrence, day, start, end):
    assert recurrence.containing(day) == Period(start, end)


@given(recurrence=recurrences(), day=DAYS)
def test_periods_tile_time(recurrence, day):
    index = recurrence.index_of(day)
    period = recurrence.period(index)
    assert day in period
    assert recurrence.period(index + 1).start == period.end
    assert recurrence.period(index - 1).end == period.start
    assert recurrence.index_of(period.start) == index
    assert recurrence.index_of(period.last_day) == index


@given(recurrence=recurrences(), start=DAYS, days=st.integers(0, 800))
def test_between_covers_the_range_once(recurrence, start, days):
    end = start + timedelta(days=days)
    found = list(recurrence.between(start, end))
    covered = sum((period.overlap(Period(start, end)).days for period in found), 0)
    assert covered == days
    assert all(left.end == right.start for left, right in pairwise(found))


def test_a_period_says_its_days():
    february = Period(date(2028, 2, 1), date(2028, 3, 1))
    assert (february.days, february.last_day) == (29, date(2028, 2, 29))
    assert date(2028, 3, 1) not in february
    assert february.overlap(Period(date(2028, 3, 1), date(2028, 4, 1))) is None
    assert february.overlap(Period(date(2028, 2, 10), date(2028, 4, 1))).days == 20


@pytest.mark.parametrize(
    "make",
    [
        lambda: Period(date(2026, 2, 1), date(2026, 1, 1)),
        lambda: Recurrence("fortnight"),
        lambda: Recurrence("month", 0),
        lambda: Recurrence("month", anchor_day=32),
        lambda: Recurrence("week", anchor_day=8),
        lambda: Recurrence("day", anchor_day=1),
        lambda: WorkCalendar().nth_working(2026, 1, 0),
        lambda: WorkCalendar(frozenset(range(1, 8))).next_working(date(2026, 1, 1)),
    ],
)
def test_impossible_periods_are_refused(make):
    with pytest.raises(ValueError, match=r"swap|use|leave it out|shorten"):
        make()


EASTER = WorkCalendar(holidays=frozenset({date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1)}))


@pytest.mark.parametrize(
    ("year", "month", "nth", "expected"),
    [
        (2026, 1, 1, date(2026, 1, 2)),
        (2026, 4, 3, date(2026, 4, 7)),
        (2026, 5, 1, date(2026, 5, 4)),
        (2026, 5, -1, date(2026, 5, 29)),
        (2026, 5, -20, date(2026, 5, 4)),
        (2026, 5, 99, date(2026, 5, 29)),
        (2026, 5, -99, date(2026, 5, 4)),
        (2024, 2, 21, date(2024, 2, 29)),
    ],
)
def test_working_days_of_a_month(year, month, nth, expected):
    assert EASTER.nth_working(year, month, nth) == expected


def test_a_month_without_work_still_has_a_day():
    assert WorkCalendar(frozenset(range(1, 8))).nth_working(2026, 2, 1) == date(2026, 2, 28)


def test_next_working_day_skips_weekend_and_holidays():
    assert EASTER.next_working(date(2026, 4, 2)) == date(2026, 4, 2)
    assert EASTER.next_working(date(2026, 4, 3)) == date(2026, 4, 7)


def test_month_arithmetic():
    assert last_day_of_month(date(2028, 2, 3)) == date(2028, 2, 29)
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2026, 1, 31), -2) == date(2025, 11, 30)
    assert add_months(date(2026, 1, 10), 12, 31) == date(2027, 1, 31)
