"""Cash application: time per bank line and its growth, and how right it is on labelled lines, beside OCA's.

OCA's `account_reconcile_oca` meets the same worlds in a database and a process of its own, and is stopped at a cap.
"""

import argparse
import contextlib
import gc
import json
import statistics
import subprocess
import sys
import time
from types import SimpleNamespace

from setup import databases, odoo_config, peers, postgres
from setup.paths import ADDONS, SCRIPTS

sys.path.insert(0, str(ADDONS / "b2b_invoice_automation"))

from cash_world import make_world, score_decisions

from . import cash_books

DATABASE = "otc_bench_cash"
PEER = "account_reconcile_oca"


def run(arguments):
    """Measure, print the table, return the figures.

    :param arguments: the benchmark's own words of the command line
    """
    options = _options(arguments)
    connection = postgres.ensure()
    figures, rows = {}, []
    for count in options.lines:
        for seed in options.seeds:
            databases.copy(connection, databases.TEST, DATABASE)
            try:
                rows.append((count, seed, measure(count, options.items, seed)))
            finally:
                databases.remove(connection, DATABASE)
            print(_row(*rows[-1]), flush=True)
    for count in options.lines:
        results = [result for size, _seed, result in rows if size == count]
        figures[f"cash.ms_per_line_{count}"] = statistics.median(result.match_ms for result in results)
        figures[f"cash.import_ms_per_line_{count}"] = statistics.median(result.import_ms for result in results)
    largest = [result for size, _seed, result in rows if size == max(options.lines)]
    figures["cash.import_ms_per_line"] = figures[f"cash.import_ms_per_line_{max(options.lines)}"]
    figures["cash.touchless_lines"] = min(result.score.touchless_rate for result in largest)
    figures["cash.touchless_invoices"] = min(_share_of_invoices(result.score) for result in largest)
    figures["cash.wrong_lines"] = sum(len(result.score.wrong) for _size, _seed, result in rows)
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


def measure(count, items, seed, database=DATABASE):
    """Load a world, import its bank file, match it, and score what is in the books."""
    world = make_world(seed, lines=count, items=items)
    with _environment(database) as env:
        books = cash_books.load(env, world)
        env.cr.commit()
        content = cash_books.bank_file(world)
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
            _handled, remaining = env["account.bank.statement.line"]._b2b_process_batch(2000, books.company)
            env.cr.commit()
        matched = time.perf_counter()
        return SimpleNamespace(
            import_ms=1000 * (imported - started) / count,
            match_ms=1000 * (matched - imported) / count,
            score=score_decisions(world, decisions_in(env, books)),
        )


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
        for count in sorted(options.lines):
            answer = _peer(connection, template, [addons, count, options.items, options.seeds[0]], options.cap)
            if answer is None:
                print(f"{count:>7} lines, {PEER}: stopped after {options.cap} s, larger ones not begun", flush=True)
                figures[f"cash.oca_stopped_at_{count}_after_seconds"] = options.cap
                break
            print(_peer_row(count, answer), flush=True)
            figures[f"cash.oca_ms_per_line_{count}"] = answer["ms"]
            figures["cash.oca_touchless_lines"] = answer["touchless"]
            figures["cash.oca_precision"] = answer["precision"]
            figures["cash.oca_wrong_lines"] = figures.get("cash.oca_wrong_lines", 0) + answer["wrong"]
    finally:
        databases.remove(connection, template)
    return figures


def _peer(connection, template, words, cap):
    """One world matched by OCA's module; None when it took longer than the cap."""
    databases.copy(connection, template, DATABASE)
    process = subprocess.Popen(
        [sys.executable, "-m", "cash_world.peer", DATABASE, *map(str, words)],
        cwd=SCRIPTS,
        env={**odoo_config.environment(), "PYTHONPATH": f"{SCRIPTS}:{ADDONS / 'b2b_invoice_automation'}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if process.stdout.readline().strip() != "ready":
            raise SystemExit(f"{PEER} did not start; see above.")
        answer, _errors = process.communicate(timeout=cap)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None
    finally:
        databases.remove(connection, DATABASE)
    if process.returncode:
        raise SystemExit(f"{PEER} failed; see above.")
    return json.loads(answer)


def _peer_row(count, answer):
    return (
        f"{count:>7} lines, {PEER}: match {answer['ms']:6.2f} ms a line; {answer['touchless']:6.1%} touchless, "
        f"{answer['wrong']} wrong of {answer['applied']} applied, {answer['failed']} make it fail"
    )


def _share_of_invoices(score):
    return score.invoices_touchless / score.invoices if score.invoices else 0.0


def decisions_in(env, books):
    """What stands in the books, in the form that the score takes: from the log of each applied line."""
    item_of = {item: key for key, item in books.items.items()}
    past_of = {line: key for key, line in books.past.items()}
    lines = env["account.bank.statement.line"].search(
        [("journal_id", "=", books.journal.id), ("b2b_import_id", "!=", False)]
    )
    logs = env["b2b.decision"].search([("kind", "=", "match"), ("subject_id", "in", lines.ids)])
    evidence = {log.subject_id: log.evidence for log in logs}
    for line in lines:
        parts = evidence.get(line.id, {}).get("allocations", [])
        yield SimpleNamespace(
            line=int(line.transaction_details["bank_reference"][2:]),
            outcome="apply" if line.b2b_state == "applied" else "propose",
            allocations=[
                SimpleNamespace(item=item_of[part["item"]], amount=_decimal(part["amount"])) for part in parts
            ],
            reverses=past_of.get(line.b2b_reversed_line_id.id),
        )


def _decimal(text):
    from decimal import Decimal

    return Decimal(text)


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
    parser.add_argument("--cap", type=int, default=180, help="seconds until OCA's module is stopped; 0: without it")
    return parser.parse_args(arguments)


def _row(count, seed, result):
    score = result.score
    return (
        f"{count:>7} lines, seed {seed}: import {result.import_ms:6.2f} ms, match {result.match_ms:6.2f} ms a line; "
        f"{score.touchless_rate:6.1%} touchless, {len(score.wrong)} wrong of {score.applied} applied; "
        f"{_share_of_invoices(score):6.1%} of the invoices"
    )
