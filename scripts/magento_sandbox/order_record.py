"""An order as the shop keeps it, and as REST shows it: Magento's field names, with their quirks.

Kept apart from :mod:`.basket`, which knows amounts but no field names. Which fields exist when (an invoice adds
``tax_invoiced``, a guest has no ``customer_id``, a bundle has no ``tax_percent``) follows what a running 2.4.7 answers.

Quirks that are meant: REST's ``row_total`` is after discount and ``row_total_incl_tax`` the gross after discount;
``base_row_total_incl_tax`` carries a fixed product tax once instead of once per unit; a line that is negative is 0;
an edited order's taxes have lost their items.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal

from .basket import Basket
from .tax import ZERO

BASE, ORDER = "base_", ""
PREFIXES = (BASE, ORDER)


@dataclass(slots=True)
class OrderItem:
    """One item. ``row_totals`` are before discount, by prefix: what the database holds and REST hides.

    ``ships_together``: a bundle that is shipped as a whole, its children with it.
    """

    data: dict
    row_totals: dict
    parent: OrderItem | None = None
    children: list = field(default_factory=list)
    taxes: list = field(default_factory=list)
    row: dict = field(default_factory=dict)
    ships_together: bool = False

    @property
    def id(self):
        return self.data["item_id"]

    @property
    def dummy(self):
        """Whether the amounts are carried by another line: a bundle's parent, a configurable's child."""
        if self.parent:
            return self.parent.data["product_type"] != "bundle"
        return self.data["product_type"] == "bundle"

    @property
    def shipped_by_other(self):
        """Whether another line names it in shipments: the parts if a bundle is shipped in parts, else the parent."""
        if self.parent:
            return self.parent.ships_together or self.dummy
        return self.dummy and not self.ships_together

    @property
    def open_to_invoice(self):
        data = self.data
        return data["qty_ordered"] - data["qty_invoiced"] - data["qty_canceled"]

    @property
    def open_to_ship(self):
        data = self.data
        if data["is_virtual"] or self.shipped_by_other:
            return ZERO
        return data["qty_ordered"] - data["qty_shipped"] - data["qty_refunded"] - data["qty_canceled"]

    def goods(self, quantity):
        """Return [(item, quantity)] that leave the warehouse when ``quantity`` of this line is shipped."""
        if not self.ships_together:
            return [(self, quantity)]
        ordered = self.data["qty_ordered"]
        return [(child, quantity * child.data["qty_ordered"] / ordered) for child in self.children]

    def view(self):
        """Return the item as REST shows it."""
        shown = dict(self.data)
        if self.parent:
            shown["parent_item"] = self.parent.view()
        shown["extension_attributes"] = {"itemized_taxes": [dict(tax) for tax in self.taxes]}
        return shown


@dataclass(slots=True)
class Order:
    """One order: ``data`` its plain header fields, ``basket`` what it came from; REST nests the rest below."""

    basket: Basket
    data: dict
    items: list
    billing: dict
    shipping: dict | None
    method: str
    payment: dict
    payment_info: list
    histories: list = field(default_factory=list)
    applied_taxes: list = field(default_factory=list)
    item_applied_taxes: list = field(default_factory=list)
    taxes: list = field(default_factory=list)
    additional_taxes: list = field(default_factory=list)

    @property
    def id(self):
        return self.data["entity_id"]

    def item(self, item_id):
        """Return the item with this id, or None."""
        return next((item for item in self.items if item.id == item_id), None)

    def view(self):
        """Return the order as REST shows it."""
        items = [item.view() for item in self.items]
        shown = dict(self.data)
        shown["items"] = items
        shown["billing_address"] = dict(self.billing)
        shown["payment"] = dict(self.payment)
        shown["status_histories"] = [dict(history) for history in self.histories]
        shown["extension_attributes"] = {
            "shipping_assignments": [{"shipping": self._shipping_view(), "items": items}],
            "payment_additional_info": list(self.payment_info),
            "applied_taxes": self.applied_taxes,
            "item_applied_taxes": self.item_applied_taxes,
            "converting_from_quote": False,
            "taxes": self.taxes,
            "additional_itemized_taxes": self.additional_taxes,
        }
        return shown

    def _shipping_view(self):
        total = {
            key: value
            for key, value in self.data.items()
            if key.removeprefix(BASE).startswith("shipping_") and key != "shipping_description"
        }
        if self.shipping is None:
            return {"total": total}
        return {"address": dict(self.shipping), "method": self.method, "total": total}


def item_amounts(row, prefix):
    """Return REST's amount fields of a leaf (a :class:`.basket.Row`) in the currency of ``prefix``."""
    taxed = row.taxed
    gross = taxed.row_total - row.discount + taxed.compensation + taxed.tax
    if row.weee:
        gross += row.weee.price_incl_tax if prefix == BASE else row.weee.row_total_incl_tax
    original = "base_original_price" if prefix == BASE else "original_price"
    return {
        original: row.original_price,
        f"{prefix}discount_amount": row.discount,
        f"{prefix}discount_tax_compensation_amount": taxed.compensation,
        f"{prefix}price": taxed.price,
        f"{prefix}price_incl_tax": taxed.price_incl_tax,
        f"{prefix}row_total": max(taxed.row_total - row.discount, ZERO),
        f"{prefix}row_total_incl_tax": max(gross, ZERO),
        f"{prefix}tax_amount": taxed.tax,
    }


