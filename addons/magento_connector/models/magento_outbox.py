"""What Odoo has to tell the shop: each effect a row with a stable key, sent once.

Writing a row belongs to the transaction that decides; sending is another one. A row with the same key that still waits
is overwritten, so the latest stock or price wins. A write that may have happened is read back before it is tried again.
"""

from odoo import api, fields, models
from odoo.tools import SQL


class MagentoOutbox(models.Model):
    _name = "magento.outbox"
    _description = "Message to the Shop"
    _order = "id desc"
    _rec_name = "key"

    backend_id = fields.Many2one("magento.backend", "Shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="backend_id.company_id", store=True, index=True, precompute=True)
    effect = fields.Selection([("order_comment", "Comment or status of an order")], required=True)
    key = fields.Char(
        required=True, readonly=True, help="What it is about; a newer message about the same replaces one that waits."
    )
    target = fields.Char("Shop ID", required=True, help="The shop's id of what it is done to.")
    order_id = fields.Many2one("sale.order", index="btree_not_null", ondelete="cascade")
    values = fields.Json(help="What is sent.")
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("sent", "Sent"),
            ("unclear", "Outcome unclear"),
            ("failed", "Failed"),
            ("canceled", "Cancelled"),
        ],
        default="waiting",
        required=True,
        index=True,
    )
    attempts = fields.Integer()
    next_try = fields.Datetime()
    reason = fields.Text()
    sent_at = fields.Datetime("Sent on")

    _key_unique = models.UniqueIndex("(backend_id, key) WHERE state = 'waiting'")
    _unclear_unique = models.UniqueIndex("(backend_id, key) WHERE state = 'unclear'")
    _queue_index = models.Index("(backend_id, id) WHERE state IN ('waiting', 'unclear')")

    @api.model
    def _put(self, rows):
        """Queue messages; the newest content of a key that still waits wins.

        :param rows: list of dicts with ``backend``, ``effect``, ``key``, ``target``, ``values`` and maybe ``order``
        """
        self.flush_model()
        for row in rows:
            self.env.execute_query(
                SQL(
                    """INSERT INTO magento_outbox (backend_id, company_id, effect, key, target, order_id, values, state,
                                               attempts, create_uid, create_date, write_uid, write_date)
                   VALUES (%s, %s, %s, %s, %s, %s, %s, 'waiting', 0, %s, now() at time zone 'UTC', %s,
                           now() at time zone 'UTC')
                   ON CONFLICT (backend_id, key) WHERE state = 'waiting'
                   DO UPDATE SET values = EXCLUDED.values, attempts = 0, next_try = NULL RETURNING id""",
                    row["backend"].id,
                    row["backend"].company_id.id,
                    row["effect"],
                    row["key"],
                    row["target"],
                    row["order"].id if row.get("order") else None,
                    fields.Json().convert_to_column(row["values"], self),
                    self.env.uid,
                    self.env.uid,
                )
            )
        self.invalidate_model()

    @api.model
    def _wake_lane(self):
        """Have the scheduler send what waits as soon as this transaction commits."""
        self.env.ref("magento_connector.ir_cron_push").sudo()._trigger()

    def action_retry(self):
        """Send again."""
        self.check_access("write")
        self.filtered(lambda message: message.state in ("failed", "canceled")).write(
            {"state": "waiting", "attempts": 0, "next_try": False, "reason": False}
        )
        return True

    def action_cancel(self):
        """Do not send."""
        self.check_access("write")
        self.filtered(lambda message: message.state in ("waiting", "failed")).write({"state": "canceled"})
        return True
