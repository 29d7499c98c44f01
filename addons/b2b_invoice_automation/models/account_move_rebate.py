"""The invoice's side of rebates: which lines belong to one, and which documents the rebates have yet to look at.

Posting, resetting and cancelling leave a mark in the same update of the document and do nothing else: a rebate never
stands in the way of an invoice.
"""

import logging
from datetime import date

from odoo import api, fields, models
from odoo.tools import SQL

from .transactions import CONFLICTS, is_conflict

_logger = logging.getLogger(__name__)
BATCH = 1000
TRIES = 5
DOCUMENTS = ("out_invoice", "out_refund")
WHERE_IT_COUNTS = {"invoice_date", "partner_id"}


class AccountMove(models.Model):
    _inherit = "account.move"

    b2b_rebate_pending = fields.Boolean(
        "Rebates to Look At",
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="Posted, reset or cancelled since the rebates of its customer were worked out.",
    )

    b2b_rebate_was_day = fields.Date(
        "Counted On",
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="The day on which it counted for rebates before it was reset; that period is looked at again as well.",
    )
    b2b_rebate_was_partner_id = fields.Many2one(
        "res.partner", "Counted For", copy=False, readonly=True, groups="base.group_user"
    )

    _b2b_rebate_pending_index = models.Index("(id) WHERE b2b_rebate_pending")
    _b2b_turnover_index = models.Index(
        "(commercial_partner_id, invoice_date) WHERE state = 'posted' AND move_type IN ('out_invoice', 'out_refund')"
    )

    def write(self, vals):
        if "state" in vals or WHERE_IT_COUNTS & vals.keys():
            self._b2b_remember_counted()
        if "state" in vals and (documents := self.filtered(lambda move: move._b2b_counts_for_rebates())):
            if documents == self:
                vals = {**vals, "b2b_rebate_pending": True}
            else:
                super(AccountMove, documents).write({"b2b_rebate_pending": True})
        return super().write(vals)

    def unlink(self):
        origins, since = self.sudo().filtered("b2b_rebate_was_partner_id")._b2b_rebates_met()
        result = super().unlink()
        if origins:
            self.env["b2b.rebate"].sudo()._refresh(origins, since=since)
        return result

    def _b2b_remember_counted(self):  # pylint: disable=missing-return
        """Note for whom and when posted documents count, before that changes: the rebates look there, too."""
        for move in self.filtered(lambda move: move.state == "posted" and move.move_type in DOCUMENTS).sudo():
            if not move.b2b_rebate_was_partner_id:
                super(AccountMove, move).write(  # pylint: disable=super-method-mismatch
                    {
                        "b2b_rebate_pending": True,
                        "b2b_rebate_was_day": move.invoice_date,
                        "b2b_rebate_was_partner_id": move.commercial_partner_id.id,
                    }
                )

    def _b2b_rebates_met(self):
        """The rebates, of first versions, that these documents count for or counted for, and from which day on."""
        rebates = self.env["b2b.contract.rebate"].search(
            [
                ("contract_id.partner_id", "in", (self.commercial_partner_id | self.b2b_rebate_was_partner_id).ids),
                ("company_id", "in", self.company_id.ids),
            ]
        )
        rows = (
            self.env["account.move.line"]
            .search_fetch([("move_id", "in", self.ids), ("b2b_rebate_id", "!=", False)], ["b2b_rebate_id"])
            .b2b_rebate_id
        )
        days = [*self.mapped("invoice_date"), *self.mapped("b2b_rebate_was_day"), *rows.mapped("date_from")]
        return rebates.origin_id | rows.origin_id, min(filter(None, days), default=date.min)

    def _b2b_counts_for_rebates(self):
        self.ensure_one()
        return self.move_type in DOCUMENTS or (
            self.move_type == "entry" and self.journal_id == self.company_id.sudo().b2b_rebate_journal_id
        )

    def _b2b_open(self):
        """Return the action that shows these documents."""
        action = {"type": "ir.actions.act_window", "res_model": "account.move", "context": {"create": False}}
        if len(self) == 1:
            return {**action, "view_mode": "form", "res_id": self.id}
        return {
            **action,
            "name": self.env._("Settlements"),
            "view_mode": "list,form",
            "domain": [("id", "in", self.ids)],
        }

    @api.model
    def _cron_accrue_rebates(self):
        """Scheduled job: work out and book the rebates of what was posted, reset or cancelled, batch by batch."""
        conflicts = 0
        while True:
            try:
                done = self._b2b_accrue_batch(BATCH)
                time_left = self.env["ir.cron"]._commit_progress(done)
            except CONFLICTS as error:
                self.env.cr.rollback()
                conflicts += 1
                if conflicts > TRIES or not is_conflict(error):
                    raise
                _logger.info("Rebates: another transaction was faster (%s); trying again.", type(error).__name__)
                continue
            conflicts = 0
            if not done or not time_left:
                return

    @api.model
    def _b2b_accrue_batch(self, limit):
        """Work out and book the rebates of some documents that are marked; returns how many."""
        moves = self.sudo().search([("b2b_rebate_pending", "=", True)], limit=limit).try_lock_for_update()
        if not moves:
            return 0
        origins, since = moves._b2b_rebates_met()
        if origins:
            moves.env["b2b.rebate"]._refresh(origins, since=since)._book()
        self.env.cr.execute(
            SQL(
                """UPDATE account_move SET b2b_rebate_pending = FALSE, b2b_rebate_was_day = NULL,
                                           b2b_rebate_was_partner_id = NULL WHERE id IN %s""",
                tuple(moves.ids),
            )
        )
        moves.invalidate_recordset(["b2b_rebate_pending", "b2b_rebate_was_day", "b2b_rebate_was_partner_id"])
        return len(moves)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    b2b_rebate_id = fields.Many2one(
        "b2b.rebate",
        "Rebate Period",
        copy=True,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
        help="The rebate that this line sets aside, releases or settles. Such a line is no turnover.",
    )
