"""What if: past orders repriced under a contract that is being prepared."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged

from . import builders


@tagged("post_install", "-at_install")
class TestContractWhatIf(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = builders.customer(cls.env)
        cls.bolt = builders.product(cls.env, standard_price=5.0)
        cls.nut = builders.product(cls.env, "Hex nut M8", 4.0)
        for day, quantity in (("2026-01-10", 60), ("2026-02-10", 600), ("2024-12-01", 999)):
            builders.order(
                cls.env, cls.customer, [(cls.bolt, quantity), (cls.nut, 10)], confirm=True, date_order=f"{day} 09:00:00"
            )

    def rows(self, *rules):
        contract = builders.contract(self.env, self.customer, rules, state="draft", date_start="2026-06-01")
        with freeze_time("2026-03-15"):
            action = contract.action_what_if()
        rows = self.env["b2b.contract.what.if"].search(action["domain"], order="product_id, month")
        return [
            (row.product_id, row.month, row.quantity, row.revenue_now, row.revenue_new, row.margin_new) for row in rows
        ]

    def test_by_product_and_month_beside_what_was_sold(self):
        rows = self.rows(builders.price_rule(self.bolt, {1: 10, 100: 9, 500: 8}, mode="graduated"))
        self.assertEqual(
            rows,
            [
                (self.bolt, date(2026, 1, 1), 60, 720.0, 600.0, 300.0),
                (self.bolt, date(2026, 2, 1), 600, 7200.0, 5398.0, 2398.0),
                (self.nut, date(2026, 1, 1), 10, 40.0, 40.0, 40.0),
                (self.nut, date(2026, 2, 1), 10, 40.0, 40.0, 40.0),
            ],
        )

    def test_cumulative_tiers_run_through_the_past_orders(self):
        rows = self.rows(
            builders.price_rule(self.bolt, {1: 10, 100: 9}, basis="cumulative", period="year", mode="graduated")
        )
        self.assertEqual([row[4] for row in rows[:2]], [600.0, 39 * 10.0 + 561 * 9.0])

    def test_rules_of_the_contracts_first_day_count(self):
        rows = self.rows(
            builders.price_rule(self.bolt, {1: 7}, date_start="2026-06-01"),
            builders.price_rule(self.bolt, {1: 1}, date_end="2026-05-31"),
        )
        self.assertEqual([row[4] for row in rows[:2]], [420.0, 4200.0])

    def test_lines_that_cannot_be_repriced_are_named_with_the_reason(self):
        weight = builders.product(self.env, "Wire", 3.0, uom_id=self.env.ref("uom.product_uom_kgm").id)
        builders.order(self.env, self.customer, [(weight, 5)], confirm=True, date_order="2026-02-11 09:00:00")
        rules = [
            builders.price_rule(self.bolt, {100: 9}),
            builders.price_rule(None, {1: 1}, uom_id=self.env.ref("uom.product_uom_litre").id),
        ]
        contract = builders.contract(self.env, self.customer, rules, state="draft", date_start="2026-03-01")
        with freeze_time("2026-03-15"):
            rows = self.env["b2b.contract.what.if"].search(contract.action_what_if()["domain"])
        reasons = {(row.product_id.name, row.month.month): row.reason for row in rows}
        self.assertFalse(reasons["Hex bolt M8", 2])
        self.assertIn("quantity below its first tier", reasons["Hex bolt M8", 1])
        self.assertIn("agreed for another unit", reasons["Wire", 2])
        self.assertEqual(sum(rows.mapped("line_count")), 5)
        unpriced = rows.filtered("reason")
        self.assertEqual(unpriced.mapped("revenue_now"), unpriced.mapped("revenue_new"))

    def test_the_chart_has_both_sides(self):
        self.rows(builders.price_rule(self.bolt, {1: 10}))
        sides = self.env["b2b.contract.what.if.side"].search([("product_id", "=", self.bolt.id)])
        self.assertEqual(
            sorted((row.side, row.revenue, row.margin) for row in sides),
            [("now", 7920.0, 4620.0), ("then", 6600.0, 3300.0)],
        )

    def test_who_reads_only_some_orders_gets_no_misleading_sums(self):
        seller = new_test_user(self.env, "own", "sales_team.group_sale_salesman")
        contract = builders.contract(self.env, self.customer, [builders.price_rule(self.bolt)], state="draft")
        with freeze_time("2026-03-15"), self.assertRaisesRegex(UserError, "only some of the customer's orders"):
            contract.with_user(seller).action_what_if()

    def test_asking_again_replaces_the_answer(self):
        contract = builders.contract(self.env, self.customer, [builders.price_rule(self.bolt)], state="draft")
        for _time in range(2):
            with freeze_time("2026-03-15"):
                action = contract.action_what_if()
        self.assertEqual(self.env["b2b.contract.what.if"].search_count(action["domain"]), 4)

    def test_without_orders_there_is_nothing_to_compare(self):
        contract = builders.contract(
            self.env, builders.customer(self.env, "New"), [builders.price_rule(self.bolt)], state="draft"
        )
        with self.assertRaisesRegex(UserError, "ordered nothing"):
            contract.action_what_if()


@tagged("post_install", "-at_install")
class TestPriceChange(TransactionCase):
    """What it would have meant, had prices been some percent higher."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bolt = builders.product(cls.env, standard_price=5.0)
        cls.nut = builders.product(cls.env, "Hex nut M8", 4.0)
        cls.one, cls.two = (builders.customer(cls.env, name) for name in ("One", "Two"))
        tiers = {1: 10, 100: 9}
        cls.first = builders.contract(
            cls.env, cls.one, [builders.price_rule(cls.bolt, tiers), builders.price_rule(cls.nut, {1: 3})]
        )
        cls.second = builders.contract(
            cls.env, cls.two, [builders.price_rule(cls.bolt, {1: 25}, computation="discount")]
        )
        for partner in (cls.one, cls.two):
            builders.order(
                cls.env,
                partner,
                [(cls.bolt, 100), (cls.nut, 10)],
                confirm=True,
                date_order="2026-02-10 09:00:00",
            )

    def changes(self, **values):
        question = self.env["b2b.price.change"].create(values)
        with freeze_time("2026-03-15"):
            rows = self.env["b2b.contract.what.if"].search(question.action_show()["domain"])
        return {
            (row.partner_id.name, row.product_id.name): (row.revenue_now, round(row.revenue_change, 2)) for row in rows
        }

    def test_of_one_rule(self):
        rule = self.first.rule_ids[0]
        self.assertEqual(
            self.changes(rule_ids=[Command.set(rule.ids)], percent=3), {("One", "Hex bolt M8"): (900.0, 27.0)}
        )

    def test_of_the_same_goods_in_all_contracts(self):
        self.assertEqual(
            self.changes(what="same", rule_ids=[Command.set(self.first.rule_ids[0].ids)], percent=-10),
            {("One", "Hex bolt M8"): (900.0, -90.0), ("Two", "Hex bolt M8"): (900.0, -90.0)},
        )

    def test_of_a_category(self):
        category = self.env["product.category"].create({"name": "Nuts"})
        self.nut.categ_id = category
        self.assertEqual(
            self.changes(what="category", categ_id=category.id, percent=50), {("One", "Hex nut M8"): (30.0, 15.0)}
        )

    def test_it_says_what_it_concerns_and_refuses_what_cannot_be(self):
        question = self.env["b2b.price.change"].create(
            {"what": "same", "rule_ids": [Command.set(self.second.rule_ids.ids)]}
        )
        self.assertEqual(question.affected_text, "2 price rules in 2 contracts of 2 customers")
        question.percent = -100
        with self.assertRaisesRegex(UserError, "leaves no price"):
            question.action_show()
        empty = self.env["b2b.price.change"].create({"what": "category"})
        with self.assertRaisesRegex(UserError, "No price rule in force"):
            empty.action_show()
        with freeze_time("2027-06-01"), self.assertRaisesRegex(UserError, "nothing to compare"):
            question.percent = 3
            question.action_show()

    def test_the_number_of_queries_is_fixed(self):
        currency = self.env.ref("base.CHF")
        currency.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": "2025-01-01", "rate": 2.0, "company_id": self.env.company.id}
        )
        abroad = self.env["product.pricelist"].create({"name": "Abroad", "currency_id": currency.id})
        trade = self.env["product.pricelist"].create(
            {
                "name": "Trade",
                "item_ids": [
                    Command.create({"compute_price": "fixed", "fixed_price": 11.0 - floor / 100, "min_quantity": floor})
                    for floor in (0, 50)
                ],
            }
        )
        rules = [builders.price_rule(None, {1: 10}, computation="discount", base_pricelist_id=trade.id)]
        counts = []
        for size in (50, 400):
            partner = builders.customer(self.env, f"{size} lines")
            for month in (1, 2):
                builders.order(
                    self.env,
                    partner,
                    [(self.bolt if line % 2 else self.nut, 1 + line % 3 * 60) for line in range(size // 2)],
                    confirm=True,
                    date_order=f"2026-0{month}-{size % 20 + 1:02} 09:00:00",
                    pricelist_id=abroad.id,
                )
            contract = builders.contract(self.env, partner, rules, state="draft")
            with freeze_time("2026-03-15"):
                orders = contract._what_if_orders()
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                rows = contract._what_if(orders)
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(sum(row["line_count"] for row in rows), size)
        self.assertEqual(counts[0], counts[1])
