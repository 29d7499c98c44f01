"""From the shop's customers, guests and addresses to people and companies.

Nothing here decides whether two of them are the same partner: that needs the database. What it takes
(e-mail, website, VAT number, company, an address's content) is brought into one form here.
"""

from __future__ import annotations

import re

from .amounts import naive_utc, text, whole_number
from .intents import AddressIntent, BuyerIntent, CompanyIntent, CompanyRelationIntent, CustomerIntent
from .refusals import RecordRefused
from .shapes import well_shaped

COMPANY_STATES = {0: "pending", 1: "approved", 2: "rejected", 3: "blocked"}


def map_address(address, email=""):
    """Return an address of a customer, an order or a company.

    :param address: payload, or None
    :param str email: taken where the address has none
    :rtype: AddressIntent or None
    """
    if not isinstance(address, dict) or not address:
        return None
    region = address.get("region")
    region_name, region_code = region, address.get("region_code")
    if isinstance(region, dict):
        region_name, region_code = region.get("region"), region.get("region_code")
    ids = (address.get(name) for name in ("entity_id", "id", "address_id", "customer_address_id"))
    return AddressIntent(
        first_name=_person(address.get("prefix"), address.get("firstname"), address.get("middlename")),
        last_name=_person(address.get("lastname"), address.get("suffix")),
        company=text(address.get("company")),
        street=_street(address.get("street")),
        city=text(address.get("city")),
        postcode=text(address.get("postcode")),
        region=text(region_name),
        region_code=text(region_code),
        country=text(address.get("country_id")).upper(),
        phone=text(address.get("telephone")),
        email=text(address.get("email")) or email,
        vat=vat_number(address.get("vat_id")),
        external_id=next((whole_number(value) for value in ids if value is not None), None),
        customer_address_id=whole_number(address.get("customer_address_id")),
        default_billing=_flag(address, "default_billing", "is_default_billing"),
        default_shipping=_flag(address, "default_shipping", "is_default_shipping"),
    )


def map_customer(payload):
    """Return a customer account with its addresses.

    Reads the REST shape; Magento 1 names (``customer_id``, addresses merged under ``addresses``) are read as
    well.

    :param dict payload: a row of ``/V1/customers/search``
    :rtype: CustomerIntent
    :raises RecordRefused: without an id
    """
    payload = well_shaped(payload, "customer")
    external_id = whole_number(payload.get("id", payload.get("customer_id")))
    if external_id is None:
        raise RecordRefused("missing_field", entity="customer", number="?", field="id")
    email = text(payload.get("email"))
    addresses = tuple(
        address for address in (map_address(row, email) for row in payload.get("addresses") or []) if address
    )
    company_id, company = _company(payload)
    defaults = sorted(addresses, key=lambda address: not address.default_billing)
    return CustomerIntent(
        external_id=external_id,
        email=email,
        first_name=_person(payload.get("prefix"), payload.get("firstname"), payload.get("middlename")),
        last_name=_person(payload.get("lastname"), payload.get("suffix")),
        website_id=whole_number(payload.get("website_id")),
        store_id=whole_number(payload.get("store_id")),
        group_id=whole_number(payload.get("group_id")),
        vat=vat_number(payload.get("taxvat")) or next((row.vat for row in defaults if row.vat), ""),
        company=company
        or next((row.company for row in defaults if row.company), "")
        or _typed_as_number(payload.get("taxvat")),
        company_id=company_id,
        addresses=addresses,
        created_at=naive_utc(payload.get("created_at"), "created_at"),
        updated_at=naive_utc(payload.get("updated_at"), "updated_at"),
    )


def map_buyer(order, billing):
    """Return who placed an order.

    The e-mail is the order's, else the billing address's; some orders have none at all.

    :param dict order: payload
    :param billing: the order's AddressIntent, or None
    :rtype: BuyerIntent
    """
    customer_id = whole_number(order.get("customer_id"))
    extension = order.get("extension_attributes") or {}
    company = extension.get("company_order_attributes") or {}
    name = _person(order.get("customer_firstname"), order.get("customer_middlename"), order.get("customer_lastname"))
    return BuyerIntent(
        customer_id=customer_id or None,
        guest=not customer_id,
        email=text(order.get("customer_email")) or (billing.email if billing else ""),
        name=name or (billing.name if billing else ""),
        group_id=whole_number(order.get("customer_group_id")),
        vat=vat_number(order.get("customer_taxvat")) or (billing.vat if billing else ""),
        company=text(company.get("company_name"))
        or (billing.company if billing else "")
        or _typed_as_number(order.get("customer_taxvat"), (order.get("billing_address") or {}).get("vat_id")),
        company_id=whole_number(company.get("company_id")),
    )


def map_company(payload):
    """Return a company account of Adobe Commerce.

    :param dict payload: a row of ``/V1/company/``
    :rtype: CompanyIntent
    """
    payload = well_shaped(payload, "company")
    extension = payload.get("extension_attributes") or {}
    status = whole_number(payload.get("status"))
    external_id = whole_number(payload.get("id"))
    if external_id is None:
        raise RecordRefused("missing_field", entity="company", number="?", field="id")
    email = text(payload.get("company_email"))
    address = {
        key: payload.get(key)
        for key in ("street", "city", "country_id", "region", "region_id", "postcode", "telephone")
    }
    address["company"] = payload.get("company_name")
    return CompanyIntent(
        external_id=external_id,
        name=text(payload.get("company_name")),
        legal_name=text(payload.get("legal_name")),
        email=email,
        vat=vat_number(payload.get("vat_tax_id")),
        customer_group_id=whole_number(payload.get("customer_group_id")),
        admin_customer_id=whole_number(payload.get("super_user_id")),
        address=map_address(address, email),
        active=status in (1, None),
        status=COMPANY_STATES.get(1 if status is None else status, ""),
        reason=text(payload.get("reject_reason")),
        sales_rep_id=whole_number(payload.get("sales_representative_id")) or None,
        sales_rep_email=text(extension.get("sales_representative_email")),
    )


def map_company_relation(payload):
    """Return under which company account another one belongs (a row of ``/V1/company/relations``).

    :rtype: CompanyRelationIntent
    """
    payload = well_shaped(payload, "company relation")
    company, parent = whole_number(payload.get("company_id")), whole_number(payload.get("parent_id"))
    if company is None:
        raise RecordRefused("missing_field", entity="company relation", number="?", field="company_id")
    return CompanyRelationIntent(company, parent or 0)


def vat_number(value):
    """Return a VAT number without blanks, dots and dashes, in capitals; empty where there is none.

    People type names and "none" into the field: what holds no digit is no number.
    """
    number = re.sub(r"[\s.\-]", "", text(value)).upper()
    return number if re.search(r"\d", number) else ""


def _typed_as_number(*values):
    """A company's name that was typed into a field for its VAT number."""
    names = (" ".join(text(value).split()) for value in values)
    return next((name for name in names if len(name) > 4 and not re.search(r"\d", name)), "")


def _person(*parts):
    return " ".join(text(part) for part in parts if text(part))


def _street(value):
    lines = value if isinstance(value, list) else text(value).splitlines()
    found = (text(line) for line in lines)
    return tuple(line for line in found if line)


def _flag(payload, *names):
    return any(payload.get(name) in (True, 1, "1") for name in names)


def _company(payload):
    extension = payload.get("extension_attributes") or {}
    attributes = extension.get("company_attributes") or {}
    company_id = whole_number(attributes.get("company_id"))
    return company_id or None, text(attributes.get("company_name"))
