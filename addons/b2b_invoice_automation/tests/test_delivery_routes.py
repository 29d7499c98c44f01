"""The routes of documents: roles, letters, the portal alone, other documents than invoices, and what a person sends."""

import io
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader

from ..models.delivery_reasons import kind_of_failure
from .delivery_common import DeliveryCommon

BOUNCE = """Return-Path: <>
From: MAILER-DAEMON@mail.example (Mail Delivery System)
To: {bounce}
Subject: Undelivered Mail Returned to Sender
Message-Id: <bounce-1@mail.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="edge"

--edge
Content-Type: text/plain

The mailbox of office@quark.example is full.

--edge
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Final-Recipient: rfc822; office@quark.example
Action: failed
Status: 5.2.2

--edge
Content-Type: message/rfc822

From: billing@quark.example
To: office@quark.example
Subject: Invoice
Message-Id: {message_id}

--edge--
"""


@tagged("post_install", "-at_install")
class TestDeliveryRoutes(DeliveryCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._init_mail_gateway()

    def rows(self, invoice):
        return self.env["b2b.delivery"].search([("move_id", "in", invoice.ids)], order="id")

    def table(self, *lines):
        self.customer.b2b_delivery_recipient_ids = [
            Command.create(dict(zip(("document", "role", "contact_id"), line, strict=False))) for line in lines
        ]

    def test_the_customers_table_says_who_gets_what(self):
        payables, desk, buyer = (
            self.contact("payables", "other"),
            self.contact("desk"),
            self.contact("buyer", "contact"),
        )
        self.table(("invoice", "invoice"), ("invoice", "buyer"), ("reminder", "contact", payables.id))
        of = self.customer._b2b_recipients_of
        for document, expected in (("invoice", desk + buyer), ("reminder", payables), ("statement", desk)):
            self.assertEqual(set(of(document, buyer)), set(expected), document)
        self.table((False, "contact", payables.id))
        self.assertEqual(of("statement"), payables, "a line without a document is for all others")
        text = self.customer.with_context(lang="en_US").b2b_delivery_text
        self.assertIn("desk@quark.example", text.splitlines()[0])
        self.assertIn("Reminder: ", text)
        stranger = self.env["res.partner"].create({"name": "Stranger", "email": "x@y.example"})
        with self.assertRaises(ValidationError):
            self.table(("contract", "contact", stranger.id))

    def test_a_letter_is_printed_with_the_others_and_posted(self):
        self.customer.invoice_sending_method = "b2b_print"
        invoices = self.invoice() + self.invoice()
        with self.mock_mail_gateway():
            self.env["account.move"].with_context(force_report_rendering=True)._b2b_deliver_batch()
        self.assertFalse(self._mails)
        self.assertEqual(invoices.mapped("b2b_delivery_state"), ["to_print"] * 2)
        pages = sum(
            len(PdfFileReader(io.BytesIO(one.raw), strict=False).pages) for one in invoices.invoice_pdf_report_id
        )
        action = self.rows(invoices).action_print()
        batch = self.env["b2b.print.batch"].browse(action["res_id"])
        self.assertEqual((batch.letter_count, batch.page_count), (2, pages))
        batch.action_posted()
        self.assertEqual(invoices.mapped("b2b_delivery_state"), ["delivered"] * 2)
        self.assertEqual(self.deliver(), (0, 0))

    def test_the_portal_alone_writes_to_nobody(self):
        self.customer.invoice_sending_method = "b2b_portal_only"
        invoice = self.invoice()
        self.deliver()
        self.assertFalse(self._mails)
        self.assertEqual((invoice.b2b_delivery_state, self.rows(invoice).channel), ("delivered", "portal"))

    def test_what_stops_an_email_is_told_by_kind(self):
        template = self.env.ref("account.email_template_edi_invoice")
        template.body_html = '<p t-out="object.no_such_field"/>'
        invoice = self.invoice()
        self.deliver()
        self.assertEqual((invoice.b2b_delivery_state, invoice.b2b_delivery_reason), ("failed", "template"))
        self.assertFalse(invoice.b2b_delivery_next_at)
        template.body_html = "<p>Good day</p>"
        invoice.action_b2b_deliver()
        self.deliver()
        self.assertEqual(self.rows(invoice).mapped("state"), ["again", "delivered"])
        self.env.cr.execute(
            "UPDATE ir_attachment SET store_fname = NULL, db_datas = NULL WHERE id = %s",
            [invoice.invoice_pdf_report_id.id],
        )
        self.env.invalidate_all()
        invoice.action_b2b_deliver()
        self.deliver()
        self.assertEqual(invoice.b2b_delivery_reason, "attachment")
        self.assertIn("missing or empty", invoice.b2b_delivery_error)

    def test_a_bounce_that_comes_by_email_is_on_the_invoice_and_mended_by_a_new_address(self):
        invoice = self.invoice()
        self.deliver()
        message = invoice.b2b_delivery_message_id
        bounce = f"{self.alias_bounce}@{self.alias_domain}"
        self.env["mail.thread"].message_process(
            "account.move", BOUNCE.format(bounce=bounce, message_id=message.message_id)
        )
        self.env["account.move"]._b2b_follow_deliveries()
        self.assertEqual((invoice.b2b_delivery_state, invoice.b2b_delivery_reason), ("failed", "bounce"))
        self.assertIn("mailbox", invoice.b2b_delivery_error)
        self.assertEqual(self.rows(invoice).state, "failed")
        self.assertEqual(self.deliver(), (0, 0), "a bounce waits for a person")
        self.customer.email = "new@quark.example"
        self.deliver()
        self.assertEqual(self.recipients(), ['"Quark Trading" <new@quark.example>'])
        self.assertEqual(invoice.b2b_delivery_state, "delivered")

    def test_what_a_person_sends_is_seen_and_not_sent_again(self):
        other = self.contact("archive", "other")
        invoice = self.invoice()
        with self.mock_mail_gateway():
            self.env["account.move.send.wizard"].with_context(
                active_model="account.move", active_ids=invoice.ids
            ).create({"mail_partner_ids": [Command.set(other.ids)]}).action_send_and_print()
        self.assertEqual(self.deliver(), (0, 0))
        row = self.rows(invoice)
        self.assertEqual((row.address, row.by_hand), ("archive@quark.example", True))
        self.assertEqual(invoice.b2b_delivery_state, "delivered")

    def test_an_unclear_delivery_waits_for_a_person_who_finds_that_it_arrived(self):
        invoice = self.invoice()
        invoice._b2b_delivery_failed("The worker was stopped.", "unclear")
        self.assertEqual(self.deliver(), (0, 0))
        self.assertEqual((invoice.b2b_delivery_state, self.case(invoice).state), ("unclear", "open"))
        invoice.action_b2b_delivery_arrived()
        self.assertEqual((invoice.b2b_delivery_state, self.case(invoice).state), ("delivered", "solved"))

    def test_any_document_goes_by_the_customers_route(self):
        send = self.env["b2b.delivery"]._deliver_document
        template = self.env["mail.template"].create(
            {
                "name": "Statement",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "Statement for {{ object.name }}",
                "body_html": "<p>Good day</p>",
                "lang": "{{ object.lang }}",
            }
        )
        words = ("b2b_invoice_automation.report_account_statement", self.customer, "statement", template)
        self.customer.email = False
        missed = send(*words)
        self.assertEqual((missed.state, missed.reason_kind, missed.next_at), ("failed", "no_address", False))
        self.customer.email = "late@quark.example"
        self.deliver()
        self.assertEqual(self.recipients(), ['"Quark Trading" <late@quark.example>'])
        [mail] = self._mails
        self.assertEqual(mail["subject"], "Statement for Quark Trading")
        self.assertEqual([name.rpartition(".")[2] for name, *_rest in mail["attachments"]], ["pdf"])
        sent = self.env["b2b.delivery"].search([("customer_id", "=", self.customer.id)], order="id")
        self.assertEqual(sent.mapped("state"), ["again", "delivered"])
        self.customer.invoice_sending_method = "b2b_print"
        self.assertEqual(send(*words).state, "to_print")
        self.customer.invoice_sending_method = "manual"
        self.assertFalse(send(*words))

    def test_the_invoices_of_a_day_come_on_the_next_morning_with_their_total(self):
        self.customer.b2b_invoice_mails = "daily"
        invoices = self.invoice() + self.invoice()
        self.assertEqual(self.deliver(), (0, 0))
        with freeze_time(fields.Datetime.now() + timedelta(days=1)):
            self.assertEqual(self.deliver(), (2, 0))
        [mail] = self._mails
        self.assertIn("238.00", str(mail["body"]))
        self.assertEqual(set(invoices.mapped("b2b_delivery_state")), {"delivered"})

    def test_kinds_of_failure(self):
        for failure, reason, kind in (
            ("mail_bounce", "x", "bounce"),
            ("mail_smtp", False, "mail_server"),
            ("mail_email_invalid", False, "bad_address"),
            ("unknown", "SMTPRecipientsRefused: {'a@b.example': (550, b'5.1.1 unknown user')}", "refused"),
            ("unknown", "SMTPRecipientsRefused: {'a@b.example': (451, b'4.3.2 later')}", "mail_server"),
            ("unknown", "SMTPDataError: (554, b'spam')", "refused"),
            ("unknown", "nothing known", "other"),
        ):
            self.assertEqual(kind_of_failure(failure, reason), kind, reason)
