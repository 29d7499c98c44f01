"""How an amount settles a given set of items: exactly, with discounts, within tolerance, or in part.

Apart from the steps that choose the items: here the items are given, and the question is only whether the
money closes them and where every cent goes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import combinations

from .model import OVER, SHORT, Allocation, BankLine, Key, MatchingRule, OpenItem
from .pool import Pool
from .tolerance import ToleranceGroup, discount_granted

ZERO = Decimal(0)
_MOST_DISCOUNTS = 8
# A bank's charges only: `charges`, `fees` and `Spesen` alone are as well what an invoice is for.
_CHARGE_WORDS = re.compile(
    r"(?<!WITHOUT )(?<!\bNO )(?<!OHNE )(?<!KEINE )(?<!SANS )\b(?:"
    r"(?:BANK(?:ING)?|TRANSFER|WIRE|SWIFT|REMITTANCE)[ -]?(?:CHARGES?|CHGS?|FEES?|COSTS?|COMMISSIONS?)|"
    r"(?:BANK|FREMD|UBERWEISUNGS|UEBERWEISUNGS|TRANSFER|AUSLANDS)-?(?:GEBUHR|GEBUEHR|SPESEN|ENTGELT|KOSTEN)\w*|"
    r"FRAIS (?:BANCAIRES?|DE BANQUE|DE VIREMENT)|GASTOS BANCARIOS|COMISION(?:ES)? BANCARIAS?|SPESE BANCARIE|"
    r"COMMISSIONI BANCARIE|(?:CHARGES?|CHGS?|FEES?|SPESEN|GEBUHREN|KOSTEN)\W{1,3}(?:SHA|OUR|BEN|SHARED)|"
    r"(?:SHA|BEN)\W{1,3}(?:CHARGES?|CHGS?|FEES?)"
    r")\b"
)


@dataclass(frozen=True, slots=True)
class Counted:
    """A line's money counted in the currency of some items.

    :param foreign: the payer paid in another currency, so a small difference is exchange difference.
    """

    amount: Decimal
    currency: str
    foreign: bool


@dataclass(frozen=True, slots=True)
class Settlement:
    """Where the money goes, and why; `reason` and `parameters` as in `Decision`.

    :param certain: False is proposed, whatever the rule allows.
    """

    allocations: tuple[Allocation, ...]
    currency: str
    remainder: Decimal
    reason: str
    score: int
    parameters: dict[str, object] = field(default_factory=dict)
    discrepancy: str | None = None
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which terms a line may settle items.

    :param tolerance_of: payer → its tolerance group, its amount in the rule's `limit_currency`.
    :param text: the line's text, folded.
    :param ordered: what the payer ordered the bank to pay, where that is known and in the line's currency.
    :param charges: what banks took, as the bank states it.
    :param rate_on: from currency, to currency and day → exchange rate, or None.
    """

    pool: Pool
    paid_on: date
    rule: MatchingRule
    tolerance_of: Callable[[Key], ToleranceGroup]
    text: str
    ordered: Decimal | None = None
    charges: Decimal = ZERO
    rate_on: Callable[[str, str, date], Decimal | None] | None = None

    def left(self, key: Key) -> Decimal:
        return self.pool.left[key]

    def discount(self, key: Key) -> Decimal:
        """The discount still granted on an item that nothing was paid on yet."""
        item = self.pool.items[key]
        if self.pool.left[key] != item.residual:
            return ZERO
        return discount_granted(item.discount, self.paid_on, self.tolerance_of(item.payer))

    def tolerance(self, payer: Key, currency: str) -> ToleranceGroup:
        """A payer's tolerance group in the currency of its items."""
        group = self.tolerance_of(payer)
        if group.amount is None or self.rule.limit_currency in ("", currency):
            return group
        return group.with_amount(self.limit(group.amount, currency))

    def limit(self, amount: Decimal, currency: str) -> Decimal:
        """A limit in money in the currency of items, at the rate of the line's day; zero where no rate is known."""
        own = self.rule.limit_currency
        if own in ("", currency):
            return amount
        rate = self.rate_on(own, currency, self.paid_on) if self.rate_on else None
        return amount * rate if rate else ZERO


