"""How often a customer was billed, counted when a billing run is closed instead of within its batches.

Core counts within the transaction that posts. Two lanes that bill the same customers would then write the same rows,
and one of them would lose its batch. So a run makes customers of the new ones before the lanes begin, and counts all in
the transaction that closes it. What is posted in batches without a run is counted after the commit of each.
"""

import logging
from collections import Counter
from contextlib import contextmanager

from psycopg2 import OperationalError

from odoo import models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)
RANKS = "b2b_customer_ranks"
WITH_RUN = "b2b_customers_counted_with_run"
TRIES = 5


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _increase_rank(self, field, n=1):
        if field == "customer_rank" and self.env.cr.cache.get(WITH_RUN):
            return self._b2b_become_customers()
        ranks = self.env.cr.cache.get(RANKS)
        if ranks is None or field != "customer_rank" or not all(self._ids):
            return super()._increase_rank(field, n)
        customers = self.sudo().filtered("customer_rank")
        ranks.update(dict.fromkeys(customers._ids, n))
        return super(ResPartner, self - customers)._increase_rank(field, n)

    def _b2b_become_customers(self):
        """Have those that were never billed among the customers, but for rows that another transaction has."""
        new = (self | self.commercial_partner_id).sudo().filtered(lambda partner: not partner.customer_rank)
        new.try_lock_for_update(allow_referencing=True).customer_rank = 1

    @contextmanager
    def _b2b_rank_after_commit(self):
        """Count the customers of what is posted here once this transaction is committed, with one statement for all."""
        ranks = self.env.cr.cache[RANKS] = Counter()
        try:
            yield
        finally:
            self.env.cr.cache.pop(RANKS, None)
        if ranks:
            registry = self.env.registry
            self.env.cr.postcommit.add(lambda: _add_ranks(registry, ranks))

    @contextmanager
    def _b2b_rank_with_run(self):
        """Leave the customers of what is posted here to its run, which counts them when it is closed."""
        self.env.cr.cache[WITH_RUN] = True
        try:
            yield
        finally:
            self.env.cr.cache.pop(WITH_RUN, None)

    def _b2b_count_billed(self, runs):
        """Count the customers of what some runs billed: within the transaction that closes these, so just once."""
        if not runs:
            return
        runs.flush_recordset(["state"])
        self.env["account.move"].flush_model(["b2b_billing_run_id", "state", "partner_id", "commercial_partner_id"])
        self.flush_model(["customer_rank"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_partner partner SET customer_rank = coalesce(customer_rank, 0) + counted.rank
                  FROM (SELECT customer.id, count(DISTINCT move.id) AS rank
                          FROM account_move move, unnest(ARRAY[partner_id, commercial_partner_id]) AS customer (id)
                         WHERE move.b2b_billing_run_id = ANY(%s) AND move.state = 'posted'
                         GROUP BY customer.id) counted
                 WHERE partner.id = counted.id
                """,
                runs.ids,
            )
        )
        self.invalidate_model(["customer_rank"], flush=False)


def _add_ranks(registry, ranks):
    for _number in range(TRIES):
        try:
            with registry.cursor() as cursor:
                _write(cursor, ranks)
            return
        except OperationalError as error:
            _logger.debug("Another transaction writes the same customers (%s); trying again.", error)
    _logger.warning("The invoices of %s customers were not counted.", len(ranks))


def _write(cursor, ranks):
    cursor.execute(SQL("SELECT id FROM res_partner WHERE id IN %s ORDER BY id FOR NO KEY UPDATE", tuple(ranks)))
    cursor.execute(
        SQL(
            """
            UPDATE res_partner partner SET customer_rank = coalesce(customer_rank, 0) + counted.rank
              FROM unnest(%s, %s) AS counted (id, rank) WHERE partner.id = counted.id
            """,
            list(ranks),
            list(ranks.values()),
        )
    )
