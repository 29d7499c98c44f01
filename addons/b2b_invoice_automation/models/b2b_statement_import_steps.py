"""What a person does with a bank file that was not imported: name its columns, choose its journal, put it away.

Files whose account no journal had are taken up by themselves when one has it.
"""

from io import BytesIO

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, formatLang

from ..order_to_cash.statements import StatementError, archive, table_kind
from ..order_to_cash.statements.detect import ARCHIVE, detect
from .transactions import is_conflict

WAITS = ("columns", "account", "failed")
OPEN = ("new", *WAITS)


class B2bStatementImport(models.Model):
    _inherit = "b2b.statement.import"

    results_html = fields.Html("Statements in It", compute="_compute_results_html", sanitize=False)

    @api.depends("results")
    def _compute_results_html(self):
        for record in self:
            record.results_html = record._results_table() if record.results else False

    def _results_table(self):
        env = self.env
        kinds = {
            "statement": env._("Statement"),
            "report": env._("Report of the day"),
            "notification": env._("Notification"),
        }
        heads = (env._("Account"), env._("What"), env._("Number"), env._("Until"))
        counts = {
            "created": env._("New lines"),
            "known": env._("Known"),
            "confirmed": env._("Confirmed"),
            "announced": env._("Only announced"),
        }
        shown = [name for name in counts if any(one[name] for one in self.results)]
        figures = [env._("Opening"), env._("Closing"), *(counts[name] for name in shown)]
        rows = [
            Markup("<td>%s</td><td>%s</td><td>%s</td><td class='text-nowrap'>%s</td>%s%s")
            % (
                f"{one['account']} · {one['journal']}" if one["account"] else one["journal"],
                kinds.get(one["kind"], one["kind"]),
                one["number"],
                format_date(env, one["until"]) if one["until"] else "",
                Markup("").join(self._money_cell(one[name], one["currency"]) for name in ("opening", "closing")),
                Markup("").join(Markup("<td class='text-end'>%s</td>") % (one[name] or "") for name in shown),
            )
            for one in self.results
        ]
        return Markup(
            '<div class="table-responsive"><table class="table table-sm mb-0 o_b2b_table"><thead><tr>%s</tr></thead>'
            "<tbody>%s</tbody></table></div>"
        ) % (
            Markup("").join(Markup("<th>%s</th>") % head for head in heads)
            + Markup("").join(Markup("<th class='text-end'>%s</th>") % head for head in figures),
            Markup("").join(Markup("<tr>%s</tr>") % row for row in rows),
        )

    def _money_cell(self, amount, currency_name):
        currency = self.env["res.currency"]._b2b_by_name(currency_name) if currency_name else None
        text = "" if amount is None else formatLang(self.env, float(amount), currency_obj=currency or None)
        return Markup("<td class='text-end text-nowrap'>%s</td>") % text

    def _table_content(self):
        """The bytes of the CSV or XLSX table in this file; in a zip, of the first; empty where there is none."""
        content = self._content()
        try:
            streams = [BytesIO(content)]
            if detect(streams[0]) == ARCHIVE:
                streams = [stream for _name, stream in archive.files(BytesIO(content))]
        except StatementError:
            return b""
        for stream in streams:
            try:
                table_kind(stream)
            except StatementError:
                continue
            return stream.getvalue()
        return b""

    def action_assist(self):
        """Open the column assistant."""
        self.ensure_one()
        self._check_may_import()
        draft = self.env["b2b.statement.profile"]._draft_for(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Column Assistant"),
            "res_model": draft._name,
            "res_id": draft.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_new_journal(self):
        """Make a journal for the unknown account; when it is saved, the file is taken up."""
        self.ensure_one()
        currency = self.env["res.currency"]._b2b_by_name(self.account_currency) if self.account_currency else None
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Bank Journal"),
            "res_model": "account.journal",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {
                "default_type": "bank",
                "default_name": self.env._("Bank %(number)s", number=self.account_number[-4:]),
                "default_bank_acc_number": self.account_number,
                "default_company_id": self.company_id.id,
                "default_currency_id": currency.id if currency and currency != self.company_id.currency_id else False,
            },
        }

    def action_step(self):
        """Ask for the journal, or for the note that the file is put away with (the context says which)."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ignore the File")
            if self.env.context.get("b2b_step") == "ignore"
            else self.env._("Choose the Journal"),
            "res_model": "b2b.statement.import.step",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_import_ids": self.ids,
                "default_step": self.env.context.get("b2b_step", "journal"),
            },
        }

    def _choose_journal(self, journal):
        """Read these files as handed in at a journal; where it has no account number yet, it learns the file's."""
        self._check_may_import()
        if self.filtered(lambda record: record.company_id != journal.company_id):
            raise UserError(self.env._("Choose a journal of the file's own company."))
        self.filtered(lambda record: record.state in OPEN).sudo().upload_journal_id = journal
        self.action_retry()

    def _ignore(self, note):
        """Put files away that nothing is to come of."""
        self._check_may_import()
        if self.filtered(lambda record: record.state == "done"):
            raise UserError(self.env._("A file that was imported cannot be ignored: its lines are in the books."))
        for record in self.sudo():
            record.message_post(body=self.env._("Ignored by %(user)s: %(note)s", user=self.env.user.name, note=note))
        self.sudo().write({"state": "ignored", "note": note})

    def action_reopen(self):
        """Take a file that was put away out again."""
        self._check_may_import()
        self.filtered(lambda record: record.state == "ignored").sudo().write({"state": "new", "note": False})
        return self.action_retry()

    def _close_gaps(self):
        """Take the mark of a gap off the files whose missing statement this file brought."""
        gaps = self.search(
            [("has_gap", "=", True), ("journal_ids", "in", self.journal_ids.ids), ("id", "not in", self.ids)]
        )
        for record in gaps:
            if not any(statement._b2b_gap() for statement in record.statement_ids):
                record.has_gap = False
                record.notes = "\n".join(
                    filter(
                        None, (record.notes, self.env._("The missing statement came with %(file)s.", file=self.name))
                    )
                )

    # -- files that wait -----------------------------------------------------------------------------------------------

    @api.model
    def _take_up_soon(self):
        """Have the scheduler look at the files whose account was unknown, if there are any."""
        if self.sudo().search_count([("state", "=", "account")], limit=1):
            self.env.ref("b2b_invoice_automation.ir_cron_bank_files").sudo()._trigger()

    @api.model
    def _take_up_waiting(self):
        """Import the files whose account a journal has by now.

        :returns: how many were imported
        """
        waiting = self.sudo().search([("state", "=", "account")], order="id")
        done = 0
        for record in waiting:
            journals = self.env["account.journal"].sudo()._b2b_with_number(record.company_id, record.account_number)
            if not journals:
                continue
            try:
                with self.env.cr.savepoint():
                    record._load(record._content())
            except Exception as error:
                if is_conflict(error):
                    continue
                raise
            done += record.state == "done"
        return done
