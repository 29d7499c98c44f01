"""Expressions of people are searched in texts of strangers: none may take for ever."""

import re

import pytest

from order_to_cash.patterns import is_explosive


@pytest.mark.parametrize(
    "pattern",
    [r"BRT: ([\d,]+)", r"^PO", r"INV/\d{4}/\d+", r"(EUR|USD) *([\d.,]+)", r"(?:\d{1,3}[.,])*\d{2}", r"a+b*c+"],
)
def test_usual_expressions_are_allowed(pattern):
    assert not is_explosive(pattern)


@pytest.mark.parametrize(
    "pattern", [r"(a+)+$", r"(\w+\s*)+:", r"((\d+),)*x", r"(a|aa)+$", r"(?:(x+x+)+)y", r"(.*,){21,}P"]
)
def test_what_may_be_tried_in_endless_ways_is_refused(pattern):
    assert is_explosive(pattern)


def test_what_is_no_expression_is_said():
    with pytest.raises(re.error):
        is_explosive("(")
