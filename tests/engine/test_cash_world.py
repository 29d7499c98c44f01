"""The labelled world: nothing applied wrongly, and nearly everything decidable applied."""

from dataclasses import replace

import pytest
from cash_builders import RULE, money
from cash_world import make_world, score_decisions

from order_to_cash.cash import REASONS, match
from order_to_cash.cash.model import DISCREPANCIES


@pytest.mark.parametrize("seed", [1, 2, 20260316])
def test_no_line_is_applied_wrongly_and_nine_of_ten_decidable_lines_are_applied(seed):
    world = make_world(seed, lines=2_000, items=5_000)
    decisions = match(
        world.lines,
        world.items,
        world.payers,
        [replace(RULE, charge_limit=money(20))],
        closed_references=world.closed,
        past_payments=world.past_payments,
    )
    score = score_decisions(world, decisions)
    assert score.wrong == []
    assert score.touchless_rate >= 0.9
    assert score.invoices_touchless / score.invoices >= 0.9
    assert len(score.made) > 50
    for decision in decisions:
        assert decision.reason in REASONS
        assert decision.discrepancy in (None, *DISCREPANCIES)
        assert REASONS[decision.reason] % decision.parameters
        assert all(candidate.reason in REASONS for candidate in decision.candidates)


def test_the_same_seed_gives_the_same_world():
    assert make_world(7, lines=50, items=200) == make_world(7, lines=50, items=200)
    assert make_world(7, lines=50, items=200) != make_world(8, lines=50, items=200)


def test_highlights_lie_in_the_text():
    world = make_world(3, lines=300, items=900)
    texts = {line.key: line.text for line in world.lines}
    decisions = match(world.lines, world.items, world.payers, [RULE], closed_references=world.closed)
    marked = [
        (decision.line, evidence)
        for decision in decisions
        for evidence in decision.evidence
        if evidence.start is not None and evidence.end
    ]
    assert len(marked) > 100
    assert all(texts[key][evidence.start : evidence.end] == evidence.value for key, evidence in marked)
