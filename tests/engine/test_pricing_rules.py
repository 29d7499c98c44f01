"""Which rule prices a line and what it costs: scopes, bases, units, currencies, returns, explanations."""

import json
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_to_cash.periods import Period, Recurrence
from order_to_cash.pricing.model import LineToPrice, PriceRule
from order_to_cash.pricing.price_rules import PriceBook, price_lines
from order_to_cash.pricing.tiers import Tier

DAY = date(2026, 3, 10)
VECTOR = "1:10 100:9 500:8"


def rule(id=1, tiers=VECTOR, **values):
    pairs = [pair.split(":") for pair in tiers.split()]
    values = {"scope": "all", "computation": "fixed", **values}
    return PriceRule(id=id, tiers=tuple(Tier(D(floor), D(value)) for floor, value in pairs), **values)


def line(quantity=1, key="line", **values):
    values = {"variant": 11, "product": 1, "categories": (30, 20, 10), "date": DAY, "list_price": D("12.00"), **values}
    return LineToPrice(key=key, quantity=D(quantity), **values)


def price(rules, *lines, **options):
    priced = price_lines(rules, lines or [line()], **options)
    return priced if len(priced) > 1 else next(iter(priced.values()))


def cuts(priced):
    return [(cut.quantity, cut.unit_price, cut.amount) for cut in priced.slices]


def test_volume_vector_of_the_domain():
    priced = price([rule()], line(600))
    assert cuts(priced) == [(D(600), D(8), D("4800.00"))]
    assert priced.total == D("4800.00")


def test_graduated_vector_of_the_domain():
    priced = price([rule(mode="graduated")], line(600))
    assert cuts(priced) == [(D(99), D(10), D("990.00")), (D(400), D(9), D("3600.00")), (D(101), D(8), D("808.00"))]
    assert priced.total == D("5398.00")


@pytest.mark.parametrize(
    ("mode", "quantity", "total"),
    [
        ("volume", "0", "0.00"),
        ("volume", "-600", "-4800.00"),
        ("volume", "99.5", "995.00"),
        ("graduated", "0", "0.00"),
        ("graduated", "-600", "-5398.00"),
        ("graduated", "99.5", "994.50"),
        ("graduated", "0.333", "3.33"),
        ("volume", "0.333", "3.33"),
    ],
)
def test_zero_negative_and_fractional_quantities(mode, quantity, total):
    assert price([rule(mode=mode)], line(quantity)).total == D(total)


# --- which rule ---


@pytest.mark.parametrize(
    ("rules", "winner", "rejected"),
    [
        ([("variant", 11), ("product", 1), ("category", 30), ("all", None)], 0, ["narrower_scope"] * 3),
        ([("all", None), ("category", 20), ("category", 30)], 2, ["narrower_scope"] * 2),
        ([("all", None), ("category", 10)], 1, ["narrower_scope"]),
        ([("all", None), ("product", 2), ("variant", 12), ("category", 31)], 0, []),
        ([("all", None), ("product", 1)], 1, ["narrower_scope"]),
    ],
)
def test_the_narrowest_scope_wins(rules, winner, rejected):
    made = [rule(index, scope=scope, scope_id=record) for index, (scope, record) in enumerate(rules)]
    priced = price(made)
    assert priced.rule == winner
    assert [code for _rule, code in priced.explanation.rejected] == rejected


@pytest.mark.parametrize(
    ("first", "second", "winner", "because"),
    [
        ({"tiers": "1:10"}, {"tiers": "50:9"}, 2, "higher_floor"),
        ({"tiers": "1:10", "sequence": 5}, {"tiers": "1:9", "sequence": 9}, 1, "lower_sequence"),
        ({"tiers": "1:10", "sequence": 9}, {"tiers": "50:9", "sequence": 10}, 2, "higher_floor"),
        (
            {"tiers": "1:10", "valid_from": date(2026, 1, 1)},
            {"tiers": "1:9", "valid_from": date(2026, 3, 1)},
            2,
            "later_start",
        ),
        ({"tiers": "1:10"}, {"tiers": "1:9"}, 1, "lower_id"),
        ({"tiers": "1:10", "valid_to": date(2026, 3, 9)}, {"tiers": "1:9"}, 2, "not_valid_on_date"),
        ({"tiers": "1:10"}, {"tiers": "1:9", "valid_from": date(2026, 3, 11)}, 1, "not_valid_on_date"),
        ({"tiers": "1:10"}, {"tiers": "200:9"}, 1, "below_first_floor"),
        ({"tiers": "1:10"}, {"tiers": "1:9", "reference_unit": "kg"}, 1, "other_unit"),
    ],
)
def test_between_equal_scopes(first, second, winner, because):
    rules = [rule(1, **first), rule(2, **second)]
    for given_order in (rules, rules[::-1]):
        priced = price(given_order, line(100, reference_unit="piece"))
        assert priced.rule == winner
        assert priced.explanation.rejected == ((3 - winner, because),)


