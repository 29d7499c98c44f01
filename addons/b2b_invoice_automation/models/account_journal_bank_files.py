"""Ways for a bank journal's files to come in by themselves (mailbox, watched folder), and what waits on its card."""

from odoo import api, fields, models
from odoo.exceptions import UserError

POLICIES = [
    ("followers", "Followers of the journal"),
    ("partners", "Known contacts (remittance advices of customers too)"),
    ("everyone", "Everyone (remittance advices only, unless they follow the journal)"),
]


class AccountJournal(models.Model):
    _inherit = "account.journal"

    b2b_mailbox_id = fields.Many2one("mail.alias", "Mailbox for Bank Files", readonly=True, copy=False)
    b2b_mailbox_name = fields.Char(
        "Mailbox",
        compute="_compute_b2b_mailbox",
        inverse="_inverse_b2b_mailbox",
        help="The part before the @: bank files and remittance advices sent to this address are imported.",
    )
    b2b_mailbox_policy = fields.Selection(
        POLICIES,
        "Mail Is Taken From",
        compute="_compute_b2b_mailbox_policy",
        inverse="_inverse_b2b_mailbox_policy",
        help="Others get their mail back. Bank statements are taken only from followers of the journal and from those "
        "who import bank files.",
    )
    b2b_mailbox_email = fields.Char("Mail Address", compute="_compute_b2b_mailbox")
    b2b_folder = fields.Char(
        "Watched Folder",
        copy=False,
        groups="base.group_system",
        help="A directory on the server, within those an administrator allows (system parameter "
        "b2b_invoice_automation.bank_folder_roots). Files in it are imported, then moved to its “done” or “failed”.",
    )
    b2b_folder_error = fields.Char("What Is Wrong with the Folder", readonly=True, copy=False)
    b2b_waiting_files = fields.Integer(compute="_compute_b2b_waiting_files")
    b2b_gap_files = fields.Integer(compute="_compute_b2b_waiting_files")

    @api.depends("b2b_mailbox_id.alias_name", "b2b_mailbox_id.alias_domain_id")
    def _compute_b2b_mailbox(self):
        for journal in self:
            alias = journal.sudo().b2b_mailbox_id
            journal.b2b_mailbox_name = alias.alias_name
            journal.b2b_mailbox_email = alias.display_name if alias.alias_name else False

    @api.depends("b2b_mailbox_id.alias_contact")
    def _compute_b2b_mailbox_policy(self):
        for journal in self:
            journal.b2b_mailbox_policy = journal.sudo().b2b_mailbox_id.alias_contact or "followers"

    def _inverse_b2b_mailbox_policy(self):
        for journal in self:
            journal.sudo().b2b_mailbox_id.alias_contact = journal.b2b_mailbox_policy

    def _inverse_b2b_mailbox(self):
        for journal in self:
            wanted = (journal.b2b_mailbox_name or "").strip()
            alias = journal.sudo().b2b_mailbox_id
            if not wanted:
                alias.unlink()
                continue
            if journal.type not in ("bank", "credit"):
                raise UserError(self.env._("Only bank journals have a mailbox for bank files."))
            values = {
                "alias_name": wanted,
                "alias_contact": journal.b2b_mailbox_policy or "followers",
                "alias_defaults": repr({"upload_journal_id": journal.id, "company_id": journal.company_id.id}),
            }
            if alias:
                alias.write(values)
                continue
            models_of = self.env["ir.model"]
            values |= {
                "alias_model_id": models_of._get_id("b2b.statement.import"),
                "alias_parent_model_id": models_of._get_id("account.journal"),
                "alias_parent_thread_id": journal.id,
                "alias_domain_id": journal.company_id.alias_domain_id.id,
            }
            journal.sudo().b2b_mailbox_id = self.env["mail.alias"].sudo().create(values)
            journal.message_subscribe(self.env.user.partner_id.ids)

    def unlink(self):
        mailboxes = self.sudo().b2b_mailbox_id
        result = super().unlink()
        mailboxes.unlink()
        return result

    def _compute_b2b_waiting_files(self):
        """Files handed in here that were not imported, and imported ones before which a statement is missing."""
        imports = self.env["b2b.statement.import"].sudo()
        waiting = dict(
            imports._read_group(
                [("upload_journal_id", "in", self.ids), ("state", "in", ("columns", "account", "failed"))],
                ["upload_journal_id"],
                ["__count"],
            )
        )
        gaps = dict(
            imports._read_group(
                [("journal_ids", "in", self.ids), ("has_gap", "=", True), ("state", "=", "done")],
                ["journal_ids"],
                ["__count"],
            )
        )
        for journal in self:
            journal.b2b_waiting_files = waiting.get(journal, 0)
            journal.b2b_gap_files = gaps.get(journal, 0)

    def action_b2b_bank_files(self):
        """The journal's bank files that need a look."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.b2b_statement_import_action")
        return {
            **action,
            "domain": [
                "|",
                "&",
                ("upload_journal_id", "=", self.id),
                ("state", "in", ("columns", "account", "failed")),
                "&",
                ("journal_ids", "in", self.ids),
                ("has_gap", "=", True),
            ],
            "context": {},
        }
