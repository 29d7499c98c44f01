"""MT940 and MT942 (SWIFT customer statement and interim report) with the banks' dialects.

Source: SWIFT User Handbook, Category 9, MT940 and MT942 (fields 20, 25, 28C, 60a, 61, 86, 62a, 34F, 90D,
90C). Banks add headers, wrap lines anywhere, leave out fields and write field 86 each in its own way:
`mt940_details` reads those.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from .model import (
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
from .mt940_details import FOUND, owner_of, read_details
from .text_input import clean, day_of, plain_decimal, text_lines

_FIELD = re.compile(r":(20|21|25P?|28C?|60[FM]|61|86|62[FM]|64|65|13D?|34F|90[CD]|NS):(.*)", re.S)
_END = re.compile(r"-(\}.*|XXX)?\s*$")
_HEADER = re.compile(r"\s*(\{1:|\{4:|:940:|:942:|94[02] 00\s*$|0000 01[A-Z]{6})")
_SENDER = re.compile(r"(?:\{1:F01|0000 01)([A-Z]{6}[A-Z0-9]{2})")
_BALANCE = re.compile(r"([CD])(\d{6})([A-Z]{3})([\d.]*,?\d*)\s*$", re.ASCII)
_ENTRY = re.compile(
    r"(?P<value>\d{6})(?P<entry>\d{4}|\s{4})?\s*(?P<mark>R[CD]|E[CD]|[CD])(?P<funds>[A-Z])?"
    r"(?P<amount>\d{1,15}(?:,\d{0,6})?)\s*(?P<code>[A-Z][A-Z0-9 ]{3})?(?P<references>.*)$",
    re.ASCII,
)
_TOTAL = re.compile(r"(\d{1,9})([A-Z]{3})(\d{1,15}(?:,\d{0,6})?)\s*$", re.ASCII)
_NUMBER = re.compile(r"\s*(\d{1,9})(?:\s*/\s*(\d{1,9}))?\s*$", re.ASCII)
_CURRENCY_AT_END = re.compile(r"(?<=\d)/?([A-Z]{3})$")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}$")
_IBAN_ENDS_IN_CURRENCY = ("MU", "SC")
_ADVICE = "Download the file again from the bank."
# Within an entry's text these are a clock time cut by a line end ("16:\n20:33"), unless a statement follows.
_NOT_INSIDE_AN_ENTRY = {"20", "21", "25", "25P", "28", "28C", "13", "13D"}
_RETURNED_ITEM = "RTI"


_HEADER_TAGS = {"25", "25P", "28", "28C", "60F", "60M"}


class _Field(NamedTuple):
    tag: str
    lines: list[str]
    number: int


def events(stream: BinaryIO) -> Iterator[Begin | Transaction | End]:
    """Read a file of MT940 or MT942 messages.

    :param stream: a seekable binary stream at its start
    :returns: per message a Begin, its transactions, an End
    :raises StatementError: if a field is broken or the account is missing
    """
    message = _Message()
    for field in _fields(text_lines(stream)):
        is_next = field.tag in ("start", "end", "20") or (message.is_closed and field.tag in _HEADER_TAGS)
        if is_next and not message.is_empty:
            yield from message.end()
            message = _Message(message.sender)
        yield from message.take(field)
    if not message.is_empty:
        yield from message.end()


class _Lines:
    """Lines with a look ahead."""

    def __init__(self, lines: Iterator[str]):
        self._lines = lines
        self._ahead: deque[str] = deque()
        self.number = 0

    def next(self) -> str | None:
        self.number += 1
        return self._ahead.popleft() if self._ahead else next(self._lines, None)

    def peek(self, count: int) -> list[str]:
        while len(self._ahead) < count and (line := next(self._lines, None)) is not None:
            self._ahead.append(line)
        return list(self._ahead)[:count]


def _fields(text: Iterator[str]) -> Iterator[_Field]:
    """The fields with their continuation lines; "start" and "end" stand for a message's envelope."""
    lines = _Lines(text)
    field = None
    is_in_entry = False
    while (line := lines.next()) is not None:
        bare = line.strip("\x00\x01\x03\ufeff")
        found = _FIELD.match(bare)
        if found and is_in_entry and found[1] in _NOT_INSIDE_AN_ENTRY:
            starts_statement = found[1] == "20" and any(next_.startswith(":25") for next_ in lines.peek(3))
            found = found if starts_statement else None
        envelope = "" if found else "end" if _END.match(bare) else "start" if _HEADER.match(bare) else ""
        if found or envelope:
            if field:
                yield field
            is_in_entry = bool(found) and (found[1] == "61" or (is_in_entry and found[1] in ("86", "NS")))
            field = _Field(found[1], [found[2]], lines.number) if found else _Field(envelope, [bare], lines.number)
        elif field and bare.strip() and field.tag not in ("start", "end"):
            field.lines.append(bare)
            if len(field.lines) > 500:
                raise StatementError(
                    f"A field has more than 500 lines: the file is damaged. {_ADVICE}", f"line {field.number}"
                )
    if field:
        yield field


