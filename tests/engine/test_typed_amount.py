"""Amounts as people type them into a search."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_to_cash.typed_amount import readings


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("1,234.56", ["1234.56"]),
        ("1.234,56", ["1234.56"]),
        ("1 234,56", ["1234.56"]),
        ("1\u202f234,56", ["1234.56"]),
        ("1'234.56", ["1234.56"]),
        ("12,34,567.80", ["1234567.80"]),
        ("54,00", ["54"]),
        ("54", ["54"]),
        ("-54.5", ["-54.5"]),
        ("\u221254", ["-54"]),
        ("12.345", ["12.345", "12345"]),
        ("12,345", ["12.345", "12345"]),
        ("1.234.567", ["1234567"]),
        ("1.234.567,891", ["1234567.891"]),
        ("", []),
        ("12.3456", []),
        ("1,2,3", []),
        ("12.", []),
        (".5", []),
        ("INV 5", []),
        ("1" * 16, []),
        ("\u0661\u0662", ["12"]),
    ],
)
def test_every_amount_that_may_be_meant(text, amounts):
    assert readings(text) == tuple(map(Decimal, amounts))


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_what_is_written_in_either_way_is_found(amount):
    english = f"{amount:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert amount in readings(english)
    assert amount in readings(german)
    assert amount in readings(f"{amount:.2f}")


@given(st.text(max_size=40))
def test_no_text_is_an_error(text):
    assert all(amount.is_finite() for amount in readings(text))
