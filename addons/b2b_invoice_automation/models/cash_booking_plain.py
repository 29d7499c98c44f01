"""Books plain bank lines whole: everything that follows from them is known beforehand and written once, in bulk.

Plain is the everyday case: in the company's own currency, on invoices that nothing was paid on yet, with no taxes that
fall due by payment. Core works such a line out step by step, from computed field to computed field; here the rows that
come of it are written as they will be. Whatever is not plain, or not known to be, goes core's own way.
``test_cash_plain`` holds both ways equal, column by column.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import chain

from odoo import api, models, tools
from odoo.tools import SQL, float_repr

from ..order_to_cash.money import to_decimal

KNOWN_MODULES = ("account", "account_payment", "sale", "b2b_invoice_automation")
EXTENSION_POINTS = {
    "account.move.line": (
        "_reconcile_plan",
        "_reconcile_plan_with_sync",
        "_reconcile_pre_hook",
        "_reconcile_post_hook",
        "_prepare_reconciliation_plan",
        "_prepare_reconciliation_single_partial",
        "_compute_amount_residual",
    ),
    "account.partial.reconcile": ("create", "_update_matching_number", "_get_to_update_payments"),
    "account.full.reconcile": ("create",),
    "account.move": ("_compute_amount", "_compute_payment_state", "_invoice_paid_hook"),
    "account.bank.statement.line": ("_compute_is_reconciled", "_seek_for_lines"),
}
"""Core's methods that work a payment out; a module that extends one of them wants to be asked."""
WRITTEN = {
    "account.move.line": (
        *("name", "account_id", "partner_id", "reconcile_model_id", "amount_currency", "balance", "debit", "credit"),
        *("amount_residual", "amount_residual_currency", "reconciled", "full_reconcile_id", "matching_number"),
        *("price_subtotal", "price_total", "matched_debit_ids", "matched_credit_ids"),
    ),
    "account.partial.reconcile": ("debit_move_id", "credit_move_id", "amount", "full_reconcile_id"),
    "account.move": ("amount_total", "amount_residual", "amount_residual_signed", "payment_state"),
    "account.bank.statement.line": ("is_reconciled", "amount_residual"),
}
MOVE_AMOUNTS = {
    *("amount_untaxed", "amount_tax", "amount_total", "amount_residual", "amount_untaxed_signed", "amount_tax_signed"),
    *("amount_untaxed_in_currency_signed", "amount_total_signed", "amount_residual_signed"),
    "amount_total_in_currency_signed",
}
KNOWN_COLUMNS = {
    "account.move.line": {
        *("amount_currency", "debit", "credit", "amount_residual", "amount_residual_currency", "reconciled"),
        *("is_storno", "analytic_distribution"),
    },
    "account.partial.reconcile": {"company_id", "max_date", "debit_currency_id", "credit_currency_id"},
    "account.move": {*MOVE_AMOUNTS, "payment_state", "invoice_date_due", "always_tax_exigible"},
    "account.bank.statement.line": {"is_reconciled", "amount_residual"},
    "account.payment": {"amount_company_currency_signed", "is_matched", "is_reconciled", "name", "state"},
    "account.analytic.line": {"partner_id"},
    "sale.order.line": {"untaxed_amount_invoiced", "untaxed_amount_to_invoice"},
}
"""Stored columns that core computes of what is written here: written too, or left as they are (no payment, no
analytic line and no order belongs to a plain line)."""
COLUMNS = ("name", "account_id", "partner_id", "currency_id", "reconcile_model_id")
PLAIN = {*COLUMNS, "amount_currency", "balance"}
TOTALS = ("price_subtotal", "price_total")
PAYMENT_STATES = {True: "paid", False: "partial"}


@dataclass
class Post:
    """One journal item of a bank line.

    :param entry: the Entry it is of
    :param values: of the journal item
    :param item: the open item that it settles, or None
    :param line: the journal item itself; one that waits is turned into it
    """

    entry: object
    values: dict
    item: object
    line: object = None
    full: object = None
    number: object = None
    rest: float = 0.0


