"""OFX 1 (SGML) and OFX 2 (XML): bank, credit card and investment accounts.

Source: OFX specifications 1.0.3, 1.6 and 2.2, chapters 3 (amounts, dates), 11 (banking), 13 (investments). In
OFX 1 the end tags of values may be missing, and banks mix both forms, so there is one tolerant tree for it;
OFX 2 goes through the safe XML parser. An investment account gives its cash movements only (INVBANKTRAN).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from html import unescape
from sys import intern
from typing import BinaryIO

from .model import AccountId, Begin, End, Statement, StatementError, Transaction
from .safe_xml import XmlError, iterparse
from .text_input import clean, day_of, encoding_of, plain_decimal

_TAG = re.compile(r"<(/?)([A-Za-z0-9_.:-]{1,64})\s*/?>([^<]{0,20000})")
_STATEMENTS = {"STMTRS", "CCSTMTRS", "INVSTMTRS"}
_MAX_BYTES = 50_000_000
_MAX_DEPTH = 60
_ADVICE = "Download the file again from the bank."


class _Node:
    """An element: its name, its text, its children."""

    __slots__ = ("children", "name", "text")

    def __init__(self, name: str, text: str = ""):
        self.name = name
        self.text = text
        self.children: list[_Node] | tuple[()] = ()

    def add(self, child: _Node) -> None:
        if not self.children:
            self.children = []
        self.children.append(child)

    def find(self, name: str) -> _Node | None:
        return next((child for child in self.children if child.name == name), None)

    def value(self, *path: str) -> str:
        """The text at a path below, cleaned; empty if it is not there."""
        node: _Node | None = self
        for name in path:
            node = node.find(name) if node else None
        return clean(unescape(node.text)) if node else ""

    def walk(self) -> Iterator[_Node]:
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))


def events(stream: BinaryIO) -> Iterator[Begin | Transaction | End]:
    """Read an OFX file.

    :param stream: a seekable binary stream at its start
    :returns: per account a Begin, its transactions, an End
    :raises StatementError: if the file is broken, or the bank answered with an error instead of a statement
    """
    tree = _tree(stream)
    found = [node for node in tree.walk() if node.name in _STATEMENTS]
    if not found:
        raise StatementError(_why_empty(tree))
    cash = [node for node in found if node.name != "INVSTMTRS" or next(_bookings(node), None)]
    if not cash:
        raise StatementError(
            f"The file is of the investment account {found[0].value('INVACCTFROM', 'ACCTID')} and has no cash "
            f"movement. Choose a bank account in the download."
        )
    for node in cash:
        yield from _statement(node)


def _tree(stream: BinaryIO) -> _Node:
    if stream.seek(0, 2) > _MAX_BYTES:
        raise StatementError("The OFX file is larger than 50 MB: download a shorter period.")
    stream.seek(0)
    start = stream.read(2000)
    head = start.lstrip(b"\xef\xbb\xbf \r\n\t")
    is_wide = start[:2] in (b"\xff\xfe", b"\xfe\xff")
    if is_wide or head.startswith(b"<?xml"):
        stream.seek(0 if is_wide else start.index(b"<?xml"))
        try:
            return _from_xml(stream)
        except XmlError as error:
            raise StatementError(str(error))
    if b"<!doctype" in head.lower() or b"<!entity" in head.lower():
        raise StatementError(
            "The file declares a document type (DOCTYPE), which OFX has not: ask the bank for another."
        )
    encoding = _encoding(head, stream)
    stream.seek(0)
    return _from_sgml(stream.read().decode(encoding, "replace"))


def _encoding(head: bytes, stream: BinaryIO) -> str:
    """What fits, for the header is often wrong; else the header's code page; else a guess."""
    guessed = encoding_of(stream)
    declared = re.search(rb"CHARSET:\s*(125[0-8]|ISO-8859-1)\b", head)
    if guessed.startswith("utf") or not declared:
        return guessed
    name = declared[1].decode("ascii")
    return f"cp{name}" if name.isdigit() else name


def _from_xml(stream: BinaryIO) -> _Node:
    """Build the tree as the document is read, so that it is not held twice."""
    top = _Node("")
    stack = [top]
    for event, element in iterparse(stream, events=("start", "end")):
        if event == "start":
            node = _Node(intern(element.tag.rpartition("}")[2].upper()))
            stack[-1].add(node)
            stack.append(node)
            continue
        stack.pop().text = (element.text or "").replace("&", "&amp;")
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    return top


def _from_sgml(text: str) -> _Node:
    """Build the tree. What is open above the element that an end tag closes was a value without one."""
    top = _Node("")
    stack = [top]
    for closing, name, value in map(re.Match.groups, _TAG.finditer(text)):
        name = intern(name.upper())
        if closing:
            if any(node.name == name for node in stack[1:]):
                while (node := stack.pop()).name != name:
                    _hoist(node, stack[-1])
            continue
        node = _Node(name, value)
        stack[-1].add(node)
        if not value.strip():
            stack.append(node)
        if len(stack) > _MAX_DEPTH:
            raise StatementError(f"The elements are nested too deeply: the file is damaged. {_ADVICE}")
    return top


