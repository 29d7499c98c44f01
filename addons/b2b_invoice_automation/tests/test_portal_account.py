"""The customer's account: figures, statement over a period and as of a past day, its PDF, its limits."""

import io
from datetime import timedelta

from lxml import html
from pypdf import PdfReader

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .portal_common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalAccount(PortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.invoice_order(cls.colleague, 200.0, days_ago=100, due_in=30, po="PO-1")
        cls.second = cls.invoice_order(cls.buyer, 300.0, days_ago=40, due_in=30, po="PO-2")
        cls.third = cls.invoice_order(cls.buyer, 50.0, days_ago=5, due_in=30)
        cls.pay(cls.first, 200.0, days_ago=20)
        cls.pay(cls.second, 120.0, days_ago=3)
        cls.foreign = cls.invoice_order(cls.neighbour, 999.0)

    def statement(self, days_from=90, days_to=0):
        [section] = self.hansen._b2b_statement(
            self.company, self.today - timedelta(days=days_from), self.today - timedelta(days=days_to)
        )
        return section

    def test_summary(self):
        [row] = self.buyer._b2b_account_summary(self.company)
        self.assertEqual(
            (row["due"], row["overdue"], row["credit"], row["balance"], row["overdue_count"]),
            (230.0, 180.0, 0.0, 230.0, 1),
        )
        payments = self.hansen._b2b_last_payments(self.company)
        self.assertEqual([payment["amount"] for payment in payments], [120.0, 200.0])

    def test_a_credit_note_and_an_unused_payment_are_credit(self):
        self.env["account.payment"].create(
            {"partner_id": self.hansen.id, "amount": 70.0, "payment_type": "inbound"}
        ).action_post()
        credit = self.third._reverse_moves([{"invoice_date": self.today}])
        credit.action_post()
        self.third.line_ids.remove_move_reconcile()
        [row] = self.buyer._b2b_account_summary(self.company)
        self.assertEqual((row["due"], row["credit"], row["balance"]), (230.0, 120.0, 110.0))

    def test_statement_adds_up(self):
        section = self.statement()
        self.assertEqual(section["opening"], 200.0)
        self.assertEqual([entry.amount for entry in section["entries"]], [300.0, -200.0, 50.0, -120.0])
        self.assertEqual([entry.balance for entry in section["entries"]], [500.0, 300.0, 350.0, 230.0])
        self.assertEqual(section["closing"], section["open_total"])
        self.assertEqual(
            [(item.move, item.open) for item in section["open_items"]], [(self.second, 180.0), (self.third, 50.0)]
        )
        self.assertEqual(dict(section["ageing"])["1 – 30 days"], 180.0)
        self.assertEqual(sum(amount for _label, amount in section["ageing"]), 230.0)

    def test_the_past_reads_as_it_was(self):
        section = self.statement(90, 30)
        self.assertEqual(section["closing"], 500.0)
        self.assertEqual([item.open for item in section["open_items"]], [200.0, 300.0])
        self.assertEqual(section["overdue_total"], 200.0)
        self.assertEqual(section["open_items"][0].days_late, 40)

    def test_each_currency_has_its_own_section(self):
        dollars = self.env.ref("base.EUR" if self.company.currency_id.name == "USD" else "base.USD")
        dollars.active = True
        invoice = self.third.copy({"currency_id": dollars.id, "invoice_date": self.today})
        invoice.action_post()
        sections = self.hansen._b2b_statement(self.company, self.today - timedelta(days=90), self.today)
        self.assertEqual({section["currency"] for section in sections}, {dollars, self.company.currency_id})

    def test_another_company_of_ours_is_another_account(self):
        other = self.setup_other_company(name="Other company of ours")["company"]
        self.assertFalse(self.buyer._b2b_account_summary(other))
        answer = self.get(f"/my/statement?company_id={other.id}")
        self.assertIn("230.00", answer.text)

    def test_the_page(self):
        page = html.fromstring(self.get("/my/statement").content)
        self.assertIn("230.00", page.xpath("//*[@name='open']")[0].text_content())
        self.assertIn("230.00", page.xpath("//td[@name='closing']")[0].text_content())
        text = page.text_content()
        for expected in (self.second.name, "PO-2", "Payment"):
            self.assertIn(expected, text)
        self.assertNotIn("999.00", text)
        self.assertNotIn(self.foreign.name, text)

    def test_odd_periods_are_not_an_error(self):
        for query in (
            "?date_from=x&date_to=y",
            "?date_from=2999-01-01&date_to=2000-01-01",
            "?date_from=0001-01-01",
            "?company_id=x",
            "?company_id=0",
        ):
            with self.subTest(query):
                self.assertEqual(self.get(f"/my/statement{query}").status_code, 200)

    def test_days_beyond_the_calendar_are_not_an_error(self):
        for query in ("date_to=0001-01-01", "date_from=0001-01-01&date_to=0001-01-01", "date_from=9999-12-31"):
            with self.subTest(query):
                self.assertEqual(self.get(f"/my/statement?{query}").status_code, 200)

    def test_the_home_page_says_what_is_open(self):
        text = self.get("/my").text
        for expected in ("230.00", "180.00", "120.00", "/my/statement"):
            self.assertIn(expected, text)

    def test_the_pdf_is_the_customers_own(self):
        self.real_documents()
        answer = self.get(f"/my/statement?report_type=pdf&download=1&partner_id={self.brandt.id}")
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
        for expected in ("Statement of account", "Hansen Anlagenbau", self.second.name, "230.00"):
            self.assertIn(expected, text)
        self.assertNotIn("999.00", text)

    def test_the_report_is_no_way_around(self):
        name = "b2b_invoice_automation.account_statement"
        for partner in (self.brandt, self.hansen):
            answer = self.get(f"/report/html/{name}/{partner.id}")
            self.assertEqual(answer.status_code, 403)
            self.assertNotIn(".00", answer.text)
        salesman = new_test_user(self.env, "salesman", "base.group_user", company_id=self.company.id)
        values = self.env[f"report.{name}"].with_user(salesman)
        with self.assertRaises(AccessError):
            values._get_report_values(self.hansen.ids, {})
        clerk = new_test_user(
            self.env, "clerk", "b2b_invoice_automation.group_billing_clerk", company_id=self.company.id
        )
        other = self.setup_other_company(name="Other company of ours")["company"]
        values = self.env[f"report.{name}"].with_user(clerk)
        self.assertEqual(values._get_report_values(self.buyer.ids, {})["docs"], self.hansen)
        with self.assertRaises(AccessError):
            values._get_report_values(self.hansen.ids, {"company_id": other.id})

    def test_a_visitor_is_asked_to_log_in(self):
        self.authenticate(None, None)
        for address in ("/my/statement", "/my/contracts", "/my/contracts/1", "/my/invoices/download?ids=1"):
            with self.subTest(address):
                self.assertIn("/web/login", self.url_open(address).url)

    def test_queries_do_not_grow_with_the_account(self):
        def queries():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.hansen._b2b_statement(self.company, self.today - timedelta(days=90), self.today)
            after = self.env.cr.sql_log_count
            return after - before

        few = queries()
        template = self.third
        moves = self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": template.partner_id.id,
                    "invoice_date": self.today,
                    "invoice_line_ids": [Command.create({"name": "x", "price_unit": 10.0, "tax_ids": []})],
                }
                for _number in range(30)
            ]
        )
        moves.action_post()
        self.assertLessEqual(queries(), few + 2)
