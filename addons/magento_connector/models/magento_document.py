"""Documents that were made in the shop: its shipments, invoices and credit memos, noted at their order.

Odoo has no word for a document that another system made about its order. Here it has number, date, amounts and
quantities as the shop says, beside the document in Odoo that came of it or says the same.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError

SHIPMENT, INVOICE, CREDIT_MEMO = "shipment", "invoice", "credit_memo"


class MagentoDocument(models.Model):
    _name = "magento.document"
    _description = "Document Made in the Shop"
    _order = "order_id desc, date, id"
    _rec_name = "number"
    _rec_names_search = ["number", "order_id.origin", "order_id.name"]

    backend_id = fields.Many2one("magento.backend", "Shop", required=True, index=True, ondelete="cascade")
    order_id = fields.Many2one("sale.order", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True, precompute=True)
    partner_id = fields.Many2one(related="order_id.partner_id", string="Customer")
    kind = fields.Selection(
        [(SHIPMENT, "Shipment"), (INVOICE, "Invoice"), (CREDIT_MEMO, "Credit memo")], required=True, index=True
    )
    external_id = fields.Char("Shop ID", required=True)
    number = fields.Char(index="trigram")
    date = fields.Datetime("Made on")
    currency_id = fields.Many2one(related="order_id.currency_id")
    amount_total = fields.Monetary("Total", help="What the shop says, in the order's currency.")
    amount_tax = fields.Monetary("Tax")
    state = fields.Selection(
        [("open", "Open"), ("paid", "Paid"), ("refunded", "Refunded"), ("cancelled", "Cancelled")], "Shop Status"
    )
    transaction = fields.Char(help="The payment provider's, where the money moved online.")
    tracking = fields.Char(help="Carrier and tracking number, as the shop has them.")
    quantities = fields.Json(help="How many of each line (the shop's item id).")
    move_id = fields.Many2one("account.move", "Invoice in Odoo", index="btree_not_null", ondelete="set null")
    picking_id = fields.Many2one("stock.picking", "Transfer in Odoo", index="btree_not_null", ondelete="set null")
    payment_id = fields.Many2one("account.payment", "Payment in Odoo", index="btree_not_null", ondelete="set null")
    counterpart = fields.Char(
        "In Odoo", compute="_compute_counterpart", help="What it became here, or what says the same."
    )

    _external_unique = models.UniqueIndex("(backend_id, kind, external_id)")

    @api.depends("move_id.name", "picking_id.name", "payment_id.name")
    def _compute_counterpart(self):
        for document in self:
            records = (document.sudo().move_id, document.sudo().picking_id, document.sudo().payment_id)
            document.counterpart = ", ".join(record.name for record in records if record.name)

    @api.model
    def _note(self, backend, values_list):
        """Note documents, or bring up to date those that are noted.

        :param values_list: list of field values with ``kind`` and ``external_id``
        :returns: dict of external id → document
        """
        documents = self.sudo()
        known = {
            document.external_id: document
            for document in documents.search(
                [
                    ("backend_id", "=", backend.id),
                    ("kind", "=", values_list[0]["kind"] if values_list else False),
                    ("external_id", "in", [values["external_id"] for values in values_list]),
                ]
            )
        }
        new = [values for values in values_list if values["external_id"] not in known]
        for values in values_list:
            document = known.get(values["external_id"])
            changed = document and {
                name: value
                for name, value in values.items()
                if document._fields[name].convert_to_write(document[name], document) != value
                and (document[name] or value)
            }
            if changed:
                document.write(changed)
        created = documents.create([{**values, "backend_id": backend.id} for values in new])
        known.update({document.external_id: document for document in created})
        return known

    def action_open_document(self):
        """Open what it is in Odoo."""
        self.ensure_one()
        document = self.move_id or self.picking_id or self.payment_id
        if not document:
            raise UserError(self.env._("Nothing in Odoo was made of this document yet."))
        return {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "view_mode": "form",
        }
