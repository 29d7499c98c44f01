"""The delivery lane: posted invoices go out by the customer's channel, after the commit, once.

The invoices are their own queue. A lane locks what no other lane has, makes the documents and writes the emails into
Odoo's mail queue, all in one transaction; the mail queue sends after the commit. So nothing goes out twice, whoever is
killed or runs at the same moment. What becomes of an email is read from its notifications afterwards, bounces included.
"""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .transactions import CONFLICTS, is_conflict

_logger = logging.getLogger(__name__)

BATCH = 20
LOOK_AHEAD = 10
CUSTOMER_LOCK = 7_319_005  # first key of the advisory locks, one per customer, held until the commit
TRIES = 5  # times that another transaction may be faster before the job gives up until its next run
PAUSES = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(days=1))
BOUNCES_FOR = timedelta(days=30)
LANES = ("ir_cron_delivery_lane_1", "ir_cron_delivery_lane_2")


class AccountMove(models.Model):
    _inherit = "account.move"

    b2b_delivery_state = fields.Selection(
        [
            ("to_send", "To Send"),
            ("underway", "Under Way"),
            ("delivered", "Delivered"),
            ("failed", "Not Delivered"),
            ("by_hand", "By Hand"),
        ],
        "Delivery",
        compute="_compute_b2b_delivery_state",
        store=True,
        precompute=True,
        copy=False,
        help="Under way: in the mail queue, or sent and not confirmed. By hand: the customer's channel is “Manual”.",
        groups="base.group_user",
    )
    b2b_delivery_channel = fields.Char(
        "Sent by", readonly=True, copy=False, help="Channel and recipients.", groups="base.group_user"
    )
    b2b_delivery_error = fields.Text("Why Not Delivered", readonly=True, copy=False, groups="base.group_user")
    b2b_delivery_tries = fields.Integer("Failed Tries", readonly=True, copy=False, groups="base.group_user")
    b2b_delivery_next_at = fields.Datetime("Next Try", readonly=True, copy=False, groups="base.group_user")
    b2b_delivered_at = fields.Datetime("Sent On", readonly=True, copy=False, groups="base.group_user")
    b2b_delivery_message_id = fields.Many2one(
        "mail.message",
        "Delivery Email",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_user",
    )

    _b2b_delivery_queue = models.Index(
        "(b2b_delivery_next_at, id) WHERE b2b_delivery_state IN ('to_send', 'failed', 'underway')"
    )

    @api.depends("b2b_deliver")
    def _compute_b2b_delivery_state(self):
        for move in self:
            if move.b2b_deliver:
                move.b2b_delivery_state = move.b2b_delivery_state or "to_send"
            elif move.b2b_delivery_state in ("to_send", "by_hand"):
                move.b2b_delivery_state = False
            else:
                move.b2b_delivery_state = move.b2b_delivery_state

    def _post(self, soft=True):
        posted = super()._post(soft)
        if any(move.b2b_deliver for move in posted):
            self._b2b_wake_delivery()
        return posted

    def action_b2b_deliver(self):
        """Button: send now (again), by the customer's channel."""
        self.check_access("write")
        wrong = self.filtered(lambda move: move.state != "posted" or not move.is_sale_document(include_receipts=True))
        if wrong:
            raise UserError(
                self.env._("%s is not a posted customer invoice and cannot be sent.", wrong[0].display_name)
            )
        self.write(
            {
                "b2b_deliver": True,
                "b2b_delivery_state": "to_send",
                "b2b_delivery_tries": 0,
                "b2b_delivery_next_at": False,
            }
        )
        self._b2b_wake_delivery()
        return True

    # The queue

    @api.model
    def _b2b_delivery_domain(self):
        """Domain of the invoices that are to be sent now."""
        return Domain("state", "=", "posted") & (
            Domain("b2b_delivery_state", "=", "to_send")
            | Domain("b2b_delivery_state", "=", "failed") & Domain("b2b_delivery_next_at", "<=", fields.Datetime.now())
        )

    @api.model
    def _b2b_deliver_batch(self, limit=BATCH):
        """Send up to ``limit`` invoices that no other lane works on, in this transaction.

        :param int limit: number of invoices
        :returns: (how many were handled, how many remain)
        :raises psycopg2.OperationalError: on a conflict with another transaction; roll back and call again
        """
        moves = self.sudo().with_context(mail_notify_force_send=False)
        domain = moves._b2b_delivery_domain()
        waiting = moves.search(domain, order="invoice_date, id", limit=limit * LOOK_AHEAD)
        claimed = moves._b2b_of_free_customers(waiting, limit).try_lock_for_update(allow_referencing=True)
        for company, company_moves in claimed.grouped("company_id").items():
            company_moves.with_company(company)._b2b_deliver()
        claimed.b2b_delivery_message_id.mail_ids.filtered(lambda mail: mail.state == "outgoing").send_after_commit()
        return len(claimed), moves.search_count(domain)

    @api.model
    def _b2b_of_free_customers(self, waiting, limit):
        """The first invoices whose customers no other lane is writing to: sending touches the customer's records too.

        :returns: at most ``limit`` of them
        """
        mine = {}
        taken = self.browse()
        for move in waiting:
            customer = move.commercial_partner_id.id
            if customer not in mine:
                query = SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", CUSTOMER_LOCK, customer)
                mine[customer] = self.env.execute_query(query)[0][0]
            if mine[customer]:
                taken += move
                if len(taken) == limit:
                    break
        return taken

    @api.model
    def _cron_deliver(self):
        """Scheduled job, one lane: send batch by batch, and look after what was sent."""
        conflicts = 0
        while True:
            try:
                self._b2b_follow_deliveries()
                done, remaining = self._b2b_deliver_batch(BATCH)
                time_left = self.env["ir.cron"]._commit_progress(done, remaining=remaining)
            except CONFLICTS as error:
                self.env.cr.rollback()
                conflicts += 1
                if conflicts > TRIES or not is_conflict(error):
                    raise
                _logger.info("Delivery: another transaction was faster (%s); trying again.", type(error).__name__)
                continue
            conflicts = 0
            if not done or not time_left:
                return

    @api.model
    def _b2b_wake_delivery(self):
        for name in LANES:
            lane = self.env.ref(f"b2b_invoice_automation.{name}", raise_if_not_found=False)
            if lane:
                lane.sudo()._trigger()

    # Sending

    def _b2b_deliver(self):
        """Send these locked invoices of one company by their customers' channels; what fails is set aside."""
        by_hand = self.filtered(lambda move: self._b2b_channel(move) == "manual")
        by_hand.write({"b2b_delivery_state": "by_hand", "b2b_delivery_error": False})
        self._b2b_take_back_mails()
        queue = [self - by_hand]
        while queue:
            batch = queue.pop()
            if not batch:
                continue
            try:
                with self.env.cr.savepoint():
                    batch._b2b_send()
            except Exception as error:
                if is_conflict(error):
                    raise
                if len(batch) > 1:
                    middle = len(batch) // 2
                    queue += [batch[middle:], batch[:middle]]
                    continue
                if not isinstance(error, UserError):
                    _logger.warning("Delivery: %s cannot be sent.", batch.display_name, exc_info=error)
                batch._b2b_delivery_failed(str(error) or type(error).__name__)

    def _b2b_send(self):
        """Make the documents and queue the emails, through core's sending machinery."""
        sender = self.env["account.move.send"]
        together = self.filtered(
            lambda move: (
                move.commercial_partner_id.b2b_invoice_mails == "together" and self._b2b_channel(move) == "email"
            )
        )
        if single := self - together:
            sender._generate_and_send_invoices(single, allow_raising=False)
        if together:
            sender._generate_and_send_invoices(together, allow_raising=False, sending_methods=[])
            ready = together.filtered("invoice_pdf_report_id")
            for group in ready.grouped(lambda move: (move.commercial_partner_id, move._b2b_recipients())).values():
                sender._b2b_send_together(group)

    @api.model
    def _b2b_channel(self, move):
        return move.commercial_partner_id.with_company(move.company_id).invoice_sending_method or "email"

    def _b2b_recipients(self):
        """Who is written to: those whom the last email did not reach, else all who get the customer's invoices."""
        self.ensure_one()
        missed = self.b2b_delivery_message_id.sudo().notification_ids.filtered(
            lambda notification: notification.notification_status in ("exception", "bounce", "canceled")
        )
        everybody = self.partner_id._b2b_invoice_recipients() or self._b2b_buyers().filtered("email")
        if self.b2b_delivery_state == "failed" and missed.res_partner_id & everybody:
            return missed.res_partner_id & everybody
        return everybody

    def _b2b_buyers(self):
        """The people who ordered what this invoice is for."""
        return self.sudo().invoice_line_ids.sale_line_ids.order_id.partner_id

    def _b2b_take_back_mails(self):
        """Cancel failed emails of these invoices, so that no one sends them beside the new ones."""
        failed = self.b2b_delivery_message_id.mail_ids.filtered(lambda mail: mail.state == "exception")
        failed.cancel()

    # Outcomes

    def _b2b_delivery_sent(self, channel, message=None):
        """Note that these invoices were handed over: to the mail queue, or for good where there is no email.

        :param str channel: channel and recipients, in words
        :param message: mail.message whose notifications tell what becomes of it
        """
        now = fields.Datetime.now()
        self.write(
            {
                "b2b_delivery_state": "underway" if message else "delivered",
                "b2b_delivery_channel": channel,
                "b2b_delivery_message_id": message.id if message else False,
                "b2b_delivered_at": now,
                "b2b_delivery_error": False,
                "b2b_delivery_next_at": False,
            }
        )
        self.env["b2b.decision"]._log(
            [
                {
                    "kind": "delivery",
                    "record": move,
                    "decision": self.env._("Sent %(channel)s.", channel=channel),
                    "rule": move.b2b_billing_policy_id.name
                    and self.env._("Billing policy “%s”", move.b2b_billing_policy_id.name),
                    "evidence": {"files": move._b2b_sent_files(), "tries": move.b2b_delivery_tries + 1},
                }
                for move in self
            ]
        )
        if not message:
            self._b2b_settle_delivery()

    def _b2b_sent_files(self):
        return self.env["account.move.send"]._get_invoice_extra_attachments(self).mapped("name")

    def _b2b_delivery_failed(self, reason):
        """Note why an invoice was not delivered, open a case, and set the time of the next try."""
        for move in self:
            tries = move.b2b_delivery_tries + 1
            pause = PAUSES[tries - 1] if tries <= len(PAUSES) else None
            move.write(
                {
                    "b2b_delivery_state": "failed",
                    "b2b_delivery_error": reason,
                    "b2b_delivery_tries": tries,
                    "b2b_delivery_next_at": fields.Datetime.now() + pause if pause and move.b2b_deliver else False,
                }
            )
        self.env["b2b.discrepancy"]._flag([move._b2b_delivery_case() for move in self])

    def _b2b_delivery_case(self):
        advice = (
            self.env._("It is tried again by itself.")
            if self.b2b_delivery_next_at
            else self.env._("It is not tried again by itself: mend it, then press “Send Now” on the invoice.")
        )
        return {
            "key": f"delivery:{self.id}",
            "type": "delivery",
            "name": self.env._("%s was not delivered", self.name),
            "reason": f"{self.b2b_delivery_error}\n{advice}",
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "partner_id": self.commercial_partner_id.id,
            "move_id": self.id,
        }

    def _b2b_settle_delivery(self):
        for company, moves in self.grouped("company_id").items():
            keys = [f"delivery:{move.id}" for move in moves]
            self.env["b2b.discrepancy"]._settle(keys, self.env._("Delivered."), company)

    @api.model
    def _b2b_follow_deliveries(self):
        """Read from the notifications what became of the emails: delivered, refused, or bounced later."""
        moves = self.sudo()
        recently = Domain("b2b_delivered_at", ">=", fields.Datetime.now() - BOUNCES_FOR)
        bad = moves.env["mail.notification"]._search([("notification_status", "in", ("exception", "bounce"))])
        looked_at = moves.search(Domain("b2b_delivery_state", "=", "underway") & recently) | moves.search(
            Domain("b2b_delivery_state", "=", "delivered")
            & recently
            & Domain("b2b_delivery_message_id.notification_ids", "in", bad)
        )
        delivered = moves.browse()
        for move in looked_at.try_lock_for_update(allow_referencing=True):
            notifications = move.b2b_delivery_message_id.notification_ids
            states = set(notifications.mapped("notification_status"))
            if states & {"exception", "bounce"}:
                missed = notifications.filtered(lambda one: one.notification_status in ("exception", "bounce"))
                move._b2b_delivery_failed("\n".join(map(_missed_text, missed)))
            elif not states & {"ready", "process", "sent", "pending"}:
                move._b2b_delivery_failed(self.env._("The email was cancelled before it was sent."))
            elif not states & {"ready", "process"}:
                delivered += move
        delivered.filtered(lambda move: move.b2b_delivery_state == "underway").write(
            {"b2b_delivery_state": "delivered", "b2b_delivery_tries": 0}
        )
        delivered._b2b_settle_delivery()


def _missed_text(notification):
    partner = notification.res_partner_id
    return f"{partner.name} <{partner.email or '–'}>: {notification.format_failure_reason()}"
