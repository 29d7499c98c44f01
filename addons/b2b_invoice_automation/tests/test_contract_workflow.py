"""Contracts as agreements: versions, approval by another person, frozen terms, what is refused where it is typed."""

from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from . import builders


@tagged("post_install", "-at_install")
class TestContractWorkflow(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = builders.customer(cls.env)
        cls.bolt = builders.product(cls.env)
        cls.editor = new_test_user(cls.env, "editor", builders.MANAGER_GROUPS)
        cls.salesman = new_test_user(cls.env, "seller", "sales_team.group_sale_salesman")

    def draft(self, *rules, **values):
        rules = rules or (builders.price_rule(self.bolt, {1: 10}),)
        return builders.contract(self.env(user=self.editor), self.customer, rules, state="draft", **values)

    def active(self, **values):
        contract = self.draft(**values)
        contract.action_submit()
        builders.approve(contract)
        return contract

    def test_the_approver_is_not_the_last_editor(self):
        contract = self.draft()
        contract.action_submit()
        self.assertFalse(contract.can_approve)
        with self.assertRaisesRegex(AccessError, "somebody else"):
            contract.action_approve()
        builders.approve(contract)
        self.assertEqual(contract.state, "active")
        self.assertEqual(contract.approved_by_id.login, "contract_approver")

    def test_who_edits_a_price_becomes_the_last_editor(self):
        contract = builders.contract(self.env, self.customer, [builders.price_rule(self.bolt, {1: 10})], state="draft")
        contract.rule_ids.tier_ids.with_user(self.editor).price = 9
        contract.action_submit()
        with self.assertRaises(AccessError):
            contract.with_user(self.editor).action_approve()

    def test_only_people_with_the_right_approve(self):
        contract = self.draft()
        contract.action_submit()
        for user in (self.salesman, new_test_user(self.env, "sales_boss", "sales_team.group_sale_manager")):
            with self.assertRaises(AccessError):
                contract.with_user(user).action_approve()
            with self.assertRaises(UserError):
                contract.with_user(user).write({"state": "active"})
        with self.assertRaises(UserError):
            self.env["b2b.contract"].create({"partner_id": self.customer.id, "state": "active"})

    def test_what_was_agreed_is_frozen(self):
        contract = self.active()
        changes = [
            lambda: contract.write({"date_end": "2027-01-01"}),
            lambda: contract.rule_ids.write({"mode": "graduated"}),
            lambda: contract.rule_ids.tier_ids.write({"price": 1}),
            lambda: contract.rule_ids.tier_ids.unlink(),
            lambda: contract.rule_ids.unlink(),
            lambda: contract.write({"rule_ids": [Command.create(builders.price_rule(None, {1: 1}))]}),
            lambda: self.env["b2b.contract.price.tier"].create(
                {"rule_id": contract.rule_ids.id, "floor": 5, "price": 1}
            ),
            lambda: self.env["b2b.contract.rate"].create(
                {"contract_id": contract.id, "currency_id": self.env.ref("base.CHF").id, "rate": 1}
            ),
            contract.unlink,
        ]
        for index, change in enumerate(changes):
            with self.subTest(index), self.assertRaises(UserError), self.env.cr.savepoint():
                change()
        contract.user_id = self.editor
        self.assertEqual(contract.rule_ids.tier_ids.price, 10)

    def test_prices_move_into_no_other_contract(self):
        active, draft = self.active(), self.draft()
        draft.rate_ids = [Command.create({"currency_id": self.env.ref("base.CHF").id, "rate": 1.1})]
        submitted = self.draft()
        submitted.action_submit()
        for contract in (active, submitted, self.draft()):
            changes = [
                lambda to=contract: draft.rule_ids.write({"contract_id": to.id}),
                lambda to=contract: draft.rule_ids.tier_ids.write({"rule_id": to.rule_ids.id}),
                lambda to=contract: draft.rate_ids.write({"contract_id": to.id}),
                lambda to=contract: to.write({"rule_ids": [Command.link(draft.rule_ids.id)]}),
            ]
            for index, change in enumerate(changes):
                with self.subTest(contract.state, index=index), self.assertRaises(UserError), self.env.cr.savepoint():
                    change()
        rule = {**builders.price_rule(None, {1: 1}), "contract_id": submitted.id}
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.env["b2b.contract.price.rule"].with_user(self.editor).create(rule)
        draft.rule_ids.write({"contract_id": draft.id, "sequence": 3})
        self.assertEqual(draft.rule_ids.sequence, 3)

    def test_terminating_asks_for_the_last_day(self):
        contract = self.active()
        step = self.env["b2b.contract.step"].create(
            {"contract_id": contract.id, "step": "terminate", "reason": "merger", "last_day": False}
        )
        with self.assertRaisesRegex(UserError, "last day"):
            step.action_confirm()
        self.assertEqual(contract.state, "active")

    def test_what_is_no_number_is_refused_where_it_is_typed(self):
        nan, endless = float("nan"), float("inf")
        chf = self.env.ref("base.CHF").id
        draft = self.draft()
        changes = [
            lambda: draft.rule_ids.tier_ids.write({"price": nan}),
            lambda: draft.rule_ids.tier_ids.write({"floor": nan}),
            lambda: draft.rule_ids.tier_ids.write({"percent": endless}),
            lambda: self.draft(builders.price_rule(self.bolt, {1: nan})),
            lambda: draft.write({"rate_ids": [Command.create({"currency_id": chf, "rate": nan})]}),
            lambda: draft.write({"price_tolerance_amount": nan}),
            lambda: draft.write({"price_tolerance_percent": nan}),
        ]
        for index, change in enumerate(changes):
            with (
                self.subTest(index),
                self.assertRaisesRegex(ValidationError, "is not a number"),
                self.env.cr.savepoint(),
            ):
                change()

    def test_an_amendment_takes_over_on_its_first_day(self):
        contract = self.active()
        action = contract.action_amend()
        amended = self.env["b2b.contract"].browse(action["res_id"])
        self.assertEqual((amended.version, amended.previous_version_id, amended.state), (2, contract, "draft"))
        self.assertEqual(amended.rule_ids.previous_rule_id, contract.rule_ids)
        self.assertEqual(contract.action_amend()["res_id"], amended.id, "one new version is prepared at a time")
        amended.write({"date_start": "2026-06-01"})
        amended.rule_ids.tier_ids.price = 11
        amended.action_submit()
        builders.approve(amended)
        self.assertEqual(contract.superseded_by_id, amended)
        self.assertEqual(contract.date_effective_end, date(2026, 5, 31))
        for day, version, price in (("2026-05-31", contract, 10.0), ("2026-06-01", amended, 11.0)):
            order = builders.order(self.env, self.customer, [(self.bolt, 1)], date_order=f"{day} 12:00:00")
            self.assertEqual((order.b2b_contract_id, order.order_line.price_unit), (version, price))

    def test_suspended_and_terminated_contracts(self):
        contract = self.active()
        with self.assertRaises(AccessError):
            contract.with_user(self.salesman)._suspend("never paid")
        step = self.env["b2b.contract.step"].create(
            {"contract_id": contract.id, "step": "suspend", "reason": "never paid"}
        )
        step.action_confirm()
        self.assertFalse(builders.order(self.env, self.customer, [(self.bolt, 1)]).b2b_contract_id)
        contract.action_resume()
        self.assertTrue(builders.order(self.env, self.customer, [(self.bolt, 1)]).b2b_contract_id)
        self.env["b2b.contract.step"].create(
            {"contract_id": contract.id, "step": "terminate", "reason": "merger", "last_day": "2026-03-31"}
        ).action_confirm()
        for day, counts in (("2026-03-31", True), ("2026-04-01", False)):
            order = builders.order(self.env, self.customer, [(self.bolt, 1)], date_order=f"{day} 12:00:00")
            self.assertEqual(bool(order.b2b_contract_id), counts)

    def test_contracts_expire(self):
        contract = self.active(date_start="2020-01-01", date_end="2020-12-31")
        self.env["b2b.contract"]._cron_expire()
        self.assertEqual(contract.state, "expired")
        order = builders.order(self.env, self.customer, [(self.bolt, 1)], date_order="2020-05-01 12:00:00")
        self.assertEqual(order.b2b_contract_id, contract, "a late order of that time keeps its contract")

    def test_each_step_is_recorded_with_the_terms(self):
        contract = self.active()
        decision = self.env["b2b.decision"].search(
            [("subject_model", "=", "b2b.contract"), ("subject_id", "=", contract.id)]
        )
        self.assertEqual(decision.kind, "contract")
        self.assertEqual(decision.evidence["last_editor"], self.editor.name)
        self.assertEqual(
            decision.evidence["terms"]["rules"][0]["tiers"], [{"floor": 1.0, "ceiling": 0.0, "value": 10.0}]
        )

    def test_bad_input_is_refused_in_words(self):
        archived = builders.product(self.env, active=False)
        kilogram = self.env.ref("uom.product_uom_kgm")

        def rule(*tiers, **values):
            made = builders.price_rule(self.bolt, **values)
            made["tier_ids"] = [
                Command.create({"floor": low, "ceiling": high, "price": price}) for low, high, price in tiers
            ]
            return made

        cases = [
            (rule((1, 0, 10), (1, 0, 9)), "begin at 1"),
            (rule((1, 150, 10), (100, 0, 9)), "up to 150 overlaps the one that begins at 100"),
            (rule((1, 50, 10), (100, 0, 9)), "between 50 and 100"),
            (rule((1.5, 0, 10)), "whole units"),
            (rule((-1, 0, 10)), "0 or above"),
            (rule((10, 5, 10)), "cannot end at 5"),
            (rule((1, 0, -10)), "below zero"),
            (rule(), "at least one price"),
            (rule((1, 0, 10), date_start="2026-02-01", date_end="2026-01-01"), "before it begins"),
            (builders.price_rule(archived), "archived"),
            (builders.price_rule(None, scope="variant"), "Choose what"),
            (builders.price_rule(self.bolt, uom_id=kilogram.id), "cannot be converted"),
            (builders.price_rule(None, {1: 101}, computation="discount"), "below zero"),
        ]
        for values, words in cases:
            with (
                self.subTest(words),
                self.assertRaisesRegex(Exception, words),
                self.env.cr.savepoint(),
                mute_logger("odoo.sql_db"),
            ):
                self.draft(values)
                self.env.flush_all()

    def test_bad_dates_customers_and_currencies_are_refused(self):
        without_rate = self.env["res.currency"].create({"name": "XTS", "symbol": "x"})
        cases = [
            ({"date_start": "2026-02-01", "date_end": "2026-01-01"}, "before it begins"),
            ({"partner_id": builders.buyer(self.env, self.customer).id}, "company that owes"),
            ({"currency_id": without_rate.id}, "no exchange rate"),
            ({"price_tolerance_amount": -1}, "below zero"),
        ]
        for values, words in cases:
            with (
                self.subTest(words),
                self.assertRaisesRegex(Exception, words),
                self.env.cr.savepoint(),
                mute_logger("odoo.sql_db"),
            ):
                self.draft(**values)
                self.env.flush_all()

    def test_tiers_are_kept_in_order_however_they_are_typed(self):
        contract = self.draft(builders.price_rule(self.bolt, {500: 8, 1: 10, 100: 9}))
        self.env.invalidate_all()
        self.assertEqual(contract.rule_ids.tier_ids.mapped("floor"), [1, 100, 500])
        self.assertEqual(
            contract.rule_ids.tier_ids.mapped("range_text"), ["1 – 99 Units", "100 – 499 Units", "from 500 Units"]
        )

    def test_amending_needs_a_later_start_than_what_it_replaces(self):
        contract = self.active()
        amended = self.env["b2b.contract"].browse(contract.action_amend()["res_id"])
        with self.assertRaises(ValidationError):
            amended.date_start = "2025-12-31"

    def test_other_companies_do_not_see_the_contract(self):
        contract = self.active()
        other = self.env["res.company"].create({"name": "Other"})
        user = new_test_user(
            self.env, "elsewhere", builders.MANAGER_GROUPS, company_id=other.id, company_ids=[Command.set(other.ids)]
        )
        for record in (contract, contract.rule_ids, contract.rule_ids.tier_ids):
            self.assertFalse(record.with_user(user).search([("id", "=", record.id)]))

    def test_a_new_version_says_what_it_changes(self):
        nut = builders.product(self.env, "Hex nut")
        contract = self.draft(
            builders.price_rule(self.bolt, {1: 10, 100: 9}), builders.price_rule(None, {1: 5}, computation="discount")
        )
        contract.action_submit()
        builders.approve(contract)
        amended = self.env["b2b.contract"].browse(contract.action_amend()["res_id"])
        self.assertEqual(len(amended.changes_text.splitlines()), 1)
        bolts, rest = amended.rule_ids
        bolts.tier_ids[1].price = 8.5
        rest.unlink()
        amended.write(
            {"price_difference_policy": "accept", "rule_ids": [Command.create(builders.price_rule(nut, {1: 3}))]}
        )
        changes = amended.changes_text.splitlines()
        self.assertEqual(
            changes[1:],
            [
                "When a Shop Price Differs: Hold the order → Accept the shop's price",
                "Hex bolt M8: from 100 Units: $\xa09.00 → $\xa08.50",
                "New: Hex nut: $\xa03.00",
                "No longer: All products: −5 %",
            ],
        )
