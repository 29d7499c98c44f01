"""Missed deliveries and letters among what waits for a person."""

from odoo import models

from .b2b_delivery import TO_LOOK_AFTER


class B2bOverview(models.AbstractModel):
    _inherit = "b2b.overview"

    def _waiting(self, company):
        found = dict(
            self.env["b2b.delivery"]._read_group(
                [("company_id", "=", company.id), ("state", "in", (*TO_LOOK_AFTER, "to_print"))], ["state"], ["__count"]
            )
        )
        action = "b2b_invoice_automation.b2b_delivery_action"
        return [
            *super()._waiting(company),
            self._waits(
                "delivery",
                self.env._("Deliveries to look after"),
                sum(found.get(state, 0) for state in TO_LOOK_AFTER),
                "fa-paper-plane-o",
                "danger",
                f"{action}_look_after",
                {"search_default_to_look_after": 1},
            ),
            self._waits(
                "letters",
                self.env._("Letters to print"),
                found.get("to_print", 0),
                "fa-print",
                "info",
                f"{action}_to_print",
                {"search_default_to_print": 1},
            ),
        ]
