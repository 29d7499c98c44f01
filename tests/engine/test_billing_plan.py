"""What is billed on a day, on which invoice, and why the rest waits."""

from datetime import date
from decimal import Decimal as D

import pytest
from billing_builders import ON, ORDERED, SHIPPED, due, line, order, plan, waits
from hypothesis import given
from hypothesis import strategies as st

from order_to_cash.billing.model import BillingPolicy, LineFacts
from order_to_cash.billing.plan import plan_billing
from order_to_cash.billing.schedule import Schedule

COMPLETED = BillingPolicy(trigger="completed")
MONTH_END = BillingPolicy(trigger="schedule", schedule=Schedule("month_end"), quantity="ordered", grouping="all")
SHIPPED_MONTHLY = BillingPolicy(trigger="schedule", schedule=Schedule("month_end"), grouping="all")


@pytest.mark.parametrize(
    ("policy", "facts", "billed", "waiting"),
    [
        (ORDERED, {}, "10", None),
        (ORDERED, {"billed": 4}, "6", None),
        (ORDERED, {"billed": 10}, None, (None, None, "nothing_to_bill")),
        (ORDERED, {"ordered": 7, "billed": 10}, "-3", None),
        (ORDERED, {"ordered": -5}, "-5", None),
        (ORDERED, {"ordered": 0}, None, (None, None, "nothing_to_bill")),
        (ORDERED, {"billed": 10, "delivered": 6}, None, (None, None, "nothing_to_bill")),
        (ORDERED, {"billed": 10, "delivered": 7, "returned": 3}, "-3", None),
        (ORDERED, {"billed": 0, "delivered": 7, "returned": 3}, "7", None),
        (ORDERED, {"billed": 10, "delivered": 3, "returned": 2}, "-2", None),
        (
            ORDERED,
            {"billed": 7, "delivered": 7, "returned": 3, "credited": 3, "most_billed": 10},
            None,
            (None, None, "nothing_to_bill"),
        ),
        (
            ORDERED,
            {"billed": 10, "delivered": 7, "returned": 3, "credited": 3, "most_billed": 10},
            None,
            (None, None, "nothing_to_bill"),
        ),
        (
            ORDERED,
            {"ordered": 8, "billed": 8, "delivered": 5, "returned": 3, "credited": 2, "most_billed": 10},
            "-3",
            None,
        ),
        (ORDERED, {"ordered": 7, "billed": 10, "delivered": 7, "returned": 3}, "-3", None),
        (ORDERED, {"ordered": -5, "billed": -5, "delivered": -3, "returned": 2}, "2", None),
        (COMPLETED, {"billed": 10, "delivered": 7, "returned": 3}, None, (None, None, "waiting_for_completion")),
        (SHIPPED, {}, None, (1, "10", "waiting_for_shipment")),
        (SHIPPED, {"delivered": "6.5"}, "6.5", (1, "3.5", "waiting_for_shipment")),
        (SHIPPED, {"delivered": 6, "billed": 6}, None, (1, "4", "waiting_for_shipment")),
        (SHIPPED, {"delivered": 10, "billed": 6}, "4", None),
        (SHIPPED, {"delivered": 10, "billed": 10}, None, (None, None, "nothing_to_bill")),
        (SHIPPED, {"delivered": 12, "billed": 10}, "2", None),
        (SHIPPED, {"delivered": 6, "billed": 10}, None, (None, None, "nothing_to_bill")),
        (SHIPPED, {"delivered": 6, "billed": 10, "returned": 4}, "-4", None),
        (SHIPPED, {"delivered": 4, "billed": 10, "returned": 2}, "-2", None),
        (SHIPPED, {"delivered": 4, "billed": 8, "returned": 2, "credited": 2}, None, (None, None, "nothing_to_bill")),
        (SHIPPED, {"delivered": 4, "billed": 4, "returned": 2}, None, (1, "4", "waiting_for_shipment")),
        (SHIPPED, {"delivered": 6, "billed": 6, "returned": 4, "credited": 4}, None, (None, None, "nothing_to_bill")),
        (SHIPPED, {"ordered": -5}, None, (1, "-5", "waiting_for_return")),
        (SHIPPED, {"ordered": -5, "delivered": -3}, "-3", (1, "-2", "waiting_for_return")),
        (SHIPPED, {"ordered": -5, "delivered": -3, "billed": -5}, None, (None, None, "nothing_to_bill")),
    ],
)
def test_one_line_under_each_trigger(policy, facts, billed, waiting):
    made = plan(order(line(**facts)), policy)
    assert due(made) == ([(1, billed)] if billed else [])
    assert waits(made) == ([waiting] if waiting else [])


