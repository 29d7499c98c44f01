"""The check on what is billed: whole, or in its last part, an order's invoices say what the order says."""

from collections import defaultdict

from odoo import models

from .account_move_billing import OrderTotalMismatch

TOTALS = ("amount_untaxed", "amount_tax", "amount_total")


class AccountMove(models.Model):
    _inherit = "account.move"

    def _b2b_check_totals(self, orders):
        """Refuse the invoice that completes orders when what is billed of them does not sum to them.

        Compared are net, tax, total, and the tax at each rate where a shop has stated it. Parts whose taxes Odoo works
        out may differ by what is rounded on each of their lines. Nothing is compared where a person had a hand in it,
        or where the order says something else than when its first parts were billed.
        """
        self.ensure_one()
        lines = orders.order_line.filtered(lambda line: not line.display_type)
        moves = lines.invoice_lines.move_id.filtered(lambda move: move.state != "cancel")
        if any(line.is_downpayment or line.qty_invoiced != line.product_uom_qty for line in lines):
            return
        if self.move_type != "out_invoice" or (moves != self and not moves._b2b_are_parts_of(lines)):
            return
        stated = all((line.extra_tax_data or {}).get("manual_tax_amounts") for line in lines)
        slack = 0.0 if stated or moves == self else self.currency_id.rounding * len(moves.invoice_line_ids)
        found = {field: sum(-move.direction_sign * move[field] for move in moves) for field in TOTALS}
        compared = [
            (self.env._("net"), sum(orders.mapped("amount_untaxed")), found["amount_untaxed"]),
            (self.env._("tax"), sum(orders.mapped("amount_tax")), found["amount_tax"]),
            (self.env._("total"), sum(orders.mapped("amount_total")), found["amount_total"]),
        ]
        if stated:
            compared += moves._b2b_stated_taxes(lines)
        for label, expected, billed in compared:
            if self.currency_id.compare_amounts(abs(expected - billed), slack) > 0:
                self._b2b_refuse_total(label, expected, billed)

    def _b2b_are_parts_of(self, lines):
        """Whether runs made and posted these moves, of nothing but these order lines, at the prices they have now."""
        billed = self.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        return all(move.b2b_billing_run_id and move.b2b_billing_policy_id.auto_post for move in self) and all(
            line.sale_line_ids
            and line.sale_line_ids <= lines
            and line.tax_ids == line.sale_line_ids.tax_ids
            and (line.price_unit, line.discount) == (line.sale_line_ids[0].price_unit, line.sale_line_ids[0].discount)
            for line in billed
        )

    def _b2b_stated_taxes(self, lines):
        """Per tax what the shop has stated of order lines, and what these moves have: (name, expected, found)."""
        expected, found = defaultdict(float), defaultdict(float)
        for line in lines:
            for tax_id, amounts in line.extra_tax_data["manual_tax_amounts"].items():
                expected[int(tax_id)] += amounts.get("tax_amount_currency", 0.0)
        for item in self.line_ids.filtered("tax_line_id"):
            found[item.tax_line_id.id] -= item.amount_currency
        taxes = self.env["account.tax"].browse(expected).filtered(lambda tax: not tax.has_negative_factor)
        return [(tax.name, expected[tax.id], found[tax.id]) for tax in taxes]

    def _b2b_refuse_total(self, label, expected, found):
        raise OrderTotalMismatch(
            self.env._(
                "What is billed would not say what the order says: %(label)s %(found)s instead of "
                "%(expected)s. Compare prices, taxes and discounts of the order's lines with the shop's.",
                label=label,
                found=self.currency_id.format(found),
                expected=self.currency_id.format(expected),
            ),
            (expected, found),
        )
