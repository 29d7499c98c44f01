"""UBL BIS 3 as core makes it, with the buyer's order where the buyer looks for it.

One order stands in the header. With several, the header names none, and each line names its own: as an order reference
for a reader of UBL, and as a note for one that knows BIS 3 only, which has no place for it. Where we have an order and
the buyer named none, BIS 3 wants “NA” in the buyer's place.
"""

from odoo import models

UNKNOWN = "NA"
NO_PREFIX = "NOT_EU_VAT"  # core's name of a number that says no country


class AccountEdiXmlUblBis3(models.AbstractModel):
    _inherit = "account.edi.xml.ubl_bis3"

    def _add_invoice_config_vals(self, vals):  # pylint: disable=missing-return
        super()._add_invoice_config_vals(vals)
        vals["purchase_order"] = vals["invoice"]._b2b_purchase_order()
        vals["purchase_orders"], vals["sales_orders"] = vals["invoice"]._b2b_orders_of_lines()

    def _add_invoice_header_nodes(self, document_node, vals):
        super()._add_invoice_header_nodes(document_node, vals)
        invoice = vals["invoice"]
        if not invoice.is_sale_document():
            return
        document_node["cac:OrderReference"] = _order_reference(vals["purchase_order"], invoice._b2b_sales_order())
        if not document_node["cbc:BuyerReference"]["_text"]:
            document_node["cbc:BuyerReference"] = {"_text": invoice._b2b_buyer_reference()}
        if corrected := invoice._b2b_corrected():
            document_node["cac:BillingReference"] = [
                {
                    "cac:InvoiceDocumentReference": {
                        "cbc:ID": {"_text": preceding.name},
                        "cbc:IssueDate": {"_text": preceding.invoice_date},
                    }
                }
                for preceding in corrected
            ]

    def _add_invoice_line_note_nodes(self, line_node, vals):  # pylint: disable=missing-return
        super()._add_invoice_line_note_nodes(line_node, vals)
        line = vals["base_line"]["record"]
        purchase_order, order = vals["purchase_orders"].get(line), vals["sales_orders"].get(line)
        if not purchase_order and not order:
            return
        words = [
            purchase_order and self.env._("Your order %s", purchase_order),
            order and self.env._("Our order %s", order),
        ]
        line_node["cbc:Note"] = {"_text": " · ".join(filter(None, words))}
        line_node["cac:OrderLineReference"] = {
            "cbc:LineID": {"_text": UNKNOWN},
            "cac:OrderReference": _order_reference(purchase_order or vals["purchase_order"], order),
        }

    def _get_party_node(self, vals):
        """The seller's number is the one that the fiscal position sells under."""
        node = super()._get_party_node(vals)
        invoice = vals.get("invoice")
        number = invoice and invoice.is_sale_document() and invoice.fiscal_position_id.foreign_vat
        if number and vals["role"] == "supplier":
            scheme = node["cac:PartyTaxScheme"][0]
            scheme["cbc:CompanyID"]["_text"] = number
            scheme["cac:TaxScheme"]["cbc:ID"]["_text"] = "VAT" if number[:2].isalpha() else NO_PREFIX
        return node

    def _get_document_template(self, vals):
        template = super()._get_document_template(vals)
        line = self._get_tags_for_document_type(vals)["document_line"]
        reference = {"cbc:LineID": {}, "cac:OrderReference": {"cbc:ID": {}, "cbc:SalesOrderID": {}}}
        return {**template, line: {**template[line], "cac:OrderLineReference": reference}}


def _order_reference(purchase_order, order):
    """The buyer's order and ours; nothing where there is neither."""
    return {
        "cbc:ID": {"_text": purchase_order or (order and UNKNOWN) or None},
        "cbc:SalesOrderID": {"_text": order or None},
    }
