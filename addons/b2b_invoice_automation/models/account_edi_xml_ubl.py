"""UBL BIS 3 as core makes it, with the buyer's order where the buyer looks for it.

One order stands in the header. With several, the header names none, and each line names its own: as an order reference
for a reader of UBL, and as a note for one that knows BIS 3 only, which has no place for it.
"""

from odoo import models

UNKNOWN_LINE = "NA"


class AccountEdiXmlUblBis3(models.AbstractModel):
    _inherit = "account.edi.xml.ubl_bis3"

    def _add_invoice_config_vals(self, vals):  # pylint: disable=missing-return
        super()._add_invoice_config_vals(vals)
        vals["purchase_orders"] = vals["invoice"]._b2b_orders_of_lines()

    def _add_invoice_header_nodes(self, document_node, vals):
        super()._add_invoice_header_nodes(document_node, vals)
        invoice = vals["invoice"]
        if not invoice.is_sale_document():
            return
        document_node["cac:OrderReference"] = {
            "cbc:ID": {"_text": invoice._b2b_purchase_order() or None},
            "cbc:SalesOrderID": {"_text": (invoice._b2b_purchase_order() and invoice._b2b_sales_order()) or None},
        }
        if not document_node["cbc:BuyerReference"]["_text"]:
            document_node["cbc:BuyerReference"] = {"_text": invoice._b2b_buyer_reference()}
        if invoice.reversed_entry_id:
            document_node["cac:BillingReference"] = {
                "cac:InvoiceDocumentReference": {
                    "cbc:ID": {"_text": invoice.reversed_entry_id.name},
                    "cbc:IssueDate": {"_text": invoice.reversed_entry_id.invoice_date},
                }
            }

    def _add_invoice_line_note_nodes(self, line_node, vals):  # pylint: disable=missing-return
        super()._add_invoice_line_note_nodes(line_node, vals)
        order = vals["purchase_orders"].get(vals["base_line"]["record"])
        if order:
            line_node["cbc:Note"] = {"_text": self.env._("Order %s", order)}
            line_node["cac:OrderLineReference"] = {
                "cbc:LineID": {"_text": UNKNOWN_LINE},
                "cac:OrderReference": {"cbc:ID": {"_text": order}},
            }

    def _get_document_template(self, vals):
        template = super()._get_document_template(vals)
        line = self._get_tags_for_document_type(vals)["document_line"]
        reference = {"cbc:LineID": {}, "cac:OrderReference": {"cbc:ID": {}}}
        return {**template, line: {**template[line], "cac:OrderLineReference": reference}}
