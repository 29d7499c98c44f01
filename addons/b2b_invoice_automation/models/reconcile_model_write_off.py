"""Odoo's own reconciliation models, executed: counterparts for what no open item explains, and partner mapping.

Nothing in Community runs them. They come after the matching with open items, so that a bank fee is booked by its rule
and a payment never is.
"""

import re

from odoo import api, models
from odoo.exceptions import UserError

from ..order_to_cash.money import round_half_up, to_decimal

AMOUNT = re.compile(r"\d[\d.,' ]*")


class AccountReconcileModel(models.Model):
    _inherit = "account.reconcile.model"

    @api.model
    def _b2b_write_off_models(self, company):
        """Models with counterpart accounts and at least one condition, in order."""
        return self.search([("b2b_engine", "=", False), ("company_id", "=", company.id)]).filtered(
            lambda model: (
                model.line_ids.account_id and (model.match_label or model.match_amount or model.match_partner_ids)
            )
        )

    @api.model
    def _b2b_partner_models(self, company):
        """Models that tell whose money a text means."""
        return self.search([("company_id", "=", company.id), ("mapped_partner_id", "!=", False)])

    def _b2b_first_for(self, line):
        """The first of these models whose conditions hold for a bank line."""
        return next((model for model in self if model._b2b_accepts(line) and model._b2b_amount_fits(line)), self[:0])

    def _b2b_amount_fits(self, line):
        amount = abs(line.amount)
        if self.match_amount in ("greater", "between") and amount < self.match_amount_min:
            return False
        if self.match_amount in ("lower", "between") and amount > self.match_amount_max:
            return False
        partners = self.match_partner_ids.commercial_partner_id
        return not partners or line.partner_id.commercial_partner_id in partners

    def _b2b_counterparts(self, line):
        """Journal item values that explain a bank line by this model.

        :param line: the bank line
        :returns: list of dicts with account, amount in the line's currency (signed as a journal item), taxes, label
        :raises UserError: when an amount cannot be read from the label
        """
        self.ensure_one()
        currency = line.currency_id
        waiting = to_decimal(line._seek_for_lines()[1].amount_currency, 6)
        left, found = waiting, []
        for part in self.line_ids.filtered("account_id"):
            amount = round_half_up(part._b2b_amount(line, waiting, left), currency.rounding)
            left -= amount
            found += part._b2b_with_taxes(line, amount)
        return found


class AccountReconcileModelLine(models.Model):
    _inherit = "account.reconcile.model.line"

    def _b2b_amount(self, line, waiting, left):
        number = to_decimal(self.amount, 6)
        if self.amount_type == "fixed":
            return -number
        if self.amount_type == "percentage":
            return left * number / 100
        if self.amount_type == "percentage_st_line":
            return waiting * number / 100
        return self._b2b_read_amount(line).copy_sign(waiting)

    def _b2b_read_amount(self, line):
        match = re.search(self.amount_string, line.payment_ref or "")
        text = (match.group(1) if match.groups() else match.group()) if match else ""
        digits = AMOUNT.search(text)
        if not digits:
            raise UserError(
                self.env._(
                    "The model “%(model)s” reads an amount from the text, but “%(text)s” has none.",
                    model=self.model_id.name,
                    text=line.payment_ref,
                )
            )
        return _number(digits.group())

    def _b2b_with_taxes(self, line, amount):
        """The counterpart and its taxes, which the amount includes."""
        base = {"account": self.account_id, "amount": amount, "label": self.label or line.payment_ref}
        base["analytic"] = self.analytic_distribution
        if not self.tax_ids:
            return [base]
        computed = self.tax_ids.with_context(force_price_include=True).compute_all(
            float(amount), currency=line.currency_id, partner=line.partner_id, is_refund=amount < 0
        )
        base |= {
            "amount": to_decimal(computed["total_excluded"], 6),
            "tax_ids": self.tax_ids.ids,
            "tax_tag_ids": computed["base_tags"],
        }
        taxes = [
            {
                "account": self.env["account.account"].browse(tax["account_id"]) or self.account_id,
                "amount": to_decimal(tax["amount"], 6),
                "label": tax["name"],
                "tax_repartition_line_id": tax["tax_repartition_line_id"],
                "tax_tag_ids": tax["tag_ids"],
            }
            for tax in computed["taxes"]
        ]
        return [base, *taxes]


def _number(text):
    """An amount as people write it: the last separator with one or two digits after it is the decimal one."""
    text = re.sub(r"[' ]", "", text).strip(".,")
    found = re.match(r"(.*)[.,](\d{1,2})$", text)
    whole, cents = found.groups() if found else (text, "0")
    return to_decimal(f"{re.sub('[.,]', '', whole) or 0}.{cents}")
