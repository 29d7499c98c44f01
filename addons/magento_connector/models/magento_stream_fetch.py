"""Fetching: page after page, each staged together with the cursor that comes after it.

No lock and no snapshot is held while the shop answers: the position is read, the page fetched, and then both are
compared and written in one short transaction. Whoever comes second with the same page finds the cursor moved, and
drops it.
"""

import json
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..magento_wire.cursor import TIME_FORM, Cursor, WrongCursor
from ..magento_wire.errors import CONFIGURATION, RECORD, ShopError
from ..magento_wire.read_ahead import ReadAhead
from ..magento_wire.retry import PageSize, RetryPolicy
from ..magento_wire.streams import STREAMS
from .loading import lane_of, problem_text

_logger = logging.getLogger(__name__)
POLICY = RetryPolicy(first=30.0, longest=3600.0, attempts=10**6)
REFERENCES = ("increment_id", "sku", "email", "code", "attribute_code", "class_name", "company_name", "name")
FROM_GO_LIVE = ("orders", "shipments", "invoices", "credit_memos")
TOO_MUCH_AT_ONCE = ("timeout", "failed_inside", "gateway", "shop_failed", "connection_lost", "too_big")
"""Codes of failures after which fewer records are asked for."""
NAMED_BY_LAST = {"customers": "email", "products": "sku"}


