"""A billing run at a glance: what it bills or billed and why the rest waits, by cause and currency, and how far it is.

Apart from the run because it only reads: the form asks for it again and again while the lanes work.
"""

from collections import Counter

from odoo import models
from odoo.tools import SQL

from .sale_order_billing_words import WEIGHT

STATES = ("planned", "pending", "billed", "aside", "waits")


class B2bBillingRun(models.Model):
    _inherit = "b2b.billing.run"

    def _preview(self):
        """List the rows as the run would, and take back whatever else looking for them wrote."""
        self.ensure_one()
        savepoint = self.env.cr.savepoint()
        try:
            rows = self._planned_rows(self.company_id, self._due_domains(), self.date, self.ignore_schedule)
        finally:
            savepoint.close(rollback=True)
        self._list_rows(rows)

    def _flag_missing_po(self, rows):
        orders = self.env["sale.order"].browse([row["order_id"] for row in rows if row.get("order_id")])
        orders._b2b_flag_missing_po(
            orders.browse([row["order_id"] for row in rows if row["code"] == "po_missing" and row.get("order_id")])
        )

    def action_retry_aside(self):
        """Settle what set orders and charges of this run aside, and bill them in a run of their own."""
        self.ensure_one()
        return self.line_ids.action_retry()

    def get_summary(self):
        """What the run's form shows of its results and progress.

        :returns: dict with ``state``, ``done`` and ``all`` (rows to bill that are done with, and all of them), and
            ``groups``: dicts with ``state``, ``code`` (of what waits), ``label``, ``rows``, ``invoices`` (how many)
            and ``amounts`` (net amounts per currency, formatted)
        """
        self.ensure_one()
        self.check_access("read")
        groups = self._summary_groups()
        counts = Counter()
        for group in groups:
            counts[group["state"]] += group["rows"]
        done = counts["billed"] + (counts["aside"] if self.state != "draft" else 0)
        return {
            "state": self.state,
            "done": done,
            "all": done + counts["planned"] + counts["pending"],
            "groups": groups,
        }

    def _summary_groups(self):
        fields = self.env["b2b.billing.run.line"]._fields
        labels = dict(fields["state"]._description_selection(self.env))
        causes = dict(fields["code"]._description_selection(self.env))
        groups = {}
        for state, code, currency_id, rows, invoices, net, waits in self._summed_rows():
            group = groups.setdefault(
                (STATES.index(state), WEIGHT.get(code, 0)),
                {
                    "state": state,
                    "code": code or False,
                    "label": causes.get(code) or labels[state],
                    "rows": 0,
                    "invoices": 0,
                    "amounts": [],
                },
            )
            group["rows"] += rows
            group["invoices"] += invoices
            currency = self.env["res.currency"].browse(currency_id)
            amount = waits if state in ("waits", "aside") else net
            if currency and not currency.is_zero(amount):
                group["amounts"].append(currency.format(amount))
        return [groups[key] for key in sorted(groups)]

    def _summed_rows(self):
        """Rows of (state, cause, currency id, rows, invoices, net, net that waits)."""
        self.env["b2b.billing.run.line"].flush_model()
        return self.env.execute_query(
            SQL(
                """
            SELECT line.state,
                   CASE WHEN line.state = 'waits' THEN line.code END AS cause,
                   coalesce(orders.currency_id, contract.currency_id) AS currency,
                   count(*),
                   count(DISTINCT coalesce(line.move_id, -line."group")),
                   sum(line.amount_net),
                   sum(line.amount_waits)
              FROM b2b_billing_run_line line
         LEFT JOIN sale_order orders ON orders.id = line.order_id
         LEFT JOIN b2b_contract_charge charge ON charge.id = line.charge_id
         LEFT JOIN b2b_contract contract ON contract.id = charge.contract_id
             WHERE line.run_id = %(run)s
             GROUP BY 1, 2, 3
             ORDER BY 4 DESC
            """,
                run=self.id,
            )
        )
