"""MT940 and MT942: the fields, and what the banks make of field 86."""

from datetime import date
from decimal import Decimal

import pytest
from bank_sandbox.render import render_mt940
from statement_builders import DAY, IBAN, money, mt940, statement, transaction

from order_to_cash.statements import REPORT, AccountId, Charge, ControlTotal, StatementError, read

ENTRY = ":61:2603020302C100,00NTRFNONREF"


def _only(data: bytes):
    (found,) = read(data, check=False)
    (only,) = found.transactions
    return only


FIELD_61 = [
    # the field's value, and the wanted amount, booking day, value day, bank reference, is_reversal
    ("2603020303C100,00NTRFNONREF//BANK1", "100.00", date(2026, 3, 3), DAY, "BANK1", False),
    ("260302D100,00NTRFNONREF", "-100.00", DAY, DAY, "", False),
    ("260302    D100,00NTRFNONREF", "-100.00", DAY, DAY, "", False),
    ("2603020302RC100,00NTRFNONREF", "-100.00", DAY, DAY, "", True),
    ("2603020302RD100,00NTRFNONREF", "100.00", DAY, DAY, "", True),
    ("2603020302CR100,00NTRFNONREF", "100.00", DAY, DAY, "", False),
    ("2603020302DD100,00NTRFNONREF", "-100.00", DAY, DAY, "", False),
    ("2603020302C100,NTRFNONREF", "100", DAY, DAY, "", False),
    ("2603020302C000000000100,5NTRFNONREF", "100.5", DAY, DAY, "", False),
    ("2603020302D100,00NRTINONREF", "-100.00", DAY, DAY, "", True),
    ("2601011231C1,00NTRFNONREF", "1.00", date(2025, 12, 31), date(2026, 1, 1), "", False),
    ("2512310102C1,00NTRFNONREF", "1.00", date(2026, 1, 2), date(2025, 12, 31), "", False),
    # Banks with months of 30 days have a 30th of February.
    ("2602300302C1,00NTRFNONREF", "1.00", DAY, date(2026, 2, 28), "", False),
    ("2802300301C1,00NTRFNONREF", "1.00", date(2028, 3, 1), date(2028, 2, 29), "", False),
]


@pytest.mark.parametrize(("value", "amount", "booked", "valued", "reference", "is_reversal"), FIELD_61)
def test_field_61(value, amount, booked, valued, reference, is_reversal):
    found = _only(mt940(f":61:{value}"))

    assert (found.amount, found.booking_date, found.value_date) == (money(amount), booked, valued)
    assert (found.bank_reference, found.is_reversal) == (reference, is_reversal)


def test_expected_entries_are_not_booked():
    assert not _only(mt940(":61:2603020302EC100,00NTRFNONREF", closing="C260302EUR1000,00")).is_booked


