"""What must hold of every match: residuals, order of input, ties, and unrelated invoices."""

import random
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from cash_builders import DAY, RULE, item, line, payer
from cash_world import make_world
from hypothesis import given, settings
from hypothesis import strategies as st

from order_to_cash.cash import ClosedReference, EarlyDiscount, MatchingRule, match

ACCOUNTS = {"a": "DE02120300000000202051", "b": "DE02500105170137075030", "c": "DE02100500000054540402"}
PAYERS = [
    payer("a", "Quark Holding AG", accounts=(ACCOUNTS["a"],)),
    payer("b", "Quark Trading GmbH", accounts=(ACCOUNTS["b"],)),
    payer("c", "Delta Werkzeuge KG", accounts=(ACCOUNTS["c"],)),
]
AMOUNTS = st.sampled_from(["49.00", "99.00", "100.00", "200.00", "300.00", "123.45", "-99.00", "-50.00", "990.00"])
OTHER_WORDS = ["00003", "S00002", "PO-4711", "INV/2026/00002-5", "danke", "4", "charges SHA"]
EVERY_STEP = MatchingRule(
    "everything",
    evidence=(*RULE.evidence, "oldest_first"),
    oldest_first=True,
    tolerance=RULE.tolerance,
    charge_limit=Decimal(20),
)
STRICT = MatchingRule("strict", sequence=1, payers=frozenset("a"), final=True)


@st.composite
def items(draw):
    made = []
    for number in range(1, draw(st.integers(1, 9)) + 1):
        amount = Decimal(draw(AMOUNTS))
        rebate = draw(st.booleans()) and amount > 0
        made.append(
            item(
                f"INV/2026/{number:05d}",
                amount,
                draw(st.sampled_from("abc")),
                date=DAY - timedelta(days=draw(st.integers(0, 60))),
                references=(f"INV/2026/{number:05d}", f"S{number // 2:05d}"),
                customer_references=draw(st.sampled_from([(), ("PO-1",), ("PO-4711",)])),
                discount=EarlyDiscount(amount / 50, DAY) if rebate else None,
            )
        )
    return made


@st.composite
def lines(draw):
    made = []
    for key in range(1, draw(st.integers(1, 8)) + 1):
        numbers = draw(st.lists(st.integers(1, 10), max_size=3))
        words = [f"INV/2026/{number:05d}" for number in numbers]
        words += draw(
            st.lists(
                st.sampled_from(["00003", "S00002", "PO-4711", "INV/2026/00002-5", "danke", "4", "charges SHA"]),
                max_size=2,
            )
        )
        who = draw(st.sampled_from(["a", "b", "c", ""]))
        made.append(
            line(
                sum(Decimal(draw(AMOUNTS)) for _ in range(draw(st.integers(1, 3)))),
                " ".join(words),
                key=key,
                date=DAY + timedelta(days=draw(st.integers(0, 3))),
                payer_account=ACCOUNTS.get(who, ""),
                payer_name=draw(st.sampled_from(["", "Quark", "Quark Holding", "Delta Werkzeuge KG"])),
                known_payer=draw(st.sampled_from([None, None, None, "b"])),
                mapped_payer=draw(st.sampled_from([None, None, None, "c"])),
            )
        )
    return made


RULES = st.sampled_from([[RULE], [EVERY_STEP], [STRICT, EVERY_STEP], [replace(RULE, automatic=False)], []])
CLOSED = [ClosedReference("INV/2026/00010", "old", "a", Decimal("99.00"), "EUR")]


@given(items(), lines(), RULES)
@settings(max_examples=300, deadline=None)
def test_money_adds_up_and_no_item_is_used_beyond_its_residual(open_items, bank_lines, rules):
    settled = defaultdict(Decimal)
    by_key = {one.key: one for one in bank_lines}
    decisions = match(bank_lines, open_items, PAYERS, rules, closed_references=CLOSED)
    assert [decision.line for decision in decisions] == [
        one.key for one in sorted(bank_lines, key=lambda one: (one.date, one.key))
    ]
    for decision in decisions:
        amounts = sum((allocation.amount for allocation in decision.allocations), Decimal(0))
        assert amounts + decision.remainder == by_key[decision.line].amount
        assert rules or decision.outcome != "apply"
        if decision.outcome == "apply":
            for allocation in decision.allocations:
                settled[allocation.item] += allocation.settled
    for one in open_items:
        assert 0 <= settled[one.key] / one.residual <= 1


