"""More orders than a sandbox shop would hold: its own payloads once more, under other ids, numbers and customers."""

import json

OWN_IDS = frozenset(
    (
        "billing_address_id",
        "entity_id",
        "item_id",
        "order_id",
        "parent_id",
        "parent_item_id",
        "quote_id",
        "quote_item_id",
        "relation_child_id",
        "relation_parent_id",
        "tax_id",
        "tax_item_id",
    )
)
NUMBERS = frozenset(("increment_id", "original_increment_id", "relation_child_real_id", "relation_parent_real_id"))
PROGRESS = ("qty_shipped", "qty_invoiced", "qty_refunded", "qty_canceled")
STRIDE = 1_000_000
CUSTOMER_STRIDE = 10_000


def orders(payloads, count, customers, shipped=True):
    """Yield orders as the shop gives them.

    :param payloads: JSON texts of orders, taken again and again
    :param int count: how many orders
    :param int customers: after so many copies the same customers buy again
    :param bool shipped: as far as they are in the shop; otherwise all of them are new orders
    """
    for number in range(count):
        copy, place = divmod(number, len(payloads))
        order = json.loads(payloads[place])
        order = _shifted(order, copy, copy % customers) if copy else order
        yield order if shipped else _new(order)


def _new(order):
    items = [{**item, **dict.fromkeys(PROGRESS, 0)} for item in order["items"]]
    return {**order, "items": items, "state": "processing", "status": "processing", "total_refunded": 0}


def _shifted(value, copy, crowd):
    if isinstance(value, list):
        return [_shifted(one, copy, crowd) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: _renamed(name, one, copy, crowd) for name, one in value.items()}


def _renamed(name, value, copy, crowd):
    if isinstance(value, (dict, list)):
        return _shifted(value, copy, crowd)
    if name in OWN_IDS and value:
        return type(value)(int(value) + copy * STRIDE)
    if name in NUMBERS and value:
        return f"{copy:04d}{value[4:]}"
    if not crowd or not value:
        return value
    if name == "customer_id":
        return value + crowd * CUSTOMER_STRIDE
    if name in ("email", "customer_email"):
        return f"c{crowd}.{value}"
    if name == "company":
        return f"{value} {crowd}"
    if name in ("vat_id", "customer_taxvat"):
        return f"{value[:2]}{crowd:03d}{value[5:]}"
    return value
