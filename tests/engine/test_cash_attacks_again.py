"""A second attack: days, glued and mistyped numbers, lists and names that made payments go to the wrong items."""

from datetime import timedelta

import pytest
from cash_builders import DAY, QUARK, allocated, decide, from_quark, item, line, money, payer

from order_to_cash.cash import ClosedReference, PastPayment, RemittedDocument
from order_to_cash.cash.payers import PayerDirectory

INVOICE = "INV/2026/{:05d}".format


def invoice(last, residual, owner="quark", **values):
    return item(INVOICE(last), residual, owner, **values)


def applied(decision):
    """The items that a decision pays; none of what it proposes only."""
    return set(allocated(decision)) if decision.outcome == "apply" else set()


def paid(last):
    """A document that is paid already."""
    return ClosedReference(INVOICE(last), f"paid {last}", "quark", money(1), "EUR")


@pytest.mark.parametrize("text", ["Zahlung vom 20260316", "VALUTA 20260316", "20260316 Miete"])
def test_a_day_without_signs_is_no_document_number(text):
    items = [item("INV/2026/0316", 100), item("INV/2026/0400", 95)]
    assert applied(decide(from_quark("95", text), items)) == {"INV/2026/0400"}
    named = decide(from_quark("100", "Zahlung 20260416"), [item("INV/2026/0416", 100), item("INV/2026/0400", 100)])
    assert named.outcome != "apply"
    number = decide(from_quark("100", "Zahlung 20261316"), [item("INV/2026/1316", 100), item("INV/2026/0400", 100)])
    assert applied(number) == {"INV/2026/1316"}


@pytest.mark.parametrize("number", ["INV202600099", "INV2026/00099", "INV 202600099", "INV/202600099"])
def test_a_glued_number_nobody_knows_is_seen(number):
    rest = decide(from_quark("150", f"INV/2026/00002; {number}"), [invoice(2, 100), invoice(3, 50)])
    assert rest.outcome != "apply"
    alone = decide(from_quark("49", number), [invoice(11, 49), invoice(12, 70)])
    assert (alone.outcome, alone.reason) == ("propose", "unknown_number")


@pytest.mark.parametrize(
    ("amount", "text", "others"),
    [
        ("147", "INV/2026/00209, 02918, 97459", {2918: 49, 591: 49}),
        ("149", "INV/2026/00209", {591: 100}),
    ],
)
def test_a_typing_error_pays_no_item_that_nobody_named(amount, text, others):
    items = [invoice(290, 49), invoice(600, 70), *(invoice(*pair) for pair in others.items())]
    decision = decide(from_quark(amount, text), items, closed_references=[paid(97000)])
    assert (decision.outcome, decision.reason) == ("propose", "unknown_number")


@pytest.mark.parametrize(("amount", "text"), [("49", "INV/2026/00209"), ("149", "INV/2026/00209, 00591")])
def test_a_typing_error_pays_what_it_is_near_to(amount, text):
    items = [invoice(290, 49), invoice(591, 100), invoice(600, 70)]
    decision = decide(from_quark(amount, text), items, closed_references=[paid(97000)])
    assert (decision.outcome, decision.reason) == ("apply", "sum_corrected")


def listed(*documents):
    """A remittance list: pairs of number and amount."""
    return tuple(RemittedDocument(number, money(amount)) for number, amount in documents)


@pytest.mark.parametrize(
    ("amount", "documents", "amounts"),
    [
        ("100", {11: 60, 12: 50}, {11: 100, 12: 200}),
        ("50", {11: 100, 12: -50}, {11: 100, 12: 50}),
        ("100", {11: 0, 12: 90}, {11: 100, 12: 90}),
    ],
)
def test_what_a_remittance_list_states_is_kept_to(amount, documents, amounts):
    documents = listed(*((INVOICE(last), stated) for last, stated in documents.items()))
    decision = decide(from_quark(amount, remitted_documents=documents), [invoice(*pair) for pair in amounts.items()])
    assert decision.outcome != "apply"


@pytest.mark.parametrize("row", ["Mietanteil", "", "4711"])
def test_a_listed_row_without_a_number_says_what_the_rest_is(row):
    documents = listed((INVOICE(11), 100), (row, 50))
    decision = decide(from_quark("150", remitted_documents=documents), [invoice(11, 100), invoice(12, 50)])
    assert decision.outcome != "apply"


