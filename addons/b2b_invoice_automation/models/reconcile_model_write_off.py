"""Odoo's own reconciliation models, executed: counterparts for what no open item explains, and partner mappings.

Nothing in Community runs them. Their conditions are the same as those of matching rules, and are asked here.
"""

import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import html2plaintext

from ..order_to_cash.money import round_half_up, to_decimal
from ..order_to_cash.patterns import is_explosive

LONGEST_TEXT = 2000
AMOUNT = re.compile(r"(-?)\s*(\d(?:[\d.,' ]*\d)?)")


class AccountReconcileModel(models.Model):
    _inherit = "account.reconcile.model"

    match_amount = fields.Selection(
        help="Amounts are compared without their sign, unless a limit is negative: then money out counts as negative."
    )

    @api.constrains("match_label", "match_label_param")
    def _check_b2b_label_pattern(self):
        for model in self.filtered(lambda one: one.match_label == "match_regex"):
            _refuse_explosive(self.env, model.name, model.match_label_param or "")

    @api.model
    def _b2b_write_off_models(self, company):
        """Models that give counterpart accounts, in order."""
        domain = [("b2b_engine", "=", False), ("company_id", "=", company.id), ("mapped_partner_id", "=", False)]
        return self.search(domain).filtered("line_ids.account_id")

    def _b2b_is_ahead(self, rules):
        """Whether this model stands above all matching rules, so that it is asked before them.

        :param rules: the company's matching rules, in order
        """
        return self.sequence < rules[:1].sequence

    @api.model
    def _b2b_partner_models(self, company):
        """Models that tell whose money a text means, in order."""
        return self.search([("company_id", "=", company.id), ("mapped_partner_id", "!=", False)])

    def _b2b_fitting_mapping(self, line):
        """Id of the commercial entity that the first partner mapping names whose conditions hold, or False."""
        model = next((model for model in self if model._b2b_accepts(line)), self[:0])
        return model.mapped_partner_id.commercial_partner_id.id

    def _b2b_fitting(self, line, partner=None):
        """Those of these models whose conditions hold for a bank line; those without any condition are only buttons.

        :param line: account.bank.statement.line
        :param partner: the commercial entity that is known to have paid; the line's own if None
        """
        return self.filtered(
            lambda model: model.can_be_proposed and model._b2b_accepts(line) and model._b2b_partner_fits(line, partner)
        )

    def _b2b_accepts(self, line):
        """Whether those conditions hold that the engine does not know: journal, amount and label."""
        self.ensure_one()
        if self.match_journal_ids and line.journal_id not in self.match_journal_ids:
            return False
        return self._b2b_amount_fits(line) and self._b2b_label_fits(line)

    def _b2b_amount_fits(self, line):
        smallest = self.match_amount_min if self.match_amount in ("greater", "between") else None
        largest = self.match_amount_max if self.match_amount in ("lower", "between") else None
        is_signed = any(limit is not None and limit < 0 for limit in (smallest, largest))
        amount, currency = line.amount if is_signed else abs(line.amount), line.currency_id
        return (smallest is None or currency.compare_amounts(amount, smallest) >= 0) and (
            largest is None or currency.compare_amounts(amount, largest) <= 0
        )

    def _b2b_label_fits(self, line):
        if not self.match_label:
            return True
        wanted, texts = self.match_label_param or "", _texts_of(line)
        if self.match_label == "match_regex":
            return any(re.search(wanted, text[:LONGEST_TEXT], re.IGNORECASE) for text in texts)
        found = any(wanted.casefold() in text.casefold() for text in texts)
        return found == (self.match_label == "contains")

    def _b2b_partner_fits(self, line, partner=None):
        wanted = self.match_partner_ids.commercial_partner_id
        return not wanted or (partner or line.partner_id).commercial_partner_id in wanted

    def _b2b_counterparts(self, line, amount, currency):
        """What this model books to explain an amount of a bank line.

        :param line: account.bank.statement.line
        :param Decimal amount: what waits to be explained, signed as a journal item
        :param currency: res.currency of the amount
        :returns: list of dicts with ``account`` and ``partner`` (records), ``amount`` (signed as a journal item),
            ``label``, and ``extra`` (further columns of the journal item)
        :raises UserError: when an amount cannot be read from the label
        """
        self.ensure_one()
        left, found = amount, []
        for part in self.line_ids.filtered("account_id"):
            share = round_half_up(part._b2b_amount(line, amount, left), currency.rounding)
            left -= share
            if share:
                found += part._b2b_with_taxes(line, share, currency)
        return found


