"""What is fetched from a shop: one stream for each kind of record, with its cursor and how it is doing.

How it is fetched stands in `magento_stream_fetch.py`.
"""

from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import LazyTranslate
from odoo.tools.translate import LazyGettext

_lt = LazyTranslate(__name__)


class Kind(NamedTuple):
    """One kind of shop record: how it is called, what comes before it, and who loads it.

    :ivar alone: worked off by one lane at a time: two lanes that change the same stock at once undo each other's
        batches, and of two that take over a configurable product and its variants neither sees the other's
    """

    label: LazyGettext
    priority: int
    loader: str
    minutes: int
    alone: bool = False


KINDS = {
    "stores": Kind(_lt("Store views"), 10, "magento.loader.store", 1440),
    "websites": Kind(_lt("Websites"), 11, "magento.loader.website", 1440),
    "store_configs": Kind(_lt("Store settings"), 12, "magento.loader.store.config", 1440),
    "customer_groups": Kind(_lt("Customer groups"), 20, "magento.loader.customer.group", 1440),
    "tax_rates": Kind(_lt("Tax rates"), 21, "magento.loader.tax.rate", 1440),
    "tax_classes": Kind(_lt("Tax classes"), 22, "magento.loader.tax.class", 1440),
    "tax_rules": Kind(_lt("Tax rules"), 23, "magento.loader.tax.rule", 1440),
    "categories": Kind(_lt("Categories"), 24, "magento.loader.category", 720),
    "product_attributes": Kind(_lt("Product attributes"), 25, "magento.loader.attribute", 720, alone=True),
    "companies": Kind(_lt("Companies"), 28, "magento.loader.company", 60),
    "company_relations": Kind(_lt("Company hierarchy"), 29, "magento.loader.company.relation", 720),
    "customers": Kind(_lt("Customers"), 30, "magento.loader.customer", 15),
    "products": Kind(_lt("Products"), 40, "magento.loader.product", 15, alone=True),
    "orders": Kind(_lt("Orders"), 50, "magento.loader.order", 5),
    "shipments": Kind(_lt("Shipments"), 60, "magento.loader.shipment", 5, alone=True),
    "invoices": Kind(_lt("Invoices"), 61, "magento.loader.invoice", 5),
    "credit_memos": Kind(_lt("Credit memos"), 62, "magento.loader.credit.memo", 5, alone=True),
}


