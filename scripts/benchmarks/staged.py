"""Staged orders become sales orders: orders a second and memory from the first tenth of a long run to the last.

The payloads are a sandbox shop's, read over HTTP and multiplied under other numbers and customers, staged by the real
`_stage`, and processed by the scheduler's own lane in one process without a break, which is harder than the scheduler,
whose runs end after a while; most are shipped in the shop, and delivered here: the shop's shipments are not read, as
over a protocol that has none, so that an order is taken over, confirmed and delivered in one go. At the end orders,
totals and deliveries are counted against the payloads. Then new orders of known customers, of which nothing is shipped
yet, are worked off by one process and the same number by several at once.
"""

import argparse
import contextlib
import json
import os
import time
from pathlib import Path
from types import SimpleNamespace

from shop_world import staging

from setup import databases, postgres

WORLD = 1000
CUSTOMERS = 20
MEBIBYTE = 1024 * 1024
END_STATE = """
    WITH done AS (
        SELECT count(*) AS orders, sum(round((payload::jsonb->>'grand_total')::numeric, 2)) AS total
          FROM magento_record WHERE entity = 'orders' AND state = 'done'
    ), aside AS (
        SELECT count(*) AS orders, count(*) FILTER (WHERE coalesce(reason, '') = '') AS silent
          FROM magento_record WHERE entity = 'orders' AND state = 'set_aside'
    ), made AS (
        SELECT count(*) AS orders, sum(amount_total) AS total FROM sale_order WHERE magento_backend_id IS NOT NULL
    ), goods AS (
        SELECT coalesce(sum(line.magento_qty_shipped), 0) AS shipped, coalesce(sum(line.qty_delivered), 0) AS delivered
          FROM sale_order_line line
          JOIN product_product product ON product.id = line.product_id
          JOIN product_template template ON template.id = product.product_tmpl_id AND template.type = 'consu'
    ), stock AS (
        SELECT coalesce(sum(quant.quantity), 0) AS moved FROM stock_quant quant
          JOIN stock_location place ON place.id = quant.location_id AND place.usage = 'customer'
    )
    SELECT done.orders + aside.orders AS processed, aside.silent AS without_reason, done.orders AS taken_over,
           (SELECT count(*) FROM magento_binding WHERE entity = 'orders') AS linked, made.orders AS sales_orders,
           done.total AS shop_total, made.total AS order_total, goods.shipped, goods.delivered, stock.moved
      FROM done, aside, made, goods, stock
"""


def run(arguments):
    """Measure, print as it goes, return the figures.

    :param arguments: the benchmark's own words of the command line
    """
    options = _options(arguments)
    connection = postgres.ensure()
    database = f"otc_bench_staged_{options.orders}"
    databases.copy(connection, databases.TEST, database)
    try:
        registry = _registry(database)
        with _environment(registry) as env:
            source = staging.set_up(env, min(WORLD, options.orders))
        figures = _long_run(registry, source, options)
        if options.lanes > 1:
            figures |= _side_by_side(registry, source, options)
    finally:
        if not options.keep:
            databases.remove(connection, database)
    return figures


def _long_run(registry, source, options):
    started = time.perf_counter()
    with _environment(registry) as env:
        staging.stage(env, source, options.orders, CUSTOMERS)
    print(f"{options.orders:,} orders staged in {time.perf_counter() - started:.0f} s", flush=True)
    progress = _Progress(options.orders)
    with _environment(registry) as env, progress.watching(env):
        env["magento.record"]._cron_process()
        outcome = _outcome(env)
        end_state = _end_state(env, options.orders)
    tenths = progress.tenths()
    print(f"{'tenth':>8} {'orders/s':>9} {'queries/order':>14} {'memory MiB':>11}")
    for number, tenth in enumerate(tenths, 1):
        print(f"{number:>8} {tenth.rate:>9.1f} {tenth.queries:>14.1f} {tenth.memory:>11.0f}")
    print(f"{options.orders:,} orders in {progress.seconds:.0f} s: {options.orders / progress.seconds:.1f} a second")
    print(json.dumps({**outcome, **end_state}), flush=True)
    return {
        "staged.orders": options.orders,
        "staged.orders_per_second": round(options.orders / progress.seconds, 1),
        "staged.first_tenth_per_second": round(tenths[0].rate, 1),
        "staged.last_tenth_per_second": round(tenths[-1].rate, 1),
        "staged.last_to_first": round(tenths[-1].rate / tenths[0].rate, 3),
        "staged.memory_growth_mib": round(tenths[-1].memory - tenths[0].memory),
        "staged.queries_per_order": round(tenths[-1].queries, 1),
        **{f"staged.{state}": count for state, count in (*outcome.items(), *end_state.items())},
    }


