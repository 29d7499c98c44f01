"""What a buyer sees of invoices and orders, and that a neighbour's are out of reach in every form."""

import io
import zipfile

from lxml import html
from pypdf import PdfReader

from odoo.tests import tagged

from .builders import contract, price_rule
from .portal_common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalInvoices(PortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.late = cls.invoice_order(
            cls.colleague, 200.0, days_ago=40, due_in=30, po="PO-4711", shop_number="100000042"
        )
        cls.open = cls.invoice_order(cls.buyer, 300.0, po="PO-4712")
        cls.paid = cls.invoice_order(cls.buyer, 400.0, po="PO-4713")
        cls.pay(cls.paid, 400.0)
        cls.foreign = cls.invoice_order(cls.neighbour, 999.0, days_ago=40, due_in=30, po="PO-4711")

    def listed(self, query="", login="buyer-a"):
        """The invoices that the list shows, by name, with the open amount as text."""
        page = html.fromstring(self.get(f"/my/invoices{query}", login).content)
        return {
            row.xpath(".//a/@title")[0]: " ".join(row.xpath(".//td[@name='open']")[0].text_content().split())
            for row in page.xpath("//form[contains(@class, 'o_b2b_invoices')]//tbody/tr")
        }

    def test_the_list_has_the_whole_companys_invoices_with_open_amounts(self):
        listed = self.listed()
        self.assertEqual(set(listed), {self.late.name, self.open.name, self.paid.name})
        self.assertIn("200.00", listed[self.late.name])
        self.assertIn("0.00", listed[self.paid.name])

    def test_filters(self):
        for filterby, expected in (
            ("open", self.late + self.open),
            ("overdue_invoices", self.late),
            ("paid", self.paid),
            ("credit_notes", self.env["account.move"]),
            ("invoices", self.late + self.open + self.paid),
            ("no such filter", self.late + self.open + self.paid),
        ):
            with self.subTest(filterby):
                self.assertEqual(set(self.listed(f"?filterby={filterby}")), set(expected.mapped("name")))

    def test_search_by_any_number(self):
        order = self.late.invoice_line_ids.sale_line_ids.order_id
        for text, search_in, expected in (
            (self.late.name, "all", self.late),
            ("PO-4711", "all", self.late),
            ("po-471", "po", self.late + self.open + self.paid),
            ("100000042", "shop", self.late),
            (order.name, "order", self.late),
            (order.name, "po", self.env["account.move"]),
            ("nothing like it", "all", self.env["account.move"]),
            ("PO-4711", "no such place", self.late),
        ):
            with self.subTest(text=text, search_in=search_in):
                listed = self.listed(f"?search={text}&search_in={search_in}")
                self.assertEqual(set(listed), set(expected.mapped("name")))

    def test_odd_parameters_are_not_an_error(self):
        for query in (
            "?sortby=x",
            "?date_begin=x&date_end=y",
            "/page/99",
            "?search=%25&filterby=open",
            "?error=too_many",
        ):
            with self.subTest(query):
                self.assertEqual(self.get(f"/my/invoices{query}").status_code, 200)

    def test_days_and_texts_that_no_database_holds_are_not_an_error(self):
        for query in (
            "search=%00",
            "search=PO%00-47",
            "date_begin=9999-99-99&date_end=1",
            "date_begin=0001-01-01&date_end=9999-12-31",
            "date_begin=%00&date_end=%00",
        ):
            for page in ("invoices", "orders", "quotes"):
                with self.subTest(query, page=page):
                    self.assertEqual(self.get(f"/my/{page}?{query}").status_code, 200)
        self.assertEqual(set(self.listed("?search=PO%00-4712")), {self.open.name})

    def test_the_empty_list_says_what_will_be_there(self):
        self.foreign.button_draft()
        page = self.get("/my/invoices", "buyer-b").text
        self.assertIn("Your invoices will be here", page)
        self.assertIn("Nothing is open", self.get("/my", "buyer-b").text)

    def test_overdue_counts_the_whole_company(self):
        self.authenticate("buyer-a", "buyer-a")
        result = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["overdue_invoice_count", "b2b_contract_count"]}
        )
        self.assertEqual(result, {"overdue_invoice_count": 1, "b2b_contract_count": 0})

    def test_the_pdf_is_the_invoice_with_factur_x_inside_and_stays_the_same(self):
        self.real_documents()
        place = {"street": "Hauptstr. 1", "city": "Berlin", "zip": "10115", "country_id": self.env.ref("base.de").id}
        (self.company.partner_id | self.hansen).write(place)
        self.company.partner_id.vat = "DE136695976"
        taxed = self.invoice_order(self.buyer, 300.0, po="PO-4714", tax=self.company_data["default_tax_sale"])
        address = f"/my/invoices/{taxed.id}?report_type=pdf&download=true"
        answer = self.get(address)
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        reader = PdfReader(io.BytesIO(answer.content))
        text = reader.pages[0].extract_text()
        self.assertIn(taxed.name, text)
        self.assertIn("300.00", text)
        self.assertNotIn("Proforma", text)
        self.assertIn("factur-x.xml", reader.attachments)
        self.assertIn(taxed.name.encode(), reader.attachments["factur-x.xml"][0])
        self.assertEqual(self.get(address).content, answer.content)
        self.assertEqual(taxed.invoice_pdf_report_id.raw, answer.content)

    def test_the_preview_is_the_invoice(self):
        answer = self.get(f"/my/invoices/{self.open.id}?report_type=html")
        self.assertIn(self.open.name, answer.text)
        self.assertNotIn("Proforma", answer.text)

    def test_several_invoices_come_as_one_zip(self):
        self.real_documents()
        answer = self.get(f"/my/invoices/download?ids={self.open.id}&ids={self.late.id}")
        self.assertEqual(answer.headers["Content-Type"], "application/zip")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            self.assertEqual(len(archive.namelist()), 2)
            for name in archive.namelist():
                self.assertTrue(archive.read(name).startswith(b"%PDF"), name)

    def test_a_zip_of_nothing_or_of_too_much_leads_back_to_the_list(self):
        self.assertTrue(self.get("/my/invoices/download").url.endswith("/my/invoices"))
        many = "&".join(f"ids={number}" for number in range(1, 102))
        answer = self.get(f"/my/invoices/download?{many}")
        self.assertIn("error=too_many", answer.url)
        self.assertIn("At most 100", answer.text)

    def test_a_neighbours_invoice_is_out_of_reach_in_every_form(self):
        token = self.open._portal_ensure_token()
        self.foreign._portal_ensure_token()
        for address in (
            f"/my/invoices/{self.foreign.id}",
            f"/my/invoices/{self.foreign.id}?report_type=pdf&download=true",
            f"/my/invoices/{self.foreign.id}?report_type=xml&download=true",
            f"/my/invoices/{self.foreign.id}?report_type=html",
            f"/my/invoices/{self.foreign.id}?access_token={token}",
            f"/my/invoices/{self.foreign.id}?access_token={token}&report_type=pdf",
            f"/my/orders/{self.foreign.invoice_line_ids.sale_line_ids.order_id.id}",
        ):
            with self.subTest(address):
                answer = self.get(address)
                self.assertTrue(answer.url.endswith("/my"), answer.url)
                self.assertNotIn("999.00", answer.text)
                self.assertNotIn(self.foreign.name, answer.text)
        for address in (
            f"/my/invoices/download?ids={self.foreign.id}",
            f"/my/invoices/download?ids={self.open.id}&ids={self.foreign.id}",
            f"/report/pdf/account.report_invoice/{self.foreign.id}",
            f"/report/html/account.report_invoice/{self.foreign.id}",
            f"/account/download_invoice_documents/{self.foreign.id}/pdf",
        ):
            with self.subTest(address):
                answer = self.get(address)
                self.assertIn(answer.status_code, (403, 404))
                self.assertNotIn("999.00", answer.text)

    def test_a_neighbours_pdf_is_out_of_reach_as_an_attachment(self):
        self.foreign._b2b_customer_documents()
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", "account.move"), ("res_id", "=", self.foreign.id), ("res_field", "!=", False)], limit=1
        )
        self.assertTrue(attachment)
        for address in (
            f"/web/content/{attachment.id}",
            f"/web/content/account.move/{self.foreign.id}/invoice_pdf_report_file",
            f"/web/content/{attachment.id}?access_token={self.open._portal_ensure_token()}",
            f"/web/image/{attachment.id}",
        ):
            with self.subTest(address):
                answer = self.get(address)
                self.assertNotEqual(answer.content, attachment.raw)
                self.assertTrue(answer.status_code in (403, 404) or answer.headers["Content-Type"].startswith("image/"))

    def test_a_token_opens_its_own_invoice_only(self):
        token = self.foreign._portal_ensure_token()
        self.authenticate(None, None)
        own = self.url_open(f"/my/invoices/{self.foreign.id}?access_token={token}")
        self.assertIn(f"/my/invoices/{self.foreign.id}", own.url)
        swapped = self.url_open(f"/my/invoices/{self.open.id}?access_token={token}")
        self.assertIn("/web/login", swapped.url)

    def test_orders_show_their_numbers_and_what_is_invoiced(self):
        waiting = self.late.invoice_line_ids.sale_line_ids.order_id.copy({"client_order_ref": "PO-9000"})
        waiting.action_confirm()
        text = self.get("/my/orders").text
        for expected in ("PO-4711", "100000042", "PO-9000", "To be invoiced", "Invoiced"):
            self.assertIn(expected, text)
        for query, expected, missing in (
            ("?search=100000042&search_in=shop", "PO-4711", "PO-4712"),
            ("?search=PO-9000", waiting.name, "PO-4711"),
            ("?filterby=open", waiting.name, "PO-4712"),
            ("?filterby=nonsense&sortby=nonsense", "PO-4712", "no such order"),
        ):
            with self.subTest(query):
                text = self.get(f"/my/orders{query}").text
                self.assertIn(expected, text)
                self.assertNotIn(missing, text)
        self.assertIn("No order fits", self.get("/my/orders?search=nothing").text)

    def test_the_order_page_says_the_shops_number(self):
        order = self.late.invoice_line_ids.sale_line_ids.order_id
        self.assertIn("100000042", self.get(f"/my/orders/{order.id}").text)

    def test_paying_overdue_asks_for_the_open_amount_of_all_contacts(self):
        also_late = self.invoice_order(self.buyer, 50.0, days_ago=40, due_in=30)
        self.pay(self.late, 80.0)
        self.env["ir.config_parameter"].set_param("account_payment.enable_portal_payment", True)
        answer = self.get("/my/invoices/overdue")
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(answer.url.endswith("/my/invoices/overdue"), answer.url)
        self.assertEqual(also_late.partner_id.commercial_partner_id, self.late.partner_id.commercial_partner_id)
        self.assertIn("170.00", answer.text)

    def test_a_buyers_way_through_the_portal(self):
        contract(self.env, self.hansen, [price_rule(self.product_a, {1: 10.0, 100: 9.0})], title="Prices 2026")
        self.start_tour("/my", "b2b_portal_buyer", login="buyer-a")
