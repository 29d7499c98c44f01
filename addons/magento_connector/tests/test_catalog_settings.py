"""Categories and tax classes of the shop, and what they mean for its products."""

from unittest.mock import patch

from odoo.exceptions import ConcurrencyError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import item, order
from .test_catalog import CatalogCase, configurable, product


def category(external_id, parent_id, name, **values):
    return {"id": external_id, "parent_id": parent_id, "name": name, "is_active": True, **values}


TREE = (
    category(1, 0, "Root Catalog"),
    category(2, 1, "Default Category"),
    category(3, 2, "Pumps"),
    category(4, 3, "Diving pumps"),
    category(5, 2, "Offers"),
)


@tagged("post_install", "-at_install")
class TestCategories(CatalogCase):
    def names(self, *external_ids):
        return [self.bound("categories", external_id).complete_name for external_id in external_ids]

    def test_the_shops_tree_is_made_without_its_invisible_root(self):
        self.load("categories", *TREE)
        self.assertEqual(
            self.names(2, 4, 5),
            [
                "Default Category",
                "Default Category / Pumps / Diving pumps",
                "Default Category / Offers",
            ],
        )
        self.assertFalse(self.bound("categories", 1))

    def test_a_parent_that_comes_after_its_child_gets_its_name_then(self):
        self.load("categories", category(4, 30, "Diving pumps"))
        self.load("categories", category(30, 2, "Pumps"), category(2, 1, "Default Category"))
        self.assertEqual(self.names(4), ["Default Category / Pumps / Diving pumps"])

    def test_moves_and_names_are_followed_also_when_two_change_places(self):
        self.load("categories", *TREE)
        self.load("categories", category(4, 2, "Diving pumps"), category(3, 4, "Pumps"), category(5, 2, "Sale"))
        self.assertEqual(
            self.names(3, 4, 5),
            ["Default Category / Diving pumps / Pumps", "Default Category / Diving pumps", "Default Category / Sale"],
        )

    def test_a_category_above_itself_is_refused_in_words(self):
        self.load("categories", *TREE)
        records = self.load("categories", category(3, 4, "Pumps"))
        refused = records.filtered(lambda record: record.external_id == "3")
        self.assertEqual(refused.state, "set_aside")
        self.assertIn("above itself", refused.reason)
        self.assertEqual(self.names(4), ["Default Category / Pumps / Diving pumps"])

    def test_a_product_is_in_its_most_specific_category(self):
        self.load("categories", *TREE)
        self.load("products", product(1, "PUMP", category_ids=["5", "4", "2"]), product(2, "BOLT", category_ids=["5"]))
        pump, bolt = self.bound("products", 1), self.bound("products", 2)
        self.assertEqual((pump.categ_id, bolt.categ_id), (self.bound("categories", 4), self.bound("categories", 5)))
        self.load("products", product(1, "PUMP", category_ids=["5"]))
        self.assertEqual(pump.categ_id, self.bound("categories", 5))

    def test_a_category_that_a_person_chose_stays(self):
        self.load("categories", *TREE)
        self.load("products", product(1, "PUMP", category_ids=["5"]))
        ours = self.env["product.category"].create({"name": "By hand"})
        self.bound("products", 1).categ_id = ours
        self.load("products", product(1, "PUMP", category_ids=["4"], name="New"))
        self.assertEqual((self.bound("products", 1).categ_id, self.bound("products", 1).name), (ours, "New"))


