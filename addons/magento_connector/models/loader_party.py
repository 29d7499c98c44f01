"""Who stands behind a customer account or an order, in one form, and the keys by which such a party is known again."""

import re
from typing import Any, NamedTuple

from odoo.tools import email_normalize

COMPANY = "company"
GUEST = "guest"
LOOKS_LIKE_VAT = re.compile(r"[A-Z]{2}[0-9A-Z]{7,13}")
SAME_PREFIX = {"EL": "GR", "GR": "EL"}


class Party(NamedTuple):
    """Who stands behind a customer account or an order."""

    key: Any
    customer_id: int | None
    name: str
    email: str
    company_name: str
    vat: str
    shop_company_id: int | None
    group_id: int | None
    website_id: int | None
    lang: str
    addresses: tuple
    company: Any

    @property
    def country(self):
        return self.addresses[0].country.upper() if self.addresses else ""

    @property
    def vat_key(self):
        """The VAT number without blanks and signs; also one that was typed into the company's name. What holds no
        digits is none: people type names and “none” into the field."""
        stated = vat_digits(self.vat)
        if stated:
            return stated
        typed = plain_vat(self.company_name)
        return typed if LOOKS_LIKE_VAT.fullmatch(typed) and sum(sign.isdigit() for sign in typed) >= 7 else ""

    @property
    def vat_spellings(self):
        """The same number with and without the country before it."""
        return vat_spellings(self.vat_key, self.country)

    @property
    def company_title(self):
        """The company's name; none where somebody typed the VAT number there."""
        return "" if self.vat_key and plain_vat(self.company_name) == self.vat_key else self.company_name

    @property
    def company_keys(self):
        """How the company may be linked, the surest first."""
        keys = []
        if self.shop_company_id:
            keys.append(f"id:{self.shop_company_id}")
        if self.vat_key:
            keys.append(f"vat:{max(self.vat_spellings, key=lambda one: (len(one), one))}")
        if self.company_title:
            keys.append(f"name:{plain(self.company_title)}")
        return keys

    @property
    def names_company_surely(self):
        """By an account of the shop or a VAT number, not by a name that anybody may type."""
        return bool(self.shop_company_id or self.vat_key)

    @property
    def email_key(self):
        return email_normalize(self.email) or plain(self.email)

    def buyer_keys(self, company):
        """(entity, external id) pairs of the buyer's links, the surest first.

        :param company: the company that the party buys for, or an empty record
        """
        if self.customer_id:
            own = ("customers", str(self.customer_id))
            return [own, (GUEST, f"account:{self.customer_id}#{company.id}")] if company else [own]
        if self.email:
            key = f"{self.website_id or 0}:{self.email_key}"
            return [(GUEST, key), (GUEST, f"{key}#{company.id or 0}")]
        return []


class Found(NamedTuple):
    """The partners of a party. ``addresses`` maps an address's content hash to its contact; ``remark`` tells, in words,
    what a person should look at."""

    buyer: Any
    addresses: dict
    remark: str = ""


def plain(text):
    return " ".join((text or "").split()).lower()


def plain_vat(text):
    return re.sub(r"[^A-Z0-9]", "", (text or "").upper())


def vat_digits(text):
    """A VAT number in one spelling, empty where the text cannot be one."""
    number = plain_vat(text)
    return number if sum(sign.isdigit() for sign in number) >= 2 and len(number) >= 4 else ""


def vat_spellings(number, country):
    """A VAT number as it may stand elsewhere: with and without the country before it, EL for GR."""
    if not number:
        return set()
    prefixes = {country, SAME_PREFIX.get(country, country)} - {""}
    bare = next((number[2:] for prefix in prefixes if number.startswith(prefix)), number)
    if bare == number and number[:2].isalpha():
        return {number}
    return {bare, *(prefix + bare for prefix in prefixes)}