@pytest.mark.parametrize(
    ("day", "winner"),
    [
        (date(2026, 2, 28), None),
        (date(2026, 3, 1), 1),
        (date(2026, 3, 31), 1),
        (date(2026, 4, 1), None),
    ],
)
def test_validity_has_both_its_days(day, winner):
    made = rule(valid_from=date(2026, 3, 1), valid_to=date(2026, 3, 31))
    assert price([made], line(date=day)).rule == winner


def test_a_rule_that_expires_after_the_order_still_prices_it():
    made = rule(tiers="1:9", valid_to=DAY)
    book = PriceBook([made])
    ordered, invoiced_later = line(key="order"), line(key="later", date=DAY + timedelta(days=1))
    priced = book.price([ordered, invoiced_later])
    assert priced["order"].total == D("9.00")
    assert priced["later"].explanation.code == "no_rule"
    assert priced["later"].total == D("12.00")


def test_below_the_first_floor_the_next_wider_rule_prices():
    rules = [rule(1, "10:9", scope="variant", scope_id=11), rule(2, "1:11")]
    assert price(rules, line(9)).total == D("99.00")
    assert price(rules, line(10)).total == D("90.00")


def test_a_graduated_gap_is_priced_at_the_list_price():
    priced = price([rule(tiers="10:9", mode="graduated")], line(15))
    assert cuts(priced) == [(D(9), D("12.00"), D("108.00")), (D(6), D(9), D("54.00"))]
    assert [cut.floor for cut in priced.slices] == [None, D(10)]


def test_without_a_rule_the_list_price_stands_or_nothing():
    listed = price([], line(3))
    assert (listed.rule, listed.total, listed.explanation.code) == (None, D("36.00"), "no_rule")
    unknown = price([], line(3, list_price=None))
    assert (unknown.slices, unknown.total, unknown.problem) == ((), None, None)


def test_the_preferred_contract_wins_even_with_a_wider_scope():
    rules = [rule(1, "1:10", contract="frame"), rule(2, "1:9", contract="old", scope="variant", scope_id=11)]
    priced = price(rules, line(contracts=("frame", "old")))
    assert priced.rule == 1
    assert priced.explanation.rejected == ((2, "earlier_contract"),)
    assert price(rules, line(contracts=("old", "frame"))).rule == 2
    assert price(rules, line(contracts=("none", "old"))).rule == 2
    assert price(rules, line(contracts=())).rule is None


# --- computations ---


@pytest.mark.parametrize(
    ("values", "tiers", "total"),
    [
        ({"computation": "discount"}, "1:12.5", "10.50"),
        ({"computation": "discount"}, "1:-10", "13.20"),
        ({"computation": "discount", "base": "retail"}, "1:20", "16.00"),
        ({"computation": "discount"}, "1:100", "0.00"),
        ({"computation": "cost_plus"}, "1:35", "10.80"),
        ({"computation": "cost_plus"}, "1:-5", "7.60"),
        ({"computation": "fixed"}, "1:0.0333", "0.03"),
    ],
)
def test_computations(values, tiers, total):
    wanted = line(cost=D("8.00"), other_prices={"retail": D("20.00")})
    assert price([rule(tiers=tiers, **values)], wanted).total == D(total)


def test_sub_cent_prices_are_not_lost():
    assert price([rule(tiers="1:0.0333")], line(1000)).total == D("33.30")


