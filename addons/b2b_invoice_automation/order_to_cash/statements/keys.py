"""What makes a transaction unique, so that it is imported once whatever file it comes in.

The bank's own reference identifies an entry where it gives one. Elsewhere its content does, with a counter,
because two equal payments on one day are two payments. The key does not contain the statement, its format or
its number: the same entry in a CAMT.052 of the morning and in the CAMT.053 of the evening has the same key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import sha256
from typing import NamedTuple

from .model import Begin, End, Statement, Transaction

# In these formats the reference need not be unique over time (SWIFT MT940 field 61/8, BAI2 record 16), so the
# day counts too.
_DATED_REFERENCES = {"mt940", "mt942", "bai2", "csv", "xlsx"}
# A reference is up to 35 characters by the standards. A key that holds one beyond this cannot be indexed.
_LONGEST = 200


class Line(NamedTuple):
    """A transaction ready to become a statement line. All lines of one collected booking share `entry_key`.

    Whoever imports skips an entry whose `entry_key` is known: a report may give it whole, the statement in
    parts.
    """

    key: str
    entry_key: str
    transaction: Transaction


def _normal(text: str) -> str:
    return "".join(text.split()).casefold()


def _short(text: str) -> str:
    """A text for a key: itself, or what stands for it where no bank writes so much."""
    return text if len(text) <= _LONGEST else f"#{_digest(text)}"


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _amount(transaction: Transaction) -> str:
    return f"{transaction.amount.normalize():f}{transaction.currency}"


def _base_key(statement: Statement, transaction: Transaction) -> str:
    account = f"{_short(statement.account.number)}|" + ("" if transaction.is_booked else "announced|")
    if transaction.bank_reference:
        day = f"|{transaction.booking_date}" if statement.source in _DATED_REFERENCES else ""
        return f"{account}{_short(transaction.bank_reference)}{day}|{_amount(transaction)}"
    content = (
        str(transaction.booking_date),
        _amount(transaction),
        transaction.end_to_end_id,
        transaction.counterparty_account,
        transaction.counterparty_name,
        transaction.text,
        *transaction.structured_references,
    )
    digest = _digest("\x1f".join(map(_normal, content)))
    return f"{account}#{digest}"


def unique_key(statement: Statement, transaction: Transaction) -> str:
    """The key under which an entry is imported once.

    :param statement: the statement it stands in (its account is part of the key)
    :param transaction: an entry of it, as read (its `occurrence` is part of the key from the second on)
    """
    base = _base_key(statement, transaction)
    return base if transaction.occurrence == 1 else f"{base}|{transaction.occurrence}"


def split(statement: Statement, transaction: Transaction) -> Iterator[Line]:
    """One line per payment of an entry: its details where it is a collected booking that adds up, else itself."""
    key = unique_key(statement, transaction)
    if not transaction.details:
        yield Line(key, key, transaction)
    for number, detail in enumerate(transaction.details, start=1):
        yield Line(f"{key}/{number}", key, detail)


def lines(statement: Statement, booked_only: bool = True) -> Iterator[Line]:
    """The lines that a statement makes, in its order, collected bookings split.

    :param booked_only: leave out what the bank only announces
    """
    for transaction in statement.transactions:
        if transaction.is_booked or not booked_only:
            yield from split(statement, transaction)


def number_duplicates(events: Iterable) -> Iterator:
    """Give entries of equal content their `occurrence`.

    Entries with a bank reference are counted within their statement (reports of one file may repeat an
    entry), the others within the whole file (a statement may go over several pages).
    """
    in_file: dict[str, int] = {}
    in_statement: dict[str, int] = {}
    statement = None
    for event in events:
        if isinstance(event, Begin):
            statement = event.statement
            in_statement = {}
        elif not isinstance(event, End):
            counts = in_statement if event.bank_reference else in_file
            base = _base_key(statement, event)
            counts[base] = occurrence = counts.get(base, 0) + 1
            if occurrence > 1:
                event = replace(event, occurrence=occurrence)
        yield event
