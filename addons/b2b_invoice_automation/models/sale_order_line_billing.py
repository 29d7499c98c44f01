"""What an order line's next invoice line says, to the cent.

Orders from a shop state the net and the taxes of each line (``extra_tax_data``). Core carries them to an invoice of
the whole line only; here a part of the line takes its part of each amount, so that all parts sum to what the customer
agreed to.
"""

from odoo import models

from ..order_to_cash.money import part_amount, round_half_up, to_decimal

ACCOUNTING_DIGITS = 12


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _prepare_invoice_line(self, **optional_values):
        values = super()._prepare_invoice_line(**optional_values)
        if values.get("display_type") == "product":
            values["b2b_po_number"] = self.order_id.client_order_ref
            if self.is_downpayment:
                self._b2b_take_what_is_left(values)
            elif values.get("extra_tax_data"):
                values["extra_tax_data"] = self._b2b_partial_tax_data(values["extra_tax_data"], values["quantity"])
        return values

    def _b2b_take_what_is_left(self, values):
        """Core takes a down payment off whole; what earlier invoices took off is not taken again."""
        if values["quantity"] < 0:
            values["quantity"] = max(values["quantity"], -self.qty_invoiced)
            values["extra_tax_data"] = self._b2b_down_payment_part(values["quantity"])
            values["price_unit"] = (self.extra_tax_data or {}).get("price_unit", values["price_unit"])

    def _b2b_partial_tax_data(self, whole, quantity):
        """The line's given amounts, scaled to the part that is billed now.

        :param dict whole: ``extra_tax_data`` of the whole line
        :param float quantity: to bill now, in the order line's unit; negative takes back
        :returns: ``extra_tax_data`` for the invoice line
        """
        self.ensure_one()
        if not whole.get("manual_tax_amounts") or not whole.get("quantity"):
            return whole
        if not self.qty_invoiced and to_decimal(quantity, ACCOUNTING_DIGITS) == to_decimal(
            whole["quantity"], ACCOUNTING_DIGITS
        ):
            return whole
        taken = self._b2b_billed_tax_data()
        if taken and not self.extra_tax_data and self._b2b_repriced(whole, taken):
            taken = None
        company_currency = self.company_id.currency_id or self.order_id.company_id.currency_id

        def part(amount, path, suffix):
            precision = (self.currency_id if suffix else company_currency).rounding
            return float(
                part_amount(
                    round_half_up(to_decimal(amount, ACCOUNTING_DIGITS), precision),
                    to_decimal(whole["quantity"], ACCOUNTING_DIGITS),
                    to_decimal(self.qty_invoiced, ACCOUNTING_DIGITS),
                    to_decimal(quantity, ACCOUNTING_DIGITS),
                    precision,
                    None if taken is None else to_decimal(taken.get(path, 0.0), ACCOUNTING_DIGITS),
                )
            )

        return _map_amounts({**whole, "quantity": quantity}, part)

    def _b2b_repriced(self, whole, taken):
        """Whether earlier parts were billed at another price: they stay as they are, and this part has today's."""
        expected = whole["manual_total_excluded_currency"] * self.qty_invoiced / whole["quantity"]
        billed = taken.get(("manual_total_excluded_currency",), 0.0)
        return abs(expected - billed) > self.currency_id.rounding * max(1, len(self.invoice_lines))

    def _b2b_map_amounts(self, data, change):
        return _map_amounts(data, lambda amount, _path, suffix: change(amount, bool(suffix)))

    def _b2b_billed_tax_data(self):
        """Sum of the given amounts on the invoice lines so far, by path; None when one of them has no given amounts."""
        billed = {}
        for line in self.invoice_lines:
            if line.move_id.state == "cancel":
                continue
            if not (line.extra_tax_data or {}).get("manual_tax_amounts"):
                return None
            sign = -line.move_id.direction_sign

            def add(amount, path, _suffix, sign=sign):
                billed[path] = billed.get(path, 0.0) + sign * amount
                return amount

            _map_amounts(line.extra_tax_data, add)
        return billed


def _map_amounts(data, change):
    """Return ``extra_tax_data`` with each of its amounts changed.

    :param change: function (amount, path, "_currency" or "") → amount
    """
    result = dict(data)
    for name, suffix in (("manual_total_excluded_currency", "_currency"), ("manual_total_excluded", "")):
        if data.get(name) is not None:
            result[name] = change(data[name], (name,), suffix)
    result["manual_tax_amounts"] = {
        tax: {
            name: change(amount, (tax, name), "_currency" if name.endswith("_currency") else "")
            for name, amount in amounts.items()
        }
        for tax, amounts in (data.get("manual_tax_amounts") or {}).items()
    }
    return result
