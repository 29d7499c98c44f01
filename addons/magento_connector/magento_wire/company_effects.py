"""What Adobe Commerce is told about companies: prices of shared catalogs, credit limits, credit operations.

A credit operation is a sum that is added, so it is looked for by its mark in the credit's history before it is sent
again. The company's outstanding balance falls by ``increaseBalance``, which refuses a purchase, and rises by
``decreaseBalance``, which takes an update, a purchase or a reimbursement.
"""

from __future__ import annotations

from .amounts import text, whole_number
from .effect_base import decimal, marked, marker, number, same_amount, unsendable
from .price_effects import Batch, by_price, is_tier, tier_key, tier_prices, tier_row
from .search import Search, path_segment

ALLOCATED, UPDATED, PURCHASED, REIMBURSED, REFUNDED, REVERTED = range(1, 7)
INCREASING = (ALLOCATED, UPDATED, REIMBURSED, REFUNDED, REVERTED)
DECREASING = (UPDATED, PURCHASED, REIMBURSED)
OPERATIONS = {
    "allocated": ALLOCATED, "updated": UPDATED, "purchased": PURCHASED, "reimbursed": REIMBURSED,
    "refunded": REFUNDED, "reverted": REVERTED,
}  # fmt: skip


def catalog_group(shop, catalog):
    """Return the code of the customer group that a shared catalog's prices are for.

    :param str catalog: id of the shared catalog
    """
    if catalog not in shop.known_groups:
        record = shop.call("GET", f"sharedCatalog/{path_segment(catalog)}")
        group = whole_number(record.get("customer_group_id"))
        search = Search().where("customer_group_id", "eq", group).page(1)
        rows = shop.call("GET", "customerGroups/search", search.pairs()).get("items") or []
        if not rows:
            raise unsendable(f"the shared catalog {catalog} has no customer group")
        shop.known_groups[catalog] = text(rows[0].get("code"))
    return shop.known_groups[catalog]


def _key(shop, effect):
    values = effect.values
    group = catalog_group(shop, effect.target)
    return tier_key(values["sku"], values.get("website_id"), group, values.get("quantity"))


def _rows(shop, effects):
    return [tier_row(effect, effect.values["sku"], catalog_group(shop, effect.target)) for effect in effects]


def _present(shop, effects):
    found = tier_prices(shop, [effect.values["sku"] for effect in effects])
    return [is_tier(found.get(_key(shop, effect)), effect) for effect in effects]


def _gone_rows(shop, effects):
    found = tier_prices(shop, [effect.values["sku"] for effect in effects])
    return [found.get(_key(shop, effect)) for effect in effects]


def _gone(shop, effects):
    return [row is None for row in _gone_rows(shop, effects)]


def _identity(effect):
    values = effect.values
    return effect.target, *tier_key(values["sku"], values.get("website_id"), "", values.get("quantity"))


GROUP_PRICES = Batch("group_prices", "products/tier-prices", "prices", _rows, _present, _identity)
CATALOG_PRICES = Batch(
    "shared_catalog_prices", "sharedCatalog/{sharedCatalogId}/assignTierPrices", "prices", _rows, _present, _identity,
    instead=GROUP_PRICES,
)  # fmt: skip
"""Shops before 2.4.7 have no such service; there the same rows are tier prices of the catalog's group."""
CATALOG_PRICES_GONE = Batch(
    "shared_catalog_prices_gone", "products/tier-prices-delete", "prices", _gone_rows, _gone, _identity
)
catalog_batch = by_price(CATALOG_PRICES, CATALOG_PRICES_GONE)


def limit_request(shop, effect):
    """Return (method, path, body) of a company's credit limit; its other settings stay."""
    credit = _credit(shop, effect)
    limit = {
        "id": whole_number(effect.target),
        "company_id": whole_number(credit.get("company_id")),
        "credit_limit": number(effect.values["limit"], "limit"),
        "currency_code": text(effect.values.get("currency")) or text(credit.get("currency_code")),
        "exceed_limit": bool(credit.get("exceed_limit")),
    }
    return "PUT", f"companyCredits/{path_segment(effect.target)}", {"creditLimit": limit}


def find_limit(shop, effect):
    """Return whether the company's limit is the wanted one."""
    credit = _credit(shop, effect)
    currency = text(effect.values.get("currency"))
    same = same_amount(credit.get("credit_limit") or 0, effect.values["limit"])
    return "limit" if same and currency in ("", text(credit.get("currency_code"))) else ""


def balance_request(_shop, effect):
    """Return (method, path, body) of a credit operation; what is positive gives the company credit back."""
    value = decimal(effect.values["value"], "value")
    operation = _operation(effect, value)
    word, allowed = ("increaseBalance", INCREASING) if value > 0 else ("decreaseBalance", DECREASING)
    if not value or operation not in allowed:
        raise unsendable(f"the shop takes no credit operation {operation} of {value}")
    body = {
        "value": number(abs(value)),
        "currency": text(effect.values.get("currency")),
        "operationType": operation,
        "comment": marked(effect),
    }
    return "POST", f"companyCredits/{path_segment(effect.target)}/{word}", body


def find_balance(shop, effect):
    """Look for the operation's mark in the credit's history; return its id there."""
    search = Search().where("company_credit_id", "eq", effect.target).sort("entity_id", descending=True).page(100)
    for row in shop.call("GET", "companyCredits/history", search.pairs()).get("items") or []:
        if marker(effect) in text(row.get("comment")).replace("\\/", "/"):
            return text(row.get("id"))
    return ""


def _operation(effect, value):
    given = effect.values.get("operation")
    if not given:
        return REIMBURSED if value > 0 else UPDATED
    operation = OPERATIONS.get(text(given).lower()) or whole_number(given)
    if operation not in OPERATIONS.values():
        raise unsendable(f"{given!r} is no kind of credit operation")
    return operation


def _credit(shop, effect):
    answer = shop.call("GET", f"companyCredits/{path_segment(effect.target)}")
    return answer if isinstance(answer, dict) else {}
