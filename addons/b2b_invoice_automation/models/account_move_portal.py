"""The documents of an invoice as its customer receives them."""

from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    _inherit = "account.move"

    def _b2b_customer_documents(self):
        """The invoice's files: its PDF with the electronic invoice inside, and the XML where it is a file of its own.

        They are made when they are not there yet, and kept, so that the customer always gets the same file. Where the
        electronic invoice cannot be made, the PDF is set without it and not kept; sending says why it failed.

        :returns: list of dicts with ``filename``, ``filetype`` (MIME) and ``content``
        """
        self.ensure_one()
        if not self.invoice_pdf_report_id:
            try:
                with self.env.cr.savepoint():
                    self.env["account.move.send"]._generate_and_send_invoices(self, sending_methods=[])
            except UserError:
                content, _kind = self.env["ir.actions.report"]._render_qweb_pdf("account.account_invoices", self.ids)
                name = self._get_invoice_report_filename()
                return [{"filename": name, "filetype": "application/pdf", "content": content}]
        return self._get_invoice_legal_documents_all()

    def _b2b_days_overdue(self, today):
        """Days since the due date of an unpaid invoice; 0 when it is not overdue."""
        self.ensure_one()
        if (
            self.move_type not in ("out_invoice", "out_receipt")
            or self.payment_state not in ("not_paid", "partial")
            or not self.invoice_date_due
        ):
            return 0
        return max((today - self.invoice_date_due).days, 0)
