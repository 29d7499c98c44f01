"""One process of the benchmark: `python -m billing_world.worker WHAT DATABASE [words]`.

It prints `ready`, waits for a line, works, and prints what it took as JSON: so that two lanes start together, and no
start of Odoo is measured.
"""

import contextlib
import json
import sys
import time

from . import books, ways, world


def main():
    """Make the world, or bill it."""
    what, database, addons, *words = sys.argv[1:]
    with _environment(database, addons) as env:
        if what == "world":
            _make(env, *words)
            return
        env["sale.order"].search_count([])
        print("ready", flush=True)
        sys.stdin.readline()
        before, begun = env.cr.sql_log_count, time.perf_counter()
        (books.floor if what == "floor" else ways.WAYS[what])(env)
        seconds = time.perf_counter() - begun
        queries = env.cr.sql_log_count - before
        print(json.dumps({"seconds": seconds, "queries": queries, "state": books.state_of(env)}), flush=True)


def _make(env, way, count, poisoned="0"):
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


@contextlib.contextmanager
def _environment(database, addons):
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config([f"--addons-path={addons}", "--log-level=critical"])
    with Registry(database).cursor() as cursor:
        yield odoo.api.Environment(cursor, odoo.SUPERUSER_ID, {})


if __name__ == "__main__":
    main()
