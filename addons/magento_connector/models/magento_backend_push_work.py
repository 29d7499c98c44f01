"""What is done about telling a shop besides sending: reading its sources, comparing stock and credit, the buttons."""

import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..magento_wire.errors import ShopError
from .loading import CONCURRENCY_ERRORS
from .magento_backend_push import SETTINGS
from .magento_push import plain

_logger = logging.getLogger(__name__)


class MagentoBackend(models.Model):
    _inherit = "magento.backend"

    # -- what the connection check finds ---------------------------------------------------------------------------

    def _note_check(self, report):
        result = super()._note_check(report)
        if report.ok and self.push_state == "stopped":
            self.action_push_resume()
        return result

    def _read_settings(self, shop):
        result = super()._read_settings(shop)
        self._read_sources(shop)
        return result

    def _read_sources(self, shop):
        """Note the places that the shop sells from, and its shared catalogs."""
        found = []
        try:
            if self.has_sources:
                found = shop.discover().sources
            if self.has_b2b:
                self._read_shared_catalogs(shop)
        except ShopError as error:
            _logger.warning("Sources of shop %s cannot be read: %s", self.id, error)
            return
        self.env["magento.source"].sudo()._note_found(self, found)

    def _read_shared_catalogs(self, shop):
        groups = {group.external_id: group for group in self.group_ids}
        answer = shop.call("GET", "sharedCatalog/", [("searchCriteria[pageSize]", "200")])
        for row in answer.get("items") or []:
            group = groups.get(row.get("customer_group_id"))
            if group and group.shared_catalog != str(row["id"]):
                group.shared_catalog = str(row["id"])

    def write(self, vals):
        """Telling stock or prices begins with all of them; a new protocol ends what it does not offer."""
        changed = self.filtered(lambda backend: backend.protocol != vals.get("protocol", backend.protocol))
        former = (
            {backend: (backend.push_stock, backend._price_kinds()) for backend in self}
            if vals.keys() & SETTINGS
            else {}
        )
        result = super().write(vals)
        for backend in self if former else ():
            stock, kinds = former[backend]
            if backend.push_stock and not stock:
                backend._ensure_source()
                self.env["magento.push.stock"].sudo()._tell_all(backend.source_ids)
            if set(backend._price_kinds()) - set(kinds):
                self.env["magento.price"].sudo()._wake()
        for backend in changed:
            backend.sudo()._end_what_is_not_offered()
        return result

    def _end_what_is_not_offered(self):
        """Switch off what the protocol cannot tell, and set aside what waits of it; a note says so."""
        offered = self._protocol().effects
        settings = [name for name, kinds in SETTINGS.items() if self[name] and not offered.issuperset(kinds)]
        messages = self.env["magento.outbox"].search(
            [("backend_id", "=", self.id), ("state", "=", "waiting"), ("effect", "not in", list(offered))]
        )
        for message in messages:
            message.write({"state": "failed", "reason": self._why_not_told(message.effect), "next_try": False})
        if settings:
            self.write(dict.fromkeys(settings, False))
            words = self.env._(
                "Switched off, for %(protocol)s does not offer it: %(settings)s.",
                protocol=self._protocol().title,
                settings=", ".join(self._fields[name]._description_string(self.env) for name in settings),
            )
            self.message_post(body=words, subtype_xmlid="mail.mt_note")

    def _ensure_source(self):
        if not self.source_ids and not self.has_sources:
            self.env["magento.source"].sudo()._note_found(self, [])

    # -- comparing -------------------------------------------------------------------------------------------------

    @api.model
    def _cron_push_compare(self):
        """Compare stock once a day and company credit every time, in each shop that is told of them."""
        backends = self.search([("push_state", "in", ("running", "retrying"))])
        for position, backend in enumerate(backends):
            try:
                backend._compare_what_is_told()
            except CONCURRENCY_ERRORS:
                raise
            except Exception as error:
                if not isinstance(error, (ShopError, UserError)):
                    _logger.exception("Stock of shop %s cannot be compared", backend.id)
                self.env.cr.rollback()
                backend.stock_compare_text = self.env._("Not compared: %(problem)s", problem=error)
            self.env["ir.cron"]._commit_progress(1, remaining=len(backends) - position - 1)

    def _compare_what_is_told(self):
        credit = self.push_credit and self.has_b2b
        stock = self.env["magento.push.stock"].sudo()._due_for_comparison(self)
        if not (credit or stock) or not self._may_push(fields.Datetime.now()):
            return
        with self._shop() as shop:
            if stock:
                self._compare_stock(shop)
            if credit:
                self.env["magento.push.credit"].sudo()._compare(self, shop)

    def _compare_stock(self, shop):
        """Compare all quantities; what differs is told again and shown."""
        drift = self.env["magento.push.stock"].sudo()._compare(self, shop)
        self.sudo().write(
            {
                "stock_compare_date": fields.Datetime.now(),
                "stock_drift": [[sku, source, plain(found), plain(ours)] for sku, source, found, ours in drift]
                or False,
                "stock_compare_text": self.env._("%(count)s quantities differed and are told again.", count=len(drift))
                if drift
                else self.env._("All quantities agree."),
            }
        )
        return drift

    # -- buttons ---------------------------------------------------------------------------------------------------

    def action_compare_stock(self):
        """Compare stock now."""
        self.ensure_one()
        self.check_access("write")
        if not self.has_sources:
            raise UserError(self.env._("This shop does not list its quantities, so they cannot be compared."))
        try:
            with self._shop() as shop:
                drift = self._compare_stock(shop)
        except ShopError as problem:
            raise UserError(str(problem)) from None
        return self._reload(self.env._("Compared"), self.stock_compare_text, "warning" if drift else "success")

    def action_push_prices(self):
        """Compare prices with what the shop was told, and tell what differs."""
        self.ensure_one()
        self.check_access("write")
        count = self.env["magento.price"].sudo()._compare(self)
        words = self.env._("%(count)s prices are told to the shop.", count=count)
        return self._reload(self.env._("Prices compared"), words, "success")

    def action_push_pause(self):
        """Send nothing until it is resumed; what is to be told waits."""
        self.check_access("write")
        self.write({"push_state": "paused"})
        return True

    def action_push_resume(self):
        """Send again, at once."""
        self.check_access("write")
        self.sudo().write(
            {"push_state": "running", "push_error": False, "push_next": False, "push_failures": 0, "breaker": False}
        )
        self.env["magento.outbox"]._wake_lane()
        return True

    def action_view_messages(self):
        return {
            **self._action("magento_connector.magento_outbox_action"),
            "domain": [("backend_id", "in", self.ids)],
            "context": {},
        }

    def action_view_failed_messages(self):
        return {**self.action_view_messages(), "context": {"search_default_failed": 1}}
