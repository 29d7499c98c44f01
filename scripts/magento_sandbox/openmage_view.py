"""The same world as Magento 1 shows it: other names, amounts as texts, rows before discount, no children's money.

Apart from :mod:`.openmage`, which knows who may call what: here a record of this shop becomes one of Magento 1. What
Magento 2 calls discount tax compensation is hidden tax there; a bundle's own line carries its money, its parts repeat
it; a fixed product tax is part of the total, its tax part of the line's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from . import master_data
from .catalog import BY_SKU, CATEGORIES
from .companies import CUSTOMER_GROUPS, GROUP_CODES
from .openmage_writes import special_of
from .order_record import BASE, PREFIXES, item_amounts
from .shop import STORES, TIME_FORMAT
from .tax import ZERO

VERSION = {"magento_edition": "Community", "magento_version": "1.9.4.5", "openmage_version": "20.0.20"}
LOCAL_HOURS = 1
_GROUP_IDS = {code: identifier for identifier, code in GROUP_CODES.items()}
_HISTORY = ("comment", "created_at", "is_customer_notified", "is_visible_on_front", "status", "parent_id")
_LEFT_OUT = ("items", "comments", "tracks", "packages", "extension_attributes")


def order_head(order):
    """Return the row of ``sales_order.list``: the header, no lines."""
    head = _plain(order.data)
    head["order_id"] = head.pop("entity_id")
    head["shipping_method"] = order.method if order.shipping else None
    return head


def order(order):
    """Return ``sales_order.info``."""
    shown = order_head(order)
    shown["billing_address"] = _order_address(order.billing)
    shown["shipping_address"] = _order_address(order.shipping) if order.shipping else {}
    shown["items"] = [_order_item(item) for item in order.items]
    shown["payment"] = _plain(order.payment, "payment_id") | {"cc_last4": None}
    shown["status_history"] = [{name: entry[name] for name in _HISTORY} for entry in order.histories]
    return shown


def document(record, identifier, lines="items"):
    """Return an invoice, shipment or credit memo.

    :param identifier: what its id is called: ``invoice_id``, …
    """
    shown = _plain({key: value for key, value in record.items() if key not in _LEFT_OUT}, identifier)
    shown[lines] = [_plain(line, "item_id") for line in record[lines]]
    if "tracks" in record:
        shown["tracks"] = [_plain(track, "track_id") | {"number": track["track_number"]} for track in record["tracks"]]
    shown["comments"] = [_plain(comment, "comment_id") for comment in record["comments"]]
    return shown


def invoice_head(record):
    """Return the row of ``sales_order_invoice.list``, which has no time of change."""
    names = ("created_at", "grand_total", "increment_id", "order_currency_code", "order_id", "state")
    return {name: value for name, value in document(record, "invoice_id").items() if name in (*names, "invoice_id")}


def shipment_head(record):
    """Return the row of ``sales_order_shipment.list``: its id is empty, as on a running shop."""
    shown = document(record, "shipment_id")
    return {name: shown[name] for name in ("created_at", "increment_id", "total_qty")} | {"shipment_id": None}


def credit_memo_head(record):
    """Return the row of ``sales_order_creditmemo.list``."""
    shown = document(record, "creditmemo_id")
    return {name: value for name, value in shown.items() if name not in ("items", "comments")}


def customer(record):
    """Return the row of ``customer.list``; a running shop gives the password's hash away as well."""
    left_out = ("addresses", "extension_attributes", "id", "default_billing", "default_shipping")
    shown = {name: value for name, value in record.items() if name not in left_out}
    shown |= {"customer_id": record["id"], "password_hash": "0" * 64 + ":sandbox"}
    return shown | {name: int(record[name]) for name in ("default_billing", "default_shipping")}


def customer_addresses(record):
    """Return ``customer_address.list`` of a customer."""
    return [_customer_address(address, record) for address in record["addresses"]]


def product_head(sku):
    """Return the row of ``catalog_product.list``, which has no time of change."""
    item = BY_SKU[sku]
    return {
        "product_id": item.id,
        "sku": sku,
        "name": item.name,
        "set": 4,
        "type": item.type_id,
        "category_ids": [item.category_id],
        "website_ids": list(item.websites),
    }


def product(shop, sku, store_id=0):
    """Return ``catalog_product.info`` as a store sees it; created_at is local time with an offset, as on a shop."""
    item, rest = BY_SKU[sku], master_data.product(shop, sku)
    created = datetime.strptime(rest["created_at"], TIME_FORMAT) + timedelta(hours=LOCAL_HOURS)  # noqa: DTZ007
    return {
        "product_id": item.id,
        "sku": sku,
        "set": 4,
        "type": item.type_id,
        "type_id": item.type_id,
        "categories": [item.category_id],
        "category_ids": [item.category_id],
        "websites": list(item.websites),
        "name": item.name,
        "description": item.name,
        "short_description": item.name,
        "price": _text(shop.store_prices.get((sku, store_id), shop.price(item))),
        **_special(shop, sku, store_id),
        "status": item.status,
        "visibility": item.visibility,
        "tax_class_id": item.tax_class_id,
        "weight": None if item.virtual else _text(Decimal(item.weight)),
        "created_at": created.strftime("%Y-%m-%dT%H:%M:%S") + f"+0{LOCAL_HOURS}:00",
        "updated_at": rest["updated_at"],
        "tier_price": [_tier(shop, number, tier) for number, tier in enumerate(_tiers(shop, sku), start=1)],
    }


def _special(shop, sku, store_id):
    row = special_of(shop, sku, store_id) or special_of(shop, sku)
    return {
        "special_price": _text(row["price"]) if row else None,
        "special_from_date": row["price_from"] if row else None,
        "special_to_date": row["price_to"] if row else None,
    }


