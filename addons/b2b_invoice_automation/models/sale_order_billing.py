"""What an order has left to bill, whether it is due, and why it waits.

The decision is made by the engine (``order_to_cash/billing/plan.py``); here the facts are gathered, for all orders at
once, and its answers are put into words.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ..order_to_cash.billing.grouping import BillingHeader
from ..order_to_cash.billing.model import BillingPolicy, OrderFacts
from ..order_to_cash.billing.plan import plan_billing

BILLING_STATES = [
    ("due", "To bill"),
    ("waits", "Waiting"),
    ("aside", "Set aside"),
    ("billed", "Billed"),
    ("nothing", "Nothing to bill"),
]


class SaleOrder(models.Model):
    _inherit = "sale.order"

    b2b_billing_policy_id = fields.Many2one(
        "b2b.billing.policy",
        "Billing Policy",
        compute="_compute_b2b_billing_policy_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        tracking=True,
        domain="[('company_id', '=', company_id)]",
        help="The contract's, else the company's. Changed here it holds for this order only.",
        groups="base.group_user",
    )
    b2b_billing_open = fields.Boolean(
        "Left to Bill",
        compute="_compute_b2b_billing_open",
        store=True,
        help="Something of this order is not billed yet, or was billed and is no longer owed.",
        groups="base.group_user",
    )
    b2b_billing_state = fields.Selection(
        BILLING_STATES,
        "Billing",
        compute="_compute_b2b_billing_state",
        search="_search_b2b_billing_state",
        groups="base.group_user",
    )
    b2b_billing_reason = fields.Char("Why It Waits", compute="_compute_b2b_billing_state", groups="base.group_user")
    b2b_reduced_since = fields.Date(
        "Reduction Waits Since",
        copy=False,
        readonly=True,
        index="btree_not_null",
        help="First day on which less was owed than billed and no invoice bore it.",
        groups="base.group_user",
    )
    b2b_billing_run_line_ids = fields.One2many(
        "b2b.billing.run.line", "order_id", "Billing Results", groups="base.group_user"
    )
    b2b_billing_run_count = fields.Integer(compute="_compute_b2b_billing_run_count", groups="base.group_user")

    _b2b_billing_queue = models.Index("(company_id, b2b_billing_policy_id) WHERE b2b_billing_open")

    @api.depends("company_id", "b2b_contract_id")
    def _compute_b2b_billing_policy_id(self):
        policies = self.env["b2b.billing.policy"]._for_orders(self)
        for order in self:
            order.b2b_billing_policy_id = policies[order]

    @api.model
    def _b2b_complete_policies(self, company):
        """Give the orders left to bill that have no policy the one that their contract or company has by now."""
        orders = self.sudo().search(
            [("company_id", "=", company.id), ("b2b_billing_policy_id", "=", False), ("b2b_billing_open", "=", True)]
        )
        found = self.env["b2b.billing.policy"]._for_orders(orders)
        for policy, theirs in orders.grouped(found.get).items():
            if policy:
                theirs.with_context(tracking_disable=True).b2b_billing_policy_id = policy

    @api.depends(
        "state",
        "b2b_billing_policy_id",
        "order_line.qty_invoiced",
        "order_line.product_uom_qty",
        "order_line.qty_delivered",
        "b2b_history",
    )
    def _compute_b2b_billing_open(self):
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        for order in self:
            policy = order.b2b_billing_policy_id
            by_delivery = not policy or policy._bills_deliveries()
            order.b2b_billing_open = (
                order.state == "sale"
                and not order.b2b_history
                and any(
                    line._b2b_is_left(by_delivery, digits)
                    for line in order._b2b_billable_lines() + order._b2b_down_payments_left()
                )
            )

    def _b2b_billable_lines(self):
        return self.order_line.filtered(
            lambda line: not line.display_type and not line.is_downpayment and line.product_id.type != "combo"
        )

    @api.depends_context("uid", "lang")
    @api.depends("b2b_billing_open", "b2b_on_hold", "client_order_ref", "b2b_channel_state", "invoice_status")
    def _compute_b2b_billing_state(self):
        verdicts = self.filtered("b2b_billing_open")._b2b_billing_verdicts()
        for order in self:
            verdict = verdicts.get(order, {"state": "nothing", "code": "nothing_to_bill", "reason": False})
            order.b2b_billing_state = verdict["state"]
            order.b2b_billing_reason = verdict["reason"]
            if verdict["code"] == "nothing_to_bill" and order.invoice_status == "invoiced":
                order.b2b_billing_state = "billed"

    def _search_b2b_billing_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        open_orders = self.search([("b2b_billing_open", "=", True)])
        verdicts = open_orders._b2b_billing_verdicts()
        domain = Domain("id", "in", [order.id for order, verdict in verdicts.items() if verdict["state"] in value])
        closed = Domain("b2b_billing_open", "=", False)
        if "billed" in value:
            domain |= closed & Domain("invoice_status", "=", "invoiced")
        if "nothing" in value:
            domain |= closed & Domain("invoice_status", "!=", "invoiced")
        return domain

    def _compute_b2b_billing_run_count(self):
        counts = dict(
            self.env["b2b.billing.run.line"]._read_group(
                [("order_id", "in", self.ids)], ["order_id"], ["run_id:count_distinct"]
            )
        )
        for order in self:
            order.b2b_billing_run_count = counts.get(order, 0)

    def action_view_b2b_billing_runs(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.b2b_billing_run_action")
        return {**action, "domain": [("line_ids.order_id", "=", self.id)], "context": {}}

    def action_b2b_take_policy(self):
        """Have the orders that are left to bill go by the policy in force: their contract's, else the company's."""
        orders = self.filtered("b2b_billing_open")
        found = self.env["b2b.billing.policy"]._for_orders(orders)
        for policy, theirs in orders.grouped(found.get).items():
            if policy:
                theirs.b2b_billing_policy_id = policy
        return True

    def action_b2b_preview_billing(self):
        """Open a billing run over these orders that shows what it would bill, and why the rest waits."""
        return self._b2b_preview_billing()

    def _b2b_preview_billing(self, ignore_schedule=False):
        if len(self.company_id) != 1:
            raise UserError(self.env._("Choose orders of one company: a billing run belongs to one."))
        run = self.env["b2b.billing.run"].create(
            {"company_id": self.company_id.id, "order_ids": [Command.set(self.ids)], "ignore_schedule": ignore_schedule}
        )
        run.action_preview()
        return run._action_open()

    # The engine's facts, and its answers in words

    def _b2b_plan_billing(self, day, ignore_schedule, retry):
        """Let the engine decide what of these orders is billed on a day.

        Parameters are those of ``_b2b_billing_verdicts``.

        :returns: (list of :class:`BillingPlan`, one per company, whose keys are record ids; set of ids of orders of
            which a person credited something that is therefore not billed again). Orders without a policy are left
            out
        """
        orders = self.filtered(lambda order: order.b2b_billing_policy_id and not order.b2b_history)
        credits = (
            self.env["b2b.billing.key"]
            .sudo()
            ._credits(orders.order_line.filtered(lambda line: line.qty_invoiced != line.product_uom_qty))
        )
        holds = Domain("order_id", "in", orders.ids) & Domain("state", "=", "open") & Domain("blocking", "=", True)
        if retry:
            holds &= Domain("type", "!=", "billing_error")
        holds = self.env["b2b.discrepancy"].sudo().search(holds).grouped("order_id")
        drafts = orders.order_line._b2b_lowered_on_drafts()
        plans = []
        for company, company_orders in orders.grouped("company_id").items():
            currencies = company_orders.currency_id
            policies = company_orders.b2b_billing_policy_id
            on = day or company._b2b_today()
            plans.append(
                plan_billing(
                    [order._b2b_facts(credits, drafts, holds.get(order)) for order in company_orders],
                    {policy.id: policy._engine_policy(currencies, on, ignore_schedule) for policy in policies},
                    BillingPolicy(),
                    on,
                    closed={policy.id: policy.closed_until for policy in policies if policy.closed_until},
                    calendar=company._b2b_work_calendar(),
                )
            )
        return plans, {line.order_id.id for line in orders.order_line if credits.get(line.id, (0, 0))[0]}

    def _b2b_facts(self, credits, drafts, holds):
        """What the engine must know of this order.

        :param credits: see ``b2b.billing.key._credits``
        :param drafts: see ``sale.order.line._b2b_lowered_on_drafts``
        :param holds: open blocking discrepancies of the order, or None
        """
        failures = holds and holds.filtered(lambda case: case.type == "billing_error")
        waiting = (holds - failures).mapped("name") if holds else []
        waiting += self._b2b_billing_waits()
        return OrderFacts(
            key=self.id,
            date=self.company_id._b2b_day_of(self.date_order),
            header=BillingHeader(
                company=self.company_id.id,
                commercial_entity=self.partner_id.commercial_partner_id.id,
                invoice_address=self.partner_invoice_id.id,
                currency=self.currency_id.id,
                payment_term=(self.payment_term_id.id, self.journal_id.id),
                fiscal_position=self.fiscal_position_id.id,
                ship_to=self.partner_shipping_id.id,
                po_number=self.client_order_ref or None,
                order=self.id,
            ),
            lines=(
                *(line._b2b_facts(credits.get(line.id), line in drafts) for line in self._b2b_billable_lines()),
                *(line._b2b_down_payment_facts() for line in self._b2b_down_payments_left()),
            ),
            policy=self.b2b_billing_policy_id.id,
            confirmed=self.state == "sale",
            cancelled=self.state == "cancel" or self.b2b_channel_state == "canceled",
            completed=self._b2b_is_complete(),
            shop_state=self.b2b_channel_state or "",
            hold="; ".join(waiting),
            set_aside=failures[0].reason or failures[0].name if failures else "",
            reduced_since=self.b2b_reduced_since or None,
        )

    def _b2b_billing_waits(self):
        """Why this order is not billed now, in words, beside its open cases; for others to extend."""
        return self._b2b_draft_down_payments()

    def _b2b_is_complete(self):
        if self.b2b_channel_state:
            return self.b2b_channel_state == "complete"
        return all(
            line.qty_delivered + line._b2b_returned() >= line.product_uom_qty
            for line in self._b2b_billable_lines()
            if line._b2b_is_deliverable()
        )

    def _b2b_billing_verdicts(self, day=None, ignore_schedule=False, retry=False):
        """Say for each order whether it is billed on a day, and why not.

        :param date day: of the run; the company's today by default
        :param bool ignore_schedule: do not wait for closing days
        :param bool retry: bill also what an earlier run set aside
        :returns: dict sale.order → dict with ``state`` (due, waits, aside, nothing), ``code`` and ``reason`` in words
            of what waits, ``group`` (what orders share that are billed in one go, when due), ``invoices`` (dict key of
            an invoice → its quantities: an invoice, a credit note, or both), ``net``, ``quantities`` (dict order line
            id → quantity) and ``policy``
        """
        groups, waiting = {}, {}
        plans, credited = self._b2b_plan_billing(day, ignore_schedule, retry)
        for plan in plans:
            for reason in plan.waiting:
                waiting.setdefault(reason.order, []).append(reason)
            for group in plan.groups:
                for order in group.orders:
                    groups.setdefault(order, []).append(group)
        return {
            order: order._b2b_verdict(groups.get(order.id, ()), waiting.get(order.id, ()), order.id in credited)
            for order in self
        }

    def _b2b_flag_missing_po(self, missing):
        """Open a case for each order that only a PO number would let go, and settle the cases that are mended.

        :param missing: those of these orders that wait for nothing else
        """
        cases = self.env["b2b.discrepancy"].sudo()
        cases._flag(
            [
                {
                    "key": f"po_missing:{order.id}",
                    "type": "po_missing",
                    "name": self.env._("%s waits for a PO number", order.name),
                    "reason": self.env._(
                        "The billing policy “%s” wants the customer's PO number. Ask the customer and write it "
                        "under “Customer Reference” of the order.",
                        order.b2b_billing_policy_id.name,
                    ),
                    "company_id": order.company_id.id,
                    "currency_id": order.currency_id.id,
                    "partner_id": order.partner_id.id,
                    "order_id": order.id,
                    "user_id": order.user_id.id,
                }
                for order in missing
            ]
        )
        solved = cases.search(
            [("order_id", "in", self.ids), ("type", "=", "po_missing"), ("state", "=", "open")]
        ).filtered(lambda case: case.order_id not in missing)
        for company, settled in solved.grouped("company_id").items():
            cases._settle(settled.mapped("key"), self.env._("The PO number came."), company)
