"""Tables: the column assistant proposes, shows what would be read, and is remembered by the headings."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .cash_common import CashCommon

TABLE = (
    "Buchungstag;Name Zahlungsbeteiligter;IBAN Zahlungsbeteiligter;Verwendungszweck;Betrag;Währung;"
    "Saldo nach Buchung\r\n"
    "16.03.2026;Müller GmbH;DE02120300000000202051;INV/2026/00042;1.234,56;USD;2.234,56\r\n"
    "17.03.2026;Vermieter;DE02120300000000202052;Miete;-234,56;USD;2.000,00\r\n"
)
LATER = (
    TABLE.replace("16.03", "18.03")
    .replace("17.03", "19.03")
    .replace("2.234,56", "3.234,56")
    .replace("2.000,00", "3.000,00")
)


@tagged("post_install", "-at_install")
class TestStatementProfile(CashCommon):
    def _import(self, text=TABLE, name="march.csv", journal=None):
        return self.env["b2b.statement.import"]._import_file(name, text.encode("cp1252"), journal)

    def _profile(self, record):
        return self.env["b2b.statement.profile"].browse(record.action_assist()["res_id"])

    def test_unknown_table_waits_gets_a_proposal_and_is_read_from_then_on(self):
        record = self._import(journal=self.bank)
        self.assertEqual((record.state, len(record.line_ids)), ("columns", 0))
        profile = self._profile(record)
        roles = {column.heading: column.role for column in profile.column_ids}
        self.assertEqual(
            (roles["Buchungstag"], roles["Betrag"], roles["Währung"]), ("booking_date", "amount", "currency")
        )
        self.assertTrue(profile.is_readable, profile.preview_html)
        self.assertIn("1,234.56 USD", profile.preview_html)
        self.assertIn("from 1,000.00 to 2,000.00", profile.preview_html)
        self.assertIn("Müller GmbH", profile.raw_html)
        self.assertEqual(self._profile(record), profile, "the draft begun is opened again")
        profile.action_use()
        self.assertEqual((record.state, record.lines_created, record.source), ("done", 2, "csv"), record.error)
        self.assertEqual(record.profile_ids, profile)
        self.assertEqual(record.statement_ids.mapped("balance_end_real"), [2000.0])
        later = self._import(LATER, "april.csv", self.bank)
        self.assertEqual((later.state, later.lines_created, later.has_gap), ("done", 2, False), later.error)
        self.assertEqual(profile.import_count, 2)
        self.assertEqual(self._import(LATER, "again.csv", self.bank).lines_created, 0)

    def test_choosing_shows_at_once_what_would_be_read(self):
        record = self._import(journal=self.bank)
        with Form(self._profile(record)) as form:
            form.decimal_mark = "point"
            self.assertFalse(form.is_readable)
            self.assertIn("is no amount with", form.preview_html)
            self.assertIn("Row 2", form.preview_html)
            form.decimal_mark = "comma"
            self.assertTrue(form.is_readable)
            form.delimiter = "comma"
            self.assertFalse(form.is_readable)
            form.delimiter = "semicolon"
            form.skip_last = 1
            self.assertIn("1 transactions", form.preview_html)

    def test_a_profile_that_cannot_read_its_file_is_not_taken_into_use(self):
        profile = self._profile(self._import(journal=self.bank))
        profile.column_ids.filtered(lambda column: column.role == "amount").role = False
        with self.assertRaisesRegex(UserError, "amount"):
            profile.action_use()
        self.assertEqual(profile.state, "draft")

    def test_days_that_the_bank_writes_in_another_form_by_now_do_not_become_days_to_come(self):
        """As 03/12 for the 12th of March, read as the 3rd of December: nothing in the row itself tells."""
        self._profile(self._import(journal=self.bank)).action_use()
        ahead = fields.Date.today() + timedelta(days=30)
        record = self._import(LATER.replace("18.03.2026", ahead.strftime("%d.%m.%Y")), "april.csv", self.bank)
        self.assertEqual((record.state, len(record.line_ids)), ("failed", 0))
        self.assertIn(f"{ahead} is to come. If the bank writes days in another form by now", record.error)

    def test_a_bank_that_changes_its_delimiter_is_read_by_the_same_profile(self):
        profile = self._profile(self._import(journal=self.bank))
        profile.action_use()
        record = self._import(LATER.replace(";", "|"), "april.csv", self.bank)
        self.assertEqual((record.state, record.lines_created, record.profile_ids), ("done", 2, profile), record.error)

    def test_wrong_row_is_refused_whole_with_its_number(self):
        self._profile(self._import(journal=self.bank)).action_use()
        record = self._import(LATER.replace("-234,56", "-23x"), "bad.csv", self.bank)
        self.assertEqual((record.state, len(record.line_ids)), ("failed", 0))
        self.assertIn("row 3", record.error)
        self.assertIn("-23x", record.error)

    def test_balances_that_do_not_add_up_are_refused_with_both_figures(self):
        self._profile(self._import(journal=self.bank)).action_use()
        record = self._import(LATER.replace("3.000,00", "3.000,01"), "bad.csv", self.bank)
        self.assertEqual(record.state, "failed")
        self.assertIn("3000.00", record.error)
        self.assertIn("3000.01", record.error)

    def test_all_files_that_wait_with_these_headings_are_read(self):
        first, second = self._import(journal=self.bank), self._import(LATER, "april.csv", self.bank)
        self._profile(first).action_use()
        self.assertEqual((first.state, second.state), ("done", "done"))

    def test_same_headings_of_two_journals_go_by_the_card(self):
        other = self.bank.copy({"name": "Other Bank", "code": "OTB", "bank_account_id": False})
        self._profile(self._import(journal=self.bank)).action_use()
        twin = self.env["b2b.statement.profile"].search([]).copy({"journal_id": other.id})
        twin.import_id = False
        twin.action_use()
        record = self._import(LATER, "other.csv", other)
        self.assertEqual((record.state, record.journal_ids, record.profile_ids), ("done", other, twin), record.error)
        homeless = self._import(LATER, "homeless.csv")
        self.assertEqual(homeless.state, "failed")
        self.assertIn("on the card of the journal", homeless.error)

    def test_workbook_is_read_by_a_profile(self):
        import io

        from openpyxl import Workbook

        book = Workbook()
        for row in (
            ["Date", "Description", "Amount"],
            ["2026-03-16", "INV/2026/00042", 12.5],
            ["2026-03-17", "fee", -2],
        ):
            book.active.append(row)
        file = io.BytesIO()
        book.save(file)
        record = self.env["b2b.statement.import"]._import_file("march.xlsx", file.getvalue(), self.bank)
        self.assertEqual(record.state, "columns")
        self._profile(record).action_use()
        self.assertEqual(
            (record.state, record.line_ids.sorted("id").mapped("amount")), ("done", [12.5, -2.0]), record.error
        )

    def test_ignored_with_a_note_and_taken_out_again(self):
        record = self._import(journal=self.bank)
        step = self.env["b2b.statement.import.step"].create({"import_ids": record.ids, "step": "ignore"})
        with self.assertRaises(UserError):
            step.action_confirm()
        step.note = "another company's"
        step.action_confirm()
        self.assertEqual((record.state, record.note), ("ignored", "another company's"))
        record.action_reopen()
        self.assertEqual((record.state, record.note), ("columns", False))

    def test_unknown_account_is_linked_to_a_journal_by_hand(self):
        record = self.env["b2b.statement.import"]._import_file(
            "day.xml", self._camt([{"amount": 5.0, "text": "x"}], account="FR7630006000011234567890189")
        )
        fresh = self.bank.copy({"name": "Fresh Bank", "code": "FRB", "bank_account_id": False})
        clerk = new_test_user(
            self.env, "clerk", groups="b2b_invoice_automation.group_billing_clerk", company_id=self.company.id
        )
        step = self.env["b2b.statement.import.step"].with_user(clerk)
        step.create({"import_ids": record.ids, "step": "journal", "journal_id": fresh.id}).action_confirm()
        self.assertEqual((record.state, record.journal_ids), ("done", fresh), record.error)
        self.assertEqual(fresh.bank_account_id.sanitized_acc_number, "FR7630006000011234567890189")
