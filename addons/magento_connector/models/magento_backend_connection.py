"""How a backend speaks with its shop: transport, access, the connection check, and the buttons."""

from contextlib import contextmanager
from functools import partial

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..magento_wire import order_mapping
from ..magento_wire.errors import ShopError
from ..magento_wire.streams import STREAMS
from ..magento_wire.transport import HttpTransport
from ..magento_wire.url_guard import UrlGuard
from .magento_pace import SharedRate

SETTINGS = ("stores", "websites", "store_configs", "customer_groups", "tax_rates")


class MagentoBackendConnection(models.AbstractModel):
    _name = "magento.backend.connection"
    _description = "Connection to a Shop"

    check_findings = fields.Json(readonly=True, copy=False)
    check_date = fields.Datetime("Checked", readonly=True, copy=False)
    check_html = fields.Html("Connection Check", compute="_compute_check_html")

    @api.depends("check_findings", "check_date")
    def _compute_check_html(self):
        styles = {
            "ok": ("fa-check", "text-success"),
            "warning": ("fa-exclamation-triangle", "text-warning"),
            "error": ("fa-times", "text-danger"),
        }
        for backend in self:
            findings = backend.check_findings or []
            if findings and all(finding["level"] == "ok" for finding in findings):
                backend.check_html = Markup(
                    '<span class="text-success"><i class="fa fa-check me-2"></i>%s</span>'
                ) % self.env._(
                    "The connection works, and all rights are there (checked on %(date)s).",
                    date=fields.Datetime.context_timestamp(backend, backend.check_date).strftime("%Y-%m-%d %H:%M"),
                )
                continue
            rows = Markup().join(
                Markup('<li><i class="fa %s %s me-2"></i><b>%s</b> %s</li>')
                % (*styles[finding["level"]], finding["title"], finding.get("text") or "")
                for finding in backend.check_findings or []
            )
            backend.check_html = Markup('<ul class="list-unstyled mb-0">%s</ul>') % rows if rows else False

    def _mapper(self, entity):
        """The function that turns a payload of this shop into an intent."""
        self.ensure_one()
        if entity == "orders":
            return partial(order_mapping.map_order, decimals=self._currency_decimals())
        if entity in ("invoices", "credit_memos"):
            return partial(STREAMS[entity].map, decimals=self._currency_decimals())
        return STREAMS[entity].map

    @api.model
    def _currency_decimals(self):
        """dict of currency code → decimals, as the books count."""
        return {
            currency.name: currency.decimal_places
            for currency in self.env["res.currency"].with_context(active_test=False).search([])
        }

    def _ensure_streams(self):
        """Give each shop the streams that can be read from it."""
        for backend in self:
            missing = [
                entity
                for entity in self.env["magento.stream"]._kinds()
                if entity not in backend.stream_ids.mapped("entity") and not backend._lack(entity)
            ]
            self.env["magento.stream"].create(
                [
                    {
                        "backend_id": backend.id,
                        "entity": entity,
                        "sequence": kind.priority,
                        "minutes": kind.minutes,
                    }
                    for entity, kind in self.env["magento.stream"]._kinds().items()
                    if entity in missing
                ]
            )

    # -- speaking --------------------------------------------------------------------------------------------------

    @contextmanager
    def _shop(self):
        """The shop, ready to speak with; its connections are closed afterwards.

        :raises UserError: when credentials are missing
        """
        self.ensure_one()
        gate = self._transport()
        try:
            yield self._open(gate)
        finally:
            gate.close()

    def _transport(self):
        """The gate to the network: public addresses over https, and what an administrator allows."""
        allowed = (self.sudo().allowed_host or "").replace(",", " ").split()
        return HttpTransport(UrlGuard(allowed_hosts=allowed), rate=self._rate())

    def _rate(self):
        """The limit on requests to the shop; None where there is none."""
        if not self.requests_per_second:
            return None
        return SharedRate(self.requests_per_second, self.env.registry, self.id)

    # -- buttons ---------------------------------------------------------------------------------------------------

    def action_check(self):
        """Try the connection and the rights, say what is missing, and read the shop's structure where all is well."""
        self.ensure_one()
        self.check_access("write")
        try:
            with self._shop() as shop:
                report = shop.check()
                self._note_check(report)
                if report.ok:
                    self._read_settings(shop)
                    self._propose_stores()
                    self._look_at_newest(shop)
        except (UserError, ShopError) as problem:
            self._note_findings([{"level": "error", "title": self.env._("Not connected."), "text": str(problem)}])
            return self._reload(self.env._("The connection does not work yet"), str(problem), "danger")
        if report.ok:
            return self._reload(
                self.env._("The connection works"), self.env._("Store views and taxes were read."), "success"
            )
        return self._reload(self.env._("Something is missing"), report.message, "warning")

    def _note_check(self, report):
        self._note_findings(
            [{"level": "ok" if item.ok else "error", "title": item.message, "text": ""} for item in report.items]
        )
        if report.version:
            self.shop_version = report.version
        if report.features:
            self.features = list(report.features)
            self._ensure_streams()

    def _note_findings(self, findings):
        self.write({"check_findings": findings, "check_date": fields.Datetime.now()})

    def _read_settings(self, shop):
        """Store views, customer groups and tax rates, at once, so that they can be mapped before orders come."""
        streams = self.stream_ids.filtered(lambda stream: stream.entity in SETTINGS and not stream.lack)
        for stream in streams:
            stream._fetch(shop)
        records = self.env["magento.record"].sudo()
        for stream in streams:
            records.search(
                [("backend_id", "=", self.id), ("entity", "=", stream.entity), ("state", "=", "staged")]
            )._process()

    def _reload(self, title, message, kind):
        return self._notification(title, message, kind, next={"type": "ir.actions.client", "tag": "soft_reload"})

    def action_dry_run(self):
        """Show what the newest orders would become; nothing is kept."""
        self.ensure_one()
        self.check_access("write")
        try:
            run = self.env["magento.dry.run"]._try(self)
            self._note_dry_run(run)
        except ShopError as problem:
            raise UserError(str(problem)) from None
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dry Run: %(shop)s", shop=self.name),
            "res_model": "magento.dry.run",
            "res_id": run.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def action_sync(self):
        """Fetch everything as soon as the scheduler is free."""
        self.check_access("read")
        if not self.env.user.has_group("b2b_invoice_automation.group_billing_clerk"):
            raise UserError(self.env._("Only billing clerks synchronise a shop."))
        if not all(backend.started_at for backend in self):
            raise UserError(self.env._("The shop is not started yet. Finish its set-up first."))
        streams = self.sudo().stream_ids.filtered(lambda stream: stream.state != "paused")
        if not streams or any(backend.paused for backend in self):
            raise UserError(self.env._("The shop is paused. Resume it first."))
        streams.action_fetch()
        return self._notification(
            self.env._("Synchronising"),
            self.env._("New and changed records are fetched now. This page shows how far it is."),
        )
