"""What must hold after a seeded plan: the invariants 7 to 11 of the reliability list, asked of the database itself."""

from collections import defaultdict
from decimal import Decimal

TABLES = (
    "account_move",
    "account_move_line",
    "account_partial_reconcile",
    "account_payment",
    "b2b_billing_key",
    "b2b_billing_run",
    "b2b_billing_run_line",
    "b2b_decision",
    "b2b_discrepancy",
    "magento_binding",
    "magento_customer_group",
    "magento_document",
    "magento_outbox",
    "magento_payment_method",
    "magento_price",
    "magento_record",
    "magento_store",
    "magento_tax",
    "mail_message",
    "product_product",
    "product_template",
    "res_partner",
    "sale_order",
    "sale_order_line",
    "stock_move",
    "stock_move_line",
    "stock_picking",
    "stock_quant",
)
REFUSED_BY_THE_SHOP = """
    message.state = 'failed' AND message.effect IN ('shipment', 'invoice', 'credit_memo') AND EXISTS (
        SELECT FROM sale_order o WHERE o.id = message.order_id
           AND (o.magento_status IN ('holded', 'payment_review', 'canceled', 'closed')
                OR (o.magento_status = 'complete' AND EXISTS (
                    SELECT FROM sale_order_line l WHERE l.order_id = o.id AND l.magento_qty_refunded > 0))))
"""
"""A document of ours that the shop does not take, since it stopped or ended its order: said, and left to a person.

An order that is complete because the shop refunded what it never shipped takes no shipment of that any more.
"""
KEPT = {"magento_record": "cause IS DISTINCT FROM 'waiting'"}
"""Table → rows that stay as they are; what waits notes each attempt."""
NO_ROWS = {
    "an order of the shop is bound once": """
        SELECT res_id, count(*) FROM magento_binding
         WHERE backend_id = %(backend)s AND entity = 'orders' GROUP BY res_id HAVING count(*) > 1""",
    "each order of the shop is linked": """
        SELECT o.id FROM sale_order o WHERE o.magento_backend_id = %(backend)s AND NOT EXISTS (
            SELECT FROM magento_binding b
             WHERE b.backend_id = %(backend)s AND b.entity = 'orders' AND b.res_id = o.id)""",
    "each link leads somewhere": """
        SELECT b.external_id FROM magento_binding b WHERE b.backend_id = %(backend)s AND b.entity = 'orders'
           AND NOT EXISTS (SELECT FROM sale_order o WHERE o.id = b.res_id)""",
    "what is done is linked": """
        SELECT r.external_id FROM magento_record r
         WHERE r.backend_id = %(backend)s AND r.entity = 'orders' AND r.state = 'done' AND NOT EXISTS (
               SELECT FROM magento_binding b
                WHERE b.backend_id = r.backend_id AND b.entity = 'orders' AND b.external_id = r.external_id)""",
    "no order number comes twice": """
        SELECT origin FROM sale_order WHERE magento_backend_id = %(backend)s GROUP BY origin HAVING count(*) > 1""",
    "what was set aside says why": """
        SELECT external_id FROM magento_record
         WHERE backend_id = %(backend)s AND state = 'set_aside' AND coalesce(reason, '') = ''""",
    "nothing was set aside for an error of ours": """
        SELECT entity, external_id, reason FROM magento_record WHERE backend_id = %(backend)s AND cause = 'bug'""",
    "no company comes twice": """
        SELECT vat FROM res_partner WHERE id > %(partner)s AND active AND parent_id IS NULL AND vat IS NOT NULL
         GROUP BY vat HAVING count(*) > 1""",
    "no address comes twice": """
        SELECT parent_id, magento_address_key FROM res_partner
         WHERE id > %(partner)s AND magento_address_key IS NOT NULL AND parent_id IS NOT NULL
         GROUP BY 1, 2 HAVING count(*) > 1""",
    "no product comes twice": """
        SELECT default_code FROM product_product WHERE id > %(product)s AND active AND default_code IS NOT NULL
         GROUP BY 1 HAVING count(*) > 1""",
    "no more goods leave than were ordered": """
        SELECT l.id FROM stock_move m
          JOIN stock_location place ON place.id = m.location_dest_id AND place.usage = 'customer'
          JOIN sale_order_line l ON l.id = m.sale_line_id
          JOIN sale_order o ON o.id = l.order_id
         WHERE o.magento_backend_id = %(backend)s AND m.state <> 'cancel' AND l.state <> 'cancel'
         GROUP BY l.id HAVING sum(m.product_uom_qty) > min(l.product_uom_qty)""",
    "goods of which nothing was taken back are all moved": """
        SELECT l.id FROM stock_move m
          JOIN sale_order_line l ON l.id = m.sale_line_id
          JOIN sale_order o ON o.id = l.order_id
         WHERE o.magento_backend_id = %(backend)s AND m.state <> 'cancel' AND l.state <> 'cancel'
           AND NOT EXISTS (SELECT FROM magento_document memo WHERE memo.order_id = o.id AND memo.kind = 'credit_memo')
         GROUP BY l.id HAVING sum(m.product_uom_qty) <> min(l.product_uom_qty)""",
    "the trial balance is zero": "SELECT sum(balance) FROM account_move_line HAVING sum(balance) <> 0",
    "each entry balances": """
        SELECT move_id FROM account_move_line GROUP BY move_id HAVING sum(balance) <> 0""",
    "invoice numbers have no gap": """
        SELECT journal_id, sequence_prefix, count(*), min(sequence_number), max(sequence_number) FROM account_move
         WHERE state = 'posted' GROUP BY 1, 2
        HAVING count(*) <> max(sequence_number) - min(sequence_number) + 1 OR min(sequence_number) <> 1
            OR count(*) <> count(DISTINCT sequence_number)""",
    "no more is invoiced than ordered": """
        SELECT l.id FROM sale_order_line l
          JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = l.id
          JOIN account_move_line item ON item.id = rel.invoice_line_id
          JOIN account_move move ON move.id = item.move_id
         WHERE move.state <> 'cancel' GROUP BY l.id
        HAVING sum(CASE move.move_type WHEN 'out_refund' THEN -item.quantity ELSE item.quantity END)
             > min(l.product_uom_qty)""",
    "each invoice line has one billing key": """
        SELECT rel.invoice_line_id FROM sale_order_line_invoice_rel rel
          LEFT JOIN b2b_billing_key key
                 ON key.move_line_id = rel.invoice_line_id AND key.order_line_id = rel.order_line_id
         GROUP BY rel.invoice_line_id, rel.order_line_id HAVING count(key.id) <> 1""",
    "no message to the shop was given up": """
        SELECT key, state, reason FROM magento_outbox message
         WHERE backend_id = %(backend)s AND state <> 'sent' AND NOT (REFUSED)""".replace(
        "REFUSED", REFUSED_BY_THE_SHOP
    ),
}
"""What must not be found → the query that looks for it."""


