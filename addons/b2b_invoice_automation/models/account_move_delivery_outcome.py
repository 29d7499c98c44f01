"""What became of an invoice's delivery: handed over, delivered, missed, unclear, or mended by a person."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from .delivery_reasons import TRANSIENT

PAUSES = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(days=1))


class AccountMove(models.Model):
    _inherit = "account.move"

    def _b2b_delivery_sent(self, channel, message=None, by="email", state=None):
        """Note that these invoices were handed over: to the mail queue, or for good where there is no email.

        :param str channel: channel and recipients, in words
        :param message: mail.message whose notifications tell what becomes of it
        :param str by: "email", "portal", "print" or "other"
        :param str state: where it is other than on its way by email or delivered
        """
        state = state or ("underway" if message else "delivered")
        self.write(
            {
                "b2b_delivery_state": state,
                "b2b_delivery_channel": channel,
                "b2b_delivery_message_id": message.id if message else False,
                "b2b_delivered_at": fields.Datetime.now(),
                "b2b_delivery_error": False,
                "b2b_delivery_reason": False,
                "b2b_delivery_next_at": False,
            }
        )
        self.env["b2b.decision"]._log([move._b2b_delivery_decision(channel) for move in self])
        self._b2b_note_rows({"channel": by, "state": state}, message)
        if state == "delivered":
            self._b2b_settle_delivery()

    def _b2b_delivery_decision(self, channel):
        policy = self.b2b_billing_policy_id.name
        return {
            "kind": "delivery",
            "record": self,
            "decision": self.env._("Sent %(channel)s.", channel=channel),
            "rule": policy and self.env._("Billing policy “%s”", policy),
            "evidence": {
                "files": self.env["account.move.send"]._get_invoice_extra_attachments(self).mapped("name"),
                "tries": self.b2b_delivery_tries + 1,
            },
        }

    def _b2b_note_rows(self, values, message=None):
        """Add a sending to these invoices' history."""
        deliveries = self.env["b2b.delivery"]
        deliveries._supersede(self)
        by_hand = not self.env.user._is_superuser()
        for move in self:
            move.b2b_delivery_turn += 1
            shared = {
                "name": move.name,
                "document": move._b2b_document_kind(),
                "company_id": move.company_id.id,
                "customer_id": move.commercial_partner_id.id,
                "turn": move.b2b_delivery_turn,
                "by_hand": by_hand,
            }
            copies = move._b2b_copies() if message else None
            deliveries._note(move, shared, message, copies, **values)

    def _b2b_delivery_failed(self, reason, kind="other"):
        """Note why an invoice could not be sent at all, open a case, and set the time of the next try."""
        by = {"b2b_portal": "portal", "b2b_portal_only": "portal", "b2b_print": "print"}
        for move in self:
            channel = by.get(self._b2b_channel(move), "email")
            move._b2b_note_rows({"channel": channel, "state": "failed", "reason_kind": kind, "reason": reason})
        self._b2b_missed(reason, kind)

    def _b2b_missed(self, reason, kind):
        """Put invoices that were not delivered back into the queue, where time may mend it, and tell people."""
        for move in self:
            tries = move.b2b_delivery_tries + 1
            pause = PAUSES[tries - 1] if kind in TRANSIENT and tries <= len(PAUSES) else None
            move.write(
                {
                    "is_move_sent": kind == "unclear" or "delivered" in move.b2b_delivery_ids.mapped("state"),
                    "b2b_delivery_state": "unclear" if kind == "unclear" else "failed",
                    "b2b_delivery_error": reason,
                    "b2b_delivery_reason": kind,
                    "b2b_delivery_tries": tries,
                    "b2b_delivery_next_at": fields.Datetime.now() + pause if pause and move.b2b_deliver else False,
                }
            )
        self.env["b2b.discrepancy"]._flag([move._b2b_delivery_case() for move in self])

    def _b2b_delivery_case(self):
        reasons = dict(self._fields["b2b_delivery_reason"]._description_selection(self.env))
        return {
            "key": f"delivery:{self.id}",
            "type": "delivery",
            "name": self.env._(
                "%(invoice)s was not delivered: %(reason)s",
                invoice=self.name,
                reason=reasons.get(self.b2b_delivery_reason) or self.env._("Something else"),
            ),
            "reason": f"{self.b2b_delivery_error}\n{self._b2b_delivery_advice()}",
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "partner_id": self.commercial_partner_id.id,
            "move_id": self.id,
        }

    def _b2b_delivery_advice(self):
        """What happens next with a missed delivery, and what a person does about it."""
        kind = self.b2b_delivery_reason
        if kind == "unclear":
            return self.env._(
                "Ask the customer or look into the mail server's log; then press “It Arrived” or “Send Now”."
            )
        if self.b2b_delivery_next_at:
            return self.env._("It is tried again by itself.")
        if kind in ("no_address", "bad_address", "bounce", "refused") and self.b2b_deliver:
            return self.env._("Correct the customer's address: then it is sent again by itself.")
        return self.env._("It is not tried again by itself: mend it, then press “Send Now” on the invoice.")

    def _b2b_settle_delivery(self, outcome=None):
        for company, moves in self.grouped("company_id").items():
            keys = [f"delivery:{move.id}" for move in moves]
            self.env["b2b.discrepancy"]._settle(keys, outcome or self.env._("Delivered."), company)

    def _b2b_delivery_arrived(self, who):
        """A person found that the customer has these invoices."""
        missed = self.filtered(lambda move: move.b2b_delivery_state in ("unclear", "failed"))
        missed.b2b_delivery_ids.filtered(lambda row: row.state in ("unclear", "failed")).write(
            {"state": "delivered", "next_at": False}
        )
        missed.write({"b2b_delivery_state": "delivered", "b2b_delivery_next_at": False})
        missed._message_log_batch(bodies={move.id: who for move in missed})
        missed._b2b_settle_delivery()

    def action_b2b_delivery_arrived(self):
        """Button: the customer has it, although nobody knew, or although an email came back."""
        self.check_access("write")
        if any(move.b2b_delivery_state not in ("unclear", "failed") for move in self):
            raise UserError(self.env._("Only for invoices whose delivery failed or is unclear."))
        who = self.env._("%(user)s found that the customer has it.", user=self.env.user.name)
        self.sudo()._b2b_delivery_arrived(who)
        return True

    @api.model
    def _b2b_follow_deliveries(self):
        """Take over what became of the emails: delivered, refused, unclear, or bounced later.

        Of invoices that are to be sent anew, only their history says what became of the emails before.
        """
        changed = self.env["b2b.delivery"].sudo()._follow()
        changed.filtered(lambda row: not row.move_id and row.state == "failed")._set_next_try()
        delivered = self.browse().sudo()
        for move in changed.move_id.filtered(lambda move: move.b2b_delivery_state != "to_send"):
            rows = move.b2b_delivery_ids.filtered(lambda row, move=move: row.turn == move.b2b_delivery_turn)
            missed = rows.filtered(lambda row: row.state in ("failed", "unclear"))
            if missed:
                kinds = missed.mapped("reason_kind")
                kind = next((kind for kind in kinds if kind not in TRANSIENT), kinds[0])
                move._b2b_missed("\n".join(filter(None, missed.mapped("reason"))), kind)
            elif set(rows.mapped("state")) == {"delivered"}:
                delivered += move
        delivered.filtered(lambda move: move.b2b_delivery_state == "underway").write(
            {"b2b_delivery_state": "delivered", "b2b_delivery_tries": 0}
        )
        delivered._b2b_settle_delivery()
