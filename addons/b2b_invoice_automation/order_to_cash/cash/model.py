"""What goes into the cash application engine and what comes out of it.

The inputs are plain facts (bank lines, open items, payers, rules) gathered by the caller; the output is one
`Decision` per bank line that says what to do and why, with codes and parameters instead of sentences, so
that the caller can translate them. Apart from the engine, so that a caller can build facts and read
decisions without the search itself.

Keys (of lines, items, payers, rules) are opaque but must be hashable and, within one kind, sortable:
database ids or strings. Amounts are signed `Decimal`: money in is positive, an invoice is positive, a
credit note or a refund negative.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .tolerance import NO_TOLERANCE, EarlyDiscount, ToleranceGroup

Key = Hashable
ZERO = Decimal(0)

# Evidence steps, strongest first; a rule allows some of them.
STRUCTURED = "structured"
NUMBER = "number"
EXACT_SUM = "exact_sum"
NEAR = "near"
OLDEST = "oldest_first"
STEPS = (STRUCTURED, NUMBER, EXACT_SUM, NEAR, OLDEST)

# Outcomes.
APPLY = "apply"
PROPOSE = "propose"
NONE = "none"

# Discrepancy types.
SHORT = "short"
OVER = "over"
UNKNOWN_PAYER = "unknown_payer"
AMBIGUOUS = "ambiguous"
DUPLICATE_PAYMENT = "duplicate_payment"
WRONG_CURRENCY = "wrong_currency"
CLOSED_ITEM = "closed_item"
RETURNED = "returned"
DISCREPANCIES = (SHORT, OVER, UNKNOWN_PAYER, AMBIGUOUS, DUPLICATE_PAYMENT, WRONG_CURRENCY, CLOSED_ITEM, RETURNED)


@dataclass(frozen=True, slots=True)
class RemittedDocument:
    """One document that the payer listed in a structured remittance (CAMT `RfrdDocInf`, a remittance file).

    :param number: the document number as listed.
    :param amount: what the payer says it paid for it, in the line's currency, unsigned or signed; None if
        not said.
    """

    number: str
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class BankLine:
    """One booked transaction of a bank statement.

    :param amount: signed, in `currency` (the account's currency as booked); money in is positive.
    :param text: the free text, line wraps kept as newlines where known.
    :param structured_references: creditor references (RF, QR, KID, ...) and other references of a
        structured field.
    :param end_to_end_id: the id of our own payment request or direct debit, as it came back.
    :param bank_reference: the bank's own id of the transaction; a later return may quote it.
    :param is_reversal: the line takes back an earlier one (R-transaction, returned direct debit, bounced
        cheque).
    :param reversed_reference: end-to-end id or bank reference of the line that is taken back.
    :param original_amount: the amount the payer ordered in `original_currency`, where it differs; signed or
        unsigned.
    :param charges: what banks took of the payment, or added to a return, as the bank states it; unsigned, in
        `currency`.
    :param known_payer: key of the payer, where a person said so; nothing else is asked then.
    :param mapped_payer: key of the payer that a partner mapping of the user names; one piece of evidence among others.
    """

    key: Key
    date: date
    amount: Decimal
    currency: str
    text: str = ""
    structured_references: tuple[str, ...] = ()
    remitted_documents: tuple[RemittedDocument, ...] = ()
    end_to_end_id: str = ""
    bank_reference: str = ""
    payer_name: str = ""
    payer_account: str = ""
    mandate_id: str = ""
    is_reversal: bool = False
    reversed_reference: str = ""
    original_amount: Decimal | None = None
    original_currency: str = ""
    charges: Decimal = ZERO
    known_payer: Key | None = None
    mapped_payer: Key | None = None


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One open receivable (or payable) journal item.

    :param payer: key of the commercial entity that owes it.
    :param residual: what is open, signed, in `currency`.
    :param references: our own numbers that name it, the document's own number first: invoice, sales order,
        shop order.
    :param customer_references: numbers the customer gave (PO number). They are unique only within that
        customer, so they count only where nothing speaks against the customer being the payer.
    :param payment_reference: the creditor reference printed on the invoice (RF or any other fixed form).
    :param end_to_end_ids: ids of payment requests or direct debits we sent for it.
    """

    key: Key
    payer: Key
    residual: Decimal
    currency: str
    date: date
    due_date: date
    references: tuple[str, ...] = ()
    customer_references: tuple[str, ...] = ()
    payment_reference: str = ""
    end_to_end_ids: tuple[str, ...] = ()
    discount: EarlyDiscount | None = None
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class ClosedReference:
    """A number of a document that is fully paid: lets the engine tell a second payment from an unknown
    number.

    :param amount: the document's total, signed.
    """

    number: str
    key: Key
    payer: Key
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class PastPayment:
    """An earlier bank line that was applied, which a return in this batch may take back.

    :param references: its end-to-end id, bank reference and whatever else a return may quote.
    """

    key: Key
    date: date
    amount: Decimal
    currency: str
    references: tuple[str, ...] = ()
    payer: Key | None = None


@dataclass(frozen=True, slots=True)
class Payer:
    """A commercial entity and what it is recognised by.

    :param aliases: other names that payments came under, learned or typed.
    :param accounts: bank accounts (IBAN or national number), learned or typed.
    :param mandates: direct debit mandates.
    :param tolerance: its tolerance group; None takes the rule's.
    """

    key: Key
    name: str
    aliases: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    mandates: tuple[str, ...] = ()
    tolerance: ToleranceGroup | None = None


@dataclass(frozen=True, slots=True)
class MatchingRule:
    """What the engine may do with a line.

    :param sequence: rules are tried in this order within each evidence step; ties by name.
    :param evidence: the steps it may use, out of `STEPS`; `OLDEST` only counts together with `oldest_first`.
    :param automatic: True applies; False only proposes (and keeps the items for that proposal).
    :param tolerance: the tolerance group of payers that have none of their own.
    :param short_percent: up to this share a payment below (or above) the one item it names is applied to it
        and the rest becomes a deduction (or stays unapplied); further off it is a proposal. The same for each item
        of a remittance list that states less than is open, or for all of a known payer's list together.
    :param exchange_percent: up to this share the booked amount of a foreign payment may differ from the
        item it names; the difference is exchange gain or loss.
    :param oldest_first: what nothing tells apart, the payer's oldest items take, also where several sets fit exactly.
    :param prepaid_days: an item may be dated this many days after the line and still be matched by amount
        alone.
    :param park_on_account: a line of a known payer that fits nothing may be kept on that payer's account.
    :param payers: only for these payers; None for all (and for unknown payers).
    :param minimum_amount: only for lines of at least this absolute amount.
    :param maximum_amount: only for lines of at most this absolute amount.
    :param text_contains: only for lines whose text holds this, case ignored.
    :param only_lines: keys of the lines it is for, where the caller knows conditions that the engine does not; None for
        all.
    :param final: where it is for a line, the rules after it are not.
    :param charge_limit: what a bank may have kept of a payment that names one item; it is written off as a charge.
    :param charge_percent: how much of the item that may be at most.
    :param limit_currency: the currency of `charge_limit` and of the amounts of tolerance groups, the payers' own too.
        For items in another one they are converted by the rate of the line's day, and are zero without a rate; empty
        takes them as they are in every currency.
    """

    name: str
    version: int = 1
    sequence: int = 10
    evidence: tuple[str, ...] = (STRUCTURED, NUMBER, EXACT_SUM, NEAR)
    automatic: bool = True
    tolerance: ToleranceGroup = NO_TOLERANCE
    short_percent: Decimal = Decimal(10)
    exchange_percent: Decimal = Decimal(3)
    prepaid_days: int = 3
    oldest_first: bool = False
    park_on_account: bool = False
    payers: frozenset[Key] | None = None
    minimum_amount: Decimal | None = None
    maximum_amount: Decimal | None = None
    text_contains: str = ""
    only_lines: frozenset[Key] | None = None
    final: bool = False
    charge_limit: Decimal = ZERO
    charge_percent: Decimal = Decimal(10)
    limit_currency: str = ""

    def allows(self, step: str) -> bool:
        """Whether the rule may use an evidence step."""
        return step in self.evidence and (step != OLDEST or self.oldest_first)


@dataclass(frozen=True, slots=True)
class Allocation:
    """How much of a line goes to one item. All amounts carry the item's sign, in the decision's currency.

    :param amount: money of the line.
    :param discount: early payment discount granted.
    :param write_off: tolerated difference that is written off (negative: the payer paid a little too much).
    :param exchange_difference: what the booked amount of a foreign payment falls short of the item.
    :param charge: what a bank on the way kept, which we bear.
    :param deduction: what stays open as a flagged deduction. It is not taken from the item.
    :param deduction_reason: `discount_late`, `bank_charge` or `unexplained`; empty without a deduction.
    """

    item: Key
    amount: Decimal
    discount: Decimal = ZERO
    write_off: Decimal = ZERO
    exchange_difference: Decimal = ZERO
    charge: Decimal = ZERO
    deduction: Decimal = ZERO
    deduction_reason: str = ""

    @property
    def settled(self) -> Decimal:
        """What the allocation takes off the item's residual."""
        return self.amount + self.discount + self.write_off + self.exchange_difference + self.charge


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact that spoke for (or against) an item or a payer.

    :param kind: `structured_reference`, `remitted_document`, `end_to_end_id`, `document_number`,
        `number_range`, `number_list`, `number_part`, `closed_number`, `unknown_number`, `corrected_number`,
        `payer_known`, `payer_account`, `payer_mandate`, `payer_mapping`, `payer_alias`, `payer_name`,
        `payer_name_part`, `amount`.
    :param value: what was read, as it was written.
    :param number: the document number it stands for.
    :param items: keys of the items (or payers, for the payer kinds) it points to.
    :param start, end: where it stands in the line's text, for highlighting; None when not in the text.
    """

    kind: str
    value: str
    number: str = ""
    items: tuple[Key, ...] = ()
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible allocation, best first in `Decision.candidates`; score 0 to 100, reason as
    `Decision.reason`."""

    allocations: tuple[Allocation, ...]
    score: int
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with one bank line, and why.

    :param outcome: `apply` (the rule allows it and it is certain), `propose`, or `none`.
    :param allocations: what to apply, or the best proposal; amounts in `currency`.
    :param remainder: what of the line stays unapplied after the allocations, in `currency`.
    :param currency: the currency the allocations are counted in (the items').
    :param step: the evidence step that decided; None where none did.
    :param reason: a code of `reasons.REASONS`; its placeholders are in `parameters`.
    :param reverses: key of the earlier line whose match is to be undone.
    :param parked: the remainder is deliberately kept on the payer's account.
    """

    line: Key
    outcome: str
    currency: str
    remainder: Decimal
    reason: str
    allocations: tuple[Allocation, ...] = ()
    parameters: dict[str, object] = field(default_factory=dict)
    payer: Key | None = None
    rule: str | None = None
    rule_version: int | None = None
    step: str | None = None
    score: int = 0
    evidence: tuple[Evidence, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    discrepancy: str | None = None
    reverses: Key | None = None
    parked: bool = False
