"""What a person's difference becomes: to the cent, whatever the direction of the money."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_to_cash.cash.by_hand import difference, is_short, stay_open, written_off

D = Decimal


def parts(allocations):
    return [(one.item, one.amount, one.write_off, one.deduction) for one in allocations]


def test_what_is_missing_stays_open_on_the_last_items():
    wanted = [("a", D("100.00")), ("b", D("50.00")), ("c", D("20.00"))]
    assert parts(stay_open(wanted, D("-35.00"))) == [
        ("a", D("100.00"), 0, 0),
        ("b", D("35.00"), 0, D("15.00")),
        ("c", D("0.00"), 0, D("20.00")),
    ]


def test_what_is_missing_is_never_taken_from_a_credit_note():
    wanted = [("invoice", D("100.00")), ("credit", D("-30.00"))]
    assert parts(stay_open(wanted, D("-10.00"))) == [
        ("invoice", D("90.00"), 0, D("10.00")),
        ("credit", D("-30.00"), 0, 0),
    ]


def test_money_that_goes_out_is_short_the_other_way_round():
    wanted = [("credit", D("-120.00"))]
    left = difference(D("-100.00"), wanted)
    assert left == D("20.00")
    assert is_short(D("-100.00"), left)
    assert parts(stay_open(wanted, left)) == [("credit", D("-100.00"), 0, D("-20.00"))]


def test_a_write_off_settles_the_items_in_full():
    short = written_off([("a", D("990.00"))], D("-0.50"))
    assert [(one.amount, one.write_off, one.settled) for one in short] == [(D("989.50"), D("0.50"), D("990.00"))]
    over = written_off([("a", D("990.00"))], D("0.50"))
    assert [(one.amount, one.write_off, one.settled) for one in over] == [(D("990.50"), D("-0.50"), D("990.00"))]


def test_more_than_the_items_is_refused():
    with pytest.raises(ValueError, match="more than"):
        stay_open([("a", D("10.00"))], D("-10.01"))
    with pytest.raises(ValueError, match="no item"):
        written_off([], D("-1.00"))


cents = st.integers(-100_000, 100_000).filter(bool).map(lambda number: D(number) / 100)


@given(st.lists(cents, min_size=1, max_size=6), st.integers(1, 100_000).map(lambda number: D(number) / 100))
def test_what_is_paid_and_what_stays_open_add_up(amounts, missing):
    wanted = list(enumerate(amounts))
    positive = sum(amount for amount in amounts if amount > 0)
    if missing > positive:
        with pytest.raises(ValueError, match="more than"):
            stay_open(wanted, -missing)
        return
    found = stay_open(wanted, -missing)
    assert sum(one.deduction for one in found) == missing
    assert [one.amount + one.deduction for one in found] == amounts
    assert all(one.amount * amount >= 0 for one, amount in zip(found, amounts, strict=True))