def weee_fields(row, base_row):
    """Return the fields of a fixed product tax on a leaf that carries one."""
    fixed, base = row.weee, base_row.weee
    applied = [
        {
            "title": "Elektro-Entsorgung",
            "base_amount": float(base.price),
            "amount": float(fixed.price),
            "row_amount": float(fixed.row_total),
            "base_row_amount": float(base.row_total),
            "base_amount_incl_tax": float(base.price_incl_tax),
            "amount_incl_tax": float(fixed.price_incl_tax),
            "row_amount_incl_tax": float(fixed.row_total_incl_tax),
            "base_row_amount_incl_tax": float(base.row_total_incl_tax),
        }
    ]
    return {
        "weee_tax_applied": json.dumps(applied),
        "weee_tax_applied_amount": fixed.price,
        "weee_tax_applied_row_amount": fixed.row_total,
        "weee_tax_disposition": ZERO,
        "weee_tax_row_disposition": ZERO,
        "base_weee_tax_applied_amount": base.price,
        "base_weee_tax_applied_row_amnt": base.row_total,
        "base_weee_tax_disposition": ZERO,
        "base_weee_tax_row_disposition": ZERO,
    }


def item_frame(shop, order_id, product, *, created_at, store_id, quantity):
    """Return the fields every item has, before its amounts."""
    item_id = shop.next_id("order_item")
    frame = {
        "amount_refunded": ZERO,
        "base_amount_refunded": ZERO,
        "created_at": created_at,
        "discount_percent": ZERO,
        "free_shipping": 0,
        "is_qty_decimal": int(product.decimal_quantity),
        "is_virtual": int(product.virtual),
        "item_id": item_id,
        "name": product.name,
        "no_discount": 0,
        "order_id": order_id,
        "product_id": product.id,
        "product_type": product.type_id,
        "qty_canceled": ZERO,
        "qty_invoiced": ZERO,
        "qty_ordered": quantity,
        "qty_refunded": ZERO,
        "qty_shipped": ZERO,
        "quote_item_id": item_id,
        "row_weight": ZERO if product.virtual else product.weight * quantity,
        "sku": product.sku,
        "store_id": store_id,
        "updated_at": created_at,
    }
    for prefix in PREFIXES:
        frame |= {f"{prefix}{name}": ZERO for name in ("discount_invoiced", "row_invoiced", "tax_invoiced")}
    if not product.virtual:
        frame["weight"] = product.weight
    return frame


def without_amounts(frame):
    """Return the frame of a configurable's child: it is sold for 0 and has few fields."""
    zeros = ("base_discount_amount", "base_price", "base_row_total", "base_tax_amount", "discount_amount")
    zeros += ("original_price", "price", "row_total", "row_total_incl_tax", "base_row_total_incl_tax")
    return frame | dict.fromkeys((*zeros, "tax_amount", "tax_percent", "row_weight"), ZERO)


