"""What is remembered of a record of the shop beside its link, such as a product's type, image and variants."""

from odoo import api, fields, models


class MagentoBinding(models.Model):
    _inherit = "magento.binding"

    shop_kind = fields.Char("Type in the Shop", help="simple, configurable, bundle, virtual…")
    ships_together = fields.Boolean(
        "Shipped as a Whole", help="A bundle that the shop ships in complete sets, and not part by part."
    )
    image_path = fields.Char("Image in the Shop", help="Fetched on demand only.")
    tax_class_external_id = fields.Integer("Tax Class ID", help="0: none.")
    has_tax_class = fields.Boolean()
    options = fields.Json(help="The shop's attribute codes → option ids of this product.")
    parent_external_id = fields.Char("Variant of", index="btree_not_null", help="The configurable product's ID there.")
    family_note = fields.Text("On Variants", help="Why a product is, or is not, a variant of the shop's product.")
    website_external_id = fields.Integer("Website ID", help="Where a customer's account is.")
    note = fields.Text(help="What a person should know of this link.")

    @api.model
    def _links(self, backend, entity, external_ids):
        """dict of external id → link"""
        return {
            link.external_id: link
            for link in self.sudo().search(
                [
                    ("backend_id", "=", backend.id),
                    ("entity", "=", entity),
                    ("external_id", "in", list(set(external_ids))),
                ]
            )
        }

    def _remember(self, values):
        """Write what differs."""
        self.ensure_one()
        changed = {name: value for name, value in values.items() if (self[name] or False) != (value or False)}
        if changed:
            self.write(changed)
