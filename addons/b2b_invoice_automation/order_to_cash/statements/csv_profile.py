"""CSV and XLSX tables, read by a profile that says what the columns mean.

A bank's table has no standard, so a person names the columns once (`csv_proposal.propose_profile` makes the
first guess), the profile is saved, and files with the same header are read by it from then on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import islice, pairwise
from typing import Any, BinaryIO

from .detect import WORKBOOK
from .model import AccountId, Begin, End, Statement, StatementError, Transaction, UnknownTableError
from .table import Cell, rows
from .text_input import clean, plain_decimal

SIGNED, DEBIT_CREDIT, INDICATOR = "signed", "debit_credit", "indicator"
#: What a column can be. "text" may be several columns, joined; "account" is the own account, where a file has
#: several.
ROLES = (
    "booking_date", "value_date", "amount", "debit", "credit", "indicator", "currency", "balance", "name",
    "counterparty_account", "bic", "text", "information", "reference", "end_to_end_id", "mandate_id", "account",
)  # fmt: skip
DEBIT_MARKS = ("d", "dr", "dbit", "debit", "s", "soll", "af", "-", "débit", "debe", "dare", "obciążenie")
CREDIT_MARKS = ("c", "cr", "crdt", "credit", "h", "haben", "bij", "+", "crédit", "haber", "avere", "uznanie")
_DIRECT = {
    "name": "counterparty_name",
    "bic": "counterparty_bic",
    "information": "information",
    "reference": "bank_reference",
    "end_to_end_id": "end_to_end_id",
    "mandate_id": "mandate_id",
}
DELIMITERS = ";,\t|"
_LOOK_FOR_HEADER = 60
_CURRENCY_SIGN = re.compile(r"^(?:[A-Z]{3}|[€$£¥])\s*|\s*(?:[A-Z]{3}|[€$£¥]|zł|Kč|kr\.?|Ft)$")
_GROUPED = {
    ",": re.compile(r"[+-]?\d{1,3}(?:([. ’'])\d{3})(?:\1\d{3})*(?:,\d+)?$|[+-]?\d*,?\d+$|[+-]?\d+,$", re.ASCII),
    ".": re.compile(r"[+-]?\d{1,3}(?:([, ’'])\d{3})(?:\1\d{3})*(?:\.\d+)?$|[+-]?\d*\.?\d+$|[+-]?\d+\.$", re.ASCII),
}


@dataclass(frozen=True)
class CsvProfile:
    """How to read a bank's table.

    :param columns: role (of ROLES) to column numbers, from 0; more than one only for "text"
    :param header: the header's cells, by which a file is recognised; empty for a table without one
    :param date_format: as `datetime.strptime` takes it ("%d.%m.%Y"); ignored for real dates of a workbook
    :param decimal_mark: "," or "."
    :param sign: SIGNED (one column), DEBIT_CREDIT (two columns), INDICATOR (a column says which)
    :param debit_marks: what the indicator column says for money going out, in any capitals
    :param credit_marks: what it says for money coming in; anything else is refused
    :param account_number: the own account, where no column has it; empty where only who imports knows it
    :param currency: of amounts, where no column has it; empty as above
    :param skip_last: rows to leave out at the end (a total)
    """

    name: str
    columns: dict[str, tuple[int, ...]]
    header: tuple[str, ...] = ()
    delimiter: str = ";"
    encoding: str = ""
    date_format: str = "%Y-%m-%d"
    decimal_mark: str = "."
    sign: str = SIGNED
    debit_marks: tuple[str, ...] = DEBIT_MARKS
    credit_marks: tuple[str, ...] = CREDIT_MARKS
    account_number: str = ""
    currency: str = ""
    skip_last: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The profile as plain values, to be saved as JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> CsvProfile:
        """A profile from saved values; unknown keys are ignored.

        :raises StatementError: if it makes no sense
        """
        known = {item.name: values[item.name] for item in fields(cls) if item.name in values}
        for name in ("header", "debit_marks", "credit_marks"):
            if name in known:
                known[name] = tuple(known[name])
        known["columns"] = {role: tuple(numbers) for role, numbers in known.get("columns", {}).items()}
        profile = cls(**known)
        profile.check()
        return profile

    def check(self) -> None:
        """Refuse a profile that cannot work.

        :raises StatementError: saying what to choose
        """
        needed = {SIGNED: ("amount",), DEBIT_CREDIT: ("debit", "credit"), INDICATOR: ("amount", "indicator")}
        if self.sign not in needed or self.decimal_mark not in _GROUPED or len(self.delimiter) != 1:
            raise StatementError(
                "The profile's sign, decimal mark or delimiter is not one that exists: choose it anew."
            )
        missing = [role for role in ("booking_date", *needed[self.sign]) if not self.columns.get(role)]
        if missing:
            raise StatementError(f"The profile does not say which column is the {missing[0]}: choose it.")
        unknown = [role for role in self.columns if role not in ROLES]
        if unknown:
            raise StatementError(f"The profile has an unknown role “{unknown[0]}”: choose the columns anew.")


def events(
    stream: BinaryIO, kind: str, name: str, profiles: Iterable[CsvProfile]
) -> Iterator[Begin | Transaction | End]:
    """Read a table by the profile whose header it has.

    :param stream: a seekable binary stream
    :param kind: what `detect` said
    :param name: the file's name, which becomes the statement's id
    :param profiles: the saved profiles, in the order in which to try them
    :returns: per account a Begin, its transactions, an End
    :raises StatementError: if no profile fits, or a row is not as the profile says
    """
    for profile in profiles:
        profile.check()
        profile, start = fitted(stream, kind, profile)
        if start is not None:
            yield from _statements(rows(stream, kind, profile.delimiter, profile.encoding), start, kind, name, profile)
            return
    raise UnknownTableError(
        "This is a table whose columns are not known yet. Open the column assistant, say what the columns "
        "mean, and save it as a profile: the next file like this is then read by itself."
    )


def fitted(stream: BinaryIO, kind: str, profile: CsvProfile) -> tuple[CsvProfile, int | None]:
    """The profile, with the delimiter that the bank uses by now, and the number of the first row with data.

    The headings tell: only with the right delimiter are they those of the profile.
    """
    others = DELIMITERS if len(profile.header) > 1 and kind != WORKBOOK else ""
    for delimiter in dict.fromkeys(profile.delimiter + others):
        changed = replace(profile, delimiter=delimiter)
        start = first_row(stream, kind, changed)
        if start is not None:
            return changed, start
    return profile, None


def first_row(stream: BinaryIO, kind: str, profile: CsvProfile) -> int | None:
    """The number of the first row with data; None if the profile is not for this table."""
    try:
        beginning = list(islice(rows(stream, kind, profile.delimiter, profile.encoding), _LOOK_FOR_HEADER))
    except StatementError:
        return None
    if profile.header:
        wanted = signature(profile.header)
        return next((number + 1 for number, row in enumerate(beginning) if signature(row) == wanted), None)
    for number, row in enumerate(beginning):
        cells = [_cell(row, profile, role) for role in ("booking_date", "amount", "debit", "credit")]
        if parse_day(cells[0], profile.date_format) and any(
            parse_amount(c, profile.decimal_mark) is not None for c in cells[1:]
        ):
            return number
    return None


def signature(cells: Iterable[Cell]) -> tuple[str, ...]:
    """A header's cells in a form that survives capitals, blanks and empty columns at the end."""
    found = [clean(str(cell)).casefold() for cell in cells]
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def data_rows(table: Iterator[list[Cell]], start: int, profile: CsvProfile) -> Iterator[tuple[int, list[Cell]]]:
    """The rows that hold entries, with their numbers from 1.

    :param start: how many rows stand before the first
    """
    waiting: list[tuple[int, list[Cell]]] = []
    for number, row in enumerate(table, start=1):
        if number <= start or not any(row):
            continue
        waiting.append((number, row))
        if len(waiting) > profile.skip_last:
            yield waiting.pop(0)


