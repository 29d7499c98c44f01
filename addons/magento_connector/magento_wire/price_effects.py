"""Stock and prices over REST: absolute values, many in one request.

========== ==================================================================================
rows       (shop, effects) -> what each is in the request's list, None where the shop is so already
present    (shop, effects) -> whether the shop's present value is the wanted one, each
identity   effect -> what the shop allows only once in one request
========== ==================================================================================

Written at default scope: a store's own value would freeze there. What the shop's services do beyond their
description is met here: a tier price is deleted only by its exact present value, a special price's dates stay where
none are given, and the end of a special price is the whole day it names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .amounts import text, whole_number
from .effect_base import number, same_amount, unsendable
from .search import Search, path_segment
from .streams import MULTI_SOURCE

FIXED, DISCOUNT = "fixed", "discount"
ALL_GROUPS = "ALL GROUPS"


@dataclass(frozen=True, slots=True)
class Batch:
    """How many effects go in one request. See the module's table.

    :ivar path: below ``/V1/``; a ``{name}`` in it stands for the effects' target, which they then share
    :ivar field: of the body that holds the list
    :ivar instead: how the same rows go to a shop that does not know the path
    """

    name: str
    path: str
    field: str
    rows: Callable
    present: Callable
    identity: Callable
    instead: Batch | None = None

    def group(self, effect):
        """Return what effects must have in common to go together."""
        return self.name, effect.target if "{" in self.path else ""


def _store(effect):
    return whole_number(effect.values.get("store_id")) or 0


def _website(effect):
    return whole_number(effect.values.get("website_id")) or 0


# -- stock ------------------------------------------------------------------------------------------------------------


def _source_rows(_shop, effects):
    return [
        {
            "sku": effect.target,
            "source_code": _source(effect),
            "quantity": number(effect.values["quantity"], "quantity"),
            "status": int(_in_stock(effect)),
        }
        for effect in effects
    ]


def _sources_present(shop, effects):
    codes = sorted({_source(effect) for effect in effects})
    found = {}
    for condition, skus in _listable([effect.target for effect in effects], max(1, min(50, 300 // len(codes)))):
        search = Search().where("sku", condition, ",".join(skus)).where("source_code", "in", ",".join(codes))
        answer = shop.call("GET", "inventory/source-items", search.page(300).sort("sku", "source_code").pairs())
        for row in answer.get("items") or []:
            found[text(row.get("sku")).casefold(), text(row.get("source_code"))] = row
    return [_is_source(found.get((effect.target.casefold(), _source(effect))), effect) for effect in effects]


def _is_source(row, effect):
    if row is None:
        return False
    same = same_amount(row.get("quantity"), effect.values["quantity"])
    return same and (whole_number(row.get("status")) == 1) == _in_stock(effect)


def _source(effect):
    code = text(effect.values.get("source"))
    if not code:
        raise unsendable(f"the stock of {effect.target} names no source, and the shop has several")
    return code


def _in_stock(effect):
    given = effect.values.get("in_stock")
    return number(effect.values["quantity"], "quantity") > 0 if given is None else bool(given)


SOURCE_ITEMS = Batch(
    "source_items", "inventory/source-items", "sourceItems", _source_rows, _sources_present,
    lambda effect: (effect.target.casefold(), text(effect.values.get("source"))),
)  # fmt: skip


def stock_batch(shop, _effect):
    """Return how stock goes in batches: by source, where the shop has sources."""
    return SOURCE_ITEMS if shop.has(MULTI_SOURCE) else None


def stock_item_request(shop, effect):
    """Return (method, path, body) of the stock of a shop without sources."""
    item = shop.call("GET", f"stockItems/{path_segment(effect.target)}")
    item_id = whole_number(item.get("item_id")) if isinstance(item, dict) else None
    body = {"qty": number(effect.values["quantity"], "quantity"), "is_in_stock": _in_stock(effect)}
    return "PUT", f"products/{path_segment(effect.target)}/stockItems/{item_id or 1}", {"stockItem": body}


def find_stock(shop, effect):
    """Return whether the shop's stock is the wanted one."""
    if shop.has(MULTI_SOURCE):
        return "stock" if _sources_present(shop, [effect])[0] else ""
    item = shop.call("GET", f"stockItems/{path_segment(effect.target)}")
    same = same_amount(item.get("qty"), effect.values["quantity"]) and bool(item.get("is_in_stock")) == _in_stock(
        effect
    )
    return "stock" if same else ""


# -- base prices ------------------------------------------------------------------------------------------------------


def _base_rows(_shop, effects):
    return [
        {"price": number(effect.values["price"], "price"), "store_id": _store(effect), "sku": effect.target}
        for effect in effects
    ]


def _base_present(shop, effects):
    found = {}
    for row in _information(shop, "base-prices", effects):
        found[text(row.get("sku")).casefold(), whole_number(row.get("store_id")) or 0] = row.get("price")
    wanted = [(effect.target.casefold(), _store(effect)) for effect in effects]
    return [
        key in found and same_amount(found[key], effect.values["price"])
        for key, effect in zip(wanted, effects, strict=True)
    ]


BASE_PRICES = Batch(
    "base_prices", "products/base-prices", "prices", _base_rows, _base_present,
    lambda effect: (effect.target.casefold(), _store(effect)),
)  # fmt: skip


# -- special prices ---------------------------------------------------------------------------------------------------


def _special_rows(shop, effects):
    """The rows to set; dates that must go, which setting leaves, are deleted before."""
    found = _special_prices(shop, effects)
    stale = [
        row
        for effect in effects
        for row in found.get((effect.target.casefold(), _store(effect)), ())
        if any(row[name] and not _day(effect, end) for name, end in (("price_from", "from"), ("price_to", "to")))
    ]
    if stale:
        shop.call("POST", "products/special-price-delete", body={"prices": stale})
    return [
        {
            "price": number(effect.values["price"], "price"),
            "store_id": _store(effect),
            "sku": effect.target,
            "price_from": _day(effect, "from"),
            "price_to": _day(effect, "to"),
        }
        for effect in effects
    ]


