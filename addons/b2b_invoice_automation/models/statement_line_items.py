"""The open items that a person may apply a bank line to, and everything read in its text, as the workbench shows them.

Apart from the candidates, which are the engine's: here are the payer's items, whether the engine thought of them or
not, and those that a person looks for.
"""

import re

from odoo import fields, models
from odoo.tools import float_repr, format_date

from ..order_to_cash.money import to_decimal
from ..order_to_cash.typed_amount import readings

MOST_ITEMS = 80
SHORTEST_NAME = 4
SPAN_KINDS = {
    "unknown_number": "unknown",
    "closed_number": "closed",
    "number_part": "hint",
    "structured_reference": "reference",
    "end_to_end_id": "reference",
    "payer_name": "payer",
    "payer_alias": "payer",
    "payer_name_part": "payer",
    "amount": "amount",
}
WHOLE_AMOUNT = r"(?<!\d)\d(?:[\d.,' ]*\d)?(?!\d)"
AMOUNT = r"\d[\d.,' ]*[.,]\d{%s}(?!\d)"


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _workbench_spans(self):
        """What was read in the label: what the engine recognised, the payer's name and the line's own amount.

        :returns: list of dicts with ``start``, ``end``, ``kind`` (number, reference, hint, closed, unknown, payer or
            amount) and ``title``, in order and without overlap
        """
        text = self.payment_ref or ""
        found = [
            {
                "start": span["start"],
                "end": span["end"],
                "kind": SPAN_KINDS.get(span["kind"], "number"),
                "title": span["number"] or "",
            }
            for span in self._recognised_spans()[self.id]
        ]
        return _apart(found + self._payer_spans(text) + self._amount_spans(text))

    def _payer_spans(self, text):
        names = {self.partner_name, self.partner_id.name, self.b2b_payer_id.name}
        return [
            {"start": match.start(), "end": match.end(), "kind": "payer", "title": name}
            for name in sorted(filter(None, names))
            if len(name) >= SHORTEST_NAME
            for match in re.finditer(re.escape(name), text, re.IGNORECASE)
        ]

    def _amount_spans(self, text):
        places = self.currency_id.decimal_places
        digits = float_repr(abs(self.amount), places).replace(".", "")
        return [
            {
                "start": match.start(),
                "end": match.end(),
                "kind": "amount",
                "title": self.currency_id.format(self.amount),
            }
            for match in re.finditer(AMOUNT % places if places else WHOLE_AMOUNT, text)
            if re.sub(r"\D", "", match.group()) == digits
        ]

    def _workbench_items(self, words=""):
        """Open items for the screen: what candidates name, then the payer's own, oldest first.

        :param str words: look for these among the items of all customers instead
        :returns: list of dicts, amounts as numbers in the item's currency
        """
        proposed = [part["item"] for proposal in self.b2b_proposal_ids for part in proposal.allocations or []]
        items = self.env["account.move.line"].search_fetch(
            [*self._workbench_open_domain(), *self._workbench_whose(words, proposed)],
            ["amount_residual_currency", "currency_id", "date", "date_maturity", "move_id", "partner_id"],
            order="date, id",
            limit=MOST_ITEMS,
        )
        today = fields.Date.context_today(self)
        return [self._workbench_item(item, today) for item in items.sorted(lambda item: item.id not in proposed)]

    def _workbench_open_domain(self):
        return [
            ("parent_state", "=", "posted"),
            ("reconciled", "=", False),
            ("company_id", "=", self.company_id.id),
            ("account_id.account_type", "in", ("asset_receivable", "liability_payable")),
            ("account_id.non_trade", "=", False),
            ("amount_residual_currency", "!=", 0),
            ("move_id", "!=", self.move_id.id),
        ]

    def _workbench_whose(self, words, proposed):
        payer = self._workbench_payer()
        if words:
            return _words_domain(words)
        if payer:
            return ["|", ("id", "in", proposed), ("partner_id", "child_of", payer.id)]
        return [("id", "in", proposed)]

    def _workbench_payer(self):
        return (self.partner_id or self.b2b_payer_id).commercial_partner_id

    def _workbench_item(self, item, today):
        move, owner = item.move_id, item.partner_id.commercial_partner_id
        due = item.date_maturity or item.date
        return {
            "id": item.id,
            "move_id": move.id,
            "document": move.name or "",
            "reference": move.ref or "",
            "partner_id": owner.id,
            "partner": owner.name or "",
            "date": format_date(self.env, item.date),
            "due": format_date(self.env, due),
            "overdue": max((today - due).days, 0),
            "residual": float(to_decimal(item.amount_residual_currency, 6)),
            "currency_id": item.currency_id.id,
            "is_credit": item.amount_residual_currency * self.amount < 0,
            "is_foreign_payer": bool(self._workbench_payer()) and owner != self._workbench_payer(),
            "salesperson": move.invoice_user_id.id,
        }


def _words_domain(words):
    """Items whose document, reference or customer holds the words, or that are open with the amount they say."""
    domain = [
        "|",
        "|",
        "|",
        ("move_id.name", "ilike", words),
        ("move_id.ref", "ilike", words),
        ("move_id.payment_reference", "ilike", words),
        ("partner_id.commercial_partner_id.name", "ilike", words),
    ]
    amounts = [float(amount) for amount in readings(words)]
    return ["|", ("amount_residual_currency", "in", amounts), *domain] if amounts else domain


def _apart(spans):
    """Spans in order; where two overlap, the one that begins first, and is longer, stays."""
    kept, at = [], 0
    for span in sorted(spans, key=lambda span: (span["start"], -span["end"])):
        if span["start"] >= at:
            kept.append(span)
            at = span["end"]
    return kept
