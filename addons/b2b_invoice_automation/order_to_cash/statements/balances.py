"""Whether a statement's own figures agree: opening + entries = closing, and the totals that the file states.

Apart from the readers, because it is one rule for all formats, and because a streamed file is checked as it
passes.
"""

from __future__ import annotations

from decimal import Decimal

from .model import ControlTotal, Statement, StatementError, Transaction

_ADVICE = "Download the file again from the bank; if it stays so, ask the bank. Nothing was imported."
_SIDES = {"credit": "incoming", "debit": "outgoing", "all": "all"}


class BalanceCheck:
    """Adds up a statement's entries as they pass, and judges when it ends."""

    def __init__(self):
        self._booked = Decimal(0)
        self._sums = {"credit": Decimal(0), "debit": Decimal(0)}
        self._counts = {"credit": 0, "debit": 0}
        self._foreign: Transaction | None = None
        self._currency = ""

    def begin(self, statement: Statement) -> None:
        self.__init__()
        self._currency = statement.currency

    def add(self, transaction: Transaction) -> None:
        amount = transaction.amount
        side = "debit" if amount < 0 else "credit"
        self._sums[side] += abs(amount)
        self._counts[side] += 1
        if transaction.is_booked:
            self._booked += amount
            if transaction.currency != self._currency and self._foreign is None:
                self._foreign = transaction

    def finish(self, statement: Statement) -> bool:
        """Judge a complete statement.

        :returns: True if both balances were given and agree with the entries, False if there was nothing to
            compare
        :raises StatementError: naming both figures
        """
        for defect in statement.defects:
            raise StatementError(f"{defect} {_ADVICE}", statement.name)
        if self._foreign and self._foreign.currency != statement.currency:
            raise StatementError(
                f"This entry is in {self._foreign.currency}, its account in {statement.currency}, so that "
                f"they cannot be added up. {_ADVICE}",
                f"{statement.name}, {self._foreign.where}",
            )
        for total in statement.totals:
            self._compare(total, statement)
        if statement.opening is None or statement.closing is None:
            return False
        computed = statement.opening + self._booked
        if computed != statement.closing:
            raise StatementError(
                f"The balances do not add up: opening {statement.opening:f} and entries of "
                f"{self._booked:f} make {computed:f}, but the closing balance is {statement.closing:f}. {_ADVICE}",
                statement.name,
            )
        return True

    def _compare(self, total: ControlTotal, statement: Statement) -> None:
        sides = ("credit", "debit") if total.side == "all" else (total.side,)
        count = sum(self._counts[side] for side in sides)
        amount = sum((self._sums[side] for side in sides), Decimal(0))
        what = _SIDES[total.side]
        if total.count is not None and total.count != count:
            raise StatementError(
                f"The file announces {total.count} entries ({what}) but holds {count}. {_ADVICE}",
                statement.name,
            )
        if total.amount is not None and total.amount != amount:
            raise StatementError(
                f"The file announces a sum of {total.amount:f} ({what}) but its entries make {amount:f}. {_ADVICE}",
                statement.name,
            )


def check_balances(statement: Statement) -> bool:
    """Check that a statement agrees with itself: defects, currencies, stated totals, opening + entries = closing.

    :param statement: a statement with its transactions
    :returns: True if both balances were given and agree, False if the file gave nothing to compare
    :raises StatementError: naming both figures
    """
    check = BalanceCheck()
    check.begin(statement)
    for transaction in statement.transactions:
        check.add(transaction)
    return check.finish(statement)


def gap_between(previous: Statement, statement: Statement) -> str:
    """Say in words what is missing between two statements of one account; empty if the second follows the first.

    :param previous: the statement before; its closing balance counts
    :param statement: the next one; its opening balance counts
    """
    if previous.closing is None or statement.opening is None or previous.closing == statement.opening:
        return ""
    return (
        f"{statement.name} opens with {statement.opening:f}, but {previous.name} closed with "
        f"{previous.closing:f}. A statement between them is missing: import it first."
    )
