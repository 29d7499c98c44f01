"""Reading a Magento 1 shop's lists, which have no pages, in windows of time.

A list is asked for what changed between two moments; what it gives is sorted here by (time of change, id) and handed
over by pages as any other, so that the cursor, its overlap and its watermark mean the same. How wide a window is
follows from how much the last one held. Some lists do not tell the time of change: then a window is made narrow enough
to ask for all it holds, or one second wide, and that second is the time.

Apart from :mod:`openmage`, which speaks; here is only what to ask for next.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .amounts import text, whole_number
from .cursor import TIME_FORM, Row, record_digest
from .errors import ShopError, failure
from .shop import Page

BEGINNING = "2008-01-01 00:00:00"
"""No Magento shop is older."""

DAY = 86_400
LONGEST = 20 * 366 * DAY
MOST_WINDOWS = 60
"""Empty windows passed over in one go before the position is stored."""

NARROWER_HELPS = ("too_big", "timeout", "failed_inside", "gateway", "shop_failed", "connection_lost", "unavailable")


@dataclass(frozen=True, slots=True)
class Window:
    """From ``start`` to ``end``, both inclusive; without an end up to now. ``last``: nothing comes after it."""

    start: str
    end: str
    last: bool

    @property
    def is_second(self):
        return self.start == self.end


class WindowReader:
    """Reads pages of one stream; remembers how wide its windows may be.

    :param shop: an :class:`~.openmage.OpenMageShop`
    :param OpenMageStream source: what to read
    """

    def __init__(self, shop, source):
        self._shop, self._source = shop, source
        self._span = DAY

    def page(self, cursor, size):
        """Return the next :class:`~.shop.Page` after a cursor.

        :param Cursor cursor: where to go on
        :param int size: records wanted at most
        :raises ShopError: nothing was handed over
        """
        start = cursor.position[0] if cursor.position else cursor.floor(self._shop.overlap) or BEGINNING
        for _attempt in range(MOST_WINDOWS):
            window = self._window(start, cursor.until)
            heads = self._heads(window)
            if heads is None:
                continue
            timed = all(self._source.head_id and head.get("updated_at") for head in heads)
            if not timed and not window.is_second and self._narrowed(window, len(heads), size):
                continue
            chosen, reached = self._chosen(heads, cursor, size, window, timed)
            rows = self._rows(chosen, cursor, window, timed)
            self._adapt(window, len(heads), size)
            if rows or reached or window.last:
                return self._page(cursor, rows, size, window, reached)
            start = later(window.end, 1)
        return Page((), replace(cursor, position=(start, 0)), None, False, 0, size)

    def _window(self, start, until):
        end, now = later(start, self._span), self._shop.shop_now
        if not now or end >= now:
            end = ""
        if until and (not end or end >= until):
            return Window(start, max(start, until), True)
        return Window(start, end, not end)

    def _heads(self, window):
        """The window's rows, None where it must be narrower."""
        bounds = {"from": window.start, **({"to": window.end} if window.end else {})}
        try:
            heads = self._shop.remote(self._source.lister, [{"updated_at": bounds}])
        except ShopError as error:
            narrowed = error.code in NARROWER_HELPS and self._narrowed(window, 2, 1)
            if error.code == "too_big" and narrowed:
                return None
            raise
        if not isinstance(heads, list) or any(not isinstance(head, dict) for head in heads):
            raise failure("unexpected", "GET", f"{self._source.lister}: no list of records")
        # A shop that takes one bound only gives more than was asked for.
        return [head for head in heads if not window.end or text(head.get("updated_at")) <= window.end]

    def _narrowed(self, window, found, size):
        """Make the windows narrower where there is too much in one; return whether they are."""
        end = window.end or self._shop.shop_now
        if found <= size or not end or end <= window.start:
            return False
        self._span = min(seconds_between(window.start, end) * size // (2 * found), self._span)
        return True

    def _adapt(self, window, found, size):
        if found > 4 * size:
            self._narrowed(window, 2, 1)
        elif 2 * found < size:
            self._span = min(max(1, self._span * 2), LONGEST)

    def _chosen(self, heads, cursor, size, window, timed):
        """Return (rows to ask for, position reached where the window holds more)."""
        source = self._source
        if not source.head_id or not (timed or window.is_second):
            return heads, None
        ahead = []
        for head in heads:
            place = (text(head.get("updated_at")) if timed else window.start, self._key(head, source.head_id))
            if cursor.position is None or place > cursor.position:
                ahead.append((place, head))
        ahead.sort(key=lambda entry: entry[0])
        reached = ahead[size - 1][0] if len(ahead) > size else None
        return [head for _place, head in ahead[:size]], reached

    def _rows(self, heads, cursor, window, timed):
        rows = []
        for head, record in self._shop.tell(self._source, heads):
            stream = self._source.stream
            if timed:
                at = text(head.get("updated_at"))
            else:
                at = max(text(record.get(stream.changed)), window.start)
                at = min(at, window.end) if window.end else at
            rows.append(Row(self._key(record, stream.key), at, record_digest(record), record))
        rows.sort(key=lambda row: (row.at, row.key))
        return [row for row in rows if cursor.position is None or (row.at, row.key) > cursor.position]

    def _page(self, cursor, rows, size, window, reached):
        more = bool(reached) or not window.last
        fresh = [row.record for row in rows if cursor.is_fresh(row)]
        # Where windows were passed over, the position is a time of ours: only rows may move the watermark.
        reached_by_rows = cursor if rows else replace(cursor, position=None)
        following = reached_by_rows.after_rows(
            rows, more=more, overlap=self._shop.overlap, shop_now=self._shop.shop_now
        )
        if more:
            following = replace(following, position=reached or (later(window.end, 1), 0))
        return Page(tuple(fresh), following, None, not more, len(rows) - len(fresh), size)

    def _key(self, record, name):
        key = whole_number(record.get(name))
        if key is None:
            raise failure("unexpected", "GET", f"{self._source.name}: a record without {name}")
        return key


def later(time, seconds):
    """Return a shop's time some seconds later."""
    return (_moment(time) + timedelta(seconds=seconds)).strftime(TIME_FORM)


def seconds_between(start, end):
    """Return the whole seconds from one time of the shop to another."""
    return int((_moment(end) - _moment(start)).total_seconds())


def _moment(time):
    return datetime.strptime(time, TIME_FORM)  # noqa: DTZ007
