"""Prices that the shop is told: what differs, what no longer holds, and what it cannot express."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.b2b_invoice_automation.tests import builders

from ..magento_wire.errors import ShopError
from ..magento_wire.shop import Page
from .common import item, order
from .pushing import PushCase, ToldShop
from .test_catalog import product


@tagged("post_install", "-at_install")
class TestPrices(PushCase):
    def setUp(self):
        super().setUp()
        self.sale = self.take_over(1, 5)
        self.product = self.sale.order_line.product_id
        self.product.list_price = 12.5
        self.group = self.env["magento.customer.group"].create(
            {"backend_id": self.backend.id, "external_id": 2, "name": "Wholesale"}
        )
        self.customer = self.sale.partner_id.commercial_partner_id

    def compare(self):
        return self.env["magento.price"]._compare(self.backend)

    def pricelist(self, *items, **values):
        return self.env["product.pricelist"].create(
            {
                "name": "Dealers",
                "currency_id": self.company.currency_id.id,
                "company_id": self.company.id,
                "item_ids": [Command.create({"applied_on": "3_global", **item}) for item in items],
                **values,
            }
        )

    def told(self, shop, kind):
        return [(effect.target, effect.values) for effect in shop.told if effect.kind == kind]

    def tiers(self, shop):
        return sorted(
            (values["customer_group"], float(values["quantity"]), values["price"])
            for _sku, values in self.told(shop, "tier_price")
        )

    def own_group(self):
        self.customer.magento_group_id = self.group
        self.sale.partner_id.magento_group_id = self.group
        self.backend.push_contract_prices = True

    # -- base prices -----------------------------------------------------------------------------------------------

    def test_a_base_price_is_told_once_and_again_when_it_changes(self):
        shop = self.connect()
        self.backend.push_base_prices = True
        self.assertEqual(self.compare(), 1)
        self.assertEqual(self.compare(), 0, "it is on its way")
        self.push()
        self.assertEqual(self.told(shop, "base_price"), [("PUMP", {"price": "12.5", "store_id": 0})])
        self.assertEqual(self.compare(), 0)
        self.product.list_price = 13
        self.assertEqual(self.compare(), 1)
        self.push()
        self.assertEqual(self.told(shop, "base_price")[-1][1]["price"], "13")

    def test_what_one_customer_paid_is_not_told_as_the_price_for_all(self):
        self.connect()
        self.backend.push_base_prices = True
        valve = self.take_over(2, 1, "VALVE").order_line.product_id
        self.assertEqual((valve.list_price, self.compare()), (0.0, 1), "the pump's alone")
        shop_id = int(self.env["magento.binding"].search([("reference", "=", "VALVE")]).external_id)
        self.load("products", product(shop_id, "VALVE", "7.00"))
        self.assertEqual(valve.list_price, 7)
        self.load("products", product(shop_id, "VALVE", "8.00"))
        self.assertEqual(valve.list_price, 7, "from now on decided here")

    def test_a_change_that_is_taken_back_before_it_is_sent_leaves_the_former_price(self):
        shop = self.connect()
        self.backend.push_base_prices = True
        self.compare()
        self.push()
        for price in (13, 12.5):
            self.product.list_price = price
            self.compare()
        self.push()
        self.assertEqual(self.told(shop, "base_price")[-1][1]["price"], "12.5")

    def test_a_price_of_nothing_is_never_told(self):
        shop = self.connect()
        self.product.list_price = 0
        self.backend.push_base_prices = True
        self.compare()
        self.push()
        self.assertFalse(shop.told)
        self.assertIn("no sales price", self.backend.price_problems[0])

    def test_nothing_is_given_away_to_a_group_or_for_a_time(self):
        shop = self.connect()
        self.product.standard_price = 0
        on_cost = {"compute_price": "formula", "base": "standard_price", "price_markup": 50}
        self.group.pricelist_id = self.pricelist(on_cost, {"min_quantity": 10, "fixed_price": -1})
        self.store.pricelist_id = self.pricelist({**on_cost, "date_end": fields.Datetime.now() + timedelta(days=9)})
        self.backend.write({"push_tier_prices": True, "push_special_prices": True})
        self.compare()
        self.push()
        self.assertFalse([effect for effect in shop.told if float(effect.values["price"]) <= 0])
        self.assertIn("cost nothing", str(self.backend.price_problems))

    def test_a_currency_without_a_rate_has_no_prices(self):
        shop = self.connect()
        dollar = self.env["res.currency"].with_context(active_test=False).search([("name", "=", "USD")])
        self.env["res.currency.rate"].search([]).unlink()
        self.make_store(2, website_id=2, base_currency_id=dollar.id)
        self.store.base_currency_id = self.company.currency_id
        self.group.pricelist_id = self.pricelist({"fixed_price": 5}, currency_id=dollar.id)
        self.backend.write({"push_base_prices": True, "push_tier_prices": True})
        self.compare()
        self.push()
        self.assertEqual(self.told(shop, "base_price"), [("PUMP", {"price": "12.5", "store_id": 0})])
        self.assertFalse(self.told(shop, "tier_price"))
        self.assertIn("USD", str(self.backend.price_problems))

    def test_a_refused_price_is_told_again_the_next_day(self):
        self.connect(ToldShop(ShopError("record", "refused", "unknown product")))
        self.backend.push_base_prices = True
        self.compare()
        self.push()
        self.assertEqual(self.messages("base_price").state, "failed")
        self.assertEqual(self.compare(), 1)
        self.push()
        self.assertEqual(self.messages("base_price").mapped("state"), ["canceled", "sent"])

    def test_a_website_in_another_currency_has_prices_of_its_own(self):
        shop = self.connect()
        self.give_rate("USD", "2020-01-01")
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.make_store(2, website_id=2, base_currency_id=dollar.id)
        self.backend.push_base_prices = True
        self.compare()
        self.push()
        self.assertEqual(
            sorted((values["store_id"], values["price"]) for _sku, values in self.told(shop, "base_price")),
            [(0, "12.5"), (2, "15.63")],
        )

    def test_a_website_with_tax_in_its_prices_is_told_prices_with_tax(self):
        shop = self.connect()
        self.product.taxes_id = self.taxes[19]
        self.store.prices_include_tax = True
        self.backend.push_base_prices = True
        self.compare()
        self.push()
        self.assertEqual(self.told(shop, "base_price")[0][1]["price"], "14.88")

    # -- pricelists ------------------------------------------------------------------------------------------------

    def test_a_groups_pricelist_becomes_its_tiers_and_goes_with_it(self):
        shop = self.connect()
        self.group.pricelist_id = self.pricelist(
            {"compute_price": "percentage", "percent_price": 10},
            {"compute_price": "fixed", "fixed_price": 9, "min_quantity": 50},
        )
        self.backend.push_tier_prices = True
        self.compare()
        self.push()
        self.assertEqual(self.tiers(shop), [("Wholesale", 1, "11.25"), ("Wholesale", 50, "9")])
        self.assertEqual(self.compare(), 0)
        shop.told.clear()
        self.group.pricelist_id.item_ids.filtered(lambda rule: rule.min_quantity == 50).unlink()
        self.compare()
        self.push()
        self.assertEqual(self.tiers(shop), [("Wholesale", 50, None)])
        self.assertEqual(self.env["magento.price"].search([]).mapped("price"), ["11.25"])
        self.assertEqual(self.compare(), 0)

    def test_a_message_says_in_words_what_the_shop_is_told(self):
        self.connect()
        self.customer.property_product_pricelist = self.group.pricelist_id = self.pricelist(
            {"compute_price": "fixed", "fixed_price": 9, "min_quantity": 10}
        )
        self.backend.push_tier_prices = True
        self.compare()
        message = self.env["magento.outbox"].search([("effect", "=", "tier_price")], limit=1)
        self.assertEqual(message.display_name, "Tier price PUMP")
        self.assertEqual(message.summary, "9, Wholesale, from 10")

    def test_a_tier_above_the_base_price_is_said_not_to_be_expressible(self):
        shop = self.connect()
        self.group.pricelist_id = self.pricelist({"compute_price": "fixed", "fixed_price": 14})
        self.backend.push_tier_prices = True
        self.compare()
        self.push()
        self.assertFalse(shop.told)
        self.assertIn("14", self.backend.price_problems[0])
        self.assertIn("Wholesale", str(self.backend.price_problems_html))

    def test_a_dated_rule_of_a_store_becomes_a_special_price_and_ends(self):
        shop = self.connect()
        now = fields.Datetime.now()
        self.store.pricelist_id = self.pricelist(
            {"compute_price": "fixed", "fixed_price": 10, "date_start": now, "date_end": now + timedelta(days=3)}
        )
        self.backend.push_special_prices = True
        self.compare()
        self.push()
        ((sku, values),) = self.told(shop, "special_price")
        self.assertEqual((sku, values["price"], values["store_id"]), ("PUMP", "10", 0))
        self.assertEqual(values["to"], fields.Datetime.to_string(now + timedelta(days=3)))
        self.store.pricelist_id.item_ids.unlink()
        self.compare()
        self.push()
        self.assertEqual(self.told(shop, "special_price")[-1][1], {**values, "price": None})

    def test_prices_of_the_shop_that_are_not_ours_are_left_alone(self):
        shop = self.connect()
        self.backend.push_tier_prices = True
        self.assertEqual(self.compare(), 0)
        self.push()
        self.assertFalse(shop.told)

    # -- contracts -------------------------------------------------------------------------------------------------

    def test_volume_tiers_of_a_contract_become_the_tiers_of_the_customers_group(self):
        shop = self.connect()
        self.own_group()
        builders.contract(self.env, self.customer, [builders.price_rule(self.product, {1: 10, 100: 9.25})])
        self.compare()
        self.push()
        self.assertEqual(self.tiers(shop), [("Wholesale", 1, "10"), ("Wholesale", 100, "9.25")])
        self.assertFalse(self.backend.price_problems)

    def test_a_contract_goes_before_the_groups_pricelist(self):
        shop = self.connect()
        self.own_group()
        self.backend.push_tier_prices = True
        self.group.pricelist_id = self.pricelist({"compute_price": "fixed", "fixed_price": 11})
        builders.contract(self.env, self.customer, [builders.price_rule(self.product, {20: 10})])
        self.compare()
        self.push()
        self.assertEqual(self.tiers(shop), [("Wholesale", 1, "11"), ("Wholesale", 20, "10")])

    def test_a_discount_on_all_products_is_computed_for_each(self):
        shop = self.connect()
        self.own_group()
        builders.contract(self.env, self.customer, [builders.price_rule(None, {1: 20}, computation="discount")])
        self.compare()
        self.push()
        self.assertEqual(self.tiers(shop), [("Wholesale", 1, "10")])

    def test_what_the_shop_cannot_express_is_listed_and_not_told(self):
        shop = self.connect()
        self.own_group()
        cases = (
            {"mode": "graduated"},
            {"computation": "cost_plus"},
            {"basis": "order"},
            {"basis": "cumulative", "period": "year"},
        )
        for values in cases:
            with self.subTest(**values):
                contract = builders.contract(
                    self.env, self.customer, [builders.price_rule(self.product, {1: 10, 100: 9}, **values)]
                )
                self.compare()
                self.push()
                self.assertFalse(shop.told)
                self.assertIn(contract.display_name, self.backend.price_problems[0])
                contract._set({"state": "terminated", "date_terminated": "2026-01-01"})

    def test_prices_end_with_the_contract(self):
        shop = self.connect()
        self.own_group()
        contract = builders.contract(self.env, self.customer, [builders.price_rule(self.product, {1: 10})])
        self.compare()
        self.push()
        contract._set({"state": "suspended"})
        self.compare()
        self.push()
        self.assertEqual([values["price"] for _sku, values in self.told(shop, "tier_price")], ["10", None])
        self.assertFalse(self.env["magento.price"].search([]))

    def test_a_customer_in_a_group_with_others_is_named_and_its_prices_are_not_told(self):
        shop = self.connect()
        self.own_group()
        builders.customer(self.env, "Another one", magento_group_id=self.group.id)
        builders.contract(self.env, self.customer, [builders.price_rule(self.product, {1: 10})])
        self.compare()
        self.push()
        self.assertFalse(shop.told)
        self.assertIn("shares", self.backend.price_problems[0])

    def test_a_group_with_a_shared_catalog_has_its_prices_there(self):
        shop = self.connect()
        self.own_group()
        self.group.shared_catalog = "4"
        self.backend.push_shared_catalog = True
        builders.contract(self.env, self.customer, [builders.price_rule(self.product, {1: 10})])
        self.compare()
        self.push()
        ((target, values),) = self.told(shop, "shared_catalog_price")
        self.assertEqual((target, values["sku"], values["price"]), ("4", "PUMP", "10"))
        self.assertEqual(self.compare(), 0)


class CreditShop(ToldShop):
    """A shop with one company's credit, which it changes as it is told."""

    def __init__(self, limit, balance):
        super().__init__()
        self.orders = []
        self.credit = {"id": 9, "company_id": 3, "credit_limit": limit, "balance": balance, "currency_code": "EUR"}

    def call(self, _method, _path, pairs=()):
        return {"items": [self.credit], "total_count": 1}

    def fetch(self, _stream, cursor, page_size):
        """Orders that the shop has and that were not read yet."""
        return Page(tuple(self.orders), cursor, len(self.orders), True, 0, page_size)

    def push_many(self, effects, unsure=()):
        for effect in effects:
            if effect.kind == "credit_limit":
                self.credit["credit_limit"] = float(effect.values["limit"])
            else:
                self.credit["balance"] = round(self.credit["balance"] + float(effect.values["value"]), 2)
        return super().push_many(effects, unsure)


