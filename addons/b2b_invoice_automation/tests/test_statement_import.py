"""Bank files: all or nothing, each transaction once, in the right journal, and what is wrong in words."""

import base64
import io
import zipfile

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .cash_common import ACCOUNT, CashCommon

PAYMENTS = [
    {
        "amount": 100.0,
        "text": "INV/2026/00001",
        "name": "Quark Industries GmbH",
        "iban": ACCOUNT,
        "ref": "T1",
        "e2e": "E1",
    },
    {"amount": 200.0, "text": "no number", "ref": "T2"},
    {"amount": -7.5, "text": "fee", "ref": "T3"},
]


@tagged("post_install", "-at_install")
class TestStatementImport(CashCommon):
    def _import(self, content, name="day.xml", journal=None):
        record = self.env["b2b.statement.import"]._import_file(name, content, journal)
        self._check_ledger()
        return record

    def test_file_becomes_lines_and_a_statement_that_adds_up(self):
        record = self._import(self._camt(PAYMENTS, opening=1000.0, number=7))
        self.assertEqual((record.state, record.lines_created, record.duplicates_skipped), ("done", 3, 0), record.error)
        self.assertEqual(record.journal_ids, self.bank)
        self.assertEqual(record.line_ids.sorted("id").mapped("amount"), [100.0, 200.0, -7.5])
        statement = record.statement_ids
        self.assertEqual((statement.balance_start, statement.balance_end_real), (1000.0, 1292.5))
        self.assertTrue(statement.is_complete)
        line = record.line_ids.sorted("id")[0]
        self.assertEqual(
            (
                line.payment_ref,
                line.partner_name,
                line.account_number,
                line.b2b_end_to_end_id,
                line.state,
                line.b2b_state,
            ),
            ("INV/2026/00001", "Quark Industries GmbH", ACCOUNT, "E1", "posted", "new"),
        )
        self.assertEqual(line.transaction_details["bank_reference"], "T1")
        self.assertFalse(record.notes)

    def test_a_file_twice_gives_one_line_each(self):
        first = self._import(self._camt(PAYMENTS))
        second = self._import(self._camt(PAYMENTS), "copy.xml")
        self.assertEqual((first.lines_created, second.lines_created, second.duplicates_skipped), (3, 0, 3))
        self.assertEqual(second.state, "done")
        self.assertFalse(second.statement_ids)

    def test_report_of_the_day_then_its_statement_give_one_line_each(self):
        report = self._import(self._camt(PAYMENTS[:2], message="052"))
        self.assertEqual((report.lines_created, len(report.statement_ids)), (2, 0))
        statement = self._import(self._camt(PAYMENTS, opening=50.0))
        self.assertEqual((statement.lines_created, statement.duplicates_skipped), (1, 2))
        self.assertTrue(statement.statement_ids.is_complete, "the report's lines belong to the statement now")
        self.assertEqual(len(statement.statement_ids.line_ids), 3)

    def test_true_duplicates_stay_two(self):
        twice = [{"amount": 10.0, "text": "ticket"}, {"amount": 10.0, "text": "ticket"}]
        record = self._import(self._camt(twice))
        self.assertEqual(record.lines_created, 2)
        self.assertEqual(self._import(self._camt(twice), "again.xml").lines_created, 0)

    def test_announced_transactions_wait_for_their_booking(self):
        record = self._import(self._camt([PAYMENTS[0], {**PAYMENTS[1], "status": "PDNG"}], message="052"))
        self.assertEqual((record.lines_created, record.announced_skipped), (1, 1))

    def test_wrong_balance_is_refused_whole(self):
        content = self._camt(PAYMENTS, opening=1000.0).replace(b">1292.50<", b">1300.00<")
        record = self._import(content)
        self.assertEqual((record.state, record.lines_created, len(record.line_ids)), ("failed", 0, 0))
        self.assertIn("1292.5", record.error)
        self.assertIn("1300.00", record.error)

    def test_unknown_account_waits_and_is_taken_up_when_a_journal_has_it(self):
        record = self._import(self._camt(PAYMENTS, account="FR7630006000011234567890189"))
        self.assertEqual((record.state, record.account_number), ("account", "FR7630006000011234567890189"))
        self.assertIn("Set this number on the bank journal", record.error)
        self.env["b2b.statement.import"]._take_up_waiting()
        self.assertEqual(record.state, "account", "no journal has it yet")
        trigger = self.env.ref("b2b_invoice_automation.ir_cron_bank_files")
        before = self.env["ir.cron.trigger"].search_count([("cron_id", "=", trigger.id)])
        self.bank.set_bank_account("FR7630006000011234567890189")
        self.assertGreater(self.env["ir.cron.trigger"].search_count([("cron_id", "=", trigger.id)]), before)
        self.env["b2b.statement.import"]._take_up_waiting()
        self.assertEqual((record.state, record.lines_created, record.error), ("done", 3, False))

    def test_wrong_currency_is_refused(self):
        record = self._import(self._camt(PAYMENTS, currency="EUR"))
        self.assertEqual((record.state, len(record.line_ids)), ("failed", 0))
        self.assertIn("EUR", record.error)

    def test_rubbish_is_refused(self):
        for content in (b"", b"hello", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", b"PK\x03\x04broken"):
            record = self._import(content, "rubbish")
            self.assertEqual((record.state, len(record.line_ids)), ("failed", 0))
            self.assertTrue(record.error)

    def test_several_accounts_in_one_file_go_to_their_journals(self):
        other = self.bank.copy({"name": "Other Bank", "code": "OTB", "bank_account_id": False})
        other.set_bank_account("FR7630006000011234567890189")
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as files:
            files.writestr("a.xml", self._camt(PAYMENTS))
            files.writestr("b.xml", self._camt(PAYMENTS, account="FR7630006000011234567890189"))
        record = self._import(archive.getvalue(), "both.zip")
        self.assertEqual((record.state, record.lines_created, record.statement_count), ("done", 6, 2), record.error)
        self.assertEqual(record.journal_ids, self.bank | other)

    def test_look_alikes_that_the_balances_prove_to_be_new_are_imported_and_said(self):
        ticket = [{"amount": 5.0, "text": "ticket"}]
        self._import(self._camt(ticket, opening=5.0, number=1))
        for number, opening in ((2, 10.0), (3, 15.0)):
            content = self._camt(ticket, opening=opening, number=number)
            record = self._import(content, f"{number}.xml")
            self.assertEqual((record.state, record.lines_created, record.duplicates_skipped), ("done", 1, 0))
            self.assertIn("new money", record.notes)
        for number, opening in ((1, 5.0), (2, 10.0), (3, 15.0)):
            again = self._import(self._camt(ticket, opening=opening, number=number), f"{number} again.xml")
            self.assertEqual((again.lines_created, again.duplicates_skipped), (0, 1), number)

    def test_an_empty_file_can_be_tried_again(self):
        record = self._import(b"", "empty.xml")
        record.action_retry()
        self.assertEqual(record.state, "failed")
        self.assertTrue(record.error)

    def test_a_number_too_large_to_count_by_is_said(self):
        record = self._import(self._camt(PAYMENTS, number=99999999999999))
        self.assertEqual((record.state, record.lines_created), ("done", 3), record.error)
        self.assertIn("99999999999999", record.notes)

    def test_impossible_days_and_amounts_are_refused_in_words(self):
        for day in ("0001-01-01", "9999-12-31"):
            record = self._import(self._camt([{**PAYMENTS[0], "day": day}]))
            self.assertEqual((record.state, len(record.line_ids)), ("failed", 0), day)
            self.assertIn(day, record.error)
        content = self._camt([PAYMENTS[0]]).replace(b">100.00<", b">100.004<")
        record = self._import(content)
        self.assertEqual((record.state, len(record.line_ids)), ("failed", 0))
        self.assertIn("100.004", record.error)

    def test_one_bad_file_in_a_zip_refuses_all(self):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as files:
            files.writestr("a.xml", self._camt(PAYMENTS))
            files.writestr("b.xml", self._camt(PAYMENTS, opening=10.0, number=2).replace(b">302.50<", b">1.00<"))
        record = self._import(archive.getvalue(), "both.zip")
        self.assertEqual((record.state, len(record.line_ids)), ("failed", 0))
        self.assertIn("b.xml", record.error)

    def test_gap_between_statements_is_said(self):
        self._import(self._camt(PAYMENTS, opening=0.0, number=1))
        later = [{"amount": 5.0, "text": "later", "ref": "T9", "day": "2026-03-20"}]
        record = self._import(self._camt(later, opening=400.0, number=4), "later.xml")
        self.assertEqual((record.state, record.has_gap), ("done", True))
        self.assertIn("400.00", record.notes)
        self.assertIn("292.50", record.notes)

    def test_upload_on_the_journal_card_teaches_it_its_account(self):
        fresh = self.bank.copy({"name": "Fresh Bank", "code": "FRB", "bank_account_id": False})
        attachment = self.env["ir.attachment"].create(
            {"name": "day.xml", "raw": self._camt(PAYMENTS, account="FR7630006000011234567890189")}
        )
        action = (
            self.env["account.journal"]
            .with_context(default_journal_id=fresh.id)
            .create_document_from_attachment(attachment.ids)
        )
        record = self.env["b2b.statement.import"].browse(action["res_id"])
        self.assertEqual((record.state, record.journal_ids), ("done", fresh), record.error)
        self.assertEqual(fresh.bank_account_id.sanitized_acc_number, "FR7630006000011234567890189")
        self.assertFalse(attachment.exists())
        self.assertIn(b"FR7630006000011234567890189", base64.b64decode(record.file))

    def test_mt940_comes_in_too(self):
        content = (
            f":20:STARTUMS\r\n:25:{self.bank.bank_acc_number}\r\n:28C:00001/001\r\n:60F:C260316USD0,00\r\n"
            ":61:2603160316C100,00NTRFNONREF//BR1\r\n:86:166?00SEPA?20SVWZ+INV/2026/00001\r\n:62F:C260316USD100,00\r\n-\r\n"
        ).encode()
        record = self._import(content, "day.sta")
        self.assertEqual((record.state, record.lines_created, record.source), ("done", 1, "mt940"), record.error)

    def test_only_billing_clerks_import(self):
        salesman = new_test_user(self.env, "salesman", groups="sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self.env["b2b.statement.import"].with_user(salesman)._import_file("day.xml", self._camt(PAYMENTS))
        clerk = new_test_user(
            self.env, "clerk", groups="b2b_invoice_automation.group_billing_clerk", company_id=self.company.id
        )
        record = self.env["b2b.statement.import"].with_user(clerk)._import_file("day.xml", self._camt(PAYMENTS))
        self.assertEqual(record.lines_created, 3)

    def test_import_then_match(self):
        invoice = self._invoice(100.0, "INV/2026/00001")
        record = self._import(self._camt(PAYMENTS))
        self._match()
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(record.line_ids.sorted("id").mapped("b2b_state"), ["applied", "case", "case"])
