"""Reading document numbers out of bank texts: whole, in any writing, and never a fragment."""

from time import process_time

import pytest
from cash_builders import allocated, decide, from_quark, item, line, money

from order_to_cash.cash import ClosedReference, creditor_reference, is_creditor_reference
from order_to_cash.cash.line_wraps import unwrap
from order_to_cash.cash.number_hints import read_hints
from order_to_cash.cash.number_index import CERTAIN, HINT, SUPPORTED, NumberIndex
from order_to_cash.cash.number_reader import read_text
from order_to_cash.cash.references import fold, one_edit_apart, parse_number


def index(*numbers, closed=(), customer=()):
    items = [item(number, "10.00") for number in numbers]
    items += [item(f"item-{number}", "10.00", references=(), customer_references=(number,)) for number in customer]
    paid = [ClosedReference(number, f"paid-{number}", "quark", money("10.00"), "EUR") for number in closed]
    return NumberIndex(items, paid)


def found(known, text):
    """Number → grade of the open items a text names."""
    return {target.number: target.strength for number in read_text(known, text).numbers for target in number.open}


BOOKS = index("INV/2026/01071", "INV/2026/00107", "S00042", "000000123", "RINV/2026/00007", "F26-881", "2026-4711-9")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("INV/2026/01071", "INV/2026/01071"),
        ("Payment INV/2026/01071 thank you", "INV/2026/01071"),
        ("inv/2026/01071.", "INV/2026/01071"),
        ("INV 2026 01071", "INV/2026/01071"),
        ("INV-2026-01071", "INV/2026/01071"),
        ("INV202601071", "INV/2026/01071"),
        ("INV2026/01071", "INV/2026/01071"),
        ("INV/2026/1071", "INV/2026/01071"),
        ("INV:2026/1071", "INV/2026/01071"),
        ("INV/2O26/O1071", "INV/2026/01071"),
        ("SVWZ+INV/2026/01071", "INV/2026/01071"),
        ("EREF+NOTPROVIDED SVWZ+RE INV/2026/01071 DATUM 01.02.2026", "INV/2026/01071"),
        ("/REMI/INV/2026/01071", "INV/2026/01071"),
        ("INV/2026/01\n071", "INV/2026/01071"),
        ("INV/20 26/01071", "INV/2026/01071"),
        ("IN V/2026/01071", "INV/2026/01071"),
        ("ＩＮＶ/２０２６/０１０７１", "INV/2026/01071"),
        ("INV/२०२६/०१०७१", "INV/2026/01071"),
        ("(INV/2026/01071)", "INV/2026/01071"),
        ("Order S00042", "S00042"),
        ("shop order 000000123", "000000123"),
        ("Storno RINV/2026/00007", "RINV/2026/00007"),
        ("f26 - 881", "F26-881"),
        ("2026-4711-9", "2026-4711-9"),
    ],
)
def test_whole_numbers_are_read_in_any_writing(text, number):
    assert number in found(BOOKS, text)


@pytest.mark.parametrize("text", ["INV/2026/01071", "INV2026/01071", "INV/2026/1071", "000000123", "S00042"])
def test_long_numbers_of_our_own_are_certain(text):
    assert list(found(BOOKS, text).values()) == [CERTAIN]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "%",
        "1",
        "107",
        "1071",
        "01071",
        "INV/2026/010711",
        "INV/2026/1",
        "INV/2026/107",  # is INV/2026/00107, not 01071
        "INV/2026/01071A",
        "INV/2026/01071-A",
        "INV/2026/01071-R",
        "XINV/2026/01071",
        "RINV/2026/01071",
        "INV/2025/01071",
        "INV2026010711",
        "INV/2026",
        "9INV/2026/010719",
        "2026",
        "S000420",
        "S 42",
        "S42A",
        "10000000123",
        "000000123-4",
        "4000000123",
        "2026-4711",
        "4711-9",
        "12026-4711-9",
        "20.26.4711.95",
        "DE02 0000 0012 3000 0000 00",
        "INV 2026 000107 1",
    ],
)
def test_fragments_are_not_read_as_numbers(text):
    read = {number: grade for number, grade in found(BOOKS, text).items() if grade > HINT}
    assert "INV/2026/01071" not in read
    assert not {"S00042", "000000123", "2026-4711-9"} & set(read)


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("2026/01071", SUPPORTED),
        ("INV 1071", SUPPORTED),
        ("INV01071", SUPPORTED),
        ("INV/2026/01071DANKE", SUPPORTED),
        ("INV/2026/01071/20260105", SUPPORTED),
    ],
)
def test_incomplete_writings_need_support(text, grade):
    assert found(BOOKS, text) == {"INV/2026/01071": grade}


