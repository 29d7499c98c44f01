"""Which format a file has, from its content. Names lie: banks call everything .txt, and mail programs
rename."""

from __future__ import annotations

import re
from typing import BinaryIO

from .model import StatementError

CAMT, MT, OFX, BAI2, TABLE, ARCHIVE, WORKBOOK = "camt", "mt", "ofx", "bai2", "table", "zip", "xlsx"

_HEAD = 65_536
_MT_FIELD = re.compile(r"^[\x00-\x03\ufeff ]*:(20|25|28C?|60[FM]|61|62[FM]):", re.M)
_BAI2 = re.compile(r"\s*01\s*,[^,\n]{0,60},[^,\n]{0,60},\d{6},")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x01\x03\x1a"))
_REFUSED = (
    (b"%PDF", "a PDF document. A PDF is for reading"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls). Save it as .xlsx or CSV"),
    (b"\x1f\x8b", "compressed with gzip. Unpack it first, or use zip"),
    (b"7z\xbc\xaf", "a 7-Zip archive. Unpack it first, or use zip"),
    (b"Rar!", "a RAR archive. Unpack it first, or use zip"),
    (b"\x78\x9f\x3e\x22", "Outlook's wrapping of files (winmail.dat). Have the mail sent again as plain text or HTML"),
    (b"\x89PNG", "a picture. A picture is for reading"),
    (b"\xff\xd8\xff", "a picture. A picture is for reading"),
)
_OFFER = "The formats that can be imported are camt.052/053/054, MT940/942, OFX, BAI2, CSV, XLSX, or a zip of these."


def detect(stream: BinaryIO) -> str:
    """Tell a file's format.

    :param stream: a seekable binary stream; it is at its start afterwards
    :returns: CAMT, MT, OFX, BAI2, TABLE (delimited text), WORKBOOK (xlsx) or ARCHIVE (zip of others)
    :raises StatementError: if it is none of these, saying what it is instead where that shows
    """
    stream.seek(0)
    head = stream.read(_HEAD)
    stream.seek(0)
    if not head.strip(b"\0 \r\n\t\xef\xbb\xbf"):
        raise StatementError("The file is empty. Download it again from the bank.")
    for mark, words in _REFUSED:
        if head.startswith(mark):
            raise StatementError(f"This is {words}. {_OFFER}")
    if head.startswith(b"PK"):
        return WORKBOOK if b"[Content_Types].xml" in head or b"xl/" in head else ARCHIVE
    return _text_format(head)


def _text_format(head: bytes) -> str:
    text = head.replace(b"\0", b"").decode("utf-8", "replace").lstrip("\ufeff\ufffd \r\n\t\x01")
    upper = text[:4000].upper()
    if upper.startswith("OFXHEADER") or "<OFX>" in text.upper():
        return OFX
    if upper.startswith(("<!DOCTYPE HTML", "<HTML")):
        raise StatementError(f"This is a web page, perhaps the bank's login. Download the statement itself. {_OFFER}")
    if text.startswith("<"):
        return CAMT
    if _BAI2.match(text):
        return BAI2
    if _MT_FIELD.search(text):
        return MT
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls * 50 > len(head) and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise StatementError(f"This is a binary file, no bank statement. {_OFFER}")
    if any(mark in text for mark in ";,\t|"):
        return TABLE
    raise StatementError(f"This text is no bank statement in a known format. {_OFFER}")
