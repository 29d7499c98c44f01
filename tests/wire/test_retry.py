"""When to try again, as arithmetic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magento_wire.errors import ShopError
from magento_wire.retry import Breaker, PageSize, RetryPolicy

POLICY = RetryPolicy(first=2, longest=100, attempts=4)


def largest():
    return 1.0


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 2), (2, 4), (3, 8), (6, 64), (7, 100), (500, 100)])
def test_wait_doubles_up_to_a_ceiling(attempt, seconds):
    assert POLICY.delay(attempt, draw=largest) == seconds
    assert POLICY.delay(attempt, draw=lambda: 0.0) == 0


def test_time_the_shop_asks_for_is_obeyed():
    assert POLICY.delay(1, retry_after=60, draw=lambda: 0.0) == 60
    assert 60 < POLICY.delay(3, retry_after=60, draw=largest) <= 67
    assert POLICY.delay(1, retry_after=5000, draw=lambda: 0.0) == 5000


@given(st.integers(1, 10_000), st.one_of(st.none(), st.floats(0, 20_000)))
def test_wait_is_never_shorter_than_asked(attempt, asked):
    assert POLICY.delay(attempt, asked) >= (asked or 0)


@pytest.mark.parametrize(
    ("kind", "attempt", "again"),
    [
        ("transient", 1, True), ("transient", 3, True), ("transient", 4, False), ("indefinite", 1, True),
        ("configuration", 1, False), ("record", 1, False),
    ],
)  # fmt: skip
def test_only_what_may_pass_is_tried_again(kind, attempt, again):
    assert POLICY.again(ShopError(kind, "x", "x"), attempt) is again


def test_breaker_opens_after_failures_in_a_row_and_closes_by_success():
    breaker = Breaker(limit=3, rest=10, longest=50)
    for now in (1, 2):
        breaker = breaker.after_failure(now)
        assert breaker.allows(now)
    breaker = breaker.after_failure(3)
    assert not breaker.allows(12.9)
    assert breaker.allows(13)
    breaker = breaker.after_failure(13)
    assert not breaker.allows(32)
    assert breaker.after_failure(33, retry_after=200).open_until == 233
    assert breaker.after_success().allows(0)
    assert breaker.after_success().failures == 0


def test_page_size_halves_and_grows_back():
    size = PageSize(100, 100).after_trouble().after_trouble()
    assert size.current == 25
    for _good in range(3):
        size = size.after_success()
    assert size.current == 50
    assert PageSize(1, 100).after_trouble().current == 1
    capped = PageSize(500, 500).capped(300)
    assert (capped.current, capped.largest) == (300, 300)
    for _good in range(20):
        size = size.after_success()
    assert size.current == 100
