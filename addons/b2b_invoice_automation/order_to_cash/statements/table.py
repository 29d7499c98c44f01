"""Rows of cells from delimited text (CSV) and from workbooks (XLSX).

Apart from csv_profile.py, which says what the cells mean. A cell is text, or from a workbook also a Decimal
or a date.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO

from . import archive
from .detect import WORKBOOK
from .model import StatementError
from .safe_xml import XmlError, refuse_unsafe
from .text_input import encoding_of, text_lines

Cell = str | Decimal | date
_MAX_COLUMNS = 200
_MAX_BLANK_ROWS = 1000
_MAX_WORKBOOK = 200_000_000


def rows(stream: BinaryIO, kind: str, delimiter: str = ";", encoding: str = "") -> Iterator[list[Cell]]:
    """The rows of a table.

    :param stream: a seekable binary stream; read from its start
    :param kind: what `detect` said: WORKBOOK, else delimited text
    :param delimiter: of delimited text, one character
    :param encoding: of delimited text; empty to guess. Unicode is recognised for certain, whatever is said here
    :raises StatementError: if the file is damaged or beyond the limits
    """
    stream.seek(0)
    if kind == WORKBOOK:
        return _workbook_rows(stream)
    return _text_rows(stream, delimiter, encoding)


def _text_rows(stream: BinaryIO, delimiter: str, encoding: str) -> Iterator[list[Cell]]:
    try:
        found = encoding_of(stream)
        said = "" if found.startswith("utf") or encoding.startswith("utf") else encoding
        reader = csv.reader(
            (line.replace("\0", "") + "\n" for line in text_lines(stream, said or found)), delimiter=delimiter
        )
    except (TypeError, ValueError, LookupError):
        raise StatementError("The profile's delimiter or encoding is not valid: choose the columns anew.")
    try:
        for row in reader:
            if len(row) > _MAX_COLUMNS:
                raise StatementError(
                    f"The row has more than {_MAX_COLUMNS} columns: the file is damaged, or its delimiter is another.",
                    f"line {reader.line_num}",
                )
            yield [cell.strip() for cell in row]
    except csv.Error as error:
        raise StatementError(f"The table cannot be read ({error}). Download it again.", f"line {reader.line_num}")
    except LookupError:
        raise StatementError(f"The encoding “{encoding[:40]}” is not known: choose the columns anew.")


def _workbook_rows(stream: BinaryIO) -> Iterator[list[Cell]]:
    from openpyxl import load_workbook  # heavy, and only workbooks need it

    _check_workbook(stream)
    stream.seek(0)
    try:
        sheet = load_workbook(stream, read_only=True, data_only=True).worksheets[0]
        sheet.reset_dimensions()
        blank = 0
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            cells = [_cell(value) for value in row[:_MAX_COLUMNS]]
            while cells and cells[-1] == "":
                cells.pop()
            if cells and blank > _MAX_BLANK_ROWS:
                raise StatementError(
                    f"Below {blank} empty rows the table goes on. Delete the empty rows, or what is below them.",
                    f"row {number}",
                )
            blank = 0 if cells else blank + 1
            if blank <= _MAX_BLANK_ROWS:
                yield cells
    except StatementError:
        raise
    except Exception as error:  # openpyxl has no error of its own: a damaged workbook raises any
        raise StatementError(f"The workbook is damaged ({type(error).__name__}). Save it again as .xlsx or CSV.")


def _check_workbook(stream: BinaryIO) -> None:
    with archive.open_archive(stream) as workbook:
        members = archive.check(workbook)
        if sum(member.file_size for member in members) > _MAX_WORKBOOK:
            raise StatementError("The workbook is too large: save it as CSV, or split it.")
        for member in members:
            if member.filename.lower().endswith((".xml", ".rels")):
                try:
                    refuse_unsafe(archive.unpack(workbook, member))
                except XmlError as error:
                    raise StatementError(str(error), member.filename[:100])


def _cell(value) -> Cell:
    """A workbook's value. Numbers have the 15 digits that a spreadsheet shows, not the noise behind them."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        number = Decimal(f"{value:.15g}")
        return number if number.is_finite() else str(value)
    return value if isinstance(value, date) else str(value).strip()
