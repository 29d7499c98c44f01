"""The customer's price list in the portal: searched, downloaded, and nobody else's."""

import csv
import io
from datetime import timedelta

import openpyxl
from pypdf import PdfReader

from odoo.tests import tagged

from .builders import contract, order, price_rule, product
from .portal_common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalPrices(PortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bolt = product(cls.env, "Hex bolt M8", 12.0, default_code="SCR-8")
        cls.drill = product(cls.env, "Impact drill", 200.0)
        cls.formula = product(cls.env, '=HYPERLINK("http://evil")', 2.0, default_code="@SUM(A1)")
        cls.unknown = product(cls.env, "Never ordered", 50.0)
        cls.until = cls.today + timedelta(days=90)
        cls.agreed = contract(
            cls.env,
            cls.hansen,
            [
                price_rule(cls.bolt, {1: 10.0, 100: 9.0, 500: 8.0}),
                price_rule(cls.formula, {1: 1.5}),
                price_rule(None, {1: 10.0, 100: 20.0}, computation="discount"),
            ],
            date_start=cls.today - timedelta(days=30),
            date_end=cls.until,
        )
        contract(cls.env, cls.brandt, [price_rule(cls.drill, {1: 7.77})])
        order(
            cls.env, cls.buyer, [(cls.drill, 1)], confirm=True, date_order=f"{cls.today - timedelta(days=9)} 09:00:00"
        )

    def table(self, kind, search=""):
        answer = self.get(f"/my/prices/download?kind={kind}&search={search}")
        if kind == "csv":
            return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        return [list(row) for row in sheet.iter_rows(values_only=True)]

    def test_agreed_prices_and_what_they_mean_for_goods_that_were_ordered(self):
        text = self.get("/my/prices").text
        for expected in (
            "Hex bolt M8",
            "SCR-8",
            "1–99",
            "100–499",
            "from 500",
            "9.00",
            "Impact drill",
            "180.00",
            "160.00",
        ):
            self.assertIn(expected, text)
        self.assertNotIn("Never ordered", text)
        self.assertNotIn("7.77", text)
        self.assertIn("All your prices", self.get("/my/contracts").text)

    def test_search(self):
        for search, found, missing in (
            ("scr-8", "Hex bolt M8", "Impact drill"),
            ("drill", "Impact drill", "Hex bolt M8"),
            ("%", "Nothing of that name", "Hex bolt M8"),
            ("zzz", "Nothing of that name", "Hex bolt M8"),
        ):
            with self.subTest(search):
                text = self.get("/my/prices", params={"search": search}).text
                self.assertIn(found, text)
                self.assertNotIn(missing, text.split("<main")[1])

    def test_the_table_as_csv_and_as_a_workbook(self):
        rows = self.table("csv")
        self.assertEqual(rows[0][:6], ["Item", "Code", "Unit", "From quantity", "Discount %", "Price"])
        bolts = [row for row in rows if row[0] == "Hex bolt M8"]
        self.assertEqual([(row[3], row[5]) for row in bolts], [("1.0", "10.0"), ("100.0", "9.0"), ("500.0", "8.0")])
        self.assertEqual(bolts[0][8:10], [self.until.isoformat(), self.agreed.name])
        rows = self.table("xlsx", "drill")
        self.assertEqual(
            [(row[0], row[3], row[5]) for row in rows[1:]], [("Impact drill", 1, 180), ("Impact drill", 100, 160)]
        )

    def test_cells_do_no_harm(self):
        for kind in ("csv", "xlsx"):
            (row,) = [row for row in self.table(kind) if "HYPERLINK" in str(row[0])]
            self.assertEqual(row[:2], ['\'=HYPERLINK("http://evil")', "'@SUM(A1)"])

    def test_pages_follow_each_other_without_loss(self):
        many = self.env["product.product"].create(
            [{"name": f"Part {number:03}", "taxes_id": False} for number in range(120)]
        )
        contract(
            self.env,
            self.hansen,
            [price_rule(one, {1: 5.0}) for one in many],
            date_start=self.today - timedelta(days=30),
        )
        text = "".join(self.get(f"/my/prices/page/{page}").text for page in (1, 2, 3))
        for name in (*many.mapped("name"), "Hex bolt M8", "Impact drill"):
            self.assertEqual(text.count(f">{name}<"), 1, name)

    def test_without_a_contract(self):
        self.agreed._terminate(self.today - timedelta(days=1), "test")
        self.assertIn("No prices are agreed with you", self.get("/my/prices").text)
        self.assertEqual(len(self.table("csv")), 1)

    def test_a_long_price_list_as_pdf_has_its_headings_on_every_page(self):
        many = self.env["product.product"].create([{"name": f"Part {number:03}"} for number in range(220)])
        long = contract(
            self.env,
            self.hansen,
            [price_rule(one, {1: 5.0, 10: 4.0}) for one in many],
            date_start=self.today - timedelta(days=30),
        )
        self.real_documents()
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        content = report._render_qweb_pdf("b2b_invoice_automation.report_contract", long.ids)[0]
        pages = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
        self.assertGreater(len(pages), 5)
        whole = "\n".join(pages)
        for number in range(220):
            self.assertEqual(whole.count(f"Part {number:03}"), 1)
        for page in [page for page in pages if "Part " in page]:
            self.assertIn("Item", page)
            self.assertIn("Discount", page)
