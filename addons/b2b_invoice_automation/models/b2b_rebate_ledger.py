"""Rebates in the ledger: provisions booked by the difference, and what has been booked and settled so far.

A provision entry debits the expense and credits the liability; the credit note that settles debits the liability again.
The ledger is asked each time what is booked, so that whatever a person reverses or resets is put right by the next run.
Amounts stand in the contract's currency; what its rate moved is booked as an exchange difference when nothing is left.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from ..order_to_cash.money import to_decimal
from .rebate_facts import NOTHING_BOOKED, Ledger
from .transactions import is_conflict

BATCH = 200


class B2bRebate(models.Model):
    _inherit = "b2b.rebate"

    @api.model
    def _ledger(self, rows):
        """Return row id → ``Ledger``, with one query."""
        if not rows:
            return {}
        self.env["account.move"].flush_model(["state", "move_type"])
        self.env["account.move.line"].flush_model(
            ["b2b_rebate_id", "account_id", "amount_currency", "balance", "price_subtotal", "display_type"]
        )
        rows.flush_recordset(["provision_account_id"])
        found = self.env.execute_query(
            SQL(
                """
            SELECT row.id,
                   SUM(-line.amount_currency) FILTER (WHERE move.move_type = 'entry' AND on_account),
                   SUM(CASE move.move_type WHEN 'out_refund' THEN 1 ELSE -1 END * line.price_subtotal)
                       FILTER (WHERE settles),
                   SUM(-line.amount_currency) FILTER (WHERE on_account),
                   SUM(-line.balance) FILTER (WHERE on_account),
                   bool_or(settles)
              FROM b2b_rebate row
              JOIN account_move_line line ON line.b2b_rebate_id = row.id
              JOIN account_move move ON move.id = line.move_id
              CROSS JOIN LATERAL (SELECT
                   move.state = 'posted' AND line.account_id = row.provision_account_id AS on_account,
                   move.state != 'cancel' AND move.move_type IN ('out_refund', 'out_invoice')
                       AND line.display_type = 'product' AS settles) is_line
             WHERE row.id IN %s
             GROUP BY row.id
            """,
                tuple(rows.ids),
            )
        )
        return {
            row_id: Ledger(*(to_decimal(amount or 0) for amount in amounts), bool(ever_settled))
            for row_id, *amounts, ever_settled in found
        }

    def _book(self):
        """Book what these periods earned since they were last booked; who cannot be booked says why.

        :returns: the provision entries
        """
        entries = self.env["account.move"]
        for company, rows in self.grouped("company_id").items():
            for start in range(0, len(rows), BATCH):
                entries += rows[start : start + BATCH]._book_in_company(company)
        return entries

    def _book_in_company(self, company):
        ledger = self._ledger(self)
        changed = self.filtered(lambda row: row._is_out_of_step(ledger.get(row.id, NOTHING_BOOKED)))
        (self - changed).filtered("problem").problem = False
        reason = changed and company._b2b_rebate_setup_problem()
        if reason:
            changed.problem = reason
        if not changed or reason:
            return self.env["account.move"]
        for row in changed.filtered(lambda row: not row.provision_account_id):
            row.provision_account_id = company.b2b_rebate_liability_account_id
            row.expense_account_id = company.b2b_rebate_expense_account_id
        entries = self.env["account.move"]
        by_day = changed.grouped(lambda row: row._booking_day(company))
        for day, rows in sorted(by_day.items()):
            entries += rows._book_or_say_why(company, day, ledger)
        return entries

    def _is_out_of_step(self, ledger):
        self.ensure_one()
        to_book = self.currency_id.round(self.accrued - float(ledger.booked))
        return bool(to_book) or (not ledger.open and bool(ledger.provision))

    def _booking_day(self, company):
        """Return the day to book on: today or the period's last one, else the first that is not locked."""
        today = fields.Date.context_today(self)
        day = min(today, self.date_to) if self.date_to else today
        locks = company._get_violated_lock_dates(day, has_tax=False, journal=company.b2b_rebate_journal_id)
        return locks[-1][0] + timedelta(days=1) if locks else day

    def _book_or_say_why(self, company, day, ledger):
        try:
            with self.env.cr.savepoint():
                entry = self._make_entry(company, day, ledger)
        except Exception as error:
            if is_conflict(error) or not isinstance(error, UserError):
                raise
            if len(self) == 1:
                self.problem = self.env._("Not booked: %s", error)
                return self.env["account.move"]
            middle = len(self) // 2
            return self[:middle]._book_or_say_why(company, day, ledger) + self[middle:]._book_or_say_why(
                company, day, ledger
            )
        self.filtered("problem").problem = False
        booked = self._ledger(self)
        for row in self:
            known = booked.get(row.id, NOTHING_BOOKED)
            row.write({"booked": float(known.booked), "provision": float(known.provision)})
        return entry

    def _make_entry(self, company, day, ledger):
        lines = []
        for row in self:
            known = ledger.get(row.id, NOTHING_BOOKED)
            amount = row.currency_id.round(row.accrued - float(known.booked))
            balance = row.currency_id._convert(amount, company.currency_id, company, day)
            if amount:
                lines += row._entry_lines(amount, balance)
            if row.currency_id != company.currency_id and row.currency_id.is_zero(float(known.open) + amount):
                lines += row._exchange_lines(company, company.currency_id.round(float(known.provision) + balance))
        if not lines:
            return self.env["account.move"]
        entry = (
            self.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": "entry",
                    "journal_id": company.b2b_rebate_journal_id.id,
                    "company_id": company.id,
                    "date": day,
                    "ref": self.env._("Rebates of customer contracts"),
                    "line_ids": [Command.create(values) for values in lines],
                }
            )
        )
        entry._post(soft=False)
        return entry

    def _entry_lines(self, amount, balance):
        label = f"{self.contract_id.name}: {self.display_name}"
        common = {
            "name": label,
            "partner_id": self.partner_id.id,
            "currency_id": self.currency_id.id,
            "b2b_rebate_id": self.id,
        }
        return [
            {
                **common,
                "account_id": self.expense_account_id.id,
                "amount_currency": amount,
                "balance": balance,
            },
            {
                **common,
                "account_id": self.provision_account_id.id,
                "amount_currency": -amount,
                "balance": -balance,
            },
        ]

    def _exchange_lines(self, company, residue):
        """Return the lines that bring the liability to zero in the company's currency, too."""
        if company.currency_id.is_zero(residue):
            return []
        account = (
            company.income_currency_exchange_account_id if residue > 0 else company.expense_currency_exchange_account_id
        )
        if not account:
            raise UserError(
                self.env._(
                    "Choose the accounts of exchange differences under Settings ‣ Accounting ‣ Default Accounts: the "
                    "rate moved while the rebate was set aside."
                )
            )
        common = {
            "name": self.env._("Exchange difference: %s", self.display_name),
            "partner_id": self.partner_id.id,
            "currency_id": self.currency_id.id,
            "b2b_rebate_id": self.id,
            "amount_currency": 0.0,
        }
        return [
            {**common, "account_id": self.provision_account_id.id, "balance": residue},
            {**common, "account_id": account.id, "balance": -residue},
        ]
