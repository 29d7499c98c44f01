"""Staged payloads: what the shop said, exactly as it said it, and what became of it. This table is the queue.

Fetching writes payloads here and moves the stream's cursor in the same transaction, so that no cursor passes what is
not staged. `process_batch(limit)` takes waiting rows that nobody else holds (SKIP LOCKED), gives them to the loader of
their kind, and writes what became of each: one transaction per batch. Who calls it is a detail: lanes of Odoo's
scheduler, a test, a script. It stands in `magento_record_queue.py`.
"""

import hashlib
import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class MagentoRecord(models.Model):
    _name = "magento.record"
    _description = "Staged Shop Record"
    _order = "id desc"
    _rec_name = "reference"
    _rec_names_search = ["reference", "external_id"]

    backend_id = fields.Many2one("magento.backend", "Shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, index=True)
    entity = fields.Selection(selection="_selection_entity", string="Kind", required=True, index=True)
    priority = fields.Integer(
        required=True, help="What others need comes first: shops before customers, these before orders."
    )
    external_id = fields.Char("Shop ID", required=True)
    reference = fields.Char(help="The number, SKU or e-mail that people know it by.", index="trigram")
    content_hash = fields.Char(required=True)
    payload = fields.Text("Raw Payload", prefetch=False, help="The shop's answer, unchanged.")
    payload_text = fields.Text("Payload", compute="_compute_payload_text")
    state = fields.Selection(
        [("staged", "Waiting"), ("done", "Done"), ("set_aside", "Set aside"), ("ignored", "Ignored")],
        default="staged",
        required=True,
        index=True,
    )
    cause = fields.Selection(
        [
            ("data", "Its content"),
            ("setup", "Set-up"),
            ("waiting", "Another record"),
            ("bug", "Error"),
        ],
        help="What kept it from being processed.",
    )
    waits_for = fields.Char(help="The set-up that it waits for.")
    reason = fields.Text(help="Why it was set aside, and what to do.")
    note = fields.Char(help="Why a person ignored it.")
    attempts = fields.Integer()
    next_retry = fields.Datetime("Next Attempt")
    staged_at = fields.Datetime("Received")
    processed_at = fields.Datetime("Processed")

    _external_unique = models.UniqueIndex("(backend_id, entity, external_id)")
    _queue_index = models.Index("(priority, id) WHERE state = 'staged'")
    _waits_index = models.Index("(backend_id, waits_for) WHERE waits_for IS NOT NULL")
    _aside_index = models.Index("(backend_id, entity) WHERE state = 'set_aside'")

    @api.model
    def _selection_entity(self):
        return self.env["magento.stream"]._selection_entity()

    @api.depends("payload")
    def _compute_payload_text(self):
        for record in self:
            try:
                record.payload_text = json.dumps(json.loads(record.payload or "null"), indent=2, ensure_ascii=False)
            except ValueError:
                record.payload_text = record.payload

    # -- staging ---------------------------------------------------------------------------------------------------

    @api.model
    def _stage(self, backend, entity, rows, asked_at=None, again=False):
        """Keep payloads for processing. The same content again changes nothing; a changed one is processed again.

        :param rows: iterable of dicts with ``external_id``, ``reference`` and ``payload`` (JSON text)
        :param datetime asked_at: when the shop was asked, for whoever reads beside the stream: what the stream staged
            since then is newer, and stays
        :param bool again: process unchanged rows again, too
        :returns: number of new or changed rows
        """
        latest = {row["external_id"]: row for row in rows}
        if not latest:
            return 0
        self.flush_model(["content_hash", "state", "staged_at"])
        changed = self.env.execute_query(
            SQL(
                """
            INSERT INTO magento_record (backend_id, company_id, entity, priority, external_id, reference,
                                        content_hash, payload, state, attempts, staged_at, create_uid, create_date,
                                        write_uid, write_date)
            VALUES %s
            ON CONFLICT (backend_id, entity, external_id) DO UPDATE
               SET payload = EXCLUDED.payload, content_hash = EXCLUDED.content_hash, reference = EXCLUDED.reference,
                   state = 'staged', attempts = 0, next_retry = NULL, staged_at = EXCLUDED.staged_at,
                   write_uid = EXCLUDED.write_uid, write_date = EXCLUDED.write_date
             WHERE (magento_record.content_hash <> EXCLUDED.content_hash OR %s)
               AND (%s IS NULL OR magento_record.staged_at IS NULL OR magento_record.staged_at < %s)
            RETURNING id""",
                self._staged_values(backend, entity, latest),
                again,
                asked_at,
                asked_at,
            )
        )
        self.browse([row_id for (row_id,) in changed]).invalidate_recordset()
        return len(changed)

    @api.model
    def _staged_values(self, backend, entity, rows):
        """SQL of the rows of a `VALUES` list.

        :param rows: dict of external id → row
        """
        now, uid = fields.Datetime.now(), self.env.uid
        priority = self.env["magento.stream"]._priority(entity)
        return SQL(", ").join(
            SQL(
                "(%s, %s, %s, %s, %s, %s, %s, %s, 'staged', 0, %s, %s, %s, %s, %s)",
                backend.id,
                backend.company_id.id,
                entity,
                priority,
                external_id,
                row.get("reference"),
                hashlib.sha256(row["payload"].encode()).hexdigest(),
                row["payload"],
                now,
                uid,
                now,
                uid,
                now,
            )
            for external_id, row in rows.items()
        )

    # -- what people do --------------------------------------------------------------------------------------------

    def action_retry(self):
        """Process again, in order, as soon as a lane is free."""
        self._check_clerk()
        self.sudo().filtered(lambda record: record.state != "staged" or record.next_retry).write(
            {"state": "staged", "attempts": 0, "next_retry": False, "note": False}
        )
        self._wake_lanes()
        return True

    def action_ignore(self):
        """Leave aside for good; asks for a note."""
        self._check_clerk()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ignore"),
            "res_model": "magento.record.ignore",
            "view_mode": "form",
            "target": "new",
            "context": {"default_record_ids": self.ids},
        }

    def action_open_document(self):
        """Open what it became in Odoo."""
        self.ensure_one()
        document = (
            self.env["magento.binding"]._find(self.backend_id, self.entity, [self.external_id]).get(self.external_id)
        )
        if not document:
            raise UserError(self.env._("Nothing in Odoo was made of this record."))
        return {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "view_mode": "form",
        }

    @api.autovacuum
    def _gc_payloads(self, limit=10_000):
        """Empty what the shop sent from records that are long done: it holds personal data.

        :returns: (how many, whether more may be left)
        """
        emptied = 0
        for backend in (
            self.env["magento.backend"].with_context(active_test=False).search([("keep_payload_days", ">", 0)])
        ):
            old = self.search(
                [
                    ("backend_id", "=", backend.id),
                    ("state", "=", "done"),
                    ("payload", "!=", False),
                    ("processed_at", "<", fields.Datetime.now() - timedelta(days=backend.keep_payload_days)),
                ],
                limit=limit,
            )
            old.write({"payload": False})
            emptied += len(old)
        return emptied, emptied >= limit

    def _ignore(self, note):
        self._check_clerk()
        self.sudo().write({"state": "ignored", "note": note, "next_retry": False})

    def _check_clerk(self):
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group("b2b_invoice_automation.group_billing_clerk"):
            raise UserError(self.env._("Only billing clerks retry or ignore shop records."))

    @api.model
    def _retry_waiting_for(self, backends, setup):
        """Something was set up: what was set aside for want of it is processed again."""
        waiting = self.sudo().search(
            [("backend_id", "in", backends.ids), ("state", "=", "set_aside"), ("waits_for", "=", setup)]
        )
        waiting.write({"state": "staged", "attempts": 0, "next_retry": False})
        self._wake_lanes()
        return waiting

    @api.model
    def _go_on(self, backends, awaited):
        """What other records waited for has happened: they are processed again, those set aside in the meantime too.

        :param awaited: iterable of what they wait for, such as ``order:12``
        """
        awaited = list(awaited)
        waiting = awaited and self.sudo().search(
            [
                ("backend_id", "in", backends.ids),
                ("state", "in", ("staged", "set_aside")),
                ("waits_for", "in", awaited),
            ]
        )
        if waiting:
            waiting.write({"state": "staged", "attempts": 0, "next_retry": False})
            self._wake_lanes()
        return waiting

    @api.model
    def _wake_lanes(self):
        """Have the scheduler start the lanes as soon as this transaction commits."""
        for lane in ("ir_cron_process_1", "ir_cron_process_2"):
            cron = self.env.ref(f"magento_connector.{lane}", raise_if_not_found=False)
            if cron:
                cron.sudo()._trigger()
