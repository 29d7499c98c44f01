"""Reading a shop by REST: everything once, nothing lost, whatever moves meanwhile."""

import random
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from fake_shop import FakeShop, answer
from hypothesis import given, settings
from hypothesis import strategies as st

from magento_wire.cursor import Cursor, WrongCursor
from magento_wire.errors import ShopError, failure
from magento_wire.rest import RestShop
from magento_wire.search import Search, path_segment, query_string
from magento_wire.streams import STREAMS

URL = "https://shop.example.com"


def order(key, at, **more):
    return {"entity_id": key, "updated_at": at, "increment_id": f"{key:09}", **more}


def at(second):
    return f"2026-03-01 {10 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def shop_of(rows, **options):
    transport = FakeShop({"orders": rows})
    return RestShop(transport, URL, **options), transport


def read_all(shop, cursor=None, page_size=3, stream="orders", limit=500):
    """Fetch until done, storing the cursor as a caller would; return the records and the cursor."""
    cursor = cursor or Cursor(stream)
    records = []
    for _page in range(limit):
        page = shop.fetch(stream, cursor, page_size)
        records += page.records
        cursor = Cursor.from_json(page.cursor.to_json(), stream)
        if page.done:
            return records, cursor
    raise AssertionError("the stream does not end")


def ids(records):
    return [record["entity_id"] for record in records]


def test_all_records_are_read_in_order_of_change():
    shop, _transport = shop_of([order(key, at(100 - key)) for key in range(1, 11)])
    records, cursor = read_all(shop)
    assert ids(records) == list(range(10, 0, -1))
    assert cursor.watermark == at(99)
    assert not cursor.scanning


def test_second_read_brings_only_what_changed():
    rows = [order(key, at(key)) for key in range(1, 8)]
    shop, transport = shop_of(rows)
    _records, cursor = read_all(shop)
    assert read_all(shop, cursor)[0] == []
    rows[2]["updated_at"] = at(50)
    rows.append(order(8, at(60)))
    records, cursor = read_all(shop, cursor)
    assert ids(records) == [3, 8]
    assert cursor.watermark == at(60)
    assert transport.lists["orders"] is rows


def test_row_of_the_same_second_that_commits_late_is_read():
    rows = [order(1, at(1)), order(5, at(9))]
    shop, _transport = shop_of(rows)
    _records, cursor = read_all(shop)
    rows += [order(3, at(9)), order(2, at(4)), order(6, at(9))]
    assert ids(read_all(shop, cursor)[0]) == [2, 3, 6]


def test_row_committed_later_than_the_overlap_is_what_the_nightly_comparison_is_for():
    rows = [order(1, at(3600))]
    shop, _transport = shop_of(rows)
    _records, cursor = read_all(shop)
    rows.append(order(2, at(10), created_at=at(10), grand_total=5))
    assert read_all(shop, cursor)[0] == []
    assert [row["entity_id"] for row in shop.summaries(at(0), at(60))] == [2]


def test_many_rows_of_one_second_are_read_once_each():
    shop, transport = shop_of([order(key, at(7)) for key in range(1, 24)])
    records, _cursor = read_all(shop, page_size=5)
    assert ids(records) == list(range(1, 24))
    assert len(transport.requests) == 5


def test_rows_without_a_time_come_first_and_once():
    rows = [order(key, None if key % 2 else at(key)) for key in range(1, 12)]
    shop, _transport = shop_of(rows)
    records, cursor = read_all(shop, page_size=2)
    assert sorted(ids(records)) == list(range(1, 12))
    assert cursor.watermark == at(10)


def test_a_window_ends_where_it_is_told():
    shop, _transport = shop_of([order(key, at(key * 1000)) for key in range(1, 10)], overlap=0)
    records, _cursor = read_all(shop, Cursor.start("orders", since=at(3000), until=at(6000)))
    assert ids(records) == [3, 4, 5, 6]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6), st.integers(0, 40))
