"""The column assistant: the engine's proposal for a table, a person's changes, and taking the profile into use."""

from io import BytesIO

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..order_to_cash.statements import (
    CsvProfile,
    StatementError,
    delimiter_of,
    first_rows,
    preview,
    propose_profile,
    signature,
    table_kind,
)
from .statement_profile_codes import DAYS, DELIMITERS, MARKS, code_of

HEADER_AMONG = 60
SAMPLES = 3


class B2bStatementProfile(models.Model):
    _inherit = "b2b.statement.profile"

    @api.onchange("delimiter", "encoding", "header_row")
    def _onchange_shape(self):
        """Cut the sample anew; columns that keep their heading keep their role."""
        content = self._sample()
        if not content:
            return
        roles = {column.heading: column.role for column in self.column_ids if column.role}
        values = self._columns_of(content, lambda _number, heading: roles.get(heading))
        if not any(one["role"] for one in values):
            roles = self._guessed_roles(content)
            values = self._columns_of(content, lambda _number, heading: roles.get(heading))
        self.column_ids = [fields.Command.clear(), *map(fields.Command.create, values)]

    def _sample(self):
        """The bytes of the table that the assistant shows; empty where there is none."""
        return self.import_id.sudo()._table_content() if self.import_id else b""

    @api.model
    def _draft_for(self, record):
        """The assistant's draft for a file whose columns are not known: the one begun, or a new proposal."""
        draft = self.search([("import_id", "=", record.id), ("state", "=", "draft")], limit=1)
        if draft:
            return draft
        content = record.sudo()._table_content()
        if not content:
            raise UserError(self.env._("This file has no table in it; only tables need a profile."))
        draft = self.create(
            {
                "name": record.name.rpartition(".")[0] or record.name,
                "company_id": record.company_id.id,
                "journal_id": record.upload_journal_id.id,
                "import_id": record.id,
            }
        )
        draft._propose(content)
        return draft

    def _propose(self, content):
        """Take over what the engine guesses of a table, and what it doubts."""
        stream = BytesIO(content)
        try:
            guess = propose_profile(content).profile
        except StatementError:
            guess = CsvProfile("", {}, delimiter=delimiter_of(stream, table_kind(stream)))
        self.write(
            {
                "delimiter": code_of(DELIMITERS, guess.delimiter),
                "date_format": next(code for code, (form, _example) in DAYS.items() if form == guess.date_format),
                "decimal_mark": code_of(MARKS, guess.decimal_mark),
                "sign": guess.sign,
                "header_row": self._row_of(content, guess),
            }
        )
        roles = {number: role for role, numbers in guess.columns.items() for number in numbers}
        values = self._columns_of(content, lambda number, _heading: roles.get(number - 1))
        self.column_ids = [fields.Command.clear(), *map(fields.Command.create, values)]

    def _guessed_roles(self, content):
        """Heading → role as the engine guesses them."""
        try:
            guess = propose_profile(content).profile
        except StatementError:
            return {}
        return {
            guess.header[number]: role
            for role, numbers in guess.columns.items()
            for number in numbers
            if number < len(guess.header)
        }

    def _row_of(self, content, guess):
        """The number of the headings' row, from 1; 0 where there is none."""
        wanted = signature(guess.header)
        if not wanted:
            return 0
        beginning = first_rows(content, guess.delimiter, count=HEADER_AMONG)
        return next((number for number, row in enumerate(beginning, 1) if signature(row) == wanted), 0)

    def _columns_of(self, content, role_of):
        """Values of the columns of a table, each with its heading and first cells.

        :param role_of: column number and heading → role or None
        """
        at = max(self.header_row, 0)
        try:
            rows = first_rows(content, DELIMITERS[self.delimiter or "semicolon"], self._codec(), count=at + 50)
        except StatementError:
            return []
        header = rows[at - 1] if 0 < at <= len(rows) else []
        body = [row for row in rows[at:] if any(row)]
        width = max((len(row) for row in (header, *body)), default=0)
        values = []
        for number in range(1, width + 1):
            heading = str(header[number - 1]) if number <= len(header) else ""
            cells = [str(row[number - 1]) for row in body if number <= len(row) and row[number - 1] != ""]
            values.append(
                {
                    "number": number,
                    "heading": heading,
                    "sample": " · ".join(cell[:30] for cell in cells[:SAMPLES]),
                    "role": role_of(number, heading) or False,
                }
            )
        return values

    def action_propose(self):
        """Forget what was chosen and take the engine's proposal again."""
        self.ensure_one()
        content = self._sample()
        if not content:
            raise UserError(self.env._("The profile has no sample file."))
        self._propose(content)
        return True

    def action_use(self):
        """Take the profile into use, and read the files that wait for it."""
        self.ensure_one()
        if self.import_id:
            found = preview(self._sample(), self._engine_profile(self.journal_id or self.import_id.upload_journal_id))
            if not found.is_readable:
                first = found.error or next(iter(found.defects), "")
                first = first or self.env._(
                    "Row %(number)s: %(error)s", number=found.wrong[0].number, error=found.wrong[0].error
                )
                raise UserError(self.env._("The file cannot be read like this. %(reason)s", reason=first))
        self.state = "ready"
        waiting = self.env["b2b.statement.import"].search(
            [("state", "=", "columns"), ("company_id", "=", self.company_id.id)]
        )
        waiting.action_retry()
        if self.import_id:
            return self.import_id._action_show()
        return True

    def action_change(self):
        """Set the profile aside to change it."""
        self.state = "draft"

    def action_view_imports(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.b2b_statement_import_action")
        return {**action, "domain": [("profile_ids", "in", self.ids)]}
