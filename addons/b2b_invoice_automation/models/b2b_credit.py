"""The facts of credit control: exposure of many customers in one query, and the terms that hold for them.

Which customer? The commercial entity that owes the money: the one that an order is invoiced to. Which amounts? Open
receivables in the company's currency, which is the currency of Odoo's credit limit; orders by what no posted invoice
has yet, tax included, at today's rate. A draft invoice is not owed yet, so what is on it counts as ordered; a credit
note that a person made is not billed again, so its quantities do not come back as ordered.
"""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..order_to_cash.credit import CreditTerms, Exposure
from ..order_to_cash.money import to_decimal

UNIT_PRICE = SQL(
    """(CASE WHEN line.product_uom_qty = 0 THEN line.price_unit * (1 - COALESCE(line.discount, 0) / 100.0)
             ELSE line.price_total / line.product_uom_qty END)"""
)


class OrderRow(NamedTuple):
    """A confirmed order with something left to invoice, in the company's currency."""

    order_id: int
    amount: Decimal
    held: bool


class B2bCredit(models.AbstractModel):
    _name = "b2b.credit"
    _description = "Credit Exposure"

    @api.model
    def _exposures(self, company, entities, today=None):
        """What the credit of some customers is used by, in one query.

        :param company: our company
        :param entities: commercial entities
        :param date today: the day that decides what is overdue and which rates count
        :returns: dict commercial entity id → :class:`Exposure` in the company's currency
        """
        today = today or fields.Date.context_today(self)
        rows = self.env.execute_query(
            SQL(
                """SELECT entity, SUM(overdue), SUM(undue), SUM(on_account), SUM(amount) FILTER (WHERE NOT held),
                          SUM(amount) FILTER (WHERE held), MIN(oldest)
                     FROM (%s) part GROUP BY entity""",
                self._parts(company, entities, today),
            )
        )
        found = {row[0]: _exposure(row[1:], today, company.currency_id) for row in rows}
        return {entity_id: found.get(entity_id, Exposure()) for entity_id in entities.ids}

    @api.model
    def _exposures_and_orders(self, company, entities, today):
        """As `_exposures`, with the orders behind it.

        :returns: (dict as `_exposures` gives, whose orders are left at zero; dict entity id → list of
            :class:`OrderRow`, the oldest first)
        """
        exposures = dict.fromkeys(entities.ids, Exposure())
        orders = defaultdict(list)
        for entity, order_id, held, overdue, undue, on_account, amount, oldest, _age in self.env.execute_query(
            SQL("SELECT * FROM (%s) part ORDER BY age, order_id", self._parts(company, entities, today))
        ):
            if order_id:
                orders[entity].append(OrderRow(order_id, _money(amount, company.currency_id), held))
            else:
                figures = (overdue, undue, on_account, 0, 0, oldest)
                exposures[entity] = _exposure(figures, today, company.currency_id)
        return exposures, orders

    @api.model
    def _parts(self, company, entities, today):
        """SQL of the parts: one row of receivables for each entity, and one row for each open order."""
        self._flush()
        return SQL(
            """
            WITH family AS (SELECT id, commercial_partner_id AS entity FROM res_partner
                             WHERE commercial_partner_id = ANY(%(entities)s)),
                 left_to_bill AS (%(orders)s)
            SELECT family.entity, NULL::int AS order_id, FALSE AS held,
                   SUM(line.amount_residual) FILTER (WHERE line.amount_residual > 0 AND %(due)s < %(today)s) AS overdue,
                   SUM(line.amount_residual) FILTER (WHERE line.amount_residual > 0 AND %(due)s >= %(today)s) AS undue,
                   -SUM(line.amount_residual) FILTER (WHERE line.amount_residual < 0) AS on_account,
                   0.0 AS amount,
                   MIN(%(due)s) FILTER (WHERE line.amount_residual > 0 AND %(due)s < %(today)s) AS oldest,
                   NULL::timestamp AS age
              FROM family JOIN account_move_line line ON line.partner_id = family.id
             WHERE line.account_id IN (SELECT id FROM account_account WHERE account_type = 'asset_receivable')
               AND line.company_id = %(company)s
               AND line.parent_state = 'posted' AND line.reconciled IS NOT TRUE AND line.amount_residual <> 0
             GROUP BY family.entity
            UNION ALL
            SELECT entity, order_id, held, 0, 0, 0, ROUND(amount::numeric, %(digits)s), NULL, age
              FROM left_to_bill WHERE ROUND(amount::numeric, %(digits)s) <> 0
            """,
            entities=entities.ids,
            due=SQL("COALESCE(line.date_maturity, line.date)"),
            today=today,
            company=company.id,
            digits=company.currency_id.decimal_places,
            orders=self._left_to_bill(company, today),
        )

    @api.model
    def _left_to_bill(self, company, today):
        """SQL of (entity, order_id, held, amount in the company's currency, age) of orders with something to invoice.

        An order is looked at when it is marked as left to bill, or when a draft invoice has some of it.
        """
        return SQL(
            """
            SELECT family.entity, sale.id AS order_id,
                   EXISTS (SELECT FROM b2b_discrepancy hold WHERE hold.order_id = sale.id AND hold.type = 'credit'
                                   AND hold.state = 'open' AND hold.blocking) AS held,
                   SUM(CASE WHEN line.is_downpayment THEN -COALESCE(billed.total, 0)
                            WHEN line.product_uom_qty < 0
                            THEN LEAST(line.product_uom_qty - COALESCE(billed.net, 0), 0) * %(unit_price)s
                            ELSE GREATEST(GREATEST(line.product_uom_qty, line.qty_delivered)
                                          - COALESCE(billed.gross, 0), 0) * %(unit_price)s END)
                   * %(own_rate)s / %(rate)s AS amount,
                   sale.date_order AS age
              FROM family JOIN sale_order sale ON sale.partner_invoice_id = family.id
              JOIN sale_order_line line ON line.order_id = sale.id AND line.display_type IS NULL
              LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
              LEFT JOIN LATERAL (%(billed)s) billed ON TRUE
             WHERE sale.company_id = %(company)s AND sale.state = 'sale' AND sale.b2b_history IS NOT TRUE
               AND sale.b2b_channel_state IS DISTINCT FROM 'canceled'
               AND (sale.b2b_billing_open OR sale.id IN (%(drafts)s))
             GROUP BY family.entity, sale.id
            """,
            unit_price=UNIT_PRICE,
            own_rate=_rate_on(SQL("%s", company.currency_id.id), company, today),
            rate=_rate_on(SQL("sale.currency_id"), company, today),
            billed=SQL(
                """
                SELECT SUM(part.quantity * COALESCE(theirs.factor, 1) / COALESCE(unit.factor, 1))
                           FILTER (WHERE move.move_type = 'out_invoice') AS gross,
                       SUM(part.quantity * COALESCE(theirs.factor, 1) / COALESCE(unit.factor, 1)
                           * CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END) AS net,
                       SUM(part.price_total * CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END) AS total
                  FROM sale_order_line_invoice_rel rel
                  JOIN account_move_line part ON part.id = rel.invoice_line_id AND part.parent_state = 'posted'
                  JOIN account_move move ON move.id = part.move_id
                  LEFT JOIN uom_uom theirs ON theirs.id = part.product_uom_id
                 WHERE rel.order_line_id = line.id
                """
            ),
            drafts=SQL(
                """
                SELECT ordered.order_id FROM account_move_line draft
                  JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = draft.id
                  JOIN sale_order_line ordered ON ordered.id = rel.order_line_id
                 WHERE draft.parent_state = 'draft' AND draft.partner_id IN (SELECT id FROM family)
                """
            ),
            company=company.id,
        )

    @api.model
    def _terms(self, company, entities):
        """The credit terms that hold for some customers today: dict commercial entity id → :class:`CreditTerms`.

        The overdue age of the contract goes before that of the customer's tags (the strictest of them), and that
        before the company's. The dunning level is the company's, for all whose orders being late may hold.
        """
        entities = entities.sudo().with_company(company)
        today = fields.Date.context_today(self)
        chosen = {}
        for contract in self.env["b2b.contract"].sudo()._in_force_for(entities, company, today, today):
            if contract.credit_overdue != "company":
                chosen.setdefault(contract.partner_id.id, contract)
        minimum = to_decimal(company.b2b_credit_overdue_minimum)
        percent = Decimal(company.b2b_credit_warn_percent)
        dunning_days = company.b2b_credit_dunning_level_id.days or None
        terms = {}
        for entity in entities:
            settings = chosen.get(entity.id, entity.category_id)
            terms[entity.id] = CreditTerms(
                to_decimal(entity.credit_limit, 2),
                settings._credit_days(company),
                minimum,
                percent,
                None if settings._credit_never() else dunning_days,
            )
        return terms

    @api.model
    def _dunned_days(self, company, entities):
        """The highest dunning level that was taken of each customer's open items.

        :returns: dict commercial entity id → days of the level
        """
        self.env["b2b.dunning.letter.line"].flush_model()
        self.env["b2b.dunning.level"].flush_model()
        self._flush()
        query = SQL(
            """
            SELECT partner.commercial_partner_id, MAX(level.days)
              FROM b2b_dunning_letter_line step
              JOIN b2b_dunning_level level ON level.id = step.level_id
              JOIN account_move_line item ON item.id = step.move_line_id
              JOIN res_partner partner ON partner.id = item.partner_id
             WHERE step.issued_on IS NOT NULL AND partner.commercial_partner_id = ANY(%s)
               AND item.company_id = %s AND item.parent_state = 'posted'
               AND item.reconciled IS NOT TRUE AND item.amount_residual > 0
             GROUP BY partner.commercial_partner_id
            """,
            entities.ids,
            company.id,
        )
        return dict(self.env.execute_query(query))

    @api.model
    def _items_domain(self, company, entity, part=None, today=None):
        """Domain of the journal items behind a part of the exposure: `overdue`, `undue` or `on_account`."""
        today = today or fields.Date.context_today(self)
        domain = Domain(
            [
                ("partner_id.commercial_partner_id", "=", entity.id),
                ("account_id.account_type", "=", "asset_receivable"),
                ("company_id", "=", company.id),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("amount_residual", "<" if part == "on_account" else ">", 0),
            ]
        )
        if part in ("overdue", "undue"):
            operator = "<" if part == "overdue" else ">="
            domain &= Domain("date_maturity", operator, today) | (
                Domain("date_maturity", "=", False) & Domain("date", operator, today)
            )
        return domain

    def _flush(self):
        for name in (
            "account.move",
            "account.move.line",
            "account.partial.reconcile",
            "b2b.discrepancy",
            "res.partner",
            "sale.order",
            "sale.order.line",
        ):
            self.env[name].flush_model()


def _rate_on(currency, company, today):
    """SQL of a currency's rate as Odoo takes it: the latest up to a day, else the first after it, else 1."""
    found = SQL(
        "SELECT rate FROM res_currency_rate WHERE currency_id = %s AND COALESCE(company_id, %s) = %s",
        currency,
        company.root_id.id,
        company.root_id.id,
    )
    return SQL(
        "COALESCE((%s AND name <= %s ORDER BY company_id, name DESC LIMIT 1), "
        "(%s ORDER BY company_id, name LIMIT 1), 1.0)",
        found,
        today,
        found,
    )


def _money(value, currency):
    return to_decimal(value or 0, currency.decimal_places)


def _exposure(figures, today, currency):
    *amounts, oldest = figures
    days = (today - oldest).days if isinstance(oldest, date) else 0
    return Exposure(*(_money(amount, currency) for amount in amounts), days)
