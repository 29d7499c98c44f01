"""Bank files: one record per file that was handed in, with what came of it."""

import base64
import hashlib

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError

from ..order_to_cash.statements import StatementError, UnknownTableError
from .account_journal import UnknownAccountError
from .statement_loader import StatementLoader


class B2bStatementImport(models.Model):
    _name = "b2b.statement.import"
    _description = "Bank File Import"
    _inherit = ["mail.thread"]
    _order = "id desc"

    name = fields.Char("File Name", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True, default=lambda self: self.env.company
    )
    file = fields.Binary(attachment=True, readonly=True)
    checksum = fields.Char(readonly=True, index=True)
    upload_journal_id = fields.Many2one(
        "account.journal", "Handed in at", readonly=True, index="btree_not_null", help="The journal it was uploaded on."
    )
    state = fields.Selection(
        [
            ("new", "New"),
            ("columns", "Columns to name"),
            ("account", "Account unknown"),
            ("failed", "Refused"),
            ("done", "Imported"),
            ("ignored", "Ignored"),
        ],
        default="new",
        required=True,
        readonly=True,
        index=True,
        help="Columns to name: a table that no profile reads yet. Account unknown: waits until a journal has the "
        "account. Refused: nothing was imported. Ignored: a person put it away, with a note.",
    )
    way = fields.Selection(
        [("upload", "Upload"), ("mail", "E-mail"), ("folder", "Watched folder")],
        "Came by",
        default="upload",
        required=True,
        readonly=True,
    )
    account_number = fields.Char("Unknown Account", readonly=True, help="The account in the file that no journal has.")
    account_currency = fields.Char(readonly=True)
    profile_ids = fields.Many2many("b2b.statement.profile", string="Read by Profile", readonly=True)
    results = fields.Json("What Came of Each Statement", readonly=True)
    note = fields.Char(readonly=True, help="Why it was put away.")
    error = fields.Text("Reason", readonly=True, help="Why nothing of the file was imported, and what to do.")
    notes = fields.Text("Remarks", readonly=True, help="Gaps between statements and whatever else is worth knowing.")
    has_gap = fields.Boolean("Gap", readonly=True, help="A statement before this one is missing.")
    source = fields.Char("Format", readonly=True)
    statement_count = fields.Integer("Statements in the File", readonly=True)
    lines_created = fields.Integer("New Lines", readonly=True)
    confirmed_count = fields.Integer(
        "Confirmed",
        readonly=True,
        help="Transactions that a report of the day had announced with less text; they stay one line each.",
    )
    duplicates_skipped = fields.Integer(
        "Known Already", readonly=True, help="Transactions that an earlier file has brought; they are not taken twice."
    )
    announced_skipped = fields.Integer(
        "Only Announced",
        readonly=True,
        help="Transactions that the bank has not booked yet; they come with a later file.",
    )
    line_ids = fields.One2many("account.bank.statement.line", "b2b_import_id", "Bank Lines")
    statement_ids = fields.One2many("account.bank.statement", "b2b_import_id", "Statements")
    journal_ids = fields.Many2many("account.journal", string="Journals", readonly=True)
    imported_at = fields.Datetime("Imported on", readonly=True)

    @api.model
    def _check_may_import(self):
        if not self.env.su and not self.env.user.has_group("b2b_invoice_automation.group_billing_clerk"):
            raise AccessError(
                self.env._("Bank files are imported by billing clerks. Ask an administrator for that right.")
            )

    @api.model
    def _import_file(self, filename, content, journal=None, **values):
        """Import a bank file: all of it, or nothing.

        :param str filename: for people; the format is found by content
        :param bytes content: CAMT, MT940/942, OFX, BAI2, CSV, XLSX, or a zip of several
        :param journal: the bank journal it was handed in at; used where the file names no account
        :param values: more of the import record, as the ``way`` it came
        :returns: the import record, ``done`` or ``failed`` with the reason
        """
        self._check_may_import()
        record = self.sudo().create(
            {
                "name": filename or self.env._("bank file"),
                "file": base64.b64encode(content),
                "checksum": hashlib.sha256(content).hexdigest(),
                "upload_journal_id": journal.id if journal else False,
                "company_id": (journal.company_id if journal else self.env.company).id,
                **values,
            }
        )
        record._load(content)
        return self.browse(record.id)

    @api.model
    def _import_attachments(self, attachments, journal=None):
        """Import uploaded attachments; a mere upload is then dropped, because the record keeps the file."""
        attachments.check_access("read")
        records = self.browse()
        for attachment in attachments:
            records += self._import_file(attachment.name, attachment.raw or b"", journal)
        attachments.filtered(lambda one: not one.res_model and one.create_uid == self.env.user).unlink()
        return records

    @api.model
    def create_document_from_attachment(self, attachment_ids):
        """Upload button of the list."""
        self._check_may_import()
        return self._import_attachments(self.env["ir.attachment"].browse(attachment_ids))._action_show()

    def action_retry(self):
        """Read a file that waits or was refused again, after its cause was mended."""
        self._check_may_import()
        for record in self.filtered(lambda record: record.state != "done").sudo():
            record._load(record._content())
        return True

    def action_view_lines(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.account_bank_statement_line_action")
        return {**action, "domain": [("b2b_import_id", "=", self.id)], "context": {}}

    def _action_show(self):
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.b2b_statement_import_action")
        if len(self) == 1:
            return {**action, "views": [(False, "form")], "res_id": self.id}
        return {**action, "domain": [("id", "in", self.ids)]}

    def _content(self):
        self.ensure_one()
        return base64.b64decode(self.with_context(bin_size=False).file or b"")

    def _load(self, content):
        self.ensure_one()
        values = {"account_number": False, "account_currency": False, "error": False, "results": False}
        try:
            with self.env.cr.savepoint():
                values |= StatementLoader(self).load(content)
        except UnknownAccountError as error:
            values |= {"state": "account", "error": str(error), "account_number": error.number}
            values["account_currency"] = error.currency
        except UnknownTableError as error:
            values |= {"state": "columns", "error": str(error)}
        except (StatementError, UserError) as error:
            values |= {"state": "failed", "error": str(error)}
        except UniqueViolation as violation:
            raise ConcurrencyError("the same transactions are being imported by another session") from violation
        self.write({"imported_at": fields.Datetime.now(), **values})
        self._close_gaps()
