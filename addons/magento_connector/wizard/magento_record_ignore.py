"""Asks why a shop record is ignored."""

from odoo import fields, models


class MagentoRecordIgnore(models.TransientModel):
    _name = "magento.record.ignore"
    _description = "Ignore Shop Records"

    record_ids = fields.Many2many("magento.record", string="Records", required=True)
    note = fields.Char("Why", required=True)

    def action_ignore(self):
        self.ensure_one()
        self.record_ids._ignore(self.note)
        return {"type": "ir.actions.act_window_close"}
