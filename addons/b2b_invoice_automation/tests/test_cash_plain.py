"""Bank lines that are booked whole leave the rows that core's own way leaves, in every column that is stored."""

from datetime import timedelta
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.b2b_invoice_automation.models.cash_booking_plain import PlainBooking

from .cash_common import CashCommon

OWN_COLUMNS = {"create_date", "write_date", "write_uid", "b2b_decided_at", "access_token"}
NUMBERED = ("account_move_line", "account_partial_reconcile", "account_full_reconcile")


@tagged("post_install", "-at_install")
class TestCashPlain(CashCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.tax_exigibility = False
        cls.discounted = cls.env["account.payment.term"].create(
            {
                "name": "2/10 net 30",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "early_pay_discount_computation": "included",
                "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})],
            }
        )
        cls.two_parts = cls.env["account.payment.term"].create(
            {
                "name": "Two parts",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 40, "nb_days": 0}),
                    Command.create({"value": "percent", "value_amount": 60, "nb_days": 60}),
                ],
            }
        )

    def _rows(self, table, condition):
        found = self.env.execute_query_dict(
            SQL("SELECT * FROM %s WHERE %s ORDER BY id", SQL.identifier(table), condition)
        )
        return [{name: value for name, value in row.items() if name not in OWN_COLUMNS} for row in found]

    def _books(self, since):
        """All that is stored of the company's entries; what was created after the ids of `since` is numbered anew."""
        self.env.flush_all()
        of_company = SQL("company_id = %s", self.company.id)
        books = {
            name: self._rows(name, of_company)
            for name in ("account_move", "account_move_line", "account_bank_statement_line")
        }
        books["account_partial_reconcile"] = self._rows("account_partial_reconcile", of_company)
        books["account_full_reconcile"] = self._rows(
            "account_full_reconcile", SQL("id > %s", since["account_full_reconcile"])
        )
        new = {
            (name, row["id"]): f"new {number}"
            for name in NUMBERED
            for number, row in enumerate(row for row in books[name] if row["id"] > since[name])
        }
        for rows in books.values():
            for row in rows:
                self._number_anew(row, new)
        for name, rows in books.items():
            for row in rows:
                if row["id"] > since.get(name, row["id"]):
                    row["id"] = new[name, row["id"]]
        return books

    def _number_anew(self, row, new):
        for column, table in (
            ("full_reconcile_id", "account_full_reconcile"),
            ("debit_move_id", "account_move_line"),
            ("credit_move_id", "account_move_line"),
        ):
            if column in row:
                row[column] = new.get((table, row[column]), row[column])
        number = row.get("matching_number")
        if number:
            table = NUMBERED[1] if number.startswith("P") else NUMBERED[2]
            row["matching_number"] = f"{table} {new.get((table, int(number.strip('P'))), number)}"

    def _undone(self, by_core):
        """Books after matching, all of it undone again; and how many lines were booked whole."""
        whole, take = [], PlainBooking.take

        def counted(booking, parts):
            plain, others = ([], parts) if by_core else take(booking, parts)
            whole.extend(plain)
            return plain, others

        with self.env.cr.savepoint() as savepoint, patch.object(PlainBooking, "take", counted):
            self.env.flush_all()
            since = {}
            for name in NUMBERED:
                [[since[name]]] = self.env.execute_query(
                    SQL("SELECT COALESCE(max(id), 0) FROM %s", SQL.identifier(name))
                )
            self._match()
            books = self._books(since)
            savepoint.rollback()
        self.env.invalidate_all()
        return books, len(whole)

    def assertSameAsCore(self, make, whole):
        """Match the lines that `make` makes by core and by us, and compare all rows."""
        make()
        by_core, none = self._undone(by_core=True)
        by_us, count = self._undone(by_core=False)
        self.maxDiff = None
        self.assertEqual((count, none), (whole, 0))
        for table, rows in by_core.items():
            self.assertEqual(len(by_us[table]), len(rows), table)
            for ours, theirs in zip(by_us[table], rows, strict=True):
                other = {name: (ours[name], theirs[name]) for name in theirs if ours[name] != theirs[name]}
                self.assertFalse(other, f"{table} {theirs.get('name')} (ours, core's)")

    # ------------------------------------------------------------------------------------------------------------------

    def test_one_invoice_and_several(self):
        for number in (501, 502, 503):
            self._invoice(100.0 + number, f"INV/2026/00{number}")

        def make():
            self._from_quark(601.0, "INV/2026/00501")
            self._from_quark(1205.0, "INV/2026/00502 INV/2026/00503")

        self.assertSameAsCore(make, 2)

    def test_a_credit_note_beside_an_invoice(self):
        self._invoice(500.0, "INV/2026/00501")
        self._invoice(-120.0, "RINV/2026/00007")
        self.assertSameAsCore(lambda: self._from_quark(380.0, "INV/2026/00501 RINV/2026/00007"), 1)

    def test_a_part_of_an_invoice(self):
        self._invoice(500.0, "INV/2026/00501")
        self.rule.b2b_deduction_account_id = False
        self.assertSameAsCore(lambda: self._from_quark(200.0, "part of INV/2026/00501"), 0)
        self.assertSameAsCore(lambda: self._line(200.0, "x", partner_id=self.quark.id), 0)

    def test_what_a_payment_is_short_of_stays_open(self):
        self.rule.b2b_short_percent = 10.0
        invoice = self._invoice(500.0, "INV/2026/00501")
        self.assertSameAsCore(lambda: self._from_quark(480.0, "INV/2026/00501"), 1)
        self._match()
        item = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term")
        self.assertEqual((invoice.payment_state, invoice.amount_residual, item.reconciled), ("partial", 20.0, False))
        self.assertEqual(item.matching_number[0], "P")

    def test_a_tolerated_difference_and_bank_charges(self):
        self.rule.b2b_tolerance_amount = 5.0
        self._invoice(500.0, "INV/2026/00501")
        self._invoice(700.0, "INV/2026/00502")

        def make():
            self._from_quark(499.0, "INV/2026/00501")
            self._from_quark(700.5, "INV/2026/00502")

        self.assertSameAsCore(make, 2)

    def test_an_early_payment_discount_with_and_without_taxes(self):
        day = self.day - timedelta(days=5)
        tax = self.company_data["default_tax_sale"]
        taxed = {"name": "goods", "price_unit": 1000.0, "tax_ids": [Command.set(tax.ids)]}
        self._invoice(1000.0, "INV/2026/00501", day=day, invoice_payment_term_id=self.discounted.id)
        move = self._invoice(
            1000.0,
            "INV/2026/00502",
            day=day,
            invoice_payment_term_id=self.discounted.id,
            invoice_line_ids=[Command.create({**taxed, "account_id": self.company_data["default_account_revenue"].id})],
        )

        def make():
            self._from_quark(980.0, "INV/2026/00501")
            self._from_quark(round(move.amount_total * 0.98, 2), "INV/2026/00502")

        self.assertSameAsCore(make, 1)

    def test_the_parts_of_one_invoice(self):
        self._invoice(1000.0, "INV/2026/00501", invoice_payment_term_id=self.two_parts.id)
        self._invoice(500.0, "INV/2026/00502", invoice_payment_term_id=self.two_parts.id)

        def make():
            self._from_quark(1000.0, "INV/2026/00501")
            self._from_quark(200.0, "INV/2026/00502")

        self.assertSameAsCore(make, 2)

    def test_what_stays_on_the_payers_account(self):
        self.rule.b2b_park_on_account = True
        self._invoice(500.0, "INV/2026/00501")

        def make():
            self._from_quark(620.0, "INV/2026/00501")
            self._from_quark(77.0, "in advance")

        self.assertSameAsCore(make, 1)

    def test_what_is_not_plain_goes_cores_own_way(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self._invoice(500.0, "INV/2026/00501", currency=euro)
        paid, credit = self._invoice(900.0, "INV/2026/00502"), self._invoice(-300.0, "RINV/2026/00009")
        (paid | credit).line_ids.filtered(lambda item: item.display_type == "payment_term").reconcile()

        def make():
            self._from_quark(500.0, "INV/2026/00501")
            self._from_quark(600.0, "INV/2026/00502")

        self.assertSameAsCore(make, 0)

    def test_a_company_with_taxes_due_on_payment_goes_cores_own_way(self):
        self.company.tax_exigibility = True
        self._invoice(500.0, "INV/2026/00501")
        self.assertSameAsCore(lambda: self._from_quark(500.0, "INV/2026/00501"), 0)

    def test_an_invoice_that_two_lines_pay_goes_cores_own_way(self):
        self._invoice(500.0, "INV/2026/00501", invoice_payment_term_id=self.two_parts.id)

        def make():
            self._from_quark(200.0, "INV/2026/00501")
            self._from_quark(300.0, "INV/2026/00501")

        self.assertSameAsCore(make, 2)

    def test_unknown_modules_are_asked(self):
        lines = self.env["account.move.line"]
        self.assertTrue(lines._b2b_books_plainly())
        with patch.object(type(lines), "_b2b_payment_is_extended", lambda _self: True):
            self.assertFalse(lines._b2b_books_plainly())

    def test_a_line_costs_no_query(self):
        def queries(count, start):
            for number in range(start, start + count):
                self._invoice(1000.0 + number, f"INV/2026/{number:05}")
                self._from_quark(1000.0 + number, f"INV/2026/{number:05}")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._match()
            return self.env.cr.sql_log_count - before

        queries(2, 10)
        few, many = queries(3, 100), queries(23, 200)
        self.assertLessEqual(many, few + 4)
