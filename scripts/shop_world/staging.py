"""Orders of a sandbox shop as they wait in the connector: read over HTTP once, staged as often as wanted."""

from datetime import date
from types import SimpleNamespace

from . import copies
from .books import connect, open_books
from .process import TODAY, ShopProcess

STAGED_AT_ONCE = 500
DOCUMENTS = ("shipments", "invoices", "credit_memos")


def set_up(env, size):
    """Books, a connected shop with its structure and products, and the payloads to multiply.

    :param int size: how many orders the shop has
    :returns: what :func:`stage` needs
    """
    with ShopProcess(orders=size) as shop:
        open_books(env, date.fromisoformat(TODAY))
        backend = connect(env, shop.told)
        backend.stream_ids.filtered(lambda stream: stream.entity in DOCUMENTS).unlink()
        for stream in backend.stream_ids.filtered(lambda stream: stream.entity != "orders"):
            stream._fetch_in_lane()
        env["magento.record"]._cron_process()
        stream = backend.stream_ids.filtered(lambda stream: stream.entity == "orders")
        stream._fetch_in_lane()
        env.cr.execute("SELECT payload FROM magento_record WHERE entity = 'orders' ORDER BY id")
        payloads = [row[0] for row in env.cr.fetchall()]
        env.cr.execute("DELETE FROM magento_record WHERE entity = 'orders'")
        env.cr.commit()
        return SimpleNamespace(payloads=payloads, backend=backend.id, used=0)


def stage(env, source, count, customers, shipped=True):
    """Stage orders that were not staged before.

    :param source: of :func:`set_up`
    :param int count: how many
    :param int customers: after so many copies the same customers buy again
    :param bool shipped: as far as they are in the shop; otherwise all of them are new orders
    """
    backend = env["magento.backend"].browse(source.backend)
    stream = backend.stream_ids.filtered(lambda stream: stream.entity == "orders")
    batch = []
    for number, order in enumerate(copies.orders(source.payloads, source.used + count, customers, shipped)):
        if number < source.used:
            continue
        batch.append(order)
        if len(batch) == STAGED_AT_ONCE or number == source.used + count - 1:
            env["magento.record"]._stage(backend, "orders", stream._rows(batch))
            env.cr.commit()
            batch = []
    source.used += count
    env.cr.execute("ANALYZE magento_record")
    env.cr.commit()
