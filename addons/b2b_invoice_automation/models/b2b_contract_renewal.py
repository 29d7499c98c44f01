"""The end of a contract: whether it renews itself, until when notice can be given, and what happens on that day.

A renewal was agreed in the version that was approved, so it needs no new version and no second approval: the workflow
moves *Renewed Until*, beside the agreed end, which stays as it was signed. The same arithmetic answers for a notice
that is entered late: the end follows from the day on which it was received.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from ..order_to_cash.renewal import Renewal
from .b2b_contract import APPROVER_GROUP

REMINDER = "b2b_invoice_automation.mail_activity_type_contract_notice"
RUNNING_STATES = ("active", "suspended")


class B2bContract(models.Model):
    _inherit = "b2b.contract"

    renewal_kind = fields.Selection(
        [
            ("ends", "Ends"),
            ("renews", "Renews by itself, unless notice is given"),
            ("negotiate", "Is to be renegotiated"),
        ],
        "At the End",
        default="ends",
        required=True,
        help="What happens after the last day. A contract that renews itself runs on term by term until notice is "
        "given.",
    )
    renewal_count = fields.Integer("Renewal Term", default=1)
    renewal_unit = fields.Selection([("month", "months"), ("year", "years")], default="year", required=True)
    notice_count = fields.Integer("Notice Period", default=3)
    notice_unit = fields.Selection(
        [("day", "days"), ("week", "weeks"), ("month", "months")], default="month", required=True
    )
    reminder_days = fields.Integer(
        "Remind Ahead",
        default=30,
        help="So many days before notice is due (or before the end) the responsible person gets an activity. "
        "0 for no reminder.",
    )
    date_renewed_until = fields.Date(
        "Renewed Until", readonly=True, copy=False, help="Last day after the renewals so far."
    )
    date_current_end = fields.Date("Runs Until", compute="_compute_date_current_end")
    notice_deadline = fields.Date(
        "Notice Until", compute="_compute_notice_deadline", store=True, help="Last day on which notice can be given."
    )
    date_reminder = fields.Date("Reminder", compute="_compute_date_reminder", store=True)
    reminded_for = fields.Date(readonly=True, copy=False, help="The day that the last reminder was about.")
    notice_received_on = fields.Date("Notice Given On", readonly=True, copy=False)
    notice_by = fields.Selection([("customer", "The customer"), ("us", "Us")], readonly=True, copy=False)
    notice_reason = fields.Text(readonly=True, copy=False)
    notice_recorded_by_id = fields.Many2one("res.users", readonly=True, copy=False, index="btree_not_null")
    renewal_text = fields.Char("What Happens at the End", compute="_compute_renewal_text")

    _notice_index = models.Index("(notice_deadline) WHERE state IN ('active', 'suspended')")

    @api.depends("date_end", "date_renewed_until")
    def _compute_date_current_end(self):
        for contract in self:
            contract.date_current_end = contract.date_renewed_until or contract.date_end

    @api.depends("date_end", "date_renewed_until", "renewal_kind", "notice_count", "notice_unit", "notice_received_on")
    def _compute_notice_deadline(self):
        for contract in self:
            open_to_notice = contract.renewal_kind != "ends" and not contract.notice_received_on
            end = contract.date_renewed_until or contract.date_end
            contract.notice_deadline = end and open_to_notice and contract._renewal().deadline(end)

    @api.depends("date_end", "date_renewed_until", "notice_deadline", "notice_received_on", "reminder_days")
    def _compute_date_reminder(self):
        for contract in self:
            about = contract._reminded_day()
            contract.date_reminder = (
                about - timedelta(days=contract.reminder_days) if about and contract.reminder_days > 0 else False
            )

    @api.depends("renewal_kind", "renewal_count", "renewal_unit", "notice_deadline", "date_current_end")
    @api.depends_context("lang")
    def _compute_renewal_text(self):
        for contract in self:
            contract.renewal_text = contract._renewal_sentence()

    @api.constrains("renewal_kind", "renewal_count", "notice_count", "reminder_days", "date_end")
    def _check_renewal(self):
        for contract in self:
            if contract.renewal_kind == "renews" and not contract.date_end and contract.state != "template":
                raise ValidationError(
                    self.env._(
                        "A contract that renews itself needs a last day, from which its terms are counted. Enter "
                        "“Valid until”, or leave the contract without end."
                    )
                )
            if contract.renewal_count < 1:
                raise ValidationError(self.env._("A contract renews itself by at least 1 month or year."))
            if not 0 <= contract.notice_count <= 1000 or contract.renewal_count > 1000:
                raise ValidationError(self.env._("Periods of notice and renewal are between 0 and 1000."))
            if contract.reminder_days < 0:
                raise ValidationError(self.env._("A reminder comes some days ahead; enter 0 for none."))

    def action_withdraw_notice(self):
        """Notice was entered by mistake, or both sides agreed to go on: the contract renews itself as before."""
        self._require_right_to_approve()
        self.ensure_one()._require_state(*RUNNING_STATES)
        self._set(dict.fromkeys(("notice_received_on", "notice_by", "notice_reason", "notice_recorded_by_id"), False))
        self._renew_due(fields.Date.context_today(self))
        self._log_step(self.env._("Notice withdrawn"), {})
        return True

    @api.model
    def _agreed_fields(self):
        return super()._agreed_fields() | {
            "renewal_kind",
            "renewal_count",
            "renewal_unit",
            "notice_count",
            "notice_unit",
        }

    def _terms(self):
        return {
            **super()._terms(),
            "at_the_end": self.renewal_kind,
            "renewal_term": [self.renewal_count, self.renewal_unit],
            "notice": [self.notice_count, self.notice_unit],
        }

    @api.model
    def _cron_expire(self):
        """The scheduler's job, once a day: renew what goes on, expire what is over, remind of what is coming."""
        today = fields.Date.context_today(self)
        self.search(self._renewal_domain(today))._renew_due(today)
        expired = super()._cron_expire()
        self.search(
            [("state", "in", RUNNING_STATES), ("date_reminder", "<=", today), ("superseded_by_id", "=", False)]
        )._remind(today)
        return expired

    @api.model
    def _renewal_domain(self, day):
        """Domain of the contracts that may have to be renewed by a day: notice is too late, or it is the last day."""
        return Domain(
            [
                ("state", "in", RUNNING_STATES),
                ("renewal_kind", "=", "renews"),
                ("notice_received_on", "=", False),
                ("date_end", "!=", False),
            ]
        ) & (Domain("notice_deadline", "<", day) | Domain("date_effective_end", "<=", day))

    def _renew_due(self, day):
        """Let contracts run on whose notice period has begun without notice. Safe to repeat.

        A contract without notice period renews on its last day already, so that no day is without contract; notice on
        that same day still ends it, because the end follows from the day of the notice.
        """
        for contract in self:
            end = contract.date_renewed_until or contract.date_end
            if contract.renewal_kind != "renews" or not end or contract.notice_received_on:
                continue
            new_end = contract._renewal().end_for(day)
            if new_end <= day:
                new_end = contract._renewal().end_for(day + timedelta(days=1))
            contract._renew_until(new_end, end)

    def _renew_until(self, new_end, end):
        if new_end <= end or (self.date_superseded and self.date_superseded <= end):
            return
        self._set({"date_renewed_until": new_end})
        self.sudo().activity_unlink([REMINDER])
        day = format_date(self.env, new_end)
        self._log_step(
            self.env._("Renewed until %(day)s", day=day), {"agreed_end": str(self.date_end), "before": str(end)}
        )
        self.sudo().message_post(
            body=self.env._(
                "Renewed until %(day)s: no notice was given by %(deadline)s.",
                day=day,
                deadline=format_date(self.env, self._renewal().deadline(end)),
            )
        )

    def _give_notice(self, day, by, reason):
        """Record a notice; the contract ends with the first term that was still open to it.

        :param day: when the notice was received, or sent
        :param by: ``customer`` or ``us``
        """
        if not self.env.user.has_group(APPROVER_GROUP) and not self.has_access("write"):
            raise AccessError(self.env._("Notice is recorded by people who write or approve contracts."))
        self.ensure_one().check_access("read")
        self._require_state(*RUNNING_STATES)
        self._check_notice(day, reason)
        self._set(
            {
                "notice_received_on": day,
                "notice_by": by,
                "notice_reason": reason,
                "notice_recorded_by_id": self.env.uid,
                "date_renewed_until": self._end_after_notice(day),
            }
        )
        self.sudo().activity_unlink([REMINDER])
        decision = self.env._("Notice of %(day)s, ends on %(end)s", day=day, end=self.date_current_end)
        self._log_step(decision, {"by": by, "reason": reason})
        self.sudo().message_post(
            body=self.env._("%(decision)s. %(reason)s", decision=decision, reason=reason),
            author_id=self.env.user.partner_id.id,
        )

    def _check_notice(self, day, reason):
        if not day or not (reason or "").strip():
            raise UserError(self.env._("Enter the day of the notice, and why it was given."))
        if self.renewal_kind == "ends" or not self.date_end:
            raise UserError(
                self.env._(
                    "%(name)s does not renew itself, so there is nothing to give notice to. Use “Terminate”.",
                    name=self.display_name,
                )
            )
        if self.notice_received_on:
            raise UserError(
                self.env._(
                    "Notice was given on %(day)s already. Withdraw it first, if that was a mistake.",
                    day=self.notice_received_on,
                )
            )
        if day > fields.Date.context_today(self):
            raise UserError(self.env._("Notice of %(day)s is in the future; enter it on its day.", day=day))

    def _end_after_notice(self, day):
        """Return when the contract ends by a notice of that day, or ``False`` for its agreed end."""
        self.ensure_one()
        end = self._renewal().end_for(day) if self.renewal_kind == "renews" else self.date_end
        return end if end != self.date_end else False

    def _remind(self, day):
        """Give the responsible people an activity, once for each end or deadline."""
        for contract in self:
            about = contract._reminded_day()
            if contract.reminded_for == about:
                continue
            user = contract.user_id or contract.last_editor_id
            summary = contract._renewal_sentence()
            try:
                with self.env.cr.savepoint():
                    contract.activity_schedule(
                        REMINDER, date_deadline=max(about, day), summary=summary, user_id=user.id
                    )
            except (AccessError, UserError):  # who was responsible cannot read it any more: say it on the contract
                contract.message_post(body=summary)
            contract._set({"reminded_for": about})

    def _reminded_day(self):
        """Return the day that a reminder is about: the last one for notice, else the end."""
        self.ensure_one()
        end = self.date_renewed_until or self.date_end
        return False if self.notice_received_on else self.notice_deadline or end

    def _supersede_previous(self):
        """Notice ends the agreement, whatever its version says: an amendment in the last term carries it on."""
        result = super()._supersede_previous()
        previous = self.previous_version_id
        if previous.notice_received_on and not self.notice_received_on and self.renewal_kind != "ends":
            names = ("notice_received_on", "notice_by", "notice_reason", "notice_recorded_by_id")
            self._set({name: previous._fields[name].convert_to_write(previous[name], previous) for name in names})
            self._set({"date_renewed_until": self._end_after_notice(self.notice_received_on)})
        return result

    def _renewal(self):
        self.ensure_one()
        return Renewal(
            self.date_end or self.date_renewed_until,
            max(self.renewal_count, 1),
            self.renewal_unit or "year",
            max(self.notice_count, 0),
            self.notice_unit or "month",
        )

    def _term_text(self):
        if self.renewal_unit == "month":
            return self.env._("%s months", self.renewal_count) if self.renewal_count > 1 else self.env._("one month")
        return self.env._("%s years", self.renewal_count) if self.renewal_count > 1 else self.env._("one year")

    def _renewal_sentence(self):
        """Say in one sentence what happens at the end."""
        self.ensure_one()
        end = self.date_renewed_until or self.date_end
        if not end:
            return self.env._("Has no end.")
        values = {
            "end": format_date(self.env, end),
            "notice": format_date(self.env, self.notice_received_on),
            "deadline": format_date(self.env, self.notice_deadline),
        }
        if self.notice_received_on:
            return self.env._("Ends on %(end)s: notice was given on %(notice)s.", **values)
        if self.renewal_kind == "renews":
            return self.env._(
                "Renews by %(term)s after %(end)s, unless notice is given by %(deadline)s.",
                term=self._term_text(),
                **values,
            )
        if self.renewal_kind == "negotiate":
            return self.env._("Ends on %(end)s; to be renegotiated by %(deadline)s.", **values)
        return self.env._("Ends on %(end)s.", **values)
