"""Builders for tests of the printed invoice, and its pages as text."""

import io

from pypdf import PdfReader

from odoo import Command

from .company_common import CompanyCommon


class DocumentCommon(CompanyCommon):
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
        return [page.extract_text().replace("\xa0", " ") for page in PdfReader(io.BytesIO(content)).pages]
