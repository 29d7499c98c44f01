"""An Indian invoice on our paper; runs where Odoo's Indian localisation is installed (``tests/e2e/test_india.py``)."""

from unittest import SkipTest

from odoo import Command
from odoo.modules.registry import Registry
from odoo.tests import tagged
from odoo.tests.common import get_db_name

from .company_common import CompanyCommon
from .document_common import DocumentCommon


@tagged("post_install", "-at_install")
class TestInvoiceIndia(DocumentCommon):
    @classmethod
    @CompanyCommon.setup_chart_template("in")
    def setUpClass(cls):
        if "l10n_in_state_id" not in Registry(get_db_name())["account.move"]._fields:
            raise SkipTest("Odoo's Indian localisation is not installed here")
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.gujarat = cls.env.ref("base.state_in_gj")
        cls.company.write({"state_id": cls.gujarat.id, "vat": "24AAGCC7144L6ZE", "l10n_in_is_gst_registered": True})
        cls.partner_a.write(
            {"country_id": cls.env.ref("base.in").id, "state_id": cls.gujarat.id, "vat": "24AAACM9910C1ZV",
             "l10n_in_gst_treatment": "regular"}
        )  # fmt: skip
        cls.goods = cls.env["product.product"].create({"name": "Pump", "l10n_in_hsn_code": "84137010"})

    def gst_invoice(self, **values):
        tax = self.env["account.chart.template"].ref("sgst_sale_18")
        line = {"product_id": self.goods.id, "quantity": 2, "price_unit": 1000.0, "tax_ids": [Command.set(tax.ids)]}
        return self.invoice(
            [], currency_id=self.company.currency_id.id, invoice_line_ids=[Command.create(line)], **values
        )

    def test_the_paper_has_codes_place_of_supply_and_both_taxes(self):
        move = self.gst_invoice()
        self.assertEqual(move._get_name_invoice_report(), "b2b_invoice_automation.report_invoice_document")
        text = " ".join(" ".join(self.pages(move)).split())
        for expected in (
            f"Tax Invoice {move.name}",
            "GSTIN: 24AAACM9910C1ZV",
            "GSTIN: 24AAGCC7144L6ZE",
            "Place of supply Gujarat",
            "Pump 84137010 2",
            "SGST 9% ₹ 2,000.00 ₹ 180.00",
            "CGST 9% ₹ 2,000.00 ₹ 180.00",
            "84137010 2 18 ₹ 2,000.00 ₹ 180.00 ₹ 180.00",
            "₹ 2,360.00",
        ):
            self.assertIn(expected, text)

    def test_a_company_that_is_not_registered_has_no_codes(self):
        self.company.l10n_in_is_gst_registered = False
        text = " ".join(self.pages(self.gst_invoice()))
        self.assertNotIn("HSN", text)
        self.assertNotIn("Place of supply", text)
