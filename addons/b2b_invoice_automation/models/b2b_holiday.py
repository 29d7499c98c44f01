"""Days on which nobody works; closing days that count working days skip them."""

from odoo import fields, models


class B2bHoliday(models.Model):
    _name = "b2b.holiday"
    _description = "Holiday"
    _order = "date desc, id desc"

    name = fields.Char(required=True, translate=True)
    date = fields.Date(required=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)

    _once = models.UniqueIndex("(company_id, date)")
