"""Proposals that name no open items: to book a bank line by a reconciliation model, or to take a payment back."""

from odoo import api, fields, models
from odoo.tools import format_date

from ..order_to_cash.money import to_decimal


class B2bMatchProposal(models.Model):
    _inherit = "b2b.match.proposal"

    model_id = fields.Many2one(
        "account.reconcile.model", "Reconciliation Model", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    reversed_line_id = fields.Many2one(
        "account.bank.statement.line",
        "Takes back",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        help="The earlier payment that the bank line returns.",
    )

    @api.depends("model_id", "reversed_line_id")
    def _compute_description(self):
        of_models, of_returns = self.filtered("model_id"), self.filtered("reversed_line_id")
        for proposal in of_models:
            proposal.description = proposal.model_id.name
            proposal.amount, proposal.open_amount = proposal.statement_line_id.amount, 0.0
        for proposal in of_returns:
            line, earlier = proposal.statement_line_id, proposal.reversed_line_id
            day = format_date(self.env, earlier.date)
            proposal.description = self.env._("Takes back the payment of %(day)s", day=day)
            proposal.amount = float(line._b2b_taken_back(earlier, to_decimal(line.amount)))
            proposal.open_amount = 0.0
        return super(B2bMatchProposal, self - of_models - of_returns)._compute_description()
