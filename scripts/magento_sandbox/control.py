"""The control API ``/sandbox/…``: how a test or a demo moves the shop's world. No real shop has it.

Apart from the REST routes, because nothing here is Magento's. Every call needs the control secret as Bearer.

=======  =============================  =================================================================
GET      /sandbox/world                 what the world knows of each order (traits, must it be refused …)
POST     /sandbox/orders                place an order: ``company`` or ``guest``, ``lines``, … (see place_order)
POST     /sandbox/orders/{id}/state     ``{"state": "complete"}``: go there by invoices, shipments and so on
POST     /sandbox/orders/{id}/ship      a shipment of what is open, or of a ``share`` of it (0.5: half of each line, at
                                        least one) and only so many ``lines``; ``invoice`` and ``refund`` likewise,
                                        a refund with ``shipping`` (true or false) and ``positive``, an adjustment
POST     /sandbox/orders/{id}/touch     move ``updated_at`` (to now, or to ``{"updated_at": "…"}``)
POST     /sandbox/orders/{id}/edit      edit it as the administration does: a new order ``…-1``
GET      /sandbox/requests              the requests received, ``?path=`` a pattern; DELETE forgets them
GET      /sandbox/faults                the faults with how often they struck; POST adds, DELETE clears
POST     /sandbox/clock                 ``{"advance_seconds": 3600}``, or ``pass_seconds`` to move the Date header
                                        as well; answers the shop's time
POST     /sandbox/settings              any of :class:`.shop.Settings`; answers all
POST     /sandbox/token                 ``{"revoked": true}`` or ``{"forget_admin_tokens": true}``
=======  =============================  =================================================================
"""

from __future__ import annotations

import fnmatch
from dataclasses import asdict, fields
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from urllib.parse import parse_qs

from . import commerce, documents, lifecycle, refunds
from .agreements import AGREEMENT_OF, GRADUATED
from .basket import COUPONS, Basket, Line
from .catalog import BY_SKU, PRODUCTS
from .companies import BY_KEY, GUESTS
from .errors import ApiError, no_such_entity, no_such_route
from .faults import FaultError
from .placing import place
from .shop import Note, Settings

WAREHOUSE = "wh_kiel"
DOCUMENTS = {
    "ship": lambda item: item.open_to_ship,
    "invoice": lambda item: item.open_to_invoice,
    "refund": lambda item: item.data["qty_invoiced"] - item.data["qty_refunded"],
}
"""Kind of document → how much of a line it may still take."""


