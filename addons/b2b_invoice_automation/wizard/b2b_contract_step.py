"""Asks for the reason, and the last day, when a contract is suspended or terminated."""

from odoo import fields, models


class B2bContractStep(models.TransientModel):
    _name = "b2b.contract.step"
    _description = "Suspend or Terminate a Contract"

    contract_id = fields.Many2one("b2b.contract", required=True, ondelete="cascade")
    step = fields.Selection([("suspend", "Suspend Contract"), ("terminate", "Terminate Contract")], required=True)
    last_day = fields.Date(default=fields.Date.context_today, help="Orders up to this day keep the contract's prices.")
    reason = fields.Text(required=True)

    def action_confirm(self):
        self.ensure_one()
        if self.step == "suspend":
            self.contract_id._suspend(self.reason)
        else:
            self.contract_id._terminate(self.last_day, self.reason)
        return {"type": "ir.actions.act_window_close"}
