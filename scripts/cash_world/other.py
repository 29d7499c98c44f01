"""Scenarios of bank lines that name no document of ours, or none that is open: payments, returns and fees."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import combinations

from order_to_cash.cash import ClosedReference, PastPayment

from . import writing
from .world import CENT, PRICES, STATEMENT_DAY


class OtherLines:
    """For `LineMaker`."""

    def _mandate(self):
        """A collection of which the bank names nothing but the mandate."""
        owners = [customer for customer in self.customers if customer.payer.mandates and customer.unpaid]
        if owners:
            owner, items = self._pick(customer=self.rng.choice(owners))
            if items:
                self._add(
                    items[0].residual,
                    "",
                    self._is_unique(owner, items),
                    {items[0].key: items[0].residual},
                    mandate_id=owner.payer.mandates[0],
                )

    def _returned_at_once(self):
        """A payment and its return in the same file: nothing is paid."""
        owner, items = self._pick()
        if not items:
            return
        owner.unpaid.append(items[0])
        reference = f"DDR-{len(self.lines):07d}"
        text = writing.sentence(self.rng, items[0].references[0], self._day())
        day = STATEMENT_DAY + timedelta(days=self.rng.randrange(20))
        paid = self._add(items[0].residual, text, False, {}, owner, day=day, end_to_end_id=reference)
        facts = {"is_reversal": True, "reversed_reference": reference, "day": day + timedelta(days=3)}
        self._add(-items[0].residual, "RETURN MS03", True, {}, owner, reverses=paid.key, **facts)

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
        decidable = owner.known_account and self._is_unique(owner, items)
        self._pay(owner, items, "all open invoices", decidable=decidable, payer_account=owner.account)

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

    def _tolerance_no_number(self):
        owner, items = self._pick(where=lambda item: item.residual > 250)
        if items:
            paid = items[0].residual - Decimal(self.rng.randrange(1, 100)) / 100
            self._add(paid, writing.small_talk(self.rng, self._day()), False, {items[0].key: paid}, owner)

    def _paid_twice(self):
        owner, items = self._pick()
        if items:
            text = writing.sentence(self.rng, items[0].references[0], self._day())
            day = STATEMENT_DAY + timedelta(days=self.rng.randrange(10))
            first = self._pay(owner, items, text, day=day)
            same = {"payer_account": first.payer_account, "payer_name": first.payer_name, "again": first.key}
            self._add(items[0].residual, text, False, {}, owner, day=day + timedelta(days=3), **same)

    def _paid_before(self):
        reference = self.rng.choice(self.closed_numbers)
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
        # An odd amount near one item nobody could tell from a slip within the tolerance; a round one is on account.
        near = any(abs(item.residual - amount) <= 1 for item in owner.items) and amount % 50
        truth = None if amount in sums or near else {}
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
        key = f"past-{len(self.past_payments)}"
        owner, amount, reopened = self._paid_earlier(key)
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
            reopens=reopened if named else None,
            is_reversal=True,
            reversed_reference=reference if named else "",
        )

    def _paid_earlier(self, key):
        """What an earlier payment was: of an invoice, which its return opens again, or money on account."""
        owner, items = self._pick() if self.rng.random() < 0.5 else (None, [])
        if not items:
            return self.rng.choice(self.customers), Decimal(self.rng.randrange(1_000, 90_000)) / 100, None
        item = items[0]
        owner.items.remove(item)
        self.paid_items[key] = item
        self.closed += [ClosedReference(name, key, item.payer, item.residual, "EUR") for name in item.references]
        return owner, item.residual, item.key

    def _returned_by_word(self):
        """A return whose reference is a word that many payments have, among them one of another customer."""
        other, owner = self.rng.sample(self.customers, 2)
        amount, word = Decimal(self.rng.choice(PRICES)), writing.common_reference(self.rng)
        key, day = f"past-{len(self.past_payments)}", STATEMENT_DAY - timedelta(days=self.rng.randrange(2, 30))
        self.past_payments.append(PastPayment(key, day, amount, "EUR", (word,), other.payer.key))
        facts = {"is_reversal": True, "reversed_reference": word, "payer_account": owner.account}
        self._add(-amount, "RETURN AC04", False, {}, owner, **facts)

    def _returned_unnamed(self):
        self._returned(named=False)

    def _bank_fee(self):
        self._add(-Decimal(self.rng.randrange(100, 2500)) / 100, "Kontofuehrung 03/2026 Entgelt", False)
