"""Processing what is staged: batches, culprits, lanes.

What if one row is bad?
    The batch is rolled back to its beginning and split in halves until the culprit stands alone. It is set aside with
    its reason in words; the others go on. A conflict with a rival transaction is no fault of the row: it goes up to
    the caller, who begins anew.
"""

import logging
import random
import time
from datetime import timedelta

import psycopg2
from psycopg2 import errors

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError

from .loading import CONCURRENCY_ERRORS, ODOO_REFUSALS, REFUSALS, NeedsSetup, NotYet, Staged, Waits, decode, in_words
from .stock_batch import BATCH, Batch

_logger = logging.getLogger(__name__)

RIVAL_CONSTRAINTS = (
    "magento_binding_external_unique",
    "magento_tax_shop_tax_unique",
    "magento_payment_method_code_unique",
    "magento_shipping_method_code_unique",
    "magento_store_external_unique",
    "magento_customer_group_external_unique",
    "magento_document_external_unique",
    "magento_attribute_external_unique",
    "magento_tax_class_external_unique",
    "magento_tax_rule_external_unique",
    "res_partner_magento_address_unique",
)
BESIDE_ANOTHER = "magento_beside_another"
"""In the context of a batch: another lane works off the kinds of which one lane does alone."""
SET_UP_BY = {"store": ("stores", "websites", "store_configs"), "attribute": ("product_attributes",)}
"""What may be missing → the kinds of records that bring it."""
TRIES_AFTER_CONFLICT = 8
WAIT_FOR_OTHERS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=3),
    timedelta(hours=12),
)
LOOK_AGAIN = timedelta(days=1)
LONGEST_REASON = 2000
COUNTED_BACKLOG = 10_000


