"""Tier tables as people type or paste them: “1: 10 | 100: 9 | 500: 8”, or rows copied from a spreadsheet.

It is apart from the tables themselves because here text becomes numbers; what cannot be read for certain is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from .tiers import ONE, Tier

_ROWS = re.compile(r"[\n\r|;]+")
_NUMBERS = re.compile(r"(?<![\d.,])[−-]?\d[\d.,'’\u202f\u00a0]*")
_MOST = 1000


class TierTextError(ValueError):
    """A row that cannot be read.

    :ivar str row: as it was typed
    :ivar str reason: ``no_numbers``, ``too_many_numbers``, ``unclear_number`` or ``too_many_rows``
    """

    def __init__(self, row: str, reason: str):
        super().__init__(f"{reason}: {row}")
        self.row = row
        self.reason = reason


def read_tiers(text: str, *, point: str = ".", grouping: str = ",", step: Decimal = ONE) -> list[Tier]:
    """Read a tier table from text, one tier for each row; rows end at a line break, ``|`` or ``;``.

    A row has a floor and a value, or a floor, the last quantity and a value; words, units and signs of currency between
    them do not matter. A table of one number is a price for any quantity. A last quantity that the next row begins
    behind is left out, since that is what a tier table means anyway.

    :param point: decimal point of the reader's language
    :param grouping: what groups digits by three in it; may be empty
    :param step: smallest countable quantity, 1 for pieces, 0 for measured goods
    :raises TierTextError: when a row cannot be read for certain
    """
    rows = [row.strip() for row in _ROWS.split(text) if row.strip()]
    if len(rows) > _MOST:
        raise TierTextError(rows[_MOST], "too_many_rows")
    tiers = [_read_row(row, point, grouping, alone=len(rows) == 1) for row in rows]
    return [_without_needless_end(tier, following, step) for tier, following in pairwise([*tiers, None])]


def write_tiers(tiers: Sequence[Tier], *, point: str = ".") -> str:
    """Return tiers as text that :func:`read_tiers` reads back."""

    def number(value: Decimal) -> str:
        text = format(value, "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return text.replace(".", point)

    return " | ".join(
        f"{number(tier.floor)}{'' if tier.ceiling is None else ' – ' + number(tier.ceiling)}: {number(tier.value)}"
        for tier in tiers
    )


def _read_row(row: str, point: str, grouping: str, *, alone: bool) -> Tier:
    found = _NUMBERS.findall(_apart(row))
    numbers = [_read_number(row, text.rstrip(".,'’\u202f\u00a0"), point, grouping) for text in found]
    if len(numbers) == 1 and alone:
        return Tier(ONE, numbers[0])
    if len(numbers) < 2:
        raise TierTextError(row, "no_numbers")
    if len(numbers) > 3:
        raise TierTextError(row, "too_many_numbers")
    return Tier(numbers[0], numbers[-1], numbers[1] if len(numbers) == 3 else None)


def _apart(row: str) -> str:
    """Take a hyphen between two numbers for “up to”, not for a sign."""
    return re.sub(r"(?<=\d)\s*[-–—]\s*(?=\d)", " … ", row)


def _read_number(row: str, text: str, point: str, grouping: str) -> Decimal:
    text = text.replace("−", "-")
    whole, _point, fraction = text.partition(point)
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    if grouping and grouping in digits:
        head, *groups = digits.split(grouping)
        if not head or len(head) > 3 or any(len(group) != 3 for group in groups):
            raise TierTextError(row, "unclear_number")
        digits = head + "".join(groups)
    if not digits.isdecimal() or (fraction and not fraction.isdecimal()):
        raise TierTextError(row, "unclear_number")
    return Decimal(f"{sign}{digits}.{fraction or 0}")


def _without_needless_end(tier: Tier, following: Tier | None, step: Decimal) -> Tier:
    touches = following is not None and tier.ceiling is not None and tier.ceiling + step == following.floor
    return Tier(tier.floor, tier.value) if touches else tier