@tagged("post_install", "-at_install")
class TestCredit(PushCase):
    def test_limit_and_balance_follow_the_books(self):
        self.backend.push_credit = True
        sale = self.take_over(1, 5)
        partner = sale.partner_id.commercial_partner_id
        self.env["magento.binding"]._bind(self.backend, "companies", [("3", partner, "Muster")])
        self.company.account_use_credit_limit = True
        partner.with_company(self.company).credit_limit = 5000
        shop = self.connect(CreditShop(1000, 0))
        writer = self.env["magento.push.credit"]
        sale._create_invoices(final=True).action_post()
        self.assertEqual(writer._compare(self.backend, shop), 2)
        self.assertEqual(writer._compare(self.backend, shop), 1, "the limit again; the operation is under way")
        self.push()
        self.assertEqual((shop.credit["credit_limit"], shop.credit["balance"]), (5000, -59.5))
        self.assertEqual(writer._compare(self.backend, shop), 0)
        keys = self.messages("credit_balance").mapped("key")
        self.assertEqual(len(keys), 1)
        self.pay(sale.invoice_ids)
        self.env.invalidate_all()
        writer._compare(self.backend, shop)
        self.push()
        self.assertEqual(shop.credit["balance"], 0)
        self.assertEqual(len(set(self.messages("credit_balance").mapped("key"))), 2, "each operation has its own name")

    def test_an_order_on_credit_that_is_not_read_yet_is_not_reimbursed(self):
        self.backend.push_credit = self.company.account_use_credit_limit = True
        partner = self.take_over(1, 5).partner_id.commercial_partner_id
        self.env["magento.binding"]._bind(self.backend, "companies", [("3", partner, "Muster")])
        owed = partner.with_company(self.company).credit_to_invoice
        self.assertGreater(owed, 0)
        shop, writer = self.connect(CreditShop(0, -owed - 59.5)), self.env["magento.push.credit"]
        on_credit = {
            "payment": {"method": "companycredit"},
            "extension_attributes": {"company_order_attributes": {"company_id": 3}},
        }
        unread = order(2, [item(20, "PUMP", 5)])
        unread["payment"] = unread["payment"] | on_credit["payment"]
        unread["extension_attributes"] |= on_credit["extension_attributes"]
        shop.orders = [unread]
        self.assertEqual(writer._compare(self.backend, shop), 0, "still in the shop only")
        shop.orders = []
        self.stage("orders", unread)
        self.assertEqual(writer._compare(self.backend, shop), 0, "fetched, not processed yet")
        self.process()
        self.assertEqual(self.order_of(2).amount_total, 59.5)
        self.env.invalidate_all()
        self.assertEqual(writer._compare(self.backend, shop), 0, "both agree")
        self.assertFalse(self.messages("credit_balance"))
        shop.credit["balance"] = -owed - 100
        shop.orders = [order(3, [item(30, "PUMP", 1)])]
        self.assertEqual(writer._compare(self.backend, shop), 1, "an order that is paid otherwise keeps nobody waiting")