def test_moving_rows_are_neither_skipped_nor_lost(seed, page_size, count):
    """Property 8: whatever changes during the scan, each row's last state is handed over in the end."""
    chance = random.Random(seed)
    rows = [order(key, at(chance.randint(0, 20)), version=0) for key in range(1, count + 1)]
    shop, transport = shop_of(rows, overlap=5)
    clock, held, cursor = 21, {}, Cursor("orders")
    transport.clock = lambda: datetime.strptime(at(clock) + "+0000", "%Y-%m-%d %H:%M:%S%z")
    for step in range(400):
        page = shop.fetch("orders", cursor, page_size)
        held.update({record["entity_id"]: record["version"] for record in page.records})
        cursor = page.cursor
        settled = [row for row in rows if row["updated_at"] < cursor.watermark]
        assert all(held.get(row["entity_id"]) == row["version"] for row in settled)
        if step < 30:
            clock += chance.randint(0, 2)
            for row in chance.sample(rows, min(len(rows), chance.randint(0, 3))):
                row.update(updated_at=at(clock), version=row["version"] + 1)
            if chance.random() < 0.3:
                rows.append(order(len(rows) + 1, at(clock), version=0))
        elif page.done:
            break
    held.update({record["entity_id"]: record["version"] for record in read_all(shop, cursor)[0]})
    assert held == {row["entity_id"]: row["version"] for row in rows}


def test_crash_before_the_cursor_is_stored_reads_the_page_again():
    shop, _transport = shop_of([order(key, at(key)) for key in range(1, 6)])
    first = shop.fetch("orders", Cursor("orders"), 2)
    again = shop.fetch("orders", Cursor("orders"), 2)
    assert first.records == again.records
    assert ids(shop.fetch("orders", first.cursor, 2).records) == [3, 4]


def test_page_that_is_repeated_is_an_error_not_an_end():
    rows = [order(key, at(key)) for key in range(1, 6)]
    shop, transport = shop_of(rows)
    first = shop.fetch("orders", Cursor("orders"), 2)
    transport.script = [answer({"items": rows[:2], "total_count": 5})]
    with pytest.raises(ShopError, match="same page") as error:
        shop.fetch("orders", first.cursor, 2)
    assert (error.value.kind, error.value.code) == ("transient", "no_progress")
    assert ids(shop.fetch("orders", first.cursor, 2).records) == [3, 4]


def test_repeated_last_page_ends_the_scan():
    rows = [order(1, at(1)), order(2, at(2))]
    shop, transport = shop_of(rows)
    transport.script = [answer({"items": rows, "total_count": 3}), answer({"items": rows, "total_count": 2})]
    records, _cursor = read_all(shop, page_size=2)
    assert ids(records) == [1, 2]


@pytest.mark.parametrize(
    "end", [{"items": None, "total_count": 9}, {"items": [], "total_count": 9}, {"total_count": 0}]
)
def test_end_of_list_has_many_forms(end):
    rows = [order(1, at(1)), order(2, at(2))]
    shop, transport = shop_of(rows)
    transport.script = [answer({"items": rows, "total_count": 9}), answer(end)]
    records, cursor = read_all(shop, page_size=2)
    assert ids(records) == [1, 2]
    assert cursor.watermark == at(2)


@pytest.mark.parametrize("count", [1, 2])
def test_total_count_too_small_loses_nothing(count):
    rows = [order(key, at(key)) for key in range(1, 6)]
    shop, transport = shop_of(rows)
    transport.script = [answer({"items": rows[:2], "total_count": count})]
    records, _cursor = read_all(shop, page_size=2)
    assert ids(records) == [1, 2, 3, 4, 5]


def test_duplicate_rows_of_a_page_are_handed_over_once():
    rows = [order(1, at(1)), order(1, at(1)), order(2, at(2))]
    shop, transport = shop_of(rows)
    transport.script = [answer({"items": rows, "total_count": 3})]
    assert ids(read_all(shop)[0]) == [1, 2]


