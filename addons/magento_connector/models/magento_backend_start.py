"""From what moment on a shop runs here: starting, pausing, and what was before.

Nothing is fetched or sent by the scheduler before a person has started the shop, nor while it is paused. Both lose
nothing: cursors and messages stay where they are.
"""

import time
from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..magento_wire.retry import Breaker


class MagentoBackendStart(models.AbstractModel):
    _name = "magento.backend.start"
    _description = "Start and Pause of a Shop"

    started_at = fields.Datetime("Started", readonly=True, copy=False, tracking=True)
    paused = fields.Boolean(
        readonly=True,
        copy=False,
        tracking=True,
        help="Nothing is fetched from the shop or sent to it. Nothing is lost.",
    )
    go_live = fields.Datetime(
        "Go-Live",
        tracking=True,
        help="Orders placed before are history: kept with their exact amounts, never billed or delivered from here. "
        "Empty: every order is live.",
    )
    history_orders = fields.Selection(
        [
            ("closed", "History is what was settled; open orders are live"),
            ("all", "History is all that was placed before"),
        ],
        "Before Go-Live",
        default="closed",
        required=True,
        help="Open are orders that the shop has neither completed nor closed nor cancelled. As live orders they are "
        "delivered and billed from here, as far as that is still due.",
    )
    history_count = fields.Integer("History", compute="_compute_history_count")
    breaker_text = fields.Char("Left Alone", compute="_compute_breaker_text")

    def _compute_history_count(self):
        counts = dict(
            self.env["sale.order"]
            .sudo()
            ._read_group(
                [("magento_backend_id", "in", self.ids), ("b2b_history", "=", True)],
                ["magento_backend_id"],
                ["__count"],
            )
        )
        for backend in self:
            backend.history_count = counts.get(backend, 0)

    @api.depends("breaker")
    def _compute_breaker_text(self):
        now = datetime.now().timestamp()  # noqa: DTZ005
        for backend in self:
            breaker = backend._breaker()
            backend.breaker_text = False
            if not breaker.allows(now):
                until = fields.Datetime.context_timestamp(
                    backend,
                    datetime.utcfromtimestamp(breaker.open_until),  # noqa: DTZ004
                )
                backend.breaker_text = self.env._(
                    "The shop failed %(count)s times in a row and is left alone until %(time)s.",
                    count=breaker.failures,
                    time=until.strftime("%H:%M"),
                )

    def _breaker(self):
        self.ensure_one()
        return Breaker(**(self.breaker or {}))

    def _is_left_alone(self):
        """Whether the shop failed so often that it is left alone for a while."""
        return not self._breaker().allows(time.time())

    def _note_breaker(self, problem):
        """Count a failure of the shop itself.

        :param ShopError problem: what happened
        """
        breaker = self._breaker().after_failure(time.time(), problem.retry_after)
        self.sudo().breaker = {"failures": breaker.failures, "open_until": breaker.open_until}

    def _is_running(self):
        """Whether the scheduler may speak with the shop."""
        self.ensure_one()
        return bool(self.active and self.started_at and not self.paused)

    @api.model
    def _running_domain(self, path=""):
        """Domain of shops that the scheduler may speak with.

        :param str path: of the field that leads to the shop, with its point, such as ``backend_id.``
        """
        return [(f"{path}active", "=", True), (f"{path}started_at", "!=", False), (f"{path}paused", "=", False)]

    def action_start(self):
        """Have the scheduler fetch from the shop from now on.

        :raises UserError: naming what has to be done first
        """
        for backend in self:
            backend.check_access("write")
            missing = [point["text"] for point in backend._checklist() if point["blocks"]]
            if missing:
                raise UserError(
                    self.env._("%(shop)s cannot start yet:\n%(missing)s", shop=backend.name, missing="\n".join(missing))
                )
            backend.write({"started_at": backend.started_at or fields.Datetime.now(), "paused": False})
            backend.stream_ids._wake()
        return True

    def action_pause(self):
        """Stop fetching and sending, without loss."""
        self.write({"paused": True})
        return True

    def action_resume(self):
        """Go on where it stopped. Streams that a person paused by themselves stay so."""
        for backend in self:
            backend.write({"paused": False})
            streams = backend.stream_ids
            if streams and all(stream.state == "paused" for stream in streams):
                streams.action_resume()
            streams.filtered(lambda stream: stream.state != "paused")._wake()
        self.env["magento.outbox"]._wake_lane()
        return True

    def action_reset_breaker(self):
        """Try the shop again at once."""
        self.check_access("write")
        self.sudo().breaker = False
        self.stream_ids.filtered(lambda stream: stream.state == "retrying").action_fetch()
        return True

    def action_read_again(self):
        """Open the form for reading a window of time again."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Read Again: %(shop)s", shop=self.name),
            "res_model": "magento.read.again",
            "view_mode": "form",
            "target": "new",
            "context": {"default_backend_id": self.id},
        }

    def action_view_history(self):
        return {
            **self.env["ir.actions.actions"]._for_xml_id("sale.action_orders"),
            "domain": [("magento_backend_id", "in", self.ids), ("b2b_history", "=", True)],
            "context": {"create": False},
        }
