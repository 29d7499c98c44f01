"""The shop's money, reckoned a second time: from REST fields alone, by the rules an importer must follow.

Nothing of the sandbox's own arithmetic is used here. The recorded orders of a running shop go through the same check
first, so that a wrong check would show there.
"""

import json
from decimal import Decimal

import pytest
from shop_client import TODAY

from magento_sandbox import world
from magento_sandbox.server import encode
from magento_sandbox.tax import TaxGroup, TaxRate, TaxRun

pytest_plugins = "sandbox_fixtures"

ZERO = Decimal(0)
KNOWN_CURRENCIES = {"EUR", "USD"}


def exact(order):
    """The order with every number as the Decimal that JSON wrote."""
    return json.loads(json.dumps(order), parse_float=Decimal, parse_int=Decimal)


def weee_of(item, prefix):
    return sum(
        (tax[f"real_{prefix}amount"] for tax in item["extension_attributes"]["itemized_taxes"]
         if tax["taxable_item_type"] == "weee"),
        ZERO,
    )  # fmt: skip


def carriers(order):
    """The lines that carry money: a dynamic bundle's children, else the top lines."""
    bundles = {
        item["item_id"] for item in order["items"] if item["product_type"] == "bundle" and "tax_percent" not in item
    }
    for item in order["items"]:
        parent = item.get("parent_item_id")
        if (parent is None and item["item_id"] not in bundles) or parent in bundles:
            yield item


def gross_of(item, prefix):
    gross = item[f"{prefix}row_total_incl_tax"]
    if prefix == "base_":
        for applied in json.loads(item.get("weee_tax_applied") or "[]", parse_float=Decimal, parse_int=Decimal):
            gross += applied["base_row_amount_incl_tax"] - applied["base_amount_incl_tax"]
    return gross


def problem_of(order):
    """Return why an importer must refuse an order, or "" where its money is in order."""
    order = exact(order)
    if order["order_currency_code"] not in KNOWN_CURRENCIES:
        return f"unknown currency {order['order_currency_code']}"
    for prefix in ("", "base_"):
        compensation = "shipping_discount_tax_compensation_" + ("amnt" if prefix else "amount")
        lines = list(carriers(order))
        tax = sum((item[f"{prefix}tax_amount"] + weee_of(item, prefix) for item in lines), ZERO)
        tax += order[f"{prefix}shipping_tax_amount"]
        net = sum(
            (gross_of(item, prefix) - item[f"{prefix}tax_amount"] - weee_of(item, prefix) for item in lines), ZERO
        )
        net += (
            order[f"{prefix}shipping_amount"]
            - order[f"{prefix}shipping_discount_amount"]
            + order[f"{prefix}{compensation}"]
        )
        net -= hidden_by_zero(order, lines, prefix)
        if tax != order[f"{prefix}tax_amount"]:
            return f"{prefix}tax {tax} is not {order[f'{prefix}tax_amount']}"
        if net + tax != order[f"{prefix}grand_total"]:
            return f"{prefix}total {net + tax} is not {order[f'{prefix}grand_total']}"
    return ""


def hidden_by_zero(order, lines, prefix):
    """What lines that are negative, but shown as 0, take off the order: the header's discount has it."""
    hidden = ZERO
    for item in lines:
        worth = item[f"{prefix}price"] * item["qty_ordered"]
        if item[f"{prefix}row_total_incl_tax"] == 0 and item[f"{prefix}discount_amount"] > worth:
            hidden += item[f"{prefix}discount_amount"] - worth
    return hidden


def itemized_taxes(order):
    for item in order["items"]:
        yield from item["extension_attributes"]["itemized_taxes"]
    yield from order["extension_attributes"]["additional_itemized_taxes"]