def test_list_that_is_not_sorted_is_refused_while_more_follows():
    shop, transport = shop_of([])
    transport.script = [answer({"items": [order(2, at(9)), order(1, at(1))], "total_count": 5})]
    with pytest.raises(ShopError, match="sort"):
        shop.fetch("orders", Cursor("orders"), 2)


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"items": {"a": 1}},
        {"items": ["x"], "total_count": 1},
        {"items": [{"no": "id"}], "total_count": 1},
        5,
        None,
    ],
)
def test_answer_of_another_shape_is_named(body):
    shop, transport = shop_of([])
    transport.script = [answer(body)]
    with pytest.raises(ShopError) as error:
        shop.fetch("orders", Cursor("orders"), 2)
    assert error.value.code == "unexpected"


def test_another_streams_cursor_is_refused():
    shop, _transport = shop_of([])
    with pytest.raises(WrongCursor):
        shop.fetch("orders", Cursor("products"), 2)


def test_shop_clock_limits_the_watermark():
    rows = [order(1, at(1)), order(2, "2036-01-01 00:00:00")]
    shop, transport = shop_of(rows)
    date = {"date": "Sun, 01 Mar 2026 10:05:00 GMT"}
    transport.script = [answer({"items": rows, "total_count": 2}, headers=date)]
    _records, cursor = read_all(shop)
    assert "2026-03-01 09:59:58" <= cursor.watermark <= "2026-03-01 10:00:02"


def test_lists_without_times_are_read_whole_by_pages():
    rows = [{"id": key, "tax_calculation_rate_id": key, "rate": key} for key in range(1, 8)]
    transport = FakeShop({"taxRates/search": rows})
    shop = RestShop(transport, URL)
    records, cursor = read_all(shop, page_size=3, stream="tax_rates")
    assert [record["id"] for record in records] == list(range(1, 8))
    assert len(transport.requests) == 3
    assert cursor == Cursor("tax_rates")
    assert len(read_all(shop, cursor, stream="tax_rates")[0]) == 7


def test_stock_is_known_by_sku_and_source():
    rows = [{"sku": "A", "source_code": "two", "quantity": 1}, {"sku": "A", "source_code": "one", "quantity": 2}]
    transport = FakeShop({"inventory/source-items": rows})
    records, _cursor = read_all(RestShop(transport, URL), stream="source_items")
    assert [STREAMS["source_items"].identify(record) for record in records] == ["A@one", "A@two"]


def test_repeated_last_page_of_a_list_without_times_ends_it():
    transport = FakeShop()
    page = {"items": [{"id": 1}, {"id": 2}], "total_count": 99}
    transport.script = [answer(page), answer(page)]
    records, _cursor = read_all(RestShop(transport, URL), page_size=2, stream="tax_rates")
    assert [record["id"] for record in records] == [1, 2]


def test_page_size_that_shrinks_midway_skips_nothing():
    rows = [{"id": key, "tax_calculation_rate_id": key} for key in range(1, 12)]
    transport = FakeShop({"taxRates/search": rows})
    shop = RestShop(transport, URL)
    first = shop.fetch("tax_rates", Cursor("tax_rates"), 5)
    records = [*first.records]
    records += read_all(shop, first.cursor, page_size=3, stream="tax_rates")[0]
    assert [record["id"] for record in records] == list(range(1, 12))


def test_plain_lists_are_read_in_one_request():
    transport = FakeShop({"store/storeViews": [{"id": 0}, {"id": 1}]})
    records, _cursor = read_all(RestShop(transport, URL), stream="stores")
    assert len(records) == 2