def count_in(line: BankLine, currency: str, rate: Decimal | None, unit: Decimal) -> Counted | None:
    """Count a line in a currency: as booked, else as ordered by the payer, else converted; None if no rate.

    :param rate: from the line's currency to this one, on the line's day.
    :param unit: smallest unit of the currency, to round a converted amount to.
    """
    ordered_elsewhere = bool(line.original_currency) and line.original_currency != line.currency
    if line.currency == currency:
        return Counted(line.amount, currency, ordered_elsewhere)
    if ordered_elsewhere and line.original_currency == currency and line.original_amount:
        return Counted(abs(line.original_amount).copy_sign(line.amount), currency, False)
    return Counted((line.amount * rate).quantize(unit), currency, True) if rate else None


def settle_exactly(keys: Sequence[Key], counted: Counted, terms: Terms, reason: str, score: int) -> Settlement | None:
    """Close the items if the amount is exact, or exact with discounts that are granted."""
    due = sum(map(terms.left, keys))
    if due == counted.amount:
        allocations = tuple(Allocation(key, terms.left(key)) for key in keys)
        return Settlement(allocations, counted.currency, ZERO, reason, score, _named(terms, keys))
    discounted = _discounted_items(keys, due - counted.amount, terms)
    if not discounted:
        return None
    allocations = tuple(
        Allocation(key, terms.left(key) - terms.discount(key), terms.discount(key))
        if key in discounted
        else Allocation(key, terms.left(key))
        for key in keys
    )
    parameters = _named(terms, keys) | {"discount": due - counted.amount}
    return Settlement(allocations, counted.currency, ZERO, "with_discount", score - 2, parameters)


def _discounted_items(keys, missing, terms):
    """The one set of items whose discounts explain what is missing; empty if none or several do."""
    granted = [key for key in keys if terms.discount(key)]
    if not granted:
        return frozenset()
    if sum(map(terms.discount, granted)) == missing:
        return frozenset(granted)
    if len(granted) > _MOST_DISCOUNTS:
        return frozenset()
    fitting = [
        frozenset(chosen)
        for size in range(1, len(granted))
        for chosen in combinations(granted, size)
        if sum(map(terms.discount, chosen)) == missing
    ]
    return fitting[0] if len(fitting) == 1 else frozenset()


def settle_nearly(keys: Sequence[Key], counted: Counted, terms: Terms, score: int) -> Settlement | None:
    """Close the items if the difference is within the tolerance, or is the exchange difference of a foreign
    payment.

    The difference is booked on the largest item.
    """
    due = sum(map(terms.left, keys))
    if due * counted.amount <= 0:
        return None
    options = [(due, False)]
    discount = sum(map(terms.discount, keys))
    if discount:
        options.append((due - discount, True))
    expected, with_discount = min(options, key=lambda option: abs(option[0] - counted.amount))
    difference = expected - counted.amount
    largest = max(keys, key=lambda key: (abs(terms.left(key)), str(key)))
    group = terms.tolerance(terms.pool.items[largest].payer, counted.currency)
    tolerated = group.allows(difference, due)
    exchanged = counted.foreign and abs(difference) * 100 <= abs(due) * terms.rule.exchange_percent
    if not (tolerated or exchanged):
        return None
    kind = "exchange_difference" if counted.foreign and exchanged else "write_off"
    allocations = []
    for key in keys:
        granted = terms.discount(key) if with_discount else ZERO
        rest = difference if key == largest else ZERO
        amount = terms.left(key) - granted - rest
        allocations.append(Allocation(key, amount, granted, **{kind: rest}))
    reason = "exchange_difference" if kind == "exchange_difference" else "within_tolerance"
    granted = discount if with_discount else ZERO
    parameters = _named(terms, keys) | {"difference": difference, "discount": granted}
    return Settlement(tuple(allocations), counted.currency, ZERO, reason, score, parameters)


