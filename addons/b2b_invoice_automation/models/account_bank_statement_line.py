"""Bank lines: where each stands in cash application, why, and what a person can do about it."""

from markupsafe import Markup, escape

from odoo import api, fields, models

APPLIED = ("applied", "manual")
HIGHLIGHTS = {
    "unknown_number": "text-bg-warning",
    "closed_number": "text-bg-secondary",
    "number_part": "text-bg-info",
}


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    b2b_state = fields.Selection(
        [
            ("new", "New"),
            ("applied", "Applied"),
            ("proposed", "Proposed"),
            ("case", "Case"),
            ("manual", "By hand"),
        ],
        "Cash Application",
        default="new",
        index=True,
        copy=False,
        readonly=True,
        help="New: not looked at yet. Applied: by a matching rule. Proposed: waits for a yes. Case: something does not "
        "add up. By hand: a person applied it.",
    )
    b2b_automatic = fields.Boolean(
        "Automatic", readonly=True, copy=False, help="A rule applied it with no person involved. Stays set when undone."
    )
    b2b_corrected = fields.Boolean(
        "Corrected", readonly=True, copy=False, help="A person undid what a rule had applied."
    )
    b2b_broken = fields.Boolean(
        "Match Broken",
        readonly=True,
        copy=False,
        help="Its match was broken from the invoice's side: the money is on the payer's account, waiting for a person.",
    )
    b2b_reason = fields.Char("Why", readonly=True, copy=False)
    b2b_score = fields.Integer("Certainty", readonly=True, copy=False)
    b2b_rule_id = fields.Many2one(
        "account.reconcile.model", "Matching Rule", readonly=True, copy=False, index="btree_not_null"
    )
    b2b_payer_id = fields.Many2one(
        "res.partner",
        "Payer",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Who the engine thinks it is from.",
    )
    b2b_partner_set = fields.Boolean(
        readonly=True, copy=False, help="The partner was set by applying the line, so undoing takes it away again."
    )
    b2b_evidence = fields.Json("Evidence", readonly=True, copy=False)
    b2b_decided_at = fields.Datetime("Decided on", readonly=True, copy=False)
    b2b_proposal_ids = fields.One2many("b2b.match.proposal", "statement_line_id", "Proposals")
    b2b_discrepancy_ids = fields.One2many("b2b.discrepancy", "statement_line_id", "Cases")
    b2b_reversed_line_id = fields.Many2one(
        "account.bank.statement.line",
        "Takes back",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The earlier payment that this line returns.",
    )
    b2b_import_id = fields.Many2one("b2b.statement.import", "Imported with", readonly=True, index="btree_not_null")
    b2b_transaction_key = fields.Char("Transaction Key", readonly=True, copy=False)
    b2b_entry_key = fields.Char("Entry Key", readonly=True, copy=False)
    b2b_confirmed_key = fields.Char(
        "Key in Its Statement",
        readonly=True,
        copy=False,
        help="Where the statement tells it in other words than a report.",
    )
    b2b_end_to_end_id = fields.Char("End-to-End Id", readonly=True, index="btree_not_null")
    b2b_text = fields.Html("Text with Findings", compute="_compute_b2b_text", sanitize=False)
    b2b_applied_ids = fields.Many2many("account.move.line", compute="_compute_b2b_applied_ids", string="Applied to")
    b2b_open_amount = fields.Monetary("Not Explained", compute="_compute_b2b_open_amount")

    _b2b_transaction_unique = models.UniqueIndex(
        "(journal_id, b2b_transaction_key) WHERE b2b_transaction_key IS NOT NULL",
        "This bank transaction is imported already.",
    )
    _b2b_entry_index = models.Index("(journal_id, b2b_entry_key) WHERE b2b_entry_key IS NOT NULL")
    _b2b_confirmed_index = models.Index("(journal_id, b2b_confirmed_key) WHERE b2b_confirmed_key IS NOT NULL")
    _b2b_queue_index = models.Index("(company_id, id) WHERE b2b_state = 'new' AND is_reconciled IS NOT TRUE")

    def _init_column(self, column_name):  # pylint: disable=missing-return
        """Bank lines that are older than this module are left to those who have worked on them: they have no state."""
        if column_name != "b2b_state":
            super()._init_column(column_name)

    @api.depends("payment_ref", "b2b_evidence")
    def _compute_b2b_text(self):
        for line in self:
            line.b2b_text = highlighted(line.payment_ref or "", line.b2b_evidence or [])

    @api.depends("move_id.line_ids.matched_debit_ids", "move_id.line_ids.matched_credit_ids")
    def _compute_b2b_applied_ids(self):
        for line in self:
            own = line.move_id.line_ids
            line.b2b_applied_ids = own.matched_debit_ids.debit_move_id | own.matched_credit_ids.credit_move_id

    @api.depends("amount_residual", "is_reconciled")
    def _compute_b2b_open_amount(self):
        for line in self:
            line.b2b_open_amount = 0.0 if line.is_reconciled else -line.amount_residual

    def unlink(self):
        """Deleting is undoing: refused where undoing is, and written in the log."""
        self.b2b_discrepancy_ids.sudo()._withdraw_outcomes()
        self._b2b_applied()._b2b_log_taken_back(self.env._("Deleted by %(user)s.", user=self.env.user.name))
        return super().unlink()

    def _b2b_applied(self):
        """Those of these lines that are applied, if only in part."""
        return self.filtered(
            lambda line: line.b2b_state in APPLIED or (line.b2b_state == "case" and line._seek_for_lines()[2])
        )

    def _b2b_open_on_account(self):
        """The journal items of these lines that are money on a payer's account, used for nothing yet."""
        return self.move_id.line_ids.filtered(
            lambda item: (
                item.account_id.account_type in ("asset_receivable", "liability_payable") and not item.reconciled
            )
        )

    def _b2b_undo_booking(self):
        quiet = self.with_context(b2b_lines_stay=True)
        return super(AccountBankStatementLine, quiet).action_undo_reconciliation()  # pylint: disable=super-method-mismatch

    def action_undo_reconciliation(self):
        if not self:  # Odoo asks with each journal item that is written
            return None
        self.b2b_discrepancy_ids.sudo()._withdraw_outcomes()
        applied = self._b2b_applied()
        result = self._b2b_undo_booking()
        applied._b2b_mark_undone()
        guessed = self.sudo().filtered("b2b_partner_set")
        guessed.write({"partner_id": False, "b2b_partner_set": False})
        return result

    def _b2b_mark_undone(self):
        """A person took back what was applied; it waits for a person now, and is not applied by itself again."""
        undone = self.env._("Undone by %(user)s.", user=self.env.user.name)
        on_account = self.env._("The money is on the payer's account. Undo the line to apply it to something else.")
        for (automatic, broken), lines in self.grouped(lambda line: (line.b2b_automatic, line.is_reconciled)).items():
            reason = f"{undone} {on_account}" if broken else undone
            lines.sudo().write(
                {
                    "b2b_state": "case",
                    "b2b_corrected": automatic,
                    "b2b_broken": broken,
                    "b2b_reason": reason,
                    "b2b_decided_at": fields.Datetime.now(),
                }
            )
            self.env["b2b.payer.alias"]._forget_from(lines)
            lines.sudo()._b2b_log_taken_back(reason)
            lines.sudo()._b2b_settle_cases(reason)

    def _b2b_log_taken_back(self, reason):
        self.env["b2b.decision"]._log(
            [
                {
                    "kind": "match",
                    "record": line,
                    "decision": reason,
                    "rule": self.env._("By hand"),
                    "evidence": {"undone_rule": line.b2b_rule_id.display_name or "", "automatic": line.b2b_automatic},
                    "amount": line.amount,
                    "currency": line.currency_id,
                    "company": line.company_id,
                }
                for line in self
            ]
        )


