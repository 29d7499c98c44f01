"""Dunning: which letters are due, what they ask for, and that a level is taken once and in order."""

import io
from datetime import date, timedelta

from freezegun import freeze_time
from pypdf import PdfReader

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .company_common import CompanyCommon

TODAY = date(2026, 11, 20)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDunning(CompanyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True
        cls.company = cls.company_data["company"]
        cls.env["res.partner.bank"].create(
            {"acc_number": "DE89370400440532013000", "partner_id": cls.company.partner_id.id}
        )
        cls.partner_a.write({"lang": "en_US", "email": "ap@fastener.example", "invoice_sending_method": "email"})
        cls.letters = cls.env["b2b.dunning.letter"].sudo()
        cls.levels = cls.env["b2b.dunning.level"].sudo().search([("company_id", "=", cls.company.id)])
        cls.clerk = new_test_user(
            cls.env, "dunning_clerk", "base.group_user,b2b_invoice_automation.group_billing_clerk",
            company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)],
        )  # fmt: skip

    def overdue(self, days, amount=1000.0, partner=None, **values):
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (partner or self.partner_a).id,
                "currency_id": self.euro.id,
                "invoice_date": TODAY - timedelta(days=days + 10),
                "invoice_date_due": TODAY - timedelta(days=days),
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create({"name": "Pump", "quantity": 1, "price_unit": amount, "tax_ids": [Command.clear()]})
                ],
                **values,
            }
        )
        move.action_post()
        return move

    def prepare(self, partners=None):
        return self.letters._prepare(partners or self.partner_a, self.company)

    def test_each_company_begins_with_three_levels(self):
        self.assertEqual(self.levels.mapped("days"), [7, 21, 35])

    def test_nothing_is_due_before_the_first_level(self):
        self.overdue(6)
        self.assertFalse(self.prepare())

    def test_levels_are_taken_in_order_and_as_many_days_apart_as_planned(self):
        self.overdue(60)
        taken = []
        for day in range(40):
            with freeze_time(TODAY + timedelta(days=day)):
                if letter := self.prepare():
                    letter._issue()
                    taken.append((day, letter.level_id.days))
        self.assertEqual(taken, [(0, 7), (14, 21), (28, 35)])

    def test_interest_fee_and_credit_make_the_total_to_the_cent(self):
        self.levels[0].write({"interest_percent": 9.0, "fee": 5.0})
        self.company.currency_id = self.euro
        self.overdue(30)
        self.overdue(10, 500.0)
        self.overdue(0, 120.0, move_type="out_refund", invoice_date_due=TODAY)
        letter = self.prepare()
        self.assertEqual(letter.line_ids.mapped("interest"), [7.40, 1.23])  # 1000 × 9 % × 30/365; 500 × 9 % × 10/365
        self.assertEqual((letter.overdue, letter.credit, letter.interest, letter.fee), (1500.0, -120.0, 8.63, 5.0))
        self.assertEqual(letter.total, 1393.63)

    def test_interest_counts_a_part_payment_from_its_day(self):
        self.levels[0].interest_percent = 10.0
        move = self.overdue(20)
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids).create(
            {"amount": 400.0, "payment_date": TODAY - timedelta(days=10), "currency_id": self.euro.id}
        )._create_payments()
        letter = self.prepare()
        # 1000 for 9 days, then 600 for 11: (9000 + 6600) × 10 % / 365
        self.assertEqual((letter.overdue, letter.interest), (600.0, 4.27))

    def test_an_open_case_holds_the_invoice_back(self):
        move = self.overdue(30)
        case = (
            self.env["b2b.discrepancy"]
            .sudo()
            .create({"key": "x", "name": "Short", "type": "short", "move_id": move.id, "company_id": self.company.id})
        )
        self.env.flush_all()
        self.env.cr.execute("UPDATE b2b_discrepancy SET create_date = %s WHERE id = %s", [TODAY, case.id])
        case.invalidate_recordset()
        self.assertFalse(self.prepare())
        case.state = "solved"
        self.assertTrue(self.prepare())

    def test_credit_that_covers_what_is_overdue_makes_no_letter(self):
        self.overdue(30, 100.0)
        self.overdue(0, 100.0, move_type="out_refund")
        self.assertFalse(self.prepare())

    def test_a_letter_prepared_before_the_payment_is_not_issued(self):
        move = self.overdue(30)
        letter = self.prepare()
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids).create(
            {}
        )._create_payments()
        with self.assertRaisesRegex(UserError, "Discard"):
            letter._issue()

    def test_an_issued_letter_stays_and_the_ledger_is_untouched(self):
        move = self.overdue(30)
        before = [(line.id, line.balance, line.write_date) for line in move.line_ids]
        letter = self.prepare()
        letter._issue()
        self.assertEqual([(line.id, line.balance, line.write_date) for line in move.line_ids], before)
        with self.assertRaisesRegex(UserError, "not changed"):
            letter.total = 1.0
        with self.assertRaisesRegex(UserError, "kept"):
            letter.unlink()
        decision = self.env["b2b.decision"].sudo().search([("kind", "=", "dunning"), ("subject_id", "=", letter.id)])
        self.assertEqual((decision.amount, decision.evidence["items"][0]["invoice"]), (1000.0, move.name))

    def test_the_letter_lists_items_and_can_be_scanned_to_pay(self):
        self.levels[0].interest_percent = 9.0
        move = self.overdue(30)
        letter = self.prepare()
        content, _kind = (
            self.env["ir.actions.report"]
            .sudo()
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf("b2b_invoice_automation.report_dunning_letter", letter.ids)
        )
        text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
        for expected in (
            "Payment reminder",
            move.name,
            "30",
            "1,000.00",
            "7.40",
            "1,007.40",
            "DE89 3704 0044 0532 0130 00",
        ):
            self.assertIn(expected, text)
        self.assertIn("EUR1007.40", letter._scan_to_pay()["payload"])

    def test_a_clerk_prepares_and_emails_and_a_second_time_nothing_is_due(self):
        self.overdue(30)
        partner = self.partner_a.with_user(self.clerk).with_company(self.company)
        partner.action_b2b_dunning()
        letter = self.letters.search([("partner_id", "=", partner.id)]).with_user(self.clerk)
        letter.action_send()
        self.assertEqual((letter.state, letter.sent_to), ("issued", "ap@fastener.example"))
        mail = letter.sudo().message_ids.filtered("attachment_ids")
        self.assertEqual(mail.attachment_ids.mapped("name"), ["Payment reminder - partner_a.pdf"])
        with self.assertRaisesRegex(UserError, "Sent already: partner_a"):
            letter.action_send()
        sent = self.env["b2b.delivery"].search([("res_model", "=", letter._name), ("res_id", "=", letter.id)])
        self.assertEqual((sent.document, sent.channel, sent.customer_id), ("reminder", "email", self.partner_a))
        self.assertEqual(partner.action_b2b_dunning()["tag"], "display_notification")

    def test_without_an_email_address_nothing_is_issued(self):
        self.overdue(30)
        self.partner_a.email = False
        letter = self.prepare()
        with self.assertRaisesRegex(UserError, "No email address"):
            letter.with_user(self.clerk).action_send()
        self.assertEqual(letter.state, "draft")

    def test_letters_of_customers_who_want_post_wait_to_be_printed(self):
        self.overdue(30)
        self.partner_a.write({"invoice_sending_method": "b2b_print", "email": False})
        letter = self.prepare()
        letter.with_user(self.clerk).action_send()
        sent = self.env["b2b.delivery"].search([("res_model", "=", letter._name), ("res_id", "=", letter.id)])
        self.assertEqual((letter.state, letter.sent_to, sent.state), ("issued", "", "to_print"))

    def test_reminders_go_to_whom_the_customers_table_names(self):
        self.overdue(30)
        payables = self.env["res.partner"].create(
            {"name": "Payables", "type": "other", "parent_id": self.partner_a.id, "email": "payables@fastener.example"}
        )
        self.partner_a.sudo().b2b_delivery_recipient_ids = [
            Command.create({"document": "reminder", "role": "contact", "contact_id": payables.id})
        ]
        letter = self.prepare().with_user(self.clerk)
        letter.action_send()
        self.assertEqual(letter.sent_to, "payables@fastener.example")

    def test_a_customer_to_whom_nothing_is_sent_by_itself_is_refused(self):
        self.overdue(30)
        letter = self.prepare().with_user(self.clerk)
        self.partner_a.with_company(self.company).invoice_sending_method = "manual"
        with self.assertRaisesRegex(UserError, "sent by hand only: partner_a"):
            letter.action_send()
        self.assertEqual(letter.state, "draft")

    def test_an_invoice_with_an_open_case_is_not_asked_for_beside_others(self):
        disputed, clear = self.overdue(30, 1000.0), self.overdue(30, 500.0)
        self.env["b2b.discrepancy"].sudo().create(
            {"key": "x", "name": "Short", "type": "short", "move_id": disputed.id, "company_id": self.company.id}
        )
        self.env.flush_all()
        self.env.cr.execute("UPDATE b2b_discrepancy SET create_date = %s WHERE move_id = %s", [TODAY, disputed.id])
        self.env.invalidate_all()
        letter = self.prepare()
        self.assertEqual((letter.line_ids.move_id, letter.total), (clear, 500.0))

    def test_merged_customers_keep_their_issued_letters_and_lose_the_prepared_ones(self):
        other = self.env["res.partner"].create({"name": "Same", "email": "ap@fastener.example"})
        self.overdue(30, partner=other)
        issued = self.prepare(other)
        issued._issue()
        with freeze_time(TODAY + timedelta(days=20)):
            self.overdue(30)
            self.prepare(self.partner_a + other)
            wizard = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
            wizard._merge((self.partner_a + other).ids, self.partner_a, extra_checks=False)
            self.assertEqual(self.letters.search([("partner_id", "=", self.partner_a.id)]), issued)
            self.assertEqual(self.prepare().line_ids.level_id, self.levels[:2])

    def test_a_level_that_was_taken_stays_in_its_company(self):
        self.overdue(30)
        self.prepare()._issue()
        other = self.env["res.company"].create({"name": "Other"})
        with self.assertRaisesRegex(ValidationError, "stays in its company"):
            self.levels[0].write({"company_id": other.id, "days": 8})

    def test_a_level_begins_after_the_due_date(self):
        for values in ({"days": 0}, {"days": -3}, {"fee": -1.0}, {"interest_percent": 101.0}):
            with self.subTest(values), self.assertRaisesRegex(ValidationError, "at least 1 day"):
                self.levels[0].write(values)

    def test_who_does_not_bill_prepares_nothing(self):
        user = new_test_user(self.env, "dunning_other", "base.group_user", company_id=self.company.id)
        with self.assertRaises(AccessError):
            self.partner_a.with_user(user).action_b2b_dunning()

    def test_queries_do_not_grow_with_the_customers(self):
        def queries(count):
            partners = self.env["res.partner"].create([{"name": f"C {n}", "is_company": True} for n in range(count)])
            for partner in partners:
                self.overdue(30, partner=partner)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(partners._b2b_dunning(self.company, TODAY)), count)
            return self.env.cr.sql_log_count - before

        queries(2)
        self.assertLessEqual(queries(12), queries(3) + 2)
