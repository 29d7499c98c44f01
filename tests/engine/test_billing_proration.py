"""Recurring charges: due periods, keys and proration to the cent."""

from datetime import date, timedelta
from decimal import Decimal as D
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_to_cash.billing.proration import Charge, due_periods, prorate
from order_to_cash.periods import UNITS, Period, Recurrence

PRICE = D("300.00")


def charge(first=date(2026, 1, 16), last=None, unit="month", count=1, anchor=1, in_advance=True):
    return Charge(
        key=7, recurrence=Recurrence(unit, count, first, anchor), first_day=first, last_day=last, in_advance=in_advance
    )


def test_the_vector_of_the_domain():
    first, second = due_periods(charge(), date(2026, 2, 1))
    assert first.amount(PRICE) == D("154.84")
    assert (first.part, first.due_on, first.is_whole) == (
        Period(date(2026, 1, 16), date(2026, 2, 1)),
        date(2026, 1, 16),
        False,
    )
    assert first.billing_key == "charge:7:2026-01-01"
    assert (second.amount(PRICE), second.billing_key, second.is_whole) == (PRICE, "charge:7:2026-02-01", True)


@pytest.mark.parametrize(
    ("made", "on", "due"),
    [
        (charge(), date(2026, 1, 15), []),
        (charge(), date(2026, 1, 16), [("2026-01-01", "154.84")]),
        (charge(in_advance=False), date(2026, 1, 31), []),
        (charge(in_advance=False), date(2026, 2, 1), [("2026-01-01", "154.84")]),
        (charge(last=date(2026, 2, 14)), date(2026, 12, 31), [("2026-01-01", "154.84"), ("2026-02-01", "150.00")]),
        (charge(last=date(2026, 2, 14), in_advance=False), date(2026, 2, 14), [("2026-01-01", "154.84")]),
        (
            charge(last=date(2026, 2, 14), in_advance=False),
            date(2026, 2, 15),
            [("2026-01-01", "154.84"), ("2026-02-01", "150.00")],
        ),
        (charge(last=date(2026, 1, 20)), date(2026, 3, 1), [("2026-01-01", "48.39")]),
        (charge(last=date(2026, 1, 10)), date(2026, 3, 1), []),
        (
            charge(first=date(2026, 1, 31), anchor=31),
            date(2026, 3, 31),
            [("2026-01-31", "300.00"), ("2026-02-28", "300.00"), ("2026-03-31", "300.00")],
        ),
        (
            charge(first=date(2026, 2, 10), unit="quarter"),
            date(2026, 5, 1),
            [("2026-02-01", "269.66"), ("2026-05-01", "300.00")],
        ),
        (
            charge(first=date(2024, 3, 1), unit="year"),
            date(2026, 3, 1),
            [("2024-03-01", "300.00"), ("2025-03-01", "300.00"), ("2026-03-01", "300.00")],
        ),
        (
            charge(first=date(2026, 1, 7), unit="week", count=2, anchor=1),
            date(2026, 1, 20),
            [("2026-01-05", "257.14"), ("2026-01-19", "300.00")],
        ),
        (
            charge(first=date(2026, 1, 1), unit="day", count=10, anchor=None),
            date(2026, 1, 11),
            [("2026-01-01", "300.00"), ("2026-01-11", "300.00")],
        ),
    ],
)
def test_what_is_due_on_a_day(made, on, due):
    found = due_periods(made, on)
    assert [(period.billing_key.rpartition(":")[2], str(period.amount(PRICE))) for period in found] == due


def test_what_is_billed_is_not_due_again_and_what_was_missed_is():
    billed = {date(2026, 1, 1), date(2026, 3, 1)}
    found = due_periods(charge(), date(2026, 4, 1), billed)
    assert [period.period.start for period in found] == [date(2026, 2, 1), date(2026, 4, 1)]


def test_quantity_and_precision():
    (first,) = due_periods(charge(), date(2026, 1, 16))
    assert first.amount(D("0.3333"), D(12)) == D("2.06")
    assert first.amount(PRICE, precision=0) == D("155")


@pytest.mark.parametrize(
    "part",
    [
        Period(date(2025, 12, 31), date(2026, 1, 5)),
        Period(date(2026, 1, 5), date(2026, 2, 2)),
    ],
)
def test_a_part_must_be_within_its_period(part):
    with pytest.raises(ValueError, match="prorate each period by itself"):
        prorate(PRICE, Period(date(2026, 1, 1), date(2026, 2, 1)), part)


def test_a_period_without_days_cannot_be_prorated():
    nothing = Period(date(2026, 1, 1), date(2026, 1, 1))
    with pytest.raises(ValueError, match="not within"):
        prorate(PRICE, nothing, nothing)


@given(
    cents=st.integers(-(10**7), 10**7),
    start=st.dates(date(2000, 1, 1), date(2060, 1, 1)),
    days=st.integers(1, 400),
    cuts=st.sets(st.integers(1, 399), max_size=8),
    precision=st.sampled_from([0, 2, D("0.05")]),
)
def test_adjacent_parts_sum_to_the_whole(cents, start, days, cuts, precision):
    amount = D(cents) / 100
    period = Period(start, start + timedelta(days=days))
    edges = [start, *(start + timedelta(days=cut) for cut in sorted(cuts) if cut < days), period.end]
    parts = [prorate(amount, period, Period(*edge), precision) for edge in pairwise(edges)]
    assert sum(parts) == prorate(amount, period, period, precision)
    if precision == 2:
        assert sum(parts) == amount
        for part, edge in zip(parts, pairwise(edges), strict=True):
            exact = Fraction(amount) * (edge[1] - edge[0]).days / days
            assert abs(Fraction(part) - exact) <= Fraction(1, 100)


@st.composite
def charges(draw):
    first = draw(st.dates(date(2020, 1, 1), date(2024, 12, 31)))
    unit = draw(st.sampled_from(UNITS))
    anchor = None if unit == "day" else draw(st.integers(1, 7 if unit == "week" else 31))
    last = first + timedelta(days=draw(st.integers(0, 900)))
    return charge(first, last, unit, draw(st.integers(1, 5)), anchor, draw(st.booleans()))


@given(made=charges(), data=st.data())
def test_every_day_of_a_charge_is_billed_once_however_often_it_runs(made, data):
    first, length = made.first_day, (made.last_day - made.first_day).days
    runs = sorted(data.draw(st.lists(st.integers(0, length + 400), max_size=5)))
    billed, days, keys = set(), [], []
    for run in [*runs, length + 2000]:
        for period in due_periods(made, first + timedelta(days=run), billed):
            billed.add(period.period.start)
            keys.append(period.billing_key)
            days += [period.part.start + timedelta(days=day) for day in range(period.part.days)]
    assert sorted(days) == [first + timedelta(days=day) for day in range(length + 1)]
    assert len(set(keys)) == len(keys)