class MagentoStream(models.Model):
    _inherit = "magento.stream"

    # -- one page --------------------------------------------------------------------------------------------------

    def _position(self):
        """Where to go on: the stored cursor, or a new one.

        :raises WrongCursor: when the stored one cannot be gone on from
        """
        self.ensure_one()
        if self.cursor:
            return Cursor.from_json(self.cursor, self.entity)
        since = self.backend_id.orders_since if self.entity in FROM_GO_LIVE else None
        return Cursor.start(self.entity, since.strftime(TIME_FORM) if since else "")

    def _page_sizes(self):
        """How many records to ask for: as many as the shop last managed, at most what its form says."""
        self.ensure_one()
        largest = self.backend_id.page_size
        return PageSize(min(self.page_size or largest, largest), largest, self.good_pages)

    def _take_over(self, page, position, requests=1):
        """Stage a page and move the cursor, in this transaction.

        :param Page page: what the shop gave
        :param Cursor position: what it was asked from
        :param int requests: that it took
        :returns: number of new or changed rows, or None when another process was faster
        """
        self.ensure_one()
        if not self.try_lock_for_update() or self._position() != position:
            return None
        changed = self.env["magento.record"].sudo()._stage(self.backend_id, self.entity, self._rows(page.records))
        now = fields.Datetime.now()
        goes_on = position.scanning and self.run_started
        begun = self.run_started if goes_on else now
        in_run = len(page.records) + (self.run_fetched if goes_on else 0)
        values = {
            "cursor": page.cursor.to_json(),
            "fetched": self.fetched + len(page.records),
            "requests": self.requests + requests,
            "run_started": begun,
            "run_fetched": in_run,
            **self._sizes_after(page),
        }
        if in_run:
            values["rate"] = 60 * in_run / max(1.0, (now - begun).total_seconds())
        if page.done:
            values |= {
                "last_success": now,
                "next_fetch": now + timedelta(minutes=self.minutes),
                "error": False,
                "error_kind": False,
                "failures": 0,
                **({"state": "running"} if self.state == "retrying" else {}),
            }
        self.write(values)
        if self.backend_id.breaker:
            self.backend_id.sudo().breaker = False
        return changed

    def _sizes_after(self, page):
        """The page size to remember: what the shop was really asked for, grown back after good answers."""
        sizes = self._page_sizes()
        if page.page_size and page.page_size < sizes.current:
            return {"page_size": page.page_size, "good_pages": 0}
        after = sizes.after_success()
        return {"page_size": after.current, "good_pages": after.good}

    def _rows(self, records):
        """What is kept of each payload, as `magento.record._stage` takes it."""
        key = STREAMS[self.entity].key
        named = NAMED_BY_LAST.get(self.entity)
        for record in records:
            payload = _dumped(record)
            if not _is_storable(payload):
                record = _storable(record)
                payload = _dumped(record)
            reference = (
                record.get(named) if named else next((record[name] for name in REFERENCES if record.get(name)), None)
            )
            yield {
                "external_id": str(record[key]),
                "reference": str(reference or record[key]),
                "payload": payload,
            }

    def _fetch(self, shop, pages=None):
        """Fetch in this transaction, without committing.

        :param Shop shop: to fetch from
        :param int pages: at most; None for all
        :returns: number of new or changed rows
        :raises ShopError, WrongCursor: when the shop or the cursor fails
        """
        self.ensure_one()
        changed = 0
        while pages is None or pages > 0:
            position = self._position()
            before = shop.requests
            page = shop.fetch(self.entity, position, self._page_sizes().current)
            changed += self._take_over(page, position, shop.requests - before) or 0
            if page.done:
                break
            pages = None if pages is None else pages - 1
        return changed

    # -- the lane --------------------------------------------------------------------------------------------------

    @api.model
    def _cron_fetch(self):
        """The scheduler's fetching lane: each due stream, page after page, with a commit after each."""
        progress = self.env["ir.cron"]
        due = self._due()
        for position, stream in enumerate(due):
            stream._fetch_in_lane()
            if not progress._commit_progress(1, remaining=len(due) - position - 1):
                break

    @api.model
    def _due(self):
        now = fields.Datetime.now()
        return self.search(
            [
                ("state", "in", ("running", "retrying")),
                *self.env["magento.backend"]._running_domain("backend_id."),
                "|",
                ("next_fetch", "=", False),
                ("next_fetch", "<=", now),
            ],
            order="backend_id, sequence",
        ).filtered(lambda stream: not stream.lack)

    def _fetch_in_lane(self):
        """Fetch a stream to its end, with commits; whatever fails is written down with the stream."""
        self.ensure_one()
        backend = self.backend_id
        if backend._is_left_alone():
            return
        work = f"Fetching {self.entity} of shop {backend.id}"
        with lane_of(self, work, self._note_failure, _logger), backend._shop() as shop, ReadAhead(shop) as pages:
            while self._fetch_step(pages):
                pass

    def _fetch_step(self, pages):
        """Fetch one page and commit it, while the next one is already asked for; returns whether there is more."""
        if self.state not in ("running", "retrying") or self.backend_id.paused:
            return False
        position, size = self._position(), self._page_sizes().current
        self.env["ir.cron"]._commit_progress()
        page = pages.fetch(self.entity, position, size)
        requests = pages.requests()
        changed = self.env["magento.record"]._retry_conflicts(lambda: self._take_over(page, position, requests))
        if changed:
            self.env["magento.record"]._wake_lanes()
            self.env["ir.cron"]._commit_progress()
        return changed is not None and not page.done

    @api.model
    def _error_kind(self, problem):
        """What kind of failure it is, as the screen sorts them."""
        if isinstance(problem, WrongCursor):
            return "cursor"
        if isinstance(problem, ShopError):
            return problem.kind if problem.kind in (CONFIGURATION, RECORD) else "transient"
        return "configuration" if isinstance(problem, UserError) else "unexpected"

    def _note_failure(self, problem):
        """Write down why fetching failed, and when it is tried again."""
        failures = self.failures + 1
        final = not isinstance(problem, ShopError) or problem.kind in (CONFIGURATION, RECORD)
        wait = POLICY.delay(failures, getattr(problem, "retry_after", None))
        self.write(
            {
                "state": "stopped" if final else "retrying",
                "error": problem_text(self.env, problem),
                "error_kind": self._error_kind(problem),
                "failures": failures,
                "requests": self.requests + 1,
                "next_fetch": fields.Datetime.now() + timedelta(seconds=wait),
            }
        )
        if getattr(problem, "code", "") in TOO_MUCH_AT_ONCE:
            smaller = self._page_sizes().after_trouble()
            self.write({"page_size": smaller.current, "good_pages": 0})
        if not final:
            self.backend_id._note_breaker(problem)


def _dumped(record):
    return json.dumps(record, ensure_ascii=False, sort_keys=True)


def _is_storable(payload):
    """Whether PostgreSQL can hold a payload; most can, and are not walked through value by value."""
    try:
        payload.encode()
    except UnicodeEncodeError:
        return False
    return "\\u0000" not in payload


def _storable(value):
    """A payload without what PostgreSQL cannot hold: NUL characters, and halves of surrogate pairs (``?`` instead)."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_storable(name): _storable(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_storable(one) for one in value]
    return value
