"""Meter readings in a pasted table: rows in, readings and every problem by its row out.

Apart from metering, which knows chains of readings and no text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


@dataclass(frozen=True, slots=True)
class TableRow:
    """A reading of the table; ``meter`` is empty where the row does not name one, ``row`` counts from 1."""

    row: int
    meter: str
    day: date
    value: Decimal


@dataclass(frozen=True, slots=True)
class TableProblem:
    """Why a row cannot be read: ``columns``, ``date`` or ``number``, and the text that is to blame."""

    row: int
    code: str
    text: str


def read_table(text: str) -> tuple[list[TableRow], list[TableProblem]]:
    """Read rows of meter number (may be missing), date and counter; a first row of headings is passed over.

    :param text: columns between tabs, semicolons, or commas where there is neither; dates as 2026-03-31 or 31.03.2026;
        numbers with a point or a comma and no grouping
    """
    rows, problems = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        cells = [cell.strip().strip('"') for cell in re.split(_separator(line), line)]
        if number == 1 and len(cells) in (2, 3) and not any(character.isdigit() for character in cells[-1]):
            continue
        found = _row(number, line.strip(), cells)
        (rows if isinstance(found, TableRow) else problems).append(found)
    return rows, problems


def _separator(line: str) -> str:
    return next((separator for separator in "\t;" if separator in line), ",")


def _row(number: int, line: str, cells: list[str]) -> TableRow | TableProblem:
    if len(cells) not in (2, 3):
        return TableProblem(number, "columns", line)
    meter = cells[0] if len(cells) == 3 else ""
    if (day := _day(cells[-2])) is None:
        return TableProblem(number, "date", cells[-2])
    if not _NUMBER.fullmatch(cells[-1]):
        return TableProblem(number, "number", cells[-1])
    return TableRow(number, meter, day, Decimal(cells[-1].replace(",", ".")))


def _day(text: str) -> date | None:
    try:
        if found := _ISO.fullmatch(text):
            return date(*map(int, found.groups()))
        if found := _DOTTED.fullmatch(text):
            return date(*map(int, reversed(found.groups())))
    except ValueError:
        return None
    return None
