"""Which sets of open items add up to an amount, to the cent, and how surprising that is.

The search is bounded: sets of one item, of two, of three ... as long as its budget lasts, and beside these
the natural sets a payer pays at once (all items, or the oldest ones up to some date). With many items some
set adds up to any amount by mere chance, so a sum is evidence only while the expected number of such
accidents is small; that is estimated here, and says also when a search that stopped has missed nothing that
would count.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from math import comb, gcd

BUDGET = 20_000
ACCIDENT_LIMIT = 0.001
RIVAL_LIMIT = 0.05
FEW_ITEMS = 6
ALL_RIVALS_ITEMS = 10
RIVAL_SIZE = 4
MOST_SETS = 50


@dataclass(frozen=True, slots=True)
class SumSearch:
    """The outcome of a search.

    :param sets: positions of the values in each set that adds up (some of them, where there are very many), fewest
        values first, then oldest; a set
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
    chance = _Chance(values)
    found, size, gave_up = _small_sets(target, values, budget, chance)
    found.update(_natural_sets(target, values))
    sets = _minimal(found)
    enough = len(found) < MOST_SETS
    convincing = bool(sets) and enough and not gave_up and _stands_out(sets, chance)
    return SumSearch(tuple(sets), size, gave_up, convincing)


def _small_sets(target, values, budget, chance):
    """All sets up to the size at which accidents are common, or that is no rival to one found, or at which the
    budget ends.

    :returns: the sets, the size reached, and whether the budget ended it.
    """
    sums = _Sums(values)
    found: set[tuple[int, ...]] = set()
    spent = 0
    for size in range(1, sums.count + 1):
        beyond_rivals = found and size > min(map(len, found)) + RIVAL_SIZE
        if not chance.all_rivals and (beyond_rivals or (size > 1 and chance.of_size(size) > RIVAL_LIMIT)):
            return found, size - 1, False
        spent += comb(sums.count, (size + 1) // 2)
        if spent > budget:
            return found, size - 1, True
        found.update(islice(sums.reaching(target, size), MOST_SETS))
        if len(found) >= MOST_SETS:
            return found, size, False
    return found, sums.count, False


class _Sums:
    """The sums of sets by size, each size made from the one before and kept for the next."""

    def __init__(self, values):
        self._values = values
        self._usable = [position for position, value in enumerate(values) if value]
        self.count = len(self._usable)
        self._of_size = [[((), 0)]]
        self._by_total: dict[int, dict[int, list[tuple[int, ...]]]] = {}

    def _sets(self, size):
        while len(self._of_size) <= size:
            self._of_size.append(
                [
                    ((*chosen, position), total + self._values[position])
                    for chosen, total in self._of_size[-1]
                    for position in (self._usable[bisect_right(self._usable, chosen[-1]) :] if chosen else self._usable)
                ]
            )
        return self._of_size[size]

    def reaching(self, target, size):
        """All sets of a size: what the older half of a set leaves is looked up among the newer halves."""
        newer_size = size - size // 2
        if newer_size not in self._by_total:
            by_total = self._by_total[newer_size] = {}
            for chosen, total in self._sets(newer_size):
                by_total.setdefault(total, []).append(chosen)
        newer = self._by_total[newer_size]
        for chosen, total in self._sets(size // 2):
            for rest in newer.get(target - total, ()):
                if not chosen or chosen[-1] < rest[0]:
                    yield (*chosen, *rest)


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
        self.all_rivals = self.count <= ALL_RIVALS_ITEMS
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
    if chance.few or (chance.all_rivals and len(sets) > 1):
        return len(sets) == 1
    own = chance.of_size(len(best))
    if _is_natural(best):
        own = min(own, chance.of_natural(len(best)))
    serious = [
        rival
        for rival in sets[1:]
        if _is_natural(rival) or len(rival) == len(best) or chance.of_size(len(rival)) <= RIVAL_LIMIT
    ]
    return own <= ACCIDENT_LIMIT and not serious


def _is_natural(chosen):
    return len(chosen) > 1 and chosen == tuple(range(len(chosen)))
