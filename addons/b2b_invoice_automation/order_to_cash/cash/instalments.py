"""Several payments of one batch that name the same item and together pay exactly what is left of it.

Apart from the steps, which look at one line at a time: each of these alone is only far off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from .case import AGREES, Case, closed_targets, named_items
from .model import Allocation, Key
from .number_index import SUPPORTED
from .pool import Pool
from .settlement import Counted, Settlement, document_name

_SCORE = 88


def instalments(
    cases: Iterable[Case], pool: Pool, counted_in: Callable[[Case, str], Counted | None]
) -> list[list[tuple[Case, Settlement]]]:
    """For each item that several cases pay together: these, each with what it pays.

    :param cases: undecided cases.
    :param counted_in: (case, currency) → the line's money in it, or None.
    """
    by_item: dict[Key, list[tuple[Case, Counted]]] = {}
    for case in cases:
        key = _only_item(case, pool)
        counted = counted_in(case, pool.items[key].currency) if key is not None else None
        if counted and not counted.foreign:
            by_item.setdefault(key, []).append((case, counted))
    found = []
    for key, parts in by_item.items():
        left = pool.left[key]
        if len(parts) < 2 or sum(counted.amount for _case, counted in parts) != left:
            continue
        if any(counted.amount * left <= 0 for _case, counted in parts):
            continue
        found.append([(case, _part(key, counted, document_name(pool.items[key]))) for case, counted in parts])
    return found


def _part(key, counted, name):
    part = (Allocation(key, counted.amount),)
    return Settlement(part, counted.currency, Decimal(0), "instalments", _SCORE, {"items": name})


def _only_item(case, pool):
    """The one item of its payer that a line names, where it names nothing else."""
    if case.reading.unknown or case.unknown_reference or case.paid_hints or closed_targets(case, pool):
        return None
    named = named_items(case, "number", SUPPORTED, pool)
    keys = {key for group in (*named.explicit, *named.inferred) for key in group}
    if len(keys) != 1 or named.agreement != AGREES:
        return None
    (key,) = keys
    return key if case.identity.payer == pool.items[key].payer else None
