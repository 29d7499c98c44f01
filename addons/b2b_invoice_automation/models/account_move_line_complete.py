"""Journal items stored from complete values: what core's ``create`` does, without working out again what is given.

Apart from ``account_move_complete`` because it is about one table: defaults, amounts and companies are looked at once
for all rows instead of once for each.
"""

from collections import defaultdict
from operator import attrgetter

from psycopg2.extensions import AsIs

from odoo import models
from odoo.tools import SQL, float_repr, split_every

DEFAULT = AsIs("DEFAULT")
ROWS_AT_ONCE = 1000
DERIVED = {"debit", "credit"}
INVERSED = ("product_id", "analytic_distribution", "no_followup")
FALSE_ON_TEXTS = {"no_followup": False, "reconciled": False}
COMPUTED_WHEN_STORED = (
    "parent_state",
    "date",
    "invoice_date",
    "ref",
    "move_name",
    "no_followup",
    "price_subtotal",
    "price_total",
    "amount_residual",
    "amount_residual_currency",
    "reconciled",
    "statement_line_id",
    "statement_id",
    "payment_id",
)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _b2b_create_complete(self, values_list):
        """Create journal items from complete values: those of ``create``, and what core computes once they are stored.

        :param list[dict] values_list: values of journal items; those of text lines may be incomplete
        """
        defaults = self._add_missing_default_values({})
        return self.with_context(skip_invoice_line_sync=True, b2b_complete_values=True).create(
            [{**defaults, **values} for values in values_list]
        )

    def _add_missing_default_values(self, values):
        """None is missing: ``_b2b_create_complete`` looked the defaults up for all."""
        if self.env.context.get("b2b_complete_values"):
            return dict(values)
        return super()._add_missing_default_values(values)

    def _create(self, data_list):
        if not self.env.context.get("b2b_complete_values"):
            return super()._create(data_list)
        for data in data_list:
            data["stored"] = {**FALSE_ON_TEXTS, **data["stored"]}
            data["protected"].update(self._fields[name] for name in COMPUTED_WHEN_STORED if name in data["stored"])
        return self._b2b_store(data_list)

    def _b2b_store(self, data_list):
        """What core's ``_create`` does, field by field instead of row by row, and each amount rounded once."""
        stored_list = [data["stored"] for data in data_list]
        names = sorted({name for stored in stored_list for name in stored})
        columns = [name for name in names if self._fields[name].column_type]
        others = sorted((self._fields[name] for name in names if name not in columns), key=attrgetter("_sequence"))
        records = self.browse(self._b2b_insert(stored_list, columns))
        for data, record in zip(data_list, records, strict=True):
            data["record"] = record
        self._b2b_put_in_cache(records, stored_list, columns)
        with self.env.protecting([(data["protected"], data["record"]) for data in data_list]):
            records.modified(self._fields, create=True)
            for field in others:
                rows = [data for data in data_list if field.name in data["stored"]]
                field.create([(data["record"], data["stored"][field.name]) for data in rows])
            records.modified([field.name for field in others], create=True)
        records._validate_fields(names)
        records.check_access("create")
        return records

    def _b2b_insert(self, stored_list, columns):
        """Insert the columns of new rows; returns the ids."""
        converted = [self._b2b_column(self._fields[name], stored_list) for name in columns]
        ids = []
        for rows in split_every(ROWS_AT_ONCE, zip(*converted, strict=True)):
            self.env.cr.execute(
                SQL(
                    'INSERT INTO %s (%s) VALUES %s RETURNING "id"',
                    SQL.identifier(self._table),
                    SQL(", ").join(map(SQL.identifier, columns)),
                    SQL(", ").join(rows),
                )
            )
            ids += [number for [number] in self.env.cr.fetchall()]
        return ids

    def _b2b_column(self, field, stored_list):
        """The values of a field for an insertion, row by row; amounts are left rounded in ``stored_list`` as well."""
        name = field.name
        if field.type != "monetary":
            return [
                field.convert_to_column_insert(stored[name], self, stored) if name in stored else DEFAULT
                for stored in stored_list
            ]
        currency_name = field.get_currency_field(self)
        ids = {stored[currency_name] for stored in stored_list if name in stored}
        currencies = {currency.id: currency for currency in self.env["res.currency"].browse(ids)}
        result = []
        for stored in stored_list:
            if name not in stored:
                result.append(DEFAULT)
                continue
            currency = currencies[stored[currency_name]]
            stored[name] = currency.round(float(stored[name] or 0.0))
            result.append(float_repr(stored[name], currency.decimal_places))
        return result

    def _b2b_put_in_cache(self, records, stored_list, columns):
        """Have what was inserted in the cache, and in the inverse fields that are there."""
        written = set(columns)
        inversed = {}
        for field in self._fields.values():
            if not field.store or field.name in ("id", "parent_path"):
                continue
            cache = field._get_cache(self.env)
            if field.type in ("one2many", "many2many"):
                cache.update(dict.fromkeys(records._ids, ()))
            elif field.name not in written:
                cache.update(dict.fromkeys(records._ids))
            else:
                convert = (lambda value, _record: value) if field.type == "monetary" else field.convert_to_cache
                values = [convert(stored.get(field.name), self) for stored in stored_list]
                cache.update(zip(records._ids, values, strict=True))
                if field.type == "many2one" and self.pool.field_inverses[field]:
                    inversed[field] = values
        for field, values in inversed.items():
            self._b2b_update_inverses(field, records, values)

    def _b2b_update_inverses(self, field, records, values):
        of_value = defaultdict(list)
        for record_id, value in zip(records._ids, values, strict=True):
            of_value[value].append(record_id)
        for value, ids in of_value.items():
            field._update_inverses(self.browse(ids), value)

    def _check_company(self, fnames=None):
        """Core's check, of one journal item for each account, tax and other record that they use."""
        if fnames is not None or not self.env.context.get("b2b_complete_values"):
            return super()._check_company(fnames)
        names = [name for name, field in self._fields.items() if field.relational and field.check_company]
        checked = [name for name in names if name != "move_id"]
        companies = self._fields["company_id"]._get_cache(self.env)
        seen, samples = set(), []
        for name in checked:
            cache = self._fields[name]._get_cache(self.env)
            for record_id in self._ids:
                used = name, cache.get(record_id, record_id), companies[record_id]
                if used not in seen:
                    seen.add(used)
                    samples.append(record_id)
        return super(AccountMoveLine, self.browse(dict.fromkeys(samples)))._check_company(fnames)

    def _add_precomputed_values(self, vals_list):
        if self.env.context.get("b2b_complete_values"):
            given = {name for name, field in self._fields.items() if field.precompute and not field.readonly} - DERIVED
            known_fields = {self._fields[name] for name in (*given, *DERIVED, *INVERSED)}
            for vals in vals_list:
                if given <= vals.keys():
                    self._b2b_add_derived(vals)
                    vals["__precomputed__"] = known_fields
        return super()._add_precomputed_values(vals_list)

    def _b2b_add_derived(self, vals):
        """Add what core computes from complete values, so that it needs no throw-away record for that."""
        move = self.env["account.move"].browse(vals["move_id"])
        tax = self.env["account.tax.repartition.line"].browse(vals.get("tax_repartition_line_id")).tax_id
        balance = vals["balance"]
        vals.update(
            {
                "journal_id": move.journal_id.id,
                "company_id": move.company_id.id,
                "company_currency_id": move.company_currency_id.id,
                "tax_line_id": tax.id,
                "tax_group_id": tax.tax_group_id.id,
                "debit": max(balance, 0.0),
                "credit": max(-balance, 0.0),
            }
        )
