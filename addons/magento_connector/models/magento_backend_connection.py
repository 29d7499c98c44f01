"""How a backend speaks with its shop: transport, access, the connection check, and the buttons."""

from functools import partial

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..magento_wire import order_mapping
from ..magento_wire.streams import STREAMS


class MagentoBackend(models.Model):
    _inherit = "magento.backend"

    check_html = fields.Html("Connection Check", compute="_compute_check_html")

    @api.depends("check_findings", "check_date")
    def _compute_check_html(self):
        styles = {"ok": ("fa-check", "text-success"), "warning": ("fa-exclamation-triangle", "text-warning"),
                  "error": ("fa-times", "text-danger")}
        for backend in self:
            rows = Markup().join(
                Markup('<li><i class="fa %s %s me-2"></i><b>%s</b> %s</li>') % (
                    *styles[finding["level"]], finding["title"], finding.get("text") or "")
                for finding in backend.check_findings or [])
            backend.check_html = Markup('<ul class="list-unstyled mb-0">%s</ul>') % rows if rows else False

    def _mapper(self, entity):
        """The function that turns a payload of this shop into an intent."""
        self.ensure_one()
        if entity == "orders":
            return partial(order_mapping.map_order, decimals=self._currency_decimals())
        return STREAMS[entity].map

    @api.model
    def _currency_decimals(self):
        """dict of currency code → decimals, as the books count."""
        return {currency.name: currency.decimal_places
                for currency in self.env["res.currency"].with_context(active_test=False).search([])}

    def _ensure_streams(self):
        """Give each shop its streams."""
        for backend in self:
            missing = [entity for entity in self.env["magento.stream"]._kinds() if entity not in backend.stream_ids.mapped("entity")]
            self.env["magento.stream"].create([
                {
                    "backend_id": backend.id,
                    "entity": entity,
                    "sequence": kind.priority,
                    "minutes": kind.minutes,
                }
                for entity, kind in self.env["magento.stream"]._kinds().items() if entity in missing
            ])

    def action_check(self):
        raise UserError(self.env._("Not yet."))

    def action_sync(self):
        """Fetch everything now."""
        self.stream_ids.filtered(lambda stream: stream.state != "paused").action_fetch()
        return True

    def action_pause(self):
        """Stop fetching all streams, without loss."""
        self.stream_ids.action_pause()
        return True

    def action_resume(self):
        """Go on where it stopped."""
        self.stream_ids.action_resume()
        return True
