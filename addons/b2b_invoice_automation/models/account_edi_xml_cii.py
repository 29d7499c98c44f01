"""Factur-X as core makes it, with the buyer's order where the buyer looks for it, and every line right by its rules.

Core puts the invoice's reference, or even its number, in the place of the buyer's order number; names no line without a
product; and rounds unit prices to cents, so that a bolt for 0.0333 costs 0.03.
"""

from odoo import api, models

from .account_move_document import digits_needed

EXTENDED = "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended"
PREPAYMENT_INVOICE = "386"


class AccountEdiXmlCii(models.AbstractModel):
    _inherit = "account.edi.xml.cii"

    @api.model
    def _export_invoice_vals(self, invoice):
        vals = super()._export_invoice_vals(invoice)
        vals.update(
            {
                "buyer_reference": invoice._b2b_buyer_reference(),
                "purchase_order_reference": invoice._b2b_purchase_order(),
                "sales_order_reference": invoice._b2b_sales_order(),
                "preceding_invoices": invoice._b2b_corrected(),
            }
        )
        purchase_orders, orders = invoice._b2b_orders_of_lines()
        for line_vals in vals["invoice_line_vals_list"]:
            line_vals["purchase_order"] = purchase_orders.get(line_vals["line"], "")
            line_vals["sales_order"] = orders.get(line_vals["line"], "")
            line_vals.update(_unit_prices(line_vals))
        return vals

    @api.model
    def _get_exchanged_document_vals(self, invoice):
        vals = super()._get_exchanged_document_vals(invoice)
        if invoice._b2b_is_down_payment():
            vals["type_code"] = PREPAYMENT_INVOICE
        return vals


def _unit_prices(line_vals):
    """Gross price, discount and net price of a unit, fine enough to give the line's amount again."""
    line, quantity = line_vals["line"], line_vals["quantity"]
    if not quantity:
        return {"price_digits": 2}
    net, gross = line.price_subtotal / quantity, line_vals["price_subtotal_before_discount"] / quantity
    digits = max(digits_needed(net), digits_needed(gross))
    net, gross = round(net, digits), round(gross, digits)
    return {
        "price_digits": digits,
        "price_subtotal_unit": net,
        "gross_price_total_unit": gross,
        "price_discount_unit": gross - net,
    }
