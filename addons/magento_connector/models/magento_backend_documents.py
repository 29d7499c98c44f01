"""What a backend does with the documents that are made in its shop."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class MagentoBackendDocuments(models.AbstractModel):
    _name = "magento.backend.documents"
    _description = "Documents Made in a Shop"

    shop_invoices = fields.Selection(
        [("compare", "Odoo bills by its policy; compare"), ("bill", "Bill what the shop invoiced")],
        "Invoices Made in the Shop",
        default="compare",
        required=True,
        tracking=True,
        help="Compare: Odoo bills by its billing policies. The shop's invoice is noted at the order, and a difference "
        "between both is flagged.\n"
        "Bill: each invoice of the shop becomes an invoice of exactly its lines and quantities; billing policies leave "
        "these orders alone, and say whether invoices are posted and sent.",
    )
    document_count = fields.Integer("Shop Documents", compute="_compute_document_count")

    @api.constrains("shop_invoices", "protocol")
    def _check_shop_invoices(self):
        for backend in self:
            lack = backend._protocol().lacks.get("invoices", "")
            if backend.shop_invoices == "bill" and lack:
                raise ValidationError(
                    self.env._(
                        "Orders of %(shop)s would never be billed by the shop's own invoices. %(lack)s",
                        shop=backend.name,
                        lack=lack,
                    )
                )

    def _compute_document_count(self):
        counts = dict(
            self.env["magento.document"]
            .sudo()
            ._read_group([("backend_id", "in", self.ids)], ["backend_id"], ["__count"])
        )
        for backend in self:
            backend.document_count = counts.get(backend, 0)

    def _reads(self, entity):
        """Whether records of a kind are read from this shop.

        Some protocols have no way to, and a stream that a person paused, or must mend first, brings nothing either.
        """
        self.ensure_one()
        running = self.sudo().stream_ids.filtered(lambda stream: stream.state in ("running", "retrying"))
        return entity in running.mapped("entity")

    def action_view_documents(self):
        return {
            **self._action("magento_connector.magento_document_action"),
            "domain": [("backend_id", "in", self.ids)],
            "context": {},
        }
