"""Receivables as of any date, straight from the ledger: one query each, whatever the number of invoices.

Open amounts are rebuilt from today's residual plus what was reconciled after the date
(`account.partial.reconcile.max_date`), so that a figure of a past day does not change when money comes in later.
"""

from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.tools import SQL

from ..order_to_cash import receivables
from ..order_to_cash.money import to_decimal

SALES_WINDOW_DAYS = 90
DEBTOR_DOCUMENTS = ("out_invoice", "out_refund", "out_receipt")


class B2bReceivables(models.AbstractModel):
    _name = "b2b.receivables"
    _description = "Receivables Figures"

    def _figures(self, company, as_of, days=SALES_WINDOW_DAYS):
        """The receivables figures of a company on a date, by the definitions in `order_to_cash.receivables`.

        :param company: one company; amounts are in its currency
        :param as_of: date, inclusive
        :param int days: length of the sales window
        :returns: dict with ``receivables``, ``overdue``, ``open_count``, ``ledger_difference`` (open items less ledger,
            0 when all is well), ``dso``, ``dso_countback``, ``dso_best``, ``delinquent_days``, ``cei`` (floats or None)
            and ``trend``: the months, oldest first, each with its ``dso``
        """
        start = as_of - relativedelta(days=days)
        total, current, count = self._balance(company, as_of)
        opening = self._balance(company, start)[0]
        sales = self._credit_sales(company, start + relativedelta(days=1), as_of)
        months = self._months(company, as_of)
        dso = receivables.days_sales_outstanding(total, sales, days)
        best = receivables.best_possible_dso(current, sales, days)
        lengths = [receivables.Month(month["sales"], (month["end"] - month["start"]).days + 1) for month in months]
        return {
            "receivables": float(total),
            "overdue": float(total - current),
            "open_count": count,
            "ledger_difference": company.currency_id.round(float(total - months[0]["receivables"])),
            "dso": _float(dso),
            "dso_countback": _float(receivables.countback_dso(total, lengths)),
            "dso_best": _float(best),
            "delinquent_days": _float(receivables.average_days_delinquent(dso, best)),
            "cei": _float(receivables.collection_effectiveness(opening, sales, total, current)),
            "trend": [self._month_figures(months, position) for position in range(len(months) - 2)][::-1],
        }

    @staticmethod
    def _month_figures(months, position):
        """A month with its DSO over the three months that end with it."""
        window = months[position : position + 3]
        sales = sum(month["sales"] for month in window)
        days = (window[0]["end"] - window[-1]["start"]).days + 1
        return {
            "start": window[0]["start"],
            "end": window[0]["end"],
            "receivables": float(window[0]["receivables"]),
            "sales": float(window[0]["sales"]),
            "dso": _float(receivables.days_sales_outstanding(window[0]["receivables"], sales, days)),
        }

    def _balance(self, company, as_of):
        """Open items on a date: (sum, of these not yet due, number)."""
        self._flush()
        [(total, current, count)] = self.env.execute_query(
            SQL(
                "SELECT COALESCE(SUM(residual), 0), COALESCE(SUM(residual) FILTER (WHERE due >= %s), 0), COUNT(*) "
                "FROM (%s) item WHERE residual <> 0",
                as_of,
                self._open_items(company, as_of),
            )
        )
        return to_decimal(total), to_decimal(current), count

    def _open_items(self, company, as_of):
        """The open receivable items of a company on a date, as SQL of (id, partner_id, due, date, residual).

        :param company: one company; amounts are in its currency
        :param as_of: date, inclusive
        """
        return SQL(
            """
            SELECT line.id, line.partner_id, COALESCE(line.date_maturity, line.date) AS due, line.date,
                   line.amount_residual
                   + COALESCE((SELECT SUM(later.amount) FROM account_partial_reconcile later
                                WHERE later.debit_move_id = line.id AND later.max_date > %(as_of)s), 0)
                   - COALESCE((SELECT SUM(later.amount) FROM account_partial_reconcile later
                                WHERE later.credit_move_id = line.id AND later.max_date > %(as_of)s), 0) AS residual
              FROM account_move_line line
             WHERE line.account_id IN %(accounts)s AND line.company_id = %(company)s
               AND line.parent_state = 'posted' AND line.date <= %(as_of)s
               AND (line.amount_residual <> 0 OR line.id IN (
                        SELECT debit_move_id FROM account_partial_reconcile WHERE max_date > %(as_of)s
                        UNION ALL SELECT credit_move_id FROM account_partial_reconcile WHERE max_date > %(as_of)s))
            """,
            as_of=as_of,
            company=company.id,
            accounts=tuple(self._receivable_accounts(company).ids) or (0,),
        )

    def _receivable_accounts(self, company):
        return (
            self.env["account.account"]
            .sudo()
            .search([("account_type", "=", "asset_receivable"), ("company_ids", "parent_of", company.id)])
        )

    def _ageing(self, company, as_of, by="due"):
        """Open receivables by age.

        :param str by: ``due`` (days past due) or ``date`` (days since the invoice)
        :returns: dict bucket → amount in the company's currency; the buckets sum to the receivables
        """
        self._flush()
        sums = SQL(", ").join(
            SQL(
                "COALESCE(SUM(residual) FILTER (WHERE %s AND %s), 0)",
                SQL("TRUE") if low is None else SQL("%s - age_from >= %s", as_of, low),
                SQL("TRUE") if high is None else SQL("%s - age_from <= %s", as_of, high),
            )
            for _name, low, high in receivables.BUCKETS
        )
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM (SELECT residual, %s AS age_from FROM (%s) item) aged",
                sums,
                SQL.identifier("due" if by == "due" else "date"),
                self._open_items(company, as_of),
            )
        )
        return {
            bucket.name: company.currency_id.round(float(amount))
            for bucket, amount in zip(receivables.BUCKETS, rows[0], strict=True)
        }

    def _months(self, company, as_of, count=14):
        """Ending receivables and credit sales of the calendar months up to a date.

        :returns: list of dicts, newest first, with ``start``, ``end`` (dates), ``receivables`` and ``sales``
        """
        self._flush()
        first = as_of.replace(day=1) - relativedelta(months=count - 1)
        ledger = dict(
            self.env.execute_query(
                SQL(
                    "SELECT date_trunc('month', GREATEST(date, %s))::date, SUM(balance) FROM account_move_line "
                    "WHERE account_id IN %s AND company_id = %s AND parent_state = 'posted' AND date <= %s GROUP BY 1",
                    first - relativedelta(days=1),
                    tuple(self._receivable_accounts(company).ids) or (0,),
                    company.id,
                    as_of,
                )
            )
        )
        sales = dict(
            self.env.execute_query(
                SQL(
                    "SELECT date_trunc('month', invoice_date)::date, SUM(amount_total_signed) FROM account_move "
                    "WHERE move_type IN %s AND state = 'posted' AND company_id = %s "
                    "AND invoice_date BETWEEN %s AND %s GROUP BY 1",
                    DEBTOR_DOCUMENTS,
                    company.id,
                    first,
                    as_of,
                )
            )
        )
        months, running = [], ledger.get(first - relativedelta(months=1), 0)
        for number in range(count):
            start = first + relativedelta(months=number)
            running += ledger.get(start, 0)
            months.append(
                {
                    "start": start,
                    "end": min(as_of, start + relativedelta(months=1, days=-1)),
                    "receivables": to_decimal(running),
                    "sales": to_decimal(sales.get(start, 0)),
                }
            )
        return months[::-1]

    def _credit_sales(self, company, start, end):
        """Invoiced sales less credit notes, tax included, between two dates (inclusive)."""
        rows = self.env.execute_query(
            SQL(
                "SELECT COALESCE(SUM(amount_total_signed), 0) FROM account_move WHERE move_type IN %s "
                "AND state = 'posted' AND company_id = %s AND invoice_date BETWEEN %s AND %s",
                DEBTOR_DOCUMENTS,
                company.id,
                start,
                end,
            )
        )
        return to_decimal(rows[0][0])

    def _flush(self):
        self.env["account.move.line"].flush_model()
        self.env["account.move"].flush_model()
        self.env["account.partial.reconcile"].flush_model()


def _float(value):
    return None if value is None else float(value)
