"""The lanes of billing runs: each takes pending rows that nobody else holds, batch by batch with a commit each.

What a lane does between taking a number of the journal and its commit makes the other lanes wait. So what can be asked
or written before is, and a run is closed in a transaction of its own.
"""

import logging

from odoo import api, fields, models

from .transactions import CONFLICTS, is_conflict

_logger = logging.getLogger(__name__)

BATCH = 50
"""Orders per transaction: the cost per order is flat from here, and the journal's numbering is locked only briefly."""
TRIES = 5


class B2bBillingRun(models.Model):
    _inherit = "b2b.billing.run"

    def _work_off(self):
        """Bill all that is pending, in this transaction, and close the run."""
        done = remaining = True
        while done and remaining:
            done, remaining = self._process(BATCH)
        self._finish()

    @api.private
    def process_batch(self, limit=BATCH):
        """Bill up to ``limit`` orders that no other lane works on, in this transaction, and close what is done with.

        :param int limit: number of orders; an invoice over many orders is never torn, so it may be more
        :returns: how many orders remain
        :raises psycopg2.OperationalError: on a conflict with another transaction; roll back and call again
        """
        done, remaining = self._process(limit)
        (done.run_id | self.sudo())._finish()
        return remaining

    def _process(self, limit):
        """Bill a batch; nothing is asked after it, for others wait for its numbers.

        :returns: (result lines that are done with, how many remain)
        """
        lines = self.env["b2b.billing.run.line"].sudo()
        domain = [("run_id", "in", self.ids)] if self else []
        claimed = lines._claim(domain, limit)
        pending = lines.search_count([("state", "=", "pending"), *domain])
        for run, rows in claimed.grouped("run_id").items():
            run._bill_rows(rows)
        done = claimed.filtered(lambda line: line.state != "pending")
        return done, pending - len(done)

    def _finish(self):
        """Close the runs that have nothing left to do, and count their customers."""
        running = self.filtered(lambda run: run.state == "running")
        busy = {
            run
            for [run] in self.env["b2b.billing.run.line"]._read_group(
                [("run_id", "in", running.ids), ("state", "=", "pending")], ["run_id"]
            )
        }
        over = running.filtered(lambda run: run not in busy)
        over.write({"state": "done", "finished_at": fields.Datetime.now()})
        self.env["res.partner"]._b2b_count_billed(over)

    @api.model
    def _cron_lane(self):
        """Scheduled job, one lane: work off pending orders batch by batch until none is left or its time is over."""
        conflicts, runs = 0, None
        while True:
            try:
                done, remaining = self._process(BATCH)
                last, runs = runs, done.run_id
                time_left = self.env["ir.cron"]._commit_progress(len(done), remaining=remaining)
                over = not done or not remaining or not time_left
                if over or (last and last != runs):
                    self._finish_all()
                if over:
                    return
            except CONFLICTS as error:
                self.env.cr.rollback()
                conflicts += 1
                if conflicts > TRIES or not is_conflict(error):
                    raise
                _logger.info("Billing: another transaction was faster (%s); trying again.", type(error).__name__)
                continue
            conflicts = 0

    def _finish_all(self):
        """Close every run that has nothing left to do, in a transaction of its own.

        Two lanes that take the last two batches at once each see the other's orders pending, and neither closes the
        run: only what begins after both commits sees that all is done.
        """
        self.sudo().search([("state", "=", "running")])._finish()
        self.env["ir.cron"]._commit_progress()

    def _wake_lanes(self):
        for number in (1, 2):
            lane = self.env.ref(f"b2b_invoice_automation.ir_cron_billing_lane_{number}", raise_if_not_found=False)
            if lane:
                lane.sudo()._trigger()
