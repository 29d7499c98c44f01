"""A shop's orders as they were read from it, and quotations that sell the same: both become posted invoices."""

from shop_world import staging

SHOP_ORDERS = 200
CUSTOMERS = 20


def make(env, way, count):
    """Stage new orders of a shop, of customers that are known; for `equal` take them over and copy them.

    :param str way: `payload` leaves them staged, `equal` leaves quotations that sell the same
    :param int count: number of orders
    """
    source = staging.set_up(env, min(SHOP_ORDERS, count))
    staging.stage(env, source, count, CUSTOMERS, shipped=False)
    if way == "equal":
        _copy(env)


def _copy(env):
    """Have quotations with the lines, prices and taxes of the shop's orders, which themselves are out of the way."""
    env["magento.record"]._cron_process()
    taken = env["sale.order"].search([("state", "=", "sale")], order="id")
    for order in taken.with_context(tracking_disable=True):
        order.copy()
    env.flush_all()
    env.cr.execute("UPDATE sale_order SET b2b_billing_open = FALSE WHERE id IN %s", [tuple(taken.ids)])
    env.cr.execute("UPDATE sale_order SET state = 'cancel' WHERE id IN %s", [tuple(taken.ids)])
    env.cr.commit()
    env.invalidate_all()
