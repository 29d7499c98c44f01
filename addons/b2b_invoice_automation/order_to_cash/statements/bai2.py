"""BAI2 (Cash Management Balance Reporting, version 2), the format of banks in the United States.

Source: BAI, Cash Management Balance Reporting Specifications Version 2, and X9.121 (BTRS). Records 01 file,
02 group, 03 account, 16 transaction, 88 continuation, 49/98/99 trailers with control totals. Amounts are in
minor units and unsigned; the type code tells credit from debit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import BinaryIO

from .model import AccountId, Begin, End, Statement, StatementError, Transaction
from .text_input import clean, day_of, text_lines, whole_number

_RECORD = re.compile(r"(01|02|03|16|49|88|98|99)(?:,|$)")
_INTEGER = re.compile(r"[+-]?\d{1,18}$", re.ASCII)
_WORD = re.compile(r"([A-Z][A-Z0-9]{1,7}):\s?(.*)")
_OPENING_LEDGER, _CLOSING_LEDGER = "010", "015"
# Currencies whose minor unit is not a hundredth (ISO 4217).
_NO_MINOR_UNIT = {
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV",
    "XAF", "XOF", "XPF",
}  # fmt: skip
_THREE_DECIMALS = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}
_MAX_PAIRS = 99
# Cheques, transfers and collections that come back: debits of deposits, and credits of what we had paid.
_RETURN_CODES = {"252", "255", "257", "258", "266", "551", "555", "557", "558"}
_ADVICE = "Download the file again from the bank; if it stays so, ask the bank."


@dataclass
class _Record:
    code: str
    text: str
    line: int
    continuations: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return 1 + len(self.continuations)


@dataclass
class _Sum:
    """What a trailer states about what stands before it: a control total and a number of records."""

    total: int = 0
    records: int = 0
    defects: list[str] = field(default_factory=list)

    def compare(self, record: _Record, what: str, records_at: int = 1) -> None:
        fields = record.text.rstrip("/ ").split(",")
        stated_total = fields[0].strip() if fields else ""
        stated_records = fields[records_at].strip() if len(fields) > records_at else ""
        if _INTEGER.match(stated_total) and int(stated_total) != self.total:
            self.defects.append(
                f"The control total of {what} in line {record.line} is {int(stated_total)}, its records "
                f"make {self.total} (minor units)."
            )
        elif (stated := whole_number(stated_records)) is not None and stated != self.records:
            self.defects.append(
                f"The trailer of {what} in line {record.line} counts {stated} records, there are {self.records}."
            )


def events(stream: BinaryIO) -> Iterator[Begin | Transaction | End]:
    """Read a BAI2 file.

    :param stream: a seekable binary stream at its start
    :returns: per account a Begin, its transactions, an End; control totals that are wrong are defects of it
    :raises StatementError: if a record is broken or the file has no end
    """
    reader = _Reader()
    for record in _records(text_lines(stream)):
        yield from reader.take(record)
    reader.finish()


def _records(lines: Iterator[str]) -> Iterator[_Record]:
    record = None
    for number, line in enumerate(lines, start=1):
        line = line.strip("\x00\x1a \t\ufeff")
        if not line:
            continue
        found = _RECORD.match(line)
        if not found:
            raise StatementError(
                f"The line “{clean(line)[:40]}” begins with no record code (01, 02, 03, 16, 49, 88, 98, "
                f"99): the file is damaged. {_ADVICE}",
                f"line {number}",
            )
        rest = line[found.end() :]
        if found[1] != "88":
            if record:
                yield record
            record = _Record(found[1], rest, number)
        elif record is None:
            raise StatementError(
                f"The file begins with a continuation (88): its beginning is missing. {_ADVICE}", "line 1"
            )
        else:
            record.continuations.append(rest)
            if len(record.continuations) > 2000:
                raise StatementError(f"A record goes over more than 2000 lines. {_ADVICE}", f"line {record.line}")
    if record:
        yield record


class _Reader:
    def __init__(self):
        self._day: date | None = None
        self._group_currency = ""
        self._group_bank = ""
        self._statement: Statement | None = None
        self._account_sum = _Sum()
        self._group_sum = _Sum()
        self._position = 0
        self._is_complete = False

    def take(self, record: _Record) -> Iterator[Begin | Transaction | End]:
        self._group_sum.records += record.count
        self._account_sum.records += record.count
        if record.code == "02":
            self._begin_group(record)
        elif record.code == "03":
            if self._statement is not None:
                raise StatementError(
                    f"An account begins before the one before has ended (49). {_ADVICE}",
                    f"line {record.line}",
                )
            yield self._begin_account(record)
        elif record.code == "16":
            yield self._transaction(record)
        elif record.code == "49":
            yield self._end_account(record)
        elif record.code == "98":
            self._group_sum.compare(record, "the group", records_at=2)
            self._refuse_defects(self._group_sum, record)
        elif record.code == "99":
            self._is_complete = True

    def finish(self) -> None:
        """Refuse a file that stops in the middle."""
        if self._statement is not None or not self._is_complete:
            raise StatementError(f"The file has no trailer (49, 99): it is cut off. {_ADVICE}")

    def _refuse_defects(self, sums: _Sum, record: _Record) -> None:
        for defect in sums.defects:
            raise StatementError(f"{defect} {_ADVICE}", f"line {record.line}")

    def _begin_group(self, record: _Record) -> None:
        fields = _fields(record.text, 7)
        self._group_sum = _Sum(records=record.count)
        self._day = _day(fields[3])
        self._group_bank = clean(fields[1])
        self._group_currency = clean(fields[5]) or "USD"
        if self._day is None:
            raise StatementError(
                f"The group has no valid day (“{clean(fields[3])[:20]}”). {_ADVICE}", f"line {record.line}"
            )

    def _begin_account(self, record: _Record) -> Begin:
        if self._day is None:
            raise StatementError(f"An account stands before the first group (02). {_ADVICE}", f"line {record.line}")
        number, currency, first = (part.strip() for part in _fields(record.text.rstrip("/ "), 3))
        currency = currency or self._group_currency
        if not number:
            raise StatementError(f"The account has no number. {_ADVICE}", f"line {record.line}")
        summaries = [pair for text in (first, *record.continuations) for pair in _summaries(text, record.line)]
        self._account_sum = _Sum(total=sum(amount for _, amount in summaries), records=record.count)
        self._position = 0
        balances = dict(reversed(summaries))
        self._statement = Statement(
            account=AccountId(other=clean(number), currency=currency),
            currency=currency,
            source="bai2",
            from_date=self._day,
            to_date=self._day,
            opening=self._major(balances.get(_OPENING_LEDGER), currency),
            closing=self._major(balances.get(_CLOSING_LEDGER), currency),
        )
        return Begin(self._statement)

    def _end_account(self, record: _Record) -> End:
        if self._statement is None:
            raise StatementError(f"An account ends (49) that has not begun (03). {_ADVICE}", f"line {record.line}")
        self._account_sum.compare(record, f"account {self._statement.account.number}")
        stated = record.text.split(",")[0].strip()
        self._group_sum.total += int(stated) if _INTEGER.match(stated) else self._account_sum.total
        statement, self._statement = self._statement, None
        return End(replace(statement, defects=tuple(self._account_sum.defects)))

    def _transaction(self, record: _Record) -> Transaction:
        if self._statement is None:
            raise StatementError(f"A transaction stands outside of an account. {_ADVICE}", f"line {record.line}")
        self._position += 1
        where = f"line {record.line}, entry {self._position}"
        code, _, rest = record.text.partition(",")
        amount_text, _, rest = rest.partition(",")
        minor = _whole(amount_text, where)
        self._account_sum.total += minor
        sign = _sign(code.strip(), where)
        value_date, rest = _skip_funds(rest, self._day)
        bank_reference, customer_reference, text = (piece.strip() for piece in _fields(rest, 3))
        words, plain = _words(record.continuations)
        name = words.get("DBNM") if sign > 0 else words.get("CRNM")
        account = words.get("DACT") if sign > 0 else words.get("CACT")
        return Transaction(
            amount=sign * self._major(minor, self._statement.currency),
            currency=self._statement.currency,
            booking_date=self._day,
            value_date=value_date,
            counterparty_name=name or words.get("BO", ""),
            counterparty_account=account or "",
            text=words.get("REMI") or clean(" ".join([_unslashed(text), *plain])),
            information=clean(_unslashed(text)),
            end_to_end_id=words.get("EREF", ""),
            instruction_id=clean(_unslashed(customer_reference)),
            bank_reference=clean(_unslashed(bank_reference)),
            transaction_code=code.strip(),
            return_reason="returned" if code.strip() in _RETURN_CODES else "",
            line=record.line,
            position=self._position,
        )

    def _major(self, minor: int | None, currency: str) -> Decimal | None:
        if minor is None:
            return None
        decimals = 0 if currency in _NO_MINOR_UNIT else 3 if currency in _THREE_DECIMALS else 2
        return Decimal(minor).scaleb(-decimals)


def _unslashed(text: str) -> str:
    return text[:-1] if text.endswith("/") else text


def _fields(text: str, count: int) -> list[str]:
    """Exactly `count` fields; the last keeps its commas."""
    parts = text.split(",", count - 1)
    return parts + [""] * (count - len(parts))


def _whole(text: str, where: str) -> int:
    text = _unslashed(text.strip())
    if not text:
        return 0
    if not _INTEGER.match(text):
        raise StatementError(f"“{clean(text)[:30]}” is no amount in minor units. {_ADVICE}", where)
    return int(text)


def _sign(code: str, where: str) -> int:
    """Credit or debit by type code: 1xx–3xx, 720–759 and 920–959 credits; 4xx–6xx, 760–799 and 960–999 debits."""
    number = whole_number(code) or 0
    if 100 <= number < 400 or 720 <= number < 760 or 920 <= number < 960:
        return 1
    if 400 <= number < 700 or 760 <= number < 800 or 960 <= number < 1000:
        return -1
    if number == 890:
        return 1
    raise StatementError(f"The type code “{clean(code)[:10]}” is neither a credit nor a debit. {_ADVICE}", where)


def _skip_funds(rest: str, day: date | None) -> tuple[date | None, str]:
    """The value date that the funds type tells, and what follows it (S: three amounts, V: day and time, D: pairs)."""
    funds, _, rest = rest.partition(",")
    funds = funds.strip().upper()
    if funds == "V":
        text, _, rest = _fields(rest, 3)
        return _day(text) or day, rest
    if funds == "S":
        return day, _fields(rest, 4)[3]
    if funds == "D":
        count, _, rest = rest.partition(",")
        count = min(whole_number(count) or 0, _MAX_PAIRS)
        return day, _fields(rest, 2 * count + 1)[2 * count]
    days = {"1": 1, "2": 2}.get(funds, 0)
    return (day + timedelta(days=days) if day and day < date.max - timedelta(days=2) else day), rest


def _summaries(text: str, line: int) -> list[tuple[str, int]]:
    """Type code and amount of each balance or summary in one line of an account record."""
    parts = [part.strip() for part in text.rstrip("/ ").split(",")]
    found, at = [], 0
    while at < len(parts):
        code, amount = parts[at], parts[at + 1] if at + 1 < len(parts) else ""
        funds = parts[at + 3].upper() if at + 3 < len(parts) else ""
        pairs = parts[at + 4] if funds == "D" and at + 4 < len(parts) else ""
        spread = whole_number(pairs)
        extra = {"V": 2, "S": 3}.get(funds, 0 if spread is None else 1 + 2 * min(spread, _MAX_PAIRS))
        if code or amount:
            found.append((code, _whole(amount, f"line {line}")))
        at += 4 + extra
    return found


def _words(continuations: list[str]) -> tuple[dict[str, str], list[str]]:
    """Continuation lines as "WORD: value", which several banks use, and those that are plain text."""
    words: dict[str, str] = {}
    plain = []
    for line in continuations:
        line = _unslashed(line.strip())
        found = _WORD.match(line)
        if found and clean(found[2]):
            words.setdefault(found[1], clean(found[2]))
        if not found or clean(found[2]):
            plain.append(clean(line))
    return words, plain


def _day(text: str) -> date | None:
    text = text.strip()
    return day_of("20" + text[:2], text[2:4], text[4:6]) if len(text) == 6 else None
