"""Receivables figures as finance departments define them: DSO and its kin, collection effectiveness, ageing as of any
date, and touchless rates.

Pure arithmetic on raw rows, so that a figure on a screen can be recomputed, compared with SQL, and opened into the
rows it is the sum of. Figures are exact `Decimal`s; rounding is for the screen. A figure whose divisor is zero is
None: there is nothing to measure, which is not the same as zero.

Formulas: Credit Research Foundation definitions of days sales outstanding, best possible DSO, average days delinquent
and collection effectiveness index; the countback method peels whole months off the receivables, newest first.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

Key = Hashable
ZERO = Decimal(0)
BY_DUE_DATE = "due"
BY_INVOICE_DATE = "invoice"
INVOICE, CREDIT_NOTE, PAYMENT, OTHER = "invoice", "credit_note", "payment", "other"


@dataclass(frozen=True, slots=True)
class ReceivableRow:
    """One receivable journal item, as posted.

    :param amount: signed, in the company's currency: invoices positive, credit notes and payments negative.
    :param date: accounting date; before it the row does not exist.
    :param invoice_date: the document's date; None takes `date`.
    :param due_date: None takes the invoice date.
    :param kind: `invoice`, `credit_note`, `payment` or `other`; the first two are sales.
    :param sales: what of the document is sales where that differs from `amount` (untaxed figures); None takes
        `amount`.
    """

    key: Key
    amount: Decimal
    date: date
    partner: Key | None = None
    invoice_date: date | None = None
    due_date: date | None = None
    kind: str = INVOICE
    sales: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Two rows set off against each other (`account.partial.reconcile`).

    :param debit, credit: keys of the rows; either may be unknown here.
    :param amount: how much, not negative, in the company's currency.
    :param date: from when on it counts (`max_date`).
    """

    debit: Key
    credit: Key
    amount: Decimal
    date: date


@dataclass(frozen=True, slots=True)
class Bucket:
    """Open amounts of one age.

    :param low, high: days past due (or since the invoice), both included; None is without end. In ageing by due
        date the bucket `(None, 0)` holds what is not due yet.
    :param keys: the rows it sums, sorted as given.
    """

    low: int | None
    high: int | None
    amount: Decimal
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Ageing:
    """Open amounts by age as of a date; the buckets sum to the total."""

    as_of: date
    buckets: tuple[Bucket, ...]
    total: Decimal


def open_amounts(
    rows: Iterable[ReceivableRow], reconciliations: Iterable[Reconciliation], as_of: date
) -> dict[Key, Decimal]:
    """What was open on each row as of a date, rebuilt from what was reconciled up to that date.

    :returns: row key → signed open amount; rows with nothing open, or not yet posted, are left out.
    """
    open_of = {row.key: row.amount for row in rows if row.date <= as_of}
    for reconciliation in reconciliations:
        if reconciliation.date <= as_of:
            if reconciliation.debit in open_of:
                open_of[reconciliation.debit] -= reconciliation.amount
            if reconciliation.credit in open_of:
                open_of[reconciliation.credit] += reconciliation.amount
    return {key: amount for key, amount in open_of.items() if amount}


def age_receivables(
    rows: Sequence[ReceivableRow],
    reconciliations: Iterable[Reconciliation],
    as_of: date,
    by: str = BY_DUE_DATE,
    edges: Sequence[int] = (30, 60, 90),
) -> Ageing:
    """Age what is open as of a date.

    Payments and credit notes that are not applied are in it, with their own dates, so that the total is the ledger's.

    :param by: `due` or `invoice`.
    :param edges: last day of each bucket but the open one, ascending.
    :raises ValueError: for edges that do not ascend, or an unknown `by`.
    """
    _check_edges(edges, by)
    return _age(rows, open_amounts(rows, reconciliations, as_of), as_of, by, edges)


def age_by_partner(
    rows: Sequence[ReceivableRow],
    reconciliations: Iterable[Reconciliation],
    as_of: date,
    by: str = BY_DUE_DATE,
    edges: Sequence[int] = (30, 60, 90),
) -> dict[Key | None, Ageing]:
    """The same as `age_receivables`, for each partner with anything open; parameters as there."""
    _check_edges(edges, by)
    open_of = open_amounts(rows, reconciliations, as_of)
    by_partner: dict[Key | None, list[ReceivableRow]] = {}
    for row in rows:
        if row.key in open_of:
            by_partner.setdefault(row.partner, []).append(row)
    return {partner: _age(own, open_of, as_of, by, edges) for partner, own in by_partner.items()}


def _check_edges(edges, by):
    if by not in (BY_DUE_DATE, BY_INVOICE_DATE):
        raise ValueError(f"receivables are aged by {BY_DUE_DATE!r} or {BY_INVOICE_DATE!r}, not by {by!r}")
    if list(edges) != sorted(set(edges)) or any(edge < 1 for edge in edges):
        raise ValueError(f"ageing buckets must end at ascending days from 1 on, not {list(edges)}")


def _age(rows, open_of: Mapping[Key, Decimal], as_of, by, edges):
    limits = _limits(edges, by)
    amounts, keys = [ZERO] * len(limits), [[] for _limit in limits]
    for row in rows:
        if row.key in open_of:
            position = _position(limits, (as_of - _base_date(row, by)).days)
            amounts[position] += open_of[row.key]
            keys[position].append(row.key)
    buckets = tuple(
        Bucket(low, high, amount, tuple(own)) for (low, high), amount, own in zip(limits, amounts, keys, strict=True)
    )
    return Ageing(as_of, buckets, sum(amounts, ZERO))


