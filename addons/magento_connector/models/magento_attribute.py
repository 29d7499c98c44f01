"""What products of the shop may differ in, with its options. Odoo gets an attribute once a product needs it."""

from odoo import api, fields, models

OPTIONS = "attribute_options"


class MagentoAttribute(models.Model):
    _name = "magento.attribute"
    _description = "Product Attribute of the Shop"
    _order = "backend_id, name"

    backend_id = fields.Many2one("magento.backend", "Shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="backend_id.company_id", store=True, index=True)
    external_id = fields.Integer("Shop ID", required=True)
    code = fields.Char(required=True)
    name = fields.Char(required=True)
    options = fields.Json(help="The shop's option id → what it is called.")
    attribute_id = fields.Many2one(
        "product.attribute",
        "Attribute in Odoo",
        ondelete="set null",
        index="btree_not_null",
        help="Variants of the shop's products are told apart by it. Made when the first product needs it.",
    )

    _external_unique = models.UniqueIndex("(backend_id, external_id)")

    @api.model
    def _known(self, backend, external_ids=None):
        """dict of the shop's attribute id → magento.attribute"""
        domain = [("backend_id", "=", backend.id)]
        if external_ids is not None:
            domain.append(("external_id", "in", list(external_ids)))
        return {attribute.external_id: attribute for attribute in self.search(domain)}

    def _ensure_attributes(self):
        """Give each an attribute of Odoo, whose variants are made one by one, never all combinations."""
        missing = self.filtered(lambda attribute: not attribute.attribute_id)
        made = self.env["product.attribute"].create(
            [{"name": attribute.name, "create_variant": "dynamic", "display_type": "select"} for attribute in missing]
        )
        for attribute, product_attribute in zip(missing, made, strict=True):
            attribute.attribute_id = product_attribute

    @api.model
    def _values(self, backend, wanted):
        """Find or make attribute values, each once.

        :param wanted: set of (magento.attribute, option id)
        :returns: dict of the same pair → product.attribute.value
        """
        keys = {(attribute, option): f"{attribute.external_id}:{option}" for attribute, option in wanted}
        binding = self.env["magento.binding"]
        found = binding._find(backend, OPTIONS, keys.values())
        missing = sorted(
            (pair for pair, key in keys.items() if key not in found),
            key=lambda pair: (pair[0].external_id, list(pair[0].options).index(pair[1])),
        )
        made = self.env["product.attribute.value"].create(
            [
                {
                    "attribute_id": attribute.attribute_id.id,
                    "name": attribute.options[option],
                    "sequence": list(attribute.options).index(option),
                }
                for attribute, option in missing
            ]
        )
        links = {keys[pair]: value for pair, value in zip(missing, made, strict=True)}
        binding._bind(backend, OPTIONS, [(key, value, value.name) for key, value in links.items()], made.ids)
        found.update(links)
        return {pair: found[key] for pair, key in keys.items()}
