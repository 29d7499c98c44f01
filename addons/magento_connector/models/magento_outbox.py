"""What Odoo has to tell the shop: each effect a row with a stable key, sent once.

Writing a row belongs to the transaction that decides; sending is another one. A row with the same key that still waits
is overwritten, so the latest stock or price wins. A write that may have happened is read back before it is tried again.
How rows are sent is in `magento_outbox_push.py`, how those that the shop works off later are followed in
`magento_outbox_follow.py`.
"""

import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, LazyTranslate

from ..magento_wire.effects import EFFECTS

_lt = LazyTranslate(__name__)
DOCUMENT, CREDIT, STOCK, PRICE = 10, 20, 30, 40
KINDS = {
    "order_comment": (_lt("Comment or status of an order"), DOCUMENT),
    "order_hold": (_lt("Order put on hold"), DOCUMENT),
    "order_unhold": (_lt("Order released"), DOCUMENT),
    "order_cancel": (_lt("Order cancelled"), DOCUMENT),
    "order_number": (_lt("Number of an order here"), DOCUMENT),
    "invoice": (_lt("Invoice"), DOCUMENT),
    "shipment": (_lt("Shipment"), DOCUMENT),
    "tracking": (_lt("Tracking number"), DOCUMENT),
    "credit_memo": (_lt("Credit memo"), DOCUMENT),
    "credit_limit": (_lt("Company's credit limit"), CREDIT),
    "credit_balance": (_lt("Company's credit balance"), CREDIT),
    "stock": (_lt("Stock"), STOCK),
    "base_price": (_lt("Base price"), PRICE),
    "special_price": (_lt("Special price"), PRICE),
    "tier_price": (_lt("Tier price"), PRICE),
    "shared_catalog_price": (_lt("Price in a shared catalog"), PRICE),
}
OPEN_STATES = ("waiting", "unclear", "accepted")


