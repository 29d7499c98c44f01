"""The emails of deliveries as they leave: who stands under “Cc”, and no address that a mail server cannot take.

Each recipient gets an email of their own, so that one of them can be missed, and be written to again, without the
others. Its header names all of them, as that of one email to all would.
"""

from odoo import models
from odoo.tools.mail import email_normalize, email_split_and_format, formataddr

from .delivery_reasons import address_problem

NOWHERE = "False"
"""What core writes for an address that is none. Without the name: core would take an address that stands in it."""


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        """Leave out addresses that cannot be right, which core then tells of as invalid, and line breaks in names."""
        emails = super()._prepare_outgoing_list(mail_server=mail_server, doc_to_followers=doc_to_followers)
        if not self.env.context.get("b2b_claim_mail"):
            return emails
        for email in emails:
            email["headers"] = {header: _one_line(value) for header, value in email["headers"].items()}
            if not email["partner_id"]:
                continue
            if address_problem(email["email_to_raw"]):
                email.update(email_to=[NOWHERE], email_to_normalized=[])
            else:
                name = _one_line(email["partner_id"].name or "")
                email["email_to"] = [formataddr((name, address)) for address in email["email_to_normalized"]]
        return emails


class IrMailServer(models.Model):
    _inherit = "ir.mail_server"

    def _alter_message__(self, message, smtp_from, smtp_to_list):
        result = super()._alter_message__(message, smtp_from, smtp_to_list)
        mail = self.env["mail.mail"].browse(self.env.context.get("b2b_claim_mail", ()))
        copies = self.env["b2b.delivery"].sudo()._copies_of(mail.mail_message_id)
        if not copies:
            return result
        everybody = email_split_and_format(message["To"] or "")
        main = [address for address in everybody if email_normalize(address) not in copies]
        if main and len(main) < len(everybody):
            message.replace_header("To", ", ".join(main))
            message["Cc"] = ", ".join(address for address in everybody if address not in main)
        return result


def _one_line(value):
    return " ".join(value.split()) if isinstance(value, str) else value
