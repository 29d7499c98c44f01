"""What the printed customer invoice shows beyond Odoo's own fields."""

from textwrap import wrap

import segno
from segno import DataOverflowError

from odoo import models
from odoo.tools import format_date, formatLang, html2plaintext

from ..order_to_cash.cash.references import is_creditor_reference
from ..order_to_cash.money import to_decimal
from ..order_to_cash.payment_links import upi_link

INVOICE_REPORT = "b2b_invoice_automation.report_invoice_document"
REPLACED = ("account.report_invoice_document", "l10n_in.l10n_in_report_invoice_document_inherit")
"""The documents whose content ours has; another localisation's own document stays."""
LONGEST_EPC = 331  # bytes


def digits_needed(number, fewest=2):
    """As many decimals as a number needs, at most 6: a bolt for 0.0333 is not printed as 0.03."""
    return next((digits for digits in range(fewest, 6) if abs(round(number, digits) - number) < 5e-7), 6)


class AccountMove(models.Model):
    _inherit = "account.move"

    def _get_name_invoice_report(self):
        name = super()._get_name_invoice_report()
        if name in REPLACED and self.is_sale_document(include_receipts=True) and self.company_id.b2b_invoice_layout:
            return INVOICE_REPORT
        return name

    def _b2b_document_price(self, line):
        """The price of a unit without tax; of a price with tax in it, what the electronic invoice says, which gives
        the line's net amount again."""
        price = line.price_unit
        if line.quantity and any(line.tax_ids.flatten_taxes_hierarchy().mapped("price_include")):
            price = line._prepare_edi_vals_to_export()["price_subtotal_before_discount"] / line.quantity
        return formatLang(self.env, price, digits=digits_needed(price))

    def _b2b_document_quantity(self, line):
        """A quantity without zeros behind the point: 10, 2.5."""
        return formatLang(self.env, line.quantity, digits=digits_needed(line.quantity, fewest=0))

    def _b2b_document_money(self, amount):
        return formatLang(self.env, amount, currency_obj=self.currency_id)

    def _b2b_document_own_tax(self):
        """The tax in our own currency, which the law asks for where the invoice is in another; else None."""
        ours = self.company_id.currency_id
        if self.currency_id == ours or not self.amount_tax:
            return None
        return self.env._(
            "Tax in %(currency)s: %(amount)s (1 %(currency)s = %(rate)s %(other)s)",
            currency=ours.name,
            amount=formatLang(self.env, abs(self.amount_tax_signed), currency_obj=ours),
            rate=formatLang(self.env, self.invoice_currency_rate, digits=digits_needed(self.invoice_currency_rate)),
            other=self.currency_id.name,
        )

    def _b2b_instalments(self):
        """What is to be paid when, the earliest first: list of (day, open amount), without what is paid."""
        open_by_day = {}
        for line in self.line_ids.filtered(lambda line: line.display_type == "payment_term"):
            day = line.date_maturity or self.invoice_date_due
            open_by_day[day] = open_by_day.get(day, 0.0) + line.amount_residual_currency
        rounded = ((day, self.currency_id.round(amount)) for day, amount in sorted(open_by_day.items()))
        return [(day, amount) for day, amount in rounded if self.currency_id.compare_amounts(amount, 0) > 0]

    def _b2b_document_discount(self):
        """The early payment discount: amount to pay and last day; None where there is none, or something was paid."""
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line.display_type == "payment_term" and line.discount_date)
        if (
            not lines
            or self.move_type != "out_invoice"
            or self.currency_id.compare_amounts(self.amount_residual, self.amount_total)
        ):
            return None
        return {"date": max(lines.mapped("discount_date")), "amount": sum(lines.mapped("discount_amount_currency"))}

    def _b2b_document_demands(self):
        """What to pay until when, as whole sentences (their parts stand in another order in other languages)."""
        self.ensure_one()
        instalments = self._b2b_instalments() or [(self.invoice_date_due, self.amount_residual)]
        sentences = [
            self.env._(
                "Please pay %(amount)s by %(date)s",
                amount=self._b2b_document_money(amount),
                date=format_date(self.env, day),
            )
            for day, amount in instalments
        ]
        if discount := self._b2b_document_discount():
            sentences.append(
                self.env._(
                    "or %(amount)s by %(date)s (early payment discount of %(saved)s)",
                    amount=self._b2b_document_money(discount["amount"]),
                    date=format_date(self.env, discount["date"]),
                    saved=self._b2b_document_money(self.amount_total - discount["amount"]),
                )
            )
        return sentences

    def _b2b_says_more_of_terms(self):
        """Whether the note of the payment term says more than its name, which is in the head; Odoo's own do not."""
        term = self.invoice_payment_term_id
        text = html2plaintext(term.note or "").strip()
        return bool(text) and not text.endswith(term.name)

    def _b2b_document_bank(self):
        """The account to pay into: record, and whether its number is an IBAN."""
        bank = self.partner_bank_id or self.company_id.partner_id.bank_ids[:1]
        return bank, bank.acc_type == "iban"

    def _b2b_document_reference(self):
        """The reference to pay with; a creditor reference (ISO 11649) in groups of four, as the standard prints it."""
        text = self.payment_reference or self.name or ""
        code = text.replace(" ", "")
        return " ".join(wrap(code, 4)) if is_creditor_reference(code) else text

    def _b2b_scan_to_pay(self):
        """The code that a banking app reads: the first instalment of an invoice, to be paid as its paper says.

        :returns: dict with ``image`` (SVG as data address), ``amount`` (text) and ``payload`` (what the code holds);
            None for a credit note, a paid invoice, and where no code exists for account and currency
        """
        self.ensure_one()
        if self.move_type != "out_invoice":
            return None
        amount = next((amount for _day, amount in self._b2b_instalments()), 0.0)
        bank, _has_iban = self._b2b_document_bank()
        reference = self.payment_reference or self.name or ""
        return scan_code(self.env, bank, self.company_id, self.currency_id, amount, reference)


