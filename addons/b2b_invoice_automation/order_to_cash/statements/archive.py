"""Zip files of several statements, opened with care: names, counts and sizes are limited before anything is
unpacked.

Nothing is ever written to disk: members are read in place.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from lzma import LZMAError
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from .model import StatementError

MAX_MEMBERS = 500
MAX_TOTAL = 300_000_000
MAX_RATIO = 200
_SMALL = 1_000_000
# What zipfile and the decompressors below it raise for damaged files; it has no common base.
_ERRORS = (
    BadZipFile, zlib.error, LZMAError, struct.error, EOFError, OSError, RuntimeError, NotImplementedError,
    ValueError, LookupError,
)  # fmt: skip


def check(archive: ZipFile) -> list[ZipInfo]:
    """The files of an archive, in the order of their names, after its guards.

    :param archive: an open zip file (an .xlsx is one)
    :raises StatementError: for too many or too large files, a compression ratio of a bomb, encryption, unsafe
        names
    """
    members = [member for member in archive.infolist() if not member.filename.endswith("/")]
    if len(members) > MAX_MEMBERS:
        raise StatementError(f"The archive holds {len(members)} files; {MAX_MEMBERS} is the limit. Split it.")
    if sum(member.file_size for member in members) > MAX_TOTAL:
        raise StatementError(f"The archive unpacks to more than {MAX_TOTAL // 1_000_000} MB. Split it.")
    for member in members:
        name = member.filename
        parts = name.replace("\\", "/").split("/")
        if ".." in parts or name.startswith(("/", "\\")) or ":" in parts[0]:
            raise StatementError(
                "The archive holds a file name that leads out of it. Pack the files again.", name[:100]
            )
        if member.flag_bits & 1:
            raise StatementError("The archive is encrypted. Unpack it and import the files.", name[:100])
        if member.file_size > _SMALL and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise StatementError(
                f"This file unpacks to more than {MAX_RATIO} times its size, as a zip bomb does. Unpack it "
                "and import it.",
                name[:100],
            )
    return sorted(members, key=lambda member: member.filename)


def open_archive(stream: BinaryIO) -> ZipFile:
    """Open a zip file.

    :raises StatementError: if it is damaged
    """
    try:
        return ZipFile(stream)
    except _ERRORS as error:
        raise StatementError(f"The zip file is damaged ({error}). Download or pack it again.")


def files(stream: BinaryIO) -> Iterator[tuple[str, BinaryIO]]:
    """The statement files of a zip, each as a name and a stream; files that systems add are left out.

    :raises StatementError: if a guard refuses it, it is damaged, or it is empty
    """
    archive = open_archive(stream)
    members = [member for member in check(archive) if not _is_clutter(member.filename)]
    if not members:
        raise StatementError("The zip file holds no files.")
    for member in members:
        yield member.filename, BytesIO(unpack(archive, member))


def unpack(archive: ZipFile, member: ZipInfo) -> bytes:
    """A member's bytes. Its header may lie about the size, so no more than it says is taken.

    :raises StatementError: if it is damaged or larger than it says
    """
    try:
        with archive.open(member) as content:
            data = content.read(member.file_size + 1)
    except _ERRORS as error:
        raise StatementError(
            f"This file in the archive is damaged ({error}). Download or pack it again.", member.filename
        )
    if len(data) > member.file_size:
        raise StatementError("This file in the archive is larger than it says. Pack it again.", member.filename)
    return data


def _is_clutter(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rpartition("/")[2] in (
        ".DS_Store",
        "Thumbs.db",
        "desktop.ini",
    )
