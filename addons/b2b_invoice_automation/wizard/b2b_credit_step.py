"""Asks for the reason when credit holds are released or rejected, or for the question to sales."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang


class B2bCreditStep(models.TransientModel):
    _name = "b2b.credit.step"
    _description = "Release or Reject Credit Holds"

    case_ids = fields.Many2many("b2b.discrepancy", string="Credit Holds", required=True)
    step = fields.Selection([("release", "Release"), ("reject", "Reject"), ("ask", "Ask Sales")], required=True)
    reason = fields.Text(required=True)
    until = fields.Date(help="Last day of the release; afterwards the order is checked again. Empty: no end.")
    up_to = fields.Monetary(
        "Up to", help="Largest exposure, the order included, that the release counts for. Empty: any."
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_summary")
    cancel = fields.Boolean("Cancel the Orders", help="Otherwise they stay on hold.")
    summary = fields.Text(compute="_compute_summary")

    @api.depends("case_ids")
    def _compute_summary(self):
        for wizard in self:
            cases = wizard.case_ids
            wizard.currency_id = cases[:1].currency_id
            wizard.summary = "\n".join(
                self.env._(
                    "%(order)s, %(customer)s: %(amount)s",
                    order=case.order_id.name,
                    customer=case.partner_id.display_name,
                    amount=formatLang(self.env, case.credit_order_amount, currency_obj=case.currency_id),
                )
                for case in cases[:20]
            ) + (self.env._("\nand %s more", len(cases) - 20) if len(cases) > 20 else "")

    def action_confirm(self):
        self.ensure_one()
        if not (self.reason or "").strip():
            raise UserError(self.env._("Write a reason."))
        cases = self.case_ids.filtered(lambda case: case.state == "open" and case._is_credit_hold())
        if not cases:
            raise UserError(self.env._("These credit holds were settled meanwhile."))
        if self.step == "release":
            cases._release_credit(self.reason, self.until, self.up_to)
        elif self.step == "reject":
            cases._reject_credit(self.reason, self.cancel)
        else:
            cases._check_may_release_credit()
            for case in cases:
                case._tell_sales(self.env._("Question on a credit hold"), self.reason)
        return {"type": "ir.actions.act_window_close"}
