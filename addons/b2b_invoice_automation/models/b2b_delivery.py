"""Deliveries: each sending of a document to one recipient, with what became of it.

The rows are the history of a document and the list of what a person has to look after. A document that is sent again
gets new rows; the missed ones before are then no longer looked after.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.mail import email_normalize_all

from .delivery_reasons import (
    KINDS,
    LONGEST_ADDRESS,
    LONGEST_LOCAL_PART,
    address_problem,
    kind_of_failure,
    servers_words,
)

LEFT_AFTER = timedelta(minutes=5)
FOLLOWED_FOR = timedelta(days=30)
TO_LOOK_AFTER = ("failed", "unclear")
DOCUMENTS = [
    ("invoice", "Invoice"),
    ("credit_note", "Credit Note"),
    ("reminder", "Reminder"),
    ("statement", "Statement of Account"),
    ("contract", "Contract"),
    ("other", "Other Document"),
]


class B2bDelivery(models.Model):
    _name = "b2b.delivery"
    _description = "Delivery"
    _order = "id desc"

    name = fields.Char("Document", required=True, readonly=True)
    document = fields.Selection(DOCUMENTS, "Kind", required=True, readonly=True)
    res_model = fields.Char("Document Type", required=True, readonly=True)
    res_id = fields.Many2oneReference("Document ID", model_field="res_model", required=True, readonly=True)
    move_id = fields.Many2one("account.move", "Invoice", readonly=True, index="btree_not_null", ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    customer_id = fields.Many2one("res.partner", required=True, readonly=True, index=True)
    channel = fields.Selection(
        [("email", "Email"), ("portal", "Portal"), ("print", "Post"), ("other", "Other")], required=True, readonly=True
    )
    recipient_id = fields.Many2one("res.partner", readonly=True, index="btree_not_null")
    recipient_number = fields.Integer(readonly=True, help="Stays when contacts are merged or deleted.")
    address = fields.Char(readonly=True, help="The recipient's email address at that time.")
    is_copy = fields.Boolean("Cc", readonly=True, help="The recipient gets a copy, and stands under “Cc”.")
    turn = fields.Integer("Sending", required=True, readonly=True, help="How many times the document was sent by then.")
    by_hand = fields.Boolean(readonly=True, help="A person sent it, not the automation.")
    state = fields.Selection(
        [
            ("to_send", "To Send"),
            ("underway", "Under Way"),
            ("to_print", "To Print"),
            ("delivered", "Delivered"),
            ("failed", "Not Delivered"),
            ("unclear", "Unclear"),
            ("again", "Sent Again Later"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    reason_kind = fields.Selection(KINDS, "Reason", readonly=True)
    reason = fields.Text("In Words", readonly=True)
    message_id = fields.Many2one("mail.message", "Email", readonly=True, index="btree_not_null", ondelete="set null")
    attachment_id = fields.Many2one("ir.attachment", "File", readonly=True, ondelete="set null")
    next_at = fields.Datetime("Next Try", readonly=True)
    tries = fields.Integer("Failed Tries", readonly=True)
    report = fields.Char(readonly=True)
    template_id = fields.Many2one("mail.template", readonly=True, ondelete="set null")

    _document_index = models.Index("(res_model, res_id)")
    _once = models.UniqueIndex("(res_model, res_id, turn, channel, COALESCE(recipient_number, recipient_id, 0))")
    _followed = models.Index("(state, create_date) WHERE state IN ('underway', 'failed', 'unclear')")

    # Noting what was sent

    @api.model
    def _note(self, document, values, message=None, copies=None, **common):
        """Add the rows of one sending of a document: one per recipient of an email, else one.

        :param document: the record that was sent
        :param dict values: ``name``, ``document``, ``company_id``, ``customer_id``, ``channel``, ``turn``, ``state``
        :param message: mail.message whose notifications name the recipients
        :param copies: partners among the recipients who get a copy
        :returns: the rows
        """
        shared = {"res_model": document._name, "res_id": document.id, **values, **common}
        if document._name == "account.move":
            shared["move_id"] = document.id
        notified = (
            message.sudo().notification_ids.filtered(
                lambda one: one.notification_type == "email" and one.res_partner_id in message.sudo().partner_ids
            )
            if message
            else []
        )
        rows = [
            {
                **shared,
                "message_id": message.id,
                "recipient_id": one.res_partner_id.id,
                "recipient_number": one.res_partner_id.id,
                "address": one.res_partner_id.email or one.mail_email_address,
                "is_copy": bool(copies and one.res_partner_id in copies),
            }
            for one in notified
        ] or [{**shared, "message_id": message.id if message else False}]
        return self.sudo().create(rows)

    @api.model
    def _supersede(self, documents, kind=None):
        """What was missed, or waits, is sent anew: nobody looks after it any longer.

        Customers have documents of several companies: of theirs, those of the current company.

        :param kind: one of ``DOCUMENTS``, where records have documents of several kinds, as customers do
        """
        company = Domain("company_id", "=", self.env.company.id) if documents._name == "res.partner" else Domain.TRUE
        rows = self.sudo().search(
            company
            & Domain(
                [
                    ("res_model", "=", documents._name),
                    ("res_id", "in", documents.ids),
                    ("state", "in", (*TO_LOOK_AFTER, "to_print", "to_send")),
                    ("document", "in", [kind] if kind else [code for code, _label in DOCUMENTS]),
                ]
            )
        )
        rows.write({"state": "again", "next_at": False})

    # What became of it

    @api.model
    def _mails_of_deliveries(self, mails):
        """Those of some emails of the queue that carry deliveries."""
        if not mails:
            return mails
        messages = self.search([("message_id", "in", mails.mail_message_id.ids)]).message_id
        return mails.filtered(lambda mail: mail.mail_message_id in messages)

    @api.model
    def _left_in_queue(self):
        """Emails under way that the worker who queued them did not hand over, because it was stopped."""
        since = fields.Datetime.now() - LEFT_AFTER
        underway = self.search([("state", "=", "underway"), ("create_date", "<", since), ("message_id", "!=", False)])
        return underway.message_id.mail_ids.filtered(lambda mail: mail.state == "outgoing")

    @api.model
    def _outcomes(self, messages):
        """What became of emails, from their notifications.

        :param messages: mail.message records
        :returns: dict of (message, recipient) → (state, kind, reason)
        """
        notifications = messages.sudo().notification_ids.filtered(lambda one: one.notification_type == "email")
        unclear = self.env["b2b.mail.claim"].sudo()._unclear_of(notifications.mail_mail_id.ids)
        found = {}
        for one in notifications:
            pair = one.mail_message_id, one.res_partner_id
            if one.notification_status in ("ready", "process"):
                found[pair] = ("underway", False, False)
            elif one.notification_status == "canceled":
                found[pair] = ("failed", "cancelled", self.env._("The email was cancelled before it was sent."))
            elif one.notification_status in ("exception", "bounce"):
                kind = kind_of_failure(one.failure_type, one.failure_reason)
                if kind == "no_address" and one.res_partner_id.email:
                    kind = "bad_address"
                if one.notification_status == "exception" and one.mail_mail_id.id in unclear:
                    kind = "unclear"
                found[pair] = ("unclear" if kind == "unclear" else "failed", kind, self._missed_text(one))
            else:
                found[pair] = ("delivered", False, False)
        return found

    def _missed_text(self, notification):
        """Why a recipient was not reached, for people."""
        partner = notification.res_partner_id
        words = servers_words(notification.failure_reason)
        why = notification.format_failure_reason() if notification.failure_type != "unknown" else words
        if notification.failure_type == "mail_bounce" and words:
            why = f"{why} – {words}"
        if notification.failure_type in ("mail_email_invalid", "mail_email_missing"):
            why = self._address_words(partner.email) or why
        return f"{partner.name} <{partner.email or '–'}>: {why or notification.format_failure_reason()}"

    def _address_words(self, email):
        """What is wrong with an email field, for people; None when nothing is known to be."""
        kind, address = address_problem(email) or (None, "")
        words = {
            "characters": self.env._("it holds a line break or another sign that cannot be in an address."),
            "address": self.env._("“%s” is not an email address.", address),
            "long_local_part": self.env._(
                "what stands before the @ has %(length)s characters, and mail servers take %(limit)s.",
                length=len(address.rpartition("@")[0]),
                limit=LONGEST_LOCAL_PART,
            ),
            "long": self.env._(
                "“%(address)s” has %(length)s characters, and mail servers take %(limit)s.",
                address=address,
                length=len(address),
                limit=LONGEST_ADDRESS,
            ),
            "local_part": self.env._(
                "“%s” has a letter with an accent, a space or a dot too many before the @.", address
            ),
            "domain": self.env._("what stands after the @ in “%s” cannot be the name of a mail server.", address),
        }
        return words.get(kind)

    @api.model
    def _copies_of(self, message):
        """The addresses of those who get a copy of an email, normalised."""
        copies = self.search([("message_id", "in", message.ids), ("is_copy", "=", True)]) if message else self.browse()
        return {address for row in copies for address in email_normalize_all(row.address)}

    @api.model
    def _follow(self):
        """Read from the notifications what became of the emails under way, and which came back later.

        :returns: the rows that changed
        """
        recently = Domain("create_date", ">=", fields.Datetime.now() - FOLLOWED_FOR) & Domain("message_id", "!=", False)
        rows = self.sudo()
        bad = rows.env["mail.notification"]._search([("notification_status", "in", ("exception", "bounce"))])
        looked_at = rows.search(recently & Domain("state", "=", "underway")) | rows.search(
            recently & Domain("state", "=", "delivered") & Domain("message_id.notification_ids", "in", bad)
        )
        free = looked_at.move_id.try_lock_for_update(allow_referencing=True)
        looked_at = looked_at.filtered(lambda row: not row.move_id or row.move_id in free)
        outcomes = self._outcomes(looked_at.message_id)
        changed = rows.browse()
        for row in looked_at.try_lock_for_update(allow_referencing=True):
            state, kind, reason = outcomes.get((row.message_id, row.recipient_id), (row.state, False, False))
            if state != row.state:
                row.write({"state": state, "reason_kind": kind, "reason": reason})
                changed += row
        return changed

    # What people do

    def action_open_document(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    def action_send_again(self):
        """Button: send these documents again, now, by the customers' channels."""
        self._b2b_check_clerk()
        moves = self.move_id
        if moves:
            moves.action_b2b_deliver()
        for row in (self - self.filtered("move_id")).filtered(lambda row: row.state in TO_LOOK_AFTER):
            row.sudo()._deliver_again()
        return True

    def action_arrived(self):
        """Button: a person found that an unclear email arrived, or that the customer has the document otherwise."""
        self._b2b_check_clerk()
        rows = self.filtered(lambda row: row.state in TO_LOOK_AFTER)
        who = self.env._("%(user)s found that the customer has it.", user=self.env.user.name)
        for row in rows.sudo():
            row.write({"state": "delivered", "next_at": False, "reason": "\n".join(filter(None, (row.reason, who)))})
        rows.move_id.sudo()._b2b_delivery_arrived(who)
        return True

    def _b2b_check_clerk(self):
        if not self.env.su and not self.env.user.has_group("account.group_account_invoice"):
            raise UserError(self.env._("Sending documents again is for people who may write invoices."))
