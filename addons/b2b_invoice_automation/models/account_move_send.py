"""Core's sending machinery: recipients by role, the portal as a channel, several invoices in one email, and outcomes.

Outcomes are noted for each way of sending, also for a person's, so that a delivery that a person made by hand settles
the case of the one that failed.
"""

from contextlib import contextmanager

from markupsafe import Markup

from odoo import api, models
from odoo.tools import formatLang

from .delivery_reasons import DeliveryProblem
from .transactions import is_conflict

PORTAL_NOTICE = "b2b_invoice_automation.mail_template_invoice_in_portal"
TOGETHER = "b2b_invoice_automation.mail_template_invoices_together"


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _get_default_sending_methods(self, move):
        """The channel of the contract that an invoice is billed under goes before the customer's."""
        own = move._b2b_route_contract()._b2b_route_version().delivery_channel
        if own and move.is_sale_document(include_receipts=True):
            return {own}
        return super()._get_default_sending_methods(move)

    @api.model
    def _get_default_mail_partner_ids(self, move, mail_template, mail_lang):
        """The customer's contacts for invoices; core's choice where there are none with an email."""
        recipients = move._b2b_recipients() if move.is_sale_document(include_receipts=True) else None
        return recipients or super()._get_default_mail_partner_ids(move, mail_template, mail_lang).filtered("active")

    @api.model
    def _get_mail_default_field_value_from_template(self, mail_template, lang, move, field, **kwargs):
        """An invoice that a machine made comes from the company, and is not signed by the machine's user."""
        machine = self.env.ref("base.user_root")
        by_machine = move.invoice_user_id == machine
        if field == "email_from" and by_machine and move.company_id.email:
            return move.company_id.email_formatted
        with _told_as("template", self.env._("The text of the email could not be made: %s")):
            value = super()._get_mail_default_field_value_from_template(mail_template, lang, move, field, **kwargs)
        if field == "body_html" and by_machine and machine.sudo().signature:
            return Markup(str(value).replace(str(machine.sudo().signature), ""))  # noqa: S704
        return value

    @api.model
    def _prepare_invoice_pdf_report(self, invoices_data):
        with _told_as("document", self.env._("The PDF could not be made: %s")):
            return super()._prepare_invoice_pdf_report(invoices_data)

    @api.model
    def _get_mail_params(self, move, move_data):
        """Refuse to send without the files: one that the file store lost would be an empty attachment."""
        params = super()._get_mail_params(move, move_data)
        self._b2b_check_files(self._get_invoice_extra_attachments(move))
        return params

    def _b2b_check_files(self, files):
        for file in files:
            if not file.raw:
                raise DeliveryProblem(
                    self.env._(
                        "The file “%s” is missing or empty. Remove it from the invoice, and it is made anew.", file.name
                    ),
                    "attachment",
                )

    @api.model
    def _hook_if_errors(self, moves_data, allow_raising=True):  # pylint: disable=missing-return
        super()._hook_if_errors(moves_data, allow_raising=allow_raising)
        for move, data in moves_data.items():
            if move.b2b_deliver:
                move._b2b_delivery_failed(self._format_error_text(data["error"]), "document")

    @api.model
    def _hook_if_success(self, moves_data, from_cron=False):  # pylint: disable=missing-return
        before = self._b2b_last_messages(moves_data)
        super()._hook_if_success(moves_data, from_cron=from_cron)
        self._b2b_send_notices(
            {move: data for move, data in moves_data.items() if "b2b_portal" in data["sending_methods"]}
        )
        after = self._b2b_last_messages(moves_data)
        for move, data in moves_data.items():
            message = after[move] if after[move] != before[move] else self.env["mail.message"]
            self._b2b_note_outcome(move, set(data["sending_methods"]) - {"manual"}, message)

    def _b2b_note_outcome(self, move, methods, message):
        if not methods or not move.is_sale_document(include_receipts=True):
            return
        names = ", ".join(message.partner_ids.mapped("email_formatted"))
        if message and methods & {"email", "b2b_portal"}:
            by = "email" if "email" in methods else "portal"
            how = (
                self.env._("by email to %s", names)
                if by == "email"
                else self.env._("in the portal, notice to %s", names)
            )
            move._b2b_delivery_sent(how, message, by)
        elif "email" in methods:
            if move.b2b_deliver:
                move._b2b_delivery_failed(
                    self.env._(
                        "%(customer)s has no email address: enter one, or add a contact of type “Invoice Address”.",
                        customer=move.partner_id.display_name,
                    ),
                    "no_address",
                )
        elif "b2b_portal" in methods:
            how = self.env._("in the portal, without a notice: nobody has an email address")
            move._b2b_delivery_sent(how, by="portal")
        elif "b2b_portal_only" in methods:
            move._b2b_delivery_sent(self.env._("in the portal, without a notice"), by="portal")
        elif "b2b_print" in methods:
            move._b2b_delivery_sent(self.env._("by post"), by="print", state="to_print")
        else:
            labels = dict(self.env["res.partner"]._fields["invoice_sending_method"]._description_selection(self.env))
            move._b2b_delivery_sent(", ".join(labels.get(method, method) for method in sorted(methods)), by="other")

    def _b2b_last_messages(self, moves):
        """The latest message to people on each invoice."""
        found = self.env["mail.message"]._read_group(
            [
                ("model", "=", "account.move"),
                ("res_id", "in", [move.id for move in moves]),
                ("message_type", "in", ("comment", "email_outgoing")),
            ],
            ["res_id"],
            ["id:max"],
        )
        latest = dict(found)
        return {move: self.env["mail.message"].browse(latest.get(move.id)) for move in moves}

    def _b2b_send_notices(self, moves_data):
        """Write to the recipients that the invoice is in the portal; the document itself stays there."""
        template = self.env.ref(PORTAL_NOTICE)
        for move in moves_data:
            recipients = move._b2b_recipients()
            if not recipients:
                continue
            lang = self._get_default_mail_lang(move, template)
            author, email_from = move._message_compute_author(
                email_from=self._get_mail_default_field_value_from_template(template, lang, move, "email_from")
            )
            self._send_mail(
                move,
                template,
                author_id=author,
                email_from=email_from,
                subtype_id=self.env.ref("mail.mt_comment").id,
                model_description=move.with_context(lang=lang).type_name,
                partner_ids=recipients.ids,
                subject=self._get_default_mail_subject(move, template, lang),
                body=self._get_default_mail_body(move, template, lang),
            )

    def _b2b_send_together(self, moves):
        """Send several invoices of one customer, whose documents are there, in one email to the same recipients."""
        first = moves[0]
        recipients = first._b2b_recipients()
        if len(moves) == 1 or not recipients:
            return self._generate_and_send_invoices(moves, allow_raising=False)
        template = self.env.ref(TOGETHER).sudo()
        lang = self._get_default_mail_lang(first, template)
        shown = {"invoices": moves, "totals": self._b2b_totals(moves, lang)}
        rendered = {
            field: self._get_mail_default_field_value_from_template(
                template, lang, first, field, add_context=shown, options={"post_process": field == "body_html"}
            )
            for field in ("subject", "body_html", "email_from")
        }
        author, email_from = first._message_compute_author(email_from=rendered["email_from"])
        files = self.env["ir.attachment"].union(*(self._get_invoice_extra_attachments(move) for move in moves))
        self._b2b_check_files(files)
        customer = first.commercial_partner_id
        message = customer.message_notify(
            partner_ids=recipients.ids,
            author_id=author,
            email_from=email_from,
            subject=rendered["subject"],
            body=rendered["body_html"],
            attachments=[(file.name, file.raw) for file in files],
            email_layout_xmlid=self._get_mail_layout(),
            mail_auto_delete=template.auto_delete,
            force_email_company=first.company_id,
            force_email_lang=lang,
            model_description=first.with_context(lang=lang).type_name,
        )
        how = self.env._(
            "by email, %(count)s invoices together, to %(names)s",
            count=len(moves),
            names=", ".join(recipients.mapped("email_formatted")),
        )
        moves._message_log_batch(bodies={move.id: self.env._("Sent %s.", how) for move in moves})
        moves.write({"is_move_sent": True})
        return moves._b2b_delivery_sent(how, message)

    def _b2b_totals(self, moves, lang):
        """The total of some documents in each currency, credit notes taken off, as the customer reads it."""
        env = self.with_context(lang=lang).env
        return [
            formatLang(env, sum(group.mapped("amount_total_in_currency_signed")), currency_obj=currency)
            for currency, group in moves.grouped("currency_id").items()
        ]


@contextmanager
def _told_as(kind, text):
    """Tell what goes wrong inside as a delivery's problem of some kind; conflicts pass as they are."""
    try:
        yield
    except DeliveryProblem:
        raise
    except Exception as error:
        if is_conflict(error):
            raise
        raise DeliveryProblem(text % (str(error) or type(error).__name__), kind) from error
