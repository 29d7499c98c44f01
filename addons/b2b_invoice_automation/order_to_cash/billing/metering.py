"""What a meter counted in a period, from its readings.

Apart from charges, since readings are a chain of their own: each says what was consumed since the one before, across
counters that start again or are replaced. The consumption of periods that follow each other sums to what the meter
counted; nothing is estimated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from ..periods import Period

KINDS = ("reading", "rollover", "reset")


class FallingReadingError(ValueError):
    """A reading is below the one before, though the counter neither started again nor was replaced.

    :ivar previous: the value before
    :ivar value: the value that is too low
    """

    def __init__(self, previous: Decimal, value: Decimal):
        super().__init__(f"{value} is below {previous}, the reading before; correct it, or say that it was reset")
        self.previous, self.value = previous, value


class MissingReadingError(LookupError):
    """A period cannot be billed because a reading is missing.

    :ivar kind: ``opening`` or ``closing``
    :ivar day: by which day it is wanted
    """

    def __init__(self, kind: str, day: date):
        super().__init__(f"the {kind} reading of {day} is missing; enter it, then run again")
        self.kind, self.day = kind, day


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The state of a counter at the end of a day.

    :param day: at whose end it was read
    :param value: what the counter said; for ``reset`` where the new counter begins
    :param kind: ``reading``; ``rollover``: the counter passed its highest value and began again at zero; ``reset``: it
        was replaced or set back
    :param last_value: for ``reset``: what the old counter said at last
    """

    day: date
    value: Decimal
    kind: str = "reading"
    last_value: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Consumption:
    """What was consumed between two readings."""

    quantity: Decimal
    opening: Reading
    closing: Reading


def consumed(previous: Reading | None, reading: Reading, highest: Decimal = Decimal(0)) -> Decimal:
    """Return what was consumed since the reading before; the first reading of a meter consumed nothing.

    :param highest: at which value the counter begins again at zero, such as 100000; for ``rollover``
    :raises FallingReadingError: when a counter ran backwards
    """
    if previous is None:
        return Decimal(0)
    if reading.kind == "reset":
        quantity = reading.last_value - previous.value
    elif reading.kind == "rollover":
        quantity = highest - previous.value + reading.value
    else:
        quantity = reading.value - previous.value
    if quantity < 0:
        wrong = reading.last_value if reading.kind == "reset" else reading.value
        raise FallingReadingError(previous.value, wrong)
    return quantity


def consumption(
    readings: Sequence[Reading], days: Period, slack: int = 0, highest: Decimal = Decimal(0)
) -> Consumption:
    """Return what was consumed in a period.

    :param readings: all of the meter, oldest first
    :param days: the period
    :param slack: how many days before the last day of the period a reading may have been taken to close it; the rest
        of the days counts in the next period
    :param highest: as of :func:`consumed`
    :raises MissingReadingError: when no reading opens the period, or none closes it
    """
    before = [reading for reading in readings if reading.day < days.start]
    within = [reading for reading in readings if reading.day in days]
    if before:
        opening = before[-1]
    elif within and within[0].day == days.start:
        opening = within.pop(0)
    else:
        raise MissingReadingError("opening", days.start - timedelta(days=1))
    if not within or within[-1].day < days.last_day - timedelta(days=slack):
        raise MissingReadingError("closing", days.last_day)
    quantity, last = Decimal(0), opening
    for reading in within:
        quantity += consumed(last, reading, highest)
        last = reading
    return Consumption(quantity, opening, within[-1])