def test_unit_prices_are_rounded_only_where_asked():
    discount = rule(tiers="1:12.5", computation="discount")
    wanted = line(100, list_price=D("9.99"))
    assert price([discount], wanted).total == D("874.13")
    rounded = price([discount], wanted, price_digits=2)
    assert cuts(rounded) == [(D(100), D("8.74"), D("874.00"))]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"computation": "cost_plus"}, "no_base_price"),
        ({"computation": "discount", "base": "unknown"}, "no_base_price"),
        ({"currency": "USD"}, "no_rate"),
        ({"tiers": "1:-5"}, "invalid_rule"),
        ({"tiers": "1:10 1:9"}, "invalid_rule"),
        ({"uom_factor": D(0)}, "invalid_rule"),
        ({"tiers": ""}, "invalid_rule"),
        ({"tiers": "1:120", "computation": "discount"}, "invalid_rule"),
    ],
)
def test_a_rule_without_a_price_leaves_its_line_unpriced_and_others_alone(values, code):
    rules = [rule(1, scope="variant", scope_id=11, **values), rule(2, "1:7")]
    priced = price(rules, line(key="bad", currency="EUR"), line(key="good", variant=12, currency="EUR"))
    bad = priced["bad"]
    assert (bad.rule, bad.total, bad.slices, bad.problem.code) == (1, None, (), code)
    assert bad.explanation.as_dict()["parameters"]["problem"]["code"] == code
    assert priced["good"].total == D("7.00")


def test_a_line_without_a_sound_unit_is_unpriced():
    assert price([rule()], line(uom_factor=D(0))).problem.code == "unit_not_positive"


def test_each_line_needs_its_own_key():
    with pytest.raises(ValueError, match="1 of 2 lines"):
        price_lines([rule()], [line(), line()])


# --- units and currencies ---


def test_tiers_and_price_per_dozen_convert_to_pieces():
    dozen = rule(tiers="1:100 10:90", uom_factor=D(12), mode="graduated")
    pieces = price([dozen], line(132))
    assert [(cut.quantity, cut.amount) for cut in pieces.slices] == [(D(108), D("900.00")), (D(24), D("180.00"))]
    assert pieces.slices[1].unit_price == D("7.5")
    dozens = price([dozen], line(11, uom_factor=D(12)))
    assert cuts(dozens) == [(D(9), D(100), D("900.00")), (D(2), D(90), D("180.00"))]


def test_an_endless_unit_price_does_not_touch_the_total():
    priced = price([rule(tiers="1:100", uom_factor=D(12))], line(7))
    assert priced.slices[0].unit_price == D("8.333333333333")
    assert priced.total == D("58.33")
    assert price([rule(tiers="1:100", uom_factor=D(12))], line(120)).total == D("1000.00")


def test_slices_sum_to_the_quantity_of_the_line_even_where_units_divide_badly():
    priced = price([rule(mode="graduated")], line(100, uom_factor=D(7)))
    assert sum(cut.quantity for cut in priced.slices) == D(100)
    assert priced.total == D("6198.00")


def test_base_prices_have_the_unit_of_the_product():
    by_dozen = line(3, list_price=D("60.00"), base_uom_factor=D(12))
    assert price([rule(tiers="1:10", computation="discount")], by_dozen).total == D("13.50")


def test_a_price_converts_at_the_rate_of_the_order_date():
    asked = []

    def rate(source, target, day):
        asked.append((source, target, day))
        return 1.1

    lines = [line(3, key=number, currency="USD", base_currency="EUR") for number in range(5)]
    priced = price_lines([rule(tiers="1:10.01", currency="EUR")], lines, rate=rate)
    assert {answer.total for answer in priced.values()} == {D("33.03")}
    assert asked == [("EUR", "USD", DAY)]
    assert priced[0].explanation.as_dict()["parameters"]["rate"] == "1.1"


def test_a_rate_fixed_in_the_contract_goes_before_the_days():
    fixed = rule(tiers="1:10", currency="EUR", fixed_rates={"USD": D("1.25")})
    assert price([fixed], line(currency="USD"), rate=lambda *_: D(2)).total == D("12.50")
    assert price([fixed], line(currency="GBP"), rate=lambda *_: D(2)).total == D("20.00")
    assert price([fixed], line(currency="EUR")).total == D("10.00")