class _Message:
    """One message while it is read."""

    def __init__(self, sender: str = ""):
        self.sender = sender
        self.is_empty = True
        self._header = Statement(account=AccountId(), source="mt940")
        self._has_begun = False
        self._totals: list[ControlTotal] = []
        self._entry: dict | None = None
        self._details: list[str] = []
        self._owner_lines: list[str] = []
        self._position = 0

    @property
    def is_closed(self) -> bool:
        return self._header.closing is not None

    def take(self, field: _Field) -> Iterator[Begin | Transaction]:
        if field.tag in ("start", "end"):
            sender = _SENDER.search(field.lines[0])
            self.sender = sender[1] if sender else self.sender
            return
        self.is_empty = False
        if field.tag in ("86", "NS"):
            if self._entry is not None:
                self._entry["has_field_ns"] |= field.tag == "NS"
                self._details += field.lines
            elif field.tag == "NS" and not self._has_begun:
                self._owner_lines += field.lines
            return
        if self._entry is not None:
            yield self._transaction()
        if field.tag == "61":
            if not self._has_begun:
                yield self._begin()
            self._entry = self._read_entry(field)
        else:
            self._take_header(field)

    def end(self) -> Iterator[Begin | Transaction | End]:
        if self._entry is not None:
            yield self._transaction()
        if not self._has_begun:
            yield self._begin()
        header = replace(self._header, totals=tuple(self._totals))
        if header.kind == STATEMENT and header.closing is None:
            header = replace(
                header, defects=("The statement ends without its closing balance (:62F:): it is cut off.",)
            )
        elif header.kind == STATEMENT and header.opening is None:
            header = replace(
                header, defects=("The statement has no opening balance (:60F:): its beginning is missing.",)
            )
        yield End(header)

    def _begin(self) -> Begin:
        header = self._header
        if not header.account.number:
            raise StatementError(
                "The message does not say for which account it is (field :25: is missing): it is a fragment. "
                "Download the whole statement from the bank."
            )
        currency = header.currency or header.account.currency
        account = replace(
            header.account,
            currency=currency,
            bic=header.account.bic or self.sender,
            name=owner_of(self._owner_lines),
        )
        self._header = replace(header, account=account, currency=currency)
        self._has_begun = True
        return Begin(self._header)

    def _take_header(self, field: _Field) -> None:
        value = field.lines[0].strip()
        tag, header = field.tag, self._header
        if tag == "20":
            self._header = replace(header, statement_id=clean(value))
        elif tag in ("25", "25P"):
            self._header = replace(header, account=_account(value))
        elif tag in ("28", "28C"):
            found = _NUMBER.match(value)
            if found:
                page = int(found[2]) if found[2] else None
                self._header = replace(header, sequence=int(found[1]), page=page)
        elif tag in ("60F", "60M"):
            amount, day, currency = _balance(value, field.number)
            self._header = replace(header, opening=amount, from_date=day, currency=header.currency or currency)
        elif tag in ("62F", "62M"):
            amount, day, currency = _balance(value, field.number)
            self._header = replace(header, closing=amount, to_date=day, currency=header.currency or currency)
        elif tag in ("13", "13D", "34F", "90C", "90D"):
            self._take_report_field(tag, value)

    def _take_report_field(self, tag: str, value: str) -> None:
        """Fields that only MT942 has: time, floor limit (for its currency), number and sum of entries."""
        header = replace(self._header, kind=REPORT, source="mt942")
        if tag in ("13", "13D"):
            header = replace(header, to_date=_six_digits(value[:6]))
        elif tag == "34F" and not header.currency and re.match(r"[A-Z]{3}", value):
            header = replace(header, currency=value[:3])
        elif found := _TOTAL.match(value):
            side = "credit" if tag == "90C" else "debit"
            self._totals.append(ControlTotal(side, int(found[1]), _number(found[3])))
            header = replace(header, currency=header.currency or found[2])
        self._header = header

    def _read_entry(self, field: _Field) -> dict:
        self._position += 1
        found = _ENTRY.match(field.lines[0].rstrip())
        where = f"line {field.number}, entry {self._position}"
        if not found:
            raise StatementError(
                f"The entry “{clean(field.lines[0])[:60]}” (field :61:) cannot be read: it has no day, "
                f"mark (C, D) or amount where they should be. {_ADVICE}",
                where,
            )
        value_date = _six_digits(found["value"])
        if value_date is None:
            raise StatementError(f"{found['value']} is no day. {_ADVICE}", where)
        amount = _number(found["amount"])
        references, _, bank_reference = found["references"].partition("//")
        code = (found["code"] or "").strip()
        return {
            "amount": -amount if found["mark"] in ("D", "RC", "ED") else amount,
            "currency": self._header.currency,
            "booking_date": _entry_date(found["entry"], value_date),
            "value_date": value_date,
            "transaction_code": code,
            "is_reversal": found["mark"] in ("RC", "RD") or code[1:] == _RETURNED_ITEM,
            "is_booked": found["mark"] not in ("EC", "ED"),
            "bank_reference": _given(bank_reference),
            "owner_reference": references,
            "supplement": clean(" ".join(field.lines[1:])),
            "has_field_ns": False,
            "line": field.number,
            "position": self._position,
        }

    def _transaction(self) -> Transaction:
        entry, self._entry = self._entry, None
        details, self._details = self._details, []
        found = read_details(
            details,
            entry.pop("owner_reference"),
            entry.pop("supplement"),
            entry.pop("has_field_ns"),
            self.sender,
        )
        for name in FOUND:
            if found.get(name):
                entry[name] = found[name]
        return Transaction(**entry)


