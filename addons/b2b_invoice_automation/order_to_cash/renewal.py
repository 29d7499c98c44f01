"""Contracts that renew themselves: until when notice can be given, and until when the contract then runs.

Apart from the model because it is arithmetic of days. Every term is counted from the end that was agreed, never from
its neighbour, so an end on the last days of a month does not drift.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from .periods import Recurrence, add_months

NOTICE_UNITS = ("day", "week", "month")
_ONE_DAY = timedelta(days=1)


def last_day_for_notice(last_day: date, count: int, unit: str) -> date:
    """Return the last day on which notice of that length still counts.

    Three months to 31 December is 30 September: the period lies whole between the notice and the end.

    :param last_day: last day of the term
    :param count: length of the notice period, 0 for none
    :param unit: one of ``NOTICE_UNITS``
    :raises ValueError: for another unit
    """
    if unit not in NOTICE_UNITS:
        raise ValueError(f"{unit!r} is no unit of a notice period; use one of {', '.join(NOTICE_UNITS)}")
    following = last_day + _ONE_DAY
    if unit == "month":
        return add_months(following, -count) - _ONE_DAY
    return last_day - timedelta(days=count * (7 if unit == "week" else 1))


def same_length(first_day: date, last_day: date, new_first_day: date) -> date:
    """Return the last day of a span that begins on another day and is as long: in months where it is whole months."""
    following = last_day + _ONE_DAY
    months = (following.year - first_day.year) * 12 + following.month - first_day.month
    if months > 0 and add_months(first_day, months) == following:
        return add_months(new_first_day, months) - _ONE_DAY
    return new_first_day + (last_day - first_day)


@dataclass(frozen=True, slots=True)
class Renewal:
    """What was agreed on the end of a contract.

    :param agreed_end: last day of the first term
    :param term_count: how many units each further term lasts, at least 1
    :param term_unit: ``month`` or ``year``
    :param notice_count: length of the notice period
    :param notice_unit: one of ``NOTICE_UNITS``
    """

    agreed_end: date
    term_count: int = 1
    term_unit: str = "year"
    notice_count: int = 0
    notice_unit: str = "month"

    def end(self, number: int) -> date:
        """Return the last day of the first term (0) or of a further one."""
        return self._terms().boundary(number) - _ONE_DAY

    def deadline(self, last_day: date) -> date:
        """Return the last day for a notice to the end of a term."""
        return last_day_for_notice(last_day, self.notice_count, self.notice_unit)

    def end_for(self, day: date) -> date:
        """Return when the contract ends if notice is given on a day: the first end that is still open to notice.

        Without notice, the contract runs at least until then.
        """
        number = max(0, self._terms().index_of(day))
        while self.deadline(self.end(number)) < day:
            number += 1
        return self.end(number)

    def _terms(self) -> Recurrence:
        return Recurrence(self.term_unit, self.term_count, origin=self.agreed_end + _ONE_DAY)