@pytest.mark.parametrize(
    ("completed", "billed", "code"),
    [
        (True, [(10, "10")], []),
        (False, [], ["waiting_for_completion"]),
    ],
)
def test_the_shop_says_complete(completed, billed, code):
    made = plan(order(completed=completed, shop_state="processing"), COMPLETED)
    assert due(made) == billed
    assert [wait.code for wait in made.waiting] == code
    assert all(wait.parameters == {"shop_state": "processing"} for wait in made.waiting)


def test_shipping_cost_and_discounts_go_with_the_first_shipment():
    goods, more = line(key=1), line(key=2)
    freight = line(1, key=3, deliverable=False)
    assert due(plan(order(goods, more, freight), SHIPPED)) == []
    assert due(plan(order(line(key=1, delivered=2), more, freight), SHIPPED)) == [(1, "2"), (3, "1")]
    assert due(plan(order(freight), SHIPPED)) == [(3, "1")]


@pytest.mark.parametrize(
    ("goods", "discount", "billed"),
    [
        ([(100, 5, 0)], (1, "-100", 0), [("5", "50.00"), ("0.05", "-5.00")]),
        ([(100, 5, 0)], (-1, "100", 0), [("5", "50.00"), ("-0.05", "-5.00")]),
        ([(3, 1, 0)], (1, "-9", 0), [("1", "10.00"), ("0.33", "-2.97")]),
        ([(3, 3, 1)], (1, "-9", "0.33"), [("2", "20.00"), ("0.67", "-6.03")]),
        ([(3, 4, 0)], (1, "-9", 0), [("4", "40.00"), ("1", "-9.00")]),
        ([(100, 100, 5)], (1, "-100", "0.05"), [("95", "950.00"), ("0.95", "-95.00")]),
        ([(10, 5, 0), (10, 0, 0)], (1, "-100", 0), [("5", "50.00"), ("0.25", "-25.00")]),
        ([(100, 5, 0)], (1, "-100", 1), [("5", "50.00")]),
        ([(100, 5, 0)], (1, "-100", 2), [("5", "50.00"), ("-1", "100.00")]),
        ([(0, 0, 0)], (1, "-5", 0), []),
        ([], (1, "-5", 0), [("1", "-5.00")]),
    ],
)
def test_a_discount_comes_off_in_step_with_the_goods(goods, discount, billed):
    lines = [
        line(ordered, key=key, delivered=delivered, billed=before)
        for key, (ordered, delivered, before) in enumerate(goods)
    ]
    ordered, unit, before = discount
    made = plan(order(*lines, line(ordered, key=9, net_unit=unit, billed=before, deliverable=False)), SHIPPED)
    amounts = [(str(entry.quantity), f"{entry.net:.2f}") for group in made.groups for entry in group.lines]
    assert amounts == billed


@pytest.mark.parametrize(
    ("values", "policy", "codes"),
    [
        ({"cancelled": True}, ORDERED, ["cancelled"]),
        ({"confirmed": False}, ORDERED, ["not_confirmed"]),
        ({"date": date(2026, 3, 11)}, ORDERED, ["future_order"]),
        ({"set_aside": "totals differ: 10.00 and 9.99"}, ORDERED, ["set_aside"]),
        ({"hold": "over the credit limit"}, ORDERED, ["on_hold"]),
        ({}, BillingPolicy(po_required=True), ["po_missing"]),
        ({"po_number": "  "}, BillingPolicy(po_required=True), ["po_missing"]),
        (
            {"hold": "overdue", "set_aside": "tax"},
            BillingPolicy(po_required=True),
            ["set_aside", "on_hold", "po_missing"],
        ),
    ],
)
def test_an_obstacle_stops_its_order_and_no_other(values, policy, codes):
    made = plan([order(**values), order(key=2, po_number="PO-2")], policy)
    assert [wait.code for wait in made.waiting] == codes
    assert [group.orders for group in made.groups] == [(2,)]
    assert [wait.needs_person for wait in made.waiting] == [
        code in ("set_aside", "on_hold", "po_missing") for code in codes
    ]


