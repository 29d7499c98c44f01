"""Claims on the mail server: an email of a delivery is handed over at most once, whoever is killed.

Odoo commits that an email was sent after the mail server took it. A worker that dies between the two would send it
again. So a claim is written, in a short transaction of its own, at the moment at which the text goes to the server, and
settled by the server's answer. Who finds a settled claim later takes the email as sent. Who finds an open one knows
that a worker died, or the line broke, while the server may have taken it: the email is not sent again, and a person
looks.
"""

import logging
from contextlib import contextmanager
from smtplib import SMTPResponseException, SMTPServerDisconnected

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

KEPT_FOR = 180  # days


class B2bMailClaim(models.Model):
    _name = "b2b.mail.claim"
    _description = "Claim on the Mail Server"
    _log_access = False

    key = fields.Char(required=True, readonly=True, help="Id of the email in the queue, and its recipient.")
    mail_id = fields.Integer(required=True, readonly=True, index=True, help="No link, whose row others may hold.")
    claimed_at = fields.Datetime(required=True, readonly=True)
    state = fields.Selection(
        [("open", "No answer"), ("accepted", "Accepted"), ("unclear", "Unclear")], required=True, readonly=True
    )

    _key_unique = models.UniqueIndex("(key)")

    @api.model
    @contextmanager
    def _own_transaction(self):
        """A transaction that is committed at once, whatever becomes of the caller's."""
        with self.pool.cursor() as cursor:
            yield self.with_env(self.env(cr=cursor))

    @api.model
    def _state_of(self, key):
        with self._own_transaction() as claims:
            found = claims.env.execute_query(SQL("SELECT state FROM b2b_mail_claim WHERE key = %s", key))
        return found[0][0] if found else None

    @api.model
    def _claim(self, key, mail_id):
        """Take an email; raises UniqueViolation where another worker has it."""
        with self._own_transaction() as claims:
            claims.env.execute_query(
                SQL(
                    """INSERT INTO b2b_mail_claim (key, mail_id, claimed_at, state)
                       VALUES (%s, %s, now() at time zone 'utc', 'open') RETURNING id""",
                    key,
                    mail_id,
                )
            )

    @api.model
    def _settle(self, key, state):
        """Note the server's answer; a refusal gives the email free again.

        :param state: "accepted", "unclear", or None for refused
        """
        done = (
            SQL("UPDATE b2b_mail_claim SET state = %s WHERE key = %s RETURNING id", state, key)
            if state
            else SQL("DELETE FROM b2b_mail_claim WHERE key = %s RETURNING id", key)
        )
        with self._own_transaction() as claims:
            claims.env.execute_query(done)

    @api.model
    def _unclear_of(self, mail_ids):
        """Those of some emails of which nobody knows whether they were sent."""
        query = SQL(
            "SELECT DISTINCT mail_id FROM b2b_mail_claim WHERE state = 'unclear' AND mail_id = ANY(%s)", mail_ids
        )
        return {mail_id for (mail_id,) in self.env.execute_query(query)}

    @api.autovacuum
    def _gc_claims(self):
        self.env.cr.execute(
            "DELETE FROM b2b_mail_claim WHERE claimed_at < now() at time zone 'utc' - make_interval(days => %s)",
            [KEPT_FOR],
        )


class UnclearDelivery(UserError):
    """An email that may have been sent already."""


class IrMailServer(models.Model):
    _inherit = "ir.mail_server"

    @api.model
    def send_email(self, message, *args, smtp_session=None, **kwargs):
        mail_id = self.env.context.get("b2b_claim_mail")
        if not mail_id or not hasattr(smtp_session, "data") or self._disable_send():
            return super().send_email(message, *args, smtp_session=smtp_session, **kwargs)
        key = f"{mail_id}:{message['To']}"
        claims = self.env["b2b.mail.claim"].sudo()
        state = claims._state_of(key)
        if state == "accepted":
            return message["Message-Id"]
        if state:
            claims._settle(key, "unclear")
            raise UnclearDelivery(
                self.env._(
                    "A worker was stopped, or the line to the mail server broke, while this email was handed over. "
                    "It is not known whether the mail server took it, and it is not sent again by itself."
                )
            )
        with _claiming(smtp_session, claims, key, mail_id):
            return super().send_email(message, *args, smtp_session=smtp_session, **kwargs)


@contextmanager
def _claiming(session, claims, key, mail_id):
    """Claim an email at the moment at which a session hands over its text, and settle the claim by the answer.

    Whatever the session does before can be repeated without harm.
    """
    hand_over = session.data

    def data(text):
        claims._claim(key, mail_id)
        try:
            code, answer = hand_over(text)
        except SMTPResponseException:
            claims._settle(key, None)
            raise
        claims._settle(key, "accepted" if code == 250 else None)
        return code, answer

    session.data = data
    try:
        yield
    finally:
        del session.data


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _send(
        self,
        auto_commit=False,
        raise_exception=False,
        smtp_session=None,
        alias_domain_id=False,
        mail_server=False,
        post_send_callback=None,
    ):
        """Hand over emails of deliveries one by one under a claim, and only those that no other worker holds.

        Where the mail server hangs up, the rest stays in the queue; its claim tells later what became of the last one.
        """
        words = {
            "raise_exception": raise_exception,
            "smtp_session": smtp_session,
            "alias_domain_id": alias_domain_id,
            "mail_server": mail_server,
            "post_send_callback": post_send_callback,
        }
        claimed = self.env["b2b.delivery"].sudo()._mails_of_deliveries(self)
        if others := self - claimed:
            super(MailMail, others)._send(auto_commit=auto_commit, **words)
        for mail in claimed:
            mine = mail.try_lock_for_update(allow_referencing=True).with_context(b2b_claim_mail=mail.id)
            try:
                with self.env.cr.savepoint():
                    super(MailMail, mine)._send(**words)
            except SMTPServerDisconnected as error:
                _logger.warning("The mail server hung up at email %s: %s", mail.id, error)
                break
            if auto_commit:
                self.env.cr.commit()  # pylint: disable=invalid-commit
        return True
