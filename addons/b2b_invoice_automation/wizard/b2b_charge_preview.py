"""The coming dates of a contract's recurring charges, as a list that is made anew each time it is opened."""

from odoo import fields, models


class B2bChargePreview(models.TransientModel):
    _name = "b2b.charge.preview"
    _description = "Next Date of a Recurring Charge"
    _order = "date_due, charge_id, date_from, id"
    _rec_name = "charge_id"

    contract_id = fields.Many2one("b2b.contract", required=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True)
    currency_id = fields.Many2one("res.currency", required=True)
    charge_id = fields.Many2one("b2b.contract.charge", required=True, ondelete="cascade")
    date_due = fields.Date("Billed On", help="The first day on which it may be billed; its policy may say later.")
    date_from = fields.Date("From")
    date_to = fields.Date("Until")
    part_text = fields.Char("Part")
    amount = fields.Monetary(help="Without tax, at today's prices.")
    note = fields.Char("Remark", help="An indexation that begins here, or what is missing to bill it.")
