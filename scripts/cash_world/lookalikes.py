"""Scenarios of lines that look like something else: names, amounts and words that nearly say another thing."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

from . import writing


class LookAlikes:
    """For `LineMaker`."""

    def _name_as_printed(self):
        """A customer whom only the name tells, as banks print it that know neither umlauts nor small letters."""
        owner, items = self._pick()
        if items:
            name = writing.in_capitals(self.rng, owner.payer.name)
            self._by_name(owner, items[0], name, not owner.family and self._is_unique(owner, items))

    def _sister_name(self):
        """One of two customers of nearly the same name, told by its whole name."""
        sisters = [customer for customer in self.customers if customer.namesake and customer.unpaid]
        owner, items = self._pick(customer=self.rng.choice(sisters)) if sisters else (None, [])
        if items:
            name = self.rng.choice((owner.payer.name, owner.payer.name.upper()))
            self._by_name(owner, items[0], name, self._is_unique(owner, items))

    def _by_name(self, owner, item, name, decidable):
        """Of several items with one price nobody could tell which is paid: another payment may name the others."""
        twins = sum(other.residual == item.residual for other in owner.items) > 1
        text, truth = writing.small_talk(self.rng, self._day()), None if twins else {item.key: item.residual}
        self._add(item.residual, text, decidable, truth, payer_name=name)

    def _no_customer(self):
        """A company that is no customer of ours, whose name is nearly a customer's; its price may be the same."""
        alike = self._often_the_same()
        name = writing.another_company(self.rng, alike.payer.name)
        if writing.without_form(name).casefold() in self.names:
            return
        amount, text = self._usual_amount(alike), writing.small_talk(self.rng, self._day())
        account = writing.account(self.rng) if self.rng.random() < 0.8 else ""
        self._add(amount, text, False, {}, payer_name=name, payer_account=account)

    def _over_by_pair(self):
        """A little too much, which by chance is what an invoice and a credit note of the customer come to."""
        for _attempt in range(20):
            owner = self.rng.choice(self.customers)
            items = [item for item in owner.unpaid if item.residual > 200]
            if len(items) < 2 or not any(item.residual < 0 for item in owner.items):
                continue
            item, alone = self.rng.choice(items), {other.residual for other in owner.items}
            others = [other for other in owner.items if other is not item]
            credits = [other.residual for other in others if other.residual < 0]
            pairs = {one.residual + credit for one, credit in product(others, credits) if one.residual > 0}
            small = sorted(over for over in pairs if 2 <= over <= item.residual / 20 and over not in alone)
            if small:
                owner.unpaid.remove(item)
                text = writing.sentence(self.rng, item.references[0], self._day())
                self._add(item.residual + self.rng.choice(small), text, True, {item.key: item.residual}, owner)
                return

    def _on_account_in_words(self):
        """A round amount, and words that say it is for no invoice; one item of that amount may be a deposit invoice."""
        owner, amount = self.rng.choice(self.customers), Decimal(self.rng.choice((100, 250, 500, 1000, 2000, 5000)))
        text = writing.wrapped(self.rng, writing.on_account(self.rng))
        truth = None if any(item.residual == amount for item in owner.items) else {}
        self._add(amount.quantize(Decimal("0.01")), text, False, truth, owner)

    def _charge_words(self):
        """An invoice paid short; the text speaks of charges, but of none that a bank took."""
        owner, items = self._pick(where=lambda item: item.residual > 200 and not item.discount)
        if items:
            paid = items[0].residual - self.rng.choice((Decimal(5), Decimal("12.50"), Decimal(15)))
            words = f"{items[0].references[0]} {writing.charge_words(self.rng)}"
            text = writing.sentence(self.rng, words, self._day())
            self._add(paid, text, True, {items[0].key: paid}, owner, no_write_off=True)
