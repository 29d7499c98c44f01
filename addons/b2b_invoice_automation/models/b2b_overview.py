"""The overview screen's figures. Every figure is one query for a company, and opens the records that it sums."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL, format_date

from ..order_to_cash.receivables import BUCKETS
from .b2b_receivables import DEBTOR_DOCUMENTS, SALES_WINDOW_DAYS

MODULE = "b2b_invoice_automation"
DISCREPANCIES = f"{MODULE}.b2b_discrepancy_action"
RUN_LINES = f"{MODULE}.b2b_billing_run_line_action"
WORKBENCH = f"{MODULE}.b2b_workbench_action"
CONTRACTS = f"{MODULE}.b2b_contract_action"
LOOKS = {  # icon and tone of what waits
    "blocking": ("fa-hand-paper-o", "danger"),
    "aside": ("fa-file-text-o", "danger"),
    "case": ("fa-search", "warning"),
    "proposed": ("fa-check-square-o", "info"),
    "approve": ("fa-handshake-o", "info"),
    "cases": ("fa-balance-scale", "warning"),
}
READERS = ("b2b_invoice_automation.group_billing_clerk", "b2b_invoice_automation.group_auditor")
MINUTES_PER_ORDER_TYPED = 5
MINUTES_PER_PAYMENT_MATCHED = 2


class B2bOverview(models.AbstractModel):
    _name = "b2b.overview"
    _description = "Order to Cash Overview"

    @api.model
    def get_figures(self):
        """All figures of the overview for the current company, as of today.

        :returns: dict ready for the screen; amounts in the company's currency
        :raises AccessError: for users who are neither billing clerk nor auditor
        """
        if not any(map(self.env.user.has_group, READERS)):
            raise AccessError(self.env._("The overview is for billing clerks, billing managers and auditors."))
        company, today = self.env.company, fields.Date.context_today(self)
        ageing = self._ageing(company, today)
        figures = self.env["b2b.receivables"].sudo()._figures(company, today)
        touchless = self._touchless(company, today)
        return {
            **figures,
            "company": company.name,
            "currency_id": company.currency_id.id,
            "as_of": format_date(self.env, today),
            "domain": self._open_domain(company, today),
            "overdue_domain": [*self._open_domain(company, today), *self._due_domain("<", today)],
            "ageing": ageing,
            "trend": [
                {"label": month["end"].strftime("%Y-%m"), "dso": month["dso"], "sales": month["sales"]}
                for month in figures["trend"]
                if month["dso"] is not None
            ],
            "touchless": touchless,
            "corrected": self._corrected(company, today),
            "hours_saved": (
                touchless[0]["automatic"] * MINUTES_PER_ORDER_TYPED
                + touchless[1]["automatic"] * MINUTES_PER_PAYMENT_MATCHED
            )
            / 60,
            "waiting": [entry for entry in self._waiting(company) if entry["count"]],
        }

    def _open_domain(self, company, today):
        return [
            ("account_id.account_type", "=", "asset_receivable"),
            ("company_id", "=", company.id),
            ("parent_state", "=", "posted"),
            ("amount_residual", "!=", 0),
            ("date", "<=", today),
        ]

    def _due_domain(self, operator, day):
        """Due dates as the figures take them: the item's own, else its date."""
        return ["|", ("date_maturity", operator, day), "&", ("date_maturity", "=", False), ("date", operator, day)]

    def _ageing(self, company, today):
        labels = {
            "current": self.env._("not due"),
            "1-30": self.env._("1–30 days"),
            "31-60": self.env._("31–60 days"),
            "61-90": self.env._("61–90 days"),
            "over-90": self.env._("over 90 days"),
        }
        amounts = self.env["b2b.receivables"].sudo()._ageing(company, today)
        return [
            {
                "key": key,
                "label": labels[key],
                "amount": amounts[key],
                "domain": [
                    *self._open_domain(company, today),
                    *(self._due_domain("<=", today - relativedelta(days=low)) if low is not None else []),
                    *(self._due_domain(">=", today - relativedelta(days=high)) if high is not None else []),
                ],
            }
            for key, low, high in BUCKETS
        ]

    def _touchless(self, company, today):
        """How many documents went through without a person, by number and by value in the company's currency."""
        since = today - relativedelta(days=SALES_WINDOW_DAYS)
        invoices = self.env.execute_query(
            SQL(
                """SELECT COUNT(*) FILTER (WHERE decided.id IS NOT NULL), COUNT(*),
                      COALESCE(SUM(move.amount_total_signed) FILTER (WHERE decided.id IS NOT NULL), 0),
                      COALESCE(SUM(move.amount_total_signed), 0)
                 FROM account_move move
                 LEFT JOIN LATERAL (SELECT id FROM b2b_decision
                                     WHERE kind = 'billing' AND subject_model = 'account.move' AND subject_id = move.id
                                     LIMIT 1) decided ON TRUE
                WHERE move.company_id = %s AND move.state = 'posted' AND move.move_type IN %s
                      AND move.invoice_date > %s""",
                company.id,
                DEBTOR_DOCUMENTS,
                since,
            )
        )[0]
        return [
            {
                "key": key,
                "label": label,
                "automatic": row[0],
                "all": row[1],
                "automatic_value": float(row[2]),
                "all_value": float(row[3]),
            }
            for key, label, row in (
                ("invoices", self.env._("Invoices billed"), invoices),
                ("payments", self.env._("Payments applied"), self._payments_untouched(company, since)),
                ("paid", self.env._("Invoices paid"), self._invoices_paid_untouched(company, since)),
            )
        ]

    def _payments_untouched(self, company, since):
        """Payments that came in after a day: number of those that a rule applied for good, of all, and their values."""
        return self.env.execute_query(
            SQL(
                """SELECT COUNT(*) FILTER (WHERE untouched), COUNT(*),
                          COALESCE(SUM(value) FILTER (WHERE untouched), 0), COALESCE(SUM(value), 0)
                     FROM (SELECT line.b2b_automatic AND line.b2b_corrected IS NOT TRUE AS untouched,
                                  (SELECT SUM(item.balance)
                                     FROM account_move_line item JOIN account_account account
                                       ON account.id = item.account_id
                                    WHERE item.move_id = line.move_id
                                      AND account.account_type IN ('asset_cash', 'liability_credit_card')) AS value
                             FROM account_bank_statement_line line JOIN account_move move ON move.id = line.move_id
                            WHERE line.company_id = %s AND move.date > %s AND line.amount > 0) payment""",
                company.id,
                since,
            )
        )[0]

    def _invoices_paid_untouched(self, company, since):
        """Invoices whose last money came after a day: number of those with only untouched money, of all, and values.

        Untouched is a bank line that a rule applied for good, and a payment that the customer made online.
        """
        return self.env.execute_query(
            SQL(
                """SELECT COUNT(*) FILTER (WHERE untouched), COUNT(*),
                          COALESCE(SUM(value) FILTER (WHERE untouched), 0), COALESCE(SUM(value), 0)
                     FROM (SELECT move.amount_total_signed AS value,
                                  BOOL_AND(CASE WHEN line.id IS NULL THEN payment.payment_transaction_id IS NOT NULL
                                                ELSE line.b2b_automatic IS TRUE AND line.b2b_corrected IS NOT TRUE
                                            END) AS untouched
                             FROM account_partial_reconcile partial
                             JOIN account_move_line item ON item.id = partial.debit_move_id
                             JOIN account_move move ON move.id = item.move_id
                             JOIN account_move_line money ON money.id = partial.credit_move_id
                        LEFT JOIN account_bank_statement_line line ON line.move_id = money.move_id
                        LEFT JOIN account_payment payment ON payment.move_id = money.move_id
                            WHERE move.company_id = %s AND move.move_type = 'out_invoice'
                              AND move.payment_state IN ('paid', 'in_payment')
                              AND move.id IN (SELECT paid.move_id FROM account_partial_reconcile late
                                                JOIN account_move_line paid ON paid.id = late.debit_move_id
                                               WHERE late.max_date > %s)
                              AND (line.id IS NOT NULL OR payment.id IS NOT NULL)
                         GROUP BY move.id HAVING MAX(partial.max_date) > %s) paid""",
                company.id,
                since,
                since,
            )
        )[0]

    def _corrected(self, company, today):
        return (
            self.env["account.bank.statement.line"]
            .sudo()
            .search_count(
                [
                    ("company_id", "=", company.id),
                    ("b2b_corrected", "=", True),
                    ("date", ">", today - relativedelta(days=SALES_WINDOW_DAYS)),
                ]
            )
        )

    def _waiting(self, company):
        """What waits for a person; other parts add theirs.

        :returns: list of dicts with ``key``, ``label``, ``count``, ``icon``, ``tone`` (Bootstrap's), ``action``
            (xml id) and ``options`` for the action service
        """
        found = dict(
            self.env["b2b.discrepancy"]._read_group(
                [("company_id", "=", company.id), ("state", "=", "open")], ["blocking"], ["__count"]
            )
        )
        lines = dict(
            self.env["account.bank.statement.line"]._read_group(
                [("company_id", "=", company.id), ("b2b_state", "in", ("proposed", "case"))], ["b2b_state"], ["__count"]
            )
        )
        aside = self.env["sale.order"].search_count(
            [
                ("company_id", "=", company.id),
                ("b2b_billing_open", "=", True),
                ("b2b_billing_run_line_ids.state", "=", "aside"),
            ]
        )
        to_approve = self.env["b2b.contract"].search_count(
            [("company_id", "=", company.id), ("state", "=", "to_approve")]
        )
        blocking = {"search_default_open": 1, "search_default_blocking": 1}
        counted = (
            ("blocking", self.env._("Documents stopped by a discrepancy"), found.get(True, 0), DISCREPANCIES, blocking),
            ("aside", self.env._("Orders that could not be billed"), aside, RUN_LINES, {"search_default_aside": 1}),
            ("case", self.env._("Payments to look into"), lines.get("case", 0), WORKBENCH, {"tab": "case"}),
            ("proposed", self.env._("Payments to confirm"), lines.get("proposed", 0), WORKBENCH, {"tab": "proposed"}),
            ("approve", self.env._("Contracts to approve"), to_approve, CONTRACTS, {"search_default_to_approve": 1}),
            (
                "cases",
                self.env._("Other discrepancies"),
                found.get(False, 0),
                DISCREPANCIES,
                {"search_default_open": 1},
            ),
        )
        return [
            self._waits(key, label, count, *LOOKS[key], action, context)
            for key, label, count, action, context in counted
        ]

    @staticmethod
    def _waits(key, label, count, icon, tone, action, context):
        return {
            "key": key,
            "label": label,
            "count": count,
            "icon": icon,
            "tone": tone,
            "action": action,
            "options": {"additionalContext": context},
        }
