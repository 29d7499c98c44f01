"""An example of each kind of effect, and how one sees in the sandbox shop's own state what it did there.

``state`` gives something to compare: what the shop holds of it, so that doing an effect twice would show.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from wire_shops import protocol_of

from magento_sandbox import documents, lifecycle, stock_writes
from magento_sandbox.commerce import book
from magento_sandbox.control import place_order
from magento_wire.effects import EFFECTS, Effect
from magento_wire.soap_routes import soap_call

SLASH = "ÖL ISO 46/5"
"""A SKU that holds a slash, a blank and a letter beyond ASCII."""

OPENMAGE_CALLS = {
    "order_comment": "sales_order.addComment", "order_hold": "sales_order.hold",
    "order_unhold": "sales_order.unhold", "order_cancel": "sales_order.cancel",
    "invoice": "sales_order_invoice.create", "shipment": "sales_order_shipment.create",
    "tracking": "sales_order_shipment.addTrack",
    "credit_memo": "sales_order_creditmemo.create", "stock": "cataloginventory_stock_item.update",
    "base_price": "catalog_product.update", "special_price": "catalog_product.update",
    "tier_price": "*tier_price.update",
}  # fmt: skip


@dataclass
class Case:
    """One effect on a running sandbox shop.

    :ivar effect: to push
    :ivar state: () -> what the shop holds of it
    :ivar wanted: what that is once it is done
    """

    effect: Effect
    state: object
    wanted: object


def write_path(way, kind):
    """Return the pattern of the request that does a kind of effect, for faults."""
    if protocol_of(way).magento_1:
        return f"*#{OPENMAGE_CALLS[kind]}"
    method, pattern = EFFECTS[kind].routes[0]
    if way == "rest":
        return "*/V1/" + "/".join("*" if part.startswith("{") else part for part in pattern.split("/"))
    route, _arguments = soap_call(method, pattern.replace("{", "").replace("}", ""))
    return f"*#{route.service}{route.operation}"


def write_method(way, kind):
    return EFFECTS[kind].routes[0][0] if way == "rest" else "POST"


def kinds_of(way):
    return [kind for kind in EFFECTS if kind in protocol_of(way).effects]


def case(server, way, kind):
    """Return the :class:`Case` of a kind, with what it needs placed in the shop."""
    return _CASES[kind](server.shop, protocol_of(way).magento_1)


def _order(shop, **wish):
    lines = [{"sku": "PU-RAD", "qty": 12}, {"sku": "BF-OR", "qty": 4}]
    return place_order(shop, {"company": "kessler", "lines": lines, "po_number": "C-1"} | wish)


def invoiced_order(shop, currency):
    """Return a placed and invoiced order with shipping, in a currency of the shop's."""
    order = _order(shop, company={"EUR": "kessler", "USD": "greatlakes"}[currency])
    assert order.data["order_currency_code"] == currency
    documents.create_invoice(shop, order)
    return order


def _on(kind, key, target, **values):
    return Effect(kind, key, str(target), values)


def _comment(shop, _magento_1):
    order, words = _order(shop), "Invoice INV/2026/77 is ready – 12 €"
    return Case(
        _on("order_comment", "comment:1", order.id, comment=words),
        lambda: [row["comment"] for row in order.histories].count(words), 1,
    )  # fmt: skip


def _hold(shop, _magento_1):
    order = _order(shop)
    return Case(_on("order_hold", "hold:1", order.id), lambda: order.data["state"], "holded")


def _unhold(shop, _magento_1):
    order = _order(shop)
    lifecycle.hold(shop, order)
    return Case(_on("order_unhold", "unhold:1", order.id), lambda: order.data["state"], "new")


def _cancel(shop, _magento_1):
    order = _order(shop)
    return Case(_on("order_cancel", "cancel:1", order.id), lambda: order.data["state"], "canceled")


def _number(shop, _magento_1):
    order = _order(shop)
    return Case(
        _on("order_number", "number:1", order.id, number="S00042"), lambda: order.data.get("ext_order_id"), "S00042"
    )


