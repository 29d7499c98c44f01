"""What becomes of less owed than was billed: a credit note at once, or off the next invoice."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest
from billing_builders import ON, ORDERED, SHIPPED, due, line, order, plan, waits
from hypothesis import given
from hypothesis import strategies as st

from order_to_cash.billing.model import BillingPolicy


@pytest.mark.parametrize(
    ("late_change", "lines", "invoices", "codes"),
    [
        ("credit_note", [(8, 10), (5, 0)], {(1,): -20, (2,): 50}, []),
        ("next_invoice", [(8, 10), (5, 0)], {(2, 1): 30}, []),
        ("next_invoice", [(8, 10), (1, 0), (2, 0)], {(2,): 10, (3, 1): 0}, []),
        ("next_invoice", [(8, 10), (1, 0)], {(2,): 10}, ["credit_later"]),
        ("next_invoice", [(8, 10)], {}, ["credit_later"]),
        ("next_invoice", [(8, 10), (7, 10), (4, 0)], {(3, 1): 20}, ["credit_later"]),
    ],
)
def test_what_is_owed_less_follows_the_policy(late_change, lines, invoices, codes):
    policy = BillingPolicy(late_change=late_change)
    orders = [
        order(line(ordered, key=number, billed=billed), key=number)
        for number, (ordered, billed) in enumerate(lines, start=1)
    ]
    made = plan(orders, policy)
    assert {group.orders: group.net for group in made.groups} == {key: D(net) for key, net in invoices.items()}
    assert [wait.code for wait in made.waiting] == codes


@pytest.mark.parametrize(
    ("since", "waits_until"),
    [
        (None, ON + timedelta(days=14)),
        (ON - timedelta(days=14), ON),
        (ON - timedelta(days=15), None),
    ],
)
def test_a_reduction_that_no_invoice_bore_becomes_a_credit_note(since, waits_until):
    policy = BillingPolicy(late_change="next_invoice", credit_after=14)
    made = plan(order(line(8, billed=10), reduced_since=since), policy)
    assert [group.net for group in made.groups] == ([] if waits_until else [D(-20)])
    assert [wait.parameters["until"] for wait in made.waiting] == ([waits_until] if waits_until else [])


def test_what_comes_off_the_next_invoice_never_crosses_a_header():
    policy = BillingPolicy(late_change="next_invoice")
    made = plan([order(line(8, billed=10), key=1), order(line(5), key=2, currency="USD")], policy)
    assert [group.orders for group in made.groups] == [(2,)]
    assert [(wait.order, wait.code, wait.parameters["net"]) for wait in made.waiting] == [(1, "credit_later", D(-20))]


def test_a_credit_note_at_once_bears_no_new_items():
    policy = BillingPolicy(grouping="all")
    orders = [order(line(8, key=1, billed=10), key=1), order(line(5, key=2), key=2)]
    made = plan(orders, policy)
    assert [(group.orders, group.net) for group in made.groups] == [((1,), D(-20)), ((2,), D(50))]
    assert len({group.key for group in made.groups}) == 2
    assert len({group.together for group in made.groups}) == 1


@pytest.mark.parametrize("grouping", ["order", "all"])
def test_nor_does_it_within_one_order(grouping):
    made = plan(order(line(8, key=1, billed=10), line(5, key=2)), BillingPolicy(grouping=grouping))
    assert [(group.orders, group.net) for group in made.groups] == [((1,), D(-20)), ((1,), D(50))]
    assert made.groups[0].together == made.groups[1].together


def test_new_items_below_the_minimum_do_not_hold_up_a_credit_note():
    policy = BillingPolicy(grouping="all", minimum_amounts={"EUR": D(100)})
    made = plan(order(line(8, key=1, billed=10), line(5, key=2)), policy)
    assert [group.net for group in made.groups] == [D(-20)]
    assert waits(made) == [(2, "5", "below_minimum")]


def test_a_discount_that_shrinks_with_its_goods_stays_with_them():
    lines = line(5, key=1, billed=10), line("0.5", key=2, billed=1, net_unit=-10, deliverable=False), line(1, key=3)
    made = plan(order(*lines), ORDERED)
    assert [group.net for group in made.groups] == [D(-45), D(10)]


@pytest.mark.parametrize("ended", [line(0, key=1, billed=1, net_unit=-10), line(8, key=1, billed=10, net_unit=0)])
def test_what_lowers_no_amount_is_no_credit_note_and_waits_for_no_minimum(ended):
    """A discount that ends is owed more; a gift that shrinks is owed as before."""
    policy = BillingPolicy(minimum_amounts={"EUR": D(100)})
    made = plan(order(ended, line(50, key=2)), policy)
    assert [group.net for group in made.groups] == [D(510) if ended.net_unit else D(500)]
    assert [len(group.lines) for group in made.groups] == [2]
    assert not made.waiting


NEXT_OF_100 = BillingPolicy(late_change="next_invoice", credit_after=14, minimum_amounts={"EUR": D(100)})


@pytest.mark.parametrize(
    ("days", "new", "invoices", "codes"),
    [
        (0, 12, {(2, 1): 100}, []),
        (0, 11, {(2,): 110}, ["credit_later"]),
        (0, 9, {}, ["credit_later", "below_minimum"]),
        (15, 12, {(2, 1): 100}, []),
        (15, 11, {(1,): -20, (2,): 110}, []),
        (15, 9, {(1,): -20}, ["below_minimum"]),
    ],
)
@pytest.mark.parametrize("grouping", ["order", "all"])
def test_a_minimum_holds_no_reduction_up_past_its_days(grouping, days, new, invoices, codes):
    lowered = order(line(8, key=1, billed=10), key=1, reduced_since=ON - timedelta(days=days))
    made = plan([lowered, order(line(new, key=2), key=2)], replace(NEXT_OF_100, grouping=grouping))
    assert {tuple(sorted(group.orders)): group.net for group in made.groups} == {
        tuple(sorted(orders)): D(net) for orders, net in invoices.items()
    }
    assert sorted(wait.code for wait in made.waiting) == sorted(codes)


@pytest.mark.parametrize(
    ("policy", "facts", "billed", "waiting"),
    [
        (ORDERED, {"ordered": 8, "billed": 10}, [], [(1, "-2", "draft_invoice")]),
        (ORDERED, {"ordered": 0, "billed": 10}, [], [(1, "-10", "draft_invoice")]),
        (ORDERED, {"ordered": -3, "billed": -5}, [], [(1, "2", "draft_invoice")]),
        (ORDERED, {"ordered": 12, "billed": 10}, [(1, "2")], []),
        (SHIPPED, {"billed": 10, "delivered": 6, "returned": 4}, [], [(1, "-4", "draft_invoice")]),
    ],
)
def test_nothing_is_credited_while_its_invoice_is_a_draft(policy, facts, billed, waiting):
    made = plan(order(line(draft=True, **facts), line(5, key=2, delivered=5)), policy)
    assert due(made) == [*billed, (2, "5")]
    assert waits(made) == waiting


@given(
    lines=st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.booleans()), min_size=1, max_size=6),
    grouping=st.sampled_from(["order", "all"]),
    minimum=st.integers(0, 60),
    waited=st.integers(0, 20),
)
def test_policies_of_reductions_differ_in_documents_not_in_quantities(lines, grouping, minimum, waited):
    orders = [
        order(
            line(ordered, key=key, billed=billed, draft=draft),
            line(3, key=-key),
            key=key,
            reduced_since=ON - timedelta(days=waited),
        )
        for key, (ordered, billed, draft) in enumerate(lines, start=1)
    ]
    of_line = {facts.key: facts for one in orders for facts in one.lines}
    found = []
    for late_change in ("credit_note", "next_invoice"):
        policy = BillingPolicy(
            grouping=grouping, late_change=late_change, credit_after=14, minimum_amounts={"EUR": D(minimum)}
        )
        made = plan(orders, policy)
        for group in made.groups:
            lowering = [entry for entry in group.lines if entry.quantity * of_line[entry.line].billed < 0]
            owed_less = sum(entry.quantity * of_line[entry.line].net_unit for entry in lowering) < 0
            assert late_change == "next_invoice" or not owed_less or len(lowering) == len(group.lines)
            assert not 0 <= group.net < minimum
        belongs = {}
        for group in made.groups:
            for key in group.orders:
                assert belongs.setdefault(key, group.together) == group.together, "an order is billed in one go"
        assert len({group.key for group in made.groups}) == len(made.groups)
        everything = due(made) + [(key, quantity) for key, quantity, _code in waits(made) if key is not None]
        found.append(sorted(everything))
    assert found[0] == found[1]
