"""Finding and making the partners behind customers and orders, a batch at a time.

A company is found by its link, its VAT number, or its exact name, in this order; the buyer is a contact of it; each
address is a contact once, told apart by its content and not by the shop's ids, which differ for every order. A
company's name is never overwritten by what a contact typed.
"""

import re
from typing import Any, NamedTuple

from odoo import api, models
from odoo.tools import SQL, email_normalize

COMPANY = "company"
GUEST = "guest"


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
    def vat_key(self):
        return _vat(self.vat)

    @property
    def company_keys(self):
        """How the company may be linked, the surest first."""
        keys = []
        if self.shop_company_id:
            keys.append(f"id:{self.shop_company_id}")
        if self.vat_key:
            keys.append(f"vat:{self.vat_key}")
        if self.company_name:
            keys.append(f"name:{_plain(self.company_name)}")
        return keys

    @property
    def buyer_keys(self):
        """(entity, external id) pairs of the buyer's links, the surest first."""
        if self.customer_id:
            return [("customers", str(self.customer_id))]
        if self.email:
            return [(GUEST, f"{self.website_id or 0}:{email_normalize(self.email) or _plain(self.email)}")]
        return []


class Found(NamedTuple):
    """The partners of a party. ``addresses`` maps an address's content hash to its contact."""

    buyer: Any
    addresses: dict


