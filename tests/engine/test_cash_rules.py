"""What rules and tolerance groups allow, and in which order."""

from dataclasses import replace
from datetime import date

import pytest
from cash_builders import (
    DAY,
    QUARK,
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
    MatchingRule,
    ToleranceGroup,
    match,
)


def test_oldest_first_only_where_the_rule_says_so():
    items = [
        item("NEW", "500.00", due_date=date(2026, 3, 10)),
        item("OLD", "300.00", due_date=date(2026, 2, 10)),
        item("DISPUTED", "200.00", due_date=date(2026, 1, 10), disputed=True),
    ]
    assert decide(from_quark("450.00"), items).outcome != "apply"
    rule = MatchingRule("oldest", evidence=(*RULE.evidence, "oldest_first"), oldest_first=True)
    decision = decide(from_quark("450.00"), items, rules=[rule])
    assert (decision.outcome, decision.step) == ("apply", "oldest_first")
    assert allocated(decision) == {"OLD": money("300.00"), "NEW": money("150.00")}


def test_rule_that_only_proposes_keeps_the_item_from_weaker_lines():
    cautious = MatchingRule("numbers", sequence=1, evidence=("number",), automatic=False)
    bold = MatchingRule("sums", sequence=2, evidence=("exact_sum",))
    batch = [line("99.00", "INV/2026/00001", key=1), from_quark("99.00", key=2)]
    first, second = match(batch, [item("INV/2026/00001", "99.00")], [QUARK], [cautious, bold])
    assert (first.outcome, first.rule) == ("propose", "numbers")
    assert second.outcome != "apply"


def test_without_rules_nothing_is_applied():
    decision = decide(line("1190.00", "INV/2026/01071"), [item("INV/2026/01071", "1190.00")], rules=[])
    assert decision.outcome == "propose"


def test_a_payers_own_tolerance_counts_before_the_rules():
    strict = replace(QUARK, tolerance=ToleranceGroup("strict", amount=money("0.10")))
    decision = decide(from_quark("989.50", "INV/2026/00007"), [item("INV/2026/00007", "990.00")], [strict])
    assert (decision.reason, decision.discrepancy) == ("short_deduction", "short")


def test_a_discount_is_not_granted_twice_on_an_item_that_was_paid_in_part():
    items = [item("INV/2026/00001", "1000.00", discount=discount("20.00", DAY))]
    first = from_quark("950.00", "INV/2026/00001", key=1)
    second = from_quark("30.00", "INV/2026/00001", key=2)
    decisions = match([first, second], items, [QUARK], [RULE])
    assert [a.discount for decision in decisions for a in decision.allocations] == [0, 0]


@pytest.mark.parametrize(
    ("conditions", "applied"),
    [
        ({}, True),
        ({"payers": frozenset({"quark"})}, True),
        ({"payers": frozenset({"other"})}, False),
        ({"minimum_amount": money("99.00")}, True),
        ({"minimum_amount": money("99.01")}, False),
        ({"maximum_amount": money("98.99")}, False),
        ({"text_contains": "inv/2026"}, True),
        ({"text_contains": "rent"}, False),
        ({"evidence": ("structured", "exact_sum")}, False),
    ],
)
def test_conditions_of_a_rule(conditions, applied):
    rule = MatchingRule("conditional", **conditions)
    decision = decide(from_quark("99.00", "INV/2026/00001"), [item("INV/2026/00001", "99.00")], rules=[rule])
    assert (decision.outcome == "apply") is applied


def test_the_first_rule_that_allows_the_step_decides_and_is_named():
    rules = [MatchingRule("b", sequence=2, version=3), MatchingRule("a", sequence=2), MatchingRule("c", sequence=9)]
    decision = decide(from_quark("99.00", "INV/2026/00001"), [item("INV/2026/00001", "99.00")], rules=rules)
    assert (decision.rule, decision.rule_version, decision.step) == ("a", 1, "number")


def test_discount_and_tolerance_together_need_the_number():
    items = [item("INV/2026/00001", "1000.00", discount=discount("20.00", DAY))]
    assert decide(from_quark("979.60"), items).outcome != "apply"
    decision = decide(from_quark("979.60", "INV/2026/00001"), items)
    (allocation,) = decision.allocations
    assert (allocation.discount, allocation.write_off, allocation.settled) == (
        money("20.00"),
        money("0.40"),
        money("1000.00"),
    )


def test_credit_notes_that_eat_most_of_an_invoice_are_netted_only_with_everything_open():
    items = [item("A", "2550.00"), item("B", "-2050.00"), item("C", "777.00")]
    assert decide(from_quark("500.00"), items).reason == "accident_possible"
    assert decide(from_quark("500.00"), items[:2]).outcome == "apply"


def test_a_final_rule_keeps_the_rules_below_from_its_payers():
    strict = MatchingRule("strict", sequence=1, payers=frozenset(["quark"]), final=True)
    items = [item("INV/2026/00007", "990.00")]
    assert decide(from_quark("989.50", "INV/2026/00007"), items, rules=[strict, RULE]).discrepancy == "short"
    loose = replace(strict, final=False)
    assert decide(from_quark("989.50", "INV/2026/00007"), items, rules=[loose, RULE]).reason == "within_tolerance"
    stranger = line("989.50", "INV/2026/00007")
    assert decide(stranger, items, rules=[strict, RULE]).reason == "within_tolerance"


def test_a_rule_for_some_lines_only():
    items = [item("INV/2026/00007", "990.00")]
    rule = replace(RULE, only_lines=frozenset(["another line"]))
    assert decide(from_quark("990.00", "INV/2026/00007"), items, rules=[rule]).outcome != "apply"
    assert decide(from_quark("990.00", "INV/2026/00007", key="another line"), items, rules=[rule]).outcome == "apply"