def bundle_amounts(rows, prefix):
    """Return REST's amount fields of a bundle's parent: the sums of its parts (``rows``: leaf row, parts per set)."""
    original = "base_original_price" if prefix == BASE else "original_price"

    def per_set(value_of):
        return sum((value_of(row) * parts for row, parts in rows), ZERO)

    def over_all(value_of):
        return sum((value_of(row) for row, _parts in rows), ZERO)

    discount = over_all(lambda row: row.discount)
    row_total = over_all(lambda row: row.taxed.row_total)
    gross = over_all(lambda row: row.net + row.taxed.tax)
    return {
        original: per_set(lambda row: row.original_price),
        f"{prefix}discount_amount": discount,
        f"{prefix}price": per_set(lambda row: row.taxed.price),
        f"{prefix}price_incl_tax": per_set(lambda row: row.taxed.price_incl_tax),
        f"{prefix}row_total": row_total - discount,
        f"{prefix}row_total_incl_tax": gross,
        f"{prefix}tax_amount": over_all(lambda row: row.taxed.tax),
    }


def header_amounts(sheet, prefix):
    """Return the header's amount fields in the currency of ``prefix``."""
    shipping = sheet.shipping
    compensation = "shipping_discount_tax_compensation_" + ("amnt" if prefix == BASE else "amount")
    return {
        f"{prefix}discount_amount": -sheet.discount,
        f"{prefix}grand_total": sheet.grand_total,
        f"{prefix}discount_tax_compensation_amount": sheet.total("compensation"),
        f"{prefix}shipping_amount": shipping.row_total,
        f"{prefix}shipping_discount_amount": sheet.shipping_discount,
        f"{prefix}{compensation}": shipping.compensation,
        f"{prefix}shipping_incl_tax": shipping.row_total_incl_tax,
        f"{prefix}shipping_tax_amount": shipping.tax,
        f"{prefix}subtotal": sheet.total("row_total"),
        f"{prefix}subtotal_incl_tax": sheet.total("row_total_incl_tax") + sheet.weee[1],
        f"{prefix}tax_amount": sheet.tax,
        f"{prefix}total_due": sheet.grand_total,
    }


def order_address(shop, order_id, kind, person, address, company):
    """Return a billing or shipping address as an order carries it: its own record, with its own id."""
    record = {
        "address_type": kind,
        "city": address.city,
        "country_id": address.country,
        "email": person.email,
        "entity_id": shop.next_id("order_address"),
        "firstname": person.firstname,
        "lastname": person.lastname,
        "parent_id": order_id,
        "postcode": address.postcode,
        "street": list(address.street),
        "telephone": address.telephone,
    }
    if address.region:
        record |= {
            "region": address.region,
            "region_code": address.region_code,
            "region_id": address.region_id,
        }
    if company:
        record["company"] = company.name
        if company.vat:
            record["vat_id"] = company.vat
    return record


PAYMENT_TITLES = {
    "purchaseorder": "Purchase Order",
    "banktransfer": "Bank Transfer Payment",
    "checkmo": "Check / Money order",
    "free": "No Payment Information Required",
    "paypal_express": "PayPal Express Checkout",
    "companycredit": "Payment on Account",
}


def payment_record(shop, order_id, basket, header):
    """Return (payment, payment_additional_info) of a new order."""
    title = PAYMENT_TITLES[basket.payment]
    information = [title, None] if basket.payment == "banktransfer" else [title]
    payment = {
        "account_status": None,
        "additional_information": information,
        "amount_ordered": header["grand_total"],
        "base_amount_ordered": header["base_grand_total"],
        "base_shipping_amount": header["base_shipping_amount"],
        "cc_last4": None,
        "entity_id": shop.next_id("payment"),
        "method": basket.payment,
        "parent_id": order_id,
        "shipping_amount": header["shipping_amount"],
    }
    if basket.po_number:
        payment["po_number"] = basket.po_number
    info = [{"key": "method_title", "value": title}]
    if basket.payment == "banktransfer":
        info.append({"key": "instructions", "value": "null"})
    return payment, info


def quantity_of(value):
    """Return a quantity as the exact Decimal of what JSON or a caller gave."""
    return Decimal(str(value))
