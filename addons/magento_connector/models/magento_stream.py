"""What is fetched from a shop: one stream for each kind of record, with its cursor and how it is doing.

How it is fetched stands in `magento_stream_fetch.py`.
"""

from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError


class Kind(NamedTuple):
    """One kind of shop record: how it is called, what comes before it, and who loads it.

    :ivar alone: worked off by one lane at a time, because it moves goods: two lanes that change the same stock at once
        undo each other's batches
    """

    label: str
    priority: int
    loader: str
    minutes: int
    alone: bool = False


KINDS = {
    "stores": Kind("Store views", 10, "magento.loader.store", 1440),
    "websites": Kind("Websites", 11, "magento.loader.website", 1440),
    "store_configs": Kind("Store settings", 12, "magento.loader.store.config", 1440),
    "customer_groups": Kind("Customer groups", 20, "magento.loader.customer.group", 1440),
    "tax_rates": Kind("Tax rates", 21, "magento.loader.tax.rate", 1440),
    "customers": Kind("Customers", 30, "magento.loader.customer", 15),
    "products": Kind("Products", 40, "magento.loader.product", 15),
    "orders": Kind("Orders", 50, "magento.loader.order", 5),
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
    lag_minutes = fields.Integer("Lag (min)", compute="_compute_lag_minutes", help="Since the last success.")
    waiting_count = fields.Integer("Waiting", compute="_compute_counts")
    set_aside_count = fields.Integer("Set Aside", compute="_compute_counts")
    done_count = fields.Integer("Done", compute="_compute_counts")

    _entity_unique = models.UniqueIndex("(backend_id, entity)")

    @api.constrains("minutes")
    def _check_minutes(self):
        if any(stream.minutes < 1 for stream in self):
            raise UserError(self.env._("A stream is fetched every minute at most."))

    @api.model
    def _selection_entity(self):
        return [(name, self.env._(kind.label)) for name, kind in self._kinds().items()]

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

    @api.depends("last_success")
    def _compute_lag_minutes(self):
        now = fields.Datetime.now()
        for stream in self:
            stream.lag_minutes = (now - stream.last_success).total_seconds() // 60 if stream.last_success else 0

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
        for stream in self:
            for name, state in (("waiting_count", "staged"), ("set_aside_count", "set_aside"), ("done_count", "done")):
                stream[name] = counts.get((stream.backend_id, stream.entity, state), 0)

    # -- what people do --------------------------------------------------------------------------------------------

    def action_fetch(self):
        """Fetch as soon as the scheduler is free."""
        self.filtered(lambda stream: stream.state in ("retrying", "stopped")).write(
            {"state": "running", "failures": 0, "error": False}
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
        self.write({"state": "running", "error": False, "failures": 0})
        return self.action_fetch()

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
