"""Bytes to text, and text to amounts and days: what the readers share.

Bank files come in many encodings and with any line ending; lines and numbers have limits here, so that no
file can ask for more time or memory than it deserves.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from io import BytesIO, TextIOWrapper
from typing import BinaryIO

from .model import StatementError

MAX_LINE = 65_536
_CHUNK = 1 << 20
_UNDEFINED_IN_1252 = frozenset(b"\x81\x8d\x8f\x90\x9d")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_INVISIBLE = str.maketrans(dict.fromkeys(map(chr, (*range(0x200B, 0x2010), 0x2060, 0xFEFF)), "") | {"\xad": "-"})
_DECIMAL = re.compile(r"[+-]?(?:\d{1,40}(?:\.\d{0,20})?|\.\d{1,20})$", re.ASCII)
_MAX_AMOUNT = Decimal(10) ** 15


def as_stream(data: bytes | BinaryIO) -> BinaryIO:
    """A seekable stream over the bytes (not copied), or the given stream at its start."""
    if isinstance(data, bytes | bytearray | memoryview):
        return BytesIO(data)
    data.seek(0)
    return data


def encoding_of(stream: BinaryIO) -> str:
    """Guess the encoding of a text file by reading it once; the stream is at its start afterwards.

    Unicode marks first, then UTF-8 if it fits, then Windows-1252, then (for bytes that are no letters there)
    the Central European DOS page 852, which agrees with the Western ones in the German letters.
    """
    start = stream.read(4)
    stream.seek(0)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, seen = True, set()
    while chunk := stream.read(_CHUNK):
        if is_utf8:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                is_utf8 = False
        seen.update(chunk)
    stream.seek(0)
    if is_utf8 and not decoder.getstate()[0]:
        return "utf-8"
    return "cp852" if seen & _UNDEFINED_IN_1252 else "cp1252"


def text_lines(stream: BinaryIO, encoding: str = "") -> Iterator[str]:
    """The lines of a text file, without their ends; any of CR LF, LF, CR ends a line.

    :raises StatementError: if a line is longer than MAX_LINE characters or cannot be decoded
    """
    reader = TextIOWrapper(stream, encoding=encoding or encoding_of(stream), newline=None)
    number = 0
    try:
        while line := reader.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                raise StatementError(
                    "The line is longer than any statement format has: the file is damaged. Download it again.",
                    f"line {number}",
                )
            yield line[:-1] if line.endswith("\n") else line
    except UnicodeError:
        raise StatementError(
            "The text cannot be decoded: the file is damaged. Download it again.", f"line {number + 1}"
        )
    finally:
        if not stream.closed:
            reader.detach()


def clean(text: str | None) -> str:
    """One line of text: blanks collapsed; control and invisible characters gone (a database refuses some).

    A soft hyphen becomes the hyphen that banks mean by it.
    """
    if not text:
        return ""
    if not text.isprintable():
        text = _CONTROL.sub(" ", text.translate(_INVISIBLE))
    return " ".join(text.split())


@lru_cache(maxsize=4096)
def iso_date(text: str) -> date | None:
    """The day of an ISO 8601 date or date and time, as written there (no change of time zone); None if it is none."""
    text = text.strip()
    if text[4:5] != "-" or text[7:8] != "-":
        return None
    return day_of(text[:4], text[5:7], text[8:10])


def day_of(year: str, month: str, day: str) -> date | None:
    """A day from its digits; None if there is no such day."""
    if not (year + month + day).isascii() or not (year.isdigit() and month.isdigit() and day.isdigit()):
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def whole_number(text: str) -> int | None:
    """A number of up to 18 plain digits, as counts and sequence numbers are; None if it is none."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def plain_decimal(text: str) -> Decimal | None:
    """A number with a decimal point and nothing else ("1234.5", "-.5"); None if it is none or beyond any
    amount.
    """
    text = text.strip()
    if not _DECIMAL.match(text):
        return None
    number = Decimal(text)
    if abs(number) >= _MAX_AMOUNT or number.as_tuple().exponent < -6:
        number = number.normalize()
        if abs(number) >= _MAX_AMOUNT or number.as_tuple().exponent < -6:
            return None
    return number + 0
