"""Creating many invoices at once from complete values, with journal items as core itself would make them.

Core creates an invoice with its product lines, computes taxes and terms from the stored lines, writes the amounts
back line by line and adds tax and term lines invoice by invoice. Here all lines of all invoices are worked out first
(``journal_items``) and created once. Core's guards (balance, lock dates, constraints) stay in force, and whatever
this does not know how to complete goes core's own way. ``test_billing_complete`` holds both ways equal, column by
column.
"""

import logging
import re
from contextlib import contextmanager

from odoo import api, models, tools
from odoo.exceptions import UserError
from odoo.tools import format_date

from .journal_items import JournalItems

NUMBERING = "b2b_numbering"
NUMBER_LOCK = 7_319_009
"""First key of the advisory locks of journals, held from the first number to the commit."""
TEXT_LINES = ("line_section", "line_subsection", "line_note")
KNOWN_MODULES = ("account", "analytic", "sale", "stock_account", "b2b_invoice_automation")
"""Looked at: stock_account changes the accounts of vendor bills only."""
NO_CONCERN = {
    ("hr_expense", "_compute_needed_terms"),
    ("hr_expense", "_prepare_product_base_line_for_taxes_computation"),
    ("l10n_it_edi", "_prepare_product_base_line_for_taxes_computation"),
    ("l10n_mx", "_compute_account_id"),
    ("l10n_tr", "_compute_account_id"),
    ("purchase", "_related_analytic_distribution"),
}
"""Modules and methods looked at: they concern expenses, cash rounding and purchases, or the accounts of lines that are
entered on a credit note; those made here begin as an invoice's, and are turned into a credit note with them."""
FOR_INDIA = ("l10n_in", "_get_sync_stack")
FOR_PROJECTS = ("sale_project", "_compute_analytic_distribution")
EXTENSION_POINTS = {
    "account.move": (
        "_get_sync_stack",
        "_sync_dynamic_line",
        "_sync_dynamic_line_needed_values",
        "_sync_dynamic_lines",
        "_sync_tax_lines",
        "_sync_rounding_lines",
        "_sync_unbalanced_lines",
        "_sync_invoice",
        "_compute_needed_terms",
        "_get_rounded_base_and_tax_lines",
        "_prepare_product_base_line_for_taxes_computation",
        "_get_product_base_line_currency_rate",
        "_recompute_cash_rounding_lines",
    ),
    "account.move.line": (
        "_compute_account_id",
        "_compute_name",
        "_compute_analytic_distribution",
        "_related_analytic_distribution",
        "_compute_balance",
        "_compute_amount_currency",
        "_compute_epd_needed",
        "_compute_discount_allocation_needed",
        "_create",
    ),
}
"""Core's methods that make or change the lines of a draft; a module that extends one of them wants to be asked."""

_logger = logging.getLogger(__name__)


class KnownObstacles(UserError):
    """Some invoices of a batch cannot be posted; ``obstacles`` says which (place in the batch → reason)."""

    def __init__(self, obstacles):
        super().__init__("\n".join(dict.fromkeys(obstacles.values())))
        self.obstacles = obstacles


