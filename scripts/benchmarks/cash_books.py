"""Puts a labelled world of payments into Odoo's books: customers, orders, invoices, earlier payments.

Invoices are cloned from one that Odoo made, row by row in SQL: forty thousand of them would take Odoo a quarter of an
hour, and how they came to be is not what the benchmark measures.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from psycopg2.extras import Json, execute_values

from order_to_cash.cash import Allocation

from .cash_bank import CURRENCY, OWN_ACCOUNT

FOREIGN = "USD"
FOREIGN_RATE = Decimal("1.08")
"""Dollars for a euro, in the books; what banks pay for them differs by a percent or two."""
SIGNED_TOTALS = (
    "amount_untaxed_signed",
    "amount_total_signed",
    "amount_total_in_currency_signed",
    "amount_untaxed_in_currency_signed",
)


@dataclass
class Books:
    """Where the things of a world are in Odoo.

    :param company: res.company
    :param items: item key of the world → id of its journal item
    :param past: key of an earlier payment → id of its statement line
    :param paid: key of an earlier payment → id of the journal item that it paid
    """

    company: object
    journal: object
    items: dict = field(default_factory=dict)
    past: dict = field(default_factory=dict)
    paid: dict = field(default_factory=dict)


def load(env, world):
    """Write a world into a company of its own; in a database without our addons, what only these know is left out.

    :param env: environment of the superuser
    :param world: cash_world.World
    :returns: Books
    """
    company = _company(env)
    env = env(context={**env.context, "allowed_company_ids": company.ids, "tracking_disable": True})
    company = company.with_env(env)
    journal = env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", company.id)], limit=1)
    journal.set_bank_account(OWN_ACCOUNT)
    books = Books(company, journal)
    partners = _partners(env, company, world.payers)
    _Invoices(env, company, partners, books).write(world)
    if "b2b.payer.alias" in env:
        _past_payments(env, books, partners, world)
    env.flush_all()
    env.invalidate_all()
    env.cr.execute("ANALYZE")
    return books


def _company(env):
    currency = env["res.currency"].with_context(active_test=False).search([("name", "=", CURRENCY)])
    foreign = env["res.currency"].with_context(active_test=False).search([("name", "=", FOREIGN)])
    (currency + foreign).active = True
    company = env["res.company"].create({"name": "Benchmark", "currency_id": currency.id})
    env.user.write({"company_ids": [(4, company.id)]})
    env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
    company.currency_id = currency
    foreign.rate_ids.unlink()
    env["res.currency.rate"].create(
        {"currency_id": foreign.id, "company_id": company.id, "name": "2025-01-01", "rate": float(FOREIGN_RATE)}
    )
    return company


def _partners(env, company, payers):
    partners = env["res.partner"].create(
        [{"name": payer.name, "is_company": True, "company_id": company.id, "customer_rank": 1} for payer in payers]
    )
    env["res.partner.bank"].create(
        [
            {"acc_number": number, "partner_id": partner.id, "acc_holder_name": payer.name}
            for payer, partner in zip(payers, partners, strict=True)
            for number in payer.accounts
        ]
    )
    if "b2b.payer.alias" in env:
        env["b2b.payer.alias"].create(
            [
                {"name": name, "kind": kind, "partner_id": partner.id, "company_id": company.id}
                for payer, partner in zip(payers, partners, strict=True)
                for kind, names in (("name", payer.aliases), ("mandate", payer.mandates))
                for name in names
            ]
        )
    return {payer.key: partner.id for payer, partner in zip(payers, partners, strict=True)}


def _past_payments(env, books, partners, world):
    payments = world.past_payments
    lines = env["account.bank.statement.line"].create(
        [
            {
                "journal_id": books.journal.id,
                "date": payment.date,
                "amount": float(payment.amount),
                "payment_ref": payment.references[0],
                "partner_id": partners[payment.payer],
                "b2b_end_to_end_id": payment.references[0],
                "transaction_details": {"text": "", "end_to_end_id": payment.references[0]},
            }
            for payment in payments
        ]
    )
    books.past.update(zip((payment.key for payment in payments), lines.ids, strict=True))
    for payment, line in zip(payments, lines, strict=True):
        if item := books.paid.get(payment.key):
            line._b2b_apply_by_hand([Allocation(item, payment.amount)], line.currency_id)
        else:
            line.action_b2b_on_account()


class _Invoices:
    """Clones invoices with their orders from one of each."""

    def __init__(self, env, company, partners, books):
        self.env, self.cr = env, env.cr
        self.company, self.partners, self.books = company, partners, books
        currencies = env["res.currency"].search([("name", "in", (CURRENCY, FOREIGN))])
        self._currencies = {currency.name: currency.id for currency in currencies}

    def write(self, world):
        """All open items and closed documents of the world."""
        self._make_templates()
        documents = [self._open_document(item) for item in world.items]
        keeps_open = "b2b.payer.alias" in self.env
        for key, item in world.paid_items.items():
            documents.append({**self._open_document(item), "key": None, "paid_by": key, "open": keeps_open})
        earlier = [reference for reference in world.closed if reference.key not in world.paid_items]
        documents += self._closed_documents(earlier)
        self._clone_all(documents)

    def _open_document(self, item):
        order, *channel = item.references[1:]
        return {
            "key": item.key,
            "number": item.references[0],
            "order": order,
            "channel": channel[0] if channel else None,
            "purchase": item.customer_references[0] if item.customer_references else None,
            "partner": self.partners[item.payer],
            "amount": item.residual,
            "currency": item.currency,
            "date": item.date,
            "due": item.due_date,
            "reference": item.payment_reference,
            "discount": item.discount,
            "request": item.end_to_end_ids[0] if item.end_to_end_ids else None,
            "open": True,
        }

    def _closed_documents(self, closed):
        by_key = {}
        for reference in closed:
            document = by_key.setdefault(
                reference.key,
                {
                    "key": None,
                    "channel": None,
                    "purchase": None,
                    "currency": CURRENCY,
                    "partner": self.partners[reference.payer],
                    "amount": reference.amount,
                    "reference": None,
                    "discount": None,
                    "request": None,
                    "open": False,
                },
            )
            document["order" if reference.number.startswith("S") else "number"] = reference.number
        day = min((item for item in self._dates), default=None)
        for document in by_key.values():
            document.update({"date": day, "due": day + timedelta(days=30)})
        return list(by_key.values())

    def _make_templates(self):
        env = self.env
        term = env["account.payment.term"].create(
            {
                "name": "Benchmark",
                "company_id": self.company.id,
                "early_discount": True,
                "discount_percentage": 2.0,
                "discount_days": 14,
                "early_pay_discount_computation": "excluded",
            }
        )
        partner = env["res.partner"].browse(next(iter(self.partners.values())))
        product = env["product.product"].create({"name": "Goods", "type": "service", "invoice_policy": "order"})
        order = env["sale.order"].create(
            {
                "partner_id": partner.id,
                "payment_term_id": term.id,
                "order_line": [(0, 0, {"product_id": product.id, "price_unit": 100.0, "tax_ids": False})],
            }
        )
        order.action_confirm()
        self._dates = [order.date_order.date().replace(year=2026, month=1, day=1)]
        invoice = order._create_invoices()
        invoice.write({"invoice_date": self._dates[0], "name": "BENCH/2026/00001"})
        invoice.action_post()
        env.flush_all()
        self.order, self.invoice = order, invoice
        self.product_line = invoice.line_ids.filtered(lambda line: line.display_type == "product")
        self.term_line = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term")

    def _clone_all(self, documents):
        count = len(documents)
        moves = self._ids("account_move", count)
        orders, order_lines, made = self._shared_orders(documents)
        products, terms = self._ids("account_move_line", count), self._ids("account_move_line", count)
        rows = list(zip(documents, moves, orders, order_lines, products, terms, strict=True))
        self._clone("account_move", self.invoice.id, [self._move(d, m) for d, m, *_rest in rows])
        self._clone(
            "account_move_line", self.product_line.id, [self._item(d, m, p, -1) for d, m, _o, _l, p, _t in rows]
        )
        self._clone("account_move_line", self.term_line.id, [self._term(d, m, t) for d, m, _o, _l, _p, t in rows])
        self._clone("sale_order", self.order.id, [self._order(d, order) for d, order, _line in made])
        self._clone(
            "sale_order_line",
            self.order.order_line.id,
            [{"id": line, "order_id": order} for _d, order, line in made],
        )
        execute_values(
            self.cr._obj,
            "INSERT INTO sale_order_line_invoice_rel (invoice_line_id, order_line_id) VALUES %s",
            [(product, line) for _d, _m, _o, line, product, _t in rows],
        )
        self._requests([(d["request"], m) for d, m, *_rest in rows if d["request"]])
        self.books.items.update({d["key"]: t for d, _m, _o, _l, _p, t in rows if d["open"] and d["key"] is not None})
        self.books.paid.update({d["paid_by"]: t for d, _m, _o, _l, _p, t in rows if d["open"] and "paid_by" in d})

    def _shared_orders(self, documents):
        """One order, with one line, for each order number: some have two invoices.

        :returns: for each document the id of its order and that of the order's line; and what to make: for each order
            its first document and both ids
        """
        first = {}
        for document in documents:
            first.setdefault(document["order"], document)
        pairs = zip(self._ids("sale_order", len(first)), self._ids("sale_order_line", len(first)), strict=True)
        ids = dict(zip(first, pairs, strict=True))
        orders, lines = zip(*(ids[document["order"]] for document in documents), strict=True)
        return orders, lines, [(document, *ids[name]) for name, document in first.items()]

    def _ids(self, table, count):
        self.cr.execute(f"SELECT nextval('{table}_id_seq') FROM generate_series(1, %s)", [count])
        return [row[0] for row in self.cr.fetchall()]

    def _clone(self, table, template, rows):
        execute_values(
            self.cr._obj,
            f"INSERT INTO {table} SELECT (jsonb_populate_record(t, r.data)).* FROM {table} t, (VALUES %s) r(data) "
            f"WHERE t.id = {template:d}",
            [(Json(row),) for row in rows],
            template="(%s::jsonb)",
            page_size=2000,
        )

    def _move(self, document, move):
        amount, balance = float(document["amount"]), _in_books(document)
        unsigned, residual = abs(amount), abs(amount) if document["open"] else 0.0
        sign = 1 if amount > 0 else -1
        prefix, number = document["number"].rsplit("/", 1)
        return {
            "id": move,
            "name": document["number"],
            "sequence_prefix": f"{prefix}/",
            "sequence_number": int(number),
            "move_type": "out_invoice" if amount > 0 else "out_refund",
            "partner_id": document["partner"],
            "commercial_partner_id": document["partner"],
            "partner_shipping_id": document["partner"],
            "invoice_date": str(document["date"]),
            "date": str(document["date"]),
            "invoice_date_due": str(document["due"]),
            "payment_reference": document["reference"] or document["number"],
            "ref": document["purchase"],
            "payment_state": "not_paid" if document["open"] else "paid",
            "access_token": None,
            "currency_id": self._currency_id(document),
            "invoice_currency_rate": float(FOREIGN_RATE) if document["currency"] == FOREIGN else 1.0,
            **dict.fromkeys(("amount_untaxed", "amount_total"), unsigned),
            **dict.fromkeys(("amount_untaxed_signed", "amount_total_signed"), balance),
            **dict.fromkeys(("amount_total_in_currency_signed", "amount_untaxed_in_currency_signed"), sign * unsigned),
            "amount_residual": residual,
            "amount_residual_signed": balance if document["open"] else 0.0,
        }

    def _item(self, document, move, item, sign):
        amount, balance = sign * float(document["amount"]), sign * _in_books(document)
        return {
            "id": item,
            "move_id": move,
            "move_name": document["number"],
            "partner_id": document["partner"],
            "date": str(document["date"]),
            "invoice_date": str(document["date"]),
            "currency_id": self._currency_id(document),
            "balance": balance,
            "amount_currency": amount,
            "debit": max(balance, 0.0),
            "credit": max(-balance, 0.0),
            "price_unit": abs(amount),
            "price_subtotal": abs(amount),
            "price_total": abs(amount),
        }

    def _term(self, document, move, item):
        amount, discount = float(document["amount"]), document["discount"]
        after = float(document["amount"] - discount.amount) if discount else 0.0
        return {
            **self._item(document, move, item, 1),
            "amount_residual": _in_books(document) if document["open"] else 0.0,
            "amount_residual_currency": amount if document["open"] else 0.0,
            "reconciled": not document["open"],
            "date_maturity": str(document["due"]),
            "discount_date": str(discount.until) if discount else None,
            "discount_amount_currency": after,
            "discount_balance": after,
        }

    def _order(self, document, order):
        return {
            "id": order,
            "name": document["order"],
            "origin": document["channel"],
            "client_order_ref": document["purchase"],
            "partner_id": document["partner"],
            "partner_invoice_id": document["partner"],
            "partner_shipping_id": document["partner"],
            "access_token": None,
        }

    def _currency_id(self, document):
        return self._currencies[document["currency"]]

    def _requests(self, requests):
        """Payment requests that were sent, whose reference the bank gives back as end-to-end id."""
        provider = self.env["payment.provider"].sudo().with_context(active_test=False).search([], limit=1)
        method = self.env["payment.method"].sudo().with_context(active_test=False).search([], limit=1)
        template = self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "reference": "BENCH-TEMPLATE",
                "amount": 1.0,
                "currency_id": self.company.currency_id.id,
                "partner_id": next(iter(self.partners.values())),
            }
        )
        self.env.flush_all()
        ids = self._ids("payment_transaction", len(requests))
        rows = [{"id": one, "reference": reference} for one, (reference, _move) in zip(ids, requests, strict=True)]
        self._clone("payment_transaction", template.id, rows)
        execute_values(
            self.cr._obj,
            "INSERT INTO account_invoice_transaction_rel (transaction_id, invoice_id) VALUES %s",
            [(one, move) for one, (_reference, move) in zip(ids, requests, strict=True)],
        )


def _in_books(document):
    """A document's amount in the company's currency."""
    rate = FOREIGN_RATE if document["currency"] == FOREIGN else 1
    return float((document["amount"] / rate).quantize(Decimal("0.01")))
