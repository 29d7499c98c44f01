"""A customer's price list over all contracts in force: what was agreed, and what it means for the goods they order.

It is apart from one contract's price list because here several contracts, a search and the customer's orders come together.
"""

import io

import xlsxwriter
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..order_to_cash.spreadsheet import csv_table, harmless
from .b2b_contract_price_list import PriceFigures, PriceListEntry, PriceRow
from .b2b_contract_pricing import PriceRequest

ORDERED_MONTHS = 12
WIDTHS = (40, 16, 10, 12, 12, 12, 10, 12, 12, 14, 60)


class B2bContract(models.Model):
    _inherit = "b2b.contract"

    def _b2b_book_rules(self, search=""):
        """The rules of these contracts that count now or later and that a text finds, in the order of the list."""
        rules = self.env["b2b.contract.price.rule"].union(*(contract._b2b_shown_rules() for contract in self))
        if not search:
            return rules
        names = ("name", "product_id.name", "product_id.default_code", "product_tmpl_id.name", "categ_id.complete_name")
        found = Domain.OR([(name, "ilike", search)] for name in (*names, "product_tmpl_id.default_code"))
        return rules & rules.search(found & Domain("id", "in", rules.ids))

    def _b2b_book_entries(self, rules):
        """The entries of some rules of these contracts, in their order."""
        entries = {}
        for contract, own in rules.grouped("contract_id").items():
            entries.update(zip(own, contract._b2b_price_list(own), strict=True))
        return [entries[rule] for rule in rules]

    def _b2b_ordered_products(self, search=""):
        """Products that the customer ordered in the last twelve months and that no rule names by itself."""
        rules = self.rule_ids
        since = fields.Datetime.now() - relativedelta(months=ORDERED_MONTHS)
        domain = Domain(
            [
                ("order_id.partner_id.commercial_partner_id", "in", self.partner_id.ids),
                ("order_id.state", "=", "sale"),
                ("order_id.date_order", ">=", since),
                ("order_id.company_id", "in", self.company_id.ids),
                ("display_type", "=", False),
                ("product_id.active", "=", True),
                ("product_id", "not in", (rules.product_id | rules.product_tmpl_id.product_variant_ids).ids),
            ]
        )
        if search:
            domain &= Domain("product_id.name", "ilike", search) | Domain("product_id.default_code", "ilike", search)
        groups = self.env["sale.order.line"]._read_group(domain, ["product_id"]) if self else []
        return self.env["product.product"].union(*(product for (product,) in groups)).sorted("display_name")

    def _b2b_ordered_entries(self, products):
        """The prices that rules for categories, or for everything, give products; without those that have none."""
        if not self or not products:
            return []
        company = self[0].company_id
        day = fields.Date.context_today(self)
        steps = sorted({1.0, *self.rule_ids.filtered(lambda rule: rule.basis != "cumulative").tier_ids.mapped("floor")})
        priced = self._price(
            [
                PriceRequest(
                    key=(product, step),
                    product=product,
                    quantity=step,
                    uom=product.uom_id,
                    day=day,
                    contracts=self,
                    currency=self[0].currency_id,
                    company=company,
                )
                for product in products
                for step in steps
                if step
            ]
        )
        entries = [self._b2b_ordered_entry(product, [(step, priced[product, step]) for step in steps if step]) for product in products]
        return [entry for entry in entries if entry]

    def _b2b_ordered_entry(self, product, steps):
        """One product's steps: where its price changes. Graduated prices depend on the whole quantity and are left out."""
        prices, rule = [], self.env["b2b.contract.price.rule"]
        for floor, line in steps:
            if line.rule is None or not line.slices or len(line.slices) > 1:
                continue
            price = float(line.slices[0].unit_price)
            rule = rule or rule.browse(line.rule)
            if not prices or prices[-1][1] != price:
                prices.append((floor, price))
        if not prices or rule.mode == "graduated":
            return None
        contract = rule.contract_id
        return PriceListEntry(
            title=product.with_context(display_default_code=False).display_name,
            code=product.default_code or "",
            unit=product.uom_id.name,
            rows=[rule._b2b_step_row(prices, index) for index in range(len(prices))],
            notes=[],
            figures=[PriceFigures(floor, None, price) for floor, price in prices],
            contract=contract.name,
            currency=contract.currency_id.name,
            valid_from=max(rule.date_start or contract.date_start, contract.date_start),
            valid_until=min((end for end in (rule.date_end, contract.date_effective_end) if end), default=None),
        )

    @api.model
    def _b2b_book_table(self, entries):
        """The entries as rows of a table, the heading first."""
        _ = self.env._
        rows = [
            [
                _("Item"),
                _("Code"),
                _("Unit"),
                _("From quantity"),
                _("Discount %"),
                _("Price"),
                _("Currency"),
                _("Valid from"),
                _("Valid until"),
                _("Contract"),
                _("Notes"),
            ]
        ]
        for entry in entries:
            for figures in entry.figures:
                rows.append(
                    [
                        entry.title,
                        entry.code,
                        entry.unit,
                        figures.floor,
                        figures.percent,
                        figures.price,
                        entry.currency,
                        entry.valid_from and entry.valid_from.isoformat(),
                        entry.valid_until and entry.valid_until.isoformat(),
                        entry.contract,
                        " ".join(entry.notes),
                    ]
                )
        return rows

    @api.model
    def _b2b_book_file(self, entries, kind):
        """The entries as a file.

        :param str kind: ``csv`` or ``xlsx``
        :returns: bytes
        """
        table = self._b2b_book_table(entries)
        if kind == "csv":
            return csv_table(table)
        content = io.BytesIO()
        with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
            sheet, bold = book.add_worksheet(self.env._("Prices")), book.add_format({"bold": True})
            for column, width in enumerate(WIDTHS):
                sheet.set_column(column, column, width)
            for number, row in enumerate(table):
                for column, cell in enumerate(row):
                    if cell is not None and cell is not False:
                        sheet.write(number, column, harmless(cell), bold if not number else None)
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, max(len(table) - 1, 1), len(table[0]) - 1)
        return content.getvalue()


class B2bContractPriceRule(models.Model):
    _inherit = "b2b.contract.price.rule"

    def _b2b_step_row(self, prices, index):
        """A step of (floor, price) pairs as a row of the price list."""
        floor, price = prices[index]
        number = self._b2b_quantity
        if index + 1 < len(prices):
            quantity = f"{number(floor)}–{number(prices[index + 1][0] - 1)}"
        else:
            quantity = self.env._("any quantity") if floor <= 1 else self.env._("from %s", number(floor))
        return PriceRow(quantity, "", self._b2b_price_text(price))