class MagentoOutbox(models.Model):
    _name = "magento.outbox"
    _description = "Message to the Shop"
    _order = "id desc"
    _rec_name = "key"
    _rec_names_search = ["key", "target"]

    backend_id = fields.Many2one("magento.backend", "Shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="backend_id.company_id", store=True, index=True, precompute=True)
    effect = fields.Selection(selection="_selection_effect", string="Kind", required=True)
    key = fields.Char(
        required=True, readonly=True, help="What it is about; a newer message about the same replaces one that waits."
    )
    target = fields.Char("Shop ID", required=True, help="The shop's id or SKU of what it is done to.")
    subject = fields.Char(help="Messages about the same subject are sent in the order in which they were written.")
    priority = fields.Integer(default=DOCUMENT, help="Documents before stock, stock before prices.")
    order_id = fields.Many2one("sale.order", index="btree_not_null", ondelete="cascade")
    res_model = fields.Char("Document Kind")
    res_id = fields.Many2oneReference("Document", model_field="res_model", index="btree_not_null")
    values = fields.Json(help="What is sent.")
    values_text = fields.Text("Content", compute="_compute_values_text")
    about = fields.Char(compute="_compute_words", help="The order, or the product's SKU.")
    summary = fields.Char("What Is Said", compute="_compute_words")
    before = fields.Json(help="How far the shop was with each line when the message was first sent.")
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("accepted", "Taken, not done yet"),
            ("sent", "Sent"),
            ("unclear", "Outcome unclear"),
            ("failed", "Failed"),
            ("canceled", "Cancelled"),
        ],
        default="waiting",
        required=True,
        index=True,
        help="Unclear: it may have reached the shop, which is looked at first. Taken: the shop works it off by itself. "
        "Failed: the shop refused it; the reason says why.",
    )
    attempts = fields.Integer()
    in_doubt = fields.Boolean(help="It may have reached the shop: looked for there before it is sent again.")
    next_try = fields.Datetime("Next Attempt")
    reason = fields.Text()
    sent_at = fields.Datetime("Sent on")
    reference = fields.Char("Made in the Shop", readonly=True, help="The shop's id of what this made there.")
    bulk = fields.Char(readonly=True, help="The shop's name of the batch that it works off.")
    taken_at = fields.Datetime("Taken on", readonly=True, help="When the shop took it to work it off later.")
    operation = fields.Integer(readonly=True, help="Position in the batch.")

    _key_unique = models.UniqueIndex("(backend_id, key) WHERE state = 'waiting'")
    _unclear_unique = models.UniqueIndex("(backend_id, key) WHERE state IN ('unclear', 'accepted')")
    _queue_index = models.Index("(backend_id, priority, id) WHERE state IN ('waiting', 'unclear', 'accepted')")
    _subject_index = models.Index("(backend_id, subject, id) WHERE state IN ('waiting', 'unclear', 'accepted')")
    _key_index = models.Index("(backend_id, key)")

    @api.model
    def _selection_effect(self):
        words = {kind: kind.replace("_", " ").capitalize() for kind in EFFECTS}
        words |= {kind: self.env._(label) for kind, (label, _priority) in KINDS.items()}  # pylint: disable=gettext-variable
        return list(words.items())

    @api.depends("values")
    def _compute_values_text(self):
        for message in self:
            message.values_text = json.dumps(message.values, indent=2, ensure_ascii=False) if message.values else False

    @api.depends("values", "target", "order_id", "effect")
    def _compute_words(self):
        for message in self:
            order = message.order_id.sudo()
            message.about = order.name or (message.values or {}).get("sku") or message.target
            message.summary = message._in_words()

    @api.depends("effect", "about")
    def _compute_display_name(self):
        kinds = dict(self._selection_effect())
        for message in self:
            message.display_name = f"{kinds.get(message.effect) or ''} {message.about or ''}".strip()

    def _in_words(self):
        """What the shop is told, in a few words; empty where the kind says it all."""
        values = self.values or {}
        if "comment" in values and "lines" not in values:
            return values["comment"]
        if "number" in values:
            return self.env._("%s taken off", values["number"]) if values.get("gone") else values["number"]
        if self.priority == PRICE:
            whom = self.env["magento.price"]._whom(self.backend_id, values)
            if values.get("price") is None:
                return self.env._("taken back, %s", whom)
            return self.env._("%(price)s, %(whom)s", price=values["price"], whom=whom)
        if self.effect == "stock":
            place = values.get("source") or ""
            return self.env._("%(quantity)s on hand %(place)s", quantity=values.get("quantity"), place=place).strip()
        if "lines" in values:
            return self.env._("%s lines", len(values["lines"]))
        return values.get("limit") or values.get("value") or False

    # -- writing down ----------------------------------------------------------------------------------------------

    @api.model
    def _put(self, rows):
        """Queue messages, all in one statement; the newest content of a key that still waits wins.

        What the shop or the way we speak with it cannot do is not queued: it is kept as failed, with the reason.

        :param rows: list of dicts with ``backend``, ``effect``, ``key``, ``target``, ``values``, and maybe ``order``,
            ``document`` (what a new document of the shop is linked with) and ``subject``
        """
        latest = {(row["backend"].id, row["key"]): row for row in rows}.values()
        reasons = {
            (backend, effect): backend._why_not_told(effect)
            for backend, effect in {(row["backend"], row["effect"]) for row in latest}
        }
        possible = [row for row in latest if not reasons[row["backend"], row["effect"]]]
        self._note_refused([(row, words) for row in latest if (words := reasons[row["backend"], row["effect"]])])
        if possible:
            self._insert(SQL("VALUES %s", SQL(", ").join(map(self._row_values, possible))))

    @api.model
    def _insert(self, rows):
        """Insert or overwrite waiting messages, and wake the lane.

        :param SQL rows: a query of backend, company, effect, key, target, subject, priority, order, model, id, values
        """
        self.flush_model()
        queued = self.env.execute_query(
            SQL(
                """
            WITH new (backend_id, company_id, effect, key, target, subject, priority, order_id, res_model, res_id,
                      "values") AS (%(rows)s),
            replaced AS (
                UPDATE magento_outbox old SET state = 'canceled', reason = %(words)s
                  FROM new WHERE old.state = 'failed' AND old.backend_id = new.backend_id AND old.key = new.key)
            INSERT INTO magento_outbox (backend_id, company_id, effect, key, target, subject, priority, order_id,
                                        res_model, res_id, "values", state, attempts, create_uid, create_date,
                                        write_uid, write_date)
            SELECT new.*, 'waiting', 0, %(uid)s, %(now)s, %(uid)s, %(now)s FROM new
                ON CONFLICT (backend_id, key) WHERE state = 'waiting'
                DO UPDATE SET effect = EXCLUDED.effect, target = EXCLUDED.target, "values" = EXCLUDED.values,
                              priority = EXCLUDED.priority, res_model = EXCLUDED.res_model,
                              res_id = EXCLUDED.res_id, attempts = 0, next_try = NULL, reason = NULL,
                              write_uid = EXCLUDED.write_uid, write_date = EXCLUDED.write_date
            RETURNING id""",
                rows=rows,
                words=self.env._("A newer message about the same took its place."),
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        self.invalidate_model()
        if queued:
            self._wake_lane()

    def _row_values(self, row):
        backend, order, document = row["backend"], row.get("order"), row.get("document")
        return SQL(
            "(%s, %s, %s, %s, %s, %s, %s, %s::int, %s, %s::int, %s::jsonb)",
            backend.id,
            backend.company_id.id,
            row["effect"],
            row["key"],
            row["target"],
            row.get("subject") or (f"order:{row['target']}" if order else row["key"]),
            KINDS.get(row["effect"], ("", DOCUMENT))[1],
            order.id if order else None,
            document._name if document else None,
            document.id if document else None,
            fields.Json().convert_to_column(row["values"], self),
        )

    def _note_refused(self, pairs):
        """Keep messages that can never be sent with the reason, each once.

        :param pairs: list of (row, reason)
        """
        if not pairs:
            return
        known = {
            (message.backend_id.id, message.key, message.reason)
            for message in self.search([("state", "=", "failed"), ("key", "in", [row["key"] for row, _words in pairs])])
        }
        self.create(
            [
                {
                    "backend_id": row["backend"].id,
                    "effect": row["effect"],
                    "key": row["key"],
                    "target": row["target"],
                    "order_id": row["order"].id if row.get("order") else False,
                    "res_model": row["document"]._name if row.get("document") else False,
                    "res_id": row["document"].id if row.get("document") else False,
                    "values": row["values"],
                    "state": "failed",
                    "reason": words,
                }
                for row, words in pairs
                if (row["backend"].id, row["key"], words) not in known
            ]
        )

    @api.model
    def _wake_lane(self):
        """Have the scheduler start sending as soon as this transaction commits."""
        cron = self.env.ref("magento_connector.ir_cron_push", raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger()

    # -- what people do --------------------------------------------------------------------------------------------

    def action_retry(self):
        """Send again."""
        self.check_access("write")
        ended = self.filtered(lambda message: message.state in ("failed", "canceled"))
        for message in ended:
            if words := message.backend_id._why_not_told(message.effect):
                raise UserError(words)
        newer = {
            (message.backend_id, message.key)
            for message in self.search(
                [
                    ("backend_id", "in", ended.backend_id.ids),
                    ("key", "in", ended.mapped("key")),
                    ("state", "in", OPEN_STATES),
                ]
            )
        }
        again = self.browse()
        for message in ended.sorted("id", reverse=True):
            if (message.backend_id, message.key) not in newer:
                newer.add((message.backend_id, message.key))
                again += message
        doubtful = again.filtered("in_doubt")
        again.write({"attempts": 0, "next_try": False, "reason": False})
        doubtful.state = "unclear"
        (again - doubtful).state = "waiting"
        (ended - again).write(
            {"state": "canceled", "reason": self.env._("A newer message about the same took its place.")}
        )
        self.filtered(lambda message: message.state in OPEN_STATES).next_try = False
        self._wake_lane()
        return True

    def action_cancel(self):
        """Do not send. What may have reached the shop already cannot be taken back."""
        self.check_access("write")
        self.filtered(lambda message: message.state in ("waiting", "failed")).write({"state": "canceled"})
        return True

    @api.model
    def _counts_of(self, documents):
        """dict of record id → messages about it."""
        groups = self.sudo()._read_group(
            [("res_model", "=", documents._name), ("res_id", "in", documents.ids)], ["res_id"], ["__count"]
        )
        return dict(groups)

    @api.model
    def _open_of(self, documents):
        action = self.env["ir.actions.actions"]._for_xml_id("magento_connector.magento_outbox_action")
        domain = [("res_model", "=", documents._name), ("res_id", "in", documents.ids)]
        return {**action, "domain": domain, "context": {}}

    def action_open_document(self):
        """Open the document here that the message is about."""
        self.ensure_one()
        document = self.env[self.res_model].browse(self.res_id) if self.res_model and self.res_id else self.order_id
        if not document.exists():
            raise UserError(self.env._("This message is about no document here."))
        return {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "view_mode": "form",
        }

    @api.autovacuum
    def _gc_sent(self, limit=10_000):
        """Delete what was sent or cancelled long ago; 0 days keeps it for good.

        :returns: (how many, whether more may be left)
        """
        deleted = 0
        for backend in self.env["magento.backend"].with_context(active_test=False).search([("push_keep_days", ">", 0)]):
            old = self.search(
                [
                    ("backend_id", "=", backend.id),
                    ("state", "in", ("sent", "canceled")),
                    ("write_date", "<", fields.Datetime.now() - timedelta(days=backend.push_keep_days)),
                ],
                limit=limit,
            )
            deleted += len(old)
            old.unlink()
        return deleted, deleted >= limit
