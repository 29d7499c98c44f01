"""Makes labelled bank lines until there are enough: how often each scenario comes, and what they all share."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import combinations

from order_to_cash.cash import BankLine

from . import writing
from .dialects import DIALECTS
from .doubtful import DoubtfulNumbers
from .lookalikes import LookAlikes
from .named import NamedPayments
from .other import OtherLines
from .world import STATEMENT_DAY, Label

# Scenario → share of the lines.
SHARES = {
    "creditor_reference": 9,
    "number": 21,
    "styled_number": 7,
    "short_number": 4,
    "several_numbers": 9,
    "with_credit_note": 3,
    "order_number": 5,
    "purchase_order": 3,
    "remittance": 3,
    "remittance_short": 1,
    "joint": 0.7,
    "charged": 1,
    "dollars": 0.7,
    "mandate": 1,
    "returned_at_once": 0.5,
    "direct_debit": 2,
    "amount_only": 8,
    "everything_open": 2,
    "name_only": 2,
    "discount": 4,
    "discount_no_number": 1,
    "tolerance": 2.5,
    "tolerance_no_number": 0.5,
    "short": 2.5,
    "over": 1,
    "instalment": 1.5,
    "mistyped": 2.5,
    "stranger": 2.5,
    "sister": 1,
    "foreign": 1,
    "paid_twice": 1,
    "paid_before": 1.5,
    "on_account": 1.5,
    "unknown": 1.5,
    "name_tie": 1,
    "prepayment": 1,
    "returned": 1,
    "returned_unnamed": 0.5,
    "returned_by_word": 0.15,
    "bank_fee": 1,
    "list_with_paid": 0.8,
    "list_with_unknown": 0.4,
    "short_paid": 0.5,
    "paid_among_equals": 0.4,
    "remittance_paid": 0.2,
    "remittance_unknown": 0.2,
    "remittance_debit_note": 0.1,
    "number_in_id": 1.2,
    "paid_in_id": 0.3,
    "unknown_in_id": 0.3,
    "order_half_paid": 0.8,
    "order_paid_again": 0.2,
    "name_as_printed": 0.8,
    "sister_name": 0.5,
    "no_customer": 0.4,
    "over_by_pair": 0.15,
    "on_account_in_words": 0.6,
    "charge_words": 0.4,
}


class LineMaker(NamedPayments, OtherLines, DoubtfulNumbers, LookAlikes):
    """Makes labelled lines until there are enough.

    :param rng: the world's random numbers.
    :param customers: the customers with their unpaid items; lines use these up.
    :param closed: closed references, for payments that come too late.
    :param dialect: how banks and payers write.
    """

    def __init__(self, rng, customers, closed, dialect="standard"):
        self.rng = rng
        self.dress, self.dressing = DIALECTS[dialect], random.Random(dialect)  # noqa: S311
        self.customers = [customer for customer in customers if customer.items]
        self.by_key = {customer.payer.key: customer for customer in customers}
        self.closed, self.paid_items = closed, {}
        self.closed_numbers = [reference for reference in closed if reference.number.startswith("INV")]
        self._note_equals()
        self.paid_orders = {reference.number: reference for reference in closed if reference.number.startswith("S")}
        self.names = {writing.without_form(customer.payer.name).casefold() for customer in customers}
        numbers = [item.references[0] for customer in customers for item in customer.items]
        numbers += [reference.number for reference in self.closed_numbers]
        self.last_digits = {int(number.rsplit("/", 1)[1]) for number in numbers}
        self.beyond = max(80_000, 2 * max(self.last_digits) + 1)  # an order counts for two at most
        self.lines, self.labels, self.past_payments = [], {}, []

    def make(self, count: int) -> None:
        """Make lines; a scenario that finds nothing to pay is left for another one."""
        names, weights = list(SHARES), list(SHARES.values())
        while len(self.lines) < count:
            scenario = self.rng.choices(names, weights)[0]
            self.scenario = scenario
            getattr(self, f"_{scenario}")()

    def _add(self, amount, text="", decidable=True, truth=(), customer=None, reverses=None, reopens=None, **facts):
        day = facts.pop("day", None) or STATEMENT_DAY + timedelta(days=self.rng.randrange(30))
        if customer is not None:
            facts.setdefault("payer_account", customer.account if self.rng.random() < 0.9 else "")
            facts.setdefault("payer_name", writing.as_bank_prints(self.rng, customer.payer.name))
            if not facts.get("is_reversal") and self.rng.random() < 0.25:
                facts.setdefault("end_to_end_id", writing.payers_own_id(self.rng))
        key = len(self.lines) + 1
        more = {name: facts.pop(name) for name in ("again", "no_write_off") if name in facts}
        truth = {} if truth == () else truth
        text = self.dress(self.dressing, text, amount, day)
        self.lines.append(BankLine(key, day, amount, "EUR", text, bank_reference=f"TX{key:08d}", **facts))
        self.labels[key] = Label(self.scenario, decidable, truth, reverses, reopens, **more)
        return self.lines[-1]

    def _pick(self, count=1, where=lambda item: item.residual > 0, customer=None):
        """Take unpaid items of one customer; an empty list where there are none to take."""
        for _attempt in range(20):
            owner = customer or self.rng.choice(self.customers)
            fitting = [item for item in owner.unpaid if where(item)]
            if len(fitting) >= count:
                chosen = sorted(self.rng.sample(fitting, count), key=lambda item: item.key)
                for item in chosen:
                    owner.unpaid.remove(item)
                return owner, chosen
        return None, []

    def _day(self):
        return (STATEMENT_DAY + timedelta(days=self.rng.randrange(30))).strftime("%d.%m.%Y")

    def _pay(self, owner, items, text, **facts):
        return self._add(
            sum(item.residual for item in items),
            text,
            truth={item.key: item.residual for item in items},
            customer=owner,
            **facts,
        )

    def _rivals(self, owner, items):
        amounts = {item.residual for item in items}
        return [item for item in owner.items if item.residual in amounts and item not in items]

    def _is_unique(self, owner, items):
        """Whether no other set of at most three items, nor all of them, has the same sum."""
        target = sum(item.residual for item in items)
        chosen = {item.key for item in items}
        for size in (1, 2, 3):
            for others in combinations(owner.items, size):
                if {item.key for item in others} != chosen and sum(item.residual for item in others) == target:
                    return False
        return len(items) <= 3 or len(items) == len(owner.items)

    def _is_only_discount(self, owner, item):
        """Whether what is paid of an item less its discount is no sum of others, nor another one less its own."""
        paid = item.residual - item.discount.amount
        sums = [sum(one.residual for one in chosen) for size in (1, 2, 3) for chosen in combinations(owner.items, size)]
        sums += [one.residual - one.discount.amount for one in owner.items if one.discount and one is not item]
        return paid not in sums and sum(one.residual for one in owner.items) != paid
