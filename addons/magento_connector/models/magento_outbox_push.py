"""Sending what waits in the outbox, one message at a time, each outcome committed before the next."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..magento_wire.effects import Effect
from ..magento_wire.errors import INDEFINITE, TRANSIENT, ShopError
from ..magento_wire.retry import RetryPolicy
from .loading import CONCURRENCY_ERRORS, in_words

_logger = logging.getLogger(__name__)
POLICY = RetryPolicy(first=60.0, longest=6 * 3600.0, attempts=12)
MESSAGES_PER_RUN = 200


class MagentoOutbox(models.Model):
    _inherit = "magento.outbox"

    @api.model
    def _cron_push(self):
        """The scheduler's sending lane."""
        waiting = self._waiting()
        for backend, messages in waiting.grouped("backend_id").items():
            try:
                with backend._shop() as shop:
                    for message in messages:
                        message._push_in_lane(shop)
            except CONCURRENCY_ERRORS:
                raise
            except UserError:
                self.env.cr.rollback()
            except Exception:
                self.env.cr.rollback()
                _logger.exception("Shop %s cannot be told anything", backend.id)
        self.env["ir.cron"]._commit_progress(len(waiting), remaining=0)

    @api.model
    def _waiting(self):
        """Messages to send now: of one key the one under way first, and the newer only after it."""
        now = fields.Datetime.now()
        waiting = self.search(
            [
                ("state", "in", ("waiting", "unclear")),
                *self.env["magento.backend"]._running_domain("backend_id."),
                "|",
                ("next_try", "=", False),
                ("next_try", "<=", now),
            ],
            order="id",
            limit=MESSAGES_PER_RUN,
        )
        unclear = self.search([("state", "=", "unclear"), ("key", "in", waiting.mapped("key"))])
        under_way = {(message.backend_id, message.key) for message in unclear}
        return waiting.filtered(
            lambda message: message.state == "unclear" or (message.backend_id, message.key) not in under_way
        )

    def _push_in_lane(self, shop):
        """Claim and send one message, with commits; an unexpected error is written down and holds up no other one."""
        records = self.env["magento.record"]
        try:
            records._retry_conflicts(self._claim)
            records._retry_conflicts(lambda: self._send(shop))
        except (*CONCURRENCY_ERRORS, UserError):
            raise
        except Exception as error:
            _logger.exception("Message %s cannot be sent", self.id)
            problem = ShopError(INDEFINITE, "unexpected", in_words(self.env, error))
            self.env.cr.rollback()
            self.env.invalidate_all(flush=False)
            records._retry_conflicts(lambda: self._note_failure(problem))

    def _claim(self):
        """Note, before it is sent, that it may have been: whoever finds it so after a crash looks in the shop first."""
        if self.state == "waiting":
            self.write({"state": "unclear", "attempts": self.attempts + 1})
        else:
            self.write({"attempts": self.attempts + 1})

    def _send(self, shop):
        """Send one message and write down what became of it."""
        self.ensure_one()
        if not self.try_lock_for_update() or self.state != "unclear":
            return
        try:
            shop.push(self._effect(), unsure=self.attempts > 1)
        except ShopError as error:
            self._note_failure(error)
        else:
            self.write({"state": "sent", "sent_at": fields.Datetime.now(), "reason": False, "next_try": False})

    def _effect(self):
        return Effect(self.effect, self.key, self.target, self.values or {})

    def _note_failure(self, error):
        again = error.kind in (TRANSIENT, INDEFINITE) and self.attempts < POLICY.attempts
        wait = POLICY.delay(self.attempts, error.retry_after)
        self.write(
            {
                "state": "unclear" if again else "failed",
                "reason": str(error),
                "next_try": fields.Datetime.now() + timedelta(seconds=wait) if again else False,
            }
        )
