"""From the shop's own invoices, credit memos, shipments and payment transactions.

Invoices and credit memos read differently from orders: ``row_total`` is before discount, so net of a line =
``row_total - discount_amount + discount_tax_compensation_amount``, and what the header's discount has beyond the
lines' is the shipping's. Adjustments of a credit memo carry no tax. Where fixed product taxes are on, the shop's own
invoices do not sum to its order; the order is the truth and the difference is flagged by whoever compares them.
"""

from __future__ import annotations

from .amounts import ZERO, amount, currency_decimals, naive_utc, text, whole_number
from .figures import Figure, RawTax, Reading, require_closing, settle
from .intents import (
    ADJUSTMENT,
    FIXED_PRODUCT_TAX,
    PRODUCT,
    SHIPPING,
    DocumentIntent,
    LineIntent,
    ShipmentIntent,
    TaxIntent,
    TransactionIntent,
)
from .refusals import RecordRefused
from .segments import SEGMENTS, stated
from .shapes import well_shaped

INVOICE, CREDIT_MEMO = "invoice", "credit_memo"
STATES = {
    INVOICE: {1: "open", 2: "paid", 3: "cancelled"},
    CREDIT_MEMO: {1: "open", 2: "refunded", 3: "cancelled"},
}


def map_invoice(payload, *, decimals=None):
    """Return an invoice made in the shop (a row of ``/V1/invoices``).

    :param decimals: mapping currency code -> decimals, where the books differ from ISO 4217
    :rtype: DocumentIntent
    :raises OrderRefused: where its parts do not sum to its total, both figures named
    """
    return _map_document(payload, INVOICE, decimals)


def map_credit_memo(payload, *, decimals=None):
    """Return a credit memo made in the shop (a row of ``/V1/creditmemos``); amounts are positive, as the shop's.

    :param decimals: mapping currency code -> decimals, where the books differ from ISO 4217
    :rtype: DocumentIntent
    :raises OrderRefused: where its parts do not sum to its total, both figures named
    """
    return _map_document(payload, CREDIT_MEMO, decimals)


def map_shipment(payload):
    """Return a shipment (a row of ``/V1/shipments``).

    :rtype: ShipmentIntent
    """
    payload = well_shaped(payload, "shipment")
    _require(payload, "shipment", ("entity_id", "order_id"))
    extension = payload.get("extension_attributes") or {}
    lines = (
        (text(row.get("order_item_id")), text(row.get("sku")), amount(row.get("qty"), "qty"))
        for row in payload.get("items") or []
    )
    tracks = (
        (text(row.get("carrier_code")), text(row.get("title")), text(row.get("track_number")))
        for row in payload.get("tracks") or []
    )
    return ShipmentIntent(
        external_id=whole_number(payload.get("entity_id")),
        number=text(payload.get("increment_id")),
        order_id=whole_number(payload.get("order_id")),
        created_at=naive_utc(payload.get("created_at"), "created_at"),
        lines=tuple(line for line in lines if line[2]),
        tracks=tuple(tracks),
        source=text(extension.get("source_code")),
        comments=_comments(payload),
    )


def map_transaction(payload):
    """Return a payment transaction (a row of ``/V1/transactions``).

    :rtype: TransactionIntent
    """
    _require(payload, "transaction", ("transaction_id", "order_id"))
    return TransactionIntent(
        external_id=whole_number(payload.get("transaction_id")),
        order_id=whole_number(payload.get("order_id")),
        payment_id=whole_number(payload.get("payment_id")),
        reference=text(payload.get("txn_id")),
        kind=text(payload.get("txn_type")).lower(),
        parent=text(payload.get("parent_txn_id")),
        closed=whole_number(payload.get("is_closed")) == 1 or payload.get("is_closed") is True,
        created_at=naive_utc(payload.get("created_at"), "created_at"),
    )


