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


class AccountMove(models.Model):
    _inherit = "account.move"

    b2b_rebate_pending = fields.Boolean(
        "Rebates to Look At",
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="Posted, reset or cancelled since the rebates of its customer were worked out.",
    )

    _b2b_rebate_pending_index = models.Index("(id) WHERE b2b_rebate_pending")
    _b2b_turnover_index = models.Index(
        "(commercial_partner_id, invoice_date) WHERE state = 'posted' AND move_type IN ('out_invoice', 'out_refund')"
    )

    def write(self, vals):
        if "state" in vals and (documents := self.filtered(lambda move: move._b2b_counts_for_rebates())):
            if documents == self:
                vals = {**vals, "b2b_rebate_pending": True}
            else:
                super(AccountMove, documents).write({"b2b_rebate_pending": True})
        return super().write(vals)

    def _b2b_counts_for_rebates(self):
        self.ensure_one()
        return self.move_type in ("out_invoice", "out_refund") or (
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
        rebates = moves.env["b2b.contract.rebate"].search(
            [
                ("contract_id.partner_id", "in", moves.commercial_partner_id.ids),
                ("company_id", "in", moves.company_id.ids),
            ]
        )
        rows = (
            moves.env["account.move.line"]
            .search_fetch([("move_id", "in", moves.ids), ("b2b_rebate_id", "!=", False)], ["b2b_rebate_id"])
            .b2b_rebate_id
        )
        if origins := rebates.origin_id | rows.origin_id:
            days = [move.invoice_date for move in moves if move.invoice_date] + rows.mapped("date_from")
            moves.env["b2b.rebate"]._refresh(origins, since=min(days, default=date.min))._book()
        self.env.cr.execute(SQL("UPDATE account_move SET b2b_rebate_pending = FALSE WHERE id IN %s", tuple(moves.ids)))
        moves.invalidate_recordset(["b2b_rebate_pending"])
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
