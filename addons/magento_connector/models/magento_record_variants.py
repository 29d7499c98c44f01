"""Configurable products that came before their variants: each is processed again when one of these comes.

What a configurable product waits for is kept with its record, and not with what it became: it may have become nothing
yet. A variant has come once its own record was taken over; that an order named it before tells nothing of its options.
"""

from odoo import api, fields, models
from odoo.tools import SQL


class MagentoRecord(models.Model):
    _inherit = "magento.record"

    awaited = fields.Json(
        "Awaited Variants", help="Shop ids of variants that had not come when the configurable product was processed."
    )

    _awaited_index = models.Index("USING gin (awaited) WHERE awaited IS NOT NULL")

    @api.model
    def _note_awaited(self, backend, families):
        """Keep with configurable products which of their variants are still to come.

        :param families: list of `loading.Staged`
        """
        children = {item.record_id: [str(child) for child in item.intent.children] for item in families}
        here = self._variants_here(backend, {child for own in children.values() for child in own})
        for record in self.browse(children):
            missing = [child for child in children[record.id] if child not in here]
            if (record.awaited or []) != missing:
                record.awaited = missing

    def _write_outcomes(self, outcomes):
        """What variants came is known once the whole batch is written, whatever parts it was loaded in."""
        result = super()._write_outcomes(outcomes)
        done = self.browse([record_id for record_id, problem in outcomes.items() if problem is None])
        for backend, records in done.filtered(lambda one: one.entity == "products").grouped("backend_id").items():
            self._call_families(backend, self._variants_here(backend, records.mapped("external_id")))
        return result

    @api.model
    def _variants_here(self, backend, external_ids):
        """Set of the external ids of those products whose own record was taken over."""
        links = self.env["magento.binding"]._links(backend, "products", external_ids)
        return {external_id for external_id, link in links.items() if link.shop_kind}

    @api.model
    def _call_families(self, backend, external_ids):
        """Process configurable products again that wait for some of these variants."""
        if not external_ids:
            return
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM magento_record
                    WHERE backend_id = %s AND awaited ?| %s::text[] AND state <> 'ignored' AND payload IS NOT NULL""",
                backend.id,
                list(external_ids),
            )
        )
        if rows:
            self.browse(row_id for (row_id,) in rows).write({"state": "staged", "attempts": 0, "next_retry": False})
            self._wake_lanes()