class PlainBooking:
    """Books plain entries of one company.

    :param env: as `CashBooking` has it
    :param company: res.company
    """

    def __init__(self, env, company):
        self.env, self.company = env, company
        self.home = company.currency_id
        self._is_possible = (
            not company.tax_exigibility
            and not company.account_storno
            and bool(env.context.get("b2b_no_distribution_models"))
            and env["account.move.line"]._b2b_books_plainly()
        )

    def take(self, parts):
        """Of (entry, waiting item, list of (values, item)), those that are plain, and the others."""
        if not self._is_possible:
            return [], parts
        uses = Counter(item for _entry, _waiting, found in parts for _values, item in found if item)
        plain, others = [], []
        for entry, waiting, found in parts:
            known = [(self._rounded(values), item) for values, item in found]
            if self._is_plain(entry, waiting, known, uses):
                plain.append((entry, waiting, known))
            else:
                others.append((entry, waiting, found))
        return plain, others

    def _rounded(self, values):
        """Values as they are stored: amounts rounded, without an empty analytic distribution."""
        amounts = {name: self.home.round(values[name]) for name in ("balance", "amount_currency")}
        return {name: value for name, value in values.items() if value or name in PLAIN} | amounts

    def _is_plain(self, entry, waiting, found, uses):
        line, move = entry.line, entry.line.move_id
        return (
            len(waiting) == 1
            and len(move.line_ids) == 2
            and move.checked
            and line.currency_id == waiting.currency_id == self.home
            and not line.foreign_currency_id
            and not waiting.matching_number
            and sum(to_decimal(values["balance"]) for values, _item in found) == to_decimal(waiting.balance)
            and all(self._is_plain_value(values, item, waiting, uses) for values, item in found)
        )

    def _is_plain_value(self, values, item, waiting, uses):
        return (
            values.keys() <= PLAIN
            and values["balance"]
            and values["balance"] == values["amount_currency"]
            and values["currency_id"] == self.home.id
            and values["account_id"] not in (waiting.account_id.id, waiting.journal_id.default_account_id.id)
            and (not item or (uses[item] == 1 and self._is_plain_item(item, values["balance"])))
        )

    def _is_plain_item(self, item, balance):
        """Whether an amount settles an item that nothing was paid on yet, or a part of it.

        Items are those of invoices, and money that waits on an account: of bank lines, or entered by hand.
        """
        move = item.move_id
        is_invoice = move.is_invoice(include_receipts=True)
        return (
            (item.display_type == "payment_term" if is_invoice else not move.origin_payment_id)
            and item.parent_state == "posted"
            and move.payment_state == "not_paid"
            and not move.matched_payment_ids
            and item.company_id == self.company
            and item.currency_id == self.home
            and item.account_id.reconcile
            and not item.reconciled
            and not item.matching_number
            and item.amount_residual == item.amount_residual_currency == item.balance
            and item.balance * balance < 0
            and abs(balance) <= abs(item.balance)
        )

    def book(self, parts):
        """Book and reconcile plain entries, as `take` gives them."""
        if not parts:
            return
        self.env["account.partial.reconcile"].check_access("create")
        posts = []
        for entry, waiting, found in parts:
            for values, item in found:
                posts.append(Post(entry, values, item, waiting))
                waiting = None
        turned = [post for post in posts if post.line]
        self._create([post for post in posts if not post.line])
        settling = [post for post in posts if post.item]
        partials = self._match(settling)
        self._write_items(turned, posts)
        self._write_moves(posts, settling)
        self._write_lines([post.entry.line for post in turned])
        self._forget(posts, partials)
        self.env["b2b.credit"]._review_soon(self.company)

    def _create(self, posts):
        """Create the journal items beside the one that was waiting."""
        if not posts:
            return
        moves = self.env["account.move"].browse({post.entry.line.move_id.id for post in posts})
        computed = [moves._fields[name] for name in KNOWN_COLUMNS["account.move"]]
        lines = self.env["account.bank.statement.line"].browse({post.entry.line.id for post in posts})
        kept = [lines._fields[name] for name in KNOWN_COLUMNS["account.bank.statement.line"]]
        with self.env.protecting([(computed, moves), (kept, lines)]):
            created = moves.line_ids.browse()._b2b_create_complete([self._complete(post) for post in posts])
        for post, line in zip(posts, created, strict=True):
            post.line = line

    def _complete(self, post):
        """All values of a new journal item."""
        move = post.entry.line.move_id
        return {
            **post.values,
            **self._open(post),
            "move_id": move.id,
            "parent_state": move.state,
            "date": move.date,
            "invoice_date": move.invoice_date,
            "ref": move.ref,
            "move_name": move.name,
            "statement_line_id": post.entry.line.id,
            "statement_id": post.entry.line.statement_id.id,
            "payment_id": False,
            "display_type": "product",
            "analytic_distribution": False,
            "is_storno": False,
            "no_followup": move.journal_id.type == "general",
            "product_id": False,
            "product_uom_id": False,
            "quantity": 1.0,
            "price_unit": 0.0,
            **dict.fromkeys(TOTALS, post.values["balance"]),
            "sequence": 100,
            "tax_ids": [],
        }

    def _open(self, post):
        """What stays open of a journal item: all of it on accounts that are reconciled, unless it settles one."""
        account = self.env["account.account"].browse(post.values["account_id"])
        waits = not post.item and (account.reconcile or account.account_type in ("asset_cash", "liability_credit_card"))
        amount = post.values["balance"] if waits else 0.0
        return {"amount_residual": amount, "amount_residual_currency": amount, "reconciled": bool(post.item)}

    def _match(self, posts):
        """Insert the partial and full reconciliations; returns the ids of the partial ones."""
        for post in posts:
            post.rest = self.home.round(post.item.balance + post.values["balance"])
        whole = [post for post in posts if not post.rest]
        by = {"create_uid": self.env.uid, "write_uid": self.env.uid}
        by |= dict.fromkeys(("create_date", "write_date"), self.env.cr.now())
        for post, number in zip(whole, self._insert("account_full_reconcile", [by] * len(whole)), strict=True):
            post.full = number
        partials = self._insert("account_partial_reconcile", [{**by, **self._partial(post)} for post in posts])
        for post, number in zip(posts, partials, strict=True):
            post.number = str(post.full or f"P{number}")
        return partials

    def _partial(self, post):
        amount = self._amount(abs(post.values["balance"]))
        debit, credit = (post.item, post.line) if post.item.balance > 0 else (post.line, post.item)
        return {
            "debit_move_id": debit.id,
            "credit_move_id": credit.id,
            "full_reconcile_id": post.full,
            "amount": amount,
            "debit_amount_currency": amount,
            "credit_amount_currency": amount,
            "debit_currency_id": self.home.id,
            "credit_currency_id": self.home.id,
            "company_id": self.company.id,
            "max_date": max(post.item.date, post.entry.line.date),
        }

    def _insert(self, table, rows):
        """Insert rows that have the same columns; returns their ids in order."""
        if not rows:
            return []
        values = SQL(", ").join(tuple(row.values()) for row in rows)
        names = SQL(", ").join(map(SQL.identifier, rows[0]))
        found = self.env.execute_query(
            SQL("INSERT INTO %s (%s) VALUES %s RETURNING id", SQL.identifier(table), names, values)
        )
        return [number for [number] in found]

    def _write_items(self, turned, posts):
        """Write journal items: the waiting ones that are turned into others, and what was settled with what."""
        rows = {}
        for post in turned:
            balance = post.values["balance"]
            rows[post.line] = {
                "name": post.values["name"] or None,
                "account_id": post.values["account_id"],
                "partner_id": post.values["partner_id"] or None,
                "reconcile_model_id": post.values["reconcile_model_id"] or None,
                **dict.fromkeys(("balance", "amount_currency", *TOTALS), self._amount(balance)),
                "debit": self._amount(max(balance, 0.0)),
                "credit": self._amount(max(-balance, 0.0)),
                **self._open(post),
            }
        for post in posts:
            if post.item:
                known = {"full_reconcile_id": post.full, "matching_number": post.number}
                rows[post.line] = rows.get(post.line, {}) | known
                rest = {"amount_residual": self._amount(post.rest), "reconciled": not post.rest}
                rows[post.item] = {**rest, "amount_residual_currency": rest["amount_residual"], **known}
        self._write("account.move.line", {item.id: values for item, values in rows.items()})

    def _write_moves(self, posts, settling):
        """Write what stays open of the invoices, and what the bank lines' entries come to."""
        rows, totals, paid = {}, defaultdict(float), defaultdict(float)
        for post in posts:
            totals[post.entry.line] += max(post.values["balance"], 0.0)
        for line, total in totals.items():
            total = self.home.round(total + max(line.amount, 0.0))
            if total != line.move_id.amount_total:
                names = ("amount_total", "amount_total_signed", "amount_total_in_currency_signed")
                rows[line.move_id.id] = dict.fromkeys(names, self._amount(total))
        for post in settling:
            paid[post.item.move_id] += post.values["balance"]
        for move, amount in paid.items():
            if not move.is_invoice(include_receipts=True):
                continue
            signed = self.home.round(move.amount_residual_signed + amount)
            rows[move.id] = {
                "amount_residual": self._amount(-move.direction_sign * signed),
                "amount_residual_signed": self._amount(signed),
                "payment_state": PAYMENT_STATES[not signed],
            }
        self._write("account.move", rows)

    def _write_lines(self, lines):
        values = {"is_reconciled": True, "amount_residual": 0.0}
        self._write("account.bank.statement.line", {line.id: values for line in lines})

    def _write(self, model, rows):
        """Write columns of many records at once, as a flush does."""
        if rows:
            self.env[model].browse(rows)._write_multi(list(rows.values()))

    def _amount(self, amount):
        """An amount as the database takes it, without its sign where it is nothing."""
        return float_repr(self.home.round(amount) or 0.0, self.home.decimal_places)

    def _forget(self, posts, partials):
        """Have read anew what was written, and what is computed of it."""
        items = {record.id for post in posts for record in (post.line, post.item) if record}
        moves = {record.move_id.id for post in posts for record in (post.entry.line, post.item) if record}
        ids = {
            "account.move.line": items,
            "account.move": moves,
            "account.bank.statement.line": {post.entry.line.id for post in posts},
            "account.partial.reconcile": set(partials),
        }
        for model, names in self.env["account.move.line"]._b2b_known_from_booking().items():
            for name in names:
                self.env[model]._fields[name]._invalidate_cache(self.env, ids.get(model))


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    @api.model
    def _b2b_books_plainly(self):
        """Whether no unknown module adds to what core does when a payment is booked."""
        return not self._b2b_payment_is_extended() and all(
            name in KNOWN_COLUMNS.get(model, ())
            for model, names in self._b2b_known_from_booking().items()
            for name in names
            if self.env[model]._fields[name].store and (model, name) not in _written()
        )

    @api.model
    @tools.ormcache()
    def _b2b_payment_is_extended(self):
        return any(
            name in vars(definition) and getattr(definition, "_module", None) not in (None, *KNOWN_MODULES)
            for model, names in EXTENSION_POINTS.items()
            for definition in type(self.env[model]).mro()
            for name in names
        )

    @api.model
    @tools.ormcache()
    def _b2b_known_from_booking(self):
        """Model → names of the fields that are written when a plain line is booked, or computed of what is."""
        found = defaultdict(set)
        for model, names in WRITTEN.items():
            found[model].update(names)
            trees = [self.pool.get_trigger_tree([self.env[model]._fields[name] for name in names])]
            while trees:
                tree = trees.pop()
                trees.extend(tree.values())
                for field in tree.root:
                    found[field.model_name].add(field.name)
        return {model: tuple(sorted(names)) for model, names in found.items()}


def _written():
    return set(chain.from_iterable(((model, name) for name in names) for model, names in WRITTEN.items()))
