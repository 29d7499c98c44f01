"""The link between a record of the shop and its counterpart in Odoo: the key of exactly-once."""

from odoo import api, fields, models


class MagentoBinding(models.Model):
    _name = "magento.binding"
    _description = "Link to a Shop Record"
    _order = "id desc"
    _rec_name = "external_id"

    backend_id = fields.Many2one("magento.backend", "Shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="backend_id.company_id", store=True, index=True, precompute=True)
    entity = fields.Char("Kind", required=True, help="What it is in the shop, such as orders or customers.")
    kind_label = fields.Char("Kind in Words", compute="_compute_kind_label")
    external_id = fields.Char("Shop ID", required=True)
    reference = fields.Char(help="The number, SKU or e-mail that people know it by.")
    model = fields.Char(required=True)
    res_id = fields.Many2oneReference("Record", model_field="model", required=True, index=True)
    made_here = fields.Boolean(
        "Made by the Connector", help="It follows later changes in the shop. What was in Odoo before does not."
    )

    _external_unique = models.UniqueIndex("(backend_id, entity, external_id)")

    @api.depends("entity")
    def _compute_kind_label(self):
        words = {
            **dict(self.env["magento.stream"]._selection_entity()),
            "payments": self.env._("Payments"),
            "configurables": self.env._("Products with variants"),
            "company": self.env._("Companies of customers"),
            "guest": self.env._("Guests"),
        }
        for link in self:
            link.kind_label = words.get(link.entity, (link.entity or "").replace("_", " ").capitalize())

    @api.model
    def _find(self, backend, entity, external_ids):
        """Look up counterparts, one query for all.

        :param external_ids: iterable of texts
        :returns: dict of external id → record, without those that are not known or whose record is gone
        """
        bindings = self.sudo().search(
            [("backend_id", "=", backend.id), ("entity", "=", entity), ("external_id", "in", list(set(external_ids)))]
        )
        found = {}
        for model in set(bindings.mapped("model")):
            of_model = bindings.filtered(lambda binding, model=model: binding.model == model)
            existing = self.env[model].browse(of_model.mapped("res_id")).exists()
            found.update(
                {
                    binding.external_id: self.env[model].browse(binding.res_id).with_prefetch(existing.ids)
                    for binding in of_model
                    if binding.res_id in existing._ids
                }
            )
            (of_model.filtered(lambda binding, existing=existing: binding.res_id not in existing._ids)).unlink()
        return found

    @api.model
    def _external_ids(self, entity, records):
        """Look up the shop's ids of records, one query for all.

        :returns: dict of (backend, record id) → external id, of those that are linked
        """
        bindings = self.sudo().search(
            [("entity", "=", entity), ("model", "=", records._name), ("res_id", "in", records.ids)]
        )
        return {(binding.backend_id, binding.res_id): binding.external_id for binding in bindings}

    @api.model
    def _bind(self, backend, entity, links, made_here=()):
        """Note new links, all in one insert. A rival's link makes the whole transaction start anew.

        :param links: iterable of (external id, record, reference)
        :param made_here: ids of the records that the connector made
        """
        made_here = set(made_here)
        return self.sudo().create(
            [
                {
                    "backend_id": backend.id,
                    "entity": entity,
                    "external_id": external_id,
                    "reference": reference,
                    "model": record._name,
                    "res_id": record.id,
                    "made_here": record.id in made_here,
                }
                for external_id, record, reference in links
            ]
        )

    def action_open(self):
        self.ensure_one()
        return {"type": "ir.actions.act_window", "res_model": self.model, "res_id": self.res_id, "view_mode": "form"}
