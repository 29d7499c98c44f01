"""Periods of a rebate over the versions of its contract: they tile its days, and the last day's terms count."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_to_cash.pricing.rebate_periods import Version, rebate_periods, recurrence_of

DAY = timedelta(days=1)


def day(text):
    return date.fromisoformat(text)


def version(key, first, last=None):
    return Version(key, day(first), day(last) if last else None)


def found(period, versions, until="2027-06-30", origin=None):
    periods = rebate_periods(recurrence_of(period, day(origin) if origin else None), versions, day(until))
    return [f"{item.first_day} {item.last_day or 'endless'} {item.terms}" for item in periods]


ENDED = version(1, "2026-01-01", "2026-06-30")
AMENDED = [ENDED, version(2, "2026-07-01", "2026-12-31")]
PAUSED = [version(1, "2026-01-01", "2026-03-31"), version(2, "2026-11-01", "2026-12-31")]
REPLACED_AT_ONCE = [version(1, "2026-01-01", "2025-12-31"), version(2, "2026-01-01", "2026-12-31")]
SHORT = version(1, "2026-03-10", "2026-08-15")


@pytest.mark.parametrize(
    ("period", "versions", "periods"),
    [
        ("year", [version(1, "2026-03-10")], ["2026-03-10 2026-12-31 1", "2027-01-01 2027-12-31 1"]),
        ("half_year", [SHORT], ["2026-03-10 2026-06-30 1", "2026-07-01 2026-08-15 1"]),
        ("year", AMENDED, ["2026-01-01 2026-12-31 2"]),
        ("year", [ENDED], ["2026-01-01 2026-06-30 1"]),
        ("contract", [ENDED, version(2, "2026-07-01")], ["2026-01-01 endless 2"]),
        ("contract", [version(1, "2027-07-01")], []),
        ("quarter", PAUSED, ["2026-01-01 2026-03-31 1", "2026-10-01 2026-12-31 2"]),
        ("year", REPLACED_AT_ONCE, ["2026-01-01 2026-12-31 2"]),
        ("year", [], []),
    ],
)
def test_the_terms_of_the_last_day_count_for_the_whole_period(period, versions, periods):
    assert found(period, versions) == periods


def test_periods_from_the_first_day_of_the_contract_do_not_drift():
    assert found("month", [version(1, "2026-01-31", "2026-04-15")], origin="2026-01-31") == [
        "2026-01-31 2026-02-27 1",
        "2026-02-28 2026-03-30 1",
        "2026-03-31 2026-04-15 1",
    ]


def test_days_on_which_no_version_is_in_force_do_not_count():
    versions = [version(1, "2026-01-01", "2026-03-31"), version(2, "2026-06-01", "2026-12-31")]
    [period] = rebate_periods(recurrence_of("year"), versions, day("2026-12-31"))
    assert period.spans == (
        (day("2026-01-01"), day("2026-03-31")),
        (day("2026-06-01"), day("2026-12-31")),
    )


@given(
    st.sampled_from(["month", "quarter", "half_year", "year", "contract"]),
    st.lists(st.tuples(st.integers(0, 700), st.integers(-5, 700)), max_size=5),
)
def test_each_day_in_force_counts_in_exactly_one_period(period, lives):
    begin = day("2026-01-01")
    lives = sorted(lives)
    versions = [
        Version(number, begin + first * DAY, begin + (first + length) * DAY)
        for number, (first, length) in enumerate(lives)
    ]
    periods = rebate_periods(recurrence_of(period), versions, begin + 2000 * DAY)
    counted = [
        span_first + offset * DAY
        for item in periods
        for span_first, span_last in item.spans
        for offset in range((span_last - span_first).days + 1)
    ]
    in_force = set()
    for index, version_days in enumerate(versions):
        end = version_days.last_day
        later = [other.first_day for other in versions[index + 1 :] if other.last_day >= other.first_day]
        last = min([end, *(first - DAY for first in later)])
        in_force |= {version_days.first_day + n * DAY for n in range((last - version_days.first_day).days + 1)}
    assert len(counted) == len(set(counted))
    assert set(counted) == in_force
    assert all(item.first_day <= span[0] and span[1] <= item.last_day for item in periods for span in item.spans)
