"""Tier tables as they are typed, read and refused."""

from odoo.exceptions import ValidationError
from odoo.tests import Form, TransactionCase, tagged

from . import builders


@tagged("post_install", "-at_install")
class TestTierTyping(TransactionCase):
    """A price list that is typed or pasted in one line."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bolt = builders.product(cls.env)
        cls.contract = builders.contract(
            cls.env, builders.customer(cls.env), [builders.price_rule(cls.bolt, {1: 5})], state="draft"
        )
        cls.rule = cls.contract.rule_ids

    def tiers(self):
        return [(tier.floor, tier.ceiling, tier.price) for tier in self.rule.tier_ids]

    def test_typing_replaces_the_table(self):
        with Form(self.rule) as form:
            self.assertEqual(form.tiers_input, "1: 5")
            form.tiers_input = "1–99: 10 | 100–499: 9 | from 500: 8"
            self.assertEqual(len(form.tier_ids), 3)
            self.assertEqual(form.tiers_input, "1: 10 | 100: 9 | 500: 8")
        self.assertEqual(self.tiers(), [(1, 0, 10), (100, 0, 9), (500, 0, 8)])
        self.assertEqual(self.rule.tiers_text, "1 – 99: $\xa010.00 | 100 – 499: $\xa09.00 | from 500: $\xa08.00")

    def test_rows_of_a_spreadsheet_are_pasted(self):
        with Form(self.rule) as form:
            form.tiers_input = "1\t10.00\n100\t9.00"
        self.assertEqual(self.tiers(), [(1, 0, 10), (100, 0, 9)])

    def test_numbers_are_those_of_the_readers_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.env.user.lang = "de_DE"
        with Form(self.rule.with_context(lang="de_DE")) as form:
            form.tiers_input = "1: 1.234,50 | 1.000: 0,0333"
        self.assertEqual(self.tiers(), [(1, 0, 1234.5), (1000, 0, 0.0333)])

    def test_what_cannot_be_read_is_refused_in_words_and_changes_nothing(self):
        with Form(self.rule) as form, self.assertLogs("odoo.tests.form.onchange", "WARNING") as log:
            form.tiers_input = "1: 10,5 | 100: 9"
            self.assertEqual(form.tiers_input, "1: 5")
        self.assertIn("not written as in your language", log.output[0])
        self.assertEqual(self.tiers(), [(1, 0, 5)])

    def test_wrong_tiers_are_said_while_they_are_typed(self):
        with self.assertRaisesRegex(ValidationError, "Two tiers begin at 100"), Form(self.rule) as form:
            form.tiers_input = "1: 10 | 100: 9 | 100: 8"
            self.assertEqual(form.problem_text, "Two tiers begin at 100; keep one of them.")
            form.tiers_input = "1–99: 10 | 150: 9"
            self.assertIn("Nothing is agreed between 99 and 150", form.problem_text)
            form.tiers_input = "1: 10 | 100: 9 | 100: 8"