def test_the_check_itself_agrees_with_every_recorded_order(shared_data):
    recorded = json.loads((shared_data / "magento/live-2.4.7-p3/orders_all.json").read_text())
    assert len(recorded["items"]) == 8
    for order in recorded["items"]:
        assert problem_of(order) == "", order["increment_id"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_sound_order_closes_in_both_currencies_and_every_spoilt_one_is_refused(seed):
    shop = world.build(TODAY, seed, 250)
    for order in shop.orders.values():
        problem = problem_of(json.loads(encode(order.view())))
        assert bool(problem) == bool(shop.notes[order.id].refuse), (order.data["increment_id"], problem)


def test_taxes_by_rate_sum_to_the_tax_of_the_order(views):
    for order in map(exact, views.values()):
        by_item = sum((tax["real_amount"] for tax in itemized_taxes(order)), ZERO)
        by_rate = sum((tax["amount"] for tax in order["extension_attributes"]["applied_taxes"]), ZERO)
        assert abs(by_item - order["tax_amount"]) <= Decimal("0.0002"), order["increment_id"]
        assert abs(by_rate - order["tax_amount"]) <= Decimal("0.0002"), order["increment_id"]


def test_two_rates_of_one_priority_share_one_amount(shop, views):
    (order_id,) = (number for number, note in shop.notes.items() if "combined_rates" in note.traits)
    taxes = views[order_id]["items"][0]["extension_attributes"]["itemized_taxes"]
    assert [tax["tax_code"] for tax in taxes] == ["CA-QC GST", "CA-QC QST"]
    assert taxes[0]["amount"] == taxes[1]["amount"] == views[order_id]["items"][0]["tax_amount"]
    assert sum(exact(tax)["real_amount"] for tax in taxes) == exact(taxes[0])["amount"]


def test_rest_shows_row_total_after_discount(shop, views):
    """The quirk of 2.4.4 to 2.4.7 that makes row_total useless as a net amount with tax in prices."""
    (order_id,) = (n for n, note in shop.notes.items() if {"tax_included", "coupon"} <= set(note.traits))
    first = exact(views[order_id])["items"][0]
    true_net = first["row_total_incl_tax"] - first["tax_amount"]
    assert first["row_total"] == true_net - first["discount_tax_compensation_amount"] != true_net


def test_fixed_product_tax_breaks_the_header_identity_by_its_net(shop, views):
    weee_orders = [exact(views[n]) for n, note in shop.notes.items() if "weee" in note.traits]
    assert len(weee_orders) == 2
    for order in weee_orders:
        header = sum(
            order[name]
            for name in (
                "subtotal",
                "shipping_amount",
                "discount_amount",
                "discount_tax_compensation_amount",
                "tax_amount",
            )
        )
        missing = sum(item.get("weee_tax_applied_row_amount", ZERO) for item in order["items"])
        assert missing > 0
        assert header + missing == order["grand_total"]


def test_totals_with_fractions_of_a_cent_exist(shop, views):
    (order_id,) = (number for number, note in shop.notes.items() if "decimal_quantity" in note.traits)
    assert exact(views[order_id])["grand_total"] == Decimal("44.355")


def test_order_and_base_currency_round_apart(shop, views):
    apart = [
        order["grand_total"]
        for order in map(exact, views.values())
        if order["order_currency_code"] == "USD"
        and order["grand_total"] != round(order["base_grand_total"] * order["base_to_order_rate"], 2)
    ]
    assert apart


def _rows_of(order):
    """The rows of a recorded order in the sequence in which the shop reckoned them."""
    for item in carriers(order):
        if item["tax_percent"]:
            yield item["price"], item["qty_ordered"], item["discount_amount"], item["tax_percent"], item


@pytest.mark.parametrize(
    "name",
    [
        "order_000000001",
        "order_000000002",
        "order_000000004",
        "order_000000005_configurable_bundle",
        "order_2000000001_multicurrency_usd",
        "order_3000000001_tax_included_discount",
    ],
)
def test_the_tax_engine_gives_the_recorded_amounts(shared_data, name):
    order = exact(json.loads((shared_data / f"magento/live-2.4.7-p3/{name}.json").read_text()))
    included = "tax_included" in name
    run = TaxRun(included)
    for price, quantity, discount, percent, item in _rows_of(order):
        group = TaxGroup((TaxRate(1, f"DE {percent}", "DE", percent),))
        row = run.row(item["price_incl_tax"] if included else price, quantity, (group,), discount)
        assert row.tax == item["tax_amount"]
        assert row.price == item["price"]
        assert row.price_incl_tax == item["price_incl_tax"]
        assert row.compensation == item["discount_tax_compensation_amount"]
        assert row.row_total - discount == item["row_total"]
    group = TaxGroup((TaxRate(1, "DE 19", "DE", Decimal(19)),))
    fee = order["shipping_incl_tax"] if included else order["shipping_amount"]
    shipping = run.row(fee, Decimal(1), (group,))
    assert (shipping.tax, shipping.row_total_incl_tax) == (order["shipping_tax_amount"], order["shipping_incl_tax"])


def _document_total(document):
    """The header rule of invoices and credit memos."""
    names = ("subtotal", "shipping_amount", "discount_amount", "discount_tax_compensation_amount", "tax_amount")
    total = sum(document[name] for name in names)
    return total + document.get("shipping_discount_tax_compensation_amount", ZERO) + document.get("adjustment", ZERO)


def test_invoices_and_credit_memos_close_except_with_fixed_product_tax(shop):
    weee = {number for number, note in shop.notes.items() if "weee" in note.traits}
    assert len(shop.invoices) > 50
    assert shop.creditmemos
    for document in shop.invoices + shop.creditmemos:
        closes = _document_total(document) == document["grand_total"]
        taxed_weee = document["order_id"] in weee or any("ST-" in item["sku"] for item in document["items"])
        assert closes != taxed_weee, document["increment_id"]


def test_full_invoices_sum_to_their_order(shop):
    for order in shop.orders.values():
        if order.data["state"] == "complete":
            assert order.data["total_invoiced"] == order.data["grand_total"], order.data["increment_id"]
            assert order.data["total_due"] == 0
