"""Sending what waits in the outbox: claimed and committed first, then sent, then what became of it is committed.

Why claim before sending?
    Whoever finds a claimed message after a crash looks in the shop before sending it again. While its lane lives, the
    rows are locked, and rivals skip them. One lane at a time speaks to a shop, so that what is computed from stock here
    and shipments told there is true for as long as it is under way.

What goes first?
    Documents, then stock, then prices; of the same subject what was written first. Values that depend on how far the
    shop is (shipments, stock) are computed when a message is claimed.
"""

import logging
from contextlib import contextmanager
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tools import SQL

from ..magento_wire.effects import Effect, Submitted
from ..magento_wire.errors import CONFIGURATION, INDEFINITE, RECORD, TRANSIENT, ShopError
from ..magento_wire.retry import RetryPolicy
from .loading import CONCURRENCY_ERRORS, in_words, lane_of

_logger = logging.getLogger(__name__)
POLICY = RetryPolicy(first=60.0, longest=6 * 3600.0, attempts=12)
BATCHES = {"stock": 500, "base_price": 500, "special_price": 500, "tier_price": 500, "shared_catalog_price": 500}
OF_ONE_ROW = ("busy", "waits")
"""Codes of transient errors that say nothing about the next message."""

DOCUMENTS = ("shipment", "invoice", "credit_memo")
LANE = 19_0305
POSTPONED = timedelta(minutes=1)


