"""Company accounts of Adobe Commerce become companies, by their own name, VAT number and address.

A subsidiary stays a customer of its own: it owes its own money. Which company it belongs under in the shop is a link,
and no parent in Odoo's sense, which would book its invoices on the parent.
"""

from odoo import models

from .loader_party import COMPANY, Party
from .loading import NotYet, Refused


class MagentoLoaderCompany(models.AbstractModel):
    _name = "magento.loader.company"
    _inherit = ["magento.loader", "magento.loader.partner"]
    _description = "Loader of Companies"

    def _load(self, backend, staged):
        binding = self.env["magento.binding"]
        known = binding._find(backend, "companies", [item.external_id for item in staged])
        parties = [self._party(backend, item.intent) for item in staged]
        places = self._places(backend, parties)
        new = [party for party, item in zip(parties, staged, strict=True) if item.external_id not in known]
        found = {str(key): partner for key, partner in self._companies(backend, new, places).items()}
        links = binding._links(backend, COMPANY, [party.company_keys[0] for party in new])
        binding._bind(
            backend,
            "companies",
            [
                (item.external_id, found[item.external_id], item.intent.name)
                for item in staged
                if item.external_id in found
            ],
            [link.res_id for link in links.values() if link.made_here],
        )
        self._follow(
            backend,
            staged,
            {**known, **found},
            dict(zip([i.external_id for i in staged], parties, strict=True)),
            places,
        )
        return {}

    def _party(self, backend, intent):
        return Party(
            key=intent.external_id,
            customer_id=None,
            name=intent.name,
            email=intent.email,
            company_name=intent.legal_name or intent.name,
            vat=intent.vat,
            shop_company_id=intent.external_id,
            group_id=intent.customer_group_id,
            website_id=None,
            lang="",
            addresses=(intent.address,) if intent.address else (),
            company=backend.company_id,
        )

    def _follow(self, backend, staged, partners, parties, places):
        """What the shop says later: all of companies the connector made, of the others only how they stand there."""
        links = self.env["magento.binding"]._links(backend, "companies", partners)
        users = self._sales_people(backend, [item.intent for item in staged])
        for item in staged:
            partner, intent, party = partners[item.external_id], item.intent, parties[item.external_id]
            self._note_state(partner, intent)
            values = {"magento_sales_rep": intent.sales_rep_id or 0}
            user = users.get(intent.sales_rep_email.lower()) or users.get(intent.sales_rep_id)
            if user and not partner.user_id:
                values["user_id"] = user.id
            if links[item.external_id].made_here:
                values |= {"is_company": True, "name": party.company_name, "vat": party.vat_key or False}
                values |= {"email": intent.email or False}
                values |= {name: value for name, value in self._main_address_values(party, places).items() if value}
                group = places["groups"].get(party.group_id)
                values |= {"magento_group_id": group.id} if group else {}
            self._write_changes(partner, values)
            links[item.external_id]._remember({"reference": intent.name})

    def _sales_people(self, backend, intents):
        """dict of a sales representative's e-mail, or id in the shop, → user.

        The shop's interface tells the id only. Whoever looks after another company of the same representative here is
        the one, as long as it is one person.
        """
        emails = {intent.sales_rep_email.lower() for intent in intents if intent.sales_rep_email}
        users = self.env["res.users"].search([("share", "=", False), ("login", "in", list(emails))]) if emails else ()
        found = {user.login.lower(): user for user in users}
        reps = {intent.sales_rep_id for intent in intents if intent.sales_rep_id}
        if reps:
            rows = self.env["res.partner"]._read_group(
                [
                    ("magento_sales_rep", "in", list(reps)),
                    ("user_id", "!=", False),
                    ("magento_binding_ids.backend_id", "=", backend.id),
                ],
                ["magento_sales_rep", "user_id"],
            )
            for rep in reps:
                people = [user for other, user in rows if other == rep]
                if len(people) == 1:
                    found[rep] = people[0]
        return found

    def _note_state(self, partner, intent):
        """Keep how the account stands in the shop; what stops it from buying there is told in the chatter."""
        if partner.magento_company_state == (intent.status or False):
            return
        partner.magento_company_state = intent.status or False
        if intent.status in ("rejected", "blocked"):
            partner.message_post(
                body=self.env._(
                    "The shop's company account is %(state)s now. %(reason)s",
                    state=dict(partner._fields["magento_company_state"]._description_selection(self.env))[
                        intent.status
                    ],
                    reason=intent.reason,
                )
            )


class MagentoLoaderCompanyRelation(models.AbstractModel):
    _name = "magento.loader.company.relation"
    _inherit = ["magento.loader"]
    _description = "Loader of the Company Hierarchy"

    def _load(self, backend, staged):
        wanted = {str(one) for item in staged for one in (item.intent.external_id, item.intent.parent_id) if one}
        found = self.env["magento.binding"]._find(backend, "companies", wanted)
        nobody, refusals = self.env["res.partner"], {}
        for item in staged:
            company, parent = found.get(str(item.intent.external_id)), found.get(str(item.intent.parent_id), nobody)
            if not company or (item.intent.parent_id and not parent):
                refusals[item.record_id] = NotYet(
                    self.env._("Company %(id)s, or the one above it, has not been fetched yet.", id=item.external_id)
                )
            elif self._is_above(company, parent):
                refusals[item.record_id] = Refused(
                    self.env._(
                        "Company %(name)s is above itself in the shop's hierarchy. Correct it there.", name=company.name
                    )
                )
            elif company.magento_parent_company_id != parent:
                company.magento_parent_company_id = parent
        return refusals

    @staticmethod
    def _is_above(company, parent):
        seen = parent.browse()
        while parent and parent not in seen:
            if parent == company:
                return True
            seen |= parent
            parent = parent.magento_parent_company_id
        return False