def _statements(table: Iterator[list[Cell]], start: int, kind: str, name: str, profile: CsvProfile):
    accounts: dict[str, list[tuple[Transaction, Decimal | None]]] = {}
    source = "xlsx" if kind == WORKBOOK else "csv"
    for number, row in data_rows(table, start, profile):
        entry = entry_of(row, number, profile)
        if entry:
            accounts.setdefault(entry[0], []).append(entry[1:])
    if not accounts:
        raise StatementError(
            "The table has a header and no entries. Choose a period with entries in the bank's download."
        )
    for number, entries in accounts.items():
        yield from _statement(number, entries, name, source, profile)


def entry_of(row: list[Cell], number: int, profile: CsvProfile) -> tuple[str, Transaction, Decimal | None] | None:
    """Own account, transaction and balance of a row; None for a row without day and amount."""
    where = f"row {number}"
    amount = _amount(row, profile, where)
    day_cell = _cell(row, profile, "booking_date")
    if amount is None and not day_cell:
        return None
    booking_date = parse_day(day_cell, profile.date_format)
    if not day_cell:
        raise StatementError(
            "The row has an amount and no day. Where cells of the table are merged, split them and fill each.", where
        )
    if booking_date is None:
        raise StatementError(
            f"“{str(day_cell)[:40]}” is no day in the form that the profile expects "
            f"({profile.date_format}). Choose the form of days in the column assistant.",
            where,
        )
    if amount is None:
        raise StatementError(
            "The row has a day and no amount. Check the columns in the column assistant; a formula has an amount only "
            "once a spreadsheet program has saved the file.",
            where,
        )
    currency = clean(str(_cell(row, profile, "currency"))).upper() or profile.currency
    account = clean(str(_cell(row, profile, "account"))) or profile.account_number
    for role, value, words in (("account", account, "own account"), ("currency", currency, "currency")):
        if role in profile.columns and not value:
            raise StatementError(f"The row does not say the {words}, which has a column of its own.", where)
    values = {name: clean(str(_cell(row, profile, role))) for role, name in _DIRECT.items()}
    columns = profile.columns.get("text", ())
    text = clean(" ".join(str(row[column]) for column in columns if column < len(row)))
    balance = _cell(row, profile, "balance")
    return (
        account,
        Transaction(
            amount=amount,
            currency=currency,
            booking_date=booking_date,
            value_date=parse_day(_cell(row, profile, "value_date"), profile.date_format),
            text=text,
            counterparty_account="".join(str(_cell(row, profile, "counterparty_account")).split()),
            line=number,
            **values,
        ),
        _checked_amount(balance, profile, where) if balance != "" else None,
    )