def scan_code(env, bank, company, currency, amount, reference):
    """A code to scan: EPC069-12 for euros to an IBAN, UPI for rupees to an account with a UPI address, else None.

    :param float amount: in the currency; nothing is asked for at or below zero
    :param str reference: creditor reference (ISO 11649, goes into the structured field) or free text
    """
    payload = None
    try:
        if currency.name == "EUR" and bank.acc_type == "iban" and 0.01 <= amount <= 999999999.99:
            payload = _epc_payload(bank, company, amount, reference)
        elif currency.name == "INR" and amount > 0 and (address := bank._b2b_upi(company)):
            payload = upi_link(address, bank.acc_holder_name or company.name, to_decimal(amount, 2), reference)
        code = segno.make(payload, error="m", boost_error=False, micro=False, encoding="utf-8") if payload else None
    except (ValueError, DataOverflowError):
        return None
    return code and {
        "image": code.svg_data_uri(border=0),
        "amount": formatLang(env, amount, currency_obj=currency),
        "payload": payload,
    }


def _epc_payload(bank, company, amount, reference):
    """The text of a code for a SEPA credit transfer, version 2. Source: EPC069-12 v2.1."""
    creditor_reference = reference.replace(" ", "")
    structured = is_creditor_reference(creditor_reference)
    lines = (
        "BCD",
        "002",
        "1",
        "SCT",
        bank.bank_bic or "",
        (bank.acc_holder_name or company.name)[:70],
        bank.sanitized_acc_number,
        f"EUR{amount:.2f}",
        "",
        creditor_reference if structured else "",
        "" if structured else reference[:140],
    )
    payload = "\n".join(lines).rstrip("\n")
    if len(payload.encode()) > LONGEST_EPC:
        raise ValueError("no banking app reads a code of so many bytes")
    return payload
