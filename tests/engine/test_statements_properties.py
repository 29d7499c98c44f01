"""Properties of the statement readers: what is written reads back; balances agree or are refused; nothing else escapes.

The seeds of the fuzzing are files of every format; bytes of them are changed, dropped, repeated and cut.
"""

import io
import zipfile
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from bank_sandbox.render import render_camt053, render_mt940
from hypothesis import given, settings
from hypothesis import strategies as st
from statement_builders import IBAN, money, mt940, statement, transaction
from test_statements_ofx_bai2 import SGML, SGML_HEAD, XML, XML_HEAD, bai2

from order_to_cash.statements import (
    AccountId,
    Charge,
    CsvProfile,
    RemittedDocument,
    StatementError,
    check_balances,
    iter_transactions,
    lines,
    propose_profile,
    read,
)

AMOUNTS = st.decimals(min_value=Decimal("-999999999"), max_value=Decimal("999999999"), places=2)
POSITIVE = st.decimals(min_value=Decimal("0.01"), max_value=Decimal("999999"), places=2)
DAYS = st.dates(date(1990, 1, 1), date(2070, 12, 31))
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def texts(alphabet: str, longest: int, shortest: int = 0):
    """Texts as they are after reading: no blanks at the ends, none doubled."""
    return (
        st.text(alphabet, min_size=shortest, max_size=longest)
        .map(lambda text: " ".join(text.split()))
        .filter(lambda text: len(text) >= shortest)
    )


def identifiers(prefix: str, longest: int):
    return st.one_of(st.just(""), st.text(LETTERS, max_size=longest - len(prefix)).map(lambda text: prefix + text))


FREE = LETTERS + " -/.,:;&<>\"'()ÄöüßéŁ中€"
CAMT_VALUES = {
    "value_date": st.none() | DAYS,
    "counterparty_name": texts(FREE, 70),
    "counterparty_account": st.sampled_from(["", "DE02120300000000202051", "4711"]),
    "counterparty_bic": st.sampled_from(["", "COBADEFFXXX"]),
    "information": texts(FREE, 60),
    "end_to_end_id": identifiers("E", 35),
    "mandate_id": identifiers("M", 35),
    "instruction_id": identifiers("I", 35),
    "transaction_code": st.sampled_from(["", "PMNT/RCDT/ESCT", "PMNT/ICDT/ESCT", "NTRF+020"]),
}
REMITTANCE = {
    "text": texts(FREE, 400),
    "structured_references": st.lists(identifiers("RF", 25).filter(bool), max_size=2).map(tuple),
    "remitted_documents": st.lists(
        st.builds(
            lambda number, amount, day: RemittedDocument(number, amount, "" if amount is None else "EUR", day, "CINV"),
            texts(LETTERS, 20, shortest=1),
            st.none() | AMOUNTS,
            st.none() | DAYS,
        ),
        max_size=2,
    ).map(tuple),
}


@st.composite
def camt_transactions(draw):
    values = {name: draw(strategy) for name, strategy in (CAMT_VALUES | REMITTANCE).items()}
    instructed = draw(st.none() | POSITIVE)
    if instructed is not None:
        rate = draw(st.none() | st.decimals(Decimal("0.0001"), Decimal(1000), places=4))
        values |= {"instructed_amount": instructed, "instructed_currency": "USD", "exchange_rate": rate}
    charges = st.builds(Charge, POSITIVE, st.just("EUR"), st.sampled_from([None, True, False]), texts(LETTERS, 4))
    return transaction(
        str(draw(AMOUNTS)),
        booking_date=draw(DAYS),
        bank_reference=draw(identifiers("B", 35)),
        is_booked=draw(st.booleans()),
        is_reversal=draw(st.booleans()),
        return_reason=draw(st.sampled_from(["", "AC04", "MD06"])),
        charges=tuple(draw(st.lists(charges, max_size=2))),
        **values,
    )


