"""Bank files that tell of a closed period, and files whose lines were taken out of the books again."""

from psycopg2.errors import LockNotAvailable, ProgramLimitExceeded, SerializationFailure

from odoo.tests import tagged

from ..models.transactions import is_conflict
from .cash_common import CashCommon

PAYMENTS = [
    {"amount": 100.0, "text": "first", "ref": "T1", "day": "2026-02-27"},
    {"amount": 200.0, "text": "second", "ref": "T2", "day": "2026-03-02"},
    {"amount": -7.5, "text": "fee", "ref": "T3", "day": "2026-03-03"},
]


@tagged("post_install", "-at_install")
class TestStatementClosed(CashCommon):
    def _import(self, content, name="day.xml"):
        record = self.env["b2b.statement.import"]._import_file(name, content)
        self._check_ledger()
        return record

    def test_new_lines_of_a_closed_period_are_refused_until_it_is_open_again(self):
        self.company.fiscalyear_lock_date = "2026-02-28"
        record = self._import(self._camt(PAYMENTS))
        self.assertEqual((record.state, record.line_ids.ids), ("failed", []))
        for words in ("2026-02-27", "2026-02-28", "Open the period again", "begins later"):
            self.assertIn(words, record.error)
        self.company.fiscalyear_lock_date = False
        record.action_retry()
        self.assertEqual((record.state, record.lines_created), ("done", 3), record.error)
        self.assertEqual([f"{day}" for day in sorted(record.line_ids.mapped("date"))], [one["day"] for one in PAYMENTS])

    def test_lines_of_a_closed_period_that_are_in_the_books_do_not_matter(self):
        report = self._import(self._camt(PAYMENTS[:1], message="052"))
        report.line_ids.partner_id = self.quark
        report.line_ids.action_b2b_on_account()
        self.company.fiscalyear_lock_date = "2026-02-28"
        record = self._import(self._camt(PAYMENTS))
        self.assertEqual((record.state, record.lines_created, record.duplicates_skipped), ("done", 2, 1), record.error)

    def test_lines_that_were_deleted_and_come_again_join_their_statement(self):
        content = self._camt(PAYMENTS, opening=50.0)
        first = self._import(content)
        statement = first.statement_ids
        statement.balance_end_real = 0.0
        first.line_ids.filtered(lambda line: line.amount == 200.0).unlink()
        statement.balance_end_real = 342.5
        again = self._import(content, "again.xml")
        self.assertEqual((again.state, again.lines_created, again.duplicates_skipped), ("done", 1, 2), again.error)
        self.assertEqual((again.line_ids.statement_id, again.has_gap), (statement, False))
        self.assertFalse(again.statement_ids)
        self.assertTrue(statement.is_complete)
        self.assertFalse(again.notes)

    def test_overlong_references_are_imported_once(self):
        long = "".join(chr(65 + number * number % 26) + str(number) for number in range(3000))
        payment = {"amount": 5.0, "text": long, "ref": long[:9000], "e2e": long[:8000], "name": long}
        record = self._import(self._camt([payment, {**payment, "amount": 6.0}]))
        self.assertEqual((record.state, record.lines_created), ("done", 2), record.error)
        line = record.line_ids[0]
        self.assertTrue(line.payment_ref.startswith("A0B1"))
        for text in (line.b2b_end_to_end_id, line.b2b_entry_key, line.partner_name):
            self.assertLess(len(text), 300)
        self._match()
        self.assertEqual(self._import(self._camt([payment]), "again.xml").duplicates_skipped, 1)

    def test_what_is_too_long_is_no_conflict_that_goes_away(self):
        with self.assertRaises(ProgramLimitExceeded) as raised, self.env.cr.savepoint():
            self.env.cr.execute("CREATE TEMPORARY TABLE long_ones (name varchar); CREATE INDEX ON long_ones (name)")
            self.env.cr.execute(
                "INSERT INTO long_ones SELECT string_agg(md5(one::text), '') FROM generate_series(1, 500) one",
                log_exceptions=False,
            )
        self.assertFalse(is_conflict(raised.exception))
        for error in (SerializationFailure(), LockNotAvailable()):
            self.assertTrue(is_conflict(error))