@given(items(), lines(), RULES, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_order_of_the_input_never_matters(open_items, bank_lines, rules, rng):
    expected = match(bank_lines, open_items, PAYERS, rules, closed_references=CLOSED)
    shuffled = [rng.sample(sequence, len(sequence)) for sequence in (bank_lines, open_items, PAYERS)]
    assert match(*shuffled, rules, closed_references=CLOSED) == expected


@st.composite
def strangers(draw):
    """Invoices of customers that no line comes from: with amounts, numbers and PO numbers like those of others."""
    number = draw(st.sampled_from(["INV/2026/00777", "INV/2025/00777", "RE-2026-0777", "777001"]))
    return item(
        number,
        Decimal(draw(AMOUNTS)),
        "stranger",
        date=DAY - timedelta(days=draw(st.integers(0, 60))),
        references=(number, draw(st.sampled_from(["S00777", "000007770"]))),
        customer_references=draw(st.sampled_from([(), ("PO-1",), ("PO-4711",), ("77",)])),
    )


@given(items(), lines(), strangers())
@settings(max_examples=400, deadline=None)
def test_an_unrelated_invoice_never_changes_a_certain_match(open_items, bank_lines, stranger):
    before = match(bank_lines, open_items, PAYERS, [RULE], closed_references=CLOSED)
    after = match(bank_lines, [*open_items, stranger], PAYERS, [RULE], closed_references=CLOSED)
    names = {one.key: one.payer_account or not stranger.customer_references for one in bank_lines}
    for old, new in zip(before, after, strict=True):
        if old.outcome == "apply" and names[old.line]:
            assert (new.outcome, new.allocations) == (old.outcome, old.allocations)


@given(items(), lines())
@settings(max_examples=200, deadline=None)
def test_a_twin_of_an_item_makes_a_match_by_amount_a_tie(open_items, bank_lines):
    decisions = match(bank_lines[:1], open_items, PAYERS, [RULE])
    by_amount = decisions[0].step in ("exact_sum", "near")
    if by_amount and decisions[0].outcome == "apply":
        original = next(one for one in open_items if one.key == decisions[0].allocations[0].item)
        twin = replace(original, key="twin", references=("TWIN/1",), customer_references=())
        (decision,) = match(bank_lines[:1], [*open_items, twin], PAYERS, [RULE])
        assert decision.outcome != "apply"


def test_two_documents_of_one_number_are_a_tie():
    twins = [item(key, "500.00", key, references=("A-2026-4711",)) for key in ("a", "b")]
    (decision,) = match([line("500.00", "A-2026-4711")], twins, PAYERS, [RULE])
    assert (decision.outcome, decision.discrepancy) == ("propose", "ambiguous")
    (decision,) = match([line("500.00", "A-2026-4711", payer_account=ACCOUNTS["a"])], twins, PAYERS, [RULE])
    assert decision.outcome != "apply" or decision.allocations[0].item == "a"


@pytest.mark.parametrize("seed", range(5))
def test_a_whole_world_in_any_order(seed):
    world = make_world(seed, lines=150, items=400)
    facts = {"closed_references": world.closed, "past_payments": world.past_payments}
    expected = match(world.lines, world.items, world.payers, [RULE], **facts)
    rng = random.Random(seed)
    shuffled = [rng.sample(sequence, len(sequence)) for sequence in (world.lines, world.items, world.payers)]
    assert match(*shuffled, [RULE], **facts) == expected


def test_keys_must_be_unique():
    with pytest.raises(ValueError, match="two bank lines share a key"):
        match([line("1.00"), line("2.00")], [], PAYERS, [RULE])
    with pytest.raises(ValueError, match="two open items have the key"):
        match([], [item("A", "1.00"), item("A", "2.00")], PAYERS, [RULE])
