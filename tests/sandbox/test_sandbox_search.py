"""searchCriteria and fields over real HTTP: filters, groups, sorting, paging, and their errors."""

import pytest
from shop_client import TODAY, ShopClient, criteria

from magento_sandbox import server as sandbox
from magento_sandbox.search import only_fields, parse_fields

pytest_plugins = "sandbox_fixtures"


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [row["entity_id"] for row in answer.json()["items"]]


@pytest.fixture(scope="module")
def reader():
    server = sandbox.start(TODAY, orders=60)
    yield ShopClient(server)
    server.stop()


@pytest.fixture(scope="module")
def orders(reader):
    return reader.get("V1/orders", criteria(size=300)).json()["items"]


def test_without_search_criteria_a_list_is_refused_as_by_a_real_shop(reader):
    answer = reader.get("V1/orders")
    assert answer.status_code == 400
    assert answer.json() == {
        "message": '"%fieldName" is required. Enter and try again.',
        "parameters": {"fieldName": "searchCriteria"},
    }
    assert answer.headers["X-Sandbox"].startswith("magento-sandbox")


CONDITIONS = {
    "eq": (("state", "eq", "complete"), lambda order: order["state"] == "complete"),
    "eq without case": (("state", "eq", "COMPLETE"), lambda order: order["state"] == "complete"),
    "neq": (("state", "neq", "complete"), lambda order: order["state"] != "complete"),
    "gt number": (("grand_total", "gt", "1000"), lambda order: order["grand_total"] > 1000),
    "gteq number": (("entity_id", "gteq", "50"), lambda order: order["entity_id"] >= 50),
    "lt": (("grand_total", "lt", "100.5"), lambda order: order["grand_total"] < 100.5),
    "lteq": (("entity_id", "lteq", "9"), lambda order: order["entity_id"] <= 9),
    "in": (("entity_id", "in", "3,5,7"), lambda order: order["entity_id"] in (3, 5, 7)),
    "nin": (("store_id", "nin", "1,2"), lambda order: order["store_id"] == 3),
    "like": (("increment_id", "like", "2%"), lambda order: order["increment_id"].startswith("2")),
    "like underscore": (("increment_id", "like", "00000000_"), lambda order: order["increment_id"] < "000000010"),
    "null": (("customer_id", "null", "1"), lambda order: "customer_id" not in order),
    "notnull": (("customer_id", "notnull", "1"), lambda order: "customer_id" in order),
    "date": (("created_at", "gteq", "2026-11-10"), lambda order: order["created_at"] >= "2026-11-10"),
    "ISO moment": (
        ("created_at", "lt", "2026-11-10T09:00:00Z"),
        lambda order: order["created_at"] < "2026-11-10 09:00:00",
    ),
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_conditions(reader, orders, name):
    condition, expected = CONDITIONS[name]
    found = ids(reader.get("V1/orders", criteria(condition)))
    assert found == [order["entity_id"] for order in orders if expected(order)]
    assert 0 < len(found) < len(orders)


def test_groups_are_and_filters_in_a_group_are_or(reader, orders):
    either = [("state", "eq", "canceled"), ("state", "eq", "closed")]
    found = ids(reader.get("V1/orders", criteria(either, ("grand_total", "gt", "200"))))
    assert found == [
        order["entity_id"]
        for order in orders
        if order["state"] in ("canceled", "closed") and order["grand_total"] > 200
    ]


def test_from_and_to_make_a_range(reader, orders):
    found = ids(reader.get("V1/orders", criteria(("entity_id", "from", "10"), ("entity_id", "to", "12"))))
    assert found == [10, 11, 12]


def test_gt_drops_rows_of_the_same_second_and_gteq_keeps_them(reader, orders):
    twins = [order for order in orders if order["created_at"] == "2026-11-04 09:30:00"]
    assert len(twins) == 2
    kept = criteria(("created_at", "gteq", twins[0]["created_at"]), ("created_at", "lteq", twins[0]["created_at"]))
    dropped = criteria(("created_at", "gt", twins[0]["created_at"]), ("created_at", "lteq", twins[0]["created_at"]))
    assert ids(reader.get("V1/orders", kept)) == [order["entity_id"] for order in twins]
    assert ids(reader.get("V1/orders", dropped)) == []


def test_snake_case_names_are_understood_too(reader):
    query = "search_criteria[filter_groups][0][filters][0][field]=entity_id"
    query += "&search_criteria[filter_groups][0][filters][0][value]=4&search_criteria[page_size]=5"
    answer = reader.get("V1/orders", query)
    assert ids(answer) == [4]
    assert answer.json()["search_criteria"] == {
        "filter_groups": [{"filters": [{"field": "entity_id", "value": "4", "condition_type": "eq"}]}],
        "page_size": 5,
    }


def test_several_sort_orders(reader, orders):
    found = ids(reader.get("V1/orders", criteria(sort=[("updated_at", "DESC"), ("entity_id", "ASC")])))
    by_id = sorted(orders, key=lambda order: order["entity_id"])
    expected = sorted(by_id, key=lambda order: order["updated_at"], reverse=True)
    assert found == [order["entity_id"] for order in expected]


def test_pages_tile_the_list(reader, orders):
    pages = [
        reader.get("V1/orders", criteria(sort=[("entity_id", "ASC")], size=25, page=number)) for number in (1, 2, 3)
    ]
    assert [len(ids(page)) for page in pages] == [25, 25, 10]
    assert [number for page in pages for number in ids(page)] == [order["entity_id"] for order in orders]
    assert {page.json()["total_count"] for page in pages} == {60}
    assert pages[1].json()["search_criteria"]["current_page"] == 2


@pytest.mark.parametrize(("setting", "expected"), [("empty", []), ("null", None), ("repeat", [51, 60])])
def test_past_the_end_a_shop_answers_by_its_version(reader, setting, expected):
    reader.control("POST", "settings", {"past_end": setting})
    body = reader.get("V1/orders", criteria(sort=[("entity_id", "ASC")], size=50, page=9)).json()
    assert body["total_count"] == 60
    if setting == "repeat":
        assert [body["items"][0]["entity_id"], body["items"][-1]["entity_id"]] == expected
    else:
        assert body["items"] == expected
    reader.control("POST", "settings", {"past_end": "empty"})


def test_a_page_size_cap_is_kept(reader):
    reader.control("POST", "settings", {"page_size_cap": 30})
    refused = reader.get("V1/orders", criteria(size=31))
    assert (refused.status_code, refused.json()["parameters"]) == (400, {"max": 30})
    assert len(ids(reader.get("V1/orders", criteria()))) == 30
    reader.control("POST", "settings", {"page_size_cap": None})


def test_an_unknown_field_is_an_internal_error_and_a_wrong_number_a_bad_request(reader):
    answer = reader.get("V1/orders", criteria(("no_such_column", "eq", "1")))
    assert answer.status_code == 500
    assert answer.json()["message"].startswith("Internal Error. Details are available in Magento log file.")
    assert reader.get("V1/orders", "searchCriteria[pageSize]=many").status_code == 400


def test_fields_pick_what_is_answered(reader):
    query = criteria(("entity_id", "eq", "5")) | {"fields": "items[entity_id,items[sku],billing_address],total_count"}
    body = reader.get("V1/orders", query).json()
    assert set(body) == {"items", "total_count"}
    assert set(body["items"][0]) == {"entity_id", "items", "billing_address"}
    assert set(body["items"][0]["items"][0]) == {"sku"}
    assert "city" in body["items"][0]["billing_address"]
    assert reader.get("V1/orders/5", {"fields": "increment_id"}).json() == {"increment_id": "000000005"}


FIELDS = [
    ("sku,name", {"sku": {}, "name": {}}),
    ("items[a,b[c]],d", {"items": {"a": {}, "b": {"c": {}}}, "d": {}}),
    (" a , b ", {"a": {}, "b": {}}),
    ("a[b", None),
    ("a]b", None),
    ("[a]", None),
    ("", {}),
]


@pytest.mark.parametrize(("text", "tree"), FIELDS)
def test_fields_are_parsed(text, tree):
    assert parse_fields(text) == tree


def test_fields_that_are_not_there_are_left_out():
    assert only_fields({"a": 1, "b": [{"c": 2}]}, parse_fields("z,b[c,d]")) == {"b": [{"c": 2}]}


def test_skus_with_a_slash_need_encoding(reader):
    assert reader.get("V1/products/AR-KH%203%2F4").json()["sku"] == "AR-KH 3/4"
    assert reader.get("V1/products/%C3%96L%20ISO%2046%2F5").json()["sku"] == "ÖL ISO 46/5"
    answer = reader.get("V1/products/AR-KH%203/4")
    assert (answer.status_code, answer.json()["message"]) == (404, "Request does not match any route.")
    assert reader.get("V1/products/NOPE").json()["message"].startswith("The product that was requested doesn't exist")


@pytest.mark.parametrize(
    "path",
    [
        "V1/orders/999",
        "V1/invoices/999",
        "V1/customers/999",
        "V1/company",
        "V1/negotiableQuote",
        "V2/orders",
        "nostore/V1/orders",
    ],
)
def test_what_is_not_there_is_404(reader, path):
    answer = reader.get(path)
    assert answer.status_code == 404
    assert answer.json()["message"]


@pytest.mark.parametrize("scope", ["V1", "default/V1", "us_en/V1", "all/V1"])
def test_store_scopes_lead_to_the_same_orders(reader, scope):
    assert reader.get(f"{scope}/orders/3").json()["entity_id"] == 3


def test_products_can_be_found_by_attribute_and_category(reader):
    hoses = reader.get("V1/products", criteria(("category_id", "eq", "11"), ("type_id", "eq", "configurable"))).json()
    assert [product["sku"] for product in hoses["items"]] == ["SL-FLEX"]
    tier = reader.get("V1/products/AR-KH12").json()["tier_prices"]
    assert [(row["qty"], row["value"]) for row in tier if row["customer_group_id"] == 4] == [
        (1, 10),
        (100, 9),
        (500, 8),
    ]


def test_items_name_their_parent(reader):
    items = reader.get("V1/orders/items", criteria(("parent_item_id", "notnull", "1"))).json()["items"]
    assert items
    assert all(item["parent_item"]["item_id"] == item["parent_item_id"] for item in items)
    assert reader.get(f"V1/orders/items/{items[0]['item_id']}").json() == items[0]


DATABASE_COLUMNS = [
    ("customerGroups/search", "customer_group_id", 9),
    ("taxClasses/search", "class_id", 4),
    ("taxRates/search", "tax_calculation_rate_id", 4),
    ("taxRules/search", "tax_calculation_rule_id", 3),
    ("customers/search", "entity_id", 21),
    ("categories/list", "entity_id", 10),
    ("inventory/source-items", "source_item_id", 120),
]


@pytest.mark.parametrize(("path", "column", "count"), DATABASE_COLUMNS)
def test_lists_filter_and_sort_by_the_names_of_database_columns(reader, path, column, count):
    found = reader.get(f"V1/{path}", criteria((column, "gteq", "0"), sort=[(column, "DESC")])).json()
    assert found["total_count"] == count
    plain = reader.get(f"V1/{path}", criteria()).json()["items"]
    assert sorted(map(str, found["items"])) == sorted(map(str, plain))


def test_the_version_is_told_as_by_a_real_shop(reader):
    answer = reader.session.get(f"{reader.address}/magento_version", timeout=5)
    assert answer.text == "Magento/2.4 (Community)"