class MagentoOutbox(models.Model):
    _inherit = "magento.outbox"

    @api.model
    def _cron_push(self):
        """The scheduler's sending lane: each shop, with commits; one shop in trouble holds up no other one."""
        progress = self.env["ir.cron"]
        for backend in self.env["magento.backend"].search([("push_holds", "=", True)]):
            self.env["magento.record"]._retry_conflicts(
                lambda backend=backend: self.env["magento.push.order"].sudo()._tell_holds(backend)
            )
        backends = self._backends_with_messages()
        for position, backend in enumerate(backends):
            self._push_lane(backend)
            if not progress._commit_progress(1, remaining=len(backends) - position - 1):
                return

    @api.model
    def _backends_with_messages(self):
        now = fields.Datetime.now()
        groups = self._read_group([("state", "in", ("waiting", "unclear", "accepted"))], ["backend_id"])
        return self.env["magento.backend"].union(*(backend for (backend,) in groups if backend._may_push(now)))

    def _push_lane(self, backend):
        """Follow what the shop works off, then send until nothing is due or the shop is in trouble."""
        with self._alone_with(backend) as alone:
            if not alone:
                return
            self.env["ir.cron"]._commit_progress()  # what the lane before told is seen in a new snapshot only
            work = f"Telling shop {backend.id}"
            with lane_of(self, work, backend._note_push_trouble, _logger), backend._shop() as shop:
                self._follow(shop, backend)
                while backend._may_push(fields.Datetime.now()) and self._push_step(shop, backend):
                    pass

    @contextmanager
    def _alone_with(self, backend):
        """Hold the shop's lane, over commits, until the end of the block or of this process."""
        cursor = self.env.cr
        [[alone]] = self.env.execute_query(SQL("SELECT pg_try_advisory_lock(%s, %s)", LANE, backend.id))
        try:
            yield alone
        except BaseException:
            cursor.rollback()
            raise
        finally:
            if alone:
                cursor.execute(SQL("SELECT pg_advisory_unlock(%s, %s)", LANE, backend.id))

    def _push_step(self, shop, backend):
        """Claim, send and note one batch; returns whether to go on."""
        records = self.env["magento.record"]
        ids, unsure, more = records._retry_conflicts(lambda: self._claim(backend))
        if not ids:
            return more
        messages = self.browse(ids).try_lock_for_update()
        messages = messages.filtered(lambda message: message.state == "unclear")
        results = messages._send(shop, backend, unsure)
        records._retry_conflicts(lambda: messages._note_or_begin_anew(backend, results))
        return bool(self.env["ir.cron"]._commit_progress())

    # -- claiming --------------------------------------------------------------------------------------------------

    @api.model
    def _claim(self, backend):
        """Note, before they are sent, that messages may have been.

        :returns: (ids of messages of one kind, keys of those that may have been sent before, whether to look again)
        """
        due = self._due(backend)
        if not due:
            return [], (), False
        kind = due[0].effect
        batch = due.filtered(lambda message: message.effect == kind)[: BATCHES.get(kind, 1)]
        unsure = batch.filtered(lambda message: message.state == "unclear")
        new = batch - unsure
        fresh = self.env["magento.push"]._of(kind)._fresh_values(backend, new)
        needless = self.browse()
        for message in new:
            if message.id not in fresh:
                message.next_try = fields.Datetime.now() + POSTPONED
                batch -= message
            elif fresh[message.id] is None:
                needless += message
            elif fresh[message.id] != message.values:
                message.values = fresh[message.id]
        needless._note_needless()
        batch -= needless
        for message in batch:
            message.write({"attempts": message.attempts + 1, "in_doubt": message in unsure})
        batch.state = "unclear"
        return batch.ids, tuple(message._shop_key() for message in unsure), True

    @api.model
    def _due(self, backend):
        """Lock messages that are due and that nobody holds; of each subject only what comes first."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
            SELECT id FROM magento_outbox message
             WHERE backend_id = %(backend)s AND state IN ('waiting', 'unclear')
                   AND (next_try IS NULL OR next_try <= %(now)s)
                   AND NOT EXISTS (
                       SELECT FROM magento_outbox earlier
                        WHERE earlier.backend_id = message.backend_id AND earlier.subject = message.subject
                              AND earlier.id < message.id AND earlier.state IN ('waiting', 'unclear', 'accepted'))
             ORDER BY priority, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED""",
                backend=backend.id,
                now=fields.Datetime.now(),
                limit=max(BATCHES.values()),
            )
        )
        self.invalidate_model()
        return self.browse(row_id for (row_id,) in rows)

    # -- sending ---------------------------------------------------------------------------------------------------

    def _send(self, shop, backend, unsure=()):
        """Send messages of one kind.

        :param unsure: keys of those that may have been sent before
        :returns: dict of message id → Outcome, what the shop took to work off later, or ShopError
        """
        effects = [message._effect() for message in self]
        if not effects:
            return {}
        later = self[:1].effect in BATCHES and not unsure and backend._sends_in_bulk()
        try:
            outcomes = (shop.submit if later else shop.push_many)(effects, unsure=unsure)
        except ShopError as error:
            outcomes = [error] * len(effects)
        except (*CONCURRENCY_ERRORS, UserError):
            raise
        except Exception as error:
            _logger.exception("Messages %s cannot be sent", self.ids)
            outcomes = [ShopError(INDEFINITE, "unexpected", in_words(self.env, error))] * len(effects)
        return dict(zip(self.ids, outcomes, strict=True))

    def _effect(self):
        return Effect(self.effect, self._shop_key(), self.target, self.values or {})

    def _shop_key(self):
        """What the shop's document is marked with: our document, whatever other orders it is about as well."""
        return ":".join(self.key.split(":")[:2]) if self.effect in DOCUMENTS else self.key

    # -- noting ----------------------------------------------------------------------------------------------------

    def _note_or_begin_anew(self, backend, results):
        """Write down what became of messages; a rival that queued a newer one meanwhile is seen at the next attempt."""
        try:
            self._note(backend, results)
            self.env.flush_all()
        except UniqueViolation as error:
            raise ConcurrencyError(f"a newer message was queued ({error.diag.constraint_name})") from error

    def _note(self, backend, results):
        """Write down what became of messages, and what follows for the shop's lane.

        :param dict results: message id → Outcome, ShopError, or what the shop took to work off later
        """
        messages = self.try_lock_for_update().filtered(lambda message: message.state in ("unclear", "accepted"))
        done, errors = [], []
        for message in messages:
            result = results[message.id]
            if isinstance(result, ShopError):
                errors.append((message, result))
            elif isinstance(result, Submitted):
                taken = {"state": "accepted", "bulk": result.bulk, "operation": result.operation}
                message.write({**taken, "taken_at": fields.Datetime.now()})
                message.next_try = message._next_look()
            else:
                done.append((message, result))
        self._note_done(done)
        newer = self._keys_with_newer(messages) if errors else set()
        for message, error in errors:
            if not (error.kind == RECORD and message.in_doubt and message._brought_up_to_date()):
                message._note_failure(error, message.key in newer)
        backend._note_push_results([error for _message, error in errors], bool(done))

    @api.model
    def _note_done(self, pairs):
        now = fields.Datetime.now()
        for message, outcome in pairs:
            message.write(
                {
                    "state": "sent",
                    "sent_at": now,
                    "reason": False,
                    "next_try": False,
                    "in_doubt": False,
                    "reference": outcome.reference or message.reference,
                }
            )
        for kind in {message.effect for message, _outcome in pairs}:
            of_kind = self.union(*(message for message, _outcome in pairs if message.effect == kind))
            self.env["magento.push"]._of(kind)._after_told(of_kind)

    def _note_needless(self):
        words = self.env._("The shop has it already, or it is gone here.")
        self.write({"state": "sent", "sent_at": False, "next_try": False, "in_doubt": False, "reason": words})

    def _brought_up_to_date(self):
        """Compute anew what was refused after it was looked for in vain: its values are those of the first attempt.

        :returns: whether it says something else now, or nothing any more
        """
        fresh = self.env["magento.push"]._of(self.effect)._fresh_values(self.backend_id, self).get(self.id, self.values)
        if fresh == self.values:
            return False
        if fresh is None:
            self._note_needless()
        else:
            self.write({"values": fresh, "state": "unclear", "next_try": False})
        return True

    def _note_failure(self, error, has_newer=False):
        """Write down why a message was not told: tried again, looked for first, or set aside for a person.

        :param has_newer: a newer message about the same waits; this one gives way unless it may have been told
        """
        was_unsure = self.in_doubt
        values = {"reason": str(error), "next_try": False}
        if error.kind == RECORD:
            values |= {"state": "failed"}
        elif error.kind == CONFIGURATION or (error.kind == TRANSIENT and error.code not in OF_ONE_ROW):
            values |= {"state": "unclear" if was_unsure else "waiting", "attempts": self.attempts - 1}
        else:
            doubtful = error.kind == INDEFINITE or was_unsure
            again = self.attempts < POLICY.attempts
            wait = timedelta(seconds=POLICY.delay(self.attempts, error.retry_after))
            values |= {
                "state": ("unclear" if doubtful else "waiting") if again else "failed",
                "in_doubt": doubtful,
                "next_try": fields.Datetime.now() + wait if again else False,
            }
        if values["state"] == "waiting" and has_newer:
            values |= {"state": "canceled", "reason": self.env._("A newer message about the same took its place.")}
        self.write(values)

    @api.model
    def _keys_with_newer(self, messages):
        return set(
            self.search(
                [
                    ("backend_id", "in", messages.backend_id.ids),
                    ("key", "in", messages.mapped("key")),
                    ("state", "=", "waiting"),
                ]
            ).mapped("key")
        )
