"""Customer accounts become partners."""

from odoo import models

from ..magento_wire.intents import AddressIntent
from .loader_partner import Party


class MagentoLoaderCustomer(models.AbstractModel):
    _name = "magento.loader.customer"
    _inherit = ["magento.loader", "magento.loader.partner"]
    _description = "Loader of Customers"

    def _load(self, backend, staged):
        websites = {store.website_id: store for store in self._stores(backend).values()}
        parties = {item.record_id: self._party(backend, item.intent, websites) for item in staged}
        known = self.env["magento.binding"]._find(backend, "customers", [item.external_id for item in staged])
        self._resolve(backend, list(parties.values()))
        self._follow(backend, [item for item in staged if item.external_id in known], known)
        return {}

    def _party(self, backend, intent, websites):
        store = websites.get(intent.website_id) or self.env["magento.store"]
        main = intent.billing or AddressIntent()
        addresses = [address for address in (intent.billing, intent.shipping, *intent.addresses) if address]
        return Party(
            key=intent.external_id,
            customer_id=intent.external_id,
            name=intent.name,
            email=intent.email,
            company_name=intent.company or main.company,
            vat=intent.vat or main.vat,
            shop_company_id=intent.company_id,
            group_id=intent.group_id,
            website_id=intent.website_id,
            lang=store.lang or "",
            addresses=tuple({address.content_hash: address for address in addresses}.values()),
            company=store.company_id or backend.company_id,
        )

    def _follow(self, backend, staged, known):
        """Later payloads: people that the connector made follow the shop; a company's name does not."""
        made_here = set(
            self.env["magento.binding"]
            .search(
                [
                    ("backend_id", "=", backend.id),
                    ("entity", "=", "customers"),
                    ("made_here", "=", True),
                    ("external_id", "in", [item.external_id for item in staged]),
                ]
            )
            .mapped("external_id")
        )
        for item in staged:
            partner = known[item.external_id]
            wanted = {"name": item.intent.name, "email": item.intent.email}
            changed = {name: value for name, value in wanted.items() if value and partner[name] != value}
            if item.external_id in made_here and not partner.is_company and changed:
                partner.write(changed)
