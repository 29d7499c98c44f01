"""Contract prices in real orders, to the cent: every vector of the domain's contract pricing."""

from odoo.fields import Command
from odoo.tests import Form, TransactionCase, tagged

from . import builders

VECTOR = {1: 10, 100: 9, 500: 8}


@tagged("post_install", "-at_install")
class TestContractPricing(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = builders.customer(cls.env)
        cls.bolt = builders.product(cls.env)
        cls.nut = builders.product(cls.env, "Hex nut M8", 4.0)

    def contract(self, *rules, **values):
        return builders.contract(self.env, self.customer, rules, **values)

    def order(self, *lines, **values):
        return builders.order(self.env, self.customer, lines, **values)

    def assertLines(self, order, expected):
        """Compare (quantity, unit price, subtotal) of an order's lines."""
        found = [
            (line.product_uom_qty, round(line.price_unit, 6), line.price_subtotal) for line in order.order_line.sorted()
        ]
        self.assertEqual(found, expected)

    def test_volume_tiers_price_all_units_at_the_reached_tier(self):
        self.contract(builders.price_rule(self.bolt, VECTOR))
        order = self.order((self.bolt, 600))
        self.assertLines(order, [(600, 8.0, 4800.0)])
        self.assertEqual(order.amount_untaxed, 4800.0)

    def test_graduated_tiers_give_one_line_per_slice(self):
        self.contract(builders.price_rule(self.bolt, VECTOR, mode="graduated"))
        order = self.order((self.bolt, 600))
        self.assertLines(order, [(99, 10.0, 990.0), (400, 9.0, 3600.0), (101, 8.0, 808.0)])
        self.assertEqual(order.amount_untaxed, 5398.0)
        self.assertEqual(set(order.order_line.mapped("b2b_price_source")), {"contract"})

    def test_slices_stand_below_their_first_line(self):
        self.contract(builders.price_rule(self.bolt, VECTOR, mode="graduated"), builders.price_rule(self.nut, {1: 3}))
        order = self.order((self.bolt, 600), (self.nut, 1))
        self.assertEqual(order.order_line.sorted().product_id.mapped("name"), ["Hex bolt M8", "Hex nut M8"])
        self.assertEqual(order.order_line.sorted()[:3].product_id, self.bolt)

    def test_editing_a_slice_lays_the_quantity_out_again(self):
        self.contract(builders.price_rule(self.bolt, VECTOR, mode="graduated"))
        order = self.order((self.bolt, 600))
        order.order_line.sorted()[0].product_uom_qty = 199
        self.assertLines(order, [(99, 10.0, 990.0), (400, 9.0, 3600.0), (201, 8.0, 1608.0)])
        first, second, third = order.order_line.sorted()
        order.order_line = [
            Command.update(first.id, {"product_uom_qty": 20}),
            Command.update(second.id, {"product_uom_qty": 30}),
            Command.delete(third.id),
        ]
        self.assertLines(order, [(50, 10.0, 500.0)])
        order.order_line.product_uom_qty = 100
        self.assertLines(order, [(99, 10.0, 990.0), (1, 9.0, 9.0)])

    def test_a_copied_order_keeps_its_slices(self):
        self.contract(builders.price_rule(self.bolt, VECTOR, mode="graduated"))
        copy = self.order((self.bolt, 600)).copy({"date_order": "2026-04-01 09:00:00"})
        self.assertLines(copy, [(99, 10.0, 990.0), (400, 9.0, 3600.0), (101, 8.0, 808.0)])

    def test_zero_negative_and_fractional_quantities(self):
        for mode, quantity, total in [
            ("volume", 0, 0),
            ("volume", -600, -4800.0),
            ("volume", 99.5, 995.0),
            ("graduated", 0, 0),
            ("graduated", -600, -5398.0),
            ("graduated", 99.5, 994.5),
        ]:
            with self.subTest(mode=mode, quantity=quantity):
                partner = builders.customer(self.env, mode + str(quantity))
                builders.contract(self.env, partner, [builders.price_rule(self.bolt, VECTOR, mode=mode)])
                order = builders.order(self.env, partner, [(self.bolt, quantity)])
                self.assertEqual(order.amount_untaxed, total)

    def test_typing_in_the_form_prices_live(self):
        self.contract(builders.price_rule(self.bolt, VECTOR), builders.price_rule(self.nut, VECTOR, mode="graduated"))
        with Form(self.env["sale.order"]) as form:
            form.partner_id = self.customer
            with form.order_line.new() as line:
                line.product_id = self.bolt
                self.assertEqual(line.price_unit, 10.0)
                line.product_uom_qty = 100
                self.assertEqual(line.price_unit, 9.0)
                line.product_uom_qty = 500
                self.assertEqual(line.price_unit, 8.0)
            with form.order_line.new() as line:
                line.product_id = self.nut
                line.product_uom_qty = 600
                self.assertEqual(line.price_subtotal, 5398.0, "the amount is exact before the slices are laid out")
        order = form.record
        self.assertEqual(order.amount_untaxed, 4000.0 + 5398.0)
        self.assertEqual(len(order.order_line), 4)

    def test_order_basis_pools_lines_of_the_scope(self):
        self.contract(builders.price_rule(None, VECTOR, basis="order"))
        order = self.order((self.bolt, 60), (self.nut, 40))
        self.assertLines(order, [(60, 9.0, 540.0), (40, 9.0, 360.0)])
        order.order_line.sorted()[1].product_uom_qty = 39
        self.assertLines(order, [(60, 10.0, 600.0), (39, 10.0, 390.0)])
        order.order_line = [Command.create({"product_id": self.nut.id, "product_uom_qty": 401})]
        self.assertEqual(order.amount_untaxed, 500 * 8.0)
        order.order_line.sorted()[2].unlink()
        self.assertEqual(order.amount_untaxed, 990.0)

    def test_pooled_prices_change_in_the_form_before_saving(self):
        self.contract(builders.price_rule(None, VECTOR, basis="order"))
        with Form(self.env["sale.order"]) as form:
            form.partner_id = self.customer
            with form.order_line.new() as line:
                line.product_id = self.bolt
                line.product_uom_qty = 60
            with form.order_line.new() as line:
                line.product_id = self.nut
                line.product_uom_qty = 40
            with form.order_line.edit(0) as line:
                self.assertEqual(line.price_unit, 9.0)

    def test_graduated_over_the_order_fills_tiers_in_the_order_of_lines(self):
        self.contract(builders.price_rule(None, VECTOR, basis="order", mode="graduated"))
        order = self.order((self.bolt, 60), (self.nut, 60))
        self.assertLines(order, [(60, 10.0, 600.0), (39, 10.0, 390.0), (21, 9.0, 189.0)])

    def test_cumulative_tiers_count_the_period_of_all_buyers(self):
        rule = builders.price_rule(self.bolt, VECTOR, basis="cumulative", period="quarter", mode="graduated")
        self.contract(rule, date_start="2025-01-01")
        ada, bob = (builders.buyer(self.env, self.customer, name) for name in ("Ada", "Bob"))
        builders.order(self.env, self.customer, [(self.bolt, 400)], confirm=True, date_order="2025-12-31 09:00:00")
        builders.order(self.env, ada, [(self.bolt, 90)], confirm=True, date_order="2026-01-02 09:00:00")
        order = builders.order(self.env, bob, [(self.bolt, 20)])
        self.assertLines(order, [(9, 10.0, 90.0), (11, 9.0, 99.0)])
        builders.order(self.env, ada, [(self.bolt, -50)], confirm=True, date_order="2026-01-03 09:00:00")
        order = builders.order(self.env, bob, [(self.bolt, 60)])
        self.assertLines(order, [(59, 10.0, 590.0), (1, 9.0, 9.0)])

    def test_cumulative_volume_prices_this_order_at_the_tier_reached(self):
        self.contract(builders.price_rule(self.bolt, VECTOR, basis="cumulative", period="contract"))
        self.order((self.bolt, 90), confirm=True, date_order="2026-02-01 09:00:00")
        self.assertLines(self.order((self.bolt, 9)), [(9, 10.0, 90.0)])
        self.assertLines(self.order((self.bolt, 10)), [(10, 9.0, 90.0)])
        self.assertLines(self.order((self.bolt, 10), date_order="2026-01-15 09:00:00"), [(10, 10.0, 100.0)])

    def test_units_convert_to_the_unit_of_the_rule(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        self.contract(builders.price_rule(self.bolt, VECTOR))
        order = self.order((self.bolt, 10, {"product_uom_id": dozen.id}))
        self.assertLines(order, [(10, 108.0, 1080.0)])

    def test_the_narrowest_scope_wins(self):
        category = self.env["product.category"].create({"name": "Fasteners"})
        child = self.env["product.category"].create({"name": "Bolts", "parent_id": category.id})
        self.bolt.categ_id = child
        rules = [
            builders.price_rule(None, {1: 50}, computation="discount"),
            builders.price_rule(category, {1: 25}, computation="discount"),
            builders.price_rule(self.bolt.product_tmpl_id, {1: 7}),
            builders.price_rule(self.bolt, {1: 6}),
        ]
        for wanted, count in ((6.0, 4), (7.0, 3), (9.0, 2), (6.0, 1)):
            partner = builders.customer(self.env, f"{count} rules")
            builders.contract(self.env, partner, rules[:count])
            self.assertEqual(builders.order(self.env, partner, [(self.bolt, 1)]).order_line.price_unit, wanted)

    def test_discount_off_another_pricelist_and_cost_plus(self):
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Trade",
                "item_ids": [Command.create({"compute_price": "fixed", "fixed_price": 8.0, "applied_on": "3_global"})],
            }
        )
        self.nut.standard_price = 2.0
        self.contract(
            builders.price_rule(self.bolt, {1: 10}, computation="discount", base_pricelist_id=pricelist.id),
            builders.price_rule(self.nut, {1: 30}, computation="cost_plus"),
        )
        order = self.order((self.bolt, 3), (self.nut, 3))
        self.assertLines(order, [(3, 7.2, 21.6), (3, 2.6, 7.8)])

    def test_prices_convert_at_the_day_or_at_the_fixed_rate(self):
        currency = self._other_currency()
        pricelist = self.env["product.pricelist"].create({"name": "Foreign", "currency_id": currency.id})
        contract = self.contract(builders.price_rule(self.bolt, VECTOR))
        order = self.order((self.bolt, 100), pricelist_id=pricelist.id)
        self.assertLines(order, [(100, 18.0, 1800.0)])
        self.assertIn("2", order.order_line.b2b_price_explanation_text)
        contract.action_amend()
        amended = contract.version_ids - contract
        amended.write(
            {"date_start": "2026-02-01", "rate_ids": [Command.create({"currency_id": currency.id, "rate": 3})]}
        )
        amended.action_submit()
        builders.approve(amended)
        order = self.order((self.bolt, 100), pricelist_id=pricelist.id)
        self.assertEqual(order.b2b_contract_id, amended)
        self.assertLines(order, [(100, 27.0, 2700.0)])

    def test_without_a_rate_the_price_is_missing_and_the_order_is_held(self):
        currency = self._other_currency()
        pricelist = self.env["product.pricelist"].create({"name": "Foreign", "currency_id": currency.id})
        self.contract(builders.price_rule(self.bolt, VECTOR))
        currency.rate_ids.unlink()
        order = self.order((self.bolt, 100), pricelist_id=pricelist.id, confirm=True)
        self.assertEqual(order.order_line.b2b_price_source, "unpriced")
        self.assertTrue(order.b2b_on_hold)
        self.assertIn(currency.name, order.b2b_discrepancy_ids.reason)

    def test_quantity_below_the_first_tier_takes_the_pricelist(self):
        self.contract(builders.price_rule(self.bolt, {100: 9}))
        order = self.order((self.bolt, 99))
        self.assertLines(order, [(99, 12.0, 1188.0)])
        self.assertEqual(order.order_line.b2b_price_source, "pricelist")

    def test_graduated_units_below_the_first_tier_cost_the_sales_price(self):
        self.contract(builders.price_rule(self.bolt, {100: 9}, mode="graduated"))
        self.assertLines(self.order((self.bolt, 100)), [(99, 12.0, 1188.0), (1, 9.0, 9.0)])

    def test_a_price_typed_by_hand_stays_and_says_what_the_contract_would_be(self):
        self.contract(builders.price_rule(self.bolt, VECTOR))
        order = self.order((self.bolt, 100))
        order.order_line.price_unit = 9.5
        order.order_line.product_uom_qty = 500
        self.assertLines(order, [(500, 9.5, 4750.0)])
        self.assertEqual(order.order_line.b2b_price_source, "manual")
        self.assertEqual(order.order_line.b2b_contract_price_subtotal, 4000.0)
        order.action_update_prices()
        self.assertLines(order, [(500, 8.0, 4000.0)])

    def test_confirming_keeps_the_prices_of_the_quotation(self):
        first = self.contract(builders.price_rule(self.bolt, VECTOR), date_end="2026-03-31")
        order = self.order((self.bolt, 100))
        self.assertEqual(order.b2b_contract_id, first)
        order.payment_term_id = self.env.ref("account.account_payment_term_30days")
        order.action_confirm()
        self.assertEqual(order.b2b_contract_id, first)
        self.assertEqual(order.payment_term_id, self.env.ref("account.account_payment_term_30days"))
        self.assertLines(order, [(100, 9.0, 900.0)])

    def test_rules_count_on_the_date_of_the_order(self):
        self.contract(
            builders.price_rule(self.bolt, {1: 10}, date_end="2026-03-09"),
            builders.price_rule(self.bolt, {1: 11}, date_start="2026-03-10"),
        )
        for day, price in (("2026-03-09", 10.0), ("2026-03-10", 11.0)):
            self.assertEqual(self.order((self.bolt, 1), date_order=f"{day} 12:00:00").order_line.price_unit, price)

    def test_the_contract_sets_the_payment_terms(self):
        term = self.env.ref("account.account_payment_term_45days")
        self.contract(builders.price_rule(self.bolt, VECTOR), payment_term_id=term.id)
        self.assertEqual(self.order((self.bolt, 1)).payment_term_id, term)

    def test_a_price_explains_itself(self):
        contract = self.contract(
            builders.price_rule(self.bolt, VECTOR, mode="graduated"), builders.price_rule(None, {1: 11})
        )
        line = self.order((self.bolt, 600)).order_line.sorted()[0]
        parameters = line.b2b_price_explanation["parameters"]
        self.assertEqual(line.b2b_price_explanation["code"], "rule_graduated")
        self.assertEqual((parameters["contract"], parameters["version"]), (contract.id, 1))
        text = line.b2b_price_explanation_text
        for part in (
            contract.name,
            "v1",
            "Hex bolt M8",
            "99",
            "400",
            "101",
            "5,398.00",
            "a narrower rule counts first",
        ):
            self.assertIn(part, text)

    def test_several_contracts_price_the_lines_they_cover(self):
        bolts = self.contract(builders.price_rule(self.bolt, {1: 9}), sequence=5)
        nuts = self.contract(builders.price_rule(self.nut, {1: 3}), builders.price_rule(self.bolt, {1: 1}))
        order = self.order((self.bolt, 1), (self.nut, 1))
        self.assertEqual(order.b2b_contract_id, bolts)
        self.assertLines(order, [(1, 9.0, 9.0), (1, 3.0, 3.0)])
        self.assertIn(nuts.name, order.b2b_contract_reason)
        order.b2b_contract_id = nuts
        order.action_update_prices()
        self.assertLines(order, [(1, 1.0, 1.0), (1, 3.0, 3.0)])

    def test_without_a_contract_nothing_changes(self):
        self.contract(builders.price_rule(self.bolt, VECTOR))
        order = self.order((self.bolt, 100), b2b_contract_id=False)
        self.assertLines(order, [(100, 12.0, 1200.0)])
        self.assertFalse(order.order_line.b2b_price_explanation)

    def test_confirming_records_where_the_prices_came_from(self):
        contract = self.contract(builders.price_rule(self.bolt, VECTOR))
        order = self.order((self.bolt, 100), (self.nut, 1), confirm=True)
        decision = self.env["b2b.decision"].search(
            [("subject_model", "=", "sale.order"), ("subject_id", "=", order.id)]
        )
        self.assertEqual(decision.rule, contract.display_name)
        self.assertEqual([line["source"] for line in decision.evidence["lines"]], ["contract", "pricelist"])

    def test_a_batch_of_orders_costs_a_fixed_number_of_queries(self):
        self.contract(*(builders.price_rule(self.bolt if i else self.nut, {1: 10 + i}) for i in range(20)))
        counts = []
        for size in (5, 40):
            values = [
                {
                    "partner_id": self.customer.id,
                    "order_line": [Command.create({"product_id": self.bolt.id, "product_uom_qty": 5})],
                }
                for _ in range(size)
            ]
            self.env.flush_all()
            self.env.invalidate_all()
            orders = self.env["sale.order"].with_context(tracking_disable=True).create(values)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            orders.order_line._b2b_refresh_prices()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def _other_currency(self):
        currency = self.env["res.currency"].with_context(active_test=False).search([("name", "=", "CHF")])
        currency.active = True
        currency.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": "2025-01-01", "rate": 2.0, "company_id": self.env.company.id}
        )
        return currency

    def test_a_new_date_brings_the_contract_of_that_date(self):
        first = self.contract(builders.price_rule(self.bolt, {1: 10}), date_end="2026-03-31")
        second = self.contract(builders.price_rule(self.bolt, {1: 9}), date_start="2026-04-01")
        order = self.order((self.bolt, 1))
        self.assertEqual(order.b2b_contract_id, first)
        order.date_order = "2026-04-02 09:00:00"
        self.assertEqual(order.b2b_contract_id, second)
        self.assertEqual(order.order_line.price_unit, 10.0, "prices follow when the user updates them")
        with self.debug_mode(), Form(order) as form:
            form.date_order = "2026-03-02 09:00:00"
            self.assertEqual(form.b2b_contract_id, first)
        order.date_order = "2026-04-02 09:00:00"
        order.action_update_prices()
        self.assertEqual(order.order_line.price_unit, 9.0)

    def test_the_contract_brings_its_billing_policy_which_a_person_may_change(self):
        policy, other = self.env["b2b.billing.policy"].create([{"name": "Contract's"}, {"name": "Other"}])
        self.contract(builders.price_rule(self.bolt, VECTOR), billing_policy_id=policy.id)
        order = self.order((self.bolt, 1))
        self.assertEqual(order.b2b_billing_policy_id, policy)
        order.b2b_billing_policy_id = other
        order.action_confirm()
        self.assertEqual(order.b2b_billing_policy_id, other)