@pytest.mark.parametrize(
    ("paid", "text", "facts", "charge"),
    [
        ("975.00", "INV/2026/00007 charges SHA", {}, "15.00"),
        ("975.00", "INV/2026/00007 abzgl. Bankspesen", {}, "15.00"),
        ("975.00", "INV/2026/00007", {"original_amount": money("990.00")}, "15.00"),
        ("975.00", "INV/2026/00007", {"charges": money("15.00")}, "15.00"),
        ("975.00", "INV/2026/00007", {"charges": money("5.00")}, "0"),
        ("969.99", "INV/2026/00007 charges SHA", {}, "0"),
        ("975.00", "INV/2026/00007 coffee", {}, "0"),
        ("975.00", "INV/2026/00007 less transfer fee", {}, "15.00"),
        ("975.00", "INV/2026/00007 frais bancaires déduits", {}, "15.00"),
        ("975.00", "INV/2026/00007 abzgl. Überweisungsgebühren", {}, "15.00"),
        ("975.00", "INV/2026/00007 service charges March", {}, "0"),
        ("975.00", "INV/2026/00007 school fees", {}, "0"),
        ("975.00", "INV/2026/00007 commission", {}, "0"),
        ("975.00", "INV/2026/00007 without bank charges", {}, "0"),
        ("975.00", "INV/2026/00007 Reisespesen", {}, "0"),
        ("975.00", "your INV/2026/00007 our fees", {}, "0"),
        ("975.00", "INV/2026/00007", {"original_amount": money("975.00")}, "0"),
        ("1005.00", "INV/2026/00007 charges SHA", {}, "0"),
    ],
)
def test_bank_charges_within_their_limit_are_borne(paid, text, facts, charge):
    rule = replace(RULE, charge_limit=money("20.00"))
    decision = decide(from_quark(paid, text, **facts), [item("INV/2026/00007", "990.00")], rules=[rule])
    (allocation,) = decision.allocations
    assert (decision.outcome, allocation.charge) == ("apply", money(charge))
    assert (decision.reason == "with_charge") is bool(allocation.charge)
    assert allocation.settled == (money("990.00") if allocation.charge else min(money(paid), money("990.00")))


@pytest.mark.parametrize(
    ("open_amount", "paid", "charge"),
    [("200.00", "185.00", "15.00"), ("200.00", "179.99", "0"), ("100.00", "90.00", "10.00"), ("100.00", "89.99", "0")],
)
def test_bank_charges_have_a_limit_in_percent_of_the_document_too(open_amount, paid, charge):
    rule = replace(RULE, charge_limit=money("500.00"))
    decision = decide(
        from_quark(paid, "INV/2026/00007 bank charges"), [item("INV/2026/00007", open_amount)], rules=[rule]
    )
    assert decision.allocations[0].charge == money(charge)
    assert (decision.outcome == "apply") is bool(money(charge))


IN_YEN = replace(
    RULE,
    tolerance=ToleranceGroup("yen", money("500"), money("0.5"), grace_days=3),
    charge_limit=money("3000"),
    limit_currency="JPY",
)


@pytest.mark.parametrize(
    ("paid", "text", "rate", "reason"),
    [
        ("99600.00", "", "0.0065", "short_deduction"),
        ("99996.75", "", "0.0065", "within_tolerance"),
        ("99996.74", "", "0.0065", "short_deduction"),
        ("99996.75", "", None, "short_deduction"),
        ("99980.50", "bank charges", "0.0065", "with_charge"),
        ("99980.49", "bank charges", "0.0065", "short_deduction"),
        ("99980.50", "bank charges", None, "short_deduction"),
    ],
)
def test_limits_in_money_are_converted_to_the_currency_of_the_items(paid, text, rate, reason):
    days = []

    def rate_on(source, target, day):
        days.append((source, target, day))
        return rate and money(rate)

    items = [item("INV/2026/00007", "100000.00", currency="USD")]
    bank_line = from_quark(paid, f"INV/2026/00007 {text}", currency="USD")
    assert decide(bank_line, items, rules=[IN_YEN], rate_on=rate_on).reason == reason
    assert ("JPY", "USD", DAY) in days


def test_limits_in_money_are_converted_where_only_the_amount_tells():
    items = [item("INV/2026/00007", "100000.00", currency="USD")]
    for paid, rate, outcome in (
        ("99996.75", "0.0065", "apply"),
        ("99996.74", "0.0065", "propose"),
        ("99996.75", None, "propose"),
    ):
        decision = decide(
            from_quark(paid, currency="USD"),
            items,
            rules=[IN_YEN],
            rate_on=lambda *_asked, rate=rate: rate and money(rate),
        )
        assert (paid, decision.outcome) == (paid, outcome)


def test_a_known_payer_counts_before_everything_and_a_mapped_one_beside_the_rest():
    other = payer("other", "Other Works Ltd")
    items = [item("A", "500.00"), item("B", "500.00", "other")]
    assert allocated(decide(from_quark("500.00", known_payer="other"), items, [QUARK, other])) == {"B": money("500.00")}
    mapped = line("500.00", mapped_payer="other", payer_name="Nobody Known")
    assert allocated(decide(mapped, items, [QUARK, other])) == {"B": money("500.00")}
    against = decide(from_quark("500.00", mapped_payer="other"), items, [QUARK, other])
    assert (against.outcome, against.discrepancy) == ("propose", "ambiguous")
    assert decide(line("500.00", known_payer="gone"), items, [QUARK, other]).outcome != "apply"