def _amount(row: list[Cell], profile: CsvProfile, where: str) -> Decimal | None:
    if profile.sign != DEBIT_CREDIT:
        cell = _cell(row, profile, "amount")
        if cell == "":
            return None
        amount = _checked_amount(cell, profile, where)
        if profile.sign == SIGNED:
            return amount
        return _signed(abs(amount), clean(str(_cell(row, profile, "indicator"))), profile, where)
    debit, credit = _cell(row, profile, "debit"), _cell(row, profile, "credit")
    if debit == "" and credit == "":
        return None
    out = abs(_checked_amount(debit, profile, where)) if debit != "" else Decimal(0)
    into = abs(_checked_amount(credit, profile, where)) if credit != "" else Decimal(0)
    if out and into:
        raise StatementError("The row has both a debit and a credit. Check the columns in the column assistant.", where)
    return into - out


def _signed(amount: Decimal, mark: str, profile: CsvProfile, where: str) -> Decimal:
    known = mark.casefold()
    if known in (mark.casefold() for mark in profile.debit_marks):
        return -amount
    if known in (mark.casefold() for mark in profile.credit_marks):
        return amount
    raise StatementError(
        f"“{mark[:30]}” says neither that money came in nor that it went out. Add it to the marks of the profile.",
        where,
    )


