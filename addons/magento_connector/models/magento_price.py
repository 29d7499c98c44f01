"""Prices that the shop was told, each with what was said last: what is told again is only what differs from it.

Once a day, and when something that prices depend on changed, all prices are computed and compared with this table and
with what is under way. What differs is told, and what no longer holds is taken back. Prices in the shop that did not
come from here are not in this table and are left alone.
"""

import logging

from odoo import api, fields, models

from .loading import CONCURRENCY_ERRORS
from .magento_outbox import OPEN_STATES

_logger = logging.getLogger(__name__)
TOLD_AT_ONCE = 1000
DATED = ("from", "to")


class MagentoPrice(models.Model):
    _name = "magento.price"
    _description = "Price Told to the Shop"
    _order = "backend_id, sku, key"
    _rec_name = "key"
    _rec_names_search = ["sku", "key"]

    backend_id = fields.Many2one("magento.backend", "Shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="backend_id.company_id", store=True, index=True, precompute=True)
    effect = fields.Selection(
        selection=lambda self: self.env["magento.outbox"]._selection_effect(), string="Kind", required=True
    )
    key = fields.Char(required=True)
    target = fields.Char("Shop ID", required=True)
    sku = fields.Char("SKU", index=True)
    values = fields.Json(required=True)
    price = fields.Char(compute="_compute_words")
    words = fields.Char("For Whom", compute="_compute_words")
    told_at = fields.Datetime("Told on")

    _key_unique = models.UniqueIndex("(backend_id, key)")

    @api.depends("values", "backend_id")
    def _compute_words(self):
        for price in self:
            price.price = (price.values or {}).get("price")
            price.words = self._whom(price.backend_id, price.values or {})

    @api.model
    def _whom(self, backend, values):
        """For whom a price counts, and from when or how many on, in words."""
        website = values.get("website_id")
        names = backend.store_ids.filtered(lambda store: store.website_id == website).mapped("website_name")
        quantity = values.get("quantity")
        parts = [
            values.get("customer_group"),
            self.env._("from %s", quantity) if quantity and quantity != "1" else None,
            (names[:1] or [self.env._("website %s", website)])[0] if website else None,
            self.env._("store view %s", values["store_id"]) if values.get("store_id") else None,
            *(values.get(name) for name in DATED),
        ]
        return ", ".join(part for part in parts if part) or self.env._("everybody")

    @api.model
    def _cron_compare(self):
        """Tell each shop the prices that differ from what it was told."""
        backends = self.env["magento.backend"].search([]).filtered(lambda backend: backend._price_kinds())
        for position, backend in enumerate(backends):
            try:
                self._compare(backend)
            except CONCURRENCY_ERRORS:
                raise
            except Exception:
                self.env.cr.rollback()
                _logger.exception("Prices of shop %s cannot be compared", backend.id)
            self.env["ir.cron"]._commit_progress(1, remaining=len(backends) - position - 1)

    @api.model
    def _compare(self, backend):
        """Queue the prices that differ from what the shop was told last, and take back those that no longer hold.

        :returns: number of messages
        """
        kinds = backend._price_kinds()
        wanted, problems = self.env["magento.push.price"].sudo()._wanted(backend)
        known = self._known(backend, kinds)
        rows = [row for key, row in wanted.items() if known.get(key, ("", "", None))[2] != row["values"]]
        rows += [
            {"backend": backend, "effect": effect, "key": key, "target": target, "values": {**values, "price": None}}
            for key, (effect, target, values) in known.items()
            if key not in wanted and values.get("price") is not None and effect != "base_price"
        ]
        for start in range(0, len(rows), TOLD_AT_ONCE):
            self.env["magento.outbox"].sudo()._put(rows[start : start + TOLD_AT_ONCE])
        backend._note_price_problems(problems)
        return len(rows)

    @api.model
    def _known(self, backend, kinds):
        """dict of key → (kind, target, values): what is under way, else what the shop was told last."""
        told = self.search([("backend_id", "=", backend.id), ("effect", "in", kinds)])
        under_way = self.env["magento.outbox"].search(
            [("backend_id", "=", backend.id), ("effect", "in", kinds), ("state", "in", OPEN_STATES)], order="id"
        )
        return {row.key: (row.effect, row.target, row.values) for rows in (told, under_way) for row in rows}

    @api.model
    def _note_told(self, messages):
        """Keep what the shop was told; what was taken back is forgotten."""
        now = fields.Datetime.now()
        latest = {message.key: message for message in messages.sorted("id")}
        known = {
            price.key: price
            for price in self.search([("backend_id", "in", messages.backend_id.ids), ("key", "in", list(latest))])
        }
        gone = {key for key, message in latest.items() if message.values.get("price") is None}
        self.union(*(known[key] for key in gone & known.keys())).unlink()
        for key in latest.keys() & known.keys() - gone:
            known[key].write({"values": latest[key].values, "told_at": now})
        self.create(
            [
                {
                    "backend_id": message.backend_id.id,
                    "effect": message.effect,
                    "key": key,
                    "target": message.target,
                    "sku": message.values.get("sku") or message.target,
                    "values": message.values,
                    "told_at": now,
                }
                for key, message in latest.items()
                if key not in known and key not in gone
            ]
        )

    @api.model
    def _wake(self):
        """Something that prices depend on changed: compare as soon as this transaction commits."""
        if self.env["magento.backend"].sudo().search_count([], limit=1):
            cron = self.env.ref("magento_connector.ir_cron_prices", raise_if_not_found=False)
            if cron:
                cron.sudo()._trigger()
