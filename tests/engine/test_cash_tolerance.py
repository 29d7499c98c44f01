"""Tolerance groups and early payment discounts."""

from datetime import timedelta

import pytest
from cash_builders import DAY, discount, money

from order_to_cash.cash import ToleranceGroup
from order_to_cash.cash.tolerance import discount_granted


@pytest.mark.parametrize(
    ("amount", "percent", "difference", "due", "allowed"),
    [
        ("1.00", "0.5", "0.50", "990.00", True),
        ("1.00", "0.5", "1.00", "990.00", True),
        ("1.00", "0.5", "1.01", "990.00", False),
        ("1.00", "0.5", "0.51", "100.00", False),
        ("1.00", "0.5", "0.50", "100.00", True),
        ("1.00", "0.5", "-0.50", "100.00", True),
        ("1.00", "0.5", "-1.50", "990.00", False),
        (None, "0.5", "4.95", "990.00", True),
        (None, "0.5", "4.96", "990.00", False),
        ("2.00", None, "2.00", "3.00", True),
        (None, None, "0.01", "1000.00", False),
        (None, None, "0.00", "1000.00", True),
        ("0", "0", "0.01", "1000.00", False),
        ("1.00", "0.5", "0.50", "-100.00", True),
    ],
)
def test_amount_and_percent_must_both_hold(amount, percent, difference, due, allowed):
    group = ToleranceGroup("t", amount and money(amount), percent and money(percent))
    assert group.allows(money(difference), money(due)) is allowed


@pytest.mark.parametrize("limits", [{"amount": money("-1")}, {"percent": money("-0.1")}])
def test_negative_limits_are_refused(limits):
    with pytest.raises(ValueError, match="give 0 or more"):
        ToleranceGroup("t", **limits)


@pytest.mark.parametrize(("days", "granted"), [(-1, "9.90"), (0, "9.90"), (3, "9.90"), (4, "0")])
def test_grace_days(days, granted):
    group = ToleranceGroup("t", grace_days=3)
    assert discount_granted(discount("9.90", DAY), DAY + timedelta(days=days), group) == money(granted)
    assert discount_granted(None, DAY, group) == 0
