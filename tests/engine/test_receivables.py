"""Receivables figures against vectors worked out by hand, and ageing against the ledger."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from order_to_cash.receivables import (
    ReceivableRow,
    Reconciliation,
    age_by_partner,
    age_receivables,
    average_days_delinquent,
    best_possible_dso,
    collection_effectiveness,
    countback_dso,
    days_sales_outstanding,
    open_amounts,
    touchless_rates,
    window_figures,
)

D = Decimal
DAY = date(2026, 3, 31)


def row(key, amount, days_ago, terms=30, **values):
    """A row dated days before the day of the tests, due a number of days later."""
    day = DAY - timedelta(days=days_ago)
    return ReceivableRow(key, D(amount), day, due_date=day + timedelta(days=terms), **values)


def test_dso():
    assert days_sales_outstanding(D(150), D(300), 90) == 45
    assert days_sales_outstanding(D(-30), D(300), 90) == -9
    assert days_sales_outstanding(D(150), D(0), 90) is None


@pytest.mark.parametrize(
    ("receivables", "months", "days", "complete"),
    [
        ("212", [("100", 30), ("80", 30), ("70", 30)], "73.7", True),
        ("212000", [("100000", 30), ("80000", 30), ("70000", 30)], "73.7", True),
        ("50", [("100", 31)], "15.5", True),
        ("100", [("100", 31), ("5", 28)], "31.0", True),
        ("0", [("100", 31)], "0.0", True),
        ("-10", [("100", 31)], "0.0", True),
        ("250", [("100", 31), ("80", 28)], "59.0", False),
        ("90", [("100", 30), ("0", 31)], "27.0", True),
        ("120", [("100", 30), ("0", 31), ("-5", 28), ("40", 30)], "104.0", True),
        ("10", [], "0.0", False),
    ],
)
def test_countback_dso(receivables, months, days, complete):
    result = countback_dso(D(receivables), [(D(sales), length) for sales, length in months])
    assert round(result.days, 1) == D(days)
    assert result.complete is complete


def test_best_possible_dso_and_days_delinquent():
    assert best_possible_dso(D(100), D(300), 90) == 30
    assert average_days_delinquent(D(45), D(30)) == 15
    assert average_days_delinquent(None, D(30)) is None


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ((100, 200, 120, 90), "85.71"),  # (100 + 200 − 120) ÷ (100 + 200 − 90)
        ((100, 200, 90, 90), "100.00"),  # everything that was due came in
        ((100, 200, 300, 0), "0.00"),
    ],
)
def test_collection_effectiveness(figures, expected):
    assert round(collection_effectiveness(*map(D, figures)), 2) == D(expected)
    assert collection_effectiveness(D(0), D(50), D(50), D(50)) is None


ROWS = [
    row("new", "100.00", 10),
    row("due today", "50.00", 30),
    row("one day", "200.00", 31),
    row("thirty", "300.00", 60),
    row("thirty-one", "400.00", 61),
    row("old", "500.00", 200),
    row("credit", "-70.00", 40, kind="credit_note"),
    row("payment", "-150.00", 5, terms=0, kind="payment"),
    row("tomorrow", "999.00", -1),
]


def amounts(ageing):
    return [bucket.amount for bucket in ageing.buckets]


def test_ageing_by_due_date():
    ageing = age_receivables(ROWS, [], DAY)
    assert [(bucket.low, bucket.high) for bucket in ageing.buckets] == [
        (None, 0),
        (1, 30),
        (31, 60),
        (61, 90),
        (91, None),
    ]
    assert amounts(ageing) == [D("150.00"), D("280.00"), D("400.00"), D("0"), D("500.00")]
    assert ageing.total == D("1330.00")
    assert ageing.buckets[1].keys == ("one day", "thirty", "credit", "payment")


def test_ageing_by_invoice_date():
    ageing = age_receivables(ROWS, [], DAY, by="invoice", edges=(30, 60))
    assert [(bucket.low, bucket.high) for bucket in ageing.buckets] == [(None, 30), (31, 60), (61, None)]
    assert amounts(ageing) == [D("0.00"), D("430.00"), D("900.00")]


def test_ageing_as_of_a_date_is_rebuilt_from_what_was_reconciled_by_then():
    rows = [row("invoice", "100.00", 60), row("payment", "-80.00", 20, kind="payment")]
    reconciled = [Reconciliation("invoice", "payment", D("80.00"), DAY - timedelta(days=10))]
    as_of = {days: age_receivables(rows, reconciled, DAY - timedelta(days=days)).total for days in (70, 30, 15, 5)}
    assert as_of == {70: D(0), 30: D("100.00"), 15: D("20.00"), 5: D("20.00")}
    assert open_amounts(rows, reconciled, DAY - timedelta(days=15)) == {"invoice": D("100.00"), "payment": D("-80.00")}
    assert open_amounts(rows, reconciled, DAY) == {"invoice": D("20.00")}


def test_ageing_by_partner_adds_up_to_the_whole():
    rows = [
        ReceivableRow(key, D("10.00"), DAY - timedelta(days=9 * key), key % 3, due_date=DAY - timedelta(days=8 * key))
        for key in range(20)
    ]
    parts = age_by_partner(rows, [], DAY)
    assert set(parts) == {0, 1, 2}
    whole = age_receivables(rows, [], DAY)
    assert [sum(column) for column in zip(*(amounts(part) for part in parts.values()), strict=True)] == amounts(whole)


@pytest.mark.parametrize(("by", "edges"), [("due", (30, 30)), ("due", (60, 30)), ("due", (0, 30)), ("age", (30,))])
def test_wrong_buckets_are_refused(by, edges):
    with pytest.raises(ValueError, match=r"ageing buckets|aged by"):
        age_receivables(ROWS, [], DAY, by, edges)


ROW = st.tuples(st.decimals(-1000, 1000, places=2).filter(bool), st.integers(-5, 300), st.integers(0, 90))


@given(st.lists(ROW, max_size=30), st.data())
@settings(max_examples=200, deadline=None)
def test_buckets_sum_to_the_receivables(made, data):
    rows = [row(key, amount, ago, terms) for key, (amount, ago, terms) in enumerate(made)]
    debits = [one for one in rows if one.amount > 0]
    credits = [one for one in rows if one.amount < 0]
    reconciled = []
    for debit, credit in zip(debits, credits, strict=False):
        day = max(debit.date, credit.date) + timedelta(days=data.draw(st.integers(0, 40)))
        reconciled.append(Reconciliation(debit.key, credit.key, min(debit.amount, -credit.amount), day))
    as_of = DAY - timedelta(days=data.draw(st.integers(0, 60)))
    ledger = sum((one.amount for one in rows if one.date <= as_of), D(0))
    for by in ("due", "invoice"):
        ageing = age_receivables(rows, reconciled, as_of, by)
        assert sum(amounts(ageing)) == ageing.total == ledger
        open_of = open_amounts(rows, reconciled, as_of)
        for bucket in ageing.buckets:
            assert sum((open_of[key] for key in bucket.keys), D(0)) == bucket.amount


def test_all_figures_of_a_window_from_raw_rows():
    rows = [
        row("before", "600.00", 100),
        row("paid", "900.00", 60),
        row("late", "300.00", 50),
        row("fresh", "600.00", 10),
        row("credit", "-100.00", 20, kind="credit_note"),
        row("money in", "-1500.00", 25, terms=0, kind="payment"),
    ]
    reconciled = [
        Reconciliation("before", "money in", D("600.00"), DAY - timedelta(days=25)),
        Reconciliation("paid", "money in", D("900.00"), DAY - timedelta(days=25)),
    ]
    figures = window_figures(rows, reconciled, date(2026, 1, 1), DAY)
    assert (figures.opening, figures.sales, figures.closing) == (D("600.00"), D("1700.00"), D("800.00"))
    assert figures.closing_current == D("500.00")
    assert round(figures.dso, 2) == D("42.35")  # 800 ÷ 1700 × 90
    assert round(figures.best_possible_dso, 2) == D("26.47")
    assert round(figures.average_days_delinquent, 2) == D("15.88")
    assert round(figures.collection_effectiveness, 2) == D("83.33")  # 1500 ÷ 1800
    with pytest.raises(ValueError, match="swap the dates"):
        window_figures(rows, reconciled, DAY, date(2026, 1, 1))


def test_sales_may_be_told_apart_from_the_amount():
    figures = window_figures([row("a", "119.00", 5, sales=D("100.00"))], [], DAY - timedelta(days=9), DAY)
    assert (figures.sales, figures.closing, figures.dso) == (D("100.00"), D("119.00"), D("11.9"))


def test_touchless_rates_by_count_and_value_with_the_corrections_beside():
    rates = touchless_rates([(D(100), True, False), (D(-300), True, True), (D(600), False, False), (D(0), True, False)])
    assert (rates.rate, rates.corrected_rate) == (D("0.75"), D(1) / 3)
    assert rates.value_rate == D("0.4")
    assert rates.corrected_value == 300
    empty = touchless_rates([])
    assert (empty.rate, empty.value_rate, empty.corrected_rate) == (None, None, None)
