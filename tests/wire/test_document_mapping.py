"""Invoices and credit memos of the shop sum to their totals, or are refused."""

from decimal import Decimal as D

import pytest

from magento_wire.document_mapping import map_credit_memo, map_invoice, map_shipment, map_transaction
from magento_wire.refusals import OrderRefused, RecordRefused


def row(row_total, tax="0", discount="0", compensation="0", **more):
    return {
        "entity_id": 1, "order_item_id": 11, "sku": "A", "name": "A", "qty": 2, "price": 5, "row_total": row_total,
        "tax_amount": tax, "discount_amount": discount, "discount_tax_compensation_amount": compensation, **more,
    }  # fmt: skip


def document(*rows, total, tax="0", **more):
    return {
        "entity_id": 9, "increment_id": "9", "order_id": 3, "order_currency_code": "EUR", "grand_total": total,
        "tax_amount": tax, "state": 2, "items": list(rows), **more,
    }  # fmt: skip


CASES = [
    (map_invoice, document(row("10", "1.90"), total="11.90", tax="1.90"), [("product", "10", "1.90")]),
    (map_invoice, document(row("10", "1.71", "1"), total="10.71", tax="1.71", discount_amount=-1),
     [("product", "9", "1.71")]),
    # What the header's discount has beyond the lines' is the shipping's.
    (map_invoice, document(row("10", "1.71", "1"), total="15.47", tax="2.47", discount_amount=-2, shipping_amount=5,
                           shipping_tax_amount="0.76"), [("product", "9", "1.71"), ("shipping", "4", "0.76")]),
    (map_credit_memo, document(row("10", "1.90"), total="13.40", tax="1.90", adjustment_positive="2.50",
                               adjustment_negative="1.00"),
     [("product", "10", "1.90"), ("adjustment", "2.50", "0"), ("adjustment", "-1.00", "0")]),
    (map_credit_memo, document(total="5", adjustment_positive=5), [("adjustment", "5", "0")]),
    (map_invoice, document(row("10", "1.90", weee_tax_applied_row_amount=3), total="14.90", tax="1.90"),
     [("product", "10", "1.90"), ("fixed_product_tax", "3", "0")]),
    (map_invoice, document(row("10", "1.90"), total="6.90", tax="1.90", extension_attributes={"gift_cards_amount": 5}),
     [("product", "10", "1.90"), ("gift_card", "-5", "0")]),
]  # fmt: skip


@pytest.mark.parametrize(("read", "payload", "lines"), CASES)
def test_document_sums_to_its_total(read, payload, lines):
    intent = read(payload)
    assert [(line.kind, line.net, line.tax) for line in intent.lines] == [
        (kind, D(net), D(tax)) for kind, net, tax in lines
    ]
    assert intent.total == D(payload["grand_total"]) == intent.untaxed + intent.tax
    assert sum(line.gross for line in intent.lines) == intent.total
    assert intent.order_id == 3


def test_document_that_does_not_add_up_is_refused():
    with pytest.raises(OrderRefused, match=r"Invoice 9: .* 11\.90 EUR, .* 13\.00 EUR"):
        map_invoice(document(row("10", "1.90"), total="13", tax="1.90"))
    with pytest.raises(OrderRefused, match="Credit memo 9"):
        map_credit_memo(document(row("10", "1.90"), total="13", tax="1.90"))


@pytest.mark.parametrize("read", [map_invoice, map_credit_memo, map_shipment])
@pytest.mark.parametrize("payload", [{}, None, [], {"entity_id": 1}])
def test_what_is_no_document_is_refused(read, payload):
    with pytest.raises(RecordRefused):
        read(payload)


def test_transaction_names_order_kind_and_what_it_belongs_to():
    payload = {
        "transaction_id": 12, "parent_id": 11, "order_id": 7, "payment_id": 8, "txn_id": "5AB-refund",
        "parent_txn_id": "5AB", "txn_type": "refund", "is_closed": 1, "created_at": "2026-11-20 10:00:01",
        "additional_information": ["{}"], "child_transactions": [],
    }  # fmt: skip
    refund = map_transaction(payload)
    assert (refund.external_id, refund.order_id, refund.payment_id) == (12, 7, 8)
    assert (refund.kind, refund.reference, refund.parent, refund.closed) == ("refund", "5AB-refund", "5AB", True)
    assert str(refund.created_at) == "2026-11-20 10:00:01"
    assert map_transaction({**payload, "parent_txn_id": None, "is_closed": 0}).parent == ""
    with pytest.raises(RecordRefused):
        map_transaction({**payload, "order_id": None})
