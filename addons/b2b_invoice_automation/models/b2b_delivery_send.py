"""Sending documents at a person's wish: a few at once, with what came of it; many by the delivery lanes."""

from odoo import api, fields, models
from odoo.exceptions import UserError

AT_ONCE = 5


class B2bDelivery(models.Model):
    _inherit = "b2b.delivery"

    @api.model
    def _send_for_person(self, report_xmlid, records, document, template):
        """Send a printed document of each record to its customer, as ``_deliver_document`` does, and tell the person.

        More than a few wait in state ``to_send`` for the delivery lanes.

        :returns: an action: a notification that leads to the deliveries
        :raises UserError: where nobody among the customers takes anything by itself
        """
        sent = records.filtered(lambda record: self._channel_of(record) != "manual")
        by_hand = ", ".join((records - sent).mapped(lambda record: self._customer_of(record).name or "–"))
        if not sent:
            raise UserError(
                self.env._(
                    "Nothing is sent to %s by itself: the channel is “Manual”. Print it, or choose another channel "
                    "under “Delivery”.",
                    by_hand,
                )
            )
        template = self.env.ref(template)
        if len(sent) <= AT_ONCE:
            rows = self.sudo()._deliver_document(report_xmlid, sent, document, template)
        else:
            rows = self.sudo()._deliver_later(report_xmlid, sent, document, template)
        return rows._told(by_hand)

    @api.model
    def _deliver_later(self, report_xmlid, records, document, template):
        """As ``_deliver_document``, by the delivery lanes; returns the rows that wait for them."""
        turns = self._next_turns(records)
        self._supersede(records, document)
        now = fields.Datetime.now()
        rows = self.browse()
        for record in records:
            if values := self._document_values(record, report_xmlid, document, template, turns[record.id]):
                rows += self._note(record, values, state="to_send", next_at=now)
        self.env["account.move"]._b2b_wake_delivery()
        return rows

    def _told(self, by_hand):
        """A notification of what became of these rows of one sending, which leads to them."""
        missed = self.filtered(lambda row: row.state == "failed")
        lines = [self._told_count(state) for state in ("underway", "to_print", "to_send")]
        if missed:
            lines.append(self.env._("Not delivered: %s", " ".join(missed.mapped("reason"))))
        if by_hand:
            lines.append(self.env._("Not sent, because their channel is “Manual”: %s.", by_hand))
        action = "b2b_invoice_automation.b2b_delivery_action"
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if missed or by_hand else "success",
                "sticky": bool(missed),
                "message": " ".join(filter(None, lines)).replace("%", "%%") + " %s",
                "links": [{"label": self.env._("See the deliveries"), "url": f"/odoo/action-{action}"}],
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _told_count(self, state):
        rows = self.filtered(lambda row: row.state == state)
        if not rows:
            return None
        if state == "underway":
            return self.env._("On the way by email to %s.", ", ".join(filter(None, rows.mapped("address"))))
        if state == "to_print":
            return self.env._("%s in “To Print and Post”.", len(rows))
        return self.env._("%s are sent in the background; see “Deliveries”.", len(rows))
