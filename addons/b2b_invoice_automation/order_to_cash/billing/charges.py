"""What of a recurring charge is billed or taken back on a day, through all versions of its contract.

Apart from ``proration``, which cuts one undisturbed charge into periods: here versions follow each other, a contract
ends early, periods are billed already, and what was billed may no longer be owed. All of it is decided by days: a day
is billed under the terms of the version that it belongs to, at most once, and taken back at most once.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from ..money import Precision, part_amount
from ..periods import Period, Recurrence
from .proration import Charge, ChargePeriod, due_periods

END_OF_TIME = date(9999, 12, 31)
_ONE_DAY = timedelta(days=1)
_FAR = timedelta(days=366 * 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The days on which one version of a charge counts.

    :param version: key of the version
    :param first_day: first day that is charged
    :param last_day: last day that is charged, inclusive; ``None`` for without end
    :param recurrence: interval, phase and anchor day
    :param in_advance: whether a period is billed when it begins
    :param terms: equal for versions that charge the same, so that days billed under one are billed under the other
    """

    version: Hashable
    first_day: date
    recurrence: Recurrence
    last_day: date | None = None
    in_advance: bool = True
    terms: Hashable = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """One invoice line of a charge, or one line that takes days of an earlier one back.

    :param key: of the line
    :param version: under which it was billed
    :param period_start: first day of the whole period that it belongs to
    :param days: that it bills or takes back
    :param amount: quantity × price of the line as it stands, above zero where it bills
    :param terms: as of :class:`Span`
    :param takes_back: whether it is a credit
    :param by_hand: a person credited it and did not say that it is to be billed again
    :param is_final: days do not matter to it (a meter's consumption): it is never taken back by days
    """

    key: Hashable
    version: Hashable
    period_start: date
    days: Period
    amount: Decimal
    terms: Hashable = None
    takes_back: bool = False
    by_hand: bool = False
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class ChargePart:
    """Days of one period that are to be billed, or taken back.

    :param days: to bill or to take back
    :param due_on: the day from which it may be done
    :param whole: the period and key of what is billed; ``None`` for what is taken back
    :param taken: the line of which days are taken back; ``None`` for what is billed
    """

    version: Hashable
    period_start: date
    days: Period
    due_on: date
    whole: ChargePeriod | None = None
    taken: Billed | None = None

    def credit(self, precision: Precision = 2) -> Decimal:
        """Return what the days taken back cost, so that they and the days that stay sum to what was billed."""
        days = self.taken.days
        done = (self.days.start - days.start).days
        return part_amount(self.taken.amount, Decimal(days.days), Decimal(done), Decimal(self.days.days), precision)


def plan_charge(
    charge: Hashable, spans: Sequence[Span], lines: Iterable[Billed], on: date, billed_until: date | None = None
) -> list[ChargePart]:
    """Decide what of a charge is billed or taken back on a day.

    :param charge: its key, which stays the same through all versions
    :param spans: its versions that count; they never overlap
    :param lines: all its invoice lines and credits that stand, oldest first
    :param on: the day; one in the future previews it
    :param billed_until: last day that was billed before this began
    :returns: what is taken back, then what is billed, each oldest first
    """
    lines = list(lines)
    spans = _joined(spans)
    held, live = _held(lines), _live(lines)
    parts = [
        ChargePart(line.version, line.period_start, days, min(days.start, on), taken=line)
        for line, stays in live
        for days in _without(stays, _owed(spans, line.terms))
    ]
    for span in spans:
        days = [Period(span.first_day, _end(span))]
        done = [*held.get(span.terms, ()), *held.get(_FINAL, ())]
        if billed_until:
            done.append(Period(min(span.first_day, billed_until), _after(billed_until)))
        for free in _without(days, done):
            parts += _parts(charge, span, free, on)
    return sorted(parts, key=lambda part: (part.taken is None, part.days.start, part.due_on))


def next_day(
    charge: Hashable, spans: Sequence[Span], lines: Iterable[Billed], billed_until: date | None = None
) -> date | None:
    """Return the earliest day on which anything of a charge can be billed or taken back; ``None`` when it is done."""
    lines = list(lines)
    last = max([span.first_day for span in spans] + [line.days.end for line in lines], default=None)
    if last is None:
        return None
    far = max(last, billed_until or last)
    for horizon in (timedelta(days=62), timedelta(days=800), _FAR):
        parts = plan_charge(charge, spans, lines, _later(far, horizon), billed_until)
        if parts:
            return min(part.due_on if part.taken is None else part.days.start for part in parts)
    return None


