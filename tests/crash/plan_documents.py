"""What must hold of a plan's documents, goods, stock and prices: the shop's and those here say the same.

Apart from `plan_checks.py`, which asks the database: here the shop is asked as well.
"""

from collections import Counter
from decimal import Decimal

KINDS = {"shipments": "shipment", "invoices": "invoice", "credit_memos": "credit_memo"}
"""Stream → how its documents are noted here, and what tells them to the shop."""
LISTS = {"shipments": "shipments", "invoices": "invoices", "credit_memos": "creditmemos"}
ALL = [("searchCriteria[pageSize]", "500")]


def report_of(backend_id):
    """A question for `Workers.ask`: what the shop and the books say of documents, goods, stock and prices."""

    def report(env):
        backend = env["magento.backend"].browse(backend_id)
        orders = env["sale.order"].search([("magento_backend_id", "=", backend_id)])
        with backend._shop() as shop:
            items = [item for order in shop.call("GET", "orders", ALL)["items"] for item in order["items"]]
            return {
                "reads": [kind for kind in KINDS if backend._reads(kind)],
                "tells": [kind for kind in KINDS if backend[f"push_{kind}"]],
                "bills": backend.shop_invoices == "bill",
                "documents": [
                    _document(env, backend, kind, row)
                    for kind, path in LISTS.items()
                    for row in shop.call("GET", path, ALL)["items"]
                ],
                "messages": _messages(env, backend),
                "lines": _lines(orders, {str(item["item_id"]): item for item in items}),
                "drift": [list(row) for row in _drift(env, backend, shop)],
                "prices": list(_wrong_prices(env, backend, shop)),
            }

    return report


def _document(env, backend, kind, row):
    """A document of the shop, and what it is here."""
    from odoo.addons.magento_connector.magento_wire.effects import marker_key

    def here(model, name, value):
        return env[model].search(
            [("backend_id", "=", backend.id), (name, "=", value), ("external_id", "=", str(row["entity_id"]))]
        )

    record, noted = here("magento.record", "entity", kind), here("magento.document", "kind", KINDS[kind])
    order = env["magento.binding"]._find(backend, "orders", [str(row["order_id"])]).get(str(row["order_id"]))
    return {
        "kind": kind,
        "id": str(row["entity_id"]),
        "number": row["increment_id"],
        "order": order.id if order else 0,
        "order_state": order.state if order else "",
        "billing": _billing(order) if order else "",
        "fixed_tax": bool(order)
        and any("fixed_product_tax" in (one.magento_item_id or "") for one in order.order_line),
        "outcome": [record.state or "", record.cause or "", record.reason or ""],
        "noted": len(noted),
        "links": [[link.model, link.res_id] for link in here("magento.binding", "entity", kind)],
        "total": str(row.get("grand_total") or 0),
        "credited": str(noted.move_id.amount_total if noted.move_id.move_type == "out_refund" else 0),
        "key": next(filter(None, (marker_key(one["comment"]) for one in row["comments"])), ""),
    }


def _billing(order):
    """Why an order is not billed, or not wholly, in words; empty where it is."""
    verdict = order._b2b_billing_verdicts(order.env["b2b.contract"]._local_day(order.company_id, order.date_order))
    return verdict[order]["reason"] or ("" if order.invoice_status == "invoiced" else verdict[order]["state"])


def _messages(env, backend):
    kinds = tuple(KINDS.values())
    return [
        [message._shop_key(), message.effect, message.state, message.reference or "", message.order_id.id]
        for message in env["magento.outbox"].search([("backend_id", "=", backend.id), ("effect", "in", kinds)])
    ]


def _lines(orders, items):
    """Goods of each line: ordered, delivered, on their way, and what the shop says."""
    found = []
    for line in orders.order_line.filtered(lambda line: line.product_id.type == "consu" and line.magento_item_id):
        item, whole = items.get(line.magento_item_id), items.get(line.magento_parent_item_id)
        if not item:
            continue
        moves = line.move_ids.filtered(lambda move: move.location_dest_id.usage == "customer")
        done = moves.filtered(lambda move: move.state == "done")
        back = line.move_ids.filtered(lambda move: move.location_id.usage == "customer" and move.state != "cancel")
        by_set = whole["qty_shipped"] * line.magento_per_parent if whole else 0.0
        gone = item["qty_refunded"] + item["qty_canceled"]
        shipped = max(item["qty_shipped"], by_set)
        found.append(
            {
                "name": f"{line.product_id.default_code} of {line.order_id.origin}",
                "order": line.order_id.id,
                "state": line.order_id.state,
                "shop_state": line.order_id.b2b_channel_state,
                "part_of_set": bool(whole),
                "ordered": line.product_uom_qty,
                "delivered": sum(done.mapped("quantity")),
                "open": sum((moves - done).filtered(lambda move: move.state != "cancel").mapped("product_uom_qty")),
                "back": sum(back.mapped("product_uom_qty")),
                "billed": line.qty_invoiced,
                "shipped": shipped,
                "refunded": item["qty_refunded"],
                "shop_billed": item["qty_invoiced"] - item["qty_refunded"],
                "shop_open": max(0.0, item["qty_ordered"] - shipped - gone),
            }
        )
    return found


def _drift(env, backend, shop):
    """Quantities of the shop that are not what it would be told."""
    return env["magento.push.stock"].sudo()._compare(backend, shop) if backend.push_stock else ()


