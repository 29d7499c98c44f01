"""Cash application: time per bank line and its growth, and how right it is on labelled lines, beside OCA's.

OCA's `account_reconcile_oca` meets the same worlds in a database and a process of its own, and is stopped at a cap.
"""

import argparse
import contextlib
import gc
import itertools
import json
import signal
import statistics
import subprocess
import sys
import time
from decimal import Decimal
from types import SimpleNamespace

from setup import databases, odoo_config, peers, postgres
from setup.paths import ADDONS, SCRIPTS

sys.path.insert(0, str(ADDONS / "b2b_invoice_automation"))

from cash_world import make_world, score_decisions
from cash_world.dialects import DIALECTS

from . import cash_bank, cash_books

DATABASE = "otc_bench_cash"
PEER = "account_reconcile_oca"
SETTLED = ("amount", "discount", "write_off", "exchange_difference", "charge")
"""What of an allocation takes off the item's residual."""


def run(arguments):
    """Measure, print the table, return the figures.

    :param arguments: the benchmark's own words of the command line
    """
    options = _options(arguments)
    connection = postgres.ensure()
    figures, rows = {}, []
    for count, seed, dialect in itertools.product(options.lines, options.seeds, options.dialects):
        databases.copy(connection, databases.TEST, DATABASE)
        try:
            rows.append((count, measure(count, options.items, seed, dialect)))
        finally:
            databases.remove(connection, DATABASE)
        print(f"{count:>7} lines, seed {seed}, {dialect}: {_row(rows[-1][1])}", flush=True)
    for count in options.lines:
        results = [result for size, result in rows if size == count]
        figures[f"cash.ms_per_line_{count}"] = statistics.median(result.match_ms for result in results)
        figures[f"cash.import_ms_per_line_{count}"] = statistics.median(result.import_ms for result in results)
    largest = [result for size, result in rows if size == max(options.lines)]
    figures["cash.import_ms_per_line"] = figures[f"cash.import_ms_per_line_{max(options.lines)}"]
    figures["cash.touchless_lines"] = min(result.score.touchless_rate for result in largest)
    figures["cash.touchless_invoices"] = min(result.score.recall_of_invoices for result in largest)
    scores = [result.score for _size, result in rows]
    figures["cash.precision_of_invoices"] = min(score.precision_of_invoices for score in scores)
    figures["cash.applied_lines"] = sum(score.applied for score in scores)
    figures["cash.wrong_lines"] = sum(len(score.wrong) for score in scores)
    figures["cash.unknowable_lines_applied"] = sum(score.unknowable_applied for score in scores)
    if {400, 10_000} <= set(options.lines):
        figures["cash.growth_400_to_10000"] = figures["cash.ms_per_line_10000"] / figures["cash.ms_per_line_400"]
    _show(figures)
    if options.cap:
        theirs = beside(connection, options)
        _show(theirs)
        figures |= theirs
    return figures


def _show(figures):
    for name, value in figures.items():
        print(f"{name:36} {value:>12,.3f}", flush=True)


def measure(count, items, seed, dialect="standard", database=DATABASE):
    """Load a world, import its bank file, match it, and score what is in the books."""
    world = make_world(seed, lines=count, items=items, dialect=dialect)
    with _environment(database) as env:
        books = cash_books.load(env, world)
        env.cr.commit()
        content = cash_bank.bank_file(world)
        gc.collect()
        started = time.perf_counter()
        record = env["b2b.statement.import"].with_company(books.company)._import_file("bench.xml", content)
        env.cr.commit()
        imported = time.perf_counter()
        if record.state != "done":
            raise RuntimeError(record.error)
        env["account.reconcile.model"]._b2b_rules(books.company).trigger = "auto_reconcile"
        remaining = 1
        while remaining:
            _handled, remaining = env["account.bank.statement.line"]._b2b_process_batch(company=books.company)
            env.cr.commit()
        matched = time.perf_counter()
        decisions = list(decisions_in(env, books, world))
        score = score_decisions(world, decisions)
        _show_wrong(world, decisions, score)
        return SimpleNamespace(
            import_ms=1000 * (imported - started) / count,
            match_ms=1000 * (matched - imported) / count,
            score=score,
        )


def _show_wrong(world, decisions, score):
    """What was applied wrongly, line by line, to find out why."""
    lines, found = {line.key: line for line in world.lines}, {decision.line: decision for decision in decisions}
    items = {item.key: item.references[:1] for item in world.items}
    for key in score.wrong:
        paid = {items[part.item]: str(part.amount) for part in found[key].allocations}
        print(f"    wrong: {world.labels[key]}\n      {lines[key]}\n      paid {paid}", flush=True)


