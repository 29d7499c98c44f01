"""How often a customer was billed, counted after the commit of a billing batch instead of within it.

Core counts a customer's first invoice inside the transaction that posts it. Two lanes that bill the same new customers
would then write the same rows, and one of them would lose its batch.
"""

import logging
from collections import Counter
from contextlib import contextmanager

from psycopg2 import OperationalError

from odoo import models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)
RANKS = "b2b_customer_ranks"
TRIES = 5


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _increase_rank(self, field, n=1):
        ranks = self.env.cr.cache.get(RANKS)
        if ranks is None or field != "customer_rank" or not all(self._ids):
            return super()._increase_rank(field, n)
        ranks.update(dict.fromkeys(self._ids, n))
        return None

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
