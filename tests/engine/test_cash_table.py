"""Every row of the table of cases that cash application must get right, and the known failures of others."""

from datetime import timedelta
from decimal import Decimal

import pytest
from cash_builders import (
    DAY,
    QUARK,
    QUARK_IBAN,
    RULE,
    allocated,
    decide,
    discount,
    from_quark,
    item,
    line,
    money,
    payer,
)

from order_to_cash.cash import (
    ClosedReference,
    MatchingRule,
    RemittedDocument,
    ToleranceGroup,
    creditor_reference,
    match,
)


def test_whole_number_with_exact_amount_is_applied_though_the_payer_is_unknown():
    decision = decide(line("1190.00", "Payment INV/2026/01071 thank you"), [item("INV/2026/01071", "1190.00")])
    assert decision.outcome == "apply"
    assert allocated(decision) == {"INV/2026/01071": money("1190.00")}
    assert decision.remainder == 0
    assert decision.reason == "number_exact"
    found = next(evidence for evidence in decision.evidence if evidence.kind == "document_number")
    assert (found.start, found.end, found.number) == (8, 22, "INV/2026/01071")


def test_number_with_an_amount_far_from_the_item_is_a_proposal_at_most():
    decision = decide(line("12.34", "01072"), [item("INV/2026/01072", "5000.00")])
    assert decision.outcome != "apply"
    decision = decide(from_quark("12.34", "INV/2026/01072"), [item("INV/2026/01072", "5000.00")])
    assert (decision.outcome, decision.reason, decision.discrepancy) == ("propose", "amount_far", "short")
    assert allocated(decision) == {"INV/2026/01072": money("12.34")}


def test_known_payer_with_a_single_item_of_another_amount_is_not_applied():
    decision = decide(from_quark("55.00", "/"), [item("INV/2026/00001", "700.00")])
    assert decision.outcome != "apply"
    assert (decision.reason, decision.payer, decision.parked) == ("items_unknown", "quark", False)
    parking = MatchingRule("park", park_on_account=True)
    decision = decide(from_quark("55.00", "/"), [item("INV/2026/00001", "700.00")], rules=[parking])
    assert decision.outcome != "apply"
    assert (decision.reason, decision.parked) == ("on_account", True)


def test_a_name_two_payers_bear_is_a_tie():
    payers = [payer("holding", "Quark Holding"), payer("trading", "Quark Trading")]
    items = [item("A", "500.00", "holding"), item("B", "700.00", "trading")]
    decision = decide(line("500.00", payer_name="Quark"), items, payers)
    assert decision.outcome != "apply"
    assert (decision.reason, decision.discrepancy) == ("several_payers", "ambiguous")


@pytest.mark.parametrize("others", [(), ("700.00",), ("450.00", "60.00")])
def test_exact_sum_that_only_one_set_reaches_is_applied(others):
    items = [item("A", "100.00"), item("B", "200.00"), *(item(f"X{n}", o) for n, o in enumerate(others))]
    decision = decide(from_quark("300.00"), items)
    assert decision.outcome == "apply"
    assert allocated(decision) == {"A": money("100.00"), "B": money("200.00")}


def test_exact_sum_that_two_sets_reach_is_a_tie():
    items = [item("A", "100.00"), item("B", "200.00"), item("C", "300.00")]
    decision = decide(from_quark("300.00"), items)
    assert (decision.outcome, decision.reason, decision.discrepancy) == ("propose", "several_sets", "ambiguous")
    assert [{a.item for a in candidate.allocations} for candidate in decision.candidates][:2] == [
        {"C"},
        {"A", "B"},
    ]


def test_short_beyond_the_tolerance_is_partial_with_a_flagged_deduction():
    rule = MatchingRule("half percent", tolerance=ToleranceGroup("t", percent=Decimal("0.5")))
    items = [item("INV/2026/00007", "990.00")]
    for bank_line in (from_quark("975.00", "INV/2026/00007"), line("975.00", "INV/2026/00007")):
        decision = decide(bank_line, items, rules=[rule])
        (allocation,) = decision.allocations
        assert (decision.outcome, decision.discrepancy) == ("apply", "short")
        assert (allocation.amount, allocation.deduction) == (money("975.00"), money("15.00"))
        assert allocation.deduction_reason == "unexplained"
        assert allocation.settled == money("975.00")