def _given(reference: str) -> str:
    reference = clean(reference)
    return "" if reference.upper() in ("NONREF", "0") else reference


def _account(value: str) -> AccountId:
    """Field 25 as banks write it: IBAN, bank code/account, BIC/account/currency, account with currency behind."""
    value = clean(value)
    found = None if value.startswith(_IBAN_ENDS_IN_CURRENCY) else _CURRENCY_AT_END.search(value)
    currency = found[1] if found else ""
    number = value[: found.start()] if currency else value
    bic, _, rest = number.partition("/")
    compact = "".join(number.split())
    if _IBAN.match(compact):
        return AccountId(iban=compact, currency=currency)
    if rest and re.match(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$", bic):
        return AccountId(other=rest, currency=currency, bic=bic)
    return AccountId(other=number, currency=currency)


def _number(text: str) -> Decimal:
    return plain_decimal(text.replace(",", "."))


def _balance(value: str, number: int) -> tuple[Decimal, date | None, str]:
    found = _BALANCE.match(value)
    digits = found[4] if found else ""
    amount = plain_decimal(digits.replace(".", "").replace(",", ".") if "," in digits else digits)
    if amount is None:
        raise StatementError(
            f"The balance “{clean(value)[:40]}” cannot be read: expected C or D, day, currency and amount. {_ADVICE}",
            f"line {number}",
        )
    return -amount if found[1] == "D" else amount, _six_digits(found[2]), found[3]


@lru_cache(maxsize=4096)
def _six_digits(text: str) -> date | None:
    """YYMMDD. A 29th or 30th of February, which banks with 30-day months write, is its last day."""
    year, month, day = text[:2], text[2:4], text[4:6]
    century = "19" if year > "79" else "20"
    if month == "02" and day in ("29", "30"):
        return day_of(century + year, month, "29") or day_of(century + year, month, "28")
    return day_of(century + year, month, day)


@lru_cache(maxsize=4096)
def _entry_date(month_and_day: str | None, value_date: date) -> date:
    """The booking day (MMDD) in the year that brings it nearest to the value date."""
    text = (month_and_day or "").strip()
    years = (value_date.year, value_date.year + 1, value_date.year - 1) if text else ()
    days = [day for year in years if (day := day_of(f"{year:04}", text[:2], text[2:]))]
    return min(days, key=lambda day: abs(day - value_date), default=value_date)
