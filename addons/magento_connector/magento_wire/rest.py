"""A Magento 2 shop over its REST interface.

Reads by keyset: each page asks for what comes after the last row handed over, sorted by (time of change,
id), instead of for page numbers, which repeat and skip rows as these move. One request brings a page of
whole records, nothing is asked for one by one.
"""

from __future__ import annotations

import json
import re
import time
from datetime import datetime, timezone

from .amounts import text, whole_number
from .async_bulk import follow, submit
from .auth import Authenticator, clock_offset
from .cursor import TIME_FORM, Row, WrongCursor, record_digest
from .errors import ShopError, error_for, failure
from .faults import as_read
from .order_effects import document_comments
from .rest_check import check_shop, discover_shop, find_features
from .rest_push import push_many, push_one
from .retry import PageSize
from .search import Search, query_string
from .shop import Page, Shop
from .streams import STREAMS, Stream
from .transport import HttpRequest

OVERLAP = 300
"""Seconds before the watermark that a new scan reads again."""

SLOW = 20.0
"""Seconds after which an answer counts as trouble for the page size."""

SMALLER_HELPS = (
    "timeout",
    "failed_inside",
    "gateway",
    "shop_failed",
    "connection_lost",
    "too_big",
    "unavailable",
)


class RestShop(Shop):
    """One shop, spoken to over an injected transport.

    :param Transport transport: sends requests
    :param str base_url: of the shop, such as ``https://shop.example.com``
    :param Authenticator auth: proves who we are
    :param str store_code: scope of the calls; ``all`` reads and writes default values
    :param bool hosted: Adobe Commerce as a Cloud Service, whose paths have no ``/rest/<store>``
    :param int overlap: seconds before the watermark that a new scan reads again
    """

    name = "rest"

    def __init__(self, transport, base_url, auth=None, store_code="all", *, hosted=False, overlap=OVERLAP):
        self.transport, self.auth = transport, auth or Authenticator()
        self.base_url = re.sub(r"/rest(/.*)?$", "", base_url.strip().rstrip("/"))
        self.store_code, self.hosted, self.overlap = store_code, hosted, overlap
        self.requests = 0
        self.shop_now, self.clock_offset = "", None
        self.input_cap, self.known_groups = None, {}
        self._sizes = {}

    def check(self):
        return check_shop(self)

    def discover(self):
        return discover_shop(self)

    def fetch(self, stream, cursor, page_size):
        stream = stream if isinstance(stream, Stream) else STREAMS[stream]
        if cursor.stream != stream.name:
            raise WrongCursor(f"The position belongs to {cursor.stream}, not to {stream.name}.")
        while True:
            sizes = self._size(stream.name, page_size)
            started = time.monotonic()
            try:
                answer = self._list(stream, cursor, sizes.current)
            except ShopError as error:
                if not self._shrink(stream.name, sizes, error):
                    raise
                continue
            slow = time.monotonic() - started > SLOW
            self._sizes[stream.name] = sizes.after_trouble() if slow else sizes.after_success()
            items, total = answer
            if stream.changed:
                return self._keyset_page(stream, cursor, items, total, sizes.current)
            return self._numbered_page(stream, cursor, items, total, sizes.current)

    def push(self, effect, *, unsure=False):
        return push_one(self, effect, unsure)

    def push_many(self, effects, *, unsure=()):
        return push_many(self, effects, unsure)

    def submit(self, effects, *, unsure=()):
        return submit(self, effects, unsure)

    def follow(self, bulk):
        return follow(self, bulk)

    def has(self, feature):
        """Return whether the shop has a feature; it is looked at once.

        :param str feature: ``multi_source``, ``b2b``, ``async_bulk``
        :raises ShopError: where it does not answer
        """
        if not self.features:
            self.features = find_features(self)
        return feature in self.features

    def comments(self, stream, record):
        return document_comments(self, stream, record)

    def summaries(
        self, since, until, *, stream="orders", fields=("entity_id", "increment_id", "grand_total"), size=300
    ):
        """Yield a few fields of every record created in a window, to compare with what was taken over.

        :param str since: naive UTC of the shop, ``until`` likewise, both inclusive
        :param fields: to ask for; the stream's key must be among them
        """
        stream = STREAMS[stream]
        fields, last = dict.fromkeys((stream.key, *fields)), 0
        while True:
            search = Search().where("created_at", "gteq", since).where("created_at", "lteq", until)
            search.where(stream.id_filter, "gt", last).sort(stream.id_filter).page(size)
            search.only(f"items[{','.join(fields)}],total_count")
            answer = self.call("GET", stream.path, search.pairs())
            rows = [row for row in answer.get("items") or [] if (whole_number(row.get(stream.key)) or 0) > last]
            yield from rows
            if not rows or len(rows) >= (whole_number(answer.get("total_count")) or 0):
                return
            last = max(whole_number(row[stream.key]) for row in rows)

    def records(self, stream, ids):
        stream, ids = STREAMS[stream], [str(value) for value in ids]
        if not ids:
            return []
        search = Search().where(stream.id_filter, "in", ",".join(ids)).sort(stream.id_filter).page(len(ids))
        return self.call("GET", stream.path, search.pairs()).get("items") or []

    def newest(self, stream, count):
        stream = STREAMS[stream]
        search = Search().sort(stream.id_filter, descending=True).page(count)
        return self.call("GET", stream.path, search.pairs()).get("items") or []

    def call(self, method, path, pairs=(), body=None, store_code=None):
        """Exchange one request for what the shop answers, as data.

        :param str method: HTTP method
        :param str path: below ``/V1/``
        :param pairs: (name, value) of the query
        :param body: data to send as JSON
        :raises ShopError: for anything but a success
        """
        response = self._exchange(method, self.url(path, pairs, store_code), body)
        if not 200 <= response.status < 300:
            raise error_for(response.status, response.body, response.headers, method)
        return parse(response, method)

    def ask(self, path, body):
        """Exchange a POST that changes nothing for what the shop answers.

        :param str path: below ``/V1/``
        :raises ShopError: for anything but a success, as of a request that only reads
        """
        try:
            return self.call("POST", path, body=body)
        except ShopError as error:
            raise as_read(error) from None

    def submit_bulk(self, method, path, bodies):
        """Hand several requests over for later; return what the shop answers.

        :param str path: of a bulk route, which has no arguments
        :param bodies: list of bodies
        :raises ShopError: for anything but a success
        """
        root = "V1/async/bulk" if self.hosted else f"rest/{self.store_code}/async/bulk/V1"
        response = self._exchange(method, f"{self.base_url}/{root}/{path}", bodies)
        if not 200 <= response.status < 300:
            raise error_for(response.status, response.body, response.headers, method)
        return parse(response, method)

    def url(self, path, pairs=(), store_code=None):
        """Return the address of a service."""
        root = f"{self.base_url}/V1/" if self.hosted else f"{self.base_url}/rest/{store_code or self.store_code}/V1/"
        query = query_string(pairs)
        return root + path + (f"?{query}" if query else "")

    def raw(self, method, url):
        """Exchange one request for the answer as it is, whatever its status."""
        return self._exchange(method, url, None)

    def _exchange(self, method, url, body):
        content = None if body is None else json.dumps(body).encode()
        response = None
        for attempt in (1, 2):
            headers = {"Accept": "application/json", **self.auth.headers(method, url, self.transport)}
            if self.hosted:
                headers["Store"] = self.store_code
            if content is not None:
                headers["Content-Type"] = "application/json"
            self.requests += 1
            response = self.transport.send(HttpRequest(method, url, headers, content))
            self._learn_time(response)
            refused = response.status == 401 or (response.status == 400 and b"timestamp_refused" in response.body)
            if attempt == 1 and refused and self.auth.renew(response):
                continue
            break
        return response

    def _learn_time(self, response):
        now = time.time()
        offset = clock_offset(response, now)
        if offset is not None:
            self.clock_offset = offset
            self.shop_now = datetime.fromtimestamp(now + offset, timezone.utc).strftime(TIME_FORM)

    def _size(self, name, wanted):
        sizes = self._sizes.get(name)
        if sizes is None:
            return PageSize(wanted, wanted)
        return PageSize(min(sizes.current, wanted), min(sizes.largest, wanted), sizes.good)

    def _shrink(self, name, sizes, error):
        """Take a smaller page after trouble; return whether to ask again at once."""
        cap = re.search(r"(\d+)\D*$", error.detail) if error.code == "page_size_capped" else None
        if cap and int(cap.group(1)) < sizes.current:
            self._sizes[name] = sizes.capped(int(cap.group(1)))
            return True
        if error.code not in SMALLER_HELPS or sizes.current == 1:
            return False
        self._sizes[name] = sizes.after_trouble()
        return error.code == "too_big"

    def _list(self, stream, cursor, size):
        if stream.plain:
            answer = self.call("GET", stream.path)
            if not isinstance(answer, list):
                raise failure("unexpected", "GET", f"{stream.path}: no list")
            return answer, len(answer)
        search = self._keyset(stream, cursor) if stream.changed else self._numbered(stream, cursor)
        for condition in stream.where:
            search.where(*condition)
        number = 1 if stream.changed else cursor.offset // size + 1
        answer = self.call("GET", stream.path, search.page(size, number).pairs())
        items = answer.get("items") if isinstance(answer, dict) else None
        if not isinstance(answer, dict) or not isinstance(items or [], list):
            raise failure("unexpected", "GET", f"{stream.path}: no list of items")
        if any(not isinstance(item, dict) for item in items or []):
            raise failure("unexpected", "GET", f"{stream.path}: items that are no records")
        return items or [], whole_number(answer.get("total_count"))

    def _keyset(self, stream, cursor):
        search = Search().sort(stream.changed, stream.id_filter)
        if cursor.position is not None:
            at, key = cursor.position
            if at:
                search.where(stream.changed, "gteq", at)
                search.where_any((stream.changed, "gt", at), (stream.id_filter, "gt", key))
            else:  # records without a time come first
                search.where_any((stream.changed, "notnull", 1), (stream.id_filter, "gt", key))
        elif cursor.watermark:
            search.where(stream.changed, "gteq", cursor.floor(self.overlap))
        if cursor.until:
            search.where(stream.changed, "lteq", cursor.until)
        return search

    def _numbered(self, stream, cursor):
        return Search().sort(*stream.sort_fields)

    def _keyset_page(self, stream, cursor, items, total, size):
        rows = [_row(stream, item) for item in items]
        ahead = [row for row in rows if cursor.position is None or (row.at, row.key) > cursor.position]
        # A full page is never taken for the last one: a count that is too small must not let the watermark pass a row.
        more = bool(ahead) and (total is None or total != len(items) or len(items) >= size)
        if items and not ahead and total is not None and total > len(items):
            raise failure("no_progress", "GET", f"{stream.path} after {cursor.position}")
        if more and any((one.at, one.key) > (two.at, two.key) for one, two in zip(ahead, ahead[1:])):  # noqa: B905, RUF007
            raise failure("unsorted", "GET", stream.path)
        fresh = {row.key: row for row in ahead if cursor.is_fresh(row)}
        following = cursor.after_rows(ahead, more=more, overlap=self.overlap, shop_now=self.shop_now)
        records = tuple(row.record for row in fresh.values())
        return Page(records, following, total, not more, len(ahead) - len(records), size)

    def _numbered_page(self, stream, cursor, items, total, size):
        digest = record_digest(items)
        repeated = bool(items) and digest == cursor.page_digest
        done_before = cursor.offset % size
        read = cursor.offset - done_before + len(items)
        more = bool(items) and not repeated and not stream.plain and (total is None or read < total)
        records = () if repeated else tuple(items[done_before:])
        following = cursor.after_page(read, digest, more=more)
        return Page(records, following, total, not more, 0, size)


def _row(stream, record):
    key = whole_number(record.get(stream.key))
    if key is None:
        raise failure("unexpected", "GET", f"{stream.path}: a record without {stream.key}")
    return Row(key, text(record.get(stream.changed)), record_digest(record), record)


def parse(response, method):
    """Return the data of a successful answer.

    :raises ShopError: ``not_json`` where a proxy's page or a cut-off text came instead
    """
    try:
        content = response.body.decode("utf-8-sig")
        return json.loads(content, parse_constant=_no_constant)
    except ValueError as error:
        start = response.body[:60].decode("utf-8", "replace")
        kind = response.headers.get("content-type", "no content type")
        raise failure("not_json", method, f"{kind}: {start!r}, {type(error).__name__}")


def _no_constant(name):
    raise ValueError(f"{name} is no JSON")