def test_difference_within_amount_and_percent_is_written_off():
    decision = decide(from_quark("989.50", "INV/2026/00007"), [item("INV/2026/00007", "990.00")])
    (allocation,) = decision.allocations
    assert (decision.outcome, decision.reason, decision.discrepancy) == ("apply", "within_tolerance", None)
    assert (allocation.amount, allocation.write_off, allocation.settled) == (
        money("989.50"),
        money("0.50"),
        money("990.00"),
    )


@pytest.mark.parametrize(
    ("paid", "open_amount", "written_off"),
    [("990.40", "990.00", True), ("99.40", "100.00", False), ("998.90", "1000.00", False)],
)
def test_both_limits_of_the_tolerance_must_hold(paid, open_amount, written_off):
    decision = decide(from_quark(paid, "INV/2026/00007"), [item("INV/2026/00007", open_amount)])
    assert any(allocation.write_off for allocation in decision.allocations) is written_off
    assert (decision.reason == "within_tolerance") is written_off


@pytest.mark.parametrize("text", ["INV/2026/00007", ""])
@pytest.mark.parametrize(("days_late", "granted"), [(-5, True), (0, True), (2, True), (3, True), (4, False)])
def test_discount_is_granted_until_the_grace_days_end(text, days_late, granted):
    items = [item("INV/2026/00007", "990.00", discount=discount("9.90", DAY - timedelta(days=days_late)))]
    decision = decide(from_quark("980.10", text), items)
    if granted:
        (allocation,) = decision.allocations
        assert (decision.outcome, decision.reason) == ("apply", "with_discount")
        assert (allocation.amount, allocation.discount) == (money("980.10"), money("9.90"))
    elif text:
        assert decision.allocations[0].deduction_reason == "discount_late"
        assert decision.discrepancy == "short"
    else:
        assert decision.outcome != "apply"


@pytest.mark.parametrize("text", ["", "INV/2026/00001 INV/2026/00002 less RINV/2026/00001"])
def test_two_invoices_and_a_credit_note(text):
    items = [
        item("INV/2026/00001", "500.00"),
        item("INV/2026/00002", "300.00"),
        item("RINV/2026/00001", "-120.00"),
        item("INV/2026/00003", "950.00"),
    ]
    decision = decide(from_quark("680.00", text), items)
    assert decision.outcome == "apply"
    assert allocated(decision) == {
        "INV/2026/00001": money("500.00"),
        "INV/2026/00002": money("300.00"),
        "RINV/2026/00001": money("-120.00"),
    }


def test_named_invoices_less_a_credit_note_that_is_not_named():
    items = [item("INV/2026/00001", "500.00"), item("INV/2026/00002", "300.00"), item("RINV/2026/00001", "-120.00")]
    decision = decide(from_quark("680.00", "INV/2026/00001 and INV/2026/00002"), items)
    assert (decision.outcome, decision.reason) == ("apply", "number_and_others")
    assert len(decision.allocations) == 3


@pytest.mark.parametrize(
    ("facts", "amount", "currency", "rates", "allocation", "difference"),
    [
        # booked in EUR on a EUR account, ordered in USD
        ({"original_amount": money("1085"), "original_currency": "USD"}, "996.50", "EUR", {}, "996.50", "3.50"),
        # booked in USD on a USD account
        ({}, "1085.00", "USD", {"USD": Decimal("0.92")}, "998.20", "1.80"),
        # the payer ordered the invoice's currency, the account has another
        ({"original_amount": money("1000.00"), "original_currency": "EUR"}, "1081.00", "USD", {}, "1000.00", "0"),
    ],
)
def test_foreign_payment_is_applied_at_the_booked_amount(facts, amount, currency, rates, allocation, difference):
    bank_line = from_quark(amount, "INV/2026/00001", currency=currency, **facts)
    decision = decide(
        bank_line, [item("INV/2026/00001", "1000.00")], rate_on=lambda source, target, day: rates.get(source)
    )
    (given,) = decision.allocations
    assert (decision.outcome, decision.remainder, decision.currency) == ("apply", 0, "EUR")
    assert (given.amount, given.exchange_difference) == (money(allocation), money(difference))
    assert given.settled == money("1000.00")