def test_page_size_shrinks_under_trouble_and_grows_back():
    shop, transport = shop_of([order(key, at(key)) for key in range(1, 100)])
    transport.script = [failure("timeout", "GET"), answer({"message": "Internal Error"}, 500)]
    for _trouble in range(2):
        with pytest.raises(ShopError) as error:
            shop.fetch("orders", Cursor("orders"), 8)
        assert error.value.kind == "transient"
    sizes = [shop.fetch("orders", Cursor("orders"), 8).page_size for _good in range(7)]
    assert sizes == [2, 2, 2, 4, 4, 4, 8]


def test_too_large_an_answer_is_asked_for_again_in_smaller_pages_at_once():
    shop, transport = shop_of([order(key, at(key)) for key in range(1, 10)])
    transport.script = [failure("too_big", "GET"), failure("too_big", "GET")]
    page = shop.fetch("orders", Cursor("orders"), 8)
    assert (page.page_size, len(page.records)) == (2, 2)


def test_single_record_beyond_the_limit_is_told():
    shop, transport = shop_of([])
    transport.script = [failure("too_big", "GET")]
    with pytest.raises(ShopError, match="larger than allowed"):
        shop.fetch("orders", Cursor("orders"), 1)


def test_cap_the_shop_states_is_kept():
    shop, transport = shop_of([order(key, at(key)) for key in range(1, 400)])
    transport.script = [answer({"message": "Maximum SearchCriteria pageSize is %1", "parameters": [300]}, 400)]
    page = shop.fetch("orders", Cursor("orders"), 500)
    assert (page.page_size, len(page.records), page.done) == (300, 300, False)


def test_query_holds_groups_sorting_and_paging():
    shop, transport = shop_of([order(key, at(key)) for key in range(1, 6)])
    page = shop.fetch("orders", Cursor("orders"), 2)
    shop.fetch("orders", page.cursor, 2)
    query = parse_qs(urlsplit(transport.requests[1].url).query)
    assert query["searchCriteria[filter_groups][0][filters][0][condition_type]"] == ["gteq"]
    assert query["searchCriteria[filter_groups][1][filters][0][condition_type]"] == ["gt"]
    assert query["searchCriteria[filter_groups][1][filters][1][field]"] == ["entity_id"]
    assert query["searchCriteria[sortOrders][0][field]"] == ["updated_at"]
    assert query["searchCriteria[sortOrders][1][field]"] == ["entity_id"]
    assert query["searchCriteria[pageSize]"] == ["2"]
    assert " " not in transport.requests[1].url
    assert "+" not in urlsplit(transport.requests[1].url).query


def test_empty_search_still_carries_the_word():
    assert query_string(Search().pairs()) == "searchCriteria="


@pytest.mark.parametrize(
    ("sku", "segment"),
    [
        ("A/B C", "A%2FB%20C"),
        ("ä+&?#%", "%C3%A4%2B%26%3F%23%25"),
        ("\U0001f4e6", "%F0%9F%93%A6"),
        ("PLAIN-1", "PLAIN-1"),
    ],
)
def test_any_sku_fits_into_a_path(sku, segment):
    assert path_segment(sku) == segment


def test_requests_per_order_stay_below_one_in_fifty():
    shop, transport = shop_of([order(key, at(key)) for key in range(1, 1001)])
    records, _cursor = read_all(shop, page_size=100)
    assert len(records) == 1000
    assert len(transport.requests) <= 1000 / 50


@pytest.mark.parametrize(
    ("base", "options", "url"),
    [
        ("https://shop.example.com/", {}, "https://shop.example.com/rest/all/V1/orders"),
        ("https://shop.example.com/rest/V1", {}, "https://shop.example.com/rest/all/V1/orders"),
        (
            "https://shop.example.com/index.php",
            {"store_code": "de"},
            "https://shop.example.com/index.php/rest/de/V1/orders",
        ),
        ("https://eu.example.com/tenant", {"hosted": True}, "https://eu.example.com/tenant/V1/orders"),
    ],
)
def test_address_of_a_service(base, options, url):
    assert RestShop(FakeShop(), base, **options).url("orders") == url
