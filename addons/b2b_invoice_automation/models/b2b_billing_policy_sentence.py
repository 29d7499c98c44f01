"""What a billing policy says of itself on its form: all of it in words, its next closing days, where it is used."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

UPCOMING = 4
"""How many closing days the form shows."""


class B2bBillingPolicy(models.Model):
    _inherit = "b2b.billing.policy"

    sentence = fields.Text("In Words", compute="_compute_sentence")
    upcoming = fields.Char("Next Closing Days", compute="_compute_upcoming")
    is_default = fields.Boolean("Company's Default", compute="_compute_is_default")
    contract_count = fields.Integer(compute="_compute_contract_count")
    other_order_count = fields.Integer(
        "Orders Under Other Policies",
        compute="_compute_other_order_count",
        help="Orders left to bill whose contract names no policy, and which have another one than this default.",
    )

    @api.depends_context("lang")
    @api.depends(
        "trigger",
        "quantity",
        "frequency",
        "weekday",
        "month_day",
        "working_day",
        "day_off_shift",
        "grouping",
        "po_required",
        "minimum_amount",
        "late_change",
        "credit_after_days",
        "auto_post",
        "auto_send",
    )
    def _compute_sentence(self):
        for policy in self:
            parts = [policy._b2b_in_words()]
            if policy.trigger == "schedule" and policy.frequency != "working_day" and policy.day_off_shift != "none":
                parts.append(
                    self.env._("A closing day on a weekend or holiday moves to the next working day.")
                    if policy.day_off_shift == "next"
                    else self.env._("A closing day on a weekend or holiday moves to the working day before.")
                )
            if policy.minimum_amount > 0:
                least = policy.currency_id.format(policy.minimum_amount)
                parts.append(self.env._("Less than %s without tax waits for more.", least))
            parts.append(
                self.env._("What is owed less after billing becomes a credit note at once.")
                if policy.late_change == "credit_note"
                else self.env._(
                    "What is owed less after billing comes off the customer's next invoice, or becomes a credit note "
                    "after %s days.",
                    policy.credit_after_days,
                )
            )
            parts.append(policy._b2b_afterwards_in_words())
            policy.sentence = " ".join(parts)

    def _b2b_afterwards_in_words(self):
        """What happens with the invoices."""
        return {
            (True, True): self.env._("Invoices are posted and sent."),
            (True, False): self.env._("Invoices are posted; a person sends them."),
            (False, True): self.env._("Invoices stay drafts for a person, and are sent once they are posted."),
            (False, False): self.env._("Invoices stay drafts for a person, who also sends them."),
        }[self.auto_post, self.auto_send]

    @api.depends_context("lang")
    @api.depends("next_closing_date")
    def _compute_upcoming(self):
        for policy in self:
            days = policy._next_closings(UPCOMING)
            policy.upcoming = " · ".join(format_date(self.env, day, date_format="EEE d MMM y") for day in days)

    def _compute_is_default(self):
        for policy in self:
            policy.is_default = policy.company_id.sudo().b2b_billing_policy_id == policy._origin

    @api.depends("is_default")
    def _compute_other_order_count(self):
        for policy in self:
            domain = policy._other_order_domain()
            policy.other_order_count = self.env["sale.order"].search_count(domain) if policy.is_default else 0

    def _other_order_domain(self):
        return (
            Domain("company_id", "=", self.company_id.id)
            & Domain("b2b_billing_open", "=", True)
            & Domain("b2b_billing_policy_id", "not in", [False, self._origin.id])
            & (Domain("b2b_contract_id", "=", False) | Domain("b2b_contract_id.billing_policy_id", "=", False))
        )

    def action_view_other_orders(self):
        """Open the orders that had another default or were given a policy of their own, to take this one."""
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.sale_order_billing_action")
        return {**action, "domain": list(self._other_order_domain()), "context": {}}

    def _compute_contract_count(self):
        counts = dict(
            self.env["b2b.contract"].sudo()._read_group(self._contract_domain(), ["billing_policy_id"], ["__count"])
        )
        for policy in self:
            policy.contract_count = counts.get(policy._origin, 0)

    def _contract_domain(self):
        return [("billing_policy_id", "in", self._origin.ids), ("state", "=", "active")]

    def action_view_contracts(self):
        """Open the active contracts that name this policy."""
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.b2b_contract_action")
        return {**action, "domain": self._contract_domain(), "context": {}}