@tagged("post_install", "-at_install")
class TestTaxClasses(CatalogCase):
    def taxes_of(self, product):
        """Those of our company; Odoo gives products the default taxes of the others by itself."""
        return product.taxes_id.filtered(lambda tax: tax.company_id == self.company)

    def settings(self):
        for entity in ("tax_rates", "tax_classes", "tax_rules"):
            self.load(entity, *self.live(f"{entity}.json")["items"])

    def test_the_shops_rules_give_its_products_their_taxes(self):
        self.settings()
        classes = self.env["magento.tax.class"].search([("backend_id", "=", self.backend.id)])
        self.assertEqual(
            {one.name: (one.tax_ids, one.proposed) for one in classes if one.kind == "product"},
            {"Taxable Goods": (self.taxes[19], True), "Reduced": (self.taxes[7], True)},
        )
        self.load("products", product(1, "PUMP", tax_class_id="2"), product(2, "BOOK", tax_class_id="4"))
        self.assertEqual(self.taxes_of(self.bound("products", 1)), self.taxes[19])
        self.assertEqual(self.taxes_of(self.bound("products", 2)), self.taxes[7])
        sale = self.env["sale.order"].create(
            {
                "partner_id": self.env.user.partner_id.id,
                "order_line": [Command.create({"product_id": self.bound("products", 2).id})],
            }
        )
        self.assertEqual(sale.order_line.tax_ids, self.taxes[7])

    def test_products_that_were_here_before_the_rules_get_them_too(self):
        self.load("products", product(2, "BOOK", tax_class_id="4"))
        self.load(
            "product_attributes",
            {"attribute_id": 1, "attribute_code": "size", "options": [{"value": "1", "label": "S"}]},
        )
        self.load(
            "products",
            product(7, "S", size="1"),
            configurable(
                9, "F", [7], ({"attribute_id": 1, "default_frontend_label": "S", "options": []},), tax_class_id="4"
            ),
        )
        self.settings()
        self.assertEqual(self.taxes_of(self.bound("products", 2)), self.taxes[7])
        self.assertEqual(self.taxes_of(self.bound("configurables", 9)), self.taxes[7])

    def test_where_two_taxes_fit_a_person_chooses_and_products_follow(self):
        self.make_tax(5)
        self.load("tax_rates", *self.live("tax_rates.json")["items"])
        self.load("tax_rates", {"id": 9, "tax_country_id": "DE", "tax_postcode": "*", "rate": 5, "code": "DE 5"})
        self.load("tax_classes", *self.live("tax_classes.json")["items"])
        rule = {
            "id": 1,
            "code": "both",
            "customer_tax_class_ids": [3],
            "product_tax_class_ids": [2],
            "tax_rate_ids": [3, 9],
        }
        self.load("tax_rules", rule)
        goods = self.env["magento.tax.class"].search([("external_id", "=", 2), ("backend_id", "=", self.backend.id)])
        self.assertFalse(goods.tax_ids)
        self.load("products", product(1, "PUMP", tax_class_id="2"))
        goods.tax_ids = self.taxes[7]
        self.assertEqual((self.taxes_of(self.bound("products", 1)), goods.proposed), (self.taxes[7], False))
        self.load("tax_rules", {**rule, "tax_rate_ids": [3]})
        self.assertEqual(goods.tax_ids, self.taxes[7], "what a person chose stays")

    def test_rates_of_other_countries_and_of_single_regions_do_not_count(self):
        self.make_tax(20)
        self.load("tax_rates", {"id": 1, "tax_country_id": "FR", "tax_postcode": "*", "rate": 20, "code": "FR"})
        self.load(
            "tax_rates", {"id": 3, "tax_country_id": "DE", "tax_postcode": "27498", "rate": 7, "code": "Helgoland"}
        )
        self.load("tax_classes", *self.live("tax_classes.json")["items"])
        self.load("tax_rules", {"id": 1, "code": "x", "product_tax_class_ids": [2], "tax_rate_ids": [1, 3]})
        self.assertFalse(self.env["magento.tax.class"].search([("tax_ids", "!=", False)]))

    def test_a_tax_chosen_by_hand_stays(self):
        self.settings()
        self.load("products", product(1, "PUMP", tax_class_id="2"))
        pump = self.bound("products", 1)
        pump.taxes_id = self.taxes[7]
        self.load("products", product(1, "PUMP", tax_class_id="2", name="New"))
        self.assertEqual((self.taxes_of(pump), pump.name), (self.taxes[7], "New"))
        self.load("products", product(1, "PUMP", tax_class_id="4"))
        self.load("products", product(1, "PUMP", tax_class_id="2"))
        self.assertEqual(self.taxes_of(pump), self.taxes[19], "the shop taxes it otherwise now")


