"""Gathers what the cash application engine would have known on earlier days, to try a rule on what happened since.

What is open on a day is what was posted by then less what was reconciled before it, both by accounting date: a payment
that is dated a day settles on that day, whenever somebody got round to it. Everything is read once for all days.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from odoo.tools import SQL

from ..order_to_cash.cash import MatchingRule
from ..order_to_cash.money import to_decimal
from .bank_transaction import advised_line
from .cash_facts import CLOSED_DAYS, NO_PARTNER, FactGatherer, Facts

PREPAID = timedelta(days=MatchingRule("").prepaid_days)


class PastFacts(FactGatherer):
    """Facts of one company as its books stood on earlier days.

    :param company: res.company
    :param date first_day: the earliest day that is asked for
    """

    def __init__(self, company, first_day):
        super().__init__(company)
        self.env.flush_all()
        rows = self._item_rows(
            SQL(
                """(aml.amount_residual_currency != 0 OR aml.id IN (
                    SELECT unnest(ARRAY[debit_move_id, credit_move_id]) FROM account_partial_reconcile
                     WHERE company_id = %(company)s AND max_date >= %(day)s
                ))""",
                company=company.id,
                day=first_day,
            )
        )
        self._paid = self._payments([row["id"] for row in rows])
        self._rows = {row["id"]: row for row in rows}
        self._whole = self._open_items([{**row, "residual": row["amount_currency"]} for row in rows])
        self._closed_now = self._closed_references(first_day - timedelta(days=CLOSED_DAYS))
        self._mappings = self.env["account.reconcile.model"]._b2b_partner_models(company)

    def __len__(self):
        return len(self._whole)

    def on(self, day, statement_lines):
        """Facts for these lines, with the books as they stood when a day began.

        :param statement_lines: lines of that day, or of a few days from it
        """
        last_day = max(statement_lines.mapped("date"))
        items = list(filter(None, (self._item_on(item, day, last_day) for item in self._whole)))
        moves = {-self._rows[item.key]["move_id"] for item in items}
        advised = self.env["b2b.remittance"]._remittance_references(statement_lines)
        lines = [advised_line(self._bank_line(line, self._mappings), advised.get(line.id)) for line in statement_lines]
        return Facts(
            lines=lines,
            items=items,
            payers=self._payers({item.payer for item in items} | {NO_PARTNER}, taught_before=day),
            closed=[reference for reference in self._closed_now if reference.key not in moves],
            past=self._past_payments(lines),
            rate_on=self._rate_on(),
        )

    def _bank_line(self, line, mappings):
        """A partner that a person set while applying the line is not known yet."""
        found = super()._bank_line(line, mappings)
        return replace(found, known_payer=None) if line.is_reconciled else found

    def _item_on(self, item, day, last_day):
        row = self._rows[item.key]
        if item.date > last_day + PREPAID or (row["statement_line_id"] and item.date >= day):
            return None
        paid = sum((amount for paid_on, amount in self._paid.get(item.key, ()) if paid_on < day), to_decimal(0))
        if not paid:
            return item if item.residual else None
        return replace(item, residual=item.residual - paid, discount=None) if paid != item.residual else None

    def _payments(self, item_ids):
        """Item → (day, what was settled of it, with its sign)."""
        if not item_ids:
            return {}
        found = defaultdict(list)
        for item, day, amount in self.env.execute_query(
            SQL(
                """SELECT debit_move_id, max_date, debit_amount_currency FROM account_partial_reconcile
                    WHERE debit_move_id IN %(items)s
                    UNION ALL
                   SELECT credit_move_id, max_date, -credit_amount_currency FROM account_partial_reconcile
                    WHERE credit_move_id IN %(items)s""",
                items=tuple(item_ids),
            )
        ):
            found[item].append((day, to_decimal(amount, 6)))
        return found
