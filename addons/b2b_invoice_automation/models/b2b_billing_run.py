"""Billing runs: what is billed on a day, planned and started, and reported order by order."""

from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain

AT_ONCE = 50
"""Up to this many orders a person waits for the result; more go to the lanes."""
SUBJECTS = {"sale.order": "order_id", "b2b.contract.charge": "charge_id"}
"""What a run bills, and the field of results and cases that names it."""
KEPT_FIELDS = frozenset(
    {"name", "state", "user_id", "started_at", "finished_at", "line_ids", "move_ids", "closing_date", "retry"}
)
"""What only the run itself writes: they say what was done, when and by whom."""


class B2bBillingRun(models.Model):
    _name = "b2b.billing.run"
    _description = "Billing Run"
    _order = "id desc"

    name = fields.Char(required=True, readonly=True, copy=False, default=lambda self: self.env._("New"))
    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    date = fields.Date("Invoice Date", required=True, default=fields.Date.context_today)
    scope = fields.Selection(
        [
            ("all", "All that is due"),
            ("policies", "Only some policies"),
            ("orders", "Only some orders"),
            ("charges", "Only some charges"),
        ],
        "Covers",
        compute="_compute_scope",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        copy=True,
        help="All that is due: orders and the recurring charges of contracts. “Only some orders” without any left "
        "bills nothing.",
    )
    policy_ids = fields.Many2many(
        "b2b.billing.policy", string="Only These Policies", domain="[('company_id', '=', company_id)]"
    )
    order_ids = fields.Many2many(
        "sale.order",
        string="Only These Orders",
        copy=False,
        domain="[('company_id', '=', company_id), ('state', '=', 'sale')]",
    )
    charge_ids = fields.Many2many(
        "b2b.contract.charge",
        string="Only These Charges",
        copy=False,
        domain="[('company_id', '=', company_id), ('date_next', '!=', False)]",
    )
    ignore_schedule = fields.Boolean("Before the Closing Day", help="Do not wait for the closing days of the policies.")
    state = fields.Selection(
        [("draft", "Preview"), ("running", "Running"), ("done", "Done"), ("cancel", "Cancelled")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    started_at = fields.Datetime("Started", readonly=True, copy=False)
    finished_at = fields.Datetime("Finished", readonly=True, copy=False)
    user_id = fields.Many2one("res.users", "Started by", readonly=True, copy=False)
    line_ids = fields.One2many("b2b.billing.run.line", "run_id", "Orders", readonly=True)
    move_ids = fields.One2many("account.move", "b2b_billing_run_id", "Invoices", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    planned_count = fields.Integer("To Bill", compute="_compute_counts")
    billed_count = fields.Integer("Billed", compute="_compute_counts")
    waiting_count = fields.Integer("Waiting", compute="_compute_counts")
    aside_count = fields.Integer("Set Aside", compute="_compute_counts")
    progress = fields.Float(
        compute="_compute_counts", help="Share of the planned orders that are done with, in percent."
    )
    move_count = fields.Integer("Invoice Count", compute="_compute_invoiced")
    amount_billed = fields.Monetary(
        "Billed Amount",
        compute="_compute_invoiced",
        help="Total of the invoices less credit notes, in the company's currency.",
    )

    @api.depends("policy_ids", "order_ids", "charge_ids")
    def _compute_scope(self):
        for run in self:
            named = "orders" if run.order_ids else "charges" if run.charge_ids else run.policy_ids and "policies"
            run.scope = named or run.scope or "all"

    @api.depends("line_ids.state")
    def _compute_counts(self):
        counts = Counter()
        for run, state, count in self.env["b2b.billing.run.line"]._read_group(
            [("run_id", "in", self.ids)], ["run_id", "state"], ["__count"]
        ):
            counts[run.id, state] = count
        for run in self:
            run.planned_count = counts[run.id, "planned"] + counts[run.id, "pending"]
            run.billed_count = counts[run.id, "billed"]
            run.waiting_count = counts[run.id, "waits"]
            run.aside_count = counts[run.id, "aside"]
            done = run.billed_count + run.aside_count
            everything = run.planned_count + done
            run.progress = 100.0 * done / everything if everything else 100.0 * (run.state == "done")

    @api.depends("move_ids.state")
    def _compute_invoiced(self):
        figures = {
            run: (count, amount)
            for run, count, amount in self.env["account.move"]._read_group(
                [("b2b_billing_run_id", "in", self.ids), ("state", "!=", "cancel")],
                ["b2b_billing_run_id"],
                ["__count", "amount_total_signed:sum"],
            )
        }
        for run in self:
            run.move_count, run.amount_billed = figures.get(run, (0, 0.0))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_kept_fields(vals)
        for vals in vals_list:
            if "name" not in vals:
                company = self.env["res.company"].browse(vals.get("company_id")) or self.env.company
                vals["name"] = self.env["ir.sequence"].with_company(company).next_by_code(self._name)
        return super().create(vals_list)

    def write(self, vals):
        self._check_kept_fields(vals)
        if not self.env.su and vals:
            self._check_draft()
        return super().write(vals)

    def _check_kept_fields(self, vals):
        if not self.env.su and (kept := KEPT_FIELDS & vals.keys()):
            raise AccessError(
                self.env._(
                    "“%s” of a billing run is written by the run itself. Use its buttons.",
                    ", ".join(self._fields[name]._description_string(self.env) for name in sorted(kept)),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        runs = self.sudo()
        if (
            any(run.state in ("running", "done") for run in runs)
            or runs.move_ids
            or any(line.state == "billed" for line in runs.line_ids)
        ):
            raise UserError(self.env._("A run that billed something stays as the record of it."))

    # Buttons

    def action_preview(self):
        """List what the run would bill, and why the rest waits; nothing but this list is written."""
        self.check_access("write")
        self._check_draft()
        for run in self:
            run.sudo()._preview()
        return True

    def action_run(self):
        """Bill. A small run is done at once, a large one by the lanes in the background."""
        self._check_draft()
        self.check_access("write")
        for run in self:
            if not run.line_ids:
                run.sudo()._plan()
            run.sudo()._start()
            if run.planned_count <= AT_ONCE:
                run.sudo()._work_off()
            if run.state == "running":
                run._wake_lanes()
        return True

    def action_cancel(self):
        """Stop: what is not billed yet stays as it is."""
        self.check_access("write")
        for run in self.filtered(lambda run: run.state in ("draft", "running")):
            run.sudo().line_ids.filtered(lambda line: line.state in ("planned", "pending")).unlink()
            run.sudo().write({"state": "cancel", "finished_at": fields.Datetime.now()})
            self.env["res.partner"].sudo()._b2b_count_billed(run)
        return True

    def action_view_invoices(self):
        return {
            **self.env["ir.actions.actions"]._for_xml_id("account.action_move_out_invoice_type"),
            "domain": [("b2b_billing_run_id", "in", self.ids)],
            "context": {"default_move_type": "out_invoice"},
        }

    def action_view_lines(self):
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.b2b_billing_run_line_action")
        state = self.env.context.get("billing_state")
        domain = [("run_id", "in", self.ids)] + ([("state", "in", state.split(","))] if state else [])
        return {**action, "domain": domain, "context": {}}

    def _action_open(self):
        return {"type": "ir.actions.act_window", "res_model": self._name, "res_id": self.id, "view_mode": "form"}

    def _check_draft(self):
        if any(run.state != "draft" for run in self):
            raise UserError(self.env._("This run was started already. Make a new one to bill again."))

    # Planning

    @api.model
    def _bill(self, orders, date=None, ignore_schedule=False):
        """Bill orders or charges now, as far as their policies say, in this transaction.

        :param orders: sale orders, or charges in their first version, of one company
        :param date date: invoice date; today by default
        :param bool ignore_schedule: do not wait for the policies' closing days
        :returns: the run, with a result for each of them
        """
        kind = "order" if orders._name == "sale.order" else "charge"
        run = self.create(
            {
                "company_id": orders.company_id.id,
                "date": date or orders.company_id._b2b_today(),
                "scope": f"{kind}s",
                f"{kind}_ids": [Command.set(orders.ids)],
                "ignore_schedule": ignore_schedule,
            }
        ).sudo()
        run._plan()
        run._start()
        run._work_off()
        return run.sudo(False)

    def _plan(self):
        """Fill the run with the orders and charges that are due, and with those that wait."""
        self.ensure_one()
        self._list_rows(self._planned_rows(self.company_id, self._due_domains(), self.date, self.ignore_schedule))

    def _list_rows(self, rows):
        self.line_ids.unlink()
        self.env["b2b.billing.run.line"].create([{**row, "run_id": self.id} for row in rows])

    def _due_domains(self):
        """Which orders, and which charges, the run covers."""
        if self.scope in ("orders", "charges"):
            return Domain("id", "in", self.order_ids.ids), Domain("id", "in", self.charge_ids.origin_id.ids)
        if self.scope == "policies":
            policies = self.with_context(active_test=False).policy_ids
            charges = self.env["b2b.contract.charge"]._b2b_policy_domain(policies)
            return Domain("b2b_billing_policy_id", "in", policies.ids), charges
        return Domain.TRUE, Domain.TRUE

    @api.model
    def _planned_rows(self, company, domains, day, ignore_schedule=False, policies=None, retry=False):
        """Values of the result lines for what of a company is left to bill.

        What another run is about to bill is left out.

        :param domains: (of the orders, of the charges in their first version)
        :param policies: leave out what others than these bill
        :param bool retry: bill also what earlier runs set aside
        """
        self.env["sale.order"]._b2b_complete_policies(company)
        busy = self.env["b2b.billing.run.line"]._search([("company_id", "=", company.id), ("state", "=", "pending")])
        orders = self.env["sale.order"].search(
            Domain("company_id", "=", company.id)
            & Domain("b2b_billing_open", "=", True)
            & domains[0]
            & Domain("b2b_billing_run_line_ids", "not in", busy),
            order="date_order, id",
        )
        charges = self.env["b2b.contract.charge"]._b2b_due(
            company, day, domains[1] & Domain("run_line_ids", "not in", busy)
        )
        verdicts = orders._b2b_billing_verdicts(day, ignore_schedule, retry)
        left = {order: order._b2b_net_left() for order in orders}
        verdicts |= charges._b2b_charge_verdicts(day, ignore_schedule, retry)
        importance = ["due", "aside", "waits", "nothing"]
        sizes = Counter(verdict["group"] for verdict in verdicts.values())
        numbers = {}
        rows = []
        for subject, verdict in verdicts.items():
            if policies is not None and verdict["policy"] not in policies:
                continue
            row = {
                "company_id": company.id,
                SUBJECTS[subject._name]: subject.id,
                "code": verdict["code"],
                "reason": verdict["reason"],
                "state": "aside" if verdict["state"] == "aside" else "waits",
                "amount_waits": left.get(subject, 0.0) - verdict["net"],
            }
            if group := verdict["group"]:
                row.update(
                    state="planned",
                    group_size=0 if group in numbers else sizes[group],
                    group=numbers.setdefault(group, len(numbers) + 1),
                    amount_net=verdict["net"],
                )
            rows.append((importance.index(verdict["state"]), row))
        return [row for _importance, row in sorted(rows, key=lambda pair: pair[0])]

    def _start(self):
        """Hand the planned orders to the lanes."""
        self.ensure_one()
        self.env["sale.order"]._b2b_complete_policies(self.company_id)
        self._flag_missing_po([{"order_id": line.order_id.id, "code": line.code} for line in self.line_ids])
        planned = self.line_ids.filtered(lambda line: line.state == "planned")
        planned.write({"state": "pending"})
        (planned.order_id.partner_invoice_id | planned.charge_id.partner_id)._b2b_become_customers()
        self.write({"state": "running", "started_at": fields.Datetime.now(), "user_id": self.env.uid})
