"""Stock and prices in a Magento 1 shop, by the methods of its catalogue: one product at a time.

Magento 1 has one stock for the shop. Tier prices are replaced as a whole, so what is there is read, changed in one
place and written back. A special price without a beginning gets today's from the shop.
"""

from __future__ import annotations

from .amounts import text, whole_number
from .effect_base import decimal, same_amount, unsendable
from .errors import RECORD, ShopError

BY_SKU = "sku"
EVERYONE = "all"
_SPECIAL = ("special_price", "special_from_date", "special_to_date")


def set_stock(shop, effect):
    """Set the quantity of a product and whether it is in stock; the source is not asked for."""
    quantity = decimal(effect.values["quantity"], "quantity")
    data = {"qty": format(quantity, "f"), "is_in_stock": _in_stock(effect)}
    shop.remote("cataloginventory_stock_item.update", [effect.target, data], reading=False)
    return ""


def find_stock(shop, effect):
    for row in shop.remote("cataloginventory_stock_item.list", [[effect.target]]):
        if text(row.get("sku")).casefold() == effect.target.casefold():
            same = same_amount(row.get("qty"), effect.values["quantity"])
            return "stock" if same and whole_number(row.get("is_in_stock")) == _in_stock(effect) else ""
    return ""


def _in_stock(effect):
    given = effect.values.get("in_stock")
    return int(decimal(effect.values["quantity"]) > 0 if given is None else bool(given))


def set_price(shop, effect):
    """Set a product's price, in one store or by default."""
    price = format(decimal(effect.values["price"], "price"), "f")
    _update(shop, effect, {"price": price})
    return ""


def find_price(shop, effect):
    return "price" if same_amount(_product(shop, effect).get("price"), effect.values["price"]) else ""


def set_special_price(shop, effect):
    """Set or delete a product's special price; an empty text deletes a value, null leaves it."""
    if _is_gone(effect):
        _update(shop, effect, dict.fromkeys(_SPECIAL, ""))
        return ""
    price = format(decimal(effect.values["price"], "price"), "f")
    days = text(effect.values.get("from")), text(effect.values.get("to"))
    _update(shop, effect, dict(zip(_SPECIAL, (price, *days), strict=True)))
    return ""


def find_special_price(shop, effect):
    product = _product(shop, effect)
    if _is_gone(effect):
        return "" if text(product.get("special_price")) else "gone"
    same = same_amount(product.get("special_price"), effect.values["price"])
    begins = not effect.values.get("from") or _same_day(product.get("special_from_date"), effect.values["from"])
    return "price" if same and begins and _same_day(product.get("special_to_date"), effect.values.get("to")) else ""


def set_tier_price(shop, effect):
    """Set or delete one tier price among those of a product."""
    tiers = [_plain(row) for row in _tiers(shop, effect) if not _is_tier(shop, effect, row)]
    if not _is_gone(effect):
        tiers.append(
            {
                "customer_group_id": _group(shop, effect),
                "website": EVERYONE,
                "qty": _number(effect.values.get("quantity") or 1),
                "price": float(decimal(effect.values["price"], "price")),
            }
        )
    shop.remote("product_attribute_tier_price.update", [effect.target, tiers, BY_SKU], reading=False)
    return ""


def find_tier_price(shop, effect):
    own = [row for row in _tiers(shop, effect) if _is_tier(shop, effect, row)]
    if _is_gone(effect):
        return "" if own else "gone"
    return "price" if any(same_amount(row.get("price"), effect.values["price"]) for row in own) else ""


def _tiers(shop, effect):
    """The tier prices of a product; what Magento 1 has no word for is refused before."""
    if text(effect.values.get("price_type")) not in ("", "fixed"):
        raise unsendable("a tier price of Magento 1 is a price, not a discount")
    if whole_number(effect.values.get("website_id")):
        words = "Magento 1 does not tell its websites' codes, by which a tier price of one website would be known."
        raise ShopError(RECORD, "not_offered", f"{words} Send it for all websites.")
    return shop.remote("product_attribute_tier_price.info", [effect.target, BY_SKU])


def _is_tier(shop, effect, row):
    same = text(row.get("customer_group_id")) == _group(shop, effect)
    return same and _website(row) == EVERYONE and same_amount(row.get("qty"), effect.values.get("quantity") or 1)


def _plain(row):
    return {
        "customer_group_id": text(row.get("customer_group_id")),
        "website": _website(row),
        "qty": _number(row.get("qty")),
        "price": float(decimal(row.get("price"), "price")),
    }


def _website(row):
    return text(row.get("website")) or EVERYONE


def _number(value):
    exact = decimal(value, "quantity")
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def _group(shop, effect):
    """The id of a customer group by its code."""
    code = text(effect.values.get("customer_group"))
    if code.casefold() in ("", "all groups"):
        return EVERYONE
    for row in shop.remote("customer_group.list"):
        if text(row.get("customer_group_code")).casefold() == code.casefold():
            return text(row.get("customer_group_id"))
    raise unsendable(f"the shop has no customer group {code!r}")


def _is_gone(effect):
    return effect.values.get("price") in (None, False, "")


def _same_day(one, two):
    return text(one)[:10] == text(two)[:10]


def _store(effect):
    return text(whole_number(effect.values.get("store_id")) or 0)


def _update(shop, effect, data):
    shop.remote("catalog_product.update", [effect.target, data, _store(effect), BY_SKU], reading=False)


def _product(shop, effect):
    return shop.remote("catalog_product.info", [effect.target, _store(effect), None, BY_SKU])