def test_foreign_payment_without_a_rate_is_a_case():
    decision = decide(from_quark("1085.00", "INV/2026/00001", currency="USD"), [item("INV/2026/00001", "1000.00")])
    assert (decision.outcome, decision.discrepancy) == ("none", "wrong_currency")
    assert decision.parameters["expected"] == "EUR"


@pytest.mark.parametrize("text", ["%", "_", "\\", "", "a", "1", "%%%", "_____", "\\%", "' OR 1=1 --", "é", "０"])
def test_text_without_meaning_matches_nothing(text):
    payers = [payer("a", "%"), payer("b", "_", aliases=("%", "", "\\")), payer("c", "A", accounts=("", "%", "1"))]
    items = [
        item("%", "10.00", "a"),
        item("_", "10.00", "b", references=("_", "a", "1", "\\", "")),
        item("C", "10.00", "c", payment_reference="1", end_to_end_ids=("", "%", "1")),
    ]
    hostile = line(
        "10.00",
        text,
        payer_name=text,
        payer_account=text,
        mandate_id=text,
        end_to_end_id=text,
        structured_references=(text,),
        remitted_documents=(RemittedDocument(text),),
    )
    decision = decide(hostile, items, payers)
    assert decision.outcome != "apply"
    assert decision.payer is None
    assert not [evidence for evidence in decision.evidence if evidence.items]


def test_structured_creditor_reference():
    reference = creditor_reference("2026-01071")
    items = [item("INV/2026/01071", "100.00", payment_reference=reference), item("B", "100.00")]
    decision = decide(line("100.00", structured_references=(reference,)), items)
    assert (decision.outcome, decision.step, decision.score) == ("apply", "structured", 100)
    assert allocated(decision) == {"INV/2026/01071": money("100.00")}


def test_creditor_reference_in_the_text_as_printed():
    reference = creditor_reference("202601071")
    printed = " ".join(reference[start : start + 4] for start in range(0, len(reference), 4))
    items = [item("INV/2026/01071", "100.00", payment_reference=reference)]
    assert decide(line("100.00", f"Zahlung {printed} danke"), items).outcome == "apply"
    wrong = printed[:-1] + ("1" if printed[-1] != "1" else "2")
    assert decide(line("100.00", f"Zahlung {wrong} danke"), items).outcome != "apply"


def test_end_to_end_id_of_our_own_direct_debit():
    items = [item("A", "100.00", end_to_end_ids=("DD-2026-0001",)), item("B", "100.00")]
    assert allocated(decide(line("100.00", end_to_end_id="DD-2026-0001"), items)) == {"A": money("100.00")}
    assert decide(line("100.00", end_to_end_id="NOTPROVIDED"), items).outcome != "apply"


def test_remittance_list_with_stated_amounts_pays_as_stated():
    items = [item("INV/2026/00001", "500.00"), item("INV/2026/00002", "300.00"), item("RINV/2026/00001", "-120.00")]
    stated = (
        RemittedDocument("INV/2026/00001", money("500.00")),
        RemittedDocument("INV/2026/00002", money("280.00")),
        RemittedDocument("RINV/2026/00001", money("120.00")),
    )
    decision = decide(line("660.00", remitted_documents=stated), items)
    assert (decision.outcome, decision.reason, decision.discrepancy) == ("apply", "remittance_partial", "short")
    assert allocated(decision)["INV/2026/00002"] == money("280.00")
    wrong_total = decide(line("661.00", remitted_documents=stated), items)
    assert wrong_total.outcome != "apply"


