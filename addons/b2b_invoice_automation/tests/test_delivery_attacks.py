"""Deliveries under hard use: invoices taken back, contacts merged and deleted, letters printed twice, bad addresses."""

from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .delivery_common import DeliveryCommon


@tagged("post_install", "-at_install")
class TestDeliveryAttacks(DeliveryCommon):
    def rows(self, invoice):
        return self.env["b2b.delivery"].search([("move_id", "in", invoice.ids)], order="id")

    def letter(self):
        self.customer.invoice_sending_method = "b2b_print"
        invoice = self.invoice()
        with self.mock_mail_gateway():
            self.env["account.move"].with_context(force_report_rendering=True)._b2b_deliver_batch()
        return invoice

    def test_a_cancelled_invoice_is_neither_printed_nor_sent(self):
        invoice = self.letter()
        self.assertEqual(invoice.b2b_delivery_state, "to_print")
        row = self.rows(invoice)
        invoice.button_draft()
        invoice.button_cancel()
        self.assertEqual(row.state, "again")
        with self.assertRaisesRegex(UserError, "None of these waits"):
            row.action_print()
        self.assertEqual(self.deliver(), (0, 0))
        self.assertFalse(self._mails)

    def test_an_invoice_taken_back_and_posted_again_is_sent_anew(self):
        self.customer.email = False
        invoice = self.invoice()
        self.deliver()
        self.assertEqual((invoice.b2b_delivery_state, self.case(invoice).state), ("failed", "open"))
        invoice.button_draft()
        self.assertEqual((invoice.b2b_delivery_state, self.case(invoice).state), ("to_send", "solved"))
        self.assertEqual(self.deliver(), (0, 0))
        self.customer.email = "late@quark.example"
        invoice.action_post()
        self.deliver()
        self.assertEqual(self.rows(invoice).mapped("state"), ["again", "delivered"])

    def corrected(self, invoice, price=12.0):
        """The invoice, taken back and posted again with another price."""
        invoice.button_draft()
        self.assertEqual(invoice.b2b_delivery_state, "to_send")
        self.assertEqual(self.deliver(), (0, 0))
        invoice.invoice_line_ids.filtered(lambda line: line.display_type == "product").price_unit = price
        invoice.action_post()
        return invoice

    def queue(self):
        """One round of the lane whose emails stay in the queue."""
        with patch.object(self.registry["mail.mail"], "send_after_commit", lambda mails: None):
            self.env["account.move"]._b2b_deliver_batch()

    def waiting(self, invoices):
        mails = self.env["mail.mail"].search([("mail_message_id", "in", self.rows(invoices).message_id.ids)])
        return mails.filtered(lambda mail: mail.state == "outgoing")

    def test_a_delivered_invoice_that_is_corrected_is_sent_anew(self):
        invoice = self.invoice()
        self.deliver()
        self.assertEqual(invoice.b2b_delivery_state, "delivered")
        self.corrected(invoice)
        self.deliver()
        self.assertEqual(len(self._mails), 1)
        self.assertEqual(
            (invoice.b2b_delivery_state, self.rows(invoice).mapped("state")), ("delivered", ["delivered"] * 2)
        )
        self.assertEqual(self.deliver(), (0, 0))

    def test_an_invoice_posted_again_as_it_was_is_not_sent_twice(self):
        invoice = self.invoice()
        self.deliver()
        invoice.button_draft()
        invoice.action_post()
        self.assertEqual(invoice.b2b_delivery_state, "delivered")
        self.assertEqual(self.deliver(), (0, 0))
        self.corrected(invoice)
        self.assertEqual(self.deliver(), (1, 0))

    def test_an_email_in_the_queue_does_not_leave_with_the_old_document(self):
        invoice = self.invoice()
        self.queue()
        old = self.waiting(invoice)
        self.assertEqual((invoice.b2b_delivery_state, len(old)), ("underway", 1))
        self.corrected(invoice)
        with self.mock_mail_gateway():
            old.send()
            self.assertFalse(self._mails)
        self.deliver()
        self.assertEqual(len(self._mails), 1)
        self.assertEqual(self.rows(invoice).mapped("state"), ["again", "delivered"])

    def test_an_email_that_a_killed_worker_may_have_sent_is_not_taken_for_unsent(self):
        self.customer.b2b_invoice_mails = "together"
        back, beside = self.invoice(po="PO-1"), self.invoice(po="PO-2")
        self.queue()
        mail = self.waiting(back)
        self.env["b2b.mail.claim"].sudo().create(
            {"key": f"{mail.id}:a", "mail_id": mail.id, "claimed_at": fields.Datetime.now(), "state": "accepted"}
        )
        back.button_draft()
        self.assertEqual((mail.state, beside.b2b_delivery_state), ("outgoing", "underway"))

    def test_invoices_in_the_email_of_one_that_is_taken_back_go_out_without_it(self):
        self.customer.b2b_invoice_mails = "together"
        back, beside = self.invoice(po="PO-1"), self.invoice(po="PO-2")
        self.queue()
        self.assertEqual(len(self.waiting(back)), 1)
        back.button_draft()
        self.assertFalse(self.waiting(back))
        self.deliver()
        [mail] = self._mails
        self.assertIn(beside.name, mail["subject"] + mail["body"])
        self.assertEqual((back.b2b_delivery_state, beside.b2b_delivery_state), ("to_send", "delivered"))
        self.assertEqual(self.rows(beside).mapped("state"), ["again", "delivered"])

    def test_a_bounce_of_the_old_document_does_not_stop_the_new_one(self):
        invoice = self.invoice()
        self.deliver()
        old = invoice.b2b_delivery_message_id
        self.corrected(invoice)
        old.sudo().notification_ids.write({"notification_status": "bounce", "failure_type": "mail_bounce"})
        self.env["account.move"]._b2b_follow_deliveries()
        self.assertEqual((self.rows(invoice).state, invoice.b2b_delivery_state), ("failed", "to_send"))
        self.deliver()
        self.assertEqual(invoice.b2b_delivery_state, "delivered")

    def test_a_letter_is_printed_in_one_file_only(self):
        row = self.rows(self.letter())
        batch = self.env["b2b.print.batch"].browse(row.action_print()["res_id"])
        with self.assertRaisesRegex(UserError, "What was printed already"):
            row.action_print()
        self.assertEqual(batch.delivery_ids, row)

    def test_merged_and_deleted_recipients_leave_the_history_whole(self):
        desk, archive, third = self.contact("desk"), self.contact("archive"), self.contact("third")
        invoice = self.invoice()
        self.deliver()
        self.assertEqual(len(self.rows(invoice)), 3)
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        wizard._merge((desk + archive).ids, desk, extra_checks=False)
        third.unlink()
        self.env.invalidate_all()
        addresses = ["archive@quark.example", "desk@quark.example", "third@quark.example"]
        self.assertEqual(sorted(self.rows(invoice).mapped("address")), addresses)

    def test_two_contacts_with_one_address_get_it_once_each_or_not_at_all_but_nothing_fails(self):
        self.contact("desk")
        self.contact("twin").email = "desk@quark.example"
        invoice = self.invoice()
        self.deliver()
        self.assertEqual((invoice.b2b_delivery_state, len(self.rows(invoice))), ("delivered", 2))

    def test_a_contact_who_left_for_another_customer_gets_nothing_of_this_one(self):
        leaver = self.contact("leaver", "other")
        self.customer.b2b_delivery_recipient_ids = [Command.create({"role": "contact", "contact_id": leaver.id})]
        self.assertEqual(self.customer._b2b_recipients_of("invoice"), leaver)
        leaver.parent_id = self.env["res.partner"].create({"name": "Rival", "is_company": True})
        self.assertEqual(self.customer._b2b_recipients_of("invoice"), self.customer)

    def test_an_address_that_is_none_is_told_and_waits_for_a_person(self):
        for garbage in ("not an address", "a@b@c", "💥"):
            with self.subTest(garbage[:20]):
                self.customer.email = garbage
                invoice = self.invoice()
                self.deliver()
                self.assertEqual(invoice.b2b_delivery_state, "failed")
                self.assertFalse(invoice.b2b_delivery_next_at)
                self.assertEqual(self.case(invoice).state, "open")

    def test_a_missed_statement_is_still_looked_after_when_another_document_goes_out(self):
        deliveries = self.env["b2b.delivery"]
        template = self.env["mail.template"].create(
            {
                "name": "T",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "S",
                "body_html": "<p>B</p>",
            }
        )
        report = "b2b_invoice_automation.report_account_statement"
        self.customer.email = False
        missed = deliveries._deliver_document(report, self.customer, "statement", template)
        self.customer.with_context(tracking_disable=True).email = "late@quark.example"
        deliveries._deliver_document(report, self.customer, "other", template)
        self.assertEqual(missed.state, "failed")
