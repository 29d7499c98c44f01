"""Orders from a channel: the price that the customer agreed to there, beside the contract's."""

from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from . import builders


@tagged("post_install", "-at_install")
class TestContractChannel(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = builders.customer(cls.env)
        cls.bolt = builders.product(cls.env)
        cls.tax = cls.env["account.tax"].create(
            {"name": "19 %", "amount": 19.0, "amount_type": "percent", "type_tax_use": "sale"}
        )

    def shop_order(self, quantity, price, rule=None, **contract_values):
        rule = rule or builders.price_rule(self.bolt, {1: 10, 100: 9, 500: 8})
        self.contract = builders.contract(self.env, self.customer, [rule], **contract_values)
        return builders.order(
            self.env,
            self.customer,
            [
                (
                    self.bolt,
                    quantity,
                    {"price_unit": price, "b2b_channel_price": True, "tax_ids": [Command.set(self.tax.ids)]},
                ),
            ],
            b2b_channel_state="open",
        )

    def decisions(self, order):
        return self.env["b2b.decision"].search([("subject_model", "=", "sale.order"), ("subject_id", "=", order.id)])

    def test_equal_prices_are_silent(self):
        order = self.shop_order(600, 8.0)
        self.assertFalse(order._b2b_compare_contract_prices())
        self.assertEqual(order.order_line.b2b_contract_price_subtotal, 4800.0)
        self.assertFalse(order.b2b_discrepancy_ids)

    def test_what_the_shop_charges_beside_the_goods_is_in_no_contract(self):
        order = self.shop_order(100, 9.0, builders.price_rule(None, {1: 9}))
        charge = {"price_unit": 7.9, "b2b_channel_price": True, "b2b_channel_charge": True}
        order.order_line = [Command.create({"product_id": builders.product(self.env, "Shipping").id, **charge})]
        self.assertFalse(order._b2b_compare_contract_prices())
        self.assertFalse(order.order_line[1].b2b_contract_rule_id)

    def test_the_agreed_price_is_never_overwritten(self):
        order = self.shop_order(600, 8.5)
        order.order_line.product_uom_qty = 700
        order.action_update_prices()
        self.assertEqual(order.order_line.price_unit, 8.5)
        self.assertEqual(order.order_line.b2b_price_source, "channel")
        self.assertEqual(order.order_line.b2b_contract_price_subtotal, 5600.0)

    def test_graduated_channel_lines_stay_one_line(self):
        order = self.shop_order(600, 9.0, builders.price_rule(self.bolt, {1: 10, 100: 9, 500: 8}, mode="graduated"))
        self.assertEqual(len(order.order_line), 1)
        self.assertEqual(order.order_line.b2b_contract_price_subtotal, 5398.0)

    def test_hold_stops_the_order_until_a_person_accepts(self):
        order = self.shop_order(600, 8.5, price_difference_policy="hold")
        self.assertEqual(order._b2b_compare_contract_prices(), order)
        case = order.b2b_discrepancy_ids
        self.assertEqual((case.amount_expected, case.amount_found, case.blocking), (4800.0, 5100.0, True))
        self.assertTrue(order.b2b_on_hold)
        case.action_accept()
        self.assertFalse(order.b2b_on_hold)
        order._b2b_compare_contract_prices()
        self.assertEqual(order.b2b_discrepancy_ids, case, "what was accepted is not flagged again")
        self.assertFalse(order.b2b_on_hold)
        self.assertEqual(len(self.decisions(order)), 1)

    def test_correcting_the_price_settles_the_case(self):
        order = self.shop_order(600, 8.5, price_difference_policy="hold")
        order._b2b_compare_contract_prices()
        order.order_line.price_unit = 8.0
        order._b2b_compare_contract_prices()
        self.assertEqual(order.b2b_discrepancy_ids.state, "solved")
        self.assertFalse(order.b2b_on_hold)
        order.order_line.price_unit = 8.5
        order._b2b_compare_contract_prices()
        self.assertTrue(order.b2b_on_hold, "the same difference, come back, is flagged again")

    def test_accept_keeps_the_price_and_says_so(self):
        order = self.shop_order(600, 8.5, price_difference_policy="accept")
        order._b2b_compare_contract_prices()
        order._b2b_compare_contract_prices()
        self.assertEqual(order.amount_untaxed, 5100.0)
        self.assertEqual(order.b2b_discrepancy_ids.mapped("state"), ["accepted"])
        self.assertFalse(order.b2b_on_hold)
        self.assertEqual(len(self.decisions(order)), 1)

    def test_contract_bills_its_amount_to_the_cent_with_new_tax(self):
        for mode, amount, tax in (("volume", 4800.0, 912.0), ("graduated", 5398.0, 1025.62)):
            with self.subTest(mode):
                self.customer = builders.customer(self.env, mode)
                rule = builders.price_rule(self.bolt, {1: 10, 100: 9, 500: 8}, mode=mode)
                order = self.shop_order(600, 8.5, rule, price_difference_policy="contract")
                order.order_line.extra_tax_data = {
                    "computation_key": "k",
                    "currency_id": order.currency_id.id,
                    "price_unit": 8.5,
                    "discount": 0.0,
                    "quantity": 600.0,
                    "rate": 1.0,
                    "manual_tax_amounts": {
                        str(self.tax.id): {"tax_amount_currency": 1.0, "base_amount_currency": 5100.0}
                    },
                }
                order._b2b_compare_contract_prices()
                self.assertEqual((order.amount_untaxed, order.amount_tax), (amount, tax))
                self.assertEqual(len(order.order_line), 1)
                decision = self.decisions(order)
                self.assertEqual(decision.evidence["lines"][0]["amount"], 5100.0)
                self.assertEqual(order.b2b_discrepancy_ids.state, "solved")
                self.assertFalse(order._b2b_compare_contract_prices())
                self.assertEqual(len(self.decisions(order)), 1)

    def test_tolerance(self):
        cases = [  # amount, percent, price, differs
            (0, 0, 8.01, True),
            (6.0, 0, 8.01, False),
            (5.99, 0, 8.01, True),
            (0, 0.125, 8.01, False),
            (0, 0.12, 8.01, True),
            (100, 0.12, 8.01, True),
            (5.0, 50, 8.01, True),
            (6.0, 0, 7.99, False),
        ]
        for amount, percent, price, differs in cases:
            with self.subTest(amount=amount, percent=percent):
                self.customer = builders.customer(self.env)
                order = self.shop_order(600, price, price_tolerance_amount=amount, price_tolerance_percent=percent)
                self.assertEqual(bool(order._b2b_compare_contract_prices()), differs)

    def test_prices_with_included_tax_compare_without_it(self):
        self.tax.price_include_override = "tax_included"
        order = self.shop_order(1, 10.0)
        self.assertFalse(order._b2b_compare_contract_prices())
        self.assertEqual(order.order_line.b2b_contract_price_subtotal, order.order_line.price_subtotal)

    def test_cumulative_tiers_count_shop_orders_before_this_one(self):
        rule = builders.price_rule(self.bolt, {1: 10, 100: 9}, basis="cumulative", period="year")
        order = self.shop_order(60, 10.0, rule)
        later = builders.order(
            self.env,
            self.customer,
            [(self.bolt, 60, {"price_unit": 10.0, "b2b_channel_price": True})],
            b2b_channel_state="open",
            date_order="2026-03-11 09:00:00",
        )
        self.assertEqual((order | later)._b2b_compare_contract_prices(), later)
        self.assertEqual(later.order_line.b2b_contract_price_subtotal, 540.0)
