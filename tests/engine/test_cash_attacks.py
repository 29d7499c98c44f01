"""Payments that an attacker, or a hurried clerk, would make the engine apply to what they are not for."""

from dataclasses import replace

import pytest
from cash_builders import QUARK, allocated, decide, from_quark, item, money

from order_to_cash.cash import ClosedReference, RemittedDocument

INVOICE = "INV/2026/{:05d}".format


def invoice(last, residual, payer="quark", **values):
    return item(INVOICE(last), residual, payer, **values)


def paid(number, amount, payer="quark"):
    """A document that is paid already."""
    number = INVOICE(number) if isinstance(number, int) else number
    return ClosedReference(number, f"paid {number}", payer, money(amount), "EUR")


def listed(*documents):
    """A remittance list: pairs of number and amount."""
    return tuple(RemittedDocument(number, money(amount)) for number, amount in documents)


@pytest.mark.parametrize(
    ("amount", "text", "facts", "closed", "opened"),
    [
        ("200", "INV/2026/00001, INV/2026/00002", {}, [paid(1, 100)], [invoice(2, 100), invoice(3, 100)]),
        ("98", "INV/2026/01074, 01073", {}, [paid(1073, 49)], [invoice(1074, 49), invoice(1075, 49)]),
        ("98", "INV/2026/01074, 73", {}, [paid(1073, 49)], [invoice(1074, 49), invoice(1075, 49)]),
        ("98", "INV/2026/01073-74", {}, [paid(1073, 49)], [invoice(1074, 49), invoice(1075, 49)]),
        ("200", "INV/2026/00022 INV/2026/00002", {}, [paid(30, 100)], [invoice(2, 100), invoice(3, 100)]),
        ("150", "", {"documents": ((INVOICE(2), 100), (INVOICE(99), 50))}, [], [invoice(2, 100), invoice(3, 50)]),
        ("150", "", {"documents": ((INVOICE(2), 100), ("4711", 50))}, [], [invoice(2, 100), invoice(3, 50)]),
        ("150", "", {"documents": ((INVOICE(2), 100), (INVOICE(1), 50))}, [paid(1, 50)], [invoice(2, 100), invoice(3, 50)]),
        ("90", "", {"documents": ((INVOICE(2), 100), ("DN-7", -10))}, [], [invoice(2, 100), item("RINV/2026/00003", -10)]),
        ("150", "INV/2026/00011 und 1072", {}, [], [invoice(11, 100), invoice(30, 50), invoice(1072, 60)]),
    ],
)  # fmt: skip
def test_nothing_else_fills_the_gap_where_the_line_says_what_the_rest_is_for(amount, text, facts, closed, opened):
    line = from_quark(amount, text, remitted_documents=listed(*facts.get("documents", ())))
    decision = decide(line, opened, closed_references=closed)
    named = {first for first, _amount in facts.get("documents", ())} | {opened[0].key}
    assert decision.outcome != "apply" or set(allocated(decision)) <= named


def test_a_small_overpayment_is_not_netted_with_items_that_nobody_named():
    items = [invoice(2223, "6615.68"), invoice(3, "59.60"), item("RINV/2026/00001", "-49.60")]
    decision = decide(from_quark("6625.68", "INV/2026/02223"), items)
    assert (decision.reason, decision.remainder) == ("overpaid", money("10.00"))
    assert allocated(decision) == {"INV/2026/02223": money("6615.68")}
