"""Column profiles: what the columns of a bank's CSV or XLSX table mean, said once by a person, with the file in view.

A profile is recognised by the file's headings. A draft is the column assistant; only a profile in use reads files by
itself.
"""

import hashlib

from odoo import api, fields, models

from ..order_to_cash.statements import CsvProfile, StatementError, first_rows, preview, signature
from ..order_to_cash.statements.csv_profile import CREDIT_MARKS, DEBIT_MARKS
from .statement_profile_codes import DAYS, DELIMITERS, MARKS
from .statement_profile_html import preview_table, raw_table


class B2bStatementProfile(models.Model):
    _name = "b2b.statement.profile"
    _description = "Bank File Column Profile"
    _order = "state desc, name, id"

    name = fields.Char(required=True, help="What you call this kind of file, as “Nordbank export”.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    journal_id = fields.Many2one(
        "account.journal",
        "Only for Journal",
        index="btree_not_null",
        domain="[('type', 'in', ('bank', 'credit')), ('company_id', '=', company_id)]",
        help="Files with these headings are about this journal's account. Leave it empty where a column has the "
        "account, or where files are uploaded on the cards of several journals.",
    )
    state = fields.Selection(
        [("draft", "Being set up"), ("ready", "In use")], default="draft", required=True, readonly=True, copy=False
    )
    import_id = fields.Many2one(
        "b2b.statement.import", "Sample File", readonly=True, copy=False, index="btree_not_null"
    )
    delimiter = fields.Selection(
        [("semicolon", "; semicolon"), ("comma", ", comma"), ("tab", "tabulator"), ("bar", "| bar")],
        "Columns Apart by",
        default="semicolon",
        required=True,
    )
    encoding = fields.Selection(
        [
            ("auto", "Found out from the file"),
            ("utf-8-sig", "UTF-8"),
            ("cp1252", "Western European (Windows)"),
            ("cp1250", "Central European (Windows)"),
            ("cp852", "Central European (DOS)"),
            ("iso-8859-15", "Latin 9"),
            ("utf-16", "UTF-16"),
        ],
        default="auto",
        required=True,
    )
    header_row = fields.Integer("Row with the Headings", default=1, help="Counted from 1; 0 where there is none.")
    skip_last = fields.Integer("Rows to Leave out at the End", help="Sums that the bank writes below the entries.")
    date_format = fields.Selection(
        [(code, example) for code, (_form, example) in DAYS.items()],
        "Days Look Like",
        default="yyyy_mm_dd",
        required=True,
    )
    decimal_mark = fields.Selection(
        [("comma", "1.234,56 (comma)"), ("point", "1,234.56 (point)")],
        "Amounts Look Like",
        default="comma",
        required=True,
    )
    sign = fields.Selection(
        [
            ("signed", "One column, minus for money out"),
            ("debit_credit", "Two columns, out and in"),
            ("indicator", "A column says which way"),
        ],
        "Money In and Out",
        default="signed",
        required=True,
    )
    debit_marks = fields.Char("Words for Money Out", default=", ".join(DEBIT_MARKS), help="Apart by commas.")
    credit_marks = fields.Char("Words for Money In", default=", ".join(CREDIT_MARKS), help="Apart by commas.")
    column_ids = fields.One2many("b2b.statement.profile.column", "profile_id", "Columns", copy=True)
    fingerprint = fields.Char(compute="_compute_fingerprint", store=True, help="By which files are recognised.")
    import_count = fields.Integer("Files Read", compute="_compute_import_count")
    raw_html = fields.Html("The File", compute="_compute_preview", sanitize=False)
    preview_html = fields.Html("What Would Be Read", compute="_compute_preview", sanitize=False)
    is_readable = fields.Boolean(compute="_compute_preview")
    is_workbook = fields.Boolean(compute="_compute_preview")

    _recognised_once = models.UniqueIndex(
        "(company_id, COALESCE(journal_id, 0), fingerprint) WHERE state = 'ready' AND active",
        "Another profile in use reads files with the same headings for the same journal. Archive that one first.",
    )

    @api.depends("header_row", "column_ids.heading", "column_ids.number")
    def _compute_fingerprint(self):
        for profile in self:
            headings = signature(profile._header())
            text = "\x1f".join(headings).encode()
            profile.fingerprint = hashlib.sha256(text).hexdigest()[:24] if headings else False

    def _compute_import_count(self):
        counts = dict(
            self.env["b2b.statement.import"]._read_group(
                [("profile_ids", "in", self.ids)], ["profile_ids"], ["__count"]
            )
        )
        for profile in self:
            profile.import_count = counts.get(profile, 0)

    @api.depends(
        "delimiter", "encoding", "header_row", "skip_last", "date_format", "decimal_mark", "sign", "debit_marks",
        "credit_marks", "column_ids.role", "column_ids.heading", "import_id", "journal_id",
    )  # fmt: skip
    def _compute_preview(self):
        for profile in self:
            content = profile._sample()
            profile.is_workbook = bool(content) and content.startswith(b"PK")
            if not content:
                profile.raw_html = profile.preview_html = False
                profile.is_readable = False
                continue
            try:
                rows = first_rows(content, DELIMITERS[profile.delimiter or "semicolon"], profile._codec())
                profile.raw_html = raw_table(rows, profile.header_row, self.env)
            except StatementError as error:
                profile.raw_html = str(error)
            found = preview(content, profile._engine_profile(profile.journal_id or profile.import_id.upload_journal_id))
            profile.preview_html = preview_table(found, self.env)
            profile.is_readable = found.is_readable

    # -- the engine's side ---------------------------------------------------------------------------------------------

    def _header(self):
        return (
            tuple(self.column_ids.sorted("number").mapped(lambda column: column.heading or ""))
            if self.header_row
            else ()
        )

    def _codec(self):
        return "" if self.encoding in ("auto", False) else self.encoding

    def _engine_profile(self, journal):
        """The profile as the engine takes it; its name is this record's id.

        :param journal: account.journal whose account a table without a column for it is about, may be empty
        """
        self.ensure_one()
        columns = {}
        for column in self.column_ids.sorted("number"):
            if column.role:
                columns.setdefault(column.role, []).append(column.number - 1)
        own = journal.currency_id or journal.company_id.currency_id
        return CsvProfile(
            name=str(self._origin.id or self.id),
            columns={role: tuple(numbers) for role, numbers in columns.items()},
            header=self._header(),
            delimiter=DELIMITERS[self.delimiter or "semicolon"],
            encoding=self._codec(),
            date_format=DAYS[self.date_format or "yyyy_mm_dd"][0],
            decimal_mark=MARKS[self.decimal_mark or "comma"],
            sign=self.sign,
            debit_marks=_words(self.debit_marks),
            credit_marks=_words(self.credit_marks),
            account_number=journal.bank_acc_number or "",
            currency=own.name or "",
            skip_last=max(self.skip_last, 0),
        )

    @api.model
    def _profiles_for(self, company, journal):
        """Profiles in use that may read a file, those for its journal first.

        :param journal: where the file was handed in; empty where it was not on a journal
        """
        domain = [("company_id", "=", company.id), ("state", "=", "ready")]
        if journal:
            domain.append(("journal_id", "in", (False, journal.id)))
        return self.search(domain).sorted(lambda profile: (not profile.journal_id, profile.id))

    def _fits(self, content):
        """Whether this profile is for a table."""
        return not preview(content, self._engine_profile(self.journal_id), most_rows=1).error

    def _refuse_twins(self):
        """Refuse a file that went to no journal where the profiles of several would read it.

        :raises StatementError: saying where to upload it
        """
        own = self.column_ids.filtered(lambda column: column.role == "account")
        twins = self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "=", "ready"),
                ("fingerprint", "=", self.fingerprint),
                ("journal_id", "!=", False),
            ]
        )
        if self.fingerprint and not own and len(twins.journal_id) > 1:
            raise StatementError(
                self.env._(
                    "Profiles of several journals read files with these headings: %(journals)s. Upload the file on the "
                    "card of the journal that it belongs to.",
                    journals=", ".join(twins.journal_id.mapped("display_name")),
                )
            )


class B2bStatementProfileColumn(models.Model):
    _name = "b2b.statement.profile.column"
    _description = "Column of a Bank File"
    _order = "profile_id, number"
    _rec_name = "heading"

    profile_id = fields.Many2one("b2b.statement.profile", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="profile_id.company_id", store=True)
    number = fields.Integer("No.", required=True, readonly=True)
    heading = fields.Char(readonly=True)
    sample = fields.Char("First Values", readonly=True)
    role = fields.Selection(
        [
            ("booking_date", "Booking day"),
            ("value_date", "Value day"),
            ("amount", "Amount"),
            ("debit", "Money out"),
            ("credit", "Money in"),
            ("indicator", "In or out"),
            ("currency", "Currency"),
            ("balance", "Balance after it"),
            ("name", "Payer or payee"),
            ("counterparty_account", "Their account"),
            ("bic", "Their bank (BIC)"),
            ("text", "Text"),
            ("information", "Kind of booking"),
            ("reference", "Bank's reference"),
            ("end_to_end_id", "End-to-end id"),
            ("mandate_id", "Mandate"),
            ("account", "Own account"),
        ],
        "Is",
        help="What the column means. Several columns may be text; they are joined. Columns without a meaning are left "
        "out.",
    )


def _words(text):
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())
