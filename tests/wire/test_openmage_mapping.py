"""Orders of Magento 1: another reading of the money, the same words."""

from decimal import Decimal as D

import pytest

from magento_wire.openmage_mapping import map_openmage_order
from magento_wire.refusals import OrderRefused, RecordRefused


def item(item_id, row, tax="0", discount="0", hidden="0", **more):
    return {
        "item_id": item_id, "sku": f"SKU-{item_id}", "name": f"Thing {item_id}", "product_type": "simple",
        "qty_ordered": "1.0000", "price": row, "row_total": row, "tax_amount": tax, "discount_amount": discount,
        "hidden_tax_amount": hidden, "tax_percent": "19.0000" if D(tax) else "0.0000", "base_row_total": row,
        "base_tax_amount": tax, "base_discount_amount": discount, "base_hidden_tax_amount": hidden, **more,
    }  # fmt: skip


def order(*items, total, tax, **more):
    return {
        "order_id": "44", "increment_id": "100000044", "state": "new", "status": "pending", "store_id": 1,
        "created_at": "2026-03-01 10:00:00", "order_currency_code": "EUR", "base_currency_code": "EUR",
        "grand_total": total, "base_grand_total": total, "tax_amount": tax, "base_tax_amount": tax,
        "items": list(items), "payment": {"method": "checkmo"}, "status_history": [], **more,
    }  # fmt: skip


def test_discount_on_prices_with_tax_uses_the_hidden_tax():
    intent = map_openmage_order(
        order(item(1, "117.5900", "20.1100", "13.9900", "2.2300"), total="125.9400", tax="20.11")
    )
    assert [(line.net, line.tax) for line in intent.lines] == [(D("105.83"), D("20.11"))]
    assert (intent.external_id, intent.total) == (44, D("125.94"))


def test_shipping_has_its_own_discount_and_hidden_tax():
    payload = order(
        item(1, "10.0000", "1.9000"), total="15.85", tax="2.53", shipping_amount="6.64", shipping_tax_amount="0.63",
        shipping_discount_amount="3.95", shipping_hidden_tax_amount="0.63", shipping_method="flatrate_flatrate",
    )  # fmt: skip
    intent = map_openmage_order(payload)
    assert [(line.kind, line.net, line.tax) for line in intent.lines] == [
        ("product", D(10), D("1.90")), ("shipping", D("3.32"), D("0.63")),
    ]  # fmt: skip
    assert [tax.percent for tax in intent.lines[1].taxes] == [D(19)]
    assert intent.shipping_method == "flatrate_flatrate"


def test_children_carry_no_money():
    bundle = item(1, "100.0000", "19.0000", product_type="bundle")
    parts = [item(2, "60.0000", "11.4000", parent_item_id=1), item(3, "40.0000", "7.6000", parent_item_id=1)]
    (line,) = map_openmage_order(order(bundle, *parts, total="119.00", tax="19.00")).lines
    assert (line.net, line.tax) == (D(100), D(19))
    assert [part.sku for part in line.components] == ["SKU-2", "SKU-3"]


def test_fixed_product_tax_counts_where_the_total_holds_it():
    weee = {"weee_tax_applied_row_amount": "5.0000", "base_weee_tax_applied_row_amount": "5.0000"}
    intent = map_openmage_order(order(item(1, "10.0000", "1.9000", **weee), total="16.90", tax="1.90"))
    assert [line.kind for line in intent.lines] == ["product", "fixed_product_tax"]
    intent = map_openmage_order(order(item(1, "10.0000", "1.9000", **weee), total="11.90", tax="1.90"))
    assert [line.kind for line in intent.lines] == ["product"]


def test_order_without_email_and_with_an_address_in_one_text():
    address = {
        "address_id": 5,
        "firstname": "Ada",
        "lastname": "Byron",
        "street": "1 High Street\nUnit 2",
        "country_id": "GB",
    }
    intent = map_openmage_order(order(item(1, "10"), total="10", tax="0", billing_address=address))
    assert (intent.buyer.email, intent.buyer.name) == ("", "Ada Byron")
    assert intent.billing.street == ("1 High Street", "Unit 2")
    assert intent.billing.external_id == 5


@pytest.mark.parametrize(
    ("total", "tax", "reason"), [("12.90", "1.90", "total_differs"), ("11.90", "2", "tax_differs")]
)
def test_order_that_does_not_add_up_is_refused(total, tax, reason):
    with pytest.raises(OrderRefused) as refusal:
        map_openmage_order(order(item(1, "10.0000", "1.9000"), total=total, tax=tax))
    assert refusal.value.reason == reason


@pytest.mark.parametrize("payload", [order(total="1", tax="0"), {}, None, [], {"order_id": 1}])
def test_row_of_a_list_is_no_order(payload):
    with pytest.raises(RecordRefused):
        map_openmage_order(payload)
