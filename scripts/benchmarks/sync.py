"""Reading a shop's orders over HTTP: requests and orders a second, beside one request per record.

Ours is the scheduler's own lane: page, stage, commit, until the stream is done. The other shape is what connectors of
one job per record do: a list of ids, then one request for each order. It is written here as plainly as that can be,
over the same transport with the same kept-open connection and signature, and it may stage a hundred orders in one
commit, which such connectors do not. It reads fewer orders, since its time for each is the same for all; its rate is
of those it read. Both shapes take turns, and a time counts only if both staged the same orders with the same totals.
"""

import argparse
import contextlib
import statistics
import time
from types import SimpleNamespace

from shop_world import ShopProcess, connect

from setup import databases, postgres

DATABASE = "otc_bench_sync"
LISTED = 100


def run(arguments):
    """Measure, print the table, return the figures.

    :param arguments: the benchmark's own words of the command line
    """
    options = _options(arguments)
    connection = postgres.ensure()
    databases.copy(connection, databases.TEST, DATABASE)
    try:
        with ShopProcess(orders=options.orders) as shop, _environment() as env:
            backend = connect(env, shop.told, **({"page_size": options.page_size} if options.page_size else {}))
            env.cr.commit()
            print(f"{options.orders} orders, {backend.page_size} a page; the other shape reads {options.peer_orders}")
            figures = {"sync.orders": options.orders, "sync.peer_orders": options.peer_orders}
            for latency in options.latency:
                shop.control("POST", "settings", {"latency_ms": latency})
                pairs = [_pair(env, shop, backend, options) for _run in range(options.runs)]
                figures |= _figures(latency, pairs)
                print(_row(latency, figures), flush=True)
    finally:
        databases.remove(connection, DATABASE)
    return figures


def _pair(env, shop, backend, options):
    """Both shapes once, one after the other; the same orders with the same totals, or no time counts."""
    ours = _measure(env, shop, backend, _read_by_page)
    theirs = _measure(env, shop, backend, lambda stream: _read_by_record(stream, options.peer_orders))
    if len(ours.found) != options.orders or len(theirs.found) != options.peer_orders:
        raise SystemExit(f"{len(ours.found)} and {len(theirs.found)} orders were read; the times do not count.")
    if theirs.found.items() - ours.found.items():
        raise SystemExit("The two shapes staged different orders; the times do not count.")
    return ours, theirs


def _measure(env, shop, backend, read):
    """Read with nothing staged before; requests are counted by the shop."""
    stream = backend.stream_ids.filtered(lambda stream: stream.entity == "orders")
    env["magento.record"].search([("backend_id", "=", backend.id)]).unlink()
    stream.write({"cursor": False, "error": False})
    env.cr.commit()
    env.invalidate_all()
    shop.control("DELETE", "requests")
    with _counted_bytes() as received:
        started = time.perf_counter()
        read(stream)
        env.cr.commit()
        seconds = time.perf_counter() - started
    if stream.error:
        raise SystemExit(stream.error)
    env.cr.execute(
        "SELECT external_id, payload::json->>'grand_total' FROM magento_record WHERE backend_id = %s", [backend.id]
    )
    found = dict(env.cr.fetchall())
    return SimpleNamespace(
        found=found,
        rate=len(found) / seconds,
        requests=len(shop.control("GET", "requests")) / len(found),
        bytes=sum(received) / len(found),
    )


def _read_by_page(stream):
    stream._fetch_in_lane()


def _read_by_record(stream, count):
    """List ids, then ask for each order alone."""
    backend, records = stream.backend_id, stream.env["magento.record"]
    with backend._shop() as shop:
        for page in range(1, -(-count // LISTED) + 1):
            pairs = [
                ("searchCriteria[sortOrders][0][field]", "entity_id"),
                ("searchCriteria[sortOrders][0][direction]", "ASC"),
                ("searchCriteria[pageSize]", min(LISTED, count)),
                ("searchCriteria[currentPage]", page),
                ("fields", "items[entity_id],total_count"),
            ]
            listed = [row["entity_id"] for row in shop.call("GET", "orders", pairs)["items"]]
            wanted = listed[: count - LISTED * (page - 1)]
            orders = [shop.call("GET", f"orders/{entity_id}") for entity_id in wanted]
            records._stage(backend, "orders", stream._rows(orders))
            stream.env.cr.commit()


@contextlib.contextmanager
def _counted_bytes():
    """The sizes of the answers' bodies, as they are unpacked."""
    from odoo.addons.magento_connector.magento_wire.transport import HttpTransport

    sizes, send = [], HttpTransport.send

    def counted(transport, request):
        answer = send(transport, request)
        sizes.append(len(answer.body))
        return answer

    HttpTransport.send = counted
    try:
        yield sizes
    finally:
        HttpTransport.send = send


def _figures(latency, pairs):
    speedups = [ours.rate / theirs.rate for ours, theirs in pairs]
    figures = {
        f"sync.speedup_{latency}ms": round(statistics.median(speedups), 1),
        f"sync.speedup_{latency}ms_spread": round(max(speedups) - min(speedups), 1),
    }
    for place, prefix in enumerate(("sync.", "sync.peer_")):
        shape = [pair[place] for pair in pairs]
        figures |= {
            f"{prefix}orders_per_second_{latency}ms": round(statistics.median(one.rate for one in shape), 1),
            f"{prefix}requests_per_order": round(max(one.requests for one in shape), 4),
            f"{prefix}bytes_per_order": round(statistics.median(one.bytes for one in shape)),
        }
    return figures


def _row(latency, figures):
    ours, theirs = (figures[f"sync.{whose}orders_per_second_{latency}ms"] for whose in ("", "peer_"))
    return (
        f"{latency:>4} ms: {ours:>8,.1f} orders a second ({figures['sync.requests_per_order']:.4f} requests and "
        f"{figures['sync.bytes_per_order']:,} bytes an order), one by one {theirs:>6,.1f} "
        f"({figures['sync.peer_requests_per_order']:.2f}, {figures['sync.peer_bytes_per_order']:,}): "
        f"{figures[f'sync.speedup_{latency}ms']:.1f} × (spread {figures[f'sync.speedup_{latency}ms_spread']:.1f})"
    )


@contextlib.contextmanager
def _environment():
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(["--log-level=error"])
    with Registry(DATABASE).cursor() as cursor:
        yield odoo.api.Environment(cursor, odoo.SUPERUSER_ID, {})


def _options(arguments):
    parser = argparse.ArgumentParser(prog="scripts/bench sync", description=__doc__)
    parser.add_argument("--orders", type=int, default=2000, help="orders of the shop")
    parser.add_argument("--peer-orders", type=int, default=200, help="orders that the other shape reads of them")
    parser.add_argument("--latency", type=int, nargs="+", default=[0, 50, 200], help="milliseconds before each answer")
    parser.add_argument("--page-size", type=int, help="orders a page (default: the backend's own)")
    parser.add_argument("--runs", type=int, default=3, help="of both shapes, taking turns")
    return parser.parse_args(arguments)
