"""The scheduler's lane for bank files: watched folders, and files whose account has got a journal.

A file in a folder is read, imported and committed, and only then moved; whoever is killed in between imports the same
bytes again, which are known by their checksum. How files are read and moved is in `bank_folder_files.py`, where a
folder may lie in `bank_folder_place.py`.
"""

import hashlib
import logging

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from . import bank_folder_files as files
from .transactions import is_conflict

TOLD_AT_ONCE = 5
GROWS_DAYS = 2

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

    def _b2b_take_folder(self):
        """Import what lies in the folder, one transaction a file, and move each.

        :returns: whether there is time for more
        """
        self.ensure_one()
        cron = self.env["ir.cron"]
        try:
            with files.opened(self._b2b_folder_path()) as directory:
                files.grown(directory, self._b2b_sizes_read())
                found = files.entries(directory)
                problems = list(filter(None, map(self._b2b_left_alone, found)))
                for name in (one.name for one in found if not one.problem):
                    problems.append(self._b2b_take_file(directory, name))
                    if cron._commit_progress(1) <= 0:
                        return False
        except (ValidationError, OSError) as error:
            problems = [str(error)]
        self._b2b_note_folder(list(filter(None, problems)))
        return cron._commit_progress() > 0

    def _b2b_take_file(self, directory, name):
        """Import one file, commit, and move it.

        :returns: what went wrong with the file itself, in words; empty when it is dealt with
        """
        words = {"name": files.readable(name)}
        try:
            content, status = files.read_whole(directory, name)
        except files.Changed:
            return ""
        except OSError as error:
            return self.env._(
                "%(name)s cannot be read (%(error)s). Let Odoo's user read it.", error=error.strerror or error, **words
            )
        imports = self.env["b2b.statement.import"].with_company(self.company_id)
        try:
            with self.env.cr.savepoint():
                record = imports._take_folder_file(words["name"], content, self)
        except Exception as error:
            if not is_conflict(error):
                _logger.exception("bank file %s cannot be imported", words["name"])
            return self.env._("%(name)s cannot be imported now (%(error)s).", error=error, **words)
        target = files.FAILED if record.state == "failed" else files.DONE
        self.env["ir.cron"]._commit_progress()
        try:
            files.move(directory, name, target, status)
        except files.Changed:
            return ""
        except OSError as error:
            return self.env._(
                "%(name)s was imported but cannot be moved (%(error)s). Let Odoo's user write in the folder and in its "
                "“%(target)s”.",
                error=error.strerror or error,
                target=target,
                **words,
            )
        return ""

    def _b2b_sizes_read(self):
        """File name → sizes in bytes of what this folder brought under it in the last days."""
        since = fields.Datetime.subtract(fields.Datetime.now(), days=GROWS_DAYS)
        records = self.env["b2b.statement.import"].search(
            [("upload_journal_id", "=", self.id), ("way", "=", "folder"), ("create_date", ">", since)]
        )
        kept = self.env["ir.attachment"].search(
            [("res_model", "=", records._name), ("res_field", "=", "file"), ("res_id", "in", records.ids)]
        )
        names = {record.id: record.name for record in records}
        sizes = {}
        for attachment in kept:
            sizes.setdefault(names[attachment.res_id], set()).add(attachment.file_size)
        return sizes

    def _b2b_left_alone(self, entry):
        """What to say of an entry that is not read; empty where there is nothing to say."""
        name = files.readable(entry.name)
        env = self.env
        return {
            files.LINK: env._("%s is a link and is left alone. Put the file itself there.", name),
            files.DIRECTORY: ""
            if self._b2b_is_watched(entry.name)
            else env._("%s is a directory; files in it are not read. Put them into the folder itself.", name),
            files.ODD: env._("%s is no plain file and is left alone. Remove it.", name),
            files.TWICE: env._("%s has a second name elsewhere (a hard link) and is left. Put a copy there.", name),
            files.STALE: env._("%s has looked half-written for a day. Send it again, or rename it.", name),
            files.LARGE: env._(
                "%(name)s is larger than %(size)s MB. Ask the bank for shorter statements.",
                name=name,
                size=files.MOST_BYTES // 1_000_000,
            ),
        }.get(entry.problem, "")

    def _b2b_is_watched(self, name):
        """Whether another journal watches a directory within this one's folder, or below it."""
        inside = files.whole(self.b2b_folder) / name
        return any(inside == one or inside in one.parents for one in self._b2b_other_folders())

    def _b2b_note_folder(self, problems):
        text = " ".join(problems[:TOLD_AT_ONCE])
        if len(problems) > TOLD_AT_ONCE:
            text += self.env._(" And %s more.", len(problems) - TOLD_AT_ONCE)
        if (self.b2b_folder_error or "") != text:
            self.b2b_folder_error = text
