"""The delivery lane: posted invoices go out by the customer's channel, after the commit, once.

The invoices are their own queue. A lane locks what no other lane has, makes the documents and writes the emails into
Odoo's mail queue, all in one transaction; the emails leave after the commit, each under a claim (b2b_mail_claim). So
nothing goes out twice, whoever is killed or runs at the same moment. What becomes of them is read afterwards.
"""

import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .delivery_reasons import KINDS
from .transactions import CONFLICTS, is_conflict

_logger = logging.getLogger(__name__)

BATCH = 20
LOOK_AHEAD = 10
TOGETHER = 60  # invoices that one batch adds so that a customer's come in one email
CUSTOMER_LOCK = 7_319_005  # first key of the advisory locks, one per customer, held until the commit
TRIES = 5  # times that another transaction may be faster before the job gives up until its next run
LANES = ("ir_cron_delivery_lane_1", "ir_cron_delivery_lane_2")


class AccountMove(models.Model):
    _inherit = "account.move"

    b2b_delivery_state = fields.Selection(
        [
            ("to_send", "To Send"),
            ("to_print", "To Print"),
            ("underway", "Under Way"),
            ("delivered", "Delivered"),
            ("failed", "Not Delivered"),
            ("unclear", "Unclear"),
            ("by_hand", "By Hand"),
        ],
        "Delivery",
        compute="_compute_b2b_delivery_state",
        store=True,
        precompute=True,
        copy=False,
        help="Under way: in the mail queue, or sent and not confirmed. Unclear: a worker was stopped while sending it, "
        "and nobody knows whether the mail server took it. By hand: the customer's channel is “Manual”.",
        groups="base.group_user",
    )
    b2b_delivery_channel = fields.Char(
        "Sent by", readonly=True, copy=False, help="Channel and recipients.", groups="base.group_user"
    )
    b2b_delivery_error = fields.Text("Why Not Delivered", readonly=True, copy=False, groups="base.group_user")
    b2b_delivery_reason = fields.Selection(KINDS, "Reason", readonly=True, copy=False, groups="base.group_user")
    b2b_delivery_turn = fields.Integer("Sendings", readonly=True, copy=False, groups="base.group_user")
    b2b_delivery_ids = fields.One2many("b2b.delivery", "move_id", "Deliveries", groups="base.group_user")
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
                "b2b_delivery_next_at": fields.Datetime.now(),
            }
        )
        self._b2b_wake_delivery()
        return True

    # The queue

    @api.model
    def _b2b_delivery_domain(self):
        """Domain of the invoices that are to be sent now; one that a person wants sent now has a next try at once."""
        todays = Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("create_date", ">=", company._b2b_midnight(company._b2b_today()))
            for company in self.env["res.company"].sudo().search([])
        )
        daily = Domain("commercial_partner_id.b2b_invoice_mails", "=", "daily") & todays
        return Domain("state", "=", "posted") & (
            Domain("b2b_delivery_state", "=", "to_send") & (Domain("b2b_delivery_next_at", "!=", False) | ~daily)
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
        taken = moves._b2b_of_free_customers(waiting, limit)
        together = taken.commercial_partner_id.filtered(lambda customer: customer.b2b_invoice_mails != "single")
        if together:
            taken |= moves.search(domain & Domain("commercial_partner_id", "in", together.ids), limit=TOGETHER)
        claimed = taken.try_lock_for_update(allow_referencing=True)
        for company, company_moves in claimed.grouped("company_id").items():
            company_moves.with_company(company)._b2b_deliver()
        claimed.b2b_delivery_message_id.mail_ids.filtered(lambda mail: mail.state == "outgoing").send_after_commit()
        letters = moves.env["b2b.delivery"]._retry_documents(limit)
        return len(claimed) + letters, moves.search_count(domain)

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
                self.env["b2b.delivery"].sudo()._left_in_queue().send_after_commit()
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
    def _cron_account_move_send(self, job_count=10):
        """Core's job for invoices that a person sends in the background: only what no other worker holds."""
        domain = [("sending_data", "!=", False), ("state", "=", "posted")]
        waiting = self.search(domain, order="date, invoice_date, sequence_number, id", limit=job_count)
        claimed = waiting.try_lock_for_update(allow_referencing=True)
        if claimed:
            self.env["account.move.send"]._generate_and_send_invoices(claimed, from_cron=True)
            self.env["ir.cron"]._commit_progress(len(claimed), remaining=self.search_count(domain))

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
        by_hand.write({"b2b_delivery_state": "by_hand", "b2b_delivery_error": False, "b2b_delivery_reason": False})
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
                batch._b2b_delivery_failed(str(error) or type(error).__name__, getattr(error, "kind", "other"))

    def _b2b_send(self):
        """Make the documents and queue the emails, through core's sending machinery."""
        sender = self.env["account.move.send"]
        together = self.filtered(
            lambda move: move.commercial_partner_id.b2b_invoice_mails != "single" and self._b2b_channel(move) == "email"
        )
        if single := self - together:
            sender._generate_and_send_invoices(single, allow_raising=False)
        if together:
            sender._generate_and_send_invoices(together, allow_raising=False, sending_methods=[])
            ready = together.filtered("invoice_pdf_report_id")
            same = ready.grouped(lambda move: (move.commercial_partner_id, move._b2b_recipients(), move._b2b_copies()))
            for group in same.values():
                sender._b2b_send_together(group)

    @api.model
    def _b2b_channel(self, move):
        return move.commercial_partner_id._b2b_channel_of(move.company_id, move._b2b_route_contract())

    def _b2b_recipients(self):
        """Who is written to: those whom the last email did not reach, else all who get the customer's invoices."""
        self.ensure_one()
        missed = self.b2b_delivery_message_id.sudo().notification_ids.filtered(
            lambda notification: notification.notification_status in ("exception", "bounce", "canceled")
        )
        everybody = self.env["res.partner"].union(*self._b2b_addressees())
        if self.b2b_delivery_state == "failed" and missed.res_partner_id & everybody:
            return missed.res_partner_id & everybody
        return everybody

    def _b2b_addressees(self):
        """Who gets this invoice: (partners, those who get a copy)."""
        return self.partner_id._b2b_addressees(
            self._b2b_document_kind(), self._b2b_buyers(), self._b2b_route_contract()
        )

    def _b2b_copies(self):
        return self._b2b_addressees()[1]

    def _b2b_document_kind(self):
        return "credit_note" if self.move_type == "out_refund" else "invoice"

    def _b2b_buyers(self):
        """The people who ordered what this invoice is for."""
        return self.sudo().invoice_line_ids.sale_line_ids.order_id.partner_id

    def _b2b_route_contract(self):
        """The contract under which all of this invoice is billed; none where there are several, or other orders."""
        lines = self.sudo().invoice_line_ids
        orders = lines.sale_line_ids.order_id
        contracts = orders.b2b_contract_id | lines.b2b_charge_id.contract_id | lines.b2b_rebate_id.contract_id
        alone = len(contracts.origin_id) == 1 and all(order.b2b_contract_id for order in orders)
        return contracts[:1] if alone else contracts.browse()

    def _b2b_take_back_mails(self):
        """Cancel failed emails of these invoices, so that no one sends them beside the new ones."""
        failed = self.b2b_delivery_message_id.mail_ids.filtered(lambda mail: mail.state == "exception")
        failed.cancel()
