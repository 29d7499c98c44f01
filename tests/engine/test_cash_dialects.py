"""The engine meets texts it was not made on; and the judge knows nothing of the engine."""

import ast
from dataclasses import replace
from pathlib import Path

import cash_world
import pytest
from cash_builders import RULE
from cash_world import make_world, score_decisions
from cash_world.dialects import DIALECTS

from order_to_cash.cash import match

FACTS = {
    "BankLine",
    "ClosedReference",
    "EarlyDiscount",
    "OpenItem",
    "PastPayment",
    "Payer",
    "RemittedDocument",
    "creditor_reference",
}
NEW_DIALECTS = [name for name in DIALECTS if name != "standard"]


@pytest.mark.parametrize(("dialect", "seed"), list(zip(NEW_DIALECTS, range(40_001, 40_010), strict=False)))
def test_nothing_is_applied_wrongly_in_another_dialect(dialect, seed):
    world = make_world(seed, lines=400, items=1_200, dialect=dialect)
    facts = {"closed_references": world.closed, "past_payments": world.past_payments}
    score = score_decisions(world, match(world.lines, world.items, world.payers, [RULE], **facts))
    assert score.wrong == []
    assert score.touchless_rate >= 0.9


def test_a_dialect_changes_texts_only():
    plain = make_world(5, lines=80, items=300)
    for dialect in NEW_DIALECTS:
        other = make_world(5, lines=80, items=300, dialect=dialect)
        assert (other.labels, other.items, other.payers) == (plain.labels, plain.items, plain.payers)
        texts = {line.key: line.text for line in plain.lines}
        assert [replace(line, text=texts[line.key]) for line in other.lines] == plain.lines


def test_the_judge_takes_only_facts_from_the_engines_package():
    for path in Path(cash_world.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("order_to_cash.cash"):
                assert node.module == "order_to_cash.cash", path
                assert {alias.name for alias in node.names} <= FACTS, path
            elif isinstance(node, ast.Import):
                assert not any(alias.name.startswith("order_to_cash") for alias in node.names), path
