"""Credit control: what uses a customer's credit, which orders wait, and what a release excuses."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_to_cash.credit import (
    HELD,
    LIMIT,
    NEW,
    OVERDUE,
    PASSED,
    CreditTerms,
    Exposure,
    OpenOrder,
    Release,
    available,
    decide,
    level,
    used_percent,
)

TODAY = date(2026, 11, 23)
AMOUNTS = st.decimals(min_value=0, max_value=10_000, places=2)
LIMITS = st.decimals(min_value=1, max_value=10_000, places=2)
DAYS = st.integers(min_value=0, max_value=120)
TERMS = st.builds(
    CreditTerms,
    limit=st.one_of(st.just(Decimal(0)), LIMITS),
    overdue_days=st.one_of(st.none(), DAYS),
    overdue_minimum=AMOUNTS,
)
EXPOSURES = st.builds(Exposure, overdue=AMOUNTS, undue=AMOUNTS, on_account=AMOUNTS, overdue_days=DAYS)
ORDERS = st.lists(
    st.builds(
        OpenOrder,
        key=st.integers(),
        amount=AMOUNTS,
        status=st.sampled_from((PASSED, HELD, NEW)),
        asked=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda order: order.key,
)


def money(text):
    return Decimal(text)


def one(terms, exposure, amount, release=None, as_of=TODAY):
    [decision] = decide(terms, exposure, [OpenOrder("order", money(amount), release=release)], as_of)
    return decision


def test_the_parts_of_the_exposure_add_up():
    exposure = Exposure(money("400.00"), money("650.50"), money("150.25"), money("1200.00"), money("99.99"), 12)
    assert exposure.receivables == money("900.25")
    assert exposure.total == money("2200.24")


@pytest.mark.parametrize(
    ("limit", "receivables", "amount", "over_by"),
    [
        ("1000", "900.00", "100.00", "0"),
        ("1000", "900.00", "100.01", "0.01"),
        ("1000", "0", "1500.00", "500.00"),
        ("0", "99999", "99999", "0"),
        ("-5", "10", "10", "0"),
    ],
)
def test_an_order_waits_when_it_is_a_cent_over_the_limit(limit, receivables, amount, over_by):
    decision = one(CreditTerms(limit=money(limit)), Exposure(undue=money(receivables)), amount)
    assert decision.over_by == money(over_by)
    assert decision.reasons == ((LIMIT,) if money(over_by) else ())


def test_money_on_account_makes_room():
    exposure = Exposure(undue=money(900), on_account=money(500))
    decision = one(CreditTerms(limit=money(1000)), exposure, "600.00")
    assert not decision.holds
    assert decision.exposure == money("1000.00")


@pytest.mark.parametrize(
    ("days", "amount", "age", "holds"),
    [
        (30, "100", 29, False),
        (30, "100", 30, True),
        (30, "4.99", 90, False),
        (30, "5.00", 90, True),
        (0, "100", 1, True),
        (0, "0", 0, False),
        (None, "100", 500, False),
    ],
)
def test_an_old_overdue_amount_holds_whatever_the_limit(days, amount, age, holds):
    terms = CreditTerms(overdue_days=days, overdue_minimum=money("5.00"))
    decision = one(terms, Exposure(overdue=money(amount), overdue_days=age), "1.00")
    assert decision.reasons == ((OVERDUE,) if holds else ())


def test_both_reasons_are_named():
    terms = CreditTerms(limit=money(100), overdue_days=10)
    assert one(terms, Exposure(overdue=money(90), overdue_days=11), "20").reasons == (LIMIT, OVERDUE)


def test_a_return_never_waits_and_makes_room():
    terms = CreditTerms(limit=money(100), overdue_days=1)
    late = Exposure(overdue=money(500), overdue_days=90)
    assert not one(terms, late, "-50.00").holds
    orders = [OpenOrder("return", money(-450)), OpenOrder("order", money(50))]
    decisions = decide(CreditTerms(limit=money(100)), late, orders, TODAY)
    assert [entry.holds for entry in decisions] == [False, False]


def test_of_two_new_orders_the_older_one_gets_the_credit():
    orders = [OpenOrder("old", money(700)), OpenOrder("young", money(400))]
    found = {entry.key: entry for entry in decide(CreditTerms(limit=money(1000)), Exposure(), orders, TODAY)}
    assert not found["old"].holds
    assert found["young"].holds
    assert found["young"].over_by == money(100)


def test_a_large_held_order_does_not_stop_the_small_one_behind_it():
    orders = [OpenOrder("large", money(1500), HELD), OpenOrder("small", money(200), HELD)]
    found = {entry.key: entry.holds for entry in decide(CreditTerms(limit=money(1000)), Exposure(), orders, TODAY)}
    assert found == {"large": True, "small": False}


def test_orders_that_passed_keep_their_credit_before_held_and_new_ones():
    orders = [
        OpenOrder("new", money(500), NEW),
        OpenOrder("held", money(500), HELD),
        OpenOrder("passed", money(500), PASSED, asked=False),
    ]
    found = [(entry.key, entry.holds) for entry in decide(CreditTerms(limit=money(1000)), Exposure(), orders, TODAY)]
    assert found == [("held", False), ("new", True)]


def test_checked_again_only_the_youngest_of_the_passed_orders_waits():
    orders = [OpenOrder("old", money(600), PASSED), OpenOrder("young", money(600), PASSED)]
    found = {entry.key: entry.holds for entry in decide(CreditTerms(limit=money(1000)), Exposure(), orders, TODAY)}
    assert found == {"old": False, "young": True}


@pytest.mark.parametrize(
    ("release", "reasons"),
    [
        (Release(frozenset({LIMIT, OVERDUE})), ()),
        (Release(frozenset({LIMIT})), (OVERDUE,)),
        (Release(frozenset({LIMIT, OVERDUE}), until=TODAY), ()),
        (Release(frozenset({LIMIT, OVERDUE}), until=TODAY - timedelta(days=1)), (LIMIT, OVERDUE)),
        (Release(frozenset({LIMIT, OVERDUE}), up_to=money(110)), ()),
        (Release(frozenset({LIMIT, OVERDUE}), up_to=money("109.99")), (LIMIT, OVERDUE)),
    ],
)
def test_a_release_excuses_its_reasons_within_its_bounds(release, reasons):
    terms = CreditTerms(limit=money(100), overdue_days=10)
    decision = one(terms, Exposure(overdue=money(90), overdue_days=11), "20", release)
    assert decision.reasons == reasons
    assert set(decision.reasons) | set(decision.released) == {LIMIT, OVERDUE}


@pytest.mark.parametrize(
    ("total", "expected"),
    [("0", "ok"), ("799.99", "ok"), ("800", "warning"), ("1000", "warning"), ("1000.01", "over"), ("-50", "ok")],
)
def test_people_are_warned_ahead_of_the_limit(total, expected):
    assert level(CreditTerms(limit=money(1000)), Exposure(undue=money(total))) == expected


def test_without_a_limit_there_is_no_level_no_share_and_nothing_available():
    exposure = Exposure(undue=money(5))
    assert (
        level(CreditTerms(), exposure),
        used_percent(CreditTerms(), exposure),
        available(CreditTerms(), exposure),
    ) == (
        "none",
        None,
        None,
    )


def test_what_is_available_leaves_out_held_orders():
    exposure = Exposure(undue=money(300), orders=money(200), held=money(900))
    assert available(CreditTerms(limit=money(1000)), exposure) == money(500)
    assert used_percent(CreditTerms(limit=money(1000)), exposure) == money(140)


@given(TERMS, EXPOSURES, AMOUNTS, AMOUNTS)
def test_more_exposure_never_lets_an_order_go(terms, exposure, amount, more):
    before = one(terms, exposure, amount)
    worse = Exposure(exposure.overdue, exposure.undue + more, exposure.on_account, overdue_days=exposure.overdue_days)
    assert set(before.reasons) <= set(one(terms, worse, amount).reasons)


@given(TERMS, EXPOSURES, AMOUNTS, LIMITS)
def test_a_higher_limit_never_holds_an_order(terms, exposure, amount, more):
    raised = CreditTerms(terms.limit + more if terms.limit else terms.limit, terms.overdue_days, terms.overdue_minimum)
    assert set(one(raised, exposure, amount).reasons) <= set(one(terms, exposure, amount).reasons)


@given(TERMS, EXPOSURES, AMOUNTS, st.integers(min_value=0, max_value=30), AMOUNTS)
def test_what_a_person_released_is_not_held_again_within_the_release(terms, exposure, amount, days, more):
    held = one(terms, exposure, amount)
    release = Release(frozenset(held.reasons), TODAY + timedelta(days=30), held.exposure + more)
    worse = Exposure(exposure.overdue, exposure.undue + more, exposure.on_account, overdue_days=exposure.overdue_days)
    again = one(terms, worse, amount, release, TODAY + timedelta(days=days))
    assert not set(again.reasons) & set(held.reasons)


@given(LIMITS, EXPOSURES, ORDERS)
def test_what_goes_on_never_exceeds_the_limit_by_an_order_that_was_asked_about(limit, exposure, orders):
    decisions = decide(CreditTerms(limit=limit), exposure, orders, TODAY)
    assert {entry.key for entry in decisions} == {order.key for order in orders if order.asked}
    amounts = {order.key: order.amount for order in orders}
    assert all(entry.exposure <= limit for entry in decisions if not entry.holds and amounts[entry.key] > 0)
    assert all(entry.over_by == entry.exposure - limit for entry in decisions if entry.holds)
    assert all(amounts[entry.key] > 0 for entry in decisions if entry.holds)


@given(TERMS, EXPOSURES, ORDERS)
def test_without_a_limit_and_a_late_item_no_order_waits(terms, exposure, orders):
    free = CreditTerms(overdue_days=terms.overdue_days, overdue_minimum=terms.overdue_minimum)
    on_time = Exposure(undue=exposure.undue, on_account=exposure.on_account)
    assert not any(entry.holds for entry in decide(free, on_time, orders, TODAY))


@pytest.mark.parametrize(
    ("from_days", "taken", "overdue", "minimum", "held"),
    [
        (21, 0, 100, 0, False),
        (21, 7, 100, 0, False),
        (21, 21, 100, 0, True),
        (21, 35, 100, 0, True),
        (None, 35, 100, 0, False),
        (21, 35, 0, 0, False),
        (21, 35, 99, 100, False),
        (21, 35, 100, 100, True),
    ],
)
def test_a_dunning_level_holds_from_it_on_as_long_as_something_is_overdue(from_days, taken, overdue, minimum, held):
    terms = CreditTerms(overdue_minimum=money(minimum), dunning_days=from_days)
    exposure = Exposure(overdue=money(overdue), overdue_days=3, dunned_days=taken)
    assert one(terms, exposure, money(10)).reasons == (("dunning",) if held else ())
    assert terms.controls is (from_days is not None)
