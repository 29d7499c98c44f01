"""Renewal and notice: the end of a contract as of any day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_to_cash.renewal import Renewal, last_day_for_notice, same_length

DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("last_day", "count", "unit", "expected"),
    [
        (date(2026, 12, 31), 3, "month", date(2026, 9, 30)),
        (date(2026, 12, 31), 0, "month", date(2026, 12, 31)),
        (date(2026, 5, 31), 3, "month", date(2026, 2, 28)),
        (date(2026, 6, 30), 1, "month", date(2026, 5, 31)),
        (date(2026, 1, 30), 2, "month", date(2025, 11, 29)),
        (date(2026, 12, 31), 6, "week", date(2026, 11, 19)),
        (date(2026, 12, 31), 30, "day", date(2026, 12, 1)),
    ],
)
def test_last_day_for_notice(last_day, count, unit, expected):
    assert last_day_for_notice(last_day, count, unit) == expected


def test_an_unknown_unit_is_refused():
    with pytest.raises(ValueError, match="no unit of a notice period"):
        last_day_for_notice(date(2026, 1, 1), 1, "year")


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 1, 1), date(2026, 12, 31)),
        (date(2026, 9, 30), date(2026, 12, 31)),
        (date(2026, 10, 1), date(2027, 12, 31)),
        (date(2027, 9, 30), date(2027, 12, 31)),
        (date(2031, 10, 1), date(2032, 12, 31)),
    ],
)
def test_three_months_to_the_end_of_the_year(day, expected):
    assert Renewal(date(2026, 12, 31), 1, "year", 3, "month").end_for(day) == expected


def test_ends_at_the_end_of_short_months_do_not_drift():
    terms = Renewal(date(2026, 1, 30), 1, "month")
    assert [terms.end(number) for number in range(5)] == [
        date(2026, 1, 30),
        date(2026, 2, 27),
        date(2026, 3, 30),
        date(2026, 4, 29),
        date(2026, 5, 30),
    ]


@given(
    DAYS,
    DAYS,
    st.integers(1, 36),
    st.sampled_from(["month", "year"]),
    st.integers(0, 18),
    st.sampled_from(["day", "week", "month"]),
)
def test_the_end_is_the_first_that_is_open_to_notice(agreed, day, count, unit, notice, notice_unit):
    terms = Renewal(agreed, count, unit, notice, notice_unit)
    found = terms.end_for(day)
    assert terms.deadline(found) >= day
    number = next(number for number in range(2000) if terms.end(number) >= found)
    assert terms.end(number) == found
    assert number == 0 or terms.deadline(terms.end(number - 1)) < day


@given(DAYS, DAYS, st.integers(1, 36), st.integers(0, 18))
def test_later_notice_never_ends_a_contract_earlier(agreed, day, count, notice):
    terms = Renewal(agreed, count, "month", notice, "month")
    assert terms.end_for(day) <= terms.end_for(day + timedelta(days=1))


def test_a_year_is_a_year_also_a_leap_year():
    year = date(2026, 1, 1), date(2026, 12, 31)
    assert same_length(*year, date(2028, 1, 1)) == date(2028, 12, 31)
    assert same_length(*year, date(2026, 7, 15)) == date(2027, 7, 14)
    assert same_length(date(2026, 1, 1), date(2026, 1, 10), date(2026, 3, 1)) == date(2026, 3, 10)
