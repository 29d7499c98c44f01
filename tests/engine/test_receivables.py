"""Receivables figures: the vectors of the field's definitions, and what must hold for all figures."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_to_cash.receivables import (
    BUCKETS,
    Month,
    ageing,
    average_days_delinquent,
    best_possible_dso,
    collection_effectiveness,
    countback_dso,
    days_sales_outstanding,
    share,
)

AMOUNTS = st.decimals(min_value=-10_000, max_value=10_000, places=2)
TODAY = date(2026, 11, 23)


def thousand(value):
    return Decimal(value) * 1000


def test_dso_best_possible_and_delinquent_days():
    dso = days_sales_outstanding(thousand(150), thousand(900), 90)
    best = best_possible_dso(thousand(90), thousand(900), 90)
    assert (dso, best, average_days_delinquent(dso, best)) == (15, 9, 6)


def test_countback_peels_whole_months_then_a_fraction():
    months = [Month(thousand(100), 30), Month(thousand(80), 30), Month(thousand(70), 30)]
    assert round(countback_dso(thousand(212), months), 1) == Decimal("73.7")


@pytest.mark.parametrize(
    ("receivables", "months", "days"),
    [
        (0, [(100, 30)], 0),
        (-5, [(100, 30)], 0),
        (50, [(100, 30)], 15),
        (100, [(100, 30)], 30),
        (100, [(0, 30), (100, 31)], 61),
        (100, [(-20, 30), (100, 31)], 61),
        (500, [(100, 30)], None),
        (1, [], None),
    ],
)
def test_countback_at_its_edges(receivables, months, days):
    found = countback_dso(Decimal(receivables), [Month(Decimal(sales), length) for sales, length in months])
    assert found == days


def test_collection_effectiveness():
    assert collection_effectiveness(thousand(100), thousand(200), thousand(120), thousand(60)) == 75
    assert collection_effectiveness(thousand(100), thousand(200), thousand(60), thousand(60)) == 100


def test_figures_without_a_divisor_do_not_exist():
    assert days_sales_outstanding(thousand(1), Decimal(0), 90) is None
    assert best_possible_dso(thousand(1), Decimal(-1), 90) is None
    assert average_days_delinquent(None, Decimal(1)) is None
    assert collection_effectiveness(Decimal(0), Decimal(0), Decimal(0), Decimal(0)) is None
    assert share(0, 0) is None


def test_a_share_is_in_percent():
    assert share(9, 12) == 75


@pytest.mark.parametrize(
    ("days_past", "bucket"),
    [(-40, "current"), (0, "current"), (1, "1-30"), (30, "1-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"),
     (90, "61-90"), (91, "over-90"), (4000, "over-90")],
)  # fmt: skip
def test_each_age_has_its_bucket(days_past, bucket):
    totals = ageing([(TODAY - timedelta(days=days_past), Decimal("12.34"))], TODAY)
    assert {name for name, amount in totals.items() if amount} == {bucket}


@given(st.lists(st.tuples(st.dates(date(2020, 1, 1), date(2030, 1, 1)), AMOUNTS)))
def test_buckets_sum_to_the_receivables(items):
    totals = ageing(items, TODAY)
    assert sum(totals.values()) == sum(amount for _day, amount in items)
    assert list(totals) == [bucket.name for bucket in BUCKETS]


@given(st.lists(st.tuples(st.decimals(1, 10_000, places=2), st.integers(28, 31)), min_size=1), st.data())
def test_countback_grows_with_the_receivables(months, data):
    months = [Month(*month) for month in months]
    total = sum(month.sales for month in months)
    low, high = sorted(data.draw(st.tuples(*[st.decimals(0, total, places=2)] * 2)))
    assert countback_dso(low, months) <= countback_dso(high, months) <= sum(month.days for month in months)
