"""What shares an invoice, and keys under which a thing is billed once."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_to_cash.billing.grouping import GROUPINGS, BillingHeader, billing_key, group_items, group_key

HEADER = BillingHeader(
    company=1,
    commercial_entity=2,
    invoice_address=3,
    currency="EUR",
    payment_term=4,
    fiscal_position=5,
    ship_to=6,
    po_number="PO-7",
    order=8,
)


@pytest.mark.parametrize("grouping", GROUPINGS)
@pytest.mark.parametrize(
    "field", ["company", "commercial_entity", "invoice_address", "currency", "payment_term", "fiscal_position"]
)
def test_what_is_never_mixed(grouping, field):
    assert group_key(HEADER, grouping) != group_key(replace(HEADER, **{field: 99}), grouping)
    assert group_key(HEADER, grouping) == group_key(replace(HEADER), grouping)


@pytest.mark.parametrize(
    ("grouping", "splits"),
    [
        ("order", {"order"}),
        ("po_number", {"po_number"}),
        ("ship_to", {"ship_to"}),
        ("all", set()),
    ],
)
def test_what_a_grouping_splits(grouping, splits):
    different = {
        field
        for field in ("order", "po_number", "ship_to")
        if group_key(HEADER, grouping) != group_key(replace(HEADER, **{field: "X"}), grouping)
    }
    assert different == splits


@pytest.mark.parametrize("missing", [None, "", "   "])
def test_an_order_without_po_number_stands_alone(missing):
    first, second = replace(HEADER, po_number=missing), replace(HEADER, po_number=missing, order=9)
    assert group_key(first, "po_number") != group_key(second, "po_number")
    assert group_key(replace(HEADER, po_number=" PO-7 "), "po_number") == group_key(HEADER, "po_number")


def test_an_order_named_like_a_po_number_is_not_mixed_with_it():
    alone = replace(HEADER, po_number="", order="PO-7")
    assert group_key(alone, "po_number") != group_key(HEADER, "po_number")


def test_an_unknown_grouping_is_refused():
    with pytest.raises(ValueError, match="use one of order"):
        group_key(HEADER, "mood")


def test_groups_keep_the_order_given():
    assert group_items(["b1", "a1", "b2", "c1", "a2"], lambda item: item[0]) == {
        "b": ["b1", "b2"],
        "a": ["a1", "a2"],
        "c": ["c1"],
    }
    assert list(group_items(["b1", "a1"], lambda item: item[0])) == ["b", "a"]


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (("order_line", 42, D(0)), "order_line:42:0"),
        (("order_line", 42, D("0.00")), "order_line:42:0"),
        (("order_line", 42, D("7.50")), "order_line:42:7.5"),
        (("order_line", 42, D("1E+3")), "order_line:42:1000"),
        (("charge", 7, date(2026, 1, 1)), "charge:7:2026-01-01"),
        (("rebate", 3, date(2026, 1, 1)), "rebate:3:2026-01-01:0"),
        (("rebate", 3, date(2026, 1, 1), 2), "rebate:3:2026-01-01:2"),
    ],
)
def test_billing_keys(arguments, key):
    assert billing_key(*arguments) == key


@pytest.mark.parametrize(("kind", "start"), [("order", D(1)), ("order_line", date(2026, 1, 1)), ("charge", D(1))])
def test_a_key_that_fits_nothing_is_refused(kind, start):
    with pytest.raises(ValueError, match="no billing key"):
        billing_key(kind, 1, start)


@given(steps=st.lists(st.decimals(-20, 20, places=3).filter(bool), min_size=1, max_size=15))
def test_no_sequence_of_bills_and_credits_uses_a_key_twice(steps):
    moved, keys = D(0), set()
    for step in steps:
        keys.add(billing_key("order_line", 1, moved))
        moved += abs(step)
    assert len(keys) == len(steps)