def _special_present(shop, effects):
    found = _special_prices(shop, effects)
    return [
        any(
            same_amount(row["price"], effect.values["price"])
            and row["price_from"] == _day(effect, "from")
            and row["price_to"] == _day(effect, "to")
            for row in found.get((effect.target.casefold(), _store(effect)), ())
        )
        for effect in effects
    ]


def _special_gone_rows(shop, effects):
    found = _special_prices(shop, effects)
    return [next(iter(found.get((effect.target.casefold(), _store(effect)), ())), None) for effect in effects]


def _special_gone(shop, effects):
    return [row is None for row in _special_gone_rows(shop, effects)]


def _special_prices(shop, effects):
    found = {}
    for row in _information(shop, "special-price", effects):
        sku, store = text(row.get("sku")), whole_number(row.get("store_id")) or 0
        found.setdefault((sku.casefold(), store), []).append(
            {
                "price": number(row.get("price") or 0),
                "store_id": store,
                "sku": sku,
                "price_from": text(row.get("price_from")),
                "price_to": text(row.get("price_to")),
            }
        )
    return found


def _day(effect, name):
    """A time as the shop takes it; a day alone begins at midnight, and as an end means the whole of it."""
    value = text(effect.values.get(name))
    return f"{value} 00:00:00" if len(value) == len("2026-01-01") else value


def _special_identity(effect):
    return effect.target.casefold(), _store(effect)


SPECIAL_PRICES = Batch(
    "special_prices", "products/special-price", "prices", _special_rows, _special_present, _special_identity
)
SPECIAL_PRICES_GONE = Batch(
    "special_prices_gone", "products/special-price-delete", "prices", _special_gone_rows, _special_gone,
    _special_identity,
)  # fmt: skip


# -- tier prices ------------------------------------------------------------------------------------------------------


def tier_row(effect, sku, group):
    """Return a tier price as the shop's services have it.

    :param str sku: of the product
    :param str group: code of the customer group
    """
    values = effect.values
    kind = text(values.get("price_type")) or FIXED
    if kind not in (FIXED, DISCOUNT):
        raise unsendable(f"a tier price is fixed or a discount, not {kind!r}")
    return {
        "price": number(values["price"], "price"),
        "price_type": kind,
        "website_id": _website(effect),
        "sku": sku,
        "customer_group": group,
        "quantity": number(values.get("quantity") or 1, "quantity"),
    }


def tier_prices(shop, skus):
    """Return {(sku, website, group, quantity): row} of the tier prices of products, keys as :func:`tier_key`."""
    rows = shop.ask("products/tier-prices-information", {"skus": list(dict.fromkeys(skus))})
    found = {}
    for row in rows if isinstance(rows, list) else []:
        names = ("price", "price_type", "website_id", "sku", "customer_group", "quantity")
        found[tier_key(row["sku"], row["website_id"], row["customer_group"], row["quantity"])] = {
            name: row.get(name) for name in names
        }
    return found


def tier_key(sku, website, group, quantity):
    """Return what there is one tier price of: the shop compares without case."""
    exact = number(quantity or 1, "quantity")
    return text(sku).casefold(), whole_number(website) or 0, text(group).casefold(), exact


def _tier_identity(effect):
    values = effect.values
    return tier_key(effect.target, _website(effect), _group(effect), values.get("quantity"))


def _group(effect):
    return text(effect.values.get("customer_group")) or ALL_GROUPS


def is_tier(row, effect):
    """Return whether a tier price of the shop is the one wanted."""
    if row is None:
        return False
    kind = text(effect.values.get("price_type")) or FIXED
    return row["price_type"] == kind and same_amount(row["price"], effect.values["price"])


def _tier_rows(_shop, effects):
    return [tier_row(effect, effect.target, _group(effect)) for effect in effects]


def _tiers_present(shop, effects):
    found = tier_prices(shop, [effect.target for effect in effects])
    return [is_tier(found.get(_tier_identity(effect)), effect) for effect in effects]


def _tier_gone_rows(shop, effects):
    found = tier_prices(shop, [effect.target for effect in effects])
    return [found.get(_tier_identity(effect)) for effect in effects]


def _tiers_gone(shop, effects):
    return [row is None for row in _tier_gone_rows(shop, effects)]


TIER_PRICES = Batch("tier_prices", "products/tier-prices", "prices", _tier_rows, _tiers_present, _tier_identity)
TIER_PRICES_GONE = Batch(
    "tier_prices_gone", "products/tier-prices-delete", "prices", _tier_gone_rows, _tiers_gone, _tier_identity
)


def by_price(wanted, gone):
    """Return the function that chooses how a price goes: set, or deleted where there is none."""
    return lambda _shop, effect: gone if effect.values.get("price") in (None, False, "") else wanted


# -- reading back -----------------------------------------------------------------------------------------------------


def _information(shop, kind, effects):
    skus = list(dict.fromkeys(effect.target for effect in effects))
    rows = shop.ask(f"products/{kind}-information", {"skus": skus})
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _listable(skus, size):
    """Yield (condition, SKUs) whose query is no longer than an address may be; one that holds a comma stands alone."""
    skus = list(dict.fromkeys(skus))
    plain = [sku for sku in skus if "," not in sku]
    yield from (("in", plain[start : start + size]) for start in range(0, len(plain), size))
    yield from (("eq", [sku]) for sku in skus if "," in sku)
