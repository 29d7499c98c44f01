"""The nightly comparison: orders of a window, in the shop and here, by id and total.

Polling and webhooks may miss something (a clock set back, a row committed late, a stream read from too late a date).
The comparison asks the shop for ids and totals only, fetches anew what is missing or differs, and reports it.
"""

import logging
from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..magento_wire.cursor import TIME_FORM
from ..magento_wire.errors import ShopError
from ..magento_wire.search import Search
from .loading import CONCURRENCY_ERRORS, in_words

_logger = logging.getLogger(__name__)

WINDOW_DAYS = 30
FETCHED_AT_ONCE = 50


class MagentoBackendCompare(models.AbstractModel):
    _name = "magento.backend.compare"
    _description = "Comparison with a Shop"

    compare_date = fields.Datetime("Compared", readonly=True, copy=False)
    compare_text = fields.Char("Last Comparison", readonly=True, copy=False)
    drift_count = fields.Integer("Drift Found", readonly=True, copy=False, help="Orders that were missing or differed.")

    @api.model
    def _cron_compare(self):
        """Compare each running shop; one that does not answer is told at its streams anyway."""
        backends = self.search([("stream_ids.state", "=", "running")])
        for position, backend in enumerate(backends):
            try:
                backend._compare()
            except CONCURRENCY_ERRORS:
                raise
            except Exception as problem:
                self.env.cr.rollback()
                words = str(problem) if isinstance(problem, ShopError) else in_words(self.env, problem)
                if not isinstance(problem, (ShopError, UserError)):
                    _logger.exception("Shop %s cannot be compared", backend.id)
                backend.compare_text = self.env._("Not compared: %(problem)s", problem=words)
            self.env["ir.cron"]._commit_progress(1, remaining=len(backends) - position - 1)

    def action_compare(self):
        """Compare now."""
        self.ensure_one()
        self.check_access("write")
        try:
            self._compare()
        except ShopError as problem:
            raise UserError(str(problem)) from None
        return self._reload(self.env._("Compared"), self.compare_text, "warning" if self.drift_count else "success")

    def _compare(self, days=WINDOW_DAYS):
        """Compare the orders created in the last days and stage what is missing or differs.

        :returns: external ids of the orders that were fetched anew
        """
        self.ensure_one()
        now = fields.Datetime.now()
        since = max(now - timedelta(days=days), self.orders_since or now - timedelta(days=days))
        with self._shop() as shop:
            window = since.strftime(TIME_FORM), now.strftime(TIME_FORM)
            theirs = {str(row["entity_id"]): Decimal(str(row["grand_total"])) for row in shop.summaries(*window)}
            drifted = self._drifted(theirs)
            changed = self._fetch_orders(shop, drifted)
        if self._reads("credit_memos"):
            self.env["magento.loader.credit.memo"]._quiet(self.company_id)._check_refunds(self)
        self.write(
            {
                "compare_date": now,
                "drift_count": len(drifted),
                "compare_text": self.env._(
                    "%(count)s orders of the last %(days)s days: %(missing)s missing or different, %(changed)s taken "
                    "in again.",
                    count=len(theirs),
                    days=days,
                    missing=len(drifted),
                    changed=changed,
                )
                if drifted
                else self.env._(
                    "%(count)s orders of the last %(days)s days: all here, all equal.", count=len(theirs), days=days
                ),
            }
        )
        if drifted:
            self.message_post(body=self.compare_text)
        return drifted

    def _drifted(self, theirs):
        """Ids of orders that are not staged here, or whose total here is another one."""
        records = (
            self.env["magento.record"]
            .sudo()
            .search([("backend_id", "=", self.id), ("entity", "=", "orders"), ("external_id", "in", list(theirs))])
        )
        staged = {record.external_id: record.state for record in records}
        ours = {
            external_id: Decimal(order.magento_total or "0")
            for external_id, order in self.env["magento.binding"]._find(self, "orders", theirs).items()
        }
        return [
            external_id
            for external_id, total in theirs.items()
            if external_id not in staged or (staged[external_id] == "done" and ours.get(external_id) != total)
        ]

    def _fetch_orders(self, shop, external_ids):
        """Fetch single orders by id and stage them; returns how many were new or changed."""
        stream = self.stream_ids.filtered(lambda stream: stream.entity == "orders")
        changed = 0
        for start in range(0, len(external_ids), FETCHED_AT_ONCE):
            part = external_ids[start : start + FETCHED_AT_ONCE]
            search = Search().where("entity_id", "in", ",".join(part)).sort("entity_id").page(FETCHED_AT_ONCE)
            answer = shop.call("GET", "orders", search.pairs())
            changed += self.env["magento.record"].sudo()._stage(self, "orders", stream._rows(answer.get("items") or []))
        if changed:
            self.env["magento.record"]._wake_lanes()
        return changed