def _made(rows, order):
    """Lines and comment of what an order has of a kind of document."""
    return [
        ([(str(line["order_item_id"]), line["qty"]) for line in row["items"]],
         [comment["comment"] for comment in row["comments"]])
        for row in rows
        if row["order_id"] == order.id
    ]  # fmt: skip


def _invoice(shop, _magento_1):
    order = _order(shop, payment="paypal_express", po_number="")
    item = str(order.items[0].id)
    values = {"lines": [[item, "5.0"]], "comment": "Posted as INV/1", "capture": True}

    def state():
        taken = [row["txn_type"] for row in shop.transactions if row["order_id"] == order.id]
        return _made(shop.invoices, order), taken, order.items[0].data["qty_invoiced"]

    return Case(
        _on("invoice", "invoice:1", order.id, **values), state,
        ([([(item, 5)], ["Posted as INV/1 [invoice:1]"])], ["capture"], 5),
    )  # fmt: skip


def _shipment(shop, magento_1):
    order = _order(shop)
    items = [str(item.id) for item in order.items]
    source = stock_writes.ONLY_SOURCE if magento_1 else "wh_ulm"
    before = shop.source_items["PU-RAD", source]["quantity"]
    values = {
        "lines": [[items[0], "5"], [items[1], "1"]],
        "tracks": [["dhl", "DHL Paket", "JD0001"], ["nobody", "Spedition Nord", "SN 7/1"]],
        "source": source,
        "comment": "Picking OUT/7",
    }

    def state():
        tracks = [
            (track["title"], track["track_number"])
            for row in shop.shipments
            if row["order_id"] == order.id
            for track in row["tracks"]
        ]
        return _made(shop.shipments, order), tracks, before - shop.source_items["PU-RAD", source]["quantity"]

    return Case(
        _on("shipment", "shipment:7", order.id, **values), state,
        ([([(items[0], 5), (items[1], 1)], ["Picking OUT/7 [shipment:7]"])],
         [("DHL Paket", "JD0001"), ("Spedition Nord", "SN 7/1")], 5),
    )  # fmt: skip


def _tracking(shop, magento_1):
    order = _order(shop)
    source = stock_writes.ONLY_SOURCE if magento_1 else "wh_ulm"
    old = {"carrier_code": "custom", "title": "DHL Paket", "track_number": "JD0001"}
    shipment = documents.create_shipment(shop, order, [(order.items[0].id, 2)], tracks=[old], source_code=source)
    values = {"shipment": str(shipment), "carrier": "custom", "title": "Spedition Nord", "number": "SN 7/1"}

    def state():
        (own,) = [row for row in shop.shipments if row["entity_id"] == shipment]
        return [(track["title"], track["track_number"]) for track in own["tracks"]]

    return Case(
        _on("tracking", "tracking:7:SN 7/1", order.id, **values), state,
        [("DHL Paket", "JD0001"), ("Spedition Nord", "SN 7/1")],
    )  # fmt: skip


def _credit_memo(shop, _magento_1):
    order = _order(shop)
    documents.create_invoice(shop, order)
    item = str(order.items[0].id)
    values = {"lines": [[item, "2"]], "shipping": "1.50", "adjustment_positive": "0.25", "comment": "RINV/3"}

    def state():
        own = [row for row in shop.creditmemos if row["order_id"] == order.id]
        return _made(own, order), [(row["base_shipping_amount"], row["base_adjustment"]) for row in own]

    return Case(
        _on("credit_memo", "refund:3", order.id, **values), state,
        ([([(item, 2)], ["RINV/3 [refund:3]"])], [(Decimal("1.50"), Decimal("0.25"))]),
    )  # fmt: skip


def _stock(shop, magento_1):
    source = stock_writes.ONLY_SOURCE if magento_1 else "wh_ulm"
    row = shop.source_items
    return Case(
        _on("stock", "stock:1", SLASH, source=source, quantity="17.5", in_stock=True),
        lambda: (row[SLASH, source]["quantity"], row[SLASH, source]["status"]), (Decimal("17.5"), 1),
    )  # fmt: skip