class Control:
    """Carries out control calls on one shop.

    :param shop: the :class:`.shop.Shop`
    :param access: the :class:`.access.Access`
    :param faults: the :class:`.faults.FaultPlan`
    :param log: the list of request log entries
    """

    def __init__(self, shop, access, faults, log):
        self.shop, self.access, self.faults, self.log = shop, access, faults, log

    def answer(self, method, path, query, body):
        """Return what a call's answer holds. The caller holds the shop's lock.

        :raises ApiError: 400 for what cannot be done, 404 for an unknown path or order
        """
        body = body if body is not None else {}
        parts = path.strip("/").split("/")[1:]
        if len(parts) == 3 and parts[0] == "orders" and method == "POST":
            return self._order_call(parts[1], parts[2], body)
        handler = getattr(self, f"_{method.lower()}_{parts[0]}", None) if len(parts) == 1 else None
        if handler is None:
            raise no_such_route()
        return handler(query, body)

    def _get_world(self, _query, _body):
        shown = ("entity_id", "increment_id", "state", "updated_at", "order_currency_code", "grand_total")
        return [
            {**{name: self.shop.orders[order_id].data[name] for name in shown}, **asdict(note)}
            for order_id, note in self.shop.notes.items()
        ]

    def _post_orders(self, _query, body):
        order = place_order(self.shop, body)
        return {"entity_id": order.id, "increment_id": order.data["increment_id"]}

    def _get_requests(self, query, _body):
        pattern = parse_qs(query).get("path", ["*"])[0]
        return [entry for entry in self.log if fnmatch.fnmatchcase(entry["path"], pattern)]

    def _delete_requests(self, _query, _body):
        self.log.clear()
        return True

    def _get_faults(self, _query, _body):
        return self.faults.reports()

    def _post_faults(self, _query, body):
        try:
            added = self.faults.add(body)
        except FaultError as error:
            raise ApiError(400, str(error))
        apply_world_faults(self.shop, added)
        return [fault.report() for fault in added]

    def _delete_faults(self, _query, _body):
        self.faults.clear()
        return True

    def _post_clock(self, _query, body):
        self.shop.clock.advance(int(body.get("advance_seconds", 0)))
        self.shop.clock.passed += timedelta(seconds=int(body.get("pass_seconds", 0)))
        return {"now": self.shop.clock.text()}

    def _post_settings(self, _query, body):
        known = {item.name for item in fields(Settings)}
        for name, value in body.items():
            if name not in known:
                raise ApiError(400, f"There is no setting {name}; there are: {', '.join(sorted(known))}")
            setattr(self.shop.settings, name, value)
        return asdict(self.shop.settings)

    def _post_token(self, _query, body):
        if "revoked" in body:
            self.access.revoked = bool(body["revoked"])
        if body.get("forget_admin_tokens"):
            self.access.forget_admin_tokens()
        return {"revoked": self.access.revoked}

    def _order_call(self, order_id, what, body):
        order = self.shop.orders.get(int(order_id)) if order_id.isdigit() else None
        if order is None:
            raise no_such_entity()
        if what == "state":
            set_state(self.shop, order, str(body.get("state")))
        elif what in DOCUMENTS:
            make_document(self.shop, order, what, body)
        elif what == "touch":
            documents.touch(order, body.get("updated_at") or self.shop.clock.text())
        elif what == "edit":
            order = lifecycle.edit(self.shop, order)
            self.shop.notes[order.id] = Note(("edited",))
        else:
            raise no_such_route()
        data = order.data
        keys = ("entity_id", "increment_id", "state", "status", "updated_at")
        return {key: data[key] for key in keys}


def place_order(shop, wish):
    """Place an order from plain data and return the :class:`.order_record.Order`.

    :param wish: ``company`` (a key of :data:`.companies.BY_KEY`; ``buyer`` its number) or ``guest`` (a number) with
        ``store_id``; ``lines``: a list of ``{"sku", "qty"}`` with optional ``variant``, ``unit_price``, ``discount``,
        or a number of lines; optional ``coupon``, ``payment``, ``po_number``
    :raises ApiError: 400 for what the shop does not know
    """
    try:
        basket = _basket(shop, wish)
        order = place(shop, basket)
    except (KeyError, IndexError, TypeError, ValueError, ArithmeticError) as error:
        raise ApiError(400, f"This order cannot be placed: {type(error).__name__} {error}")
    if basket.payment == "companycredit":
        commerce.purchase(shop, order)
    shop.notes[order.id] = Note(("placed",), company=basket.company.key if basket.company else "")
    return order


def _basket(shop, wish):
    company = BY_KEY[wish["company"]] if "company" in wish else None
    person, address = (None, None) if company else GUESTS[int(wish.get("guest", 0))]
    return Basket(
        company.store_id if company else int(wish.get("store_id", 3)),
        company.buyers[int(wish.get("buyer", 0))] if company else person,
        company.address if company else address,
        tuple(_lines(wish["lines"], company)),
        shop.clock.now(),
        company=company,
        group_id=company.group_id if company else 0,
        coupon=COUPONS[wish["coupon"]] if wish.get("coupon") else None,
        payment=wish.get("payment", "purchaseorder" if company else "banktransfer"),
        po_number=wish.get("po_number", ""),
    )


def _lines(wanted, company):
    if isinstance(wanted, int):
        skus = [product.sku for product in PRODUCTS if product.type_id == "simple"]
        return [Line(skus[number % len(skus)], Decimal(1)) for number in range(wanted)]
    return [_line(row, company) for row in wanted]