DIALECTS = [
    (
        "German: identifiers end with a short subfield, the text goes on",
        [
            ":86:166?00SEPA-GUTSCHRIFT?109310?20EREF+PO-2026-1?21MREF+M77?22SVWZ+Rechnung INV/2026/",
            "?2300042 und?24INV/2026/00043?30COBADEFFXXX?31DE02120300000000202051?32Muster Handels ",
            "?33GmbH?34000",
        ],
        {
            "information": "SEPA-GUTSCHRIFT",
            "end_to_end_id": "PO-2026-1",
            "mandate_id": "M77",
            "text": "Rechnung INV/2026/ 00042 und INV/2026/00043",
            "counterparty_name": "Muster Handels GmbH",
            "counterparty_account": "DE02120300000000202051",
            "counterparty_bic": "COBADEFFXXX",
        },
    ),
    (
        "German: a full subfield goes on without a blank, wherever the line ends",
        [":86:166?20SVWZ+INV/2026/000421234567?21", "8 danke"],
        {"text": "INV/2026/000421234567 8 danke"},
    ),
    (
        "German: 27 characters are a full subfield",
        [":86:166?20SVWZ+RECHNUNGSNUMMER 202600?21042"],
        {"text": "RECHNUNGSNUMMER 202600042"},
    ),
    (
        "an invoice number with slashes is no word",
        [":86:/TRTP/SEPA/REMI/INV/ID/2026/TR/00042/EREF/E1"],
        {"text": "INV/ID/2026/TR/00042", "end_to_end_id": "E1"},
    ),
    (
        "German: words with a colon behind the text",
        [":86:166?20SVWZ+Miete EREF: E-9 IBAN: D?21E02120300000000202051"],
        {"text": "Miete", "end_to_end_id": "E-9", "counterparty_account": "DE02120300000000202051"},
    ),
    (
        "German: returned direct debit by its business code",
        [":86:109?00RUECKLASTSCHRIFT?20EREF+E1?21SVWZ+RETOURE SEPA Lastschrift"],
        {"is_reversal": True, "end_to_end_id": "E1"},
    ),
    (
        "German: what a returned direct debit was, and what the banks took for its return",
        [":86:109?00RUECKLASTSCHRIFT?20EREF+E1?21COAM+3,50?22OAMT+EUR 500,00?23SVWZ+RETOURE"],
        {
            "instructed_amount": money("500.00"),
            "instructed_currency": "EUR",
            "charges": (Charge(money("3.50"), ""),),
            "text": "RETOURE",
        },
    ),
    (
        "German: nothing but a creditor reference",
        [":86:166?20SVWZ+RF18 5390 0754 7034"],
        {"structured_references": ("RF18539007547034",)},
    ),
    (
        "a wrong check digit is no creditor reference",
        [":86:166?20SVWZ+RF19 5390 0754 7034"],
        {"structured_references": ()},
    ),
    (
        "Austrian: > as the mark",
        [":86:051>00GUTSCHRIFT>20RECHNUNG 2026/77>32ALPEN AG>31AT611904300234573201"],
        {"text": "RECHNUNG 2026/77", "counterparty_name": "ALPEN AG", "counterparty_account": "AT611904300234573201"},
    ),
    (
        "Polish: ~ as the mark",
        [":86:020~00PRZELEW~20FAKTURA 7/2026~32HURTOWNIA SP. Z O.O."],
        {"text": "FAKTURA 7/2026", "counterparty_name": "HURTOWNIA SP. Z O.O."},
    ),
    (
        "Polish: words",
        [
            ":86:911 PRZELEW; Z RACH.: 61109010140000071219812874; OD: HURTOWNIA SP. Z O.O.",
            "; TYT.: FAKTURA 7/2026; TNR: 123.01",
        ],
        {
            "counterparty_account": "61109010140000071219812874",
            "counterparty_name": "HURTOWNIA SP. Z O.O.",
            "text": "FAKTURA 7/2026",
        },
    ),
    (
        "Dutch: words between slashes",
        [
            ":86:/TRTP/SEPA OVERBOEKING/IBAN/NL91ABNA0417164300/BIC/ABNANL2A",
            "/NAME/De Vries BV/REMI/Factuur 2026-17/EREF/NOTPROVIDED",
        ],
        {
            "counterparty_account": "NL91ABNA0417164300",
            "counterparty_bic": "ABNANL2A",
            "counterparty_name": "De Vries BV",
            "text": "Factuur 2026-17",
            "end_to_end_id": "",
        },
    ),
    (
        "Dutch: counterparty in one word, structured remittance",
        [":86:/CNTP/NL91ABNA0417164300/ABNANL2A/De Vries BV/Utrecht//REMI/STRD/CUR/9072026000000017/EREF/E-1"],
        {
            "counterparty_account": "NL91ABNA0417164300",
            "counterparty_name": "De Vries BV",
            "structured_references": ("9072026000000017",),
            "end_to_end_id": "E-1",
        },
    ),
    (
        "Dutch: return",
        [":86:/TRTP/SEPA Incasso/RTRN/MD06/IBAN/NL91ABNA0417164300/NAME/De Vries BV/REMI/x"],
        {"return_reason": "MD06"},
    ),
    (
        "Citi: product type and payment details",
        [":86:/PT/FT/PY/INVOICE 42           7", "   8"],
        {"text": "INVOICE 42 7 8", "information": "FT"},
    ),
    (
        "Swiss: orderer and message",
        [":86:GIRO AUS ONLINE-SIC 80532 AUFTRAGGEBER: FRITZ MUSTER BERN 260302CH98765432 MITTEILUNGEN: RECHNUNG 9"],
        {"counterparty_name": "FRITZ MUSTER BERN", "text": "RECHNUNG 9", "information": "GIRO AUS ONLINE-SIC 80532"},
    ),
    (
        "MultiCash: field NS",
        [":NS:01INVOICE 42", "02SECOND LINE", "15KOVACS KFT", "16BUDAPEST", "17TRANSFER", "3310918001", "340000004279"],
        {
            "text": "INVOICE 42 SECOND LINE",
            "counterparty_name": "KOVACS KFT BUDAPEST",
            "counterparty_account": "0000004279",
            "information": "TRANSFER",
        },
    ),
    (
        "Hungarian: reference, account, name, text on lines of their own",
        [":86:ABC26D0001", "117730161111101800000000", "SZABO BT.", "SZAMLA 7"],
        {
            "counterparty_account": "117730161111101800000000",
            "counterparty_name": "SZABO BT.",
            "text": "ABC26D0001 SZAMLA 7",
        },
    ),
    ("free text", [":86:Payment INV/2026/01071 thank you"], {"text": "Payment INV/2026/01071 thank you"}),
    ("free text on several lines", [":86:Payment of", "invoice 42"], {"text": "Payment of invoice 42"}),
    ("free text cut at the line's width", [":86:" + "x" * 62 + "INV", "42"], {"text": "x" * 62 + "INV42"}),
    ("several fields 86", [":86:INVOICE 42", ":86:PO 9"], {"text": "INVOICE 42 PO 9"}),
    (
        "a clock time cut by the line's end",
        [":86:PAID 02-03-2026T16", ":20:33 SHOP"],
        {"text": "PAID 02-03-2026T16 :20:33 SHOP"},
    ),
]


