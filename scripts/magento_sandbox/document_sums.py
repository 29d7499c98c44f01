"""What a document has of its order's sums: by quantity, rounded to the cent, the last part taking the rest.

Kept apart from :mod:`.documents`, which makes the documents. Unlike an order's, an invoice's ``row_total`` is before
discount.
"""

from __future__ import annotations

from .order_record import BASE
from .tax import ZERO, to_cent

_ITEM_SUMS = ("tax_amount", "discount_amount", "discount_tax_compensation_amount")


def portion(amount, quantity, ordered, done):
    """The part of ``amount`` for ``quantity`` of ``ordered``, ``done`` of which had their part before."""
    upto = to_cent(amount * (done + quantity) / ordered) if done + quantity != ordered else amount
    before = to_cent(amount * done / ordered) if done else ZERO
    return upto - before


def item_portion(item, prefix, quantity, done):
    data = item.data
    ordered = data["qty_ordered"]
    part = {f"{prefix}{name}": portion(data[f"{prefix}{name}"], quantity, ordered, done) for name in _ITEM_SUMS}
    part[f"{prefix}price_incl_tax"] = data[f"{prefix}price_incl_tax"]
    part[f"{prefix}row_total"] = portion(item.row_totals[prefix], quantity, ordered, done)
    gross = item.row[prefix].taxed.row_total_incl_tax
    part[f"{prefix}row_total_incl_tax"] = portion(gross, quantity, ordered, done)
    return part


def compensation_name(prefix):
    return f"{prefix}shipping_discount_tax_compensation_" + ("amnt" if prefix == BASE else "amount")


def invoice_sums(order, lines, prefix):
    """The header of an invoice: its lines, and with the first invoice all of the shipping."""
    data = order.data
    first = f"{prefix}shipping_invoiced" not in data

    def over_lines(name):
        return sum((line.get(f"{prefix}{name}", ZERO) for line in lines), ZERO)

    def shipping(name):
        return data[f"{prefix}{name}"] if first else ZERO

    compensation = data[compensation_name(prefix)] if first else ZERO
    discount = over_lines("discount_amount") + shipping("shipping_discount_amount")
    weee = weee_part(order, lines, prefix)
    tax = over_lines("tax_amount") + shipping("shipping_tax_amount") + weee[1]
    subtotal = over_lines("row_total")
    line_compensation = over_lines("discount_tax_compensation_amount")
    total = subtotal + weee[0] + shipping("shipping_amount") - discount + line_compensation + compensation + tax
    return {
        f"{prefix}discount_amount": -discount,
        f"{prefix}grand_total": total,
        f"{prefix}discount_tax_compensation_amount": line_compensation,
        f"{prefix}shipping_amount": shipping("shipping_amount"),
        compensation_name(prefix): compensation,
        f"{prefix}shipping_incl_tax": shipping("shipping_incl_tax"),
        f"{prefix}shipping_tax_amount": shipping("shipping_tax_amount"),
        f"{prefix}subtotal": subtotal,
        f"{prefix}subtotal_incl_tax": over_lines("row_total_incl_tax") + sum(weee),
        f"{prefix}tax_amount": tax,
    }


def weee_part(order, lines, prefix):
    """Fixed product taxes of an invoice's or credit memo's lines: (without tax, their tax)."""
    net = tax = ZERO
    for line in lines:
        row = order.item(line["order_item_id"]).row.get(prefix)
        if row and row.weee:
            share = line["qty"] / order.item(line["order_item_id"]).data["qty_ordered"]
            net += to_cent(row.weee.row_total * share)
            tax += to_cent(row.weee.tax * share)
    return net, tax
