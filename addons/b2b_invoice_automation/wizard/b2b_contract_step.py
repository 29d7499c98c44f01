"""Asks for the reason, and the day, when a contract is suspended or terminated, or notice is given."""

from odoo import api, fields, models


class B2bContractStep(models.TransientModel):
    _name = "b2b.contract.step"
    _description = "Suspend or End a Contract"

    contract_id = fields.Many2one("b2b.contract", required=True, ondelete="cascade")
    step = fields.Selection(
        [("suspend", "Suspend Contract"), ("terminate", "Terminate Contract"), ("notice", "Notice Received")],
        required=True,
    )
    last_day = fields.Date(default=fields.Date.context_today, help="Orders up to this day keep the contract's prices.")
    notice_day = fields.Date(
        "Received On",
        default=fields.Date.context_today,
        help="When the notice reached the other side. This day decides when the contract ends, not today.",
    )
    notice_by = fields.Selection(
        [("customer", "The customer"), ("us", "Us")], "Given By", default="customer", required=True
    )
    reason = fields.Text(required=True)
    consequence = fields.Text("What Follows", compute="_compute_consequence")

    @api.depends("step", "last_day", "notice_day", "contract_id")
    def _compute_consequence(self):
        for wizard in self:
            wizard.consequence = "\n".join(wizard._consequences()) if wizard.contract_id else ""

    def action_confirm(self):
        self.ensure_one()
        if self.step == "suspend":
            self.contract_id._suspend(self.reason)
        elif self.step == "terminate":
            self.contract_id._terminate(self.last_day, self.reason)
        else:
            self.contract_id._give_notice(self.notice_day, self.notice_by, self.reason)
        return {"type": "ir.actions.act_window_close"}

    def _consequences(self):
        """Say what the step does to the contract and the orders under it, in sentences."""
        contract = self.contract_id
        if self.step == "notice" and self.notice_day and contract.date_end:
            end = contract._end_after_notice(self.notice_day) or contract.date_end
            return [self.env._("The contract then ends on %(day)s.", day=contract._b2b_date(end))]
        if self.step != "terminate" or not self.last_day:
            return []
        touched = contract._orders_touched(self.last_day)
        texts = {
            "confirmed_not_invoiced": self.env._(
                "%(count)s confirmed orders are not invoiced yet; they keep their prices and are billed."
            ),
            "confirmed_after_the_last_day": self.env._(
                "%(count)s confirmed orders are dated after the last day; they keep their prices."
            ),
            "quotations_after_the_last_day": self.env._(
                "%(count)s quotations are dated after the last day; press “Update prices” on them."
            ),
            "charges_that_end": self.env._(
                "%(count)s recurring charges end; days after the last one that are billed already are credited."
            ),
            "rebates_that_end": self.env._("%(count)s rebates end; invoices up to the last day count."),
        }
        return [texts[kind] % {"count": count} for kind, count in touched.items() if count]
