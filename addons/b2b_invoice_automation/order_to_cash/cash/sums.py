"""From open items to the whole numbers that the exact-sum search works on, and back.

Apart from the search, which knows only integers, and from the steps that share this.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from .model import Key
from .pool import Pool

MOST_ITEMS = 400


class Units(NamedTuple):
    """Amounts in the smallest unit that all of them share."""

    target: int
    values: list[int]


def in_units(amounts: Sequence[Decimal], target: Decimal) -> Units:
    """Amounts and a target as integers of one unit (cents, for amounts with two decimals)."""
    places = -min(amount.as_tuple().exponent for amount in (*amounts, target))
    return Units(int(target.scaleb(places)), [int(amount.scaleb(places)) for amount in amounts])


def eligible_items(pool: Pool, payer: Key, currency: str, paid_on: date, prepaid_days: int) -> list[Key]:
    """A payer's open items that a line of a day may pay by amount alone, oldest first; none where too many.

    :param prepaid_days: an item may be dated this many days after the payment.
    """
    book = pool.book(payer, currency)
    if len(book) > MOST_ITEMS:
        return []
    latest = paid_on + timedelta(days=prepaid_days)
    return [key for day, key in book.by_age if day <= latest]
