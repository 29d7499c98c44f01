"""CSV and XLSX: profiles that say what the columns mean, and the first guess at one."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from openpyxl import Workbook
from statement_builders import DAY, IBAN, money

from order_to_cash.statements import CsvProfile, StatementError, preview, propose_profile, read, unique_key
from order_to_cash.statements.csv_profile import DEBIT_CREDIT, INDICATOR, SIGNED, parse_amount, parse_day

GERMAN = (
    f"Kontoauszug;{IBAN}\r\n\r\n"
    "Buchungstag;Valutadatum;Name Zahlungsbeteiligter;IBAN Zahlungsbeteiligter;Buchungstext;Verwendungszweck;Betrag;"
    "Waehrung;Saldo nach Buchung\r\n"
    "02.03.2026;03.03.2026;Müller GmbH;DE02120300000000202051;GUTSCHRIFT;INV/2026/00042;1.234,56;EUR;2.234,56\r\n"
    "02.03.2026;02.03.2026;Vermieter;DE02120300000000202052;DAUERAUFTRAG;Miete;-234,56;EUR;2.000,00\r\n"
).replace("Waehrung", "Währung")
ENGLISH = (
    "Date,Description,Paid out,Paid in,Balance\n"
    '27/02/2026,"Rent, office",500.00,,500.00\n'
    '02/03/2026,INV/2026/00042,,"1,234.56",1734.56\n'
)
DUTCH = (
    '"Datum";"Naam / Omschrijving";"Rekening";"Tegenrekening";"Code";"Af Bij";"Bedrag (EUR)";"Mutatiesoort";'
    '"Mededelingen"\n'
    '"20260302";"De Vries BV";"NL91ABNA0417164300";"NL20INGB0001234567";"OV";"Bij";"119,00";"Overschrijving";'
    '"Factuur 42"\n'
    '"20260302";"Tax office";"NL91ABNA0417164300";"NL86INGB0002445588";"OV";"Af";"19,00";"Overschrijving";"VAT"\n'
)


def _proposed(text: str, encoding: str = "utf-8", **settled) -> CsvProfile:
    return replace(propose_profile(text.encode(encoding), "my bank").profile, **settled)


def test_german_table_is_guessed_and_read():
    proposal = propose_profile(GERMAN.encode("cp1252"), "my bank")
    (found,) = read(GERMAN.encode("cp1252"), "march.csv", profiles=[proposal.profile])
    first, second = found.transactions

    assert proposal.doubts == ()
    assert found.account.iban == IBAN
    assert (found.opening, found.closing, found.currency) == (money("1000.00"), money("2000.00"), "EUR")
    assert (first.amount, first.booking_date, first.value_date) == (money("1234.56"), DAY, date(2026, 3, 3))
    assert (first.counterparty_name, first.counterparty_account) == ("Müller GmbH", "DE02120300000000202051")
    assert (first.text, first.information, first.line) == ("INV/2026/00042", "GUTSCHRIFT", 4)
    assert second.amount == money("-234.56")


def test_english_table_with_two_amount_columns():
    proposal = propose_profile(ENGLISH.encode(), "my bank")
    profile = replace(proposal.profile, account_number="12345678", currency="GBP")
    (found,) = read(ENGLISH.encode(), profiles=[profile])

    assert (profile.sign, profile.date_format, profile.delimiter) == (DEBIT_CREDIT, "%d/%m/%Y", ",")
    assert [t.amount for t in found.transactions] == [money("-500.00"), money("1234.56")]
    assert found.opening == money("1000.00")
    assert any("own account" in doubt for doubt in proposal.doubts)
    assert any("currency" in doubt for doubt in proposal.doubts)


def test_dutch_table_with_an_indicator_column():
    profile = _proposed(DUTCH, currency="EUR")
    (found,) = read(DUTCH.encode(), profiles=[profile])

    assert profile.sign == INDICATOR
    assert [t.amount for t in found.transactions] == [money("119.00"), money("-19.00")]
    assert (found.account.iban, found.transactions[0].counterparty_account) == (
        "NL91ABNA0417164300",
        "NL20INGB0001234567",
    )


def test_table_without_a_header_goes_by_its_cells():
    text = "2026-03-02;INV/2026/00042 thank you;119.00\n2026-03-03;Bank fee;-1.50\n"
    (found,) = read(text.encode(), profiles=[_proposed(text, account_number="1", currency="EUR")])

    assert [(t.amount, t.text) for t in found.transactions] == [
        (money("119.00"), "INV/2026/00042 thank you"),
        (money("-1.50"), "Bank fee"),
    ]


def test_days_that_can_be_read_in_two_ways_are_a_doubt():
    text = "Date,Amount,Description\n02/03/2026,1.00,x\n04/05/2026,2.00,y\n"

    assert any("day or month" in doubt for doubt in propose_profile(text.encode()).doubts)
    assert not any("day or month" in doubt for doubt in propose_profile((text + "13/05/2026,2.00,y\n").encode()).doubts)


def test_amounts_that_can_be_read_in_two_ways_are_a_doubt():
    text = "Date;Amount;Description\n2026-03-02;1.000;x\n"

    assert any("decimal mark" in doubt for doubt in propose_profile(text.encode()).doubts)


def test_unknown_marks_are_a_doubt_and_refused():
    text = DUTCH.replace('"Af"', '"Weg"')
    proposal = propose_profile(text.encode())

    assert any("Weg" in doubt for doubt in proposal.doubts)
    with pytest.raises(StatementError, match="“Weg” says neither"):
        read(text.encode(), profiles=[replace(proposal.profile, currency="EUR")])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Name;Text\na;b\nc;d\n", "no column of days"),
        ("Date;Text\n2026-03-02;b\n2026-03-03;d\n", "no column of amounts"),
    ],
)
def test_table_that_is_no_statement(text, words):
    with pytest.raises(StatementError, match=words):
        propose_profile(text.encode())


def test_file_that_needs_no_profile_is_not_guessed():
    with pytest.raises(StatementError, match="read without a profile"):
        propose_profile(b"OFXHEADER:100\n<OFX></OFX>")


def test_profile_survives_saving():
    profile = _proposed(GERMAN, "cp1252")

    assert CsvProfile.from_dict(json.loads(json.dumps(profile.to_dict()))) == profile


def test_profile_is_recognised_by_its_header_among_others():
    profiles = [_proposed(DUTCH, currency="EUR"), _proposed(GERMAN, "cp1252")]
    shouted = GERMAN.replace("Verwendungszweck", "VERWENDUNGSZWECK").replace("Kontoauszug", "x\ny")

    assert read(shouted.encode("cp1252"), profiles=profiles)[0].account.iban == IBAN
    with pytest.raises(StatementError, match="columns are not known yet"):
        read(GERMAN.replace("Betrag", "Umsatz").encode("cp1252"), profiles=profiles)


@pytest.mark.parametrize("order", [1, -1])
def test_balances_are_checked_in_either_order(order):
    head, *rows = ENGLISH.splitlines()
    text = "\n".join([head, *rows[::order]]) + "\n"
    profile = _proposed(ENGLISH, account_number="1", currency="GBP")
    (found,) = read(text.encode(), profiles=[profile])

    assert (found.opening, found.closing) == (money("1000.00"), money("1734.56"))
    with pytest.raises(StatementError, match=r"do not add up in row"):
        read(text.replace("1734.56", "1734.57").encode(), profiles=[profile])


def test_several_accounts_in_one_table_are_several_statements():
    text = DUTCH + DUTCH.splitlines()[1].replace("NL91ABNA0417164300", "NL02ABNA0123456789") + "\n"
    found = read(text.encode(), profiles=[_proposed(DUTCH, currency="EUR")])

    assert [(s.account.iban, len(s.transactions)) for s in found] == [
        ("NL91ABNA0417164300", 2),
        ("NL02ABNA0123456789", 1),
    ]


def test_total_at_the_end_is_left_out_where_the_profile_says_so():
    text = ENGLISH + "Total,,,1234.56,\n"
    profile = _proposed(ENGLISH, account_number="1", currency="GBP")

    assert len(read(text.encode(), profiles=[replace(profile, skip_last=1)])[0].transactions) == 2
    with pytest.raises(StatementError, match="“Total” is no day"):
        read(text.encode(), profiles=[profile])


ROWS_REFUSED = [
    ("02.03.2026;;Payer;;;x;12.34;EUR;", "“12.34” is no amount with “,” as its decimal mark"),
    ("2026-03-02;;Payer;;;x;12,34;EUR;", "“2026-03-02” is no day"),
    ("02.03.2026;;Payer;;;x;;EUR;", "has a day and no amount"),
    ("02.03.2026;;Payer;;;x;12,34;;", "does not say the currency"),
]


@pytest.mark.parametrize(("row", "words"), ROWS_REFUSED)
def test_row_is_refused_in_words(row, words):
    profile = _proposed(GERMAN, "cp1252")
    profile = replace(profile, columns={role: n for role, n in profile.columns.items() if role != "balance"})

    with pytest.raises(StatementError) as refused:
        read((GERMAN + row + "\n").encode("cp1252"), "march.csv", profiles=[profile])
    assert words in str(refused.value)
    assert "row 6" in str(refused.value)


PROFILES_REFUSED = [
    ({"sign": "guess"}, "sign, decimal mark or delimiter"),
    ({"columns": {"amount": (1,)}}, "which column is the booking_date"),
    ({"columns": {"booking_date": (0,), "amount": (1,), "colour": (2,)}}, "unknown role “colour”"),
    ({"sign": DEBIT_CREDIT}, "which column is the debit"),
]


@pytest.mark.parametrize(("change", "words"), PROFILES_REFUSED)
def test_profile_that_cannot_work_is_refused(change, words):
    with pytest.raises(StatementError, match=words):
        CsvProfile.from_dict({"name": "x", "columns": {"booking_date": [0], "amount": [1]}, "sign": SIGNED} | change)


AMOUNTS = [
    # text, decimal mark, amount (None: it is none)
    ("1234.56", ".", "1234.56"),
    ("1,234.56", ".", "1234.56"),
    ("1.234,56", ",", "1234.56"),
    ("1 234,56", ",", "1234.56"),
    ("1\u00a0234,56", ",", "1234.56"),
    ("1'234.56", ".", "1234.56"),
    ("1.234.567,8", ",", "1234567.8"),
    ("-5", ".", "-5"),
    ("5-", ".", "-5"),
    ("- 5,00", ",", "-5.00"),
    ("\u22125,00", ",", "-5.00"),
    ("(5.00)", ".", "-5.00"),
    ("+5.00", ".", "5.00"),
    ("€ 5,00", ",", "5.00"),
    ("5,00 EUR", ",", "5.00"),
    ("EUR -5,00", ",", "-5.00"),
    (",5", ",", "0.5"),
    ("5,", ",", "5"),
    ("12.34", ",", None),
    ("12,34", ".", None),
    ("1.23.456", ",", None),
    ("1,234,56", ".", None),
    ("1.234 567", ",", None),
    ("1e5", ".", None),
    ("NaN", ".", None),
    ("", ".", None),
    ("five", ".", None),
    ("1" * 30, ".", None),
]


@pytest.mark.parametrize(("text", "mark", "amount"), AMOUNTS)
def test_amount_as_tables_write_it(text, mark, amount):
    assert parse_amount(text, mark) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("text", "form", "day"),
    [
        ("02.03.2026", "%d.%m.%Y", DAY),
        ("02.03.26", "%d.%m.%y", DAY),
        ("2026-03-02 14:55:01", "%Y-%m-%d", DAY),
        ("2026-03-02T14:55:01Z", "%Y-%m-%d", DAY),
        ("31.02.2026", "%d.%m.%Y", None),
        ("", "%d.%m.%Y", None),
        ("02.03.2026", "%(", None),
    ],
)
def test_day_as_tables_write_it(text, form, day):
    assert parse_day(text, form) == day


def _workbook(rows) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


SHEET = [
    ["Account", IBAN],
    [],
    ["Booking date", "Counterparty name", "Description", "Amount", "Currency", "Balance"],
    [datetime.fromisoformat("2026-03-02"), "Müller GmbH", "INV/2026/00042", 1234.56, "EUR", 2234.56],
    [date(2026, 3, 2), "Bank", "Fee", -0.1, "EUR", 2234.46],
]


def test_workbook_is_guessed_and_read():
    data = _workbook(SHEET)
    proposal = propose_profile(data, "my bank")
    (found,) = read(data, "march.xlsx", profiles=[proposal.profile])

    assert proposal.doubts == ()
    assert (found.source, found.account.iban) == ("xlsx", IBAN)
    assert (found.opening, found.closing) == (money("1000.00"), money("2234.46"))
    assert [(t.amount, t.booking_date) for t in found.transactions] == [(money("1234.56"), DAY), (money("-0.1"), DAY)]


def test_same_entry_in_csv_and_xlsx_has_the_same_key():
    text = "Booking date;Counterparty name;Description;Amount;Currency\n"
    text += "2026-03-02;Müller GmbH;INV/2026/00042;1234.56;EUR\n"
    (table,) = read(text.encode(), profiles=[_proposed(text, account_number=IBAN)])
    sheet = [SHEET[2][:5], SHEET[3][:5]]
    data = _workbook(sheet)
    (book,) = read(data, profiles=[replace(propose_profile(data).profile, account_number=IBAN)])

    assert unique_key(table, table.transactions[0]) == unique_key(book, book.transactions[0])


def test_damaged_and_dangerous_workbooks_are_refused():
    data = _workbook(SHEET)
    profile = propose_profile(data).profile

    for broken in (data[: len(data) // 2], data.replace(b"xl/worksheets/sheet1", b"xl/worksheets/sheet9")):
        with pytest.raises(StatementError):
            read(broken, profiles=[profile])


def test_workbook_with_a_document_type_is_refused():
    source, buffer = zipfile.ZipFile(io.BytesIO(_workbook(SHEET))), io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for member in source.infolist():
            content = source.read(member)
            if member.filename == "xl/workbook.xml":
                content = b"<!DOCTYPE x [<!ENTITY a 'ha'>]>" + content
            target.writestr(member.filename, content)

    with pytest.raises(StatementError, match="DOCTYPE"):
        propose_profile(buffer.getvalue())


def test_workbook_with_one_cell_far_down_ends_soon():
    book = Workbook()
    book.active["A1"] = "Date"
    book.active["XFD1048576"] = "end"
    buffer = io.BytesIO()
    book.save(buffer)

    with pytest.raises(StatementError):
        propose_profile(buffer.getvalue())


def test_preview_tells_what_is_read_and_what_each_wrong_row_lacks():
    profile = _proposed(GERMAN)
    broken = GERMAN.replace("1.234,56;EUR", "1234.5x;EUR")
    good, bad = preview(GERMAN.encode(), profile), preview(broken.encode(), profile)

    assert (good.count, good.total, good.is_readable) == (2, money("1000.00"), True)
    assert good.balances == {IBAN: (money("1000.00"), money("2000.00"))}
    assert [row.transaction.text for row in good.shown] == ["INV/2026/00042", "Miete"]
    assert (bad.count, bad.wrong_count, bad.is_readable) == (1, 1, False)
    assert (bad.wrong[0].number, "“1234.5x” is no amount" in bad.wrong[0].error) == (4, True)


def test_preview_says_that_balances_do_not_add_up():
    found = preview(GERMAN.replace("2.000,00", "2.000,01").encode(), _proposed(GERMAN))

    assert not found.is_readable
    assert "2234.56 and -234.56 make 2000.00, but the table says 2000.01" in found.defects[0]


def test_preview_of_a_profile_for_another_table_says_so():
    assert "header" in preview(ENGLISH.encode(), _proposed(GERMAN)).error
    assert "no table" in preview(b"<Document/>", _proposed(GERMAN)).error
    assert preview(GERMAN.encode(), _proposed(GERMAN), most_rows=1).is_cut


def test_table_without_account_and_currency_is_left_to_who_imports():
    (found,) = read(ENGLISH.encode(), profiles=[_proposed(ENGLISH)])

    assert (found.account.number, found.currency, found.profile) == ("", "", "my bank")
