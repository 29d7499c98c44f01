"""Orders billed in parts say in all what the order says, also where no shop stated their amounts.

Each invoice rounds by itself, so that parts of an order can sum to a cent more or less than the order. Here the order's
own amounts, as core works them out for the whole of it, are stated for each line; the parts then share them.
"""

from odoo import models
from odoo.tools import float_compare

NO_TAX = "0"
"""Core takes stated amounts only where there is a tax; a line without any has this one, which no tax matches."""


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _b2b_stated_amounts(self, quantities):
        """The order's amounts per line, for an invoice that bills a part of it.

        :param quantities: dict sale.order.line id → quantity that the invoice bills
        :returns: dict sale.order.line id → dict of the invoice line's ``extra_tax_data`` for the whole line; empty for
            an invoice over the whole order, which core rounds as it rounds the order
        """
        lines = self._b2b_billable_lines()
        is_whole = all(
            not line.qty_invoiced and not float_compare(quantities.get(line.id, 0.0), line.product_uom_qty, 6)
            for line in lines
        )
        if is_whole or self.payment_term_id.early_pay_discount_computation == "mixed":
            return {}
        taxes = self.env["account.tax"]
        lines = lines.filtered("product_uom_qty")
        base_lines = [line._prepare_base_line_for_taxes_computation() for line in lines]
        taxes._add_tax_details_in_base_lines(base_lines, self.company_id)
        taxes._round_base_lines_tax_details(base_lines, self.company_id)
        return {
            line.id: {"extra_tax_data": _stated(base_line)}
            for line, base_line in zip(lines, base_lines, strict=True)
            if line.id in quantities and not (line.extra_tax_data or {}).get("manual_tax_amounts")
        }


def _stated(base_line):
    details = base_line["tax_details"]
    return {
        "manual_total_excluded_currency": details["total_excluded_currency"] + details["delta_total_excluded_currency"],
        "manual_tax_amounts": {
            str(data["tax"].id): {name: data[name] for name in ("tax_amount_currency", "base_amount_currency")}
            for data in details["taxes_data"]
            if not data["is_reverse_charge"]
        }
        or {NO_TAX: {}},
        "currency_id": base_line["currency_id"].id,
        "price_unit": base_line["price_unit"],
        "discount": base_line["discount"],
        "quantity": base_line["quantity"],
        "rate": base_line["rate"],
    }
