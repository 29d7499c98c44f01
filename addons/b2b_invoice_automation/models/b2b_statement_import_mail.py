"""Bank files and remittance advices by e-mail: each bank journal can have a mailbox of its own.

Who may write to it is the mailbox's own policy, which the mail gateway enforces. A bank statement is taken only from
the journal's followers and from the people who import bank files; other permitted senders hand in remittance advices.
"""

import base64
import hashlib
import logging
from email.message import EmailMessage

from markupsafe import Markup

from odoo import api, models

from ..order_to_cash.statements import StatementError
from ..order_to_cash.statements.detect import TABLE, WORKBOOK, detect
from ..order_to_cash.statements.text_input import as_stream
from .transactions import is_conflict

_logger = logging.getLogger(__name__)

NO_NAMES = (".png", ".jpg", ".jpeg", ".gif", ".p7s", ".asc", ".ics", ".vcf", ".htm", ".html")


class B2bStatementImport(models.Model):
    _inherit = "b2b.statement.import"

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Take a mail's attachments; the mail itself is kept on the first record that came of it."""
        values = custom_values or {}
        journal = self.env["account.journal"].browse(values.get("upload_journal_id"))
        imports = self.with_company(journal.company_id or self.env.company)
        files = [one for one in msg_dict.get("attachments", ()) if not isinstance(one.content, EmailMessage)]
        aside = [one.fname for one in files if _is_aside(one)]
        records = [imports._take_safely(one, journal, msg_dict) for one in files if not _is_aside(one)]
        if not records:
            words = self.env._("The e-mail has no file attached. Send it again with the bank's file.")
            name = msg_dict.get("subject") or self.env._("E-mail")
            records = [imports._keep_failed(name, words, journal)]
        self._answer(records, msg_dict, aside)
        return records[0]

    def _keep_failed(self, name, words, journal, content=b""):
        """Keep what came by mail and was not imported, with the reason."""
        return self.create(
            {
                "name": name,
                "way": "mail",
                "upload_journal_id": journal.id,
                "company_id": (journal.company_id or self.env.company).id,
                "state": "failed",
                "error": words,
                "file": base64.b64encode(content),
                "checksum": hashlib.sha256(content).hexdigest(),
            }
        )

    def _take_safely(self, attachment, journal, msg_dict):
        """Import one attachment; where that breaks, it is kept, and the mail's others are not lost with it."""
        name, content = attachment.fname, _bytes_of(attachment)
        try:
            with self.env.cr.savepoint():
                return self._take_from_mail(name, content, journal, msg_dict)
        except Exception as error:
            if is_conflict(error):
                raise
            _logger.exception("%s of an e-mail cannot be imported", name)
            words = self.env._(
                "%(name)s cannot be imported (%(error)s). Read it again later; if that does not help, ask for support.",
                name=name,
                error=error,
            )
            return self._keep_failed(name, words, journal, content)

    def _take_from_mail(self, name, content, journal, msg_dict):
        """Import one attachment: a bank file, or a remittance advice."""
        advices = self.env["b2b.remittance"]
        sender = self.env["res.partner"].browse(msg_dict.get("author_id") or ())
        if self._is_bank_file(content, journal):
            if self._may_send_statements(sender, journal):
                return self._import_file(name, content, journal, way="mail")
            words = self.env._(
                "%(sender)s may not hand in bank statements. Import it again if it is right; let them follow the "
                "journal %(journal)s if they may send more.",
                sender=sender.display_name or msg_dict.get("email_from"),
                journal=journal.display_name,
            )
            return self._keep_failed(name, words, journal, content)
        is_colleague = any(user._is_internal() for user in sender.user_ids)  # who forwards it is not who pays
        payer = None if is_colleague else sender.commercial_partner_id
        return advices._take_file(name, content, way="mail", partner=payer, journal=journal)

    def _is_bank_file(self, content, journal):
        """Whether this is a statement: a bank's format, or a table that a profile reads and no remittance advice."""
        try:
            kind = detect(as_stream(content))
        except StatementError:
            return False
        if kind not in (TABLE, WORKBOOK):
            return True
        profiles = self.env["b2b.statement.profile"]._profiles_for(journal.company_id or self.env.company, journal)
        return any(profile._fits(content) for profile in profiles) or not self.env["b2b.remittance"]._is_advice(content)

    def _may_send_statements(self, sender, journal):
        users = sender.user_ids.filtered(lambda user: user.has_group("b2b_invoice_automation.group_billing_clerk"))
        return bool(users) or bool(sender and sender in journal.message_partner_ids)

    def _answer(self, records, msg_dict, aside):
        """Say what came of a mail: on each record, and by mail to senders of our own house.

        :param aside: names of the attachments that were not looked at
        """
        said = Markup("").join(Markup("<li>%s: %s</li>") % (one.display_name, one._outcome()) for one in records)
        for name in aside:
            said += Markup("<li>%s: %s</li>") % (name, self.env._("not looked at; it is kept with this e-mail"))
        for record in records:
            record.message_post(
                body=Markup("<p>%s</p><ul>%s</ul>")
                % (self.env._("By e-mail from %(sender)s.", sender=msg_dict.get("email_from") or "?"), said)
            )
        sender = self.env["res.partner"].browse(msg_dict.get("author_id") or ())
        if not any(user._is_internal() for user in sender.user_ids):
            return
        self.env["mail.mail"].sudo().create(
            {
                "subject": self.env._("Re: %(subject)s", subject=msg_dict.get("subject") or self.env._("bank files")),
                "body_html": Markup("<p>%s</p><ul>%s</ul>") % (self.env._("What came of your files:"), said),
                "email_to": sender.email_formatted,
                "headers": repr({"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}),
                "auto_delete": True,
            }
        )

    def _outcome(self):
        """What came of this file, in one line."""
        self.ensure_one()
        if self.state == "done":
            return self.env._(
                "%(new)s new lines, %(known)s known already", new=self.lines_created, known=self.duplicates_skipped
            )
        return self.error or dict(self._fields["state"]._description_selection(self.env))[self.state]


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _message_parse_extract_payload(self, message, message_dict, save_original=False):
        """Mend the charset of texts that are not in what they say: they would lose letters, or the mail would break."""
        for part in message.walk():
            if part.get_content_maintype() == "text" and not _is_readable(part, part.get_content_charset()):
                part.set_param("charset", "utf-8" if _is_readable(part, "utf-8") else "latin-1")
        return super()._message_parse_extract_payload(message, message_dict, save_original=save_original)


def _is_readable(part, charset):
    try:
        part.get_payload(decode=True).decode(charset or "utf-8")
    except (LookupError, UnicodeError):
        return False
    return True


def _is_aside(attachment):
    """Whether this is what mail programs add: pictures of the text, signatures, invitations."""
    return (attachment.fname or "").lower().endswith(NO_NAMES)


def _bytes_of(attachment):
    """An attachment's bytes; the gateway has decoded what is text."""
    content = attachment.content
    if isinstance(content, bytes):
        return content
    try:
        return str(content).encode((attachment.info or {}).get("encoding") or "utf-8")
    except (LookupError, UnicodeError):
        return str(content).encode()
