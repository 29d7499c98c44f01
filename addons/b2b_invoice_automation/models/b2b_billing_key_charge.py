"""Billing keys of recurring charges: one for the first billing of a period, and one for each correction of it."""

from odoo import fields, models
from odoo.tools import SQL


class B2bBillingKey(models.Model):
    _inherit = "b2b.billing.key"

    charge_id = fields.Many2one(
        "b2b.contract.charge", "Recurring Charge", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    period_start = fields.Date(
        "Period", readonly=True, help="First day of the charge's period. It has one key, and one for each correction."
    )

    def _claim_charges(self, move_lines):
        """Give keys to invoice lines of charges: ``charge:<first version>:<first day>``, then with a number behind.

        The number follows the highest one that the transaction sees, as for order lines: two transactions that bill
        from the same state claim the same key.

        :param move_lines: account move lines that exist in the database
        :raises psycopg2.errors.UniqueViolation: when another transaction bills the same periods
        """
        if not move_lines:
            return
        move_lines.flush_recordset(["b2b_charge_id", "b2b_charge_period", "company_id"])
        self.env.cr.execute(
            SQL(
                """
            INSERT INTO b2b_billing_key (key, charge_id, period_start, ordinal, move_line_id, company_id,
                                         create_uid, create_date, write_uid, write_date)
                 SELECT 'charge:' || claim.origin_id || ':' || claim.period
                            || CASE WHEN claim.ordinal > 1 THEN ':' || claim.ordinal - 1 ELSE '' END,
                        claim.charge_id, claim.period, claim.ordinal, claim.id, claim.company_id,
                        %(uid)s, %(now)s, %(uid)s, %(now)s
                   FROM (SELECT line.id, line.company_id, line.b2b_charge_id AS charge_id, charge.origin_id,
                                line.b2b_charge_period AS period,
                                coalesce(last.ordinal, 0) + row_number() OVER (
                                    PARTITION BY charge.origin_id, line.b2b_charge_period ORDER BY line.id) AS ordinal
                           FROM account_move_line line
                           JOIN b2b_contract_charge charge ON charge.id = line.b2b_charge_id
                      LEFT JOIN LATERAL (SELECT max(key.ordinal) AS ordinal
                                           FROM b2b_billing_key key
                                           JOIN b2b_contract_charge version ON version.id = key.charge_id
                                          WHERE version.origin_id = charge.origin_id
                                            AND key.period_start = line.b2b_charge_period) last ON TRUE
                          WHERE line.id IN %(ids)s) claim
            """,
                uid=self.env.uid,
                now=self.env.cr.now(),
                ids=tuple(move_lines.ids),
            )
        )
