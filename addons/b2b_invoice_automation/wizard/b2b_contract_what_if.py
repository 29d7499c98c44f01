"""The answer to “what if”: what each product earned in each month, beside what it would have earned.

Rows live as long as the question; ``models/b2b_contract_what_if.py`` works them out.
"""

from odoo import api, fields, models


class B2bContractWhatIf(models.TransientModel):
    _name = "b2b.contract.what.if"
    _description = "Orders Repriced under a Contract"
    _order = "month desc, product_id"

    contract_id = fields.Many2one("b2b.contract", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    product_id = fields.Many2one("product.product", readonly=True)
    rule_id = fields.Many2one("b2b.contract.price.rule", "Price Rule", readonly=True, ondelete="cascade")
    month = fields.Date(readonly=True)
    quantity = fields.Float(digits="Product Unit", readonly=True)
    revenue_now = fields.Monetary("Revenue", readonly=True, help="What was sold, without tax.")
    revenue_new = fields.Monetary("Revenue under the Contract", readonly=True)
    revenue_change = fields.Monetary("Change", readonly=True)
    cost = fields.Monetary(readonly=True, help="Quantity at the product's cost of today.")
    margin_now = fields.Monetary("Margin", readonly=True)
    margin_new = fields.Monetary("Margin under the Contract", readonly=True)

    @api.depends("product_id", "month")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.product_id.display_name} {row.month:%Y-%m}"
