"""The seeded world: the same for the same seed and date, with everything in it that an importer must meet."""

import hashlib
import json
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from shop_client import TODAY
from stdnum.at import uid
from stdnum.de import vat as german
from stdnum.nl import btw

from magento_sandbox import world
from magento_sandbox.agreements import AGREEMENT_OF, GRADUATED, VOLUME
from magento_sandbox.server import encode

pytest_plugins = "sandbox_fixtures"

TIERS = ((1, Decimal("10.00")), (100, Decimal("9.00")), (500, Decimal("8.00")))


def fingerprint(shop):
    content = [encode(order.view()) for order in shop.orders.values()] + [encode(shop.invoices), encode(shop.shipments)]
    return hashlib.sha256(b"".join(content)).hexdigest()


def with_trait(shop, trait):
    return [shop.orders[number] for number, note in shop.notes.items() if trait in note.traits]


def test_the_same_seed_and_date_give_the_same_world_and_others_do_not():
    first = fingerprint(world.build(TODAY, 7, 90))
    assert first == fingerprint(world.build(TODAY, 7, 90))
    assert first != fingerprint(world.build(TODAY, 8, 90))
    assert first != fingerprint(world.build(TODAY - timedelta(days=1), 7, 90))


@pytest.mark.parametrize("count", [0, 1, 10, 60, 120, 333])
def test_there_are_as_many_orders_as_asked_for(count):
    assert len(world.build(TODAY, 1, count).orders) == count


def test_every_state_is_there(shop):
    states = Counter(order.data["state"] for order in shop.orders.values())
    assert set(states) == {"new", "processing", "complete", "closed", "canceled", "holded", "payment_review"}
    assert states["complete"] > 60


def test_orders_lie_in_the_last_hundred_days_and_ids_follow_time(shop):
    created = [order.data["created_at"] for order in shop.orders.values()]
    assert created == sorted(created)
    assert created[0] >= (TODAY - timedelta(days=100)).isoformat()
    assert max(order.data["updated_at"] for order in shop.orders.values()) < f"{TODAY} 08:00:00"


def test_three_companies_have_agreements_that_their_orders_keep_to_the_cent(shop):
    kept, broken = Counter(), {}
    for order in shop.orders.values():
        note = shop.notes[order.id]
        agreement = AGREEMENT_OF.get(note.company)
        if agreement is None:
            continue
        for item in order.items:
            product = next(product for product in world.PRODUCTS if product.sku == item.data["sku"])
            rule = agreement.rule_for(product)
            if rule is None:
                continue
            net = item.data["row_total_incl_tax"] - item.data["tax_amount"]
            if net == contract_net(rule, product.price, item.data["qty_ordered"]):
                kept[note.company] += 1
            else:
                broken[order.id] = contract_net(rule, product.price, item.data["qty_ordered"])
    deviating = {number: note.deviates for number, note in shop.notes.items() if note.deviates is not None}
    assert broken == deviating
    assert len(deviating) == 2
    assert min(kept[key] for key in ("hansen", "brandt", "lindner")) >= 5


def contract_net(rule, list_price, quantity):
    """The contract's price, reckoned apart from the sandbox."""
    if rule.mode == VOLUME:
        return quantity * [price for floor, price in TIERS if floor <= quantity][-1]
    if rule.mode == GRADUATED:
        units = [
            next(price for floor, price in reversed(TIERS) if floor <= unit) for unit in range(1, int(quantity) + 1)
        ]
        return sum(units, Decimal(0))
    return (quantity * list_price * (1 - rule.percent / 100)).quantize(Decimal("0.01"))


def test_the_two_vectors_of_six_hundred_units(shop):
    (volume,) = with_trait(shop, "volume")
    graduated = next(order for order in with_trait(shop, "graduated") if order.data["total_qty_ordered"] == 600)
    nets = [
        order.items[0].data["row_total_incl_tax"] - order.items[0].data["tax_amount"] for order in (volume, graduated)
    ]
    assert nets == [Decimal("4800.00"), Decimal("5398.00")]
    assert graduated.items[0].data["discount_amount"] == Decimal("602.00")


def test_an_edited_order_is_cancelled_and_its_successor_points_back(shop):
    (old,), (new,) = with_trait(shop, "was_edited"), with_trait(shop, "edited")
    assert old.data["state"] == "canceled"
    assert new.data["increment_id"] == old.data["increment_id"] + "-1"
    assert new.data["relation_parent_real_id"] == old.data["increment_id"]
    assert old.data["relation_child_id"] == str(new.id)


def test_spoilt_orders_are_marked_with_their_reason(shop):
    reasons = [note.refuse for note in shop.notes.values() if note.refuse]
    assert len(reasons) == 3
    assert not any("refuse" in json.dumps(json.loads(encode(order.view()))) for order in with_trait(shop, "spoilt"))


def test_buyers_share_companies_and_vat_numbers_are_well_formed(shop):
    emails = {
        order.data["customer_email"] for order in shop.orders.values() if shop.notes[order.id].company == "hansen"
    }
    assert len(emails) > 1
    checks = {"DE": german, "AT": uid, "NL": btw}
    vats = [company.vat for company in world.COMPANIES if company.vat]
    assert len(vats) == 10
    assert all(checks[vat[:2]].is_valid(vat) for vat in vats)


def test_hints_for_terms_and_late_payers_are_there():
    assert {days for days, _late in world.PAYMENT_HINTS.values()} == {14, 30}
    assert sum(late > 0 for _days, late in world.PAYMENT_HINTS.values()) == 3


def test_two_orders_lie_on_either_side_of_the_end_of_summer_time(shop):
    assert [order.data["created_at"] for order in with_trait(shop, "dst")] == [
        "2026-10-25 00:30:00",
        "2026-10-25 01:30:00",
    ]


def test_a_world_without_a_clock_change_is_fine():
    assert not with_trait(world.build(date(2026, 8, 15), 1, 100), "dst")


def test_odd_things_an_importer_meets_are_all_there(shop):
    traits = {trait for note in shop.notes.values() for trait in note.traits}
    assert traits >= {
        "bundle", "canceled", "category_discount", "combined_rates", "configurable", "coupon", "decimal_quantity",
        "deviation", "dst", "edited", "export", "fixed_coupon", "four_byte", "graduated", "guest", "guest_of_company",
        "held", "negative_line", "no_po_number", "partial", "partial_refund", "refunded", "reverse_charge", "review",
        "same_second", "ship_to", "shipping_discount", "slash_sku", "spoilt", "sub_cent", "tax_included", "two_rates",
        "usd", "virtual", "volume", "weee", "zero_total",
    }  # fmt: skip


def test_sub_cent_prices_are_sold_by_the_rounded_unit(shop):
    (order,) = with_trait(shop, "sub_cent")
    washer = next(item.data for item in order.items if item.data["sku"] == "BF-U6")
    assert (washer["original_price"], washer["price"]) == (Decimal("0.0275"), Decimal("0.03"))
    assert washer["row_total"] == Decimal("30.00")
