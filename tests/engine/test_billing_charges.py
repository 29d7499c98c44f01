"""Charges through versions, terminations, credits and repeated runs: each day billed once, under its own terms."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_to_cash.billing.charges import Billed, Span, next_day, plan_charge
from order_to_cash.billing.proration import prorate
from order_to_cash.periods import Period, Recurrence

PRICES = {"a": D("300.00"), "b": D("620.00")}


def span(version="a", first=date(2026, 1, 16), last=None, in_advance=True, unit="month", anchor=1, terms=None):
    return Span(
        version=version,
        first_day=first,
        last_day=last,
        recurrence=Recurrence(unit, 1, date(2026, 1, 16), anchor),
        in_advance=in_advance,
        terms=terms or version,
    )


class Books:
    """Plays billing runs: what a run bills is what the next one finds."""

    def __init__(self):
        self.lines = []

    def run(self, spans, on, **values):
        """Bill what is due; returns the amounts, what is taken back below zero."""
        amounts = []
        for part in plan_charge(7, spans, self.lines, on, **values):
            terms = next((span.terms for span in spans if span.version == part.version), part.version)
            if part.taken:
                amount, terms = part.credit(), part.taken.terms
            else:
                amount = prorate(PRICES[terms], part.whole.period, part.days)
            self.add(part.version, part.period_start, part.days, amount, terms=terms, takes_back=bool(part.taken))
            amounts.append(-amount if part.taken else amount)
        return amounts

    def add(self, version, period_start, days, amount, **values):
        self.lines.append(
            Billed(
                key=len(self.lines),
                version=version,
                period_start=period_start,
                days=days,
                amount=amount,
                **{"terms": version, **values},
            )
        )


def test_the_vector_of_the_domain():
    books = Books()
    assert books.run([span()], date(2026, 1, 16)) == [D("154.84")]
    assert books.run([span()], date(2026, 1, 31)) == []
    assert books.run([span()], date(2026, 2, 1)) == [D("300.00")]
    assert books.lines[0].period_start == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("last", "credited"),
    [(date(2026, 3, 15), ["-154.84"]), (date(2026, 3, 31), []), (date(2026, 2, 20), ["-85.71", "-300.00"])],
)
def test_what_was_billed_beyond_the_end_is_credited_once(last, credited):
    books = Books()
    books.run([span()], date(2026, 3, 1))
    ended = [span(last=last)]
    assert books.run(ended, date(2026, 3, 10)) == [D(amount) for amount in credited]
    assert books.run(ended, date(2026, 12, 31)) == []


def test_amendment_in_the_middle_of_a_billed_period_is_settled_by_its_days():
    books = Books()
    books.run([span()], date(2026, 3, 1))
    amended = [span(last=date(2026, 3, 15)), span("b", first=date(2026, 3, 16))]
    assert books.run(amended, date(2026, 3, 10)) == [D("-154.84")]
    assert books.run(amended, date(2026, 3, 16)) == [D("320.00")]
    assert books.run(amended, date(2026, 4, 1)) == [D("620.00")]


def test_amendment_that_charges_the_same_bills_nothing_again():
    books = Books()
    books.run([span()], date(2026, 3, 1))
    amended = [span(last=date(2026, 3, 15)), span("a2", first=date(2026, 3, 16), terms="a")]
    assert books.run(amended, date(2026, 3, 20)) == []
    assert books.run(amended, date(2026, 4, 1)) == [D("300.00")]


def test_version_that_is_replaced_on_its_first_day_counts_for_nothing():
    books = Books()
    spans = [span(first=date(2026, 2, 1), last=date(2026, 1, 31)), span("b", first=date(2026, 2, 1))]
    assert books.run(spans, date(2026, 2, 1)) == [D("620.00")]


def test_arrears_are_billed_on_the_day_after():
    books = Books()
    charge = [span(in_advance=False, last=date(2026, 2, 14))]
    assert books.run(charge, date(2026, 1, 31)) == []
    assert books.run(charge, date(2026, 2, 1)) == [D("154.84")]
    assert books.run(charge, date(2026, 2, 14)) == []
    assert books.run(charge, date(2026, 2, 15)) == [D("150.00")]


def test_what_was_billed_before_the_start_is_not_billed():
    books = Books()
    assert books.run([span()], date(2026, 4, 1), billed_until=date(2026, 3, 31)) == [D("300.00")]
    assert Books().run([span()], date(2026, 3, 1), billed_until=date(2026, 3, 15)) == []
    assert Books().run([span()], date(2026, 3, 16), billed_until=date(2026, 3, 15)) == [D("154.84")]


@pytest.mark.parametrize(("by_hand", "again"), [(True, []), (False, [D("300.00")])])
def test_credit_of_a_person_stands_until_the_person_says_bill_again(by_hand, again):
    books = Books()
    books.run([span(first=date(2026, 2, 1))], date(2026, 2, 1))
    march = Period(date(2026, 2, 1), date(2026, 3, 1))
    books.add("a", march.start, march, D("300.00"), takes_back=True, by_hand=by_hand)
    assert books.run([span(first=date(2026, 2, 1))], date(2026, 2, 10)) == again
    ended = [span(first=date(2026, 2, 1), last=date(2026, 2, 14))]
    assert books.run(ended, date(2026, 2, 10)) == ([] if by_hand else [D("-150.00")])


def test_what_a_meter_counted_is_never_taken_back_by_days():
    books = Books()
    january = Period(date(2026, 1, 16), date(2026, 2, 1))
    books.add("a", date(2026, 1, 1), january, D("77.00"), is_final=True)
    assert books.run([span(last=date(2026, 1, 20)), span("b", first=date(2026, 1, 21))], date(2026, 1, 31)) == []


@pytest.mark.parametrize(
    ("spans", "billed_on", "following"),
    [
        ([span()], None, date(2026, 1, 16)),
        ([span()], date(2026, 1, 16), date(2026, 2, 1)),
        ([span(in_advance=False)], None, date(2026, 2, 1)),
        ([span(unit="year")], date(2026, 1, 16), date(2027, 1, 1)),
        ([span(last=date(2026, 2, 10))], date(2026, 2, 1), None),
        ([], None, None),
    ],
)
def test_next_day(spans, billed_on, following):
    books = Books()
    if billed_on:
        books.run(spans, billed_on)
    assert next_day(7, spans, books.lines) == following


def test_next_day_of_a_credit_is_now():
    books = Books()
    books.run([span()], date(2026, 3, 1))
    assert next_day(7, [span(last=date(2026, 3, 15))], books.lines) == date(2026, 3, 16)


@given(
    starts=st.lists(st.tuples(st.integers(1, 300), st.sampled_from("ab")), max_size=4, unique_by=lambda pair: pair[0]),
    end=st.one_of(st.none(), st.integers(0, 400)),
    days=st.lists(st.integers(0, 420), min_size=1, max_size=12),
    in_advance=st.booleans(),
)
def test_however_it_is_amended_and_run_each_day_is_paid_once_under_its_terms(starts, end, days, in_advance):
    """Runs before, between and after the changes end with what one run over the final terms bills."""
    first = date(2026, 1, 16)
    changes = [(first, "a"), *sorted((first + timedelta(offset), terms) for offset, terms in starts)]

    def versions(known):
        spans = []
        for number, (start, terms) in enumerate(changes[:known]):
            last = changes[number + 1][0] - timedelta(1) if number + 1 < known else None
            spans.append(span(f"v{number}", start, last, in_advance, terms=terms))
        return spans

    books = Books()
    for number, offset in enumerate(sorted(days)):
        books.run(versions(1 + number % len(changes)), first + timedelta(offset))
    final = versions(len(changes))
    if end is not None:
        last = first + timedelta(end)
        final = [
            span(item.version, item.first_day, min(item.last_day or last, last), in_advance, terms=item.terms)
            for item in final
            if item.first_day <= last
        ]
    on = first + timedelta(500)
    books.run(final, on)
    assert books.run(final, on) == []
    total = sum(-line.amount if line.takes_back else line.amount for line in books.lines)
    fresh = sum(Books().run(final, on))
    changes_billed = len(books.lines)
    assert abs(total - fresh) <= D("0.01") * changes_billed
    paid = {}
    for line in books.lines:
        for offset in range(line.days.days):
            day = line.days.start + timedelta(offset), line.terms
            paid[day] = paid.get(day, 0) + (-1 if line.takes_back else 1)
    assert set(paid.values()) <= {0, 1}
