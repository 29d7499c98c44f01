"""Signatures of webhook calls within the replay window: a call that is repeated starts no work."""

from datetime import datetime, timedelta, timezone

from odoo import api, fields, models
from odoo.tools import SQL

KEPT = timedelta(hours=1)


class MagentoWebhookCall(models.Model):
    _name = "magento.webhook.call"
    _description = "Webhook Call"
    _log_access = False

    backend_id = fields.Many2one("magento.backend", required=True, index=True, ondelete="cascade")
    signature = fields.Char(required=True)
    stamped_at = fields.Datetime(required=True, index=True)

    _signature_unique = models.UniqueIndex("(backend_id, signature)")

    @api.model
    def _note(self, backend, signature, stamp):
        """Remember a call; returns whether it is new."""
        at = datetime.fromtimestamp(stamp, timezone.utc).replace(tzinfo=None)
        return bool(
            self.env.execute_query(
                SQL(
                    """INSERT INTO magento_webhook_call (backend_id, signature, stamped_at) VALUES (%s, %s, %s)
               ON CONFLICT DO NOTHING RETURNING id""",
                    backend.id,
                    signature,
                    at,
                )
            )
        )

    @api.autovacuum
    def _gc_calls(self):
        self.search([("stamped_at", "<", fields.Datetime.now() - KEPT)]).unlink()
