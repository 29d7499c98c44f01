"""Pricelists of Odoo copied into a contract: equal to the cent, and what cannot be said is said in words."""

from datetime import date, timedelta

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, TransactionCase, tagged

from . import builders


@tagged("post_install", "-at_install")
class TestPricelistCopy(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = builders.customer(cls.env)
        cls.category = cls.env["product.category"].create({"name": "Fasteners"})
        cls.bolt = builders.product(cls.env, standard_price=5.33, categ_id=cls.category.id)
        cls.nut = builders.product(cls.env, "Hex nut", 4.19, standard_price=1.77, categ_id=cls.category.id)
        cls.base = cls.pricelist_of({"compute_price": "percentage", "percent_price": 10})
        cls.contract = builders.contract(cls.env, cls.customer, state="draft")

    @classmethod
    def pricelist_of(cls, *items, **values):
        return cls.env["product.pricelist"].create(
            {
                "name": "Old list",
                "currency_id": cls.env.company.currency_id.id,
                "item_ids": [Command.create(item) for item in items],
                **values,
            }
        )

    def about(self, product, **values):
        return {"applied_on": "0_product_variant", "product_id": product.id, **values}

    def wizard(self, pricelist, **values):
        return self.env["b2b.contract.from.pricelist"].create(
            {"contract_id": self.contract.id, "pricelist_id": pricelist.id, **values}
        )

    def assertSamePrices(self, pricelist, quantities=(1, 2, 9, 10, 11, 99, 100, 1000)):
        """Order lines under the contract cost what the pricelist asks, to the cent."""
        self.contract.write({"date_start": date.today() - timedelta(days=1)})  # noqa: DTZ011
        self.contract.action_submit()
        builders.approve(self.contract)
        today = f"{date.today()} 10:00:00"  # noqa: DTZ011
        for product in (self.bolt, self.nut):
            for quantity in quantities:
                with self.subTest(product=product.name, quantity=quantity):
                    line = builders.order(self.env, self.customer, [(product, quantity)], date_order=today).order_line
                    asked = pricelist._get_product_price(product, quantity)
                    self.assertEqual(line.price_subtotal, line.currency_id.round(asked * quantity))

    def test_each_kind_of_item_costs_the_same_to_the_cent(self):
        pricelist = self.pricelist_of(
            self.about(self.bolt, compute_price="fixed", fixed_price=9.99),
            self.about(self.bolt, compute_price="fixed", fixed_price=8.888, min_quantity=10),
            self.about(self.bolt, compute_price="percentage", percent_price=33.3, min_quantity=100),
            {
                "applied_on": "2_product_category",
                "categ_id": self.category.id,
                "compute_price": "formula",
                "base": "standard_price",
                "price_markup": 21.5,
            },
            {
                "applied_on": "2_product_category",
                "categ_id": self.category.id,
                "compute_price": "formula",
                "base": "pricelist",
                "base_pricelist_id": self.base.id,
                "price_discount": 2.5,
                "min_quantity": 100,
            },
            {"applied_on": "3_global", "compute_price": "percentage", "percent_price": -5},
        )
        wizard = self.wizard(pricelist)
        self.assertIn("are equal to the cent", wizard.preview_html)
        self.assertNotIn("Left out", wizard.preview_html)
        self.assertFalse(self.contract.rule_ids, "nothing is made by looking")
        wizard.action_copy()
        self.assertEqual(len(self.contract.rule_ids), wizard.rule_count)
        self.assertSamePrices(pricelist)

    def test_what_a_contract_cannot_say_is_said_before(self):
        usd, eur = self.env.ref("base.USD"), self.env.ref("base.EUR")
        foreign = eur if self.env.company.currency_id == usd else usd
        old = builders.product(self.env, "Old bolt", active=False)
        pricelist = self.pricelist_of(
            self.about(self.bolt, compute_price="formula", price_discount=10, price_surcharge=0.5, price_round=0.1),
            {
                "applied_on": "3_global",
                "compute_price": "formula",
                "base": "standard_price",
                "price_markup": 20,
                "price_min_margin": 1,
                "price_max_margin": 9,
            },
            self.about(old, compute_price="fixed", fixed_price=1),
            self.about(self.nut, compute_price="fixed", fixed_price=4),
        )
        preview = self.wizard(pricelist).preview_html
        for words in ("rounding, an extra fee", "a lowest margin", "is archived"):
            self.assertIn(words, preview)
        self.assertEqual(self.wizard(pricelist).rule_count, 1)
        foreign.active = True
        abroad = self.pricelist_of(self.about(self.nut, compute_price="fixed", fixed_price=4), currency_id=foreign.id)
        self.assertIn("another currency", self.wizard(abroad).preview_html)
        with self.assertRaisesRegex(UserError, "Nothing of this pricelist"):
            self.wizard(abroad).action_copy()

    def test_todays_price_can_be_copied_instead(self):
        pricelist = self.pricelist_of(
            self.about(self.bolt, compute_price="formula", price_discount=10, price_surcharge=0.49, price_round=1),
            self.about(self.bolt, compute_price="formula", price_discount=20, price_surcharge=0.49, min_quantity=100),
        )
        wizard = self.wizard(pricelist, freeze=True)
        self.assertIn("Today&#39;s price is copied", wizard.preview_html.replace("'", "&#39;"))
        wizard.action_copy()
        self.assertEqual(self.contract.rule_ids.tier_ids.mapped("price"), [11.49, 10.09])
        self.assertSamePrices(pricelist)

    def test_validity_follows(self):
        pricelist = self.pricelist_of(
            self.about(
                self.bolt,
                compute_price="fixed",
                fixed_price=9,
                date_start="2026-03-01 00:00:00",
                date_end="2026-03-31 23:59:59",
            )
        )
        wizard = self.wizard(pricelist)
        wizard.action_copy()
        rule = self.contract.rule_ids
        self.assertEqual((rule.date_start, rule.date_end), (date(2026, 3, 1), date(2026, 3, 31)))

    def test_differences_are_shown(self):
        inner = self.env["product.category"].create({"name": "Bolts", "parent_id": self.category.id})
        self.bolt.categ_id = inner
        outer_first = self.pricelist_of(
            {
                "applied_on": "2_product_category",
                "categ_id": inner.id,
                "compute_price": "percentage",
                "percent_price": 10,
            },
            {
                "applied_on": "2_product_category",
                "categ_id": self.category.id,
                "compute_price": "percentage",
                "percent_price": 20,
                "min_quantity": 10,
            },
        )
        preview = self.wizard(outer_first).preview_html
        self.assertIn("differ; look at them", preview, "Odoo prefers the quantity, a contract the nearer category")

    def test_only_what_is_prepared_takes_a_pricelist(self):
        pricelist = self.pricelist_of(self.about(self.nut, compute_price="fixed", fixed_price=4))
        self.wizard(pricelist).action_copy()
        self.contract.action_submit()
        with self.assertRaisesRegex(UserError, "not changed in place"):
            self.wizard(pricelist).action_copy()

    def test_the_form_shows_it_while_it_is_chosen(self):
        form = Form(self.env["b2b.contract.from.pricelist"].with_context(default_contract_id=self.contract.id))
        form.pricelist_id = self.pricelist_of(self.about(self.nut, compute_price="fixed", fixed_price=4))
        self.assertIn("Hex nut", form.preview_html)
