"""Price lists by file: what is listed before anything is written, what is set aside, and what comes of it."""

import base64
from datetime import date
from io import BytesIO

from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from ..order_to_cash.price_file.table import write_csv
from . import builders


def text(*lines):
    return "\n".join(lines).encode()


class ImportCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = builders.customer(cls.env, vat="DE999000009", ref="K-1")
        cls.bolt = builders.product(cls.env, default_code="M8")
        cls.nut = builders.product(cls.env, "Hex nut", default_code="N8", barcode="4006381333931")
        cls.contract = builders.contract(cls.env, cls.customer, state="draft")

    def wizard(self, *lines, contract=None, **values):
        content = lines[0] if lines and isinstance(lines[0], bytes) else text(*lines)
        return self.env["b2b.contract.import"].create(
            {
                "file": base64.b64encode(content),
                "filename": "prices.csv",
                "contract_id": (self.contract if contract is None else contract).id,
                **values,
            }
        )

    def tiers(self, contract):
        return {
            rule.display_name: [(tier.floor, tier.price or tier.percent) for tier in rule.tier_ids.sorted("floor")]
            for rule in contract.rule_ids
        }


@tagged("post_install", "-at_install")
class TestContractImport(ImportCase):
    def test_a_good_file_is_shown_and_then_imported(self):
        wizard = self.wizard("SKU;Preis;Ab Menge;Farbe", "M8;10,00;1;rot", "M8;9,50;100;rot", "4006381333931;4,00;;")
        wizard.action_preview()
        self.assertEqual((wizard.state, wizard.rule_count, wizard.error_count), ("preview", 2, 0))
        self.assertEqual(
            [(line.row, line.status, line.about, line.makes) for line in wizard.line_ids],
            [(2, "ok", "M8", "from 1: 10"), (3, "ok", "M8", "from 100: 9.5"), (4, "ok", "4006381333931", "from 1: 4")],
        )
        self.assertIn("Farbe", wizard.summary)
        self.assertFalse(self.contract.rule_ids, "nothing is written by looking")
        wizard.action_import()
        self.assertEqual(
            self.tiers(self.contract),
            {self.bolt.display_name: [(1, 10), (100, 9.5)], self.nut.display_name: [(1, 4)]},
        )

    def test_every_error_is_listed_in_words_by_row(self):
        builders.product(self.env, "Bolt A", default_code="TWICE")
        builders.product(self.env, "Bolt B", default_code="TWICE")
        builders.product(self.env, "Old bolt", default_code="OLD", active=False)
        self.env["product.category"].create([{"name": "Screws"}, {"name": "Screws"}])
        cases = [
            ("XX;;1;;;;;", "No product has the SKU, barcode or name “XX”"),
            ("TWICE;;1;;;;;", "2 products have “TWICE”"),
            ("OLD;;1;;;;;", "is archived"),
            ("M8;;ten;;;;;", "“ten” is no number"),
            ("M8;;1;1;150;;;", ""),
            ("M8;;2;100;;;;", "up to 150 overlaps the one that begins at 100"),
            ("N8;;1;;;Bundle;;", "No unit of measure is called “Bundle”"),
            ("N8;;1;;;kg;;", "cannot be converted to kg"),
            ("N8;;-1;;;;;", "below zero"),
            ("N8;;1;;;;31.12.2026;1.1.2026", "ends on 2026-01-01, before it begins"),
            (";Screws;1;;;;;", "2 categories are called"),
            (";Bolts of all kinds;1;;;;;", "No product category"),
            (";;1;;;;;", "does not say what it applies to"),
            ("N8;;1;1.5;;;;", "whole units are counted"),
            ("N8;;1;;;Units;1/2/2026;", "can be read in two ways"),
        ]
        header = "SKU;Category;Price;From quantity;Up to;Unit;Valid from;Valid until"
        wizard = self.wizard(header, *(line for line, _words in cases))
        wizard.action_preview()
        found = {line.row: line for line in wizard.line_ids}
        for row, (line, words) in enumerate(cases, start=2):
            with self.subTest(line):
                self.assertEqual(found[row].status, "error")
                self.assertIn(words or "Belongs to row 7", found[row].problem)
        self.assertEqual((wizard.rule_count, wizard.error_count), (0, len(cases)))
        with self.assertRaisesRegex(UserError, f"{len(cases)} rows have errors"):
            wizard.action_import()
        with self.assertRaisesRegex(UserError, "nothing can be imported"):
            wizard.action_import_good()
        self.assertFalse(self.contract.rule_ids)

    def test_good_rows_go_in_and_the_rest_comes_back_with_reasons(self):
        wizard = self.wizard("SKU;Price;Note", "M8;10;fine", "XX;1;=cmd|calc", "N8;1.234;")
        wizard.action_preview()
        self.assertEqual(wizard.error_count, 2)
        wizard.action_import_good()
        self.assertEqual(self.tiers(self.contract), {self.bolt.display_name: [(1, 10)]})
        rows = list(load_workbook(BytesIO(base64.b64decode(wizard.rejected_file))).active.iter_rows(values_only=True))
        self.assertEqual([row[0] for row in rows], ["SKU", "XX", "N8"])
        self.assertEqual(rows[1][2], "'=cmd|calc", "no spreadsheet takes it for a formula")
        self.assertIn("Correct it, or make the product", rows[1][3])
        mended = self.wizard(base64.b64decode(wizard.rejected_file), decimal_mark=".")
        mended.action_preview()
        self.assertEqual((mended.rule_count, mended.error_count), (1, 1), "the file that comes back can be mended")

    def test_products_that_have_a_price_are_replaced_or_set_aside(self):
        self.contract.rule_ids = [Command.create(builders.price_rule(self.bolt, {1: 99}))]
        lines = ("SKU;Price", "M8;10", "N8;4")
        refused = self.wizard(*lines, existing="refuse")
        refused.action_preview()
        self.assertIn("has a price for it already", refused.wrong_line_ids.problem)
        self.wizard(*lines).action_import()
        self.assertEqual(
            self.tiers(self.contract), {self.bolt.display_name: [(1, 10)], self.nut.display_name: [(1, 4)]}
        )

    def test_whole_contracts_one_for_each_customer(self):
        other = builders.customer(self.env, "Other AG", ref="K-2")
        wizard = self.wizard(
            "Customer;Contract;Currency;Contract from;Contract until;SKU;1;100",
            "DE 999 000 009;Fasteners;USD;2026-01-01;2026-12-31;M8;10;9",
            "DE 999 000 009;Fasteners;USD;2026-01-01;2026-12-31;N8;4;",
            "K-2;Nuts;;;;N8;5;4.5",
            contract=self.env["b2b.contract"],
        )
        wizard.action_preview()
        self.assertEqual(wizard.error_count, 0, wizard.wrong_line_ids.mapped("problem"))
        wizard.action_import()
        first, second = wizard.made_ids.sorted("id")
        self.assertEqual((first.partner_id, second.partner_id, first.state), (self.customer, other, "draft"))
        self.assertEqual((first.title, first.date_end), ("Fasteners", date(2026, 12, 31)))
        self.assertEqual(self.tiers(first)[self.bolt.display_name], [(1, 10), (100, 9)])
        self.assertEqual(self.tiers(second), {self.nut.display_name: [(1, 5), (100, 4.5)]})

    def test_what_is_wrong_with_whole_contracts(self):
        builders.customer(self.env, "Twin")
        builders.customer(self.env, "Twin")
        without_rate = self.env["res.currency"].create({"name": "XQQ", "symbol": "q"})
        cases = [
            (";;;", "does not say the customer"),
            ("Nobody;;;", "No company has"),
            ("Twin;;;", "2 companies fit"),
            ("K-1;ZZZ;;", "no active currency “ZZZ”"),
            (f"K-1;{without_rate.name};;", "has no exchange rate"),
            ("K-1;;2026-12-31;2026-01-01", "ends on 2026-01-01, before it begins"),
        ]
        wizard = self.wizard(
            "Customer;Currency;Contract from;Contract until;SKU;Price",
            *(f"{line};M8;{number}" for number, (line, _words) in enumerate(cases)),
            contract=self.env["b2b.contract"],
        )
        wizard.action_preview()
        for line, (_text, words) in zip(wizard.line_ids.sorted("row"), cases, strict=True):
            with self.subTest(words):
                self.assertIn(words, line.problem)
        elsewhere = self.wizard("Customer;Currency;SKU;Price", "Twin;EUR;M8;1", "K-1;;N8;1")
        elsewhere.action_preview()
        self.assertIn("the contract is with", elsewhere.line_ids.filtered(lambda line: line.row == 2).problem)
        self.assertEqual(elsewhere.rule_count, 1)

    def test_files_that_cannot_be_read_are_refused_in_words(self):
        for content, words in [
            (b"", "Choose a file"),
            (b"hello;world", "No row with headings"),
            (b"%PDF-1.4", "no CSV and no XLSX"),
            (b"SKU;Price", "no rows below"),
            (b"PK\x03\x04", "cannot be read"),
        ]:
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                self.wizard(content).action_preview()

    def test_only_drafts_and_only_people_who_write_contracts(self):
        wizard = self.wizard("SKU;Price", "M8;10")
        boss = new_test_user(self.env, "boss", "sales_team.group_sale_manager")
        self.contract.write({"rule_ids": [Command.create(builders.price_rule(self.nut, {1: 4}))]})
        self.contract.action_submit()
        for action in ("action_preview", "action_import"):
            with self.subTest(action), self.assertRaisesRegex(UserError, "not changed in place"):
                getattr(wizard, action)()
        with self.assertRaises(AccessError):
            self.env["b2b.contract.import"].with_user(
                new_test_user(self.env, "seller", "sales_team.group_sale_salesman")
            ).create({})
        self.contract.action_reset_to_draft()
        own = (
            self.env["b2b.contract.import"]
            .with_user(boss)
            .create({"file": base64.b64encode(text("SKU;Price", "M8;10")), "contract_id": self.contract.id})
        )
        own.action_import()
        self.assertEqual(self.contract.last_editor_id, boss, "who imports is who edited: another person approves")

    def test_a_large_file_costs_no_more_queries_for_each_row(self):
        def lines(count):
            products = self.env["product.product"].create(
                [{"name": f"P{number}", "default_code": f"L{count}-{number}"} for number in range(count)]
            )
            self.env.flush_all()
            return ["SKU;Price;From quantity", *(f"{product.default_code};10;1" for product in products)]

        counts = []
        for size in (50, 400):
            wizard = self.wizard(*lines(size))
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            wizard.action_preview()
            wizard.action_import()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(self.contract.rule_ids), size if size == 50 else 450)
        self.assertLess(counts[1] - counts[0], 60, counts)