def _hoist(node: _Node, parent: _Node) -> None:
    for child in node.children:
        parent.add(child)
    node.children = ()


def _why_empty(tree: _Node) -> str:
    for status in (node for node in tree.walk() if node.name == "STATUS"):
        if status.value("SEVERITY").upper() == "ERROR":
            said = status.value("MESSAGE") or f"code {status.value('CODE')}"
            return f"The file holds no statement but the bank's error message: “{said[:300]}”. Download it again."
    if any(node.name == "ACCTINFO" for node in tree.walk()):
        return "The file lists accounts and holds no statement. Choose transactions in the bank's download."
    return "The file holds no statement. Choose an account and a period in the bank's download."


def _statement(node: _Node) -> Iterator[Begin | Transaction | End]:
    bookings = list(_bookings(node))
    default = node.value("CURDEF") or next(filter(None, (b.value("CURRENCY", "CURSYM") for b in bookings)), "")
    account = _account(node, default)
    period = node.find("BANKTRANLIST") or node.find("INVTRANLIST")
    closing, closing_day = _ledger_balance(node)
    statement = Statement(
        account=account,
        currency=default,
        source="ofx",
        from_date=_day(period.value("DTSTART")) if period else None,
        to_date=(_day(period.value("DTEND")) if period else None) or closing_day,
        closing=closing,
    )
    yield Begin(statement)
    for position, booking in enumerate(bookings, start=1):
        yield _transaction(booking, default, position)
    yield End(statement)


def _bookings(node: _Node) -> Iterator[_Node]:
    listed = node.find("BANKTRANLIST") or node.find("INVTRANLIST")
    for child in listed.children if listed else ():
        if child.name == "STMTTRN":
            yield child
        elif child.name == "INVBANKTRAN" and (booking := child.find("STMTTRN")):
            yield booking


def _account(node: _Node, currency: str) -> AccountId:
    for name in ("BANKACCTFROM", "CCACCTFROM", "INVACCTFROM"):
        block = node.find(name)
        if block and block.value("ACCTID"):
            number = block.value("ACCTID")
            is_iban = re.match(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}$", number)
            return AccountId(
                iban=number if is_iban else "",
                other="" if is_iban else number,
                currency=currency,
            )
    raise StatementError(f"The statement does not say for which account it is (ACCTID is missing). {_ADVICE}")


def _ledger_balance(node: _Node) -> tuple[Decimal | None, date | None]:
    """The balance at the end. Wholly empty means none; a day without an amount is a broken file."""
    block = node.find("LEDGERBAL")
    if block is None:
        return None, None
    amount, day = block.value("BALAMT"), block.value("DTASOF")
    if not amount and not day:
        return None, None
    return _amount(amount, "The ledger balance (LEDGERBAL)"), _day(day)


def _transaction(node: _Node, default: str, position: int) -> Transaction:
    where = f"entry {position}"
    booked = _day(node.value("DTPOSTED")) or _day(node.value("DTUSER"))
    if booked is None:
        raise StatementError(f"The entry has no valid day (DTPOSTED “{node.value('DTPOSTED')[:30]}”). {_ADVICE}", where)
    name = node.value("NAME") or node.value("PAYEE", "NAME")
    memo = node.value("MEMO")
    kind = node.value("TRNTYPE").upper()
    party = node.find("BANKACCTTO") or node.find("CCACCTTO")
    check = node.value("CHECKNUM")
    original = node.find("ORIGCURRENCY")
    return Transaction(
        amount=_amount(node.value("TRNAMT"), "The amount (TRNAMT)", where),
        currency=node.value("CURRENCY", "CURSYM") or default,
        booking_date=booked,
        value_date=_day(node.value("DTAVAIL")),
        counterparty_name=name,
        counterparty_account=party.value("ACCTID") if party else "",
        text=clean(f"{memo} {'check ' + check if check else ''}") or name,
        end_to_end_id=node.value("REFNUM"),
        bank_reference=node.value("FITID"),
        transaction_code=kind,
        instructed_currency=original.value("CURSYM") if original else "",
        exchange_rate=plain_decimal(original.value("CURRATE")) if original else None,
        position=position,
    )


def _amount(text: str, what: str, where: str = "") -> Decimal:
    """An amount with a point or a comma as its decimal mark (OFX 3.2.9.2 allows both, without thousands marks)."""
    number = plain_decimal(text.replace(",", ".")) if text.count(",") + text.count(".") <= 1 else None
    if number is None:
        said = f"is “{text[:30]}”, which is no amount" if text else "is empty"
        raise StatementError(f"{what} {said}. {_ADVICE}", where)
    return number


def _day(text: str) -> date | None:
    """YYYYMMDD at the beginning of an OFX date and time; the day as the bank writes it."""
    return day_of(text[:4], text[4:6], text[6:8])
