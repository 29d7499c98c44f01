"""Adobe Commerce's B2B over the same world: companies with their credit, and shared catalogs.

Behind the setting ``commerce``; without it these routes are not there, as in an Open Source shop. Each company of
:mod:`.companies` has an account, a credit of its number, and, where it has a contract, a shared catalog.
"""

from __future__ import annotations

import json
from decimal import Decimal

from . import price_writes
from .bodies import listed, number
from .companies import COMPANIES, GROUP_CODES
from .errors import ApiError, missing_field, no_such_entity
from .tax import ZERO

ALLOCATED, UPDATED, PURCHASED, REIMBURSED, REFUNDED, REVERTED = range(1, 7)
FIRST_LIMIT = Decimal(10000)
CATALOGS = (
    (1, "Default (General)", 1, 1),
    (2, "Vertrag Hansen", 4, 0),
    (3, "Vertrag Brandt", 5, 0),
    (4, "Vertrag Lindner", 6, 0),
)
"""id, name, customer group, type (1 public, 0 custom)"""


class Book:
    """What a shop knows of companies.

    :param shop: the :class:`.shop.Shop`
    """

    def __init__(self, shop):
        self.shop = shop
        self.credits = {
            identifier: {
                "id": identifier,
                "company_id": identifier,
                "credit_limit": FIRST_LIMIT,
                "balance": ZERO,
                "currency_code": "EUR",
                "exceed_limit": False,
                "available_limit": FIRST_LIMIT,
            }
            for identifier in range(1, len(COMPANIES) + 1)
        }
        self.history = []
        groups = {group: identifier for identifier, _name, group, _kind in CATALOGS}
        self.assigned = {
            identifier: groups.get(company.group_id, 1) for identifier, company in enumerate(COMPANIES, start=1)
        }

    def operate(self, credit, kind, value, comment="", order_number=""):
        """Book an operation; ``value`` is what the balance changes by."""
        credit["balance"] += value
        credit["available_limit"] = credit["credit_limit"] + credit["balance"]
        self.history.append(
            {
                "id": len(self.history) + 1,
                "company_credit_id": credit["id"],
                "user_id": 1,
                "user_type": 1,
                "currency_credit": credit["currency_code"],
                "currency_operation": credit["currency_code"],
                "rate": 1,
                "rate_credit": 0,
                "amount": value,
                "balance": credit["balance"],
                "credit_limit": credit["credit_limit"],
                "available_limit": credit["available_limit"],
                "type": kind,
                "datetime": self.shop.clock.text(),
                "purchase_order": order_number,
                "comment": json.dumps({"custom": comment}) if comment else "",
            }
        )


def book(shop):
    """Return the shop's :class:`Book`."""
    if shop.b2b is None:
        shop.b2b = Book(shop)
    return shop.b2b


def number_of(company):
    """Return the id of a company's account."""
    return COMPANIES.index(company) + 1


def order_attributes(order):
    """Return ``company_order_attributes`` of an order, None where no company ordered."""
    company = order.basket.company
    if company is None:
        return None
    return {"order_id": order.id, "company_id": number_of(company), "company_name": company.name}


def purchase(shop, order):
    """Let an order that is paid by company credit lower the company's balance."""
    credit = book(shop).credits[number_of(order.basket.company)]
    value = order.data["base_grand_total"]
    if value > credit["available_limit"] and not credit["exceed_limit"]:
        raise ApiError(400, "The credit limit for the company is exceeded.")
    book(shop).operate(credit, PURCHASED, -value, order_number=order.data["increment_id"])


def companies(shop):
    """Return the rows of ``company/``."""
    return [_company(shop, identifier, company) for identifier, company in enumerate(COMPANIES, start=1)]


def _company(shop, identifier, company):
    admin = shop.customer(company.buyers[0].email, 1) or shop.customer(company.buyers[0].email, 2)
    address = company.address
    return {
        "id": identifier,
        "status": 1,
        "company_name": company.name,
        "legal_name": company.name,
        "company_email": company.buyers[0].email,
        "vat_tax_id": company.vat,
        "street": list(address.street),
        "city": address.city,
        "country_id": address.country,
        "region": address.region,
        "region_id": str(address.region_id or ""),
        "postcode": address.postcode,
        "telephone": address.telephone,
        "customer_group_id": company.group_id,
        "sales_representative_id": 1,
        "super_user_id": admin["id"] if admin else 0,
        "extension_attributes": {"is_purchase_order_enabled": True},
    }


