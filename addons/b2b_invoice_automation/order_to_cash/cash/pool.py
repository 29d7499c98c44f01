"""The open items while a batch is matched: what is left of each, and a payer's items at hand.

Apart from the search steps, so that there is one place that takes money off an item, and it refuses to take
more than there is.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from .model import Allocation, Key, OpenItem

ZERO = Decimal(0)


class Pool:
    """All open items with their remaining residuals.

    :param items: the open items; those without residual are known but have nothing left.
    :raises ValueError: when two items share a key.
    """

    def __init__(self, items: Iterable[OpenItem]):
        self.items: dict[Key, OpenItem] = {}
        self.left: dict[Key, Decimal] = {}
        self._books: dict[tuple[Key, str], Book] = {}
        self._amounts: dict[tuple[str, Decimal], set[Key]] = {}
        self.currencies: dict[Key, set[str]] = {}
        self._places: dict[str, int] = {}
        for item in sorted(items, key=lambda item: (item.date, item.key)):
            if item.key in self.items:
                raise ValueError(f"two open items have the key {item.key!r}; give each item once")
            self.items[item.key] = item
            self.left[item.key] = item.residual
            if item.residual:
                self._file(item, item.residual)

    def _file(self, item, amount):
        self._amounts.setdefault((item.currency, amount), set()).add(item.key)
        places = min(self._places.get(item.currency, 0), amount.as_tuple().exponent)
        self._places[item.currency] = places
        self.currencies.setdefault(item.payer, set()).add(item.currency)
        self._books.setdefault((item.payer, item.currency), Book()).add(item, amount)

    def take(self, allocations: Iterable[Allocation]) -> None:
        """Take allocations off their items.

        :raises ValueError: when an item would be used beyond its residual.
        """
        for allocation in allocations:
            item, left = self.items[allocation.item], self.left[allocation.item]
            remaining = left - allocation.settled
            if allocation.settled * left <= 0 or remaining * left < 0:
                raise ValueError(f"{allocation.settled} cannot be taken off item {item.key!r}: {left} is left")
            self._amounts[item.currency, left].discard(item.key)
            book = self._books[item.payer, item.currency]
            book.remove(item, left)
            self.left[item.key] = remaining
            if remaining:
                self._amounts.setdefault((item.currency, remaining), set()).add(item.key)
                book.add(item, remaining)

    def is_open(self, key: Key) -> bool:
        """Whether something is left of an item."""
        return bool(self.left.get(key))

    def unit(self, currency: str) -> Decimal:
        """The smallest unit that the items of a currency use."""
        return Decimal(1).scaleb(self._places.get(currency, 0))

    def book(self, payer: Key, currency: str) -> Book:
        """A payer's open items in a currency."""
        return self._books.get((payer, currency)) or Book()

    def with_amount(self, amount: Decimal, currency: str, limit: int) -> list[Key]:
        """Some items, of any payer, with exactly this much left; smallest keys first."""
        found = self._amounts.get((currency, amount), ())
        return sorted(found)[:limit] if len(found) <= 100 else []


class Book:
    """One payer's open items in one currency, oldest first, and by amount."""

    def __init__(self):
        self.by_age: list[tuple[date, Key]] = []
        self._by_amount: list[tuple[Decimal, Key]] = []
        self.version = 0

    def __len__(self):
        return len(self.by_age)

    def add(self, item: OpenItem, amount: Decimal) -> None:
        """File an item with what is left of it."""
        insort(self.by_age, (item.date, item.key))
        insort(self._by_amount, (amount, item.key))
        self.version += 1

    def remove(self, item: OpenItem, amount: Decimal) -> None:
        """Take an item out."""
        del self.by_age[bisect_left(self.by_age, (item.date, item.key))]
        del self._by_amount[bisect_left(self._by_amount, (amount, item.key))]
        self.version += 1

    def between(self, low: Decimal, high: Decimal) -> list[Key]:
        """Items of which between `low` and `high` is left, both included."""
        start = bisect_left(self._by_amount, low, key=lambda entry: entry[0])
        end = bisect_right(self._by_amount, high, key=lambda entry: entry[0])
        return [key for _amount, key in self._by_amount[start:end]]
