"""Apply a bank line by hand: choose open items and amounts, and say what becomes of the difference."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import formatLang

from ..order_to_cash.cash import Allocation
from ..order_to_cash.money import to_decimal

MOST_ITEMS = 80


class B2bApplyPayment(models.TransientModel):
    _name = "b2b.apply.payment"
    _description = "Apply a Payment by Hand"

    statement_line_id = fields.Many2one("account.bank.statement.line", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="statement_line_id.company_id")
    label = fields.Char(related="statement_line_id.payment_ref")
    payer_name = fields.Char(related="statement_line_id.partner_name")
    currency_id = fields.Many2one("res.currency", compute="_compute_amounts")
    amount = fields.Monetary("Payment", compute="_compute_amounts")
    applied = fields.Monetary("Applied Amount", compute="_compute_amounts")
    rest = fields.Monetary("Left Over", compute="_compute_amounts")
    partner_id = fields.Many2one(
        "res.partner", "Customer", domain="['|', ('parent_id', '=', False), ('is_company', '=', True)]"
    )
    line_ids = fields.One2many("b2b.apply.payment.line", "wizard_id", "Open Items")
    rest_action = fields.Selection(
        [
            ("open", "Leave it to be explained"),
            ("account", "Keep it on the customer's account"),
            ("write_off", "Write it off"),
        ],
        "What is left over",
        default="open",
        required=True,
    )
    write_off_account_id = fields.Many2one("account.account", "Write-off Account", check_company=True)

    @api.model
    def _open_for(self, line):
        partner = (line.partner_id or line.b2b_payer_id).commercial_partner_id
        wizard = self.create({"statement_line_id": line.id, "partner_id": partner.id})
        wizard._load_items()
        return wizard

    @api.depends("line_ids.amount", "statement_line_id")
    def _compute_amounts(self):
        for wizard in self:
            waiting = wizard.statement_line_id._seek_for_lines()[1]
            wizard.currency_id = wizard.statement_line_id._b2b_waiting_currency()
            wizard.amount = -sum(waiting.mapped("amount_currency"))
            wizard.applied = sum(wizard.line_ids.mapped("amount"))
            wizard.rest = wizard.amount - wizard.applied

    def _rest_in(self, currency):
        """What is left of the payment for items of a currency."""
        if currency == self.currency_id:
            return self.rest
        taken = self.line_ids.filtered(lambda line: line.currency_id == currency).mapped("amount")
        return float(self.statement_line_id._b2b_waiting_in(currency)) - sum(taken)

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        self._load_items()

    def _load_items(self):
        """The customer's open items, oldest first; those that a proposal names get their amounts."""
        self.ensure_one()
        proposed = {}
        for data in self.statement_line_id.b2b_proposal_ids[:1].allocations or []:
            proposed[data["item"]] = float(data["amount"])
        items = self.env["account.move.line"].search(self._item_domain(proposed), order="date, id", limit=MOST_ITEMS)
        self.line_ids = [Command.clear()] + [
            Command.create({"item_id": item.id, "amount": proposed.get(item.id, 0.0)}) for item in items
        ]

    def _item_domain(self, proposed):
        open_items = [
            ("parent_state", "=", "posted"),
            ("reconciled", "=", False),
            ("company_id", "=", self.company_id.id),
            ("account_id.account_type", "in", ("asset_receivable", "liability_payable")),
        ]
        if self.partner_id:
            return [*open_items, ("partner_id", "child_of", self.partner_id.commercial_partner_id.id)]
        return [*open_items, ("id", "in", list(proposed))]

    def action_apply(self):
        self.ensure_one()
        chosen = self.line_ids.filtered(lambda line: not line.currency_id.is_zero(line.amount))
        currencies = chosen.currency_id or self.currency_id
        if len(currencies) > 1:
            raise UserError(self.env._("Apply items of one currency at a time."))
        if not chosen and self.rest_action == "open":
            raise UserError(self.env._("Enter the amounts to apply, or choose what becomes of the payment."))
        allocations = [Allocation(line.item_id.id, to_decimal(line.amount, 6)) for line in chosen]
        self.statement_line_id._b2b_apply_by_hand(
            allocations, currencies, remainder_account=self._rest_account(currencies)
        )
        return {"type": "ir.actions.act_window_close"}

    def _rest_account(self, currency):
        line = self.statement_line_id
        if self.rest_action == "open" or currency != self.currency_id or self.currency_id.is_zero(self.rest):
            return None
        if self.rest_action == "account":
            if not self.partner_id:
                raise UserError(self.env._("Choose the customer on whose account the rest is kept."))
            return line._b2b_receivable(self.partner_id)
        line._b2b_check_authority(self.rest)
        company = self.company_id
        account = self.write_off_account_id or (
            company.default_cash_difference_income_account_id
            if self.rest > 0
            else company.default_cash_difference_expense_account_id
        )
        if not account:
            raise UserError(self.env._("Choose the account that the rest is written off to."))
        return account


class B2bApplyPaymentLine(models.TransientModel):
    _name = "b2b.apply.payment.line"
    _description = "Open Item to Apply a Payment to"

    wizard_id = fields.Many2one("b2b.apply.payment", required=True, ondelete="cascade")
    item_id = fields.Many2one("account.move.line", required=True, readonly=True, ondelete="cascade")
    document = fields.Char(related="item_id.move_id.name")
    reference = fields.Char(related="item_id.move_id.ref")
    date = fields.Date(related="item_id.date")
    date_maturity = fields.Date(related="item_id.date_maturity", string="Due")
    currency_id = fields.Many2one(related="item_id.currency_id")
    residual = fields.Monetary(related="item_id.amount_residual_currency", string="Open")
    amount = fields.Monetary("To Apply")

    @api.constrains("amount")
    def _check_amount(self):
        for line in self:
            if line.amount and (line.amount * line.residual < 0 or abs(line.amount) > abs(line.residual)):
                raise UserError(
                    self.env._(
                        "%(document)s has %(open)s open; apply no more than that.",
                        document=line.document,
                        open=formatLang(self.env, line.residual, currency_obj=line.currency_id),
                    )
                )

    def action_fill(self):
        """Apply all that is open on this item, as far as the payment goes."""
        for line in self:
            rest = line.wizard_id._rest_in(line.currency_id) + line.amount
            full = line.residual
            line.amount = full if full * rest <= 0 or abs(full) <= abs(rest) else rest
        return {
            "type": "ir.actions.act_window",
            "res_model": "b2b.apply.payment",
            "res_id": self.wizard_id.id,
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Apply by Hand"),
        }
