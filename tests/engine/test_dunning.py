"""Dunning steps, pauses, and interest to the cent."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from order_to_cash.dunning import (
    DunnedItem,
    DunningLevel,
    Pause,
    disputed_days,
    dunning_state,
    late_interest,
    level_reached,
)

D = Decimal
DUE = date(2026, 3, 1)
PLAN = [
    DunningLevel("last call", 45, D("20.00"), charges_interest=True),
    DunningLevel("reminder", 5),
    DunningLevel("first", 20, D("5.00"), minimum_amount=D("10.00")),
]


def state(days, residual="100.00", **values):
    """The state so many days after the due date."""
    return dunning_state(DunnedItem("i", DUE, D(residual), **values), PLAN, DUE + timedelta(days=days))


def after(days):
    return DUE + timedelta(days=days)


@pytest.mark.parametrize(
    ("days", "reached"),
    [
        (-3, None),
        (0, None),
        (4, None),
        (5, "reminder"),
        (19, "reminder"),
        (20, "first"),
        (44, "first"),
        (45, "last call"),
        (400, "last call"),
    ],
)
def test_level_reached_by_days_past_due(days, reached):
    level = level_reached(DunnedItem("i", DUE, D("100.00")), PLAN, after(days))
    assert (level and level.key) == reached


@pytest.mark.parametrize(
    ("days", "last", "last_day", "step", "reason"),
    [
        (4, None, None, None, "not_overdue"),
        (6, None, None, "reminder", "due"),
        (100, None, None, "reminder", "due"),  # nothing is skipped, however late
        (7, "reminder", 6, None, "done"),
        (20, "reminder", 6, None, "too_early"),  # 15 days lie between the first two steps
        (21, "reminder", 6, "first", "due"),
        (100, "reminder", 99, None, "too_early"),
        (46, "first", 21, "last call", "due"),
        (300, "last call", 46, None, "done"),
    ],
)
def test_steps_are_taken_one_at_a_time(days, last, last_day, step, reason):
    found = state(days, last_level=last, last_date=last_day and after(last_day))
    assert (found.next_step and found.next_step.key, found.reason) == (step, reason)


def test_a_step_that_comes_too_early_says_when():
    assert state(20, last_level="reminder", last_date=after(6)).not_before == after(21)


@pytest.mark.parametrize("residual", ["0.00", "-50.00"])
def test_nothing_open_is_not_dunned(residual):
    assert state(50, residual).reason == "nothing_open"


def test_small_amounts_wait():
    assert state(25, "9.99", last_level="reminder").reason == "below_minimum"
    assert state(25, "10.00", last_level="reminder").reason == "due"


def test_an_open_dispute_stops_everything():
    found = state(30, pauses=(Pause("dispute", after(10)),))
    assert (found.next_step, found.reason, found.not_before) == (None, "dispute", None)
    assert (found.days_past_due, found.counted_days, found.reached.key) == (30, 9, "reminder")


def test_days_of_a_settled_dispute_do_not_count():
    found = state(30, pauses=(Pause("dispute", after(10), after(24)),), last_level="reminder", last_date=after(6))
    assert (found.counted_days, found.reached.key, found.reason) == (15, "reminder", "done")


def test_a_promise_holds_until_its_day_and_a_broken_one_earns_nothing():
    promise = (Pause("promise", after(10), after(30)),)
    held = state(30, pauses=promise)
    assert (held.next_step, held.reason, held.not_before) == (None, "promise", after(31))
    broken = state(31, pauses=promise)
    assert (broken.reason, broken.counted_days, broken.reached.key) == ("due", 31, "first")


@pytest.mark.parametrize(
    ("pauses", "days"),
    [
        ([], 0),
        ([Pause("dispute", after(5), after(9))], 5),
        ([Pause("dispute", after(5), after(9)), Pause("dispute", after(8), after(12))], 8),
        ([Pause("dispute", after(5), after(20)), Pause("dispute", after(8), after(12))], 16),
        ([Pause("dispute", after(-9), after(3))], 3),
        ([Pause("dispute", after(-9), after(-3))], 0),
        ([Pause("dispute", after(38))], 3),
        ([Pause("dispute", after(50), after(60))], 0),
        ([Pause("promise", after(5), after(9))], 0),
    ],
)
def test_disputed_days(pauses, days):
    assert disputed_days(pauses, DUE, after(40)) == days


def test_a_plan_must_be_clear():
    with pytest.raises(ValueError, match="same day"):
        dunning_state(DunnedItem("i", DUE, D(1)), [DunningLevel("a", 5), DunningLevel("b", 5)], after(9))
    with pytest.raises(ValueError, match="not in the plan"):
        state(30, last_level="unknown")


NINE = [(date(2020, 1, 1), D("9.00"))]


@pytest.mark.parametrize(
    ("principal", "until", "rates", "payments", "basis", "interest"),
    [
        ("1000.00", after(30), NINE, (), "actual/365", "7.40"),  # 1000 × 9 % × 30 ÷ 365 = 7.397
        ("1000.00", after(30), NINE, (), "actual/360", "7.50"),
        ("1000.00", after(0), NINE, (), "actual/365", "0.00"),
        ("1000.00", after(-9), NINE, (), "actual/365", "0.00"),
        ("1000.00", after(365), NINE, (), "actual/365", "90.00"),
        ("1000.00", after(30), [], (), "actual/365", "0.00"),
        # the rate changes after ten days: 1000 × (9 % × 10 + 11 % × 20) ÷ 365
        ("1000.00", after(30), [*NINE, (after(11), D("11.00"))], (), "actual/365", "8.49"),
        # 400 paid on the 11th day: 1000 for 10 days, 600 for 20
        ("1000.00", after(30), NINE, ((after(11), D("400.00")),), "actual/365", "5.42"),
        ("1000.00", after(30), NINE, ((after(11), D("1000.00")),), "actual/365", "2.47"),
        ("1000.00", after(30), NINE, ((after(-5), D("400.00")),), "actual/365", "4.44"),
        ("0.50", after(30), NINE, (), "actual/365", "0.00"),
    ],
)
def test_interest_to_the_cent(principal, until, rates, payments, basis, interest):
    assert late_interest(D(principal), DUE, until, rates, payments, basis=basis).amount == D(interest)


def test_interest_over_a_leap_year_by_actual_days():
    found = late_interest(D("1000.00"), date(2027, 12, 1), date(2028, 1, 31), NINE, basis="actual/actual")
    assert [(stretch.first, stretch.last) for stretch in found.stretches] == [
        (date(2027, 12, 2), date(2027, 12, 31)),
        (date(2028, 1, 1), date(2028, 1, 31)),
    ]
    assert found.amount == D("15.02")  # 90 × (30 ÷ 365 + 31 ÷ 366)


def test_a_dispute_bears_no_interest_but_a_promise_does():
    dispute = Pause("dispute", after(11), after(20))
    assert late_interest(D("1000.00"), DUE, after(30), NINE, pauses=[dispute]).amount == D("4.93")
    promise = Pause("promise", after(11), after(20))
    assert late_interest(D("1000.00"), DUE, after(30), NINE, pauses=[promise]).amount == D("7.40")


def test_interest_rounds_once_to_the_unit_of_the_currency():
    assert late_interest(D("1000"), DUE, after(30), NINE, unit=D("1")).amount == D("7")
    assert late_interest(D("1000"), DUE, after(30), NINE, unit=D("0.05")).amount == D("7.40")
    with pytest.raises(ValueError, match="actual/365"):
        late_interest(D("1000"), DUE, after(30), NINE, basis="30/360")


@given(
    st.decimals(1, 100_000, places=2),
    st.integers(0, 800),
    st.lists(
        st.tuples(st.integers(-30, 800), st.decimals(0, 20, places=2)), max_size=4, unique_by=lambda rate: rate[0]
    ),
    st.lists(st.tuples(st.integers(-30, 800), st.decimals(0, 9_000, places=2)), max_size=4),
    st.lists(st.tuples(st.integers(-30, 800), st.integers(0, 90)), max_size=3),
    st.sampled_from(["actual/365", "actual/360", "actual/actual"]),
)
@settings(max_examples=150, deadline=None)
def test_interest_equals_the_sum_of_its_days(principal, days, rates, payments, disputes, basis):
    rates = [(after(day), percent) for day, percent in rates]
    payments = [(after(day), amount) for day, amount in payments]
    pauses = [Pause("dispute", after(day), after(day + length)) for day, length in disputes]
    found = late_interest(principal, DUE, after(days), rates, payments, pauses, basis)
    daily = D(0)
    for offset in range(1, days + 1):
        day = after(offset)
        open_principal = principal - sum((amount for paid, amount in payments if paid <= day), D(0))
        percent = max((rate for rate in rates if rate[0] <= day), default=(None, D(0)))[1]
        if open_principal > 0 and not any(pause.covers(day) for pause in pauses):
            year = 366 if basis == "actual/actual" and day.year % 4 == 0 else 360 if basis == "actual/360" else 365
            daily += open_principal * percent / 100 / year
    assert abs(found.amount - daily) <= D("0.0051")
