"""Letters: the documents of customers who want post, as one PDF to print, and who posted them."""

import io

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.pdf import PdfFileReader, PdfFileWriter


class B2bPrintBatch(models.Model):
    _name = "b2b.print.batch"
    _description = "Letters to Post"
    _order = "id desc"

    name = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    user_id = fields.Many2one("res.users", "Printed by", required=True, readonly=True)
    delivery_ids = fields.One2many("b2b.delivery", "print_batch_id", "Letters", readonly=True)
    letter_count = fields.Integer("Documents", readonly=True)
    page_count = fields.Integer("Pages", readonly=True)
    file = fields.Binary("PDF", attachment=True, readonly=True)
    file_name = fields.Char(readonly=True)
    state = fields.Selection(
        [("printed", "Printed"), ("posted", "Posted")], required=True, default="printed", readonly=True
    )
    posted_at = fields.Datetime("Posted On", readonly=True)

    @api.model
    def _print(self, deliveries):
        """Put the letters of one company into one PDF, in the order of the customers' names.

        :param deliveries: b2b.delivery rows that wait for print
        :returns: the batch
        """
        deliveries = deliveries.sorted(lambda row: (row.customer_id.name or "", row.name))
        writer = PdfFileWriter()
        for row in deliveries:
            file = row.move_id.invoice_pdf_report_id if row.move_id else row.attachment_id
            if not file.raw:
                raise UserError(self.env._("The PDF of %s is missing. Send the document again, then print.", row.name))
            for page in PdfFileReader(io.BytesIO(file.raw), strict=False).pages:
                writer.add_page(page)
        content = io.BytesIO()
        writer.write(content)
        today = fields.Date.context_today(self)
        batch = self.sudo().create(
            {
                "name": self.env._("Letters of %s", fields.Date.to_string(today)),
                "company_id": deliveries.company_id.id,
                "user_id": self.env.uid,
                "letter_count": len(deliveries),
                "page_count": len(writer.pages),
                "file_name": f"letters-{today}.pdf",
            }
        )
        batch.env["ir.attachment"].create(
            {
                "name": batch.file_name,
                "raw": content.getvalue(),
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_field": "file",
                "res_id": batch.id,
            }
        )
        deliveries.sudo().print_batch_id = batch
        return batch.sudo(self.env.su)

    def action_download(self):
        """Button: the merged PDF, in a new tab."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/b2b.print.batch/{self.id}/file/{self.file_name}",
            "target": "new",
        }

    def action_posted(self):
        """Button: the letters are in the post; their documents are delivered."""
        self.check_access("write")
        for batch in self.filtered(lambda batch: batch.state == "printed").sudo():
            batch.write({"state": "posted", "posted_at": fields.Datetime.now()})
            rows = batch.delivery_ids.filtered(lambda row: row.state == "to_print")
            rows.write({"state": "delivered"})
            rows.move_id._b2b_posted_as_letter(self.env.user)
        return True


class B2bDelivery(models.Model):
    _inherit = "b2b.delivery"

    print_batch_id = fields.Many2one("b2b.print.batch", "Letters", readonly=True, index="btree_not_null")

    def action_print(self):
        """Button: one PDF of these letters (of one company), to print and post."""
        self._b2b_check_clerk()
        rows = self.filtered(lambda row: row.state == "to_print" and not row.print_batch_id)
        if not rows:
            raise UserError(
                self.env._("None of these waits to be printed. What was printed already is under “Letters”.")
            )
        if len(rows.company_id) > 1:
            raise UserError(self.env._("Print the letters of one company at a time."))
        batch = self.env["b2b.print.batch"]._print(rows)
        return {
            "type": "ir.actions.act_window",
            "res_model": batch._name,
            "res_id": batch.id,
            "view_mode": "form",
        }


class AccountMove(models.Model):
    _inherit = "account.move"

    def _b2b_posted_as_letter(self, user):
        self.write({"b2b_delivery_state": "delivered", "b2b_delivered_at": fields.Datetime.now()})
        words = self.env._("Printed and posted by %s.", user.name)
        self._message_log_batch(bodies={move.id: words for move in self})
        self._b2b_settle_delivery()