class MagentoLoaderPartner(models.AbstractModel):
    _name = "magento.loader.partner"
    _description = "Finder of Customers"

    @api.model
    def _resolve(self, backend, parties):
        """Find or make the partners of some parties.

        :param parties: list of `Party`
        :returns: dict of the party's key → `Found`
        """
        places = self._places(backend, parties)
        companies = self._companies(backend, parties, places)
        buyers = self._buyers(backend, parties, companies, places)
        owners = {party.key: companies.get(party.key) or buyers[party.key] for party in parties}
        addresses = self._addresses(parties, owners, places)
        return {
            party.key: Found(
                buyers[party.key],
                {
                    address.content_hash: addresses[owners[party.key].id, address.content_hash]
                    for address in party.addresses
                },
            )
            for party in parties
        }

    # -- companies -------------------------------------------------------------------------------------------------

    def _companies(self, backend, parties, places):
        """dict of party key → company partner, for parties that name a company."""
        binding = self.env["magento.binding"]
        parties = [party for party in parties if party.company_keys]
        found = binding._find(backend, COMPANY, [key for party in parties for key in party.company_keys])
        linked = set(found)
        self._match_existing([party for party in parties if not self._company_of(party, found)], found)
        created = self._create_companies(
            [party for party in parties if not self._company_of(party, found)], found, places
        )
        result = {party.key: self._company_of(party, found) for party in parties}
        for party in parties:
            for key in party.company_keys:
                if not key.startswith("name:") or key == f"name:{_plain(result[party.key].name)}":
                    found.setdefault(key, result[party.key])
        binding._bind(
            backend, COMPANY, [(key, found[key], found[key].name) for key in found if key not in linked], created.ids
        )
        return result

    @staticmethod
    def _company_of(party, found):
        """The company of a party among those found; a name alone does not outweigh another VAT number."""
        for key in party.company_keys:
            company = found.get(key)
            if company and not (
                key.startswith("name:") and party.vat_key and company.vat and _vat(company.vat) != party.vat_key
            ):
                return company
        return None

    def _match_existing(self, parties, found):
        """Look among Odoo's companies by VAT number, then by name; one that fits alone is taken."""
        nowhere = self.env["res.company"]
        spellings = {spelling: party for party in parties if party.vat_key for spelling in (party.vat, party.vat_key)}
        if spellings:
            for partner in self.env["res.partner"].search(
                [("vat", "in", list(spellings)), ("parent_id", "=", False)], order="is_company desc, id"
            ):
                party = spellings[partner.vat]
                if partner.company_id in (party.company, nowhere):
                    found.setdefault(f"vat:{party.vat_key}", partner)
        names = {
            _plain(party.company_name): party
            for party in parties
            if party.company_name and not self._company_of(party, found)
        }
        for name, partners in self._by_name(names).items():
            fitting = partners.filtered(
                lambda partner, party=names[name]: partner.company_id in (party.company, nowhere)
            )
            if len(fitting) == 1:
                found.setdefault(f"name:{name}", fitting)

    def _by_name(self, names):
        if not names:
            return {}
        self.env["res.partner"].flush_model(["name", "is_company", "parent_id", "active"])
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM res_partner WHERE is_company AND parent_id IS NULL AND active AND lower(name) IN "
                "%s ORDER BY id",
                tuple(names),
            )
        )
        return (
            self.env["res.partner"].browse([row_id for (row_id,) in rows]).grouped(lambda partner: _plain(partner.name))
        )

    def _create_companies(self, parties, found, places):
        """Make the companies that nobody knows; buyers of one company in one batch make it once."""
        first_of = {}
        for party in parties:
            twins = (first_of[key] for key in party.company_keys if key in first_of)
            twin = next(
                (twin for twin in twins if not (twin.vat_key and party.vat_key and twin.vat_key != party.vat_key)),
                party,
            )
            for key in party.company_keys:
                first_of.setdefault(key, twin)
        distinct = list({id(party): party for party in first_of.values()}.values())
        partners = self.env["res.partner"].create(
            [
                {
                    "name": party.company_name or party.name or party.vat,
                    "is_company": True,
                    "vat": party.vat_key or False,
                    "lang": party.lang or False,
                    **self._group_values(party, places),
                    **self._main_address_values(party, places),
                }
                for party in distinct
            ]
        )
        by_party = {id(party): partner for party, partner in zip(distinct, partners, strict=True)}
        for key, party in first_of.items():
            found.setdefault(key, by_party[id(party)])
        return partners

    # -- buyers ----------------------------------------------------------------------------------------------------

    def _buyers(self, backend, parties, companies, places):
        """dict of party key → the person who buys: a contact of the company, or a customer of their own."""
        binding = self.env["magento.binding"]
        found = {}
        for entity in ("customers", GUEST):
            wanted = [external for party in parties for kind, external in party.buyer_keys if kind == entity]
            if wanted:
                found.update(
                    {(entity, key): partner for key, partner in binding._find(backend, entity, wanted).items()}
                )
        linked = set(found)
        self._match_by_email([party for party in parties if not self._known_buyer(party, found)], companies, found)
        created = self._create_buyers(
            [party for party in parties if not self._known_buyer(party, found)], companies, found, places
        )
        for entity in ("customers", GUEST):
            binding._bind(
                backend,
                entity,
                [
                    (external, partner, partner.email)
                    for (kind, external), partner in found.items()
                    if kind == entity and (kind, external) not in linked
                ],
                created.ids,
            )
        return {
            party.key: self._known_buyer(party, found) or found.get(("anonymous", party.key)) or companies[party.key]
            for party in parties
        }

    @staticmethod
    def _known_buyer(party, found):
        return next((found[key] for key in party.buyer_keys if key in found), None)

    def _match_by_email(self, parties, companies, found):
        """A person with the same e-mail, under the same company or under none where the buyer names none."""
        wanted = {email_normalize(party.email) for party in parties if party.email} - {False}
        if not wanted:
            return
        partners = self.env["res.partner"].search([("email_normalized", "in", list(wanted))], order="id")
        by_email = partners.grouped("email_normalized")
        for party in parties:
            company = companies.get(party.key, self.env["res.partner"])
            fitting = by_email.get(email_normalize(party.email), self.env["res.partner"]).filtered(
                lambda partner, party=party, company=company: (
                    partner.company_id in (party.company, self.env["res.company"])
                    and (partner == company or partner.commercial_partner_id == (company or partner))
                )
            )
            if fitting:
                found.setdefault(party.buyer_keys[0], fitting[0])

    def _create_buyers(self, parties, companies, found, places):
        new = {}
        for party in parties:
            key = party.buyer_keys[0] if party.buyer_keys else ("anonymous", party.key)
            if party.buyer_keys or party.key not in companies:
                new.setdefault(key, party)
        partners = self.env["res.partner"].create(
            [
                {
                    "name": party.name or party.email or self.env._("Guest"),
                    "email": party.email or False,
                    "lang": party.lang or False,
                    **(
                        {"parent_id": companies[party.key].id, "type": "contact"}
                        if party.key in companies
                        else {**self._group_values(party, places), **self._main_address_values(party, places)}
                    ),
                }
                for party in new.values()
            ]
        )
        found.update(zip(new, partners, strict=True))
        return partners

    # -- addresses -------------------------------------------------------------------------------------------------

    def _addresses(self, parties, owners, places):
        """dict of (owner's id, content hash) → contact."""
        wanted = {
            (owners[party.key].id, address.content_hash): (party, address)
            for party in parties
            for address in party.addresses
        }
        owner_ids = list({owner for owner, _hash in wanted})
        known = self._at_known_addresses(owner_ids, {content for _owner, content in wanted})
        found = {(partner.parent_id.id or partner.id, partner.magento_address_key): partner for partner in known}
        for (owner, content), (_party, address) in wanted.items():
            if (owner, content) not in found and self._is_at(self.env["res.partner"].browse(owner), address):
                found[owner, content] = self.env["res.partner"].browse(owner)
        new = [key for key in wanted if key not in found]
        partners = self.env["res.partner"].create(
            [
                {
                    "parent_id": owner,
                    "type": "delivery"
                    if len(party.addresses) > 1 and party.addresses[0].content_hash != content
                    else "invoice",
                    "name": self._address_name(address, self.env["res.partner"].browse(owner)),
                    **self._address_values(address, places),
                }
                for (owner, content) in new
                for party, address in [wanted[owner, content]]
            ]
        )
        found.update(zip(new, partners, strict=True))
        return found

    def _at_known_addresses(self, owner_ids, contents):
        """Contacts of some customers that came from the shop before; one that was archived is in use again."""
        known = (
            self.env["res.partner"]
            .with_context(active_test=False)
            .search(
                [
                    "|",
                    ("parent_id", "in", owner_ids),
                    ("id", "in", owner_ids),
                    ("magento_address_key", "in", list(contents)),
                ]
            )
        )
        known.filtered(
            lambda partner: not partner.active and (not partner.parent_id or partner.parent_id.active)
        ).action_unarchive()
        return known.with_context(active_test=True)

    @staticmethod
    def _is_at(owner, address):
        """Whether an address is the customer's own, as it stands in Odoo."""
        lines = (owner.street, owner.street2, owner.zip, owner.city)
        theirs = [_plain(" ".join(line for line in lines if line)), owner.country_id.code or ""]
        given = [_plain(" ".join([*address.street, address.postcode, address.city])), address.country.upper()]
        return theirs == given and bool(given[0]) and _plain(address.company or address.name) == _plain(owner.name)

    @staticmethod
    def _address_name(address, owner):
        if address.company and _plain(address.company) != _plain(owner.name or ""):
            return (
                ", ".join(part for part in (address.company, address.name) if part and part != address.company)
                or address.company
            )
        return address.name or owner.name

    def _main_address_values(self, party, places):
        """A new customer's own address is the first one it comes with."""
        return self._address_values(party.addresses[0], places, with_email=False) if party.addresses else {}

    def _address_values(self, address, places, with_email=True):
        streets = [line for line in address.street if line]
        country, state = self._place(address, places)
        return {
            "street": streets[0] if streets else False,
            "street2": ", ".join(streets[1:]) or False,
            "city": address.city or False,
            "zip": address.postcode or False,
            "country_id": country,
            "state_id": state,
            "phone": address.phone or False,
            "magento_address_key": address.content_hash,
            **({"email": address.email or False} if with_email else {}),
        }

    # -- lookups ---------------------------------------------------------------------------------------------------

    def _places(self, backend, parties):
        """Countries, states and customer groups of a batch, one query each."""
        codes = {address.country.upper() for party in parties for address in party.addresses if address.country}
        countries = self.env["res.country"].search([("code", "in", list(codes))])
        states = self.env["res.country.state"].search([("country_id", "in", countries.ids)])
        groups = {party.group_id for party in parties if party.group_id is not None}
        return {
            "countries": {country.code: country.id for country in countries},
            "states": {
                (state.country_id.id, _plain(word)): state.id for state in states for word in (state.name, state.code)
            },
            "groups": {
                group.external_id: group
                for group in self.env["magento.customer.group"].search(
                    [("backend_id", "=", backend.id), ("external_id", "in", list(groups))]
                )
            }
            if groups
            else {},
        }

    @staticmethod
    def _place(address, places):
        country = places["countries"].get(address.country.upper(), False)
        states = places["states"]
        state = (
            states.get((country, _plain(address.region_code))) or states.get((country, _plain(address.region))) or False
        )
        return country, state

    @staticmethod
    def _group_values(party, places):
        group = places["groups"].get(party.group_id)
        if not group:
            return {}
        return {
            "magento_group_id": group.id,
            **({"property_product_pricelist": group.pricelist_id.id} if group.pricelist_id else {}),
        }


def _plain(text):
    return " ".join((text or "").split()).lower()


def _vat(text):
    return re.sub(r"[^A-Z0-9]", "", text.upper())
