from odoo import fields, models

from .b2b_rule_trial import VERDICTS


class B2bRuleTrialLine(models.TransientModel):
    _name = "b2b.rule.trial.line"
    _description = "Bank Line in the Trial of a Matching Rule"
    _order = "trial_id, date desc, id"
    _rec_name = "label"
    _transient_max_hours = 24.0

    trial_id = fields.Many2one("b2b.rule.trial", required=True, readonly=True, index=True, ondelete="cascade")
    statement_line_id = fields.Many2one(
        "account.bank.statement.line", "Bank Line", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="trial_id.rule_id.company_id", store=True, index=True)
    date = fields.Date(related="statement_line_id.date", store=True)
    label = fields.Char("Bank's Text", related="statement_line_id.payment_ref")
    payer_name = fields.Char("From", related="statement_line_id.partner_name")
    amount = fields.Monetary(related="statement_line_id.amount")
    currency_id = fields.Many2one(related="statement_line_id.currency_id")
    verdict = fields.Selection(
        VERDICTS,
        "Compared",
        readonly=True,
        index=True,
        help="Otherwise: the rule would apply it to other items than was done. New: it would apply what "
        "nobody applied. Same: it would do what was done. To people: it would leave what was applied.",
    )
    would_apply = fields.Boolean(readonly=True)
    would = fields.Char("The Rule Would Apply", readonly=True)
    did = fields.Char("What Was Done", readonly=True)
    did_by = fields.Char("Done by", readonly=True)
    reason = fields.Char("Why", readonly=True, help="Why the rule would apply it, or would not.")
    document_ids = fields.Many2many("account.move", readonly=True)

    def action_open_line(self):
        """The bank line itself."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.bank.statement.line",
            "res_id": self.statement_line_id.id,
            "views": [(False, "form")],
        }

    def action_open_documents(self):
        """The invoices of both sides."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.label,
            "res_model": "account.move",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", self.document_ids.ids)],
        }