@pytest.mark.parametrize(("lines", "wanted"), [case[1:] for case in DIALECTS], ids=[case[0] for case in DIALECTS])
def test_field_86(lines, wanted):
    found = _only(mt940(ENTRY, *lines, closing="C260302EUR1100,00"))

    assert {name: getattr(found, name) for name in wanted} == wanted


def test_payer_on_the_line_of_the_entry():
    found = _only(mt940(":61:260302C100,00N0440121470966      W.P. Jansen", ":86:FACTUUR 42"))

    assert (found.counterparty_account, found.counterparty_name) == ("0121470966", "W.P. Jansen")
    assert (found.text, found.instruction_id) == ("FACTUUR 42", "")


def test_payer_on_the_first_line_of_the_text():
    lines = (
        ":61:2603020302C100,00NOVBNL47INGB0001234567",
        "h jansen",
        ":86:NL47INGB0001234567 h jansen",
        "",
        "Factuur 42",
    )
    found = _only(mt940(*lines))

    assert (found.counterparty_account, found.counterparty_name) == ("NL47INGB0001234567", "h jansen")
    assert (found.text, found.instruction_id) == ("Factuur 42", "")


def test_supplementary_details_give_original_amount_and_charges():
    found = _only(mt940(":61:2603020302C90,00NTRFNONREF//B1", "/OCMT/USD100,00/CHGS/EUR1,50/", ":86:INVOICE 42"))

    assert (found.instructed_amount, found.instructed_currency) == (money("100.00"), "USD")
    assert found.charges == (Charge(money("1.50"), "EUR"),)


ACCOUNTS = [
    (IBAN, AccountId(iban=IBAN)),
    (f"{IBAN}EUR", AccountId(iban=IBAN, currency="EUR")),
    ("12345678/1020304050", AccountId(other="12345678/1020304050")),
    ("UBRTHUHB/123456789150/HUF", AccountId(other="123456789150", currency="HUF", bic="UBRTHUHB")),
    ("1291.99.348EUR", AccountId(other="1291.99.348", currency="EUR")),
    ("MU17BOMM0101101030300200000MUR", AccountId(iban="MU17BOMM0101101030300200000MUR")),
]


@pytest.mark.parametrize(("field", "wanted"), ACCOUNTS)
def test_account_as_banks_write_it(field, wanted):
    currency = wanted.currency or "EUR"
    data = mt940(opening=f"C260302{currency}1,00", closing=f"C260302{currency}1,00").replace(
        IBAN.encode(), field.encode()
    )
    (found,) = read(data)

    assert found.account == AccountId(wanted.iban, wanted.other, currency, wanted.bic)


ENVELOPES = [
    b"{1:F01COBADEFFAXXX0000000000}{2:O940COBADEFFXXXXN}{3:}{4:\r\n",
    b"\x01\r\n",
    b"\xef\xbb\xbf",
    b":940:\r\n",
    b"\r\n\r\n",
    b"0000 01INGBNL2AXXXX00001\r\n0000 01INGBNL2AXXXX00001\r\n940 00\r\n",
]


