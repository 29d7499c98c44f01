"""Placing an order: from a basket to the record that REST shows, with its numbers and taxes.

Kept apart from :mod:`.order_record`, which only names fields, because here ids are drawn and the shop changes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal

from .basket import Row, Sheet, leaves_of, reckon
from .catalog import BY_SKU, SIZE_ATTRIBUTE, size_value
from .order_record import (
    BASE,
    ORDER,
    Order,
    OrderItem,
    bundle_amounts,
    header_amounts,
    item_amounts,
    item_frame,
    order_address,
    payment_record,
    weee_fields,
    without_amounts,
)
from .shop import STORES, TIME_FORMAT
from .tax import ZERO, TaxGroup

WEEE_WEBSITE = 1


@dataclass(frozen=True, slots=True)
class TaxEntry:
    """One tax on one thing of the order: a line, a fixed product tax of a line, or the shipping."""

    kind: str
    item: OrderItem | None
    group: TaxGroup
    amount: Decimal
    base_amount: Decimal


def place(shop, basket, *, edited=None):
    """Place the order of a basket and return the :class:`.order_record.Order`; state ``new``.

    :param edited: the order that this one replaces (an edit in the shop's administration), or None
    :raises ValueError: where the basket is empty
    """
    if not basket.lines:
        raise ValueError("the basket is empty: give at least one line")
    store = STORES[basket.store_id]
    leaves = leaves_of(basket.lines, lambda product, quantity: shop.price_for(product, basket.group_id, quantity))
    settings = {
        "tax_included": store.tax_included,
        "customer_tax_class": shop.tax_class_of(basket.group_id),
        "with_weee": store.website_id == WEEE_WEBSITE,
    }
    base = reckon(basket, leaves, rate=Decimal(1), **settings)
    sheet = base if store.rate == 1 else reckon(basket, leaves, rate=store.rate, **settings)
    order_id = shop.next_id("order")
    items, entries = _items(shop, order_id, basket, leaves, sheet, base)
    entries += _shipping_entries(sheet, base)
    data = _header(shop, order_id, basket, items) | header_amounts(base, BASE) | header_amounts(sheet, ORDER)
    data |= _discount_names(basket, base) | _number(shop, basket, edited)
    company = basket.company or basket.guest_company
    shipping = None
    if not basket.virtual:
        ship_to = basket.ship_to or basket.address
        shipping = order_address(shop, order_id, "shipping", basket.person, ship_to, company)
    billing = order_address(shop, order_id, "billing", basket.person, basket.address, company)
    data["billing_address_id"] = billing["entity_id"]
    payment, information = payment_record(shop, order_id, basket, data)
    order = Order(basket, data, items, billing, shipping, "flatrate_flatrate", payment, information)
    record_taxes(shop, order, entries, linked=edited is None)
    shop.orders[order_id] = order
    return order


def _header(shop, order_id, basket, items):
    store = STORES[basket.store_id]
    created_at = basket.created_at.strftime(TIME_FORMAT)
    top = [item for item in items if item.parent is None]
    data = {
        "base_currency_code": "EUR",
        "base_to_global_rate": Decimal(1),
        "base_to_order_rate": store.rate,
        "created_at": created_at,
        "customer_email": basket.person.email,
        "customer_firstname": basket.person.firstname,
        "customer_group_id": basket.group_id,
        "customer_is_guest": int(basket.company is None),
        "customer_lastname": basket.person.lastname,
        "customer_note_notify": 1,
        "email_sent": 1,
        "entity_id": order_id,
        "global_currency_code": "EUR",
        "is_virtual": int(basket.virtual),
        "order_currency_code": store.currency,
        "protect_code": hashlib.sha256(f"{shop.seed}/{order_id}".encode()).hexdigest()[:32],
        "quote_id": order_id,
        "remote_ip": "127.0.0.1",
        "state": "new",
        "status": "pending",
        "store_currency_code": "EUR",
        "store_id": store.id,
        "store_name": store.full_name,
        "store_to_base_rate": ZERO,
        "store_to_order_rate": ZERO,
        "total_item_count": sum(not item.children for item in items),
        "total_qty_ordered": sum((item.data["qty_ordered"] for item in top), ZERO),
        "updated_at": created_at,
        "weight": sum((item.data.get("row_weight", ZERO) for item in top), ZERO),
    }
    if not basket.virtual:
        data["shipping_description"] = "Flat Rate - Fixed"
    if basket.company:
        data["customer_id"] = shop.customer(basket.person.email, store.website_id)["id"]
        if basket.company.vat:
            data["customer_taxvat"] = basket.company.vat
    return data


def _number(shop, basket, edited):
    if edited is None:
        return {"increment_id": shop.increment_id("order", basket.store_id)}
    first = edited.data.get("original_increment_id", edited.data["increment_id"])
    edition = edited.data.get("edit_increment", 0) + 1
    return {
        "increment_id": f"{first}-{edition}",
        "edit_increment": edition,
        "original_increment_id": first,
        "relation_parent_id": str(edited.id),
        "relation_parent_real_id": edited.data["increment_id"],
    }


def _discount_names(basket, base):
    if basket.coupon:
        return {
            "applied_rule_ids": str(basket.coupon.rule_id),
            "coupon_code": basket.coupon.code,
            "discount_description": basket.coupon.code,
        }
    if base.discount:
        return {"applied_rule_ids": "9", "discount_description": "Staffelvertrag"}
    return {}


def _items(shop, order_id, basket, leaves, sheet, base):
    """Return the order's items and the tax entries on them, in the order of the cart."""
    frame = {"created_at": basket.created_at.strftime(TIME_FORMAT), "store_id": basket.store_id}
    items, entries = [], []
    reckoned = {}
    for leaf, row, base_row in zip(leaves, sheet.rows, base.rows, strict=True):
        reckoned.setdefault(id(leaf.line), []).append((leaf, row, base_row))
    for line in basket.lines:
        own = reckoned[id(line)]
        if line.product.parts:
            top = _bundle(shop, order_id, line, own, frame)
        else:
            (leaf, row, base_row) = own[0]
            shown = line.product if line.variant else leaf.product
            top = [_leaf_item(shop, order_id, shown, leaf.quantity, row, base_row, frame)]
            if line.variant:
                top.append(_variant(shop, order_id, top[0], BY_SKU[line.variant], leaf.quantity, frame))
        _name_rules(basket, top)
        items += top
        for item in top:
            entries += _item_entries(item)
    return items, entries


def _leaf_item(shop, order_id, product, quantity, row, base_row, frame):
    data = item_frame(shop, order_id, product, quantity=quantity, **frame)
    data |= item_amounts(base_row, BASE) | item_amounts(row, ORDER)
    data["tax_percent"] = row.taxed.percent
    if row.weee:
        data |= weee_fields(row, base_row)
    totals = {ORDER: row.taxed.row_total, BASE: base_row.taxed.row_total}
    return OrderItem(data, totals, row={ORDER: row, BASE: base_row})


def _variant(shop, order_id, parent, product, quantity, frame):
    """The child of a configurable: the parent is sold under its SKU and carries the money."""
    attribute_id, _code, _label = SIZE_ATTRIBUTE
    parent.data["sku"] = product.sku
    chosen = {"option_id": attribute_id, "option_value": size_value(product.size)}
    parent.data["product_option"] = {"extension_attributes": {"configurable_item_options": [chosen]}}
    frame = item_frame(shop, order_id, product, quantity=quantity, **frame)
    return _adopt(parent, OrderItem(without_amounts(frame), {ORDER: ZERO, BASE: ZERO}))


def _bundle(shop, order_id, line, own, frame):
    """A dynamic bundle: the parts carry the money, the parent shows their sums and has no tax rate."""
    data = item_frame(shop, order_id, line.product, quantity=line.quantity, **frame)
    parts = [leaf.quantity / line.quantity for leaf, _row, _base in own]
    data |= bundle_amounts([(base, per) for (_l, _r, base), per in zip(own, parts, strict=True)], BASE)
    data |= bundle_amounts([(row, per) for (_l, row, _b), per in zip(own, parts, strict=True)], ORDER)
    data["weight"] = sum((leaf.product.weight * per for (leaf, _r, _b), per in zip(own, parts, strict=True)), ZERO)
    data["row_weight"] = data["weight"] * line.quantity
    options = [
        {"option_id": number, "option_qty": int(per), "option_selections": [number]}
        for number, per in enumerate(parts, start=1)
    ]
    data["product_option"] = {"extension_attributes": {"bundle_options": options}}
    parent = OrderItem(data, {ORDER: ZERO, BASE: ZERO}, ships_together=line.product.ships_together)
    items = [parent]
    for leaf, row, base_row in own:
        child = _leaf_item(shop, order_id, leaf.product, leaf.quantity, row, base_row, frame)
        child.data["row_weight"] = ZERO
        items.append(_adopt(parent, child))
    return items


def _adopt(parent, child):
    child.parent = parent
    child.data["parent_item_id"] = parent.id
    parent.children.append(child)
    return child


def _name_rules(basket, items):
    for item in items:
        line_rule = item.row and item.row[ORDER].discount and "9"
        rule = str(basket.coupon.rule_id) if basket.coupon else line_rule
        if rule:
            item.data["applied_rule_ids"] = rule
        if basket.coupon and not item.dummy:
            item.data["discount_percent"] = basket.coupon.percent


def _item_entries(item):
    if not item.row:
        return []
    row: Row = item.row[ORDER]
    base: Row = item.row[BASE]
    entries = _paired("product", item, row.taxed, base.taxed)
    if row.weee:
        entries += _paired("weee", item, row.weee, base.weee)
    return entries


def _shipping_entries(sheet: Sheet, base: Sheet):
    return _paired("shipping", None, sheet.shipping, base.shipping)


def _paired(kind, item, taxed, base):
    return [
        TaxEntry(kind, item, group, amount, base_amount)
        for (group, amount), (_group, base_amount) in zip(taxed.applied, base.applied, strict=True)
    ]


def record_taxes(shop, order, entries, *, linked=True):
    """Write an order's taxes in all the places where REST shows them.

    :param entries: the order's :class:`TaxEntry` list, items first, shipping last
    :param linked: False for an edited order, whose taxes Magento no longer ties to items
    """
    groups = list({entry.group.key: entry.group for entry in entries}.values())
    for group in groups:
        own = [entry for entry in entries if entry.group.key == group.key]
        for rate in group.rates:
            tax_id = shop.next_id("order_tax")
            _record_rate(order, group, rate, own, tax_id)
            for entry in own:
                _record_entry(shop, order, entry, rate, tax_id, linked)
    sequence = [entry for entry in entries if entry.kind == "shipping"]
    sequence += [entry for entry in entries if entry.kind != "shipping"]
    order.item_applied_taxes = [_item_applied(entry, linked) for entry in sequence]


def _record_rate(order, group, rate, entries, tax_id):
    amount = sum((entry.amount for entry in entries), ZERO)
    base_amount = sum((entry.base_amount for entry in entries), ZERO)
    named = {"code": rate.code, "title": rate.code, "percent": rate.percent}
    order.applied_taxes.append(
        named
        | {
            "amount": sum((group.share(entry.amount, rate) for entry in entries), ZERO),
            "base_amount": sum((group.share(entry.base_amount, rate) for entry in entries), ZERO),
        }
    )
    order.taxes.append(
        {"tax_id": tax_id, "order_id": order.id}
        | named
        | {
            "amount": amount,
            "base_amount": base_amount,
            "base_real_amount": group.share(base_amount, rate),
            "priority": 0,
            "position": 0,
            "process": 0,
        }
    )


def _record_entry(shop, order, entry, rate, tax_id, linked):
    record = {"tax_item_id": shop.next_id("order_tax_item"), "tax_id": tax_id}
    if entry.item and linked:
        record["associated_item_id" if entry.kind == "weee" else "item_id"] = entry.item.id
    record |= {
        "tax_code": rate.code,
        "tax_percent": rate.percent,
        "amount": entry.amount,
        "base_amount": entry.base_amount,
        "real_amount": entry.group.share(entry.amount, rate),
        "real_base_amount": entry.group.share(entry.base_amount, rate),
        "taxable_item_type": entry.kind,
    }
    (entry.item.taxes if entry.item and linked else order.additional_taxes).append(record)


def _item_applied(entry, linked):
    record = {"type": entry.kind}
    if entry.item and linked:
        record["associated_item_id" if entry.kind == "weee" else "item_id"] = entry.item.id
    record["applied_taxes"] = [
        {
            "code": rate.code,
            "title": rate.code,
            "percent": rate.percent,
            "amount": entry.group.share(entry.amount, rate),
            "base_amount": entry.group.share(entry.base_amount, rate),
        }
        for rate in entry.group.rates
    ]
    return record
