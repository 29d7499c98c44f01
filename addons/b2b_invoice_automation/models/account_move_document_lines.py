"""The lines of the printed invoice: by order and section, with as much of them as may be seen, and their taxes."""

from collections import defaultdict

from odoo import models

HEADINGS = ("line_section", "line_subsection")
FEWEST_OF_TWO_PAGES = 8


class AccountMove(models.Model):
    _inherit = "account.move"

    def _b2b_document_groups(self):
        """The invoice's lines by the order they come from, in printing order.

        :returns: list of dicts with ``order`` (sale.order or empty) and ``rows`` (see ``_b2b_document_rows``)
        """
        groups = []
        for row in self._b2b_document_rows():
            order = row["line"]._b2b_order()
            if not order and row["kind"] != "product" and groups:
                order = groups[-1]["order"]
            if not groups or groups[-1]["order"] != order:
                groups.append({"order": order, "rows": []})
            groups[-1]["rows"].append(row)
        return groups

    def _b2b_document_rows(self):
        """What is printed of each line. A section may hide what it is made of, or its prices; then it has the amount.

        :returns: list of dicts with ``line``, ``kind`` (product, heading, note), ``taxes`` (text) and ``amount`` (None
            where it is not to be seen), and ``carried`` and ``brought``: the sum so far in words, where pages may be
            several
        """
        lines = self.invoice_line_ids.sorted(lambda line: (line.sequence, line.id))
        above = {line: _sections_of(line) for line in lines}
        within = defaultdict(self.env["account.move.line"].browse)
        for line in lines.filtered(lambda line: line.display_type == "product"):
            for section in above[line]:
                within[section] += line
        rows = []
        for line in lines:
            if any(above[line].mapped("collapse_composition")):
                continue
            priced = not any(above[line].mapped("collapse_prices"))
            if line.display_type in HEADINGS:
                rows += _heading_rows(line, within[line] if priced else within.default_factory())
            elif line.display_type == "product":
                rows.append(_row(line, "product", line if priced else None, counts=priced))
            else:
                rows.append(_row(line, "note"))
        if len(lines) >= FEWEST_OF_TWO_PAGES:
            self._b2b_carry_over(rows)
        return rows

    def _b2b_carry_over(self, rows):
        """Note at each row what has been billed up to it, for the foot of a page and the head of the next."""
        carried = 0.0
        for row in rows:
            if row["counts"]:
                carried = self.currency_id.round(carried + row["amount"])
                amount = self._b2b_document_money(carried)
                row["carried"] = self.env._("Carried forward %s", amount)
                row["brought"] = self.env._("Brought forward %s", amount)

    def _b2b_document_rounding(self):
        """What cash rounding adds to the net total with a line of its own; 0.0 where it does not."""
        lines = self.line_ids.filtered(
            lambda line: line.display_type == "rounding" and not line.tax_repartition_line_id
        )
        return self.currency_id.round(self.direction_sign * sum(lines.mapped("amount_currency")))

    def _b2b_document_taxes(self):
        """Net and tax for each tax, as core's own totals have them; what bears none is last, so that the nets add up.

        :returns: list of dicts with ``label``, ``base`` and ``amount`` in the invoice's currency
        """
        engine = self.env["account.tax"]
        base_lines, _tax_lines = self._get_rounded_base_and_tax_lines()
        details = engine._aggregate_base_lines_tax_details(
            base_lines,
            lambda _base_line, data: (
                (data["tax"].invoice_label or data["tax"].name, data["tax"].amount) if data else None
            ),
        )
        totals = dict(engine._aggregate_base_lines_aggregated_values(details))
        untaxed = totals.pop(None, {}).get("base_amount_currency", 0.0)
        taxes = [
            {"label": label, "base": values["base_amount_currency"], "amount": values["tax_amount_currency"]}
            for (label, _percent), values in totals.items()
        ]
        if not self.currency_id.is_zero(untaxed):
            taxes.append({"label": self.env._("Without tax"), "base": untaxed, "amount": 0.0})
        return taxes


def _sections_of(line):
    """The headings that a line stands under; on a collective invoice, not those of another order."""
    order = line._b2b_order()
    above = line.parent_id + line.parent_id.parent_id
    return above.filtered(lambda section: not order or (section._b2b_order() or order) == order)


def _heading_rows(line, products):
    """A heading with the sum of its lines; one that hides them has a row for each set of taxes.

    :param products: the lines whose sum may be seen
    """
    if not products:
        return [_row(line, "heading")]
    if not line.collapse_composition and not line.collapse_prices:
        return [{**_row(line, "heading", products), "taxes": ""}]
    return [_row(line, "heading", same, counts=True) for same in products.grouped("tax_ids").values()]


def _row(line, kind, summed=None, counts=False):
    """
    :param summed: the lines whose amount the row shows
    :param bool counts: whether that amount belongs to the sum carried over
    """
    return {
        "line": line,
        "kind": kind,
        "taxes": ", ".join(tax.invoice_label or tax.name for tax in summed.tax_ids) if summed else "",
        "amount": sum(summed.mapped("price_subtotal")) if summed else None,
        "counts": counts,
        "carried": None,
        "brought": None,
    }