@st.composite
def camt_batches(draw):
    """A collected booking whose payments add up to it."""
    day = draw(DAYS)
    shared = {"booking_date": day, "value_date": day, "information": draw(texts(FREE, 20))}
    sign = draw(st.sampled_from([1, -1]))
    amounts = draw(st.lists(POSITIVE, min_size=2, max_size=5))
    details = tuple(
        transaction(str(sign * amount), **shared, **{name: draw(strategy) for name, strategy in REMITTANCE.items()})
        for amount in amounts
    )
    return transaction(str(sign * sum(amounts)), **shared, bank_reference=draw(identifiers("B", 35)), details=details)


def _once(found):
    """A statement without the counters of equal entries, which the reader adds."""
    return replace(found, transactions=tuple(replace(t, occurrence=1) for t in found.transactions))


@settings(deadline=None, max_examples=80)
@given(st.lists(st.one_of(camt_transactions(), camt_batches()), max_size=6), AMOUNTS, st.integers(2, 14), DAYS, DAYS)
def test_rendered_camt_reads_back_as_itself(transactions, opening, version, first, last):
    source = f"camt.053.001.{version:02}"
    wanted = statement(
        *transactions, opening=str(opening), source=source, from_date=min(first, last), to_date=max(first, last)
    )
    data = render_camt053([wanted], version)
    (found,) = read(data)

    assert _once(found) == wanted
    assert check_balances(found)
    assert [line for _, line in iter_transactions(data)] == list(found.transactions)
    keys = [line.key for line in lines(found, booked_only=False)]
    assert len(set(keys)) == len(keys)


@st.composite
def mt940_transactions(draw):
    booked = draw(DAYS)
    return transaction(
        str(draw(AMOUNTS)),
        booking_date=booked,
        value_date=booked + timedelta(days=draw(st.integers(-150, 150))),
        counterparty_name=draw(texts(LETTERS + " -&.", 54)),
        counterparty_account=draw(st.sampled_from(["", "DE02120300000000202051", "4711"])),
        counterparty_bic=draw(st.sampled_from(["", "COBADEFFXXX"])),
        text=draw(texts(LETTERS + " -/.,()", 200)),
        information=draw(texts(LETTERS + " ", 27, shortest=1)),
        end_to_end_id=draw(identifiers("E", 35)),
        mandate_id=draw(identifiers("M", 35)),
        instruction_id=draw(identifiers("I", 16)),
        bank_reference=draw(identifiers("B", 16)),
        is_reversal=draw(st.booleans()),
        transaction_code="NTRF",
    )


@settings(deadline=None, max_examples=80)
@given(st.lists(mt940_transactions(), max_size=6), AMOUNTS, st.integers(0, 99999), DAYS, DAYS)
def test_rendered_mt940_reads_back_as_itself(transactions, opening, sequence, first, last):
    wanted = statement(
        *transactions,
        opening=str(opening),
        sequence=sequence,
        page=1,
        source="mt940",
        from_date=first,
        to_date=last,
        account=AccountId(iban=IBAN, currency="EUR"),
    )
    (found,) = read(render_mt940([wanted]))

    assert _once(found) == wanted
    assert check_balances(found)


@settings(deadline=None, max_examples=60)
@given(st.lists(AMOUNTS, max_size=8), AMOUNTS, AMOUNTS)
def test_balances_agree_or_the_file_is_refused_with_both_figures(amounts, opening, closing):
    made = statement(*(transaction(str(amount)) for amount in amounts), opening=str(opening), closing=closing)
    computed = opening + sum(amounts)

    for data in (render_camt053([made]), render_mt940([made])):
        if computed == closing:
            assert read(data)[0].closing == closing
            continue
        with pytest.raises(StatementError) as refused:
            read(data)
        assert f"make {computed:f}" in str(refused.value)
        assert f"closing balance is {closing:f}" in str(refused.value)


