"""Tier tables: volume and graduated, edges, returns, gaps, fractions, and what is wrong with typed tiers."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_to_cash.pricing.tiers import Tier, TierTable, check_tiers

VECTOR = [Tier(D(1), D("10.00")), Tier(D(100), D("9.00")), Tier(D(500), D("8.00"))]


def tiers(text):
    """``"1:10 100..199:9"`` → tiers with floor, optional ceiling and value."""
    made = []
    for part in text.split():
        span, value = part.split(":")
        floor, _, ceiling = span.partition("..")
        made.append(Tier(D(floor), D(value), D(ceiling) if ceiling else None))
    return made


def amount(table, start, end, gap_price=0):
    return sum(
        (
            quantity * (gap_price if tier is None else table.tiers[tier].value)
            for tier, quantity in table.slices(D(start), D(end))
        ),
        D(0),
    )


def test_the_vector_of_the_domain_in_both_modes():
    table = TierTable(VECTOR)
    assert table.slices(D(0), D(600)) == [(0, D(99)), (1, D(400)), (2, D(101))]
    assert amount(table, 0, 600) == D("5398.00")
    assert D(600) * table.tiers[table.reached(D(600))].value == D("4800.00")


@pytest.mark.parametrize(
    ("quantity", "volume", "graduated"),
    [
        ("1", "10", "10"),
        ("99", "990", "990"),
        ("100", "900", "999"),
        ("101", "909", "1008"),
        ("499", "4491", "4590"),
        ("500", "4000", "4598"),
        ("0.5", "5", "5"),
        ("99.5", "995", "994.5"),
        ("0", "0", "0"),
        ("-600", "-4800", "-5398"),
        ("-99.5", "-995", "-994.5"),
    ],
)
def test_edges_fractions_and_returns(quantity, volume, graduated):
    table, quantity = TierTable(VECTOR), D(quantity)
    assert quantity * table.tiers[table.reached(quantity)].value == D(volume)
    assert amount(table, 0, quantity) == D(graduated)


@pytest.mark.parametrize(
    ("start", "end", "slices"),
    [
        (80, 130, [(0, 19), (1, 31)]),
        (130, 80, [(1, -31), (0, -19)]),
        (600, 480, [(2, -101), (1, -19)]),
        (50, -50, [(0, -100)]),
        (-50, 130, [(0, 149), (1, 31)]),
        (130, -130, [(1, -31), (0, -198), (1, -31)]),
        (-130, -80, [(1, 31), (0, 19)]),
        (-80, -130, [(0, -19), (1, -31)]),
        (98, 98, [(0, 0)]),
        (99, 99, [(1, 0)]),
        (700, 700, [(2, 0)]),
    ],
)
def test_a_line_straddles_tiers_within_a_running_quantity(start, end, slices):
    assert TierTable(VECTOR).slices(D(start), D(end)) == slices


@pytest.mark.parametrize(
    ("text", "step", "quantity", "reached", "slices"),
    [
        ("0:12 0.5:11 10:9", "0", "0.4", 0, [(0, "0.4")]),
        ("0:12 0.5:11 10:9", "0", "10", 2, [(0, "0.5"), (1, "9.5")]),
        ("0:12 0.5:11 10:9", "0", "10.25", 2, [(0, "0.5"), (1, "9.5"), (2, "0.25")]),
        ("10:9", "1", "9", None, [(None, "9")]),
        ("10:9", "1", "15", 0, [(None, "9"), (0, "6")]),
        ("1..99:10 150:8", "1", "99", 0, [(0, "99")]),
        ("1..99:10 150:8", "1", "120", None, [(0, "99"), (None, "21")]),
        ("1..99:10 150:8", "1", "99.5", None, [(0, "99"), (None, "0.5")]),
        ("1..99:10 150:8", "1", "150", 1, [(0, "99"), (None, "50"), (1, "1")]),
        ("1..99:10 100:8", "1", "99.5", 0, [(0, "99"), (1, "0.5")]),
        ("1..99:10", "1", "100", None, [(0, "99"), (None, "1")]),
        ("0..5:10 5:8", "0", "5", 1, [(0, "5")]),
        ("1:10", "0", "0.5", None, [(None, "0.5")]),
        ("100:9 1:10", "1", "100", 1, [(0, "99"), (1, "1")]),
    ],
)
def test_measured_goods_gaps_and_unsorted_tiers(text, step, quantity, reached, slices):
    table = TierTable(tiers(text), D(step))
    assert table.reached(D(quantity)) == reached
    assert table.slices(D(0), D(quantity)) == [(tier, D(size)) for tier, size in slices]


def test_floors_per_dozen_work_in_pieces():
    table = TierTable(tiers("1:100 10:90"), D(1), scale=D(12))
    assert table.slices(D(0), D(132)) == [(0, D(108)), (1, D(24))]
    assert [table.reached(D(pieces)) for pieces in (6, 119, 120)] == [0, 0, 1]


@pytest.mark.parametrize(
    ("text", "step", "problems"),
    [
        ("", "1", ["no_tiers"]),
        ("1:10 100:9", "1", []),
        ("0:10 100:9", "1", []),
        ("100:9 1:10", "1", ["unordered_tiers"]),
        ("1:10 100:9 100:8", "1", ["duplicate_floor"]),
        ("0:10 1:9", "1", ["duplicate_floor"]),
        ("10:9", "1", ["first_floor_missing"]),
        ("1:9", "0", ["first_floor_missing"]),
        ("1..99:10 150:8", "1", ["gap_between_tiers"]),
        ("1..99:10 100:8", "1", []),
        ("1..120:10 100:8", "1", ["tiers_overlap"]),
        ("0..5:10 5:8", "0", []),
        ("0..5:10 6:8", "0", ["gap_between_tiers"]),
        ("1..99:10", "1", ["last_tier_closed"]),
        ("-5:10 1:9", "1", ["negative_floor", "duplicate_floor"]),
        ("0:10 2.5:9", "1", ["floor_between_steps"]),
        ("0:10 2.5:9", "0.5", []),
        ("5..3:10", "1", ["ceiling_below_floor", "first_floor_missing", "last_tier_closed"]),
    ],
)
def test_what_is_wrong_with_tiers(text, step, problems):
    found = check_tiers(tiers(text), D(step))
    assert [problem.code for problem in found] == problems


def test_a_problem_names_the_figures():
    (problem,) = check_tiers(tiers("1..99:10 150:8"))
    assert (problem.parameters, problem.blocking) == ({"ceiling": D(99), "floor": D(150)}, False)


@st.composite
def tables(draw, scales=(D(1), D(12), D("0.1"))):
    step = draw(st.sampled_from([D(0), D("0.5"), D(1), D(12)]))
    floors = sorted(draw(st.sets(st.integers(1, 400), min_size=1, max_size=6)))
    floors = [floor * (step or D("0.25")) for floor in floors]
    values = draw(st.lists(st.decimals(0, 100, places=2), min_size=len(floors), max_size=len(floors)))
    if draw(st.booleans()):
        floors[0] = D(0)
    made = [Tier(floor, value) for floor, value in zip(floors, values, strict=True)]
    if any(problem.blocking for problem in check_tiers(made, step)):
        made = made[1:] or [Tier(step, D(1))]
    return TierTable(made, step, draw(st.sampled_from(scales)))


POSITIONS = st.decimals(-3000, 3000, places=2)


@given(table=tables(), start=POSITIONS, middle=POSITIONS, end=POSITIONS)
def test_slices_sum_to_the_way_and_the_way_can_be_cut_anywhere(table, start, middle, end):
    slices = table.slices(start, end)
    assert sum(quantity for _tier, quantity in slices) == end - start
    assert amount(table, start, middle) + amount(table, middle, end) == amount(table, start, end)
    assert amount(table, end, start) == -amount(table, start, end)
    assert amount(table, -start, -end) == -amount(table, start, end)


@given(table=tables(), quantity=st.decimals(0, 3000, places=2), more=st.decimals(0, 500, places=2))
def test_graduated_price_grows_and_never_jumps(table, quantity, more):
    low, high = amount(table, 0, quantity, D(100)), amount(table, 0, quantity + more, D(100))
    steepest = max([tier.value for tier in table.tiers] + [D(100)])
    assert low <= high <= low + more * steepest


@given(table=tables(scales=[D(1)]), data=st.data())
def test_volume_follows_the_highest_tier_reached(table, data):
    floors = [tier.floor for tier in table.tiers]
    anywhere = st.decimals(0, 3000, places=2)
    at_an_edge = st.builds(D.__add__, st.sampled_from(floors), st.sampled_from([D("-0.01"), D(0), D("0.01")]))
    lower, higher = sorted(data.draw(anywhere | at_an_edge.filter(lambda size: size >= 0)) for _ in range(2))
    assert table.reached(lower) is None or table.reached(higher) >= table.reached(lower)
    reached = [index for index, floor in enumerate(floors) if floor <= higher]
    assert table.reached(higher) == reached[-1] if reached else table.reached(higher) in (None, 0)


@given(
    prices=st.dictionaries(st.integers(1, 60), st.integers(0, 100), min_size=1, max_size=5), quantity=st.integers(0, 80)
)
def test_each_unit_of_a_graduated_quantity_costs_what_the_last_floor_before_it_says(prices, quantity):
    table = TierTable([Tier(D(floor), D(value)) for floor, value in prices.items()])
    each = [max((floor for floor in prices if floor <= unit), default=None) for unit in range(1, quantity + 1)]
    assert amount(table, 0, quantity, D(7)) == sum(7 if floor is None else prices[floor] for floor in each)
