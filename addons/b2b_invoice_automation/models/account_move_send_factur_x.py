"""The PDF of a sent invoice, completed as Factur-X after core embedded the XML in it."""

from odoo import api, models

from ..report import factur_x


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _hook_invoice_document_after_pdf_report_render(self, invoice, invoice_data):  # pylint: disable=missing-return
        super()._hook_invoice_document_after_pdf_report_render(invoice, invoice_data)
        values = (
            (not self.env.context.get("custom_template_facturx") and invoice.invoice_pdf_report_id)
            or invoice_data.get("pdf_attachment_values")
            or invoice_data.get("proforma_pdf_attachment_values")
        )
        if values:
            values["raw"] = factur_x.complete(values["raw"])
