"""A cursor goes on where it was left, and passes nothing that was not handed over."""

import json

import pytest

from magento_wire.cursor import MOST_REMEMBERED, Cursor, Row, WrongCursor, earlier, record_digest


def row(key, at, content="x"):
    return Row(key, at, record_digest({"content": content}), {"id": key})


def at(second):
    return f"2026-03-01 10:00:{second:02}"


def test_cursor_survives_storage():
    cursor = Cursor.start("orders", since="2026-01-01 00:00:00", until="2026-12-31 23:59:59")
    cursor = cursor.after_rows([row(1, at(1)), row(2, at(2))], more=True, overlap=60)
    again = Cursor.from_json(json.loads(json.dumps(cursor.to_json())), "orders")
    assert again == cursor
    assert again.position == (at(2), 2)


@pytest.mark.parametrize("nothing", [None, {}, "", False])
def test_stream_never_read_starts_at_the_beginning(nothing):
    assert Cursor.from_json(nothing, "orders") == Cursor("orders")


GOOD = Cursor.start("orders", since="2026-01-01 00:00:00").to_json()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({**GOOD, "stream": "products"}, "belongs to products"),
        ({**GOOD, "version": 99}, "not readable"),
        (["x"], "not readable"),
        ("2026-01-01", "not readable"),
        ({**GOOD, "watermark": "last week"}, "not a time"),
        ({**GOOD, "position": ["2026-01-01 00:00:00"]}, "damaged"),
        ({**GOOD, "position": 7}, "damaged"),
        ({**GOOD, "seen": {"x": ["a", "b"]}}, "damaged"),
        ({**GOOD, "seen": [1]}, "damaged"),
    ],
)
def test_wrong_cursor_is_named(data, words):
    with pytest.raises(WrongCursor, match=words):
        Cursor.from_json(data, "orders")


def test_wrong_start_is_named():
    with pytest.raises(WrongCursor, match="YYYY"):
        Cursor.start("orders", since="01.02.2026")


def test_watermark_is_the_last_row_handed_over():
    cursor = Cursor("orders").after_rows([row(5, at(1)), row(9, at(4))], more=False, overlap=60)
    assert (cursor.watermark, cursor.position) == (at(4), None)
    assert cursor.floor(3) == at(1)


def test_watermark_never_goes_back():
    cursor = Cursor.start("orders", since=at(30)).after_rows([row(1, at(5))], more=False, overlap=60)
    assert cursor.watermark == at(30)


def test_clock_that_went_back_takes_the_watermark_with_it():
    cursor = Cursor("orders").after_rows([row(1, at(40))], more=False, overlap=5, shop_now=at(59))
    assert cursor.watermark == at(40)
    cursor = cursor.after_rows([], more=False, overlap=5, shop_now=at(20))
    assert cursor.floor(5) == at(15), "what is changed by the new time is read"


def test_day_of_beginning_that_is_still_to_come_stays():
    cursor = Cursor.start("orders", since=at(30)).after_rows([], more=False, overlap=5, shop_now=at(20))
    assert cursor.watermark == at(30)


def test_row_from_the_future_does_not_carry_the_watermark():
    rows = [row(1, at(5)), row(2, "2036-01-01 00:00:00")]
    cursor = Cursor("orders").after_rows(rows, more=False, overlap=4, shop_now=at(9))
    assert cursor.watermark == at(5)
    assert not cursor.is_fresh(rows[1])


def test_time_that_is_not_over_holds_the_watermark_until_the_next_scan():
    cursor = Cursor("orders").after_rows([row(1, at(1))], more=True, overlap=5, shop_now=at(20))
    assert (cursor.watermark, cursor.held) == (at(1), False)
    cursor = cursor.after_rows([row(2, at(18))], more=True, overlap=5, shop_now=at(20))
    assert (cursor.watermark, cursor.held) == (at(15), True)
    cursor = cursor.after_rows([row(3, at(30))], more=True, overlap=5, shop_now=at(50))
    assert Cursor.from_json(cursor.to_json(), "orders").watermark == at(15)
    cursor = cursor.after_rows([row(4, at(40))], more=False, overlap=5, shop_now=at(55))
    assert (cursor.watermark, cursor.held) == (at(15), False)
    cursor = cursor.after_rows([row(4, at(40))], more=False, overlap=5, shop_now=at(59))
    assert cursor.watermark == at(40)


def test_boundary_rows_are_known_by_content():
    cursor = Cursor("orders").after_rows([row(1, at(5)), row(2, at(5))], more=False, overlap=10)
    assert not cursor.is_fresh(row(1, at(5)))
    assert cursor.is_fresh(row(1, at(5), "changed"))
    assert cursor.is_fresh(row(3, at(5)))


def test_rows_before_the_overlap_are_forgotten():
    cursor = Cursor("orders").after_rows([row(1, at(5)), row(2, at(50))], more=False, overlap=10)
    assert list(cursor.seen) == [2]


def test_what_is_remembered_is_limited():
    rows = [row(key, at(1)) for key in range(MOST_REMEMBERED + 100)]
    cursor = Cursor("orders").after_rows(rows, more=False, overlap=600)
    assert len(cursor.seen) == MOST_REMEMBERED


def test_rows_up_to_the_position_are_not_handed_over_twice():
    cursor = Cursor("orders").after_rows([row(5, at(1))], more=True, overlap=60)
    assert not cursor.is_fresh(row(4, at(1)))
    assert cursor.is_fresh(row(6, at(1)))


def test_earlier_crosses_days():
    assert earlier("2026-03-01 00:00:10", 20) == "2026-02-28 23:59:50"
    assert earlier("", 20) == ""


def test_digest_ignores_the_order_of_fields():
    assert record_digest({"a": 1, "b": [2]}) == record_digest({"b": [2], "a": 1}) != record_digest({"a": 2})
