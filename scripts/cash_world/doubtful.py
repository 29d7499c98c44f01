"""Scenarios of lines whose numbers are not all open: paid already, unknown, or in a field that holds words as well."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import combinations

from order_to_cash.cash import RemittedDocument

from . import writing
from .world import CENT


class DoubtfulNumbers:
    """For `LineMaker`. What is paid for a number that is paid or unknown belongs to no open item, whatever fits it."""

    def _list_with_paid(self):
        """Several numbers, one of them paid: the payer left it out of the sum, or pays it a second time."""
        owner, paid = self._paid_document()
        items = owner and self._pick(self.rng.choice((1, 1, 2, 3)), customer=owner)[1]
        if not items:
            return
        text = self._listed([*(item.references[0] for item in items), paid.number])
        left_out = self.rng.random() < 0.4
        truth = {item.key: item.residual for item in items}
        total = sum(truth.values())
        parts = [sum(chosen) for size in range(len(items)) for chosen in combinations(truth.values(), size)]
        decidable = left_out and total - paid.amount not in parts
        self._add(total + (0 if left_out else paid.amount), text, decidable, truth, owner)

    def _list_with_unknown(self):
        """Several numbers, one of which nobody knows."""
        owner, items = self._pick(self.rng.choice((1, 1, 2, 3)), customer=self._often_the_same())
        if items:
            text = self._listed([*(item.references[0] for item in items), self._unknown_number()])
            truth = {item.key: item.residual for item in items}
            self._add(sum(truth.values()) + self._usual_amount(owner, items), text, False, truth, owner)

    def _short_paid(self):
        """A number without its letters or its year, of a document that is paid: a second payment."""
        owner, paid = self._paid_document()
        if owner and not self._also_means(owner, paid.number):
            text = writing.sentence(self.rng, writing.shortened(self.rng, paid.number), self._day())
            self._add(paid.amount, text, False, {}, owner)

    def _paid_among_equals(self):
        """A subscriber with several items of one price names one, and that one is paid."""
        owner, paid = self._paid_document(among_equals=True)
        if owner:
            text = writing.sentence(self.rng, writing.styled(self.rng, paid.number), self._day())
            self._add(paid.amount, text, False, {}, owner)

    def _remittance_paid(self):
        """A remittance list with a document that is paid."""
        owner, paid = self._paid_document()
        items = owner and self._pick(self.rng.choice((1, 2, 4)), customer=owner)[1]
        if items:
            self._remit(owner, items, paid.number, paid.amount)

    def _remittance_unknown(self):
        """A remittance list with a document that nobody knows."""
        owner, items = self._pick(self.rng.choice((1, 2, 4)), customer=self._often_the_same())
        if items:
            self._remit(owner, items, self._unknown_number(), self._usual_amount(owner, items))

    def _remittance_debit_note(self):
        """A remittance list that takes off a debit note of the payer's own, which our books do not have."""
        owner, items = self._pick(where=lambda item: item.residual > 100)
        kept = Decimal(self.rng.randrange(500, 5000)) / 100
        if items and not any(item.residual == -kept for item in owner.items):
            note = self.rng.choice((f"DN-{self.rng.randrange(1, 999)}", f"Belastung {self.rng.randrange(10_000)}"))
            self._remit(owner, items, note, -kept)

    def _remit(self, owner, items, other, amount):
        truth = {item.key: item.residual for item in items}
        total = sum(truth.values()) + amount
        stated = amount < 0 or self.rng.random() < 0.7
        listed = [(item.references[0], item.residual) for item in items] + [(other, amount)]
        self.rng.shuffle(listed)
        documents = tuple(RemittedDocument(number, paid if stated else None) for number, paid in listed)
        if amount < 0:
            truth[items[0].key] += amount
        self._add(total, "", False, truth, owner, remitted_documents=documents, no_write_off=amount < 0)

    def _number_in_id(self):
        """The number stands among words, in the end-to-end id or in the field for the creditor's reference."""
        owner, items = self._pick()
        if items:
            self._pay(owner, items, self._little(), **self._in_a_field(items[0].references[0]))

    def _paid_in_id(self):
        """The same, of a document that is paid."""
        owner, paid = self._paid_document()
        if owner:
            self._add(paid.amount, self._little(), False, {}, owner, **self._in_a_field(paid.number))

    def _unknown_in_id(self):
        """The same, with a number nobody knows; or it is all that the field, or the remittance list, has."""
        owner = self._often_the_same()
        amount, number = self._usual_amount(owner), self._unknown_number()
        facts = self.rng.choice(
            (
                self._in_a_field(number),
                {"structured_references": (number,)},
                {"structured_references": (f"{int(number.rsplit('/', 1)[1]):09d}",)},
                {"remitted_documents": (RemittedDocument(number, self.rng.choice((amount, None))),)},
            )
        )
        self._add(amount, self._little(), False, {}, owner, **facts)

    def _order_half_paid(self):
        """An order with two invoices, one of them paid; the payer names the order and pays the other one."""
        owner, items = self._pick(where=self._is_half_paid)
        if items:
            self._pay(owner, items, writing.sentence(self.rng, items[0].references[1], self._day()))

    def _order_paid_again(self):
        """The same order, and the paid invoice once more."""
        owner, items = self._pick(where=self._is_half_paid)
        if items:
            owner.unpaid.append(items[0])
            paid = self.paid_orders[items[0].references[1]]
            if paid.amount != items[0].residual:
                text = writing.sentence(self.rng, paid.number, self._day())
                self._add(paid.amount, text, False, {}, owner)

    def _is_half_paid(self, item):
        return item.residual > 0 and item.references[1] in self.paid_orders

    def _paid_document(self, among_equals=False):
        """A customer and a paid document of his; mostly one for whose amount he has one open item, and few others.

        :param among_equals: he has several of that amount.
        :returns: None, None where there is none.
        """
        found = self.paid_among_equals if among_equals else self.paid_like_one
        if not among_equals and (not found or self.rng.random() < 0.4):
            found = self.closed_numbers
        if not found:
            return None, None
        chosen = self.rng.choices(found, k=4)
        paid = min(chosen, key=lambda paid: len(self.by_key[paid.payer].items))
        return self.by_key[paid.payer], paid

    def _note_equals(self):
        """Sort out the paid documents whose amount is that of one open item of the customer, or of several."""
        amounts = {key: Counter(item.residual for item in customer.items) for key, customer in self.by_key.items()}
        self.paid_like_one, self.paid_among_equals = [], []
        for paid in self.closed_numbers:
            equals = amounts[paid.payer][paid.amount]
            if equals:
                (self.paid_like_one if equals == 1 else self.paid_among_equals).append(paid)

    def _also_means(self, owner, number):
        """Whether the digits of a number are those of one that an open item of the customer has."""
        digits = int(number.rsplit("/", 1)[1])
        names = [name for item in owner.items for name in (*item.references, *item.customer_references)]
        return any(int("0" + "".join(filter(str.isdigit, name.rsplit("/", 1)[-1]))) == digits for name in names)

    def _unknown_number(self):
        return f"INV/2026/{self.rng.randrange(self.beyond, self.beyond + 19_000):05d}"

    def _often_the_same(self):
        """Any customer, or one who pays the same amounts again and again."""
        customers = self.rng.sample(self.customers, min(10, len(self.customers)))
        often = [customer for customer in customers if customer.kind != "irregular"]
        return often[0] if often and self.rng.random() < 0.5 else customers[0]

    def _usual_amount(self, owner, besides=()):
        """An amount as this customer pays it; where he pays round ones, one that another item of his has, if any."""
        if owner.kind == "irregular":
            return (Decimal(self.rng.randrange(10_000, 90_000)) / 100).quantize(CENT)
        others = sorted(item.residual for item in owner.items if item.residual > 0 and item not in besides)
        return self.rng.choice(others) if others else owner.price

    def _listed(self, numbers):
        numbers.sort(key=lambda number: int(number.rsplit("/", 1)[1]))
        return writing.sentence(self.rng, writing.number_list(self.rng, numbers), self._day())

    def _little(self):
        return self.rng.choice(("", writing.small_talk(self.rng, self._day())))

    def _in_a_field(self, number):
        words = writing.in_words(self.rng, writing.styled(self.rng, number))
        return self.rng.choice(({"end_to_end_id": words}, {"structured_references": (words,)}))