def beside(connection, options):
    """OCA's module on the same worlds, smallest first, until one takes longer than the cap.

    :returns: its figures by number of lines; what was stopped at the cap is said, and larger ones are not begun
    """
    figures, addons, template = {}, f"{ADDONS},{peers.ensure()}", f"{DATABASE}_peer"
    databases.ensure_core(connection)
    databases.copy(connection, databases.CORE, template)
    try:
        databases.run_odoo(
            ["server", "-d", template, "-i", PEER, f"--addons-path={addons}", *databases.QUIETLY],
            what=f"Installing {PEER}",
            log_name="bench-peer.log",
        )
        for count, seed in itertools.product(sorted(options.lines), options.seeds):
            words = [addons, options.dialects[0], count, options.items, seed, options.cap]
            answer = _peer(connection, template, words)
            if answer is None:
                print(f"{count:>7} lines, {PEER}: stopped after {options.cap} s, larger ones not begun", flush=True)
                figures[f"cash.oca_stopped_at_{count}_after_seconds"] = options.cap
                break
            print(f"{count:>7} lines, seed {seed}, {_peer_row(answer)}", flush=True)
            figures[f"cash.oca_ms_per_line_{count}"] = answer["ms"]
            figures["cash.oca_touchless_lines"] = answer["touchless"]
            figures["cash.oca_touchless_invoices"] = answer["invoices"]
            figures["cash.oca_precision"] = answer["precision"]
            figures["cash.oca_precision_of_invoices"] = answer["precision_of_invoices"]
            figures["cash.oca_wrong_lines"] = figures.get("cash.oca_wrong_lines", 0) + answer["wrong"]
    finally:
        databases.remove(connection, template)
    return figures


def _peer(connection, template, words):
    """One world matched by OCA's module; None when it took longer than the cap."""
    databases.copy(connection, template, DATABASE)
    try:
        result = subprocess.run(
            [sys.executable, "-m", "cash_world.peer", DATABASE, *map(str, words)],
            cwd=SCRIPTS,
            env={**odoo_config.environment(), "PYTHONPATH": f"{SCRIPTS}:{ADDONS / 'b2b_invoice_automation'}"},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        databases.remove(connection, DATABASE)
    if result.returncode == -signal.SIGALRM:
        return None
    if result.returncode:
        raise SystemExit(f"{PEER} failed; see above.")
    return json.loads(result.stdout)


def _peer_row(answer):
    return (
        f"{PEER}: match {answer['ms']:6.2f} ms a line; {answer['touchless']:6.1%} touchless, "
        f"{answer['wrong']} wrong of {answer['applied']} applied, {answer['failed']} make it fail"
    )


def decisions_in(env, books, world):
    """What stands in the books, in the form that the score takes.

    The log says how much of the line's money an item got beside discount and write-off; where the ledger does not pay
    the very items that the log names with the very sums, the ledger counts.
    """
    item_of = {item: key for key, item in books.items.items()}
    past_of = {line: key for key, line in books.past.items()}
    lines = env["account.bank.statement.line"].search(
        [("journal_id", "=", books.journal.id), ("b2b_import_id", "!=", False)]
    )
    logs = env["b2b.decision"].search([("kind", "=", "match"), ("subject_id", "in", lines.ids)])
    evidence = {log.subject_id: log.evidence for log in logs}
    key_of = {line: int(line.transaction_details["bank_reference"][2:]) for line in lines}
    past_of |= {line.id: key for line, key in key_of.items()}
    ledger = cash_bank.partials_of(env, lines)
    for line in lines:
        parts = evidence.get(line.id, {}).get("allocations", []) if line.b2b_state == "applied" else []
        paid = {part["item"]: Decimal(part["amount"]) for part in parts}
        settled = {part["item"]: sum(Decimal(part.get(name, 0)) for name in SETTLED) for part in parts}
        in_ledger = {item: amount for item, amount in ledger.get(line.id, {}).items() if item in item_of}
        past = past_of.get(line.b2b_reversed_line_id.id)
        yield SimpleNamespace(
            line=key_of[line],
            outcome="apply" if line.b2b_state == "applied" or in_ledger else "propose",
            allocations=[
                SimpleNamespace(item=item_of[item], amount=amount, settled=in_ledger[item])
                for item, amount in (paid if settled == in_ledger else in_ledger).items()
            ],
            reverses=past,
            reopened=_reopened(env, books, world, past),
        )


def _reopened(env, books, world, past):
    """Key of the item that an earlier payment had paid, where it is open again in full."""
    item = world.paid_items.get(past)
    residual = item and env["account.move.line"].browse(books.paid[past]).amount_residual_currency
    return item.key if item and round(residual, 2) == float(item.residual) else None


@contextlib.contextmanager
def _environment(database):
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(["--log-level=error"])
    registry = Registry(database)
    with registry.cursor() as cursor:
        yield odoo.api.Environment(cursor, odoo.SUPERUSER_ID, {})


def _options(arguments):
    parser = argparse.ArgumentParser(prog="scripts/bench cash", description=__doc__)
    parser.add_argument("--lines", type=int, nargs="+", default=[100, 400, 1000, 10_000], help="batch sizes")
    parser.add_argument("--items", type=int, default=20_000, help="open items")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="seeds of the labelled world")
    parser.add_argument("--dialects", nargs="+", default=["standard"], choices=sorted(DIALECTS), help="how banks write")
    parser.add_argument("--cap", type=int, default=180, help="seconds until OCA's module is stopped; 0: without it")
    return parser.parse_args(arguments)


def _row(result):
    score = result.score
    return (
        f"import {result.import_ms:6.2f} ms, match {result.match_ms:6.2f} ms a line; "
        f"{score.touchless_rate:6.1%} touchless, {len(score.wrong)} wrong of {score.applied} applied; "
        f"{score.recall_of_invoices:6.1%} of the invoices, {score.precision_of_invoices:7.2%} of these right; "
        f"{score.unknowable_applied} of {score.unknowable} that nobody could tell applied"
    )
