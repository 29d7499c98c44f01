"""Cells that do no harm in a spreadsheet, and tables as CSV.

Apart from what is exported, because every export must be safe in the same way: a text that begins like a formula would
be run by the reader's spreadsheet.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(value: object) -> object:
    """Return a cell's value; a text that a spreadsheet would run gets an apostrophe in front. Numbers stay numbers."""
    if isinstance(value, str) and value.lstrip(" \u00a0").startswith(_BEGINS_FORMULA):
        return f"'{value}"
    return value


def csv_table(rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table as CSV in UTF-8 with the mark by which spreadsheets know it; ``None`` is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")
