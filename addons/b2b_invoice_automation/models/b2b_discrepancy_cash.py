"""Cases about payments: which outcomes each type allows, and what a person's choice of one does.

The bookkeeping of the outcomes is in `b2b_discrepancy_booking.py`. Whatever an outcome booked is kept on the case and
can be taken back with one button; posted documents are not altered by that, but reversed.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date, formatLang

from .b2b_discrepancy import CLERK, FINDINGS

MANAGER = "b2b_invoice_automation.group_billing_manager"
FINDINGS |= {"outcome_code", "outcome_move_id", "payment_id", "outcome_user_id"}

CREDIT, CHASE, WRITE_OFF, REFUND, ACCOUNT, REALLOCATE, FEE = (
    "credit",
    "chase",
    "write_off",
    "refund",
    "account",
    "reallocate",
    "fee",
)
OUTCOMES = {
    "short": (CREDIT, CHASE, WRITE_OFF, REALLOCATE),
    "over": (REFUND, ACCOUNT, WRITE_OFF, REALLOCATE),
    "unknown_payer": (REALLOCATE, ACCOUNT, REFUND),
    "ambiguous": (REALLOCATE, ACCOUNT, REFUND),
    "duplicate_payment": (REFUND, ACCOUNT, REALLOCATE),
    "wrong_currency": (REALLOCATE, ACCOUNT, REFUND),
    "closed_item": (ACCOUNT, REFUND, REALLOCATE),
    "returned": (CHASE, FEE, REALLOCATE),
    "data": (REALLOCATE, ACCOUNT),
}
"""Type of case → the outcomes that a person may choose."""


class B2bDiscrepancy(models.Model):
    _inherit = "b2b.discrepancy"

    deduction_reason = fields.Selection(
        [
            ("discount_late", "Discount taken too late"),
            ("bank_charge", "Bank charges"),
            ("price", "Price"),
            ("quantity", "Quantity"),
            ("goods", "Goods returned or damaged"),
            ("promotion", "Promotion or rebate"),
            ("unexplained", "Not explained"),
        ],
        tracking=True,
        help="Why the customer paid less.",
    )
    outcome_code = fields.Selection(
        [
            (CREDIT, "Credit note"),
            (CHASE, "Chased"),
            (WRITE_OFF, "Written off"),
            (REFUND, "Refunded"),
            (ACCOUNT, "Kept on account"),
            (REALLOCATE, "Applied elsewhere"),
            (FEE, "Fee booked"),
        ],
        "Chosen Outcome",
        readonly=True,
        tracking=True,
    )
    outcome_move_id = fields.Many2one("account.move", "Booked with", readonly=True, index="btree_not_null")
    payment_id = fields.Many2one("account.payment", "Refund", readonly=True, index="btree_not_null")
    outcome_user_id = fields.Many2one("res.users", "Decided by", readonly=True, index="btree_not_null")
    promise_date = fields.Date("Promised for", help="When the customer said it would pay. The case is due then.")
    allowed_outcomes = fields.Char(compute="_compute_allowed_outcomes")
    bank_text = fields.Html(related="statement_line_id.b2b_text", string="Bank Text")
    is_overdue = fields.Boolean(compute="_compute_is_overdue", search="_search_is_overdue")

    @api.depends(
        "type", "state", "outcome_code", "statement_line_id.is_reconciled", "statement_line_id.b2b_reversed_line_id"
    )
    def _compute_allowed_outcomes(self):
        """What was paid too little or too much, or came back, is settled once the bank line itself is applied.

        Before, it can only be applied. Of a return that took its payment back, what still waits is the bank's fee.
        """
        for case in self:
            line, allowed = case.statement_line_id, OUTCOMES.get(case.type, ())
            if case.state != "open":
                allowed = ()
            elif case.type == "returned" and line and line.b2b_reversed_line_id:
                allowed = (CHASE,) if line.is_reconciled else (CHASE, FEE)
            elif case.type == "returned" or (case.type in ("short", "over") and line and not line.is_reconciled):
                allowed = (REALLOCATE,)
            case.allowed_outcomes = " ".join(allowed)

    @api.depends("date_deadline", "state")
    def _compute_is_overdue(self):
        today = fields.Date.context_today(self)
        for case in self:
            case.is_overdue = bool(case.state == "open" and case.date_deadline and case.date_deadline < today)

    def _search_is_overdue(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        return [("state", "=", "open"), ("date_deadline", "<", fields.Date.context_today(self))]

    # -- buttons -----------------------------------------------------------------------------------------------------

    def action_outcome_credit(self):
        """The deduction is right: credit it on its invoice. Above one's limit the credit note stays a draft."""
        self._take_outcome(CREDIT)
        case = self.sudo()
        note = case.outcome_move_id or case._make_credit_note(case._open_amount())
        case.write({"outcome_move_id": note.id, "outcome_code": CREDIT})
        if not self._has_authority(note.amount_total, note.currency_id):
            return self._hand_up(self.env._("Post the credit note of %s?", self._money(note.amount_total)))
        case._post_credit_note(note)
        return self._settle_with(CREDIT, self.env._("Credited with %s.", note.name))

    def action_outcome_write_off(self):
        """Write off what is open, within one's limit."""
        self._take_outcome(WRITE_OFF)
        amount = self.sudo()._open_amount()
        if not self._has_authority(amount, self.currency_id):
            return self._hand_up(self.env._("Write off %s?", self._money(amount)))
        self.sudo().outcome_move_id = self.sudo()._make_write_off(amount)
        return self._settle_with(WRITE_OFF, self.env._("%s written off.", self._money(amount)))

    def action_outcome_refund(self):
        """Pay the money back. A clerk drafts the payment, a billing manager sends it; above one's limit another one."""
        self._take_outcome(REFUND)
        case = self.sudo()
        if not case.payment_id:
            case._draft_refund(self)
        if not self.env.user.has_group(MANAGER) or self._is_own_draft(case.payment_id):
            return self._hand_up(self.env._("Pay back %s?", self._money(case.payment_id.amount)))
        case._post_refund()
        amount = self._money(case.payment_id.amount)
        return self._settle_with(
            REFUND, self.env._("%(amount)s paid back with %(payment)s.", amount=amount, payment=case.payment_id.name)
        )

    def action_outcome_account(self):
        """Keep the money on the payer's account, for later invoices."""
        self._take_outcome(ACCOUNT)
        self._put_on_account()
        payer = self.statement_line_id.partner_id or self.partner_id
        return self._settle_with(ACCOUNT, self.env._("Kept on the account of %s.", payer.name))

    def action_outcome_chase(self):
        """The customer still owes it: the item stays open, and somebody comes back to it on the promised day."""
        self._take_outcome(CHASE)
        today = fields.Date.context_today(self)
        if not self.promise_date or self.promise_date < today:
            raise UserError(self.env._("Enter under “Promised for” the day by which the customer pays, from today on."))
        owner = self.user_id or self.env.user
        words = self.env._(
            "%(case)s: promised for %(day)s", case=self.name, day=format_date(self.env, self.promise_date)
        )
        self.sudo().write(
            {
                "outcome_code": CHASE,
                "outcome": words,
                "date_deadline": self.promise_date,
                "user_id": owner.id,
                "outcome_user_id": self.env.uid,
            }
        )
        self.activity_schedule(
            "mail.mail_activity_data_todo", date_deadline=self.promise_date, user_id=owner.id, summary=words
        )
        return True

    def action_outcome_reallocate(self):
        """Take back what the payment was applied to, and apply it elsewhere in the workbench."""
        self._take_outcome(REALLOCATE)
        line = self.statement_line_id
        if line.is_reconciled or line.b2b_state in ("applied", "manual"):
            line.action_b2b_undo()
        return line.action_workbench_open()

    def action_outcome_fee(self):
        """Book what the bank charged for a returned payment as a fee."""
        self._take_outcome(FEE)
        amount = self.statement_line_id.b2b_open_amount
        if not self._has_authority(amount, self.currency_id):
            return self._hand_up(self.env._("Book the bank's fee of %s?", self._money(abs(amount))))
        amount = self.sudo()._book_fee(self.env)
        return self._settle_with(FEE, self.env._("The bank's fee of %s booked.", self._money(amount)))

    def action_outcome_undo(self):
        """Take back what the chosen outcome booked; the case is open again."""
        self.ensure_one()
        self._check_may_release()
        if not self.outcome_code:
            raise UserError(self.env._("No outcome was chosen here, so there is nothing to take back."))
        self.sudo()._undo_outcome(self)
        self.activity_unlink(["mail.mail_activity_data_todo"])
        self.sudo().write(
            {
                "state": "open",
                "outcome_code": False,
                "outcome_move_id": False,
                "payment_id": False,
                "outcome_user_id": False,
                "outcome": self.env._("Taken back by %s.", self.env.user.name),
            }
        )
        self._log_release(self.env._("Outcome taken back"))
        return True

    def action_open_workbench(self):
        self.ensure_one()
        return self.statement_line_id.action_workbench_open()

    # -- helpers -----------------------------------------------------------------------------------------------------

    def _take_outcome(self, code):
        """Check that this person may choose this outcome for this case now, and lock it.

        :raises AccessError: for users who are no billing clerks
        :raises UserError: when the type does not allow it, or the case is closed or being worked on
        """
        self.ensure_one()
        self.check_access("write")
        if not self.env.su and not self.env.user.has_group(CLERK):
            raise AccessError(self.env._("Cases of payments are settled by billing clerks."))
        if not self.sudo().try_lock_for_update():
            raise UserError(self.env._("“%s” is being worked on by somebody else. Try again.", self.name))
        if code not in (self.allowed_outcomes or "").split():
            raise UserError(self.env._("“%s” is settled already, or this outcome does not fit it.", self.name))
        is_second_step = code == self.outcome_code and code in (CREDIT, REFUND)
        if self.outcome_code not in (False, CHASE) and not is_second_step:
            raise UserError(self.env._("An outcome was chosen for “%s” already. Take that back first.", self.name))

    def _has_authority(self, amount, currency):
        """Whether this user may give away this much."""
        company = self.company_id
        counted = currency._convert(abs(amount), company.currency_id, company, fields.Date.context_today(self))
        return company.currency_id.compare_amounts(counted, company._b2b_write_off_limit()) <= 0

    def _is_own_draft(self, payment):
        """Whether this user drafted a refund above their limit, which somebody else has to send."""
        is_own = not self.env.su and payment.create_uid == self.env.user
        return is_own and not self._has_authority(payment.amount, payment.currency_id)

    def _hand_up(self, summary):
        """Ask a billing manager to press the button, because this user may not."""
        manager = self._superior()
        self.sudo().write({"user_id": manager.id})
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=manager.id,
            summary=summary,
            note=self.env._("%s may not decide this alone.", self.env.user.name),
        )
        message = self.env._("This is above your limit, or not yours to send. %s is asked to decide.", manager.name)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _superior(self):
        managers = (
            self.env.ref(MANAGER)
            .sudo()
            .all_user_ids.filtered(
                lambda user: user.active and self.company_id in user.company_ids and user != self.env.user
            )
        )
        if not managers:
            raise UserError(self.env._("There is no billing manager to ask. An administrator can name one."))
        return managers.sorted("id")[:1]

    def _settle_with(self, code, words):
        self.activity_unlink(["mail.mail_activity_data_todo"])
        self.sudo().write({"state": "solved", "outcome_code": code, "outcome": words, "outcome_user_id": self.env.uid})
        self._log_release(self.env._("Settled by a person"))
        return True

    def _money(self, amount):
        return formatLang(self.env, amount, currency_obj=self.currency_id)


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def action_post(self):
        """A refund of a case is sent by somebody else than who drafted it, on its own form too."""
        cases = self.env["b2b.discrepancy"].sudo().search([("payment_id", "in", self.ids)])
        for case in cases.with_env(self.env):
            if case._is_own_draft(case.sudo().payment_id):
                raise UserError(
                    self.env._(
                        "You drafted the refund of %(amount)s, which is above your limit. Have another billing manager "
                        "send it from the case “%(case)s”.",
                        amount=case._money(case.sudo().payment_id.amount),
                        case=case.sudo().name,
                    )
                )
        return super().action_post()
