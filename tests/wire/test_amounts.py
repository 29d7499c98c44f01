"""The shop's numbers are read exactly and rounded so that sums hold."""

from datetime import datetime
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magento_wire.amounts import (
    amount,
    currency_decimals,
    exact,
    naive_utc,
    round_half_up,
    round_to_sum,
    split_by_weight,
    whole_number,
)
from magento_wire.refusals import RecordRefused

at = datetime  # naive on purpose: the shop writes naive UTC
amounts = st.decimals("-10000", "10000", places=4)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (12.945, "12.945"), (19.989999999999998, "19.99"), ("0.0333", "0.0333"), (None, "0"), ("", "0"), (3, "3"),
        ("1e3", "1000"), (" 7.50 ", "7.50"), (D("1.00005"), "1.0001"), (-0.00005, "-0.0001"),
    ],
)  # fmt: skip
def test_amount_is_read_at_four_decimals(value, expected):
    assert amount(value) == D(expected)


@pytest.mark.parametrize("value", ["x", float("nan"), float("inf"), True, [], {}, "1,5", 10**17, "٣x"])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(RecordRefused):
        exact(value)


@pytest.mark.parametrize(
    ("currency", "decimals"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("XOF", 0), ("ZZZ", 2), ("", 2)]
)
def test_decimals_of_currencies(currency, decimals):
    assert currency_decimals(currency) == decimals


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        ("12.945", 2, "12.95"),
        ("-12.945", 2, "-12.95"),
        ("1.5", 0, "2"),
        ("2.4999", 0, "2"),
        ("0.0005", 3, "0.001"),
    ],
)
def test_half_is_rounded_up(value, decimals, expected):
    assert round_half_up(D(value), decimals) == D(expected)


@given(st.lists(amounts, min_size=1, max_size=30), st.sampled_from([0, 2, 3]))
def test_rounded_parts_sum_to_the_rounded_whole_each_within_one_unit(values, decimals):
    total = round_half_up(sum(values), decimals)
    shares = round_to_sum(values, total, decimals)
    unit = D(1).scaleb(-decimals)
    assert sum(shares) == total
    assert all(abs(share - value) < unit for share, value in zip(shares, values, strict=True))


@given(st.lists(st.decimals("-1000", "1000", places=2), min_size=1, max_size=20))
def test_amounts_without_fractions_stay_as_they_are(values):
    assert round_to_sum(values, sum(values), 2) == values


def test_total_out_of_reach_is_an_error():
    with pytest.raises(ValueError, match="sums to 5"):
        round_to_sum([D(1)], D(5), 2)


@given(amounts, st.lists(st.decimals("0", "100", places=2), min_size=1, max_size=8))
def test_weights_divide_the_whole(total, weights):
    assert sum(split_by_weight(total, weights, 4)) == total


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-23 02:48:41", at(2026, 11, 23, 2, 48, 41)),
        ("2026-11-23T03:34:03+01:00", at(2026, 11, 23, 2, 34, 3)),
        ("2026-11-23T03:34:03Z", at(2026, 11, 23, 3, 34, 3)),
        ("2026-03-29 02:30:00", at(2026, 3, 29, 2, 30)),
        ("2026-11-23", at(2026, 11, 23)),
        ("0000-00-00 00:00:00", None), (None, None), ("", None),
    ],
)  # fmt: skip
def test_times_are_naive_utc(value, expected):
    assert naive_utc(value) == expected


@pytest.mark.parametrize(("value", "expected"), [("7", 7), (7, 7), (None, None), ("x", None), ("", None)])
def test_ids_are_whole_numbers(value, expected):
    assert whole_number(value) == expected
