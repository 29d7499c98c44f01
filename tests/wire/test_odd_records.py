"""Odd records: each is taken over exactly, or refused in words that say what to do. Nothing raw escapes."""

import copy
import json
from decimal import Decimal as D

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from payloads import Line, address, order

from magento_wire.order_mapping import map_order
from magento_wire.refusals import RecordRefused
from magento_wire.streams import STREAMS

RECORDED = {
    "orders": "orders_all.json",
    "products": "products_list.json",
    "customers": "customers_search.json",
    "invoices": "invoices_list.json",
    "shipments": "shipments_list.json",
    "credit_memos": "creditmemos_list.json",
    "customer_groups": "customer_groups.json",
    "tax_rates": "tax_rates.json",
    "tax_rules": "tax_rules.json",
    "tax_classes": "tax_classes.json",
    "store_configs": "store_configs.json",
    "websites": "websites.json",
    "source_items": "source_items.json",
}
OTHERS = {
    "companies": [
        {"id": 3, "status": 1, "company_name": "Acme", "street": ["A"], "country_id": "US", "region": "CA",
         "super_user_id": 8, "extension_attributes": {"quote_config": {"company_id": "3"}}},
    ],
    "company_relations": [{"company_id": 3, "parent_id": 2}],
    "categories": [{"id": 4, "parent_id": 2, "name": "Pumps", "is_active": True}],
    "product_attributes": [
        {"attribute_id": 137, "attribute_code": "hose_size", "options": [{"label": " ", "value": ""},
                                                                         {"label": "13 mm", "value": "4"}]},
    ],
}  # fmt: skip


def odd(**changes):
    return {**order(Line(tax="1.90")), **changes}


def with_item(**changes):
    payload = order(Line(tax="1.90"))
    payload["items"][0].update(changes)
    return payload


REFUSED = [
    (with_item(qty_ordered=0), "no sale"),
    (with_item(qty_ordered=-2), "no sale"),
    (with_item(sku=None, product_id=None), "neither a SKU nor a product"),
    (odd(created_at="9999-12-31 23:59:59"), "no document can have"),
    (odd(created_at="9999-12-31 23:59:59-05:00"), "no document can have"),
    (odd(created_at="yesterday"), "not a date"),
    (odd(created_at=None, updated_at="0000-00-00 00:00:00"), "no document can have|no date"),
    (odd(items=[]), "no items"),
    (odd(items="none"), "not what the shop's interface promises"),
    (odd(items=["one"]), "not what the shop's interface promises"),
    (odd(grand_total="1e400"), "not a number"),
    (odd(grand_total="NaN"), "not a number"),
    (odd(grand_total=-1), "less than zero"),
    (odd(order_currency_code=""), "no order_currency_code"),
    (odd(entity_id="10" * 40), "no readable entity_id"),
    (odd(increment_id={"a": 1}), "where a text belongs"),
    (odd(billing_address="Main Street"), "not what the shop's interface promises"),
    ([1], "not a record"),
    (None, "not a record"),
]


@pytest.mark.parametrize(("payload", "words"), REFUSED)
def test_refused_in_words(payload, words):
    with pytest.raises(RecordRefused, match=words):
        map_order(payload)


def test_an_order_without_a_store_view_or_group_is_taken_over():
    intent = map_order(odd(store_id=None, customer_group_id=None))
    assert (intent.store_id, intent.buyer.group_id) == (None, None)


def test_a_date_of_zeros_is_no_date_and_the_next_best_one_counts():
    intent = map_order(odd(created_at="0000-00-00 00:00:00", updated_at="2026-11-02 10:00:00"))
    assert str(intent.placed_at) == "2026-11-02 10:00:00"


def test_long_names_and_characters_of_four_bytes_are_kept_whole():
    name, emoji = "N" * 300, "Schraube 🔩 𝔐8"
    intent = map_order({**with_item(name=emoji), "billing_address": address(company=name)})
    assert (intent.billing.company, intent.lines[0].name) == (name, emoji)


def test_an_unknown_country_and_currency_are_left_to_the_books_to_judge():
    intent = map_order(odd(order_currency_code="ZZZ", billing_address=address(country_id="XX")))
    assert (intent.currency, intent.billing.country) == ("ZZZ", "XX")


def test_php_writes_empty_records_as_empty_lists():
    assert map_order(odd(payment=[], extension_attributes=[], status_histories=None)).payment_method == ""


def test_an_order_of_ten_thousand_lines():
    lines = [Line(sku=f"SKU-{number}", row="1.01", tax="0.19", qty=1) for number in range(10_000)]
    intent = map_order(order(*lines))
    assert len(intent.lines) == 10_000
    assert intent.total == D("12000.00")


def recorded(shared_data, stream):
    if stream in OTHERS:
        return OTHERS[stream]
    data = json.loads((shared_data / "magento" / "live-2.4.7-p3" / RECORDED[stream]).read_text(), parse_float=D)
    return data["items"] if isinstance(data, dict) else data


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just([]), st.just({}),
    st.decimals(allow_nan=False, allow_infinity=False), st.lists(st.none(), min_size=1, max_size=2),
    st.just({"value": [1]}), st.just([[]]),
    st.sampled_from([
        "0000-00-00 00:00:00", "9999-12-31 23:59:59", "9999-12-31T23:59:59-12:00", "1e999999999", "-0", "1_000",
        "10" * 3000, "٣", "\ud800", "🔩", "N" * 300, 10**30, -(10**30), "SKU/with slash", "false", "0.00005",
    ]),
)  # fmt: skip


def places(value, path=()):
    """Every place in a payload."""
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield from places(one, (*path, name))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
@pytest.mark.parametrize("stream", [*RECORDED, *OTHERS])
def test_whatever_a_shop_sends_is_mapped_or_refused(shared_data, stream, data):
    payload = copy.deepcopy(data.draw(st.sampled_from(recorded(shared_data, stream))))
    for _change in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(places(payload)) or [()]))
        if not path:
            break
        owner = payload
        for step in path[:-1]:
            owner = owner[step]
        if data.draw(st.booleans()):
            owner[path[-1]] = copy.deepcopy(data.draw(JUNK))
        elif isinstance(owner, dict):
            del owner[path[-1]]
        else:
            owner.append(copy.deepcopy(owner[path[-1]]))
    try:
        intent = STREAMS[stream].map(payload)
    except RecordRefused:
        return
    json.dumps(intent.to_dict())
    if stream in ("orders", "invoices", "credit_memos"):
        assert sum((line.net for line in intent.lines), D(0)) == intent.untaxed
        assert sum((line.tax for line in intent.lines), D(0)) == intent.tax
        assert intent.untaxed + intent.tax == intent.total
