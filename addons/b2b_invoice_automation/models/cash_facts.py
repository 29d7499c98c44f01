"""Gathers what the cash application engine needs to know, in a fixed number of queries.

Apart from the models, because a batch needs columns of a dozen tables for tens of thousands of open items, and none
of the records themselves.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from odoo.tools import SQL

from ..order_to_cash.cash import ClosedReference, EarlyDiscount, OpenItem, PastPayment, Payer
from ..order_to_cash.money import to_decimal
from .bank_transaction import advised_line, bank_line

CLOSED_DAYS = 400
NO_PARTNER = 0
OPEN_NOW = SQL("(aml.reconciled IS NULL OR aml.reconciled = FALSE) AND aml.amount_residual_currency != 0")


@dataclass
class Facts:
    """Everything `match` takes, but the rules. Items have the ids of journal items, closed documents those of their
    moves, negative, so that the two cannot be mixed up."""

    lines: list
    items: list
    payers: list
    closed: list
    past: list
    rate_on: Callable


class FactGatherer:
    """Facts of one company.

    :param company: res.company
    """

    def __init__(self, company):
        self.company = company
        self.env = company.env
        self._currency_names = {
            currency.id: currency.name
            for currency in self.env["res.currency"].with_context(active_test=False).search([])
        }

    def gather(self, statement_lines):
        """Facts for a batch of statement lines."""
        self.env.flush_all()
        advised = self.env["b2b.remittance"]._remittance_references(statement_lines)
        mappings = self.env["account.reconcile.model"]._b2b_partner_models(self.company)
        lines = [advised_line(self._bank_line(line, mappings), advised.get(line.id)) for line in statement_lines]
        rows = self._item_rows()
        items = self._open_items(rows)
        first_day = min(line.date for line in lines)
        return Facts(
            lines=lines,
            items=items,
            payers=self._payers({item.payer for item in items}),
            closed=self._closed_references(first_day - timedelta(days=CLOSED_DAYS)),
            past=self._past_payments(lines),
            rate_on=self._rate_on(),
        )

    def _bank_line(self, line, mappings):
        """A statement line for the engine. Who a person set as its partner paid it, whatever the bank says."""
        foreign = line.foreign_currency_id
        known = line.partner_id.commercial_partner_id if not line.b2b_partner_set else line.partner_id.browse()
        found = bank_line(
            line.id,
            line.date,
            to_decimal(line.amount),
            line.currency_id.name,
            line.payment_ref,
            line.partner_name,
            line.account_number,
            {
                **(line.transaction_details if isinstance(line.transaction_details, dict) else {}),
                **(
                    {"instructed_amount": str(to_decimal(line.amount_currency)), "instructed_currency": foreign.name}
                    if foreign
                    else {}
                ),
            },
        )
        mapped = mappings._b2b_fitting_mapping(line) if mappings and not known else None
        return replace(found, known_payer=known.id or None, mapped_payer=mapped or None)

    def _item_rows(self, which=OPEN_NOW):
        """Rows of posted journal items that can be paid.

        :param SQL which: of these, the condition on `aml`
        """
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT aml.id, aml.move_id, aml.amount_residual_currency AS residual, aml.currency_id, aml.date,
                       move.statement_line_id,
                       COALESCE(aml.date_maturity, aml.date) AS due_date, aml.amount_currency,
                       aml.discount_date, aml.discount_amount_currency,
                       COALESCE(partner.commercial_partner_id, 0) AS payer, account.account_type,
                       move.name, move.ref, move.payment_reference, move.move_type
                  FROM account_move_line aml
                  JOIN account_move move ON move.id = aml.move_id
                  JOIN account_account account ON account.id = aml.account_id
             LEFT JOIN res_partner partner ON partner.id = aml.partner_id
                 WHERE aml.company_id = %(company)s
                   AND aml.parent_state = 'posted'
                   AND aml.account_id IN %(accounts)s
                   AND %(which)s
                """,
                which=which,
                company=self.company.id,
                accounts=self._item_accounts(),
            )
        )

    def _item_accounts(self):
        """Receivables, payables, and what payments registered in Odoo wait on. A branch has those of its parents."""
        accounts = self.env["account.account"].search(
            [
                ("company_ids", "parent_of", self.company.id),
                ("account_type", "in", ("asset_receivable", "liability_payable")),
                ("non_trade", "=", False),
            ]
        )
        methods = self.env["account.payment.method.line"].search(
            [("journal_id.company_id", "parent_of", self.company.id)]
        )
        outstanding = (methods.payment_account_id | self._default_outstanding()).filtered("reconcile")
        return tuple((accounts | outstanding).ids) or (0,)

    def _default_outstanding(self):
        """The accounts of Odoo's own choice, where a payment method names none."""
        chart = self.env["account.chart.template"].with_context(allowed_company_ids=self.company.root_id.ids)
        names = ("account_journal_payment_debit_account_id", "account_journal_payment_credit_account_id")
        accounts = (chart.ref(name, raise_if_not_found=False) for name in names)
        return self.env["account.account"].union(*filter(None, accounts))

    def _open_items(self, rows):
        move_ids = {row["move_id"] for row in rows}
        orders, requests = self._order_numbers(move_ids), self._payment_requests(move_ids)
        disputed = self._disputed_moves()
        items = []
        for row in rows:
            names, purchase_numbers = orders.get(row["move_id"], ((), ()))
            is_invoice = row["move_type"] != "entry"
            references = [row["name"], *names] if row["name"] and is_invoice else []
            items.append(
                OpenItem(
                    key=row["id"],
                    payer=row["payer"],
                    residual=to_decimal(row["residual"]),
                    currency=self._currency_names[row["currency_id"]],
                    date=row["date"],
                    due_date=row["due_date"],
                    references=tuple(dict.fromkeys(references)),
                    customer_references=tuple(
                        dict.fromkeys([*purchase_numbers, *_split_reference(row["ref"] if is_invoice else "")])
                    ),
                    payment_reference=_fixed_reference(row),
                    end_to_end_ids=tuple(requests.get(row["move_id"], ())),  # pylint: disable=external-request-timeout
                    discount=_discount(row),
                    disputed=row["move_id"] in disputed,
                )
            )
        return items

    def _disputed_moves(self):
        """Documents with an open case. Money that came back, or is promised, is not contested."""
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT move_id FROM b2b_discrepancy
                    WHERE company_id = %s AND state = 'open' AND move_id IS NOT NULL AND type != 'returned'
                      AND COALESCE(outcome_code, '') != 'chase'""",
                self.company.id,
            )
        )
        return {move_id for (move_id,) in rows}

    def _order_numbers(self, move_ids):
        """Invoice → (order and shop order numbers, PO numbers)."""
        if not move_ids:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT aml.move_id, so.name, so.origin, so.client_order_ref
                  FROM account_move_line aml
                  JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = aml.id
                  JOIN sale_order_line sol ON sol.id = rel.order_line_id
                  JOIN sale_order so ON so.id = sol.order_id
                 WHERE aml.move_id IN %s
              ORDER BY aml.move_id, so.name
                """,
                tuple(move_ids),
            )
        )
        found = {}
        for move_id, name, origin, purchase_number in rows:
            names, purchase_numbers = found.setdefault(move_id, ([], []))
            names.extend(filter(None, (name, origin)))
            purchase_numbers.extend(filter(None, (purchase_number,)))
        return found

    def _payment_requests(self, move_ids):
        """Invoice → references of the payments that its customer was asked for or began."""
        if not move_ids:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT rel.invoice_id, payment.reference, payment.provider_reference
                  FROM account_invoice_transaction_rel rel
                  JOIN payment_transaction payment ON payment.id = rel.transaction_id
                 WHERE rel.invoice_id IN %s AND payment.state NOT IN ('cancel', 'error')
              ORDER BY payment.id
                """,
                tuple(move_ids),
            )
        )
        found = {}
        for move_id, *references in rows:
            found.setdefault(move_id, []).extend(filter(None, references))
        return found

    def _payers(self, with_items, taught_before=None):
        """All commercial entities that may pay.

        :param with_items: keys of those that owe something
        :param date taught_before: without what people taught by applying lines of this day or later
        """
        partners = self.env.execute_query(
            SQL(
                """SELECT id, name FROM res_partner
                    WHERE commercial_partner_id = id AND name IS NOT NULL
                      AND (company_id IS NULL OR company_id = %s) AND id != %s
                      AND (id IN %s OR (active AND (is_company OR customer_rank > 0 OR supplier_rank > 0)))""",
                self.company.id,
                self.company.partner_id.id,
                tuple(with_items) or (NO_PARTNER,),
            )
        )
        accounts, aliases, mandates = {}, {}, {}
        for partner_id, number in self.env.execute_query(
            SQL("""SELECT partner.commercial_partner_id, bank.sanitized_acc_number FROM res_partner_bank bank
                     JOIN res_partner partner ON partner.id = bank.partner_id WHERE bank.active""")
        ):
            accounts.setdefault(partner_id, []).append(number)
        for partner_id, kind, name in self.env.execute_query(
            SQL(
                """SELECT alias.partner_id, alias.kind, alias.name FROM b2b_payer_alias alias
                LEFT JOIN account_bank_statement_line line ON line.id = alias.statement_line_id
                LEFT JOIN account_move move ON move.id = line.move_id
                    WHERE alias.active AND alias.company_id = %s AND (move.date IS NULL OR move.date < %s)""",
                self.company.id,
                taught_before or date.max,
            )
        ):
            known = {"account": accounts, "mandate": mandates, "name": aliases}[kind]
            known.setdefault(partner_id, []).append(name)
        return [
            Payer(
                partner_id,
                name,
                aliases=tuple(aliases.get(partner_id, ())),
                accounts=tuple(accounts.get(partner_id, ())),
                mandates=tuple(mandates.get(partner_id, ())),
            )
            for partner_id, name in partners
        ]

    def _closed_references(self, first_day):
        rows = self.env.execute_query(
            SQL(
                """SELECT id, name, payment_reference, commercial_partner_id, amount_total_in_currency_signed,
                          currency_id
                     FROM account_move
                    WHERE company_id = %s AND state = 'posted' AND name IS NOT NULL AND date >= %s
                      AND move_type IN ('out_invoice', 'out_refund')
                      AND payment_state IN ('paid', 'in_payment', 'reversed')""",
                self.company.id,
                first_day,
            )
        )
        orders = self._order_numbers({row[0] for row in rows})
        return [
            ClosedReference(
                number, -move_id, partner_id or NO_PARTNER, to_decimal(amount), self._currency_names[currency_id]
            )
            for move_id, name, reference, partner_id, amount, currency_id in rows
            for number in dict.fromkeys(filter(None, (name, reference, *orders.get(move_id, ((), ()))[0])))
        ]

    def _past_payments(self, lines):
        """Earlier payments, applied or waiting, that the returns in a batch may take back; each once."""
        returns = [line for line in lines if line.is_reversal]
        if not returns:
            return []
        amounts = {-line.amount for line in returns}
        amounts |= {abs(line.original_amount) for line in returns if line.original_amount is not None}
        references = {line.end_to_end_id for line in returns if line.end_to_end_id}
        batch = {line.key for line in lines}
        earlier = self.env["account.bank.statement.line"]
        taken_back = earlier._search(
            [("company_id", "=", self.company.id), ("b2b_reversed_line_id", "!=", False), ("id", "not in", list(batch))]
        )
        found = earlier.search(
            [
                ("company_id", "=", self.company.id),
                ("b2b_state", "!=", False),
                ("state", "=", "posted"),
                ("id", "not in", taken_back.subselect("b2b_reversed_line_id")),
                ("date", ">=", min(line.date for line in returns) - timedelta(days=CLOSED_DAYS)),
                "|",
                ("amount", "in", [float(amount) for amount in amounts]),
                ("b2b_end_to_end_id", "in", list(references)),
            ]
        )
        return [
            PastPayment(
                line.id,
                line.date,
                to_decimal(line.amount),
                line.currency_id.name,
                tuple(filter(None, (line.b2b_end_to_end_id, (line.transaction_details or {}).get("bank_reference")))),
                line._workbench_payer().id or None,
            )
            for line in found
            if line.id not in batch
        ]

    def _rate_on(self):
        """The company's rates, each asked for once; None where one of two currencies has none by the day."""
        known, currencies = {}, self.env["res.currency"]
        since = {}

        def is_rated(currency, day):
            if not since:
                since.update(currencies._b2b_rated_since(self.company))
            return day >= since.get(currency, date.max)

        def rate_on(source, target, day):
            if (source, target, day) not in known:
                pair = currencies._b2b_by_name(source), currencies._b2b_by_name(target)
                rate = None
                if source == target or all(is_rated(one, day) for one in pair):
                    rate = to_decimal(currencies._get_conversion_rate(*pair, self.company, day))
                known[source, target, day] = rate
            return known[source, target, day]

        return rate_on


def _split_reference(reference):
    """An invoice's reference may hold several PO numbers."""
    return [part for part in re.split(r"[,;]\s*", reference or "") if part.strip()]


def _fixed_reference(row):
    reference = row["payment_reference"] or ""
    return reference if reference != row["name"] else ""


def _discount(row):
    """The early payment discount of an item that nothing was paid on yet."""
    if not row["discount_date"] or not row["discount_amount_currency"] or row["residual"] != row["amount_currency"]:
        return None
    amount = to_decimal(row["amount_currency"]) - to_decimal(row["discount_amount_currency"])
    return EarlyDiscount(amount, row["discount_date"]) if amount else None
