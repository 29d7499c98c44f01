"""Cumulative tiers: periods, buyers, returns, cancelled orders, and orders that are confirmed after others."""

from unittest.mock import patch

from psycopg2 import errors

from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from . import builders
from .test_contract_orders import OrdersUnderContract

VECTOR = {1: 10, 100: 9, 500: 8}


@tagged("post_install", "-at_install")
class TestContractCumulative(OrdersUnderContract):
    def cumulative(self, mode="graduated", period="month", **values):
        return self.contract(
            builders.price_rule(self.bolt, VECTOR, mode=mode, basis="cumulative", period=period),
            date_start="2025-02-15",
            **values,
        )

    def sell(self, quantity, day, **values):
        partner = values.pop("partner", self.customer)
        return builders.order(
            self.env, partner, [(self.bolt, quantity)], confirm=True, date_order=f"{day} 09:00:00", **values
        )

    def priced(self, quantity, day="2026-03-10"):
        """What a quantity costs on a day, as (quantity, price) of each line."""
        order = self.order((self.bolt, quantity), date_order=f"{day} 12:00:00")
        return [(line.product_uom_qty, line.price_unit) for line in order.order_line.sorted()]

    def test_each_period_begins_anew(self):
        straddles, begins = [(9, 10.0), (11, 9.0)], [(20, 10.0)]
        for period, same, other in (
            ("month", "2026-03-01", "2026-02-28"),
            ("quarter", "2026-01-01", "2025-12-31"),
            ("year", "2026-01-01", "2025-12-31"),
            ("contract_year", "2026-02-15", "2026-02-14"),
            ("contract", "2025-02-15", "2025-02-14"),
        ):
            with self.subTest(period):
                for day, wanted in ((same, straddles), (other, begins)):
                    self.customer = builders.customer(self.env, f"{period} {day}")
                    self.cumulative(period=period)
                    self.sell(90, day, partner=builders.buyer(self.env, self.customer))
                    self.assertEqual(self.priced(20), wanted, day)

    def test_the_day_is_that_of_the_company(self):
        self.env.company.partner_id.tz = "Asia/Tokyo"
        self.cumulative()
        self.sell(90, "2026-02-28")
        late = self.order((self.bolt, 90), date_order="2026-02-28 16:00:00", confirm=True)
        self.assertEqual(late.order_line.price_unit, 10.0, "March has begun in Tokyo")
        self.assertEqual(self.priced(20), [(9, 10.0), (11, 9.0)])

    def test_quotations_and_cancelled_orders_do_not_count(self):
        self.cumulative()
        self.order((self.bolt, 90), date_order="2026-03-02 09:00:00")
        cancelled = self.sell(90, "2026-03-03")
        self.assertEqual(self.priced(20), [(9, 10.0), (11, 9.0)])
        cancelled._action_cancel()
        self.assertEqual(self.priced(20), [(20, 10.0)])

    def test_orders_in_other_units_and_currencies_count(self):
        self.cumulative()
        currency = self.env.ref("base.CHF")
        currency.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": "2025-01-01", "rate": 2.0, "company_id": self.env.company.id}
        )
        pricelist = self.env["product.pricelist"].create({"name": "Foreign", "currency_id": currency.id})
        foreign = builders.order(
            self.env,
            self.customer,
            [(self.bolt, 7.5, {"product_uom_id": self.env.ref("uom.product_uom_dozen").id})],
            confirm=True,
            date_order="2026-03-02 09:00:00",
            pricelist_id=pricelist.id,
        )
        self.assertEqual(foreign.amount_untaxed, 1800.0)
        self.assertEqual(self.priced(20), [(9, 10.0), (11, 9.0)])

    def test_returns_lower_what_was_taken(self):
        self.cumulative()
        order = self.sell(90, "2026-03-02")
        self.sell(-50, "2026-03-03")
        self.assertEqual(self.priced(60), [(59, 10.0), (1, 9.0)])
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertEqual(self.priced(60), [(59, 10.0), (1, 9.0)])
        credit = invoice._reverse_moves([{"invoice_date": "2026-03-04"}])
        credit.invoice_line_ids.quantity = 30
        self.assertEqual(self.priced(80), [(59, 10.0), (21, 9.0)], "a draft credit note returns nothing")
        credit.action_post()
        self.assertEqual(self.priced(100), [(89, 10.0), (11, 9.0)])

    def test_what_is_credited_and_invoiced_again_was_not_returned(self):
        self.cumulative()
        order = self.sell(90, "2026-03-02")
        order._create_invoices().action_post()
        order.invoice_ids._reverse_moves([{"invoice_date": "2026-03-04"}]).action_post()
        self.assertEqual(self.priced(20), [(20, 10.0)])
        order._create_invoices().action_post()
        self.assertEqual(self.priced(20), [(9, 10.0), (11, 9.0)])

    def test_a_return_gives_back_what_was_paid_last(self):
        self.cumulative()
        self.sell(110, "2026-03-02")
        self.assertEqual(self.priced(-20), [(-11, 9.0), (-9, 10.0)])

    def test_confirming_counts_the_orders_that_were_confirmed_since(self):
        self.cumulative()
        first, second = (self.order((self.bolt, 60), date_order="2026-03-10 09:00:00") for _ in range(2))
        (first | second).date_order = "2026-03-10 10:00:00"
        self.assertEqual((first | second).mapped("amount_untaxed"), [600.0, 600.0])
        first.action_confirm()
        self.assertEqual(first.amount_untaxed, 600.0)
        second.action_confirm()
        self.assertLines(second, [(39, 10.0, 390.0), (21, 9.0, 189.0)])
        self.assertIn("579.00", second.message_ids[:1].body + "".join(second.message_ids.mapped("body")))

    def test_volume_tiers_are_counted_again_too(self):
        self.cumulative(mode="volume")
        first, second = (self.order((self.bolt, 60)) for _ in range(2))
        first.action_confirm()
        second.action_confirm()
        self.assertLines(second, [(60, 9.0, 540.0)])

    def test_what_was_signed_or_typed_stays_when_it_is_confirmed(self):
        self.cumulative()
        first, signed, typed = (self.order((self.bolt, 60)) for _ in range(3))
        signed.signed_on = "2026-03-10 11:00:00"
        with Form(typed) as form, form.order_line.edit(0) as line:
            line.price_unit = 9.5
        (first | signed | typed).action_confirm()
        self.assertEqual((signed | typed).mapped("amount_untaxed"), [600.0, 570.0])

    def test_a_rule_that_ended_since_the_quotation_keeps_its_price(self):
        self.contract(
            builders.price_rule(self.bolt, VECTOR, basis="cumulative", period="year", date_end="2026-03-31"),
        )
        order = self.order((self.bolt, 100))
        order.action_confirm()
        self.assertLines(order, [(100, 9.0, 900.0)])

    def test_two_lines_of_one_order_follow_each_other(self):
        self.cumulative()
        self.sell(50, "2026-03-02")
        order = self.order((self.bolt, 40), (self.nut, 1), (self.bolt, 40))
        self.assertLines(order, [(40, 10.0, 400.0), (1, 4.0, 4.0), (9, 10.0, 90.0), (31, 9.0, 279.0)])
        order.order_line = [Command.delete(order.order_line.sorted()[0].id)]
        self.assertLines(order, [(1, 4.0, 4.0), (40, 10.0, 400.0)])


