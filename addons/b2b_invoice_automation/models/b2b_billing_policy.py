"""Billing policies: when and how orders become invoices, and what happens with these."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..order_to_cash.billing.model import BillingPolicy
from ..order_to_cash.billing.schedule import Schedule
from ..order_to_cash.money import to_decimal


class B2bBillingPolicy(models.Model):
    _name = "b2b.billing.policy"
    _description = "Billing Policy"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    trigger = fields.Selection(
        [
            ("ordered", "When ordered"),
            ("shipped", "When shipped"),
            ("completed", "When complete"),
            ("schedule", "On closing days"),
        ],
        "Bill",
        required=True,
        default="shipped",
        help="When ordered: the ordered quantities at once.\n"
        "When shipped: what was delivered and is not billed yet.\n"
        "When complete: the whole order, once the shop says complete or everything is delivered.\n"
        "On closing days: together, what was ready on the days set below, once such a day is over.",
    )
    quantity = fields.Selection(
        [("ordered", "Ordered quantities"), ("delivered", "Delivered quantities")],
        "Quantities",
        required=True,
        default="delivered",
        help="What a closing day bills.",
    )
    frequency = fields.Selection(
        [
            ("daily", "Every day"),
            ("weekly", "Every week"),
            ("monthly", "Every month on a day"),
            ("month_end", "On the last day of the month"),
            ("working_day", "On a working day of the month"),
        ],
        "Closing Days",
        required=True,
        default="month_end",
    )
    weekday = fields.Selection(
        [
            ("1", "Monday"),
            ("2", "Tuesday"),
            ("3", "Wednesday"),
            ("4", "Thursday"),
            ("5", "Friday"),
            ("6", "Saturday"),
            ("7", "Sunday"),
        ],
        required=True,
        default="5",
    )
    month_day = fields.Integer("Day of the Month", default=1, help="31 means the last day of a shorter month.")
    working_day = fields.Integer(default=1, help="1 is the first working day of the month, -1 the last.")
    day_off_shift = fields.Selection(
        [
            ("none", "Closed all the same"),
            ("next", "Moved to the next working day"),
            ("previous", "Moved to the working day before"),
        ],
        "On Weekends and Holidays",
        required=True,
        default="none",
        help="What happens with a closing day that is not worked. Weekend and holidays are the company's and its "
        "country's.",
    )
    closed_until = fields.Date(
        readonly=True,
        copy=False,
        help="Closing days up to this one are done with.",
    )
    next_closing_date = fields.Date("Next Closing Day", compute="_compute_next_closing_date")
    grouping = fields.Selection(
        [
            ("order", "One per order"),
            ("po_number", "One per PO number"),
            ("ship_to", "One per delivery address"),
            ("all", "All orders on one"),
        ],
        "Invoices",
        required=True,
        default="order",
        help="Orders of different companies, customers, invoice addresses, currencies, payment terms or fiscal "
        "positions are never put on one invoice.",
    )
    po_required = fields.Boolean("PO Number Required", help="An order without the customer's PO number waits, flagged.")
    minimum_amount = fields.Monetary(
        help="Less than this (without tax) waits for more to bill. In the company's currency."
    )
    late_change = fields.Selection(
        [("credit_note", "A credit note at once"), ("next_invoice", "Off the next invoice")],
        "Reductions After Billing",
        required=True,
        default="credit_note",
        help="What happens when less is owed than was billed: a return, a lowered quantity.\n"
        "Off the next invoice: of the same customer, invoice address, currency and terms, whatever the grouping, as "
        "soon as one is large enough; without one, a credit note after some days.",
    )
    credit_after_days = fields.Integer(
        "Credited After (Days)",
        required=True,
        default=30,
        help="So long a reduction waits for an invoice that is large enough; then it becomes a credit note.",
    )
    auto_post = fields.Boolean("Post Automatically", default=True, help="Otherwise invoices stay drafts for a person.")
    auto_send = fields.Boolean(
        "Send Automatically",
        default=True,
        help="Invoices go out by the customer's channel as soon as they are posted, by whomever.",
    )
    order_count = fields.Integer("Orders Left to Bill", compute="_compute_order_count")

    _name_company_unique = models.UniqueIndex("(company_id, (name->>'en_US')) WHERE active")

    @api.constrains("trigger", "frequency", "month_day", "working_day", "minimum_amount", "credit_after_days")
    def _check_schedule(self):
        for policy in self:
            if policy.minimum_amount < 0:
                raise ValidationError(self.env._("“%s”: the minimum amount cannot be negative.", policy.name))
            if policy.credit_after_days < 0:
                raise ValidationError(self.env._("“%s”: a reduction cannot wait for less than 0 days.", policy.name))
            try:
                policy._engine_policy()
            except ValueError:
                raise ValidationError(
                    self.env._(
                        "“%s”: the day of the month must be 1 to 31, the working day 1 to 23, or -1 to -23 counted "
                        "from the end of the month.",
                        policy.name,
                    )
                )

    @api.depends("trigger", "frequency", "weekday", "month_day", "working_day", "day_off_shift", "company_id")
    def _compute_next_closing_date(self):
        for policy in self:
            policy.next_closing_date = next(iter(policy._next_closings(1)), False)

    def _next_closings(self, count):
        """The next closing days, today's first; none without a schedule, or while its day makes no sense."""
        yesterday = self.company_id._b2b_today() - timedelta(days=1)
        try:
            schedule = self._engine_schedule()
            return schedule.next_closings(yesterday, count, self.company_id._b2b_work_calendar()) if schedule else []
        except ValueError:
            return []

    def _compute_order_count(self):
        counts = dict(
            self.env["sale.order"]._read_group(
                [("b2b_billing_policy_id", "in", self.ids), ("b2b_billing_open", "=", True)],
                ["b2b_billing_policy_id"],
                ["__count"],
            )
        )
        for policy in self:
            policy.order_count = counts.get(policy, 0)

    @api.model_create_multi
    def create(self, vals_list):
        policies = super().create(vals_list)
        policies.filtered(lambda policy: not policy.closed_until)._begin_closing_days()
        return policies

    def write(self, vals):
        before = {policy: policy._bills_deliveries() for policy in self}
        schedules = {policy: policy._engine_schedule() for policy in self}
        result = super().write(vals)
        if "closed_until" not in vals:
            self.filtered(lambda policy: policy._engine_schedule() != schedules[policy])._begin_closing_days()
        if changed := self.filtered(lambda policy: policy._bills_deliveries() != before[policy]):
            orders = (
                self.env["sale.order"]
                .sudo()
                .search([("b2b_billing_policy_id", "in", changed.ids), ("state", "=", "sale")])
            )
            self.env.add_to_compute(orders._fields["b2b_billing_open"], orders)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self.env["sale.order"].sudo().search_count([("b2b_billing_policy_id", "in", self.ids)], limit=1):
            raise ValidationError(self.env._("This policy has billed orders or will; archive it instead."))

    def action_view_orders(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.sale_order_billing_action")
        return {
            **action,
            "domain": [("b2b_billing_policy_id", "=", self.id)],
            "context": {"search_default_billing_open": 1},
        }

    def _engine_schedule(self):
        """The closing days for the engine, or None."""
        if self.trigger != "schedule":
            return None
        day = {"weekly": int(self.weekday), "monthly": self.month_day, "working_day": self.working_day}
        return Schedule(self.frequency, day.get(self.frequency, 1), self.day_off_shift)

    def _engine_policy(self, currencies=(), day=None, ignore_schedule=False):
        """This policy as the engine takes it.

        :param currencies: of the orders, for the minimum amount
        :param date day: of the run, for the exchange rate of the minimum amount
        :param bool ignore_schedule: bill at once what the next closing day would bill
        """
        minimum = self.minimum_amount
        trigger, schedule = self.trigger, self._engine_schedule()
        if schedule and ignore_schedule:
            trigger, schedule = {"ordered": "ordered", "delivered": "shipped"}[self.quantity], None
        return BillingPolicy(
            trigger=trigger,
            schedule=schedule,
            quantity=self.quantity,
            po_required=self.po_required,
            grouping=self.grouping,
            late_change=self.late_change,
            credit_after=self.credit_after_days,
            minimum_amounts={
                currency.id: to_decimal(self.currency_id._convert(minimum, currency, self.company_id, day), 9)
                for currency in currencies._b2b_with_rate(self.company_id, day)
            }
            if minimum and currencies
            else {},
        )

    def _begin_closing_days(self):
        """Count closing days from today on."""
        for policy in self:
            policy.closed_until = policy.company_id._b2b_today() - timedelta(days=1)

    def _take_closings(self, today):
        """Which of these policies close a day that is over and was not billed, and note that it is about to be.

        Of several such days (nothing ran for a while) the last one counts, for all that was ready on it.

        :param date today: the company's
        :returns: dict day → policies, in order of the days
        """
        yesterday, closings = today - timedelta(days=1), {}
        for policy in self:
            day = policy._engine_schedule().last_closing(yesterday, policy.company_id._b2b_work_calendar())
            if policy.closed_until and policy.closed_until >= day:
                continue
            if policy.closed_until:
                closings[day] = closings.get(day, self.browse()) | policy
            policy.closed_until = day
        return dict(sorted(closings.items()))

    def _bills_deliveries(self):
        return self.trigger == "shipped" or (self.trigger == "schedule" and self.quantity == "delivered")

    @api.model
    def _for_orders(self, orders):
        """The policy of each order: its contract's, else its company's.

        :param orders: sale orders
        :returns: dict sale.order → policy (empty when neither has one)
        """
        return {
            order: order.b2b_contract_id.sudo().billing_policy_id or order.company_id.sudo().b2b_billing_policy_id
            for order in orders
        }
