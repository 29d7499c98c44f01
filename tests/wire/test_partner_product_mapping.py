"""Customers, companies, products and settings of the shop."""

import json
from decimal import Decimal as D

import pytest
from payloads import address

from magento_wire import partner_mapping, product_mapping, reference_mapping
from magento_wire.refusals import RecordRefused
from magento_wire.streams import STREAMS

CUSTOMER = {
    "id": 12,
    "group_id": 4,
    "email": "ada@example.com",
    "prefix": "Dr",
    "firstname": "Ada",
    "middlename": "K",
    "lastname": "Byron",
    "store_id": 1,
    "website_id": 1,
    "taxvat": "",
    "updated_at": "2026-03-01 10:00:00",
    "addresses": [
        {"id": 1, "firstname": "Ada", "lastname": "Byron", "street": ["Dock 3"], "country_id": "gb",
         "region": {"region": "Kent", "region_code": "KE", "region_id": 5}, "default_shipping": True},
        {"id": 2, "firstname": "Ada", "lastname": "Byron", "street": ["1 High Street", ""], "company": "Example Ltd",
         "vat_id": "gb 123.4567-82", "country_id": "GB", "default_billing": True},
    ],
}  # fmt: skip


def test_customer_with_addresses_vat_and_company():
    customer = partner_mapping.map_customer(CUSTOMER)
    assert (customer.external_id, customer.name, customer.vat) == (12, "Dr Ada K Byron", "GB123456782")
    assert customer.company == "Example Ltd"
    assert (customer.billing.external_id, customer.shipping.external_id) == (2, 1)
    assert customer.shipping.region_code == "KE"
    assert customer.shipping.country == "GB"
    assert customer.billing.street == ("1 High Street",)
    json.dumps(customer.to_dict())


def test_company_account_of_a_customer_wins():
    extension = {"company_attributes": {"company_id": 9, "company_name": "Acme"}}
    customer = partner_mapping.map_customer({**CUSTOMER, "extension_attributes": extension})
    assert (customer.company_id, customer.company) == (9, "Acme")


def test_customer_without_addresses_and_with_php_empty_lists():
    customer = partner_mapping.map_customer({"id": 1, "email": "a@example.com", "addresses": None,
                                             "extension_attributes": []})  # fmt: skip
    assert (customer.billing, customer.name, customer.company) == (None, "a@example.com", "")


@pytest.mark.parametrize(
    "changes",
    [{"firstname": "ADA"}, {"city": " Leeds "}, {"street": ["1 High  Street", "Unit 2"]}, {"entity_id": 5},
     {"email": "other@example.com"}, {"vat_id": "GB123456782"}, {"fax": "1"}],
)  # fmt: skip
def test_same_address_has_one_fingerprint(changes):
    one, two = (partner_mapping.map_address(row) for row in (address(), address(**changes)))
    assert one.content_hash == two.content_hash


@pytest.mark.parametrize(
    "changes",
    [
        {"firstname": "Eve"},
        {"street": ["1 High Street"]},
        {"postcode": "LS2"},
        {"company": ""},
        {"country_id": "IE"},
    ],
)
def test_other_address_has_another_fingerprint(changes):
    one, two = (partner_mapping.map_address(row) for row in (address(), address(**changes)))
    assert one.content_hash != two.content_hash


@pytest.mark.parametrize("nothing", [None, {}, [], ""])
def test_absent_address_is_none(nothing):
    assert partner_mapping.map_address(nothing) is None


def test_company_of_adobe_commerce():
    company = partner_mapping.map_company({
        "id": 3, "status": 1, "company_name": "Acme", "legal_name": "Acme Inc", "company_email": "ap@acme.example",
        "vat_tax_id": "us 12", "street": ["A"], "country_id": "US", "super_user_id": 8, "customer_group_id": 5,
    })  # fmt: skip
    assert (company.name, company.vat, company.admin_customer_id, company.active) == ("Acme", "US12", 8, True)
    assert company.address.company == "Acme"


def product(**changes):
    return {
        "id": 2, "sku": "PUMP/200", "name": "Pump 200", "price": 249.95, "status": 1, "type_id": "simple",
        "weight": 1.5,
        "extension_attributes": {"website_ids": [1, 2], "category_links": [{"category_id": "7"}]},
        "tier_prices": [
            {"customer_group_id": 4, "qty": 10, "value": 219, "extension_attributes": {"website_id": 0}},
            {"customer_group_id": 32000, "qty": 1, "value": 18.9905,
             "extension_attributes": {"percentage_value": 5, "website_id": 1}},
        ],
        "custom_attributes": [
            {"attribute_code": "tax_class_id", "value": "2"}, {"attribute_code": "cost", "value": "100.5"},
            {"attribute_code": "short_description", "value": "<p>Good &amp; <b>strong</b><script>x()</script></p>"},
        ],
        **changes,
    }  # fmt: skip


