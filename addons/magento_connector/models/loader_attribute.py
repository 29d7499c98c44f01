"""Attributes that products may differ in."""

from odoo import models

from .magento_attribute import OPTIONS


class MagentoLoaderAttribute(models.AbstractModel):
    _name = "magento.loader.attribute"
    _inherit = ["magento.loader"]
    _description = "Loader of Product Attributes"

    def _load(self, backend, staged):
        known = self.env["magento.attribute"]._known(backend, [item.intent.external_id for item in staged])
        new = []
        for item in staged:
            intent = item.intent
            values = {"code": intent.code, "name": intent.label, "options": dict(intent.options)}
            if intent.external_id in known:
                self._write_changes(known[intent.external_id], values)
            else:
                new.append({**values, "backend_id": backend.id, "external_id": intent.external_id})
        self.env["magento.attribute"].create(new)
        self._rename_values(backend, staged)
        self.env["magento.record"]._retry_waiting_for(backend, "attribute")
        return {}

    def _rename_values(self, backend, staged):
        """Options whose label changed in the shop: their values follow, unless somebody renamed them here."""
        labels = {
            f"{item.intent.external_id}:{option}": label for item in staged for option, label in item.intent.options
        }
        for link in self.env["magento.binding"].search(
            [
                ("backend_id", "=", backend.id),
                ("entity", "=", OPTIONS),
                ("made_here", "=", True),
                ("external_id", "in", list(labels)),
            ]
        ):
            label = labels[link.external_id]
            value = self.env["product.attribute.value"].browse(link.res_id).exists()
            if label != link.reference and value:
                if value.name == link.reference:
                    value.name = label
                link.reference = label