def settle_less_discounts(
    keys: Sequence[Key], counted: Counted, terms: Terms, percent: Decimal, score: int
) -> Settlement | None:
    """Pay items less all their discounts, though it is too late for some: what these are stays open as deductions.

    :param percent: how much the late discounts may be, in percent of what is open.
    """
    late = {key: _late_discount(key, terms) for key in keys}
    due, missing = sum(map(terms.left, keys)), sum(late.values())
    if not missing or due - sum(map(terms.discount, keys)) - missing != counted.amount or counted.foreign:
        return None
    if due * counted.amount <= 0 or abs(missing) * 100 > abs(due) * percent:
        return None
    allocations = []
    for key in keys:
        granted, cause = terms.discount(key), "discount_late" if late[key] else ""
        amount = terms.left(key) - granted - late[key]
        allocations.append(Allocation(key, amount, granted, deduction=late[key], deduction_reason=cause))
    parameters = _named(terms, keys) | {"difference": abs(missing), "deduction_reason": "discount_late"}
    return Settlement(tuple(allocations), counted.currency, ZERO, "short_deduction", score, parameters, SHORT)


def _late_discount(key, terms):
    item = terms.pool.items[key]
    is_late = item.discount and terms.left(key) == item.residual and not terms.discount(key)
    return item.discount.amount if is_late else ZERO


def settle_partly(key: Key, counted: Counted, terms: Terms, percent: Decimal, score: int) -> Settlement | None:
    """Apply a payment that is a little short of, or over, the one item it names.

    :param percent: how far off it may be, in percent of what is open.
    """
    left = terms.left(key)
    difference = left - counted.amount
    if _is_charge(key, counted, terms):
        parameters = _named(terms, [key]) | {"difference": difference}
        kept = Allocation(key, counted.amount, charge=difference)
        return Settlement((kept,), counted.currency, ZERO, "with_charge", score, parameters)
    if not difference or left * counted.amount <= 0 or abs(difference) * 100 > abs(left) * percent:
        return None
    parameters = _named(terms, [key]) | {"difference": abs(difference)}
    if abs(counted.amount) > abs(left):
        return Settlement((Allocation(key, left),), counted.currency, -difference, "overpaid", score, parameters, OVER)
    cause = _deduction_reason(terms.pool.items[key], difference, terms)
    allocation = Allocation(key, counted.amount, deduction=difference, deduction_reason=cause)
    parameters["deduction_reason"] = cause
    return Settlement((allocation,), counted.currency, ZERO, "short_deduction", score, parameters, SHORT)


def _is_charge(key, counted, terms):
    """Whether a bank on the way kept what is missing from a payment of an item, as far as we bear that."""
    difference = terms.left(key) - counted.amount
    if counted.amount <= 0 or difference <= 0 or difference * 100 > terms.left(key) * terms.rule.charge_percent:
        return False
    within = difference <= terms.limit(terms.rule.charge_limit, counted.currency)
    return within and _deduction_reason(terms.pool.items[key], difference, terms) == "bank_charge"


def _deduction_reason(item: OpenItem, difference: Decimal, terms: Terms) -> str:
    if item.discount and item.discount.amount == difference:
        return "discount_late"
    stated = terms.ordered == item.residual or (terms.charges and terms.charges == difference)
    if stated or _CHARGE_WORDS.search(terms.text):
        return "bank_charge"
    return "unexplained"


def fill(keys: Sequence[Key], counted: Counted, terms: Terms) -> tuple[tuple[Allocation, ...], Decimal]:
    """Spread an amount over items in the given order until it is used up.

    :returns: allocations (the last one perhaps in part), and what remains of the amount.
    """
    remaining, allocations = counted.amount, []
    for key in keys:
        left = terms.left(key)
        if not remaining or left * counted.amount <= 0:
            continue
        amount = left if abs(left) <= abs(remaining) else remaining
        allocations.append(Allocation(key, amount))
        remaining -= amount
    return tuple(allocations), remaining


def document_name(item: OpenItem) -> str:
    """How an item is called in a reason: its own number, else its key."""
    return item.references[0] if item.references else str(item.key)


def _named(terms: Terms, keys: Sequence[Key]) -> dict[str, object]:
    return {"items": ", ".join(document_name(terms.pool.items[key]) for key in keys)}
