"""Proposals to book a bank line by one of Odoo's reconciliation models, beside those to match it with open items."""

from odoo import api, fields, models


class B2bMatchProposal(models.Model):
    _inherit = "b2b.match.proposal"

    model_id = fields.Many2one(
        "account.reconcile.model", "Reconciliation Model", readonly=True, index="btree_not_null", ondelete="cascade"
    )

    @api.depends("model_id")
    def _compute_description(self):
        of_models = self.filtered("model_id")
        for proposal in of_models:
            proposal.description = proposal.model_id.name
            proposal.amount, proposal.open_amount = proposal.statement_line_id.amount, 0.0
        return super(B2bMatchProposal, self - of_models)._compute_description()
