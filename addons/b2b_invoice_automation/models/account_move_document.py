"""What the printed customer invoice shows beyond Odoo's own fields."""

import segno.helpers
from segno import DataOverflowError

from odoo import models
from odoo.tools import format_date, formatLang

INVOICE_REPORT = "b2b_invoice_automation.report_invoice_document"


def digits_needed(number, fewest=2):
    """As many decimals as a number needs, at most 6: a bolt for 0.0333 is not printed as 0.03."""
    return next((digits for digits in range(fewest, 6) if abs(round(number, digits) - number) < 5e-7), 6)


class AccountMove(models.Model):
    _inherit = "account.move"

    def _get_name_invoice_report(self):
        if self.is_sale_document(include_receipts=True) and self.company_id.b2b_invoice_layout:
            return INVOICE_REPORT
        return super()._get_name_invoice_report()

    def _b2b_document_groups(self):
        """The invoice's lines by the order they come from, in printing order.

        :returns: list of dicts with ``order`` (sale.order or empty) and ``lines``; notes stay in place
        """
        groups = []
        for line in self.invoice_line_ids.sorted(lambda line: (line.sequence, line.id)):
            order = (
                line.sale_line_ids.order_id[:1]
                if line.display_type == "product"
                else groups[-1]["order"]
                if groups
                else False
            )
            order = order or self.env["sale.order"]
            if not groups or (groups[-1]["order"] != order and line.display_type == "product"):
                groups.append({"order": order, "lines": self.env["account.move.line"]})
            groups[-1]["lines"] += line
        return groups

    def _b2b_document_taxes(self):
        """Net and tax per rate, as core's own totals have them."""
        return [group for subtotal in (self.tax_totals or {}).get("subtotals", []) for group in subtotal["tax_groups"]]

    def _b2b_document_price(self, line):
        return formatLang(self.env, line.price_unit, digits=digits_needed(line.price_unit))

    def _b2b_document_quantity(self, line):
        """A quantity without zeros behind the point: 10, 2.5."""
        return formatLang(self.env, line.quantity, digits=digits_needed(line.quantity, fewest=0))

    def _b2b_document_discount(self):
        """The early payment discount: amount to pay and last day, or None."""
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line.display_type == "payment_term" and line.discount_date)
        if not lines or self.move_type != "out_invoice":
            return None
        return {"date": max(lines.mapped("discount_date")), "amount": sum(lines.mapped("discount_amount_currency"))}

    def _b2b_document_demands(self):
        """What to pay until when, as whole sentences (their parts stand in another order in other languages)."""
        self.ensure_one()
        sentences = [
            self.env._(
                "Please pay %(amount)s by %(date)s",
                amount=formatLang(self.env, self.amount_residual, currency_obj=self.currency_id),
                date=format_date(self.env, self.invoice_date_due),
            )
        ]
        if discount := self._b2b_document_discount():
            sentences.append(
                self.env._(
                    "or %(amount)s by %(date)s (early payment discount)",
                    amount=formatLang(self.env, discount["amount"], currency_obj=self.currency_id),
                    date=format_date(self.env, discount["date"]),
                )
            )
        return sentences

    def _b2b_document_bank(self):
        """The account to pay into: record, and whether its number is an IBAN."""
        bank = self.partner_bank_id or self.company_id.partner_id.bank_ids[:1]
        return bank, bank.acc_type == "iban"

    def _b2b_scan_to_pay(self):
        """The EPC code (EPC069-12) that a banking app reads, as an SVG data address; None where it does not apply.

        It exists for euro amounts to an IBAN. A payment reference that is
        an ISO 11649 creditor reference goes into the structured field.
        """
        self.ensure_one()
        bank, has_iban = self._b2b_document_bank()
        if (
            self.move_type != "out_invoice"
            or self.currency_id.name != "EUR"
            or not has_iban
            or not 0.01 <= self.amount_residual <= 999999999.99
        ):
            return None
        reference = (self.payment_reference or self.name or "").replace(" ", "")
        structured = reference.startswith("RF")
        try:
            code = segno.helpers.make_epc_qr(
                name=(bank.acc_holder_name or self.company_id.name)[:70],
                iban=bank.sanitized_acc_number,
                amount=round(self.amount_residual, 2),
                bic=bank.bank_bic or None,
                reference=reference if structured else None,
                text=None if structured else self.payment_reference or self.name,
            )
        except (ValueError, DataOverflowError):
            return None
        return code.svg_data_uri(border=0)
