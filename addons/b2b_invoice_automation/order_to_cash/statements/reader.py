"""The door to the statement readers: bytes in, statements out, whatever the format.

Detects the format by content, opens zip files, numbers true duplicates, and checks that balances add up.
Every error that leaves is a StatementError that names the file and the place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO

from . import archive, bai2, camt, csv_profile, mt940, ofx
from .balances import BalanceCheck
from .detect import ARCHIVE, BAI2, CAMT, MT, OFX, detect
from .keys import number_duplicates
from .model import Begin, End, Statement, StatementError, Transaction
from .text_input import as_stream

_READERS = {CAMT: camt.events, MT: mt940.events, OFX: ofx.events, BAI2: bai2.events}
_MAX_BYTES = 1_000_000_000


def read(data: bytes, filename: str = "", *, profiles: Iterable = (), check: bool = True) -> list[Statement]:
    """Read a bank file whole.

    :param data: the file's bytes, in any of the formats, or a zip of several
    :param filename: used in messages only
    :param profiles: saved CsvProfiles; the one whose header fits reads a CSV or XLSX file
    :param check: refuse statements that do not agree with themselves; switch off only to look at a file,
        never to import
    :returns: its statements in the file's order, at least one
    :raises StatementError: if the file cannot be read or, with `check`, does not add up
    """
    statements: list[Statement] = []
    transactions: list[Transaction] = []
    for event in stream_events(data, filename, profiles=profiles, check=check):
        if isinstance(event, End):
            statements.append(replace(event.statement, transactions=tuple(transactions)))
            transactions = []
        elif not isinstance(event, Begin):
            transactions.append(event)
    return statements


def iter_transactions(
    data: bytes | BinaryIO, filename: str = "", *, profiles: Iterable = (), check: bool = True
) -> Iterator[tuple[Statement, Transaction]]:
    """Read a bank file entry by entry, so that memory does not grow with it.

    What was taken counts only once the iteration has ended without an error: balances are judged at the end
    of each statement. Take it within one database transaction.

    :param data: bytes, or a seekable binary file
    :returns: pairs of a statement's head (no transactions; a closing balance that stands at the end is
        missing) and an entry
    :raises StatementError: as `read`
    """
    header = None
    for event in stream_events(data, filename, profiles=profiles, check=check):
        if isinstance(event, Begin):
            header = event.statement
        elif not isinstance(event, End):
            yield header, event


def stream_events(
    data: bytes | BinaryIO, filename: str = "", *, profiles: Iterable = (), check: bool = True
) -> Iterator[Begin | Transaction | End]:
    """As `iter_transactions`, with the Begin and End of each statement; End has its final balances."""
    stream = as_stream(data)
    profiles = tuple(profiles)
    try:
        if stream.seek(0, 2) > _MAX_BYTES:
            raise StatementError("The file is larger than 1 GB: split it.")
        kind = detect(stream)
        if kind != ARCHIVE:
            yield from _one_file(stream, kind, filename, profiles, check)
            return
        for name, content in archive.files(stream):
            yield from _member(content, name, profiles, check)
    except StatementError as error:
        raise _named(error, filename) from None


def _member(content: BinaryIO, name: str, profiles: tuple, check: bool) -> Iterator[Begin | Transaction | End]:
    try:
        kind = detect(content)
        if kind == ARCHIVE:
            raise StatementError("A zip within a zip is not opened. Unpack the outer one and import the files.")
        yield from _one_file(content, kind, name, profiles, check)
    except StatementError as error:
        raise _named(error, name) from None


def _one_file(stream, kind: str, name: str, profiles: tuple, check: bool) -> Iterator[Begin | Transaction | End]:
    if kind in _READERS:
        events = _READERS[kind](stream)
    else:
        events = csv_profile.events(stream, kind, name, profiles)
    events = number_duplicates(events)
    yield from _checked(events) if check else events


def _checked(events: Iterator[Begin | Transaction | End]) -> Iterator[Begin | Transaction | End]:
    balance = BalanceCheck()
    for event in events:
        if isinstance(event, Begin):
            balance.begin(event.statement)
        elif isinstance(event, End):
            balance.finish(event.statement)
        else:
            balance.add(event)
        yield event


def _named(error: StatementError, name: str) -> StatementError:
    if not name or error.where.startswith(name):
        return error
    return type(error)(error.message, f"{name}, {error.where}" if error.where else name)
