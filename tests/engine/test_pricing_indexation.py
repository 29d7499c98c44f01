"""Indexation at anniversaries: ratio or percentage, floor and cap, missing values."""

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_to_cash.pricing.indexation import (
    Indexation,
    MissingIndexValueError,
    anniversaries,
    check_indexation,
    indexed_price,
)

START = date(2024, 3, 15)
VALUES = {
    date(2024, 1, 1): D("110.0"),
    date(2024, 3, 1): D("112.0"),
    date(2025, 1, 1): D("115.5"),
    date(2025, 3, 1): D("117.6"),
    date(2026, 1, 1): D("113.19"),
    date(2026, 3, 1): D("123.48"),
}


def index(**values):
    return Indexation(kind="index", start=START, values=VALUES, **values)


def percent(change, **values):
    return Indexation(**{"kind": "percent", "start": START, "percent": D(change), **values})


@pytest.mark.parametrize(
    ("terms", "day", "price"),
    [
        (percent(3), date(2025, 3, 14), "100.00"),
        (percent(3), date(2025, 3, 15), "103.00"),
        (percent(3), date(2027, 3, 15), "109.27"),
        (percent("-2.5"), date(2026, 6, 1), "95.06"),
        (percent(1, every_months=3), date(2024, 9, 15), "102.01"),
        (index(), date(2025, 3, 15), "105.00"),
        (index(), date(2026, 3, 15), "110.25"),
        (index(lag_months=2), date(2025, 3, 15), "105.00"),
        (index(lag_months=2), date(2026, 3, 15), "102.90"),
        (index(lag_months=2, floor=D(0)), date(2026, 3, 15), "105.00"),
        (index(cap=D(2)), date(2026, 3, 15), "104.04"),
        (index(cap=D(2), floor=D(1), lag_months=2), date(2026, 3, 15), "103.02"),
        (index(base_value=D("110.25")), date(2025, 3, 15), "106.67"),
    ],
)
def test_what_a_price_has_become(terms, day, price):
    assert indexed_price(D("100.00"), terms, day).price == D(price)


def test_each_step_says_what_was_asked_and_applied():
    (step,) = indexed_price(D(100), index(cap=D("2.5")), date(2025, 12, 31)).steps
    assert (step.day, step.asked, step.applied, step.month) == (date(2025, 3, 15), D(5), D("2.5"), date(2025, 3, 1))


def test_rounding_happens_once_at_the_end():
    assert indexed_price(D("0.10"), percent(3), date(2034, 3, 15)).price == D("0.13")
    assert indexed_price(D("0.10"), percent(3), date(2034, 3, 15), 6).price == D("0.134392")


def test_a_leap_day_start_keeps_its_anniversary():
    terms = percent(1, start=date(2024, 2, 29))
    assert anniversaries(terms, date(2028, 12, 31)) == [
        date(2025, 2, 28),
        date(2026, 2, 28),
        date(2027, 2, 28),
        date(2028, 2, 29),
    ]


def test_a_missing_index_value_is_named():
    with pytest.raises(MissingIndexValueError, match=r"2027-03.*enter it") as caught:
        indexed_price(D(100), index(), date(2027, 4, 1))
    assert caught.value.month == date(2027, 3, 1)
    assert indexed_price(D(100), index(), date(2025, 3, 1)).price == D("100.00")


@pytest.mark.parametrize(
    ("terms", "codes"),
    [
        (percent(3), []),
        (index(floor=D(0), cap=D(3)), []),
        (index(floor=D(4), cap=D(3)), ["floor_above_cap"]),
        (percent(-101), ["change_below_zero_price"]),
        (percent(1, every_months=0), ["interval_not_positive"]),
        (percent(1, kind="mood"), ["unknown_kind"]),
        (Indexation(kind="index", start=START), ["no_index_values"]),
    ],
)
def test_what_is_wrong_with_an_indexation(terms, codes):
    assert [problem.code for problem in check_indexation(terms)] == codes
    if codes:
        with pytest.raises(ValueError, match=f"{codes[0]}.*correct"):
            indexed_price(D(100), terms, date(2030, 1, 1))


def test_an_index_value_of_zero_counts_as_missing():
    terms = Indexation(kind="index", start=START, values={date(2024, 3, 1): D(0)})
    assert [problem.code for problem in check_indexation(terms)] == ["index_not_positive"]
    with pytest.raises(MissingIndexValueError):
        indexed_price(D(100), terms, date(2025, 3, 15))


@given(values=st.lists(st.decimals(50, 200, places=1), min_size=2, max_size=8))
def test_an_unlimited_index_depends_on_its_ends_only(values):
    series = {date(2024 + year, 3, 1): value for year, value in enumerate(values)}
    terms = Indexation(kind="index", start=START, values=series)
    day = date(2024 + len(values) - 1, 3, 15)
    ends = Indexation(kind="index", start=START, values=series, every_months=12 * (len(values) - 1))
    assert indexed_price(D("99.90"), terms, day).price == indexed_price(D("99.90"), ends, day).price
