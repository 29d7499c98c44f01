"""A statement confirms what a report brought: only on evidence, never against it, each once."""

from datetime import date
from decimal import Decimal

import pytest

from order_to_cash.statements.confirmation import Announced, confirmed

DAY = date(2026, 3, 16)


def told(key, amount="10.00", **values):
    return Announced(key, values.pop("date", DAY), Decimal(amount), **values)


@pytest.mark.parametrize(
    ("new", "old", "same"),
    [
        ({"text": "INV 7 goods of March"}, {"text": "INV 7"}, True),
        ({"text": "INV 7"}, {"text": "INV 7 goods of March"}, True),
        ({"text": "INV 72"}, {"text": "INV 7"}, False),
        ({"text": "INV 7"}, {"text": ""}, False),
        ({"text": "INV 7"}, {"text": "/"}, False),
        ({"text": "INV 7", "account": "DE1"}, {"text": "", "account": "DE 1"}, True),
        ({"text": "INV 7", "account": "DE1"}, {"text": "INV 7", "account": "DE2"}, False),
        ({"text": "a", "end_to_end_id": "E1"}, {"text": "b", "end_to_end_id": "E1"}, True),
        ({"text": "same", "end_to_end_id": "E1"}, {"text": "same", "end_to_end_id": "E2"}, False),
        ({"text": "INV 8", "account": "DE1"}, {"text": "INV 7", "account": "DE1"}, False),
        ({"text": "INV 7 x", "bank_reference": "R1"}, {"text": "INV 7"}, True),
        ({"text": "INV 7 x", "bank_reference": "R1"}, {"text": "INV 7", "bank_reference": "R2"}, False),
        ({"text": "INV 7 x", "amount": "10.01"}, {"text": "INV 7"}, False),
        ({"text": "INV 7 x", "date": date(2026, 3, 17)}, {"text": "INV 7"}, False),
    ],
)
def test_evidence(new, old, same):
    assert confirmed([told("new", **new)], [told("old", **old)]) == ({"new": "old"} if same else {})


def test_the_better_evidence_takes_the_report_and_each_counts_once():
    statement = [told("a", text="INV 7 more"), told("b", text="INV 7", end_to_end_id="E1")]

    assert confirmed(statement, [told("old", text="INV 7", end_to_end_id="E1")]) == {"b": "old"}
    assert confirmed(statement[:1], [told("one", text="INV 7"), told("two", text="INV 7")]) == {"a": "one"}
