"""Invoices that are taken back after they were sent, or while they wait to be: what is posted next is sent anew.

Only where it is another document: one that is posted again as it was is in the customer's hands already.
"""

import hashlib

from odoo import fields, models

MISSED = ("to_print", "failed", "unclear")
SENT = ("underway", "delivered", "by_hand")


class AccountMove(models.Model):
    _inherit = "account.move"

    b2b_delivered_version = fields.Char(
        readonly=True,
        copy=False,
        help="Of an invoice that is taken back: what the customer was sent, as a hash.",
        groups="base.group_user",
    )

    def _post(self, soft=True):
        posted = super()._post(soft)
        for move in posted.sudo().filtered("b2b_delivered_version"):
            if move.b2b_delivery_state == "to_send" and move.b2b_delivered_version == move._b2b_version():
                move.b2b_delivery_state = "delivered"
            move.b2b_delivered_version = False
        return posted

    def button_draft(self):
        """The document that was sent, or not yet delivered, is out of date, on paper too."""
        delivered = self.sudo().filtered(
            lambda move: move.b2b_deliver and move.b2b_delivery_state == "delivered" and move.state == "posted"
        )
        for move in delivered:
            move.b2b_delivered_version = move._b2b_version()
        result = super().button_draft()
        stale = self.sudo().filtered(
            lambda move: move.b2b_delivery_state in MISSED or (move.b2b_deliver and move.b2b_delivery_state in SENT)
        )
        stale._b2b_stop_mails()
        self.env["b2b.delivery"]._supersede(stale)
        stale.write({"b2b_delivery_state": False, "b2b_delivery_error": False, "b2b_delivery_next_at": False})
        stale.filtered("b2b_deliver").b2b_delivery_state = "to_send"
        stale._b2b_settle_delivery(self.env._("The invoice was taken back."))
        return result

    def _b2b_version(self):
        """A hash of all that the printed invoice says."""
        report = self.env["account.move.send"]._get_default_pdf_report_id(self)
        content, _kind = self.env["ir.actions.report"]._render_qweb_html(report, self.ids)
        return hashlib.sha256(content).hexdigest()

    def _b2b_stop_mails(self):
        """Cancel emails of these invoices that wait in the queue; what else was in them goes out without these.

        Those whom such an email reached before do not get the other invoices again: their notification says so.
        """
        mails = self.b2b_delivery_message_id.mail_ids.filtered(lambda mail: mail.state == "outgoing")
        claims = self.env["b2b.mail.claim"].sudo().search([("mail_id", "in", mails.ids)])
        mails = mails.filtered(lambda mail: mail.id not in claims.mapped("mail_id"))  # else it may be on its way
        if not mails:
            return
        mails.cancel()
        stopped = self.env["mail.notification"].search([("mail_mail_id", "in", mails.ids)])
        stopped.notification_status = "canceled"
        pairs = {(one.mail_message_id, one.res_partner_id) for one in stopped}
        rows = self.env["b2b.delivery"].search(
            [("message_id", "in", mails.mail_message_id.ids), ("state", "=", "underway")]
        )
        rows = rows.filtered(lambda row: (row.message_id, row.recipient_id) in pairs)
        rows.state = "again"
        (rows.move_id - self).write(
            {
                "b2b_delivery_state": "failed",
                "b2b_delivery_reason": "cancelled",
                "b2b_delivery_error": self.env._("An invoice in the same email was taken back."),
                "b2b_delivery_next_at": fields.Datetime.now(),
            }
        )
