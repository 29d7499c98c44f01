"""Which transactions of a statement confirm what a report of the day had brought with less to say about it.

A bank that gives no reference may send a payment in the morning's report with a short text and in the statement with
the whole one. They are the same only where day and amount agree, something speaks for it, and nothing against it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

_SAME_ID, _SAME_TEXT, _SAME_ACCOUNT = 4, 2, 1


@dataclass(frozen=True)
class Announced:
    """A transaction as one file tells it. `key` is the caller's."""

    key: Hashable
    date: date
    amount: Decimal
    text: str = ""
    account: str = ""
    end_to_end_id: str = ""
    bank_reference: str = ""


def confirmed(statement: Iterable[Announced], reports: Iterable[Announced]) -> dict[Hashable, Hashable]:
    """Pair what a statement says with what reports said, each at most once.

    :param statement: transactions of the statement that are not known by their keys
    :param reports: transactions of earlier reports that no statement has confirmed
    :returns: key of a statement's transaction → key of the report's that it confirms
    """
    by_sum: dict[tuple, list[Announced]] = defaultdict(list)
    for one in reports:
        by_sum[one.date, one.amount].append(one)
    ranked = sorted(
        (-evidence, new_position, old_position, new.key, old.key)
        for new_position, new in enumerate(statement)
        for old_position, old in enumerate(by_sum.get((new.date, new.amount), ()))
        if (evidence := _evidence(new, old))
    )
    pairs: dict[Hashable, Hashable] = {}
    taken = set()
    for _evidence_rank, _new, _old, new_key, old_key in ranked:
        if new_key not in pairs and old_key not in taken:
            pairs[new_key] = old_key
            taken.add(old_key)
    return pairs


def _evidence(new: Announced, old: Announced) -> int:
    """How much speaks for the same payment; 0 where nothing does or something speaks against it."""
    found = 0
    for name, weight in (("bank_reference", 0), ("end_to_end_id", _SAME_ID), ("account", _SAME_ACCOUNT)):
        first, second = _normal(getattr(new, name)), _normal(getattr(old, name))
        if first and second:
            if first != second:
                return 0
            found += weight
    words, fewer = set(new.text.casefold().split()), set(old.text.casefold().split())
    if len(fewer) > len(words):
        words, fewer = fewer, words
    if any(map(str.isalnum, "".join(fewer))):
        if fewer <= words:
            found += _SAME_TEXT
        elif not found & _SAME_ID:
            return 0
    return found


def _normal(text: str) -> str:
    return "".join(text.split()).upper()