def _line(row, company):
    product = BY_SKU[row["sku"]]
    quantity = Decimal(str(row["qty"]))
    optional = {name: Decimal(str(row[name])) for name in ("unit_price", "discount") if name in row}
    rule = AGREEMENT_OF[company.key].rule_for(product) if company and company.key in AGREEMENT_OF else None
    if rule and rule.mode == GRADUATED and not optional:
        optional["agreed_net"] = rule.net(product.price, quantity)
    return Line(product.sku, quantity, variant=row.get("variant", ""), **optional)


def set_state(shop, order, state):
    """Bring an order to a state by the steps that lead there.

    :raises ApiError: 400 where none do
    """
    if state == "complete":
        if any(item.open_to_ship > 0 for item in order.items):
            documents.create_shipment(shop, order, source_code=WAREHOUSE)
        if any(item.open_to_invoice > 0 for item in order.items):
            documents.create_invoice(shop, order)
    elif state == "processing":
        documents.create_invoice(shop, order)
    elif state == "closed":
        refunds.create_creditmemo(shop, order)
    elif state == "canceled":
        if not lifecycle.cancel(shop, order):
            raise ApiError(400, "This order cannot be canceled: something is invoiced or shipped.")
    elif state == "holded":
        lifecycle.hold(shop, order)
    elif state == "payment_review":
        lifecycle.review(shop, order)
    else:
        raise ApiError(400, f"No steps lead to the state {state}.")


def make_document(shop, order, kind, wish):
    """Make a shipment, an invoice or a credit memo, as somebody in the administration does.

    :param kind: a key of :data:`DOCUMENTS`
    :param wish: see this module's table
    :raises ApiError: 400 where nothing is open, or the order's state does not allow it
    """
    wanted = None
    if "share" in wish or "lines" in wish:
        wanted = _part_of(order, DOCUMENTS[kind], Decimal(str(wish.get("share", 1))), wish.get("lines"))
    if kind == "ship":
        tracks = [{"track_number": f"NW{order.id:08d}", "title": "DHL", "carrier_code": "custom"}]
        documents.create_shipment(shop, order, wanted, tracks=tracks, source_code=WAREHOUSE)
    elif kind == "invoice":
        documents.create_invoice(shop, order, wanted)
    else:
        positive = Decimal(str(wish.get("positive", 0)))
        refunds.create_creditmemo(shop, order, wanted, shipping=bool(wish.get("shipping", True)), positive=positive)


def _part_of(order, open_quantity, share, lines):
    """Return [(order item id, quantity)] of the first ``lines`` that are open; what a line is sold with goes along."""
    wanted = []
    for item in order.items:
        parts = [item, *item.children] if item.parent is None else []
        left = max(
            (open_quantity(part) * item.data["qty_ordered"] / part.data["qty_ordered"] for part in parts), default=0
        )
        if left > 0:
            wanted.append((item.id, max(min(left, Decimal(1)), (left * share).to_integral_value(ROUND_DOWN))))
    if not wanted:
        raise ApiError(400, "Nothing of this order is open.")
    return wanted[:lines]


def apply_world_faults(shop, faults):
    """Place the odd orders that faults of the phase ``world`` ask for."""
    for fault in faults:
        if fault.phase != "world":
            continue
        wish = {"company": "kessler", "lines": [{"sku": "AR-DM", "qty": 1}], "po_number": "ODD-1"}
        if fault.kind == "huge_order":
            wish["lines"] = int(fault.options.get("lines", 10_000))
        if fault.kind == "zero_total":
            wish |= {"coupon": "MUSTER100", "payment": "free"}
        order = place_order(shop, wish)
        refuse = ""
        if fault.kind == "negative_total":
            _make_negative(order)
            refuse = "the total is negative"
        shop.notes[order.id] = Note((fault.kind,), refuse, company="kessler")
        fault.struck += 1


def _make_negative(order):
    """Turn an order's total negative, as a discount of a careless module does: lines and header agree."""
    for prefix in ("base_", ""):
        data = order.data
        data[f"{prefix}discount_amount"] -= 100
        data[f"{prefix}grand_total"] -= 100
        data[f"{prefix}total_due"] -= 100
