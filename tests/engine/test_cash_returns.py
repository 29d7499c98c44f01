"""Payments that come back, come twice, or come too late."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cash_builders import (
    DAY,
    QUARK,
    RULE,
    allocated,
    decide,
    from_quark,
    item,
    line,
    money,
    payer,
)

from order_to_cash.cash import (
    ClosedReference,
    PastPayment,
    match,
)


def test_return_of_an_earlier_payment_undoes_its_match():
    past = PastPayment(77, DAY - timedelta(days=3), money("500.00"), "EUR", ("E2E-2026-77",), "quark")
    returned = line("-500.00", is_reversal=True, reversed_reference="E2E-2026-77")
    decision = decide(returned, [], past_payments=[past])
    assert (decision.outcome, decision.reverses, decision.discrepancy) == ("apply", 77, "returned")
    assert (decision.allocations, decision.remainder, decision.payer) == ((), 0, "quark")


def test_return_with_fees_inside_names_the_fees():
    past = PastPayment(77, DAY - timedelta(days=3), money("500.00"), "EUR", ("E2E-2026-77",), "quark")
    returned = line("-507.50", is_reversal=True, reversed_reference="E2E-2026-77", original_amount=money("500.00"))
    decision = decide(returned, [], past_payments=[past])
    assert (decision.outcome, decision.reverses, decision.remainder) == ("apply", 77, money("-7.50"))


def test_return_with_charges_that_the_bank_states():
    past = PastPayment(77, DAY - timedelta(days=3), money("500.00"), "EUR", ("E2E-2026-77",), "quark")
    returned = line("-503.50", is_reversal=True, reversed_reference="E2E-2026-77", charges=money("3.50"))
    decision = decide(returned, [], past_payments=[past])
    assert (decision.outcome, decision.reverses, decision.remainder) == ("apply", 77, money("-3.50"))
    other = replace(returned, charges=money("2.50"))
    assert decide(other, [], past_payments=[past]).outcome == "propose"


def test_payment_and_its_return_in_one_batch_leave_the_item_open():
    items = [item("INV/2026/00001", "500.00")]
    batch = [
        from_quark("500.00", "INV/2026/00001", key=1, end_to_end_id="DD-0001"),
        line("-500.00", key=2, date=DAY + timedelta(days=2), is_reversal=True, reversed_reference="DD-0001"),
        from_quark("500.00", "INV/2026/00001", key=3, date=DAY + timedelta(days=5)),
    ]
    first, second, third = match(batch, items, [QUARK], [RULE])
    assert (first.outcome, first.reason, first.discrepancy) == ("none", "returned_in_batch", "returned")
    assert (second.outcome, second.reverses) == ("apply", 1)
    assert allocated(third) == {"INV/2026/00001": money("500.00")}


def test_return_without_a_reference_is_only_proposed():
    past = PastPayment(77, DAY - timedelta(days=3), money("500.00"), "EUR", (), "quark")
    decision = decide(from_quark("-500.00", is_reversal=True), [], past_payments=[past])
    assert (decision.outcome, decision.reverses, decision.discrepancy) == ("propose", 77, "returned")


def test_second_payment_of_a_paid_invoice_is_a_duplicate_and_never_pays_another_item():
    closed = [ClosedReference("INV/2026/00001", 9, "quark", money("99.00"), "EUR")]
    decision = decide(
        from_quark("99.00", "INV/2026/00001"), [item("INV/2026/00002", "99.00")], closed_references=closed
    )
    assert decision.outcome != "apply"
    assert decision.discrepancy == "duplicate_payment"
    decision = decide(
        from_quark("50.00", "INV/2026/00001"), [item("INV/2026/00002", "50.00")], closed_references=closed
    )
    assert decision.outcome != "apply"
    assert decision.discrepancy == "closed_item"


def test_two_payments_of_one_invoice_in_a_batch():
    batch = [from_quark("99.00", "INV/2026/00001", key=key) for key in (1, 2)]
    first, second = match(batch, [item("INV/2026/00001", "99.00")], [QUARK], [RULE])
    assert first.outcome == "apply"
    assert (second.outcome, second.discrepancy) == ("none", "duplicate_payment")


def test_two_lines_with_an_equal_claim_on_one_item_both_wait():
    batch = [from_quark("99.00", key=key) for key in (1, 2)]
    decisions = match(batch, [item("INV/2026/00001", "99.00")], [QUARK], [RULE])
    assert [decision.reason for decision in decisions] == ["rival_lines", "rival_lines"]
    assert not [decision for decision in decisions if decision.outcome == "apply"]


@pytest.mark.parametrize("reference", ["NONREF", "NONE", "0000", "RECHNUNG", "MIETE", "DD-2026-77"])
def test_a_return_never_undoes_the_payment_of_another_customer(reference):
    other = payer("other", "Andere Firma AG", accounts=("AT611904300234573201",))
    past = PastPayment(77, DAY - timedelta(days=3), money("49.00"), "EUR", (reference,), "other")
    returned = from_quark("-49.00", is_reversal=True, reversed_reference=reference)
    decision = decide(returned, [], [QUARK, other], past_payments=[past])
    assert decision.outcome != "apply"


@pytest.mark.parametrize("reference", ["NONREF", "NONE", "0000", "RECHNUNG"])
def test_a_word_that_says_nothing_is_no_reference_of_a_return(reference):
    past = PastPayment(77, DAY - timedelta(days=3), money("49.00"), "EUR", (reference,), "quark")
    returned = from_quark("-49.00", is_reversal=True, reversed_reference=reference)
    decision = decide(returned, [], past_payments=[past])
    assert (decision.outcome, decision.reverses) == ("propose", 77)
