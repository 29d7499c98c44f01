"""What the shop taxes: rates, classes, and the rules that join them. Orders carry their own; this is for Odoo's."""

from odoo import models


class MagentoLoaderTaxRate(models.AbstractModel):
    _name = "magento.loader.tax.rate"
    _inherit = ["magento.loader"]
    _description = "Loader of Tax Rates"

    def _load(self, backend, staged):
        rates = {(item.intent.code, round(float(item.intent.percent), 4)): item.intent for item in staged}
        companies = {store.company_id for store in self._stores(backend).values()} or {backend.company_id}
        for company in companies:
            self.env["magento.tax"]._resolve(backend, company, set(rates))
        for mapping in self.env["magento.tax"].search([("backend_id", "=", backend.id)]):
            intent = rates.get((mapping.code or "", round(mapping.percent, 4)))
            if intent:
                self._write_changes(
                    mapping,
                    {
                        "rate_external_id": intent.external_id,
                        "country_code": intent.country,
                        "everywhere": intent.region in ("", "*", "0") and intent.postcode in ("", "*"),
                    },
                )
        self.env["magento.tax.class"]._propose(backend)
        return {}


class MagentoLoaderTaxClass(models.AbstractModel):
    _name = "magento.loader.tax.class"
    _inherit = ["magento.loader"]
    _description = "Loader of Tax Classes"

    def _load(self, backend, staged):
        classes = self.env["magento.tax.class"].search([("backend_id", "=", backend.id)])
        known = {tax_class.external_id: tax_class for tax_class in classes}
        new = []
        for item in staged:
            kind = item.intent.kind if item.intent.kind in ("product", "customer") else "customer"
            values = {"name": item.intent.name, "kind": kind}
            if item.intent.external_id in known:
                self._write_changes(known[item.intent.external_id], values)
            else:
                new.append({**values, "backend_id": backend.id, "external_id": item.intent.external_id})
        classes.create(new)
        classes._propose(backend)
        return {}


class MagentoLoaderTaxRule(models.AbstractModel):
    _name = "magento.loader.tax.rule"
    _inherit = ["magento.loader"]
    _description = "Loader of Tax Rules"

    def _load(self, backend, staged):
        rules = self.env["magento.tax.rule"].search([("backend_id", "=", backend.id)])
        known = {rule.external_id: rule for rule in rules}
        new = []
        for item in staged:
            intent = item.intent
            values = {
                "name": intent.code,
                "priority": intent.priority,
                "rate_ids": list(intent.rate_ids),
                "product_class_ids": list(intent.product_class_ids),
                "customer_class_ids": list(intent.customer_class_ids),
            }
            if intent.external_id in known:
                self._write_changes(known[intent.external_id], values)
            else:
                new.append({**values, "backend_id": backend.id, "external_id": intent.external_id})
        rules.create(new)
        self.env["magento.tax.class"]._propose(backend)
        return {}