def test_the_list_price_is_told_beside_the_contracts_where_it_is_known():
    def listed(**values):
        wanted = line(3, list_price=D("60"), base_uom_factor=D(12), base_currency="EUR", currency="USD", **values)
        return price([rule(tiers="1:4", currency="USD")], wanted, rate=lambda *_: D(2)).explanation.list_price

    assert listed() == D("10")
    assert listed(uom_factor=D(12)) == D("120")
    assert price([rule(tiers="1:4")], line(list_price=None)).explanation.list_price is None
    foreign = line(base_currency="EUR", currency="USD")
    assert price([rule(tiers="1:4", currency="USD")], foreign).explanation.list_price is None


@pytest.mark.parametrize(("precision", "total"), [(0, "33"), (3, "33.333"), (D("0.05"), "33.35")])
def test_the_total_has_the_precision_of_the_order_currency(precision, total):
    assert price([rule(tiers="1:33.3333")], line(precision=precision)).total == D(total)


# --- bases ---


@pytest.mark.parametrize(
    ("mode", "totals"),
    [
        ("volume", ("540.00", "360.00")),
        ("graduated", ("600.00", "399.00")),
    ],
)
def test_an_order_is_pooled_over_the_scope_of_the_rule(mode, totals):
    mixed = rule(scope="category", scope_id=20, mode=mode, basis="order")
    order = [
        line(60, "a", order=7),
        line(40, "b", variant=12, order=7),
        line(900, "other scope", categories=(99,), order=7),
        line(900, "other order", order=8),
    ]
    priced = price([mixed], *order)
    assert (priced["a"].total, priced["b"].total) == (D(totals[0]), D(totals[1]))
    assert priced["other scope"].rule is None


def test_a_return_within_an_order_lowers_its_pool():
    order = [line(110, "sale", order=7), line(-20, "return", order=7)]
    volume = price([rule(basis="order")], *order)
    assert [volume[key].total for key in ("sale", "return")] == [D("1100.00"), D("-200.00")]
    graduated = price([rule(basis="order", mode="graduated")], *order)
    assert graduated["sale"].total + graduated["return"].total == D("900.00")


def test_lines_without_an_order_are_not_pooled():
    priced = price([rule(basis="order")], line(60, "a"), line(60, "b"))
    assert [answer.total for answer in priced.values()] == [D("600.00"), D("600.00")]


MONTH = Recurrence("month")


def test_cumulative_needs_are_asked_for_once_per_rule_and_period():
    book = PriceBook(
        [
            rule(1, basis="cumulative", period=MONTH),
            rule(2, basis="cumulative"),
            rule(3),
            rule(4, basis="cumulative", valid_to=date(2025, 1, 1)),
        ]
    )
    assert book.cumulative_needs([line(key=1), line(key=2), line(key=3, date=date(2026, 4, 1))]) == {
        (1, date(2026, 3, 1)): Period(date(2026, 3, 1), date(2026, 4, 1)),
        (1, date(2026, 4, 1)): Period(date(2026, 4, 1), date(2026, 5, 1)),
        (2, None): None,
    }


def test_a_line_straddles_a_tier_of_the_period():
    monthly = rule(basis="cumulative", mode="graduated", period=MONTH)
    priced = price([monthly], line(50), cumulative={(1, date(2026, 3, 1)): D(80)})
    assert cuts(priced) == [(D(19), D(10), D("190.00")), (D(31), D(9), D("279.00"))]
    explained = priced.explanation.as_dict()["parameters"]
    assert (explained["basis_quantity"], explained["running_start"]) == ("130", "80")
    assert (explained["period_start"], explained["period_last_day"]) == ("2026-03-01", "2026-03-31")


def test_volume_takes_the_tier_that_the_period_reaches_with_the_whole_order():
    monthly = rule(basis="cumulative", period=MONTH)
    order = [line(10, "a", order=1), line(15, "b", order=1)]
    priced = price([monthly], *order, cumulative={(1, date(2026, 3, 1)): D(80)})
    assert [answer.total for answer in priced.values()] == [D("90.00"), D("135.00")]


def test_orders_of_a_batch_count_towards_each_other_by_date():
    monthly = rule(basis="cumulative", mode="graduated", period=MONTH)
    late, early = line(60, "late", date=date(2026, 3, 20)), line(60, "early", date=date(2026, 3, 2))
    april = line(60, "april", date=date(2026, 4, 2))
    priced = price([monthly], late, early, april)
    assert list(priced) == ["late", "early", "april"]
    totals = [priced[key].total for key in ("early", "late", "april")]
    assert totals == [D("600.00"), D("579.00"), D("600.00")]


