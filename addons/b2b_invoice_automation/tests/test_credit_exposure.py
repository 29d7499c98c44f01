"""The exposure: its parts to the cent, nothing twice, many customers in one query."""

from datetime import timedelta
from decimal import Decimal

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .credit_common import CreditCommon


@tagged("post_install", "-at_install")
class TestCreditExposure(CreditCommon):
    def parts(self, partner=None):
        exposure = self.exposure(partner)
        names = ("overdue", "undue", "on_account", "orders", "held", "total")
        return tuple(f"{getattr(exposure, name):.2f}" for name in names)

    def test_each_part_is_what_the_user_entered(self):
        self.customer.credit_limit = 0.0
        self.invoice(120.10, days_overdue=12)
        self.invoice(200.05, days_overdue=-20)
        self.invoice(30.00, kind="out_refund")
        self.pay_on_account(50.50)
        self.order([(3, 100.0)])
        self.assertEqual(self.parts(), ("120.10", "200.05", "80.50", "357.00", "0.00", "596.65"))
        self.assertEqual(self.exposure().overdue_days, 12)

    def test_an_item_is_overdue_the_day_after_it_was_due(self):
        self.invoice(10, days_overdue=0)
        self.assertEqual(self.parts()[:2], ("0.00", "10.00"))
        self.invoice(20, days_overdue=1)
        self.assertEqual(self.parts()[:2], ("20.00", "10.00"))
        self.assertEqual(self.exposure().overdue_days, 1)

    def test_an_order_moves_from_ordered_to_owed_and_is_counted_once_on_the_way(self):
        order = self.plain(500.0)
        self.assertEqual(self.parts()[3:], ("500.00", "0.00", "500.00"))
        move = order._create_invoices()
        self.assertEqual(self.parts(), ("0.00", "0.00", "0.00", "500.00", "0.00", "500.00"), "a draft is not owed yet")
        move.action_post()
        self.assertEqual(self.parts()[3:], ("0.00", "0.00", "500.00"))
        self.pay(move)
        self.assertEqual(self.parts()[5], "0.00")

    def test_of_an_order_half_invoiced_the_other_half_counts(self):
        order = self.order([{"product_uom_qty": 10, "price_unit": 10.0, "tax_ids": [Command.clear()]}])
        move = order._create_invoices()
        move.invoice_line_ids.quantity = 4
        move.action_post()
        self.assertEqual(self.parts()[3:], ("60.00", "0.00", "100.00"))
        self.assertEqual(self.exposure().undue, Decimal("40.00"))

    def test_what_a_person_credited_does_not_come_back_as_ordered(self):
        order = self.plain(500.0)
        move = order._create_invoices()
        move.action_post()
        move._reverse_moves([{"invoice_date": self.today}], cancel=True)
        self.assertEqual(self.parts(), ("0.00",) * 6)

    def test_an_invoice_in_another_unit_takes_off_its_own_quantity(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self.order([{"product_uom_qty": 24, "price_unit": 10.0, "tax_ids": [Command.clear()]}])
        move = order._create_invoices()
        move.invoice_line_ids.write({"product_uom_id": dozen.id, "quantity": 1, "price_unit": 120.0, "tax_ids": False})
        move.action_post()
        self.assertEqual(self.parts()[3:], ("120.00", "0.00", "240.00"))

    def test_a_down_payment_is_not_counted_twice(self):
        order = self.plain(1000.0)
        wizard = self.env["sale.advance.payment.inv"].create(
            {"sale_order_ids": [Command.set(order.ids)], "advance_payment_method": "fixed", "fixed_amount": 300.0}
        )
        wizard.create_invoices()
        self.assertEqual(self.parts()[3:], ("1000.00", "0.00", "1000.00"))
        order.invoice_ids.action_post()
        self.assertEqual(self.parts()[3:], ("700.00", "0.00", "1000.00"))
        final = order._create_invoices(final=True)
        final.action_post()
        self.assertEqual(self.parts()[3:], ("0.00", "0.00", "1000.00"))

    def test_an_order_in_dollars_counts_at_todays_rate(self):
        dollars = self.setup_other_currency("CAD", rates=[("2020-01-01", 2.0), (self.today - timedelta(days=1), 1.25)])
        pricelist = self.env["product.pricelist"].create({"name": "CAD", "currency_id": dollars.id})
        self.plain(500.0, pricelist_id=pricelist.id, date_order="2024-01-01 10:00:00")
        self.assertEqual(self.parts()[3:], ("400.00", "0.00", "400.00"))

    def test_an_invoice_in_dollars_counts_as_it_is_booked(self):
        dollars = self.setup_other_currency("CAD", rates=[("2020-01-01", 2.0)])
        self.invoice(500.0, currency=dollars)
        self.assertEqual(self.parts()[1], "250.00")

    def test_buyers_and_addresses_count_for_their_company(self):
        buyer = self.env["res.partner"].create({"name": "Ada", "parent_id": self.customer.id, "type": "contact"})
        self.plain(100.0, partner=buyer)
        self.pay_on_account(30.0, partner=buyer)
        self.assertEqual(self.parts(), ("0.00", "0.00", "30.00", "100.00", "0.00", "70.00"))

    def test_the_company_that_is_invoiced_owes_the_money(self):
        head_office = self.env["res.partner"].create({"name": "Head office", "is_company": True})
        self.plain(100.0, partner_invoice_id=head_office.id)
        self.assertEqual(self.parts()[5], "0.00")
        self.assertEqual(self.parts(head_office)[5], "100.00")

    def test_quotations_cancelled_and_history_orders_count_nothing(self):
        self.plain(100.0, confirm=False)
        self.plain(100.0)._action_cancel()
        self.plain(100.0, confirm=False, b2b_history=True, state="sale")
        self.plain(100.0, b2b_channel_state="canceled")
        self.assertEqual(self.parts()[5], "0.00")

    def test_another_company_has_its_own_exposure(self):
        other = self.setup_other_company()["company"]
        self.plain(100.0)
        elsewhere = self.env["b2b.credit"].with_company(other)._exposures(other, self.customer)[self.customer.id]
        self.assertEqual((elsewhere.total, self.parts()[5]), (0, "100.00"))

    def customers(self, count):
        partners = self.env["res.partner"].create([{"name": f"C{n}", "is_company": True} for n in range(count)])
        for position, partner in enumerate(partners[:6]):
            self.plain(100.0 + position, partner=partner)
            self.invoice(50.0, partner=partner)
        return partners

    def test_a_thousand_customers_take_one_query(self):
        partners = self.customers(1000)
        credit = self.env["b2b.credit"]
        credit._exposures(self.company, partners[:1])
        self.env.flush_all()
        with self.assertQueryCount(1):
            exposures = credit._exposures(self.company, partners)
        self.assertEqual(sum(exposure.total for exposure in exposures.values()), 6 * 150 + 15)

    def test_the_figures_on_a_list_take_as_many_queries_for_many_as_for_few(self):
        partners = self.customers(60)

        def queries(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            some.mapped("b2b_credit_exposure")
            return self.cr.sql_log_count - before

        queries(partners[:1])
        self.assertEqual(queries(partners), queries(partners[:2]))

    def test_the_query_goes_by_indexes(self):
        partners = self.customers(6)
        self.env.flush_all()
        query = self.env["b2b.credit"]._parts(self.company, partners, self.today)
        self.cr.execute("SET LOCAL enable_seqscan = off")
        plan = "\n".join(row[0] for row in self.env.execute_query(SQL("EXPLAIN %s", query)))
        for table in ("account_move_line line", "sale_order sale", "sale_order_line line", "account_move_line draft"):
            self.assertNotIn(f"Seq Scan on {table}", plan)

    def test_the_parts_on_screen_add_up_and_open_the_records_behind_them(self):
        self.invoice(120.10, days_overdue=12)
        self.invoice(200.05, days_overdue=-20)
        self.pay_on_account(50.50)
        passed, held = self.plain(100.0), self.plain(5000.0)
        account = self.env["b2b.credit.account"].browse(self.customer.action_view_b2b_credit()["res_id"])
        self.assertEqual(
            (account.overdue, account.undue, account.on_account, account.orders, account.held),
            (120.10, 200.05, -50.50, 100.0, 5000.0),
        )
        self.assertAlmostEqual(
            account.overdue + account.undue + account.on_account + account.orders + account.held, account.exposure, 2
        )
        self.assertEqual((account.exposure, account.available), (5369.65, 630.35))
        for part in ("overdue", "undue", "on_account"):
            action = account.with_context(b2b_part=part).action_view_part()
            lines = self.env[action["res_model"]].search(action["domain"])
            self.assertAlmostEqual(sum(lines.mapped("amount_residual")), account[part], 2, part)
        for part, orders in (("orders", passed), ("held", held)):
            action = account.with_context(b2b_part=part).action_view_part()
            self.assertEqual(self.env["sale.order"].search(action["domain"]), orders)
