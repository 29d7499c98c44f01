"""Sending any printed document (reminder, statement, contract) by the route that invoices take."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.safe_eval import safe_eval

from .b2b_delivery import TO_LOOK_AFTER
from .delivery_reasons import TRANSIENT, DeliveryProblem
from .transactions import is_conflict

_logger = logging.getLogger(__name__)

PAUSES = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(days=1))
LAYOUT = "mail.mail_notification_layout_with_responsible_signature"


class B2bDelivery(models.Model):
    _inherit = "b2b.delivery"

    @api.model
    def _deliver_document(self, report_xmlid, records, recipients_role, template):
        """Send a printed document of each record to its customer, by the customer's channel and in their language.

        The PDF is made at once; emails go into the mail queue and leave after the commit. What cannot be made or sent
        is noted as a delivery to look after, and never raised (only a conflict with another transaction is). What
        passes with time is tried again by the delivery lanes, the rest when the customer's address is mended. Letters
        of customers who want post wait in the list “To Print and Post”; where the channel is “Manual” nothing happens.

        :param str report_xmlid: xml id of an ``ir.actions.report`` for the model of the records
        :param records: records of one model with ``partner_id`` and ``company_id``, or partners themselves; where they
            have a chatter, the email is posted there
        :param str recipients_role: kind of document that the customer's table of recipients knows: "reminder",
            "statement", "contract", "invoice", "credit_note" or "other"
        :param template: mail.template of the records' model, or its xml id; gives subject, text and sender
        :returns: the ``b2b.delivery`` rows, in state ``underway``, ``to_print`` or ``failed``
        """
        if isinstance(template, str):
            template = self.env.ref(template)
        return self._deliver(report_xmlid, records, recipients_role, template)

    @api.model
    def _deliver(self, report_xmlid, records, recipients_role, template, only=None):
        """As ``_deliver_document``, to some of the recipients."""
        rows = self.browse()
        turns = self._next_turns(records)
        self._supersede(records, recipients_role)
        for record in records:
            values = self._document_values(record, report_xmlid, recipients_role, template, turns[record.id])
            if not values:
                continue
            try:
                with self.env.cr.savepoint():
                    rows += self._deliver_one(record, values, only)
            except Exception as error:
                if is_conflict(error):
                    raise
                if not isinstance(error, UserError):
                    _logger.warning("Delivery: %s cannot be sent.", record.display_name, exc_info=error)
                kind = getattr(error, "kind", "other")
                row = self._note(record, values, state="failed", reason_kind=kind, reason=str(error) or repr(error))
                row._set_next_try()
                rows += row
        rows.message_id.mail_ids.filtered(lambda mail: mail.state == "outgoing").send_after_commit()
        return rows

    @api.model
    def _document_values(self, record, report_xmlid, document, template, turn):
        """What the rows of a document have in common; None where the customer wants nothing sent."""
        company, channel = self._company_of(record), self._channel_of(record)
        if channel == "manual":
            return None
        report = self.env.ref(report_xmlid)
        kind = report.with_context(lang=self.env.lang).name
        return {
            "name": record.display_name if record._name != "res.partner" else kind,
            "document": document,
            "company_id": company.id,
            "customer_id": self._customer_of(record).commercial_partner_id.id,
            "channel": "print" if channel == "b2b_print" else "email",
            "turn": turn,
            "report": report_xmlid,
            "template_id": template.id,
            "by_hand": not self.env.user._is_superuser(),
        }

    @api.model
    def _customer_of(self, record):
        return record if record._name == "res.partner" else record.partner_id

    @api.model
    def _company_of(self, record):
        """Whose document it is; a customer's is that of the company in which it is asked for."""
        return self.env.company if record._name == "res.partner" else record.company_id or self.env.company

    @api.model
    def _contract_of(self, record):
        return record if record._name == "b2b.contract" else self.env["b2b.contract"]

    @api.model
    def _channel_of(self, record):
        return self._customer_of(record)._b2b_channel_of(self._company_of(record), self._contract_of(record))

    @api.model
    def _next_turns(self, records):
        found = dict(
            self.sudo()._read_group(
                [("res_model", "=", records._name), ("res_id", "in", records.ids)], ["res_id"], ["turn:max"]
            )
        )
        return {record.id: found.get(record.id, 0) + 1 for record in records}

    @api.model
    def _deliver_one(self, record, values, only):
        """Make the document of one record and post or file it; returns the rows."""
        partner = self._customer_of(record)
        file = self._document_file(record, values["report"])
        if values["channel"] == "print":
            return self._note(record, values, state="to_print", attachment_id=file.id)
        main, copies = partner._b2b_addressees(values["document"], contract=self._contract_of(record))
        recipients = main | copies
        recipients = recipients & (only or recipients) or recipients
        if not recipients:
            raise DeliveryProblem(
                self.env._(
                    "%(customer)s has no email address: enter one, or add a contact of type “Invoice Address”.",
                    customer=partner.display_name,
                ),
                "no_address",
            )
        template = self.env["mail.template"].browse(values["template_id"])
        message = self._post_email(record, partner, recipients, template, file)
        return self._note(record, values, message, copies, state="underway", attachment_id=file.id)

    @api.model
    def _document_file(self, record, report_xmlid):
        """The PDF of a record, kept as its attachment."""
        report = self.env.ref(report_xmlid)
        try:
            content, _kind = self.env["ir.actions.report"].sudo()._render_qweb_pdf(report, record.ids)
        except Exception as error:
            if is_conflict(error):
                raise
            raise DeliveryProblem(
                self.env._("The document could not be made: %s", str(error) or type(error).__name__), "document"
            ) from error
        partner = self._customer_of(record)
        shown = {"object": record.with_context(lang=partner.lang or self.env.lang)}
        name = safe_eval(report.print_report_name, shown) if report.print_report_name else report.name
        return (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": f"{name.replace('/', '-')}.pdf",
                    "raw": content,
                    "mimetype": "application/pdf",
                    "res_model": record._name,
                    "res_id": record.id,
                }
            )
        )

    @api.model
    def _post_email(self, record, partner, recipients, template, file):
        """Post the template's text with the file to the recipients; returns the message."""
        lang = template._render_lang(record.ids).get(record.id) or partner.lang or self.env.lang
        try:
            words = {
                field: template.sudo()
                .with_context(lang=lang)
                ._render_field(field, record.ids, options={"post_process": field == "body_html"})[record.id]
                for field in ("subject", "body_html", "email_from")
            }
        except Exception as error:
            if is_conflict(error):
                raise
            raise DeliveryProblem(
                self.env._(
                    "The text of the email “%(name)s” could not be made: %(why)s", name=template.name, why=error
                ),
                "template",
            ) from error
        poster = record.sudo().with_context(mail_notify_force_send=False, mail_post_autofollow=False)
        company = self._company_of(record)
        sender = words["email_from"] or company.email_formatted
        author, email_from = poster._message_compute_author(email_from=sender)
        return poster.message_post(
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=recipients.ids,
            author_id=author,
            email_from=email_from,
            subject=words["subject"],
            body=words["body_html"],
            attachments=[(file.name, file.raw)],
            email_layout_xmlid=LAYOUT,
            mail_auto_delete=template.auto_delete,
            force_email_company=company,
            force_email_lang=lang,
        )

    # Trying again

    def _set_next_try(self):
        """Set when a failed row of a document that is no invoice is tried again."""
        for row in self:
            tries = row.tries + 1
            pause = PAUSES[tries - 1] if row.reason_kind in TRANSIENT and tries <= len(PAUSES) else None
            row.write({"tries": tries, "next_at": fields.Datetime.now() + pause if pause else False})

    def _deliver_again(self):
        """Send the document of a row once more to those whom it did not reach; its tries are counted on."""
        self.ensure_one()
        deliveries = self.with_company(self.company_id)
        record = deliveries.env[self.res_model].browse(self.res_id).exists()
        if not record or not self.report:
            self.write({"next_at": False})
            return self.browse()
        if deliveries._channel_of(record) == "manual":
            self.write({"state": "failed", "next_at": False, "reason_kind": "by_hand", "reason": self._why_by_hand()})
            return self
        report, document, template = self.report, self.document, self.template_id
        kept = {"tries": self.tries, "by_hand": self.by_hand}
        same = [("res_model", "=", self.res_model), ("res_id", "=", self.res_id), ("turn", "=", self.turn)]
        missed = self.search([*same, ("state", "in", TO_LOOK_AFTER)]).recipient_id
        if self.state == "to_send":
            self.unlink()  # it gives way to the rows of its sending
        rows = deliveries.browse()._deliver(report, record, document, template, missed)
        rows.write(kept)
        rows.filtered(lambda row: row.state == "failed")._set_next_try()
        return rows

    def _why_by_hand(self):
        return self.env._(
            "The channel of %(customer)s is “Manual” by now, so nothing is sent by itself. Print it, or choose another "
            "channel under “Delivery” and send it again.",
            customer=self.customer_id.display_name,
        )

    @api.model
    def _retry_documents(self, limit=20):
        """Send again what is due among documents that are no invoices.

        :returns: how many were tried
        """
        due = self.sudo().search(
            [
                ("state", "in", ("to_send", "failed")),
                ("move_id", "=", False),
                ("next_at", "<=", fields.Datetime.now()),
            ],
            order="next_at, id",
            limit=limit,
        )
        done = 0
        for row in due.try_lock_for_update(allow_referencing=True):
            # Another recipient's row of the same document may have sent it just now.
            if row.exists() and row.state in ("to_send", "failed"):
                row._deliver_again()
                done += 1
        return done
