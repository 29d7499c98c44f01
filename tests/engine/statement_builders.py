"""Statements and files for the tests of the statement readers, made for this project."""

from datetime import date
from decimal import Decimal

from order_to_cash.statements import AccountId, Statement, Transaction

DAY = date(2026, 3, 2)
IBAN = "DE89370400440532013000"
ACCOUNT = AccountId(iban=IBAN, currency="EUR", bic="COBADEFFXXX", name="Example Trading GmbH")


def money(text: str) -> Decimal:
    return Decimal(text)


def transaction(amount: str = "100.00", **values) -> Transaction:
    """A booked euro transaction of DAY; any field can be given."""
    return Transaction(**{"amount": money(amount), "currency": "EUR", "booking_date": DAY, "value_date": DAY} | values)


def statement(*transactions: Transaction, opening: str = "1000.00", **values) -> Statement:
    """A euro statement of DAY whose balances add up."""
    booked = sum((t.amount for t in transactions if t.is_booked), Decimal(0))
    defaults = {
        "account": ACCOUNT,
        "currency": "EUR",
        "statement_id": "STATEMENT-1",
        "sequence": 1,
        "source": "camt.053.001.08",
        "from_date": DAY,
        "to_date": DAY,
        "opening": money(opening),
        "closing": money(opening) + booked,
        "transactions": transactions,
    }
    return Statement(**defaults | values)


def camt(entries: str, message: str = "053", version: str = "08", balances: str = "", account: str = "") -> bytes:
    """A CAMT document around entries as they are written, for what the renderer does not write."""
    root, container = {
        "052": ("BkToCstmrAcctRpt", "Rpt"),
        "053": ("BkToCstmrStmt", "Stmt"),
        "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    }[message]
    account = account or f"<Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{message}.001.{version}"><{root}>'
        f"<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-03-02T18:00:00</CreDtTm></GrpHdr>"
        f"<{container}><Id>S1</Id><CreDtTm>2026-03-02T18:00:00+01:00</CreDtTm>{account}{balances}{entries}</{container}>"
        f"</{root}></Document>"
    ).encode()


def entry(amount: str = "100.00", side: str = "CRDT", inside: str = "", status: str = "<Cd>BOOK</Cd>") -> str:
    """One CAMT entry of DAY; `inside` is put after its dates."""
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts>{status}</Sts>'
        f"<BookgDt><Dt>{DAY}</Dt></BookgDt><ValDt><Dt>{DAY}</Dt></ValDt>{inside}</Ntry>"
    )


def camt_balance(code: str, amount: str, side: str = "CRDT", currency: str = "EUR") -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{amount}</Amt>'
        f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{DAY}</Dt></Dt></Bal>"
    )


def mt940(*fields: str, opening: str = "C260302EUR1000,00", closing: str | None = None, head: str = "") -> bytes:
    """An MT940 message around fields 61 and 86; without `closing`, one that is not checked."""
    lines = [":20:STARTUMS", f":25:{IBAN}", ":28C:00001/001", f":60F:{opening}", *fields]
    lines += [f":62F:{closing}"] if closing else []
    return (head + "\r\n".join([*lines, "-", ""])).encode()