def billed_through(lines: Iterable[Billed]) -> date | None:
    """Return the last day that is billed by a meter and not given free by a credit."""
    return max((days.last_day for days in _held(list(lines)).get(_FINAL, ())), default=None)


def left_to_people(spans: Sequence[Span], lines: Iterable[Billed]) -> list[ChargePart]:
    """Return days no longer owed of lines that a person credited in part: nothing takes these back by itself.

    Whether the person's credit was meant for these days, or was a concession, only people know.
    """
    lines, spans = list(lines), _joined(spans)
    return [
        ChargePart(line.version, line.period_start, days, days.start, taken=line)
        for line in lines
        if not line.takes_back and not line.is_final and 0 < _credited_by_hand(line, lines) < line.amount
        for days in _without([line.days], _owed(spans, line.terms))
    ]


def _credited_by_hand(billed: Billed, lines: Sequence[Billed]) -> Decimal:
    credits = [line for line in lines if line.by_hand and _is_of(line, billed) and line.days == billed.days]
    return sum((line.amount for line in credits), Decimal(0))


_FINAL = object()


def _parts(charge: Hashable, span: Span, free: Period, on: date) -> list[ChargePart]:
    last_day = None if free.end > END_OF_TIME - _ONE_DAY else free.last_day
    cut = Charge(
        key=charge, recurrence=span.recurrence, first_day=free.start, last_day=last_day, in_advance=span.in_advance
    )
    return [ChargePart(span.version, due.period.start, due.part, due.due_on, whole=due) for due in due_periods(cut, on)]


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Make one of versions that follow each other and charge the same; the later version stands for both."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda span: span.first_day):
        last = joined[-1] if joined else None
        if last and last.terms == span.terms and last.last_day and last.last_day + _ONE_DAY == span.first_day:
            joined[-1] = Span(
                version=span.version,
                first_day=last.first_day,
                last_day=span.last_day,
                recurrence=span.recurrence,
                in_advance=span.in_advance,
                terms=span.terms,
            )
        else:
            joined.append(span)
    return [span for span in joined if span.first_day < _end(span)]


def _end(span: Span) -> date:
    return END_OF_TIME if span.last_day is None else _after(span.last_day)


def _after(day: date) -> date:
    return END_OF_TIME if day == END_OF_TIME else day + _ONE_DAY


def _owed(spans: Sequence[Span], terms: Hashable) -> list[Period]:
    return [Period(span.first_day, _end(span)) for span in spans if span.terms == terms]


def _held(lines: Sequence[Billed]) -> dict[Hashable, list[Period]]:
    """Terms → days that are not billed again: billed, and not given free by a credit."""
    held: dict[Hashable, list[Period]] = {}
    for line in lines:
        terms = _FINAL if line.is_final else line.terms
        if not line.takes_back:
            held.setdefault(terms, []).append(line.days)
        elif not line.by_hand:
            held[terms] = _without(held.get(terms, []), [line.days])
    return held


def _live(lines: Sequence[Billed]) -> list[tuple[Billed, list[Period]]]:
    """Each billed line with the days of it that no credit took back."""
    live: list[tuple[Billed, list[Period]]] = []
    for line in lines:
        if not line.takes_back:
            live.append((line, [line.days]))
            continue
        live = [(billed, _without(days, [line.days]) if _is_of(line, billed) else days) for billed, days in live]
    return [(billed, days) for billed, days in live if days and not billed.is_final]


def _is_of(credit: Billed, billed: Billed) -> bool:
    return (credit.version, credit.period_start) == (billed.version, billed.period_start)


def _without(periods: Iterable[Period], taken: Iterable[Period]) -> list[Period]:
    """Return the days of some periods that are in none of the others, in order."""
    left = [period for period in periods if period.days]
    for hole in taken:
        left = [piece for period in left for piece in _cut(period, hole)]
    return sorted(left)


def _cut(period: Period, hole: Period) -> list[Period]:
    if not (shared := period.overlap(hole)):
        return [period]
    pieces = [Period(period.start, shared.start), Period(shared.end, period.end)]
    return [piece for piece in pieces if piece.days]


def _later(day: date, span: timedelta) -> date:
    return END_OF_TIME - _ONE_DAY if END_OF_TIME - day <= span else day + span
