"""Reading lists without pages in windows of time: whatever moves, nothing is missed, and no window grows too large."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magento_wire import openmage_windows
from magento_wire.cursor import TIME_FORM, Cursor
from magento_wire.errors import ShopError, failure
from magento_wire.openmage_streams import OPENMAGE_STREAMS
from magento_wire.openmage_windows import WindowReader, later, seconds_between
from magento_wire.streams import STREAMS

NOW = "2026-11-23 12:00:00"
START = datetime(2026, 11, 1)  # noqa: DTZ001


def at(seconds):
    return (START + timedelta(seconds=seconds)).strftime(TIME_FORM)


class Lists:
    """A shop that has only lists: ``rows`` is {id: time of change}.

    :param timed: whether its list tells the time of change
    :param one_bound: whether it knows only the last condition on a field, as before 1.7
    :param most: rows beyond which an answer is too big
    """

    overlap, shop_now = 300, NOW

    def __init__(self, rows, *, timed=True, identified=True, one_bound=False, most=10**9):
        self.rows, self.timed, self.identified = dict(rows), timed, identified
        self.one_bound, self.most = one_bound, most
        self.asked, self.told, self.largest = [], [], 0

    def remote(self, _path, arguments):
        bounds = arguments[0]["updated_at"]
        self.asked.append(bounds)
        low, high = bounds["from"], "" if self.one_bound else bounds.get("to", "")
        found = [key for key, changed in self.rows.items() if changed >= low and (not high or changed <= high)]
        if len(found) > self.most:
            raise failure("too_big", "GET", "more than 1 MiB")
        self.largest = max(self.largest, len(found))
        heads = [{"increment_id": f"N{key}", "order_id": key if self.identified else None} for key in found]
        return [{**head, **({"updated_at": self.rows[key]} if self.timed else {})} for head, key in zip(heads, found)]  # noqa: B905

    def tell(self, _source, heads):
        for head in heads:
            key = int(head["increment_id"][1:])
            self.told.append(key)
            if key in self.rows:
                yield head, {"entity_id": key, "updated_at": self.rows[key], "increment_id": head["increment_id"]}


def reader(shop, name="orders"):
    return WindowReader(shop, OPENMAGE_STREAMS[name])


def scan(shop, cursor=None, size=10, between=None, name="orders"):
    """Read a scan to its end; returns ([page of ids, …], cursor)."""
    cursor, pages, one = cursor or Cursor(name), [], reader(shop, name)
    for _page in range(5000):
        page = one.page(cursor, size)
        pages.append([row["entity_id"] for row in page.records])
        cursor = Cursor.from_json(page.cursor.to_json(), name)
        if page.done:
            return pages, cursor
        if between:
            between()
    raise AssertionError("the scan does not end")


def ids(pages):
    return [key for page in pages for key in page]


def test_rows_come_in_the_order_of_change_and_then_no_more():
    shop = Lists({key: at(key * 7000) for key in range(1, 120)})
    pages, cursor = scan(shop)
    assert ids(pages) == list(range(1, 120))
    assert max(map(len, pages)) == 10
    assert cursor.watermark == at(119 * 7000)
    assert ids(scan(shop, cursor)[0]) == []


def test_windows_follow_how_much_there_is():
    burst = {key: at(86400 * 10 + key) for key in range(1, 1500)}
    shop = Lists({**burst, 2000: at(0), 2001: at(86400 * 20)})
    pages, _cursor = scan(shop, size=20)
    assert sorted(ids(pages)) == sorted(shop.rows)
    assert len(shop.asked) < 1500 / 20 * 3
    assert shop.largest <= 1501


def test_empty_years_are_passed_over_quickly():
    shop = Lists({1: at(0)})
    scan(shop)
    assert len(shop.asked) < 20


def test_answer_that_is_too_big_is_asked_for_in_parts():
    shop = Lists({key: at(key // 10) for key in range(1, 600)}, most=200)
    pages, _cursor = scan(shop, Cursor.start("orders", at(0)), size=25)
    assert sorted(ids(pages)) == sorted(shop.rows)


def test_list_without_times_is_read_in_narrow_windows():
    shop = Lists({key: at(key * 900) for key in range(1, 90)}, timed=False)
    pages, cursor = scan(shop)
    assert sorted(ids(pages)) == sorted(shop.rows)
    assert max(map(len, pages)) <= 10
    assert ids(scan(shop, cursor)[0]) == []


def test_many_rows_of_one_second_are_paged_by_id():
    for timed in (True, False):
        shop = Lists({key: at(500) for key in range(1, 64)}, timed=timed)
        pages, _cursor = scan(shop, Cursor.start("orders", at(0)))
        assert ids(pages) == list(range(1, 64))
        assert max(map(len, pages)) <= 10


def test_list_that_tells_neither_time_nor_id_is_read_whole_by_the_second():
    shop = Lists({key: at(500 + key // 30) for key in range(1, 90)}, timed=False, identified=False)
    pages, _cursor = scan(shop, Cursor.start("shipments", at(0)), name="shipments")
    assert sorted(ids(pages)) == sorted(shop.rows)


def test_shop_that_knows_one_bound_only_is_read_all_the_same():
    shop = Lists({key: at(key * 3000) for key in range(1, 80)}, one_bound=True)
    assert ids(scan(shop)[0]) == list(range(1, 80))


def test_record_that_is_gone_by_the_time_it_is_asked_for_is_passed_over():
    shop = Lists({key: at(key * 10) for key in range(1, 31)})
    told, shop.tell = shop.tell, lambda source, heads: told(source, [h for h in heads if int(h["order_id"]) % 2])
    assert ids(scan(shop)[0]) == list(range(1, 31, 2))


def test_shop_without_a_clock_is_read_in_one_window():
    shop = Lists({key: at(key * 3000) for key in range(1, 40)})
    shop.shop_now = ""
    assert ids(scan(shop)[0]) == list(range(1, 40))


def test_upper_end_is_kept():
    shop = Lists({key: at(key * 3000) for key in range(1, 80)})
    pages, _cursor = scan(shop, Cursor.start("orders", at(30000), at(60000)))
    assert ids(pages) == list(range(10, 21))
    assert ids(scan(shop, Cursor.start("orders", at(60000), at(30000)))[0]) in ([], [20])


def test_position_is_stored_after_many_empty_windows(monkeypatch):
    monkeypatch.setattr(openmage_windows, "MOST_WINDOWS", 3)
    shop = Lists({1: at(0)})
    page = reader(shop).page(Cursor("orders"), 10)
    assert (page.records, page.done) == ((), False)
    assert page.cursor.position[0] > openmage_windows.BEGINNING
    assert ids(scan(shop)[0]) == [1]


@pytest.mark.parametrize("answer", [{"not": "a list"}, "text", [1, 2], [{"updated_at": at(5)}]])
def test_what_is_no_list_of_records_is_refused(answer):
    shop = Lists({})
    shop.remote = lambda _path, _arguments: answer
    source = OPENMAGE_STREAMS["orders"]
    with pytest.raises(ShopError) as refusal:
        WindowReader(shop, source).page(Cursor("orders"), 5)
    assert refusal.value.code == "unexpected"


@given(
    rows=st.lists(st.integers(0, 4000), min_size=0, max_size=60),
    scale=st.sampled_from([1, 60, 3600, 40_000]),
    size=st.integers(1, 15),
    timed=st.booleans(),
    moves=st.lists(st.tuples(st.integers(0, 59), st.integers(1, 30)), max_size=25),
)
@settings(max_examples=120, deadline=None)
def test_whatever_moves_nothing_is_missed(rows, scale, size, timed, moves):
    """Rows change while they are read; after one more scan, each was handed over as it is now."""
    latest = START + timedelta(seconds=4000 * scale)
    clock = [max(latest, datetime(2026, 11, 23, 12))]  # noqa: DTZ001
    shop = Lists({key: at(second * scale) for key, second in enumerate(rows, 1)}, timed=timed)
    seen = {}

    def tick():
        clock[0] += timedelta(seconds=7)
        shop.shop_now = clock[0].strftime(TIME_FORM)
        for _move in range(2):
            if moves and shop.rows:
                index, _seconds = moves.pop()
                shop.rows[list(shop.rows)[index % len(shop.rows)]] = shop.shop_now

    def collect(cursor):
        one = reader(shop)
        for _page in range(3000):
            page = one.page(cursor, size)
            seen.update({row["entity_id"]: row["updated_at"] for row in page.records})
            cursor = page.cursor
            if page.done:
                return cursor
            tick()
        raise AssertionError("the scan does not end")

    tick()
    cursor = collect(Cursor("orders"))
    while moves and shop.rows:
        tick()
        cursor = collect(cursor)
    cursor = collect(cursor)
    assert seen == shop.rows
    assert cursor.watermark <= max(shop.rows.values(), default="")


def test_time_arithmetic():
    assert later("2026-02-28 23:59:59", 1) == "2026-03-01 00:00:00"
    assert seconds_between("2026-02-28 23:59:00", "2026-03-01 00:00:00") == 60
    assert STREAMS["orders"].changed == "updated_at"
