"""Tier tables: how much of a quantity falls into which tier. They know no products, rules or currencies.

A tier starts at its floor: with floors 1, 100 and 500, units 1–99 are in the first tier, 100–499 in the
second and the 500th unit begins the third. A fraction of a unit is priced like the unit it belongs to (99.5
pieces are 99 of the first tier and half of the 100th piece), so a graduated price never jumps. Goods that
are measured, not counted, have a unit step of 0: there a tier begins exactly at its floor.

In volume mode all units take the highest floor that the quantity reaches. A first tier whose floor is one
unit step or less begins at zero. Returns mirror sales: what −600 gives back is what 600 cost.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

ZERO = Decimal(0)
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with data, as a stable code and its parameters; the caller finds the words.

    ``blocking`` problems leave no defined price; the others have a defined outcome that is seldom what was
    meant.
    """

    code: str
    parameters: Mapping[str, object]
    blocking: bool = True


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of a tier table.

    :param floor: quantity from which it applies, at least 0
    :param value: what it asks: a price, a discount % or a markup %, as its rule says
    :param ceiling: last quantity that it applies to; ``None`` for up to the next tier
    """

    floor: Decimal
    value: Decimal
    ceiling: Decimal | None = None


class TierTable:
    """Tiers ready for use, in the order of their floors.

    :param tiers: tiers without blocking problems (see :func:`check_tiers`), in any order
    :param step: smallest countable quantity, 1 for pieces, 0 for measured goods
    :param scale: how many reference units one unit of the floors is; all quantities of the methods are in
        reference units
    """

    __slots__ = ("_closed_after", "_cuts", "_floors", "_segments", "tiers")

    def __init__(self, tiers: Sequence[Tier], step: Decimal = ONE, scale: Decimal = ONE):
        self.tiers = tuple(sorted(tiers, key=lambda tier: tier.floor))
        self._segments = tuple(_segments(self.tiers, step, scale))
        self._cuts = [start for start, _end, _tier in self._segments]
        self._floors = [
            ZERO if index == 0 and tier.floor <= step else tier.floor * scale for index, tier in enumerate(self.tiers)
        ]
        self._closed_after = {
            tier: end for (_start, end, tier), following in pairwise(self._segments) if following[2] is None
        }

    def reached(self, quantity: Decimal) -> int | None:
        """Return the index of the tier that a whole quantity reaches; ``None`` below the first or in a gap.

        :param quantity: in reference units; a negative one counts by its size
        """
        size = abs(quantity)
        index = bisect_right(self._floors, size) - 1
        if index < 0 or size > self._closed_after.get(index, size):
            return None
        return index

    def slices(self, start: Decimal, end: Decimal) -> list[tuple[int | None, Decimal]]:
        """Cut the way from one running quantity to another at the tiers' edges.

        :param start: running quantity before, in reference units; below zero mirrors above
        :param end: running quantity after; lower than ``start`` for a return
        :returns: pairs of tier index (``None`` for a gap) and signed quantity, in the order they are
            passed; their quantities sum to ``end − start``. No distance gives the tier of the next unit
            with quantity zero.
        """
        if start == end:
            position = abs(start)
            return [(self._segments[bisect_right(self._cuts, position) - 1][2], ZERO)]
        if end < start:
            return [(tier, -quantity) for tier, quantity in reversed(self.slices(end, start))]
        if start >= 0:
            return list(self._cover(start, end))
        below = list(self._cover(max(ZERO, -end), -start))[::-1]
        return _merged(below + (list(self._cover(ZERO, end)) if end > 0 else []))

    def _cover(self, start: Decimal, end: Decimal) -> Iterator[tuple[int | None, Decimal]]:
        for index in range(bisect_right(self._cuts, start) - 1, len(self._segments)):
            low, high, tier = self._segments[index]
            if low >= end:
                return
            if (quantity := (end if high is None else min(high, end)) - max(low, start)) > 0:
                yield tier, quantity


def check_tiers(tiers: Sequence[Tier], step: Decimal = ONE) -> list[Problem]:
    """Return what is wrong with tiers as they were typed, in their order.

    Blocking: ``no_tiers``, ``negative_floor``, ``floor_between_steps``, ``duplicate_floor``,
    ``ceiling_below_floor``, ``tiers_overlap``. Not blocking: ``unordered_tiers``, ``first_floor_missing``
    (small quantities get no price here), ``gap_between_tiers``, ``last_tier_closed``.

    :param step: smallest countable quantity, as for :class:`TierTable`
    """
    if not tiers:
        return [Problem("no_tiers", {})]
    problems = [problem for tier in tiers for problem in _check_tier(tier, step)]
    problems += [
        Problem("unordered_tiers", {"floor": after.floor, "previous": before.floor}, blocking=False)
        for before, after in pairwise(tiers)
        if after.floor < before.floor
    ]
    ordered = sorted(tiers, key=lambda tier: tier.floor)
    if ordered[0].floor > step:
        problems.append(Problem("first_floor_missing", {"floor": ordered[0].floor}, blocking=False))
    for lower, upper in pairwise(ordered):
        problems += _check_neighbours(lower, upper, step)
    if ordered[-1].ceiling is not None:
        problems.append(Problem("last_tier_closed", {"ceiling": ordered[-1].ceiling}, blocking=False))
    return problems


def _check_tier(tier: Tier, step: Decimal) -> Iterator[Problem]:
    if tier.floor < 0:
        yield Problem("negative_floor", {"floor": tier.floor})
    elif step and tier.floor % step:
        yield Problem("floor_between_steps", {"floor": tier.floor, "step": step})
    if tier.ceiling is not None and tier.ceiling < tier.floor:
        yield Problem("ceiling_below_floor", {"floor": tier.floor, "ceiling": tier.ceiling})


def _check_neighbours(lower: Tier, upper: Tier, step: Decimal) -> Iterator[Problem]:
    if _cut(lower, step) == _cut(upper, step):
        yield Problem("duplicate_floor", {"floor": upper.floor, "previous": lower.floor})
    elif lower.ceiling is not None and lower.ceiling > _cut(upper, step):
        yield Problem("tiers_overlap", {"ceiling": lower.ceiling, "floor": upper.floor})
    elif lower.ceiling is not None and lower.ceiling < _cut(upper, step):
        yield Problem("gap_between_tiers", {"ceiling": lower.ceiling, "floor": upper.floor}, blocking=False)


def _cut(tier: Tier, step: Decimal) -> Decimal:
    return max(ZERO, tier.floor - step)


def _segments(
    tiers: Sequence[Tier],
    step: Decimal,
    scale: Decimal,
) -> Iterator[tuple[Decimal, Decimal | None, int | None]]:
    position = ZERO
    for index, tier in enumerate(tiers):
        start = _cut(tier, step) * scale
        if start > position:
            yield position, start, None
        following = _cut(tiers[index + 1], step) * scale if index + 1 < len(tiers) else None
        end = following if tier.ceiling is None else tier.ceiling * scale
        yield start, end, index
        if end is None:
            return
        position = end
    yield position, None, None


def _merged(slices: list[tuple[int | None, Decimal]]) -> list[tuple[int | None, Decimal]]:
    merged: list[tuple[int | None, Decimal]] = []
    for tier, quantity in slices:
        if merged and merged[-1][0] == tier:
            merged[-1] = (tier, merged[-1][1] + quantity)
        else:
            merged.append((tier, quantity))
    return merged
