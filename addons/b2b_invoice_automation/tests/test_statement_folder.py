"""Watched folders: what is read from them, what is refused, and what others may do to the files meanwhile."""

import os
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from ..models import bank_folder_files
from ..models.bank_folder_place import ROOTS, ROOTS_OF_OPERATOR
from .cash_common import CashCommon

PAYMENTS = [{"amount": 100.0, "text": "INV/2026/00001", "ref": "T1"}, {"amount": 200.0, "text": "x", "ref": "T2"}]
LATER = [{"amount": 5.0, "text": "later", "ref": "T9"}]


@tagged("post_install", "-at_install")
class TestStatementFolder(CashCommon):
    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name).resolve()
        self.folder = self.root / "bank"
        self.folder.mkdir()
        self.env["ir.config_parameter"].set_param(ROOTS, str(self.root))
        self.bank.b2b_folder = str(self.folder)
        self.imports = self.env["b2b.statement.import"]
        self.patch(self.env.cr, "commit", lambda: None)

    def _put(self, name, content, age=60):
        path = self.folder / name
        path.write_bytes(content)
        os.utime(path, (time.time() - age,) * 2)
        return path

    def _run(self):
        self.imports._cron_bank_files()
        return self.imports.search([("way", "=", "folder")])

    def _names(self, where=""):
        return sorted(path.name for path in (self.folder / where).iterdir() if path.is_file())

    def test_files_are_imported_and_moved_by_what_came_of_them(self):
        self._put("day.xml", self._camt(PAYMENTS))
        self._put("rubbish.txt", b"hello")
        found = self._run().sorted("name")
        self.assertEqual(found.mapped("state"), ["done", "failed"])
        self.assertEqual(found.upload_journal_id, self.bank)
        self.assertEqual(
            (self._names(), self._names("done"), self._names("failed")), ([], ["day.xml"], ["rubbish.txt"])
        )
        self.assertEqual(self._run(), found, "a second run finds nothing")

    def test_killed_before_the_move_imports_once_and_moves_then(self):
        path = self._put("day.xml", self._camt(PAYMENTS))
        self.imports._take_folder_file("day.xml", path.read_bytes(), self.bank)
        found = self._run()
        self.assertEqual((len(found), found.lines_created), (1, 2))
        self.assertEqual((self._names(), self._names("done")), ([], ["day.xml"]))

    def test_half_written_hidden_and_linked_files_are_left(self):
        self._put("fresh.xml", self._camt(PAYMENTS), age=0)
        self._put("day.xml.part", self._camt(PAYMENTS))
        self._put(".hidden.xml", self._camt(PAYMENTS))
        secret = self.root / "secret.xml"
        secret.write_bytes(self._camt(PAYMENTS))
        (self.folder / "link.xml").symlink_to(secret)
        self.assertFalse(self._run())
        self.assertTrue(secret.exists())

    def test_a_second_file_of_the_same_name_is_kept_beside_the_first(self):
        self._put("day.xml", self._camt(PAYMENTS))
        self._run()
        self._put("day.xml", self._camt([{"amount": 5.0, "text": "later", "ref": "T9"}], opening=300.0, number=2))
        self._run()
        self.assertEqual(len(self._names("done")), 2)

    def test_only_folders_within_the_allowed_ones(self):
        outside = tempfile.mkdtemp()
        self.addCleanup(os.rmdir, outside)
        link = self.root / "way-out"
        link.symlink_to(outside)
        for folder in (outside, str(link), f"{self.folder}/../..", "bank", "/", str(self.root / "missing")):
            with self.assertRaises(ValidationError, msg=folder):
                self.bank.b2b_folder = folder

    def test_a_folder_that_is_gone_is_said_on_the_journal(self):
        self.folder.rmdir()
        self._run()
        self.assertIn("no directory", self.bank.b2b_folder_error)
        self.folder.mkdir()
        self._run()
        self.assertFalse(self.bank.b2b_folder_error)

    def test_unknown_account_is_kept_in_odoo_and_the_file_moved(self):
        self._put("day.xml", self._camt(PAYMENTS, account="FR7630006000011234567890189"))
        self.assertEqual(self._run().state, "account")
        self.assertEqual(self._names("done"), ["day.xml"])

    # -- where a folder may lie ----------------------------------------------------------------------------------------

    def _allow(self, *roots):
        self.env["ir.config_parameter"].set_param(ROOTS, ",".join(map(str, roots)))

    def test_no_root_that_is_contains_or_lies_in_odoos_or_the_systems_directories(self):
        data, addons = Path(config["data_dir"]).resolve(), Path(config["addons_path"][0]).resolve()
        (self.root / "link").symlink_to(data)
        for root in ("/", "/etc", "/etc/ssl", "/var", data, data.parent, data / "filestore", addons, addons.parent,
                     config["config"], self.root / "link", f"{self.root}/../../.."):  # fmt: skip
            with self.assertRaisesRegex(ValidationError, "belongs to the system or to Odoo.*/srv/bank", msg=root):
                self._allow(root)
        with self.assertRaisesRegex(ValidationError, "whole path"):
            self._allow("relative")

    def test_a_root_that_the_operator_sets_wrong_stops_the_reading_in_words(self):
        data = Path(config["data_dir"]).resolve()
        inside = data / "bank-files-test"
        inside.mkdir()
        self.addCleanup(inside.rmdir)
        self._put("day.xml", self._camt(PAYMENTS))
        with patch.dict(os.environ, {ROOTS_OF_OPERATOR: f"{self.root},{data.parent}"}):
            with self.assertRaises(ValidationError):
                self.bank.b2b_folder = str(inside)
            self.assertFalse(self._run())
        self.assertIn(ROOTS_OF_OPERATOR, self.bank.b2b_folder_error)
        self.assertEqual(self._run().state, "done", "once it is mended, the file is read")
        self.assertFalse(self.bank.b2b_folder_error)

    def test_a_folder_that_became_a_link_to_the_filestore_is_not_read(self):
        self.folder.rmdir()
        self.folder.symlink_to(config["data_dir"])
        self.assertFalse(self._run())
        self.assertIn("not within the directories allowed", self.bank.b2b_folder_error)

    def test_each_journal_has_its_own_folder_and_none_reads_what_another_put_away(self):
        other = self.bank.copy({"name": "Bank 2", "code": "BNK9"})
        for name in (".", "./", "done", "failed", ".ssh"):
            (self.folder / name).mkdir(exist_ok=True)
            with self.assertRaises(ValidationError, msg=name):
                other.b2b_folder = str(self.folder / name)
        (self.folder / "two").mkdir()
        other.b2b_folder = str(self.folder / "two")
        self._run()
        self.assertFalse(self.bank.b2b_folder_error, "the other journal's folder is nothing to complain of")

    # -- what may lie in it --------------------------------------------------------------------------------------------

    def test_what_is_no_plain_file_is_left_and_said(self):
        secret = self.root / "secret.xml"
        secret.write_bytes(self._camt(PAYMENTS))
        (self.folder / "link.xml").symlink_to(secret)
        self._put("hard.xml", b"x")
        os.link(self.folder / "hard.xml", self.root / "hard.xml")
        (self.folder / "directory.xml").mkdir()
        os.mkfifo(self.folder / "pipe.xml")
        self._put("slow.xml.part", b"x", age=200_000)
        with self._put("large.xml", b"").open("r+b") as large:
            large.truncate(bank_folder_files.MOST_BYTES + 1)
        self._age("large.xml")
        self.assertFalse(self._run())
        words = self.bank.b2b_folder_error
        for said in (
            "link.xml is a link", "hard.xml has a second name", "directory.xml is a directory", "pipe.xml is no plain",
            "And 1 more",
        ):  # fmt: skip
            self.assertIn(said, words)
        (self.folder / "link.xml").unlink()
        self._run()
        self.assertIn("slow.xml.part has looked half-written", self.bank.b2b_folder_error)
        self.assertIn("large.xml is larger than 300 MB", self.bank.b2b_folder_error)

    def test_a_name_that_is_no_text_is_read_and_moved(self):
        raw = os.fsdecode(b"t\xe4glich.xml")
        self._put(raw, self._camt(PAYMENTS))
        self.assertEqual(self._run().lines_created, 2)
        self.assertFalse(self.bank.b2b_folder_error)
        self.assertEqual(self._names("done"), [raw])

    def test_a_file_whose_clock_is_ahead_is_read(self):
        self._put("day.xml", self._camt(PAYMENTS), age=-4000)
        self.assertEqual(self._run().state, "done")

    def test_an_unreadable_file_is_said_and_the_next_is_read(self):
        self._put("a.xml", self._camt(PAYMENTS))
        self._put("b.xml", self._camt(PAYMENTS))
        real = os.open

        def refused(path, *args, **kwargs):  # the tests may run as root, whom no permission stops
            if path == "a.xml":
                raise PermissionError(13, "Permission denied")
            return real(path, *args, **kwargs)

        with patch.object(bank_folder_files.os, "open", refused):
            self.assertEqual(self._run().name, "b.xml")
        self.assertEqual(
            self.bank.b2b_folder_error, "a.xml cannot be read (Permission denied). Let Odoo's user read it."
        )

    def test_a_directory_that_cannot_be_moved_to_is_said_and_nothing_is_read_twice(self):
        self._put("day.xml", self._camt(PAYMENTS))
        (self.folder / "done").symlink_to(self.root)
        found = self._run()
        self.assertIn("was imported but cannot be moved", self.bank.b2b_folder_error)
        self.assertEqual(self._run(), found)
        self.assertFalse((self.root / "day.xml").exists(), "nothing is written where a link leads")
        (self.folder / "done").unlink()
        self.assertEqual(self._run(), found)
        self.assertEqual((found.lines_created, self._names("done")), (2, ["day.xml"]))

    # -- what others do meanwhile --------------------------------------------------------------------------------------

    def _while_importing(self, act):
        """Have something done after a file was read and before it is moved."""
        real = type(self.imports)._take_folder_file

        def meanwhile(imports, *args):
            record = real(imports, *args)
            act()
            return record

        self.patch(type(self.imports), "_take_folder_file", meanwhile)

    def _age(self, name, age=90):
        os.utime(self.folder / name, (time.time() - age,) * 2)

    def test_a_file_replaced_while_it_is_read_is_read_too(self):
        self._put("day.xml", self._camt(PAYMENTS))
        new = iter([self._camt(LATER, opening=300.0, number=2)])

        def replace():
            for content in new:
                self._put("new.tmp", content, age=90).rename(self.folder / "day.xml")

        self._while_importing(replace)
        self.assertEqual(self._run().lines_created, 2)
        self.assertEqual((self._names(), self._names("done")), (["day.xml"], []))
        self.assertEqual(sorted(self._run().mapped("lines_created")), [1, 2])
        self.assertEqual((self._names(), self._names("done")), ([], ["day.xml"]))

    def test_a_file_that_another_worker_moved_meanwhile_is_no_problem(self):
        self._put("day.xml", self._camt(PAYMENTS))
        self._while_importing((self.folder / "day.xml").unlink)
        self.assertEqual(self._run().state, "done")
        self.assertFalse(self.bank.b2b_folder_error)

    def test_a_file_that_grows_after_it_was_moved_is_read_again(self):
        whole = self._camt(PAYMENTS)
        self._put("day.xml", whole[: len(whole) // 2])
        with (self.folder / "day.xml").open("ab") as slow:
            self.assertEqual(self._run().state, "failed")
            slow.write(whole[len(whole) // 2 :])
        self.assertEqual(self._names("failed"), ["day.xml"])
        self._run()
        self.assertEqual(self._names("failed"), ["day.xml"], "it may still grow")
        self._age("failed/day.xml")
        self.assertEqual(sorted(self._run().mapped("lines_created")), [0, 2])
        self.assertEqual((self._names(), self._names("failed"), self._names("done")), ([], [], ["day.xml"]))
        self._run()
        self.assertEqual(len(self._run()), 2, "and then no more")

    @mute_logger("odoo.addons.b2b_invoice_automation.models.b2b_statement_folder")
    def test_a_file_that_breaks_the_import_stays_and_the_others_are_read(self):
        self._put("a.xml", self._camt(PAYMENTS))
        self._put("b.xml", self._camt(PAYMENTS))
        real = type(self.imports)._load

        def broken(record, content):
            if record.name == "a.xml":
                raise ZeroDivisionError
            return real(record, content)

        with patch.object(type(self.imports), "_load", broken):
            self.assertEqual(self._run().name, "b.xml")
        self.assertIn("a.xml cannot be imported now", self.bank.b2b_folder_error)
        self.assertEqual(self._names(), ["a.xml"])
        self.assertEqual(sum(self._run().mapped("lines_created")), 2, "its lines came with the other file")
