"""Receivables figures by their standard definitions: DSO, countback DSO, best possible DSO, delinquency, CEI, ageing.

Amounts are Decimal in one currency, tax included; days are Decimal. A figure whose divisor is not positive does not
exist: the function returns None.

Source of the definitions: Credit Research Foundation (DSO, best possible DSO, average days delinquent, CEI) and the
usual count-back method.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple


class Month(NamedTuple):
    """Credit sales of a month and how many days it counts for."""

    sales: Decimal
    days: int


class Bucket(NamedTuple):
    """An age class in days; None leaves an end open."""

    name: str
    from_days: int | None
    to_days: int | None


BUCKETS = (
    Bucket("current", None, 0),
    Bucket("1-30", 1, 30),
    Bucket("31-60", 31, 60),
    Bucket("61-90", 61, 90),
    Bucket("over-90", 91, None),
)


def days_sales_outstanding(receivables: Decimal, credit_sales: Decimal, days: int) -> Decimal | None:
    """Ending receivables ÷ credit sales of the window × days of the window.

    :param receivables: at the end of the window
    :param credit_sales: invoiced in the window, less credit notes
    :param days: length of the window
    """
    return receivables / credit_sales * days if credit_sales > 0 else None


def countback_dso(receivables: Decimal, months: Iterable[Month]) -> Decimal | None:
    """Peel whole months of sales off the ending receivables, newest first, then a fraction of a month.

    :param receivables: at the end of the newest month
    :param months: newest first; months without sales count with their days, since nothing could be peeled
    :returns: days; None when the months given do not cover the receivables
    """
    left, days = receivables, Decimal(0)
    if left <= 0:
        return Decimal(0)
    for month in months:
        if month.sales >= left and month.sales > 0:
            return days + left / month.sales * month.days
        left -= max(month.sales, Decimal(0))
        days += month.days
    return None


def best_possible_dso(current_receivables: Decimal, credit_sales: Decimal, days: int) -> Decimal | None:
    """Receivables not yet due ÷ credit sales × days: what the DSO would be if everybody paid on time."""
    return days_sales_outstanding(current_receivables, credit_sales, days)


def average_days_delinquent(dso: Decimal | None, best_possible: Decimal | None) -> Decimal | None:
    """DSO − best possible DSO."""
    return None if dso is None or best_possible is None else dso - best_possible


def collection_effectiveness(
    opening: Decimal, credit_sales: Decimal, closing: Decimal, closing_current: Decimal
) -> Decimal | None:
    """CEI in percent: what was collected of what could have been.

    :param opening: receivables at the start of the window
    :param credit_sales: of the window
    :param closing: receivables at its end
    :param closing_current: of these, not yet due
    """
    collectable = opening + credit_sales - closing_current
    return (opening + credit_sales - closing) / collectable * 100 if collectable > 0 else None


def ageing(
    items: Iterable[tuple[date, Decimal]], as_of: date, buckets: Sequence[Bucket] = BUCKETS
) -> dict[str, Decimal]:
    """Open amounts by age.

    :param items: (due date or invoice date, open amount on ``as_of``)
    :param buckets: age classes that tile all days
    :returns: bucket name → amount; they sum to the items
    """
    totals = {bucket.name: Decimal(0) for bucket in buckets}
    for day, amount in items:
        age = (as_of - day).days
        for bucket in buckets:
            if (bucket.from_days is None or age >= bucket.from_days) and (
                bucket.to_days is None or age <= bucket.to_days
            ):
                totals[bucket.name] += amount
                break
    return totals


def share(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """A rate in percent, or None of nothing (touchless rate, rate of corrected decisions)."""
    return Decimal(part) / Decimal(whole) * 100 if whole else None
