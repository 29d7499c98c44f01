"""The same labelled world matched by OCA's `account_reconcile_oca`.

    python -m cash_world.peer DATABASE ADDONS DIALECT LINES ITEMS SEED CAP

A process of its own, with a database of its own in which our addons are not installed. OCA's module matches lines when
they are created, all of a statement at once; only that matching is timed here, not the creation. It prints JSON. Where
both together take longer than CAP seconds, the alarm ends the process.
"""

import json
import signal
import sys
import time
from types import SimpleNamespace

from benchmarks import cash_bank, cash_books

from . import make_world, score_decisions


def main():
    """Match, and print what it took and how right it was."""
    database, addons, dialect, count, items, seed, cap = sys.argv[1:4] + [int(word) for word in sys.argv[4:]]
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config([f"--addons-path={addons}", "--log-level=critical"])
    with Registry(database).cursor() as cursor:
        env = odoo.api.Environment(cursor, odoo.SUPERUSER_ID, {})
        world = make_world(seed, lines=count, items=items, dialect=dialect)
        books = cash_books.load(env, world)
        env.cr.commit()
        signal.alarm(cap)
        odoo.tools.config["test_enable"] = True  # so that creation and matching are two steps
        lines = _create(env, books, world)
        env.cr.commit()
        begun = time.perf_counter()
        failed = _match(env, lines)
        seconds = time.perf_counter() - begun
        signal.alarm(0)
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
        "invoices": score.recall_of_invoices,
        "precision_of_invoices": score.precision_of_invoices,
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
                "payment_ref": " ".join(_words(line)) or "/",
                "partner_name": line.payer_name or False,
                "account_number": line.payer_account.replace(" ", "") or False,
            }
            for line in world.lines
        ]
    )


def _words(line):
    """All that a bank line says what it is for; OCA's module reads nothing but the label."""
    numbers = [document.number for document in line.remitted_documents]
    return [*line.text.split(), *line.structured_references, *numbers, *filter(None, [line.end_to_end_id])]


def _decisions(env, books, world, lines):
    """What each line pays in the books, in the form that the score takes."""
    item_of = {item: key for key, item in books.items.items()}
    paid = cash_bank.partials_of(env, lines)
    for line, made in zip(world.lines, lines, strict=True):
        parts = paid.get(made.id, {})
        truth = world.labels[line.key].truth or {}
        yield SimpleNamespace(
            line=line.key,
            outcome="apply" if parts else "propose",
            allocations=[
                SimpleNamespace(item=item_of.get(item), amount=_generous(amount, truth.get(item_of.get(item))))
                for item, amount in parts.items()
            ],
            reverses=None,
        )


def _generous(amount, expected):
    """An amount that is near the true one counts as that: how a difference is booked is not what is measured."""
    return expected if expected and abs(amount - expected) * 20 <= abs(expected) else amount


if __name__ == "__main__":
    main()