@pytest.mark.parametrize("bank_line", [line, from_quark])
def test_a_remittance_list_far_from_what_is_open_is_only_proposed(bank_line):
    stated = (RemittedDocument("INV/2026/00001", money("100.00")), RemittedDocument("INV/2026/00002", money("300.00")))
    items = [item("INV/2026/00001", "100000.00"), item("INV/2026/00002", "300.00")]
    decision = decide(bank_line("400.00", remitted_documents=stated), items)
    assert (decision.outcome, decision.reason) == ("propose", "remittance_partial")
    assert allocated(decision) == {"INV/2026/00001": money("100.00"), "INV/2026/00002": money("300.00")}
    assert not any(allocation.deduction for allocation in decision.allocations)
    assert decision.score < 60


def test_a_known_payer_may_keep_much_of_a_small_item_in_a_long_remittance_list():
    stated = (RemittedDocument("INV/2026/00001", money("60.00")), RemittedDocument("INV/2026/00002", money("900.00")))
    items = [item("INV/2026/00001", "100.00"), item("INV/2026/00002", "900.00")]
    assert decide(from_quark("960.00", remitted_documents=stated), items).reason == "remittance_partial"
    assert decide(from_quark("960.00", remitted_documents=stated), items).outcome == "apply"
    assert decide(line("960.00", remitted_documents=stated), items).outcome == "propose"


def test_a_remittance_list_may_use_any_part_of_a_credit():
    items = [item("INV/2026/00001", "500.00"), item("RINV/2026/00001", "-400.00")]
    stated = (RemittedDocument("INV/2026/00001", money("500.00")), RemittedDocument("RINV/2026/00001", money("50.00")))
    decision = decide(line("450.00", remitted_documents=stated), items)
    assert (decision.outcome, allocated(decision)["RINV/2026/00001"]) == ("apply", money("-50.00"))


def test_the_stronger_claim_gets_the_item_though_its_line_is_later():
    batch = [
        from_quark("99.00", key=1),
        line("99.00", "INV/2026/00001", key=2, date=DAY + timedelta(days=9)),
    ]
    first, second = match(batch, [item("INV/2026/00001", "99.00")], [QUARK], [RULE])
    assert (first.outcome, second.outcome) == ("none", "apply")


def test_overpayment_pays_the_item_and_leaves_the_rest_unapplied():
    decision = decide(from_quark("1000.00", "INV/2026/00001"), [item("INV/2026/00001", "990.00")])
    assert (decision.outcome, decision.discrepancy, decision.remainder) == ("apply", "over", money("10.00"))


def test_short_by_bank_charges_says_so():
    decision = decide(from_quark("985.00", "INV/2026/00001 charges SHA"), [item("INV/2026/00001", "990.00")])
    assert decision.allocations[0].deduction_reason == "bank_charge"


def test_refund_pays_a_credit_note():
    decision = decide(from_quark("-120.00", "RINV/2026/00001"), [item("RINV/2026/00001", "-120.00")])
    assert allocated(decision) == {"RINV/2026/00001": money("-120.00")}


def test_somebody_else_pays_a_named_invoice():
    other = payer("other", "Andere Firma AG", accounts=("AT611904300234573201",))
    bank_line = line("500.00", "INV/2026/00001", payer_account="AT611904300234573201")
    decision = decide(bank_line, [item("INV/2026/00001", "500.00")], [QUARK, other])
    assert decision.outcome == "apply"


def test_number_of_somebody_else_is_no_proof_when_the_own_item_fits_as_well():
    other = payer("other", "Andere Firma AG", accounts=("AT611904300234573201",))
    items = [item("INV/2026/00001", "99.00"), item("INV/2026/00002", "99.00", "other")]
    bank_line = line("99.00", "INV/2026/00001", payer_account="AT611904300234573201")
    decision = decide(bank_line, items, [QUARK, other])
    assert (decision.outcome, decision.reason) == ("propose", "payer_conflict")


