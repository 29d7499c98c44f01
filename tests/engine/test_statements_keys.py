"""What makes a transaction unique: the same one in two files is one, two equal ones in a file are two."""

from datetime import timedelta

import pytest
from bank_sandbox.render import render_camt053, render_mt940
from statement_builders import ACCOUNT, DAY, IBAN, money, mt940, statement, transaction

from order_to_cash.statements import NOTIFICATION, AccountId, gap_between, lines, read, unique_key

PAYMENT = {
    "counterparty_name": "Muster Handels GmbH",
    "counterparty_account": "DE02120300000000202051",
    "text": "INV/2026/00042",
    "end_to_end_id": "E1",
}


def _keys(data: bytes, **options) -> list[str]:
    return [line.key for found in read(data, check=False, **options) for line in lines(found)]


@pytest.mark.parametrize("reference", ["BANK-1", ""])
def test_report_and_statement_give_the_same_key(reference):
    line = transaction("100.00", bank_reference=reference, **PAYMENT)
    morning = render_camt053([statement(line, opening="0.00", statement_id="R1", sequence=77)], message="052")
    evening = render_camt053([statement(line, transaction("5.00", text="other"))], version=4)

    assert _keys(morning)[0] == _keys(evening)[0]


@pytest.mark.parametrize("reference", ["BANK-1", ""])
def test_true_duplicates_within_a_file_stay_two_and_a_second_file_adds_none(reference):
    twice = [transaction("100.00", bank_reference=reference, **PAYMENT)] * 2
    data = render_camt053([statement(*twice)])

    assert len(set(_keys(data))) == 2
    assert _keys(data) == _keys(data)


def test_duplicates_without_a_reference_are_counted_over_the_pages_of_a_file():
    line = transaction("100.00", **PAYMENT)
    pages = [statement(line, sequence=1), statement(line, sequence=2)]

    assert len(set(_keys(render_camt053(pages)))) == 2


def test_a_reference_that_two_reports_of_a_file_repeat_is_one_transaction():
    line = transaction("100.00", bank_reference="BANK-1", **PAYMENT)
    pages = [statement(line, sequence=1), statement(line, sequence=2)]

    assert len(set(_keys(render_camt053(pages, message="052")))) == 1


DIFFERENCES = [
    ("amount", {"amount": money("100.01")}),
    ("sign", {"amount": money("-100.00")}),
    ("day", {"booking_date": DAY + timedelta(days=1)}),
    ("text", {"text": "INV/2026/00043"}),
    ("end-to-end id", {"end_to_end_id": "E2"}),
    ("payer", {"counterparty_name": "Other GmbH"}),
    ("payer's account", {"counterparty_account": "DE02120300000000202052"}),
    ("reference", {"structured_references": ("RF18539007547034",)}),
]


@pytest.mark.parametrize("change", [case[1] for case in DIFFERENCES], ids=[case[0] for case in DIFFERENCES])
def test_other_content_is_another_transaction(change):
    base = transaction("100.00", **PAYMENT)
    other = transaction(
        **{"amount": "100.00"} | PAYMENT | {k: str(v) if k == "amount" else v for k, v in change.items()}
    )

    assert unique_key(statement(base), base) != unique_key(statement(other), other)


def test_what_reports_add_later_does_not_change_the_key():
    early = transaction("100.00", **PAYMENT, information="", value_date=None)
    late = transaction("100.000", **PAYMENT | {"text": "INV/2026/00042  "}, information="SEPA", charges=())

    assert unique_key(statement(early), early) == unique_key(statement(late), late)


def test_a_reversal_under_the_same_reference_is_another_transaction():
    there, back = transaction("100.00", bank_reference="B1"), transaction("-100.00", bank_reference="B1")

    assert unique_key(statement(there), there) != unique_key(statement(back), back)


def test_the_account_is_part_of_the_key():
    line = transaction("100.00", bank_reference="B1")
    other = statement(line, account=AccountId(other="4711", currency="EUR"))

    assert unique_key(statement(line), line) != unique_key(other, line)


def test_a_reference_that_no_bank_writes_is_in_the_key_by_its_digest():
    where = statement()
    long = [unique_key(where, transaction("1.00", bank_reference="R" * 9000 + end)) for end in ("1", "2")]
    assert len(set(long)) == 2
    assert all(len(key) < 100 for key in long)
    assert "R" * 200 in unique_key(where, transaction("1.00", bank_reference="R" * 200))


def test_an_mt940_reference_counts_with_its_day_for_banks_use_it_again():
    monday, tuesday = ":61:2603020302C100,00NTRFNONREF//REF1", ":61:2603030303C100,00NTRFNONREF//REF1"

    assert len(set(_keys(mt940(monday, tuesday)))) == 2


def test_collected_booking_makes_a_line_per_payment_under_one_entry_key():
    parts = (transaction("60.00", text="a"), transaction("40.00", text="b"))
    whole = transaction("100.00", bank_reference="B1", details=parts)
    split = read(render_camt053([statement(whole)]))[0]
    unsplit = read(render_camt053([statement(transaction("100.00", bank_reference="B1"))], message="052"))[0]

    assert [(line.transaction.amount, line.key) for line in lines(split)] == [
        (money("60.00"), f"{IBAN}|B1|100EUR/1"),
        (money("40.00"), f"{IBAN}|B1|100EUR/2"),
    ]
    assert {line.entry_key for line in lines(split)} == {line.entry_key for line in lines(unsplit)}


def test_announced_entries_make_no_lines_unless_asked_for():
    found = statement(transaction("1.00"), transaction("2.00", is_booked=False))

    assert [line.transaction.amount for line in lines(found)] == [money("1.00")]
    assert len(list(lines(found, booked_only=False))) == 2


def test_an_announced_entry_does_not_count_as_a_duplicate_of_the_booked_one():
    announced, booked = transaction("1.00", is_booked=False, **PAYMENT), transaction("1.00", **PAYMENT)
    morning = render_camt053([statement(announced, booked)], message="052")

    assert _keys(morning) == _keys(render_camt053([statement(booked)]))


def test_notification_and_statement_share_the_entry():
    line = transaction("100.00", bank_reference="B1", **PAYMENT)
    note = statement(line, kind=NOTIFICATION, opening="0.00")

    assert _keys(render_camt053([note], message="054")) == _keys(render_camt053([statement(line)]))


def test_gap_between_statements_is_said_with_both_figures():
    first = statement(transaction("100.00"), sequence=1)
    second = statement(transaction("1.00"), opening="1100.00", sequence=2)
    later = statement(transaction("1.00"), opening="1200.00", sequence=4)

    assert gap_between(first, second) == ""
    assert "opens with 1200.00" in gap_between(first, later)
    assert "closed with 1100.00" in gap_between(first, later)


def test_keys_of_mt940_are_stable_over_renderings():
    found = statement(transaction("100.00", **PAYMENT), account=ACCOUNT, source="mt940")

    assert _keys(render_mt940([found])) == _keys(render_mt940([found]))
