"""Where a watched folder may lie: within what is allowed, and apart from the system's and Odoo's own files."""

import os
from pathlib import Path

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import config

from .bank_folder_files import DONE, FAILED, overlapping, whole

ROOTS = "b2b_invoice_automation.bank_folder_roots"
ROOTS_OF_OPERATOR = "ORDER_TO_CASH_BANK_FOLDERS"
SYSTEM = ("/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/root", "/run", "/sbin", "/sys", "/usr")
KEPT_BY_SYSTEM = ("/var/lib/postgresql", "/var/log")


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
        folder = whole(wanted)
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
        self._b2b_check_apart(folder)
        return folder

    def _b2b_check_apart(self, folder):
        """Refuse a folder that another journal has, or that files are put away in or hidden in."""
        if folder.name in (DONE, FAILED) or any(part.startswith(".") for part in folder.parts):
            raise ValidationError(
                self.env._(
                    "%(folder)s is hidden, or one that files are put away in. Choose another folder.", folder=folder
                )
            )
        if folder in self._b2b_other_folders():
            raise ValidationError(
                self.env._("Another journal watches %(folder)s already. Give each journal its own.", folder=folder)
            )

    def _b2b_other_folders(self):
        others = (
            self.sudo().with_context(active_test=False).search([("b2b_folder", "!=", False), ("id", "!=", self.id)])
        )
        return [whole(journal.b2b_folder) for journal in others]

    @api.model
    def _b2b_folder_roots(self):
        """Directories that folders may lie in. The server's operator can fix them in the environment.

        :raises ValidationError: where one of them is not apart from the system's and Odoo's own directories
        """
        text = os.environ.get(ROOTS_OF_OPERATOR) or self.env["ir.config_parameter"].sudo().get_param(ROOTS) or ""
        return self._b2b_checked_roots(text)

    @api.model
    def _b2b_checked_roots(self, text):
        """Directories written one after the other, apart by commas."""
        roots = []
        for part in filter(None, map(str.strip, text.split(","))):
            root = whole(part)
            if not part.startswith("/"):
                raise ValidationError(self.env._("Write “%s” as a whole path, from / on.", part))
            if own := overlapping(root, _own_places()):
                raise ValidationError(
                    self.env._(
                        "Bank files cannot be read from %(root)s: it is, contains or lies in %(own)s, which belongs to "
                        "the system or to Odoo. Make a directory for bank files only, as /srv/bank, and allow that one "
                        "in the system parameter %(parameter)s (or, where the server sets it, in %(variable)s).",
                        root=root,
                        own=own,
                        parameter=ROOTS,
                        variable=ROOTS_OF_OPERATOR,
                    )
                )
            roots.append(root)
        return roots


class IrConfigParameter(models.Model):
    _inherit = "ir.config_parameter"

    @api.constrains("key", "value")
    def _check_b2b_folder_roots(self):
        for parameter in self.filtered(lambda one: one.key == ROOTS):
            self.env["account.journal"]._b2b_checked_roots(parameter.value or "")


def _own_places():
    """Directories of the system and of this Odoo: its data, its code, its settings."""
    own = [config["data_dir"], config.root_path, *config["addons_path"], config["config"]]
    return [whole(path) for path in (*SYSTEM, *KEPT_BY_SYSTEM, *filter(None, own))]
