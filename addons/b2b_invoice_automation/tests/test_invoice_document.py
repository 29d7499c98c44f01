"""The invoice that a customer receives: its PDF is read back, and nothing is fetched from the network for it."""

import io
import socket
from unittest.mock import patch

from pypdf import PdfReader

from odoo import Command
from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon


@tagged("post_install", "-at_install")
class TestInvoiceDocument(AccountTestInvoicingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("sales_team.group_sale_salesman_all_leads")
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True
        cls.env["res.partner.bank"].create(
            {"acc_number": "DE89370400440532013000", "partner_id": cls.company_data["company"].partner_id.id}
        )
        cls.partner_a.write({"street": "Hauptstr. 1", "city": "Berlin", "zip": "10115", "lang": "en_US"})

    def invoice(self, lines, **values):
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner_a.id,
                "currency_id": self.euro.id,
                "invoice_date": "2026-11-20",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": name,
                            "quantity": quantity,
                            "price_unit": price,
                            "tax_ids": [Command.set(self.company_data["default_tax_sale"].ids)],
                        }
                    )
                    for name, quantity, price in lines
                ],
                **values,
            }
        )
        move.action_post()
        return move

    def pages(self, moves, report="account.account_invoices"):
        content, kind = (
            self.env["ir.actions.report"].with_context(force_report_rendering=True)._render_qweb_pdf(report, moves.ids)
        )
        self.assertEqual(kind, "pdf")
        return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]

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

    def test_scan_to_pay_says_account_amount_and_reference(self):
        move = self.invoice([("Pump", 1, 100.0)])
        with patch("segno.helpers.make_epc_qr", wraps=__import__("segno.helpers", fromlist=["x"]).make_epc_qr) as make:
            self.assertTrue(move._b2b_scan_to_pay().startswith("data:image/svg"))
        given = make.call_args.kwargs
        self.assertEqual((given["iban"], given["amount"]), ("DE89370400440532013000", 115.0))
        self.assertEqual(given["text"], move.payment_reference)

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