def _checked_amount(cell: Cell, profile: CsvProfile, where: str) -> Decimal:
    amount = parse_amount(cell, profile.decimal_mark)
    if amount is None:
        raise StatementError(
            f"“{str(cell)[:40]}” is no amount with “{profile.decimal_mark}” as its decimal mark. Choose "
            "the mark or the column in the column assistant.",
            where,
        )
    return amount


def _cell(row: list[Cell], profile: CsvProfile, role: str) -> Cell:
    columns = profile.columns.get(role)
    return row[columns[0]] if columns and 0 <= columns[0] < len(row) else ""


def parse_amount(cell: Cell, decimal_mark: str) -> Decimal | None:
    """An amount as tables write it: with grouping marks, a sign before or behind, brackets for minus, a currency.

    :returns: None where it is not exactly that: "12.34" with a decimal comma is no 1234
    """
    if isinstance(cell, Decimal):
        return plain_decimal(f"{cell:f}")
    if not isinstance(cell, str) or not cell or len(cell) > 60:
        return None
    text = clean(cell).replace("\u2212", "-").replace("\u202f", " ")
    is_minus = text.startswith("(") and text.endswith(")")
    text = _CURRENCY_SIGN.sub("", text.strip("()") if is_minus else text).strip()
    if text.endswith(("-", "+")):
        is_minus, text = is_minus or text.endswith("-"), text[:-1].strip()
    text = re.sub(r"^([+-])\s+", r"\1", text)
    if not _GROUPED[decimal_mark].match(text):
        return None
    digits = "".join(c for c in text if c.isdigit() or c in "+-" or c == decimal_mark).replace(",", ".")
    amount = plain_decimal(digits)
    return -amount if is_minus and amount is not None else amount


@lru_cache(maxsize=4096)
def parse_day(cell: Cell, date_format: str) -> date | None:
    """A day in the given form; a time behind it is left out. None if it is none."""
    if isinstance(cell, date):
        return cell
    if not isinstance(cell, str) or not cell:
        return None
    text = cell.strip()[:40]
    for candidate in (text, text.split("T")[0].split(" ")[0]):
        try:
            return datetime.strptime(candidate, date_format).date()  # noqa: DTZ007 - a day has no time zone
        except (ValueError, re.error):
            continue
    return None


def _statement(number: str, entries: list, name: str, source: str, profile: CsvProfile):
    days = [transaction.booking_date for transaction, _ in entries]
    currency = entries[0][0].currency
    is_iban = re.match(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}$", "".join(number.split()))
    opening, closing, defects = balances_of(entries) if profile.columns.get("balance") else (None, None, ())
    statement = Statement(
        account=AccountId(iban=number if is_iban else "", other="" if is_iban else number, currency=currency),
        currency=currency,
        statement_id=name,
        source=source,
        profile=profile.name,
        from_date=min(days),
        to_date=max(days),
        opening=opening,
        closing=closing,
        defects=defects,
    )
    yield Begin(statement)
    for position, (transaction, _) in enumerate(entries, start=1):
        yield replace(transaction, position=position)
    yield End(statement)


def balances_of(entries: list) -> tuple[Decimal | None, Decimal | None, tuple[str, ...]]:
    """Opening and closing from the balance behind each entry, in whichever order the bank lists them."""
    if any(balance is None for _, balance in entries):
        return None, None, ()
    oldest_first, newest_first = entries, entries[::-1]
    breaks = [_first_break(order) for order in (oldest_first, newest_first)]
    order = oldest_first if breaks[0] is None or breaks[1] is not None else newest_first
    broken = breaks[0] if order is oldest_first else breaks[1]
    opening, closing = order[0][1] - order[0][0].amount, order[-1][1]
    return opening, closing, (broken,) if broken else ()


def _first_break(order: list) -> str | None:
    for (_, before), (transaction, after) in pairwise(order):
        if before + transaction.amount != after:
            return (
                f"The balances do not add up in row {transaction.line}: {before:f} and "
                f"{transaction.amount:f} make {before + transaction.amount:f}, but the table says {after:f}."
            )
    return None