def test_purchase_order_number_counts_only_for_its_customer():
    items = [
        item("A", "500.00", customer_references=("PO-10017",)),
        item("B", "500.00", "other", customer_references=("PO-10017",)),
    ]
    assert allocated(decide(from_quark("500.00", "your PO-10017"), items)) == {"A": money("500.00")}
    assert decide(line("500.00", "your PO-10017"), items[:1]).outcome != "apply"


def test_order_with_two_invoices_pays_the_one_that_fits_or_both():
    items = [
        item("INV/2026/00001", "500.00", references=("INV/2026/00001", "S00042")),
        item("INV/2026/00002", "300.00", references=("INV/2026/00002", "S00042")),
    ]
    for amount, expected in (("500.00", 1), ("300.00", 1), ("800.00", 2)):
        decision = decide(line(amount, "Order S00042"), items)
        assert decision.outcome == "apply"
        assert len(decision.allocations) == expected


def test_typing_error_is_corrected_only_for_a_known_payer_with_the_exact_amount():
    items = [item("INV/2026/01071", "512.30"), item("INV/2026/01099", "77.00", "other")]
    closed = [ClosedReference("INV/2026/00999", 9, "quark", money("40.00"), "EUR")]
    decision = decide(from_quark("512.30", "INV/2026/01017"), items, closed_references=closed)
    assert (decision.outcome, decision.reason) == ("apply", "sum_corrected")
    for text in ("INV/2026/01170", "INV/2026/02011"):  # two edits away; beyond the sequence
        assert decide(from_quark("512.30", text), items, closed_references=closed).outcome != "apply"
    assert decide(from_quark("512.30", "INV/2026/01017"), items).outcome != "apply"


def test_invoice_dated_long_after_the_payment_is_not_matched_by_amount():
    late = item("INV/2026/00001", "99.00", date=DAY + timedelta(days=20))
    assert decide(from_quark("99.00"), [late]).outcome != "apply"
    assert decide(from_quark("99.00", "INV/2026/00001"), [late]).outcome == "apply"


def test_learned_account_of_two_payers_is_narrowed_by_the_name():
    payers = [
        payer("a", "Alpha Bau GmbH", accounts=(QUARK_IBAN,)),
        payer("b", "Beta Bau GmbH", accounts=(QUARK_IBAN,)),
    ]
    items = [item("A", "99.00", "a"), item("B", "99.00", "b")]
    assert decide(from_quark("99.00"), items, payers).outcome != "apply"
    assert allocated(decide(from_quark("99.00", payer_name="BETA BAU GMBH"), items, payers)) == {"B": money("99.00")}


def test_account_and_name_that_contradict_each_other_are_not_certain():
    payers = [QUARK, payer("b", "Beta Bau GmbH")]
    decision = decide(from_quark("99.00", payer_name="Beta Bau GmbH"), [item("A", "99.00")], payers)
    assert (decision.outcome, decision.reason) == ("propose", "several_payers")


def test_evidence_tells_the_account_that_identified_the_payer():
    decision = decide(from_quark("99.00"), [item("A", "99.00")])
    assert decision.evidence[-1].kind == "payer_account"
    assert decision.evidence[-1].value == QUARK_IBAN


def test_one_payment_for_two_customers_that_names_both_invoices():
    items = [item("INV/2026/00001", "500.00", "a"), item("INV/2026/00002", "250.00", "b")]
    decision = decide(line("750.00", "INV/2026/00001 + INV/2026/00002"), items)
    assert decision.outcome == "apply"
    assert len(decision.allocations) == 2
    assert decision.payer is None


def test_short_by_what_the_bank_kept_says_so():
    bank_line = from_quark("985.00", "INV/2026/00001", original_amount=money("990.00"))
    decision = decide(bank_line, [item("INV/2026/00001", "990.00")])
    assert decision.allocations[0].deduction_reason == "bank_charge"


def test_short_number_in_a_structured_field_needs_the_payer():
    items = [item("INV/2026/00001", "500.00", references=("INV/2026/00001", "000004711"))]
    assert decide(line("500.00", structured_references=("4711",)), items).outcome != "apply"
    assert decide(from_quark("500.00", structured_references=("4711",)), items).outcome == "apply"
