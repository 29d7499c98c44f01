from odoo import api, models


class AccountAnalyticDistributionModel(models.Model):
    _inherit = "account.analytic.distribution.model"

    @api.model
    def _get_distribution(self, vals):
        """Ask nothing for each journal item of a batch when there is no model at all."""
        if self.env.context.get("b2b_no_distribution_models"):
            return {}
        return super()._get_distribution(vals)
