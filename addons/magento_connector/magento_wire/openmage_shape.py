"""Payloads of Magento 1 and OpenMage in the shape of Magento 2's REST, so that one mapper serves both.

Names are changed, and an order's money is written as REST means it (:mod:`openmage_mapping` reads it): the gross of a
line after discount, children at nothing, hidden tax as the discount's tax compensation. What is nobody's to keep
(password hashes, card data), which Magento 1 hands out, is left here.
"""

from __future__ import annotations

from functools import lru_cache

from .amounts import amount, naive_utc, round_to_sum, text, whole_number
from .cursor import TIME_FORM
from .intents import FIXED_PRODUCT_TAX, PRODUCT, SHIPPING
from .openmage_mapping import in_magento_2_names, openmage_reading
from .product_mapping import ALL_GROUPS
from .refusals import RecordRefused

SECRET_WORDS = ("password", "rp_token", "rp_customer_id", "confirmation", "cc_number", "cc_owner", "cc_exp", "cc_ss_")
CHILD = {
    "row_total_incl_tax": "0", "base_row_total_incl_tax": "0", "tax_amount": "0", "base_tax_amount": "0",
    "discount_amount": "0", "base_discount_amount": "0", "price": "0",
}  # fmt: skip
WEEE_FIELDS = (
    "weee_tax_applied", "weee_tax_applied_row_amount", "weee_tax_applied_amount", "base_weee_tax_applied_row_amount",
    "base_weee_tax_applied_amount", "base_weee_tax_applied_row_amnt",
)  # fmt: skip
_NAMED_APART = (
    "product_id", "sku", "name", "type", "type_id", "set", "price", "status", "visibility", "weight", "created_at",
    "updated_at", "categories", "category_ids", "websites", "website_ids", "tier_price", "group_price",
)  # fmt: skip


def without_secrets(record):
    """Return a record without what must not be kept, however deep."""
    if isinstance(record, dict):
        return {
            name: without_secrets(value)
            for name, value in record.items()
            if value is not None and not _is_secret(str(name))
        }
    return [without_secrets(value) for value in record] if isinstance(record, list) else record


@lru_cache(maxsize=4096)
def _is_secret(name):
    return any(word in name for word in SECRET_WORDS)


def order_record(info):
    """Return an order (``sales_order.info``) as a row of ``/V1/orders``.

    An order that does not add up stays so, and is refused by the mapper with both figures.
    """
    order = in_magento_2_names(without_secrets(info))
    order["entity_id"] = whole_number(order.get("entity_id"))
    try:
        reading = openmage_reading(order)
    except RecordRefused:
        # Something in it is no number. Whatever it is, the mapper must not read past it.
        order["items"] = [{**item, "row_total_incl_tax": item.get("row_total")} for item in order["items"]]
        return order
    lines = {figure.external_id: figure for figure in reading.figures if figure.kind == PRODUCT}
    fixed = {figure.external_id.partition(":")[0]: figure for figure in reading.figures if _is_fixed_tax(figure)}
    order["items"] = [_order_line(item, lines, fixed) for item in order["items"]]
    order["shipping_discount_tax_compensation_amount"] = order.get("shipping_hidden_tax_amount")
    order["base_shipping_discount_tax_compensation_amnt"] = order.get("base_shipping_hidden_tax_amnt")
    taxes = [
        {
            "taxable_item_type": "shipping",
            "tax_code": tax.code,
            "tax_percent": str(tax.percent),
            "amount": str(tax.amount),
        }
        for figure in reading.figures
        if figure.kind == SHIPPING
        for tax in figure.taxes
        if tax.percent is not None
    ]
    order["extension_attributes"] = {"additional_itemized_taxes": taxes}
    return order


def document_record(info, identifier):
    """Return an invoice, credit memo or shipment as a row of REST.

    :param str identifier: what Magento 1 calls its id: ``invoice_id``, ``creditmemo_id``, ``shipment_id``
    """
    record = _in_rest_names(without_secrets(info))
    record["entity_id"] = whole_number(record.get(identifier))
    record["items"] = [_in_rest_names(row) for row in record.get("items") or []]
    if "tracks" in record:
        record["tracks"] = [
            {**row, "track_number": row.get("track_number") or row.get("number")} for row in record["tracks"] or []
        ]
    return record


def customer_record(head, addresses):
    """Return a customer (``customer.list``) with its addresses as a row of ``/V1/customers/search``."""
    record = {**without_secrets(head), "id": whole_number(head.get("customer_id"))}
    record["addresses"] = [
        {**without_secrets(address), "id": whole_number(address.get("customer_address_id"))}
        for address in addresses or []
    ]
    return record


