"""A customer's price list over all contracts in force: what was agreed, and what it means for the goods they order.

It is apart from one contract's price list because here contracts, a search and the customer's orders come together.
"""

import io

import xlsxwriter
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import escape_psql

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
        search = escape_psql(search)
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
        if search := escape_psql(search):
            domain &= Domain("product_id.name", "ilike", search) | Domain("product_id.default_code", "ilike", search)
        groups = self.env["sale.order.line"]._read_group(domain, ["product_id"]) if self else []
        return self.env["product.product"].union(*(product for (product,) in groups)).sorted("display_name")

    def _b2b_ordered_entries(self, products):
        """The prices that rules for categories, or for everything, give products; without those that have none."""
        entries = []
        for contracts in self.grouped(lambda contract: (contract.company_id, contract.currency_id)).values():
            found = contracts._b2b_priced_steps(products, contracts.currency_id)
            for product in products:
                entries += product._b2b_ordered_entry(found[product], contracts.currency_id)
        return entries

    def _b2b_priced_steps(self, products, currency):
        """dict of product → [(floor, priced line)] at each floor of the tiers of these contracts of one company."""
        floors = sorted({1.0, *(floor for floor in self.rule_ids.tier_ids.mapped("floor") if floor > 1)})
        priced = self._price(
            [
                PriceRequest(
                    key=(product, floor),
                    product=product,
                    quantity=floor,
                    uom=product.uom_id,
                    day=fields.Date.context_today(self),
                    contracts=self,
                    currency=currency,
                    company=self.company_id,
                )
                for product in products
                for floor in floors
            ]
        )
        return {product: [(floor, priced[product, floor]) for floor in floors] for product in products}

    @api.model
    def _b2b_book_table(self, entries):
        """The entries as rows of a table, the heading first."""
        rows = [
            [
                self.env._("Item"),
                self.env._("Code"),
                self.env._("Unit"),
                self.env._("From quantity"),
                self.env._("Discount %"),
                self.env._("Price"),
                self.env._("Currency"),
                self.env._("Valid from"),
                self.env._("Valid until"),
                self.env._("Contract"),
                self.env._("Notes"),
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


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _b2b_ordered_entry(self, steps, currency):
        """Where the product's price changes, as a list of one entry; empty where it does not depend on one line alone.

        :param steps: [(floor, priced line)] in the order of the floors
        """
        self.ensure_one()
        rules = self.env["b2b.contract.price.rule"].browse([line.rule for _floor, line in steps if line.rule])
        if not rules or any(rule.mode == "graduated" or rule.basis != "line" for rule in rules):
            return []
        prices = [(floor, line.slices[0].unit_price) for floor, line in steps if line.rule and line.slices]
        prices = [step for index, step in enumerate(prices) if not index or step[1] != prices[index - 1][1]]
        contract = rules[:1].contract_id
        if not prices or contract.currency_id != currency:
            return []
        return [
            PriceListEntry(
                title=self.with_context(display_default_code=False).display_name,
                code=self.default_code or "",
                unit=self.uom_id.name,
                rows=[rules[:1]._b2b_step_row(prices, index) for index in range(len(prices))],
                notes=[],
                figures=[PriceFigures(floor, None, float(price)) for floor, price in prices],
                contract=contract.name,
                currency=currency.name,
                valid_from=contract.date_start,
                valid_until=contract.date_effective_end or None,
            )
        ]


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
        return PriceRow(quantity, "", self._b2b_price_text(float(price)))
