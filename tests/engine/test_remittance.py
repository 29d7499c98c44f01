"""Remittance advices: read from tables or refused in words, and joined to money only where it is certain."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import Workbook

from order_to_cash.remittance import AdviceError, AdviceFact, Money, is_advice, join, read_advice

DAY = date(2026, 3, 16)
ADVICE = (
    "Payer;Quark Industries GmbH\nPayment reference;ZA-2026-0815\nPayment date;2026-03-16\nCurrency;EUR\n\n"
    "Invoice no.;Gross;Deduction;Amount paid;Reason\n"
    "INV/2026/00001;990,00;15,00;975,00;damaged goods\n"
    "INV/2026/00002;1.300,00;;1.300,00;\n"
    "RINV/2026/00001;-120,00;;-120,00;\n"
    "Total;;;2.155,00;\n"
)


def money(text):
    return Decimal(text)


def test_table_is_read_with_what_it_says_about_the_whole():
    advice = read_advice(ADVICE.encode())

    assert [(line.number, line.amount, line.deduction, line.reason) for line in advice.lines] == [
        ("INV/2026/00001", money("975.00"), money("15.00"), "damaged goods"),
        ("INV/2026/00002", money("1300.00"), 0, ""),
        ("RINV/2026/00001", money("-120.00"), 0, ""),
    ]
    assert (advice.total, advice.amount) == (money("2155.00"), money("2155.00"))
    assert (advice.payer, advice.reference, advice.date) == ("Quark Industries GmbH", "ZA-2026-0815", DAY)
    assert advice.currency == "EUR"


def test_gross_less_deduction_is_what_is_paid():
    advice = read_advice(b"Document,Gross amount,Discount\nINV/1,100.00,2.00\nINV/2,50.00,\n")

    assert [(line.amount, line.deduction) for line in advice.lines] == [(money("98.00"), money("2.00")), (50, 0)]


def test_workbook_is_read():
    book = Workbook()
    for row in (["Rechnungsnummer", "Betrag"], ["INV/1", 100.5], ["INV/2", -20]):
        book.active.append(row)
    file = BytesIO()
    book.save(file)

    assert [line.amount for line in read_advice(file.getvalue()).lines] == [money("100.5"), money("-20")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Date;Text\n2026-03-01;x\n", "no row has the headings"),
        ("Invoice;Amount\n", "no documents below"),
        ("Invoice;Amount\nINV/1;abc\n", "“abc” (row 2) is no amount"),
        ("Invoice;Amount\nINV/1;1.234\n", "“1.234” (row 2) can be read in two ways"),
        ("Invoice;Amount\n;12.00\n", "Row 2 has an amount and no document"),
        ("<html>", "no bank statement|web page|no table"),
    ],
)
def test_other_tables_are_refused_in_words(text, words):
    with pytest.raises(AdviceError) as refused:
        read_advice(text.encode())
    assert any(word in str(refused.value) for word in words.split("|"))


def test_a_bank_statement_is_no_advice():
    assert is_advice(ADVICE.encode())
    assert not is_advice(b"Date;Description;Amount;Balance\n2026-03-01;x;1.00;2.00\n")
    assert not is_advice(b"\x00\x01")


def paid(key, amount="2155.00", **values):
    return Money(key, money(amount), "EUR", values.pop("date", DAY), **values)


def told(key, total="2155.00", **values):
    return AdviceFact(key, money(total), "EUR", values.pop("date", DAY), **values)


QUARK = frozenset({"name:quark"})


@pytest.mark.parametrize(
    ("line", "advice", "joined"),
    [
        ({"payers": QUARK}, {"payers": QUARK}, True),
        ({"payers": QUARK}, {"payers": frozenset({"name:other"})}, False),
        ({}, {}, False),
        ({"payers": QUARK, "amount": "2155.01"}, {"payers": QUARK}, False),
        ({"payers": QUARK, "date": date(2026, 6, 1)}, {"payers": QUARK}, False),
        ({"references": ("ZA-2026-0815",)}, {"reference": "ZA 2026 0815"}, True),
        ({"references": ("ZA-2026-0815",), "amount": "1.00"}, {"reference": "ZA-2026-0815"}, True),
        ({"text": "Zahlung ZA-2026-0815 danke"}, {"reference": "ZA-2026-0815"}, True),
        ({"text": "Zahlung ZA-2026-08155"}, {"reference": "ZA-2026-0815"}, False),
        ({"text": "12"}, {"reference": "12"}, False),
        ({"text": "DANKE"}, {"reference": "DANKE"}, False),
    ],
)
def test_join(line, advice, joined):
    assert join([paid("line", **line)], [told("advice", **advice)]) == ({"line": "advice"} if joined else {})


def test_two_that_fit_are_joined_to_neither():
    assert join([paid(1, payers=QUARK)], [told("a", payers=QUARK), told("b", payers=QUARK)]) == {}
    assert join([paid(1, payers=QUARK), paid(2, payers=QUARK)], [told("a", payers=QUARK)]) == {}
    by_name = join([paid(1, payers=QUARK, text="AV-77 x")], [told("a", payers=QUARK), told("b", reference="AV-77")])
    assert by_name == {1: "b"}
