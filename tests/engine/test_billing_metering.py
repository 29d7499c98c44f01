"""Consumption from readings: chains that start again, periods that follow each other, readings that are missing."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_to_cash.billing.metering import (
    FallingReadingError,
    MissingReadingError,
    Reading,
    consumed,
    consumption,
)
from order_to_cash.periods import Period

JANUARY, FEBRUARY, MARCH = (Period(date(2026, month, 1), date(2026, month + 1, 1)) for month in (1, 2, 3))


def reading(month, day, value, **values):
    return Reading(day=date(2026, month, day), value=D(value), **values)


CHAIN = [reading(1, 1, 1000), reading(1, 31, 1250), reading(2, 26, 1400), reading(3, 31, 1900)]


def test_consumption_runs_from_reading_to_reading():
    found = consumption(CHAIN, FEBRUARY, slack=7)
    assert (found.quantity, found.opening.day, found.closing.day) == (D(150), date(2026, 1, 31), date(2026, 2, 26))
    assert consumption(CHAIN, MARCH, slack=7).quantity == D(500)


def test_a_meter_may_begin_on_the_first_day():
    assert consumption(CHAIN, JANUARY).quantity == D(250)


@pytest.mark.parametrize(
    ("readings", "days", "kind", "day"),
    [
        ([], JANUARY, "opening", date(2025, 12, 31)),
        ([reading(1, 15, 10), reading(1, 31, 20)], JANUARY, "opening", date(2025, 12, 31)),
        (CHAIN[:1], JANUARY, "closing", date(2026, 1, 31)),
        (CHAIN[:3], FEBRUARY, "closing", date(2026, 2, 28)),
        (CHAIN[:2], FEBRUARY, "closing", date(2026, 2, 28)),
    ],
)
def test_missing_reading_is_named(readings, days, kind, day):
    with pytest.raises(MissingReadingError) as caught:
        consumption(readings, days, slack=1)
    assert (caught.value.kind, caught.value.day) == (kind, day)


@pytest.mark.parametrize(
    ("before", "after", "quantity"),
    [
        (reading(1, 1, 90), reading(1, 31, 100), D(10)),
        (reading(1, 1, 99990), reading(1, 31, 15, kind="rollover"), D(25)),
        (reading(1, 1, 500), reading(1, 31, 0, kind="reset", last_value=D(540)), D(40)),
    ],
)
def test_what_was_consumed(before, after, quantity):
    assert consumed(before, after, D(100000)) == quantity


@pytest.mark.parametrize(
    "after", [reading(1, 31, 89), reading(1, 31, 0, kind="reset", last_value=D(80)), reading(1, 31, 5, kind="rollover")]
)
def test_a_counter_never_runs_backwards(after):
    with pytest.raises(FallingReadingError):
        consumed(reading(1, 1, 90), after, D(50))


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 500)), min_size=13, max_size=13))
def test_periods_sum_to_what_the_meter_counted(steps):
    value, readings = 0, [Reading(day=date(2025, 12, 31), value=D(0))]
    months = [Period(date(2026, m, 1), date(2026 + m // 12, m % 12 + 1, 1)) for m in range(1, 13)]
    for month, (early, more) in zip(months, steps, strict=False):
        value += more
        day = max(month.start, month.last_day - timedelta(early))
        readings.append(Reading(day=day, value=D(value)))
    assert sum(consumption(readings, month, slack=31).quantity for month in months) == D(value)
