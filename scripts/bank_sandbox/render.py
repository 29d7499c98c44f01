"""Write statements as bank files: CAMT.052/053/054 and MT940.

For the demo, which needs a bank, and for tests, which read back what was written. The functions take statements in
the form of `order_to_cash.statements.model` (only their attributes are used).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

_MESSAGES = {
    "052": ("BkToCstmrAcctRpt", "Rpt"),
    "053": ("BkToCstmrStmt", "Stmt"),
    "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}
_SUBFIELD_WIDTH = 27
_MAX_SUBFIELDS = 14


def render_camt053(statements: Iterable, version: int = 8, message: str = "053") -> bytes:
    """Write statements as one CAMT document.

    :param statements: in the order wanted
    :param version: of the message definition, 2 to 14; from 7 on, status and parties stand one level deeper
    :param message: "052", "053" or "054"
    :returns: the file, in UTF-8
    """
    root, container = _MESSAGES[message]
    statements = list(statements)
    created = max((s.to_date for s in statements if s.to_date), default=date(2026, 1, 1))
    body = "".join(_camt_statement(statement, container, version, created) for statement in statements)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{message}.001.{version:02}">\n<{root}>\n'
        f"<GrpHdr><MsgId>SANDBOX-{created:%Y%m%d}</MsgId><CreDtTm>{created}T18:00:00</CreDtTm></GrpHdr>\n"
        f"{body}</{root}>\n</Document>\n"
    ).encode()


def render_mt940(statements: Iterable) -> bytes:
    """Write statements as MT940 messages, field 86 in the German structure with SEPA words.

    What MT940 cannot hold (details of collected bookings, remittance lists, charges) is left out.

    :param statements: in the order wanted
    :returns: the file, in UTF-8
    """
    return "".join(_mt940_message(statement) for statement in statements).encode()


def _tag(name: str, value: object) -> str:
    return "" if value in ("", None) else f"<{name}>{escape(str(value))}</{name}>"


def _wrap(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>" if content else ""


def _amount(name: str, amount: Decimal, currency: str) -> str:
    return f'<{name} Ccy="{currency}">{abs(amount):f}</{name}>'


def _side(amount: Decimal) -> str:
    return f"<CdtDbtInd>{'DBIT' if amount < 0 else 'CRDT'}</CdtDbtInd>"


def _camt_statement(statement, container: str, version: int, created: date) -> str:
    period = ""
    if statement.from_date and statement.to_date:
        period = _wrap("FrToDt", _tag("FrDtTm", f"{statement.from_date}T00:00:00"))
        period = period.replace("</FrToDt>", _tag("ToDtTm", f"{statement.to_date}T23:59:59") + "</FrToDt>")
    balances = "".join(
        _balance(code, amount, statement.currency, day or created)
        for code, amount, day in (
            ("OPBD", statement.opening, statement.from_date),
            ("CLBD", statement.closing, statement.to_date),
        )
        if amount is not None
    )
    entries = "".join(_camt_entry(entry, version) for entry in statement.transactions)
    return (
        f"<{container}>{_tag('Id', statement.statement_id or 'STATEMENT')}{_tag('ElctrncSeqNb', statement.sequence)}"
        f"<CreDtTm>{created}T18:00:00</CreDtTm>{period}{_camt_account(statement.account, version)}"
        f"{balances}{_camt_totals(statement.totals)}\n{entries}</{container}>\n"
    )


def _camt_totals(totals) -> str:
    names = {"all": "TtlNtries", "credit": "TtlCdtNtries", "debit": "TtlDbtNtries"}
    return _wrap(
        "TxsSummry",
        "".join(_wrap(names[t.side], _tag("NbOfNtries", t.count) + _tag("Sum", t.amount)) for t in totals),
    )


def _camt_account(account, version: int) -> str:
    bic = "BICFI" if version >= 3 else "BIC"
    number = _tag("IBAN", account.iban) or _wrap("Othr", _tag("Id", account.other))
    servicer = _wrap("Svcr", _wrap("FinInstnId", _tag(bic, account.bic)))
    return f"<Acct><Id>{number}</Id>{_tag('Ccy', account.currency)}{_tag('Nm', account.name)}{servicer}</Acct>"


def _balance(code: str, amount: Decimal, currency: str, day: date) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_amount('Amt', amount, currency)}{_side(amount)}"
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _camt_entry(entry, version: int) -> str:
    status = "BOOK" if entry.is_booked else "PDNG"
    status = f"<Cd>{status}</Cd>" if version >= 7 else status
    batch = entry.batch
    inside = _wrap(
        "Btch",
        _tag("MsgId", batch.message_id) + _tag("PmtInfId", batch.payment_id) + _tag("NbOfTxs", batch.count)
        if batch
        else "",
    )
    if entry.details:
        payments = "".join(_camt_details(detail, version, with_amount=True) for detail in entry.details)
    else:
        payments = _camt_details(entry, version)
    value_date = _wrap("ValDt", _tag("Dt", entry.value_date))
    return (
        f"<Ntry>{_amount('Amt', entry.amount, entry.currency)}{_side(entry.amount)}"
        f"{'<RvslInd>true</RvslInd>' if entry.is_reversal else ''}<Sts>{status}</Sts>"
        f"<BookgDt><Dt>{entry.booking_date}</Dt></BookgDt>{value_date}{_tag('AcctSvcrRef', entry.bank_reference)}"
        f"{_transaction_code(entry.transaction_code)}{_camt_charges(entry.charges, version)}"
        f"<NtryDtls>{inside}{payments}</NtryDtls>{_tag('AddtlNtryInf', entry.information)}</Ntry>\n"
    )


def _transaction_code(code: str) -> str:
    if code.count("/") != 2:
        return f"<BkTxCd>{_wrap('Prtry', _tag('Cd', code))}</BkTxCd>"
    domain, family, sub = code.split("/")
    return f"<BkTxCd><Domn><Cd>{domain}</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>{sub}</SubFmlyCd></Fmly></Domn></BkTxCd>"


def _camt_charges(charges, version: int) -> str:
    def one(charge) -> str:
        included = "" if charge.included is None else str(charge.included).lower()
        return (
            _amount("Amt", charge.amount, charge.currency)
            + _tag("ChrgInclInd", included)
            + _wrap("Tp", _wrap("Prtry", _tag("Id", charge.code)))
        )

    if version >= 4:
        return _wrap("Chrgs", "".join(_wrap("Rcrd", one(charge)) for charge in charges))
    return "".join(_wrap("Chrgs", one(charge)) for charge in charges)


def _camt_details(entry, version: int, with_amount: bool = False) -> str:
    references = _tag("InstrId", entry.instruction_id) + _tag("EndToEndId", entry.end_to_end_id)
    references += _tag("MndtId", entry.mandate_id)
    amount = ""
    if with_amount and version >= 3:
        amount = _amount("Amt", entry.amount, entry.currency) + _side(entry.amount)
    elif with_amount:
        amount = _side(entry.amount)
    return _wrap(
        "TxDtls",
        _wrap("Refs", references)
        + amount
        + _amount_details(entry, with_amount and version < 3)
        + _parties(entry, version)
        + _remittance(entry)
        + _wrap("RtrInf", _wrap("Rsn", _tag("Cd", entry.return_reason))),
    )


def _amount_details(entry, with_amount: bool) -> str:
    rate = _wrap("CcyXchg", _tag("SrcCcy", entry.currency) + _tag("XchgRate", entry.exchange_rate))
    rate = rate if entry.exchange_rate is not None else ""
    instructed = ""
    if entry.instructed_amount is not None:
        instructed = _wrap("InstdAmt", _amount("Amt", entry.instructed_amount, entry.instructed_currency) + rate)
    booked = _wrap("TxAmt", _amount("Amt", entry.amount, entry.currency)) if with_amount else ""
    return _wrap("AmtDtls", instructed + booked)


def _parties(entry, version: int) -> str:
    is_payer = (entry.amount >= 0) != (entry.is_reversal or bool(entry.return_reason))
    role = "Dbtr" if is_payer else "Cdtr"
    bic = "BICFI" if version >= 3 else "BIC"

    def party(name: str) -> str:
        return _wrap("Pty", _tag("Nm", name)) if version >= 7 else _tag("Nm", name)

    number = entry.counterparty_account
    account = _tag("IBAN", number) if number[:2].isalpha() else _wrap("Othr", _tag("Id", number))
    parties = (
        _wrap(role, party(entry.counterparty_name))
        + _wrap(f"{role}Acct", _wrap("Id", account))
        + _wrap(f"Ultmt{role}", party(entry.ultimate_name))
    )
    agent = _wrap(f"{role}Agt", _wrap("FinInstnId", _tag(bic, entry.counterparty_bic)))
    return _wrap("RltdPties", parties) + _wrap("RltdAgts", agent)


def _remittance(entry) -> str:
    pieces = [entry.text[at : at + 140] for at in range(0, len(entry.text), 140)]
    references = (
        _wrap("Strd", _wrap("CdtrRefInf", _tag("Ref", reference))) for reference in entry.structured_references
    )
    return _wrap(
        "RmtInf",
        "".join(_tag("Ustrd", piece) for piece in pieces)
        + "".join(references)
        + "".join(_wrap("Strd", _document(document)) for document in entry.remitted_documents),
    )


def _document(document) -> str:
    found = _wrap("Tp", _wrap("CdOrPrtry", _tag("Cd", document.code))) + _tag("Nb", document.number)
    found = _wrap("RfrdDocInf", found + _tag("RltdDt", document.date))
    if document.amount is not None:
        name = "CdtNoteAmt" if document.amount < 0 else "RmtdAmt"
        found += _wrap("RfrdDocAmt", _amount(name, document.amount, document.currency))
    return found


def _mt940_message(statement) -> str:
    account = statement.account
    number = account.iban or (f"{account.bic}/{account.other}" if account.bic else account.other)
    days = [statement.from_date, statement.to_date, *(entry.booking_date for entry in statement.transactions)]
    first = statement.from_date or min(filter(None, days))
    last = statement.to_date or max(filter(None, days))
    sequence = statement.sequence or 0
    lines = [
        f":20:{statement.statement_id or 'STARTUMS'}",
        f":25:{number}",
        f":28C:{sequence:05}/{statement.page or 1:03}",
        f":60F:{_mt940_balance(statement.opening, first, statement.currency)}",
        *(line for entry in statement.transactions for line in _mt940_entry(entry)),
        f":62F:{_mt940_balance(statement.closing, last, statement.currency)}",
        "-",
    ]
    return "\r\n".join(lines) + "\r\n"


def _mt940_number(amount: Decimal) -> str:
    text = f"{abs(amount):f}".replace(".", ",")
    return text if "," in text else f"{text},"


def _mt940_balance(amount: Decimal | None, day: date, currency: str) -> str:
    amount = Decimal(0) if amount is None else amount
    return f"{'D' if amount < 0 else 'C'}{day:%y%m%d}{currency}{_mt940_number(amount)}"


def _mt940_entry(entry) -> Iterator[str]:
    is_out = entry.amount < 0
    mark = ("RC" if is_out else "RD") if entry.is_reversal else ("D" if is_out else "C")
    value_date = entry.value_date or entry.booking_date
    code = entry.transaction_code if len(entry.transaction_code) == 4 else "NTRF"
    reference = f"//{entry.bank_reference}" if entry.bank_reference else ""
    owner = entry.instruction_id or "NONREF"
    yield f":61:{value_date:%y%m%d}{entry.booking_date:%m%d}{mark}{_mt940_number(entry.amount)}{code}{owner}{reference}"
    yield from _pairs(f":86:{'051' if not is_out else '020'}", list(_subfields(entry)))


def _subfields(entry) -> Iterator[str]:
    yield f"?00{_safe(entry.information)}" if entry.information else "?00SEPA"
    words = []
    for word, value in (("EREF", entry.end_to_end_id), ("MREF", entry.mandate_id), ("SVWZ", entry.text)):
        if value:
            words += _slices(f"{word}+{_safe(value)}")
    numbers = [*range(20, 30), *range(60, 64)]
    for number, piece in zip(numbers, words[:_MAX_SUBFIELDS], strict=False):
        yield f"?{number}{piece}"
    if entry.counterparty_bic:
        yield f"?30{entry.counterparty_bic}"
    if entry.counterparty_account:
        yield f"?31{entry.counterparty_account}"
    for number, piece in zip((32, 33), _slices(_safe(entry.counterparty_name)), strict=False):
        yield f"?{number}{piece}"


def _safe(text: str) -> str:
    return text.replace("?", ".")


def _slices(text: str) -> list[str]:
    return [text[at : at + _SUBFIELD_WIDTH] for at in range(0, len(text), _SUBFIELD_WIDTH)]


def _pairs(first: str, subfields: list[str]) -> Iterator[str]:
    """Lines of at most two subfields, which stay within the 65 characters of a line."""
    yield first + subfields[0]
    for at in range(1, len(subfields), 2):
        yield "".join(subfields[at : at + 2])
