"""Orders under contracts as salespeople work them: changed, copied, sold on, chosen from the catalogue, typed over."""

from odoo.fields import Command
from odoo.tests import Form, HttpCase, TransactionCase, new_test_user, tagged

from . import builders

VECTOR = {1: 10, 100: 9, 500: 8}
SLICES_OF_600 = [(99, 10.0, 990.0), (400, 9.0, 3600.0), (101, 8.0, 808.0)]


class OrdersUnderContract(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = builders.customer(cls.env)
        cls.bolt = builders.product(cls.env)
        cls.nut = builders.product(cls.env, "Hex nut M8", 4.0)

    def contract(self, *rules, **values):
        return builders.contract(self.env, values.pop("partner", self.customer), rules, **values)

    def order(self, *lines, **values):
        return builders.order(self.env, self.customer, lines, **values)

    def assertLines(self, order, expected):
        """Compare (quantity, unit price, subtotal) of an order's lines."""
        found = [
            (line.product_uom_qty, round(line.price_unit, 6), line.price_subtotal) for line in order.order_line.sorted()
        ]
        self.assertEqual(found, expected)


@tagged("post_install", "-at_install")
class TestContractOrders(OrdersUnderContract):
    def graduated(self, **values):
        return self.contract(builders.price_rule(self.bolt, VECTOR, mode="graduated"), **values)

    # --- quotations ---

    def test_another_product_unit_or_contract_lays_the_slices_out_anew(self):
        self.graduated()
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self.order((self.bolt, 600))
        order.order_line.sorted()[1].product_id = self.nut
        self.assertLines(order, [(99, 10.0, 990.0), (400, 4.0, 1600.0), (101, 9.0, 909.0)])
        order = self.order((self.bolt, 20))
        order.order_line.product_uom_id = dozen
        self.assertLines(order, [(8.25, 120.0, 990.0), (11.75, 108.0, 1269.0)])

    def test_slices_that_the_accuracy_of_quantities_cannot_hold_stay_one_exact_line(self):
        self.graduated()
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self.order((self.bolt, 60, {"product_uom_id": dozen.id}))
        exact = 99 * 10 + 400 * 9 + 221 * 8
        self.assertLines(order, [(60, round(exact / 60, 6), exact)])
        order.order_line.product_uom_qty = 20
        self.assertEqual(len(order.order_line), 2)
        order.order_line.sorted()[0].product_uom_qty = 48.25
        self.assertLines(order, [(60, round(exact / 60, 6), exact)])
        self.assertEqual(order.order_line.b2b_price_source, "contract")

    def test_slices_join_again_where_the_contract_does_not_count(self):
        self.graduated()
        order = self.order((self.bolt, 600))
        order.b2b_contract_id = False
        order.action_update_prices()
        self.assertLines(order, [(600, 12.0, 7200.0)])
        self.assertFalse(order.order_line.b2b_slice_group)

    def test_slices_join_again_under_a_contract_with_volume_tiers(self):
        self.graduated()
        volume = self.contract(builders.price_rule(self.bolt, VECTOR), sequence=20)
        order = self.order((self.bolt, 600))
        self.assertLines(order, SLICES_OF_600)
        order.b2b_contract_id = volume
        order.action_update_prices()
        self.assertLines(order, [(600, 8.0, 4800.0)])

    def test_another_customer_brings_other_prices(self):
        self.graduated()
        other = builders.customer(self.env, "Other")
        self.contract(builders.price_rule(self.bolt, {1: 11}), partner=other)
        order = self.order((self.bolt, 600))
        with Form(order) as form:
            form.partner_id = other
            self.assertTrue(form.show_update_pricelist)
        order.action_update_prices()
        self.assertLines(order, [(600, 11.0, 6600.0)])

    def test_a_typed_price_of_a_slice_keeps_its_line_and_is_shown_as_such(self):
        self.graduated()
        order = self.order((self.bolt, 600))
        with Form(order) as form, form.order_line.edit(1) as line:
            line.price_unit = 8.5
        self.assertLines(order, [(99, 10.0, 990.0), (400, 8.5, 3400.0), (101, 8.0, 808.0)])
        self.assertEqual(order.order_line.sorted().mapped("b2b_price_source"), ["contract", "manual", "contract"])
        order.order_line.sorted()[2].product_uom_qty = 201
        self.assertLines(order, [(99, 10.0, 990.0), (400, 8.5, 3400.0), (201, 8.0, 1608.0)])

    def test_a_discount_typed_by_hand_is_shown_as_such(self):
        self.contract(builders.price_rule(self.bolt, VECTOR))
        order = self.order((self.bolt, 100))
        order.order_line.discount = 10
        self.assertEqual((order.amount_untaxed, order.order_line.b2b_price_source), (810.0, "manual"))

    def test_a_price_that_an_integration_gives_with_a_line_stays(self):
        self.graduated()
        order = self.order((self.bolt, 600, {"price_unit": 7.77}))
        self.assertLines(order, [(600, 7.77, 4662.0)])
        self.assertEqual(order.order_line.b2b_price_source, "manual")
        self.assertEqual(order.order_line.b2b_contract_price_subtotal, 5398.0)
        order = self.order((self.bolt, 600, {"price_unit": 8.996667}))
        self.assertEqual(len(order.order_line), 3, "the contract's own price is nothing typed")

    def test_prices_with_tax_included(self):
        tax = self.env["account.tax"].create(
            {"name": "25 %", "amount": 25.0, "type_tax_use": "sale", "price_include_override": "tax_included"}
        )
        self.bolt.taxes_id = tax
        self.graduated()
        order = self.order((self.bolt, 600))
        self.assertEqual((order.amount_total, order.amount_untaxed), (5398.0, 4318.4))
        self.assertEqual(order.order_line.sorted().mapped("price_subtotal"), [792.0, 2880.0, 646.4])
        self.assertEqual(order.order_line.sorted().mapped("b2b_contract_price_subtotal"), [792.0, 2880.0, 646.4])

    def test_a_quotation_template_brings_lines_at_the_contracts_prices(self):
        self.graduated()
        self.env.user.group_ids += self.env.ref("sale_management.group_sale_order_template")
        template = self.env["sale.order.template"].create(
            {
                "name": "Starter set",
                "sale_order_template_line_ids": [
                    Command.create({"product_id": self.bolt.id, "product_uom_qty": 600}),
                    Command.create({"name": "Options", "display_type": "line_section", "is_optional": True}),
                    Command.create({"product_id": self.nut.id, "product_uom_qty": 0}),
                ],
            }
        )
        with Form(self.env["sale.order"]) as form:
            form.partner_id = self.customer
            form.sale_order_template_id = template
        bolts = form.record.order_line.filtered(lambda line: line.product_id == self.bolt)
        self.assertEqual(bolts.sorted().mapped("price_subtotal"), [990.0, 3600.0, 808.0])

    def test_products_that_bring_optional_products_are_sliced_as_well(self):
        self.graduated()
        order = self.order()
        main = self.env["sale.order.line"].create(
            {"order_id": order.id, "product_id": self.bolt.id, "product_uom_qty": 1}
        )
        option = self.env["sale.order.line"].create(
            {"order_id": order.id, "product_id": self.nut.id, "product_uom_qty": 1, "linked_line_id": main.id}
        )
        main.product_uom_qty = 600
        bolts = order.order_line.filtered(lambda line: line.product_id == self.bolt)
        self.assertEqual(bolts.sorted().mapped("price_subtotal"), [990.0, 3600.0, 808.0])
        self.assertEqual(option.linked_line_id, main)

    # --- after confirmation ---

    def test_more_after_confirmation_goes_to_the_next_slices(self):
        self.graduated()
        order = self.order((self.bolt, 90), confirm=True)
        self.assertLines(order, [(90, 10.0, 900.0)])
        order.order_line.product_uom_qty = 600
        self.assertLines(order, SLICES_OF_600)
        order.order_line.sorted()[0].product_uom_qty = 199
        self.assertLines(order, [(99, 10.0, 990.0), (400, 9.0, 3600.0), (201, 8.0, 1608.0)])
        order.order_line.sorted()[2].product_uom_qty = 50
        self.assertEqual(order.amount_untaxed, 990 + 3600 + 50 * 8)

    def test_more_in_the_form_after_confirmation(self):
        self.graduated()
        order = self.order((self.bolt, 90), confirm=True)
        with Form(order) as form, form.order_line.edit(0) as line:
            line.product_uom_qty = 600
            self.assertEqual(line.price_subtotal, 5398.0)
        self.assertLines(order, SLICES_OF_600)

    def test_less_after_confirmation_is_taken_from_the_last_slices(self):
        self.graduated()
        order = self.order((self.bolt, 600), confirm=True)
        order.order_line.sorted()[0].product_uom_qty = 0
        self.assertEqual(order.amount_untaxed, 990 + 400 * 9 + 2 * 8)
        self.assertEqual(sum(order.order_line.mapped("product_uom_qty")), 501)

    def test_what_is_invoiced_keeps_its_price_when_more_is_sold(self):
        self.graduated()
        order = self.order((self.bolt, 150), confirm=True)
        order._create_invoices().action_post()
        order.order_line.sorted()[1].product_uom_qty += 450
        self.assertLines(order, SLICES_OF_600)
        invoice = order._create_invoices()
        self.assertEqual(invoice.amount_untaxed, 5398.0 - 990.0 - 51 * 9)

    def test_a_confirmed_order_that_mixes_and_matches_reaches_the_next_tier_as_a_whole(self):
        self.contract(builders.price_rule(None, VECTOR, basis="order"))
        order = self.order((self.bolt, 60), (self.nut, 40), confirm=True)
        order.order_line.sorted()[0].product_uom_qty = 460
        self.assertLines(order, [(460, 8.0, 3680.0), (40, 8.0, 320.0)])

    def test_volume_tiers_follow_a_quantity_that_is_raised_after_confirmation(self):
        self.contract(builders.price_rule(self.bolt, VECTOR))
        order = self.order((self.bolt, 99), confirm=True)
        order.order_line.product_uom_qty = 100
        self.assertLines(order, [(100, 9.0, 900.0)])

    def test_a_rule_that_ends_between_order_and_invoice_is_billed_as_ordered(self):
        self.contract(builders.price_rule(self.bolt, VECTOR, mode="graduated", date_end="2026-03-10"))
        order = self.order((self.bolt, 600), confirm=True)
        invoice = order._create_invoices()
        invoice.invoice_date = "2026-05-01"
        invoice.action_post()
        self.assertEqual(
            invoice.invoice_line_ids.sorted("sequence").mapped(lambda line: (line.quantity, line.price_subtotal)),
            [(99, 990.0), (400, 3600.0), (101, 808.0)],
        )

    # --- the catalogue ---

    def test_the_catalogue_shows_what_a_line_would_cost(self):
        self.contract(builders.price_rule(self.bolt, VECTOR))
        order = self.order()
        shown = order._get_product_catalog_order_data(self.bolt | self.nut)
        self.assertEqual((shown[self.bolt.id]["price"], shown[self.nut.id]["price"]), (10.0, 4.0))


@tagged("post_install", "-at_install")
class TestContractOrderPages(OrdersUnderContract, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        new_test_user(cls.env, "seller", "sales_team.group_sale_manager", password="seller")
        builders.contract(cls.env, cls.customer, [builders.price_rule(cls.bolt, VECTOR, mode="graduated")])

    def pick(self, order, quantity):
        return self.make_jsonrpc_request(
            "/product/catalog/update_order_line_info",
            {"res_model": "sale.order", "order_id": order.id, "product_id": self.bolt.id, "quantity": quantity},
        )

    def test_quantities_are_changed_in_the_catalogue(self):
        self.authenticate("seller", "seller")
        order = self.order()
        self.assertEqual(self.pick(order, 1), 10.0)
        self.assertAlmostEqual(self.pick(order, 600), 5398 / 600)
        self.assertLines(order, SLICES_OF_600)
        shown = order.order_line._get_product_catalog_lines_data()
        self.assertEqual((shown["quantity"], shown["readOnly"]), (600, False))
        self.assertAlmostEqual(shown["price"], 5398 / 600)
        self.assertAlmostEqual(self.pick(order, 110), (990 + 11 * 9) / 110)
        self.assertLines(order, [(99, 10.0, 990.0), (11, 9.0, 99.0)])
        self.assertEqual(self.pick(order, 0), 10.0)
        self.assertFalse(order.order_line)

    def test_the_configurator_shows_the_contracts_price(self):
        self.authenticate("seller", "seller")
        order = self.order()
        asked = {
            "product_template_id": self.bolt.product_tmpl_id.id,
            "quantity": 200,
            "currency_id": order.currency_id.id,
            "so_date": "2026-03-10 09:00:00",
            "ptav_ids": [],
        }
        without = self.make_jsonrpc_request("/sale/product_configurator/get_values", asked)
        self.assertEqual(without["products"][0]["price"], 12.0)
        asked["b2b_contract_id"] = order.b2b_contract_id.id
        shown = self.make_jsonrpc_request("/sale/product_configurator/get_values", asked)
        self.assertAlmostEqual(shown["products"][0]["price"], (990 + 101 * 9) / 200)

    def test_the_customer_changes_an_optional_quantity_in_the_portal(self):
        order = self.order()
        order.order_line = [
            Command.create({"name": "Options", "display_type": "line_section", "is_optional": True}),
            Command.create({"product_id": self.bolt.id, "product_uom_qty": 0}),
        ]
        order.state = "sent"
        line = order.order_line.filtered("product_id")
        self.make_jsonrpc_request(
            f"/my/orders/{order.id}/update_line_dict",
            {"line_id": line.id, "access_token": order._portal_ensure_token(), "input_quantity": 600},
        )
        bolts = order.order_line.filtered("product_id")
        self.assertEqual(bolts.sorted().mapped("price_subtotal"), [990.0, 3600.0, 808.0])
        self.assertTrue(all(bolts.mapped("parent_id.is_optional")))


@tagged("post_install", "-at_install")
class TestContractBatches(OrdersUnderContract):
    def test_50_and_400_lines_cost_the_same_number_of_queries(self):
        currency = self.env.ref("base.CHF")
        currency.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": "2025-01-01", "rate": 2.0, "company_id": self.env.company.id}
        )
        abroad = self.env["product.pricelist"].create({"name": "Abroad", "currency_id": currency.id})
        item = {"compute_price": "percentage", "percent_price": 5}
        trade = self.env["product.pricelist"].create(
            {"name": "Trade", "item_ids": [Command.create({**item, "min_quantity": floor}) for floor in (0, 50, 90)]}
        )
        goods = [self.bolt, self.nut, builders.product(self.env, "Washer"), builders.product(self.env, "Pin")]
        self.contract(
            builders.price_rule(goods[0], VECTOR, mode="graduated", basis="cumulative"),
            builders.price_rule(goods[1], VECTOR, basis="order"),
            builders.price_rule(goods[2], {1: 10}, computation="discount", base_pricelist_id=trade.id),
            builders.price_rule(goods[3], {1: 30}, computation="cost_plus"),
        )
        counts = []
        for size in (50, 400):
            orders = self.env["sale.order"].create(
                [
                    {
                        "partner_id": self.customer.id,
                        "pricelist_id": abroad.id,
                        "date_order": f"2026-03-{10 + number:02} 09:00:00",
                        "order_line": [
                            Command.create({"product_id": goods[line % 4].id, "product_uom_qty": 1 + line % 97})
                            for line in range(size // 10)
                        ],
                    }
                    for number in range(10)
                ]
            )
            lines = orders.order_line
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            quoted = lines._b2b_quote()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(quoted), len(lines))
        self.assertEqual(counts[0], counts[1])
