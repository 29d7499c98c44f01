"""Messages that the shop took to work off later: asked about until each operation has ended.

That the shop took a batch says nothing about what becomes of it. Where the batch is forgotten, or never ends, its
messages are unclear like any other whose answer was lost.
"""

from datetime import timedelta

from odoo import api, fields, models

from ..magento_wire.errors import INDEFINITE, RECORD, TRANSIENT, ShopError

FIRST_LOOK = timedelta(seconds=10)
LONGEST_LOOK = timedelta(minutes=15)
GIVEN_UP_AFTER = timedelta(hours=12)


class MagentoOutbox(models.Model):
    _inherit = "magento.outbox"

    def _next_look(self):
        """When to ask about a batch again: soon, and then more and more seldom."""
        now = fields.Datetime.now()
        return now + min(max(FIRST_LOOK, (now - self.taken_at) / 4), LONGEST_LOOK)

    @api.model
    def _follow(self, shop, backend):
        """Ask the shop about the batches it works off, and note what has ended.

        :raises ShopError: the shop is in trouble
        """
        due = self.search(
            [
                ("backend_id", "=", backend.id),
                ("state", "=", "accepted"),
                "|",
                ("next_try", "=", False),
                ("next_try", "<=", fields.Datetime.now()),
            ],
            order="id",
        )
        for bulk, messages in due.grouped("bulk").items():
            try:
                ended = shop.follow(bulk)
            except ShopError as error:
                if error.kind not in (RECORD, INDEFINITE):
                    raise
                lost = ShopError(INDEFINITE, "bulk_lost", str(error))
                ended = dict.fromkeys(messages.mapped("operation"), lost)
            results = {message.id: ended.get(message.operation) for message in messages}
            self.env["magento.record"]._retry_conflicts(
                lambda messages=messages, results=results: messages._note_followed(backend, results)
            )

    def _note_followed(self, backend, results):
        """Write down what ended, and when to ask again about what has not.

        :param dict results: message id → Outcome or ShopError, None while it has not ended
        """
        ended = self.filtered(lambda message: results[message.id] is not None)
        if ended:
            ended._note_or_begin_anew(backend, {message.id: _as_said(results[message.id]) for message in ended})
        now = fields.Datetime.now()
        words = self.env._("The shop took it and never said what became of it.")
        for message in self - ended:
            if now - message.taken_at > GIVEN_UP_AFTER:
                message.write({"state": "unclear", "next_try": False, "reason": words})
            else:
                message.next_try = message._next_look()


def _as_said(result):
    """An operation that failed for a passing reason was not carried out, but it says nothing about the shop itself."""
    if isinstance(result, ShopError) and result.kind == TRANSIENT:
        return ShopError(INDEFINITE, "operation_failed", str(result), retry_after=result.retry_after)
    return result
