"""What the bank says of a labelled world, as a file; and what bank lines pay in the ledger."""

from decimal import Decimal

from bank_sandbox.render import render_camt053

from order_to_cash.statements.model import AccountId, RemittedDocument, Statement, Transaction

OWN_ACCOUNT = "DE89370400440532013000"
CURRENCY = "EUR"


def bank_file(world, lines=None):
    """The world's bank lines as one CAMT.053 file.

    :param lines: the lines, or None for all of the world
    """
    lines = sorted(world.lines if lines is None else lines, key=lambda line: (line.date, line.key))
    transactions = tuple(map(_transaction, lines))
    opening = Decimal("1000000.00")
    statement = Statement(
        account=AccountId(iban=OWN_ACCOUNT, currency=CURRENCY),
        currency=CURRENCY,
        statement_id="BENCH",
        sequence=1,
        source="camt.053",
        from_date=lines[0].date,
        to_date=lines[-1].date,
        opening=opening,
        closing=opening + sum(line.amount for line in lines),
        transactions=transactions,
    )
    return render_camt053([statement])


def _transaction(line):
    is_return = line.is_reversal
    return Transaction(
        amount=line.amount,
        currency=line.currency,
        booking_date=line.date,
        value_date=line.date,
        counterparty_name=line.payer_name,
        counterparty_account=line.payer_account.replace(" ", ""),
        text=line.text,
        structured_references=line.structured_references,
        remitted_documents=tuple(
            RemittedDocument(document.number, document.amount, line.currency) for document in line.remitted_documents
        ),
        end_to_end_id=line.reversed_reference if is_return else line.end_to_end_id,
        mandate_id=line.mandate_id,
        bank_reference=line.bank_reference,
        instructed_amount=line.original_amount,
        instructed_currency=line.original_currency,
        return_reason="AC04" if is_return else "",
    )


def partials_of(env, lines):
    """What bank lines pay in the ledger: statement line id → {journal item: amount in the item's currency}."""
    env.flush_all()
    env.cr.execute(
        """SELECT move.statement_line_id, partial.debit_move_id, partial.debit_amount_currency
             FROM account_partial_reconcile partial
             JOIN account_move_line own ON own.id = partial.credit_move_id
             JOIN account_move move ON move.id = own.move_id WHERE move.statement_line_id IN %(lines)s
            UNION ALL
           SELECT move.statement_line_id, partial.credit_move_id, -partial.credit_amount_currency
             FROM account_partial_reconcile partial
             JOIN account_move_line own ON own.id = partial.debit_move_id
             JOIN account_move move ON move.id = own.move_id WHERE move.statement_line_id IN %(lines)s""",
        {"lines": tuple(lines.ids)},
    )
    paid = {}
    for line, item, amount in env.cr.fetchall():
        items = paid.setdefault(line, {})
        items[item] = items.get(item, Decimal(0)) + Decimal(str(round(amount, 2)))
    return paid