def _zipped(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo("a.xml"), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


LINE = transaction("119.00", text="INV/2026/00042", counterparty_name="Payer", charges=(Charge(money("1"), "EUR"),))
TABLE = b"Date;Description;Amount;Currency;Account\n2026-03-02;INV 42;119.00;EUR;4711\n"
CAMT = render_camt053([statement(LINE, transaction("3.00", details=(transaction("1.00"), transaction("2.00"))))])
SEEDS = {
    "camt": CAMT,
    "camt.054": render_camt053([statement(LINE)], message="054"),
    "mt940": render_mt940([statement(LINE)]),
    "mt940 dialects": mt940(
        ":61:2603020302C1,00NTRFNONREF//B1",
        ":86:/TRTP/SEPA/IBAN/NL91ABNA0417164300/REMI/x",
        ":61:260302C2,NTRFX",
        ":NS:15A",
    ),
    "ofx 1": (SGML_HEAD + SGML).encode(),
    "ofx 2": (XML_HEAD + XML).encode(),
    "bai2": bai2("16,142,11900,V,260303,,REF1,CUST1,INV", "88,DBNM: PAYER"),
    "table": TABLE,
    "zip": _zipped(CAMT),
}
PROFILE = CsvProfile.from_dict(
    {
        "name": "table",
        "header": ["Date", "Description", "Amount", "Currency", "Account"],
        "columns": {"booking_date": [0], "text": [1], "amount": [2], "currency": [3], "account": [4]},
    }
)


@pytest.mark.parametrize("name", SEEDS)
def test_seeds_of_the_fuzzing_are_read(name):
    assert read(SEEDS[name], profiles=[PROFILE], check=False)


@st.composite
def damaged(draw):
    """A seed with a few changes: bytes replaced, a piece dropped or repeated, the end cut off."""
    data = bytearray(SEEDS[draw(st.sampled_from(sorted(SEEDS)))])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        length = draw(st.integers(1, 40))
        how = draw(st.sampled_from(["replace", "drop", "repeat", "cut", "digits"]))
        if how == "replace":
            data[at : at + 1] = draw(st.binary(min_size=1, max_size=4))
        elif how == "drop":
            del data[at : at + length]
        elif how == "repeat":
            data[at:at] = data[at : at + length] * draw(st.integers(1, 5))
        elif how == "cut":
            del data[at:]
        else:
            data[at : at + 1] = str(draw(st.integers(0, 10**20))).encode()
    return bytes(data)


def _read_or_refuse(data: bytes) -> None:
    for check in (True, False):
        with suppress(StatementError):
            found = read(data, "fuzz", profiles=[PROFILE], check=check)
            assert found
            assert all(t.amount.is_finite() for s in found for t in s.transactions)
            assert all("\0" not in t.text + t.counterparty_name for s in found for t in s.transactions)
    with suppress(StatementError):
        propose_profile(data)


@settings(deadline=None, max_examples=400)
@given(damaged())
def test_damaged_files_are_read_or_refused_in_words(data):
    _read_or_refuse(data)


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=300))
def test_random_bytes_are_read_or_refused_in_words(data):
    _read_or_refuse(data)


MARKS = [
    b"<Document>",
    b"OFXHEADER:100\n",
    b":20:",
    b":61:",
    b"01,",
    b"PK\x03\x04",
    b"\xff\xfe",
    b"Date;Amount\n",
    b"<?xml",
]


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(MARKS), st.binary(max_size=200), st.text(max_size=100))
def test_bytes_behind_a_format_s_mark_are_read_or_refused_in_words(mark, data, text):
    _read_or_refuse(mark + data + text.encode("utf-8", "replace"))


@pytest.mark.parametrize("name", SEEDS)
def test_every_cut_is_read_or_refused_in_words(name):
    data = SEEDS[name]
    for end in range(0, len(data), max(1, len(data) // 150)):
        _read_or_refuse(data[:end])
