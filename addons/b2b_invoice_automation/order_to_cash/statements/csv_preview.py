"""What a profile would read of a table, row by row, for a person who is choosing its columns.

Apart from csv_profile.py, which stops at the first wrong row: here every row is tried, and each says what is wrong
with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import BinaryIO

from .csv_profile import CsvProfile, balances_of, data_rows, entry_of, first_row
from .detect import TABLE, WORKBOOK, detect
from .model import StatementError, Transaction
from .table import Cell, rows
from .text_input import as_stream

SHOWN = 20
MOST_ROWS = 5000
_MOST_ERRORS = 50


@dataclass(frozen=True)
class PreviewRow:
    """A row of the table: its number from 1, and what it is read as, or why it cannot be.

    :param balance: what the table says stands on the account after it
    """

    number: int
    transaction: Transaction | None = None
    account: str = ""
    balance: Decimal | None = None
    error: str = ""


@dataclass(frozen=True)
class Preview:
    """What a profile reads of a table.

    :param shown: the first rows
    :param wrong: rows that cannot be read, the first of them
    :param count: rows read as transactions
    :param wrong_count: rows that cannot be read
    :param total: sum of the amounts read
    :param balances: account → (opening, closing), where the table has balances and they add up
    :param defects: where they do not, in words
    :param is_cut: whether the table has more rows than were looked at
    :param error: why nothing can be read at all
    """

    shown: tuple[PreviewRow, ...] = ()
    wrong: tuple[PreviewRow, ...] = ()
    count: int = 0
    wrong_count: int = 0
    total: Decimal = Decimal(0)
    balances: dict[str, tuple[Decimal, Decimal]] | None = None
    defects: tuple[str, ...] = ()
    is_cut: bool = False
    error: str = ""

    @property
    def is_readable(self) -> bool:
        """Whether the table can be imported by this profile."""
        return bool(self.count) and not (self.wrong_count or self.defects or self.error)


def preview(data: bytes | BinaryIO, profile: CsvProfile, most_rows: int = MOST_ROWS) -> Preview:
    """Try a profile on a table.

    :param data: the file's bytes (CSV or XLSX)
    :returns: what would be read; never an error, for the words of each are in it
    """
    try:
        profile.check()
        stream = as_stream(data)
        kind = table_kind(stream)
        start = first_row(stream, kind, profile)
        if start is None:
            return Preview(error="The header of the profile is not in this file: choose the row that has the headings.")
        table = rows(stream, kind, profile.delimiter, profile.encoding)
        found = [
            _tried(row, number, profile) for number, row in islice(data_rows(table, start, profile), most_rows + 1)
        ]
    except StatementError as error:
        return Preview(error=str(error))
    return _summed([row for row in found[:most_rows] if row], profile, is_cut=len(found) > most_rows)


def first_rows(data: bytes | BinaryIO, delimiter: str, encoding: str = "", count: int = SHOWN) -> list[list[Cell]]:
    """The first rows of a table as they are, cut by a delimiter.

    :raises StatementError: if the file is no table or cannot be read
    """
    stream = as_stream(data)
    return list(islice(rows(stream, table_kind(stream), delimiter, encoding), count))


def table_kind(stream: BinaryIO) -> str:
    """Tell CSV text from a workbook.

    :raises StatementError: if the file is neither
    """
    kind = detect(stream)
    if kind not in (TABLE, WORKBOOK):
        raise StatementError("This file is no table: it is read without a profile. Import it as it is.")
    return kind


def _tried(row: list[Cell], number: int, profile: CsvProfile) -> PreviewRow | None:
    try:
        entry = entry_of(row, number, profile)
    except StatementError as error:
        return PreviewRow(number, error=error.message)
    return PreviewRow(number, entry[1], entry[0], entry[2]) if entry else None


def _summed(found: list[PreviewRow], profile: CsvProfile, is_cut: bool) -> Preview:
    good = [row for row in found if row.transaction]
    wrong = [row for row in found if row.error]
    balances, defects = _balances(good) if profile.columns.get("balance") and not (is_cut or wrong) else ({}, ())
    return Preview(
        shown=tuple(found[:SHOWN]),
        wrong=tuple(wrong[:_MOST_ERRORS]),
        count=len(good),
        wrong_count=len(wrong),
        total=sum((row.transaction.amount for row in good), Decimal(0)),
        balances=balances,
        defects=defects,
        is_cut=is_cut,
        error="" if found else "The table has a header and no entries. Choose a file with entries.",
    )


def _balances(good: list[PreviewRow]) -> tuple[dict[str, tuple[Decimal, Decimal]], tuple[str, ...]]:
    accounts: dict[str, list] = {}
    for row in good:
        accounts.setdefault(row.account, []).append((row.transaction, row.balance))
    balances, defects = {}, []
    for account, entries in accounts.items():
        opening, closing, broken = balances_of(entries)
        defects += broken
        if opening is not None and not broken:
            balances[account] = (opening, closing)
    return balances, tuple(defects)
