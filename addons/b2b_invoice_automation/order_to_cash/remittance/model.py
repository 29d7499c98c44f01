"""What a remittance advice says, whatever file it came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


class AdviceError(Exception):
    """A table that cannot be read as a remittance advice, in words for the person who handed it in."""


@dataclass(frozen=True, slots=True)
class AdviceLine:
    """One document of an advice.

    :param number: the document as the payer calls it
    :param amount: what is paid of it, signed (a credit note is negative); None if not said
    :param deduction: what the payer keeps back of it
    :param reason: why
    :param row: where it stands in the file
    """

    number: str
    amount: Decimal | None = None
    deduction: Decimal = Decimal(0)
    reason: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Advice:
    """A remittance advice; what it does not say is empty or None.

    :param total: the sum that the payer states
    """

    lines: tuple[AdviceLine, ...]
    total: Decimal | None = None
    currency: str = ""
    date: date | None = None
    reference: str = ""
    payer: str = ""

    @property
    def amount(self) -> Decimal | None:
        """What the lines add up to; None where a line does not say its amount."""
        amounts = [line.amount for line in self.lines]
        return None if None in amounts else sum(amounts, Decimal(0))