def test_what_is_billed_in_full_needs_no_po_number():
    made = plan(order(line(billed=10)), BillingPolicy(po_required=True))
    assert [wait.code for wait in made.waiting] == ["nothing_to_bill"]


# --- schedules ---


@pytest.mark.parametrize(
    "values",
    [
        {"trigger": "whenever"},
        {"grouping": "colour"},
        {"late_change": "never"},
        {"trigger": "schedule"},
        {"schedule": Schedule("daily")},
        {"trigger": "schedule", "schedule": Schedule("daily"), "quantity": "paid"},
    ],
)
def test_impossible_policies_are_refused(values):
    with pytest.raises(ValueError, match=r"use one of|give a schedule"):
        BillingPolicy(**values)


FEBRUARY_CLOSED = {None: date(2026, 2, 28)}


@pytest.mark.parametrize(
    ("ordered_on", "on", "closed", "billed"),
    [
        (date(2026, 3, 10), date(2026, 3, 10), None, False),
        (date(2026, 3, 10), date(2026, 3, 31), None, True),
        (date(2026, 3, 31), date(2026, 3, 31), FEBRUARY_CLOSED, True),
        (date(2026, 3, 10), date(2026, 4, 2), FEBRUARY_CLOSED, True),
        (date(2026, 4, 1), date(2026, 4, 2), FEBRUARY_CLOSED, False),
        (date(2026, 2, 20), date(2026, 3, 10), FEBRUARY_CLOSED, False),
        (date(2026, 2, 20), date(2026, 3, 10), {None: date(2026, 1, 31)}, True),
        (date(2026, 2, 20), date(2026, 3, 10), None, False),
    ],
)
def test_a_schedule_bills_on_its_closing_day_and_catches_up_a_missed_one(ordered_on, on, closed, billed):
    made = plan(order(date=ordered_on), MONTH_END, on, closed=closed)
    assert bool(made.groups) is billed
    if not billed:
        (wait,) = made.waiting
        assert (wait.line, wait.quantity, wait.code) == (10, D(10), "not_closing_day")
        assert wait.parameters["next"] == MONTH_END.schedule.next_closing(on)


@pytest.mark.parametrize(
    ("on", "deliveries", "closed", "billed", "later"),
    [
        (date(2026, 3, 31), (), None, "8", None),
        (date(2026, 4, 2), (), None, None, "8"),
        (date(2026, 4, 2), (), FEBRUARY_CLOSED, "8", None),
        (date(2026, 4, 2), ((date(2026, 3, 20), D(5)), (date(2026, 4, 1), D(3))), FEBRUARY_CLOSED, "5", "3"),
        (date(2026, 3, 31), ((date(2026, 3, 31), D(5)), (date(2026, 4, 1), D(3))), None, "5", "3"),
        (date(2026, 3, 31), ((date(2026, 4, 1), D(8)),), None, None, "8"),
        (date(2026, 4, 2), ((date(2026, 4, 1), D(3)),), {None: date(2026, 3, 31)}, None, "8"),
    ],
)
def test_a_schedule_of_shipments_counts_what_was_delivered_by_the_closing_day(on, deliveries, closed, billed, later):
    facts = line(delivered=8, deliveries=deliveries)
    made = plan(order(facts, date=date(2026, 3, 1)), SHIPPED_MONTHLY, on, closed=closed)
    assert due(made) == ([(1, billed)] if billed else [])
    expected = [(1, later, "not_closing_day")] if later else []
    assert waits(made) == [*expected, (1, "2", "waiting_for_shipment")]


# --- invoices ---


@pytest.mark.parametrize(
    ("grouping", "orders"),
    [
        ("order", [(3,), (1,), (2,), (4,)]),
        ("po_number", [(3, 2), (1,), (4,)]),
        ("ship_to", [(3, 1), (2, 4)]),
        ("all", [(3, 1, 2, 4)]),
    ],
)
def test_invoices_are_grouped_in_a_stable_order(grouping, orders):
    made = [
        order(key=4, date=date(2026, 3, 9), ship_to=2),
        order(key=1, date=date(2026, 3, 5)),
        order(key=2, date=date(2026, 3, 6), po_number="PO", ship_to=2),
        order(key=3, date=date(2026, 3, 1), po_number="PO"),
    ]
    policy = BillingPolicy(grouping=grouping)
    for given_order in (made, made[::-1]):
        assert [group.orders for group in plan(given_order, policy).groups] == orders


