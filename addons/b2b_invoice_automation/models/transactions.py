"""What a conflict between two transactions is: rolled back and tried again, never taken for a bad record."""

from psycopg2 import InterfaceError, OperationalError
from psycopg2.errors import UniqueViolation

from odoo.exceptions import ConcurrencyError

CONFLICTS = (OperationalError, InterfaceError, ConcurrencyError, UniqueViolation)
TOO_MUCH = "54"
"""PostgreSQL's class of errors about what is too long or too complex; trying again does not help."""


def is_conflict(error):
    """Whether another transaction was faster, or the database is gone, so that only trying again helps.

    A doubled billing key counts: the rival billed the same order lines, and a new look will find them billed. So does a
    doubled open case or delivery: the rival found the same.
    """
    if isinstance(error, UniqueViolation):
        return error.diag.table_name in ("b2b_billing_key", "b2b_discrepancy", "b2b_delivery", "b2b_mail_claim")
    if (getattr(error, "pgcode", None) or "").startswith(TOO_MUCH):  # an OperationalError too, but the record's own
        return False
    return isinstance(error, CONFLICTS)
