"""Finding and making the people who buy, a batch at a time.

An account of the shop is a person for good. A guest is known by an e-mail address, which proves nothing: anybody may
type it. So a guest's order goes to the company of a known buyer only where the order itself names that company, by VAT
number or name; where neither has a company, the address is enough. Else the guest is a contact of their own, and a
person is told.
"""

from odoo import api, models

from .loader_party import GUEST


class MagentoLoaderBuyer(models.AbstractModel):
    _name = "magento.loader.buyer"
    _description = "Finder of Buyers"

    def _accounts(self, backend, parties):
        """dict of party key → the partner of the account, for those that come with a known one"""
        found = self.env["magento.binding"]._find(
            backend, "customers", [str(party.customer_id) for party in parties if party.customer_id]
        )
        return {party.key: found[str(party.customer_id)] for party in parties if str(party.customer_id) in found}

    @api.model
    def _has_company(self, partner):
        return bool(partner) and partner.commercial_partner_id.is_company

    def _buyers(self, backend, parties, companies, accounts, places):
        """Find or make the people who buy: contacts of the company, or customers of their own.

        :returns: (dict of party key → partner, dict of party key → what a person should look at)
        """
        nobody = self.env["res.partner"]
        keys = {party.key: party.buyer_keys(companies.get(party.key, nobody)) for party in parties}
        self._join_companies(backend, parties, companies, accounts)
        found = self._linked_buyers(backend, keys)
        linked = set(found)
        kin = self._kin(backend, parties, found)
        chosen = {}

        def choose():
            for party in parties:
                if party.key not in chosen:
                    partner = self._fitting(party, keys[party.key], found, companies.get(party.key, nobody), kin)
                    if partner:
                        chosen[party.key] = partner

        choose()
        missing = [party for party in parties if party.key not in chosen]
        remarks = self._match_by_email(missing, keys, companies, found, kin)
        choose()
        missing = [party for party in parties if party.key not in chosen]
        created = self._create_buyers(missing, keys, companies, found, places)
        choose()
        self._bind_buyers(backend, parties, found, linked, created)
        return {
            party.key: chosen.get(party.key) or found.get(("anonymous", party.key)) or companies[party.key]
            for party in parties
        }, {key: remark for key, remark in remarks.items() if key in [party.key for party in missing]}

    # -- who it may be ---------------------------------------------------------------------------------------------

    def _linked_buyers(self, backend, keys):
        """dict of (entity, external id) → partner"""
        found = {}
        for entity in ("customers", GUEST):
            wanted = [external for pairs in keys.values() for kind, external in pairs if kind == entity]
            if wanted:
                partners = self.env["magento.binding"]._find(backend, entity, wanted)
                found.update({(entity, key): partner for key, partner in partners.items()})
        return found

    def _kin(self, backend, parties, found):
        """People with the parties' e-mail addresses, and the links of all people in question.

        :returns: dict with ``by_email`` (address → partners) and ``links`` (partner id → list of (entity, website))
        """
        emails = {party.email_key for party in parties if party.email}
        partners = self.env["res.partner"].search([("email_normalized", "in", list(emails))], order="id")
        people = partners.union(*found.values())
        links = {}
        for link in self.env["magento.binding"].search(
            [
                ("backend_id", "=", backend.id),
                ("entity", "in", ("customers", GUEST)),
                ("model", "=", "res.partner"),
                ("res_id", "in", people.ids),
            ]
        ):
            website = link.website_external_id
            if link.entity == GUEST and link.external_id.partition(":")[0].isdigit():
                website = int(link.external_id.partition(":")[0])
            links.setdefault(link.res_id, []).append((link.entity, website, link.external_id))
        return {"by_email": partners.grouped("email_normalized"), "links": links}

    def _fitting(self, party, keys, found, company, kin):
        """The buyer among the links, None where none may be taken. A link made for this very company always may."""
        for position, key in enumerate(keys):
            partner = found.get(key)
            if partner and (position or self._agrees(party, partner, company, kin)):
                return partner
        return None

    @api.model
    def _agrees(self, party, partner, company, kin):
        """Whether a party may be this partner, by what it says of its company."""
        if company:
            return partner == company or partner.commercial_partner_id == company
        if party.customer_id:
            return True
        if partner.commercial_partner_id.is_company or partner.commercial_partner_id != partner:
            return False
        has_account = any(entity == "customers" for entity, _website, _key in kin["links"].get(partner.id, ()))
        return not has_account or partner.email_normalized == party.email_key

    def _match_by_email(self, parties, keys, companies, found, kin):
        """A person with the same e-mail of the same website, under the same company or under none where none is named.

        :returns: dict of party key → remark, for guests whose address belongs to somebody they may not be
        """
        nobody, remarks = self.env["res.partner"], {}
        for party in parties:
            company = companies.get(party.key, nobody)
            people = kin["by_email"].get(party.email_key, nobody) if party.email else nobody
            fitting = people.filtered(
                lambda partner, party=party, company=company: (
                    partner.company_id in (party.company, self.env["res.company"])
                    and (partner == company or partner.commercial_partner_id == (company or partner))
                    and (company or not partner.is_company)
                    and self._same_website(party, partner, kin)
                )
            )
            if fitting:
                self._take(keys[party.key], fitting[0], found)
            elif not party.customer_id:
                others = people.filtered(self._has_company).commercial_partner_id
                if others:
                    remarks[party.key] = self.env._(
                        "A guest ordered with the e-mail address %(email)s, which is known from %(companies)s. The "
                        "order does not name that company, so it is booked on a contact of its own. If it is the same "
                        "buyer, change the customer of the order.",
                        email=party.email,
                        companies=", ".join(others.mapped("display_name")),
                    )
        return remarks

    @api.model
    def _same_website(self, party, partner, kin):
        """Accounts of two websites are two people to the shop, though they share an address."""
        websites = {website for _entity, website, _key in kin["links"].get(partner.id, ()) if website}
        return not websites or not party.website_id or party.website_id in websites

    @api.model
    def _take(self, keys, partner, found):
        """Note a partner under the first of the keys that is still free."""
        for key in keys:
            if key not in found:
                found[key] = partner
                return

    # -- making ----------------------------------------------------------------------------------------------------

    def _join_companies(self, backend, parties, companies, accounts):
        """Somebody who had no company, and did nothing yet, is a contact of the one that they name first."""
        joining = {
            accounts[party.key]: companies[party.key]
            for party in parties
            if party.key in companies
            and party.key in accounts
            and not self._has_company(accounts[party.key])
            and accounts[party.key] != companies[party.key]
        }
        if not joining:
            return
        people = self.env["res.partner"].union(*joining)
        links = self.env["magento.binding"].search(
            [
                ("backend_id", "=", backend.id),
                ("entity", "=", "customers"),
                ("made_here", "=", True),
                ("res_id", "in", people.ids),
            ]
        )
        busy = set()
        for model, field in (("sale.order", "partner_id"), ("account.move", "commercial_partner_id")):
            rows = self.env[model]._read_group([(field, "in", people.ids)], [field])
            busy |= {partner.id for (partner,) in rows}
        for partner in people.filtered(lambda partner: partner.id in links.mapped("res_id") and partner.id not in busy):
            partner.write({"parent_id": joining[partner].id, "type": "contact"})

    def _create_buyers(self, parties, keys, companies, found, places):
        new = {}
        for party in parties:
            free = next((key for key in keys[party.key] if key not in found), None)
            if free:
                new.setdefault((free, companies.get(party.key)), party)
            elif party.key not in companies:
                new[("anonymous", party.key), None] = party
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
        for ((key, _company), party), partner in zip(new.items(), partners, strict=True):
            self._take([key, *keys[party.key]], partner, found)
        return partners

    def _bind_buyers(self, backend, parties, found, linked, created):
        """Note the new links, and in which website an account is."""
        binding = self.env["magento.binding"]
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
        websites = {str(party.customer_id): party.website_id for party in parties if party.customer_id}
        for external_id, link in binding._links(backend, "customers", websites).items():
            if websites[external_id]:
                link._remember({"website_external_id": websites[external_id]})
