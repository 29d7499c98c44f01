"""Rounding, conversion, allocation and splitting, to the cent."""

from decimal import Decimal as D
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_to_cash.money import (
    LineAmounts,
    allocate,
    part_amount,
    round_half_up,
    split_line,
    to_decimal,
    unit_of,
)

PRECISIONS = st.sampled_from([0, 2, 3, D("0.05"), D("0.25"), D("5"), D("0.03")])
WEIGHTS = st.decimals(min_value=0, max_value=10**6, places=3)


@pytest.mark.parametrize(
    ("amount", "precision", "expected"),
    [
        ("2.675", 2, "2.68"),
        ("-2.675", 2, "-2.68"),
        ("2.6749999", 2, "2.67"),
        ("0.5", 0, "1"),
        ("-0.5", 0, "-1"),
        ("12.945", 3, "12.945"),
        ("1.024", 0.05, "1.00"),
        ("1.025", 0.05, "1.05"),
        ("-1.025", D("0.050"), "-1.05"),
        ("7.5", D(5), "10"),
        ("122", D("10"), "120"),
        ("1234.5", 1.0, "1235"),
        ("1e30", 2, "1e30"),
        ("104999", D("1e4"), "100000"),
    ],
)
def test_rounding_is_half_up_to_the_currency(amount, precision, expected):
    rounded = round_half_up(D(amount), precision)
    assert rounded == D(expected)
    assert "E+" not in str(rounded)


def test_a_rounded_zero_has_no_sign():
    assert str(round_half_up(D("-0.004"))) == "0.00"


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (0.1, None, "0.1"),
        (2.675, 2, "2.68"),
        (0.1 + 0.2, 2, "0.30"),
        (1e-7, None, "0.0000001"),
        (7, None, "7"),
        (" 12.50 ", None, "12.50"),
        (D("1.5"), None, "1.5"),
        (0.01, None, "0.01"),
        (1e22, None, "1e22"),
    ],
)
def test_numbers_from_outside_become_what_a_person_reads(value, digits, expected):
    assert to_decimal(value, digits) == D(expected)


@pytest.mark.parametrize("value", ["", "1,5", "abc", "NaN", float("nan"), float("inf"), None, True, object()])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="number"):
        to_decimal(value)


@pytest.mark.parametrize(
    ("precision", "unit"),
    [
        (2, "0.01"),
        (0, "1"),
        (3, "0.001"),
        (0.05, "0.05"),
        (1.0, "1"),
        (1, "0.1"),
        (D(1), "1"),
        (D("0.010"), "0.01"),
    ],
)
def test_a_precision_is_decimals_or_a_step(precision, unit):
    assert str(unit_of(precision)) == unit


@pytest.mark.parametrize("step", [0.0, D("-0.01"), True])
def test_a_step_must_be_above_zero(step):
    with pytest.raises(ValueError, match=r"number|above zero"):
        unit_of(step)


@pytest.mark.parametrize(
    ("total", "weights", "precision", "shares"),
    [
        ("100.00", "1 1 1", 2, "33.34 33.33 33.33"),
        ("-100.00", "1 1 1", 2, "-33.34 -33.33 -33.33"),
        ("0.01", "0 5 5", 2, "0 0.01 0"),
        ("1.00", "0 0 0", 2, "0.34 0.33 0.33"),
        ("10.00", "3 -1", 2, "15.00 -5.00"),
        ("0.10", "1 2", 0.05, "0.05 0.05"),
        ("100", "1 2 3 4", 0, "10 20 30 40"),
        ("0", "1 2", 2, "0 0"),
    ],
)
def test_shares_by_largest_remainder(total, weights, precision, shares):
    assert allocate(D(total), [D(w) for w in weights.split()], precision) == [D(s) for s in shares.split()]


def test_nothing_can_be_allocated_to_nobody():
    assert allocate(D(0), []) == []
    with pytest.raises(ValueError, match="no shares"):
        allocate(D(1), [])
    with pytest.raises(ValueError, match="cancel out"):
        allocate(D(1), [D(1), D(-1)])
    with pytest.raises(ValueError, match="round the total"):
        allocate(D("0.005"), [D(1)])


@given(units=st.integers(-(10**9), 10**9), weights=st.lists(WEIGHTS, min_size=1, max_size=20), precision=PRECISIONS)
def test_shares_sum_to_the_total_and_are_within_one_unit(units, weights, precision):
    unit = unit_of(precision)
    total = units * unit
    shares = allocate(total, weights, precision)
    assert sum(shares) == total
    whole = sum(map(Fraction, weights))
    for share, weight in zip(shares, weights, strict=True):
        exact = Fraction(total) * Fraction(weight) / whole if whole else Fraction(total) / len(weights)
        assert abs(Fraction(share) - exact) < Fraction(unit)
        assert weight or not whole or not share


@given(amount=st.decimals(-(10**9), 10**9, places=5), precision=PRECISIONS)
def test_rounding_gives_the_nearest_multiple_and_is_odd(amount, precision):
    unit = unit_of(precision)
    rounded = round_half_up(amount, precision)
    assert rounded % unit == 0
    assert abs(rounded - amount) <= unit / 2
    assert round_half_up(-amount, precision) == -rounded
    assert round_half_up(rounded, precision) == rounded


def test_parts_of_a_line_sum_to_the_whole():
    whole = LineAmounts(D("10.00"), {"19": D("1.90"), "7": D("0.70")})
    first = split_line(whole, D(3), D(0), D(1))
    second = split_line(whole, D(3), D(1), D(1))
    third = split_line(whole, D(3), D(2), D(1))
    assert [part.net for part in (first, second, third)] == [D("3.33"), D("3.34"), D("3.33")]
    assert sum(part.taxes["19"] for part in (first, second, third)) == D("1.90")
    assert sum(part.taxes["7"] for part in (first, second, third)) == D("0.70")


def test_the_last_part_makes_up_for_what_earlier_documents_really_took():
    whole = LineAmounts(D("10.00"), {"vat": D("1.90")})
    taken = LineAmounts(D("6.70"), {"vat": D("1.20")})
    assert split_line(whole, D(3), D(2), D(1), taken=taken) == LineAmounts(D("3.30"), {"vat": D("0.70")})
    assert split_line(whole, D(3), D(0), D(3), taken=LineAmounts(D(0), {})) == whole


def test_a_return_is_split_like_a_sale():
    assert [part_amount(D("-10.00"), D(-3), D(-done), D(-1)) for done in range(3)] == [
        D("-3.33"),
        D("-3.34"),
        D("-3.33"),
    ]


def test_over_delivery_goes_on_in_proportion():
    assert part_amount(D("10.00"), D(4), D(4), D(1)) == D("2.50")


def test_a_line_of_quantity_zero_has_no_parts():
    with pytest.raises(ValueError, match="as a whole"):
        part_amount(D("10.00"), D(0), D(0), D(1))


@given(
    cents=st.integers(-(10**8), 10**8),
    parts=st.lists(st.integers(1, 10**5), min_size=1, max_size=12),
    sign=st.sampled_from([1, -1]),
)
def test_any_division_into_parts_sums_to_the_whole(cents, parts, sign):
    amount, quantity = D(cents) / 100, sign * D(sum(parts)) / 1000
    done, billed = D(0), D(0)
    for part in parts:
        part = sign * D(part) / 1000
        billed += part_amount(amount, quantity, done, part)
        done += part
    assert billed == amount
