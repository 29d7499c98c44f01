"""The panel “Why this price?”: in parts, as it was when the price was made, also on a case from the shop."""

from odoo.fields import Command
from odoo.tests import tagged

from . import builders
from .test_contract_orders import VECTOR, OrdersUnderContract


@tagged("post_install", "-at_install")
class TestPricePanel(OrdersUnderContract):
    def facts(self, line):
        return dict(line.b2b_price_why["facts"])

    def test_a_graduated_price(self):
        contract = self.contract(builders.price_rule(self.bolt, VECTOR, mode="graduated"), title="Screws")
        why = self.order((self.bolt, 600)).order_line.sorted()[0].b2b_price_why
        self.assertEqual((why["source"], why["lead"], why["total"]), ("Contract", "", "$\xa05,398.00"))
        self.assertEqual(
            why["rows"],
            [
                ["99 Units", "$\xa010.00", "$\xa0990.00", "tier from 1"],
                ["400 Units", "$\xa09.00", "$\xa03,600.00", "tier from 100"],
                ["101 Units", "$\xa08.00", "$\xa0808.00", "tier from 500"],
            ],
        )
        facts = dict(why["facts"])
        self.assertEqual(facts["Contract"], f"{contract.name} v1 · Screws")
        self.assertEqual(facts["Price rule"], "Hex bolt M8")
        self.assertIn("This line counts 600 Units.", facts["Quantity counted"])
        self.assertEqual(facts["Sales price"], "$\xa012.00: the contract is 25.0 % cheaper")

    def test_units_rates_and_discounts_are_said(self):
        currency = self.env.ref("base.CHF")
        currency.active = True
        pricelist = self.env["product.pricelist"].create({"name": "Foreign", "currency_id": currency.id})
        trade = self.env["product.pricelist"].create({"name": "Trade"})
        dozen = self.env.ref("uom.product_uom_dozen")
        self.contract(
            builders.price_rule(self.bolt, {1: 120}, uom_id=dozen.id),
            builders.price_rule(self.nut, {1: 10}, computation="discount", base_pricelist_id=trade.id),
            rate_ids=[Command.create({"currency_id": currency.id, "rate": 3})],
        )
        bolts, nuts = self.order((self.bolt, 24), (self.nut, 1), pricelist_id=pricelist.id).order_line.sorted()
        facts = self.facts(bolts)
        self.assertEqual(facts["Unit"], "agreed per Dozens, here per Units")
        self.assertEqual(facts["Exchange rate"], "1 USD = 3 CHF, fixed in the contract")
        self.assertEqual(bolts.b2b_price_why["rows"][0][1:3], ["CHF\xa030.00", "CHF\xa0720.00"])
        self.assertIn("Discount off Trade", self.facts(nuts)["Computed as"])

    def test_it_stays_as_it_was_when_contract_and_names_change(self):
        contract = self.contract(builders.price_rule(self.bolt, VECTOR))
        order = self.order((self.bolt, 100))
        before = order.order_line.b2b_price_why
        amended = self.env["b2b.contract"].browse(contract.action_amend()["res_id"])
        amended.date_start = "2026-03-01"
        amended.rule_ids.tier_ids[0].price = 1
        amended.rule_ids.name = "Other name"
        amended.action_submit()
        builders.approve(amended)
        self.bolt.write({"name": "Renamed", "list_price": 99})
        self.env.invalidate_all()
        self.assertEqual(order.order_line.b2b_price_why, before)

    def test_a_typed_price_and_a_missing_one(self):
        self.contract(builders.price_rule(self.bolt, VECTOR), builders.price_rule(self.nut, {1: 5}, name="Nuts"))
        order = self.order((self.bolt, 100), (self.nut, 1))
        order.order_line.sorted()[0].price_unit = 11
        why = order.order_line.sorted()[0].b2b_price_why
        self.assertEqual(why["source"], "Typed by hand")
        self.assertIn("By the contract it would be", why["lead"])
        self.assertEqual(why["rows"][0][2], "$\xa0900.00")
        currency = self.env.ref("base.CHF")
        currency.active = True
        currency.rate_ids.unlink()
        pricelist = self.env["product.pricelist"].create({"name": "Foreign", "currency_id": currency.id})
        why = self.order((self.bolt, 1), pricelist_id=pricelist.id).order_line.b2b_price_why
        self.assertEqual((why["rows"], why["source"]), ([], "Contract price missing"))
        self.assertIn("no exchange rate", why["problem"])

    def test_a_case_from_the_shop_shows_the_lines_that_differ(self):
        self.contract(builders.price_rule(self.bolt, VECTOR), builders.price_rule(self.nut, {1: 3}))
        order = self.order(
            (self.bolt, 600, {"price_unit": 8.5, "b2b_channel_price": True}),
            (self.nut, 1, {"price_unit": 3, "b2b_channel_price": True}),
            b2b_channel_state="open",
        )
        order._b2b_compare_contract_prices()
        line = order.b2b_discrepancy_ids.price_line_ids
        self.assertEqual(line.product_id, self.bolt)
        self.assertEqual(line.b2b_price_why["source"], "Agreed in the shop")
        self.assertEqual(line.b2b_price_why["rows"][0][2], "$\xa04,800.00")
