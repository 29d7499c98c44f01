"""Payments that come back: returned direct debits, R-transactions, bounced cheques.

Apart from matching to items: a return is matched to the payment it takes back. If that payment was applied
earlier, its match is to be undone; if both stand in the same batch, nothing is applied at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .model import APPLY, NONE, PROPOSE, RETURNED, BankLine, Decision, Evidence, Key, PastPayment
from .payers import Identity, PayerDirectory
from .references import compact, may_refer

_LONGEST_DELAY_DAYS = 400


@dataclass(frozen=True, slots=True)
class _Payment:
    key: Key
    date: date
    amount: Decimal
    currency: str
    payer: Key | None
    in_batch: bool


class Returns:
    """The payments that returns may take back.

    :param lines: the lines of the batch, in order; a line may be returned by a later one.
    :param past: payments applied earlier.
    :param directory: the payers.
    """

    def __init__(self, lines: Sequence[BankLine], past: Iterable[PastPayment], directory: PayerDirectory):
        self._directory = directory
        self._by_reference: dict[str, list[_Payment]] = {}
        self._by_amount: dict[tuple[str, Decimal], list[_Payment]] = {}
        self._used: set[Key] = set()
        for payment in past:
            self._add(
                _Payment(payment.key, payment.date, payment.amount, payment.currency, payment.payer, False),
                payment.references,
            )
        if any(line.is_reversal for line in lines):
            for line in lines:
                if not line.is_reversal and line.amount:
                    payer = directory.identify(line).payer
                    self._add(
                        _Payment(line.key, line.date, line.amount, line.currency, payer, True),
                        (line.end_to_end_id, line.bank_reference),
                    )

    def _add(self, payment, references):
        self._by_amount.setdefault((payment.currency, payment.amount), []).append(payment)
        for reference in dict.fromkeys(map(compact, references)):
            if may_refer(reference) and any(map(str.isdigit, reference)) and reference.strip("0"):
                self._by_reference.setdefault(reference, []).append(payment)

    def decide(self, line: BankLine) -> list[Decision]:
        """Decide a return.

        :param line: a line with `is_reversal`.
        :returns: its decision, and before it the decision of the line it takes back, where that is in the
            batch.
        """
        identity = self._directory.identify(line)
        taken_back = self._amounts(line)
        for reference in (line.reversed_reference, line.end_to_end_id):
            named = self._open(self._by_reference.get(compact(reference), ()), line)
            exact = [payment for payment in named if payment.amount in taken_back and _may_be_of(identity, payment)]
            if len(exact) == 1:
                return self._undo(line, identity, exact[0], reference)
            if named:
                return [self._uncertain(line, identity, named)]
        similar = self._open(self._by_amount.get((line.currency, -line.amount), ()), line)
        if identity.payer is not None:
            similar = [payment for payment in similar if payment.payer == identity.payer]
        if similar:
            return [self._uncertain(line, identity, similar)]
        return [_decision(line, identity, NONE, "return_unknown", line.amount)]

    def _amounts(self, line):
        """What the returned payment may have been: the line turned round, or the amount before fees."""
        amounts = {-line.amount, (abs(line.amount) - line.charges).copy_sign(-line.amount)}
        if line.original_amount and line.original_currency in ("", line.currency):
            amounts.add(abs(line.original_amount).copy_sign(-line.amount))
        return amounts

    def _open(self, payments, line):
        return [
            payment
            for payment in payments
            if payment.key not in self._used
            and 0 <= (line.date - payment.date).days <= _LONGEST_DELAY_DAYS
            and payment.currency == line.currency
            and payment.amount * line.amount < 0
        ]

    def _undo(self, line, identity, payment, reference):
        self._used.add(payment.key)
        payer = payment.payer if payment.payer is not None else identity.payer
        evidence = (Evidence("returned_reference", reference, items=(payment.key,)), *identity.evidence)
        remainder = line.amount + payment.amount
        undone = Decision(
            line.key,
            APPLY,
            line.currency,
            remainder,
            "return_undone",
            parameters={"reversed": payment.key},
            payer=payer,
            score=100,
            evidence=evidence,
            discrepancy=RETURNED,
            reverses=payment.key,
        )
        if not payment.in_batch:
            return [undone]
        returned = Decision(
            payment.key,
            NONE,
            payment.currency,
            payment.amount,
            "returned_in_batch",
            parameters={"returned_by": line.key},
            payer=payer,
            score=100,
            discrepancy=RETURNED,
        )
        return [returned, undone]

    def _uncertain(self, line, identity, payments):
        payments = sorted(payments, key=lambda payment: (payment.date, str(payment.key)))
        evidence = tuple(
            Evidence("returned_payment", str(payment.amount), items=(payment.key,)) for payment in payments[:5]
        )
        parameters = {"payments": tuple(payment.key for payment in payments[:5])}
        only = payments[0].key if len(payments) == 1 else None
        return Decision(
            line.key,
            PROPOSE,
            line.currency,
            line.amount,
            "return_uncertain",
            parameters=parameters,
            payer=identity.payer,
            score=50,
            evidence=(*evidence, *identity.evidence),
            discrepancy=RETURNED,
            reverses=only,
        )


def _may_be_of(identity, payment):
    """A reference that two customers used, or any word, must not undo the payment of the wrong one."""
    return None in (identity.payer, payment.payer) or identity.payer == payment.payer


def _decision(line: BankLine, identity: Identity, outcome: str, reason: str, remainder: Decimal) -> Decision:
    return Decision(
        line.key,
        outcome,
        line.currency,
        remainder,
        reason,
        payer=identity.payer,
        evidence=identity.evidence,
        discrepancy=RETURNED,
    )
