"""How REST shows what is no order: stores, taxes, groups, categories, products, stock.

Apart from the routes, because these are plain renderings of tables.
"""

from __future__ import annotations

import re

from . import tax
from .catalog import BY_SKU, CATEGORIES, PRODUCTS, SIZE_ATTRIBUTE, SIZES, size_value
from .companies import CUSTOMER_GROUPS, GROUP_CODES
from .shop import SOURCES, STORES, USD_RATE

_GROUP_IDS = {code: identifier for identifier, code in GROUP_CODES.items()}
ALL_GROUPS_ID = 32000
_LOCAL = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "Ä": "a", "Ö": "o", "Ü": "u", "ß": "ss"})


def websites(_shop):
    """Return ``store/websites``."""
    return [
        {"id": 0, "code": "admin", "name": "Admin", "default_group_id": 0},
        {"id": 1, "code": "base", "name": "Nordwind Industriebedarf", "default_group_id": 1},
        {"id": 2, "code": "direct", "name": "Nordwind Direkt", "default_group_id": 2},
    ]


def store_groups(_shop):
    """Return ``store/storeGroups``."""
    rows = (
        (0, 0, 0, 0, "Default", "default"),
        (1, 1, 2, 1, "Fachhandel", "trade"),
        (2, 2, 2, 3, "Direktverkauf", "direct"),
    )
    keys = ("id", "website_id", "root_category_id", "default_store_id", "name", "code")
    return [dict(zip(keys, row, strict=True)) for row in rows]


def store_views(_shop):
    """Return ``store/storeViews``."""
    views = [{"id": 0, "code": "admin", "name": "Admin", "website_id": 0, "store_group_id": 0, "is_active": 1}]
    for store in STORES.values():
        views.append(
            {
                "id": store.id,
                "code": store.code,
                "name": store.name,
                "website_id": store.website_id,
                "store_group_id": store.website_id,
                "is_active": 1,
            }
        )
    return views


def store_configs(_shop, address):
    """Return ``store/storeConfigs`` for a shop at ``address`` (``http://host:port``)."""
    configs = []
    for store in STORES.values():
        config = {
            "id": store.id,
            "code": store.code,
            "website_id": store.website_id,
            "locale": store.locale,
            "base_currency_code": "EUR",
            "default_display_currency_code": store.currency,
            "timezone": "Europe/Berlin",
            "weight_unit": "kgs",
        }
        for prefix in ("", "secure_"):
            config |= {
                f"{prefix}base_url": f"{address}/",
                f"{prefix}base_link_url": f"{address}/",
                f"{prefix}base_static_url": f"{address}/static/",
                f"{prefix}base_media_url": f"{address}/media/",
            }
        configs.append(config)
    return configs


def currency(_shop):
    """Return ``directory/currency``."""
    return {
        "base_currency_code": "EUR",
        "base_currency_symbol": "€",
        "default_display_currency_code": "EUR",
        "default_display_currency_symbol": "€",
        "available_currency_codes": ["EUR", "USD"],
        "exchange_rates": [
            {"currency_to": "EUR", "rate": 1},
            {"currency_to": "USD", "rate": USD_RATE},
        ],
    }


def customer_groups(_shop):
    """Return the rows of ``customerGroups/search``."""
    names = {identifier: name for identifier, name, _kind in tax.TAX_CLASSES}
    return [
        {"id": identifier, "code": code, "tax_class_id": tax_class, "tax_class_name": names[tax_class]}
        for identifier, code, tax_class in CUSTOMER_GROUPS
    ]


def tax_classes(_shop):
    """Return the rows of ``taxClasses/search``."""
    return [{"class_id": row[0], "class_name": row[1], "class_type": row[2]} for row in tax.TAX_CLASSES]


def tax_rates(_shop):
    """Return the rows of ``taxRates/search``."""
    rows = []
    for rate in tax.RATES:
        row = {"id": rate.id, "tax_country_id": rate.country, "tax_region_id": rate.region_id}
        if rate.region_code:
            row["region_name"] = rate.region_code
        rows.append(row | {"tax_postcode": "*", "rate": rate.percent, "code": rate.code, "titles": []})
    return rows


def tax_rules(_shop):
    """Return the rows of ``taxRules/search``."""
    return [
        {
            "id": identifier,
            "code": code,
            "priority": 0,
            "position": 0,
            "customer_tax_class_ids": list(customers),
            "product_tax_class_ids": list(products),
            "tax_rate_ids": [rate.id for rate in rates],
            "calculate_subtotal": False,
        }
        for identifier, code, customers, products, rates in tax.TAX_RULES
    ]


def sources(_shop):
    """Return the rows of ``inventory/sources``."""
    rows = []
    for code, name in SOURCES:
        country, postcode = ("US", "00000") if code == "default" else ("DE", "24143")
        rows.append(
            {
                "source_code": code,
                "name": name,
                "enabled": True,
                "country_id": country,
                "postcode": postcode,
                "use_default_carrier_config": True,
                "carrier_links": [],
                "extension_attributes": {"is_pickup_location_active": False, "frontend_name": name},
            }
        )
    return rows


def stocks(_shop):
    """Return the rows of ``inventory/stocks``."""
    channels = [{"type": "website", "code": code} for code in ("base", "direct")]
    return [
        {"stock_id": 1, "name": "Default Stock", "extension_attributes": {"sales_channels": []}},
        {"stock_id": 2, "name": "Europa", "extension_attributes": {"sales_channels": channels}},
    ]