class MagentoRecord(models.Model):
    _inherit = "magento.record"

    # -- the queue -------------------------------------------------------------------------------------------------

    @api.private
    @api.model
    def process_batch(self, limit=100, unrivalled=False):
        """Process waiting rows of one kind of one shop, in this transaction.

        :param int limit: how many at most
        :param bool unrivalled: a link that is there already is a row's own fault, not a rival's work: set it aside
        :returns: (rows processed, rows that still wait; counted up to a bound)
        :raises: conflicts with rival transactions, for which the caller rolls back and calls again
        """
        domain, alone = self._open_domain()
        records = self._take(limit, domain)
        try:
            records.with_context(**{BESIDE_ANOTHER: not alone})._process(unrivalled)
            self.env.flush_all()
        except errors.UniqueViolation as error:
            raise _as_conflict(error) from error
        return len(records), self._waiting_count()

    @api.model
    def _open_domain(self):
        """What waits and is open to this lane: kinds that one lane works off alone only if no other one does so.

        Asked first in a transaction, so that it sees all that the lane before committed: locking a table takes no
        snapshot. The lock hinders neither readers nor writers of the table, only others who ask the same, and ends
        with the transaction.

        :returns: (domain, whether no other lane works such kinds off)
        """
        domain = self._waiting_domain()
        alone = [entity for entity, kind in self.env["magento.stream"]._kinds().items() if kind.alone]
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(
                    "LOCK TABLE magento_store IN SHARE UPDATE EXCLUSIVE MODE NOWAIT", log_exceptions=False
                )
        except errors.LockNotAvailable:
            return [*domain, ("entity", "not in", alone)], False
        return domain, True

    @api.model
    def _require_alone(self):
        """Begin anew where another lane works off kinds that one lane does alone: what it writes now is not seen here.

        Its batch is waited for, so that the next attempt is likely to be the one lane.
        """
        if self.env.context.get(BESIDE_ANOTHER):
            self.env.cr.execute("LOCK TABLE magento_store IN SHARE UPDATE EXCLUSIVE MODE")
            raise ConcurrencyError("another lane writes what this one has to see")

    @api.model
    def _take(self, limit, domain):
        """Lock the next rows that nobody holds: of one shop and one kind, the kinds that others need first."""
        for first in (
            self.search(domain, order="priority, id", limit=limit)
            .grouped(lambda record: (record.backend_id, record.entity))
            .values()
        ):
            same_kind = [*domain, ("backend_id", "=", first.backend_id.id), ("entity", "=", first[0].entity)]
            locked = self.search(same_kind, order="priority, id", limit=8 * limit).try_lock_for_update(limit=limit)
            if locked:
                return locked
        return self._take_behind_the_held(domain, limit)

    def _take_behind_the_held(self, domain, limit):
        """When rivals hold all that comes first, look further down the queue."""
        locked = self.search(domain, order="priority, id", limit=20 * limit).try_lock_for_update(limit=limit)
        first = locked[:1]
        return locked.filtered(lambda record: (record.backend_id, record.entity) == (first.backend_id, first.entity))

    @api.model
    def _waiting_domain(self):
        now = fields.Datetime.now()
        return ["&", ("state", "=", "staged"), "|", ("next_retry", "=", False), ("next_retry", "<=", now)]

    @api.model
    def _waiting_count(self):
        return self.search_count(self._waiting_domain(), limit=COUNTED_BACKLOG)

    def _process(self, unrivalled=False):
        """Give locked rows of one kind to their loader, and write what became of each."""
        if not self:
            return
        backend = self.backend_id
        loader = self.env[self.env["magento.stream"]._loader(self[0].entity)]._quiet(backend.company_id)
        to_intent = backend._mapper(self[0].entity)
        staged, outcomes = [], {}
        for record in self:
            try:
                intent = to_intent(decode(record.payload))
                staged.append(Staged(record.id, record.external_id, record.reference, intent))
            except REFUSALS as refusal:
                outcomes[record.id] = refusal
            except Exception as error:
                _logger.exception("Payload %s of %s cannot be mapped", record.external_id, record.entity)
                outcomes[record.id] = error
        refusals = self._while_set_up(backend, loader._prepare(backend, staged) if staged else {})
        outcomes.update(refusals)
        wanted = [item for item in staged if item.record_id not in refusals]
        self._load(loader, backend, wanted, outcomes, unrivalled)
        self._write_outcomes(outcomes)

    @api.model
    def _while_set_up(self, backend, refusals):
        """What lacks a set-up that is on its way waits for it: a rival lane may be reading it this very moment.

        Once it is there the rival calls what waits for a person, and would not see what is set aside only now.
        """
        lacking = {refusal.setup for refusal in refusals.values() if isinstance(refusal, NeedsSetup)}
        kinds = [entity for setup in lacking for entity in SET_UP_BY.get(setup, ())]
        if not kinds:
            return refusals
        domain = [("backend_id", "=", backend.id), ("entity", "in", kinds), ("state", "=", "staged")]
        coming = set(self.search(domain).mapped("entity"))
        return {
            record_id: NotYet(str(refusal), refusal.setup)
            if isinstance(refusal, NeedsSetup) and coming & {*SET_UP_BY.get(refusal.setup, ())}
            else refusal
            for record_id, refusal in refusals.items()
        }

    def _load(self, loader, backend, staged, outcomes, unrivalled=False):
        """Load a batch; where it fails, set the known culprits aside, or look for the unknown one by halves."""
        if not staged:
            return
        try:
            with self.env.cr.savepoint():
                refusals = loader.with_context(**{BATCH: Batch()})._load(backend, staged)
                self.env.flush_all()
                if refusals:
                    raise _BatchRefused(refusals)
            outcomes.update(dict.fromkeys((item.record_id for item in staged), None))
            return
        except _BatchRefused as refused:
            outcomes.update(refused.reasons)
            rest = [[item for item in staged if item.record_id not in refused.reasons]]
        except CONCURRENCY_ERRORS:
            raise
        except Exception as error:
            if isinstance(_as_conflict(error), ConcurrencyError) and not unrivalled:
                raise _as_conflict(error) from error
            if len(staged) == 1:
                self._log_unexpected(error, staged[0])
                outcomes[staged[0].record_id] = error
                return
            middle = len(staged) // 2
            rest = [staged[:middle], staged[middle:]]
        for part in rest:
            self._load(loader, backend, part, outcomes, unrivalled)

    @staticmethod
    def _log_unexpected(error, item):
        if not isinstance(error, (*REFUSALS, *ODOO_REFUSALS)):
            _logger.error("Shop record %s cannot be loaded", item.external_id, exc_info=error)

    def _write_outcomes(self, outcomes):
        """Write states: one query for all that went well, one for each that did not."""
        now = fields.Datetime.now()
        well = self.browse([record_id for record_id, problem in outcomes.items() if problem is None])
        well.write(
            {
                "state": "done",
                "reason": False,
                "cause": False,
                "waits_for": False,
                "next_retry": False,
                "note": False,
                "processed_at": now,
            }
        )
        for record_id, problem in outcomes.items():
            if problem is not None:
                record = self.browse(record_id)
                record.write(record._outcome_values(problem, now))

    def _outcome_values(self, problem, now):
        self.ensure_one()
        values = {
            "state": "set_aside",
            "reason": in_words(self.env, problem)[:LONGEST_REASON],
            "cause": "bug",
            "waits_for": False,
            "next_retry": False,
            "attempts": self.attempts + 1,
            "processed_at": now,
        }
        patient = isinstance(problem, Waits)
        if isinstance(problem, NotYet):
            values["waits_for"] = problem.waits_for
        if patient or (isinstance(problem, NotYet) and self.attempts < len(WAIT_FOR_OTHERS)):
            wait = LOOK_AGAIN if patient else WAIT_FOR_OTHERS[self.attempts]
            values |= {"state": "staged", "cause": "waiting", "next_retry": now + wait * random.uniform(1, 1.2)}  # noqa: S311
            values["attempts"] = 0 if patient else values["attempts"]
        elif isinstance(problem, NotYet):
            values["cause"] = "waiting"
        elif isinstance(problem, NeedsSetup):
            values |= {"cause": "setup", "waits_for": problem.setup}
        elif isinstance(problem, (*REFUSALS, *ODOO_REFUSALS, psycopg2.IntegrityError, psycopg2.DataError)):
            values["cause"] = "data"
        return values

    # -- lanes -----------------------------------------------------------------------------------------------------

    @api.model
    def _cron_process(self, limit=50):
        """One lane of the scheduler: batch after batch, each with its own commit, while there is time and work."""
        progress = self.env["ir.cron"]
        while True:
            try:
                done, remaining = self._retry_conflicts(lambda: self.process_batch(limit))
            except RivalLink:
                done, remaining = self._retry_conflicts(lambda: self.process_batch(limit, unrivalled=True))
            if not progress._commit_progress(done, remaining=remaining) or not done:
                return

    def _retry_conflicts(self, step):
        """Run a step and commit it; on a conflict with a rival roll back and run it again.

        :returns: what the step returned
        """
        for attempt in range(TRIES_AFTER_CONFLICT):
            try:
                result = step()
                self.env["ir.cron"]._commit_progress()
                return result
            except CONCURRENCY_ERRORS:
                self.env.cr.rollback()
                self.env.invalidate_all(flush=False)
                if attempt == TRIES_AFTER_CONFLICT - 1:
                    raise
                time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311
        return None


class RivalLink(ConcurrencyError):
    """A link is there already that was not seen: a rival made it, or, if it stays so, a row of the batch is wrong."""


class _BatchRefused(Exception):
    """Some rows of a batch were refused after writing: the whole batch is undone, and goes on without them."""

    def __init__(self, reasons):
        super().__init__("rows refused")
        self.reasons = reasons


def _as_conflict(error):
    """A rival that made the same link first is a conflict: the whole transaction starts anew and finds the link."""
    if isinstance(error, errors.UniqueViolation) and error.diag.constraint_name in RIVAL_CONSTRAINTS:
        return RivalLink(f"a rival made the same link first ({error.diag.constraint_name})")
    return error
