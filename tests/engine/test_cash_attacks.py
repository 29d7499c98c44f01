"""Payments that an attacker, or a hurried clerk, would make the engine apply to what they are not for."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cash_builders import DAY, QUARK, RULE, allocated, decide, discount, from_quark, item, line, money, payer

from order_to_cash.cash import ClosedReference, RemittedDocument, creditor_reference, match

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
    ("amount", "text", "documents", "closed", "opened"),
    [
        ("200", "INV/2026/00001, INV/2026/00002", (), [paid(1, 100)], [invoice(2, 100), invoice(3, 100)]),
        ("98", "INV/2026/01074, 01073", (), [paid(1073, 49)], [invoice(1074, 49), invoice(1075, 49)]),
        ("98", "INV/2026/01074, 73", (), [paid(1073, 49)], [invoice(1074, 49), invoice(1075, 49)]),
        ("98", "INV/2026/01073-74", (), [paid(1073, 49)], [invoice(1074, 49), invoice(1075, 49)]),
        ("998", "INV/2026/00501 + 88133 KD 87660", (), [], [invoice(501, 499), invoice(1179, 499)]),
        ("998", "INV/2026/00501 und 88133", (), [], [invoice(501, 499), invoice(1179, 499)]),
        ("200", "INV/2026/00022 INV/2026/00002", (), [paid(30, 100)], [invoice(2, 100), invoice(3, 100)]),
        ("150", "", ((INVOICE(2), 100), (INVOICE(99), 50)), [], [invoice(2, 100), invoice(3, 50)]),
        ("150", "", ((INVOICE(2), 100), ("4711", 50)), [], [invoice(2, 100), invoice(3, 50)]),
        ("150", "", ((INVOICE(2), 100), (INVOICE(1), 50)), [paid(1, 50)], [invoice(2, 100), invoice(3, 50)]),
        ("90", "", ((INVOICE(2), 100), ("DN-7", -10)), [], [invoice(2, 100), item("RINV/2026/00003", -10)]),
        ("150", "INV/2026/00011 und 1072", (), [], [invoice(11, 100), invoice(30, 50), invoice(1072, 60)]),
    ],
)  # fmt: skip
def test_nothing_else_fills_the_gap_where_the_line_says_what_the_rest_is_for(amount, text, documents, closed, opened):
    bank_line = from_quark(amount, text, remitted_documents=listed(*documents))
    decision = decide(bank_line, opened, closed_references=closed)
    named = {first for first, _amount in documents} | {opened[0].key}
    assert decision.outcome != "apply" or set(allocated(decision)) <= named


def test_a_small_overpayment_is_not_netted_with_items_that_nobody_named():
    items = [invoice(2223, "6615.68"), invoice(3, "59.60"), item("RINV/2026/00001", "-49.60")]
    decision = decide(from_quark("6625.68", "INV/2026/02223"), items)
    assert (decision.reason, decision.remainder) == ("overpaid", money("10.00"))
    assert allocated(decision) == {"INV/2026/02223": money("6615.68")}


@pytest.mark.parametrize(
    "text", ["Rechnung 1071", "RE 01071", "1071", "Facture 1071 merci", "INV 1071", "1071, 1099", "Zahlung 01071"]
)
def test_short_number_of_a_paid_invoice_does_not_pay_the_next_one(text):
    decision = decide(
        from_quark("49.00", text), [invoice(1099, 49), invoice(1085, 98)], closed_references=[paid(1071, 49)]
    )
    assert decision.outcome != "apply" or text == "1071, 1099"
    assert decision.discrepancy == "duplicate_payment" or text == "1071, 1099"
    near = decide(from_quark("489.50", text), [invoice(1088, 490)], closed_references=[paid(1071, "489.50")])
    assert near.outcome != "apply"


def test_short_number_of_a_paid_invoice_is_no_part_of_another_sum():
    decision = decide(
        from_quark("150.00", "INV/2026/00011 Kd Quark Rg 01072"),
        [invoice(11, 100), invoice(30, 50)],
        closed_references=[paid(1072, 50)],
    )
    assert decision.outcome != "apply"


@pytest.mark.parametrize(
    "facts",
    [
        {"remitted_documents": listed(("INV/2026/00999", 49))},
        {"remitted_documents": listed(("01071", 49))},
        {"structured_references": ("INV/2026/00999",)},
        {"structured_references": ("000000999",)},
        {"structured_references": ("1071",)},
        {"structured_references": ("Rechnung INV/2026/01071",)},
        {"end_to_end_id": "INV/2026/01071"},
        {"end_to_end_id": "INV/2026/01077"},
    ],
)
def test_a_field_that_names_another_document_speaks_against_matching_by_amount(facts):
    items = [invoice(1099, 49, references=("INV/2026/01099", "000001234")), invoice(1077, 49, "other")]
    decision = decide(from_quark("49.00", **facts), items, closed_references=[paid(1071, 49), paid(1090, 7)])
    assert "INV/2026/01099" not in allocated(decision) or decision.outcome != "apply"


@pytest.mark.parametrize(
    "facts",
    [
        {"remitted_documents": listed(("1071", 49), ("01099", 49))},
        {"remitted_documents": listed(("Rechnung INV/2026/01071", 49), ("INV 01099", 49))},
        {"remitted_documents": listed(("2026/01071", 49), ("2026/01099", 49))},
        {"structured_references": ("INV/2026/01071 INV/2026/01099",)},
        {"structured_references": ("Rechnung INV/2026/01071", "2026-01099")},
        {"end_to_end_id": "INV/2026/01071+01099"},
    ],
)
def test_our_numbers_are_read_wherever_a_payer_puts_them(facts):
    items = [invoice(last, 49) for last in (1071, 1099, 1100, 1072)]
    decision = decide(from_quark("98.00", **facts), items)
    assert (decision.outcome, set(allocated(decision))) == ("apply", {"INV/2026/01071", "INV/2026/01099"})
    assert all(evidence.start is None for evidence in decision.evidence)


def test_a_number_may_be_open_and_paid_at_once_with_keys_of_two_kinds():
    opened = replace(invoice(11, 49), key=7)
    decision = decide(from_quark("49.00", "INV/2026/00011"), [opened], closed_references=[paid(11, 49)])
    assert allocated(decision) == {7: money("49.00")}


@pytest.mark.parametrize(
    "own",
    [
        [invoice(1, 98)],
        [invoice(1, 100, discount=discount(2, DAY))],
        [invoice(1, "98.40")],
        [invoice(1, 90), invoice(3, 8)],
    ],
)
@pytest.mark.parametrize("field", ["text", "structured_references", "remitted_documents"])
def test_number_of_somebody_else_is_no_proof_when_own_items_fit_in_any_way(own, field):
    other = payer("other", "Andere Firma AG")
    values = {"text": "INV/2026/00002", "structured_references": ("INV/2026/00002",)}
    values["remitted_documents"] = listed(("INV/2026/00002", 98))
    decision = decide(from_quark("98.00", **{field: values[field]}), [*own, invoice(2, 98, "other")], [QUARK, other])
    assert (decision.outcome, decision.reason) == ("propose", "payer_conflict")


def test_checked_reference_of_somebody_else_is_proof():
    reference = creditor_reference("202600002")
    items = [invoice(1, 98), invoice(2, 98, "other", payment_reference=reference)]
    decision = decide(from_quark("98.00", structured_references=(reference,)), items)
    assert allocated(decision) == {"INV/2026/00002": money("98.00")}


@pytest.mark.parametrize(
    "text", ["INV/2026/00011-" + "9" * 5000, "INV/2026/" + "9" * 5000, "INV/2026/00011, " + "9" * 5000]
)
def test_endless_digits_do_no_harm(text):
    decision = decide(from_quark("49.00", text), [invoice(11, 49)], closed_references=[paid(1, 49)])
    assert decision.outcome in ("apply", "propose", "none")


def test_the_rest_of_an_instalment_that_was_short_closes_the_item():
    batch = [
        from_quark("950.00", "INV/2026/00011", key=1),
        from_quark("50.00", "INV/2026/00011", key=2, date=DAY + timedelta(days=1)),
    ]
    first, second = match(batch, [invoice(11, 1000)], [QUARK], [RULE])
    assert (first.outcome, first.discrepancy) == ("apply", "short")
    assert (second.outcome, second.reason, second.discrepancy) == ("apply", "number_exact", None)
    reversed_batch = [replace(batch[0], key=3, date=DAY + timedelta(days=2)), batch[1]]
    second, first = match(reversed_batch, [invoice(11, 1000)], [QUARK], [RULE])
    assert (first.outcome, second.outcome, second.reason) == ("apply", "apply", "number_exact")


@pytest.mark.parametrize(
    "text",
    [
        "Akonto",
        "A-Konto Zahlung",
        "Anzahlung Projekt",
        "payment on account",
        "acompte",
        "Teilzahlung",
        "Kaution",
        "security deposit",
        "advance for May",
        "down payment",
        "1. Rate",
        "Rate 12",
        "donation",
    ],
)
def test_a_payment_that_says_it_pays_no_invoice_is_not_matched_by_amount(text):
    items = [invoice(11, 300), invoice(12, 200), invoice(13, 77)]
    decision = decide(from_quark("500.00", text), items)
    assert (decision.outcome, decision.reason) == ("propose", "says_on_account")
    assert decision.parameters["word"].casefold() in text.casefold()
    near = decide(from_quark("299.50", text), items)
    assert near.outcome != "apply"
    rest = decide(from_quark("377.00", f"INV/2026/00011 + {text}"), items)
    assert rest.outcome != "apply"
    parking = decide(from_quark("500.00", text), items, rules=[replace(RULE, park_on_account=True)])
    assert parking.parked
    oldest = replace(RULE, oldest_first=True, evidence=("oldest_first",))
    assert decide(from_quark("500.00", text), items, rules=[oldest]).outcome == "apply"


@pytest.mark.parametrize("text", ["ACH DEPOSIT", "Mobile deposit", "Kontonr. 1", "Rechnung", "in Vorzahlungsfrist"])
def test_words_of_banks_do_not_keep_a_payment_from_its_items(text):
    assert decide(from_quark("300.00", text), [invoice(11, 300), invoice(12, 200)]).outcome == "apply"


@pytest.mark.parametrize(
    "text", ["RUECKLASTSCHRIFT", "Rücklastschrift MS03", "chargeback", "Impayé", "ACH RETURN R01", "AC04"]
)
def test_a_return_that_is_not_flagged_pays_no_credit_note_by_amount(text):
    items = [invoice(11, 300), item("RINV/2026/00001", -49)]
    decision = decide(from_quark("-49.00", text), items)
    assert (decision.outcome, decision.reason, decision.discrepancy) == ("propose", "came_back", "returned")
    assert decide(from_quark("-49.00", "refund"), items).outcome == "apply"


def test_plain_digits_of_a_stranger_need_the_exact_amount():
    items = [invoice(12, 250, references=("INV/2026/00012", "2000000123"))]
    text = "Tel 0711 2000000123 Danke"
    assert decide(line("246.00", text), items).outcome != "apply"
    assert decide(line("249.50", text), items).outcome != "apply"
    assert decide(from_quark("249.50", text), items).outcome == "apply"
    assert decide(line("250.00", "order 2000000123"), items).outcome == "apply"
    assert decide(line("249.50", "INV/2026/00012"), items).outcome == "apply"


def test_order_of_which_one_invoice_is_paid_is_no_reason_to_pay_the_other_in_part():
    items = [invoice(2451, "29.34", references=(INVOICE(2451), "S03355"))]
    closed = [paid(2450, "27.28"), paid("S03355", "27.28")]
    for amount in ("27.28", "29.00", "30.00"):
        assert decide(from_quark(amount, "facture S03355"), items, closed_references=closed).outcome != "apply"
    assert decide(from_quark("29.34", "facture S03355"), items, closed_references=closed).outcome == "apply"


def test_posting_number_of_the_bank_is_no_document():
    text = "166?00GUTSCHRIFT?101506?20EREF+9875460420KREF+NONREF?21SVWZ+KD. 17053?30COBADEFF?311099?32QUARK"
    decision = decide(from_quark("149.00", text), [invoice(1506, 149), invoice(637, 149), invoice(1099, 149)])
    assert decision.outcome != "apply"
    decision = decide(from_quark("149.00", text.replace("17053", "1506")), [invoice(1506, 149), invoice(637, 149)])
    assert set(allocated(decision)) == {INVOICE(1506)}


@pytest.mark.parametrize(
    ("paid", "open_amount", "outcome"),
    [("100.00", "99.72", "propose"), ("250.00", "250.40", "propose"), ("99.70", "99.72", "apply")],
)
def test_a_round_amount_near_an_item_may_be_money_on_account(paid, open_amount, outcome):
    decision = decide(from_quark(paid, "KD. 43826"), [item(INVOICE(7), open_amount)])
    assert decision.outcome == outcome
    named = decide(from_quark(paid, "INV/2026/00007"), [item(INVOICE(7), open_amount)])
    assert (named.outcome, named.reason) == ("apply", "within_tolerance")
