"""What stands in the books, so that ways can be held against each other; and the same rows by plain SQL."""

JOURNAL_ITEMS = """
    SELECT account.code_store->>'1', line.display_type, count(*), sum(line.debit), sum(line.credit),
           sum(line.amount_currency), sum(line.price_subtotal), sum(line.amount_residual), sum(line.quantity),
           count(DISTINCT line.date_maturity), count(line.tax_line_id), count(line.tax_group_id),
           (SELECT count(*) FROM account_move_line_account_tax_rel rel JOIN account_move_line taxed
                ON taxed.id = rel.account_move_line_id
             WHERE taxed.account_id = account.id AND taxed.display_type = line.display_type),
           (SELECT count(*) FROM account_account_tag_account_move_line_rel rel JOIN account_move_line tagged
                ON tagged.id = rel.account_move_line_id
             WHERE tagged.account_id = account.id AND tagged.display_type = line.display_type)
      FROM account_move_line line JOIN account_move move ON move.id = line.move_id
      LEFT JOIN account_account account ON account.id = line.account_id
     WHERE move.state = 'posted'
     GROUP BY account.id, 1, 2 ORDER BY 1, 2
"""
INVOICES = """
    SELECT count(*), count(DISTINCT name), min(name), max(name), sum(amount_untaxed), sum(amount_tax),
           sum(amount_total), sum(amount_residual), min(invoice_date), max(invoice_date_due),
           count(DISTINCT partner_id),
           count(payment_reference), count(invoice_origin), min(payment_state), max(payment_state)
      FROM account_move WHERE state = 'posted'
"""
ORDERS = "SELECT state, invoice_status, count(*), sum(amount_total) FROM sale_order GROUP BY 1, 2 ORDER BY 1, 2"
ORDER_LINES = """
    SELECT line.invoice_status, count(*), sum(line.qty_invoiced), sum(line.untaxed_amount_invoiced), count(rel.*)
      FROM sale_order_line line LEFT JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = line.id
     GROUP BY 1 ORDER BY 1
"""
MOVE_TABLES = ("account_move", "account_move_line")
FLOOR = """
    INSERT INTO account_move ({moves}) SELECT {moves_copied} FROM account_move WHERE id <= {last_move};
    INSERT INTO account_move_line ({lines}) SELECT {lines_copied} FROM account_move_line WHERE id <= {last_line};
    INSERT INTO sale_order_line_invoice_rel (order_line_id, invoice_line_id)
         SELECT order_line_id, invoice_line_id + {last_line} FROM sale_order_line_invoice_rel;
    UPDATE sale_order SET invoice_status = 'invoiced', write_date = now() WHERE state = 'sale'
"""


def state_of(env):
    """Sums of all that was booked, by account and kind of line; equal for ways that book the same."""
    env.flush_all()
    queries = (JOURNAL_ITEMS, INVOICES, ORDERS, ORDER_LINES)
    return [[[str(value) for value in row] for row in _rows(env, query)] for query in queries]


def billed(state):
    """Of what :func:`state_of` tells: how many invoices, and their net, tax and total."""
    invoices = state[1][0]
    return [invoices[0], *invoices[4:7]]


def floor(env):
    """Write the rows of all posted invoices once more, by nothing but SQL, and commit."""
    last_move, last_line = (_rows(env, f"SELECT max(id) FROM {table}")[0][0] for table in MOVE_TABLES)
    moves = _columns(env, "account_move")
    lines = _columns(env, "account_move_line")
    number = f"id + {last_move}"
    moves_copied = {**moves, "id": number, "sequence_number": number, "name": f"'COPY/' || ({number})"}
    lines_copied = {**lines, "id": f"id + {last_line}", "move_id": f"move_id + {last_move}"}
    env.cr.execute(
        FLOOR.format(
            moves=", ".join(f'"{name}"' for name in moves),
            moves_copied=", ".join(moves_copied.values()),
            lines=", ".join(f'"{name}"' for name in lines),
            lines_copied=", ".join(lines_copied.values()),
            last_move=last_move,
            last_line=last_line,
        )
    )
    env.cr.commit()


def _columns(env, table):
    """The columns of a table that can be written; dict of each quoted name to itself."""
    query = f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'"
    return {name: f'"{name}"' for (name,) in _rows(env, query)}


def _rows(env, query):
    env.cr.execute(query)
    return env.cr.fetchall()
