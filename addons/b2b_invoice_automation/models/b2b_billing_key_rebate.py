"""Billing keys of rebates: the n-th settlement of a period exists once, whoever settles at the same moment."""

from odoo import fields, models
from odoo.tools import SQL


class B2bBillingKey(models.Model):
    _inherit = "b2b.billing.key"

    rebate_id = fields.Many2one(
        "b2b.rebate", "Rebate Period", readonly=True, index="btree_not_null", ondelete="restrict"
    )

    def _claim_rebates(self, settlements):
        """Give keys to settlements of rebate periods; one statement for all.

        :param dict settlements: b2b.rebate → the first line of its settlement
        :raises psycopg2.errors.UniqueViolation: when another transaction settles the same period
        """
        if not settlements:
            return
        self.env.cr.execute(
            SQL(
                """
            INSERT INTO b2b_billing_key (key, rebate_id, ordinal, move_line_id, company_id, create_uid, create_date,
                                         write_uid, write_date)
                 SELECT 'rebate:' || row.origin_id || ':' || row.date_from || ':' || last.ordinal + 1, row.id,
                        last.ordinal + 1, claim.line_id, row.company_id, %(uid)s, %(now)s, %(uid)s, %(now)s
                   FROM (VALUES %(claims)s) AS claim(rebate_id, line_id)
                   JOIN b2b_rebate row ON row.id = claim.rebate_id
                   CROSS JOIN LATERAL (SELECT coalesce(max(key.ordinal), 0) AS ordinal FROM b2b_billing_key key
                                        WHERE key.rebate_id = row.id) last
            """,
                uid=self.env.uid,
                now=self.env.cr.now(),
                claims=SQL(", ").join(SQL("(%s, %s)", row.id, line.id) for row, line in settlements.items()),
            )
        )
        self.env["b2b.rebate"].invalidate_model(["key_ids"])
