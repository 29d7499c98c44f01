"""Bank files and remittance advices that come by e-mail."""

from email.message import EmailMessage

from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .cash_common import CashCommon

PAYMENTS = [{"amount": 100.0, "text": "INV/2026/00001", "ref": "T1"}, {"amount": 200.0, "text": "x", "ref": "T2"}]
ADVICE = b"Invoice;Amount\nINV/2026/00001;990.00\n"
MAIL = "odoo.addons.mail.models.mail_thread"


@tagged("post_install", "-at_install")
class TestStatementMail(CashCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.alias_domain_id = cls.env["mail.alias.domain"].create({"name": "bank.example.test"})
        cls.bank.write({"b2b_mailbox_name": "bank-files", "b2b_mailbox_policy": "partners"})
        cls.clerk = new_test_user(
            cls.env,
            "clerk",
            email="clerk@house.example",
            groups="b2b_invoice_automation.group_billing_clerk",
            company_id=cls.company.id,
        )
        cls.quark.email = "pay@quark.example"

    def _send(self, sender, *files, message_id="1"):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, "bank-files@bank.example.test", "files"
        mail["Message-Id"] = f"<{message_id}@sender.example>"
        mail.set_content("see below")
        for name, content in files:
            mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
        with mute_logger(MAIL):
            self.env["mail.thread"].message_process(None, mail.as_string())

    def _imports(self):
        return self.env["b2b.statement.import"].search([("way", "=", "mail")])

    def test_statement_from_a_clerk_is_imported_answered_and_harmless_twice(self):
        self._send("clerk@house.example", ("day.xml", self._camt(PAYMENTS)))
        record = self._imports()
        self.assertEqual((record.state, record.lines_created, record.journal_ids), ("done", 2, self.bank), record.error)
        self.assertIn("2 new lines", record.message_ids.mapped("body")[-1] + "".join(record.message_ids.mapped("body")))
        answer = self.env["mail.mail"].search([("email_to", "ilike", "clerk@house.example")], order="id desc", limit=1)
        self.assertIn("2 new lines", answer.body_html)
        self._send("clerk@house.example", ("day.xml", self._camt(PAYMENTS)))
        self.assertEqual(len(self._imports()), 1, "the same mail")
        self._send("clerk@house.example", ("day.xml", self._camt(PAYMENTS)), message_id="2")
        self.assertEqual(sum(self._imports().mapped("lines_created")), 2, "the same file in another mail")

    def test_two_files_in_one_mail(self):
        later = [{"amount": 5.0, "text": "later", "ref": "T9", "day": "2026-03-20"}]
        self._send(
            "clerk@house.example",
            ("a.xml", self._camt(PAYMENTS)),
            ("b.xml", self._camt(later, opening=300.0, number=2)),
        )
        self.assertEqual(sorted(self._imports().mapped("lines_created")), [1, 2])

    def test_a_customer_hands_in_advices_and_no_statements(self):
        self._send("pay@quark.example", ("advice.csv", ADVICE), ("day.xml", self._camt(PAYMENTS)))
        advice = self.env["b2b.remittance"].search([("way", "=", "mail")])
        self.assertEqual((advice.state, advice.partner_id, advice.total), ("expected", self.quark, 990.0))
        refused = self._imports()
        self.assertEqual((refused.state, len(refused.line_ids)), ("failed", 0))
        self.assertIn("may not hand in bank statements", refused.error)

    def test_a_bank_that_follows_the_journal_hands_in_statements(self):
        bank = self.env["res.partner"].create({"name": "Bank", "email": "robot@bank.example"})
        self.bank.message_subscribe(bank.ids)
        self._send("robot@bank.example", ("day.xml", self._camt(PAYMENTS)))
        self.assertEqual(self._imports().state, "done")

    def test_unknown_senders_are_refused(self):
        self._send("stranger@nowhere.example", ("day.xml", self._camt(PAYMENTS)))
        self.assertFalse(self._imports())
        self.bank.b2b_mailbox_policy = "followers"
        self._send("pay@quark.example", ("advice.csv", ADVICE), message_id="2")
        self.assertFalse(self.env["b2b.remittance"].search([]))

    def test_a_mail_without_a_file_is_said(self):
        self._send("clerk@house.example")
        self.assertEqual(self._imports().state, "failed")
        self.assertIn("no file attached", self._imports().error)

    def test_the_mailbox_goes_when_its_name_does(self):
        alias = self.bank.b2b_mailbox_id
        self.assertEqual(self.bank.b2b_mailbox_email, "bank-files@bank.example.test")
        self.bank.b2b_mailbox_name = False
        self.assertFalse(alias.exists())
