"""What a comparison found: a record that slipped through, differs, or is gone, each with what was done about it."""

from odoo import api, fields, models

KEPT_DAYS = 365


class MagentoDrift(models.Model):
    _name = "magento.drift"
    _description = "Difference from the Shop"
    _order = "id desc"
    _rec_name = "reference"
    _rec_names_search = ["reference", "external_id"]

    backend_id = fields.Many2one("magento.backend", "Shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="backend_id.company_id", store=True, index=True, precompute=True)
    entity = fields.Selection(selection="_selection_entity", string="Kind", required=True)
    external_id = fields.Char("Shop ID", required=True)
    reference = fields.Char(help="The number, SKU or e-mail that people know it by.")
    kind = fields.Selection(
        [("missing", "Missing here"), ("different", "Other amount"), ("gone", "Gone in the shop")],
        "Difference",
        required=True,
    )
    theirs = fields.Char("In the Shop")
    ours = fields.Char("Here")
    repaired = fields.Boolean(help="Fetched again and on its way; the next comparison says whether that was enough.")
    reason = fields.Char("What Was Done")
    found_at = fields.Datetime("Found", required=True)

    @api.model
    def _selection_entity(self):
        return self.env["magento.stream"]._selection_entity()

    @api.model
    def _note(self, backend, values_list):
        """Keep what a comparison found; what was found just so before is not listed twice.

        :param values_list: list of dicts without shop and time
        :returns: the records, new or found again
        """
        same = ("entity", "external_id", "kind", "theirs", "ours")
        former = self.search(
            [
                ("backend_id", "=", backend.id),
                ("repaired", "=", False),
                ("external_id", "in", [values["external_id"] for values in values_list]),
            ]
        )
        known = {tuple(drift[name] or False for name in same): drift for drift in former}
        found, new, now = self.browse(), [], fields.Datetime.now()
        for values in values_list:
            drift = known.get(tuple(values.get(name) or False for name in same))
            if drift and not values.get("repaired"):
                drift.write({"found_at": now, "reason": values["reason"]})
                found += drift
            else:
                new.append({**values, "backend_id": backend.id, "found_at": now})
        return found + self.create(new)

    def action_open_records(self):
        """Open what was staged of it."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("magento_connector.magento_record_action")
        domain = [
            ("backend_id", "=", self.backend_id.id),
            ("entity", "=", self.entity),
            ("external_id", "=", self.external_id),
        ]
        return {**action, "domain": domain, "context": {}}

    @api.autovacuum
    def _gc_old(self):
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=KEPT_DAYS)
        self.search([("found_at", "<", limit)], limit=10_000).unlink()
