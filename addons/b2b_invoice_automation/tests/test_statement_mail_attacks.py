"""Mails to a mailbox as they should not be: nothing of them is lost without a word, one bad file harms no other."""

import io
import zipfile
from email.encoders import encode_base64
from email.message import EmailMessage
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .cash_common import CashCommon

PAYMENTS = [{"amount": 100.0, "text": "INV/2026/00001", "ref": "T1"}, {"amount": 200.0, "text": "x", "ref": "T2"}]
BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM
"file:///etc/passwd">]><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><a>&b;&c;</a></Document>"""
MAIL = "odoo.addons.mail.models.mail_thread"


def zipped(*members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


def locked(archive):
    """Set the flag of encryption, as zip programs with a password do."""
    content = bytearray(archive)
    for header, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(header) + flags] |= 1
    return bytes(content)


@tagged("post_install", "-at_install")
class TestStatementMailAttacks(CashCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.alias_domain_id = cls.env["mail.alias.domain"].create({"name": "bank.example.test"})
        cls.bank.write({"b2b_mailbox_name": "bank-files", "b2b_mailbox_policy": "everyone"})
        new_test_user(
            cls.env,
            "clerk",
            email="clerk@house.example",
            groups="b2b_invoice_automation.group_billing_clerk",
            company_id=cls.company.id,
        )

    def _mail(self, *files, sender="clerk@house.example"):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, "bank-files@bank.example.test", "files"
        mail["Message-Id"] = "<1@sender.example>"
        mail.set_content("see below")
        for name, content in files:
            mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
        return mail

    def _process(self, mail):
        with mute_logger(MAIL):
            self.env["mail.thread"].message_process(None, mail.as_bytes())
        return self._said()

    def _send(self, *files, **kwargs):
        return self._process(self._mail(*files, **kwargs))

    def _said(self):
        """File name → what came of it, for imports and advices."""
        imports = self.env["b2b.statement.import"].search([("way", "=", "mail")])
        advices = self.env["b2b.remittance"].search([("way", "=", "mail")])
        return {
            **{one.name: f"{one.state} {one.error or ''}" for one in imports},
            **{one.filename: f"{one.state} {one.problem or ''}" for one in advices},
        }

    def test_every_bad_attachment_is_answered_in_words_and_the_good_one_is_read(self):
        day = self._camt(PAYMENTS)
        files = {
            "empty.xml": (b"", "draft The file is empty"),
            "winmail.dat": (b"\x78\x9f\x3e\x22" + bytes(range(256)) * 4, "draft This is Outlook's wrapping"),
            "bomb.zip": (zipped(("day.xml", b"<" + b"0" * 30_000_000)), "more than 200 times its size"),
            "nested.zip": (zipped(("in.zip", zipped(("day.xml", day)))), "A zip within a zip is not opened. Unpack"),
            "absolute.zip": (zipped(("/etc/day.xml", day)), "a file name that leads out of it"),
            "parent.zip": (zipped(("../day.xml", day)), "a file name that leads out of it"),
            "locked.zip": (locked(zipped(("day.xml", day))), "is encrypted. Unpack it"),
            "torn.zip": (zipped(("day.xml", day))[:-40], "The zip file is damaged"),
            "nothing.zip": (zipped(), "The zip file holds no files"),
            "entities.xml": (BOMB, "declares a document type"),
            "torn.xml": (day[: len(day) // 2], "not well-formed XML"),
            "letter.pdf": (b"%PDF-1.7 hello", "draft This is a PDF document"),
            "noise.bin": (bytes(range(256)) * 20, "draft This is a binary file"),
            "good.xml": (day, "done"),
        }
        said = self._send(*((name, content) for name, (content, _words) in files.items()))
        self.assertEqual(said.keys(), files.keys())
        for name, (_content, words) in files.items():
            self.assertIn(words, said[name])
            self.assertEqual(said[name].startswith("draft"), words.startswith("draft"), said[name])

    def test_fifty_attachments(self):
        files = [
            (f"{number}.xml", self._camt([{"amount": 1.0, "text": "x", "ref": f"R{number}"}], number=number))
            for number in range(1, 51)
        ]
        said = self._send(*files)
        self.assertEqual(len(said), 50)
        lines = self.env["b2b.statement.import"].search([("way", "=", "mail")]).mapped("lines_created")
        self.assertEqual(lines, [1] * 50, said)

    def test_a_mail_forwarded_as_attachment(self):
        inner = self._mail(("inner.xml", self._camt(PAYMENTS)), sender="bank@bank.example")
        outer = self._mail()
        outer.add_attachment(inner)
        said = self._process(outer)
        self.assertEqual(list(said), ["inner.xml"], said)
        self.assertEqual(said["inner.xml"].split()[0], "done")

    def test_a_file_with_a_content_id_is_no_picture(self):
        mail = self._mail(("day.xml", self._camt(PAYMENTS)))
        mail.get_payload()[-1]["Content-ID"] = "<part1.xyz@mail>"
        self.assertEqual(self._process(mail), {"day.xml": "done "})

    def _text_part(self, name, content, charset):
        mail = MIMEMultipart()
        mail["From"], mail["To"], mail["Subject"] = "clerk@house.example", "bank-files@bank.example.test", "files"
        mail["Message-Id"] = "<1@sender.example>"
        mail.attach(MIMEText("see below"))
        part = MIMEBase("text", "csv", **({"charset": charset} if charset else {}))
        part.set_payload(content)
        encode_base64(part)
        part.add_header("Content-Disposition", "attachment", filename=name)
        mail.attach(part)
        return mail

    def test_texts_whose_charset_is_told_wrong_or_not_at_all(self):
        table = "Rechnung;Zahlbetrag;Bemerkung\nINV/2026/00001;990,00;Kürzung\n"
        for number, (charset, code) in enumerate(
            [("utf-8", "cp1252"), (None, "cp1252"), ("x-unknown", "utf-8"), ("us-ascii", "utf-8"), (None, "utf-8")]
        ):
            mail = self._text_part(f"{number}.csv", table.encode(code), charset)
            mail.replace_header("Message-Id", f"<{number}@sender.example>")
            self._process(mail)
            advice = self.env["b2b.remittance"].search([("filename", "=", f"{number}.csv")])
            self.assertEqual(
                (advice.total, advice.line_ids.reason), (990.0, "Kürzung"), (charset, code, advice.problem)
            )

    def test_a_stranger_hands_in_no_statement_and_a_clerk_may_let_it_in(self):
        said = self._send(("day.xml", self._camt(PAYMENTS)), sender="stranger@nowhere.example")
        self.assertIn("may not hand in bank statements", said["day.xml"])
        record = self.env["b2b.statement.import"].search([("way", "=", "mail")])
        self.assertFalse(record.line_ids)
        record.action_retry()
        self.assertEqual((record.state, record.lines_created), ("done", 2), record.error)

    def test_a_file_that_breaks_the_import_stops_no_other(self):
        real = type(self.env["b2b.statement.import"])._load

        def broken(record, content):
            if record.name == "a.xml":
                raise ZeroDivisionError("inside")
            return real(record, content)

        self.patch(type(self.env["b2b.statement.import"]), "_load", broken)
        with mute_logger("odoo.addons.b2b_invoice_automation.models.b2b_statement_import_mail"):
            said = self._send(("a.xml", self._camt(PAYMENTS)), ("b.xml", self._camt(PAYMENTS)))
        self.assertEqual(said["b.xml"], "done ")
        self.assertIn("cannot be imported", said["a.xml"])

    def test_what_is_left_aside_is_said(self):
        self._send(("logo.png", b"\x89PNG"), ("advice.html", b"<html>"), ("day.xml", self._camt(PAYMENTS)))
        record = self.env["b2b.statement.import"].search([("way", "=", "mail")])
        self.assertIn("advice.html", "".join(record.message_ids.mapped("body")))