def modules(_shop):
    """Return ``modules``: an Open Source shop with multi-source inventory, without B2B."""
    names = "Backend Bundle Catalog CatalogInventory Config ConfigurableProduct Customer Directory Integration"
    names += (
        " Inventory InventoryApi InventoryShipping OfflinePayments Quote Sales SalesRule Shipping Store Tax Webapi Weee"
    )
    return [f"Magento_{name}" for name in names.split()]


def categories(_shop):
    """Return the rows of ``categories/list``."""
    rows = []
    for position, (identifier, parent, name) in enumerate(CATEGORIES):
        path = [str(identifier)]
        while parent:
            path.insert(0, str(parent))
            parent = next(row[1] for row in CATEGORIES if row[0] == parent)
        children = ",".join(str(row[0]) for row in CATEGORIES if row[1] == identifier)
        rows.append(
            {
                "id": identifier,
                "parent_id": int(path[-2]) if len(path) > 1 else 0,
                "name": name,
                "is_active": True,
                "position": position,
                "level": len(path) - 1,
                "children": children,
                "path": "/".join(path),
                "include_in_menu": True,
                "custom_attributes": [],
            }
        )
    return rows


def size_options(_shop):
    """Return ``products/attributes/hose_size/options``."""
    empty = [{"label": " ", "value": ""}]
    return empty + [{"label": f"{size} mm", "value": str(size_value(size))} for size in SIZES]


def product_attributes(shop):
    """Return the rows of ``products/attributes`` that products may differ in."""
    attribute_id, code, label = SIZE_ATTRIBUTE
    return [
        {
            "attribute_id": int(attribute_id),
            "attribute_code": code,
            "default_frontend_label": label,
            "frontend_input": "select",
            "is_required": False,
            "is_user_defined": True,
            "scope": "global",
            "options": size_options(shop),
        }
    ]


def attribute_columns(_shop, row):
    """Return what filters and sorting see of an attribute."""
    return {name: int(value) if isinstance(value, bool) else value for name, value in row.items() if name != "options"}


def product(shop, sku):
    """Return one product as REST shows it."""
    item = BY_SKU[sku]
    shown = {
        "id": item.id,
        "sku": item.sku,
        "name": item.name,
        "attribute_set_id": 4,
        "price": shop.price(item),
        "status": item.status,
        "visibility": item.visibility,
        "type_id": item.type_id,
        "created_at": min(shop.products_touched.values()),
        "updated_at": shop.products_touched[sku],
    }
    if not item.virtual:
        shown["weight"] = item.weight
    shown["extension_attributes"] = {"website_ids": list(item.websites)} | _options(item)
    shown |= {"product_links": [], "options": [], "media_gallery_entries": []}
    shown["tier_prices"] = [_tier(shop, tier) for tier in shop.tier_prices if tier["sku"] == sku]
    shown["custom_attributes"] = _attributes(item)
    return shown


def product_columns(shop, sku):
    """Return what filters and sorting see of a product."""
    item = BY_SKU[sku]
    return {
        "entity_id": item.id,
        "sku": item.sku,
        "name": item.name,
        "price": shop.price(item),
        "status": item.status,
        "visibility": item.visibility,
        "type_id": item.type_id,
        "tax_class_id": item.tax_class_id,
        "category_id": item.category_id,
        "created_at": min(shop.products_touched.values()),
        "updated_at": shop.products_touched[sku],
    }


def _tier(shop, tier):
    extra = {"percentage_value": tier["price"]} if tier["price_type"] == "discount" else {}
    return {
        "customer_group_id": _GROUP_IDS.get(tier["customer_group"], ALL_GROUPS_ID),
        "qty": tier["quantity"],
        "value": shop.tier_value(tier),
        "extension_attributes": extra | {"website_id": tier["website_id"]},
    }


def _options(item):
    if item.variants:
        attribute_id, _code, label = SIZE_ATTRIBUTE
        chosen = {
            "id": 1,
            "attribute_id": attribute_id,
            "label": label,
            "position": 0,
            "values": [{"value_index": size_value(BY_SKU[sku].size)} for sku in item.variants],
            "product_id": item.id,
        }
        return {
            "configurable_product_options": [chosen],
            "configurable_product_links": [BY_SKU[sku].id for sku in item.variants],
        }
    if item.parts:
        return {"bundle_product_options": [_bundle_option(item, *part) for part in enumerate(item.parts, start=1)]}
    return {}


def _bundle_option(item, number, part):
    title, sku, quantity = part
    link = {
        "id": str(number),
        "sku": sku,
        "option_id": number,
        "qty": quantity,
        "position": 1,
        "is_default": True,
        "price": BY_SKU[sku].price,
        "price_type": None,
        "can_change_quantity": 0,
    }
    return {
        "option_id": number,
        "title": title,
        "required": True,
        "type": "select",
        "position": number,
        "sku": item.sku,
        "product_links": [link],
    }


def _attributes(item):
    url_key = re.sub(r"[^a-z0-9]+", "-", item.name.translate(_LOCAL).lower()).strip("-")
    values = {
        "options_container": "container2",
        "msrp_display_actual_price_type": "0",
        "url_key": url_key,
        "required_options": "0",
        "has_options": "0",
        "tax_class_id": str(item.tax_class_id),
        "category_ids": [str(item.category_id)],
    }
    if item.size:
        values[SIZE_ATTRIBUTE[1]] = str(size_value(item.size))
    if item.parts:
        values |= dict.fromkeys(("price_view", "price_type", "weight_type"), "0")
        values |= {"sku_type": "1", "shipment_type": str(int(not item.ships_together))}
    return [{"attribute_code": code, "value": value} for code, value in values.items()]


def product_skus():
    """Return all SKUs, in the order of their ids."""
    return [item.sku for item in PRODUCTS]
