"""Creates many statement lines at a fraction of what core's `create` takes, with the same rows.

Core makes the first line of a journal and month, with whatever other modules add to it. The others are copies of its
rows, which differ in number, date, amounts and texts only. Stored fields that modules beyond core compute are marked
to be computed on the copies as on any new record. Where a copy could differ in more than that (locked periods, hashed
journals, analytic items, no amount), core makes all lines.
"""

from itertools import groupby

from psycopg2.extras import Json

from odoo import api, models
from odoo.tools import SQL

WORTH_COPYING = 4
CORE = {"account", "analytic", "base", "mail", "portal", "sequence_mixin"}


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    @api.model
    def _b2b_create_fast(self, values_list):
        """Create posted statement lines of one journal.

        :param list[dict] values_list: with ``journal_id``, ``date``, ``amount`` and texts; no foreign currency
        :returns: the lines, in the given order
        """
        order = sorted(range(len(values_list)), key=lambda index: values_list[index]["date"])
        created = {}
        for _month, group in groupby(order, key=lambda index: values_list[index]["date"].timetuple()[:2]):  # pylint: disable=bad-builtin-groupby
            indexes = list(group)
            first = next((index for index in indexes if values_list[index]["amount"]), None)
            plain = [index for index in indexes if values_list[index]["amount"] and index != first]
            if first is None or len(plain) < WORTH_COPYING:
                plain = []
            by_core = [index for index in indexes if index not in set(plain)]
            made = self.create([values_list[index] for index in by_core])
            created.update(zip(by_core, made.ids, strict=True))
            if plain:
                pattern = self.browse(created[first])
                last = max(made.move_id.mapped("sequence_number"))
                copies = pattern._b2b_copies([values_list[index] for index in plain], last)
                created.update(zip(plain, copies.ids, strict=True))
        return self.browse([created[index] for index in range(len(values_list))])

    def _b2b_copies(self, values_list, last):
        """Copies of this line with other dates, amounts and texts.

        :param int last: the number after which theirs begin; core has locked it for us
        """
        self.ensure_one()
        self.env.flush_all()
        if not self._b2b_can_be_copied(values_list):
            return self.create(values_list)
        count = len(values_list)
        moves, lines = self._b2b_new_ids("account_move", count), self._b2b_new_ids(self._table, count)
        rows = list(zip(values_list, moves, lines, self._b2b_next_names(last, count), strict=True))
        self._b2b_insert(self.move_id, [self._b2b_move_row(*row) for row in rows])
        self._b2b_insert(self, [self._b2b_line_row(*row) for row in rows])
        self.env.cr.execute(
            """UPDATE account_move SET statement_line_id = line.id FROM account_bank_statement_line line
                WHERE line.move_id = account_move.id AND line.id IN %s""",
            [tuple(lines)],
        )
        liquidity, suspense, _others = self._seek_for_lines()
        for item, sign in ((liquidity, 1), (suspense, -1)):
            ids = self._b2b_new_ids("account_move_line", count)
            self._b2b_insert(
                item, [self._b2b_item_row(item, sign, one, *row) for one, row in zip(ids, rows, strict=True)]
            )
            self._b2b_compute_later(self.env[item._name].browse(ids))
        copies = self.browse(lines)
        self._b2b_compute_later(copies)
        self._b2b_compute_later(self.env["account.move"].browse(moves))
        self.env["account.move"]._get_sequence_cache().clear()
        return copies

    def _b2b_can_be_copied(self, values_list):
        move = self.move_id
        dates = [values["date"] for values in values_list]
        liquidity, suspense, others = self._seek_for_lines()
        return (
            len(liquidity) == len(suspense) == 1
            and not others
            and not move.inalterable_hash
            and not move.journal_id.restrict_mode_hash_table
            and not move.line_ids.analytic_line_ids
            and not move._get_violated_lock_dates(min(dates), False)
            and move.name.startswith(move.sequence_prefix)
            and not any(values.get("foreign_currency_id") or values.get("partner_id") for values in values_list)
        )

    def _b2b_new_ids(self, table, count):
        rows = self.env.execute_query(SQL("SELECT nextval(%s) FROM generate_series(1, %s)", f"{table}_id_seq", count))
        return [row[0] for row in rows]

    def _b2b_next_names(self, last, count):
        """The numbers after a locked one: nobody else can take them before we commit."""
        move = self.move_id
        digits = move.name[len(move.sequence_prefix) :]
        number = digits[: len(digits) - len(digits.lstrip("0123456789"))]
        suffix = digits[len(number) :]
        return [
            (position, f"{move.sequence_prefix}{position:0{len(number)}d}{suffix}")
            for position in range(last + 1, last + count + 1)
        ]

    def _b2b_company_amount(self, values):
        journal, company = self.journal_id, self.company_id
        currency = journal.currency_id or company.currency_id
        if currency == company.currency_id:
            return values["amount"]
        return currency._convert(values["amount"], company.currency_id, company, values["date"])

    def _b2b_move_row(self, values, move, line, name):
        company_amount = abs(self._b2b_company_amount(values))
        return {
            "id": move,
            "name": name[1],
            "sequence_number": name[0],
            "date": values["date"],
            "statement_line_id": None,
            "amount_total": abs(values["amount"]),
            "amount_total_signed": company_amount,
            "amount_total_in_currency_signed": abs(values["amount"]),
        }

    def _b2b_line_row(self, values, move, line, _name):
        texts = {
            name: values.get(name) or None
            for name in (
                "payment_ref",
                "partner_name",
                "account_number",
                "transaction_type",
                "b2b_transaction_key",
                "b2b_entry_key",
                "b2b_end_to_end_id",
            )
        }
        details = values.get("transaction_details")
        index = self.internal_index
        return {
            **texts,
            "id": line,
            "move_id": move,
            "amount": values["amount"],
            "amount_residual": -values["amount"],
            "is_reconciled": False,
            "internal_index": f"{values['date']:%Y%m%d}{index[8:18]}{line:0>10}",
            "transaction_details": Json(details) if details else None,
        }

    def _b2b_item_row(self, item, sign, one, values, move, line, name):
        amount = sign * values["amount"]
        balance = sign * self._b2b_company_amount(values)
        keeps_residual = bool(item.amount_residual)
        return {
            "id": one,
            "move_id": move,
            "statement_line_id": line,
            "move_name": name[1],
            "name": values["payment_ref"],
            "date": values["date"],
            "balance": balance,
            "debit": max(balance, 0.0),
            "credit": max(-balance, 0.0),
            "amount_currency": amount,
            "amount_residual": balance if keeps_residual else 0.0,
            "amount_residual_currency": amount if keeps_residual else 0.0,
            "price_subtotal": amount,
            "price_total": amount,
        }

    def _b2b_insert(self, pattern, rows):
        """Insert rows that are like the pattern's but for the given columns."""
        columns = [field.name for field in pattern._fields.values() if field.store and field.column_type]
        changed = list(rows[0])
        taken = SQL(", ").join(
            SQL("new.%s::%s", SQL.identifier(name), SQL(pattern._fields[name].column_type[1].split("(")[0]))
            if name in rows[0]
            else SQL("pattern.%s", SQL.identifier(name))
            for name in columns
        )
        query = SQL(
            "INSERT INTO %s (%s) SELECT %s FROM %s pattern, (VALUES %%s) new(%s) WHERE pattern.id = %s",
            SQL.identifier(pattern._table),
            SQL(", ").join(map(SQL.identifier, columns)),
            taken,
            SQL.identifier(pattern._table),
            SQL(", ").join(map(SQL.identifier, changed)),
            SQL(str(int(pattern.id))),
        )
        self.env.cr.execute_values(
            query.code.replace("%%s", "%s"), [tuple(row.values()) for row in rows], page_size=len(rows)
        )

    def _b2b_compute_later(self, records):
        """Mark what modules beyond core store on these records to be computed."""
        for field in records._fields.values():
            if field.store and field.compute and not field.related and not set(field._modules or ()) & CORE:
                self.env.add_to_compute(field, records)
