"""The answer to “what if”: what each product earned in each month, beside what it would have earned.

Rows live as long as the question; ``models/b2b_contract_what_if.py`` works them out.
"""

from collections import defaultdict

from odoo import api, fields, models


class B2bContractWhatIf(models.TransientModel):
    _name = "b2b.contract.what.if"
    _description = "Orders Repriced under a Contract"
    _order = "month desc, product_id"

    question = fields.Char(required=True, readonly=True, index=True, help="Rows of one answer share it.")
    contract_id = fields.Many2one("b2b.contract", required=True, readonly=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one("product.category", readonly=True)
    rule_id = fields.Many2one("b2b.contract.price.rule", "Price Rule", readonly=True, ondelete="cascade")
    reason = fields.Char("Not Repriced Because", readonly=True, help="Why these lines keep the price that they had.")
    month = fields.Date(readonly=True)
    line_count = fields.Integer("Lines", readonly=True)
    quantity = fields.Float(digits="Product Unit", readonly=True)
    revenue_now = fields.Monetary(readonly=True, help="Without tax, as sold or by today's prices.")
    revenue_new = fields.Monetary(
        "Revenue Then", readonly=True, help="Without tax, by the prices that are asked about."
    )
    revenue_change = fields.Monetary("Change", readonly=True)
    cost = fields.Monetary(readonly=True, help="Quantity at the product's cost of today.")
    margin_now = fields.Monetary(readonly=True)
    margin_new = fields.Monetary("Margin Then", readonly=True)

    @api.depends("product_id", "month")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.product_id.display_name} {row.month:%Y-%m}"

    @api.model
    def _show(self, question, rows, title):
        """Replace this user's former answer to a question by these rows, and return the action that shows them.

        :param str question: what is asked, without what may change from one time to the next
        :param rows: list of create values
        """
        mine = [("create_uid", "=", self.env.uid), ("question", "=", question)]
        for model in (self, self.env["b2b.contract.what.if.side"]):
            model.search(mine).unlink()
        self.create([{**row, "question": question} for row in rows])
        self.env["b2b.contract.what.if.side"]._make(question, rows)
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.b2b_contract_what_if_action")
        context = {"search_default_group_product": 1, "b2b_question": question, "b2b_title": title}
        return {**action, "domain": mine, "context": context, "display_name": title}

    @api.model
    def action_chart(self, *_ids):
        """Show both sides as a chart, by product."""
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.b2b_contract_what_if_side_action")
        question = self.env.context.get("b2b_question")
        return {
            **action,
            "domain": [("create_uid", "=", self.env.uid), ("question", "=", question)],
            "display_name": self.env.context.get("b2b_title") or action["name"],
        }


class B2bContractWhatIfSide(models.TransientModel):
    """The same figures, now and then in rows of their own, because a chart compares rows."""

    _name = "b2b.contract.what.if.side"
    _description = "Orders Repriced, One Side of the Comparison"

    question = fields.Char(required=True, readonly=True, index=True)
    side = fields.Selection([("now", "Now"), ("then", "Then")], "Prices", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    quantity = fields.Float(digits="Product Unit", readonly=True)
    revenue = fields.Monetary(readonly=True)
    margin = fields.Monetary(readonly=True)

    @api.model
    def _make(self, question, rows):
        sums = defaultdict(lambda: [0.0, 0.0, 0.0])
        for row in rows:
            for side, suffix in (("now", "_now"), ("then", "_new")):
                key = (side, row["company_id"], row["currency_id"], row["product_id"])
                for index, name in enumerate(("quantity", f"revenue{suffix}", f"margin{suffix}")):
                    sums[key][index] += row[name]
        names = ("side", "company_id", "currency_id", "product_id", "quantity", "revenue", "margin")
        self.create(
            [{"question": question, **dict(zip(names, (*key, *figures), strict=True))} for key, figures in sums.items()]
        )
