"""Bank files that come by themselves: by e-mail and from a watched folder."""

import os
import tempfile
import time
from email.message import EmailMessage
from pathlib import Path

from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models import b2b_statement_folder
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


@tagged("post_install", "-at_install")
class TestStatementFolder(CashCommon):
    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name).resolve()
        self.folder = self.root / "bank"
        self.folder.mkdir()
        self.env["ir.config_parameter"].set_param(b2b_statement_folder.ROOTS, str(self.root))
        self.bank.b2b_folder = str(self.folder)
        self.imports = self.env["b2b.statement.import"]
        self.patch(self.env.cr, "commit", lambda: None)

    def _put(self, name, content, age=60):
        path = self.folder / name
        path.write_bytes(content)
        os.utime(path, (time.time() - age,) * 2)
        return path

    def _run(self):
        self.imports._cron_bank_files()
        return self.imports.search([("way", "=", "folder")])

    def _names(self, where=""):
        return sorted(path.name for path in (self.folder / where).iterdir() if path.is_file())

    def test_files_are_imported_and_moved_by_what_came_of_them(self):
        self._put("day.xml", self._camt(PAYMENTS))
        self._put("rubbish.txt", b"hello")
        found = self._run().sorted("name")
        self.assertEqual(found.mapped("state"), ["done", "failed"])
        self.assertEqual(found.upload_journal_id, self.bank)
        self.assertEqual(
            (self._names(), self._names("done"), self._names("failed")), ([], ["day.xml"], ["rubbish.txt"])
        )
        self.assertEqual(self._run(), found, "a second run finds nothing")

    def test_killed_before_the_move_imports_once_and_moves_then(self):
        path = self._put("day.xml", self._camt(PAYMENTS))
        self.imports._take_folder_file("day.xml", path.read_bytes(), self.bank)
        found = self._run()
        self.assertEqual((len(found), found.lines_created), (1, 2))
        self.assertEqual((self._names(), self._names("done")), ([], ["day.xml"]))

    def test_half_written_hidden_and_linked_files_are_left(self):
        self._put("fresh.xml", self._camt(PAYMENTS), age=0)
        self._put("day.xml.part", self._camt(PAYMENTS))
        self._put(".hidden.xml", self._camt(PAYMENTS))
        secret = self.root / "secret.xml"
        secret.write_bytes(self._camt(PAYMENTS))
        (self.folder / "link.xml").symlink_to(secret)
        self.assertFalse(self._run())
        self.assertTrue(secret.exists())

    def test_a_second_file_of_the_same_name_is_kept_beside_the_first(self):
        self._put("day.xml", self._camt(PAYMENTS))
        self._run()
        self._put("day.xml", self._camt([{"amount": 5.0, "text": "later", "ref": "T9"}], opening=300.0, number=2))
        self._run()
        self.assertEqual(len(self._names("done")), 2)

    def test_only_folders_within_the_allowed_ones(self):
        outside = tempfile.mkdtemp()
        self.addCleanup(os.rmdir, outside)
        link = self.root / "way-out"
        link.symlink_to(outside)
        for folder in (outside, str(link), f"{self.folder}/../..", "bank", "/", str(self.root / "missing")):
            with self.assertRaises(ValidationError, msg=folder):
                self.bank.b2b_folder = folder
        for roots in ("/", "/etc", "", "relative"):
            self.env["ir.config_parameter"].set_param(b2b_statement_folder.ROOTS, roots)
            self.assertEqual(self.bank._b2b_folder_roots(), [], roots)

    def test_a_folder_that_is_gone_is_said_on_the_journal(self):
        self.folder.rmdir()
        self._run()
        self.assertIn("no directory", self.bank.b2b_folder_error)
        self.folder.mkdir()
        self._run()
        self.assertFalse(self.bank.b2b_folder_error)

    def test_unknown_account_is_kept_in_odoo_and_the_file_moved(self):
        self._put("day.xml", self._camt(PAYMENTS, account="FR7630006000011234567890189"))
        self.assertEqual(self._run().state, "account")
        self.assertEqual(self._names("done"), ["day.xml"])
