"""Credit control: what a customer's credit is used by, and whether an order may go on.

Exposure = open receivables, overdue or not yet due + confirmed orders that are not invoiced yet − on-account credit
(credit notes and payments that are not assigned). An order on credit hold does not move goods, so it takes up no credit
that another order could use; the figure of a customer's exposure counts it all the same.

Amounts are Decimal in the currency of the limit, days are whole.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

Key = Hashable
ZERO = Decimal(0)
LIMIT, OVERDUE, DUNNED = "limit", "overdue", "dunning"
PASSED, HELD, NEW = "passed", "held", "new"
NO_LIMIT, WITHIN, WARNING, OVER = "none", "ok", "warning", "over"


@dataclass(frozen=True, slots=True)
class CreditTerms:
    """What was agreed with a customer.

    :param limit: the largest exposure; zero or less is no limit.
    :param overdue_days: hold from this many days past due on; None never holds for that.
    :param overdue_minimum: overdue amounts below it hold nothing.
    :param warn_percent: share of the limit from which on people are warned; zero never warns.
    :param dunning_days: hold from the dunning level of so many days on; None never holds for one.
    """

    limit: Decimal = ZERO
    overdue_days: int | None = None
    overdue_minimum: Decimal = ZERO
    warn_percent: Decimal = Decimal(80)
    dunning_days: int | None = None

    @property
    def controls(self) -> bool:
        """Whether there is anything that could hold an order."""
        return self.limit > 0 or self.overdue_days is not None or self.dunning_days is not None


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a customer's credit is used by. The parts add up to `total`.

    :param overdue: open receivables past their due date.
    :param undue: open receivables that are not due yet.
    :param on_account: credit notes and payments that are not assigned, above zero.
    :param orders: confirmed orders, as far as they are not invoiced, without those on credit hold.
    :param held: the same of orders on credit hold.
    :param overdue_days: age of the oldest overdue item.
    :param dunned_days: days of the highest dunning level that was taken of what is open; zero for none.
    """

    overdue: Decimal = ZERO
    undue: Decimal = ZERO
    on_account: Decimal = ZERO
    orders: Decimal = ZERO
    held: Decimal = ZERO
    overdue_days: int = 0
    dunned_days: int = 0

    @property
    def receivables(self) -> Decimal:
        """What is owed by the books, less what was paid on account."""
        return self.overdue + self.undue - self.on_account

    @property
    def total(self) -> Decimal:
        """The exposure."""
        return self.receivables + self.orders + self.held


@dataclass(frozen=True, slots=True)
class Release:
    """A person let an order go on.

    :param reasons: what it was held for at that moment; another reason holds it anew.
    :param until: last day; None while the order lasts.
    :param up_to: largest exposure, this order included; None for any.
    """

    reasons: frozenset
    until: date | None = None
    up_to: Decimal | None = None

    def covers(self, exposure: Decimal, as_of: date) -> bool:
        """Whether the release still counts."""
        return (self.until is None or as_of <= self.until) and (self.up_to is None or exposure <= self.up_to)


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """A confirmed order with something left to invoice.

    :param amount: what is not invoiced yet, tax included.
    :param status: `passed` (checked before), `held` (on credit hold) or `new`.
    :param asked: whether it is to be decided on; the others only take up credit.
    """

    key: Key
    amount: Decimal
    status: str = NEW
    asked: bool = True
    release: Release | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether an order may go on, and the figures it was decided by.

    :param reasons: `limit`, `overdue`, `dunning`; empty when it goes on.
    :param exposure: of everything before it and of itself.
    :param over_by: what would have to come in for the limit's sake; zero within the limit.
    :param released: reasons that a person's release excuses.
    """

    key: Key
    reasons: tuple
    exposure: Decimal
    over_by: Decimal
    released: tuple = ()

    @property
    def holds(self) -> bool:
        """Whether the order must wait."""
        return bool(self.reasons)


def decide(terms: CreditTerms, exposure: Exposure, orders: Iterable[OpenOrder], as_of: date) -> list[Decision]:
    """Decide on a customer's orders.

    Orders that passed before keep their credit before held ones, held ones before new ones; within each of these the
    order given (by age) counts. A held order takes up no credit until it is let go, so a large one does not stop the
    smaller ones behind it. An order that takes nothing up, such as a return, never waits.

    :param exposure: its `orders` and `held` are not used; what the orders take up is counted from themselves.
    :param orders: all open orders of the customer, the oldest first.
    :returns: a decision on each order that was asked about
    """
    used = exposure.receivables
    decisions = []
    for order in sorted(orders, key=lambda order: (PASSED, HELD, NEW).index(order.status)):
        if order.asked:
            decision = _decide_one(terms, exposure, order, used + order.amount, as_of)
            decisions.append(decision)
            used += ZERO if decision.holds else order.amount
        elif order.status != HELD:
            used += order.amount
    return decisions


def _decide_one(terms, exposure, order, after, as_of):
    over_by = max(after - terms.limit, ZERO) if terms.limit > 0 else ZERO
    found = []
    if over_by > 0 and order.amount > 0:
        found.append(LIMIT)
    if is_overdue(terms, exposure) and order.amount > 0:
        found.append(OVERDUE)
    if is_dunned(terms, exposure) and order.amount > 0:
        found.append(DUNNED)
    excused = order.release.reasons if order.release and order.release.covers(after, as_of) else frozenset()
    return Decision(
        key=order.key,
        reasons=tuple(reason for reason in found if reason not in excused),
        exposure=after,
        over_by=over_by,
        released=tuple(reason for reason in found if reason in excused),
    )


def is_overdue(terms: CreditTerms, exposure: Exposure) -> bool:
    """Whether a customer is late by as much as holds its orders."""
    return (
        terms.overdue_days is not None
        and _is_worth_holding(terms, exposure)
        and exposure.overdue_days >= max(terms.overdue_days, 1)
    )


def is_dunned(terms: CreditTerms, exposure: Exposure) -> bool:
    """Whether a customer was sent a dunning letter of a level that holds its orders, and has not paid."""
    return (
        terms.dunning_days is not None
        and _is_worth_holding(terms, exposure)
        and exposure.dunned_days >= max(terms.dunning_days, 1)
    )


def _is_worth_holding(terms, exposure):
    return exposure.overdue > 0 and exposure.overdue >= terms.overdue_minimum


def used_percent(terms: CreditTerms, exposure: Exposure) -> Decimal | None:
    """The exposure as a percentage of the limit, not below zero; None without a limit."""
    return max(exposure.total, ZERO) * 100 / terms.limit if terms.limit > 0 else None


def level(terms: CreditTerms, exposure: Exposure) -> str:
    """How near the limit a customer is: `none` (no limit), `ok`, `warning` or `over`."""
    percent = used_percent(terms, exposure)
    if percent is None:
        return NO_LIMIT
    if percent > 100:
        return OVER
    return WARNING if 0 < terms.warn_percent <= percent else WITHIN


def available(terms: CreditTerms, exposure: Exposure) -> Decimal | None:
    """What may still be ordered: the limit less what is used by all but held orders, not below zero; None without."""
    if terms.limit <= 0:
        return None
    return max(terms.limit - replace(exposure, held=ZERO).total, ZERO)
