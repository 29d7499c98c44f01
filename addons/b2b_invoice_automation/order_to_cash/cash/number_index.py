"""The numbers of all open (and closed) documents, for look-up by how they are written.

Everything is a dictionary look-up on normalised numbers: finding a number costs the same with ten open
items or with a hundred thousand. What a number found is worth by itself is one of three grades:

- `CERTAIN`: one of our own numbers, written whole and long enough to mean nothing else;
- `SUPPORTED`: whole but short, without its letters, glued to a word, or the customer's own number: it
  counts where nothing speaks against its payer;
- `HINT`: only the last digits, or a number of few digits: it counts for a payer known otherwise, with an
  exact amount.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from .model import ClosedReference, Key, OpenItem
from .references import DocumentNumber, compact, parse_number

CERTAIN, SUPPORTED, HINT = 3, 2, 1

# How an entry writes its number: whole, without letters, without what is between, or as a fixed reference.
WHOLE, NUMERIC, SHORT, FIXED = "whole", "numeric", "short", "fixed"

_MOST_DIGITS = 30  # More is no number of ours, and Python refuses to read thousands of digits as one.


@dataclass(frozen=True, slots=True)
class Target:
    """An item a number stands for, and how much the number is worth for it."""

    key: Key
    payer: Key
    strength: int
    number: str


class Entry(NamedTuple):
    """One way of writing one number of one document, as the index holds it."""

    key: Key
    payer: Key
    is_open: bool
    number: DocumentNumber
    form: str
    own: bool


class NumberIndex:
    """All numbers of the open items and of the closed documents.

    :param items: the open items.
    :param closed: numbers of documents that are paid.
    """

    def __init__(self, items: Iterable[OpenItem], closed: Iterable[ClosedReference] = ()):
        self.written: dict[str, list[Entry]] = defaultdict(list)
        self.compact: dict[str, list[Entry]] = defaultdict(list)
        self.tails: dict[tuple[Key, str], list[Entry]] = defaultdict(list)
        self.first_letters: set[str] = set()
        self.sequences: set[str] = set()
        self.sequence_starts: set[str] = set()
        self._highest: dict[tuple[str, ...], int] = {}
        self._longest: dict[tuple[str, ...], int] = {}
        self.knows_closed = False
        for item in items:
            for reference in item.references:
                self._add(reference, item.key, item.payer, True, True)
            for reference in item.customer_references:
                self._add(reference, item.key, item.payer, True, False)
            if item.payment_reference and item.payment_reference not in item.references:
                self._add_fixed(item.payment_reference, item.key, item.payer)
        for reference in closed:
            self.knows_closed = True
            self._add(reference.number, reference.key, reference.payer, False, True)

    def _add(self, reference, key, payer, is_open, own):
        number = parse_number(reference)
        if number is None:
            return
        forms = number.forms()
        entry = Entry(key, payer, is_open, number, WHOLE, own)
        self.written[forms.whole].append(entry)
        self.compact[forms.compact].append(entry)
        if forms.numeric:
            self.written[forms.numeric].append(Entry(key, payer, is_open, number, NUMERIC, own))
        if forms.short:
            self.written[forms.short].append(Entry(key, payer, is_open, number, SHORT, own))
        if forms.tail and (own or len(number.components) == 1):
            self.tails[payer, forms.tail].append(entry)
        if own:
            self._note_sequence(number, forms.sequence if is_open else "")
        self._allow_start(number.components[0])

    def _note_sequence(self, number, sequence):
        prefix, last = number.components[:-1], number.components[-1]
        if sequence:
            self.sequences.add(sequence)
            self.sequence_starts.add("0" if number.components[0].isdigit() else number.components[0])
        if last.isdigit() and len(last) <= _MOST_DIGITS:
            self._highest[prefix] = max(self._highest.get(prefix, 0), int(last))
            self._longest[prefix] = max(self._longest.get(prefix, 0), len(last))

    def _add_fixed(self, reference, key, payer):
        number = parse_number(reference)
        joined = compact(reference)
        if number is None or len(joined) < 6:
            return
        self.compact[joined].append(Entry(key, payer, True, number, FIXED, True))
        self._allow_start(number.components[0])

    def _allow_start(self, first):
        if first not in self.first_letters and not first.isdigit():
            self.first_letters.update(first[:length] for length in range(1, len(first) + 1))

    def is_still_to_come(self, number: DocumentNumber) -> bool:
        """Whether a number may yet be given: its sequence is unknown, or it is beyond the highest one known.

        A number with more digits than its sequence has is a slip of the finger, not one of the future.
        """
        prefix, last = number.components[:-1], number.components[-1]
        if prefix not in self._highest or not last.isdigit():
            return True
        return len(last) <= self._longest[prefix] and int(last) > self._highest[prefix]

    def look_up(self, reference: str) -> tuple[tuple[Target, ...], tuple[Target, ...]]:
        """Open and closed documents that a whole number (from a structured field) stands for.

        :returns: targets of open items, targets of closed documents. A customer's own numbers, and those so short
            that the payer may have meant another one, are `SUPPORTED`, all others `CERTAIN`.
        """
        number = parse_number(reference)
        if number is None:
            return (), ()
        found = [entry for entry in self.written.get(number.forms().whole, ()) if entry.form == WHOLE]
        found += self.compact.get(number.compact, ())
        long_enough = len(number.compact) >= (8 if number.compact.isdigit() else 6)
        return targets_of([(entry, CERTAIN if entry.own and long_enough else SUPPORTED) for entry in found])


def targets_of(entries: Iterable[tuple[Entry, int]]) -> tuple[tuple[Target, ...], tuple[Target, ...]]:
    """Open and closed targets of entries with their worth: each key once with its greatest, sorted by key."""
    best: dict[tuple[bool, Key], Target] = {}
    for entry, strength in entries:
        known = best.get((entry.is_open, entry.key))
        if known is None or strength > known.strength:
            best[entry.is_open, entry.key] = Target(entry.key, entry.payer, strength, entry.number.text)
    ordered = sorted(best.items(), key=lambda pair: pair[0])
    return (
        tuple(target for (is_open, _key), target in ordered if is_open),
        tuple(target for (is_open, _key), target in ordered if not is_open),
    )
