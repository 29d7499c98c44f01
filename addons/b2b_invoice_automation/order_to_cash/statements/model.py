"""What a bank statement says, whatever the format it came in.

Every reader (camt, mt940, ofx, bai2, csv_profile) ends in these records, so that what follows (import,
matching) knows no format. They hold what the bank wrote and nothing that we concluded from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

STATEMENT = "statement"
REPORT = "report"
NOTIFICATION = "notification"


class StatementError(Exception):
    """A statement file that cannot be used. The only exception that leaves this package.

    :param message: what is wrong and what to do, in words for the person who uploaded the file
    :param where: the place in the file ("line 12", "file.zip/day1.xml, entry 3"); empty when it is the whole
        file
    """

    def __init__(self, message: str, where: str = ""):
        super().__init__(message, where)
        self.message = message
        self.where = where

    def __str__(self):
        return f"{self.where}: {self.message}" if self.where else self.message


class UnknownTableError(StatementError):
    """A table that no profile is for: a person must say what its columns mean."""


@dataclass(frozen=True, slots=True)
class AccountId:
    """The account that a statement is about. `other` is a number that is no IBAN, as the bank writes it."""

    iban: str = ""
    other: str = ""
    currency: str = ""
    bic: str = ""
    name: str = ""

    @property
    def number(self) -> str:
        """The account's number without blanks, in capitals: IBAN, else the other number."""
        return "".join((self.iban or self.other).split()).upper()


@dataclass(frozen=True, slots=True)
class Charge:
    """A fee that the bank names. `included` says whether the booked amount already contains it; None: not said."""

    amount: Decimal
    currency: str
    included: bool | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class RemittedDocument:
    """One line of the payer's structured remittance list: which document, and how much of it is paid (signed).

    `deduction` is what the payer says it kept back of it (negative: added to it), and `reason` why, as it says it.
    """

    number: str
    amount: Decimal | None = None
    currency: str = ""
    date: date | None = None
    code: str = ""
    deduction: Decimal = Decimal(0)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """A collected booking as the bank names it: its references and how many payments it says are inside."""

    message_id: str = ""
    payment_id: str = ""
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """One entry of a statement.

    `amount` is signed from the account owner's view (money in is positive) and in `currency`.
    `details` are the single payments of a collected booking, present only where their amounts add up to it.
    `is_booked` is False for entries that the bank announces (pending, for information): they are not money
    yet. `occurrence` counts entries of equal content within a file, from 1, so that true duplicates stay two.
    `line` and `position` (the how-manieth entry of its statement) say where it stands in the file.
    """

    amount: Decimal
    currency: str
    booking_date: date
    value_date: date | None = None
    counterparty_name: str = ""
    counterparty_account: str = ""
    counterparty_bic: str = ""
    ultimate_name: str = ""
    text: str = ""
    information: str = ""
    structured_references: tuple[str, ...] = ()
    remitted_documents: tuple[RemittedDocument, ...] = ()
    end_to_end_id: str = ""
    mandate_id: str = ""
    instruction_id: str = ""
    bank_reference: str = ""
    transaction_code: str = ""
    instructed_amount: Decimal | None = None
    instructed_currency: str = ""
    exchange_rate: Decimal | None = None
    charges: tuple[Charge, ...] = ()
    is_reversal: bool = False
    return_reason: str = ""
    is_booked: bool = True
    batch: Batch | None = None
    details: tuple[Transaction, ...] = ()
    occurrence: int = 1
    line: int = field(default=0, compare=False)
    position: int = field(default=0, compare=False)

    @property
    def is_return(self) -> bool:
        """Whether this takes back an earlier payment (reversal, returned transfer, returned direct debit)."""
        return self.is_reversal or bool(self.return_reason)

    @property
    def where(self) -> str:
        return f"line {self.line}, entry {self.position}" if self.line else f"entry {self.position}"


@dataclass(frozen=True, slots=True)
class ControlTotal:
    """A sum that the file states about its own entries. `side` is "credit", "debit" (both unsigned) or
    "all"."""

    side: str
    count: int | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, report or notification of one account.

    `kind` is STATEMENT (booked and final), REPORT (within the day) or NOTIFICATION (details of single
    bookings). `source` names the format and its version ("camt.053.001.08", "mt940"). `defects` are what the
    reader found wrong; `balances.check_balances` refuses the statement for them. `profile` is the name of the
    profile that a table was read by.
    """

    account: AccountId
    currency: str = ""
    statement_id: str = ""
    sequence: int | None = None
    page: int | None = None
    kind: str = STATEMENT
    source: str = ""
    profile: str = ""
    from_date: date | None = None
    to_date: date | None = None
    opening: Decimal | None = None
    closing: Decimal | None = None
    totals: tuple[ControlTotal, ...] = ()
    defects: tuple[str, ...] = ()
    transactions: tuple[Transaction, ...] = ()

    @property
    def name(self) -> str:
        """What to call it in a message: account, number or reference, day."""
        number = str(self.sequence) if self.sequence is not None else self.statement_id
        day = f" of {self.to_date}" if self.to_date else ""
        return f"{self.kind} {number}".strip() + f" for account {self.account.number}{day}"


class Begin(NamedTuple):
    """A reader's event: a statement begins. What only stands at its end (closing balance) may be missing
    yet."""

    statement: Statement


class End(NamedTuple):
    """A reader's event: the statement is complete, without its transactions, which were events before."""

    statement: Statement