def test_a_longer_number_wins_over_the_one_it_begins_with():
    books = index("F26-881", "F26-881-2")
    assert found(books, "F26-881-2") == {"F26-881-2": CERTAIN}


def test_a_customers_own_number_is_never_certain():
    assert found(index(customer=("PO-4500012345",)), "PO-4500012345") == {"PO-4500012345": SUPPORTED}


SEQUENCE = index(*(f"INV/2026/{number:05d}" for number in (11, 12, 13, 14, 72, 1071, 1072)), closed=("INV/2026/00015",))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("INV/2026/00011-14", (11, 12, 13, 14)),
        ("INV/2026/00011 - 00014", (11, 12, 13, 14)),
        ("INV/2026/00011 bis 14", (11, 12, 13, 14)),
        ("INV/2026/00011 to INV/2026/00013", (11, 12, 13)),
        ("INV/2026/00011, 12, 14", (11, 12, 14)),
        ("INV/2026/00011, 00012 und 00014", (11, 12, 14)),
        ("INV/2026/00011+12+13", (11, 12, 13)),
        ("INV/2026/00011 & 13", (11, 13)),
        ("INV/2026/00011/12/13", (11, 12, 13)),
        ("INV/2026/00011 00012 00013", (11, 12, 13)),
        ("INV/2026/00011; INV/2026/00013", (11, 13)),
        ("INV/2026/01071, 72", (1071, 1072)),
        ("INV/2026/00011, 12.50 EUR", (11,)),
        ("INV/2026/00011, 12.03.2026", (11,)),
        ("INV/2026/00011 12 pieces", (11,)),
        ("INV/2026/00011 - 500 EUR", (11,)),
    ],
)
def test_lists_and_ranges(text, numbers):
    assert sorted(found(SEQUENCE, text)) == [f"INV/2026/{number:05d}" for number in numbers]


def test_list_through_a_paid_number_names_the_paid_one_too():
    reading = read_text(SEQUENCE, "INV/2026/00014, 15")
    assert [target.number for number in reading.numbers for target in number.closed] == ["INV/2026/00015"]


def test_lines_of_fixed_width_are_joined_and_positions_kept():
    text = "SEPA-UEBERWEISUNG RE INV/20\n26/01071 VIELEN DANK"
    assert unwrap(text)[0] == "SEPA-UEBERWEISUNG RE INV/2026/01071 VIELEN DANK"
    (number,) = read_text(BOOKS, text).numbers
    assert text[number.start : number.end] == "INV/20\n26/01071"
    assert unwrap("Rechnung\nDanke")[0] == "Rechnung\nDanke"


@pytest.mark.parametrize("text", ["INV/2026/09999", "inv 2026 9999", "INV/2026/01071-A", "000000999", "S99999"])
def test_numbers_like_ours_that_nobody_knows_are_noted(text):
    reading = read_text(BOOKS, text)
    assert len(reading.unknown) == 1
    assert not reading.numbers


@pytest.mark.parametrize("text", ["ER/2026/09999", "123456", "S 999", "S999", "INVOICE 9999", "tel 0711 123"])
def test_other_numbers_are_left_alone(text):
    assert read_text(BOOKS, text).unknown == ()


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("Nr. 1071", True),
        ("1071", True),
        ("RE1071", True),
        ("01071/Danke", True),
        ("A1071", False),
        ("1071-5", False),
        ("10.71", False),
        ("21071", False),
        ("1071,00", False),
        ("26.01.1071", False),
        ("2026", False),
        ("107", False),
    ],
)
def test_last_digits_alone_are_only_hints(text, hit):
    assert bool(read_hints(BOOKS, "quark", text, ())) is hit
    assert read_hints(BOOKS, "somebody else", text, ()) == []