def watermark(sql, backend, shop_orders):
    """8: every order changed up to the watermark is staged as it was then. Yields what is wrong."""
    (cursor,) = sql("SELECT cursor FROM magento_stream WHERE backend_id = %s AND entity = 'orders'", [backend])[0]
    reached = (cursor or {}).get("watermark") or ""
    staged = dict(
        sql(
            "SELECT external_id, payload::json->>'updated_at' FROM magento_record WHERE backend_id = %s "
            "AND entity = 'orders'",
            [backend],
        )
    )
    for order in shop_orders:
        if order["updated_at"] <= reached and staged.get(str(order["entity_id"]), "") < order["updated_at"]:
            yield f"8: order {order['entity_id']} changed at {order['updated_at']}, the watermark is at {reached}"


def state_of_books(sql, names):
    """7 and 9: yields what is wrong."""
    for what, query in NO_ROWS.items():
        rows = sql(query, names)
        if rows:
            yield f"not so: {what}: {rows[:3]}"


def amounts(shop_orders, report, lowered):
    """11: per currency the shop's orders are sale orders or refused with a reason; these are invoiced or wait with one.

    :param report: what `report_of` gave
    :param lowered: dict of sale order id → what credit memos of the shop took off it
    """
    sums = defaultdict(lambda: defaultdict(Decimal))
    refused, orders = report["refused"], report["orders"]
    for order in shop_orders:
        number, currency, total = str(order["entity_id"]), order["order_currency_code"], _money(order["grand_total"])
        sums[currency]["shop"] += total
        if number in refused and number not in orders:
            sums[currency]["refused"] += total
        elif number not in orders:
            yield f"11: order {number} is neither here nor refused"
        elif total != _money(orders[number]["total"]) + lowered.get(orders[number]["id"], 0):
            yield f"11: order {number} is over {total} in the shop: {orders[number]}, {lowered}"
    for number, order in orders.items():
        total, invoiced = _money(order["total"]), _money(order["invoiced"])
        sums[order["currency"]]["here"] += total + lowered.get(order["id"], 0)
        sums[order["currency"]]["wanted"] += total
        sums[order["currency"]]["invoiced"] += invoiced
        if total != invoiced:
            if not order["waits"]:
                yield f"11: order {number} over {total} is invoiced with {invoiced}, and nothing says why: {order}"
            sums[order["currency"]]["explained"] += total - invoiced
    for currency, of in sums.items():
        if of["shop"] != of["here"] + of["refused"] or of["wanted"] != of["invoiced"] + of["explained"]:
            yield f"11: {currency}: {dict(of)}"


