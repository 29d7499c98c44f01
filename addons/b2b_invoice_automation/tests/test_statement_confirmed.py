"""A report of the day and its statement without bank references: one line each, whatever else the statement says."""

from odoo.tests import tagged

from ..order_to_cash.cash import Allocation
from ..order_to_cash.money import to_decimal
from .cash_common import ACCOUNT, CashCommon

SHORT = {"amount": 100.0, "text": "INV/2026/00001", "name": "Quark", "iban": ACCOUNT}
FULL = {**SHORT, "text": "INV/2026/00001 goods of March", "name": "Quark Industries GmbH"}


def apply_in_part(line, invoice):
    """Apply a line to all of an invoice by hand, and leave the rest of it unexplained."""
    item = invoice.line_ids.filtered(lambda one: one.display_type == "payment_term")
    line._b2b_apply_by_hand([Allocation(item.id, to_decimal(invoice.amount_total))], invoice.currency_id)


@tagged("post_install", "-at_install")
class TestStatementConfirmed(CashCommon):
    def _import(self, content, name="day.xml"):
        record = self.env["b2b.statement.import"]._import_file(name, content)
        self.assertEqual(record.state, "done", record.error)
        self._check_ledger()
        return record

    def _amounts(self):
        lines = self.env["account.bank.statement.line"].search([("journal_id", "=", self.bank.id)])
        return sorted(lines.mapped("amount"))

    def test_enriched_text_is_the_same_line_and_tells_it_more(self):
        report = self._import(self._camt([SHORT, {"amount": 7.0, "text": "other"}], message="052"))
        record = self._import(self._camt([{"amount": 7.0, "text": "other"}, FULL], opening=50.0))
        self.assertEqual((record.lines_created, record.duplicates_skipped, record.confirmed_count), (0, 1, 1))
        self.assertEqual(self._amounts(), [7.0, 100.0])
        line = report.line_ids.filtered(lambda line: line.amount == 100.0)
        self.assertEqual((line.payment_ref, line.partner_name), (FULL["text"], FULL["name"]))
        self.assertEqual(line.statement_id, record.statement_ids)
        self.assertTrue(record.statement_ids.is_complete)

    def test_both_files_again_bring_nothing(self):
        contents = [self._camt([SHORT], message="052"), self._camt([FULL])]
        for content in contents * 2:
            self._import(content)
        self.assertEqual(self._amounts(), [100.0])

    def test_end_to_end_id_tells_though_the_text_is_another(self):
        self._import(self._camt([{**SHORT, "text": "SEPA", "e2e": "E-77"}], message="052"))
        record = self._import(self._camt([{**FULL, "text": "wholly different", "e2e": "E-77"}]))
        self.assertEqual((record.lines_created, record.confirmed_count), (0, 1))

    def test_another_payment_of_day_and_amount_stays_another_and_is_said(self):
        self._import(self._camt([SHORT], message="052"))
        record = self._import(self._camt([{**SHORT, "text": "INV/2026/00002"}, SHORT]))
        self.assertEqual((record.lines_created, record.duplicates_skipped, record.confirmed_count), (1, 1, 0))
        self.assertEqual(self._amounts(), [100.0, 100.0])
        self.assertIn("both are kept", record.notes)

    def test_a_report_that_comes_after_its_statement_brings_nothing(self):
        self._import(self._camt([FULL]))
        late = self._import(self._camt([SHORT], message="052"))
        self.assertEqual((late.lines_created, late.confirmed_count), (0, 1))
        again = self._import(self._camt([SHORT], message="052"), "again.xml")
        self.assertEqual((again.lines_created, again.duplicates_skipped), (0, 1))
        line = self.env["account.bank.statement.line"].search([("journal_id", "=", self.bank.id)])
        self.assertEqual((line.amount, line.payment_ref), (100.0, FULL["text"]))

    def test_applied_line_keeps_its_text(self):
        invoice = self._invoice(100.0, "INV/2026/00001")
        report = self._import(self._camt([SHORT], message="052"))
        self._match()
        self.assertEqual(invoice.payment_state, "paid")
        record = self._import(self._camt([FULL]))
        self.assertEqual((record.lines_created, record.confirmed_count), (0, 1))
        self.assertEqual((report.line_ids.payment_ref, report.line_ids.b2b_state), ("INV/2026/00001", "applied"))

    def test_a_line_applied_in_part_keeps_that_and_learns_the_text(self):
        invoice = self._invoice(60.0, "INV/2026/00060")
        line = self._import(self._camt([{**SHORT, "text": "goods"}], message="052")).line_ids
        self._match()
        apply_in_part(line, invoice)
        record = self._import(self._camt([{**FULL, "text": "goods of March"}]))
        self.assertEqual((record.lines_created, record.confirmed_count), (0, 1))
        self.assertEqual((line.payment_ref, line.b2b_state, line.b2b_open_amount), ("goods of March", "case", 40.0))
        self._match()
        self.assertEqual((invoice.payment_state, line.b2b_state, line.b2b_open_amount), ("paid", "case", 40.0))

    def test_a_missing_statement_that_comes_later_closes_the_gap(self):
        self._import(self._camt([{**SHORT, "ref": "A1"}], number=1))
        later = self._camt(
            [{"amount": 5.0, "text": "later", "ref": "A3", "day": "2026-03-20"}], opening=108.0, number=3
        )
        third = self._import(later)
        self.assertTrue(third.has_gap)
        self.assertEqual(self.bank.b2b_gap_files, 1)
        second = [{"amount": 8.0, "text": "between", "ref": "A2", "day": "2026-03-18"}]
        self._import(self._camt(second, opening=100.0, number=2), "between.xml")
        self.assertFalse(third.has_gap)
        self.assertIn("between.xml", third.notes)
        self.bank.invalidate_recordset(["b2b_gap_files"])
        self.assertEqual(self.bank.b2b_gap_files, 0)
