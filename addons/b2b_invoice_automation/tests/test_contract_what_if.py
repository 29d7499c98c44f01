"""What if: past orders repriced under a contract that is being prepared."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

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
