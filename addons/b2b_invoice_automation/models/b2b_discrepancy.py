"""Discrepancies: whatever does not add up, as a case with both figures, an owner and an outcome."""

from odoo import api, fields, models
from odoo.exceptions import UserError


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
            ("order_change", "Order changed in the shop after billing"),
            ("price", "Price differs from the contract"),
            ("po_missing", "PO number missing"),
            ("billing_error", "Billing failed"),
            ("delivery", "Invoice not delivered"),
            ("credit", "Credit limit"),
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
                {
                    name: value
                    for name, value in values.items()
                    if case._fields[name].convert_to_write(case[name], case) != value and name != "key"
                }
                if pair not in new
                else None
            )
            if changed:
                case.write(changed)
        return self.browse([known[values["company_id"], values["key"]].id for values in values_list])

    @api.model
    def _settle(self, keys, outcome, company):
        """Close the open cases of some keys because their cause is gone.

        :param keys: iterable of keys
        :param str outcome: how it was settled, in words
        """
        cases = self.sudo().search([("state", "=", "open"), ("key", "in", list(keys)), ("company_id", "=", company.id)])
        cases.with_context(tracking_disable=True).write({"state": "solved", "outcome": outcome})
        return cases

    def action_accept(self):
        """A person accepts the difference as it is; a document it stopped goes on."""
        for case in self.filtered(lambda case: case.state == "open"):
            case.write(
                {
                    "state": "accepted",
                    "outcome": case.outcome or self.env._("Accepted by %(user)s.", user=self.env.user.name),
                }
            )
        return True

    def action_solve(self):
        """A person says it is settled; the outcome must be told."""
        for case in self:
            if not case.outcome:
                raise UserError(self.env._("Write under “Outcome” how “%(name)s” was settled.", name=case.name))
        self.write({"state": "solved"})
        return True

    def action_reopen(self):
        self.write({"state": "open"})
        return True

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
