"""Prices as REST lets a caller read, set and delete them: list prices, special prices, tier prices.

Apart from the other writes for the odd ways in which these fail: one unknown SKU refuses all tier prices (404); what is
wrong with a row is told in the body of a 200, whose parameters have no names; a tier price goes only by the very
price it has; a special price's dates stay where a new one has none.
"""

from __future__ import annotations

from .bodies import listed, number
from .catalog import BY_SKU
from .companies import GROUP_CODES
from .errors import no_such_product
from .shop import STORES

_PRICE_TYPES = ("fixed", "discount")
_TIER_ROW = "Row ID: SKU = %SKU, Website ID: %websiteId, Customer Group: %customerGroup, Quantity: %qty."
_SPECIAL_ROW = "Row ID: SKU = %SKU, Store ID: %storeId, Price From: %priceFrom, Price To: %priceTo."
_TIER_KEY = ("website_id", "sku", "customer_group", "quantity")


def save_tier_prices(shop, body, *, replace=False):
    """``POST`` (add or update) or ``PUT`` (replace) ``products/tier-prices``: return the list of errors."""
    rows = listed(shop, body, "prices", "Catalog\\TierPriceInterface")
    _all_known(rows)
    good, errors = _sorted_out(rows)
    if replace:
        replaced = {row["sku"] for row in good}
        shop.tier_prices[:] = [tier for tier in shop.tier_prices if tier["sku"] not in replaced]
    for row in good:
        drop_tier(shop, row)
        shop.tier_prices.append(row)
        shop.products_touched[row["sku"]] = shop.clock.text()
    return errors


def delete_tier_prices(shop, body):
    """``POST products/tier-prices-delete``: delete what has the very same price; return the list of errors."""
    rows = listed(shop, body, "prices", "Catalog\\TierPriceInterface")
    _all_known(rows)
    good, errors = _sorted_out(rows)
    for row in good:
        if row in shop.tier_prices:
            drop_tier(shop, row)
            shop.products_touched[row["sku"]] = shop.clock.text()
    return errors


def tier_prices(shop, body):
    """``POST products/tier-prices-information``: the tier prices of the SKUs asked for; unknown ones have none."""
    skus = body.get("skus") or []
    return [tier for tier in shop.tier_prices if tier["sku"] in skus]


def drop_tier(shop, row):
    """Forget the tier price of the same website, product, group and quantity."""
    shop.tier_prices[:] = [tier for tier in shop.tier_prices if any(tier[key] != row[key] for key in _TIER_KEY)]


def save_base_prices(shop, body):
    """``POST products/base-prices``: set list prices; return the list of errors."""
    errors = []
    for row in listed(shop, body, "prices", "Catalog\\BasePriceInterface"):
        price = number(row.get("price", -1))
        wrong = [("SKU", row.get("sku"))] if row.get("sku") not in BY_SKU else []
        wrong += [("Price", row.get("price"))] if price < 0 else []
        if wrong:
            errors += [_error("Invalid attribute %fieldName = %fieldValue.", *pair) for pair in wrong]
        elif int(row.get("store_id", 0)):
            shop.store_prices[row["sku"], int(row["store_id"])] = price
        else:
            shop.base_prices[row["sku"]] = price
            shop.products_touched[row["sku"]] = shop.clock.text()
    return errors


def base_prices(shop, body):
    """``POST products/base-prices-information``: the list prices of the SKUs asked for; unknown ones have none."""
    skus = [sku for sku in body.get("skus") or [] if sku in BY_SKU]
    rows = [{"price": shop.price(BY_SKU[sku]), "store_id": 0, "sku": sku} for sku in skus]
    return rows + [
        {"price": price, "store_id": store, "sku": sku}
        for (sku, store), price in shop.store_prices.items()
        if sku in skus
    ]


