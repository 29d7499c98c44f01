"""Reading a window of time again, beside the running stream.

A window has a cursor of its own, so that the stream's is not disturbed. It is read in a lane of its own, page by page,
each page staged together with the position after it: a kill in between goes on where it stopped. What the stream staged
since the shop was asked is newer, and stays.
"""

import logging
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..magento_wire.cursor import TIME_FORM, Cursor
from ..magento_wire.errors import CONFIGURATION, RECORD, ShopError
from ..magento_wire.retry import RetryPolicy
from .loading import lane_of, problem_text

_logger = logging.getLogger(__name__)
POLICY = RetryPolicy(first=30.0, longest=3600.0, attempts=20)


class MagentoWindow(models.Model):
    _name = "magento.window"
    _description = "Window Read Again"
    _order = "id desc"
    _rec_name = "stream_id"

    stream_id = fields.Many2one("magento.stream", required=True, readonly=True, index=True, ondelete="cascade")
    backend_id = fields.Many2one(related="stream_id.backend_id", store=True, index=True)
    company_id = fields.Many2one(related="stream_id.company_id", store=True, index=True)
    since = fields.Datetime("From", required=True, readonly=True)
    until = fields.Datetime("To", required=True, readonly=True)
    again = fields.Boolean("Unchanged Too", readonly=True, help="What has not changed is processed again as well.")
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("running", "Reading"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("canceled", "Cancelled"),
        ],
        default="waiting",
        required=True,
        readonly=True,
        index=True,
    )
    cursor = fields.Json(readonly=True, copy=False)
    reached = fields.Char("Read up to", compute="_compute_progress")
    progress = fields.Integer("Progress (%)", compute="_compute_progress")
    fetched = fields.Integer("Read", readonly=True)
    changed = fields.Integer(readonly=True, help="Records that were new or different, and are processed again.")
    requests = fields.Integer(readonly=True)
    failures = fields.Integer(readonly=True)
    error = fields.Text(readonly=True)
    next_try = fields.Datetime(readonly=True)
    started_at = fields.Datetime("Begun", readonly=True)
    ended_at = fields.Datetime("Ended", readonly=True)

    _queue_index = models.Index("(id) WHERE state IN ('waiting', 'running')")

    @api.constrains("since", "until")
    def _check_window(self):
        if any(window.since >= window.until for window in self):
            raise ValidationError(self.env._("The window ends before it begins. Choose a later end."))

    @api.depends("cursor", "state", "since", "until")
    def _compute_progress(self):
        for window in self:
            position = (window.cursor or {}).get("position")
            window.reached = position[0] if position else False
            if window.state == "done":
                window.progress = 100
                continue
            whole = (window.until - window.since).total_seconds()
            try:
                passed = (datetime.strptime(position[0], TIME_FORM) - window.since).total_seconds()  # noqa: DTZ007
            except (TypeError, ValueError):
                passed = 0
            window.progress = max(0, min(99, round(100 * passed / whole))) if whole > 0 else 0

    # -- what people do --------------------------------------------------------------------------------------------

    def action_cancel(self):
        """Stop reading; what was staged stays."""
        self.check_access("write")
        self.filtered(lambda window: window.state in ("waiting", "running", "failed")).write(
            {"state": "canceled", "ended_at": fields.Datetime.now()}
        )
        return True

    def action_retry(self):
        """Go on where it failed or was cancelled."""
        self.check_access("write")
        self.filtered(lambda window: window.state in ("failed", "canceled")).write(
            {"state": "waiting", "failures": 0, "error": False, "next_try": False, "ended_at": False}
        )
        self._wake_lane()
        return True

    @api.model
    def _wake_lane(self):
        self.env.ref("magento_connector.ir_cron_window").sudo()._trigger()

    # -- the lane --------------------------------------------------------------------------------------------------

    @api.model
    def _cron_read(self):
        """The scheduler's lane for windows: each in turn, page after page, while there is time."""
        progress = self.env["ir.cron"]
        due = self._due()
        for place, window in enumerate(due):
            window._read_in_lane()
            if not progress._commit_progress(1, remaining=len(due) - place - 1):
                break

    @api.model
    def _due(self):
        return self.search(
            [
                ("state", "in", ("waiting", "running")),
                *self.env["magento.backend"]._running_domain("backend_id."),
                "|",
                ("next_try", "=", False),
                ("next_try", "<=", fields.Datetime.now()),
            ],
            order="id",
        )

    def _read_in_lane(self):
        """Read a window to its end, with commits; whatever fails is written down with it."""
        self.ensure_one()
        backend = self.backend_id
        if backend._is_left_alone():
            return
        work = f"Reading window {self.id} of shop {backend.id}"
        with lane_of(self, work, self._note_failure, _logger), backend._shop() as shop:
            while self._read_step(shop):
                pass

    def _position(self):
        if self.cursor:
            return Cursor.from_json(self.cursor, self.stream_id.entity)
        return Cursor.start(self.stream_id.entity, self.since.strftime(TIME_FORM), self.until.strftime(TIME_FORM))

    def _read_step(self, shop):
        """Read one page and commit it; returns whether there is more."""
        if self.state not in ("waiting", "running") or self.backend_id.paused:
            return False
        position, stream = self._position(), self.stream_id
        self.env["ir.cron"]._commit_progress()
        asked_at, before = fields.Datetime.now(), shop.requests
        page = shop.fetch(stream.entity, position, stream._page_sizes().current)
        requests = shop.requests - before
        changed = self.env["magento.record"]._retry_conflicts(
            lambda: self._take_over(page, position, asked_at, requests)
        )
        if changed:
            self.env["magento.record"]._wake_lanes()
            self.env["ir.cron"]._commit_progress()
        return changed is not None and not page.done

    def _take_over(self, page, position, asked_at, requests):
        """Stage a page and move the window's position, in this transaction.

        :returns: number of rows to process, or None when another process was faster or a person cancelled
        """
        if not self.try_lock_for_update() or self.state not in ("waiting", "running"):
            return None
        if self._position() != position:
            return None
        stream = self.stream_id
        changed = (
            self.env["magento.record"]
            .sudo()
            ._stage(self.backend_id, stream.entity, stream._rows(page.records), asked_at, self.again)
        )
        now = fields.Datetime.now()
        self.write(
            {
                "state": "done" if page.done else "running",
                "cursor": page.cursor.to_json(),
                "fetched": self.fetched + len(page.records),
                "changed": self.changed + changed,
                "requests": self.requests + requests,
                "failures": 0,
                "error": False,
                "next_try": False,
                "started_at": self.started_at or now,
                "ended_at": now if page.done else False,
            }
        )
        return changed

    def _note_failure(self, problem):
        failures = self.failures + 1
        final = (
            not isinstance(problem, ShopError) or problem.kind in (CONFIGURATION, RECORD) or failures >= POLICY.attempts
        )
        wait = POLICY.delay(failures, getattr(problem, "retry_after", None))
        self.write(
            {
                "failures": failures,
                "error": problem_text(self.env, problem),
                "next_try": fields.Datetime.now() + timedelta(seconds=wait),
                **({"state": "failed", "ended_at": fields.Datetime.now()} if final else {}),
            }
        )
