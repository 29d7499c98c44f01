"""The PDF of a sent invoice, completed as Factur-X after core embedded the XML in it.

Core embeds the XML in every invoice's PDF, whatever the customer wants, and passes over what its own checks found wrong
with it. Such a PDF stays paper: an XML that lacks what the rules ask for would only be refused by whoever reads it.
"""

from odoo import api, models

from ..report import factur_x

FAULTS = "b2b_factur_x_faults"
ONLY_GERMAN = {"seller_payment_instructions_1", "seller_payment_instructions_2", "seller_phone", "seller_email"}
"""Core's names of what only the rules for German authorities ask for (BR-DE), and not EN 16931."""


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _hook_invoice_document_after_pdf_report_render(self, invoice, invoice_data):  # pylint: disable=missing-return
        values = (
            (not self.env.context.get("custom_template_facturx") and invoice.invoice_pdf_report_id)
            or invoice_data.get("pdf_attachment_values")
            or invoice_data.get("proforma_pdf_attachment_values")
        )
        paper = values and values["raw"]
        self.env.cr.cache[FAULTS] = faults = set()
        try:
            super()._hook_invoice_document_after_pdf_report_render(invoice, invoice_data)
        finally:
            self.env.cr.cache.pop(FAULTS, None)
        if values:
            values["raw"] = paper if faults else factur_x.complete(values["raw"])


class AccountEdiXmlCii(models.AbstractModel):
    _inherit = "account.edi.xml.cii"

    def _export_invoice_constraints(self, invoice, vals):
        found = super()._export_invoice_constraints(invoice, vals)
        faults = {name for name, fault in found.items() if fault and name not in ONLY_GERMAN}
        self.env.cr.cache.get(FAULTS, set()).update(faults)
        return found
