"""What a price rule or a rebate of a contract is about: a variant, a product, a category, or everything."""

from odoo import api, fields, models

MEASURED_UNITS = (
    "uom.product_uom_millimeter",
    "uom.product_uom_meter",
    "uom.product_uom_square_meter",
    "uom.product_uom_milliliter",
    "uom.product_uom_litre",
    "uom.product_uom_cubic_meter",
    "uom.product_uom_gram",
    "uom.product_uom_kgm",
    "uom.product_uom_hour",
    "uom.product_uom_kwh",
    "uom.product_uom_inch",
    "uom.product_uom_floz",
    "uom.product_uom_oz",
    "uom.product_uom_square_foot",
    "uom.product_uom_cubic_inch",
)


class B2bContractScope(models.AbstractModel):
    _name = "b2b.contract.scope"
    _description = "What a Contract's Terms Are About"

    company_id = fields.Many2one("res.company")
    scope = fields.Selection(
        [
            ("variant", "A product variant"),
            ("product", "A product with its variants"),
            ("category", "A category with all below it"),
            ("all", "All products"),
        ],
        required=True,
    )
    product_id = fields.Many2one(
        "product.product",
        "Product Variant",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('sale_ok', '=', True)]",
    )
    product_tmpl_id = fields.Many2one(
        "product.template",
        "Product",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('sale_ok', '=', True)]",
    )
    categ_id = fields.Many2one("product.category", "Product Category", index="btree_not_null", ondelete="restrict")
    uom_id = fields.Many2one(
        "uom.uom", "Unit", compute="_compute_uom_id", store=True, readonly=False, ondelete="restrict"
    )
    whole_units = fields.Boolean(
        "Counted in Whole Units",
        compute="_compute_whole_units",
        store=True,
        readonly=False,
        help="On for pieces: 1 – 99, then from 100. Off for measured goods such as kilograms.",
    )

    @api.depends("scope", "product_id", "product_tmpl_id")
    def _compute_uom_id(self):
        """The product's own unit, unless one was chosen that can be converted to it."""
        for record in self:
            unit = record.uom_id
            if record.scope in ("variant", "product"):
                product_unit = record._scope_record().uom_id
                if unit._b2b_reference_id() != product_unit._b2b_reference_id():
                    unit = product_unit
            record.uom_id = unit

    @api.depends("uom_id")
    def _compute_whole_units(self):
        units = [self.env.ref(xmlid, raise_if_not_found=False) for xmlid in MEASURED_UNITS]
        measured = {unit._b2b_reference_id() for unit in units if unit}
        for record in self:
            record.whole_units = record.uom_id._b2b_reference_id() not in measured

    @api.onchange("scope")
    def _onchange_scope(self):
        for scope, field in (("variant", "product_id"), ("product", "product_tmpl_id"), ("category", "categ_id")):
            if self.scope != scope:
                self[field] = False

    def _scope_record(self):
        """Return the variant, product or category that it is about; empty for all."""
        self.ensure_one()
        return {"variant": self.product_id, "product": self.product_tmpl_id, "category": self.categ_id}.get(
            self.scope, self.env["product.category"]
        )

    def _about_text(self):
        """Name what it is about, whatever it is called."""
        return self._scope_record().display_name or self.env._("All products")

    def _is_about_something_sold(self):
        """Say whether the product is still there; categories and “all products” are."""
        self.ensure_one()
        return self.scope not in ("variant", "product") or self._scope_record().active

    def _tier_problem_texts(self):
        """What may be wrong with a tier table: dict of the engine's code → words with its parameters."""
        return {
            "negative_floor": self.env._("A tier cannot begin at %(floor)s; begin at 0 or above."),
            "floor_between_steps": self.env._(
                "A tier cannot begin at %(floor)s, because whole units are counted. Use a whole number, or switch off "
                "“Counted in whole units”."
            ),
            "duplicate_floor": self.env._("Two tiers begin at %(floor)s; keep one of them."),
            "ceiling_below_floor": self.env._("A tier from %(floor)s cannot end at %(ceiling)s."),
            "tiers_overlap": self.env._(
                "A tier that goes up to %(ceiling)s overlaps the one that begins at %(floor)s."
            ),
            "gap_between_tiers": self.env._(
                "Nothing is agreed between %(ceiling)s and %(floor)s; let the tiers touch."
            ),
        }
