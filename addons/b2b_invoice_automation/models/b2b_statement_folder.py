"""The scheduler's lane for bank files: watched folders, and files whose account has got a journal.

A file in a folder is read, imported and committed, and only then moved; whoever is killed in between imports the same
bytes again, which are known by their checksum. Links, hidden and half-written files are left alone.
"""

import hashlib
import logging
import os
import stat
import time
from pathlib import Path

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import config

from .transactions import is_conflict

ROOTS = "b2b_invoice_automation.bank_folder_roots"
ROOTS_OF_OPERATOR = "ORDER_TO_CASH_BANK_FOLDERS"
QUIET_SECONDS = 30
MOST_BYTES = 300_000_000
HALF_WRITTEN = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".swp", "~")
DONE, FAILED = "done", "failed"

_logger = logging.getLogger(__name__)


class B2bStatementImport(models.Model):
    _inherit = "b2b.statement.import"

    @api.model
    def _cron_bank_files(self):
        """Look into each watched folder, then take up the files whose account was unknown."""
        cron = self.env["ir.cron"]
        journals = self.env["account.journal"].sudo().search([("b2b_folder", "!=", False)])
        for journal in journals:
            if not journal._b2b_take_folder():
                return
        cron._commit_progress(self._take_up_waiting())

    @api.model
    def _take_folder_file(self, name, content, journal):
        """Import a folder's file, unless this journal's folder brought the same bytes before.

        :returns: the import record
        """
        known = self.sudo().search(
            [
                ("checksum", "=", hashlib.sha256(content).hexdigest()),
                ("upload_journal_id", "=", journal.id),
                ("way", "=", "folder"),
                ("name", "=", name),
            ],
            limit=1,
        )
        return known or self.sudo()._import_file(name, content, journal, way="folder")


class AccountJournal(models.Model):
    _inherit = "account.journal"

    @api.constrains("b2b_folder", "type")
    def _check_b2b_folder(self):
        for journal in self.filtered("b2b_folder"):
            if journal.type not in ("bank", "credit"):
                raise ValidationError(self.env._("Only bank journals have a watched folder."))
            journal._b2b_folder_path()

    def _b2b_folder_path(self):
        """The folder, with all links followed, once it is known to be within what is allowed.

        :raises ValidationError: saying what to mend
        """
        wanted = Path(self.b2b_folder)
        if not wanted.is_absolute() or ".." in wanted.parts:
            raise ValidationError(self.env._("Write the folder as a whole path, from / on and without “..”."))
        folder = Path(os.path.realpath(wanted))
        roots = self._b2b_folder_roots()
        if not any(folder == root or root in folder.parents for root in roots):
            raise ValidationError(
                self.env._(
                    "%(folder)s is not within the directories allowed for bank files (%(roots)s). An administrator "
                    "sets them in the system parameter %(parameter)s.",
                    folder=folder,
                    roots=", ".join(map(str, roots)) or self.env._("none"),
                    parameter=ROOTS,
                )
            )
        if not folder.is_dir():
            raise ValidationError(self.env._("There is no directory %(folder)s on the server.", folder=folder))
        return folder

    @api.model
    def _b2b_folder_roots(self):
        """Directories that folders may lie in. The server's operator can fix them in the environment."""
        text = os.environ.get(ROOTS_OF_OPERATOR) or self.env["ir.config_parameter"].sudo().get_param(ROOTS) or ""
        roots = [Path(os.path.realpath(part.strip())) for part in text.split(",") if part.strip().startswith("/")]
        own = [Path(os.path.realpath(path)) for path in (config["data_dir"], "/etc", "/proc", "/sys", "/dev", "/boot")]
        return [
            root for root in roots if len(root.parts) > 1 and not any(root == one or one in root.parents for one in own)
        ]

    def _b2b_take_folder(self):
        """Import what lies in the folder, one transaction a file, and move each.

        :returns: whether there is time for more
        """
        self.ensure_one()
        cron = self.env["ir.cron"]
        try:
            folder = self._b2b_folder_path()
            names = sorted(_waiting_files(folder))
        except (ValidationError, OSError) as error:
            self._b2b_note_folder(str(error))
            return cron._commit_progress() > 0
        problem = ""
        for name in names:
            problem = self._b2b_take_file(folder, name) or problem
            if cron._commit_progress(1) <= 0:
                return False
        self._b2b_note_folder(problem)
        return cron._commit_progress() > 0

    def _b2b_take_file(self, folder, name):
        """Import one file, commit, and move it.

        :returns: what went wrong with the file itself, in words; empty when it is dealt with
        """
        try:
            content = _read_whole(folder / name)
        except OSError as error:
            return self.env._("%(name)s cannot be read (%(error)s).", name=name, error=error.strerror or error)
        if content is None:
            return ""
        imports = self.env["b2b.statement.import"].with_company(self.company_id)
        try:
            with self.env.cr.savepoint():
                record = imports._take_folder_file(name, content, self)
        except Exception as error:
            if not is_conflict(error):
                _logger.exception("bank file %s cannot be imported", name)
            return self.env._("%(name)s cannot be imported now (%(error)s).", name=name, error=error)
        target = FAILED if record.state == "failed" else DONE
        self.env["ir.cron"]._commit_progress()
        try:
            _move(folder, name, target)
        except OSError as error:
            return self.env._(
                "%(name)s was imported but cannot be moved (%(error)s). Let the server's user write in the folder.",
                name=name,
                error=error.strerror or error,
            )
        return ""

    def _b2b_note_folder(self, problem):
        if (self.b2b_folder_error or "") != problem:
            self.b2b_folder_error = problem


def _waiting_files(folder):
    """Names of the files to take: plain, visible, whole."""
    now = time.time()
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name.startswith(".") or name.lower().endswith(HALF_WRITTEN):
                continue
            if (
                entry.is_file(follow_symlinks=False)
                and now - entry.stat(follow_symlinks=False).st_mtime >= QUIET_SECONDS
            ):
                yield name


def _read_whole(path):
    """A file's bytes; None where it is being written to, or is a link by now."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            return None
        if before.st_size > MOST_BYTES:
            raise OSError(f"larger than {MOST_BYTES // 1_000_000} MB")
        content = file.read(MOST_BYTES + 1)
        after = os.fstat(descriptor)
    is_still = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    return content if is_still and len(content) == after.st_size else None


def _move(folder, name, target):
    """Move a file to a folder beside it; where one of its name lies there, with the time in its name."""
    beside = folder / target
    beside.mkdir(exist_ok=True)
    if beside.is_symlink():
        raise OSError(f"{target} is a link")
    place = beside / name
    if place.exists():
        place = beside / f"{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 1_000_000:06d}-{name}"
    os.rename(folder / name, place)
