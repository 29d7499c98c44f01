"""Retroactive rebates: earned, accrued per invoice, settled once and by the difference only."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_to_cash.pricing.rebates import (
    Rebate,
    Turnover,
    accrue_rebate,
    check_rebate,
    earned_rebate,
    next_tier,
    settle_rebate,
    share_earned,
)
from order_to_cash.pricing.tiers import Tier


def rebate(measure="revenue", reward="percent", tiers="10000:2 50000:3", **values):
    pairs = [pair.split(":") for pair in tiers.split()]
    return Rebate(
        measure=measure, reward=reward, tiers=tuple(Tier(D(floor), D(value)) for floor, value in pairs), **values
    )


def turnover(revenue=0, quantity=0):
    return Turnover(D(quantity), D(revenue))


@pytest.mark.parametrize(
    ("terms", "taken", "amount", "floor"),
    [
        (rebate(), turnover("9999.99"), "0.00", None),
        (rebate(), turnover("10000.00"), "200.00", 10000),
        (rebate(), turnover("50000.00"), "1500.00", 50000),
        (rebate(), turnover("-20000.00"), "0.00", None),
        (rebate(), turnover("0"), "0.00", None),
        (rebate(mode="graduated"), turnover("60000.00"), "1100.00", 50000),
        (rebate(mode="graduated", tiers="0:1 50000:3"), turnover("60000.00"), "800.00", 50000),
        (rebate("quantity", "per_unit", "1000:0.05 5000:0.08"), turnover("99.00", 5000), "400.00", 5000),
        (rebate("quantity", "per_unit", "1000:0.05 5000:0.08", mode="graduated"), turnover(0, 6000), "280.08", 5000),
        (rebate("quantity", "percent", "100:5"), turnover("1234.50", 150), "61.73", 100),
        (rebate("quantity", "percent", "1:0 101:10", mode="graduated"), turnover("2000.00", 200), "100.00", 101),
        (rebate("revenue", "per_unit", "1000:0.10"), turnover("2000.00", 30), "3.00", 1000),
        (rebate("quantity", "per_unit", "0.5:0.10", unit_step=D(0)), turnover(0, "0.5"), "0.05", D("0.5")),
        (rebate(tiers="0:1", precision=0), turnover("150"), "2", 0),
    ],
)
def test_what_a_period_earns(terms, taken, amount, floor):
    earned = earned_rebate(terms, taken)
    assert earned.amount == D(amount)
    assert (earned.tier and earned.tier.floor) == floor


def test_the_invoice_that_reaches_a_tier_accrues_for_the_earlier_ones():
    documents = [
        ("INV/1", turnover(9000)),
        ("INV/2", turnover(3000)),
        ("INV/3", turnover(40000)),
        ("RINV/1", turnover(-5000)),
        ("INV/4", turnover("0.10")),
    ]
    accruals = accrue_rebate(rebate(), documents)
    assert [(accrual.document, accrual.amount) for accrual in accruals] == [
        ("INV/1", D(0)),
        ("INV/2", D("240.00")),
        ("INV/3", D("1320.00")),
        ("RINV/1", D("-620.00")),
        ("INV/4", D("0.00")),
    ]


def test_accruing_goes_on_from_what_was_accrued():
    later = accrue_rebate(rebate(), [("INV/3", turnover(40000))], turnover(12000), D("240.00"))
    assert later[0].amount == D("1320.00")


def test_settling_twice_settles_only_the_difference():
    first = settle_rebate(rebate(), turnover(52000))
    assert first.amount == D("1560.00")
    assert settle_rebate(rebate(), turnover(52000), first.amount).amount == 0
    late_invoice = settle_rebate(rebate(), turnover(53000), first.amount)
    assert late_invoice.amount == D("30.00")
    after_a_return = settle_rebate(rebate(), turnover(9000), first.amount + late_invoice.amount)
    assert after_a_return.amount == D("-1590.00")


@pytest.mark.parametrize(
    ("terms", "codes"),
    [
        (rebate(), []),
        (rebate("weight"), ["unknown_measure"]),
        (rebate(reward="points"), ["unknown_reward"]),
        (rebate(mode="other"), ["unknown_mode"]),
        (rebate(tiers="1:-2"), ["negative_reward"]),
        (rebate(tiers="1:101"), ["reward_above_revenue"]),
        (rebate(tiers=""), ["no_tiers"]),
        (rebate(tiers="10:1 10:2"), ["duplicate_floor"]),
        (rebate("quantity", tiers="1.5:1"), ["floor_between_steps"]),
    ],
)
def test_what_is_wrong_with_a_rebate(terms, codes):
    assert [problem.code for problem in check_rebate(terms)] == codes
    if codes:
        with pytest.raises(ValueError, match=f"{codes[0]}.*correct them"):
            settle_rebate(terms, turnover(100))


AMOUNTS = st.decimals(-30000, 90000, places=2)
MODES = st.sampled_from(["volume", "graduated"])


@given(amounts=st.lists(AMOUNTS, max_size=12), mode=MODES, measure=st.sampled_from(["revenue", "quantity"]))
def test_accruals_always_sum_to_what_is_earned(amounts, mode, measure):
    terms = rebate(measure, mode=mode, precision=2)
    documents = [(number, Turnover(amount, amount)) for number, amount in enumerate(amounts)]
    accruals = accrue_rebate(terms, documents)
    whole = sum((taken for _key, taken in documents), Turnover())
    assert sum(accrual.amount for accrual in accruals) == earned_rebate(terms, whole).amount


@given(taken=AMOUNTS, more=st.decimals(0, 50000, places=2), mode=MODES)
def test_more_turnover_never_earns_less(taken, more, mode):
    terms = rebate(mode=mode)
    assert earned_rebate(terms, turnover(taken)).amount <= earned_rebate(terms, turnover(taken + more)).amount


@pytest.mark.parametrize(
    ("terms", "taken", "answer"),
    [
        (rebate(), turnover("8760.00"), (D(10000), D("1240.00"))),
        (rebate(), turnover("10000.00"), (D(50000), D("40000.00"))),
        (rebate(), turnover("50000.00"), None),
        (rebate("quantity", "per_unit", "100:0.10"), turnover("9999.00", 40), (D(100), D(60))),
    ],
)
def test_what_is_missing_to_the_next_tier(terms, taken, answer):
    found = next_tier(terms, taken)
    assert (found and (found[0].floor, found[1])) == answer


@pytest.mark.parametrize(
    ("amount", "revenues", "shares"),
    [
        ("450.00", {"19": "10000", "7": "5000"}, {"19": "300.00", "7": "150.00"}),
        ("100.00", {"a": "1", "b": "1", "c": "1"}, {"a": "33.34", "b": "33.33", "c": "33.33"}),
        ("285.00", {"19": "10000", "7": "-500"}, {"19": "300.00", "7": "-15.00"}),
        ("5.00", {"19": "0"}, {"19": "5.00"}),
        ("5.00", {"19": "100", "7": "-100"}, {"19": "5.00"}),
        ("0", {}, {}),
    ],
)
def test_what_is_earned_is_divided_over_the_taxes_of_the_revenue(amount, revenues, shares):
    found = share_earned(D(amount), {kind: D(revenue) for kind, revenue in revenues.items()})
    assert found == {kind: D(share) for kind, share in shares.items()}


def test_a_volume_rebate_does_not_fall_as_more_is_bought():
    [problem] = check_rebate(rebate(tiers="1000:3 5000:2"))
    assert (problem.code, problem.blocking) == ("reward_falls", True)
    assert not check_rebate(rebate(tiers="1000:3 5000:0", mode="graduated"))
