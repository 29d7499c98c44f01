"""What a contract refuses where it is typed, through the same requests as the web client sends, in words."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from . import builders


def tiers(*rows):
    return [Command.create({"floor": floor, "ceiling": ceiling, "price": price}) for floor, ceiling, price in rows]


@tagged("post_install", "-at_install")
class TestRefusedByRequest(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = builders.customer(cls.env)
        cls.bolt = builders.product(cls.env)
        cls.archived = builders.product(cls.env, "Old bolt", active=False)
        cls.poor = cls.env["res.currency"].create({"name": "XQQ", "symbol": "q"})
        new_test_user(cls.env, "editor", builders.MANAGER_GROUPS, password="editor")

    def save(self, **values):
        """Save a new contract as the form does.

        :returns: the answer of the request: ``result`` or ``error``
        """
        params = {
            "model": "b2b.contract",
            "method": "web_save",
            "args": [[], {"partner_id": self.customer.id, "date_start": "2026-01-01", **values}],
            "kwargs": {"specification": {"display_name": {}}},
        }
        url = f"{self.base_url()}/web/dataset/call_kw/b2b.contract/web_save"
        return self.opener.post(url, json={"jsonrpc": "2.0", "method": "call", "params": params}).json()

    def rule(self, *rows, product=None, **values):
        product = product or self.bolt
        tier_ids = tiers(*(rows or [(1, 0, 10)]))
        return [Command.create({"scope": "variant", "product_id": product.id, "tier_ids": tier_ids, **values})]

    @mute_logger("odoo.http", "odoo.sql_db")
    def test_bad_input_is_refused_in_words(self):
        self.authenticate("editor", "editor")
        cases = [
            ({"rule_ids": self.rule((1, 150, 10), (100, 0, 9))}, "overlaps the one that begins at 100"),
            ({"rule_ids": self.rule((1, 0, 10), (1, 0, 9))}, "Two tiers begin at 1; keep one"),
            ({"rule_ids": self.rule((1, 50, 10), (100, 0, 9))}, "Nothing is agreed between 50 and 100; let the tiers"),
            ({"rule_ids": self.rule((1, 0, -1))}, "would make a price below zero"),
            ({"rule_ids": self.rule(product=self.archived)}, "is archived .* Restore it"),
            ({"rule_ids": self.rule(date_start="2026-02-01", date_end="2026-01-01")}, "before it begins"),
            ({"currency_id": self.poor.id}, "has no exchange rate .* Enter a rate"),
            ({"date_end": "2025-12-31"}, "ends on 2025-12-31, before it begins on 2026-01-01"),
            ({"renewal_kind": "renews"}, "needs a last day"),
            ({"partner_id": False}, "Choose the customer"),
            ({"state": "active"}, "begins as version 1 and draft"),
        ]
        for values, words in cases:
            with self.subTest(words):
                answer = self.save(**values)
                self.assertNotIn("result", answer)
                self.assertRegex(answer["error"]["data"]["message"], words)
        made = self.save(rule_ids=self.rule((500, 0, 8), (1, 0, 10), (100, 0, 9)))
        contract = self.env["b2b.contract"].browse(made["result"][0]["id"])
        self.assertEqual(
            contract.rule_ids.tier_ids.sorted("floor").mapped("price"), [10, 9, 8], "unordered: put in order"
        )


@tagged("post_install", "-at_install")
class TestRefusedLater(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = builders.customer(cls.env)
        cls.bolt = builders.product(cls.env)
        cls.nut = builders.product(cls.env, "Hex nut")

    def test_a_product_archived_meanwhile_is_found_on_submission(self):
        contract = builders.contract(self.env, self.customer, [builders.price_rule(self.bolt)], state="draft")
        self.bolt.active = False
        with self.assertRaisesRegex(UserError, "archived"):
            contract.action_submit()

    def test_an_amendment_leaves_archived_products_behind_and_says_so(self):
        rules = [builders.price_rule(self.bolt, {1: 10}), builders.price_rule(self.nut, {1: 4})]
        contract = builders.contract(self.env, self.customer, rules)
        self.bolt.active = False
        amended = self.env["b2b.contract"].browse(contract.action_amend()["res_id"])
        self.assertEqual(amended.rule_ids.product_id, self.nut)
        self.assertEqual(amended.rule_ids.previous_rule_id, contract.rule_ids[1])
        self.assertIn("archived: Hex bolt M8", amended.message_ids[0].body)
        self.assertIn("No longer: Hex bolt M8", amended.changes_text)

    def test_rules_that_were_put_in_another_order_keep_their_history(self):
        rules = [builders.price_rule(self.bolt, {1: 10}, sequence=2), builders.price_rule(self.nut, {1: 4}, sequence=1)]
        contract = builders.contract(self.env, self.customer, rules)
        self.env.invalidate_all()
        amended = self.env["b2b.contract"].browse(contract.action_amend()["res_id"])
        for rule in amended.rule_ids:
            self.assertEqual(rule.previous_rule_id.product_id, rule.product_id)
        self.assertEqual(len(amended.changes_text.splitlines()), 1, "nothing but its first day changed")

    def test_the_form_of_a_template_needs_no_customer(self):
        form = Form(
            self.env["b2b.contract"].with_context(default_state="template"),
            "b2b_invoice_automation.b2b_contract_view_form",
        )
        form.title = "Frame"
        template = form.save()
        self.assertEqual((template.state, template.partner_id.id), ("template", False))
        with self.assertRaisesRegex(AssertionError, "partner_id"):
            Form(self.env["b2b.contract"]).save()