@pytest.mark.parametrize(
    ("reference", "expected"),
    [("539007547034", "RF18539007547034"), ("2026-01071", "RF31202601071"), ("a1", None), ("x" * 21, None)],
)
def test_creditor_reference_round_trip(reference, expected):
    made = creditor_reference(reference)
    assert is_creditor_reference(made)
    assert is_creditor_reference(" ".join(made))
    assert not is_creditor_reference(made[:-1] + ("0" if made[-1] != "0" else "1"))
    if expected and reference == "539007547034":
        assert made == expected


@pytest.mark.parametrize("reference", ["", "   ", "x" * 22])
def test_creditor_reference_refuses_what_does_not_fit(reference):
    with pytest.raises(ValueError, match="1 to 21"):
        creditor_reference(reference)


@pytest.mark.parametrize("text", ["", "RF", "RF18", "RF1853900754703", "XF18539007547034", "RF18-5390"])
def test_wrong_creditor_references(text):
    assert not is_creditor_reference(text)


@pytest.mark.parametrize(
    ("left", "right", "apart"),
    [
        ("01071", "01017", True),
        ("01071", "01072", True),
        ("01071", "0171", True),
        ("01071", "010711", True),
        ("01071", "01071", False),
        ("01071", "01170", False),
        ("01071", "10017", False),
        ("", "1", True),
    ],
)
def test_one_edit_apart(left, right, apart):
    assert one_edit_apart(left, right) is apart
    assert one_edit_apart(right, left) is apart


def test_folding_keeps_every_character_at_its_place():
    text = "Größe ﬁn ＩＮＶ १२३ ŻÓŁĆ ß²"
    assert len(fold(text)) == len(text)
    assert fold("ﬁ２é") == "F2E"


@pytest.mark.parametrize("text", ["", " ", "-", "A", "7", "ABC", "%", "__"])
def test_what_cannot_name_a_document_is_no_number(text):
    assert parse_number(text) is None


@pytest.mark.parametrize(
    "piece",
    ["123 456 ", "INV/2026/", "INV/2026/00011-", "+49 711 ", "1,", "DE02 1234 ", "0", "A1", "\n", "RF18 5390 ", "' "],
)
def test_hostile_texts_are_read_in_little_time(piece):
    started = process_time()
    text = piece * (1_000_000 // len(piece))
    read_text(BOOKS, text)
    read_hints(BOOKS, "quark", text, ())
    assert process_time() - started < 3


def test_subfields_of_a_bank_file_are_put_together_and_keep_their_places():
    text = "166?00GUTSCHRIFT?20EREF+1?21SVWZ+Payment of goods INV/2?22026/01995 and thank you"
    assert len(text[text.index("?21") + 3 : text.index("?22")]) == 27
    items = [item("INV/2026/01995", "327.74"), item("INV/2026/00946", "327.04")]
    decision = decide(from_quark("327.74", text), items)
    assert allocated(decision) == {"INV/2026/01995": money("327.74")}
    found = next(evidence for evidence in decision.evidence if evidence.kind == "document_number")
    assert text[found.start : found.end] == "INV/2?22026/01995"


def test_last_digits_of_another_item_speak_against_an_amount_alone():
    items = [item("INV/2026/01995", "500.00"), item("INV/2026/00946", "327.04")]
    assert decide(from_quark("327.04", "I NV/20 26/01995"), items).outcome != "apply"
    assert decide(from_quark("327.04", "thanks"), items).outcome == "apply"


def test_a_banks_tag_glued_to_a_number_ends_it():
    items = [item("INV/2026/00221", "28.66")]
    for text, outcome in (
        ("SVWZ+Invoice INV/2026/00221ABWA+Agency 32", "apply"),
        ("INV/2026/00221ABWA Agency", "propose"),
    ):
        assert decide(line("28.66", text), items).outcome == outcome
