from odoo import api, fields, models
from odoo.tools import formatLang


class B2bMatchProposal(models.Model):
    _name = "b2b.match.proposal"
    _description = "Proposed Match of a Bank Line"
    _order = "statement_line_id, score desc, id"
    _rec_name = "description"

    statement_line_id = fields.Many2one(
        "account.bank.statement.line", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="statement_line_id.company_id", store=True, index=True)
    score = fields.Integer("Certainty", readonly=True)
    reason = fields.Char("Why", readonly=True)
    allocations = fields.Json(readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True, index="btree_not_null")
    user_id = fields.Many2one(
        "res.users", "Proposed by", readonly=True, index="btree_not_null", help="Empty where the engine proposes it."
    )
    description = fields.Char("Documents", compute="_compute_description")
    amount = fields.Monetary("Applied Amount", compute="_compute_description")
    open_amount = fields.Monetary("Open on Them", compute="_compute_description")

    @api.depends("allocations")
    def _compute_description(self):
        items = self.env["account.move.line"].browse(
            {allocation["item"] for proposal in self for allocation in proposal.allocations or []}
        )
        names = {item.id: item.move_id.name or item.name for item in items.exists()}
        residuals = {item.id: item.amount_residual_currency for item in items.exists()}
        for proposal in self:
            parts = [allocation for allocation in proposal.allocations or [] if allocation["item"] in names]
            proposal.amount = sum(float(part["amount"]) for part in parts)
            proposal.open_amount = sum(residuals[part["item"]] for part in parts)
            money = [formatLang(self.env, float(part["amount"]), currency_obj=proposal.currency_id) for part in parts]
            proposal.description = ", ".join(
                f"{names[part['item']]} {amount}" for part, amount in zip(parts, money, strict=True)
            )

    def _payers(self):
        """The commercial entities whose items this proposal pays."""
        items = self.env["account.move.line"].sudo().browse([part["item"] for part in self.allocations or []])
        return items.exists().partner_id.commercial_partner_id

    def _deductions(self):
        """Item → what stays open of it as a deduction, with the engine's reason."""
        self.ensure_one()
        return {part["item"]: float(part["deduction"]) for part in self.allocations or [] if "deduction" in part}

    def _deduction_reason(self):
        """Why the engine thinks that too little was paid; "unexplained" where it does not know."""
        self.ensure_one()
        reasons = [part["deduction_reason"] for part in self.allocations or [] if part.get("deduction_reason")]
        return reasons[0] if reasons else "unexplained"

    def _check_write_off(self):
        """What a person proposes to write off is accepted by somebody who may."""
        if self.user_id:
            amount = sum(float(part.get("write_off", 0)) for part in self.allocations or [])
            self.statement_line_id._b2b_check_authority(amount)

    def action_accept(self):
        """Apply this proposal: a person said yes."""
        self.ensure_one()
        return self.statement_line_id._b2b_accept(self)