def _base_price(shop, _magento_1):
    return Case(
        _on("base_price", "price:1", SLASH, price="33.25", store_id=0), lambda: shop.base_prices.get(SLASH),
        Decimal("33.25"),
    )  # fmt: skip


def _special_price(shop, _magento_1):
    values = {"price": "29.95", "store_id": 0, "from": "2026-12-01", "to": "2026-12-24"}
    return Case(
        _on("special_price", "special:1", SLASH, **values),
        lambda: [
            (row["price"], row["price_from"][:10], row["price_to"][:10])
            for row in shop.special_prices
            if row["sku"] == SLASH
        ],
        [(Decimal("29.95"), "2026-12-01", "2026-12-24")],
    )


def _tier_price(shop, _magento_1):
    values = {"price": "27.50", "price_type": "fixed", "website_id": 0, "customer_group": "Wholesale", "quantity": "6"}
    before = [dict(row) for row in shop.tier_prices if row["sku"] == "SL-DR13"]
    added = {
        "price": Decimal("27.50"), "price_type": "fixed", "website_id": 0, "sku": "SL-DR13",
        "customer_group": "Wholesale", "quantity": Decimal(6),
    }  # fmt: skip

    def state():
        own = [row for row in shop.tier_prices if row["sku"] == "SL-DR13"]
        return sorted(own, key=repr)

    if _magento_1:
        before = [row for row in before if row["price_type"] == "fixed"] + [
            replace_discount(shop, row) for row in before if row["price_type"] != "fixed"
        ]
    return Case(_on("tier_price", "tier:1", "SL-DR13", **values), state, sorted([*before, added], key=repr))


def replace_discount(shop, row):
    """Magento 1 tells a discount as the price it comes to, and keeps it so once it is written back."""
    return row | {"price_type": "fixed", "price": shop.tier_value(row)}


def _catalog_price(shop, _magento_1):
    values = {"sku": SLASH, "price": "30.00", "price_type": "fixed", "website_id": 0, "quantity": "1"}
    return Case(
        _on("shared_catalog_price", "catalog:1", 3, **values),
        lambda: [
            (row["price"], row["customer_group"])
            for row in shop.tier_prices
            if row["sku"] == SLASH and row["customer_group"] == "Vertrag Brandt"
        ],
        [(Decimal(30), "Vertrag Brandt")],
    )


def _credit_limit(shop, _magento_1):
    credit = book(shop).credits[2]
    return Case(
        _on("credit_limit", "limit:1", 2, limit="2500.00", currency="EUR"), lambda: credit["credit_limit"],
        Decimal(2500),
    )  # fmt: skip


def _credit_balance(shop, _magento_1):
    credit = book(shop).credits[3]
    values = {"value": "250.00", "currency": "EUR", "operation": "reimbursed", "comment": "Payment BNK1/9"}
    return Case(
        _on("credit_balance", "credit:9", 3, **values),
        lambda: (credit["balance"], [row["type"] for row in book(shop).history]), (Decimal(250), [4]),
    )  # fmt: skip


_CASES = {
    "order_comment": _comment, "order_hold": _hold, "order_unhold": _unhold, "order_cancel": _cancel,
    "order_number": _number, "invoice": _invoice, "shipment": _shipment, "tracking": _tracking,
    "credit_memo": _credit_memo,
    "stock": _stock, "base_price": _base_price, "special_price": _special_price, "tier_price": _tier_price,
    "shared_catalog_price": _catalog_price, "credit_limit": _credit_limit, "credit_balance": _credit_balance,
}  # fmt: skip


def other_target(effect):
    """Return the same effect on something the shop does not have."""
    if effect.kind == "shared_catalog_price":
        return replace(effect, values=effect.values | {"sku": "NOPE"})
    return replace(effect, target="NOPE" if effect.target in (SLASH, "SL-DR13") else "999999", key=f"{effect.key}9")
