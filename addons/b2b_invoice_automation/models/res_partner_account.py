"""A customer's account: what is open and overdue, what was paid last, and its statement over a period.

The figures are for the customer (portal, statement) as well as for our own people. They are worked out of the ledger's
receivable entries, in the currency of each entry, and cover a commercial entity with all its contacts.
"""

from collections import defaultdict
from datetime import date, timedelta
from typing import NamedTuple

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from ..order_to_cash.money import to_decimal
from ..order_to_cash.receivables import BUCKETS, ageing


class AccountEntry(NamedTuple):
    """One document on a customer's account: what it adds to the debt, and the balance after it."""

    day: date
    move: models.BaseModel
    kind: str
    text: str
    due: date | None
    amount: float
    balance: float


class OpenItem(NamedTuple):
    """What is left of one document on some day; ``days_late`` is 0 or less when it is not overdue."""

    move: models.BaseModel
    kind: str
    text: str
    day: date
    due: date
    amount: float
    open: float
    days_late: int


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _b2b_account_lines_domain(self, companies):
        """Domain of the ledger entries that make up what the commercial entity owes."""
        entity = self.commercial_partner_id
        family = self.sudo().with_context(active_test=False).search([("id", "child_of", entity.ids)])
        accounts = (
            self.env["account.account"]
            .sudo()
            .with_context(active_test=False)
            .search(
                Domain(self.env["account.account"]._check_company_domain(companies))
                & Domain("account_type", "=", "asset_receivable")
            )
        )
        return Domain(
            [
                ("account_id", "in", accounts.ids),
                ("partner_id", "in", family.ids),
                ("company_id", "in", companies.ids),
                ("parent_state", "=", "posted"),
            ]
        )

    def _b2b_account_summary(self, companies, today=None):
        """What the commercial entity owes.

        :param companies: our companies
        :param date today: the day that decides what is overdue
        :returns: list of dicts, one per currency with something open, the largest first: ``currency``, ``due`` (open
            invoices), ``overdue`` (of these), ``credit`` (credit notes and payments not used yet, above zero),
            ``balance`` (due − credit), ``overdue_count``
        """
        today = today or fields.Date.context_today(self)
        open_items = self._b2b_account_lines_domain(companies) & Domain("reconciled", "=", False)
        totals = defaultdict(lambda: {"due": 0.0, "overdue": 0.0, "credit": 0.0, "overdue_count": 0})
        for part, domain in (
            ("due", Domain("amount_residual_currency", ">", 0)),
            ("overdue", Domain("amount_residual_currency", ">", 0) & Domain("date_maturity", "<", today)),
            ("credit", Domain("amount_residual_currency", "<", 0)),
        ):
            for currency, amount, count in (
                self.env["account.move.line"]
                .sudo()
                ._read_group(
                    open_items & domain, ["currency_id"], ["amount_residual_currency:sum", "move_id:count_distinct"]
                )
            ):
                totals[currency][part] = abs(amount)
                if part == "overdue":
                    totals[currency]["overdue_count"] = count
        return sorted(
            (
                {"currency": currency, **parts, "balance": currency.round(parts["due"] - parts["credit"])}
                for currency, parts in totals.items()
            ),
            key=lambda row: -row["due"],
        )

    def _b2b_last_payments(self, companies, limit=5):
        """The latest payments received.

        :returns: list of dicts with ``date``, ``amount`` (above zero), ``currency``, ``text``
        """
        lines = (
            self.env["account.move.line"]
            .sudo()
            .search(
                self._b2b_account_lines_domain(companies)
                & Domain("move_id.move_type", "=", "entry")
                & Domain("balance", "<", 0)
                & (Domain("statement_line_id", "!=", False) | Domain("payment_id", "!=", False)),
                order="date desc, id desc",
                limit=10 * limit,
            )
        )
        payments = []
        for move, parts in lines.grouped("move_id").items():
            currency, same = next(iter(parts.grouped("currency_id").items()))
            payments.append(
                {
                    "date": move.date,
                    "currency": currency,
                    "amount": -sum(same.mapped("amount_currency")),
                    "text": self._b2b_entry_text(move),
                }
            )
        return payments[:limit]

    def _b2b_statement(self, company, date_from, date_to):
        """The statement of account: what was owed, what came and went, what is left.

        :param company: one of our companies
        :param date date_from: first day
        :param date date_to: last day; what is open is rebuilt as of its end
        :returns: list of dicts, one per currency: ``currency``, ``opening``, ``entries`` (list of
            :class:`AccountEntry`), ``closing``, ``open_items`` (list of :class:`OpenItem`), ``open_total``,
            ``overdue_total``, ``ageing`` (list of (label, amount))
        """
        domain = self._b2b_account_lines_domain(company) & Domain("amount_currency", "!=", 0)
        lines = self.env["account.move.line"].sudo()
        opening = dict(
            lines._read_group(domain & Domain("date", "<", date_from), ["currency_id"], ["amount_currency:sum"])
        )
        moved = lines.search(
            domain & Domain([("date", ">=", date_from), ("date", "<=", date_to)]), order="date, move_name, id"
        ).grouped("currency_id")
        open_items = self._b2b_open_items(domain, date_to)
        sections = []
        for currency in self.env["res.currency"].union(*opening, *moved, *open_items).sorted("name"):
            entries = self._b2b_entries(moved.get(currency, lines), currency, opening.get(currency, 0.0))
            items = open_items.get(currency, [])
            section = {
                "currency": currency,
                "opening": currency.round(opening.get(currency, 0.0)),
                "entries": entries,
                "closing": entries[-1].balance if entries else currency.round(opening.get(currency, 0.0)),
                "open_items": items,
                "open_total": currency.round(sum(item.open for item in items)),
                "overdue_total": currency.round(sum(item.open for item in items if item.days_late > 0)),
                "ageing": self._b2b_ageing(items, date_to),
            }
            if entries or items or not currency.is_zero(section["opening"]):
                sections.append(section)
        return sections

    def _b2b_entries(self, lines, currency, balance):
        entries = []
        for move, parts in lines.grouped("move_id").items():
            amount = currency.round(sum(parts.mapped("amount_currency")))
            balance = currency.round(balance + amount)
            kind = self._b2b_entry_kind(move)
            due = min(filter(None, parts.mapped("date_maturity")), default=None) if kind == "invoice" else None
            entries.append(AccountEntry(parts[0].date, move, kind, self._b2b_entry_text(move), due, amount, balance))
        return entries

    def _b2b_open_items(self, domain, day):
        """What is open at the end of a day, by currency, the oldest due first.

        Today's residual is taken back by what was reconciled after that day, so that the past reads as it was.
        """
        later = self.env["account.partial.reconcile"].sudo()
        lines = self.env["account.move.line"].sudo()
        family = domain & Domain("date", "<=", day)
        if day < fields.Date.context_today(self):
            ours = lines._search(family)
            later = later.search(
                Domain("max_date", ">", day)
                & (Domain("debit_move_id", "in", ours) | Domain("credit_move_id", "in", ours))
            )
        undone = defaultdict(float)
        for partial in later:
            undone[partial.debit_move_id.id] += partial.debit_amount_currency
            undone[partial.credit_move_id.id] -= partial.credit_amount_currency
        candidates = lines.search(family & (Domain("reconciled", "=", False) | Domain("id", "in", list(undone))))
        items = defaultdict(list)
        for (move, currency), parts in candidates.grouped(lambda line: (line.move_id, line.currency_id)).items():
            for due, same in parts.grouped(lambda line: line.date_maturity or line.date).items():
                left = currency.round(sum(line.amount_residual_currency + undone[line.id] for line in same))
                if not currency.is_zero(left):
                    amount = currency.round(sum(same.mapped("amount_currency")))
                    kind, text = self._b2b_entry_kind(move), self._b2b_entry_text(move)
                    late = (day - due).days if left > 0 else 0
                    items[currency].append(OpenItem(move, kind, text, same[0].date, due, amount, left, late))
        for rows in items.values():
            rows.sort(key=lambda item: (item.due, item.move.id))
        return items

    def _b2b_ageing(self, items, day):
        """Open amounts by how long they are overdue; credits that nothing uses yet count as not due.

        :returns: list of (label, amount)
        """
        labels = {
            "current": self.env._("Not due"),
            "1-30": self.env._("1 – 30 days"),
            "31-60": self.env._("31 – 60 days"),
            "61-90": self.env._("61 – 90 days"),
            "over-90": self.env._("Over 90 days"),
        }
        amounts = ageing(((day - timedelta(days=item.days_late), to_decimal(item.open)) for item in items), day)
        return [(labels[bucket.name], float(amounts[bucket.name])) for bucket in BUCKETS]

    def _b2b_statement_headings(self, date_from, date_to):
        """The headings of a statement, as whole sentences."""
        first, last = format_date(self.env, date_from), format_date(self.env, date_to)
        return {
            "open": self.env._("Open on %s", last),
            "booked": self.env._("Booked from %(first)s to %(last)s", first=first, last=last),
            "note": self.env._("Payments booked after %s are not in this statement.", last),
        }

    def _b2b_entry_kind(self, move):
        if move.move_type in ("out_invoice", "out_receipt"):
            return "invoice"
        if move.move_type == "out_refund":
            return "credit_note"
        return "payment" if move.statement_line_id or move.origin_payment_id else "adjustment"

    def _b2b_entry_text(self, move):
        """What the customer knows the document by: PO number of an invoice, own text of a payment."""
        if move.statement_line_id:
            return (move.statement_line_id.payment_ref or "")[:80]
        return move.origin_payment_id.memo or move.ref or "" if move.move_type == "entry" else move.ref or ""

    def _b2b_days_late_text(self, days):
        """How long something is overdue, for the customer."""
        return self.env._("1 day overdue") if days == 1 else self.env._("%s days overdue", days)
