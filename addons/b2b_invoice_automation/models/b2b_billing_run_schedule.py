"""What the scheduler bills by itself, and when: closing days once they are over, the rest as it becomes due.

A run of the scheduler over closing days looks as of its closing day, whenever it is worked off: what was ordered and
delivered by then is in, nothing later. What was set aside is tried again once a day.
"""

from odoo import api, fields, models
from odoo.fields import Command, Domain

from .sale_order_billing_words import WEIGHT
from .sale_order_cancel import KEY as CANCELLED_KEY


class B2bBillingRun(models.Model):
    _inherit = "b2b.billing.run"

    closing_date = fields.Date(
        "Closing Day",
        readonly=True,
        copy=False,
        help="Bills what was ready on this day. Its invoices bear the day, unless the books are closed for it.",
    )
    retry = fields.Boolean(
        "Tries Again", readonly=True, copy=False, help="Bills what earlier runs set aside, without a closing day."
    )

    @api.model
    def _cron_plan(self):
        """Scheduled job: make the runs that are due in each company, and wake the lanes."""
        planned = 0
        for company in self.env["res.company"].search([]):
            rows = self.with_company(company)._plan_company(company)
            planned += rows
            self.env["ir.cron"]._commit_progress(rows)
        if planned:
            self._wake_lanes()
        return planned

    def _plan_company(self, company):
        """Make a company's runs: of closing days that are over, so that numbers follow dates; again; of today.

        :returns: how many orders and charges are handed to the lanes
        """
        today = company._b2b_today()
        self._settle_closed_cases(company)
        policies = self.env["b2b.billing.policy"].with_context(active_test=False)
        policies = policies.search([("company_id", "=", company.id)])
        scheduled = policies.filtered(lambda policy: policy.trigger == "schedule")
        planned = 0
        for day, closing in scheduled._take_closings(today).items():
            rows = self._planned_rows(company, self._domains_of(closing), day, policies=closing)
            values = {
                "date": today if self._books_are_closed(company, day) else day,
                "closing_date": day,
                "policy_ids": [Command.set(closing.ids)],
            }
            planned += self._start_run(company, rows, values)
            self._note_reductions(company, rows, today)
        again = self._aside_domains(company, today)
        rows = self._planned_rows(company, again, today, ignore_schedule=True, retry=True)
        planned += self._start_run(company, rows, {"date": today, "ignore_schedule": True, "retry": True})
        waiting = self._planned_rows(company, self._domains_of(scheduled), today, policies=scheduled)
        others = policies - scheduled
        rows = self._planned_rows(company, self._domains_of(others), today, policies=others)
        self._flag_missing_po(waiting + rows)
        self._note_reductions(company, rows, today)
        return planned + self._start_run(company, rows, {"date": today})

    def _start_run(self, company, rows, values):
        due = [row for row in rows if row["state"] == "planned"]
        if due:
            run = self.create({"company_id": company.id, **values})
            run._list_rows(due)
            run._start()
        return len(due)

    @api.model
    def _domains_of(self, policies):
        """Domains of the orders, and of the charges, that some policies may bill."""
        return (
            Domain("b2b_billing_policy_id", "in", policies.ids),
            self.env["b2b.contract.charge"]._b2b_policy_domain(policies),
        )

    @api.model
    def _aside_domains(self, company, today):
        """Domains of the orders, and of the charges, that were set aside before today and not tried again today."""
        midnight = company._b2b_midnight(today)
        cases = self.env["b2b.discrepancy"].search(
            Domain("company_id", "=", company.id)
            & Domain("type", "=", "billing_error")
            & Domain("state", "=", "open")
            & Domain("create_date", "<", midnight)
        )
        tried = self.env["b2b.billing.run.line"].search(
            Domain("state", "=", "aside")
            & Domain("create_date", ">=", midnight)
            & (Domain("order_id", "in", cases.order_id.ids) | Domain("charge_id", "in", cases.charge_id.ids))
        )
        return (
            Domain("id", "in", (cases.order_id - tried.order_id).ids),
            Domain("id", "in", (cases.charge_id - tried.charge_id).ids),
        )

    @api.model
    def _settle_closed_cases(self, company):
        """Settle what is over because a person billed or cancelled an order, or credited a cancelled one."""
        cases = self.env["b2b.discrepancy"].sudo()
        ours = Domain("company_id", "=", company.id) & Domain("state", "=", "open")
        closed = cases.search(
            ours
            & Domain("type", "in", ("billing_error", "po_missing"))
            & Domain("order_id", "any", [("b2b_billing_open", "=", False)])
        )
        cases._settle(closed.mapped("key"), self.env._("Nothing of the order is left to bill."), company)
        cancelled = cases.search(ours & Domain("key", "=like", f"{CANCELLED_KEY}%"))
        credited = cancelled.filtered(lambda case: case.order_id._b2b_is_credited())
        cases._settle(credited.mapped("key"), self.env._("What was billed of the order is credited."), company)

    @api.model
    def _books_are_closed(self, company, day):
        return bool(company._get_lock_date_violations(day, purchase=False))

    @api.model
    def _note_reductions(self, company, rows, today):
        """Note since when reductions wait for an invoice that bears them, and forget those that no longer do."""
        orders = self.env["sale.order"].sudo()
        listed = {row["order_id"]: row["code"] for row in rows if row.get("order_id")}
        waiting = orders.browse(order for order, code in listed.items() if code == "credit_later")
        borne = [order for order, code in listed.items() if code and WEIGHT[code] > WEIGHT["credit_later"]]
        waiting.filtered(lambda order: not order.b2b_reduced_since).b2b_reduced_since = today
        orders.search(
            Domain("company_id", "=", company.id)
            & Domain("b2b_reduced_since", "!=", False)
            & (Domain("b2b_billing_open", "=", False) | Domain("id", "in", borne))
        ).b2b_reduced_since = False

    def _verdicts(self, orders, charges):
        """What this run bills of orders and charges, looked at as when it was planned."""
        terms = (self.closing_date or self.date, self.ignore_schedule, self.retry)
        return {**orders._b2b_billing_verdicts(*terms), **charges._b2b_charge_verdicts(*terms)}