class AccountReconcileModelLine(models.Model):
    _inherit = "account.reconcile.model.line"

    @api.constrains("amount_string", "amount_type")
    def _check_b2b_amount_pattern(self):
        for part in self.filtered(lambda one: one.amount_type == "regex"):
            _refuse_explosive(self.env, part.model_id.name, part.amount_string)

    def _b2b_amount(self, line, waiting, left):
        number = to_decimal(self.amount, 6)
        if self.amount_type == "fixed":
            return -number
        if self.amount_type == "percentage":
            return left * number / 100
        if self.amount_type == "percentage_st_line":
            return waiting * number / 100
        return self._b2b_read_amount(line) * (1 if waiting > 0 else -1)

    def _b2b_read_amount(self, line):
        """The amount that the expression finds in the label; a minus in front of it makes it go the other way."""
        match = re.search(self.amount_string, (line.payment_ref or "")[:LONGEST_TEXT])
        text = (match.group(1) if match.groups() else match.group()) if match else ""
        digits = AMOUNT.search(text or "")
        if not digits:
            raise UserError(
                self.env._(
                    "The reconciliation model “%(model)s” reads an amount from the text, but finds none in “%(text)s”. "
                    "Correct its expression %(expression)s, or book the line by hand.",
                    model=self.model_id.name,
                    text=line.payment_ref or "",
                    expression=self.amount_string,
                )
            )
        return _number(digits.group(2)) * (-1 if digits.group(1) else 1)

    def _b2b_with_taxes(self, line, amount, currency):
        """The counterpart, and the taxes that its amount includes."""
        base = {
            "account": self.account_id,
            "partner": self.partner_id,
            "amount": amount,
            "label": self.label or line.payment_ref,
            "extra": {"analytic_distribution": self.analytic_distribution} if self.analytic_distribution else {},
        }
        if not self.tax_ids:
            return [base]
        use = self.tax_ids[:1].type_tax_use
        computed = self.tax_ids.with_context(force_price_include=True).compute_all(
            float(amount),
            currency=currency,
            partner=self.partner_id or line.partner_id,
            is_refund=(use == "sale" and amount > 0) or (use == "purchase" and amount < 0),
        )
        taxes = [self._b2b_tax(base, tax) for tax in computed["taxes"] if tax["amount"]]
        base["amount"] = amount - sum((tax["amount"] for tax in taxes), to_decimal(0))
        base["extra"] = base["extra"] | {
            "tax_ids": [fields.Command.set(self.tax_ids.ids)],
            "tax_tag_ids": [fields.Command.set(computed["base_tags"])],
        }
        return [base, *taxes]

    def _b2b_tax(self, base, tax):
        extra = {
            "tax_repartition_line_id": tax["tax_repartition_line_id"],
            "tax_tag_ids": [fields.Command.set(tax["tag_ids"])],
            "tax_ids": [fields.Command.set(tax["tax_ids"])],
        }
        if tax["analytic"]:
            extra |= {name: base["extra"][name] for name in ("analytic_distribution",) if name in base["extra"]}
        return {
            **base,
            "account": self.env["account.account"].browse(tax["account_id"]) or self.account_id,
            "amount": to_decimal(tax["amount"], 6),
            "label": tax["name"],
            "extra": extra,
        }


def _refuse_explosive(env, name, pattern):
    """Refuse an expression on which one strange bank text could keep all matching waiting."""
    if is_explosive(pattern):
        raise ValidationError(
            env._(
                "“%(model)s”: the expression %(expression)s repeats something that repeats already, or chooses within "
                "a repetition, which can take for ever on some texts. Write it without one of the two.",
                model=name,
                expression=pattern,
            )
        )


def _texts_of(line):
    """What of a bank line a label condition looks at: its label, the payer's name, the bank's details, and the note."""
    details = line.transaction_details if isinstance(line.transaction_details, dict) else {}
    texts = [line.payment_ref, line.partner_name, *(value for value in details.values() if isinstance(value, str))]
    if line.narration:
        texts.append(html2plaintext(line.narration))
    return list(filter(None, texts)) or [""]


def _number(text):
    """An amount as people write it: the last separator with one or two digits after it is the decimal one."""
    text = re.sub(r"[' ]", "", text)
    found = re.match(r"(.*)[.,](\d{1,2})$", text)
    whole, cents = found.groups() if found else (text, "0")
    return to_decimal(f"{re.sub('[.,]', '', whole) or 0}.{cents}")
