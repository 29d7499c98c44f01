"""Exchange rates agreed in a contract; without one, the rate of the order's day counts."""

from odoo import api, fields, models

from .b2b_contract_terms import refuse_endless_numbers, refuse_other_parent


class B2bContractRate(models.Model):
    _name = "b2b.contract.rate"
    _description = "Exchange Rate of a Contract"
    _order = "contract_id, currency_id"

    contract_id = fields.Many2one("b2b.contract", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    currency_id = fields.Many2one("res.currency", "Order Currency", required=True, ondelete="restrict")
    rate = fields.Float(
        digits=(16, 8), required=True, help="How much of the order's currency one unit of the contract's is."
    )

    _rate_positive = models.Constraint("CHECK (rate > 0)", "A fixed exchange rate must be above zero.")
    _currency_unique = models.UniqueIndex("(contract_id, currency_id)", "This currency has a fixed rate already.")

    @api.depends("currency_id", "rate")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.currency_id.name} {line.rate:.6g}"

    @api.model_create_multi
    def create(self, vals_list):
        refuse_endless_numbers(self, vals_list)
        rates = super().create(vals_list)
        rates.contract_id._touch()
        return rates

    def write(self, vals):
        refuse_endless_numbers(self, [vals])
        refuse_other_parent(self, "contract_id", vals)
        self.contract_id._touch()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_from_drafts(self):
        self.contract_id._touch()
