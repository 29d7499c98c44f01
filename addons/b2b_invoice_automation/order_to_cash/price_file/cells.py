"""Cells of a price list: numbers and days in several countries' spelling, words, and what makes a cell harmless.

Apart from the rows because a cell is right or wrong by itself. A number such as 1.234 can be two things; the other
numbers of the file say which, and where none does, a person must.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from ..statements.csv_profile import parse_amount
from ..statements.table import Cell
from ..statements.text_input import clean, iso_date

MARKS = (".", ",")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_YES = ("yes", "y", "true", "1", "x", "ja", "oui", "si", "sí")
_NO = ("no", "n", "false", "0", "nein", "non")
_DAY = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})$", re.ASCII)


class CellError(ValueError):
    """A cell that says nothing usable; ``code`` names what is wrong."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA_STARTS) else text


def text_of(cell: Cell) -> str:
    """Return a cell's text, without the mark that :func:`harmless` put before it."""
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    text = clean(str(cell))
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(_FORMULA_STARTS) else text


def decimal_mark(cells: Iterable[Cell]) -> str | None:
    """Tell which decimal mark the numbers of a file are written with.

    :returns: "." or ","; ``None`` where every number can be read either way, or some need one and some the other
    """
    found = set()
    for cell in cells:
        if isinstance(cell, str) and ("." in cell or "," in cell):
            fitting = [mark for mark in MARKS if parse_amount(cell, mark) is not None]
            if len(fitting) == 1:
                found.add(fitting[0])
    return found.pop() if len(found) == 1 else None


def number_of(cell: Cell, mark: str | None = None) -> Decimal:
    """Return the number that a cell says.

    :param mark: the decimal mark, or ``None`` where it is not known
    :raises CellError: ``bad_number``, or ``ambiguous_number`` where it could be two and the mark is not known
    """
    if isinstance(cell, str):
        cell = text_of(cell).removesuffix("%").strip()
    if mark is not None:
        number = parse_amount(cell, mark)
        if number is None:
            raise CellError("bad_number")
        return number
    readings = {number for mark in MARKS if (number := parse_amount(cell, mark)) is not None}
    if not readings:
        raise CellError("bad_number")
    if len(readings) > 1:
        raise CellError("ambiguous_number")
    return readings.pop()


def whole_of(cell: Cell) -> int:
    """Return a whole number between 0 and a million.

    :raises CellError: ``bad_number``
    """
    number = number_of(cell, ".")
    if number != number.to_integral_value() or not 0 <= number <= 1_000_000:
        raise CellError("bad_number")
    return int(number)


def day_of(cell: Cell) -> date | None:
    """Return the day that a cell says: a workbook's date, 2026-03-31, 31.3.2026, 31/03/2026; ``None`` for an empty one.

    :raises CellError: ``bad_date``, or ``ambiguous_date`` where day and month could be swapped
    """
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = text_of(cell)
    if not text:
        return None
    if found := iso_date(text):
        return found
    parts = _DAY.match(text)
    if not parts:
        raise CellError("bad_date")
    first, separator, second, year = parts.groups()
    readings = {day for pair in ((first, second), (second, first)) if (day := _day(year, *reversed(pair)))}
    if separator != "/":
        readings = {day for day in [_day(year, second, first)] if day}
    if not readings:
        raise CellError("bad_date")
    if len(readings) > 1:
        raise CellError("ambiguous_date")
    return readings.pop()


def yes_or_no(cell: Cell) -> bool | None:
    """Return what a cell says; ``None`` for an empty one.

    :raises CellError: ``bad_yes_no``
    """
    text = text_of(cell).casefold()
    if not text:
        return None
    if text in _YES or text in _NO:
        return text in _YES
    raise CellError("bad_yes_no")


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
