"""Bad price rules are found, in words' worth of codes; and the indexed engine agrees with a naive one."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_to_cash.pricing.model import LineToPrice, PriceRule
from order_to_cash.pricing.price_rules import price_lines
from order_to_cash.pricing.rule_checks import check_rule, check_rules
from order_to_cash.pricing.tiers import Tier

JANUARY = {"valid_from": date(2026, 1, 1), "valid_to": date(2026, 1, 31)}
FEBRUARY = {"valid_from": date(2026, 2, 1), "valid_to": date(2026, 2, 28)}


def rule(id=1, floors=(1,), value=10, **values):
    values = {"scope": "all", "computation": "fixed", **values}
    return PriceRule(id=id, tiers=tuple(Tier(D(floor), D(value)) for floor in floors), **values)


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({}, []),
        ({"floors": ()}, ["no_tiers"]),
        ({"floors": (1, 50, 50)}, ["duplicate_floor"]),
        ({"floors": (50, 1)}, ["unordered_tiers"]),
        ({"floors": (10,)}, ["first_floor_missing"]),
        ({"value": -1}, ["negative_price"]),
        ({"value": -1, "computation": "discount"}, []),
        ({"value": 101, "computation": "discount"}, ["negative_price"]),
        ({"value": -100, "computation": "cost_plus"}, []),
        ({"value": -101, "computation": "cost_plus"}, ["negative_price"]),
        ({"valid_from": date(2026, 2, 1), "valid_to": date(2026, 1, 31)}, ["ends_before_it_begins"]),
        ({"valid_from": date(2026, 2, 1), "valid_to": date(2026, 2, 1)}, []),
        ({"scope": "variant"}, ["scope_without_record"]),
        ({"scope": "shelf", "scope_id": 1}, ["unknown_scope"]),
        ({"mode": "staircase"}, ["unknown_mode"]),
        ({"basis": "lifetime"}, ["unknown_basis"]),
        ({"computation": "guess"}, ["unknown_computation"]),
        ({"uom_factor": D(0)}, ["unit_not_positive"]),
        ({"unit_step": D(-1)}, ["unit_not_positive"]),
        ({"fixed_rates": {"USD": D(0)}}, ["rate_not_positive"]),
    ],
)
def test_what_is_wrong_with_a_rule(values, codes):
    assert [problem.code for problem in check_rule(rule(**values))] == codes


@pytest.mark.parametrize(
    ("first", "second", "third", "overlapping"),
    [
        ({}, {}, {"scope": "product", "scope_id": 1}, {2: 1}),
        (JANUARY, FEBRUARY, {"sequence": 20}, {}),
        (JANUARY, {"valid_from": date(2026, 1, 31)}, {"contract": 2}, {2: 1}),
        (JANUARY, FEBRUARY, {"valid_to": date(2026, 2, 1)}, {1: 3, 2: 3}),
        ({"valid_from": date(2026, 1, 1)}, JANUARY, FEBRUARY, {2: 1, 3: 1}),
    ],
)
def test_overlapping_rules_of_one_scope_and_sequence(first, second, third, overlapping):
    found = check_rules([rule(1, **first), rule(2, **second), rule(3, **third)])
    assert {id: problem.parameters["rule"] for id, (problem,) in found.items()} == overlapping
    assert not any(problem.blocking for problems in found.values() for problem in problems)


def test_an_overlap_names_its_days():
    (problem,) = check_rules([rule(1, **JANUARY), rule(2, valid_from=date(2026, 1, 20))])[2]
    assert problem.parameters == {"rule": 1, "from": date(2026, 1, 20), "to": date(2026, 1, 31)}


SCOPES = [("variant", 11), ("variant", 12), ("product", 1), ("category", 10), ("category", 20), ("all", None)]


@st.composite
def rules(draw):
    scope, record = draw(st.sampled_from(SCOPES))
    start = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 20)))
    floors = sorted(draw(st.sets(st.integers(1, 30), min_size=1, max_size=3)))
    return PriceRule(
        id=draw(st.integers(0, 10**9)),
        scope=scope,
        scope_id=record,
        computation="fixed",
        tiers=tuple(Tier(D(floor), D(draw(st.integers(1, 50)))) for floor in floors),
        valid_from=draw(st.none() | st.just(start)),
        valid_to=draw(st.none() | st.just(start + timedelta(days=9))),
        sequence=draw(st.integers(1, 2)),
        contract=draw(st.sampled_from(["a", "b"])),
    )


@st.composite
def lines(draw):
    return LineToPrice(
        key=draw(st.integers(0, 10**9)),
        variant=draw(st.sampled_from([11, 12, 13])),
        product=1,
        categories=draw(st.sampled_from([(), (10,), (20, 10)])),
        quantity=D(draw(st.integers(1, 40))),
        date=date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 30))),
        contracts=draw(st.sampled_from([("a",), ("a", "b"), ("b", "a"), ()])),
        list_price=D(99),
    )


def naive_choice(all_rules, line):
    """Rank every rule against the line, as the domain words it, with no index."""
    ranked = []
    for rule in all_rules:
        scopes = [
            ("variant", line.variant),
            ("product", line.product),
            *(("category", category) for category in line.categories),
            ("all", None),
        ]
        reached = [tier for tier in rule.tiers if tier.floor <= line.quantity]
        is_valid = (rule.valid_from or date.min) <= line.date <= (rule.valid_to or date.max)
        if rule.contract in line.contracts and (rule.scope, rule.scope_id) in scopes and reached and is_valid:
            ranked.append(
                (
                    line.contracts.index(rule.contract),
                    scopes.index((rule.scope, rule.scope_id)),
                    -reached[-1].floor,
                    rule.sequence,
                    -(rule.valid_from or date.min).toordinal(),
                    rule.id,
                    reached[-1].value,
                )
            )
    return min(ranked)[-2:] if ranked else (None, line.list_price)


@given(
    made=st.lists(rules(), max_size=12, unique_by=lambda rule: rule.id),
    wanted=st.lists(lines(), min_size=1, max_size=6, unique_by=lambda line: line.key),
)
def test_the_index_chooses_as_a_naive_search_does(made, wanted):
    priced = price_lines(made, wanted)
    for line in wanted:
        rule_id, unit_price = naive_choice(made, line)
        assert priced[line.key].rule == rule_id
        assert priced[line.key].total == unit_price * line.quantity
    shuffled = price_lines(made[::-1], wanted[::-1])
    assert {key: answer.total for key, answer in shuffled.items()} == {
        key: answer.total for key, answer in priced.items()
    }