def comments(report):
    """Each invoice is told to the shop once, whatever happened to the answer. Yields what is wrong."""
    for number, order in report["orders"].items():
        for name in order["invoices"]:
            told = sum(f" {name} " in comment for comment in order["comments"])
            if told != 1:
                yield f"invoice {name} of order {number} was told to the shop {told} times"


def _money(value):
    return Decimal(str(value)).quantize(Decimal("0.01"))


def report_of(backend_id):
    """A question for `Workers.ask`: orders with what is invoiced, why the rest waits, and what the shop was told."""

    def report(env):
        from odoo.fields import Date

        backend = env["magento.backend"].browse(backend_id)
        records = env["magento.record"].search([("backend_id", "=", backend_id), ("entity", "=", "orders")])
        bindings = env["magento.binding"].search([("backend_id", "=", backend_id), ("entity", "=", "orders")])
        number_of = {binding.res_id: binding.external_id for binding in bindings}
        orders = env["sale.order"].search([("magento_backend_id", "=", backend_id)])
        verdicts = orders._b2b_billing_verdicts(Date.context_today(orders))
        with backend._shop() as shop:
            return {
                "refused": {one.external_id: one.reason for one in records if one.state == "set_aside"},
                "orders": {
                    number_of[order.id]: {
                        "id": order.id,
                        "total": order.amount_total,
                        "currency": order.currency_id.name,
                        "state": order.state,
                        "invoices": [move.name for move in order.invoice_ids if move.state == "posted"],
                        "invoiced": _invoiced(order),
                        "waits": verdicts[order]["reason"] or "",
                        "comments": [
                            row["comment"] or ""
                            for row in shop.call("GET", f"orders/{number_of[order.id]}/comments")["items"]
                        ]
                        if order.invoice_ids
                        else [],
                    }
                    for order in orders
                },
            }

    return report


def _invoiced(order):
    """What invoices bill of an order; what credit notes give back later was billed all the same."""
    lines = order.order_line.invoice_lines.filtered(
        lambda line: line.parent_state == "posted" and line.move_id.move_type == "out_invoice"
    )
    return sum(lines.mapped("price_total"))


def contents(sql, names):
    """dict of table → what is in the rows of this plan, and how many rows there are and when the last changed."""
    found = {}
    for table in TABLES:
        base, kept = names["bases"][table], KEPT.get(table, "TRUE")
        rows = dict(sql(f"SELECT id, to_jsonb(one) FROM {table} one WHERE id > {base} AND {kept}"))
        found[table] = {**rows, "all": sql(f"SELECT count(*), max(write_date)::text FROM {table} WHERE {kept}")[0]}
    return found


def outcomes(sql, names):
    """dict of what was staged → what became of it: done, or why not; a record that waits is set aside in the end"""
    rows = sql("SELECT entity, external_id, state, reason FROM magento_record WHERE backend_id = %(backend)s", names)
    return {(entity, external_id): reason or state for entity, external_id, state, reason in rows}


def changes(before, after, ignored=()):
    """Yield in words what differs between two contents, a table each."""
    for table, rows in before.items():
        now = after[table]
        if table in ignored or now == rows:
            continue
        added = [number for number in now if number not in rows]
        gone = [number for number in rows if number not in now]
        differing = {
            (number, name): (value, now[number][name])
            for number, row in rows.items()
            if number != "all" and number in now
            for name, value in row.items()
            if now[number][name] != value and name != "write_date"
        }
        yield f"{table}: new {added}, gone {gone}, changed {dict(list(differing.items())[:5])}"
