"""Matching rules: Odoo's reconciliation models say what the cash application engine may do."""

import re

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
        "Tolerated Difference", currency_field="b2b_currency_id", help="Both limits must hold. 0 tolerates nothing."
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

    @api.constrains("b2b_tolerance_amount", "b2b_tolerance_percent", "b2b_grace_days", "b2b_short_percent")
    def _check_b2b_limits(self):
        for rule in self:
            if (
                min(rule.b2b_tolerance_amount, rule.b2b_tolerance_percent, rule.b2b_grace_days, rule.b2b_short_percent)
                < 0
            ):
                raise ValidationError(
                    self.env._("“%(rule)s”: limits and days are 0 or more; 0 allows nothing.", rule=rule.name)
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

    def _b2b_engine_rule(self):
        """This rule as the engine takes it; what the engine cannot express is in `_b2b_accepts`."""
        self.ensure_one()
        bounds = {}
        if self.match_amount in ("lower", "between"):
            bounds["maximum_amount"] = to_decimal(self.match_amount_max)
        if self.match_amount in ("greater", "between"):
            bounds["minimum_amount"] = to_decimal(self.match_amount_min)
        return MatchingRule(
            name=str(self.id),
            version=self.b2b_version,
            sequence=self.sequence,
            evidence=tuple(step for name, step in STEP_FIELDS.items() if self[name]),
            automatic=self.trigger == "auto_reconcile",
            tolerance=ToleranceGroup(
                self.name,
                to_decimal(self.b2b_tolerance_amount, 6),
                to_decimal(self.b2b_tolerance_percent, 4),
                self.b2b_grace_days,
            ),
            short_percent=to_decimal(self.b2b_short_percent, 4),
            exchange_percent=to_decimal(self.b2b_exchange_percent, 4),
            oldest_first=self.b2b_use_oldest,
            park_on_account=self.b2b_park_on_account,
            payers=frozenset(self.match_partner_ids.commercial_partner_id.ids) or None,
            **bounds,
        )

    def _b2b_accepts(self, line):
        """Whether those conditions hold that the engine does not know: journal and label."""
        self.ensure_one()
        if self.match_journal_ids and line.journal_id not in self.match_journal_ids:
            return False
        wanted, label = self.match_label_param or "", " ".join(filter(None, (line.payment_ref, line.partner_name)))
        if self.match_label == "contains":
            return wanted.casefold() in label.casefold()
        if self.match_label == "not_contains":
            return wanted.casefold() not in label.casefold()
        if self.match_label == "match_regex":
            return bool(re.search(wanted, label, re.IGNORECASE))
        return True

    def action_b2b_view_lines(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.account_bank_statement_line_action")
        return {**action, "domain": [("b2b_rule_id", "=", self.id)], "context": {}}