class _Progress:
    """What was done when, and how large the process was."""

    def __init__(self, count):
        self.count, self.points = count, []

    @contextlib.contextmanager
    def watching(self, env):
        """Note each batch of the lane; print each hundredth."""
        model = type(env["magento.record"])
        process_batch = model.process_batch
        shown = 0

        def watched(records, limit=100, unrivalled=False):
            nonlocal shown
            done, waiting = process_batch(records, limit, unrivalled)
            self._note(env, done)
            hundredth = self.points[-1].done * 100 // self.count
            if hundredth > shown:
                shown = hundredth
                self._show(hundredth)
            return done, waiting

        self._note(env, 0)
        model.process_batch = watched
        try:
            yield
        finally:
            model.process_batch = process_batch

    def _note(self, env, done):
        before = self.points[-1].done if self.points else 0
        self.points.append(
            SimpleNamespace(
                at=time.perf_counter(),
                done=before + done,
                memory=_resident() / MEBIBYTE,
                queries=env.cr.sql_log_count,
            )
        )

    def _show(self, hundredth):
        now = self.points[-1]
        since = next(point for point in reversed(self.points) if point.done <= now.done - self.count / 100)
        rate = (now.done - since.done) / (now.at - since.at)
        print(
            f"{hundredth:>4} % {now.done:>8,} orders {now.at - self.points[0].at:>8.0f} s {rate:>7.1f} a second "
            f"{now.memory:>6.0f} MiB",
            flush=True,
        )

    @property
    def seconds(self):
        return self.points[-1].at - self.points[0].at

    def tenths(self):
        """Rate, queries an order and memory of each tenth of the run."""
        result = []
        for tenth in range(10):
            first = next(point for point in self.points if point.done >= self.count * tenth / 10)
            last = next(
                point
                for point in self.points
                if (point.done >= self.count * (tenth + 1) / 10 and point.done > first.done) or point is self.points[-1]
            )
            orders = last.done - first.done or 1
            result.append(
                SimpleNamespace(
                    rate=orders / ((last.at - first.at) or 1),
                    queries=(last.queries - first.queries) / orders,
                    memory=last.memory,
                )
            )
        return result


def _outcome(env):
    env.cr.execute("SELECT state, count(*) FROM magento_record WHERE entity = 'orders' GROUP BY state")
    return dict(env.cr.fetchall())


def _end_state(env, staged):
    """What became of the orders, counted in the database against their payloads; stops where it is not as it should be.

    Every order is done or set aside with a reason; each that is done is one sales order, their sums equal the shop's;
    what the shop shipped of goods has left the warehouse.
    """
    env.cr.execute(END_STATE)
    figures = {name: float(value) for name, value in env.cr.dictfetchone().items()}
    wrong = [
        words
        for words, holds in (
            ("not every order was processed", figures["processed"] == staged),
            ("set aside without a reason", not figures["without_reason"]),
            ("not one sales order each", figures["sales_orders"] == figures["taken_over"] == figures["linked"]),
            ("the sums differ from the shop's", figures["shop_total"] == figures["order_total"]),
            ("goods left that the shop did not ship, or the other way", figures["shipped"] == figures["delivered"]),
            ("moves of goods without their stock", figures["moved"] == figures["delivered"]),
        )
        if not holds
    ]
    if wrong:
        raise SystemExit(f"The end state is wrong, the times do not count: {'; '.join(wrong)}. {figures}")
    return {name: figures[name] for name in ("sales_orders", "order_total", "delivered")}


def _side_by_side(registry, source, options):
    """The same number of new orders of known customers by one lane, then by several: how much faster."""
    rates = []
    for lanes in (1, options.lanes):
        with _environment(registry) as env:
            staging.stage(env, source, options.lane_orders, customers=1, shipped=False)
        import odoo

        odoo.sql_db.close_all()
        started = time.perf_counter()
        children = [_forked(registry) for _lane in range(lanes)]
        if any(os.waitpid(child, 0)[1] for child in children):
            raise SystemExit("A lane ended with an error.")
        rates.append(options.lane_orders / (time.perf_counter() - started))
        with _environment(registry) as env:
            if _outcome(env).get("staged"):
                raise SystemExit("Not everything was processed; the times do not count.")
    print(f"one lane {rates[0]:.1f}, {options.lanes} lanes {rates[1]:.1f} orders a second: {rates[1] / rates[0]:.2f} ×")
    return {
        "staged.one_lane_per_second": round(rates[0], 1),
        f"staged.{options.lanes}_lanes_per_second": round(rates[1], 1),
        f"staged.{options.lanes}_lanes_speedup": round(rates[1] / rates[0], 2),
    }


def _forked(registry):
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        with _environment(registry) as env:
            env["magento.record"]._cron_process()
        code = 0
    finally:
        os._exit(code)


def _resident():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _registry(database):
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(["--log-level=error"])
    return Registry(database)


@contextlib.contextmanager
def _environment(registry):
    from odoo.api import SUPERUSER_ID, Environment

    with registry.cursor() as cursor:
        yield Environment(cursor, SUPERUSER_ID, {})
        cursor.commit()


def _options(arguments):
    parser = argparse.ArgumentParser(prog="scripts/bench staged", description=__doc__)
    parser.add_argument("--orders", type=int, default=2000, help="orders of the long run")
    parser.add_argument("--lanes", type=int, default=2, help="lanes that are compared with one; 1 for no comparison")
    parser.add_argument("--lane-orders", type=int, default=1000, help="orders of each side of that comparison")
    parser.add_argument("--keep", action="store_true", help="leave the database there")
    return parser.parse_args(arguments)
