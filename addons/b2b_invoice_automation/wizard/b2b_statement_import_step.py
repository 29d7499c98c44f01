"""Asks for the journal of a bank file, or for the note with which it is put away."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class B2bStatementImportStep(models.TransientModel):
    _name = "b2b.statement.import.step"
    _description = "Choose the Journal of a Bank File, or Ignore It"

    import_ids = fields.Many2many("b2b.statement.import", string="Files", required=True)
    step = fields.Selection([("journal", "Choose the Journal"), ("ignore", "Ignore")], required=True, default="journal")
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    journal_id = fields.Many2one(
        "account.journal",
        domain="[('type', 'in', ('bank', 'credit')), ('company_id', '=', company_id)]",
        help="A journal without an account number gets the number of the file.",
    )
    note = fields.Char(help="Why nothing is to come of the file.")

    @api.depends("import_ids")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.import_ids[:1].company_id

    def action_confirm(self):
        self.ensure_one()
        if self.step == "ignore":
            note = (self.note or "").strip()
            if not note:
                raise UserError(self.env._("Say why nothing is to come of the file."))
            self.import_ids._ignore(note)
        elif not self.journal_id:
            raise UserError(self.env._("Choose the journal that the file belongs to."))
        else:
            self.import_ids._choose_journal(self.journal_id)
        return {"type": "ir.actions.act_window_close"}