def save_special_prices(shop, body):
    """``POST products/special-price``: set special prices; dates that a row does not give stay as they are."""
    good, errors = _special_rows(shop, body)
    for row in good:
        present = _special(shop, row)
        kept = {name: row[name] or (present or {}).get(name) for name in ("price_from", "price_to")}
        if present:
            shop.special_prices.remove(present)
        shop.special_prices.append(row | kept)
        shop.products_touched[row["sku"]] = shop.clock.text()
    return errors


def delete_special_prices(shop, body):
    """``POST products/special-price-delete``: delete special prices with their dates; return the list of errors."""
    good, errors = _special_rows(shop, body)
    for row in good:
        present = _special(shop, row)
        if present:
            shop.special_prices.remove(present)
            shop.products_touched[row["sku"]] = shop.clock.text()
    return errors


def special_prices(shop, body):
    """``POST products/special-price-information``: the special prices of the SKUs asked for."""
    return [row for row in shop.special_prices if row["sku"] in (body.get("skus") or [])]


def _special_rows(shop, body):
    good, errors = [], []
    for row in listed(shop, body, "prices", "Catalog\\SpecialPriceInterface"):
        told = (row.get("sku"), row.get("store_id"), row.get("price_from"), row.get("price_to"))
        if row.get("sku") not in BY_SKU:
            words = "The product that was requested doesn't exist. Verify the product and try again. "
            errors.append(_error(words + _SPECIAL_ROW, *told))
        elif int(row.get("store_id", 0)) not in (0, *STORES):
            errors.append(_error("Requested store is not found. " + _SPECIAL_ROW, *told))
        elif row.get("price") is None or number(row["price"]) < 0:
            errors.append(_error("Invalid attribute Price = %price. " + _SPECIAL_ROW, row.get("price"), *told))
        else:
            good.append(
                {
                    "price": number(row["price"]),
                    "store_id": int(row.get("store_id", 0)),
                    "sku": row["sku"],
                    "price_from": row.get("price_from") or None,
                    "price_to": row.get("price_to") or None,
                }
            )
    return good, errors


def _special(shop, row):
    for present in shop.special_prices:
        if (present["sku"], present["store_id"]) == (row["sku"], row["store_id"]):
            return present
    return None


def _all_known(rows):
    if any(row.get("sku") not in BY_SKU for row in rows):
        raise no_such_product()


def _sorted_out(rows):
    good, errors = [], []
    groups = {*GROUP_CODES.values(), "ALL GROUPS"}
    keys = [_key(row) for row in rows]
    for row, key in zip(rows, keys, strict=True):
        told = (row.get("sku"), row.get("website_id"), row.get("customer_group"), row.get("quantity"))
        if row.get("customer_group") not in groups:
            errors.append(_error("No such entity with Customer Group = %customerGroup. " + _TIER_ROW, *told))
        elif row.get("price_type") not in _PRICE_TYPES:
            words = "Invalid attribute Price Type = %priceType. " + _TIER_ROW
            errors.append(_error(words, row.get("price_type"), *told))
        elif number(row.get("price", -1)) < 0:
            errors.append(_error("Invalid attribute Price = %price. " + _TIER_ROW, row.get("price"), *told))
        elif keys.count(key) > 1:
            words = (
                "We found a duplicate website, tier price, customer group and quantity: Customer Group = "
                "%customerGroup, Website ID = %websiteId, Quantity = %qty. "
            )
            errors.append(_error(words + _TIER_ROW, *told))
        else:
            good.append(
                {
                    "price": number(row["price"]),
                    "price_type": row["price_type"],
                    "website_id": int(row.get("website_id", 0)),
                    "sku": row["sku"],
                    "customer_group": row["customer_group"],
                    "quantity": number(row.get("quantity", 1)),
                }
            )
    return good, errors


def _key(row):
    return row.get("sku"), int(row.get("website_id", 0)), row.get("customer_group"), number(row.get("quantity", 1))


def _error(message, *parameters):
    return {"message": message, "parameters": [str(value) for value in parameters]}
