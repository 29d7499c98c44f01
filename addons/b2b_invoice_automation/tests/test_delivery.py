"""Delivery: by the customer's channel, to the right people, once; failures are cases, retried and settled."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import SerializationFailure

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .delivery_common import DeliveryCommon


@tagged("post_install", "-at_install")
class TestDelivery(DeliveryCommon):
    def test_a_billed_invoice_goes_out_by_email_with_its_pdf(self):
        invoice = self.invoice()
        self.assertEqual(invoice.b2b_delivery_state, "to_send")
        self.assertEqual(self.deliver(), (1, 0))
        self.assertEqual(self.recipients(), ['"Quark Trading" <office@quark.example>'])
        [mail] = self._mails
        self.assertIn(invoice.name, mail["subject"])
        self.assertTrue([name for name, *_rest in mail["attachments"] if name.endswith(".pdf")])
        self.assertEqual(invoice.b2b_delivery_state, "delivered")
        self.assertIn("office@quark.example", invoice.b2b_delivery_channel)
        decision = self.env["b2b.decision"].search(
            [("subject_model", "=", "account.move"), ("subject_id", "=", invoice.id), ("kind", "=", "delivery")]
        )
        self.assertEqual(len(decision), 1)

    def test_nothing_goes_out_twice(self):
        self.invoice()
        self.deliver()
        self.assertEqual(self.deliver(), (0, 0))
        self.assertFalse(self._mails)

    def test_drafts_and_invoices_that_nobody_wants_sent_stay(self):
        self.policy.auto_post = False
        draft = self.invoice()
        self.policy.write({"auto_post": True, "auto_send": False})
        quiet = self.invoice()
        self.assertEqual(self.deliver(), (0, 0))
        self.assertFalse(draft.is_move_sent or quiet.is_move_sent)
        self.assertFalse(quiet.b2b_delivery_state)

    def test_a_lane_handles_only_what_its_lock_returned(self):
        first, second = self.invoice(), self.invoice()
        locked_elsewhere = type(first).try_lock_for_update

        def lock(moves, **kwargs):
            return locked_elsewhere(moves - second, **kwargs)

        with patch.object(type(first), "try_lock_for_update", lock):
            self.assertEqual(self.deliver()[0], 1)
        self.assertEqual((first.b2b_delivery_state, second.b2b_delivery_state), ("delivered", "to_send"))

    def test_recipients_by_role(self):
        office = self.customer
        desk, archive = self.contact("desk"), self.contact("archive")
        buyer = self.contact("buyer", "contact")
        harbour = self.contact("harbour")
        harbour.write({"street": "Kai 1", "city": "Bremen"})
        bremen = self.env["res.partner"].create({"name": "Bremen", "is_company": True})
        for partner, expected in (
            (office, desk + archive + harbour),
            (buyer, desk + archive + harbour),
            (desk, desk + archive),
            (harbour, harbour),
            (bremen, self.env["res.partner"]),
        ):
            with self.subTest(partner.name):
                self.assertEqual(set(partner._b2b_invoice_recipients()), set(expected))
        (desk + archive + harbour).write({"email": False})
        self.assertEqual(buyer._b2b_invoice_recipients(), buyer)
        self.assertEqual(self.contact("site", "delivery")._b2b_invoice_recipients().name, "site")

    def test_who_ordered_gets_the_invoice_when_nobody_else_has_an_address(self):
        self.customer.email = False
        buyer = self.contact("buyer", "contact")
        self.invoice(partner=buyer)
        self.deliver()
        self.assertEqual(self.recipients(), ['"buyer" <buyer@quark.example>'])

    def test_what_a_machine_made_comes_from_the_company(self):
        self.invoice().invoice_user_id = self.env.ref("base.user_root")
        self.deliver()
        self.assertIn("billing@quark.example", self._mails[0]["email_from"])
        self.assertNotIn("System", self._mails[0]["body"])

    def test_the_email_speaks_the_customers_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.env["mail.template"].browse(self.env.ref("account.email_template_edi_invoice").id).with_context(
            lang="de_DE"
        ).subject = "Rechnung {{ object.name }}"
        self.customer.lang = "de_DE"
        self.invoice()
        self.deliver()
        self.assertTrue(self._mails[0]["subject"].startswith("Rechnung"), self._mails[0]["subject"])

    def test_the_portal_as_channel_sends_a_notice_without_files(self):
        self.customer.invoice_sending_method = "b2b_portal"
        invoice = self.invoice()
        self.deliver()
        [mail] = self._mails
        self.assertFalse(mail["attachments"])
        self.assertIn(f"/my/invoices/{invoice.id}?access_token=", mail["body"])
        self.assertEqual(invoice.b2b_delivery_state, "delivered", invoice.b2b_delivery_error)
        self.assertTrue(invoice.invoice_pdf_report_id)

    def test_the_portal_needs_no_email_address(self):
        self.customer.write({"invoice_sending_method": "b2b_portal", "email": False})
        invoice = self.invoice()
        self.deliver()
        self.assertEqual(invoice.b2b_delivery_state, "delivered")
        self.assertFalse(self._mails)

    def test_by_hand_is_left_to_a_person(self):
        self.customer.invoice_sending_method = "manual"
        invoice = self.invoice()
        self.deliver()
        self.assertEqual(invoice.b2b_delivery_state, "by_hand")
        self.assertFalse(self._mails)
        self.customer.invoice_sending_method = "email"
        invoice.action_b2b_deliver()
        self.deliver()
        self.assertEqual(invoice.b2b_delivery_state, "delivered")

    def test_invoices_together_in_one_email(self):
        self.customer.b2b_invoice_mails = "together"
        self.contact("desk")
        invoices = self.invoice(po="PO-1") + self.invoice(po="PO-2") + self.invoice(po="PO-3")
        other = self.env["res.partner"].create(
            {"name": "Other", "email": "other@example.com", "b2b_invoice_mails": "together"}
        )
        alone = self.invoice(partner=other)
        self.deliver()
        self.assertEqual(self.recipients(), ['"Other" <other@example.com>', '"desk" <desk@quark.example>'])
        mail = next(mail for mail in self._mails if "desk" in mail["email_to"][0])
        self.assertEqual(len([name for name, *_rest in mail["attachments"] if name.endswith(".pdf")]), 3)
        self.assertNotIn("odoobot", mail["email_from"])
        for invoice in invoices:
            self.assertIn(invoice.name, mail["body"])
        self.assertEqual(set((invoices + alone).mapped("b2b_delivery_state")), {"delivered"})

    def test_a_customer_without_an_address_is_a_case_and_is_mended_by_entering_one(self):
        self.customer.email = False
        invoice = self.invoice()
        self.deliver()
        self.assertEqual(invoice.b2b_delivery_state, "failed")
        self.assertIn("no email address", invoice.b2b_delivery_error)
        case = self.case(invoice)
        self.assertEqual((case.state, case.partner_id), ("open", self.customer))
        self.assertEqual(case.name, f"{invoice.name} was not delivered: No email address")
        self.assertIn("Correct the customer's address", case.reason)
        self.assertFalse(invoice.b2b_delivery_next_at, "nothing but an address helps")
        self.assertEqual(self.deliver(), (0, 0))
        self.customer.email = "new@quark.example"
        self.assertEqual(self.deliver(), (1, 0))
        self.assertEqual(invoice.b2b_delivery_state, "delivered")
        self.assertEqual(case.state, "solved")

    def test_an_unreachable_mail_server_is_tried_again_with_growing_pauses(self):
        invoice = self.invoice()
        now = fields.Datetime.now()
        for tries, pause in ((1, timedelta(minutes=15)), (2, timedelta(hours=1)), (3, timedelta(hours=4))):
            with freeze_time(now):
                self.refuse()
                self.assertEqual((invoice.b2b_delivery_state, invoice.b2b_delivery_tries), ("failed", tries))
                self.assertEqual(invoice.b2b_delivery_next_at - fields.Datetime.now(), pause)
                self.assertEqual(len(self.case(invoice)), 1)
                self.assertEqual(self.deliver(), (0, 0))
            now += pause + timedelta(seconds=1)
        with freeze_time(now):
            self.deliver()
        self.assertEqual(invoice.b2b_delivery_state, "delivered")
        self.assertEqual(self.case(invoice).state, "solved")
        outgoing = self.env["mail.mail"].search(
            [("res_id", "=", invoice.id), ("state", "in", ("outgoing", "exception"))]
        )
        self.assertFalse(outgoing, "what failed is not sent later beside the new email")

    def refuse(self):
        """One round of the lane with a mail server that refuses everything."""
        moves = self.env["account.move"]
        connect = patch.object(
            self.registry["ir.mail_server"], "_connect__", side_effect=ConnectionRefusedError("no server there")
        )
        with self.mock_mail_gateway(), connect:
            moves._b2b_deliver_batch()
            moves._b2b_follow_deliveries()

    def test_after_a_bounce_only_the_missed_ones_are_written_to_again(self):
        desk, archive = self.contact("desk"), self.contact("archive")
        invoice = self.invoice()
        self.deliver()
        self.assertEqual(len(self._mails), 2)
        invoice.b2b_delivery_message_id.sudo().notification_ids.filtered(
            lambda notification: notification.res_partner_id == archive
        ).write({"notification_status": "bounce", "failure_type": "mail_bounce", "failure_reason": "mailbox full"})
        self.env["account.move"]._b2b_follow_deliveries()
        self.assertEqual(invoice.b2b_delivery_state, "failed")
        self.assertIn("archive@quark.example", invoice.b2b_delivery_error)
        archive.email = "archive2@quark.example"
        self.deliver()
        self.assertEqual(self.recipients(), ['"archive" <archive2@quark.example>'])
        self.assertEqual(invoice.b2b_delivery_state, "delivered")
        self.assertEqual(desk.email, "desk@quark.example")

    def test_one_bad_invoice_does_not_stop_the_others(self):
        moves = self.invoice() + self.invoice() + self.invoice()
        bad = moves[1]
        sender = self.registry["account.move.send"]
        original = sender._prepare_invoice_pdf_report

        def prepare(model, invoices_data):
            if bad in invoices_data:
                raise UserError("its logo cannot be read")
            return original(model, invoices_data)

        with patch.object(sender, "_prepare_invoice_pdf_report", prepare):
            self.deliver()
        self.assertEqual(moves.mapped("b2b_delivery_state"), ["delivered", "failed", "delivered"])
        self.assertIn("its logo cannot be read", self.case(bad).reason)
        self.assertEqual(len(self._mails), 2)

    def test_a_conflict_with_another_lane_is_raised_and_writes_nothing(self):
        invoice = self.invoice()
        with (
            patch.object(
                self.registry["account.move.send"], "_generate_and_send_invoices", side_effect=SerializationFailure()
            ),
            self.assertRaises(SerializationFailure),
        ):
            self.deliver()
        self.assertFalse(self.case(invoice))

    def test_a_person_who_sends_by_hand_settles_the_case(self):
        self.customer.email = False
        invoice = self.invoice()
        self.deliver()
        self.customer.with_context(tracking_disable=True).email = "late@quark.example"
        with self.mock_mail_gateway():
            self.env["account.move.send"]._generate_and_send_invoices(invoice)
            invoice.b2b_delivery_message_id.mail_ids.send()
            self.env["account.move"]._b2b_follow_deliveries()
        self.assertEqual(invoice.b2b_delivery_state, "delivered")
        self.assertEqual(self.case(invoice).state, "solved")

    def test_only_posted_customer_invoices_can_be_sent(self):
        draft = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [Command.create({"name": "x", "price_unit": 1.0})],
            }
        )
        with self.assertRaises(UserError):
            draft.action_b2b_deliver()