def _limits(edges, by):
    """Lowest and highest day of each bucket; days before the first belong to it."""
    starts = [1 if by == BY_DUE_DATE else None, *(edge + 1 for edge in edges)]
    limits = list(zip(starts, [*edges, None], strict=True))
    return [(None, 0), *limits] if by == BY_DUE_DATE else limits


def _position(limits, days):
    for position, (_low, high) in enumerate(limits):
        if high is None or days <= high:
            return position
    return len(limits) - 1


def _base_date(row, by):
    document = row.invoice_date or row.date
    return (row.due_date or document) if by == BY_DUE_DATE else document


def days_sales_outstanding(receivables: Decimal, sales: Decimal, days: int) -> Decimal | None:
    """DSO = ending receivables ÷ credit sales of the window × days of the window; None without sales.

    :param receivables: open at the end of the window, credits deducted.
    :param sales: credit sales of the window (invoices less credit notes), taxed as the receivables are.
    """
    return receivables * days / sales if sales > 0 else None


def best_possible_dso(current_receivables: Decimal, sales: Decimal, days: int) -> Decimal | None:
    """DSO if every customer paid on the due date: only what is not yet due counts; None without sales."""
    return days_sales_outstanding(current_receivables, sales, days)


def average_days_delinquent(dso: Decimal | None, best_possible: Decimal | None) -> Decimal | None:
    """How many days of the DSO are due to late payment: DSO − best possible DSO."""
    return None if dso is None or best_possible is None else dso - best_possible


@dataclass(frozen=True, slots=True)
class Countback:
    """Countback DSO.

    :param complete: False when the receivables exceed all sales given; then `days` is a lower bound.
    """

    days: Decimal
    complete: bool


def countback_dso(receivables: Decimal, months: Sequence[tuple[Decimal, int]]) -> Countback:
    """Peel months of sales off the receivables, newest first; the last one counts in part.

    :param months: (credit sales, days) of each month, newest first. A month without sales, or with more credit notes
        than invoices, takes nothing off.
    """
    remaining, total = receivables, ZERO
    for sales, days in months:
        if remaining <= 0:
            break
        if sales > 0 and remaining <= sales:
            return Countback(total + remaining * days / sales, True)
        remaining -= max(sales, ZERO)
        total += days
    return Countback(total, remaining <= 0)


def collection_effectiveness(
    opening: Decimal, sales: Decimal, closing: Decimal, closing_current: Decimal
) -> Decimal | None:
    """CEI = (opening + sales − closing) ÷ (opening + sales − closing current) × 100, all of one window.

    :param closing_current: what of the closing receivables is not yet due.
    :returns: percent; None when there was nothing to collect.
    """
    collectable = opening + sales - closing_current
    return (opening + sales - closing) * 100 / collectable if collectable > 0 else None


@dataclass(frozen=True, slots=True)
class WindowFigures:
    """All figures of one window, and the sums they come from.

    :param opening: receivables on the eve of the first day.
    :param closing_current: what of `closing` is not yet due on the last day.
    """

    first: date
    last: date
    opening: Decimal
    sales: Decimal
    closing: Decimal
    closing_current: Decimal
    dso: Decimal | None
    best_possible_dso: Decimal | None
    average_days_delinquent: Decimal | None
    collection_effectiveness: Decimal | None


def window_figures(
    rows: Sequence[ReceivableRow], reconciliations: Sequence[Reconciliation], first: date, last: date
) -> WindowFigures:
    """All figures of a window from raw rows.

    :param first, last: the window's days, both included.
    :raises ValueError: when the window ends before it begins.
    """
    if last < first:
        raise ValueError(f"the window ends on {last}, before it begins on {first}; swap the dates")
    days = (last - first).days + 1
    opening = sum((row.amount for row in rows if row.date < first), ZERO)
    sales = sum((_sales(row) for row in rows if first <= row.date <= last), ZERO)
    ageing = age_receivables(rows, reconciliations, last)
    current = ageing.buckets[0].amount
    dso = days_sales_outstanding(ageing.total, sales, days)
    best = best_possible_dso(current, sales, days)
    return WindowFigures(
        first,
        last,
        opening,
        sales,
        ageing.total,
        current,
        dso,
        best,
        average_days_delinquent(dso, best),
        collection_effectiveness(opening, sales, ageing.total, current),
    )


def _sales(row):
    if row.kind not in (INVOICE, CREDIT_NOTE):
        return ZERO
    return row.amount if row.sales is None else row.sales


@dataclass(frozen=True, slots=True)
class TouchlessRates:
    """Shares of automatic work, by count and by value, with the share that had to be corrected beside them.

    :param corrected_rate: of the automatic ones, how many a person corrected; never show a rate without it.
    """

    count: int
    automatic: int
    corrected: int
    value: Decimal
    automatic_value: Decimal
    corrected_value: Decimal

    @property
    def rate(self) -> Decimal | None:
        return Decimal(self.automatic) / self.count if self.count else None

    @property
    def value_rate(self) -> Decimal | None:
        return self.automatic_value / self.value if self.value else None

    @property
    def corrected_rate(self) -> Decimal | None:
        return Decimal(self.corrected) / self.automatic if self.automatic else None


def touchless_rates(decisions: Iterable[tuple[Decimal, bool, bool]]) -> TouchlessRates:
    """Touchless rates of orders billed or bank lines applied.

    :param decisions: (value, done without a person, later corrected by one) for each; values count unsigned.
    """
    count = automatic = corrected = 0
    value = automatic_value = corrected_value = ZERO
    for amount, is_automatic, is_corrected in decisions:
        count += 1
        value += abs(amount)
        if is_automatic:
            automatic += 1
            automatic_value += abs(amount)
            corrected += is_corrected
            corrected_value += abs(amount) * is_corrected
    return TouchlessRates(count, automatic, corrected, value, automatic_value, corrected_value)
