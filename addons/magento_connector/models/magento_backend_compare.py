"""The nightly comparison: what the shop has of a window, and what is here, by id and where there is one by total.

Polling and webhooks may miss something (a clock set back, a row committed late, a stream read from too late a date).
The comparison asks the shop for ids and totals only, fetches anew what is missing or differs, and keeps each difference
as a record with what was done about it. What is compared stands in `COMPARED`, for others to extend by `_compared`.
"""

import logging
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..magento_wire.cursor import TIME_FORM
from ..magento_wire.errors import ShopError
from ..magento_wire.streams import STREAMS
from .loading import CONCURRENCY_ERRORS, amount_text, in_words

_logger = logging.getLogger(__name__)

WINDOW_DAYS = 30
FETCHED_AT_ONCE = 50


class Compared(NamedTuple):
    """One row of the table of what is compared.

    :ivar total: field of the shop's summary and of the payload that holds the record's total; empty where there is none
    :ivar number: field of the summary that people know the record by
    """

    total: str = ""
    number: str = "increment_id"


COMPARED = {
    "orders": Compared("grand_total"),
    "invoices": Compared("grand_total"),
    "credit_memos": Compared("grand_total"),
    "shipments": Compared(),
    "products": Compared(number="sku"),
}


class MagentoBackendCompare(models.AbstractModel):
    _name = "magento.backend.compare"
    _description = "Comparison with a Shop"

    compare_date = fields.Datetime("Compared", readonly=True, copy=False)
    compare_text = fields.Text("Last Comparison", readonly=True, copy=False)
    drift_count = fields.Integer(
        "Drift Found", readonly=True, copy=False, help="Records that were missing or differed at the last comparison."
    )
    drift_ids = fields.One2many("magento.drift", "backend_id", "Differences")

    @api.model
    def _compared(self):
        """dict of entity → `Compared`, for others to extend."""
        return COMPARED

    @api.model
    def _cron_compare(self):
        """Compare each running shop; one that does not answer is told at its streams anyway."""
        backends = self.search([*self._running_domain(), ("stream_ids.state", "=", "running")])
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

    def action_view_drift(self):
        return {
            **self.env["ir.actions.actions"]._for_xml_id("magento_connector.magento_drift_action"),
            "domain": [("backend_id", "in", self.ids)],
            "context": {},
        }

    # -- comparing -------------------------------------------------------------------------------------------------

    def _compare(self, days=WINDOW_DAYS):
        """Compare what was created in the last days, stage what is missing or differs, and keep what was found.

        :returns: the new `magento.drift` records
        """
        self.ensure_one()
        now = fields.Datetime.now()
        since = max(now - timedelta(days=days), self.orders_since or now - timedelta(days=days))
        window = since.strftime(TIME_FORM), now.strftime(TIME_FORM)
        counts, found = {}, self.env["magento.drift"]
        with self._shop() as shop:
            for entity, row in self._compared().items():
                if self._is_compared(entity):
                    theirs = {
                        STREAMS[entity].identify(summary): summary for summary in shop.summaries(*window, stream=entity)
                    }
                    counts[entity] = len(theirs)
                    found += self._compare_kind(shop, entity, row, theirs, (since, now))
        if self._reads("credit_memos"):
            self.env["magento.loader.credit.memo"]._quiet(self.company_id)._check_refunds(self)
        self._note_comparison(counts, found, days)
        if any(drift.repaired for drift in found):
            self.env["magento.record"]._wake_lanes()
        return found

    def _is_compared(self, entity):
        """Whether the shop's records of a kind are taken over at all."""
        return any(stream.entity == entity and not stream.lack for stream in self.stream_ids)

    def _compare_kind(self, shop, entity, row, theirs, window):
        """Compare one kind of record and repair what differs.

        :param Shop shop: to fetch from
        :param Compared row: of the table
        :param theirs: dict of external id → summary
        :param window: (from, to)
        :returns: the new `magento.drift` records
        """
        ours = self._ours(entity, row, theirs)
        drifts = {}
        for external_id, summary in theirs.items():
            total = _amount(summary.get(row.total)) if row.total else None
            if external_id not in ours:
                drifts[external_id] = ("missing", total, None)
            elif row.total and ours[external_id] is not None and ours[external_id] != total:
                drifts[external_id] = ("different", total, ours[external_id])
        fetched, changed = self._fetch_by_id(shop, entity, list(drifts))
        values = [
            {
                "entity": entity,
                "external_id": external_id,
                "reference": str(theirs[external_id].get(row.number) or external_id),
                "kind": kind,
                "theirs": _figure(total),
                "ours": _figure(here),
                "repaired": external_id in changed,
                "reason": self._what_was_done(external_id in fetched, external_id in changed),
            }
            for external_id, (kind, total, here) in drifts.items()
        ]
        values += self._gone(shop, entity, theirs, window)
        return self.env["magento.drift"].sudo()._note(self, values)

    def _what_was_done(self, fetched, changed):
        if changed:
            return self.env._("Fetched again; it is being processed.")
        if fetched:
            return self.env._("The shop hands over what is here already. See what the record and its cases say.")
        return self.env._("The shop lists it, but does not hand it over. Check the integration's rights.")

    def _ours(self, entity, row, theirs):
        """dict of external id → total here (None where nothing can be compared), of what is staged.

        Of orders counts what stands in the sales order; of the others what was taken in.
        """
        records = (
            self.env["magento.record"]
            .sudo()
            .search([("backend_id", "=", self.id), ("entity", "=", entity), ("external_id", "in", list(theirs))])
        )
        found = dict.fromkeys(records.mapped("external_id"))
        if entity == "orders":
            done = records.filtered(lambda record: record.state == "done")
            orders = self.env["magento.binding"]._find(self, "orders", done.mapped("external_id"))
            found |= {record.external_id: Decimal(0) for record in done}
            found |= {external_id: Decimal(order.magento_total or "0") for external_id, order in orders.items()}
        elif row.total:
            found |= {external_id: _amount(total) for external_id, total in self._staged_totals(records, row.total)}
        return found

    def _staged_totals(self, records, field):
        """(external id, total as text) of staged payloads that were not emptied yet."""
        if not records:
            return []
        return self.env.execute_query(
            SQL(
                """SELECT external_id, payload::json ->> %s FROM magento_record
                    WHERE id IN %s AND payload IS NOT NULL AND payload != ''""",
                field,
                tuple(records.ids),
            )
        )

    def _gone(self, shop, entity, theirs, window):
        """Orders of the window that are here and that the shop does not have any more."""
        if entity != "orders":
            return []
        since, until = window
        here = self.env["sale.order"].search(
            [
                ("magento_backend_id", "=", self.id),
                ("date_order", ">=", since),
                ("date_order", "<=", until),
                ("state", "!=", "cancel"),
            ]
        )
        bindings = (
            self.env["magento.binding"]
            .sudo()
            .search([("backend_id", "=", self.id), ("entity", "=", entity), ("res_id", "in", here.ids)])
        )
        unlisted = bindings.filtered(lambda binding: binding.external_id not in theirs)
        existing, _changed = self._fetch_by_id(shop, entity, unlisted.mapped("external_id"))
        return [
            {
                "entity": entity,
                "external_id": binding.external_id,
                "reference": binding.reference,
                "kind": "gone",
                "ours": here.browse(binding.res_id).magento_total or False,
                "reason": self.env._("Deleted in the shop. Cancel the order here, or bill it as it stands."),
            }
            for binding in unlisted
            if binding.external_id not in existing
        ]

    def _fetch_by_id(self, shop, entity, external_ids):
        """Fetch single records and stage them.

        :returns: (set of ids that the shop handed over, set of those that were new or different)
        """
        stream = self.stream_ids.filtered(lambda stream: stream.entity == entity)
        records = self.env["magento.record"].sudo()
        fetched, changed = set(), set()
        for start in range(0, len(external_ids), FETCHED_AT_ONCE):
            asked_at = fields.Datetime.now()
            part = external_ids[start : start + FETCHED_AT_ONCE]
            for row in stream._rows(shop.records(entity, part)):
                fetched.add(row["external_id"])
                if records._stage(self, entity, [row], asked_at):
                    changed.add(row["external_id"])
        return fetched, changed

    # -- telling ---------------------------------------------------------------------------------------------------

    def _note_comparison(self, counts, found, days):
        labels = dict(self.env["magento.stream"]._selection_entity())
        counted = ", ".join(f"{labels[entity]} {count}" for entity, count in counts.items())
        if found:
            by_kind = dict(self.env["magento.drift"]._fields["kind"]._description_selection(self.env))
            differences = ", ".join(f"{by_kind[kind]}: {len(drifts)}" for kind, drifts in found.grouped("kind").items())
            words = self.env._(
                "Last %(days)s days (%(counted)s): %(differences)s. %(repaired)s fetched again.",
                days=days,
                counted=counted,
                differences=differences,
                repaired=len(found.filtered("repaired")),
            )
        else:
            words = self.env._("Last %(days)s days (%(counted)s): all here, all equal.", days=days, counted=counted)
        self.write({"compare_date": fields.Datetime.now(), "drift_count": len(found), "compare_text": words})
        if found:
            self.message_post(body=words)


def _amount(value):
    """A total as a number, however it is written; None where it is none."""
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _figure(value):
    return False if value is None else amount_text(value)
