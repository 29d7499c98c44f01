"""What became of the invoices of a billing run after it: on their way, delivered, missed."""

from odoo import fields, models

from .b2b_delivery import TO_LOOK_AFTER


class B2bBillingRun(models.Model):
    _inherit = "b2b.billing.run"

    b2b_delivered_count = fields.Integer("Invoices Delivered", compute="_compute_b2b_delivery_counts")
    b2b_missed_count = fields.Integer("Invoices Not Delivered", compute="_compute_b2b_delivery_counts")
    b2b_to_deliver_count = fields.Integer("Invoices to Deliver", compute="_compute_b2b_delivery_counts")

    def _compute_b2b_delivery_counts(self):
        found = self.env["account.move"]._read_group(
            [("b2b_billing_run_id", "in", self.ids), ("state", "=", "posted"), ("b2b_delivery_state", "!=", False)],
            ["b2b_billing_run_id", "b2b_delivery_state"],
            ["__count"],
        )
        for run in self:
            mine = {state: count for owner, state, count in found if owner == run}
            run.b2b_missed_count = sum(mine.get(state, 0) for state in TO_LOOK_AFTER)
            run.b2b_delivered_count = mine.get("delivered", 0)
            run.b2b_to_deliver_count = sum(mine.values())

    def action_view_deliveries(self):
        """Smart button: this run's invoices by what became of their delivery."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("b2b_invoice_automation.account_move_delivery_action")
        action["domain"] = [("b2b_billing_run_id", "=", self.id), ("b2b_delivery_state", "!=", False)]
        action["context"] = {
            "search_default_b2b_not_delivered": bool(self.b2b_missed_count),
            "search_default_b2b_delivery": not self.b2b_missed_count,
        }
        return action
