"""Prices under contracts: gathers the facts of a batch, asks the pure engine, hands back its answers.

Everything that wants a contract price (order lines, comparisons with the shop, price lists, what-if) comes here with
plain requests, so that one batch costs a fixed number of queries whoever asks.
"""

from bisect import bisect_right
from collections import defaultdict
from datetime import date, datetime
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..order_to_cash.money import to_decimal
from ..order_to_cash.pricing.model import LineToPrice
from ..order_to_cash.pricing.price_rules import PriceBook

# What was credited and not invoiced again, in reference units: goods that came back.
RETURNED = SQL(
    """
    SELECT LEAST(
               SUM(item.quantity * unit.factor) FILTER (WHERE move.move_type = 'out_refund'),
               line.product_uom_qty * uom.factor - SUM(
                   CASE move.move_type WHEN 'out_refund' THEN -item.quantity ELSE item.quantity END * unit.factor
               )
           ) AS quantity
      FROM sale_order_line_invoice_rel link
      JOIN account_move_line item ON item.id = link.invoice_line_id
      JOIN account_move move ON move.id = item.move_id AND move.state = 'posted'
           AND move.move_type IN ('out_invoice', 'out_refund')
      JOIN uom_uom unit ON unit.id = item.product_uom_id
     WHERE link.order_line_id = line.id
    """
)
END_OF_TIME = datetime(9999, 1, 1)  # noqa: DTZ001 naive, as Odoo stores moments


class PriceRequest(NamedTuple):
    """One line that wants a contract price.

    ``contracts``: those that may price it, the preferred first. ``order``: lines of equal value form one order.
    ``before``: (moment, order id); cumulative tiers count the orders before it, ``None`` counts all so far.
    """

    key: object
    product: models.BaseModel
    quantity: float
    uom: models.BaseModel
    day: date
    contracts: models.BaseModel
    currency: models.BaseModel
    company: models.BaseModel
    order: object = None
    before: tuple[datetime, int] | None = None