@pytest.mark.parametrize("head", ENVELOPES)
@pytest.mark.parametrize("tail", [b"-}{5:}\r\n", b"-\x03", b"-XXX\r\n", b"", b"\r\n\r\n"])
def test_envelopes_of_banks(head, tail):
    body = mt940(ENTRY, ":86:INVOICE 42", closing="C260302EUR1100,00").removesuffix(b"-\r\n")
    found = read(head + body + tail + head + body.replace(b"00001/001", b"00002/001") + tail)

    assert [(s.sequence, len(s.transactions)) for s in found] == [(1, 1), (2, 1)]


@pytest.mark.parametrize("line_end", [b"\n", b"\r", b"\r\n"])
@pytest.mark.parametrize(
    ("encoding", "name"),
    [("utf-8", "Müller Żółć"), ("cp1252", "Müller & Søn"), ("utf-16", "Müller Żółć"), ("cp852", "Müller összeg")],
)
def test_encodings_and_line_ends(encoding, name, line_end):
    text = mt940(ENTRY, f":86:166?20SVWZ+INVOICE 42?32{name}", closing="C260302EUR1100,00").decode()
    (found,) = read(text.replace("\r\n", line_end.decode()).encode(encoding))

    assert found.transactions[0].counterparty_name == name


def test_pages_of_one_statement_are_checked_each():
    first = mt940(ENTRY, closing="C260302EUR1100,00").replace(b":62F:", b":62M:")
    second = mt940(ENTRY, opening="C260302EUR1100,00", closing="C260302EUR1200,00")
    second = second.replace(b":60F:", b":60M:").replace(b"00001/001", b"00001/002")
    found = read(first + second)

    assert [(s.sequence, s.page, s.closing) for s in found] == [(1, 1, money("1100.00")), (1, 2, money("1200.00"))]


def test_report_within_the_day():
    head = [":20:REPORT", f":25:{IBAN}", ":28C:1/1", ":34F:EUR0,", ":13D:2603021015+0100"]
    data = "\r\n".join([*head, ENTRY, ":86:INVOICE 42", ":90D:0EUR0,00", ":90C:1EUR100,00", "-"]).encode()
    (found,) = read(data)

    assert (found.kind, found.source, found.currency, found.to_date) == (REPORT, "mt942", "EUR", DAY)
    assert found.totals == (ControlTotal("debit", 0, Decimal(0)), ControlTotal("credit", 1, money("100.00")))
    with pytest.raises(StatementError, match="announces 2 entries"):
        read(data.replace(b":90C:1", b":90C:2"))


REFUSED = [
    ("no account", b":20:X\r\n:60F:C260302EUR1,00\r\n:62F:C260302EUR1,00\r\n", "field :25: is missing"),
    ("no closing balance", mt940(ENTRY), "ends without its closing balance"),
    (
        "no opening balance",
        mt940(closing="C260302EUR1,00").replace(b":60F:C260302EUR1000,00\r\n", b""),
        "no opening balance",
    ),
    (
        "balances do not add up",
        mt940(ENTRY, closing="C260302EUR1100,01"),
        "opening 1000.00 and entries of 100.00 make 1100.00, but the closing balance is 1100.01",
    ),
    ("entry without an amount", mt940(":61:2603020302CNTRFNONREF"), "(field :61:) cannot be read"),
    ("entry on no day", mt940(":61:2613020302C1,00NTRFNONREF"), "261302 is no day"),
    ("broken balance", mt940(opening="X260302EUR1,00"), "The balance “X260302EUR1,00” cannot be read"),
    ("cut in the middle", mt940(ENTRY, ":86:INVOICE", closing="C260302EUR1100,00")[:90], "(field :61:) cannot be read"),
]


@pytest.mark.parametrize(("data", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refused_in_words(data, words):
    with pytest.raises(StatementError) as refused:
        read(data, "day.sta")

    assert words in str(refused.value)


def test_what_the_sandbox_writes_is_read():
    line = transaction(
        "-12.50",
        counterparty_name="A name that is longer than one subfield can hold",
        counterparty_account="DE02120300000000202051",
        text="Invoices INV/2026/00042, INV/2026/00043 and the credit note RINV/2026/00007 of March",
        end_to_end_id="E2E-0123456789-0123456789-01234",
        bank_reference="B1",
        transaction_code="NTRF",
        information="SEPA",
    )
    wanted = statement(line, source="mt940", page=1, account=AccountId(iban=IBAN, currency="EUR"))

    assert read(render_mt940([wanted])) == [wanted]
