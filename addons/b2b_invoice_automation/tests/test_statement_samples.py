"""Each bank file of the shared samples goes through the real import: its lines are there, or it is refused in words."""

import csv
from pathlib import Path

from odoo.tests import tagged

from ..order_to_cash.statements import StatementError, lines, read
from .cash_common import CashCommon

BANK = Path("/work/shared/data/bank")
# What the index's parser fails on and is a bank's dialect, and two whose balances agree only by halves.
READ = {"mt940/ASNB-mt940_with_spaces_for_entry_date.txt": 8, "ofx/ofxparse-ofx-v102-empty-tags.ofx": 1}


@tagged("post_install", "-at_install")
class TestStatementSamples(CashCommon):
    def setUp(self):
        super().setUp()
        if not BANK.is_dir():
            self.skipTest("the shared bank files are not on this machine")

    def _index(self):
        with (BANK / "INDEX.csv").open(newline="") as file:
            return {row["file"]: row for row in csv.DictReader(file)}

    def _read(self, content, **options):
        """What the engine reads, and why it refuses."""
        try:
            return read(content, **options), ""
        except StatementError as error:
            return [], error.message

    def _journals_for(self, statements):
        """A journal for each account of a file, as a bookkeeper would make them."""
        for number, currency in {(one.account.number, one.currency) for one in statements if one.account.number}:
            money = self.env["res.currency"].with_context(active_test=False).search([("name", "=", currency)])
            money.active = True
            self.env["account.journal"].create(
                {
                    "name": f"Bank {number}",
                    "code": f"S{self.env['account.journal'].search_count([])}",
                    "type": "bank",
                    "bank_acc_number": number,
                    "currency_id": money.id if money != self.company.currency_id else False,
                }
            )

    def test_all_samples(self):
        outcomes = {"done": 0, "failed": 0}
        for name, row in self._index().items():
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                content = (BANK / name).read_bytes()
                self._journals_for(self._read(content, check=False)[0])
                statements, refusal = self._read(content)
                record = self.env["b2b.statement.import"]._import_file(Path(name).name, content, self.bank)
                if statements:
                    expected = [line for one in statements for line in lines(one)]
                    if record.state == "failed":
                        self.assertIn("decimals", record.error)
                    else:
                        self.assertEqual((record.state, len(record.line_ids)), ("done", len(expected)), record.error)
                        self.assertAlmostEqual(
                            sum(record.line_ids.mapped("amount")),
                            float(sum(one.transaction.amount for one in expected)),
                        )
                        entries = READ.get(name) or int(row["entries"] or 0)
                        self.assertGreaterEqual(
                            record.duplicates_skipped + record.announced_skipped + len(expected), entries
                        )
                else:
                    # A file that breaks off has named an account before, which no journal has.
                    self.assertIn(record.state, ("failed", "account"))
                    self.assertFalse(record.line_ids)
                    self.assertIn(refusal if record.state == "failed" else "No bank journal", record.error)
                outcomes[record.state] = outcomes.get(record.state, 0) + 1
                self._check_ledger()
                savepoint.rollback()
        self.assertEqual(outcomes, {"done": 27, "failed": 31, "account": 1})

    def test_damaged_files_are_refused_and_leave_nothing(self):
        whole = self._camt([{"amount": 100.0, "text": "INV/2026/00001", "ref": "T1"}])
        bomb = b"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;'>]>" + whole.split(b"?>", 1)[1]
        thief = whole.replace(b"<Document", b"<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><Document", 1)
        damaged = {
            "half": whole[: len(whole) // 2],
            "no letters of its encoding": whole.replace(b"INV/", b"\xff\xfe\xfa"),
            "entities": bomb,
            "external entity": thief,
            "huge number": whole.replace(b">100.00<", b">" + b"9" * 400 + b"<"),
            "not a number": whole.replace(b">100.00<", b">NaN<"),
            "control characters": whole.replace(b"INV/", b"\x00\x01\x02"),
            "one line": b"x" * 200_000,
        }
        for name, content in damaged.items():
            with self.subTest(name):
                record = self.env["b2b.statement.import"]._import_file(name, content, self.bank)
                self.assertEqual((record.state, len(record.line_ids)), ("failed", 0))
                self.assertTrue(record.error)
                self.assertNotIn("root:", record.error)
        with_mark = self.env["b2b.statement.import"]._import_file("bom.xml", b"\xef\xbb\xbf" + whole, self.bank)
        self.assertEqual((with_mark.state, with_mark.lines_created), ("done", 1), with_mark.error)