def product_record(info):
    """Return a product (``catalog_product.info``) as a row of ``/V1/products``.

    Of a configurable product, Magento 1 does not tell the variants.
    """
    info = without_secrets(info)
    attributes = {name: value for name, value in info.items() if name not in _NAMED_APART and _is_plain(value)}
    attributes["category_ids"] = [text(value) for value in info.get("category_ids") or info.get("categories") or []]
    return {
        "id": whole_number(info.get("product_id")),
        "sku": text(info.get("sku")),
        "name": text(info.get("name")),
        "attribute_set_id": whole_number(info.get("set")),
        "type_id": text(info.get("type_id")) or text(info.get("type")),
        "price": info.get("price"),
        "status": whole_number(info.get("status")),
        "visibility": whole_number(info.get("visibility")),
        "weight": info.get("weight"),
        "created_at": _in_utc(info.get("created_at")),
        "updated_at": _in_utc(info.get("updated_at")),
        "extension_attributes": {
            "website_ids": [whole_number(value) for value in info.get("websites") or info.get("website_ids") or []]
        },
        "tier_prices": [_tier_price(row) for row in info.get("tier_price") or [] if isinstance(row, dict)],
        "custom_attributes": [{"attribute_code": name, "value": value} for name, value in attributes.items()],
    }


def store_record(row):
    """Return a store view (``store.list``) as a row of ``/V1/store/storeViews``."""
    return {
        "id": whole_number(row.get("store_id")),
        "code": text(row.get("code")),
        "name": text(row.get("name")),
        "website_id": whole_number(row.get("website_id")),
        "store_group_id": whole_number(row.get("group_id")),
        "is_active": whole_number(row.get("is_active")),
    }


def group_record(row):
    """Return a customer group (``customer_group.list``) as a row of ``/V1/customerGroups/search``."""
    return {"id": whole_number(row.get("customer_group_id")), "code": text(row.get("customer_group_code"))}


def category_records(tree):
    """Return the categories of ``catalog_category.tree`` as rows of ``/V1/categories/list``, parents first."""
    rows, waiting = [], [tree] if isinstance(tree, dict) else []
    while waiting:
        node = waiting.pop(0)
        rows.append(
            {
                "id": whole_number(node.get("category_id")),
                "parent_id": whole_number(node.get("parent_id")) or 0,
                "name": text(node.get("name")),
                "is_active": whole_number(node.get("is_active", 1)) == 1,
                "position": whole_number(node.get("position")),
                "level": whole_number(node.get("level")),
            }
        )
        waiting += [child for child in node.get("children") or [] if isinstance(child, dict)]
    return rows


def _is_fixed_tax(figure):
    return figure.kind == FIXED_PRODUCT_TAX


def _order_line(item, lines, fixed):
    item = {name: value for name, value in item.items() if name not in WEEE_FIELDS}
    figure = lines.get(text(item.get("item_id")))
    if figure is None:
        return {**item, **CHILD}
    tax = fixed.get(figure.external_id)
    net = figure.net + (tax.net if tax else 0)
    line = {
        **item,
        "tax_percent": item.get("tax_percent") or "0",
        "row_total_incl_tax": str(net + figure.tax),
        "base_row_total_incl_tax": str(figure.base_net + figure.base_tax),
    }
    if tax:
        line["weee_tax_applied_row_amount"] = str(tax.net)
        line["base_weee_tax_applied_row_amnt"] = str(tax.base_net)
    return line


def _in_rest_names(record):
    return {name.replace("hidden_tax", "discount_tax_compensation"): value for name, value in record.items()}


def _tier_price(row):
    group = row.get("cust_group", row.get("customer_group_id"))
    everyone = text(row.get("all_groups")) in ("1", "True") or text(group) == "all"
    tier = {
        "customer_group_id": ALL_GROUPS if everyone else whole_number(group),
        "qty": row.get("price_qty", row.get("qty")),
        "value": row.get("price"),
        "extension_attributes": {"website_id": whole_number(row.get("website_id", row.get("website"))) or 0},
    }
    if text(row.get("is_percent")) == "1":
        tier["extension_attributes"]["percentage_value"] = row.get("price")
        tier["value"] = row.get("website_price")
    return tier


def _is_plain(value):
    return isinstance(value, (str, int, float)) and value != ""


def _in_utc(value):
    """A time as the shop's lists have it; one with an offset is brought to UTC, one that is none stays as it is."""
    try:
        moment = naive_utc(value)
    except RecordRefused:
        return value
    return moment.strftime(TIME_FORM) if moment else None


def hidden_taxes(items, total):
    """Return the hidden tax of each line of an order whose lines do not tell it.

    It is the tax within a discount on a price with tax, ``discount * rate / (100 + rate)``, rounded; the header tells
    the sum.

    :param items: payloads, ``discount_amount`` and ``tax_percent`` of which count
    :param total: the header's hidden tax
    :returns: list of Decimal, or None where the lines cannot sum to the header's
    """
    total = amount(total)
    exact = []
    for item in items:
        percent = amount(item.get("tax_percent"))
        exact.append(amount(item.get("discount_amount")) * percent / (100 + percent))
    try:
        return round_to_sum(exact, total, 2)
    except ValueError:
        return None