@tagged("post_install", "-at_install")
class TestPrices(CatalogCase):
    def taxed(self, websites=(1,), **values):
        self.load("tax_rates", *self.live("tax_rates.json")["items"])
        self.load("tax_classes", *self.live("tax_classes.json")["items"])
        self.load("tax_rules", *self.live("tax_rules.json")["items"])
        self.load(
            "products",
            product(1, "PUMP", "119.00", tax_class_id="2", extension_attributes={"website_ids": [*websites]}, **values),
        )
        return self.bound("products", 1)

    def test_an_order_tells_whether_prices_include_tax_and_products_follow(self):
        pump = self.taxed()
        self.assertEqual(pump.list_price, 119.0)
        self.load("orders", order(1, [item(10, price="100", original_price=119, price_incl_tax=119)]))
        self.assertTrue(self.store.prices_include_tax)
        self.assertEqual(pump.list_price, 100.0, "net, as Odoo means it")
        self.store.prices_include_tax = False
        self.load("orders", order(2, [item(20, price="100", original_price=119, price_incl_tax=119)]))
        self.assertFalse(self.store.prices_include_tax, "a person has changed it")

    def test_a_person_who_turns_the_tax_mode_has_products_priced_again(self):
        pump = self.taxed()
        manager = new_test_user(
            self.env, "tax_mode", "b2b_invoice_automation.group_billing_manager", company_id=self.company.id
        )
        prices = self.env.ref("magento_connector.ir_cron_prices")
        for with_tax, price in ((True, 100.0), (False, 119.0)):
            self.env["ir.cron.trigger"].search([("cron_id", "=", prices.id)]).unlink()
            self.store.with_user(manager).prices_include_tax = with_tax
            self.process()
            self.assertEqual(pump.list_price, price)
            self.assertTrue(
                self.env["ir.cron.trigger"].search([("cron_id", "=", prices.id)]),
                "and what the shop was told is compared",
            )

    def test_what_prices_mean_is_learned_while_no_other_lane_takes_products_over(self):
        pump, records = self.taxed(), self.env["magento.record"]
        self.stage("orders", order(1, [item(10, price="100", original_price=119, price_incl_tax=119)]))
        beside = [*records._waiting_domain(), ("entity", "!=", "products")], False
        with patch.object(type(records), "_open_domain", lambda _self: beside), self.assertRaises(ConcurrencyError):
            records.process_batch()
        self.assertFalse(self.store.tax_mode_seen)
        self.process()
        self.assertEqual((self.store.prices_include_tax, pump.list_price), (True, 100.0))

    def test_taxes_that_come_after_the_products_and_an_order_take_the_tax_off_their_prices(self):
        self.load(
            "products",
            product(1, "PUMP", "119.00", tax_class_id="2", extension_attributes={"website_ids": [1]}),
        )
        self.load("orders", order(1, [item(10, price="100", original_price=119, price_incl_tax=119)]))
        pump = self.bound("products", 1)
        self.assertEqual(pump.list_price, 119.0, "by which tax is not known yet")
        for entity in ("tax_rates", "tax_classes", "tax_rules"):
            self.load(entity, *self.live(f"{entity}.json")["items"])
        self.assertEqual(pump.list_price, 100.0)
        goods = self.env["magento.tax.class"].search([("external_id", "=", 2), ("backend_id", "=", self.backend.id)])
        goods.tax_ids = self.taxes[7]
        self.process()
        self.assertEqual(pump.list_price, round(119 / 1.07, 6), "a person has chosen another tax")

    def test_prices_without_tax_stay(self):
        pump = self.taxed()
        self.load("orders", order(1, [item(10, price="100", original_price=100, price_incl_tax=119)]))
        self.assertEqual(
            (self.store.prices_include_tax, self.store.tax_mode_seen, pump.list_price), (False, True, 119.0)
        )

    def test_price_of_websites_with_and_without_tax_is_taken_as_without(self):
        self.make_store(9, website_id=2, prices_include_tax=True)
        self.assertEqual(self.taxed(websites=(1, 2)).list_price, 119.0)
        self.store.prices_include_tax = True
        self.assertEqual(self.taxed(websites=(1, 2), name="Anew").list_price, 100.0)

    def test_prices_in_another_base_currency_are_converted(self):
        self.give_rate("USD", "2020-01-01")
        self.store.base_currency_id = self.env.ref("base.USD")
        self.assertEqual(self.taxed().list_price, 95.2, "119 at 1.25 dollars for a euro")

    def test_a_base_currency_without_rate_gives_no_price(self):
        yen = self.env.ref("base.JPY")
        yen.rate_ids.unlink()
        self.company.currency_id.rate_ids.unlink()
        self.store.base_currency_id = yen
        self.assertEqual(self.taxed().list_price, 0.0)
