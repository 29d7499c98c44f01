"""Several contracts of one customer: which counts and why, on the contract, on the customer and in the look-up."""

from contextlib import suppress

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import Form, TransactionCase, new_test_user, tagged

from . import builders


@tagged("post_install", "-at_install")
class TestContractsBeside(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = builders.customer(cls.env)
        cls.bolt = builders.product(cls.env, default_code="M8")
        cls.nut = builders.product(cls.env, "Hex nut", 4.0)
        cls.frame = builders.contract(
            cls.env, cls.customer, [builders.price_rule(None, {1: 5}, computation="discount")], title="Frame"
        )
        cls.project = builders.contract(
            cls.env,
            cls.customer,
            [builders.price_rule(cls.bolt, {1: 9})],
            title="Project",
            sequence=5,
            date_start="2026-02-01",
            date_end="2026-06-30",
        )
        cls.salesman = new_test_user(cls.env, "seller", "sales_team.group_sale_salesman_all_leads")

    def test_each_says_which_counts_where_both_have_a_price(self):
        said = self.project.with_user(self.salesman).beside_text
        self.assertIn("this contract counts: its precedence is 5, before 10", said)
        self.assertIn("Both have: [M8] Hex bolt M8.", said)
        self.assertIn("that contract counts: its precedence is 5, before 10", self.frame.beside_text)
        order = builders.order(self.env, self.customer, [(self.bolt, 1)])
        self.assertEqual((order.b2b_contract_id, order.amount_untaxed), (self.project, 9.0), "as it is said")

    def test_the_later_start_decides_where_nothing_else_does(self):
        self.project._set({"sequence": 10})
        self.assertIn("this contract counts: it began later, on 02/01/2026", self.project.beside_text)
        twin = builders.contract(self.env, self.customer, [builders.price_rule(self.bolt)], date_start="2026-02-01")
        self.assertIn("this contract counts: it was written later", twin.beside_text.splitlines()[0])
        order = builders.order(self.env, self.customer, [(self.bolt, 1)])
        self.assertEqual(order.b2b_contract_id, twin)

    def test_contracts_that_never_meet_are_not_beside(self):
        later = builders.contract(
            self.env, self.customer, [builders.price_rule(self.bolt)], date_start="2026-07-01", state="draft"
        )
        self.assertEqual(later.beside_ids, self.frame)
        other = builders.contract(self.env, builders.customer(self.env, "Other"), [builders.price_rule(self.bolt)])
        self.assertFalse(other.beside_text)

    def test_the_customer_shows_them_in_their_order(self):
        with freeze_time("2026-03-10"):
            lines = self.customer.with_user(self.salesman).b2b_contracts_text.splitlines()
        self.assertIn("Project", lines[0])
        self.assertIn("before the next one: its precedence is 5, before 10", lines[0])
        self.assertIn("Frame", lines[1])

    def look_up(self, product, quantity=1, day="2026-03-10"):
        form = Form(self.env["b2b.price.lookup"].with_user(self.salesman))
        form.partner_id = self.customer
        form.product_id = product
        form.quantity = quantity
        form.day = day
        return form

    def test_the_look_up_explains_a_contract_price(self):
        form = self.look_up(self.bolt, 3)
        self.assertEqual((form.price_unit, form.price_total, form.source), (9.0, 27.0, self.project.display_name))
        self.assertIn("rule “[M8] Hex bolt M8”", form.explanation)
        self.assertIn("a preferred contract counts first", form.explanation)
        self.assertEqual(len(form.contracts_text.splitlines()), 2)

    def test_the_look_up_tells_nothing_of_a_company_that_is_not_the_users(self):
        foreign = self.env["res.company"].create({"name": "Foreign"})
        builders.contract(
            self.env,
            self.customer,
            [builders.price_rule(self.bolt, {1: 1.23})],
            state="draft",
            company_id=foreign.id,
            currency_id=foreign.currency_id.id,
        )._set({"state": "active"})
        asked = {"partner_id": self.customer.id, "product_id": self.bolt.id, "company_id": foreign.id}
        look_up = self.env["b2b.price.lookup"].with_user(self.salesman).create({**asked, "day": "2026-03-10"})
        with suppress(AccessError):
            self.assertNotEqual(look_up.price_unit, 1.23)
            self.assertFalse(look_up.contracts_text)

    def test_the_look_up_equals_an_order(self):
        for product, quantity, day in [
            (self.bolt, 3, "2026-03-10"),
            (self.nut, 7, "2026-03-10"),
            (self.bolt, 2, "2026-07-01"),
        ]:
            order = builders.order(self.env, self.customer, [(product, quantity)], date_order=f"{day} 12:00:00")
            with self.subTest(product=product.name, day=day):
                self.assertEqual(self.look_up(product, quantity, day).price_total, order.amount_untaxed)

    def test_without_a_contract_the_pricelist_answers(self):
        form = self.look_up(self.nut, 2, "2025-01-01")
        self.assertEqual(form.price_total, 8.0)
        self.assertIn("No contract counts on this day", form.explanation)
