"""Discrepancies: whatever does not add up, as a case with both figures, an owner and an outcome."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# What the automation found is not a person's to change; the state changes by the buttons, which check who presses them.
FINDINGS = {
    "key",
    "type",
    "state",
    "blocking",
    "company_id",
    "currency_id",
    "amount_expected",
    "amount_found",
    "order_id",
    "charge_id",
    "move_id",
    "statement_line_id",
}
CLERK = "b2b_invoice_automation.group_billing_clerk"
MAY_RELEASE = {
    "price": "b2b_invoice_automation.group_contract_approver",
    "credit": "b2b_invoice_automation.group_credit_controller",
}


class B2bDiscrepancy(models.Model):
    _name = "b2b.discrepancy"
    _description = "Discrepancy"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "blocking desc, create_date desc, id desc"

    name = fields.Char(required=True, help="What does not add up, in one line.")
    key = fields.Char(required=True, readonly=True, help="What it is about; an open case exists once per key.")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    type = fields.Selection(
        [
            ("order_total", "Order total differs from the shop"),
            ("order_change", "Order changed after billing"),
            ("price", "Price differs from the contract"),
            ("po_missing", "PO number missing"),
            ("billing_error", "Billing failed"),
            ("charge_credit", "Charge credited in part by hand"),
            ("delivery", "Invoice not delivered"),
            ("credit", "Credit hold"),
            ("short", "Short payment"),
            ("over", "Overpayment"),
            ("unknown_payer", "Unknown payer"),
            ("ambiguous", "Ambiguous payment"),
            ("duplicate_payment", "Duplicate payment"),
            ("wrong_currency", "Wrong currency"),
            ("closed_item", "Payment for a closed item"),
            ("returned", "Returned payment"),
            ("data", "Data that cannot be used"),
        ],
        required=True,
        index=True,
    )
    state = fields.Selection(
        [("open", "Open"), ("solved", "Solved"), ("accepted", "Accepted")],
        default="open",
        required=True,
        index=True,
        tracking=True,
    )
    blocking = fields.Boolean("Stops the Document", help="The order is not billed while this case is open.")
    reason = fields.Text(help="What was found, with both figures, and what to do.")
    outcome = fields.Text(tracking=True, help="How it was settled, and by whom.")
    partner_id = fields.Many2one("res.partner", "Customer", index="btree_not_null")
    order_id = fields.Many2one("sale.order", index="btree_not_null", ondelete="cascade")
    move_id = fields.Many2one("account.move", "Invoice", index="btree_not_null", ondelete="cascade")
    statement_line_id = fields.Many2one(
        "account.bank.statement.line", "Bank Line", index="btree_not_null", ondelete="cascade"
    )
    currency_id = fields.Many2one("res.currency", required=True, default=lambda self: self.env.company.currency_id)
    amount_expected = fields.Monetary("Expected")
    amount_found = fields.Monetary("Found")
    amount_difference = fields.Monetary("Difference", compute="_compute_amount_difference", store=True)
    user_id = fields.Many2one("res.users", "Owner", tracking=True, index="btree_not_null")
    date_deadline = fields.Date("Deadline")
    age_days = fields.Integer("Age (Days)", compute="_compute_age_days")

    _open_key_unique = models.UniqueIndex("(company_id, key) WHERE state = 'open'")

    @api.depends("amount_expected", "amount_found")
    def _compute_amount_difference(self):
        for case in self:
            case.amount_difference = case.amount_found - case.amount_expected

    @api.depends("create_date")
    def _compute_age_days(self):
        now = fields.Datetime.now()
        for case in self:
            case.age_days = (now - (case.create_date or now)).days

    @api.model
    def _flag(self, values_list):
        """Open cases, or bring the open ones of the same key up to date. Safe to repeat.

        :param list[dict] values_list: field values with at least ``key``, ``type``, ``name`` and ``company_id``
        :returns: the cases, in the given order
        """
        wanted = {(values["company_id"], values["key"]): values for values in values_list}
        known = {
            (case.company_id.id, case.key): case
            for case in self.sudo().search([("state", "=", "open"), ("key", "in", [key for _company, key in wanted])])
        }
        quiet = self.sudo().with_context(mail_create_nolog=True, mail_create_nosubscribe=True, tracking_disable=True)
        new = [pair for pair in wanted if pair not in known]
        known.update(zip(new, quiet.create([wanted[pair] for pair in new]), strict=True))
        for pair, values in wanted.items():
            case = known[pair].with_env(quiet.env)
            changed = (
                {name: value for name, value in values.items() if name != "key" and case._b2b_differs(name, value)}
                if pair not in new
                else None
            )
            if changed:
                case.write(changed)
        return self.browse([known[values["company_id"], values["key"]].id for values in values_list])

    def _b2b_differs(self, name, value):
        """Whether writing a value would change a field; amounts are compared as the currency counts."""
        field = self._fields[name]
        if field.type == "monetary":
            return bool(self.currency_id.compare_amounts(self[name], value or 0.0))
        return field.convert_to_write(self[name], self) != value

    @api.model
    def _settle(self, keys, outcome, company):
        """Close the open cases of some keys because their cause is gone.

        :param keys: iterable of keys
        :param str outcome: how it was settled, in words
        """
        cases = self.sudo().search([("state", "=", "open"), ("key", "in", list(keys)), ("company_id", "=", company.id)])
        cases.with_context(tracking_disable=True).write({"state": "solved", "outcome": outcome})
        return cases

    def write(self, vals):
        if FINDINGS & vals.keys() and not self.env.su:
            raise UserError(
                self.env._("What was found cannot be changed. Accept the case, or settle it, with its buttons.")
            )
        return super().write(vals)

    def action_accept(self):
        """A person accepts the difference as it is; a document it stopped goes on. Recorded in the decision log.

        :raises AccessError: for users without the right to release this type of case
        """
        cases = self.filtered(lambda case: case.state == "open")
        cases._check_may_release()
        for case in cases:
            outcome = case.outcome or self.env._("Accepted by %(user)s.", user=self.env.user.name)
            case.sudo().write({"state": "accepted", "outcome": outcome})
        cases._log_release(self.env._("Accepted as it is"))
        return True

    def action_solve(self):
        """A person says it is settled; the outcome must be told. Recorded in the decision log.

        :raises AccessError: for users without the right to release this type of case
        :raises UserError: without an outcome
        """
        cases = self.filtered(lambda case: case.state == "open")
        cases._check_may_release()
        for case in cases:
            if not case.outcome:
                raise UserError(self.env._("Write under “Outcome” how “%(name)s” was settled.", name=case.name))
        cases.sudo().write({"state": "solved"})
        cases._log_release(self.env._("Settled by a person"))
        return True

    def action_reopen(self):
        self._check_may_release()
        self.sudo().write({"state": "open"})
        return True

    def _check_may_release(self):
        """Cases that stop a document for its price or for credit are released by those with the right to it."""
        self.check_access("write")
        for case in self:
            group = MAY_RELEASE.get(case.type, CLERK) if case.blocking else CLERK
            if not self.env.su and not self.env.user.has_group(group):
                raise AccessError(
                    self.env._(
                        "“%(name)s” is released by people with the right “%(group)s”.",
                        name=case.name,
                        group=self.env.ref(group).sudo().name,
                    )
                )

    def _log_release(self, decision):
        self.env["b2b.decision"]._log(
            [
                {
                    "kind": "hold" if case.blocking else "order",
                    "record": case,
                    "decision": f"{decision}: {case.name}",
                    "rule": self.env._("A person"),
                    "evidence": {"outcome": case.outcome, "type": case.type},
                    "amount": case.amount_difference,
                    "currency": case.currency_id,
                }
                for case in self
            ]
        )

    def action_assign_to_me(self):
        self.write({"user_id": self.env.uid})
        return True

    def action_open_document(self):
        self.ensure_one()
        document = self.order_id or self.move_id or self.statement_line_id.move_id
        if not document:
            raise UserError(self.env._("This case is about no single document."))
        return {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "view_mode": "form",
        }