def _map_document(payload, kind, decimals):
    payload = well_shaped(payload, kind.replace("_", " "))
    _require(payload, kind.replace("_", " "), ("entity_id", "order_id", "order_currency_code"))
    currency = text(payload["order_currency_code"])
    places = currency_decimals(currency, decimals)
    reading = Reading(
        figures=tuple(_figures(payload, kind)),
        total=amount(payload.get("grand_total"), "grand_total"),
        tax=amount(payload.get("tax_amount"), "tax_amount"),
        base_total=amount(payload.get("base_grand_total")),
        base_tax=amount(payload.get("base_tax_amount")),
    )
    number = text(payload.get("increment_id"))
    require_closing(reading, number, currency, places, entity=kind.replace("_", " ").capitalize())
    owed, settled = settle(reading.figures, reading.total, places)
    lines = tuple(_line(row) for row in settled)
    tax = sum((line.tax for line in lines), ZERO)
    return DocumentIntent(
        kind=kind,
        external_id=whole_number(payload.get("entity_id")),
        number=number,
        order_id=whole_number(payload.get("order_id")),
        created_at=naive_utc(payload.get("created_at"), "created_at"),
        updated_at=naive_utc(payload.get("updated_at"), "updated_at"),
        currency=currency,
        lines=lines,
        total=owed,
        untaxed=owed - tax,
        tax=tax,
        shop_total=reading.total,
        shop_tax=reading.tax,
        state=STATES[kind].get(whole_number(payload.get("state")), ""),
        invoice_id=whole_number(payload.get("invoice_id")),
        transaction=text(payload.get("transaction_id")),
        quantities=tuple(_quantities(payload)),
        comments=_comments(payload),
    )


def _quantities(payload):
    for row in payload.get("items") or []:
        quantity = amount(row.get("qty"), "qty")
        if quantity and text(row.get("order_item_id")):
            yield text(row["order_item_id"]), quantity


def _comments(payload):
    return tuple(text(row.get("comment")) for row in payload.get("comments") or [] if text(row.get("comment")))


def _figures(payload, kind):
    header_tax = amount(payload.get("tax_amount"))
    header_discount = -amount(payload.get("discount_amount"))
    line_tax = line_discount = ZERO
    for row in payload.get("items") or []:
        figure = _item_figure(row)
        line_tax += figure.tax
        line_discount += amount(row.get("discount_amount"))
        if figure.net or figure.tax or amount(row.get("row_total")):
            yield figure
        weee = amount(row.get("weee_tax_applied_row_amount"))
        if weee:
            name = f"{figure.external_id}:fixed_product_tax"
            yield Figure(FIXED_PRODUCT_TAX, name, "Fixed product tax", weee, item=row)
    shipping_net = (
        amount(payload.get("shipping_amount"))
        - (header_discount - line_discount)
        + amount(payload.get("shipping_discount_tax_compensation_amount"))
    )
    shipping_tax = amount(payload.get("shipping_tax_amount"))
    if shipping_net or shipping_tax:
        yield Figure(SHIPPING, "shipping", "Shipping", shipping_net, _tax(shipping_tax, SHIPPING))
    rest = header_tax - line_tax - shipping_tax
    if rest:
        yield Figure(FIXED_PRODUCT_TAX, "tax", "Tax on other amounts", ZERO, _tax(rest, FIXED_PRODUCT_TAX))
    yield from _further(payload, kind)


def _item_figure(row):
    net = (
        amount(row.get("row_total"), "row_total")
        - amount(row.get("discount_amount"))
        + amount(row.get("discount_tax_compensation_amount"))
    )
    return Figure(
        kind=PRODUCT,
        external_id=text(row.get("order_item_id")) or text(row.get("entity_id")),
        name=text(row.get("name")),
        net=net,
        taxes=_tax(amount(row.get("tax_amount"), "tax_amount"), PRODUCT),
        item=row,
    )


def _further(payload, kind):
    for segment in SEGMENTS:
        net = segment.sign * amount(stated(payload, segment.field), segment.field)
        if net:
            yield Figure(segment.kind, segment.field, segment.name, net)
    if kind != CREDIT_MEMO:
        return
    for field, name, sign in (
        ("adjustment_positive", "Adjustment refund", 1),
        ("adjustment_negative", "Adjustment fee", -1),
    ):
        net = sign * amount(payload.get(field), field)
        if net:
            yield Figure(ADJUSTMENT, field, name, net)


def _tax(value, kind):
    return (RawTax("", None, value, kind),) if value else ()


def _line(settled):
    figure, row = settled.figure, settled.figure.item or {}
    return LineIntent(
        kind=figure.kind,
        external_id=figure.external_id,
        net=settled.net,
        shop_net=figure.net,
        taxes=tuple(
            TaxIntent(tax.code, tax.percent, share, tax.amount, tax.kind)
            for tax, share in zip(figure.taxes, settled.taxes, strict=True)
        ),
        sku=text(row.get("sku")) if figure.kind == PRODUCT else "",
        name=figure.name,
        product_id=whole_number(row.get("product_id")),
        quantity=amount(row.get("qty"), "qty") if row else ZERO + 1,
        unit_price=amount(row.get("price"), "price"),
    )


def _require(payload, entity, fields):
    number = text(payload.get("increment_id")) or text(payload.get("entity_id")) or "?"
    for field in fields:
        if not payload.get(field):
            raise RecordRefused("missing_field", entity=entity, number=number, field=field)
