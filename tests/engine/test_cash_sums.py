"""The exact-sum search: which sets, in which order, how surprising, and that it stops."""

from itertools import combinations
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from order_to_cash.cash.exact_sum import search


@pytest.mark.parametrize(
    ("target", "values", "sets"),
    [
        (30000, [10000, 20000], [(0, 1)]),
        (30000, [10000, 20000, 30000], [(2,), (0, 1)]),
        (68000, [50000, 30000, -12000], [(0, 1, 2)]),
        (50000, [50000, 12000, -12000], [(0,)]),  # adding a zero sum is no other set
        (10000, [10000, 10000], [(0,), (1,)]),
        (5000, [70000], []),
        (-12000, [50000, -12000], [(1,)]),
        (0, [100, -100], []),
        (100, [], []),
    ],
)
def test_sets_fewest_first_then_oldest(target, values, sets):
    assert list(search(target, values).sets) == sets


@pytest.mark.parametrize(
    ("target", "values", "convincing"),
    [
        (30000, [10000, 20000], True),
        (30000, [10000, 20000, 30000], False),
        (10000, [10000, 10000], False),
        (12345, [12345, *range(2000, 40000, 2997)], True),  # one of many, irregular
        (50000, [5000 * n for n in range(1, 13)], False),  # round amounts meet by accident
        (sum(range(1, 500)), list(range(1, 500)), False),
    ],
)
def test_what_convinces(target, values, convincing):
    assert search(target, values).convincing is convincing


def test_everything_a_payer_owes_is_a_natural_set():
    values = [10_007 * n + n * n for n in range(1, 41)]
    assert tuple(range(40)) in search(sum(values), values).sets


def test_the_search_is_bounded_and_says_when_it_gave_up():
    values = [10**9 + 7919 * n * n for n in range(60)]
    started = process_time()
    result = search(sum(values[::7]) + 1, values)
    assert process_time() - started < 5
    assert result.gave_up
    assert not result.convincing
    assert result.searched_size < 60


VALUES = st.lists(st.integers(-60, 200).filter(bool), min_size=1, max_size=10)


@given(VALUES, st.data())
@settings(max_examples=200, deadline=None)
def test_against_trying_everything(values, data):
    chosen = data.draw(st.lists(st.sampled_from(range(len(values))), min_size=1, unique=True))
    target = sum(values[position] for position in chosen)
    every = [
        positions
        for size in range(1, len(values) + 1)
        for positions in combinations(range(len(values)), size)
        if sum(values[position] for position in positions) == target
    ]
    minimal = [one for one in every if not any(set(other) < set(one) for other in every)]
    result = search(target, values)
    if target:
        assert list(result.sets) == minimal
        assert not result.convincing or len(minimal) == 1
    else:
        assert result.sets == ()


def test_many_equal_amounts_end_the_search_early():
    started = process_time()
    result = search(2 * 9900, [9900] * 400)
    assert process_time() - started < 2
    assert len(result.sets) <= 50
    assert not result.convincing
