"""Statement lines that are copied have the same rows as core's own, column by column, and the same numbering."""

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from .cash_common import ACCOUNT, CashCommon

AMOUNTS = (100.0, -33.33, 0.0, 1.15, 2500.01, -0.01, 77.7, 12.0, 3.0, -4.0)
DAYS = ("2026-02-27", "2026-02-28", "2026-03-01", "2026-03-01", "2026-03-02")
# What tells two equal lines apart: ids, the journal, its numbers, and when the row was written.
OWN = {
    "id",
    "move_id",
    "statement_line_id",
    "journal_id",
    "name",
    "move_name",
    "sequence_prefix",
    "account_id",
    "create_date",
    "write_date",
    "b2b_transaction_key",
    "b2b_entry_key",
}


@tagged("post_install", "-at_install")
class TestStatementCopies(CashCommon):
    def _values(self, journal):
        return [
            {
                "journal_id": journal.id,
                "date": fields.Date.to_date(DAYS[number % len(DAYS)]),
                "amount": amount,
                "payment_ref": f"text {number}",
                "partner_name": "Somebody" if number % 2 else False,
                "account_number": ACCOUNT if number % 3 else False,
                "transaction_type": "PMNT/RCDT/ESCT",
                "transaction_details": {"text": f"text {number}", "number": number},
                "b2b_transaction_key": f"{journal.id} {number}",
                "b2b_entry_key": f"{journal.id} {number}",
                "b2b_end_to_end_id": False,
            }
            for number, amount in enumerate(AMOUNTS * 3)
        ]

    def _rows(self, lines):
        self.env.flush_all()
        moves = tuple(lines.move_id.ids)
        found = []
        for table, column in (
            ("account_move", "id"),
            ("account_bank_statement_line", "move_id"),
            ("account_move_line", "move_id"),
        ):
            rows = self.env.execute_query_dict(
                SQL(
                    "SELECT row.* FROM %s row JOIN account_bank_statement_line line ON line.move_id = row.%s "
                    "WHERE row.%s IN %s ORDER BY (line.transaction_details->>'number')::int, row.id",
                    SQL.identifier(table),
                    SQL.identifier(column),
                    SQL.identifier(column),
                    moves,
                )
            )
            found += [(table, self._comparable(row)) for row in rows]
        return found

    def _comparable(self, row):
        values = {name: value for name, value in row.items() if name not in OWN}
        if values.get("internal_index"):
            values["internal_index"] = values["internal_index"][:18]
        return values

    def _compare(self, currency=None):
        journals = [
            self.bank.copy({"name": code, "code": code, "bank_account_id": False, "currency_id": currency})
            for code in ("CORE", "COPY")
        ]
        lines = self.env["account.bank.statement.line"].with_context(tracking_disable=True, mail_create_nolog=True)
        by_month = sorted(self._values(journals[0]), key=lambda values: values["date"])
        core = self._rows(lines.create(by_month))
        copied_lines = lines._b2b_create_fast(self._values(journals[1]))
        copied = self._rows(copied_lines)
        self.assertEqual(len(core), 4 * len(AMOUNTS) * 3)
        for (table, expected), (_table, found) in zip(core, copied, strict=True):
            expected.pop("sequence_number", None)
            found.pop("sequence_number", None)
            self.assertEqual(expected, found, table)
        numbers = sorted(copied_lines.mapped("move_id.sequence_number"))
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        self.assertEqual(len(set(copied_lines.mapped("move_id.name"))), len(numbers))
        return copied_lines

    def test_rows_are_equal_in_the_company_currency(self):
        self._compare()

    def test_rows_are_equal_in_another_currency(self):
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 1.7), ("2026-03-01", 1.9)])
        self._compare(euro.id)

    def test_a_line_by_core_follows_the_copies_in_number(self):
        copied = self._compare()
        last = max(copied.mapped("move_id.sequence_number"))
        line = self._line(5.0, journal=copied.journal_id, date="2026-03-02")
        self.assertEqual(line.move_id.sequence_number, last + 1)

    def test_order_of_the_values_is_kept(self):
        values = self._values(self.bank)
        lines = self.env["account.bank.statement.line"]._b2b_create_fast(values)
        self.assertEqual(lines.mapped("amount"), [one["amount"] for one in values])
        self.assertEqual(lines.mapped("payment_ref"), [one["payment_ref"] for one in values])

    def test_locked_period_is_left_to_core(self):
        self.company.fiscalyear_lock_date = "2026-02-28"
        lines = self.env["account.bank.statement.line"]._b2b_create_fast(self._values(self.bank))
        self.assertEqual(len(lines), len(AMOUNTS) * 3)
        self.assertTrue(all(day > self.company.fiscalyear_lock_date for day in lines.mapped("move_id.date")))
