"""What customers took in the periods of their rebates: one query over posted invoice lines, whatever is asked.

It is apart from the periods because accruing, settling and the button that shows the invoices must count the very same
lines. Amounts come in the contract's currency: as they are where the invoice has it, as booked where the contract has
the company's, else converted at a rate that the contract fixes or at that of the invoice's day.
"""

from collections import defaultdict
from datetime import date

from odoo import api, models
from odoo.tools import SQL

from ..order_to_cash.money import EXACT, round_half_up, to_decimal
from ..order_to_cash.pricing.rebates import NOTHING_TAKEN, Turnover

END_OF_DAYS = date(9999, 12, 31)


class B2bRebate(models.Model):
    _inherit = "b2b.rebate"

    @api.model
    def _turnover(self, questions):
        """Return what was taken in each period, with one query.

        :param list[Question] questions: periods
        :returns: dict key → ``Turnover`` in the terms' unit and currency
        """
        taken = defaultdict(lambda: NOTHING_TAKEN)
        for question, _kind, turnover in self._count(questions, SQL("NULL::int, NULL::int[]")):
            taken[question.key] += turnover
        return {question.key: self._rounded(question, taken[question.key]) for question in questions}

    @api.model
    def _revenue_by_tax(self, questions):
        """Return the revenue of each period by fiscal position and taxes, with one query.

        :param list[Question] questions: periods
        :returns: dict key → {(fiscal position id or ``None``, tuple of tax ids): Decimal}
        """
        taken = defaultdict(lambda: defaultdict(lambda: NOTHING_TAKEN))
        kind = SQL(
            """move.fiscal_position_id, ARRAY(
                SELECT rel.account_tax_id FROM account_move_line_account_tax_rel rel
                 WHERE rel.account_move_line_id = line.id ORDER BY rel.account_tax_id)"""
        )
        for question, (position, taxes), turnover in self._count(questions, kind):
            taken[question.key][position, tuple(taxes or ())] += turnover
        return {
            question.key: {
                kind: self._rounded(question, turnover).revenue for kind, turnover in taken[question.key].items()
            }
            for question in questions
        }

    @api.model
    def _counted_lines(self, questions):
        """Return the invoice lines that count in the periods."""
        rows = self.env.execute_query(SQL("SELECT DISTINCT line.id %s", self._from_lines(questions)))
        return self.env["account.move.line"].browse(line_id for (line_id,) in rows)

    def _rounded(self, question, turnover):
        precision = to_decimal(question.terms.currency_id.rounding)
        return Turnover(turnover.quantity, round_half_up(turnover.revenue, precision))

    def _count(self, questions, kind):
        """Yield (question, kind, turnover) for each kind and currency of the lines that count.

        :param SQL kind: two columns to count apart by
        """
        if not questions:
            return
        rows = self.env.execute_query(
            SQL(
                """
            SELECT q.index, %s, move.currency_id,
                   CASE WHEN move.currency_id != q.currency AND company.currency_id != q.currency
                        THEN move.invoice_date END,
                   SUM(CASE move.move_type WHEN 'out_refund' THEN -1 ELSE 1 END * line.quantity
                       * COALESCE(unit.factor, 1)),
                   SUM(CASE move.move_type WHEN 'out_refund' THEN -1 ELSE 1 END * line.price_subtotal),
                   SUM(-line.balance)
            %s
             GROUP BY 1, 2, 3, 4, 5
            """,
                kind,
                self._from_lines(questions),
            )
        )
        rates = {}
        for index, position, taxes, currency_id, day, quantity, amount, booked in rows:
            question = questions[index]
            revenue = self._in_contract_currency(question.terms, currency_id, day, amount, booked, rates)
            factor = to_decimal(question.terms.uom_id.factor or 1.0)
            yield question, (position, taxes), Turnover(EXACT.divide(to_decimal(quantity), factor), revenue)

    def _in_contract_currency(self, terms, currency_id, day, amount, booked, rates):
        contract = terms.contract_id
        if currency_id == contract.currency_id.id:
            return to_decimal(amount)
        fixed = contract.rate_ids.filtered(lambda line: line.currency_id.id == currency_id)
        if fixed:
            return EXACT.divide(to_decimal(amount), to_decimal(fixed.rate, 8))
        if not day:
            return to_decimal(booked)
        key = contract.company_id, contract.currency_id, day
        if key not in rates:
            rates[key] = self.env["res.currency"]._get_conversion_rate(
                contract.company_id.currency_id, contract.currency_id, contract.company_id, day
            )
        return EXACT.multiply(to_decimal(booked), to_decimal(rates[key]))

    def _from_lines(self, questions):
        self.env["account.move"].flush_model(
            ["state", "move_type", "invoice_date", "commercial_partner_id", "company_id", "fiscal_position_id"]
        )
        self.env["account.move.line"].flush_model(
            ["product_id", "product_uom_id", "quantity", "price_subtotal", "balance", "display_type", "b2b_rebate_id"]
        )
        rows = [
            self._question_row(index, question.terms, first, last)
            for index, question in enumerate(questions)
            for first, last in question.spans
        ]
        return SQL(
            """
              FROM (VALUES %s) AS q(index, partner, company, currency, first, last, variant, template, category, unit)
              JOIN account_move move ON move.commercial_partner_id = q.partner AND move.company_id = q.company
                   AND move.state = 'posted' AND move.move_type IN ('out_invoice', 'out_refund')
                   AND move.invoice_date BETWEEN q.first AND q.last
              JOIN res_company company ON company.id = move.company_id
              JOIN account_move_line line ON line.move_id = move.id AND line.display_type = 'product'
                   AND line.b2b_rebate_id IS NULL AND line.is_downpayment IS NOT TRUE
              LEFT JOIN product_product product ON product.id = line.product_id
              LEFT JOIN product_template template ON template.id = product.product_tmpl_id
              LEFT JOIN product_category category ON category.id = template.categ_id
              LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
             WHERE (q.variant IS NULL OR product.id = q.variant)
               AND (q.template IS NULL OR template.id = q.template)
               AND (q.category IS NULL OR category.parent_path LIKE q.category)
               AND (q.unit IS NULL OR unit.parent_path LIKE q.unit)
            """,
            SQL(", ").join(rows),
        )

    def _question_row(self, index, terms, first, last):
        contract = terms.contract_id
        category = terms.categ_id.parent_path if terms.scope == "category" else None
        return SQL(
            "(%s, %s, %s, %s, %s::date, %s::date, %s::int, %s::int, %s::varchar, %s::varchar)",
            index,
            contract.partner_id.id,
            contract.company_id.id,
            contract.currency_id.id,
            first,
            last or END_OF_DAYS,
            terms.product_id.id if terms.scope == "variant" else None,
            terms.product_tmpl_id.id if terms.scope == "product" else None,
            f"{category}%" if category else None,
            f"{terms.uom_id._b2b_reference_id()}/%" if terms._counts_units() else None,
        )
