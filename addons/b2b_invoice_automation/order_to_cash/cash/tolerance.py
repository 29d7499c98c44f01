"""When a difference between what was paid and what was due is small enough, or is a discount.

Apart from the search: these few lines decide about money given away, and an auditor reads them alone.
Semantics: tolerance group and discount grace as in accounts receivable practice; an allowed difference has
a limit in money and one in percent, and must keep both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class EarlyDiscount:
    """A discount for early payment.

    :param amount: the discount itself (not the discounted total), with the sign of the item's residual.
    :param until: last day on which it is earned.
    """

    amount: Decimal
    until: date


@dataclass(frozen=True, slots=True)
class ToleranceGroup:
    """The differences a group of payers is allowed.

    :param amount: largest difference in money; None for no limit of this kind.
    :param percent: largest difference in percent of what was due; None for no limit of this kind.
        With both None nothing is tolerated.
    :param grace_days: days after its last day on which a discount is still granted.
    """

    name: str = ""
    amount: Decimal | None = None
    percent: Decimal | None = None
    grace_days: int = 0

    def __post_init__(self):
        for name in ("amount", "percent"):
            limit = getattr(self, name)
            if limit is not None and limit < 0:
                raise ValueError(f"tolerance group {self.name!r}: {name} is {limit}; give 0 or more")

    def allows(self, difference: Decimal, due: Decimal) -> bool:
        """Whether a difference may be written off.

        :param difference: due less paid, either sign.
        :param due: what was to be paid.
        """
        if not difference:
            return True
        if self.amount is None and self.percent is None:
            return False
        within_amount = self.amount is None or abs(difference) <= self.amount
        return within_amount and (self.percent is None or abs(difference) * 100 <= abs(due) * self.percent)

    def with_amount(self, amount: Decimal) -> ToleranceGroup:
        """The same group with its limit in money in another currency."""
        return replace(self, amount=amount)


NO_TOLERANCE = ToleranceGroup("none")


def discount_granted(discount: EarlyDiscount | None, paid_on: date, group: ToleranceGroup) -> Decimal:
    """The discount an item earns when it is paid on a day, grace days included; zero if too late."""
    if discount is None or paid_on > discount.until + timedelta(days=group.grace_days):
        return ZERO
    return discount.amount