def tier_prices(shop, sku):
    """Return ``product_attribute_tier_price.info``: the tier prices under the names of SOAP v2."""
    return [
        {
            "customer_group_id": "all"
            if tier["customer_group"] == "ALL GROUPS"
            else _GROUP_IDS[tier["customer_group"]],
            "website": "all",
            "qty": tier["quantity"],
            "price": shop.tier_value(tier),
        }
        for tier in _tiers(shop, sku)
    ]


def stores():
    """Return ``store.list``."""
    return [
        {
            "store_id": store.id,
            "code": store.code,
            "website_id": store.website_id,
            "group_id": store.website_id,
            "name": store.name,
            "sort_order": 0,
            "is_active": 1,
        }
        for store in STORES.values()
    ]


def customer_groups():
    """Return ``customer_group.list``."""
    return [{"customer_group_id": row[0], "customer_group_code": row[1]} for row in CUSTOMER_GROUPS]


def category_tree(parent=None):
    """Return ``catalog_category.tree`` from its root."""
    rows = {identifier: (above, name) for identifier, above, name in CATEGORIES}
    root = parent or next(identifier for identifier, above, _name in CATEGORIES if not above)

    def node(identifier, level):
        above, name = rows[identifier]
        below = [row[0] for row in CATEGORIES if row[1] == identifier]
        return {
            "category_id": identifier,
            "parent_id": above or 0,
            "name": name,
            "is_active": 1,
            "position": list(rows).index(identifier),
            "level": level,
            "children": [node(child, level + 1) for child in below],
        }

    return node(root, 0)


def _tiers(shop, sku):
    return [tier for tier in shop.tier_prices if tier["sku"] == sku]


def _tier(shop, number, tier):
    all_groups = tier["customer_group"] == "ALL GROUPS"
    return {
        "price_id": number,
        "website_id": tier["website_id"],
        "all_groups": int(all_groups),
        "cust_group": 32000 if all_groups else _GROUP_IDS[tier["customer_group"]],
        "price": _text(shop.tier_value(tier)),
        "price_qty": _text(tier["quantity"]),
        "website_price": _text(shop.tier_value(tier)),
        "is_percent": 0,
    }


def _order_item(item):
    data = item.data
    shown = _plain({name: value for name, value in data.items() if not isinstance(value, (dict, list))})
    for prefix in PREFIXES:
        shown |= {f"{prefix}{name}": _text(value) for name, value in _money(item, prefix).items()}
        shown.pop(f"{prefix}row_total_incl_tax", None)
        net = sum((part.row[prefix].weee.row_total for part in _parts(item) if part.row[prefix].weee), ZERO)
        shown[f"{prefix}weee_tax_applied_row_amount"] = _text(net)
        if prefix == BASE:
            shown["base_weee_tax_applied_row_amnt"] = _text(net)
    shown["weee_tax_applied"] = "a:0:{}"
    shown["tax_percent"] = _text(data.get("tax_percent") or ZERO)
    shown["product_options"] = _options(item)
    shown["parent_item_id"] = item.parent.id if item.parent else None
    return shown


def _money(item, prefix):
    rows = [part.row[prefix] for part in _parts(item)]
    fixed = sum((row.weee.tax for row in rows if row.weee), ZERO)
    return {
        "row_total": sum((row.taxed.row_total for row in rows), _spoilt(item, prefix)),
        "discount_amount": sum((row.discount for row in rows), ZERO),
        "hidden_tax_amount": sum((row.taxed.compensation for row in rows), ZERO),
        "tax_amount": sum((row.taxed.tax for row in rows), ZERO) + fixed,
    }


def _spoilt(item, prefix):
    """By how much the world has spoilt a line, so that its order does not add up."""
    if not item.row:
        return ZERO
    name = f"{prefix}row_total_incl_tax"
    return item.data[name] - item_amounts(item.row[prefix], prefix)[name]


def _parts(item):
    """The items whose amounts a line shows: its own, or for a bundle those of its parts."""
    return [part for part in (item.children if item.data["product_type"] == "bundle" else [item]) if part.row]


def _options(item):
    """The serialized options by which SOAP v2's lines, which name no parent, still tell what belongs together."""
    if item.data["product_type"] == "configurable":
        sku = item.data["sku"]
        return f'a:1:{{s:10:"simple_sku";s:{len(sku.encode())}:"{sku}";}}'
    if item.parent and item.parent.data["product_type"] == "bundle":
        return 'a:1:{s:27:"bundle_selection_attributes";s:6:"a:0:{}";}'
    return "a:0:{}"


def _order_address(address):
    shown = _plain(address, "address_id")
    return shown | {"street": "\n".join(address["street"]), "customer_address_id": None}


def _customer_address(address, record):
    names = ("city", "company", "country_id", "firstname", "lastname", "postcode", "telephone", "vat_id")
    shown = {name: address[name] for name in names if name in address}
    return shown | {
        "customer_address_id": address["id"],
        "street": "\n".join(address["street"]),
        "region": address["region"]["region"],
        "region_id": address["region_id"],
        "is_default_billing": bool(address.get("default_billing")),
        "is_default_shipping": bool(address.get("default_shipping")),
        "created_at": record["created_at"],
        "updated_at": record["updated_at"],
    }


def _plain(record, identifier=""):
    """A record under Magento 1's names: amounts as texts of four decimals, nested things left out."""
    shown = {}
    for name, value in record.items():
        if isinstance(value, (dict, list)):
            continue
        shown[_name(name)] = _text(value) if isinstance(value, Decimal) else value
    if identifier:
        shown[identifier] = shown.pop("entity_id")
    return shown


def _name(name):
    return name.replace("discount_tax_compensation", "hidden_tax")


def _text(value):
    return f"{Decimal(value):.4f}"