def test_currencies_and_policies_are_never_mixed():
    everything = BillingPolicy(grouping="all")
    orders = [order(key=1), order(key=2, currency="USD"), order(key=3, policy="contract"), order(key=4)]
    made = plan_billing(orders, {"contract": everything}, everything, ON)
    assert [group.orders for group in made.groups] == [(1, 4), (2,), (3,)]
    assert [group.policy for group in made.groups] == [None, None, "contract"]


def test_each_contract_has_its_policy_and_the_company_a_default():
    orders = [order(key=1, policy="shipping"), order(key=2), order(key=3, policy="forgotten")]
    made = plan_billing(orders, {"shipping": SHIPPED}, BillingPolicy(), ON)
    assert [group.orders for group in made.groups] == [(2,), (3,)]
    assert waits(made) == [(10, "10", "waiting_for_shipment")]


@pytest.mark.parametrize(
    ("quantities", "currency", "codes"),
    [
        ([4, 5], "EUR", ["below_minimum"] * 2),
        ([4, 6], "EUR", []),
        ([4, 5], "USD", []),
        ([-4], "EUR", []),
        ([5, -4], "EUR", ["below_minimum"] * 2),
        ([0, 3], "EUR", ["nothing_to_bill", "below_minimum"]),
    ],
)
def test_small_invoices_wait_but_credits_do_not(quantities, currency, codes):
    policy = BillingPolicy(grouping="all", minimum_amounts={"EUR": D("100.00")})
    orders = [order(line(quantity), key=key, currency=currency) for key, quantity in enumerate(quantities)]
    made = plan(orders, policy)
    assert [wait.code for wait in made.waiting] == codes
    if "below_minimum" in codes:
        assert made.groups == ()
        assert made.waiting[-1].parameters == {"net": D(sum(quantities) * 10), "minimum": D(100), "currency": "EUR"}


def test_a_group_says_what_it_bills():
    made = plan(order(line(key=1, delivered=4), line(-2, key=2, delivered=-2, net_unit="7.50")), SHIPPED)
    (group,) = made.groups
    assert [(billed.net, billed.billing_key) for billed in group.lines] == [
        (D("40.00"), "order_line:1:0"),
        (D("-15.00"), "order_line:2:0"),
    ]
    assert group.net == D("25.00")


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        ({"billed": 4}, "order_line:1:4"),
        ({"billed": "-4", "ordered": -9}, "order_line:1:4"),
        ({"billed": 4, "credited": 3}, "order_line:1:10"),
        ({"billed": 4, "moved": 25}, "order_line:1:25"),
    ],
)
def test_a_billing_key_starts_where_earlier_ones_ended(facts, key):
    (group,) = plan(order(line(**facts))).groups
    assert group.lines[0].billing_key == key


QUANTITIES = st.integers(-12, 12).map(D)


@given(
    ordered=QUANTITIES,
    moves=st.lists(QUANTITIES, max_size=6),
    policy=st.sampled_from([ORDERED, SHIPPED, MONTH_END, SHIPPED_MONTHLY]),
    days=st.lists(st.integers(0, 40), max_size=6),
)
def test_billing_again_bills_nothing_and_no_key_comes_twice(ordered, moves, policy, days):
    delivered = returned = billed = credited = D(0)
    keys = []
    for step, day in zip(moves, sorted(days), strict=False):
        delivered += step
        returned += max(D(0), -step if ordered >= 0 else step)
        on = date.fromordinal(ON.toordinal() + day)
        for attempt in range(2):
            facts = LineFacts(
                key=1, ordered=ordered, delivered=delivered, billed=billed, returned=returned, credited=credited
            )
            made = plan(order(facts), policy, on)
            for group in made.groups:
                assert attempt == 0, "the second run on one day billed again"
                (entry,) = group.lines
                keys.append(entry.billing_key)
                credits = (entry.quantity < 0) == (ordered >= 0)
                credited += abs(entry.quantity) if credits else D(0)
                billed += entry.quantity
    assert len(set(keys)) == len(keys)