@tagged("post_install", "-at_install")
class TestContractTurns(OrdersUnderContract):
    """Orders of one contract that two processes confirm at the same time."""

    def test_a_rival_that_read_before_we_committed_must_begin_again(self):
        with self.registry.cursor() as cursor:
            made = self.env(cr=cursor)["b2b.contract"].create({"partner_id": self.env.company.partner_id.id})
        self.addCleanup(self._remove, made.id)
        with self.registry.cursor() as ours, self.registry.cursor() as theirs:
            first, second = (self.env(cr=cursor)["b2b.contract"].browse(made.id) for cursor in (ours, theirs))
            self.assertTrue(second.exists(), "the rival's snapshot is taken")
            first._take_turn()
            ours.commit()
            with self.assertRaises(errors.SerializationFailure), mute_logger("odoo.sql_db"):
                second._take_turn()
            theirs.rollback()
            second._take_turn()
            theirs.rollback()

    def _remove(self, contract_id):
        with self.registry.cursor() as cursor:
            self.env(cr=cursor)["b2b.contract"].browse(contract_id).unlink()

    def test_only_cumulative_prices_wait_for_their_turn(self):
        self.contract(
            builders.price_rule(self.bolt, VECTOR, basis="cumulative"),
            builders.price_rule(self.nut, {1: 3}),
        )
        waiting, other = self.order((self.bolt, 1)), self.order((self.nut, 1))
        with patch.object(type(self.env["b2b.contract"]), "_take_turn", autospec=True) as turn:
            other.action_confirm()
            turn.assert_not_called()
            waiting.action_confirm()
            turn.assert_called_once()
