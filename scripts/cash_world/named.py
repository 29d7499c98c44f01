"""Scenarios of payments that name what they pay: each makes a bank line and says what is true about it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from order_to_cash.cash import RemittedDocument

from . import writing
from .world import CENT, STATEMENT_DAY


class NamedPayments:
    """For `LineMaker`."""

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

    def _remittance_short(self):
        """A list that says for each document what is paid, and keeps something back from one of them."""
        owner, items = self._pick(self.rng.choice((1, 2, 4)), where=lambda item: item.residual > 100)
        if items:
            kept = Decimal(self.rng.randrange(500, 5000)) / 100
            truth = {item.key: item.residual - (kept if item is items[0] else 0) for item in items}
            documents = tuple(RemittedDocument(item.references[0], truth[item.key]) for item in items)
            self._add(sum(truth.values()), "", True, truth, owner, remitted_documents=documents)

    def _joint(self):
        """One payment for two customers; both invoices are named."""
        (owner, items), (other, others) = self._pick(), self._pick()
        if not items or not others or owner is other:
            return
        both = [*items, *others]
        total = sum(item.residual for item in both)
        fits_alone = any(item.residual == total for item in (*owner.items, *other.items))
        text = writing.sentence(self.rng, " + ".join(item.references[0] for item in both), self._day())
        self._pay(owner, both, text, decidable=not fits_alone)

    def _charged(self):
        """A bank on the way kept its charges; the file says what was ordered."""
        owner, items = self._pick(where=lambda item: item.residual > 200)
        if items:
            item = items[0]
            paid = item.residual - Decimal(self.rng.randrange(500, 2000)) / 100
            text = writing.sentence(self.rng, item.references[0], self._day())
            facts = {"original_amount": item.residual, "original_currency": "EUR"}
            self._add(paid, text, True, {item.key: paid}, owner, **facts)

    def _dollars(self):
        """An invoice in dollars, ordered in dollars and booked in euros."""
        owners = [customer for customer in self.customers if customer.dollar_items]
        if not owners:
            return
        owner = self.rng.choice(owners)
        item = owner.dollar_items.pop()
        booked = (item.residual * Decimal(self.rng.randrange(900, 950)) / 1000).quantize(CENT)
        text = writing.sentence(self.rng, item.references[0], self._day())
        facts = {"original_amount": item.residual, "original_currency": "USD"}
        self._add(booked, text, True, {item.key: item.residual}, owner, **facts)

    def _discount(self, named=True):
        day = STATEMENT_DAY + timedelta(days=self.rng.randrange(8))
        owner, items = self._pick(where=lambda item: item.discount and day <= item.discount.until + timedelta(days=3))
        if items:
            item = items[0]
            paid = item.residual - item.discount.amount
            text = writing.sentence(self.rng, item.references[0], self._day()) if named else "less 2%"
            decidable = named or (owner.known_account and not owner.namesake and self._is_only_discount(owner, item))
            self._add(paid, text, decidable, {item.key: paid}, owner, day=day)

    def _discount_no_number(self):
        self._discount(named=False)

    def _tolerance(self):
        owner, items = self._pick(where=lambda item: item.residual > 250)
        if items:
            paid = items[0].residual - Decimal(self.rng.choice((-1, 1)) * self.rng.randrange(1, 100)) / 100
            text = writing.sentence(self.rng, items[0].references[0], self._day())
            self._add(paid, text, True, {items[0].key: paid}, owner)

    def _short(self):
        owner, items = self._pick(where=lambda item: item.residual > 200)
        if items:
            missing = self.rng.choice((Decimal(5), Decimal("12.50"), (items[0].residual * 3 / 100).quantize(CENT)))
            paid = items[0].residual - missing
            text = writing.sentence(self.rng, items[0].references[0], self._day())
            self._add(paid, text, True, {items[0].key: paid}, owner)

    def _over(self):
        owner, items = self._pick(where=lambda item: item.residual > 200)
        if items:
            text = writing.sentence(self.rng, items[0].references[0], self._day())
            self._add(items[0].residual + 10, text, True, {items[0].key: items[0].residual}, owner)

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
                True,
                {item.key: booked},
                owner,
                original_amount=(booked * Decimal("1.08")).quantize(CENT),
                original_currency="USD",
            )
