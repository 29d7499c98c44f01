"""CAMT.052, .053 and .054: what an entry says, in every version, and what is refused."""

import io
import tracemalloc
from datetime import date
from decimal import Decimal

import pytest
from bank_sandbox.render import render_camt053, render_mt940
from statement_builders import ACCOUNT, DAY, IBAN, camt, camt_balance, entry, money, statement, transaction

from order_to_cash.statements import (
    NOTIFICATION,
    REPORT,
    STATEMENT,
    Batch,
    Charge,
    ControlTotal,
    RemittedDocument,
    StatementError,
    iter_transactions,
    read,
)


def _only(data: bytes, **options):
    (found,) = read(data, **options)
    (only,) = found.transactions
    return only


@pytest.mark.parametrize("version", range(2, 15))
@pytest.mark.parametrize(("message", "kind"), [("052", REPORT), ("053", STATEMENT), ("054", NOTIFICATION)])
def test_every_version_says_the_same(message, kind, version):
    line = transaction(
        "119.00",
        counterparty_name="Rossi S.r.l.",
        counterparty_account="IT60X0542811101000000123456",
        counterparty_bic="UNCRITMM",
        text="INV/2026/00042",
        end_to_end_id="PO-77",
        bank_reference="REF1",
        charges=(Charge(money("1.50"), "EUR", included=False, code="FEE"),),
    )
    source = f"camt.{message}.001.{version:02}"
    wanted = statement(line, kind=kind, source=source)

    assert read(render_camt053([wanted], version, message)) == [wanted]


