"""What a person decides about a payment that is not the sum of the items it is for: pure arithmetic of the difference.

Apart from the matching, because nothing is searched here: items and amounts are given, only the difference is placed.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from .model import Allocation, Key

ZERO = Decimal(0)


def difference(money: Decimal, wanted: Sequence[tuple[Key, Decimal]]) -> Decimal:
    """What of a payment is left over by items; of the opposite sign where the payment is short of them."""
    return money - sum((amount for _item, amount in wanted), ZERO)


def is_short(money: Decimal, left: Decimal) -> bool:
    """Whether a difference means that too little was paid, not too much."""
    return left * money < 0


def stay_open(wanted: Sequence[tuple[Key, Decimal]], left: Decimal) -> list[Allocation]:
    """Pay items with less than is wanted: what is missing stays open on the last ones, as a deduction.

    :param wanted: items with the amounts to take off them
    :param left: `difference`, of the sign that `is_short`
    :raises ValueError: when the items cannot take the difference
    """
    return [
        Allocation(item, amount - share, deduction=share)
        for (item, amount), share in zip(wanted, _shares(wanted, -left), strict=True)
    ]


def written_off(wanted: Sequence[tuple[Key, Decimal]], left: Decimal) -> list[Allocation]:
    """Settle items in full though the payment is short of them, or more than they are: the rest is written off.

    :raises ValueError: when there is no item to write it off with, or they cannot take it
    """
    if not wanted:
        raise ValueError("no item")
    total = sum((amount for _item, amount in wanted), ZERO)
    if left * total > 0:
        shares = [ZERO] * (len(wanted) - 1) + [-left]
    else:
        shares = _shares(wanted, -left)
    return [
        Allocation(item, amount - share, write_off=share) for (item, amount), share in zip(wanted, shares, strict=True)
    ]


def _shares(wanted, missing):
    """How much less each item gets, from the last one on."""
    shares, rest = [ZERO] * len(wanted), missing
    for position in reversed(range(len(wanted))):
        amount = wanted[position][1]
        if rest and amount * rest > 0:
            taken = min(abs(amount), abs(rest)).copy_sign(rest)
            shares[position], rest = taken, rest - taken
    if rest:
        raise ValueError("the difference is more than the items")
    return shares
