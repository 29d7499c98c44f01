"""What law and the customer's language ask of the paper: taxes by rate, legal notes, sections, three languages."""

import io

from pypdf import PdfReader

from odoo import Command
from odoo.tests import tagged

from .document_common import DocumentCommon

WORDS = {
    "de_DE": ("Rechnung", "Fällig", "Einzelpreis", "Nettosumme", "Bitte zahlen Sie", "Seite 1 von", "Übertrag"),
    "fr_FR": ("Facture", "Échéance", "Prix unitaire", "Total HT", "Merci de payer", "Page 1 sur", "À reporter"),
    "hi_IN": ("बीजक", "दिनांक", "इकाई मूल्य", "का भुगतान करें", "पृष्ठ 1", "आगे ले जाया गया"),
}


@tagged("post_install", "-at_install")
class TestInvoicePaper(DocumentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.high, cls.low = cls.tax(19), cls.tax(7)

    @classmethod
    def tax(cls, percent, **values):
        return cls.env["account.tax"].create(
            {
                "name": f"{percent} %",
                "amount": percent,
                "type_tax_use": "sale",
                "company_id": cls.company_data["company"].id,
                "tax_group_id": cls.company_data["default_tax_sale"].tax_group_id.id,
                **values,
            }
        )

    def lines(self, *lines):
        """Values of an invoice's lines: (name, price, taxes), or a dict of values."""
        return {
            "invoice_line_ids": [
                Command.create(
                    line
                    if isinstance(line, dict)
                    else {"name": line[0], "price_unit": line[1], "tax_ids": [Command.set(line[2].ids)]}
                )
                for line in lines
            ]
        }

    def text(self, move):
        return " ".join(" ".join(self.pages(move)).split())

    def test_taxes_are_summed_by_rate_and_their_nets_add_up(self):
        none = self.env["account.tax"]
        move = self.invoice(
            [], **self.lines(("Pump", 100.0, self.high), ("Book", 30.0, self.low), ("Deposit", 5.0, none))
        )
        self.assertEqual(
            move._b2b_document_taxes(),
            [
                {"label": "19 %", "base": 100.0, "amount": 19.0},
                {"label": "7 %", "base": 30.0, "amount": 2.1},
                {"label": "Without tax", "base": 5.0, "amount": 0.0},
            ],
        )
        text = self.text(move)
        for row in ("19 % 100.00 € 19.00 €", "7 % 30.00 € 2.10 €", "Without tax 5.00 € 0.00 €"):
            self.assertIn(row, text)

    def test_a_price_with_tax_in_it_is_printed_without_so_that_the_line_multiplies_out(self):
        inside = self.tax(19, name="19 % in it", price_include_override="tax_included")
        line = {"name": "Pump", "quantity": 2, "price_unit": 119.0, "tax_ids": [Command.set(inside.ids)]}
        cheap = {**line, "name": "Bolt", "quantity": 3, "price_unit": 9.99}
        cut = {**line, "name": "Valve", "discount": 10.0}
        move = self.invoice([], **self.lines(line, cheap, cut, ("Belt", 119.0, self.high)))
        text = self.text(move)
        for row in ("Pump 2 100.00", "Bolt 3 8.393333", "Valve 2 100.00 10.00", "Belt 1 119.00"):
            self.assertIn(row, text)
        self.assertIn("25.18 €", text)
        values = self.env["account.edi.xml.cii"]._export_invoice_vals(move)["invoice_line_vals_list"]
        self.assertEqual([one["gross_price_total_unit"] for one in values], [100.0, 8.393333, 100.0, 119.0])

    def test_cash_rounding_has_a_row_so_that_the_rows_are_the_net_total(self):
        accounts = self.company_data["default_account_revenue"], self.company_data["default_account_expense"]
        rounding, by_tax = self.env["account.cash.rounding"].create(
            [
                {
                    "name": "Five cents",
                    "rounding": 0.05,
                    "strategy": strategy,
                    "profit_account_id": accounts[0].id,
                    "loss_account_id": accounts[1].id,
                }
                for strategy in ("add_invoice_line", "biggest_tax")
            ]
        )
        for kind, price, amount in (("out_invoice", 99.98, 0.02), ("out_refund", 99.99, -0.02)):
            with self.subTest(kind):
                values = {"move_type": kind, "invoice_cash_rounding_id": rounding.id}
                move = self.invoice([], **values, **self.lines(("Pump", price, self.env["account.tax"])))
                self.assertAlmostEqual(move._b2b_document_rounding(), amount if kind == "out_invoice" else 0.01)
                self.assertIn("Rounding", self.text(move))
                net = sum(line.price_subtotal for line in move.invoice_line_ids) + move._b2b_document_rounding()
                self.assertAlmostEqual(net, move.amount_untaxed)
        taxed = self.invoice([], invoice_cash_rounding_id=by_tax.id, **self.lines(("Pump", 99.99, self.high)))
        self.assertEqual((taxed._b2b_document_rounding(), taxed.amount_untaxed), (0.0, 99.99))
        self.assertNotIn("Rounding", self.text(taxed))

    def test_two_taxes_of_one_line_each_have_their_row(self):
        central, state = self.tax(9, name="CGST"), self.tax(9, name="SGST")
        move = self.invoice([], move_type="out_refund", **self.lines(("Pump", 100.0, central + state)))
        self.assertEqual(
            move._b2b_document_taxes(),
            [{"label": "CGST", "base": 100.0, "amount": 9.0}, {"label": "SGST", "base": 100.0, "amount": 9.0}],
        )

    def test_legal_notes_terms_and_incoterm_are_said(self):
        reverse = self.tax(0, invoice_legal_notes="<p>Reverse charge, Art. 196</p>")
        term = self.env["account.payment.term"].create({"name": "Net", "note": "<p>Retention of title.</p>"})
        plain = self.env["account.payment.term"].create({"name": "15 days", "note": "<p>Payment terms: 15 days</p>"})
        self.assertEqual(self.text(self.invoice([("A", 1, 1.0)], invoice_payment_term_id=plain.id)).count("15 days"), 1)
        move = self.invoice(
            [],
            **self.lines(("Service", 500.0, reverse)),
            invoice_payment_term_id=term.id,
            invoice_incoterm_id=self.env.ref("account.incoterm_EXW").id,
            incoterm_location="Hamburg",
        )
        text = self.text(move)
        for expected in ("Reverse charge, Art. 196", "Retention of title.", "EXW Hamburg"):
            self.assertIn(expected, text)

    def test_the_seller_has_the_number_that_it_sells_under(self):
        company = self.company_data["company"]
        company.vat = "US12345672"
        france = self.env.ref("base.fr")
        abroad = self.env["account.fiscal.position"].create(
            {"name": "France", "company_id": company.id, "country_id": france.id, "foreign_vat": "FR23334175221"}
        )
        group = self.env["account.tax.group"].create({"name": "TVA", "country_id": france.id})
        tax = self.tax(20, country_id=france.id, tax_group_id=group.id)
        text = self.text(self.invoice([], **self.lines(("Pump", 1.0, tax)), fiscal_position_id=abroad.id))
        self.assertIn("FR23334175221", text)
        self.assertNotIn(company.vat, text)
        self.assertIn(company.vat, self.text(self.invoice([("Pump", 1, 1.0)])))

    def test_a_section_shows_its_sum_and_hides_what_it_should(self):
        section = {"display_type": "line_section"}
        high, low = self.high, self.low
        move = self.invoice(
            [],
            **self.lines(
                {**section, "name": "Machine", "sequence": 1},
                {"name": "Pump", "price_unit": 100.0, "tax_ids": [Command.set(high.ids)], "sequence": 2},
                {"name": "Hose", "price_unit": 11.0, "tax_ids": [Command.set(high.ids)], "sequence": 3},
                {**section, "name": "Package", "collapse_composition": True, "sequence": 4},
                {"name": "Secret part", "price_unit": 50.0, "tax_ids": [Command.set(high.ids)], "sequence": 5},
                {"name": "Secret book", "price_unit": 7.0, "tax_ids": [Command.set(low.ids)], "sequence": 6},
                {"name": "Secret note", "display_type": "line_note", "sequence": 7},
                {**section, "name": "Bundle", "collapse_prices": True, "sequence": 8},
                {"name": "Part one", "price_unit": 23.0, "tax_ids": [Command.set(high.ids)], "sequence": 9},
                {"name": "Part two", "price_unit": 18.0, "tax_ids": [Command.set(high.ids)], "sequence": 10},
            ),
        )
        rows = [
            (row["line"].name, row["taxes"], row["amount"], row["carried"] and row["carried"].replace("\xa0", " "))
            for row in move._b2b_document_rows()
        ]
        self.assertEqual(
            rows,
            [
                ("Machine", "", 111.0, None),
                ("Pump", "19 %", 100.0, "Carried forward 100.00 €"),
                ("Hose", "19 %", 11.0, "Carried forward 111.00 €"),
                ("Package", "19 %", 50.0, "Carried forward 161.00 €"),
                ("Package", "7 %", 7.0, "Carried forward 168.00 €"),
                ("Bundle", "19 %", 41.0, "Carried forward 209.00 €"),
                ("Part one", "", None, None),
                ("Part two", "", None, None),
            ],
        )
        text = self.text(move)
        for shown in ("Machine 111.00 €", "Package 19 % 50.00 €", "Bundle 19 % 41.00 €", "Part one 1", "Part two 1"):
            self.assertIn(shown, text)
        for hidden in ("Secret", "23.00", "18.00"):
            self.assertNotIn(hidden, text)

    def test_a_section_ends_with_its_order(self):
        product = self.product_a
        orders = self.env["sale.order"].create(
            [
                {
                    "partner_id": self.partner_a.id,
                    "order_line": [
                        *[
                            Command.create({"display_type": "line_section", "name": name, "collapse_composition": True})
                            for name in sections
                        ],
                        Command.create({"product_id": product.id, "name": line, "price_unit": price}),
                    ],
                }
                for sections, line, price in ((["Package"], "Hidden", 10.0), ([], "Seen", 20.0))
            ]
        )
        orders.action_confirm()
        orders.order_line.filtered("product_id").qty_delivered = 1
        move = orders._create_invoices()
        self.assertEqual(
            [
                [(row["line"].name.split("\n")[-1], row["amount"]) for row in group["rows"]]
                for group in move._b2b_document_groups()
            ],
            [[("Package", 10.0)], [("Seen", 20.0)]],
        )

    def test_the_paper_speaks_german_french_and_hindi(self):
        for lang in WORDS:
            self.env["res.lang"]._activate_lang(lang)
        module = self.env["ir.module.module"].search([("name", "=", "b2b_invoice_automation")])
        module._update_translations(list(WORDS))
        for lang, words in WORDS.items():
            with self.subTest(lang=lang):
                self.partner_a.lang = lang
                content, _kind = (
                    self.env["ir.actions.report"]
                    .with_context(force_report_rendering=True)
                    ._render_qweb_pdf(
                        "account.account_invoices", self.invoice([(f"Art {n}", 1, 10.0) for n in range(40)]).ids
                    )
                )
                reader = PdfReader(io.BytesIO(content))
                text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
                for word in words:
                    self.assertIn(word, text)
                for english in ("Unit price", "Net total", "Please pay", "Carried"):
                    self.assertNotIn(english, text)
                self.assertEqual(reader.trailer["/Root"]["/Lang"], lang.replace("_", "-"))

    def test_the_pdf_says_its_title(self):
        move = self.invoice([("Pump", 1, 1.0)])
        content, _kind = (
            self.env["ir.actions.report"]
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf("account.account_invoices", move.ids)
        )
        self.assertEqual(PdfReader(io.BytesIO(content)).metadata.title, f"Invoice {move.name}")

    def test_another_countrys_own_document_stays(self):
        move = self.invoice([("Pump", 1, 1.0)])
        ours = "b2b_invoice_automation.report_invoice_document"
        self.assertEqual(move._get_name_invoice_report(), ours)
        theirs = "l10n_xx.report_invoice_document"
        self.patch(_core(move), "_get_name_invoice_report", lambda move: theirs)
        self.assertEqual(move._get_name_invoice_report(), theirs)


def _core(move):
    """Core's own definition of an invoice, below all extensions of it."""
    return next(part for part in reversed(type(move).mro()) if "_get_name_invoice_report" in vars(part))