class MagentoStream(models.Model):
    _name = "magento.stream"
    _description = "Stream of Shop Records"
    _order = "backend_id, sequence"
    _rec_name = "entity"

    backend_id = fields.Many2one("magento.backend", "Shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="backend_id.company_id", store=True, index=True)
    entity = fields.Selection(selection="_selection_entity", string="Kind", required=True)
    sequence = fields.Integer()
    state = fields.Selection(
        [("running", "Running"), ("retrying", "Trying again"), ("stopped", "Stopped"), ("paused", "Paused")],
        default="running",
        required=True,
        help="Running: fetched on time. Trying again: the shop had trouble; it goes on by itself. Stopped: a "
        "person must mend "
        "something. Paused: by a person.",
    )
    minutes = fields.Integer("Every (Minutes)", default=15, required=True)
    cursor = fields.Json(copy=False, help="Up to where everything is staged.")
    cursor_text = fields.Char("Fetched up to", compute="_compute_cursor_text")
    next_fetch = fields.Datetime("Next", copy=False)
    last_success = fields.Datetime(copy=False, readonly=True)
    error = fields.Text(copy=False, readonly=True)
    failures = fields.Integer(copy=False, readonly=True, help="In a row.")
    fetched = fields.Integer(copy=False, readonly=True, help="Records fetched so far.")
    requests = fields.Integer(copy=False, readonly=True)
    error_kind = fields.Selection(
        [
            ("transient", "The shop has trouble"),
            ("configuration", "Set-up or rights"),
            ("record", "A record"),
            ("cursor", "Stored position"),
            ("unexpected", "Unexpected"),
        ],
        copy=False,
        readonly=True,
    )
    advice = fields.Char("What to Do", compute="_compute_advice")
    is_idle = fields.Boolean(compute="_compute_is_idle", help="Not offered, or of a shop that does not run.")
    page_size = fields.Integer(
        "Page Size Now", copy=False, readonly=True, help="Smaller after the shop struggled, grown back as it recovers."
    )
    good_pages = fields.Integer(copy=False, readonly=True, help="In a row since the page size last changed.")
    run_started = fields.Datetime(copy=False, readonly=True)
    run_fetched = fields.Integer(copy=False, readonly=True)
    rate = fields.Float(
        "Records per Minute", copy=False, readonly=True, digits=(16, 1), help="Fetched, in the last run that found any."
    )
    hour_count = fields.Integer("Last Hour", compute="_compute_hour_count", help="Records staged in the last hour.")
    aside_text = fields.Char("Set Aside for", compute="_compute_counts")
    window_ids = fields.One2many("magento.window", "stream_id", "Windows")
    lag_minutes = fields.Integer(
        "Lag (min)",
        compute="_compute_lag_minutes",
        help="Since everything was last known to be fetched; before the first success, since the shop was started.",
    )
    waiting_count = fields.Integer("Waiting", compute="_compute_counts")
    set_aside_count = fields.Integer("Set Aside", compute="_compute_counts")
    done_count = fields.Integer("Done", compute="_compute_counts")
    lack = fields.Char("Not Offered", compute="_compute_lack", help="Why this shop cannot be asked for it.")

    _entity_unique = models.UniqueIndex("(backend_id, entity)")

    @api.constrains("minutes")
    def _check_minutes(self):
        if any(stream.minutes < 1 for stream in self):
            raise UserError(self.env._("A stream is fetched every minute at most."))

    @api.model
    def _selection_entity(self):
        return [(name, self.env._(kind.label)) for name, kind in self._kinds().items()]  # pylint: disable=gettext-variable

    @api.model
    def _kinds(self):
        """dict of entity → `Kind`, for others to extend."""
        return KINDS

    @api.model
    def _priority(self, entity):
        return self._kinds()[entity].priority

    @api.model
    def _loader(self, entity):
        return self._kinds()[entity].loader

    @api.depends("last_success", "backend_id.started_at")
    def _compute_lag_minutes(self):
        now = fields.Datetime.now()
        for stream in self:
            since = stream.last_success or stream.backend_id.started_at
            stream.lag_minutes = (now - since).total_seconds() // 60 if since else 0

    @api.depends("backend_id.active", "backend_id.started_at", "backend_id.paused", "lack")
    def _compute_is_idle(self):
        for stream in self:
            stream.is_idle = bool(stream.lack) or not stream.backend_id._is_running()

    @api.depends("state", "error_kind", "lack", "is_idle")
    def _compute_advice(self):
        for stream in self:
            stream.advice = stream._advice()

    def _advice(self):
        """What a person is to do about the stream, in words; empty where nothing is."""
        self.ensure_one()
        if self.lack:
            return self.lack
        if not self.backend_id.started_at:
            return self.env._("Waits until the shop is started: finish its set-up.")
        if self.backend_id.paused:
            return self.env._("Waits until the shop is resumed.")
        if self.state == "retrying":
            return self.env._("Nothing to do: it is tried again by itself. “Fetch now” tries at once.")
        if self.state != "stopped":
            return False
        return {
            "cursor": self.env._("Press “Start anew”: everything is read again, what has not changed stays as it is."),
            "configuration": self.env._("Mend what the message names, check the connection, then press “Resume”."),
            "record": self.env._("Mend the record in the shop, then press “Resume”."),
        }.get(self.error_kind, self.env._("The server log has the details. Press “Resume” to try again."))

    def _compute_hour_count(self):
        since = fields.Datetime.now() - timedelta(hours=1)
        counts = {
            (backend, entity): count
            for backend, entity, count in self.env["magento.record"]
            .sudo()
            ._read_group(
                [("backend_id", "in", self.backend_id.ids), ("staged_at", ">=", since)],
                ["backend_id", "entity"],
                ["__count"],
            )
        }
        for stream in self:
            stream.hour_count = counts.get((stream.backend_id, stream.entity), 0)

    @api.depends("entity")
    def _compute_display_name(self):
        labels = dict(self._selection_entity())
        for stream in self:
            stream.display_name = labels.get(stream.entity, stream.entity)

    @api.depends("backend_id.protocol", "backend_id.features")
    def _compute_lack(self):
        for stream in self:
            stream.lack = stream.backend_id._lack(stream.entity) or False

    @api.depends("cursor")
    def _compute_cursor_text(self):
        for stream in self:
            stream.cursor_text = (stream.cursor or {}).get("watermark") or (stream.cursor or {}).get("since") or False

    def _compute_counts(self):
        counts = {
            (backend, entity, state): count
            for backend, entity, state, count in self.env["magento.record"]
            .sudo()
            ._read_group([("backend_id", "in", self.backend_id.ids)], ["backend_id", "entity", "state"], ["__count"])
        }
        causes = self._set_aside_causes()
        for stream in self:
            stream.aside_text = causes.get((stream.backend_id, stream.entity), False)
            for name, state in (("waiting_count", "staged"), ("set_aside_count", "set_aside"), ("done_count", "done")):
                stream[name] = counts.get((stream.backend_id, stream.entity, state), 0)

    def _set_aside_causes(self):
        """dict of (shop, entity) → what kept its records from being processed, each with its count."""
        labels = dict(self.env["magento.record"]._fields["cause"]._description_selection(self.env))
        rows = (
            self.env["magento.record"]
            .sudo()
            ._read_group(
                [("backend_id", "in", self.backend_id.ids), ("state", "=", "set_aside")],
                ["backend_id", "entity", "cause"],
                ["__count"],
            )
        )
        words = {}
        for backend, entity, cause, count in rows:
            words.setdefault((backend, entity), []).append(f"{labels.get(cause) or '?'}: {count}")
        return {key: ", ".join(parts) for key, parts in words.items()}

    # -- what people do --------------------------------------------------------------------------------------------

    def action_fetch(self):
        """Fetch as soon as the scheduler is free."""
        self.filtered(lambda stream: stream.state in ("retrying", "stopped")).write(
            {"state": "running", "failures": 0, "error": False, "error_kind": False}
        )
        self.write({"next_fetch": fields.Datetime.now()})
        self._wake_lane()
        return True

    def action_pause(self):
        """Stop fetching, without loss: the cursor stays where it is."""
        self.write({"state": "paused"})
        return True

    def action_resume(self):
        """Go on where it stopped."""
        self.write({"state": "running", "error": False, "error_kind": False, "failures": 0})
        return self.action_fetch()

    def action_read_again(self):
        """Open the form for reading a window of time again."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Read Again"),
            "res_model": "magento.read.again",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_backend_id": self.backend_id[:1].id,
                "default_stream_ids": self.ids,
            },
        }

    def action_view_records(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("magento_connector.magento_record_action")
        return {
            **action,
            "domain": [("backend_id", "=", self.backend_id.id), ("entity", "=", self.entity)],
            "context": {},
        }

    def _wake(self):
        """Something changed in the shop: fetch now."""
        self.write({"next_fetch": fields.Datetime.now()})
        self._wake_lane()

    def action_restart(self):
        """Read everything again from the beginning. What has not changed is left as it is."""
        self.write({"cursor": False})
        return self.action_resume()

    @api.model
    def _wake_lane(self):
        """Have the scheduler start fetching as soon as this transaction commits."""
        self.env.ref("magento_connector.ir_cron_fetch").sudo()._trigger()