def _wrong_prices(env, backend, shop):
    """Base prices that the shop should have and has not, and messages that would be sent without need."""
    if not backend.push_base_prices:
        return
    wanted, _problems = env["magento.push.price"].sudo()._wanted(backend)
    rows = shop.ask("products/base-prices-information", {"skus": [row["target"] for row in wanted.values()]})
    prices = {(row["sku"], row["store_id"]): row["price"] for row in rows}
    for row in wanted.values():
        sku, price, store = row["target"], row["values"]["price"], row["values"]["store_id"]
        if row["effect"] == "base_price" and Decimal(str(prices.get((sku, store)))) != Decimal(price):
            yield f"{sku} costs {prices.get((sku, store))} in store view {store} of the shop and {price} here"
    if env["magento.price"].sudo()._compare(backend):
        yield "prices that were told are told again"


# -- checks ------------------------------------------------------------------------------------------------------------


def problems(report):
    """Yield what is wrong."""
    yield from _each_is_one(report)
    yield from _told_once(report)
    yield from _goods(report)
    yield from (
        f"stock: {sku} at {source}: {found} in the shop, {ours} here" for sku, source, found, ours in report["drift"]
    )
    yield from (f"price: {words}" for words in report["prices"])


def lowered(report):
    """dict of sale order id → what credit memos took off the order, because it was never billed"""
    found = {}
    for document in report["documents"]:
        if document["kind"] == "credit_memos" and document["outcome"][0] == "done":
            off = Decimal(document["total"]) - Decimal(document["credited"])
            found[document["order"]] = found.get(document["order"], Decimal(0)) + off.quantize(Decimal("0.01"))
    return found


def unexplained(document):
    """Why a document that became nothing here should have become something; empty where it is explained.

    The shop does not list the fixed product taxes of its invoices, so these do not sum and are set aside for a person.
    """
    state, cause, reason = document["outcome"]
    if state == "done" or not document["order"]:
        return ""
    if state == "set_aside" and (document["order_state"] == "cancel" or document["fixed_tax"]):
        return ""
    if cause == "waiting" and (document["order_state"] != "sale" or document["billing"]):
        return ""
    return f"{state}, {cause}: {reason}"


def _each_is_one(report):
    """Each document of the shop is noted once, and is one document here or explained."""
    for document in report["documents"]:
        name = f"{document['kind']} {document['number']}"
        state = document["outcome"][0]
        if document["kind"] not in report["reads"] or not document["order"]:
            continue
        if unexplained(document):
            yield f"{name} is nothing here: {unexplained(document)} ({document['billing']})"
        if state == "done" and document["noted"] != 1:
            yield f"{name} is noted {document['noted']} times"
        becomes_one = document["kind"] == "credit_memos" or (document["kind"] == "invoices" and report["bills"])
        if state == "done" and not document["links"] and becomes_one:
            yield f"{name} is done and nothing here"
    links = [(document["kind"], *link) for document in report["documents"] for link in document["links"]]
    for link, count in Counter(links).items():
        if count > 1 and link[1] == "account.move" and (link[0] == "credit_memos" or report["bills"]):
            yield f"{link} is {count} documents of the shop"


def _told_once(report):
    """What was told is in the shop once, under its mark, and nothing else is."""
    marks = Counter(document["key"] for document in report["documents"] if document["key"])
    sent = {key for key, _effect, state, _reference, _order in report["messages"] if state == "sent"}
    for mark, count in marks.items():
        if count > 1:
            yield f"{mark} is in the shop {count} times"
        if mark not in sent:
            yield f"{mark} is in the shop, and no message says so"
    ids = {(KINDS[document["kind"]], document["id"]) for document in report["documents"] if document["key"]}
    for key, effect, _state, reference, _order in report["messages"]:
        if reference and (effect, reference) not in ids:
            yield f"{key} is said to be {reference} in the shop, which is not there"


def _goods(report):
    """What left, what is on its way and what came back agree with the shop, as far as it is told."""
    open_orders = {one["order"] for one in report["documents"] if one["outcome"][0] != "done"}
    open_orders |= {order for _key, _effect, state, _reference, order in report["messages"] if state == "failed"}
    for line in report["lines"]:
        if line["delivered"] + line["open"] > line["ordered"] + line["refunded"]:
            yield f"goods: more is delivered than ordered: {line}"
        if line["back"] > min(line["delivered"], line["refunded"] or 0):
            yield f"goods: more comes back than left or was refunded: {line}"
        if line["state"] != "sale" or line["order"] in open_orders or line["shop_state"] == "canceled":
            continue
        if line["delivered"] < line["shipped"]:
            yield f"goods: less is delivered than the shop shipped: {line}"
        if "shipments" in report["tells"] and line["delivered"] > line["shipped"] and line["shop_open"]:
            yield f"goods: more is delivered than the shop knows of: {line}"
        if (
            "credit_memos" in report["reads"]
            and line["delivered"] == line["shipped"]
            and line["open"] != line["shop_open"]
        ):
            yield f"goods: open here is not what is open in the shop: {line}"
        if "invoices" in report["tells"] and not line["part_of_set"] and line["billed"] > line["shop_billed"]:
            yield f"billed: the shop does not know of all that is billed: {line}"
