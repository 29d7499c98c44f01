"""The customers, their documents, and the truth about each bank line.

Customers are of three kinds: with irregular amounts, with round ones, and subscribers who all pay the same few
prices; some bear almost the same name, some share an account, some are not known by account at all.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from order_to_cash.cash import (
    BankLine,
    ClosedReference,
    EarlyDiscount,
    OpenItem,
    PastPayment,
    Payer,
    creditor_reference,
)

from . import writing

CENT = Decimal("0.01")
FIRST_DAY = date(2026, 1, 1)
STATEMENT_DAY = date(2026, 4, 1)
PRICES = ("49.00", "99.00", "99.00", "149.00", "199.00", "499.00")


@dataclass(frozen=True)
class Label:
    """The truth about a line.

    :param scenario: how it was made.
    :param decidable: whether a careful clerk could apply it from what the line and the books show.
    :param truth: item key → amount of the line that belongs to it; empty when nothing does. None for an
        advance payment that equals one, two or all open items to the cent by coincidence (where words say that it is
        one: a single item): nobody could tell, so such lines are counted apart.
    :param reverses: the earlier line it takes back.
    :param reopens: key of the item that this earlier line had paid.
    :param again: the line of which this is the same payment once more: either may pay, but not both.
    :param no_write_off: nothing was granted or kept on the way, so nothing may be settled beyond the money.
    """

    scenario: str
    decidable: bool
    truth: dict | None = field(default_factory=dict)
    reverses: object = None
    reopens: object = None
    again: object = None
    no_write_off: bool = False


@dataclass(frozen=True)
class World:
    """Everything the engine is given, and the labels it is not.

    :param paid_items: key of an earlier payment → the item it paid, which a return opens again.
    """

    lines: list[BankLine]
    items: list[OpenItem]
    payers: list[Payer]
    closed: list[ClosedReference]
    past_payments: list[PastPayment]
    labels: dict
    paid_items: dict


@dataclass
class Customer:
    """A customer while its world is made.

    :param known_account: its account is on file.
    :param family: another customer bears almost the same name.
    :param namesake: the whole name tells it from that one, as a number or a word more does.
    :param unpaid: open items that no line pays yet, oldest first.
    :param dollar_items: items in US dollars that no line pays yet.
    """

    payer: Payer
    kind: str
    price: Decimal
    account: str
    known_account: bool
    family: bool
    namesake: bool = False
    unpaid: list = field(default_factory=list)
    items: list = field(default_factory=list)
    dollar_items: list = field(default_factory=list)


def make_world(seed: int, lines: int = 10_000, items: int = 20_000, dialect: str = "standard") -> World:
    """Make a world.

    :param seed: the same seed gives the same world.
    :param lines: how many bank lines.
    :param items: about how many open items; at least twice as many as lines are sensible.
    :param dialect: one of `dialects.DIALECTS`; the payments and their labels are the same in each.
    """
    from .lines import LineMaker  # the scenarios build on the types above

    rng = random.Random(seed)  # noqa: S311 - a reproducible world, no secret
    customers = _customers(rng, max(items // 13, 8))
    closed = _documents(rng, customers, items)
    in_dollars = [item for customer in customers for item in customer.dollar_items]
    maker = LineMaker(rng, customers, closed, dialect)
    maker.make(lines)
    shuffled = [item for customer in customers for item in customer.items] + in_dollars
    rng.shuffle(shuffled)
    rng.shuffle(maker.lines)
    payers = [customer.payer for customer in customers]
    return World(maker.lines, shuffled, payers, closed, maker.past_payments, maker.labels, maker.paid_items)


def _customers(rng, count):
    customers, names = [], set()
    while len(customers) < count:
        stem = f"{rng.choice(writing.WORDS)} {rng.choice(writing.WORDS)}"
        family = rng.random() < 0.06
        trades = rng.sample(writing.TRADES, 2) if family else [rng.choice(writing.TRADES)]
        shared = writing.account(rng) if family and rng.random() < 0.3 else ""
        for trade in trades:
            name = f"{stem} {trade} {rng.choice(writing.FORMS)}"
            if name.rsplit(" ", 1)[0].casefold() in names:
                continue
            names.add(name.rsplit(" ", 1)[0].casefold())
            customers.append(_customer(rng, len(customers) + 1, name, family, shared))
            if not family and rng.random() < 0.03:
                _add_namesake(rng, customers, names)
    return customers


def _add_namesake(rng, customers, names):
    """A sister of the last customer: a number or a word in its name more; often it buys the same."""
    elder = customers[-1]
    name = writing.longer_name(rng, elder.payer.name)
    if name.rsplit(" ", 1)[0].casefold() in names:
        return
    names.add(name.rsplit(" ", 1)[0].casefold())
    younger = _customer(rng, len(customers) + 1, name, True, "")
    if rng.random() < 0.5:
        younger.kind, younger.price = elder.kind, elder.price
    elder.family = elder.namesake = younger.namesake = True
    customers.append(younger)


def _customer(rng, key, name, family, shared):
    number = shared or writing.account(rng)
    known = bool(shared) or rng.random() < 0.88
    alias = (name.split(" ")[0] + " Buchhaltung " + str(key),) if rng.random() < 0.1 else ()
    mandates = (f"MND-{key:06d}",) if rng.random() < 0.1 else ()
    payer = Payer(key, name, aliases=alias, accounts=(number,) if known else (), mandates=mandates)
    kind = rng.choices(("irregular", "round", "subscriber"), (70, 12, 18))[0]
    return Customer(payer, kind, Decimal(rng.choice(PRICES)), number, known, family)


def _documents(rng, customers, count):
    """Open items for all customers and closed documents before them, in one sequence of numbers.

    Some orders have two invoices, the first of which is paid.
    """
    weights = [rng.lognormvariate(0, 0.9) for _customer in customers]
    closed, order, made = [], 0, 0
    half_paid = {}
    for position, owner in enumerate(rng.choices(customers, weights, k=3 * count)):
        order += rng.randrange(1, 3)
        name = f"S{order:05d}"
        number = f"INV/2026/{position + 1:05d}"
        day = FIRST_DAY + timedelta(days=min(89, 60 * position // count))
        amount = _amount(rng, owner)
        is_open = rng.random() < 0.25 + 0.6 * made / count
        if is_open and rng.random() < 0.02:
            owner.dollar_items.append(_in_dollars(rng, owner, position, number, name, day))
            made += 1
        elif is_open and len(owner.items) < 60:
            earlier = half_paid.pop(owner.payer.key, None) if rng.random() < 0.04 else None
            owner.items.append(_item(rng, owner, position, number, earlier or name, day, amount, bool(earlier)))
            made += 1
        else:
            half_paid[owner.payer.key] = name
            for reference in (number, name):
                closed.append(ClosedReference(reference, f"paid-{position}", owner.payer.key, amount, "EUR"))
        if made == count:
            break
    for customer in customers:
        customer.unpaid = list(customer.items)
    return closed


def _in_dollars(rng, owner, position, number, order, day):
    amount = (Decimal(int(10 ** rng.uniform(4, 6))) / 100).quantize(CENT)
    due = day + timedelta(days=30)
    reference = creditor_reference(number)
    return OpenItem(position, owner.payer.key, amount, "USD", day, due, (number, order), payment_reference=reference)


def _amount(rng, owner):
    if owner.kind == "subscriber":
        return owner.price
    if owner.kind == "round":
        return Decimal(rng.randrange(1, 60) * 50).quantize(CENT)
    return (Decimal(int(10 ** rng.uniform(3.3, 6.3))) / 100).quantize(CENT)


def _item(rng, owner, position, number, order, day, amount, in_parts):
    credit = rng.random() < 0.05
    if credit:
        amount, number = -amount, number.replace("INV", "RINV")
    discount = None
    if not credit and rng.random() < 0.15:
        discount = EarlyDiscount((amount * 2 / 100).quantize(CENT), day + timedelta(days=14))
    own = (number, order) if rng.random() < 0.6 or in_parts else (number, order, f"{position + 1000:09d}")
    purchase = rng.choice(
        (
            f"PO-{rng.randrange(1000, 9999)}",
            f"45{rng.randrange(10**7):08d}",
            f"{rng.randrange(100, 9999)}",
            f"B{rng.randrange(10, 99)}/{rng.randrange(2026, 2027)}",
            "",
        )
    )
    return OpenItem(
        position,
        owner.payer.key,
        amount,
        "EUR",
        day,
        day + timedelta(days=30),
        references=own,
        customer_references=(purchase,) if purchase else (),
        discount=discount,
        payment_reference=creditor_reference(number),
        disputed=rng.random() < 0.02,
        end_to_end_ids=(f"DD-{position:07d}",) if rng.random() < 0.1 else (),
    )
