"""Billing keys: what makes it impossible to bill the same thing twice.

A key names one billing of one order line: the first, the second, and so on. It is inserted together with the invoice
line, by whatever way that comes about (a billing run, Odoo's own wizard, a credit note), and its number follows the
highest one that the transaction sees. Two transactions that bill from the same state of an order line therefore claim
the same number, and the unique index lets only one of them commit.
"""

from odoo import fields, models
from odoo.tools import SQL


class B2bBillingKey(models.Model):
    _name = "b2b.billing.key"
    _description = "Billing Key"
    _order = "order_line_id, ordinal, id"
    _rec_name = "key"

    key = fields.Char(required=True, readonly=True, help="What was billed; no second billing can have the same key.")
    order_line_id = fields.Many2one("sale.order.line", readonly=True, index="btree_not_null", ondelete="cascade")
    ordinal = fields.Integer("Billing No.", readonly=True, help="1 is the order line's first billing.")
    move_line_id = fields.Many2one(
        "account.move.line", "Invoice Line", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    order_id = fields.Many2one(related="order_line_id.order_id")
    move_id = fields.Many2one(related="move_line_id.move_id", string="Invoice")
    quantity = fields.Float(related="move_line_id.quantity", digits="Product Unit")
    run_id = fields.Many2one(related="move_line_id.move_id.b2b_billing_run_id", string="Billing Run")

    _once = models.UniqueIndex("(key)", "This was billed by someone else at the same moment. Look at the order again.")

    def _claim(self, move_lines):
        """Give keys to invoice lines that have none yet; one statement for all.

        :param move_lines: account move lines that exist in the database
        :raises psycopg2.errors.UniqueViolation: when another transaction bills the same order lines
        """
        if not move_lines:
            return
        move_lines.flush_recordset(["sale_line_ids", "company_id"])
        self.env.cr.execute(
            SQL(
                """
            INSERT INTO b2b_billing_key (key, order_line_id, ordinal, move_line_id, company_id, create_uid, create_date,
                                         write_uid, write_date)
                 SELECT 'order_line:' || claim.order_line_id || ':' || claim.ordinal,
                        claim.order_line_id, claim.ordinal,
                        claim.invoice_line_id, claim.company_id, %(uid)s, %(now)s, %(uid)s, %(now)s
                   FROM (SELECT rel.order_line_id, rel.invoice_line_id, line.company_id,
                                coalesce(last.ordinal, 0) + row_number() OVER (
                                    PARTITION BY rel.order_line_id ORDER BY rel.invoice_line_id) AS ordinal
                           FROM sale_order_line_invoice_rel rel
                           JOIN account_move_line line ON line.id = rel.invoice_line_id
                           JOIN sale_order_line order_line ON order_line.id = rel.order_line_id
                      LEFT JOIN LATERAL (SELECT max(key.ordinal) AS ordinal FROM b2b_billing_key key
                                          WHERE key.order_line_id = rel.order_line_id) last ON TRUE
                          WHERE rel.invoice_line_id IN %(ids)s
                            AND order_line.display_type IS NULL
                            AND NOT EXISTS (SELECT 1 FROM b2b_billing_key key
                                             WHERE key.move_line_id = rel.invoice_line_id
                                               AND key.order_line_id = rel.order_line_id)) claim
            """,
                uid=self.env.uid,
                now=self.env.cr.now(),
                ids=tuple(move_lines.ids),
            )
        )

    def _credits(self, order_lines):
        """What credit notes took back of order lines.

        What a person credited is not billed again by a run of its own accord: that would undo what the person
        decided. It is billed again when the credit note says so (``b2b_bill_again``), or a person does it.

        :param order_lines: sale order lines
        :returns: dict sale.order.line id → (quantity that a person credited and nobody billed since, highest quantity
            that was ever billed), in the order line's unit and only for lines with credit notes
        """
        if not order_lines:
            return {}
        self.env["account.move.line"].flush_model(["quantity", "product_uom_id", "move_id"])
        self.env["sale.order.line"].flush_model(["product_uom_id"])
        self.env["account.move"].flush_model(["state", "move_type", "b2b_billing_run_id", "b2b_bill_again"])
        rows = self.env.execute_query(
            SQL(
                """
            SELECT key.order_line_id, line.quantity, move.move_type = 'out_refund',
                   move.b2b_billing_run_id IS NULL AND move.b2b_bill_again IS NOT TRUE,
                   line.product_uom_id, order_line.product_uom_id
              FROM b2b_billing_key key
              JOIN sale_order_line order_line ON order_line.id = key.order_line_id
              JOIN account_move_line line ON line.id = key.move_line_id
              JOIN account_move move ON move.id = line.move_id
             WHERE move.state != 'cancel'
               AND key.order_line_id IN (
                   SELECT refunded.order_line_id
                     FROM b2b_billing_key refunded
                     JOIN account_move_line refund_line ON refund_line.id = refunded.move_line_id
                     JOIN account_move refund ON refund.id = refund_line.move_id
                    WHERE refund.move_type = 'out_refund' AND refund.state != 'cancel'
                      AND refunded.order_line_id IN %(ids)s)
             ORDER BY key.order_line_id, key.ordinal
            """,
                ids=tuple(order_lines.ids),
            )
        )
        credits, billed, units = {}, {}, self.env["uom.uom"]
        for order_line_id, quantity, is_refund, by_hand, unit, order_unit in rows:
            if unit != order_unit:
                quantity = units.browse(unit)._compute_quantity(quantity, units.browse(order_unit))
            taken_back, peak = credits.get(order_line_id, (0.0, 0.0))
            if is_refund:
                taken_back += quantity if by_hand else 0.0
            else:
                taken_back = max(0.0, taken_back - quantity)
            billed[order_line_id] = billed.get(order_line_id, 0.0) + (-quantity if is_refund else quantity)
            credits[order_line_id] = taken_back, max(peak, abs(billed[order_line_id]))
        return credits