@pytest.mark.parametrize(("mode", "given_back"), [("graduated", "-849.00"), ("volume", "-800.00")])
def test_a_return_lowers_the_cumulative_quantity_and_gives_back_what_it_cost(mode, given_back):
    yearly = rule(basis="cumulative", mode=mode, period=Recurrence("year"))
    back = price([yearly], line(-100), cumulative={(1, date(2026, 1, 1)): D(550)})
    assert back.total == D(given_back)


def test_a_return_beyond_the_period_mirrors_a_sale():
    life = rule(basis="cumulative", mode="graduated")
    back = price([life], line(-150), cumulative={(1, None): D(30)})
    assert cuts(back) == [(D(-129), D(10), D("-1290.00")), (D(-21), D(9), D("-189.00"))]


def test_cumulative_quantities_are_in_reference_units():
    dozens = rule(tiers="1:120 10:108", uom_factor=D(12), basis="cumulative", mode="graduated")
    priced = price([dozens], line(24), cumulative={(1, None): D(96)})
    assert cuts(priced) == [(D(12), D(10), D("120.00")), (D(12), D(9), D("108.00"))]


# --- explanation ---


def test_a_price_explains_itself_in_plain_values():
    made = rule(
        7, mode="graduated", contract=3, version=2, scope="product", scope_id=1, sequence=4, valid_from=date(2026, 1, 1)
    )
    priced = price([made, rule(8, "1:11", contract=3)], line(120, contracts=(3,)))
    explained = priced.explanation.as_dict()
    assert (
        json.loads(json.dumps(explained))
        == explained
        == {
            "code": "rule_graduated",
            "parameters": {
                "contract": 3,
                "version": 2,
                "rule": 7,
                "scope": "product",
                "scope_id": 1,
                "computation": "fixed",
                "base": "list_price",
                "mode": "graduated",
                "basis": "line",
                "basis_quantity": "120",
                "running_start": "0",
                "period_start": None,
                "period_last_day": None,
                "valid_from": "2026-01-01",
                "valid_to": None,
                "rate": "1",
                "list_price": "12",
                "tiers": [
                    {"floor": "1", "value": "10", "quantity": "99", "unit_price": "10", "amount": "990"},
                    {"floor": "100", "value": "9", "quantity": "21", "unit_price": "9", "amount": "189"},
                ],
                "rejected": [{"rule": 8, "because": "narrower_scope"}],
            },
        }
    )


# --- properties ---

QUANTITIES = st.decimals(-700, 700, places=2)


@given(quantities=st.lists(QUANTITIES, min_size=1, max_size=8), before=st.decimals(0, 900, places=2))
def test_a_period_costs_the_same_however_it_is_split_into_orders(quantities, before):
    life = rule(tiers="1:10 100:9 500:8", basis="cumulative", mode="graduated")
    taken = {(1, None): before}
    whole = price([life], line(sum(quantities)), cumulative=taken)
    split = price_lines(
        [life], [line(quantity, number) for number, quantity in enumerate(quantities)], cumulative=taken
    )
    exact = sum(cut.exact for answer in split.values() for cut in answer.slices)
    assert exact == sum(cut.exact for cut in whole.slices)


@given(quantity=st.decimals(0, 900, places=2), more=st.decimals(0, 100, places=2))
def test_the_rounded_graduated_total_grows_too(quantity, more):
    graduated = [rule(mode="graduated")]
    assert price(graduated, line(quantity)).total <= price(graduated, line(quantity + more)).total


@given(quantities=st.lists(QUANTITIES, min_size=1, max_size=6), data=st.data())
def test_the_volume_price_of_an_order_does_not_depend_on_the_order_of_its_lines(quantities, data):
    lines = [line(quantity, number, order=1) for number, quantity in enumerate(quantities)]
    shuffled = data.draw(st.permutations(lines))
    for basis in ("order", "cumulative"):
        made = [rule(basis=basis)]
        totals = {key: answer.total for key, answer in price_lines(made, lines).items()}
        assert totals == {key: answer.total for key, answer in price_lines(made, shuffled).items()}
