"""The same labelled world matched by OCA's `account_reconcile_oca`.

    python -m cash_world.peer DATABASE ADDONS LINES ITEMS SEED

A process of its own, with a database of its own in which our addons are not installed. OCA's module matches lines when
they are created, all of a statement at once; only that matching is timed here, not the creation. It prints JSON; the
caller stops it when it takes too long.
"""

import json
import sys
import time
from decimal import Decimal
from types import SimpleNamespace

from benchmarks import cash_books

from . import make_world, score_decisions


def main():
    """Match, and print what it took and how right it was."""
    database, addons, count, items, seed = sys.argv[1:3] + [int(word) for word in sys.argv[3:]]
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config([f"--addons-path={addons}", "--log-level=critical"])
    with Registry(database).cursor() as cursor:
        env = odoo.api.Environment(cursor, odoo.SUPERUSER_ID, {})
        world = make_world(seed, lines=count, items=items)
        books = cash_books.load(env, world)
        env.cr.commit()
        odoo.tools.config["test_enable"] = True  # so that creation and matching are two steps
        lines = _create(env, books, world)
        env.cr.commit()
        print("ready", flush=True)
        begun = time.perf_counter()
        failed = _match(env, lines)
        seconds = time.perf_counter() - begun
        score = score_decisions(world, _decisions(env, books, world, lines))
        print(json.dumps({"ms": 1000 * seconds / count, "failed": failed, **summary(score)}), flush=True)


def _match(env, lines):
    """Match; where a line makes the module fail, the others are matched in smaller batches.

    :returns: how many lines make it fail even alone
    """
    from odoo.exceptions import UserError

    try:
        with env.cr.savepoint():
            lines._auto_reconcile()
            env.flush_all()
    except UserError:
        if len(lines) == 1:
            return 1
        middle = len(lines) // 2
        return _match(env, lines[:middle]) + _match(env, lines[middle:])
    return 0


def summary(score):
    """The figures of a score, JSON-ready."""
    return {
        "touchless": score.touchless_rate,
        "invoices": score.invoices_touchless / score.invoices if score.invoices else 0.0,
        "applied": score.applied,
        "wrong": len(score.wrong),
        "precision": score.precision,
    }


def _create(env, books, world):
    return env["account.bank.statement.line"].create(
        [
            {
                "journal_id": books.journal.id,
                "date": line.date,
                "amount": float(line.amount),
                "payment_ref": " ".join((line.text or " ".join(line.structured_references) or "/").split()),
                "partner_name": line.payer_name or False,
                "account_number": line.payer_account.replace(" ", "") or False,
            }
            for line in world.lines
        ]
    )


def _decisions(env, books, world, lines):
    """What each line pays in the books, in the form that the score takes."""
    item_of = {item: key for key, item in books.items.items()}
    env.cr.execute(
        """SELECT move.statement_line_id, partial.debit_move_id, partial.amount
             FROM account_partial_reconcile partial
             JOIN account_move_line own ON own.id = partial.credit_move_id
             JOIN account_move move ON move.id = own.move_id WHERE move.statement_line_id IN %(lines)s
            UNION ALL
           SELECT move.statement_line_id, partial.credit_move_id, -partial.amount
             FROM account_partial_reconcile partial
             JOIN account_move_line own ON own.id = partial.debit_move_id
             JOIN account_move move ON move.id = own.move_id WHERE move.statement_line_id IN %(lines)s""",
        {"lines": tuple(lines.ids)},
    )
    paid = {}
    for line, item, amount in env.cr.fetchall():
        paid.setdefault(line, {})[item] = Decimal(str(round(amount, 2)))
    for line, made in zip(world.lines, lines, strict=True):
        parts = paid.get(made.id, {})
        yield SimpleNamespace(
            line=line.key,
            outcome="apply" if parts else "propose",
            allocations=[SimpleNamespace(item=item_of.get(item), amount=amount) for item, amount in parts.items()],
            reverses=None,
        )


if __name__ == "__main__":
    main()
