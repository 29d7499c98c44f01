"""Rules whose prices all change by one percentage."""

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_to_cash.pricing.changes import changed_by
from order_to_cash.pricing.model import LineToPrice, PriceRule
from order_to_cash.pricing.price_rules import price_lines
from order_to_cash.pricing.tiers import Tier


def rule(computation, *tiers):
    return PriceRule(id=1, scope="all", computation=computation, tiers=tuple(Tier(D(f), D(v)) for f, v in tiers))


@pytest.mark.parametrize(
    ("computation", "percent", "before", "after"),
    [
        ("fixed", "3", "9.99", "10.2897"),
        ("fixed", "-50", "10", "5"),
        ("fixed", "3", "0", "0"),
        ("discount", "3", "10", "7.3"),
        ("discount", "3", "100", "100"),
        ("discount", "20", "10", "-8"),
        ("cost_plus", "3", "50", "54.5"),
        ("cost_plus", "-10", "0", "-10"),
    ],
)
def test_every_computation_costs_so_much_more(computation, percent, before, after):
    (tier,) = changed_by(rule(computation, (1, before)), D(percent)).tiers
    assert (tier.floor, tier.value) == (D(1), D(after))


@pytest.mark.parametrize("percent", ["-100", "-101"])
def test_nothing_left_of_the_prices_is_refused(percent):
    with pytest.raises(ValueError, match="leaves no price"):
        changed_by(rule("fixed", (1, 10)), D(percent))


@given(
    computation=st.sampled_from(["fixed", "discount", "cost_plus"]),
    value=st.decimals(0, 99, places=2),
    percent=st.decimals(-99, 200, places=1),
    quantity=st.integers(1, 600),
)
def test_the_exact_amount_changes_by_the_percentage(computation, value, percent, quantity):
    made = rule(computation, (1, value), (100, value))
    line = LineToPrice(
        key=1, variant=1, product=1, quantity=D(quantity), date=date(2026, 3, 10), list_price=D("12.34"), cost=D("5.67")
    )
    before, after = (price_lines([one], [line])[1].slices[0].exact for one in (made, changed_by(made, percent)))
    assert after == before * (100 + percent) / 100
