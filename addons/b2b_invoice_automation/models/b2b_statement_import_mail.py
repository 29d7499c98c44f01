"""Bank files and remittance advices by e-mail: each bank journal can have a mailbox of its own.

Who may write to it is the mailbox's own policy, which the mail gateway enforces. A bank statement is taken only from
the journal's followers and from the people who import bank files; other permitted senders hand in remittance advices.
"""

from markupsafe import Markup

from odoo import api, models

from ..order_to_cash.statements import StatementError
from ..order_to_cash.statements.detect import TABLE, WORKBOOK, detect
from ..order_to_cash.statements.text_input import as_stream

NO_NAMES = (".png", ".jpg", ".jpeg", ".gif", ".p7s", ".asc", ".ics", ".vcf", ".htm", ".html")


class B2bStatementImport(models.Model):
    _inherit = "b2b.statement.import"

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Take a mail's attachments; the mail itself is kept on the first record that came of it."""
        values = custom_values or {}
        journal = self.env["account.journal"].browse(values.get("upload_journal_id"))
        company = journal.company_id or self.env.company
        imports = self.with_company(company)
        files = [(one.fname, _bytes_of(one)) for one in msg_dict.get("attachments", ()) if _is_file(one)]
        records = [imports._take_from_mail(name, content, journal, msg_dict) for name, content in files]
        if not records:
            records = [
                self.create(
                    {
                        "name": msg_dict.get("subject") or self.env._("E-mail"),
                        "way": "mail",
                        "upload_journal_id": journal.id,
                        "company_id": company.id,
                        "state": "failed",
                        "error": self.env._("The e-mail has no file attached. Send it again with the bank's file."),
                    }
                )
            ]
        self._answer(records, msg_dict)
        return records[0]

    def _take_from_mail(self, name, content, journal, msg_dict):
        """Import one attachment: a bank file, or a remittance advice."""
        advices = self.env["b2b.remittance"]
        sender = self.env["res.partner"].browse(msg_dict.get("author_id") or ())
        if self._is_bank_file(content, journal):
            if self._may_send_statements(sender, journal):
                return self._import_file(name, content, journal, way="mail")
            return self.create(
                {
                    "name": name,
                    "way": "mail",
                    "upload_journal_id": journal.id,
                    "company_id": journal.company_id.id,
                    "state": "failed",
                    "error": self.env._(
                        "%(sender)s may not hand in bank statements. Let them follow the journal %(journal)s if they "
                        "may, and have the e-mail sent again.",
                        sender=sender.display_name or msg_dict.get("email_from"),
                        journal=journal.display_name,
                    ),
                }
            )
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

    def _answer(self, records, msg_dict):
        """Say what came of a mail: on each record, and by mail to senders of our own house."""
        said = Markup("").join(Markup("<li>%s: %s</li>") % (one.display_name, one._outcome()) for one in records)
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


def _is_file(attachment):
    name = (attachment.fname or "").lower()
    return not name.endswith(NO_NAMES) and not (attachment.info or {}).get("cid")


def _bytes_of(attachment):
    """An attachment's bytes; the gateway has decoded what is text."""
    content = attachment.content
    if isinstance(content, bytes):
        return content
    encoding = (attachment.info or {}).get("encoding") or "utf-8"
    try:
        return str(content).encode(encoding)
    except (LookupError, UnicodeError):
        return str(content).encode()