class B2bContract(models.Model):
    _inherit = "b2b.contract"

    @api.model
    def _price(self, requests):
        """Price a batch of lines under their contracts.

        :param list[PriceRequest] requests: whole orders, where rules pool over the order
        :returns: request key → ``PricedLine`` of the engine; a line that no rule covers has neither rule nor problem
        """
        priced = {}
        by_company = defaultdict(list)
        for request in requests:
            by_company[request.company].append(request)
        for company, ours in by_company.items():
            priced.update(self._price_in_company(company, ours))
        return priced

    def _price_in_company(self, company, requests):
        contracts = self.sudo().union(*(request.contracts for request in requests))
        rules = contracts.sudo().rule_ids
        book = PriceBook([rule._as_engine_rule() for rule in rules])
        pricelists = rules.base_pricelist_id
        lines = self._lines_to_price(company, requests, pricelists)
        rate = self._rate_on(company)
        cumulative_rules = rules.filtered(lambda rule: rule.basis == "cumulative")
        if not cumulative_rules:
            return book.price(lines, rate=rate)
        taken = self._taken_before(cumulative_rules, book, requests, lines)
        priced = {}
        for order, members in _by_order(lines).items():
            priced.update(book.price(members, cumulative=taken.get(order), rate=rate))
        return priced

    def _lines_to_price(self, company, requests, pricelists):
        list_prices = self._pricelist_prices(company, requests, pricelists)
        lines = []
        for request in requests:
            product = request.product.sudo().with_company(company)
            lines.append(
                LineToPrice(
                    key=request.key,
                    variant=product.id,
                    product=product.product_tmpl_id.id,
                    categories=tuple(
                        int(part) for part in reversed((product.categ_id.parent_path or "").split("/")) if part
                    ),
                    quantity=to_decimal(request.quantity),
                    date=request.day,
                    contracts=tuple(request.contracts.ids),
                    order=request.key if request.order is None else request.order,
                    uom_factor=to_decimal(request.uom.factor),
                    reference_unit=request.uom._b2b_reference_id(),
                    list_price=to_decimal(product.lst_price),
                    cost=to_decimal(product.standard_price),
                    other_prices=list_prices.get(request.key, {}),
                    base_currency=company.currency_id.id,
                    base_uom_factor=to_decimal(product.uom_id.factor),
                    currency=request.currency.id,
                    precision=to_decimal(request.currency.rounding),
                )
            )
        return lines

    def _pricelist_prices(self, company, requests, pricelists):
        """Return request key → {pricelist id: price per product unit in the company's currency}.

        Asked once for each step of a pricelist, not for each quantity, so that the number of queries is fixed.
        """
        prices = defaultdict(dict)
        for pricelist in pricelists.sudo().with_company(company):
            floors, is_dated = pricelist._b2b_steps()
            groups = defaultdict(list)
            for request in requests:
                size = request.uom._compute_quantity(abs(request.quantity), request.product.uom_id, round=False) or 1.0
                floor = floors[bisect_right(floors, size) - 1]
                groups[floor, request.day if is_dated else None].append(request)
            for (floor, day), members in groups.items():
                products = self.env["product.product"].union(*(request.product for request in members))
                found = pricelist._get_products_price(
                    products.sudo().with_company(company), floor, currency=company.currency_id, date=day
                )
                for request in members:
                    prices[request.key][pricelist.id] = to_decimal(found[request.product.id])
        return prices

    def _rate_on(self, company):
        """Return the engine's question for an exchange rate; ``None`` answers that the currency has no rate at all.

        All rates of a currency are read at once, whatever the number of days that are asked for.
        """
        known = set(self._currencies_with_rate(company).ids)
        histories = {}

        def rate(source, target, day):
            if source not in known or target not in known:
                return None
            for currency in (source, target):
                if currency not in histories:
                    histories[currency] = self._rate_history(company, currency)
            return _rate_at(histories[target], day) / _rate_at(histories[source], day)

        return rate

    def _rate_history(self, company, currency):
        """Return [(days, rates)] of a currency: what the company entered, then what counts for all companies."""
        Rate = self.env["res.currency.rate"].sudo()
        rates = Rate.search_fetch(
            [("currency_id", "=", currency), ("company_id", "in", (False, company.root_id.id))],
            ["name", "rate", "company_id"],
            order="name",
        )
        own = rates.filtered("company_id")
        return [(part.mapped("name"), [line.rate for line in part]) for part in (own, rates - own) if part]

    def _taken_before(self, rules, book, requests, lines):
        """Return order → {(rule id, first day of the period): quantity taken before the order}, with one query."""
        rule_of = {rule.id: rule for rule in rules}
        by_key = {request.key: request for request in requests}
        questions = []
        for order, members in _by_order(lines).items():
            request = by_key[members[0].key]
            moment, order_id = request.before or (END_OF_TIME, 0)
            for (rule_id, first_day), _period in book.cumulative_needs(members).items():
                rule = rule_of[rule_id]
                began = rule.contract_id.origin_id.date_start or rule.contract_id.date_start
                start = self._utc_midnight(request.company, max(first_day or began, began))
                questions.append((order, rule_id, first_day, rule, request, start, moment, order_id))
        found = self._query_taken(questions)
        taken = defaultdict(dict)
        for index, (order, rule_id, first_day, *_rest) in enumerate(questions):
            taken[order][rule_id, first_day] = found.get(index, to_decimal(0))
        return taken

    def _query_taken(self, questions):
        if not questions:
            return {}
        self.env["sale.order"].flush_model(["state", "date_order", "partner_id", "company_id", "b2b_channel_state"])
        self.env["sale.order.line"].flush_model(
            ["product_id", "product_uom_id", "product_uom_qty", "qty_invoiced", "order_id"]
        )
        self.env["account.move"].flush_model(["state", "move_type"])
        self.env["account.move.line"].flush_model(["quantity", "product_uom_id", "sale_line_ids"])
        rows = [self._taken_row(index, *question[3:]) for index, question in enumerate(questions)]
        found = self.env.execute_query(
            SQL(
                """
            SELECT q.index, SUM(line.product_uom_qty * uom.factor - COALESCE(returned.quantity, 0))
              FROM (VALUES %s) AS q(index, partner, company, start, moment, order_id, variant, template, category, unit)
              JOIN res_partner buyer ON buyer.commercial_partner_id = q.partner
              JOIN sale_order o ON o.partner_id = buyer.id AND o.company_id = q.company AND o.date_order >= q.start
                   AND (o.date_order, o.id) < (q.moment, q.order_id)
                   AND (o.state = 'sale' OR (o.state != 'cancel' AND o.b2b_channel_state IN ('open', 'complete')))
              JOIN sale_order_line line ON line.order_id = o.id AND line.display_type IS NULL
                   AND line.is_downpayment IS NOT TRUE
              JOIN product_product product ON product.id = line.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
              LEFT JOIN product_category category ON category.id = template.categ_id
              JOIN uom_uom uom ON uom.id = line.product_uom_id
              LEFT JOIN LATERAL (%s) returned ON line.product_uom_qty > 0 AND line.qty_invoiced < line.product_uom_qty
             WHERE (q.variant IS NULL OR product.id = q.variant)
               AND (q.template IS NULL OR template.id = q.template)
               AND (q.category IS NULL OR category.parent_path LIKE q.category)
               AND (q.unit IS NULL OR uom.parent_path LIKE q.unit)
             GROUP BY q.index
            """,
                SQL(", ").join(rows),
                RETURNED,
            )
        )
        return {index: to_decimal(quantity) for index, quantity in found}

    def _taken_row(self, index, rule, request, start, moment, order_id):
        category = rule.categ_id.parent_path if rule.scope == "category" else None
        return SQL(
            "(%s, %s, %s, %s::timestamp, %s::timestamp, %s, %s::int, %s::int, %s::varchar, %s::varchar)",
            index,
            rule.contract_id.partner_id.id,
            request.company.id,
            start,
            moment,
            order_id,
            rule.product_id.id if rule.scope == "variant" else None,
            rule.product_tmpl_id.id if rule.scope == "product" else None,
            f"{category}%" if category else None,
            f"{rule.uom_id._b2b_reference_id()}/%" if rule.uom_id else None,
        )

    @api.model
    def _utc_midnight(self, company, day):
        """Return when a day begins in the company's own time zone, as a naive UTC datetime."""
        return company._b2b_midnight(day)

    @api.model
    def _local_day(self, company, moment):
        """Return the day of a naive UTC datetime in the company's own time zone: the day whose prices count."""
        return company._b2b_day_of(moment)


def _rate_at(history, day):
    """Return the latest rate up to a day, else the earliest there is, as Odoo does."""
    for days, rates in history:
        if (place := bisect_right(days, day)) > 0:
            return rates[place - 1]
    return history[0][1][0] if history else 1.0


def _by_order(lines):
    orders = defaultdict(list)
    for line in lines:
        orders[line.order].append(line)
    return orders
