"""Price lists as bytes: a CSV or XLSX file opened with care, and rules or rows written as one.

Apart from the reading because only this knows of files. What is written can be read back, and no spreadsheet takes a
cell of it for a formula.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO

from ..statements.archive import open_archive
from ..statements.detect import TABLE, WORKBOOK
from ..statements.model import StatementError
from ..statements.table import Cell, rows
from ..statements.text_input import text_lines
from .cells import harmless
from .columns import BASES, EXPORTED, HEADINGS, MODES, SCOPES
from .model import FileRule, PriceFileError

MAX_BYTES = 20_000_000
_DELIMITERS = ";\t|,"
_COLUMN_OF = {"fixed": "price", "discount": "discount", "cost_plus": "markup"}


def open_table(content: bytes) -> Iterator[list[Cell]]:
    """Return the rows of a file.

    :param content: CSV text in any encoding and with any delimiter, or an XLSX workbook, whose first sheet counts
    :raises PriceFileError: ``empty``, ``too_large``, ``not_a_table`` or ``unreadable``, now or while it is read
    """
    if not content.strip(b"\0 \r\n\t\xef\xbb\xbf"):
        raise PriceFileError("empty")
    if len(content) > MAX_BYTES:
        raise PriceFileError("too_large", limit=MAX_BYTES // 1_000_000)
    if content.startswith(b"PK"):
        return _guarded(_workbook(BytesIO(content)))
    if not content.startswith((b"\xff\xfe", b"\xfe\xff")) and b"\0" in content[:65_536]:
        raise PriceFileError("not_a_table")
    if content.startswith((b"%PDF", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"<")):
        raise PriceFileError("not_a_table")
    return _guarded(_delimited(BytesIO(content)))


def write_csv(table: Iterable[Iterable[Cell | None]]) -> bytes:
    """Write rows as CSV that a spreadsheet opens: semicolons, UTF-8 with its mark."""
    text = StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    for row in table:
        writer.writerow([_as_text(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def write_xlsx(table: Iterable[Iterable[Cell | None]], sheet: str = "Prices") -> bytes:
    """Write rows as a workbook: numbers and days as such, everything else as text, never as a formula."""
    import xlsxwriter  # heavy, and only workbooks need it

    output = BytesIO()
    workbook = xlsxwriter.Workbook(output, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold, day = workbook.add_format({"bold": True}), workbook.add_format({"num_format": "yyyy-mm-dd"})
    page = workbook.add_worksheet(sheet)
    for number, row in enumerate(table):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                page.write_datetime(number, column, cell, day)
            elif isinstance(cell, Decimal):
                page.write_number(number, column, cell)
            elif cell:
                page.write_string(number, column, harmless(str(cell)), None if number else bold)
    page.freeze_panes(1, 0)
    page.set_column(0, 60, 14)
    workbook.close()
    return output.getvalue()


def render(rules: Iterable[FileRule], names: Iterable[str] = ()) -> Iterator[list[Cell | None]]:
    """Yield the rows of a price list, its header first: one row for each tier.

    :param names: of each rule's product, for people; not read back
    """
    yield [HEADINGS[role][0] for role in EXPORTED]
    for rule, name in zip(rules, [*names] or iter(lambda: "", None), strict=False):
        said = {
            "applies_to": SCOPES[rule.scope][0],
            "sku": rule.item if rule.scope in ("variant", "product") else "",
            "product": name,
            "category": rule.item if rule.scope == "category" else "",
            "base": rule.base,
            "unit": rule.unit,
            "mode": MODES[rule.mode][0],
            "basis": BASES[rule.basis, rule.period if rule.basis == "cumulative" else "year"][0],
            "whole_units": {None: "", True: "yes", False: "no"}[rule.whole_units],
            "valid_from": rule.valid_from,
            "valid_until": rule.valid_until,
            "sequence": None if rule.sequence is None else Decimal(rule.sequence),
            "description": rule.description,
        }
        for tier in rule.tiers:
            amounts = {"floor": tier.floor, "ceiling": tier.ceiling, _COLUMN_OF[rule.computation]: tier.value}
            yield [(said | amounts).get(role) for role in EXPORTED]


def _as_text(cell: Cell | None) -> str:
    """A cell as CSV has it. Three decimals get a fourth, because 1.234 can be read in two ways."""
    if cell is None:
        return ""
    if not isinstance(cell, Decimal):
        return cell.isoformat() if isinstance(cell, date) else harmless(cell)
    text = f"{cell:f}"
    return f"{text}0" if len(text.partition(".")[2]) == 3 else text


def _workbook(stream: BytesIO) -> Iterator[list[Cell]]:
    if "[Content_Types].xml" not in open_archive(stream).namelist():
        raise PriceFileError("not_a_table")
    yield from rows(stream, WORKBOOK)


def _delimited(stream: BytesIO) -> Iterator[list[Cell]]:
    yield from rows(stream, TABLE, _delimiter_of(stream))


def _delimiter_of(stream: BytesIO) -> str:
    """The delimiter of the first line that has one: a price list has more columns than its headings have commas."""
    for line in text_lines(stream):
        counts = {mark: line.count(mark) for mark in _DELIMITERS}
        if any(counts.values()):
            return max(_DELIMITERS, key=lambda mark: (counts[mark], -_DELIMITERS.index(mark)))
    return ";"


def _guarded(table: Iterator[list[Cell]]) -> Iterator[list[Cell]]:
    try:
        yield from table
    except StatementError as error:
        raise PriceFileError("unreadable", reason=error.message, where=error.where)