def customer_company(shop, _call, customer_id, company_id=None):
    """``customers/{id}/companies`` and ``customers/{id}/companies/{company}``."""
    email = next((row["email"] for row in shop.customers if str(row["id"]) == customer_id), None)
    rows = [
        {"customer_id": int(customer_id), "company_id": number_of(company), "status": 1, "is_default": True,
         "job_title": "", "telephone": company.address.telephone}
        for company in COMPANIES
        if any(buyer.email == email for buyer in company.buyers)
    ]  # fmt: skip
    if company_id is None:
        return rows
    for row in rows:
        if str(row["company_id"]) == company_id:
            return row
    raise no_such_entity()


def customer_view(shop, customer):
    """Return a customer as REST shows it: in Adobe Commerce with the company it acts for."""
    found = customer_company(shop, None, str(customer["id"])) if shop.settings.commerce else []
    if not found:
        return customer
    extension = customer["extension_attributes"] | {"company_attributes": found[0]}
    return customer | {"extension_attributes": extension}


def credits(shop):
    """Return the rows of ``companyCredits/``."""
    return list(book(shop).credits.values())


def credit(shop, _call, credit_id):
    """``companyCredits/{id}`` and, as ids are alike, ``companyCredits/company/{id}``."""
    found = book(shop).credits.get(int(credit_id) if credit_id.isdigit() else 0)
    if found is None:
        raise no_such_entity()
    return found


def save_credit(shop, call, credit_id):
    """``PUT companyCredits/{id}``: set limit, currency and whether it may be exceeded."""
    found, given = credit(shop, call, credit_id), (call.body or {}).get("creditLimit")
    if not isinstance(given, dict):
        raise missing_field("creditLimit")
    if given.get("company_id") != found["company_id"]:
        raise ApiError(400, 'Invalid attribute value. Row ID: company_id = "%1".', [str(given.get("company_id"))])
    if given.get("credit_limit") is not None:
        found["credit_limit"] = number(given["credit_limit"])
    found["exceed_limit"] = bool(given.get("exceed_limit", found["exceed_limit"]))
    book(shop).operate(found, UPDATED if book(shop).history else ALLOCATED, ZERO)
    return found


def balance(refused, sign):
    """Return the function of ``increaseBalance`` (sign 1) or ``decreaseBalance`` (sign -1).

    :param refused: kinds of operations that it does not take
    """

    def change(shop, call, credit_id):
        found, body = credit(shop, call, credit_id), call.body or {}
        for name in ("value", "currency", "operationType"):
            if name not in body:
                raise missing_field(name)
        kind, value = int(body["operationType"]), number(body["value"])
        if kind in refused or kind not in range(1, 7) or value <= 0:
            raise ApiError(
                400, "Invalid attribute %fieldName: %fieldValue.", {"fieldName": "operationType", "fieldValue": kind}
            )
        book(shop).operate(found, kind, sign * value, str(body.get("comment") or ""))
        return True

    return change


def history(shop):
    """Return the rows of ``companyCredits/history``."""
    return book(shop).history


def catalogs(shop):
    """Return the rows of ``sharedCatalog/``."""
    return [
        {
            "id": identifier, "name": name, "description": name, "customer_group_id": group, "type": kind,
            "created_at": shop.clock.text(), "created_by": 1, "store_id": 0, "tax_class_id": 3,
        }
        for identifier, name, group, kind in CATALOGS
    ]  # fmt: skip


def catalog_companies(shop, _call, catalog_id):
    """``sharedCatalog/{id}/companies``: the companies' ids, as a JSON text within JSON."""
    _catalog(catalog_id)
    return json.dumps([str(company) for company, own in book(shop).assigned.items() if own == int(catalog_id)])


def assign_companies(shop, call, catalog_id):
    """``POST sharedCatalog/{id}/assignCompanies``."""
    _catalog(catalog_id)
    for row in listed(shop, call.body or {}, "companies", "Company\\CompanyInterface"):
        if row.get("id") not in book(shop).assigned:
            raise no_such_entity()
        book(shop).assigned[row["id"]] = int(catalog_id)
    return True


def assign_tier_prices(shop, call, catalog_id):
    """``POST sharedCatalog/{id}/assignTierPrices``: prices of the catalog's group, whatever group a row names."""
    group = GROUP_CODES[_catalog(catalog_id)]
    rows = [row | {"customer_group": group} for row in (call.body or {}).get("prices") or []]
    errors = price_writes.save_tier_prices(shop, {"prices": rows})
    if errors:
        raise ApiError(400, errors[0]["message"], errors[0]["parameters"])
    return []


def _catalog(catalog_id):
    for identifier, _name, group, _kind in CATALOGS:
        if str(identifier) == catalog_id:
            return group
    raise no_such_entity()
