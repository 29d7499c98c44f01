"""Credit in the demo: one customer over its limit whose youngest order waits, one near it, and one at ease."""

from decimal import Decimal

NEAR = Decimal("0.85")


def ensure(env, company, today):
    """Switch credit control on and give two customers their limits, once.

    :returns: (the order on hold, the customer near its limit), or None when that was done before
    """
    if company.b2b_credit_control:
        return None
    company.write(
        {
            "b2b_credit_control": True,
            "b2b_credit_portal": True,
            "b2b_credit_user_id": env["res.users"].search([("login", "=", "controller")]).id,
        }
    )
    orders = env["sale.order"].search(
        [("state", "=", "sale"), ("b2b_channel_state", "=", "open"), ("b2b_on_hold", "=", False)]
    )
    open_orders = orders.filtered(lambda order: order._b2b_credit_stoppable())
    credit = env["b2b.credit"].sudo()
    entities = open_orders.partner_invoice_id.commercial_partner_id
    exposures, rows = credit._exposures_and_orders(company, entities, today)
    by_size = entities.sorted(lambda entity: -sum(row.amount for row in rows[entity.id]))
    late = next(entity for entity in by_size if any(row.order_id in open_orders.ids for row in rows[entity.id]))
    youngest = [row for row in rows[late.id] if row.order_id in open_orders.ids][-1]
    before = rows[late.id][: rows[late.id].index(youngest)]
    used = exposures[late.id].receivables + sum(row.amount for row in before)
    late.credit_limit = float((used + youngest.amount / 2).quantize(Decimal(1)))
    env["sale.order"].browse(youngest.order_id)._b2b_check_credit()
    near = next(entity for entity in by_size - late if credit._exposures(company, entity)[entity.id].total > 0)
    near.credit_limit = float((credit._exposures(company, near)[near.id].total / NEAR).quantize(Decimal(1)))
    at_ease = env["res.users"].search([("login", "=", "buyer")]).partner_id.commercial_partner_id
    if at_ease not in late + near:
        at_ease.credit_limit = 50000.0
    credit._refresh_levels(company)
    return env["sale.order"].browse(youngest.order_id), near
