"""The invoice that a customer receives: its PDF is read back, and nothing is fetched from the network for it."""

import io
import socket
from unittest.mock import patch

import segno
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .document_common import DocumentCommon


@tagged("post_install", "-at_install")
class TestInvoiceDocument(DocumentCommon):
    def test_the_pdf_shows_lines_totals_and_how_to_pay(self):
        move = self.invoice([("Pump 200", 2, 249.95), ("Hex bolt M8", 1000, 0.0333)])
        text = " ".join(self.pages(move))
        for expected in (
            move.name,
            "Pump 200",
            "499.90",
            "0.0333",
            "33.30",
            "533.20",
            "79.98",
            "613.18",
            "DE89 3704 0044 0532 0130 00",
            "Hauptstr. 1",
            move.payment_reference,
        ):
            self.assertIn(expected, text)

    def test_a_long_invoice_repeats_its_header_and_numbers_its_pages(self):
        move = self.invoice([(f"Article {number}", 1, 10.0) for number in range(80)])
        pages = self.pages(move)
        self.assertGreaterEqual(len(pages), 3)
        for number, text in enumerate(pages, start=1):
            self.assertIn(move.name, text)
            self.assertIn(f"Page {number} of {len(pages)}", text)
            self.assertIn("Net amount" if number < len(pages) else "Total", text)
        for number in range(80):
            self.assertIn(f"Article {number}", " ".join(pages))

    def test_several_invoices_each_keep_their_own_pages(self):
        first, second = self.invoice([("One", 1, 1.0)]), self.invoice([("Two", 1, 2.0)])
        pages = self.pages(first + second)
        self.assertEqual(len(pages), 2)
        self.assertIn(first.name, pages[0])
        self.assertIn(second.name, pages[1])
        self.assertNotIn(first.name, pages[1])

    def test_order_and_po_number_stand_on_the_invoice(self):
        orders = self.env["sale.order"].create(
            [
                {
                    "partner_id": self.partner_a.id,
                    "client_order_ref": po,
                    "order_line": [
                        Command.create({"product_id": self.product_a.id, "product_uom_qty": 1, "price_unit": 10.0})
                    ],
                }
                for po in ("PO-4711", "PO-4712")
            ]
        )
        orders.action_confirm()
        for line in orders.order_line:
            line.qty_delivered = 1
        moves = orders._create_invoices()
        moves.action_post()
        text = " ".join(self.pages(moves))
        for order in orders:
            self.assertIn(order.name, text)
            self.assertIn(order.client_order_ref, text)

    def scanned(self, move):
        """What a phone reads off the picture of the code."""
        image = segno.make(move._b2b_scan_to_pay()["payload"], error="m", boost_error=False, encoding="utf-8")
        self.assertEqual(image.svg_data_uri(border=0), move._b2b_scan_to_pay()["image"])
        target = io.BytesIO()
        image.save(target, kind="png", scale=6, border=4)
        (code,) = zxingcpp.read_barcodes(Image.open(target).convert("L"))
        return code.text

    def test_scan_to_pay_says_account_amount_and_reference(self):
        move = self.invoice([("Pump", 1, 100.0)], payment_reference="Größe 7")
        self.assertEqual(
            self.scanned(move).split("\n"),
            ["BCD", "002", "1", "SCT", "", "company_1_data", "DE89370400440532013000", "EUR115.00", "", "", "Größe 7"],
        )

    def test_a_creditor_reference_goes_into_its_own_field_and_is_printed_in_groups(self):
        move = self.invoice([("Pump", 1, 100.0)], payment_reference="RF18539007547034")
        self.assertEqual(self.scanned(move).split("\n")[9:], ["RF18539007547034"])
        self.assertIn("RF18 5390 0754 7034", " ".join(self.pages(move)))

    def test_rupees_are_asked_for_by_upi(self):
        rupee = self.env.ref("base.INR")
        rupee.active = True
        bank = self.company_data["company"].partner_id.bank_ids
        values = {"currency_id": rupee.id, "payment_reference": "INV 7"}
        self.assertIsNone(self.invoice([("Pump", 1, 100.0)], **values)._b2b_scan_to_pay())
        bank.b2b_upi_address = "nordwind.ltd@hdfcbank"
        self.assertEqual(
            self.scanned(self.invoice([("Pump", 1, 100.0)], **values)),
            "upi://pay?pa=nordwind.ltd@hdfcbank&pn=company_1_data&am=115.00&cu=INR&tn=INV%207",
        )
        with self.assertRaisesRegex(ValidationError, "name@bank"):
            bank.b2b_upi_address = "nordwind"

    def test_instalments_and_the_early_payment_discount_are_said(self):
        terms = self.env["account.payment.term"].create(
            [
                {"name": "Halves", "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days}) for days in (10, 40)]},
                {"name": "2 % 10 days", "early_discount": True, "discount_percentage": 2, "discount_days": 10,
                 "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})]},
            ]
        )  # fmt: skip
        halves = self.invoice([("Pump", 1, 100.0)], invoice_payment_term_id=terms[0].id)
        text = " ".join(self.pages(halves))
        for expected in ("57.50 € by 11/30/2026", "57.50 € by 12/30/2026", "Halves"):
            self.assertIn(expected, text)
        self.assertIn("EUR57.50", self.scanned(halves))
        text = " ".join(self.pages(self.invoice([("Pump", 1, 100.0)], invoice_payment_term_id=terms[1].id)))
        self.assertIn("112.70 € by 11/30/2026 (early payment discount of 2.30 €)", text)

    def test_each_page_carries_the_sum_over_to_the_next(self):
        pages = self.pages(self.invoice([(f"Article {number}", 1, 10.0) for number in range(80)]))
        so_far = 0
        for number, text in enumerate(pages, start=1):
            lines = text.count("Article ")
            self.assertEqual(bool(so_far and lines), "Brought forward" in text)
            if so_far and lines:
                self.assertIn(f"Brought forward {so_far:,.2f} €", text)
            so_far += 10 * lines
            self.assertEqual(number < len(pages), f"Carried forward {so_far:,.2f} €" in text)
        self.assertEqual(so_far, 800)

    def test_no_scan_to_pay_for_another_currency_or_a_credit_note(self):
        self.assertIsNone(self.invoice([("Pump", 1, 1.0)], currency_id=self.env.ref("base.USD").id)._b2b_scan_to_pay())
        self.assertIsNone(self.invoice([("Pump", 1, 1.0)], move_type="out_refund")._b2b_scan_to_pay())

    def test_devanagari_is_set_in_the_bundled_font(self):
        self.partner_a.name = "हिन्दी पंप भंडार"
        content = (
            self.env["ir.actions.report"]
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf("account.account_invoices", self.invoice([("पंप", 1, 1.0)]).ids)[0]
        )
        fonts = {
            font["/BaseFont"]
            for page in PdfReader(io.BytesIO(content)).pages
            for font in (entry.get_object() for entry in page["/Resources"]["/Font"].values())
        }
        self.assertTrue(any("Devanagari" in name for name in fonts), fonts)

    def test_an_emoji_in_a_po_number_is_the_emoji(self):
        [page] = self.pages(self.invoice([("Bolt", 1, 10.0)], ref="PO-📦-4711"))
        self.assertIn("PO-📦-4711", page)

    def test_nothing_is_fetched_from_the_network(self):
        move = self.invoice(
            [("Pump", 1, 1.0)],
            narration='<p>Note <img src="http://192.0.2.1/x.png"/><img src="file:///etc/passwd"/></p>',
        )
        with patch.object(socket.socket, "connect", side_effect=AssertionError("a document went to the network")):
            text = " ".join(self.pages(move))
        self.assertIn("Note", text)

    def test_odoos_own_layout_and_reports_go_through_the_same_engine(self):
        self.company_data["company"].b2b_invoice_layout = False
        move = self.invoice([("Pump 200", 2, 249.95)])
        text = " ".join(self.pages(move))
        self.assertIn("Pump 200", text)
        self.assertIn("574.89", text.replace(",", ""))
