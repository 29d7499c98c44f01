"""Credit holds: discrepancies that stop an order for its customer's credit, with the figures, and their release.

A hold is released by a person who has the right to it and who may not change credit limits, with a reason, and if
wanted until a day or up to an exposure; or by itself, when the customer's credit suffices again
(`b2b_credit_check.py`).
"""

from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date, formatLang

from ..order_to_cash.credit import Release
from ..order_to_cash.money import to_decimal
from .b2b_discrepancy import FINDINGS
from .res_company_credit import CONTROLLER

LIMIT_GROUP = "b2b_invoice_automation.group_credit_limit"
FINDINGS |= {
    "credit_order_amount",
    "credit_over_by",
    "credit_overdue",
    "credit_overdue_days",
    "credit_reasons",
    "credit_until",
    "credit_up_to",
    "credit_released_by_id",
}


class B2bDiscrepancy(models.Model):
    _inherit = "b2b.discrepancy"

    credit_order_amount = fields.Monetary("This Order", readonly=True)
    credit_over_by = fields.Monetary(
        "Over by", readonly=True, help="What would have to come in for the order to go on."
    )
    credit_overdue = fields.Monetary("Overdue", readonly=True)
    credit_overdue_days = fields.Integer("Days Overdue", readonly=True)
    credit_reasons = fields.Char(readonly=True, help="What it is held for; a release excuses these and no others.")
    credit_until = fields.Date("Released until", readonly=True, help="Afterwards the order is checked again.")
    credit_up_to = fields.Monetary("Released up to", readonly=True, help="Up to this exposure, the order included.")
    credit_released_by_id = fields.Many2one("res.users", "Released by", readonly=True, index="btree_not_null")
    sale_user_id = fields.Many2one(related="order_id.user_id", string="Salesperson")

    _credit_holds = models.Index("(company_id, partner_id) WHERE type = 'credit' AND state = 'open' AND blocking")

    @api.model
    def _credit_cases(self, orders):
        """The case that counts for each order: its open one, else the latest that a person released; else none."""
        found = defaultdict(self.browse)
        cases = self.search(
            [("type", "=", "credit"), ("order_id", "in", orders.ids), ("state", "in", ("open", "accepted"))], order="id"
        )
        for case in cases.sorted(lambda case: case.state == "open"):
            found[case.order_id] = case
        return found

    def _engine_release(self):
        """A person's release as the engine takes it, or None."""
        if self.state != "accepted":
            return None
        return Release(
            frozenset((self.credit_reasons or "").split(",")),
            self.credit_until or None,
            to_decimal(self.credit_up_to, 2) if self.credit_up_to else None,
        )

    def _is_credit_hold(self):
        return self.type == "credit" and self.blocking and bool(self.order_id)

    # -- what people do --------------------------------------------------------------------------------------------

    def action_accept(self):
        self._refuse_unexplained_release()
        return super().action_accept()

    def action_solve(self):
        self._refuse_unexplained_release()
        return super().action_solve()

    def action_reopen(self):
        self._refuse_unexplained_release()
        return super().action_reopen()

    def _refuse_unexplained_release(self):
        if any(case._is_credit_hold() for case in self):
            raise UserError(
                self.env._(
                    "A credit hold is released with the button “Release”, which asks for the reason and how long."
                )
            )

    def action_credit_release(self):
        return self._open_credit_step("release", self.env._("Release from Credit Hold"))

    def action_credit_reject(self):
        return self._open_credit_step("reject", self.env._("Reject"))

    def action_credit_ask(self):
        return self._open_credit_step("ask", self.env._("Ask Sales"))

    def _open_credit_step(self, step, title):
        self._check_may_release_credit()
        holds = self.filtered(lambda case: case.state == "open" and case._is_credit_hold())
        if not holds:
            raise UserError(self.env._("No open credit hold is among these."))
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "b2b.credit.step",
            "view_mode": "form",
            "target": "new",
            "context": {"default_step": step, "default_case_ids": holds.ids},
        }

    def _check_may_release_credit(self):
        """Those who release holds cannot change limits, and the other way round.

        :raises AccessError: for all others
        """
        user = self.env.user
        if self.env.su:
            return
        if not user.has_group(CONTROLLER):
            raise AccessError(
                self.env._(
                    "Credit holds are released by people with the right “%s”.", self.env.ref(CONTROLLER).sudo().name
                )
            )
        if user.has_group(LIMIT_GROUP):
            raise AccessError(
                self.env._(
                    "You may change credit limits, so somebody else releases credit holds. Have an administrator take "
                    "one of the two rights away."
                )
            )
        self.check_access("write")

    def _release_credit(self, reason, until=False, up_to=0.0):
        """A person lets these orders go on.

        :param str reason: why
        :param until: last day of the release, or False
        :param float up_to: largest exposure, the order included, that it counts for; 0 for any
        """
        self._check_may_release_credit()
        for case in self:
            if until and until < fields.Date.context_today(self):
                raise UserError(self.env._("The release would end before today. Choose a later day, or none."))
            if up_to and case.currency_id.compare_amounts(up_to, case.amount_found) < 0:
                raise UserError(
                    self.env._(
                        "%(order)s: %(exposure)s is used with this order, more than the release is for. Enter at least "
                        "that, or nothing.",
                        order=case.order_id.name,
                        exposure=formatLang(self.env, case.amount_found, currency_obj=case.currency_id),
                    )
                )
        self.sudo().write(
            {
                "state": "accepted",
                "outcome": reason,
                "credit_until": until,
                "credit_up_to": up_to,
                "credit_released_by_id": self.env.uid,
            }
        )
        self._log_credit(lambda case: case._release_text(), reason)

    def _release_text(self):
        bounds = []
        if self.credit_until:
            bounds.append(self.env._("until %s", format_date(self.env, self.credit_until)))
        if self.credit_up_to:
            amount = formatLang(self.env, self.credit_up_to, currency_obj=self.currency_id)
            bounds.append(self.env._("up to %s", amount))
        text = self.env._("Released from credit hold")
        return f"{text} ({', '.join(bounds)})" if bounds else text

    def _reject_credit(self, reason, cancel):
        """A person does not let these orders go on: they stay on hold or are cancelled, and sales is told."""
        self._check_may_release_credit()
        self._log_credit(
            lambda case: self.env._("Rejected and cancelled") if cancel else self.env._("Rejected; stays on hold"),
            reason,
        )
        self.sudo().write({"outcome": reason})
        for case in self:
            case._tell_sales(self.env._("Credit refused"), reason)
        if cancel:
            orders = self.order_id.sudo()
            orders.filtered("locked").action_unlock()
            orders._action_cancel()

    def _tell_sales(self, summary, note):
        order = self.order_id.sudo()
        order.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=(order.user_id or order.team_id.user_id or self.env.user).id,
            summary=summary,
            note=note,
        )

    def _log_credit(self, text_of, reason):
        self.env["b2b.decision"]._log(
            [
                {
                    "kind": "hold",
                    "record": case.order_id.sudo(),
                    "company": case.company_id,
                    "decision": text_of(case),
                    "rule": self.env._("A person"),
                    "evidence": {
                        "reason": reason,
                        "until": case.credit_until.isoformat() if case.credit_until else None,
                        "up_to": case.credit_up_to or None,
                        "limit": case.amount_expected,
                        "exposure_with_order": case.amount_found,
                        "held_for": case.credit_reasons,
                    },
                    "amount": case.credit_order_amount,
                    "currency": case.currency_id,
                }
                for case in self.sudo().with_env(self.env)
            ]
        )

    # -- what goes on by itself --------------------------------------------------------------------------------------

    @api.model
    def _orders_to_review(self, company, entities=None):
        """Orders of a company on credit hold, and those whose release has bounds: they are checked again."""
        domain = Domain([("type", "=", "credit"), ("company_id", "=", company.id), ("order_id.state", "=", "sale")])
        if entities is not None:
            domain &= Domain("partner_id", "in", entities.ids)
        held = Domain([("state", "=", "open"), ("blocking", "=", True)])
        ended = Domain("credit_until", "<", fields.Date.context_today(self)) | Domain("credit_up_to", ">", 0)
        released = Domain([("state", "=", "accepted"), ("order_id.b2b_billing_open", "=", True)]) & ended
        cases = self.sudo().search(domain & (held | released))
        return cases.order_id.filtered(lambda order: order.b2b_credit_hold or order._b2b_credit_stoppable())
