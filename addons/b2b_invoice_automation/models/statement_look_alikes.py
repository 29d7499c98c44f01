"""Tells entries that look like known ones, but are new money by the balances, from those that a file repeats.

Apart from the loader, because this asks about statements that are there already.
"""

from odoo.tools import SQL

from ..order_to_cash.statements import STATEMENT


def told_apart(journal, statement, lines):
    """Give keys of their own to entries that look like known ones but are new money.

    Entries without a bank reference are known by their content. Where the statement opens with what the last one
    closed with, and the look-alikes stand in a statement that opened otherwise, they are other payments.

    :param journal: account.journal
    :param statement: the engine's, which the lines stand in
    :param lines: Line records of the engine
    :returns: (lines, how many entries were told apart)
    """
    opening = statement.opening
    if statement.kind != STATEMENT or opening is None:
        return lines, 0
    opened = _opened_with(journal, {line.entry_key for line in lines if not line.transaction.bank_reference})
    currency = journal.currency_id or journal.company_id.currency_id
    if not opened or currency.compare_amounts(_last_closing(journal), float(opening)):
        return lines, 0
    new = {
        key
        for key, balances in opened.items()
        if all(currency.compare_amounts(balance, float(opening)) for balance in balances)
    }
    after = f"|after {opening:f}"
    told = [
        line._replace(key=line.key + after, entry_key=line.entry_key + after) if line.entry_key in new else line
        for line in lines
    ]
    return told, len(new)


def _opened_with(journal, keys):
    """Entry key → opening balances of the earlier statements that hold it; only keys that such ones hold."""
    opened = {}
    if keys:
        rows = journal.env.execute_query(
            SQL(
                """SELECT DISTINCT line.b2b_entry_key, statement.balance_start
                     FROM account_bank_statement_line line
                     JOIN account_bank_statement statement ON statement.id = line.statement_id
                    WHERE line.journal_id = %s AND line.b2b_entry_key IN %s""",
                journal.id,
                tuple(keys),
            )
        )
        for key, balance in rows:
            opened.setdefault(key, []).append(float(balance))
    return opened


def _last_closing(journal):
    """What the journal's last statement closed with."""
    last = journal.env["account.bank.statement"].search(
        [("journal_id", "=", journal.id), ("first_line_index", "!=", False)],
        order="first_line_index desc",
        limit=1,
    )
    return last.balance_end_real if last else 0.0
