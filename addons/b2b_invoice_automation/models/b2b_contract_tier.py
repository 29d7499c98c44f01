"""What the steps of all tier tables of a contract have in common: they are frozen with it, and stay where they are."""

from odoo import api, fields, models

from .b2b_contract_terms import refuse_endless_numbers, refuse_other_parent


class B2bContractTier(models.AbstractModel):
    _name = "b2b.contract.tier"
    _description = "Step of a Tier Table"
    _table_field = ""
    """Name of the field of the price rule or rebate that a tier belongs to."""

    range_text = fields.Char()
    value_text = fields.Char()

    @api.depends("range_text", "value_text")
    def _compute_display_name(self):
        for tier in self:
            tier.display_name = f"{tier.range_text}: {tier.value_text}"

    @api.model_create_multi
    def create(self, vals_list):
        refuse_endless_numbers(self, vals_list)
        tiers = super().create(vals_list)
        tiers[self._table_field].contract_id._touch()
        return tiers

    def write(self, vals):
        refuse_endless_numbers(self, [vals])
        refuse_other_parent(self, self._table_field, vals)
        self[self._table_field].contract_id._touch()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_from_drafts(self):
        self[self._table_field].contract_id._touch()
