"""Tier tables that are typed or pasted as text."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_to_cash.pricing.tier_text import TierTextError, read_tiers, write_tiers
from order_to_cash.pricing.tiers import Tier

VECTOR = [Tier(D(1), D(10)), Tier(D(100), D(9)), Tier(D(500), D(8))]
GERMAN = {"point": ",", "grouping": "."}


@pytest.mark.parametrize(
    "text",
    [
        "1: 10 | 100: 9 | 500: 8",
        "1:10;100:9;500:8",
        "1\t10.00\n100\t9.00\n500\t8.00\n",
        "1–99: 10.00 € | 100–499: 9.00 € | from 500: 8.00 €",
        "1 - 99 pcs 10\r\n100-499 pcs 9\r\n500+ pcs $8",
    ],
)
def test_a_price_list_as_people_write_it(text):
    assert read_tiers(text) == VECTOR


@pytest.mark.parametrize(
    ("text", "options", "tiers"),
    [
        ("9.99", {}, [Tier(D(1), D("9.99"))]),
        ("1.000: 1.234,50 | 2.000: 0,0333", GERMAN, [Tier(D(1000), D("1234.5")), Tier(D(2000), D("0.0333"))]),
        ("1: 10 | 1,000: 9", {}, [Tier(D(1), D(10)), Tier(D(1000), D(9))]),
        ("1: -5 | 10: −7.5 %", {}, [Tier(D(1), D(-5)), Tier(D(10), D("-7.5"))]),
        ("1 – 99: 10 | 150: 8", {}, [Tier(D(1), D(10), D(99)), Tier(D(150), D(8))]),
        ("0.5 – 5: 10 | 5: 8", {"step": D(0)}, [Tier(D("0.5"), D(10)), Tier(D(5), D(8))]),
        ("1 – 99: 10", {}, [Tier(D(1), D(10), D(99))]),
        ("", {}, []),
    ],
)
def test_languages_ends_and_gaps(text, options, tiers):
    assert read_tiers(text, **options) == tiers


@pytest.mark.parametrize(
    ("text", "options", "row", "reason"),
    [
        ("1: 10 | cheap", {}, "cheap", "no_numbers"),
        ("1: 10 | 100", {}, "100", "no_numbers"),
        ("1 2 3 4", {}, "1 2 3 4", "too_many_numbers"),
        ("1: 10,5", {}, "1: 10,5", "unclear_number"),
        ("1: 10.00", GERMAN, "1: 10.00", "unclear_number"),
        ("1: 1.2.3", {}, "1: 1.2.3", "unclear_number"),
        ("1:1\n" * 1001, {}, "1:1", "too_many_rows"),
    ],
)
def test_what_cannot_be_read_for_certain_is_refused(text, options, row, reason):
    with pytest.raises(TierTextError) as refused:
        read_tiers(text, **options)
    assert (refused.value.row, refused.value.reason) == (row, reason)


@given(
    floors=st.sets(st.decimals(0, 10**6, places=2), min_size=2, max_size=8),
    values=st.lists(st.decimals(-99, 10**6, places=4), min_size=8, max_size=8),
    point=st.sampled_from([".", ","]),
)
def test_what_is_written_reads_back(floors, values, point):
    tiers = [Tier(floor, value) for floor, value in zip(sorted(floors), values, strict=False)]
    assert read_tiers(write_tiers(tiers, point=point), point=point, grouping="") == tiers
