"""Matching rules: Odoo's reconciliation models say what the cash application engine may do."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..order_to_cash.cash import EXACT_SUM, NEAR, NUMBER, OLDEST, STRUCTURED, MatchingRule, ToleranceGroup
from ..order_to_cash.money import to_decimal

STEP_FIELDS = {
    "b2b_use_structured": STRUCTURED,
    "b2b_use_number": NUMBER,
    "b2b_use_sum": EXACT_SUM,
    "b2b_use_near": NEAR,
    "b2b_use_oldest": OLDEST,
}
LIMITS = (
    "b2b_tolerance_amount",
    "b2b_tolerance_percent",
    "b2b_grace_days",
    "b2b_short_percent",
    "b2b_exchange_percent",
    "b2b_charge_amount",
    "b2b_charge_percent",
)


class AccountReconcileModel(models.Model):
    _inherit = "account.reconcile.model"

    b2b_engine = fields.Boolean(
        "Match with Open Items", help="Bank lines are matched with open invoices and credit notes by this rule."
    )
    b2b_version = fields.Integer("Version", default=1, readonly=True, copy=False)
    b2b_use_structured = fields.Boolean(
        "Structured References", default=True, help="Creditor references, remittance lists, our own payment requests."
    )
    b2b_use_number = fields.Boolean(
        "Document Numbers", default=True, help="Invoice, order, shop order and PO numbers read in the text."
    )
    b2b_use_sum = fields.Boolean(
        "Exact Sums", default=True, help="The payer is known and exactly one set of its open items makes the amount."
    )
    b2b_use_near = fields.Boolean(
        "Discount and Tolerance", default=True, help="The payer is known and one item fits with discount or tolerance."
    )
    b2b_use_oldest = fields.Boolean(
        "Oldest First", help="The payer is known and nothing tells what is paid: its oldest items are paid first."
    )
    b2b_park_on_account = fields.Boolean(
        "Keep Unexplained on Account",
        help="Money of a known payer that fits nothing is kept on the payer's account instead of waiting for a person.",
    )
    b2b_currency_id = fields.Many2one(related="company_id.currency_id", string="Rule Currency")
    b2b_tolerance_amount = fields.Monetary(
        "Tolerated Difference",
        currency_field="b2b_currency_id",
        help="Both limits must hold. 0 tolerates nothing. For documents in another currency it is converted at the "
        "rate of the payment's day; without a rate nothing is tolerated.",
    )
    b2b_tolerance_percent = fields.Float("Tolerated Percent", digits=(5, 2), help="Of what was due.")
    b2b_grace_days = fields.Integer(
        "Discount Grace Days", help="Days after its last day on which an early payment discount is still granted."
    )
    b2b_short_percent = fields.Float(
        "Deduction up to Percent",
        default=10.0,
        digits=(5, 2),
        help="A payment that names one item and is short by at most this share is applied; the rest becomes a case.",
    )
    b2b_exchange_percent = fields.Float(
        "Exchange Difference up to Percent", default=3.0, digits=(5, 2), help="For payments made in another currency."
    )
    b2b_charge_amount = fields.Monetary(
        "Bank Charges up to",
        currency_field="b2b_currency_id",
        help="What a bank on the way may keep of a payment that names its document, where the bank or the payer says "
        "so. It is booked as a charge and the document is paid. 0: it stays open as a deduction. For documents in "
        "another currency it is converted at the rate of the payment's day.",
    )
    b2b_charge_percent = fields.Float(
        "Bank Charges up to Percent",
        default=10.0,
        digits=(5, 2),
        help="Of the document, in addition to the amount: both limits must hold.",
    )
    b2b_charge_account_id = fields.Many2one(
        "account.account",
        "Account for Bank Charges",
        check_company=True,
        help="Where charges are booked that a bank on the way kept.",
    )
    b2b_deduction_account_id = fields.Many2one(
        "account.account",
        "Account for Deductions",
        check_company=True,
        help="Where a deduction is booked that a person accepts without a credit note.",
    )
    b2b_category_ids = fields.Many2many(
        "res.partner.category",
        string="Customer Groups",
        help="Only for customers with one of these tags. With partners too: for both. Empty: for all.",
    )
    b2b_final = fields.Boolean(
        "No Rule After This",
        help="Payments this rule is for are left alone by the rules below it, so that a group of customers can have a "
        "smaller tolerance than others.",
    )
    b2b_write_off_account_id = fields.Many2one(
        "account.account",
        "Account for Differences",
        check_company=True,
        help="Where tolerated differences are booked. Empty: the company's account for cash differences.",
    )
    b2b_discount_account_id = fields.Many2one(
        "account.account",
        "Account for Discounts",
        check_company=True,
        help="Where early payment discounts are booked. Empty: the company's account for early payment discounts.",
    )
    b2b_applied_count = fields.Integer("Applied Lines", compute="_compute_b2b_counts")
    b2b_corrected_count = fields.Integer("Corrected Lines", compute="_compute_b2b_counts")

    @api.constrains(*LIMITS)
    def _check_b2b_limits(self):
        for rule in self:
            if min(rule[name] for name in LIMITS) < 0:
                raise ValidationError(
                    self.env._("“%(rule)s”: limits and days are 0 or more; 0 allows nothing.", rule=rule.name)
                )

    @api.constrains("b2b_charge_amount", "b2b_charge_account_id")
    def _check_b2b_charges(self):
        for rule in self.filtered("b2b_charge_amount"):
            if not rule.b2b_charge_account_id:
                raise ValidationError(
                    self.env._("“%(rule)s”: choose the account on which bank charges are booked.", rule=rule.name)
                )

    def _compute_b2b_counts(self):
        groups = self.env["account.bank.statement.line"]._read_group(
            [("b2b_rule_id", "in", self.ids)], ["b2b_rule_id", "b2b_automatic", "b2b_corrected"], ["__count"]
        )
        for rule in self:
            own = [group for group in groups if group[0] == rule]
            rule.b2b_applied_count = sum(count for _rule, automatic, _corrected, count in own if automatic)
            rule.b2b_corrected_count = sum(count for _rule, _automatic, corrected, count in own if corrected)

    def write(self, vals):
        result = super().write(vals)
        if any(name.startswith(("b2b_", "match_", "trigger")) for name in vals) and "b2b_version" not in vals:
            for rule in self.filtered("b2b_engine"):
                rule.b2b_version += 1
        return result

    @api.model
    def _b2b_rules(self, company):
        """The matching rules of a company, in order; the first use of cash application makes the default one.

        The default one only proposes, until a person switches it to automatic.
        """
        domain = [("b2b_engine", "=", True), ("company_id", "=", company.id)]
        rules = self.search(domain)
        if not rules and not self.with_context(active_test=False).search_count(domain, limit=1):
            rules = self.create(self._b2b_default_values(company))
        return rules

    @api.model
    def _b2b_default_values(self, company):
        return {
            "name": self.env._("Payments of open items"),
            "company_id": company.id,
            "b2b_engine": True,
            "trigger": "manual",
            "sequence": 5,
            "b2b_tolerance_amount": 1.0,
            "b2b_tolerance_percent": 0.5,
            "b2b_grace_days": 3,
        }

    def _b2b_engine_rule(self, lines=None, **changes):
        """This rule as the engine takes it.

        :param lines: the bank lines to be matched, of which it takes those whose journal, amount and label fit; all if
            None
        :param changes: of the engine's MatchingRule
        """
        self.ensure_one()
        values = {
            "name": str(self.id),
            "version": self.b2b_version,
            "sequence": self.sequence,
            "evidence": tuple(step for name, step in STEP_FIELDS.items() if self[name]),
            "automatic": self.trigger == "auto_reconcile",
            "tolerance": ToleranceGroup(
                self.name,
                to_decimal(self.b2b_tolerance_amount, 6),
                to_decimal(self.b2b_tolerance_percent, 4),
                self.b2b_grace_days,
            ),
            "short_percent": to_decimal(self.b2b_short_percent, 4),
            "exchange_percent": to_decimal(self.b2b_exchange_percent, 4),
            "charge_limit": to_decimal(self.b2b_charge_amount, 6),
            "charge_percent": to_decimal(self.b2b_charge_percent, 4),
            "limit_currency": self.b2b_currency_id.name,
            "oldest_first": self.b2b_use_oldest,
            "park_on_account": self.b2b_park_on_account,
            "payers": self._b2b_payers(),
            "only_lines": None if lines is None else frozenset(lines.filtered(self._b2b_accepts).ids),
            "final": self.b2b_final,
        }
        return MatchingRule(**values | changes)

    def _b2b_payers(self):
        """Keys of the commercial entities the rule is for; None for all."""
        if not self.match_partner_ids and not self.b2b_category_ids:
            return None
        partners = self.match_partner_ids.commercial_partner_id
        if self.b2b_category_ids:
            partners |= self.env["res.partner"].search(
                [
                    ("category_id", "child_of", self.b2b_category_ids.ids),
                    "|",
                    ("parent_id", "=", False),
                    ("is_company", "=", True),
                ]
            )
        return frozenset(partners.ids)

    def action_b2b_view_lines(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.account_bank_statement_line_action")
        return {**action, "domain": [("b2b_rule_id", "=", self.id)], "context": {}}

    def action_b2b_view_corrected(self):
        """The lines that a person undid after this rule had applied them."""
        action = self.action_b2b_view_lines()
        return {**action, "domain": [*action["domain"], ("b2b_corrected", "=", True)]}

    def action_b2b_try(self):
        """Show what this rule would have done with the bank lines of the last 90 days."""
        self.ensure_one()
        return self.env["b2b.rule.trial"].create({"rule_id": self.id}).action_try()
