"""The shop's own structure: websites, store views and their settings, customer groups."""

from odoo import api, models

from .loading import NotYet


class MagentoLoaderStore(models.AbstractModel):
    _name = "magento.loader.store"
    _inherit = ["magento.loader"]
    _description = "Loader of Store Views"

    def _load(self, backend, staged):
        known = self._stores(backend)
        new = []
        for item in staged:
            intent = item.intent
            if not intent.external_id:  # the shop's own back office
                continue
            values = {
                "name": intent.name,
                "code": intent.code,
                "website_id": intent.website_id,
                "active": intent.active,
            }
            if intent.external_id in known:
                self._write_changes(known[intent.external_id], values)
            else:
                new.append(
                    {
                        **values,
                        "backend_id": backend.id,
                        "external_id": intent.external_id,
                        "company_id": backend.company_id.id,
                    }
                )
        self.env["magento.store"].create(new)
        self.env["magento.record"]._retry_waiting_for(backend, "store")
        if new:
            self._describe(backend)
        return {}

    @api.model
    def _describe(self, backend):
        """Websites and settings that came before the store views which they describe are taken over now."""
        early = self.env["magento.record"].search(
            [
                ("backend_id", "=", backend.id),
                ("entity", "in", ("websites", "store_configs")),
                ("state", "in", ("done", "set_aside")),
            ]
        )
        early.write({"state": "staged", "attempts": 0, "next_retry": False})


class MagentoLoaderWebsite(models.AbstractModel):
    _name = "magento.loader.website"
    _inherit = ["magento.loader"]
    _description = "Loader of Websites"

    def _load(self, backend, staged):
        names = {item.intent.external_id: item.intent.name for item in staged}
        if self._views_are_coming(backend):
            words = self.env._("Its store views are still to come.")
            return {item.record_id: NotYet(words) for item in staged}
        for store in self._stores(backend).values():
            if store.website_id in names:
                self._write_changes(store, {"website_name": names[store.website_id]})
        return {}

    @api.model
    def _views_are_coming(self, backend):
        """Whether store views wait to be processed, or another lane is at it right now."""
        waiting = [("backend_id", "=", backend.id), ("entity", "=", "stores"), ("state", "=", "staged")]
        return bool(self.env["magento.record"].search_count(waiting, limit=1))


class MagentoLoaderStoreConfig(models.AbstractModel):
    _name = "magento.loader.store.config"
    _inherit = ["magento.loader"]
    _description = "Loader of Store Settings"

    def _load(self, backend, staged):
        known = self._stores(backend)
        missing = {
            item.record_id: NotYet(self.env._("Store view %(code)s has not been fetched yet.", code=item.intent.code))
            for item in staged
            if item.intent.external_id not in known and item.intent.external_id
        }
        currencies = self._currencies(
            {code for item in staged for code in (item.intent.currency, item.intent.base_currency)}
        )
        for item in staged:
            if item.intent.external_id not in known:
                continue
            store, intent = known[item.intent.external_id], item.intent
            self._write_changes(
                store,
                {
                    "currency_id": currencies.get(intent.currency, False),
                    "base_currency_id": currencies.get(intent.base_currency, False),
                    "timezone": intent.timezone,
                    "url": intent.url,
                    "media_url": intent.media_url,
                    **({} if store.lang else {"lang": self._lang(intent.locale)}),
                },
            )
        return missing

    @api.model
    def _currencies(self, codes):
        """dict of code → id; a currency the shop sells in is switched on."""
        currencies = self.env["res.currency"].with_context(active_test=False).search([("name", "in", list(codes))])
        currencies.filtered(lambda currency: not currency.active).action_unarchive()
        return {currency.name: currency.id for currency in currencies}

    @api.model
    def _lang(self, locale):
        """An installed language for a locale such as ``de_DE``, else one of the same language."""
        installed = [code for code, _name in self.env["res.lang"].get_installed()]
        alike = [code for code in installed if locale and code.split("_")[0] == locale.split("_")[0]]
        return locale if locale in installed else next(iter(alike), False)


class MagentoLoaderCustomerGroup(models.AbstractModel):
    _name = "magento.loader.customer.group"
    _inherit = ["magento.loader"]
    _description = "Loader of Customer Groups"

    def _load(self, backend, staged):
        groups = self.env["magento.customer.group"].search([("backend_id", "=", backend.id)])
        known = {group.external_id: group for group in groups}
        new = []
        for item in staged:
            values = {"name": item.intent.name, "tax_class_external_id": item.intent.tax_class_id or 0}
            if item.intent.external_id in known:
                self._write_changes(known[item.intent.external_id], values)
            else:
                new.append({**values, "backend_id": backend.id, "external_id": item.intent.external_id})
        self.env["magento.customer.group"].create(new)
        return {}
