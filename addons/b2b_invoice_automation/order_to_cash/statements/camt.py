"""CAMT.052, .053 and .054 (ISO 20022 bank-to-customer report, statement, notification), every version.

Source: ISO 20022 message definitions camt.052/053/054.001.01 to .14. The versions differ in where a few
elements stand (status code, party, BIC); all places are tried. The document is walked through as it is read:
an entry, and each payment of a collected one, is turned into a record and dropped, so that memory does not
grow with the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from .camt_entry import EntryReader
from .camt_xml import Fields, Names, Paths
from .model import (
    NOTIFICATION,
    REPORT,
    STATEMENT,
    AccountId,
    Begin,
    ControlTotal,
    End,
    Statement,
    StatementError,
    Transaction,
)
from .safe_xml import XmlError, iterparse
from .text_input import clean, iso_date, plain_decimal, whole_number

_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:(camt\.05[234]\.001\.\d\d)$")
_CONTAINERS = {
    "Stmt": ("BkToCstmrStmt", "camt.053", STATEMENT),
    "Rpt": ("BkToCstmrAcctRpt", "camt.052", REPORT),
    "Ntfctn": ("BkToCstmrDbtCdtNtfctn", "camt.054", NOTIFICATION),
}
_BALANCE = ("Tp/CdOrPrtry/Cd", "Tp/Cd", "Amt", "CdtDbtInd")
_OPENING = ("OPBD", "PRCD")
_CLOSING = ("CLBD",)
_INTERIM = "ITBD"


def events(stream: BinaryIO) -> Iterator[Begin | Transaction | End]:
    """Read a CAMT document.

    :param stream: a seekable binary stream at its start
    :returns: per statement a Begin, its transactions, an End
    :raises StatementError: if the document is unsafe, broken, or no CAMT.052/053/054
    """
    reader = _Reader()
    tags = tuple(f"{{*}}{name}" for name in ("Document", *_CONTAINERS, "Ntry", "TxDtls"))
    try:
        for _event, element in iterparse(stream, tags):
            yield from reader.take(element)
    except XmlError as error:
        raise StatementError(str(error))
    if not reader.has_statement:
        raise StatementError(reader.nothing_found())


class _Reader:
    """Takes the elements as they end: payments, then their entry, then the statement around."""

    def __init__(self):
        self.has_statement = False
        self._document_name = ""
        self._names = Names("")
        self._container = None
        self._entries: EntryReader | None = None
        self._header: Statement | None = None

    def take(self, element) -> tuple[Begin | Transaction | End, ...]:
        local = element.tag.rpartition("}")[2]
        if local == "Document":
            self._note_document(element)
        elif local == "TxDtls":
            if self._is_in_entry(element):
                self._entries.take_details(element)
        elif local == "Ntry":
            if self._is_inside(element.getparent()):
                return self._finish_entry(element)
        elif self._is_inside(element):
            return self._finish_statement(element)
        return ()

    def _is_in_entry(self, payment) -> bool:
        block = payment.getparent()
        entry = block.getparent() if block is not None else None
        if entry is None or not self._is_inside(entry.getparent()):
            return False
        return (block.tag, entry.tag) == (self._names["NtryDtls"], self._names["Ntry"])

    def _is_inside(self, container) -> bool:
        """Whether this is the statement being read; a new one is begun."""
        if container is None:
            return False
        if container is self._container:
            return True
        message, _, _ = _CONTAINERS.get(container.tag.rpartition("}")[2], ("", "", ""))
        parent = container.getparent()
        if not message or parent is None or parent.tag.rpartition("}")[2] != message:
            return False
        self._note_document(parent.getparent())
        self._container = container
        self._entries = EntryReader(self._names)
        self._header = None
        self.has_statement = True
        return True

    def _note_document(self, element) -> None:
        namespace = element.tag.rpartition("}")[0][1:] if element is not None else ""
        self._document_name = self._check_namespace(namespace)
        self._names = Names(namespace)

    def _finish_entry(self, element) -> tuple[Begin | Transaction, ...]:
        begins = ()
        if self._header is None:
            self._header = self._read_header(self._container)
            begins = (Begin(self._header),)
        transaction = self._entries.finish(element, self._header)
        self._container.remove(element)
        return (*begins, transaction)

    def _finish_statement(self, container) -> tuple[Begin | End, ...]:
        header = self._read_header(container)
        begins = () if self._header else (Begin(header),)
        self._container = None
        container.clear()
        return (*begins, End(header))

    def _check_namespace(self, namespace: str) -> str:
        found = _NAMESPACE.match(namespace)
        if found:
            return found[1]
        if not namespace:
            said = "names no format (it has no XML namespace)"
        else:
            said = f"is in the format “{clean(namespace.rpartition(':')[2] or namespace)[:80]}”"
        raise StatementError(
            f"This XML file {said}, which is no bank statement. Needed: camt.052, camt.053 or camt.054 of "
            "ISO 20022. Choose that format in the bank's download, or ask the bank for it."
        )

    def nothing_found(self) -> str:
        if not self._document_name:
            return (
                "This XML file is no bank statement: it has no ISO 20022 document in it. Choose the format "
                "camt.053 in the bank's download."
            )
        return (
            f"The file names the format {self._document_name} but holds no statement of it: it is empty or "
            "damaged. Download it again."
        )

    def _read_header(self, container) -> Statement:
        q = self._names
        _, message, kind = _CONTAINERS[container.tag.rpartition("}")[2]]
        if not self._document_name.startswith(message):
            raise StatementError(
                f"The file says it is {self._document_name} but holds a {kind} ({message}): it is damaged. "
                f"Download it again."
            )
        account = self._account(container)
        opening, closing = self._balances(container)
        found = [balance for balance in (opening, closing) if balance]
        currency = account.currency or (found[0][1] if found else self._entries.currency)
        return Statement(
            account=replace(account, currency=currency),
            currency=currency,
            statement_id=clean(container.findtext(q["Id"])),
            sequence=whole_number(container.findtext(q["ElctrncSeqNb"]) or container.findtext(q["LglSeqNb"]) or ""),
            page=whole_number(container.findtext(q["StmtPgntn/PgNb"]) or container.findtext(q["RptPgntn/PgNb"]) or ""),
            kind=kind,
            source=self._document_name,
            from_date=self._day(container, "FrToDt/FrDtTm", "FrToDt/FrDt"),
            to_date=self._day(container, "FrToDt/ToDtTm", "FrToDt/ToDt", "CreDtTm"),
            opening=opening and opening[0],
            closing=closing and closing[0],
            totals=self._totals(container),
            defects=tuple(
                f"A balance of {amount:f} is in {other}, the account in {currency}: they cannot be compared."
                for amount, other in found
                if other != currency
            ),
        )

    def _account(self, container) -> AccountId:
        q = self._names
        account = container.find(q["Acct"])
        if account is None:
            raise StatementError(
                "The statement does not say for which account it is. Download it again.",
                f"line {container.sourceline}",
            )
        servicer = q["Svcr/FinInstnId/BIC"], q["Svcr/FinInstnId/BICFI"]
        found = AccountId(
            iban="".join((account.findtext(q["Id/IBAN"]) or "").split()).upper(),
            other=clean(account.findtext(q["Id/Othr/Id"]) or account.findtext(q["Id/PrtryAcct/Id"])),
            currency=clean(account.findtext(q["Ccy"])),
            bic=clean(account.findtext(servicer[0]) or account.findtext(servicer[1])),
            name=clean(account.findtext(q["Nm"]) or account.findtext(q["Ownr/Nm"])),
        )
        if not found.number:
            raise StatementError(
                "The statement's account has no number. Download it again.", f"line {account.sourceline}"
            )
        return found

    def _balances(self, container):
        """Opening and closing as (amount, currency). An interim balance ends a page or begins the next."""
        q = self._names
        found: dict[str, list] = {}
        paths = Paths(q, _BALANCE)
        for block in container.iterfind(q["Bal"]):
            balance = Fields(block, paths)
            code = balance["Tp/CdOrPrtry/Cd"] or balance["Tp/Cd"]
            if code in (*_OPENING, *_CLOSING, _INTERIM):
                amount, currency = balance.amount("Amt")
                signed = -amount if balance["CdtDbtInd"] == "DBIT" else amount
                found.setdefault(code, []).append((signed, currency))
        interim = found.get(_INTERIM, [])
        opening = next((found[code][0] for code in _OPENING if code in found), None)
        closing = next((found[code][-1] for code in _CLOSING if code in found), None)
        if container.tag != q["Stmt"]:
            return opening, closing
        if opening is None and interim and (closing or len(interim) > 1):
            opening = interim.pop(0)
        if opening and closing is None and interim:
            closing = interim[-1]
        return opening, closing

    def _totals(self, container) -> tuple[ControlTotal, ...]:
        """The sums that the statement announces; none where it goes over several pages, for they mean all of them."""
        q = self._names
        pages = [container.find(q[name]) for name in ("StmtPgntn", "RptPgntn", "NtfctnPgntn")]
        pages.append(container.getparent().find(q["GrpHdr/MsgPgntn"]))
        for page in pages:
            if page is not None and (page.findtext(q["PgNb"]) != "1" or page.findtext(q["LastPgInd"]) == "false"):
                return ()
        totals = []
        for side, name in (("all", "TtlNtries"), ("credit", "TtlCdtNtries"), ("debit", "TtlDbtNtries")):
            total = container.find(q[f"TxsSummry/{name}"])
            if total is not None:
                count, amount = (
                    whole_number(total.findtext(q["NbOfNtries"]) or ""),
                    plain_decimal(total.findtext(q["Sum"]) or ""),
                )
                totals.append(ControlTotal(side, count, amount))
        return tuple(totals)

    def _day(self, container, *paths: str):
        text = next(filter(None, (container.findtext(self._names[path]) for path in paths)), "")
        return iso_date(text)
