"""Which sets of open items add up to an amount, to the cent, and how surprising that is.

The search is bounded: sets of one item, of two, of three ... as long as its budget lasts, and beside these
the natural sets a payer pays at once (all items, or the oldest ones up to some date). With many items some
set adds up to any amount by mere chance, so a sum is evidence only while the expected number of such
accidents is small; that is estimated here, and says also when a search that stopped has missed nothing that
would count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, gcd

BUDGET = 20_000
ACCIDENT_LIMIT = 0.001
RIVAL_LIMIT = 0.05
FEW_ITEMS = 6


@dataclass(frozen=True, slots=True)
class SumSearch:
    """The outcome of a search.

    :param sets: positions of the values in each set that adds up, fewest values first, then oldest; a set
        that only adds values summing to zero to another one is left out.
    :param searched_size: sets of up to this many values were all tried.
    :param gave_up: larger sets were not tried though one of them might count.
    :param convincing: exactly one set counts, and it is no likely accident.
    """

    sets: tuple[tuple[int, ...], ...]
    searched_size: int
    gave_up: bool
    convincing: bool


def search(target: int, values: Sequence[int], budget: int = BUDGET) -> SumSearch:
    """Find the sets of values that add up to a target.

    :param target: the amount in the smallest unit of its currency, not zero.
    :param values: residuals in the same unit, oldest first, signed; zeros are never used.
    :param budget: how many partial sets may be tried.
    :returns: the sets and what they are worth.
    """
    if not target or not values:
        return SumSearch((), len(values), False, False)
    found, size = _small_sets(target, values, budget)
    found.update(_natural_sets(target, values))
    sets = _minimal(found)
    chance = _Chance(values)
    gave_up = size < len(values) and chance.of_size(size + 1) <= RIVAL_LIMIT
    convincing = bool(sets) and not gave_up and _stands_out(sets, chance)
    return SumSearch(tuple(sets), size, gave_up, convincing)


def _small_sets(target, values, budget):
    """All sets up to the size the budget reaches; a set's last member is looked up, not tried."""
    positions: dict[int, list[int]] = {}
    for position, value in enumerate(values):
        if value:
            positions.setdefault(value, []).append(position)
    usable = [position for position, value in enumerate(values) if value]
    found: set[tuple[int, ...]] = {(position,) for position in positions.get(target, ())}
    size, spent = 1, 0
    while size < len(usable):
        spent += comb(len(usable), size)
        if spent > budget:
            return found, size
        size += 1
        for chosen in combinations(usable, size - 1):
            missing = target - sum(values[position] for position in chosen)
            for last in positions.get(missing, ()):
                if last > chosen[-1]:
                    found.add((*chosen, last))
    return found, len(values)


def _natural_sets(target, values):
    """All values up to some age, and these together with every negative one."""
    negatives = [position for position, value in enumerate(values) if value < 0]
    total_negative = sum(values[position] for position in negatives)
    chosen, total, seen_negative = [], 0, 0
    for position, value in enumerate(values):
        if not value:
            continue
        chosen.append(position)
        total += value
        seen_negative += min(value, 0)
        if total == target:
            yield tuple(chosen)
        elif total + total_negative - seen_negative == target:
            yield tuple(sorted({*chosen, *negatives}))


def _minimal(found):
    """Without sets that contain another one; fewest first, then oldest."""
    kept: list[tuple[int, ...]] = []
    for candidate in sorted(found, key=lambda chosen: (len(chosen), chosen)):
        members = set(candidate)
        if not any(members.issuperset(smaller) for smaller in kept):
            kept.append(candidate)
    return kept


class _Chance:
    """The expected number of sets that reach an amount by accident.

    Few items are taken at their word. Among more, amounts that are all multiples of a larger unit (round
    prices) meet much more often.
    """

    def __init__(self, values):
        self.count = len(values)
        self.few = self.count <= FEW_ITEMS
        self.sizes = sorted((abs(value) for value in values), reverse=True)
        self.unit = 1 if self.few else max(gcd(*values), 1)

    def of_size(self, size):
        """Over all sets of up to `size` values."""
        sets = sum(comb(self.count, each) for each in range(1, min(size, self.count) + 1))
        return sets / self._reach(size)

    def of_natural(self, size):
        """Over the natural sets."""
        return 2 * self.count / self._reach(size)

    def _reach(self, size):
        return max(sum(self.sizes[:size]) / self.unit, 1)


def _stands_out(sets, chance):
    """Whether the best set is no likely accident, and none of the others is a serious rival."""
    best = sets[0]
    if chance.few:
        return len(sets) == 1
    own = min(chance.of_size(len(best)), chance.of_natural(len(best)) if _is_natural(best) else 1)
    rivals = (chance.of_size(len(rival)) for rival in sets[1:])
    rivals = [
        other
        for other, rival in zip(rivals, sets[1:], strict=True)
        if other <= RIVAL_LIMIT or len(rival) == len(best) or _is_natural(rival)
    ]
    return own <= ACCIDENT_LIMIT and not rivals


def _is_natural(chosen):
    return len(chosen) > 1 and chosen == tuple(range(len(chosen)))
