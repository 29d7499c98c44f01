"""Finds the lines that a report of the day brought and that a statement confirms in other words.

Apart from the loader, because this asks about lines that are there already, and the loader about those that are not.
"""

from odoo.tools import SQL

from ..order_to_cash.money import to_decimal
from ..order_to_cash.statements.confirmation import Announced, confirmed


class ConfirmedLines:
    """The unconfirmed lines of one journal.

    :param journal: account.journal
    """

    def __init__(self, journal):
        self._journal = journal
        self.env = journal.env

    def like(self, lines):
        """Those of some new lines for which an unconfirmed one of the same day and amount is there.

        :param lines: Line records of the engine
        """
        sums = {(one.date, one.amount) for one in self._unconfirmed({line.transaction.booking_date for line in lines})}
        return [line for line in lines if (line.transaction.booking_date, line.transaction.amount) in sums]

    def pairs(self, lines, taken):
        """Key of a new line → id of the line that it confirms.

        :param taken: ids of lines that are confirmed by their own keys
        """
        days = {line.transaction.booking_date for line in lines}
        reports = [one for one in self._unconfirmed(days) if one.key not in taken]
        return confirmed([_told(line) for line in lines], reports)

    def confirm(self, line_id, values):
        """Keep a line, with what the statement says more about it where nobody has applied it yet."""
        line = self.env["account.bank.statement.line"].browse(line_id)
        line._write_b2b({"b2b_confirmed_key": values["b2b_entry_key"]})
        if line.is_reconciled or line.b2b_state in ("applied", "manual"):
            return
        fuller = ("payment_ref", "partner_name", "account_number", "transaction_details", "b2b_end_to_end_id")
        line.write({name: values[name] for name in fuller if values[name]})
        if line.b2b_state in ("proposed", "case"):
            line._write_b2b({"b2b_state": "new"})

    def _unconfirmed(self, days):
        if not days:
            return []
        rows = self.env.execute_query(
            SQL(
                """SELECT line.id, move.date, line.amount, line.payment_ref, line.account_number,
                          line.b2b_end_to_end_id, line.transaction_details ->> 'bank_reference'
                     FROM account_bank_statement_line line JOIN account_move move ON move.id = line.move_id
                    WHERE line.journal_id = %s AND line.statement_id IS NULL AND line.b2b_import_id IS NOT NULL
                      AND line.b2b_confirmed_key IS NULL AND move.date IN %s
                      AND line.internal_index >= %s AND line.internal_index < %s
                 ORDER BY line.id""",
                self._journal.id,
                tuple(days),
                f"{min(days):%Y%m%d}",
                f"{max(days):%Y%m%d}~",
            )
        )
        return [
            Announced(line_id, day, to_decimal(amount), text or "", account or "", end_to_end or "", reference or "")
            for line_id, day, amount, text, account, end_to_end, reference in rows
        ]


def _told(line):
    one = line.transaction
    return Announced(
        line.key,
        one.booking_date,
        to_decimal(float(one.amount)),
        one.text,
        one.counterparty_account,
        one.end_to_end_id,
        one.bank_reference,
    )
