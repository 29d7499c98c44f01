"""Which money a remittance advice is about: by its reference, or by payer and sum, and only where it is one of each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

EARLY_DAYS, LATE_DAYS = 10, 60
_SHORTEST = 4


@dataclass(frozen=True)
class AdviceFact:
    """An advice whose money has not come. `payers` are marks of its payer (see `Money`); `total` None: not known."""

    key: Hashable
    total: Decimal | None
    currency: str
    date: date | None = None
    payers: frozenset[str] = frozenset()
    reference: str = ""


@dataclass(frozen=True)
class Money:
    """A bank line. `payers` are marks such as "account:DE02…" and "name:quark gmbh"; `references` its bank ids."""

    key: Hashable
    amount: Decimal
    currency: str
    date: date
    payers: frozenset[str] = frozenset()
    references: tuple[str, ...] = ()
    text: str = ""


def join(money: Iterable[Money], advices: Iterable[AdviceFact]) -> dict[Hashable, Hashable]:
    """Find the advice of each line of money.

    :returns: key of the money → key of its advice, each at most once; nothing where two would do
    """
    money, advices = list(money), list(advices)
    found: dict[Hashable, Hashable] = {}
    for fits in (_named_with_sum, _named, _payer_and_sum):
        free_money = [one for one in money if one.key not in found]
        free_advices = [one for one in advices if one.key not in found.values()]
        found |= _only_pairs(free_money, free_advices, fits)
    return found


def _only_pairs(money, advices, fits):
    """The pairs of which neither side has another."""
    of_money, of_advice = defaultdict(list), defaultdict(list)
    for line in money:
        for advice in advices:
            if advice.currency == line.currency and fits(line, advice):
                of_money[line.key].append(advice.key)
                of_advice[advice.key].append(line.key)
    return {key: keys[0] for key, keys in of_money.items() if len(keys) == 1 and len(of_advice[keys[0]]) == 1}


def _named(line: Money, advice: AdviceFact) -> bool:
    wanted = _compact(advice.reference)
    if len(wanted) < _SHORTEST or not any(map(str.isdigit, wanted)):
        return False
    if wanted in map(_compact, line.references):
        return True
    pattern = r"[\s\-/.]*".join(map(re.escape, wanted))
    return bool(re.search(rf"(?<![A-Z0-9]){pattern}(?![A-Z0-9])", line.text.upper()))


def _named_with_sum(line: Money, advice: AdviceFact) -> bool:
    return advice.total == line.amount and _named(line, advice)


def _payer_and_sum(line: Money, advice: AdviceFact) -> bool:
    if advice.total != line.amount or not advice.payers & line.payers:
        return False
    return advice.date is None or -EARLY_DAYS <= (line.date - advice.date).days <= LATE_DAYS


def _compact(text: str) -> str:
    return "".join(filter(str.isalnum, text)).upper()
