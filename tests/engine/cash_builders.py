"""Short builders for cash application tests: a test reads as the bank line and the items it is about."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from order_to_cash.cash import (
    BankLine,
    EarlyDiscount,
    MatchingRule,
    OpenItem,
    Payer,
    ToleranceGroup,
    match,
)

DAY = date(2026, 3, 16)
QUARK_IBAN = "DE44 5001 0517 5407 3249 31"
RULE = MatchingRule("standard", tolerance=ToleranceGroup("b2b", Decimal("1.00"), Decimal("0.5"), grace_days=3))


def money(amount) -> Decimal:
    return Decimal(str(amount))


def item(number, residual, payer="quark", **values):
    """An open item named by its own number, which is also its key; dated a month before the line."""
    values.setdefault("currency", "EUR")
    values.setdefault("date", DAY - timedelta(days=30))
    values.setdefault("due_date", values["date"] + timedelta(days=30))
    values.setdefault("references", (number,))
    return OpenItem(number, payer, money(residual), **values)


def line(amount, text="", key="line", **values):
    """A bank line; money in EUR on the day of the tests."""
    values.setdefault("currency", "EUR")
    values.setdefault("date", DAY)
    return BankLine(key=key, amount=money(amount), text=text, **values)


def payer(key="quark", name=None, **values):
    return Payer(key, name or f"{key.title()} Industries GmbH", **values)


def from_quark(amount, text="", **values):
    """A line from Quark's own bank account."""
    return line(amount, text, payer_account=QUARK_IBAN, **values)


QUARK = payer("quark", "Quark Industries GmbH", accounts=(QUARK_IBAN,))


def decide(bank_line, items, payers=(QUARK,), rules=(RULE,), **facts):
    """The decision on a single line."""
    return match([bank_line], items, payers, rules, **facts)[0]


def allocated(decision):
    """Item → amount of what a decision allocates."""
    return {allocation.item: allocation.amount for allocation in decision.allocations}


def discount(amount, until):
    return EarlyDiscount(money(amount), until)
