"""Places that a shop sells from (Magento's sources), and the place of the warehouse that each stands for.

A shop without several sources has one, `default`.
"""

from odoo import api, fields, models

DEFAULT = "default"


class MagentoSource(models.Model):
    _name = "magento.source"
    _description = "Source of the Shop's Stock"
    _order = "backend_id, code"
    _check_company_auto = True

    backend_id = fields.Many2one("magento.backend", "Shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="backend_id.company_id", store=True, index=True)
    code = fields.Char("Source in the Shop", required=True)
    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    location_id = fields.Many2one(
        "stock.location",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        domain="[('usage', '=', 'internal'), ('company_id', 'in', (company_id, False))]",
        help="What is on hand here and below is the source's quantity. Empty: nothing is told about this source.",
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        compute="_compute_warehouse_id",
        help="Deliveries of this warehouse are shipped from this source.",
    )

    _code_unique = models.UniqueIndex("(backend_id, code)")

    @api.depends("location_id")
    def _compute_warehouse_id(self):
        for source in self:
            source.warehouse_id = source.location_id.warehouse_id

    @api.depends("name", "code")
    def _compute_display_name(self):
        for source in self:
            source.display_name = f"{source.name} ({source.code})" if source.name != source.code else source.name

    @api.model_create_multi
    def create(self, vals_list):
        sources = super().create(vals_list)
        self.env["magento.push.stock"].sudo()._tell_all(sources)
        return sources

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"location_id", "active"}:
            self.env["magento.push.stock"].sudo()._tell_all(self.filtered("active"))
        return result

    @api.model
    def _note_found(self, backend, found):
        """Keep the shop's sources; a new one is proposed a warehouse where there is just one way to choose.

        :param found: iterable of (code, name)
        """
        found = dict(found) or {DEFAULT: self.env._("Stock")}
        known = {
            source.code: source
            for source in self.with_context(active_test=False).search([("backend_id", "=", backend.id)])
        }
        for code, source in known.items():
            if code in found and source.name != found[code]:
                source.name = found[code]
        proposals = self._proposed_locations(backend, [code for code in found if code not in known], known.values())
        self.create(
            [
                {
                    "backend_id": backend.id,
                    "code": code,
                    "name": name or code,
                    "location_id": proposals.get(code, False),
                }
                for code, name in found.items()
                if code not in known
            ]
        )

    @api.model
    def _proposed_locations(self, backend, codes, known):
        """dict of new code → location id: the warehouse of the same short name, or the only one for the only source."""
        warehouses = self.env["stock.warehouse"].search([("company_id", "=", backend.company_id.id)])
        by_code = {warehouse.code.lower(): warehouse.lot_stock_id.id for warehouse in warehouses}
        proposals = {code: by_code[code.lower()] for code in codes if code.lower() in by_code}
        if len(warehouses) == 1 and len(codes) == 1 and not known:
            proposals.setdefault(codes[0], warehouses.lot_stock_id.id)
        return proposals

    @api.model
    def _of_picking(self, backend, picking):
        """The source that a delivery leaves from; empty where none stands for its place."""
        path = picking.location_id.parent_path or ""
        sources = self.sudo().search([("backend_id", "=", backend.id), ("location_id", "!=", False)])
        fitting = [source for source in sources if path.startswith(source.location_id.parent_path)]
        of_warehouse = sources.filtered(
            lambda source: source.warehouse_id == picking.picking_type_id.warehouse_id and source.warehouse_id
        )
        nearest = max(fitting, key=lambda source: len(source.location_id.parent_path), default=None)
        return nearest or of_warehouse[:1]
