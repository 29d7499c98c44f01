"""What loaders and the queue agree on: a staged row with its intent, and the ways in which a row can fail.

The kinds of failure are apart because each asks for something else: a refused record for a person who mends it in the
shop, missing set-up for a person who maps it once for all, a record that waits for another one for nobody.
"""

import json
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, NamedTuple

import psycopg2
from psycopg2 import errors

from odoo.exceptions import ConcurrencyError, RedirectWarning, UserError

from ..magento_wire.cursor import WrongCursor
from ..magento_wire.errors import ShopError
from ..magento_wire.refusals import RecordRefused


class Staged(NamedTuple):
    """One row of a batch."""

    record_id: int
    external_id: str
    reference: str
    intent: Any


class Money(NamedTuple):
    """A currency, and the pricelist that makes an order count in it (none for the company's own)."""

    currency: Any
    pricelist: Any


class Common(NamedTuple):
    """What all orders of a batch share, looked up once."""

    backend: Any
    stores: dict = {}
    money: dict = {}
    methods: dict = {}
    products: dict = {}
    taxes: dict = {}
    warehouse: Any = None
    line_defaults: dict = {}
    shipping: dict = {}


class Refused(ValueError):
    """The record itself cannot be taken over; its words say why and what to do."""


class NeedsSetup(Refused):
    """Something has to be mapped or set up first.

    :ivar str setup: what is missing (``tax``, ``store``…); rows waiting for it are tried again when it is there
    """

    def __init__(self, words, setup):
        super().__init__(words)
        self.setup = setup


class NotYet(Refused):
    """Another record has to come first; it is tried again by itself.

    :ivar waits_for: what it waits for (``order:12``); see `magento.record._go_on`
    """

    def __init__(self, words, waits_for=False):
        super().__init__(words)
        self.waits_for = waits_for


class Waits(NotYet):
    """Something has to happen here first, however long that takes; it goes on then, and is looked at once a day."""


def decode(payload):
    """Read a staged payload. Numbers with a point become Decimals, so no cent is lost on the way.

    :raises Refused: when it is not JSON
    """
    try:
        return json.loads(payload, parse_float=Decimal)
    except ValueError as error:
        raise Refused(f"The staged payload is not readable JSON ({error}). Fetch the record again.") from error


def amount_text(amount):
    """A shop's amount to be read: its own decimals, but at least two."""
    return format(amount if amount.as_tuple().exponent <= -2 else amount.quantize(Decimal("0.01")), "f")


REFUSALS = (Refused, RecordRefused)
ODOO_REFUSALS = (UserError, RedirectWarning)
CONCURRENCY_ERRORS = (errors.SerializationFailure, errors.LockNotAvailable, errors.DeadlockDetected, ConcurrencyError)


def in_words(env, problem):
    """Say what went wrong, to be read by a person."""
    if isinstance(problem, ODOO_REFUSALS):
        return str(problem.args[0])
    if isinstance(problem, REFUSALS):
        return str(problem)
    if isinstance(problem, psycopg2.Error):
        return env._("The database refused it: %(error)s", error=(problem.diag.message_primary or str(problem)))
    return env._(
        "Unexpected error: %(kind)s: %(error)s. The server log has the details; retry after an update.",
        kind=type(problem).__name__,
        error=problem,
    )


@contextmanager
def lane_of(record, work, note, logger):
    """Do work with commits of its own; whatever fails is undone, and written down in a transaction of its own.

    :param record: whose lane it is
    :param str work: what is done, for the log of what nobody expected
    :param note: (exception) → None, writes down what failed
    :param logger: of the lane's module
    """
    try:
        yield
    except CONCURRENCY_ERRORS:
        raise
    except Exception as error:
        problem = error
        if not isinstance(error, (ShopError, WrongCursor, UserError)):
            logger.exception("%s failed", work)
        record.env.cr.rollback()
        record.env.invalidate_all(flush=False)
        record.env["magento.record"]._retry_conflicts(lambda: note(problem))


def problem_text(env, problem):
    """What kept a lane from its work, in words for the screen."""
    return str(problem) if isinstance(problem, (ShopError, WrongCursor)) else in_words(env, problem)