def highlighted(text, evidence):
    """A label as HTML with what was recognised in it marked.

    :param text: the label
    :param list[dict] evidence: with ``kind``, ``number``, ``start`` and ``end``
    """
    pieces, at = [], 0
    spans = sorted(
        (found for found in evidence if found.get("start") is not None and found.get("end")),
        key=lambda found: (found["start"], -found["end"]),
    )
    for found in spans:
        if found["start"] < at or found["end"] > len(text):
            continue
        pieces.append(escape(text[at : found["start"]]))
        pieces.append(
            Markup('<mark class="rounded px-1 %s" title="%s">%s</mark>')
            % (
                HIGHLIGHTS.get(found["kind"], "text-bg-success"),
                found.get("number") or found["kind"].replace("_", " "),
                text[found["start"] : found["end"]],
            )
        )
        at = found["end"]
    pieces.append(escape(text[at:]))
    return Markup("").join(pieces)


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    def unlink(self):
        """A match that is broken from the invoice's side is a correction of the bank line as well.

        With ``b2b_lines_stay`` it is not: whoever breaks it tells the lines that this is about.
        """
        if self.env.context.get("b2b_lines_stay"):
            return super().unlink()
        items = self.debit_move_id | self.credit_move_id
        lines = items.move_id.statement_line_id.filtered(lambda line: line.b2b_state in APPLIED)
        result = super().unlink()
        lines._b2b_mark_undone()
        return result