DETAILS = [
    ("remittance text in pieces", "<RmtInf><Ustrd>INV 1</Ustrd><Ustrd>INV 2</Ustrd></RmtInf>", "text", "INV 1 INV 2"),
    (
        "text cut at 140 characters",
        f"<RmtInf><Ustrd>{'X' * 137}INV</Ustrd><Ustrd>42</Ustrd></RmtInf>",
        "text",
        f"{'X' * 137}INV42",
    ),
    (
        "creditor references",
        "<RmtInf><Strd><CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf></Strd>"
        "<Strd><CdtrRefInf><Ref>RF471</Ref></CdtrRefInf></Strd></RmtInf>",
        "structured_references",
        ("RF18539007547034", "RF471"),
    ),
    (
        "remittance list with a credit note",
        '<RmtInf><Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp><Nb>INV1</Nb><RltdDt>2026-02-01</RltdDt>'
        '</RfrdDocInf><RfrdDocAmt><RmtdAmt Ccy="EUR">120.00</RmtdAmt></RfrdDocAmt></Strd>'
        '<Strd><RfrdDocInf><Nb>CN1</Nb></RfrdDocInf><RfrdDocAmt><CdtNoteAmt Ccy="EUR">20.00</CdtNoteAmt></RfrdDocAmt>'
        "</Strd>"
        "</RmtInf>",
        "remitted_documents",
        (
            RemittedDocument("INV1", money("120.00"), "EUR", date(2026, 2, 1), "CINV"),
            RemittedDocument("CN1", money("-20.00"), "EUR"),
        ),
    ),
    (
        "remittance list with amounts by type, and what was kept back",
        "<RmtInf><Strd><RfrdDocInf><Nb>INV1</Nb></RfrdDocInf><RfrdDocAmt>"
        '<RmtAmtAndTp><Tp><Cd>DUPA</Cd></Tp><Amt Ccy="EUR">120.00</Amt></RmtAmtAndTp>'
        '<RmtAmtAndTp><Tp><Cd>REMI</Cd></Tp><Amt Ccy="EUR">100.00</Amt></RmtAmtAndTp>'
        '<AdjstmntAmtAndRsn><Amt Ccy="EUR">15.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Rsn>01</Rsn>'
        "<AddtlInf>broken goods</AddtlInf></AdjstmntAmtAndRsn>"
        '<AdjstmntAmtAndRsn><Amt Ccy="EUR">5.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Rsn>06</Rsn></AdjstmntAmtAndRsn>'
        "</RfrdDocAmt></Strd><Strd><RfrdDocInf><Nb>CN1</Nb></RfrdDocInf><RfrdDocAmt>"
        '<RmtAmtAndTp><Tp><Cd>CREN</Cd></Tp><Amt Ccy="EUR">20.00</Amt></RmtAmtAndTp>'
        '<RmtAmtAndTp><Tp><Prtry>X</Prtry></Tp><Amt Ccy="EUR">7.00</Amt></RmtAmtAndTp></RfrdDocAmt></Strd></RmtInf>',
        "remitted_documents",
        (
            RemittedDocument(
                "INV1", money("100.00"), "EUR", deduction=money("20.00"), reason="01 broken goods, 06"
            ),
            RemittedDocument("CN1", money("-20.00"), "EUR"),
        ),
    ),
    (
        "remittance list of an older version with what was kept back",
        "<RmtInf><Strd><RfrdDocInf><Nb>INV1</Nb></RfrdDocInf><RfrdDocAmt>"
        '<AdjstmntAmtAndRsn><Amt Ccy="EUR">20.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></AdjstmntAmtAndRsn>'
        '<AdjstmntAmtAndRsn><Amt Ccy="EUR">3.00</Amt><CdtDbtInd>DBIT</CdtDbtInd></AdjstmntAmtAndRsn>'
        '<RmtdAmt Ccy="EUR">100.00</RmtdAmt></RfrdDocAmt></Strd></RmtInf>',
        "remitted_documents",
        (RemittedDocument("INV1", money("100.00"), "EUR", deduction=money("17.00")),),
    ),
    (
        "amounts of several documents together are of none of them",
        "<RmtInf><Strd><RfrdDocInf><Nb>INV1</Nb></RfrdDocInf><RfrdDocInf><Nb>INV2</Nb></RfrdDocInf><RfrdDocAmt>"
        '<RmtAmtAndTp><Tp><Cd>REMI</Cd></Tp><Amt Ccy="EUR">120.00</Amt></RmtAmtAndTp>'
        '<AdjstmntAmtAndRsn><Amt Ccy="EUR">20.00</Amt></AdjstmntAmtAndRsn></RfrdDocAmt></Strd></RmtInf>',
        "remitted_documents",
        (RemittedDocument("INV1"), RemittedDocument("INV2")),
    ),
    ("end-to-end id that says nothing", "<Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>", "end_to_end_id", ""),
    ("mandate", "<Refs><MndtId>M-1</MndtId></Refs>", "mandate_id", "M-1"),
    (
        "payer of a credit",
        "<RltdPties><Dbtr><Pty><Nm>Payer</Nm></Pty></Dbtr><Cdtr><Pty><Nm>Us</Nm></Pty></Cdtr></RltdPties>",
        "counterparty_name",
        "Payer",
    ),
    ("our own name alone is no payer", "<RltdPties><Cdtr><Nm>Us</Nm></Cdtr></RltdPties>", "counterparty_name", ""),
    (
        "returned transfer: the one who got it",
        "<RltdPties><Dbtr><Nm>Us</Nm></Dbtr><Cdtr><Nm>Supplier</Nm></Cdtr></RltdPties>"
        "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>",
        "counterparty_name",
        "Supplier",
    ),
    ("return reason", "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>", "return_reason", "AC04"),
    ("return without a reason", "<RtrInf/>", "return_reason", "returned"),
    (
        "instructed amount",
        '<AmtDtls><InstdAmt><Amt Ccy="USD">110.00</Amt><CcyXchg><SrcCcy>USD</SrcCcy><XchgRate>1.1</XchgRate></CcyXchg>'
        "</InstdAmt></AmtDtls>",
        "instructed_amount",
        Decimal("110.00"),
    ),
    (
        "blanks and control characters",
        "<RmtInf><Ustrd>  INV&#x9; 7&#xA0;&#xAD;8 </Ustrd></RmtInf>",
        "text",
        "INV 7 -8",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("inside", "field", "value"), [case[1:] for case in DETAILS], ids=[case[0] for case in DETAILS]
)
def test_details_of_a_payment(inside, field, value):
    data = camt(entry(inside=f"<NtryDtls><TxDtls>{inside}</TxDtls></NtryDtls>"))

    assert getattr(_only(data), field) == value


def test_exchange_rate_is_kept_beside_the_booked_amount():
    amounts = (
        '<AmtDtls><InstdAmt><Amt Ccy="USD">110.00</Amt></InstdAmt><CntrValAmt><Amt Ccy="EUR">100.00</Amt>'
        "<CcyXchg><SrcCcy>USD</SrcCcy><XchgRate>0.90909091</XchgRate></CcyXchg></CntrValAmt></AmtDtls>"
    )
    found = _only(camt(entry(inside=f"<NtryDtls><TxDtls>{amounts}</TxDtls></NtryDtls>")))

    assert (found.amount, found.currency) == (money("100.00"), "EUR")
    assert (found.instructed_amount, found.instructed_currency) == (money("110.00"), "USD")
    assert found.exchange_rate == Decimal("0.90909091")


def _payment(amount: str, name: str, side: str = "") -> str:
    return (
        f'<TxDtls><Refs><EndToEndId>E-{name}</EndToEndId></Refs><Amt Ccy="EUR">{amount}</Amt>{side}'
        f"<RltdPties><Dbtr><Nm>{name}</Nm></Dbtr></RltdPties><RmtInf><Ustrd>for {name}</Ustrd></RmtInf></TxDtls>"
    )


def test_collected_booking_is_split_where_its_payments_add_up():
    payments = _payment("60.00", "Anna") + _payment("40.00", "Bert")
    batch = "<Btch><MsgId>M</MsgId><PmtInfId>P</PmtInfId><NbOfTxs>2</NbOfTxs></Btch>"
    found = _only(camt(entry("100.00", inside=f"<NtryDtls>{batch}{payments}</NtryDtls>")))

    assert found.amount == money("100.00")
    assert found.batch == Batch("M", "P", 2)
    assert [(d.amount, d.counterparty_name, d.end_to_end_id, d.text) for d in found.details] == [
        (money("60.00"), "Anna", "E-Anna", "for Anna"),
        (money("40.00"), "Bert", "E-Bert", "for Bert"),
    ]


def test_collected_booking_with_a_debit_inside_is_split():
    payments = _payment("160.00", "Anna") + _payment("60.00", "Bert", "<CdtDbtInd>DBIT</CdtDbtInd>")
    found = _only(camt(entry("100.00", inside=f"<NtryDtls>{payments}</NtryDtls>")))

    assert [detail.amount for detail in found.details] == [money("160.00"), money("-60.00")]


def test_collected_booking_that_does_not_add_up_stays_whole_with_all_references():
    payments = _payment("60.00", "Anna") + _payment("39.99", "Bert")
    found = _only(camt(entry("100.00", inside=f"<NtryDtls>{payments}</NtryDtls>")))

    assert found.details == ()
    assert found.counterparty_name == ""
    assert found.text == "for Anna for Bert"


def test_payments_in_several_blocks_belong_to_one_entry():
    blocks = f"<NtryDtls>{_payment('60.00', 'Anna')}</NtryDtls><NtryDtls>{_payment('40.00', 'Bert')}</NtryDtls>"
    found = _only(camt(entry("100.00", inside=f"{blocks}<AddtlNtryInf>collected</AddtlNtryInf>")))

    assert [detail.counterparty_name for detail in found.details] == ["Anna", "Bert"]
    assert found.information == "collected"


def test_reversal_keeps_its_sign_and_names_the_original_party():
    parties = "<RltdPties><Dbtr><Nm>Customer</Nm></Dbtr><Cdtr><Nm>Us</Nm></Cdtr></RltdPties>"
    inside = f"<NtryDtls><TxDtls>{parties}</TxDtls></NtryDtls>"
    data = camt(entry("100.00", "DBIT", inside).replace("<Sts>", "<RvslInd>true</RvslInd><Sts>"))
    found = _only(data)

    assert (found.amount, found.is_reversal, found.is_return) == (money("-100.00"), True, True)
    assert found.counterparty_name == "Customer"


def test_returned_direct_debit_is_known_by_its_transaction_code():
    code = "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>IDDT</Cd><SubFmlyCd>UPDD</SubFmlyCd></Fmly></Domn></BkTxCd>"
    found = _only(camt(entry("100.00", "DBIT", code)))

    assert found.is_return
    assert found.transaction_code == "PMNT/IDDT/UPDD"


@pytest.mark.parametrize("status", ["<Cd>PDNG</Cd>", "INFO", "<Prtry>expected</Prtry>"])
def test_announced_entries_are_not_booked_and_not_in_the_balance(status):
    balances = camt_balance("OPBD", "10.00") + camt_balance("CLBD", "10.00")

    assert not _only(camt(entry(status=status), balances=balances)).is_booked


BALANCES = [
    ("opening and closing", [("OPBD", "10.00"), ("CLBD", "110.00")], ("10.00", "110.00")),
    ("previous closing", [("PRCD", "10.00"), ("CLBD", "110.00")], ("10.00", "110.00")),
    ("first page", [("OPBD", "10.00"), ("ITBD", "110.00")], ("10.00", "110.00")),
    ("middle page", [("ITBD", "10.00"), ("ITBD", "110.00")], ("10.00", "110.00")),
    ("last page", [("ITBD", "10.00"), ("CLBD", "110.00")], ("10.00", "110.00")),
    ("available balances do not count", [("OPAV", "99.00"), ("CLAV", "1.00")], (None, None)),
]


@pytest.mark.parametrize(("balances", "wanted"), [case[1:] for case in BALANCES], ids=[case[0] for case in BALANCES])
def test_balances(balances, wanted):
    (found,) = read(camt(entry(), balances="".join(camt_balance(*balance) for balance in balances)))

    assert (found.opening, found.closing) == tuple(text and money(text) for text in wanted)


def test_overdrawn_account():
    balances = camt_balance("OPBD", "30.00", "DBIT") + camt_balance("CLBD", "70.00")
    (found,) = read(camt(entry("100.00"), balances=balances))

    assert (found.opening, found.closing) == (money("-30.00"), money("70.00"))


def test_several_accounts_in_one_document():
    first = statement(transaction("1.00"))
    second = statement(transaction("-2.00"), account=ACCOUNT.__class__(other="12345", currency="EUR"))

    assert [s.account.number for s in read(render_camt053([first, second]))] == [IBAN, "12345"]


def test_stated_totals_are_compared():
    good = statement(
        transaction("5.00"),
        transaction("-3.00"),
        totals=(ControlTotal("all", 2, money("8.00")), ControlTotal("debit", 1, money("3.00"))),
    )

    assert read(render_camt053([good])) == [good]
    with pytest.raises(StatementError, match=r"announces a sum of 4.00 \(outgoing\) but its entries make 3.00"):
        read(render_camt053([statement(*good.transactions, totals=(ControlTotal("debit", 1, money("4.00")),))]))


def test_totals_of_a_statement_on_several_pages_are_not_those_of_the_page():
    page = "<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>"
    totals = "<TxsSummry><TtlNtries><NbOfNtries>9</NbOfNtries></TtlNtries></TxsSummry>"

    assert _only(camt(page + totals + entry())).amount == money("100.00")


REFUSED = [
    ("no account", camt(entry(), account="<Acct><Id/></Acct>"), "account has no number"),
    ("no amount", camt(entry().replace('<Amt Ccy="EUR">100.00</Amt>', "")), "An amount is missing"),
    ("amount in words", camt(entry("ten")), "“ten” is no amount"),
    ("negative amount", camt(entry("-1.00")), "is no amount"),
    ("amount not a number", camt(entry("NaN")), "is no amount"),
    ("huge amount", camt(entry("1e30")), "is no amount"),
    ("no currency", camt(entry().replace(' Ccy="EUR"', "")), "has no valid currency"),
    ("no sign", camt(entry(side="XXXX")), "whether money came in or went out"),
    ("no status", camt(entry(status="")), "whether it is booked"),
    (
        "wrong sum",
        camt(entry("100.00"), balances=camt_balance("OPBD", "10.00") + camt_balance("CLBD", "111.00")),
        "opening 10.00 and entries of 100.00 make 110.00, but the closing balance is 111.00",
    ),
    (
        "balance in another currency",
        camt("", balances=camt_balance("OPBD", "10.00") + camt_balance("CLBD", "10.00", currency="SEK")),
        "is in SEK, the account in EUR",
    ),
    ("entry in another currency", camt(entry().replace("EUR", "USD")), "in USD, its account in EUR"),
    ("no namespace", b"<Document><BkToCstmrStmt/></Document>", "no XML namespace"),
    (
        "payment order",
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn/></Document>',
        "“pain.001.001.09”, which is no bank statement",
    ),
    ("another XML", b"<invoice><line/></invoice>", "no ISO 20022 document"),
    (
        "statement in a report",
        camt(entry()).replace(b"camt.053", b"camt.052"),
        "says it is camt.052.001.08 but holds a statement",
    ),
    ("cut off", camt(entry())[:-60], "not well-formed XML"),
    (
        "message without a statement",
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt/></Document>',
        "holds no statement",
    ),
]


@pytest.mark.parametrize(("data", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refused_in_words(data, words):
    with pytest.raises(StatementError) as refused:
        read(data, "day.xml")

    assert words in str(refused.value)
    assert str(refused.value).startswith("day.xml")


def test_document_in_an_envelope_is_found():
    document = camt(entry()).partition(b"?>")[2]

    assert _only(b'<Envelope xmlns="urn:x"><Header/>' + document + b"</Envelope>").amount == money("100.00")


def test_streaming_gives_the_same():
    lines = [transaction(f"{number}.00", text=f"INV {number}") for number in range(1, 301)]
    wanted = statement(*lines)
    found = list(iter_transactions(render_camt053([wanted])))

    assert tuple(line for _, line in found) == wanted.transactions
    assert {header.account.number for header, _ in found} == {IBAN}
    assert all(header.transactions == () for header, _ in found)
    assert found[0][0].from_date == DAY


def test_streaming_reads_no_further_than_it_must():
    data = render_camt053([statement(*(transaction("1.00", text=f"INV {n}") for n in range(3000)))])
    stream = io.BytesIO(data)
    reading = iter_transactions(stream)
    next(reading)

    assert stream.tell() < 100_000 < len(data) // 5
    assert sum(1 for _ in reading) == 2999


@pytest.mark.parametrize("render", [render_camt053, render_mt940])
def test_streaming_needs_no_more_memory_for_a_longer_file(render):
    def peak(count: int) -> int:
        data = render([statement(*(transaction("1.00", text="INV", bank_reference=f"B{n}") for n in range(count)))])
        tracemalloc.start()
        try:
            for _ in iter_transactions(data):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    assert peak(4000) - peak(1000) < 3000 * 400


def test_streaming_ends_with_the_check():
    wrong = statement(transaction("1.00"), transaction("2.00"), closing=money("5.00"))
    reading = iter_transactions(render_camt053([wrong]))

    assert [next(reading)[1].amount, next(reading)[1].amount] == [money("1.00"), money("2.00")]
    with pytest.raises(StatementError, match="do not add up"):
        next(reading)
