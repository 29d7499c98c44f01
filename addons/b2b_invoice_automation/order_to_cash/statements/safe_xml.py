"""The one place where XML from outside is parsed.

Bank files, electronic invoices and other uploads come from strangers. Here external entities, entity bombs
and any DOCTYPE are refused, nothing is fetched, and depth, size and encodings are limited. Standard: OWASP
XXE prevention.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from lxml import etree

MAX_BYTES = 1_000_000_000
_HEAD = 65_536
_OPTIONS = {
    "resolve_entities": False,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "no_network": True,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([^"']{0,40})["']""")
_KNOWN_ENCODING = re.compile(
    r"(utf-?8|utf-?16(le|be)?|us-ascii|ascii|iso-8859-\d{1,2}|iso-latin-1|windows-125\d)$", re.I
)
_DOCTYPE = (
    "The file declares a document type (DOCTYPE). Files for import need none, and it can be used for "
    "attacks: ask the sender for a file without it."
)
_TOO_LARGE = "The file is too large: split it into several."


class XmlError(ValueError):
    """XML that is broken or not allowed. The text says what is wrong and what to do."""


def refuse_unsafe(head: bytes) -> None:
    """Refuse a document by its beginning: a DOCTYPE, or an encoding that could hide one.

    :param head: the first bytes of the document, 64 KB or all of it
    :raises XmlError: in words
    """
    plain = head.replace(b"\0", b"")
    if b"<!doctype" in plain.lower() or b"<!entity" in plain.lower():
        raise XmlError(_DOCTYPE)
    declared = _ENCODING.search(plain)
    if declared and not _KNOWN_ENCODING.match(declared[1].decode("ascii", "replace").strip()):
        name = declared[1].decode("ascii", "replace")
        raise XmlError(f"The file's encoding “{name}” is not supported: ask the sender for UTF-8.")


def parse(data: bytes) -> etree._Element:
    """Parse a whole document.

    :param data: the file's bytes
    :returns: the root element
    :raises XmlError: if it is broken, unsafe or too large
    """
    refuse_unsafe(data[:_HEAD])
    if len(data) > MAX_BYTES:
        raise XmlError(_TOO_LARGE)
    with _errors_in_words():
        root = etree.fromstring(data[_blank_start(data[:_HEAD]) :], etree.XMLParser(**_OPTIONS))
    _refuse_document_type(root)
    return root


def iterparse(
    stream: BinaryIO,
    tags: tuple[str, ...] | None = None,
    events: tuple[str, ...] = ("end",),
    limit: int = MAX_BYTES,
) -> Iterator[tuple[str, etree._Element]]:
    """Walk through a document as it is read. Remove elements that are done with, and memory stays flat.

    :param stream: a seekable binary stream, read from where it stands
    :param tags: names to report, "{*}Name" for any namespace; None reports all
    :param events: "start", "end"
    :param limit: largest size in bytes
    :raises XmlError: if it is broken, unsafe or too large
    """
    head = stream.read(_HEAD)
    refuse_unsafe(head)
    position = stream.tell() - len(head) + _blank_start(head)
    if stream.seek(0, 2) > min(limit, MAX_BYTES):
        raise XmlError(_TOO_LARGE)
    stream.seek(position)
    is_first = True
    with _errors_in_words():
        for event, element in etree.iterparse(stream, events=events, tag=tags, **_OPTIONS):
            if is_first:
                _refuse_document_type(element)
                is_first = False
            yield event, element


def _blank_start(head: bytes) -> int:
    """How many bytes of blanks and byte order mark stand before the first "<", where XML allows nothing."""
    return len(head) - len(head.lstrip(b"\xef\xbb\xbf \r\n\t"))


def _refuse_document_type(element: etree._Element) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise XmlError(_DOCTYPE)


@contextmanager
def _errors_in_words() -> Iterator[None]:
    try:
        yield
    except etree.XMLSyntaxError as error:
        raise XmlError(
            f"The file is not well-formed XML (line {error.lineno or 1}): it may be cut off or damaged. "
            f"Download it again. The parser says: {error.msg}"
        )
    except (LookupError, UnicodeError, OSError, AssertionError) as error:
        raise XmlError(f"The file cannot be read as XML: {error}. Download it again.")