@pytest.mark.parametrize("number", ["INV/26/00011", "INV 00011", "INV 00011/26", INVOICE(11)])
def test_an_invoice_of_somebody_else_speaks_against_the_payers_own_however_short_it_is_written(number):
    other = payer("other", "Andere Firma AG")
    alone = decide(from_quark("49", number), [invoice(12, 49), invoice(11, 70, "other")], [QUARK, other])
    assert alone.outcome != "apply"
    items = [invoice(12, 100), invoice(13, 50), invoice(11, 50, "other")]
    rest = decide(from_quark("150", f"INV/2026/00012, {number}"), items, [QUARK, other])
    assert rest.outcome != "apply" or applied(rest) == {INVOICE(12), INVOICE(11)}
    own = decide(from_quark("49", number), [invoice(11, 49), invoice(12, 49)])
    assert applied(own) == {INVOICE(11)}


def who(written, *names):
    """The payer and the candidates among customers with these names, by their place."""
    directory = PayerDirectory([payer(place, name) for place, name in enumerate(names)])
    identity = directory.identify(line("1", payer_name=written))
    return identity.payer, set(identity.candidates)


def test_two_customers_that_one_name_may_spell_are_a_tie():
    assert who("Müller GmbH", "Muller GmbH", "Mueller GmbH") == (None, {0, 1})
    assert who("Müller GmbH", "Muller GmbH", "Meier GmbH") == (0, {0})
    assert who("Müller GmbH", "Mueller GmbH", "Meier GmbH") == (0, {0})
    assert who("MUELLER GMBH", "Müller GmbH", "Muller GmbH") == (0, {0})


@pytest.mark.parametrize(
    ("written", "name", "same"),
    [
        ("Windpark Nordsee Feld 1", "Windpark Nordsee Feld 12 GmbH", False),
        ("Windpark Nordsee Feld 1", "Windpark Nordsee Feld 1 GmbH", True),
        ("Solarpark Musterhausen II", "Solarpark Musterhausen III GmbH", False),
        ("SOLARPARK MUSTERHAUSEN I", "Solarpark Musterhausen IV GmbH", False),
        ("Solarpark Musterhausen Fel", "Solarpark Musterhausen Feld 1 GmbH", True),
        ("Limited Edition GmbH", "Edition GmbH", False),
        ("SE Bordnetze GmbH", "Bordnetze GmbH", False),
        ("Edelweiss Private Wealth Ltd", "Edelweiss Wealth Ltd", False),
        ("Edelweiss Private Limited", "Edelweiss Pvt Ltd", True),
        ("Edelweiss Private Ltd", "Edelweiss Ltd", True),
        ("Edelweiss Foods Private", "Edelweiss Foods Private Limited", True),
        ("Edelweiss Foods Private Lim", "Edelweiss Foods Pvt Ltd", True),
        ("Quark GmbH & Co. Immobilien KG", "Quark GmbH & Co. KG", False),
        ("Quark Ltd Hong Kong Ltd", "Quark Ltd", False),
        ("Quark GmbH & Co. KG Hamburg", "Quark GmbH & Co. KG", True),
        ("Quark Inc Denver CO", "Quark Inc", True),
    ],
)
def test_names_that_are_nearly_a_customers(written, name, same):
    assert (who(written, name)[0] == 0) is same


@pytest.mark.parametrize("number", ["INV/2026/O\n0209", "INV/2026/0020O", "INV/2026/0O2\n00"])
def test_a_letter_for_a_zero_is_read_at_a_line_wrap_and_at_the_end(number):
    last = 209 if number.endswith("9") else 200
    items = [invoice(last, 49), invoice(777, 49)]
    assert applied(decide(from_quark("49", number), items)) == {INVOICE(last)}
    assert applied(decide(from_quark("49", f"{number}, Danke"), items)) == {INVOICE(last)}


def test_a_chain_of_ranges_is_read_to_its_end():
    chain = "INV/2026/00001" + "".join(f"-{last:05d}" for last in range(50, 3000, 49))
    items = [invoice(last, 50 + last % 7) for last in range(1, 3000)]
    assert decide(from_quark("5050", chain), items).outcome == "propose"