class AccountMove(models.Model):
    _inherit = "account.move"

    def _b2b_create_complete(self, values_list):
        """Create invoices; what ``create`` does, only faster.

        :param list[dict] values_list: values with ``invoice_line_ids`` as create commands
        :returns: (the draft invoices in the given order, those of them that are complete)
        :raises KnownObstacles: when it is known beforehand that some of them cannot be posted
        """
        items = JournalItems(self.env, values_list)
        obstacles = {
            index: reason for index, values in enumerate(values_list) if (reason := self._b2b_obstacle(values, items))
        }
        if obstacles:
            raise KnownObstacles(obstacles)
        fast = [self._b2b_can_complete(values, items) for values in values_list]
        known = [values for values, is_fast in zip(values_list, fast, strict=True) if is_fast]
        others = [values for values, is_fast in zip(values_list, fast, strict=True) if not is_fast]
        complete = self._b2b_create_known(known, items)
        completed, by_core = iter(complete), iter(self.create(others))
        return self.browse([next(completed if is_fast else by_core).id for is_fast in fast]), complete

    def _b2b_obstacle(self, values, items):
        """Why an invoice could not be posted or booked, as far as its values tell; None for one that can."""
        company = self.env["res.company"].browse(values["company_id"])
        currency, day = self.env["res.currency"].browse(values["currency_id"]), values["invoice_date"]
        if not items.has_rate(currency, company, day):
            return self.env._(
                "%(currency)s has no exchange rate for %(day)s in %(company)s. Enter a rate of that day or before "
                "under Accounting ‣ Configuration ‣ Currencies.",
                currency=currency.name,
                day=format_date(self.env, day),
                company=company.name,
            )
        if not self.env["b2b.billing.policy"].browse(values.get("b2b_billing_policy_id")).auto_post:
            return None
        position = self.env["account.fiscal.position"].browse(values.get("fiscal_position_id"))
        for _command, _id, line in values["invoice_line_ids"]:
            product = items.product(line.get("product_id"))
            if not product or line.get("account_id") or line["display_type"] != "product":
                continue
            account = items.income_account(product, position, company)
            if account and not account.active:
                return self.env._(
                    "The income account %(account)s of “%(product)s” is archived. Choose another one at the product or "
                    "its category, or activate the account.",
                    account=account.display_name,
                    product=product.display_name,
                )
        return None

    def _b2b_can_complete(self, values, items):
        """Whether all journal items of an invoice are known from its values."""
        company = self.env["res.company"].browse(values["company_id"])
        term = self.env["account.payment.term"].browse(values.get("invoice_payment_term_id"))
        position = self.env["account.fiscal.position"].browse(values.get("fiscal_position_id"))
        products = set()
        for _command, _id, line in values["invoice_line_ids"]:
            if line["display_type"] in TEXT_LINES:
                continue
            if line["display_type"] != "product" or not line.get("product_id") or line.get("account_id"):
                return False
            if line["discount"] and company.account_discount_expense_allocation_id:
                return False
            products.add(line["product_id"])
        return (
            values["move_type"] == "out_invoice"
            and not self._b2b_core_is_extended(values, company)
            and not company.account_storno
            and not (term.early_discount and term.early_pay_discount_computation == "mixed")
            and not values.get("invoice_cash_rounding_id")
            and all(items.income_account(items.product(product), position, company) for product in products)
        )

    def _b2b_core_is_extended(self, values, company):
        """Whether a module adds to how core makes the lines of this draft."""
        extensions = self._b2b_core_extensions()
        if not extensions:
            return False
        if extensions - {FOR_INDIA, FOR_PROJECTS}:
            return True
        if FOR_INDIA in extensions and company.account_fiscal_country_id.code == "IN":
            return True
        lines = [command[1] for line in values["invoice_line_ids"] for command in line[2].get("sale_line_ids", ())]
        return FOR_PROJECTS in extensions and (
            bool(self.env.context.get("project_id")) or bool(self.env["sale.order.line"].browse(lines).project_id)
        )

    @api.model
    @tools.ormcache()
    def _b2b_core_extensions(self):
        """Pairs of module and method that add to how core makes the lines of a draft, and may concern ours.

        What makes billing slower by that is told in the log.
        """
        found = {
            (definition._module, name)
            for model, names in EXTENSION_POINTS.items()
            for definition in type(self.env[model]).mro()
            for name in names
            if name in vars(definition) and getattr(definition, "_module", None) not in (None, *KNOWN_MODULES)
        } - NO_CONCERN
        for module, name in sorted(found):
            where = {FOR_INDIA: " of Indian companies", FOR_PROJECTS: " of orders with projects"}.get(
                (module, name), ""
            )
            _logger.info(
                "Billing: the module %s extends %s, so invoices%s are made Odoo's own way, which is slower.",
                module,
                name,
                where,
            )
        return frozenset(found)

    def _b2b_create_known(self, values_list, items):
        if not values_list:
            return self.browse()
        builder = self.with_context(skip_invoice_sync=True, skip_is_manually_modified=True)
        moves = builder.create([self._b2b_header(values, items) for values in values_list])
        built = [
            items.build(move, [command[2] for command in values["invoice_line_ids"]])
            for move, values in zip(moves, values_list, strict=True)
        ]
        totals = [items.totals(listed) for listed in built]
        for move, known in zip(moves, totals, strict=True):
            _set_known(move, known)
        with self.env.protecting([moves._fields[name] for name in totals[0]], moves):
            builder.env["account.move.line"]._b2b_create_complete([values for listed in built for values in listed])
        moves._validate_taxes_country()
        return moves.with_env(self.env)

    def _b2b_header(self, values, items):
        header = {name: value for name, value in values.items() if name != "invoice_line_ids"}
        if not header.get("journal_id"):
            company = self.env["res.company"].browse(header["company_id"])
            header["journal_id"] = items.journal(company, self.env["res.currency"].browse(header["currency_id"])).id
        return header

    def _get_next_sequence_format(self):
        numbering = self.env.cr.cache.get(NUMBERING)
        if numbering is None or self.journal_id.is_self_billing:
            return super()._get_next_sequence_format()
        key = self.journal_id.id, self.company_id.id, self.date, self.move_type, self.origin_payment_id.id
        if key not in numbering:
            self._b2b_write_before_numbers()
            numbering[key] = super()._get_next_sequence_format()
        sequence_format, values = numbering[key]
        return sequence_format, dict(values)

    def _locked_increment(self, format_string, format_values):
        """Begin after the numbers that other lanes took since this transaction began, instead of trying each."""
        if self.env.cr.cache.get(NUMBERING) is not None:
            first = format_string.format(**{**format_values, "seq": format_values["seq"] + 1})
            format_values["seq"] = max(format_values["seq"], self._b2b_last_number(first))
        return super()._locked_increment(format_string, format_values)

    def _b2b_last_number(self, name):
        """The last committed number of this journal among those that begin like a name; 0 when it has none.

        Asked once in a posting, when no other lane is between taking numbers and its commit.
        """
        numbering = self.env.cr.cache[NUMBERING]
        regex = self._make_regex_non_capturing(self._sequence_fixed_regex.replace("?P<seq>", ""))
        prefix = name[: re.match(regex, name).start(1)]
        if (self.journal_id, prefix) not in numbering:
            self.env.cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", [NUMBER_LOCK, self.journal_id.id])
            with self.env.registry.cursor() as cursor:
                cursor.execute(
                    "SELECT max(sequence_number) FROM account_move WHERE journal_id = %s AND sequence_prefix = %s",
                    [self.journal_id.id, prefix],
                )
                numbering[self.journal_id, prefix] = cursor.fetchone()[0] or 0
        return numbering[self.journal_id, prefix]

    def _b2b_write_before_numbers(self):
        """Have written what posting changes on orders, instead of while others wait for this transaction's numbers."""
        self.env["sale.order.line"].flush_model()
        self.env["sale.order"].flush_model()

    def _set_next_made_sequence_gap(self, made_gap):
        """Payment references go with the numbers, instead of in a statement of their own."""
        if self.env.cr.cache.get(NUMBERING) is not None:
            self._recompute_recordset(["payment_reference"])
        return super()._set_next_made_sequence_gap(made_gap)

    @contextmanager
    def _b2b_numbering(self):
        """Look up a journal's last number once for all invoices posted here; core counts on, under its own lock."""
        self.env.cr.cache[NUMBERING] = {}
        try:
            yield
        finally:
            self.env.cr.cache.pop(NUMBERING, None)


def _set_known(record, values):
    """Set computed fields to what is known to be their value, instead of computing them."""
    with record.env.protecting([record._fields[name] for name in values], record):
        for name, value in values.items():
            record[name] = value
