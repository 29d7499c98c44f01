"""Orders on credit hold among what waits for a person."""

from odoo import models


class B2bOverview(models.AbstractModel):
    _inherit = "b2b.overview"

    def _waiting(self, company):
        held = self.env["b2b.discrepancy"].search_count(
            [("company_id", "=", company.id), ("type", "=", "credit"), ("state", "=", "open"), ("blocking", "=", True)]
        )
        return [
            self._waits(
                "credit",
                self.env._("Orders on credit hold"),
                held,
                "fa-credit-card",
                "danger",
                "b2b_invoice_automation.b2b_credit_hold_action",
                {"search_default_open": 1},
            ),
            *super()._waiting(company),
        ]