@pytest.mark.parametrize("name", ["ab " * 20_000, "ab " * 20_000 + "1 2", "A. " * 20_000])
def test_an_endless_name_is_nobodys(name):
    assert not applied(decide(line("49", payer_name=name), [invoice(11, 49)]))


def test_endless_digits_in_our_own_numbers_do_no_harm():
    endless = invoice(12, 70, references=("INV/2026/" + "9" * 5000,))
    closed = ClosedReference("INV/2026/" + "8" * 5000, "paid", "quark", money(1), "EUR")
    for text in (INVOICE(11), "INV/2026/" + "7" * 4000):
        decision = decide(from_quark("49", text), [invoice(11, 49), endless], closed_references=[closed])
        assert decision.outcome in ("apply", "propose")


def test_a_return_that_several_payments_fit_names_them_by_age():
    past = [PastPayment(f"p{age}", DAY - timedelta(days=age), money(49), "EUR", payer="quark") for age in (3, 9, 1, 7)]
    for payments in (past, past[::-1]):
        decision = decide(from_quark("-49", is_reversal=True), [], past_payments=payments)
        assert decision.parameters["payments"] == ("p9", "p7", "p3", "p1")


def test_a_text_longer_than_any_is_not_cut_within_a_number():
    for blank in (" ", "\n"):
        text = "x " * 4990 + "-----" + blank + "INV/2026/00011234"
        assert text[:10_000].endswith("INV/2026/00011")
        assert decide(from_quark("49", text), [invoice(11, 49), invoice(12, 49)]).outcome != "apply"


@pytest.mark.parametrize(
    "text",
    [
        "Lastschriftrueckgabe",
        "Lastschriftrückgabe",
        "SEPA-Rücklastschrift",
        "Retoure",
        "REJECT",
        "Rejected",
        "Nicht eingelöst",
        "NICHT EINGELOEST",
        "zurückgewiesen",
    ],
)
def test_more_words_of_returns_that_are_not_flagged(text):
    note = item("RINV/2026/00007", -49, references=("RINV/2026/00007", "S00042"))
    decision = decide(from_quark("-49", text), [note])
    assert (decision.outcome, decision.reason, decision.discrepancy) == ("propose", "came_back", "returned")
    by_order = decide(from_quark("-49", f"{text} S00042"), [note])
    assert (by_order.outcome, by_order.reason, by_order.discrepancy) == ("propose", "came_back", "returned")
    assert by_order.parameters["word"].casefold() in text.casefold()
    assert applied(decide(from_quark("-49", f"{text} RINV/2026/00007"), [note])) == {note.key}
    assert applied(decide(from_quark("-49", "Erstattung S00042"), [note])) == {note.key}


@pytest.mark.parametrize(
    "text",
    ["Akontozahlung", "Mietkaution", "Kautionszahlung", "Teilbetrag", "Vorschuss", "Vorkasse", "Anzahlungen Projekt"],
)
def test_more_words_of_money_on_account(text):
    decision = decide(from_quark("500", text), [invoice(11, 300), invoice(12, 200), invoice(13, 77)])
    assert (decision.outcome, decision.reason) == ("propose", "says_on_account")
    assert decision.parameters["word"].casefold() in text.casefold()


@pytest.mark.parametrize("text", ["Anzahlungsrechnung", "Anzahlungs-RG 7", "Kautionsrechnung", "Vorschussrechnung"])
def test_an_invoice_for_a_deposit_is_an_invoice(text):
    decision = decide(from_quark("500", text), [invoice(11, 300), invoice(12, 200), invoice(13, 77)])
    assert (decision.outcome, decision.reason) == ("apply", "sum_exact")


@pytest.mark.parametrize("text", ["Our ref K-5513 / your doc I NV13283 / tel", "your docNV13283"])
def test_a_paid_number_in_pieces_speaks_against_matching_by_amount(text):
    closed = [ClosedReference(INVOICE(13283), "paid", "quark", money("850.00"), "EUR")]
    decision = decide(from_quark("850.00", text), [invoice(3140, "850.00")], closed_references=closed)
    assert (decision.outcome, decision.reason) == ("propose", "contradicting_number")
    assert decide(from_quark("850.00", text), [invoice(3140, "850.00")]).outcome == "apply"
