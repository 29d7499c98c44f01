"""Reading ahead: the same pages in the same order, one request at a time, and nothing that was not asked for."""

import threading
import time

import pytest

from magento_wire.cursor import Cursor
from magento_wire.errors import TRANSIENT, ShopError
from magento_wire.read_ahead import ReadAhead
from magento_wire.shop import Page


class CountingShop:
    """Pages of one row; the position is the number of rows read."""

    def __init__(self, pages, fail_at=None):
        self.pages, self.fail_at = pages, fail_at
        self.asked, self.at_once, self.most_at_once = [], 0, 0
        self.answered = threading.Event()

    @property
    def requests(self):
        return len(self.asked)

    def fetch(self, stream, cursor, page_size):
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.asked.append(cursor.offset)
        time.sleep(0.01)
        self.at_once -= 1
        self.answered.set()
        if self.asked[-1] == self.fail_at:
            raise ShopError(TRANSIENT, "unavailable", "in maintenance")
        following = cursor.after_page(cursor.offset + 1, "", more=True)
        return Page(({"id": cursor.offset},), following, None, cursor.offset + 1 == self.pages, 0, page_size)


def read_all(shop, cursor):
    rows = []
    with ReadAhead(shop) as ahead:
        while True:
            page = ahead.fetch("stores", cursor, 1)
            rows += page.records
            cursor = page.cursor
            if page.done:
                return rows


def test_every_page_comes_once_and_in_order():
    shop = CountingShop(5)
    assert read_all(shop, Cursor("stores")) == [{"id": number} for number in range(5)]
    assert shop.asked == [0, 1, 2, 3, 4], "no request more than without reading ahead"
    assert shop.most_at_once == 1


def test_the_next_page_is_asked_for_while_this_one_is_stored():
    shop = CountingShop(3)
    with ReadAhead(shop) as ahead:
        ahead.fetch("stores", Cursor("stores"), 1)
        shop.answered.clear()
        assert shop.answered.wait(1), "nobody asked for it, and it came"
        assert shop.asked == [0, 1]


def test_a_position_that_moved_is_read_anew():
    shop = CountingShop(9)
    with ReadAhead(shop) as ahead:
        ahead.fetch("stores", Cursor("stores"), 1)
        page = ahead.fetch("stores", Cursor("stores", offset=6), 1)
    assert page.records == ({"id": 6},)
    assert shop.most_at_once == 1


def test_what_fails_ahead_fails_when_it_is_asked_for_and_only_then():
    shop = CountingShop(3, fail_at=1)
    with ReadAhead(shop) as ahead:
        first = ahead.fetch("stores", Cursor("stores"), 1)
        with pytest.raises(ShopError):
            ahead.fetch("stores", first.cursor, 1)
        shop.fail_at = None
        assert ahead.fetch("stores", first.cursor, 1).records == ({"id": 1},), "and can be asked for again"


def test_nothing_is_under_way_afterwards():
    shop = CountingShop(9)
    with ReadAhead(shop) as ahead:
        ahead.fetch("stores", Cursor("stores"), 1)
    assert shop.at_once == 0
