"""Everyday ways of writing that a clerk reads at once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cash_builders import DAY, QUARK, RULE, allocated, decide, discount, from_quark, item

from order_to_cash.cash import ClosedReference, match

INVOICE = "INV/2026/{:05d}".format


def invoices(*lasts, residual=49):
    return [item(INVOICE(last), residual) for last in lasts]


def applied(bank_line, items, **facts):
    decision = decide(bank_line, items, **facts)
    return set(allocated(decision)) if decision.outcome == "apply" else set()


@pytest.mark.parametrize(
    "text",
    [
        "INV 1071 26.03.2026",
        "INV 01071 vom 26.03.2026",
        "INV 01071/26",
        "INV 1071/2026",
        "INV 01071-2026",
        "INV/26/01071",
        "INV 26 1071",
        "Rechnung 1071 26.03.2026",
        "INV 1071 1.234,50 EUR",
        "01071/2026",
        "RE 1071/26",
        "202601071",
        "INV–2026–01071",
        "INV 2026‑01071",
    ],
)
def test_short_number_with_a_day_or_its_year_behind(text):
    closed = [ClosedReference(INVOICE(1000), "c", "quark", 5, "EUR")]
    assert applied(from_quark("49.00", text), invoices(1071, 1099), closed_references=closed) == {INVOICE(1071)}


@pytest.mark.parametrize("last", [1950, 2005, 2045, 2099])
def test_short_number_that_looks_like_a_year_of_another_age(last):
    assert applied(from_quark("49.00", f"Rechnung {last}"), invoices(last, 1071)) == {INVOICE(last)}


@pytest.mark.parametrize("text", ["INV 01071/25", "INV/25/01071", "INV 1071 2025", "01071/2025", "INV 1071/26/3"])
def test_another_year_is_another_invoice(text):
    closed = [ClosedReference(INVOICE(1000), "c", "quark", 5, "EUR")]
    assert INVOICE(1099) not in applied(from_quark("49.00", text), invoices(1071, 1099), closed_references=closed)


def test_belgian_reference_is_no_phone_number():
    items = [item(INVOICE(1071), 49, references=(INVOICE(1071), "+++090/9337/55493+++")), *invoices(1099)]
    items.append(item(INVOICE(1080), 49, payment_reference="+++090/9337/55594+++"))
    assert applied(from_quark("49.00", "+++090/9337/55493+++"), items) == {INVOICE(1071)}
    assert applied(from_quark("49.00", "zahlung +++090/9337/55594+++ danke"), items) == {INVOICE(1080)}


def test_own_item_before_somebody_elses_of_the_same_number():
    items = [
        item("A", 49, references=("A", "S00042")),
        item("B", 49, "other", references=("B", "S00042")),
    ]
    assert applied(from_quark("49.00", "Order S00042"), items) == {"A"}
    items[0] = item("A", 49, references=("A",), customer_references=("000012345",))
    items[1] = item("B", 49, "other", references=("B", "000012345"))
    assert applied(from_quark("49.00", "Order 000012345"), items) == {"A"}


@pytest.mark.parametrize(
    "text",
    [
        "INV/2026/00011,12,13",
        "INV/2026/00011,00012,00013",
        "INV/2026/00011, 12 u. 13",
        "INV/2026/00011, 12 sowie 13",
        "INV/2026/00011 u.12 u.13",
        "INV/2026/00011 ~ 13",
        "INV/2026/00011 ~13",
        "INV/2026/00011, 12 as well as 13",
        "INV\u20132026\u201300011, 12, 13",
        "INV\u20112026\u201100011\u201113",
        "INV/2026/00011 \u2212 13",
    ],
)
def test_lists_as_people_write_them(text):
    assert applied(from_quark("147.00", text), invoices(11, 12, 13, 14)) == {INVOICE(11), INVOICE(12), INVOICE(13)}


@pytest.mark.parametrize(
    "text",
    [
        "ZAHLUNG FUER INV/2026/01071\n26.03.2026 VIELEN DANK",
        "ZAHLUNG FUER INV/2026/01071\n12 STUECK",
        "SEPA GUTSCHRIFT RECHN INV/2026/0107\n1 VIELEN DANK",
    ],
)
def test_number_at_the_end_of_a_full_line(text):
    closed = [ClosedReference(INVOICE(1099), "c", "quark", 49, "EUR")]
    items = [*invoices(1071), *invoices(107)]
    assert applied(from_quark("49.00", text), items, closed_references=closed) == {INVOICE(1071)}


def test_half_a_number_at_the_end_of_a_full_line_is_none():
    text = "SEPA GUTSCHRIFT RECHN INV/2026/0107\n2 VIELEN DANK"
    assert applied(from_quark("49.00", text), invoices(107, 1071)) == set()


def test_a_line_wrap_within_the_short_numbers_of_a_list():
    text = "Rechnung INV/2026/00846 + 1006 + 21 55 + 2740 vom 06.04.2026"
    items = [
        item(INVOICE(last), amount) for last, amount in ((846, 1000), (1006, 170), (2155, 65), (2740, 5), (21, 77))
    ]
    assert len(applied(from_quark("1240.00", text), items)) == 4


def test_instalments_of_one_batch_that_pay_an_item_together():
    halves = [from_quark("500.00", f"INV/2026/00011 {part}/2", key=part) for part in (1, 2)]
    decisions = match(halves, [item(INVOICE(11), 1000)], [QUARK], [RULE])
    assert [(decision.outcome, decision.reason) for decision in decisions] == [("apply", "instalments")] * 2
    for third in (from_quark("400.00", "INV/2026/00011", key=3), from_quark("500.00", "INV/2026/00011", key=3)):
        decisions = match([*halves, third], [item(INVOICE(11), 1000)], [QUARK], [RULE])
        assert not [decision for decision in decisions if decision.outcome == "apply"]
    small = [replace(RULE, maximum_amount=450), replace(RULE, name="by hand", sequence=2, automatic=False)]
    for rules in (small, small[:1]):
        unequal = [from_quark(paid, "INV/2026/00011", key=paid) for paid in ("400.00", "600.00")]
        decisions = match(unequal, [item(INVOICE(11), 1000)], [QUARK], rules)
        assert not [decision for decision in decisions if decision.outcome == "apply"]
    automatic = [replace(RULE, automatic=False)]
    decisions = match(halves, [item(INVOICE(11), 1000)], [QUARK], automatic)
    assert [decision.outcome for decision in decisions] == ["propose"] * 2


def test_several_named_invoices_less_discounts_that_are_late():
    late, early = discount(20, DAY - timedelta(days=9)), discount(5, DAY)
    items = [item(INVOICE(11), 1000, discount=late), item(INVOICE(12), 500, discount=early), item(INVOICE(13), 80)]
    decision = decide(from_quark("1475.00", "INV/2026/00011, INV/2026/00012"), items)
    assert (decision.outcome, decision.reason, decision.discrepancy) == ("apply", "short_deduction", "short")
    first, second = decision.allocations
    assert (first.amount, first.deduction, first.deduction_reason) == (980, 20, "discount_late")
    assert (second.amount, second.discount, second.deduction) == (495, 5, 0)
    assert decide(from_quark("1474.00", "INV/2026/00011, INV/2026/00012"), items).outcome != "apply"
