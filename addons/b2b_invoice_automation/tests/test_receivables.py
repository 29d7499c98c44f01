"""Receivables figures from the ledger, as of today and as of days gone by."""

from datetime import date

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .company_common import CompanyCommon

TODAY = date(2026, 11, 23)


@tagged("post_install", "-at_install")
class TestReceivables(CompanyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.receivables = cls.env["b2b.receivables"]
        cls.freeze = freeze_time(TODAY)

    def invoice(self, day, due, amount, move_type="out_invoice"):
        move = self.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": self.partner_a.id,
                "invoice_date": day,
                "date": day,
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create({"name": "x", "quantity": 1, "price_unit": amount, "tax_ids": [Command.clear()]})
                ],
            }
        )
        move.action_post()
        return move

    def pay(self, move, day, amount=None):
        with freeze_time(day):
            wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
            wizard.create({"payment_date": day, **({"amount": amount} if amount else {})})._create_payments()

    def ageing(self, as_of, by="due"):
        return {name: amount for name, amount in self.receivables._ageing(self.company, as_of, by).items() if amount}

    def test_ageing_by_due_date_and_by_invoice_date(self):
        self.invoice("2026-11-01", "2026-12-01", 100.0)
        self.invoice("2026-10-01", "2026-10-31", 200.0)
        self.invoice("2026-07-01", "2026-07-31", 400.0)
        self.invoice("2026-11-10", "2026-11-10", 50.0, "out_refund")
        self.assertEqual(self.ageing(TODAY), {"current": 100.0, "1-30": 150.0, "over-90": 400.0})
        self.assertEqual(self.ageing(TODAY, "date"), {"1-30": 50.0, "31-60": 200.0, "over-90": 400.0})

    def test_the_past_does_not_change_when_money_comes_in_later(self):
        move = self.invoice("2026-09-01", "2026-10-01", 300.0)
        self.pay(move, "2026-11-05", 120.0)
        self.pay(move, "2026-11-15")
        self.assertEqual(self.ageing(date(2026, 10, 31)), {"1-30": 300.0})
        self.assertEqual(self.ageing(date(2026, 11, 10)), {"31-60": 180.0})
        self.assertEqual(self.ageing(TODAY), {})
        self.assertEqual(self.ageing(date(2026, 8, 31)), {})

    def test_buckets_sum_to_the_ledger_on_any_day(self):
        first = self.invoice("2026-06-15", "2026-07-15", 1000.0)
        self.invoice("2026-08-15", "2026-09-15", 700.0)
        self.pay(first, "2026-10-02", 400.0)
        accounts = self.receivables._receivable_accounts(self.company)
        for day in ("2026-06-30", "2026-09-30", "2026-10-02", "2026-11-23"):
            day = fields.Date.to_date(day)
            [(ledger,)] = self.env["account.move.line"]._read_group(
                [("account_id", "in", accounts.ids), ("parent_state", "=", "posted"), ("date", "<=", day)],
                [],
                ["balance:sum"],
            )
            self.assertEqual(sum(self.receivables._ageing(self.company, day).values()), ledger)

    def test_dso_and_its_relatives(self):
        self.invoice("2026-09-10", "2026-10-10", 600.0)
        self.invoice("2026-11-10", "2026-12-10", 300.0)
        figures = self.receivables._figures(self.company, TODAY)
        self.assertEqual((figures["receivables"], figures["overdue"], figures["open_count"]), (900.0, 600.0, 2))
        self.assertEqual(figures["dso"], 90.0)
        self.assertEqual(figures["dso_best"], 30.0)
        self.assertEqual(figures["delinquent_days"], 60.0)
        self.assertEqual(figures["cei"], 0.0)
        self.assertEqual(figures["ledger_difference"], 0.0)
        # November's 300 in 23 days, October's nothing in 31, then 600 of September's 600 in 30
        self.assertEqual(figures["dso_countback"], 23 + 31 + 30)

    def test_drafts_and_other_companies_do_not_count(self):
        self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner_a.id,
                "invoice_line_ids": [Command.create({"name": "x", "price_unit": 99.0})],
            }
        )
        figures = self.receivables._figures(self.company, TODAY)
        self.assertEqual((figures["receivables"], figures["dso"]), (0.0, None))

    def test_the_number_of_queries_does_not_grow_with_the_invoices(self):
        def queries():
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.receivables._figures(self.company, TODAY)
            self.receivables._ageing(self.company, TODAY)
            return self.env.cr.sql_log_count - before

        self.invoice("2026-09-10", "2026-10-10", 600.0)
        queries()
        few = queries()
        for number in range(10):
            self.invoice("2026-09-10", "2026-10-10", 10.0 + number)
        self.assertEqual(queries(), few)

    def test_the_overview_opens_what_it_sums(self):
        with freeze_time(TODAY):
            self.invoice("2026-09-10", "2026-10-10", 600.0)
            self.invoice("2026-11-10", "2026-12-10", 300.0)
            self.env.user.group_ids += self.env.ref("b2b_invoice_automation.group_billing_clerk")
            figures = self.env["b2b.overview"].with_company(self.company).get_figures()
            items = self.env["account.move.line"]
            for total, domain in (
                (figures["receivables"], figures["domain"]),
                (figures["overdue"], figures["overdue_domain"]),
                *((bucket["amount"], bucket["domain"]) for bucket in figures["ageing"]),
            ):
                self.assertEqual(sum(items.search(domain).mapped("amount_residual")), total)

    def test_others_do_not_see_the_overview(self):
        user = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self.env["b2b.overview"].with_user(user).get_figures()
