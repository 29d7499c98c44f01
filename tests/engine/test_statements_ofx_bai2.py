"""OFX 1 (SGML), OFX 2 (XML) and BAI2."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from statement_builders import DAY, money

from order_to_cash.statements import StatementError, read, unique_key

ADDON = Path(__file__).resolve().parents[2] / "addons" / "b2b_invoice_automation"
SGML_HEAD = "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nENCODING:USASCII\r\nCHARSET:1252\r\n\r\n"
XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<?OFX OFXHEADER="200" VERSION="211"?>\n'

SGML = (
    "<OFX><BANKMSGSRSV1><STMTTRNRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>1"
    "<ACCTID>998877<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><DTSTART>20260301<DTEND>20260302120000[-5:EST]"
    "<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260302120000.000[-5:EST]<TRNAMT>1500.25<FITID>F1<NAME>Smith &amp; Sons"
    "<MEMO>INV/2026/00042</STMTTRN>"
    "<STMTTRN><TRNTYPE>CHECK<DTPOSTED>20260302<TRNAMT>-12.5<FITID>F2<CHECKNUM>77<NAME><MEMO></STMTTRN>"
    "</BANKTRANLIST><LEDGERBAL><BALAMT>100.00<DTASOF>20260302</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
)
XML = (
    "<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD</CURDEF><BANKACCTFROM><ACCTID>998877</ACCTID></BANKACCTFROM>"
    "<BANKTRANLIST><STMTTRN><TRNTYPE>CREDIT</TRNTYPE><DTPOSTED>20260302</DTPOSTED><TRNAMT>1500.25</TRNAMT><FITID>F1"
    "</FITID><NAME>Smith &amp; Sons</NAME><MEMO>INV/2026/00042</MEMO></STMTTRN></BANKTRANLIST></STMTRS></STMTTRNRS>"
    "</BANKMSGSRSV1><CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>USD</CURDEF><CCACCTFROM><ACCTID>4711</ACCTID>"
    "</CCACCTFROM></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>"
)


def test_ofx_1_with_and_without_end_tags():
    (found,) = read((SGML_HEAD + SGML).encode("cp1252"))
    first, second = found.transactions

    assert (found.account.number, found.currency, found.closing) == ("998877", "USD", money("100.00"))
    assert (found.from_date, found.to_date) == (date(2026, 3, 1), DAY)
    assert (first.amount, first.booking_date, first.counterparty_name) == (money("1500.25"), DAY, "Smith & Sons")
    assert (first.text, first.bank_reference, first.transaction_code) == ("INV/2026/00042", "F1", "CREDIT")
    assert (second.amount, second.counterparty_name, second.text) == (money("-12.5"), "", "check 77")


def test_ofx_2_with_several_accounts():
    bank, card = read((XML_HEAD + XML).encode())

    assert (bank.account.number, card.account.number) == ("998877", "4711")
    assert bank.transactions[0].counterparty_name == "Smith & Sons"


def test_ofx_1_and_2_give_the_same_key():
    (sgml,), (xml, _) = read((SGML_HEAD + SGML).encode()), read((XML_HEAD + XML).encode())

    assert unique_key(sgml, sgml.transactions[0]) == unique_key(xml, xml.transactions[0])


def test_ofx_without_a_header_is_read():
    assert len(read(XML.encode())) == 2


@pytest.mark.parametrize(("encoding", "name"), [("cp1252", "Café"), ("utf-8", "Café ☕")])
def test_ofx_encoding_is_what_fits_and_not_what_the_header_says(encoding, name):
    (found,) = read((SGML_HEAD + SGML.replace("Smith &amp; Sons", name)).encode(encoding))

    assert found.transactions[0].counterparty_name == name


def test_ofx_amount_in_another_currency():
    data = SGML_HEAD + SGML.replace("<FITID>F1", "<FITID>F1<ORIGCURRENCY><CURRATE>1.1<CURSYM>EUR</ORIGCURRENCY>")
    first = read(data.encode())[0].transactions[0]

    assert (first.currency, first.instructed_currency, first.exchange_rate) == ("USD", "EUR", money("1.1"))


def test_ofx_bank_account_beside_an_investment_account_without_cash_movements():
    investment = "<INVSTMTRS><CURDEF>USD<INVACCTFROM><ACCTID>I1</INVACCTFROM></INVSTMTRS>"

    assert len(read((SGML_HEAD + SGML.replace("</STMTRS>", "</STMTRS>" + investment)).encode())) == 1


OFX_REFUSED = [
    (SGML.replace("1500.25", "1,500.25"), "is “1,500.25”, which is no amount"),
    (SGML.replace("1500.25", "x"), "is “x”, which is no amount"),
    (SGML.replace("<TRNAMT>1500.25", ""), "The amount (TRNAMT) is empty"),
    (SGML.replace("<DTPOSTED>20260302120000.000[-5:EST]", "<DTPOSTED>20261302"), "has no valid day"),
    (SGML.replace("<ACCTID>998877", ""), "ACCTID is missing"),
    (SGML.replace("<BALAMT>100.00", "<BALAMT>"), "The ledger balance (LEDGERBAL) is empty"),
    (
        "<OFX><STATUS><CODE>15500<SEVERITY>ERROR<MESSAGE>Wrong password</STATUS></OFX>",
        "the bank's error message: “Wrong password”",
    ),
    ("<OFX></OFX>", "holds no statement"),
    ("<OFX>" + "<A>" * 200, "nested too deeply"),
]


@pytest.mark.parametrize(("body", "words"), OFX_REFUSED)
def test_ofx_refused_in_words(body, words):
    with pytest.raises(StatementError) as refused:
        read((SGML_HEAD + body).encode(), "x.ofx")

    assert words in str(refused.value)


def test_ofx_2_with_a_document_type_is_refused():
    with pytest.raises(StatementError, match="DOCTYPE"):
        read((XML_HEAD.replace("<?OFX", "<!DOCTYPE OFX><?OFX") + XML).encode())


def bai2(*transactions: str, opening: str = "100000", closing: str = "", currency: str = "USD") -> bytes:
    """A BAI2 file of one account with right control totals; amounts are in minor units."""
    balances = f"010,{opening},,," + (f"015,{closing},,," if closing else "")
    account = [f"03,12345,{currency},{balances}/", *transactions]
    amounts = [opening, closing or "0", *(line.split(",")[2] for line in transactions if line.startswith("16"))]
    total, records = sum(map(int, amounts)), len(account) + 1
    return "\n".join(
        [
            "01,SENDER,RECEIVER,260302,0800,1,,,2/",
            f"02,RECEIVER,BANK,1,260302,2359,{currency},2/",
            *account,
            f"49,{total},{records}/",
            f"98,{total},1,{records + 2}/",
            f"99,{total},1,{records + 4}/",
        ]
    ).encode()


BAI2_LINES = [
    ("16,142,11900,,REF1,CUST1,INV/2026/00042", "119.00", "REF1", "INV/2026/00042", DAY),
    ("16,451,11900,Z,REF1,,RENT/", "-119.00", "REF1", "RENT", DAY),
    ("16,165,100,V,260303,1200,REF1,CUST1,TEXT, WITH A COMMA", "1.00", "REF1", "TEXT, WITH A COMMA", date(2026, 3, 3)),
    ("16,165,100,S,100,0,0,REF1,,X", "1.00", "REF1", "X", DAY),
    ("16,165,100,D,2,0,50,1,50,REF1,,X", "1.00", "REF1", "X", DAY),
    ("16,165,100,1,REF1,,X", "1.00", "REF1", "X", date(2026, 3, 3)),
    ("16,698,100,,,,FEES", "-1.00", "", "FEES", DAY),
]


@pytest.mark.parametrize(("line", "amount", "reference", "text", "valued"), BAI2_LINES)
def test_bai2_transaction(line, amount, reference, text, valued):
    (found,) = read(bai2(line))
    (only,) = found.transactions

    assert (only.amount, only.bank_reference, only.text, only.value_date) == (money(amount), reference, text, valued)
    assert only.booking_date == DAY


def test_bai2_continuation_lines_with_words():
    lines = (
        "16,195,5000,,REF1,,Incoming Wire",
        "88,EREF: E-1",
        "88,DBNM: PAYER INC",
        "88,DACT: 777/",
        "88,REMI: INV 42",
    )
    only = read(bai2(*lines))[0].transactions[0]

    assert (only.counterparty_name, only.counterparty_account) == ("PAYER INC", "777")
    assert (only.end_to_end_id, only.text, only.information) == ("E-1", "INV 42", "Incoming Wire")


def test_bai2_plain_continuation_lines_are_text():
    only = read(bai2("16,195,5000,,REF1,,/", "88,INVOICE 42 AND", "88,INVOICE 43"))[0].transactions[0]

    assert only.text == "INVOICE 42 AND INVOICE 43"


@pytest.mark.parametrize(("currency", "amount"), [("USD", "50.00"), ("JPY", "5000"), ("KWD", "5.000")])
def test_bai2_amounts_are_in_the_currency_s_minor_unit(currency, amount):
    assert read(bai2("16,195,5000,,R,,X", currency=currency))[0].transactions[0].amount == money(amount)


@pytest.mark.parametrize(("code", "is_return"), [("555", True), ("557", True), ("257", True), ("495", False)])
def test_bai2_items_that_come_back_are_returns(code, is_return):
    assert read(bai2(f"16,{code},5000,,R,,X"))[0].transactions[0].is_return is is_return


def test_bai2_balances_are_compared():
    assert read(bai2("16,195,5000,,R,,X", closing="105000"))[0].closing == money("1050.00")
    with pytest.raises(StatementError, match=r"make 1050.00, but the closing balance is 1050.01"):
        read(bai2("16,195,5000,,R,,X", closing="105001"))


BAI2_REFUSED = [
    (bai2("16,195,5000,,R,,X").replace(b"49,105000", b"49,105001"), "is 105001, its records make 105000"),
    (bai2("16,195,5000,,R,,X").replace(b"49,105000,3", b"49,105000,4"), "counts 4 records, there are 3"),
    (bai2("16,195,5000,,R,,X").replace(b"98,105000", b"98,1"), "The control total of the group"),
    (bai2("16,195,5000,,R,,X").partition(b"49,")[0], "has no trailer"),
    (bai2("16,195,5000,,R,,X").replace(b",5000,", b",fifty,"), "is no amount in minor units"),
    (bai2("16,099,5000,,R,,X"), "neither a credit nor a debit"),
    (bai2("17,195,5000,,R,,X"), "begins with no record code"),
    (bai2().replace(b"02,RECEIVER,BANK,1,260302", b"02,RECEIVER,BANK,1,261302"), "has no valid day"),
]


@pytest.mark.parametrize(("data", "words"), BAI2_REFUSED)
def test_bai2_refused_in_words(data, words):
    with pytest.raises(StatementError) as refused:
        read(data)

    assert words in str(refused.value)


PEAK = """
import io, resource, sys
from order_to_cash.statements import iter_transactions
entries = "".join(
    f"<STMTTRN><TRNTYPE>CREDIT</TRNTYPE><DTPOSTED>20260102</DTPOSTED><TRNAMT>1.00</TRNAMT><FITID>F{number}</FITID>"
    f"<NAME>Customer</NAME><MEMO>INV/2026/{number}</MEMO></STMTTRN>"
    for number in range(int(sys.argv[1]))
)
data = (
    '<?xml version="1.0"?><?OFX OFXHEADER="200" VERSION="211"?><OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS>'
    "<CURDEF>EUR</CURDEF><BANKACCTFROM><BANKID>1</BANKID><ACCTID>2</ACCTID></BANKACCTFROM><BANKTRANLIST>" + entries
    + "</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
).encode()
count = sum(1 for _ in iter_transactions(io.BytesIO(data)))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_a_long_file_is_not_held_twice_in_memory():
    """libxml2's own memory counts, which tracemalloc does not see; so each file is read in a process of its own."""

    def peak(count):
        done = subprocess.run(
            [sys.executable, "-c", PEAK, str(count)], cwd=ADDON, capture_output=True, text=True, check=True
        )
        read, kilobytes = map(int, done.stdout.split())
        assert read == count
        return kilobytes

    assert (peak(40_000) - peak(2_000)) / 38_000 < 2.2, "kilobytes a transaction, those of the test's own file included"