def test_simple_product():
    found = product_mapping.map_product(product())
    assert (found.sku, found.price, found.tax_class_id, found.cost) == (
        "PUMP/200",
        D("249.95"),
        2,
        D("100.5"),
    )
    assert (found.website_ids, found.category_ids) == ((1, 2), (7,))
    assert found.description == "Good & strong"
    assert found.stockable
    tier, everyone = found.tier_prices
    assert (tier.group_id, tier.quantity, tier.price, tier.percent) == (4, D(10), D(219), None)
    assert (everyone.group_id, everyone.website_id, everyone.price, everyone.percent) == (
        None,
        1,
        D("18.9905"),
        D(5),
    )
    json.dumps(found.to_dict())


KINDS = [
    ({"type_id": "virtual"}, False, (), ()),
    ({"type_id": "configurable", "extension_attributes": {"configurable_product_links": [8, 9],
      "configurable_product_options": [{"label": "Size"}]}}, False, (8, 9), ()),
    ({"type_id": "bundle", "extension_attributes": {"bundle_product_options": [
      {"product_links": [{"sku": "A", "qty": 1}, {"sku": "B", "qty": 2, "is_default": True}]},
      {"product_links": [{"sku": "C", "qty": 3}]}]}}, False, (), (("B", D(2)), ("C", D(3)))),
    ({"type_id": "grouped", "product_links": [{"link_type": "associated", "linked_product_sku": "A",
      "extension_attributes": {"qty": 2}}, {"link_type": "related", "linked_product_sku": "Z"}]},
     False, (), (("A", D(2)),)),
    ({"type_id": "simple"}, True, (), ()),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "stockable", "children", "components"), KINDS)
def test_product_types(changes, stockable, children, components):
    found = product_mapping.map_product(product(**changes))
    assert (found.stockable, found.children, found.components) == (stockable, children, components)


@pytest.mark.parametrize(
    ("kind", "stated", "together"),
    [
        ("bundle", "0", True),
        ("bundle", 0, True),
        ("bundle", "1", False),
        ("bundle", None, False),
        ("simple", "0", False),
    ],
)
def test_a_bundle_is_shipped_as_a_whole_or_in_parts(kind, stated, together):
    attributes = [] if stated is None else [{"attribute_code": "shipment_type", "value": stated}]
    found = product_mapping.map_product(product(type_id=kind, custom_attributes=attributes))
    assert found.ships_together is together


def test_product_without_price_or_sku():
    assert product_mapping.map_product(product(price=None)).price is None
    with pytest.raises(RecordRefused, match="sku"):
        product_mapping.map_product(product(sku=" "))


def test_custom_attributes_may_be_a_mapping():
    assert product_mapping.custom_attributes({"custom_attributes": {"cost": {"value": 1}, "x": 2}}) == {
        "cost": 1,
        "x": 2,
    }


RECORDED = [
    ("customers", "customers_search.json", 1), ("products", "products_list.json", 10),
    ("customer_groups", "customer_groups.json", 5), ("tax_rates", "tax_rates.json", 4),
    ("tax_rules", "tax_rules.json", 2), ("tax_classes", "tax_classes.json", 3), ("websites", "websites.json", 2),
    ("store_configs", "store_configs.json", 1), ("source_items", "source_items.json", 24),
    ("orders", "orders_all.json", 8), ("invoices", "invoices_list.json", 2), ("shipments", "shipments_list.json", 2),
    ("credit_memos", "creditmemos_list.json", 1),
]  # fmt: skip


@pytest.mark.parametrize(("stream", "name", "count"), RECORDED)
def test_every_recorded_answer_is_read_whole(shared_data, stream, name, count):
    data = json.loads(shared_data.joinpath("magento", "live-2.4.7-p3", name).read_text())
    rows = data["items"] if isinstance(data, dict) else data
    intents = [STREAMS[stream].map(row) for row in rows]
    assert len(intents) == count
    for intent in intents:
        json.dumps(intent.to_dict())


def test_recorded_tax_rates_and_customer(shared_data):
    folder = shared_data / "magento" / "live-2.4.7-p3"
    rates = [
        reference_mapping.map_tax_rate(row) for row in json.loads((folder / "tax_rates.json").read_text())["items"]
    ]
    assert {rate.code: rate.percent for rate in rates}["US-NY-*-Rate 1"] == D("8.375")
    (row,) = json.loads((folder / "customers_search.json").read_text())["items"]
    customer = partner_mapping.map_customer(row)
    assert (customer.vat, customer.company, customer.billing.city) == ("DE136695976", "Muster GmbH", "Berlin")
