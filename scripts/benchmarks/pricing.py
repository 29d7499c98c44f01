"""Contract prices of 10 000 order lines under 1 000 rules, beside Odoo's own pricelist on the same lines.

Both are asked for the same work: the price of each order line, from a cold cache of prices but with products and lines
read. Odoo's side is what its order lines do (find the pricelist rule, compute its price). The world is made in one
transaction that is rolled back. States are compared before a time counts: both must give the same unit prices, and the
contract's answer must take a fixed number of queries.
"""

import statistics
import time

from setup import databases

RUNS = 5
PRODUCTS = 1000
ORDERS = 100
LINES_PER_ORDER = 100
TIERS = ((1, 9.0),)


def run(_arguments):
    """Return the figures; prints the table."""
    import odoo
    from odoo.api import Environment
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config([])
    with Registry(databases.TEST).cursor() as cursor:
        env = Environment(cursor, odoo.SUPERUSER_ID, {"tracking_disable": True, "mail_create_nosubscribe": True})
        figures = _measure(env)
        cursor.rollback()
    for name, value in figures.items():
        print(f"{name:36} {value:>12,}")
    return figures


def _measure(env):
    lines, theirs = _world(env)
    _warm(lines)
    lines._b2b_quote()
    ours, others, queries = [], [], set()
    for _run in range(RUNS):
        _warm(lines)
        before, start = env.cr.sql_log_count, time.perf_counter()
        quoted = lines._b2b_quote()
        ours.append(time.perf_counter() - start)
        queries.add(env.cr.sql_log_count - before)
        _warm(theirs)
        start = time.perf_counter()
        prices = [line._get_pricelist_price() for line in theirs]
        others.append(time.perf_counter() - start)
        got = [quoted[line]["b2b_contract_price_unit"] for line in lines]
        if got != prices:
            raise SystemExit("The contract and the pricelist gave different prices; the times do not count.")
    if len(queries) > 1:
        raise SystemExit(f"The number of queries is not fixed: {sorted(queries)}.")
    ratio = [own / other for own, other in zip(ours, others, strict=True)]
    count = len(lines)
    return {
        "pricing.lines": count,
        "pricing.rules": PRODUCTS,
        "pricing.queries": queries.pop(),
        "pricing.ms_per_line": round(statistics.median(ours) / count * 1000, 3),
        "pricing.pricelist_ms_per_line": round(statistics.median(others) / count * 1000, 3),
        "pricing.ratio_to_pricelist": round(statistics.median(ratio), 3),
        "pricing.ratio_spread": round(max(ratio) - min(ratio), 3),
    }


def _warm(lines):
    lines.env.invalidate_all()
    lines.mapped("product_id.lst_price")
    lines.mapped("qty_invoiced")


def _world(env):
    from odoo.fields import Command

    products = env["product.product"].create(
        [{"name": f"Part {number}", "list_price": 12, "taxes_id": [Command.clear()]} for number in range(PRODUCTS)]
    )
    pricelist = env["product.pricelist"].create(
        {
            "name": "Same prices",
            "item_ids": [
                Command.create(
                    {
                        "applied_on": "0_product_variant",
                        "product_id": product.id,
                        "compute_price": "fixed",
                        "fixed_price": price,
                        "min_quantity": floor,
                    }
                )
                for product in products
                for floor, price in TIERS
            ],
        }
    )
    with_contract, without = env["res.partner"].create(
        [{"name": name, "is_company": True} for name in ("Contract", "Pricelist")]
    )
    _contract(env, with_contract, products)
    empty = env["product.pricelist"].create({"name": "Empty"})
    return _orders(env, with_contract, products, empty), _orders(env, without, products, pricelist)


def _contract(env, partner, products):
    from odoo.fields import Command

    tiers = [Command.create({"floor": floor, "price": price}) for floor, price in TIERS]
    contract = env["b2b.contract"].create(
        {
            "partner_id": partner.id,
            "date_start": "2026-01-01",
            "rule_ids": [
                Command.create({"scope": "variant", "product_id": product.id, "tier_ids": tiers})
                for product in products
            ],
        }
    )
    contract.action_submit()
    contract.with_user(env.ref("base.user_admin")).action_approve()


def _orders(env, partner, products, pricelist):
    from odoo.fields import Command

    orders = env["sale.order"].create(
        [
            {
                "partner_id": partner.id,
                "pricelist_id": pricelist.id,
                "date_order": "2026-03-10 09:00:00",
                "order_line": [
                    Command.create(
                        {
                            "product_id": products[(order * 37 + line * 11) % PRODUCTS].id,
                            "product_uom_qty": 1 + line * order % 600,
                            "price_unit": 0.0,
                            "discount": 0.0,
                        }
                    )
                    for line in range(LINES_PER_ORDER)
                ],
            }
            for order in range(ORDERS)
        ]
    )
    env.flush_all()
    return orders.order_line
