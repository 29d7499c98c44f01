"""Closing days: when they are, moved off weekends and holidays, and what is no schedule at all."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_to_cash.billing.schedule import Schedule
from order_to_cash.periods import WorkCalendar


@pytest.mark.parametrize(
    ("schedule", "on", "last", "following"),
    [
        (Schedule("daily"), date(2026, 3, 10), date(2026, 3, 10), date(2026, 3, 11)),
        (Schedule("weekly", 5), date(2026, 3, 10), date(2026, 3, 6), date(2026, 3, 13)),
        (Schedule("weekly", 2), date(2026, 3, 10), date(2026, 3, 10), date(2026, 3, 17)),
        (Schedule("monthly", 15), date(2026, 3, 10), date(2026, 2, 15), date(2026, 3, 15)),
        (Schedule("monthly", 30), date(2026, 3, 10), date(2026, 2, 28), date(2026, 3, 30)),
        (Schedule("month_end"), date(2028, 3, 10), date(2028, 2, 29), date(2028, 3, 31)),
        (Schedule("month_end"), date(2026, 2, 28), date(2026, 2, 28), date(2026, 3, 31)),
        (Schedule("working_day", 3), date(2026, 3, 10), date(2026, 3, 4), date(2026, 4, 3)),
        (Schedule("working_day", 7), date(2026, 3, 10), date(2026, 3, 10), date(2026, 4, 9)),
        (Schedule("working_day", 23), date(2026, 3, 10), date(2026, 2, 27), date(2026, 3, 31)),
        (Schedule("working_day", -1), date(2026, 2, 28), date(2026, 2, 27), date(2026, 3, 31)),
    ],
)
def test_closing_days(schedule, on, last, following):
    assert (schedule.last_closing(on), schedule.next_closing(on)) == (last, following)


EASTER = WorkCalendar(holidays=frozenset({date(2026, 4, 3), date(2026, 4, 6)}), yearly=frozenset({(1, 1), (12, 25)}))
GULF = WorkCalendar(weekend=frozenset({5, 6}))


@pytest.mark.parametrize(
    ("schedule", "calendar", "after", "days"),
    [
        (Schedule("working_day", 3), EASTER, date(2026, 3, 10), [date(2026, 4, 7), date(2026, 5, 5)]),
        (Schedule("working_day", 1), EASTER, date(2026, 12, 31), [date(2027, 1, 4), date(2027, 2, 1)]),
        (Schedule("weekly", 5, "next"), EASTER, date(2026, 3, 27), [date(2026, 4, 7), date(2026, 4, 10)]),
        (Schedule("weekly", 5, "previous"), EASTER, date(2026, 3, 27), [date(2026, 4, 2), date(2026, 4, 10)]),
        (Schedule("weekly", 5), EASTER, date(2026, 3, 27), [date(2026, 4, 3), date(2026, 4, 10)]),
        (Schedule("month_end", 1, "previous"), EASTER, date(2026, 1, 30), [date(2026, 2, 27), date(2026, 3, 31)]),
        (Schedule("month_end", 1, "next"), EASTER, date(2026, 1, 30), [date(2026, 2, 2), date(2026, 3, 2)]),
        (Schedule("monthly", 1, "next"), EASTER, date(2025, 12, 31), [date(2026, 1, 2), date(2026, 2, 2)]),
        (Schedule("monthly", 1, "previous"), EASTER, date(2025, 12, 30), [date(2025, 12, 31), date(2026, 1, 30)]),
        (Schedule("daily", 1, "next"), EASTER, date(2026, 4, 1), [date(2026, 4, 2), date(2026, 4, 7)]),
        (Schedule("daily", 1, "next"), GULF, date(2026, 3, 5), [date(2026, 3, 8), date(2026, 3, 9)]),
    ],
)
def test_closing_days_know_weekends_and_holidays(schedule, calendar, after, days):
    assert schedule.next_closings(after, 2, calendar) == days
    assert schedule.last_closing(days[1], calendar) == days[1]
    assert schedule.last_closing(days[1] - timedelta(days=1), calendar) == days[0]


@given(
    st.sampled_from([("daily", 1), *(("weekly", day) for day in range(1, 8)), ("monthly", 15), ("month_end", 1)]),
    st.sampled_from(["none", "next", "previous"]),
    st.sets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=60),
    st.dates(date(2026, 2, 1), date(2026, 11, 30)),
)
def test_last_and_next_closing_day_are_neighbours(kind, shift, holidays, day):
    schedule, calendar = Schedule(*kind, shift), WorkCalendar(holidays=frozenset(holidays))
    last, following = schedule.last_closing(day, calendar), schedule.next_closing(day, calendar)
    assert last <= day < following
    assert schedule.next_closing(last, calendar) == following
    assert shift == "none" or (calendar.is_working(last) and calendar.is_working(following))


@pytest.mark.parametrize(
    ("kind", "day"), [("hourly", 1), ("weekly", 8), ("monthly", 32), ("monthly", 0), ("working_day", 0), ("daily", 2)]
)
def test_impossible_schedules_are_refused(kind, day):
    with pytest.raises(ValueError, match="use"):
        Schedule(kind, day)


def test_an_unknown_shift_is_refused():
    with pytest.raises(ValueError, match="use one of none, next, previous"):
        Schedule("weekly", 1, "sideways")