@tagged("post_install", "-at_install")
class TestPriceFile(ImportCase, HttpCase):
    def test_an_exported_price_list_reads_back_as_itself(self):
        category = self.env["product.category"].create({"name": "Nuts"})
        rules = [
            builders.price_rule(self.bolt, {1: 10.125, 100: 9.5}, mode="graduated", date_end="2026-12-31"),
            builders.price_rule(self.nut.product_tmpl_id, {1: 12.5}, computation="discount", sequence=3),
            builders.price_rule(
                category, {1: 5, 50: 7}, computation="discount", basis="cumulative", period="contract_year"
            ),
            builders.price_rule(None, {1: 20}, computation="cost_plus", name="=SUM(A1)"),
        ]
        self.contract.rule_ids = [Command.create(rule) for rule in rules]
        terms = self.terms()
        for field in ("price_file_xlsx", "price_file_csv"):
            with self.subTest(field):
                wizard = self.wizard(base64.b64decode(self.contract[field]))
                wizard.action_preview()
                self.assertEqual(wizard.error_count, 0, wizard.wrong_line_ids.mapped("problem"))
                wizard.action_import()
                self.assertEqual(self.terms(), terms)

    def terms(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return [{**rule._terms(), "rule": rule.name, "sequence": rule.sequence} for rule in self.contract.rule_ids]

    def test_the_button_downloads_the_file(self):
        self.contract.rule_ids = [Command.create(builders.price_rule(self.bolt, {1: 10}))]
        self.authenticate("admin", "admin")
        for kind, start in (("xlsx", b"PK"), ("csv", b"\xef\xbb\xbfApplies to;SKU")):
            url = self.contract.with_context(b2b_format=kind).action_export_prices()["url"]
            answer = self.url_open(url)
            self.assertEqual(answer.status_code, 200)
            self.assertTrue(answer.content.startswith(start), answer.content[:40])
        self.authenticate(None, None)
        self.assertNotEqual(self.url_open(url).content[:3], b"\xef\xbb\xbf", "not for people who are not logged in")

    def test_formulas_in_a_file_are_not_prices(self):
        wizard = self.wizard(write_csv([["SKU", "Price"], ["M8", "=1+1"]]))
        wizard.action_preview()
        self.assertIn("no number", wizard.line_ids.problem)
