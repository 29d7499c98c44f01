"""Finding and making the partners behind customers and orders, a batch at a time.

A company is found by its link, its VAT number, or its exact name, in this order; the buyer is a contact of it; each
address is a contact once, told apart by its content and not by the shop's ids, which differ for every order. A
company's name is never overwritten by what a contact typed.
"""

from odoo import api, models
from odoo.tools import SQL

from .loader_party import COMPANY, GUEST, Found, Party, plain, plain_vat

__all__ = ["COMPANY", "GUEST", "Found", "Party"]


class MagentoLoaderPartner(models.AbstractModel):
    _name = "magento.loader.partner"
    _inherit = ["magento.loader.buyer"]
    _description = "Finder of Customers"

    @api.model
    def _resolve(self, backend, parties):
        """Find or make the partners of some parties.

        :param parties: list of `Party`
        :returns: dict of the party's key → `Found`
        """
        places = self._places(backend, parties)
        accounts = self._accounts(backend, parties)
        companies = self._companies(backend, parties, places, accounts)
        buyers, remarks = self._buyers(backend, parties, companies, accounts, places)
        owners = {party.key: companies.get(party.key) or buyers[party.key] for party in parties}
        addresses = self._addresses(parties, owners, places)
        return {
            party.key: Found(
                buyers[party.key],
                {
                    address.content_hash: addresses[owners[party.key].id, address.content_hash]
                    for address in party.addresses
                },
                remarks.get(party.key, ""),
            )
            for party in parties
        }

    # -- companies -------------------------------------------------------------------------------------------------

    def _companies(self, backend, parties, places, accounts=None):
        """dict of party key → company partner, for parties that name a company or whose account belongs to one.

        An account keeps its company when an order only types another name: that is no other customer.
        """
        binding = self.env["magento.binding"]
        result = {
            party.key: accounts[party.key].commercial_partner_id
            for party in parties
            if not party.names_company_surely and self._has_company((accounts or {}).get(party.key))
        }
        parties = [party for party in parties if party.company_keys and party.key not in result]
        found = binding._find(backend, COMPANY, [key for party in parties for key in party.company_keys])
        linked = set(found)
        self._match_existing([party for party in parties if not self._company_of(party, found)], found)
        created = self._create_companies(
            [party for party in parties if not self._company_of(party, found)], found, places
        )
        result.update({party.key: self._company_of(party, found) for party in parties})
        for party in parties:
            for key in party.company_keys:
                if not key.startswith("name:") or key == f"name:{plain(result[party.key].name)}":
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
                key.startswith("name:")
                and party.vat_key
                and company.vat
                and plain_vat(company.vat) not in party.vat_spellings
            ):
                return company
        return None

    def _match_existing(self, parties, found):
        """Look among Odoo's companies by VAT number, then by name; one that fits alone is taken."""
        nowhere = self.env["res.company"]
        spellings = {spelling: party for party in parties for spelling in party.vat_spellings}
        for partner, spelling in self._by_vat(spellings):
            party = spellings[spelling]
            abroad = not spelling[:2].isalpha() and partner.country_id.code not in (party.country, False)
            if partner.company_id in (party.company, nowhere) and not abroad:
                found.setdefault(next(key for key in party.company_keys if key.startswith("vat:")), partner)
        names = {
            plain(party.company_title): party
            for party in parties
            if party.company_title and not self._company_of(party, found)
        }
        for name, partners in self._by_name(names).items():
            fitting = partners.filtered(
                lambda partner, party=names[name]: partner.company_id in (party.company, nowhere)
            )
            if len(fitting) == 1:
                found.setdefault(f"name:{name}", fitting)

    def _by_vat(self, spellings):
        """(partner, its number in one spelling), companies first, the oldest first."""
        if not spellings:
            return []
        self.env["res.partner"].flush_model(["vat", "is_company", "parent_id", "active"])
        rows = self.env.execute_query(
            SQL(
                """SELECT id, regexp_replace(upper(vat), '[^A-Z0-9]', '', 'g') FROM res_partner
                    WHERE vat IS NOT NULL AND parent_id IS NULL AND active
                      AND regexp_replace(upper(vat), '[^A-Z0-9]', '', 'g') IN %s
                    ORDER BY is_company DESC, id""",
                tuple(spellings),
            )
        )
        partners = self.env["res.partner"].browse([row_id for row_id, _number in rows])
        return list(zip(partners, (number for _row_id, number in rows), strict=True))

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
            self.env["res.partner"].browse([row_id for (row_id,) in rows]).grouped(lambda partner: plain(partner.name))
        )

    def _create_companies(self, parties, found, places):
        """Make the companies that nobody knows; buyers of one company in one batch make it once."""
        first_of = {}
        for party in parties:
            twins = (first_of[key] for key in party.company_keys if key in first_of)
            twin = next(
                (
                    twin
                    for twin in twins
                    if not (twin.vat_key and party.vat_key and not twin.vat_spellings & party.vat_spellings)
                ),
                party,
            )
            for key in party.company_keys:
                first_of.setdefault(key, twin)
        distinct = list({id(party): party for party in first_of.values()}.values())
        partners = self.env["res.partner"].create(
            [
                {
                    "name": party.company_title or party.name or party.vat_key,
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
        theirs = [plain(" ".join(line for line in lines if line)), owner.country_id.code or ""]
        given = [plain(" ".join([*address.street, address.postcode, address.city])), address.country.upper()]
        return theirs == given and bool(given[0]) and plain(address.company or address.name) == plain(owner.name)

    @staticmethod
    def _address_name(address, owner):
        if address.company and plain(address.company) != plain(owner.name or ""):
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
            **self._unknown_country_values(address, country),
            **({"email": address.email or False} if with_email else {}),
        }

    def _unknown_country_values(self, address, country):
        """A country that Odoo does not have is kept in words, not lost."""
        if country or not address.country:
            return {}
        return {"comment": self.env._("Country in the shop: %(code)s (not known here)", code=address.country)}

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
                (state.country_id.id, plain(word)): state.id for state in states for word in (state.name, state.code)
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
            states.get((country, plain(address.region_code))) or states.get((country, plain(address.region))) or False
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
