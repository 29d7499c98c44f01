"""Finds the lines that a report of the day and a statement tell in different words, whichever of them came first.

Apart from the loader, because this asks about lines that are there already, and the loader about those that are not.
"""

from odoo.tools import SQL

from ..order_to_cash.money import to_decimal
from ..order_to_cash.statements.confirmation import Announced, confirmed

REPORTS = r"camt\.05[24]|mt942"


class ConfirmedLines:
    """The lines of one journal that the other kind of file brought and that no key has joined yet.

    :param journal: account.journal
    :param record: the import at work, whose own lines do not count
    :param bool of_reports: lines of reports, which a statement confirms; else lines of statements, which a late report
        tells again
    """

    def __init__(self, journal, record, of_reports):
        self._journal = journal
        self._record = record
        self._by_day = {}
        self._of_reports = of_reports
        self.env = journal.env

    def like(self, lines):
        """Those of some new lines for which such a line of the same day and amount is there.

        :param lines: Line records of the engine
        """
        sums = {(one.date, one.amount) for one in self._unconfirmed({line.transaction.booking_date for line in lines})}
        return [line for line in lines if (line.transaction.booking_date, line.transaction.amount) in sums]

    def pairs(self, lines, taken):
        """Key of a new line → id of the line that it is.

        :param taken: ids of lines that are confirmed by their own keys
        """
        days = {line.transaction.booking_date for line in lines}
        reports = [one for one in self._unconfirmed(days) if one.key not in taken]
        return confirmed([_told(line) for line in lines], reports)

    def confirm(self, line_id, values, documents):
        """Keep a line, with what the statement says more about it where nobody has applied it yet.

        :param documents: the remittance list of the engine that stands in the statement
        """
        line = self.env["account.bank.statement.line"].browse(line_id)
        line._write_b2b({"b2b_confirmed_key": values["b2b_entry_key"]})
        if not self._of_reports or line.is_reconciled or line.b2b_state in ("applied", "manual"):
            return
        fuller = ("payment_ref", "partner_name", "account_number", "transaction_details", "b2b_end_to_end_id")
        is_free = line._write_told({name: values[name] for name in fuller if values[name]})
        if documents:
            self.env["b2b.remittance"]._from_transactions([(line, documents)])
        if is_free and line.b2b_state in ("proposed", "case"):
            line._write_b2b({"b2b_state": "new"})

    def _unconfirmed(self, days):
        """Lines of some days; each day is asked for once, because only our own import is adding lines meanwhile."""
        missing = days - self._by_day.keys()
        if missing:
            self._by_day |= {day: [] for day in missing}
            for one in self._rows(missing):
                self._by_day[one.date].append(one)
        return [one for day in sorted(days) for one in self._by_day[day]]

    def _rows(self, days):
        kind = SQL("line.statement_id IS NULL AND import.source ~ %s", REPORTS)
        rows = self.env.execute_query(
            SQL(
                """SELECT line.id, move.date, line.amount, line.payment_ref, line.account_number,
                          line.b2b_end_to_end_id, line.transaction_details ->> 'bank_reference'
                     FROM account_bank_statement_line line
                     JOIN account_move move ON move.id = line.move_id
                     JOIN b2b_statement_import import ON import.id = line.b2b_import_id
                    WHERE line.journal_id = %s AND line.b2b_confirmed_key IS NULL AND import.id <> %s AND %s
                      AND move.date IN %s AND line.internal_index >= %s AND line.internal_index < %s
                 ORDER BY line.id""",
                self._journal.id,
                self._record.id,
                kind if self._of_reports else SQL("line.statement_id IS NOT NULL"),
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
