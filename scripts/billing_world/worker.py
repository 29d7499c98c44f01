"""One process of the benchmark: `python -m billing_world.worker WHAT DATABASE [words]`.

It prints `ready`, waits for a line, works, and prints what it took as JSON: so that two lanes start together, and no
start of Odoo is measured.
"""

import contextlib
import json
import os
import sys
import time
from pathlib import Path

from . import books, contracts, payloads, ways, world


def main():
    """Make the world, or bill it."""
    what, database, addons, *words = sys.argv[1:]
    with _environment(database, addons) as env:
        if what == "world":
            _make(env, *words)
            return
        env.registry.get_trigger_tree(env["account.move"]._fields.values())
        ways.WARM.get(what, lambda env: env["sale.order"].search_count([]))(env)
        print("ready", flush=True)
        sys.stdin.readline()
        before, begun, busy = env.cr.sql_log_count, time.perf_counter(), _busy(env)
        (books.floor if what == "floor" else ways.WAYS[what])(env)
        taken = {
            "seconds": time.perf_counter() - begun,
            "cpu": _busy(env) - busy,
            "queries": env.cr.sql_log_count - before,
        }
        print(json.dumps({**taken, "state": books.state_of(env)}), flush=True)


def _make(env, way, count, poisoned="0"):
    if way in ("charges", "contract"):
        contracts.make(env, way, int(count))
    elif way in ("payload", "equal"):
        payloads.make(env, way, int(count))
    else:
        orders = world.make(env, int(count))
        if int(poisoned):
            world.poison(env, orders, int(poisoned))
    ways.PREPARE.get(way, lambda _env: None)(env)
    env.cr.commit()
    env.cr.execute("ANALYZE")
    if way == "lane":
        ways.prepare_ours(env)
        ways.confirm(env)
        ways.plan(env)
    env.cr.commit()


def _busy(env):
    """Seconds of processor that this process and its connection to PostgreSQL have used; 0.0 where that is not told."""
    env.cr.execute("SELECT pg_backend_pid()")
    try:
        fields = Path(f"/proc/{env.cr.fetchone()[0]}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def _environment(database, addons):
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config([f"--addons-path={addons}", "--log-level=critical"])
    with Registry(database).cursor() as cursor:
        yield odoo.api.Environment(cursor, odoo.SUPERUSER_ID, {})


if __name__ == "__main__":
    main()
