"""The periods of a rebate over the versions of its contract: what counts in each, and whose terms.

It is apart from what a period earns because it knows days only. A rebate lives through amendments. The terms of the
version in force on a period's last day count for the whole period: a rebate looks back, so an amendment never cuts
the turnover that a customer has gathered towards a tier. Days on which no version is in force do not count.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from ..periods import Period, Recurrence

_ONE_DAY = timedelta(days=1)
_ENDLESS = date.max


@dataclass(frozen=True, slots=True)
class Version:
    """The days on which one version's terms are in force; ``last_day`` is ``None`` without end."""

    key: Hashable
    first_day: date
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class RebatePeriod:
    """One period of a rebate.

    :param first_day: of the period, not before the rebate began
    :param last_day: of the period, not after the rebate ended; ``None`` for the life of an endless contract
    :param terms: key of the version whose terms count
    :param spans: the days that count, as first and last day (``None`` without end)
    """

    first_day: date
    last_day: date | None
    terms: Hashable
    spans: tuple[tuple[date, date | None], ...]


def recurrence_of(period: str, origin: date | None = None) -> Recurrence | None:
    """Return how a rebate's periods repeat.

    :param period: ``month``, ``quarter``, ``half_year``, ``year`` or ``contract`` (its whole life)
    :param origin: a day on which a period begins; ``None`` for calendar periods
    :returns: ``None`` for the life of the contract
    """
    if period == "contract":
        return None
    unit, count = ("month", 6) if period == "half_year" else (period, 1)
    return Recurrence(unit, count, origin or date(2001, 1, 1))


def rebate_periods(recurrence: Recurrence | None, versions: Iterable[Version], until: date) -> list[RebatePeriod]:
    """Return the periods that have begun, in order.

    :param recurrence: see :func:`recurrence_of`
    :param versions: in the order of their making; where two are in force, the later one's terms count
    :param until: the last day on which a period may begin
    """
    spans = _one_after_the_other(versions)
    if not spans:
        return []
    begin, end = spans[0][0], spans[-1][1]
    if recurrence:
        whole = recurrence.between(begin, _after(min(until, end)))
    else:
        whole = [Period(begin, _after(end))] if begin <= until else []
    return [found for period in whole if (found := _cut(period, spans))]


def _one_after_the_other(versions: Iterable[Version]) -> list[tuple[date, date, Hashable]]:
    spans: list[tuple[date, date, Hashable]] = []
    for version in versions:
        first, last = version.first_day, version.last_day or _ENDLESS
        if last < first:
            continue
        earlier = [(start, min(end, first - _ONE_DAY), key) for start, end, key in spans]
        spans = [span for span in earlier if span[0] <= span[1]] + [(first, last, version.key)]
    return spans


def _cut(period: Period, spans: list[tuple[date, date, Hashable]]) -> RebatePeriod | None:
    inside = [
        (max(start, period.start), min(end, _last_day(period)), key)
        for start, end, key in spans
        if start <= _last_day(period) and end >= period.start
    ]
    if not inside:
        return None
    return RebatePeriod(
        first_day=max(period.start, spans[0][0]),
        last_day=_or_none(min(_last_day(period), spans[-1][1])),
        terms=inside[-1][2],
        spans=tuple((start, _or_none(end)) for start, end in _joined(inside)),
    )


def _joined(spans: list[tuple[date, date, Hashable]]) -> list[tuple[date, date]]:
    joined: list[tuple[date, date]] = []
    for start, end, _key in spans:
        if joined and joined[-1][1] + _ONE_DAY == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _last_day(period: Period) -> date:
    return _ENDLESS if period.end == _ENDLESS else period.last_day


def _after(day: date) -> date:
    return day if day == _ENDLESS else day + _ONE_DAY


def _or_none(day: date) -> date | None:
    return None if day == _ENDLESS else day
