"""The scenarios: each makes a bank line from the documents it pays, and says what is true about it."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from itertools import combinations

from order_to_cash.cash import BankLine, PastPayment, RemittedDocument

from . import writing
from .dialects import DIALECTS
from .world import STATEMENT_DAY, Label

CENT = Decimal("0.01")

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
    "bank_fee": 1,
}


class LineMaker:
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
        self.closed = [reference for reference in closed if reference.number.startswith("INV")]
        numbers = [item.references[0] for customer in customers for item in customer.items]
        numbers += [reference.number for reference in self.closed]
        self.last_digits = {int(number.rsplit("/", 1)[1]) for number in numbers}
        self.lines, self.labels, self.past_payments = [], {}, []

    def make(self, count: int) -> None:
        """Make lines; a scenario that finds nothing to pay is left for another one."""
        names, weights = list(SHARES), list(SHARES.values())
        while len(self.lines) < count:
            scenario = self.rng.choices(names, weights)[0]
            self.scenario = scenario
            getattr(self, f"_{scenario}")()

    def _add(self, amount, text="", decidable=True, truth=(), customer=None, reverses=None, **facts):
        day = facts.pop("day", None) or STATEMENT_DAY + timedelta(days=self.rng.randrange(30))
        if customer is not None:
            facts.setdefault("payer_account", customer.account if self.rng.random() < 0.9 else "")
            facts.setdefault("payer_name", writing.as_bank_prints(self.rng, customer.payer.name))
        key = len(self.lines) + 1
        truth = {} if truth == () else truth
        text = self.dress(self.dressing, text, amount, day)
        self.lines.append(BankLine(key, day, amount, "EUR", text, bank_reference=f"TX{key:08d}", **facts))
        self.labels[key] = Label(self.scenario, decidable, truth, reverses)
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
        self._add(
            sum(item.residual for item in items),
            text,
            truth={item.key: item.residual for item in items},
            customer=owner,
            **facts,
        )

    def _named(self, write, count=1):
        owner, items = self._pick(count)
        if items:
            self._pay(owner, items, writing.sentence(self.rng, write(items), self._day()))

    def _number(self):
        self._named(lambda items: items[0].references[0])

    def _styled_number(self):
        self._named(lambda items: writing.styled(self.rng, items[0].references[0]))

    def _short_number(self):
        owner, items = self._pick()
        if items:
            text = writing.sentence(self.rng, writing.shortened(self.rng, items[0].references[0]), self._day())
            self._pay(owner, items, text, decidable=owner.known_account and not owner.family)

    def _several_numbers(self):
        count = self.rng.choice((2, 2, 3, 4, 6))
        self._named(lambda items: writing.number_list(self.rng, [item.references[0] for item in items]), count)

    def _creditor_reference(self):
        owner, items = self._pick()
        if items and self.rng.random() < 0.7:
            self._pay(owner, items, "", structured_references=(items[0].payment_reference,))
        elif items:
            reference = items[0].payment_reference
            printed = " ".join(reference[at : at + 4] for at in range(0, len(reference), 4))
            self._pay(owner, items, writing.wrapped(self.rng, f"Ref {printed}"))

    def _with_credit_note(self):
        owner, credits = self._pick(where=lambda item: item.residual < 0)
        if not credits:
            return
        _owner, items = self._pick(min(2, len([i for i in owner.unpaid if i.residual > 0])) or 1, customer=owner)
        if not items or sum(item.residual for item in items) + credits[0].residual <= 0:
            return
        named = [*items, *credits] if self.rng.random() < 0.6 else items
        text = " ".join(item.references[0] for item in named)
        decidable = len(named) > len(items) or (
            owner.known_account and owner.kind == "irregular" and not self._rivals(owner, credits)
        )
        self._pay(owner, [*items, *credits], writing.sentence(self.rng, text, self._day()), decidable=decidable)

    def _rivals(self, owner, items):
        amounts = {item.residual for item in items}
        return [item for item in owner.items if item.residual in amounts and item not in items]

    def _order_number(self):
        self._named(lambda items: self.rng.choice(items[0].references[1:]))

    def _purchase_order(self):
        owner, items = self._pick(where=lambda item: item.residual > 0 and item.customer_references)
        if items:
            number = items[0].customer_references[0]
            twice = [item for item in owner.items if number in item.customer_references]
            decidable = owner.known_account and len(number) > 4 and len(twice) == 1
            text = writing.sentence(self.rng, f"PO {number}", self._day())
            self._pay(owner, items, text, decidable=decidable)

    def _remittance(self):
        owner, items = self._pick(self.rng.choice((1, 2, 5)))
        if items:
            stated = self.rng.random() < 0.7
            documents = tuple(RemittedDocument(item.references[0], item.residual if stated else None) for item in items)
            self._pay(owner, items, "", remitted_documents=documents)

    def _direct_debit(self):
        owner, items = self._pick(where=lambda item: item.end_to_end_ids)
        if items and items[0].residual > 0:
            self._pay(owner, items, "SEPA direct debit", end_to_end_id=items[0].end_to_end_ids[0])

    def _amount_only(self):
        owner, items = self._pick(self.rng.choice((1, 1, 1, 2, 3)))
        if items:
            decidable = owner.known_account and self._is_unique(owner, items)
            account = owner.account
            self._pay(
                owner, items, writing.small_talk(self.rng, self._day()), decidable=decidable, payer_account=account
            )

    def _everything_open(self):
        owner = self.rng.choice(self.customers)
        total = sum((item.residual for item in owner.unpaid), Decimal(0))
        if owner.unpaid != owner.items or total <= 0 or len(owner.items) < 2:
            return
        items, owner.unpaid = owner.unpaid, []
        decidable = owner.known_account and len(items) <= 12 and self._is_unique(owner, items)
        self._pay(owner, items, "all open invoices", decidable=decidable, payer_account=owner.account)

    def _is_unique(self, owner, items):
        """Whether no other set of at most three items, nor all of them, has the same sum."""
        target = sum(item.residual for item in items)
        chosen = {item.key for item in items}
        for size in (1, 2, 3):
            for others in combinations(owner.items, size):
                if {item.key for item in others} != chosen and sum(item.residual for item in others) == target:
                    return False
        return len(items) <= 3 or len(items) == len(owner.items)

    def _name_only(self):
        owner, items = self._pick()
        if items:
            decidable = not owner.family and self._is_unique(owner, items)
            self._add(
                items[0].residual,
                writing.small_talk(self.rng, self._day()),
                decidable,
                {items[0].key: items[0].residual},
                payer_name=owner.payer.name,
            )

    def _discount(self, named=True):
        day = STATEMENT_DAY + timedelta(days=self.rng.randrange(8))
        owner, items = self._pick(where=lambda item: item.discount and day <= item.discount.until + timedelta(days=3))
        if items:
            item = items[0]
            paid = item.residual - item.discount.amount
            text = writing.sentence(self.rng, item.references[0], self._day()) if named else "less 2%"
            decidable = named or (owner.known_account and len(owner.items) <= 10 and self._is_unique(owner, items))
            self._add(paid, text, decidable, {item.key: paid}, owner, day=day)

    def _discount_no_number(self):
        self._discount(named=False)

    def _tolerance(self):
        owner, items = self._pick(where=lambda item: item.residual > 250)
        if items:
            paid = items[0].residual - Decimal(self.rng.choice((-1, 1)) * self.rng.randrange(1, 100)) / 100
            text = writing.sentence(self.rng, items[0].references[0], self._day())
            self._add(paid, text, True, {items[0].key: paid}, owner)

    def _tolerance_no_number(self):
        owner, items = self._pick(where=lambda item: item.residual > 250)
        if items:
            paid = items[0].residual - Decimal(self.rng.randrange(1, 100)) / 100
            self._add(paid, writing.small_talk(self.rng, self._day()), False, {items[0].key: paid}, owner)

    def _short(self):
        owner, items = self._pick(where=lambda item: item.residual > 200)
        if items:
            missing = self.rng.choice((Decimal(5), Decimal("12.50"), (items[0].residual * 3 / 100).quantize(CENT)))
            paid = items[0].residual - missing
            text = writing.sentence(self.rng, items[0].references[0], self._day())
            self._add(paid, text, owner.known_account, {items[0].key: paid}, owner)

    def _over(self):
        owner, items = self._pick(where=lambda item: item.residual > 200)
        if items:
            text = writing.sentence(self.rng, items[0].references[0], self._day())
            self._add(items[0].residual + 10, text, owner.known_account, {items[0].key: items[0].residual}, owner)

    def _instalment(self):
        owner, items = self._pick(where=lambda item: item.residual > 200)
        if items:
            paid = (items[0].residual / self.rng.choice((2, 3, 4))).quantize(CENT)
            text = writing.sentence(self.rng, items[0].references[0], self._day())
            self._add(paid, f"part 1 {text}", False, {items[0].key: paid}, owner)

    def _mistyped(self):
        owner, items = self._pick()
        if items:
            number = writing.mistyped(self.rng, items[0].references[0])
            known = int(number.rsplit("/", 1)[1]) in self.last_digits
            decidable = not known and owner.known_account and self._is_unique(owner, items)
            text = writing.sentence(self.rng, number, self._day())
            self._pay(owner, items, text, decidable=decidable, payer_account=owner.account)

    def _stranger(self):
        owner, items = self._pick()
        if items:
            text = writing.sentence(self.rng, items[0].references[0], self._day())
            self._pay(owner, items, text, payer_account=writing.account(self.rng), payer_name="Max Mustermann")

    def _sister(self):
        owner, items = self._pick()
        other = self.rng.choice(self.customers)
        if items:
            own_fits = [item for item in other.items if item.residual == items[0].residual]
            text = writing.sentence(self.rng, items[0].references[0], self._day())
            self._pay(
                owner, items, text, decidable=not own_fits, payer_account=other.account, payer_name=other.payer.name
            )

    def _foreign(self):
        owner, items = self._pick(where=lambda item: item.residual > 100)
        if items:
            item = items[0]
            booked = (item.residual * Decimal(self.rng.randrange(985, 1015)) / 1000).quantize(CENT)
            text = writing.sentence(self.rng, item.references[0], self._day())
            self._add(
                booked,
                text,
                owner.known_account,
                {item.key: booked},
                owner,
                original_amount=(booked * Decimal("1.08")).quantize(CENT),
                original_currency="USD",
            )

    def _paid_twice(self):
        owner, items = self._pick()
        if items:
            text = writing.sentence(self.rng, items[0].references[0], self._day())
            day = STATEMENT_DAY + timedelta(days=self.rng.randrange(10))
            self._pay(owner, items, text, day=day)
            self._add(items[0].residual, text, False, {}, owner, day=day + timedelta(days=3))

    def _paid_before(self):
        reference = self.rng.choice(self.closed)
        text = writing.sentence(self.rng, reference.number, self._day())
        self._add(reference.amount, text, False, {}, self.by_key[reference.payer])

    def _on_account(self):
        owner = self.rng.choice(self.customers)
        amount = (
            Decimal(self.rng.choice((100, 250, 500, 1000, 5000)))
            if self.rng.random() < 0.5
            else (Decimal(self.rng.randrange(10_000, 900_000)) / 100)
        )
        sums = [sum(item.residual for item in chosen) for size in (1, 2) for chosen in combinations(owner.items, size)]
        sums.append(sum(item.residual for item in owner.items))
        truth = None if any(abs(total - amount) <= 1 for total in sums) else {}
        self._add(amount.quantize(CENT), writing.small_talk(self.rng, self._day()), False, truth, owner)

    def _unknown(self):
        amount = Decimal(self.rng.choice(("49.00", "99.00", "199.00", "1234.56", "500.00")))
        self._add(
            amount,
            writing.small_talk(self.rng, self._day()),
            False,
            {},
            payer_name="Erika Musterfrau",
            payer_account=writing.account(self.rng),
        )

    def _name_tie(self):
        families = [customer for customer in self.customers if customer.family and customer.unpaid]
        if families:
            owner, items = self._pick(customer=self.rng.choice(families))
            if items:
                stem = " ".join(owner.payer.name.split(" ")[:2])
                self._add(items[0].residual, "", False, {items[0].key: items[0].residual}, payer_name=stem)

    def _prepayment(self):
        owner = self.rng.choice(self.customers)
        amount = owner.price if owner.kind == "subscriber" else Decimal(self.rng.randrange(10_000, 90_000)) / 100
        number = self.rng.choice(
            (
                f"S{self.rng.randrange(80_000, 90_000)}",
                f"INV/2026/{self.rng.randrange(80_000, 99_999)}",
                f"{self.rng.randrange(80_000, 90_000):09d}",
            )
        )
        self._add(amount.quantize(CENT), writing.sentence(self.rng, number, self._day()), False, {}, owner)

    def _returned(self, named=True):
        owner = self.rng.choice(self.customers)
        amount = Decimal(self.rng.randrange(1_000, 90_000)) / 100
        key = f"past-{len(self.past_payments)}"
        reference = f"OLD-{len(self.past_payments):06d}"
        day = STATEMENT_DAY - timedelta(days=self.rng.randrange(2, 30))
        self.past_payments.append(PastPayment(key, day, amount, "EUR", (reference,), owner.payer.key))
        self._add(
            -amount,
            "RETURN AC04",
            named,
            {},
            owner,
            reverses=key if named else None,
            is_reversal=True,
            reversed_reference=reference if named else "",
        )

    def _returned_unnamed(self):
        self._returned(named=False)

    def _bank_fee(self):
        self._add(-Decimal(self.rng.randrange(100, 2500)) / 100, "Kontofuehrung 03/2026 Entgelt", False)
