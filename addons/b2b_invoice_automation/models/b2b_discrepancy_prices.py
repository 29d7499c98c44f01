"""The order lines behind a price difference, each with its explanation, on the case itself."""

from odoo import api, fields, models


class B2bDiscrepancy(models.Model):
    _inherit = "b2b.discrepancy"

    price_line_ids = fields.Many2many(
        "sale.order.line",
        string="Order Lines with Another Price",
        compute="_compute_price_line_ids",
        help="Lines whose price is not the contract's, as it is now.",
    )

    @api.depends("type", "order_id.order_line.price_subtotal", "order_id.order_line.b2b_contract_price_subtotal")
    def _compute_price_line_ids(self):
        for case in self:
            lines = case.order_id.order_line if case.type == "price" else self.env["sale.order.line"]
            case.price_line_ids = lines.filtered(
                lambda line: (
                    (line.b2b_price_explanation or {}).get("code") == "unpriced"
                    or (
                        line.b2b_contract_rule_id
                        and line.currency_id.compare_amounts(line.price_subtotal, line.b2b_contract_price_subtotal)
                    )
                )
            )
